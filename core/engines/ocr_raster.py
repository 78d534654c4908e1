"""Pages drawn in grey, and set straight where they were scanned askew: what characters are recognised on."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from ctypes import c_float, c_void_p
from dataclasses import dataclass
from math import isfinite, radians, sqrt, tan
from typing import Any

import numpy as np
from PIL import Image
from pypdfium2_raw import bindings as raw

from core.engines import pdfium
from core.engines.pdfium import PdfFile
from core.engines.pdfium_units import user_units
from core.errors import DamagedPdf
from core.ocr.rasters import DPI, Gray
from core.options import Limits
from core.wire import Message, buffer_of

LEAST_DPI = 30.0  #: below, no letter can be read; the page is drawn no coarser than that, unless that is asked for
POINTS_PER_INCH = 72.0
INK = 160  #: darker is ink, of 255
MOST_SKEW_DEGREES = 6.0
LEAST_SKEW_DEGREES = 0.1  #: less is left alone: Tesseract bears it
MOST_SAMPLES = 150_000  #: dots of ink that the skew is judged by
_WHITE = 255

_width = pdfium.function("FPDF_GetPageWidthF", c_float)
_height = pdfium.function("FPDF_GetPageHeightF", c_float)


@dataclass(frozen=True, slots=True)
class Raster:
    """A page in grey.

    Attributes:
        pixels: (rows, columns), 0 is black.
        scale: Pixels in a point.
        size: Width and height of the page as displayed, points.
    """

    pixels: Gray
    scale: float
    size: tuple[float, float]


def work(request: Message, files: Sequence[int], emit: Any) -> Message:
    """The piece `raster`: files = [PDF]; header {password?, page, limits?}.

    The answer has {width, height: points, scale: pixels in a point, skew: degrees that were taken out} and the buffer
    `image`, (rows, columns) of grey.

    Raises:
        InputError: The PDF or the page cannot be opened or drawn.
    """
    header = request.header
    limits = Limits.from_json(header.get("limits"))
    with PdfFile(files[0], header.get("password"), limits=limits) as pdf:
        units = user_units(pdf.data, files[0], header.get("password"), is_encrypted=pdf.is_encrypted)
        found = drawn(pdf, int(header["page"]), units, limits)
    skew = skew_of(found.pixels)
    pixels = straightened(found.pixels, skew) if abs(skew) >= LEAST_SKEW_DEGREES else found.pixels
    answer = {
        "kind": "result",
        "width": found.size[0],
        "height": found.size[1],
        "scale": found.scale,
        "skew": skew if pixels is not found.pixels else 0.0,
    }
    return Message(answer, {"image": buffer_of(pixels)})


def drawn(pdf: PdfFile, number: int, units: dict[int, float], limits: Limits, dpi: float = DPI) -> Raster:
    """One page as displayed, without annotations and fields, which are compared by themselves.

    Raises:
        DamagedPdf: The page cannot be drawn.
    """
    page = c_void_p(pdfium.load_page(pdf.handle, number - 1))
    if not page:
        raise DamagedPdf(f"has a page that cannot be drawn: {number}")
    try:
        unit = units.get(number - 1, 1.0)
        width, height = float(_width(page)) * unit, float(_height(page)) * unit
        if not (width > 0 and height > 0 and isfinite(width * height)):
            raise DamagedPdf("has a page without a size")
        scale = min(dpi / POINTS_PER_INCH, sqrt(limits.tile_pixels / (width * height)))
        if scale * POINTS_PER_INCH < min(LEAST_DPI, dpi):
            raise DamagedPdf(f"has a page that is too large to be drawn: {number}")
        return Raster(_drawn(page, max(1, round(width * scale)), max(1, round(height * scale))), scale, (width, height))
    finally:
        pdfium.close_page(page)


def _drawn(page: c_void_p, columns: int, rows: int) -> Gray:
    stride = (columns + 3) // 4 * 4
    pixels = np.full((rows, stride), _WHITE, np.uint8)
    bitmap = c_void_p(
        pdfium.new_bitmap(columns, rows, raw.FPDFBitmap_Gray, c_void_p(pixels.ctypes.data), ctypes.c_int(stride))
    )
    if not bitmap:
        raise DamagedPdf("has a page that cannot be drawn")
    try:
        pdfium.render_page(bitmap, page, 0, 0, columns, rows, 0, raw.FPDF_GRAYSCALE)
    finally:
        pdfium.drop_bitmap(bitmap)
    return np.ascontiguousarray(pixels[:, :columns])


def skew_of(pixels: Gray) -> float:
    """Degrees by which the lines of a page fall to the right; 0 where nothing tells.

    The right angle gives rows that are either full of ink or empty: the profile of the dots, sheared by it, has the
    largest sum of squared steps (Postl 1986). Coarse steps first, then fine ones.
    """
    ink = pixels[::2, ::2] < INK
    rows, columns = np.nonzero(ink)
    if len(rows) < 200 or len(rows) > 0.4 * ink.size:
        return 0.0
    if len(rows) > MOST_SAMPLES:
        chosen = np.arange(0, len(rows), -(-len(rows) // MOST_SAMPLES))
        rows, columns = rows[chosen], columns[chosen]
    y, x = rows.astype(np.float32), columns.astype(np.float32) - ink.shape[1] / 2

    def sharpness(degrees: float) -> float:
        at = (y - x * tan(radians(degrees))).astype(np.int32)
        profile = np.bincount(at - int(at.min())).astype(np.float64)
        return float(np.square(np.diff(profile)).sum())

    best = straight = 0.0
    score = level = sharpness(0.0)
    for reach, step in ((MOST_SKEW_DEGREES, 0.5), (0.4, 0.1), (0.08, 0.02)):
        middle = best
        for k in range(-round(reach / step), round(reach / step) + 1):
            degrees = middle + k * step
            found = sharpness(degrees)
            if found > score:
                best, score = degrees, found
    return round(best, 2) if score > 1.05 * level else straight


def straightened(pixels: Gray, skew: float) -> Gray:
    """The page turned back about its middle by the degrees that its lines fall."""
    turned = Image.fromarray(pixels).rotate(skew, resample=Image.Resampling.BICUBIC, fillcolor=_WHITE)
    return np.asarray(turned)
