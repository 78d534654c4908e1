"""The piece `compare` with the files at hand: pages are drawn when their pictures are wanted."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from ctypes import c_void_p
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core import compare as comparing
from core.errors import PdfCompareError
from core.geometry import Box
from core.ocr.rasters import DPI, Affine, Picture
from core.ocr.recognising import DRAWING, MOST_PIXELS
from core.options import Limits
from core.wire import Message

#: Dots of pages that are kept drawn, a byte each, of both sides together: twenty pages of A4. Each layer that looks at
#: pictures goes through all pages again.
KEPT_DOTS = 80_000_000
LEAST_KEPT = 4  #: pages, however large
#: Of the lines of a page, as `ink_of` weighs them: so many take PDFium about four seconds, on top of two or three for
#: each million of points.
MOST_DOTS_OF_INK = 4e8
POINTS_PER_INCH = 72.0


def compare(request: Message, files: Sequence[int], emit: Callable[[dict[str, Any]], None]) -> Message:
    """The piece `compare`: as `core.compare.work`; files = [old, new] or none, header {passwords?, limits?}."""
    if not files:
        return comparing.work(request, emit)
    limits = Limits.from_json(request.header.get("limits"))
    limits = replace(limits, tile_pixels=min(limits.tile_pixels, MOST_PIXELS))
    with PagePictures(files, request.header.get("passwords") or [None, None], limits, emit) as pictures:
        return comparing.work(request, emit, pictures)


class PagePictures:
    """Draws pages of two files; opens a file when its first page is asked for."""

    def __init__(
        self,
        files: Sequence[int],
        passwords: Sequence[str | None],
        limits: Limits,
        emit: Callable[[dict[str, Any]], None],
    ) -> None:
        self._files, self._passwords, self._limits, self._emit = files, passwords, limits, emit
        self._stack = ExitStack()
        self._open: dict[int, tuple[Any, dict[int, float]]] = {}
        self._drawn: OrderedDict[tuple[int, int, float], Picture | None] = OrderedDict()
        self._patched: dict[int, tuple[int, Any]] = {}

    def __enter__(self) -> PagePictures:
        return self

    def __exit__(self, *_: object) -> None:
        for _number, page in self._patched.values():
            page.close()
        self._stack.close()

    def page(self, side: int, number: int, dpi: float = DPI) -> Picture | None:
        """See `core.ocr.rasters.Pictures`."""
        key = side, number, dpi
        if key not in self._drawn:
            self._drawn[key] = self._draw(side, number, dpi)
            kept = sum(found.pixels.size for found in self._drawn.values() if found is not None)
            while kept > KEPT_DOTS and len(self._drawn) > LEAST_KEPT:
                _, dropped = self._drawn.popitem(last=False)
                kept -= dropped.pixels.size if dropped is not None else 0
        self._drawn.move_to_end(key)
        return self._drawn[key]

    def bearable_dpi(self, side: int, number: int) -> float:
        """See `core.ocr.rasters.Pictures`."""
        from core.engines import pdfium
        from core.engines.pdfium import Scratch
        from core.engines.pdfium_ink import ink_of
        from core.engines.pdfium_layers import HiddenLayers
        from core.engines.pikepdf_source import Source

        self._emit({"page": number, "stage": DRAWING})
        try:
            pdf, units = self._file(side)
        except PdfCompareError:
            return 0.0
        page = c_void_p(pdfium.load_page(pdf.handle, number - 1))
        if not page:
            return 0.0
        try:
            ink = ink_of(page, Scratch(), HiddenLayers(Source(self._files[side], self._passwords[side])))
        finally:
            pdfium.close_page(page)
        ink = None if ink is None else ink * units.get(number - 1, 1.0)
        return 0.0 if ink is None else POINTS_PER_INCH * MOST_DOTS_OF_INK / max(ink, 1.0)

    def straight(self, side: int, number: int, dpi: float = DPI) -> Picture | None:
        """See `core.ocr.rasters.Pictures`."""
        from core.engines import ocr_raster

        found = self.page(side, number, dpi)
        skew = ocr_raster.skew_of(found.pixels) if found is not None else 0.0
        if found is None or abs(skew) < ocr_raster.LEAST_SKEW_DEGREES:
            return found
        return Picture(ocr_raster.straightened(found.pixels, skew), found.scale, skew)

    def patch(
        self, side: int, number: int, box: Box, scale: float, axes: Affine, *, is_gray: bool = False
    ) -> NDArray[np.uint8] | None:
        """See `core.ocr.rasters.Pictures`."""
        from core.engines.pdfium_patch import PatchedPage

        self._emit({"page": number, "stage": DRAWING})
        try:
            known = self._patched.get(side)
            if known is None or known[0] != number:
                pdf, units = self._file(side)
                if known is not None:
                    known[1].close()
                    del self._patched[side]
                known = self._patched[side] = number, PatchedPage(pdf, number, units.get(number - 1, 1.0))
            return known[1].drawn(box, scale, axes, is_gray=is_gray)
        except PdfCompareError:
            return None

    def _draw(self, side: int, number: int, dpi: float) -> Picture | None:
        # Not imported by a comparison that draws nothing: PDFium and Pillow take as long as a small comparison.
        from core.engines import ocr_raster

        self._emit({"page": number, "stage": DRAWING})
        try:
            pdf, units = self._file(side)
            found = ocr_raster.drawn(pdf, number, units, self._limits, dpi)
        except PdfCompareError:
            return None
        return Picture(found.pixels, found.scale)

    def _file(self, side: int) -> tuple[Any, dict[int, float]]:
        from core.engines.pdfium import PdfFile
        from core.engines.pdfium_units import user_units

        if side not in self._open:
            fd, password = self._files[side], self._passwords[side]
            pdf = self._stack.enter_context(PdfFile(fd, password, limits=self._limits))
            self._open[side] = pdf, user_units(pdf.data, fd, password, is_encrypted=pdf.is_encrypted)
        return self._open[side]
