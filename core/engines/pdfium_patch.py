"""Parts of pages drawn by themselves, laid in other axes: turned, scaled and shifted as they are drawn."""

from __future__ import annotations

import ctypes
from ctypes import c_void_p

import numpy as np
from numpy.typing import NDArray
from pypdfium2_raw import bindings as raw

from core.engines import pdfium
from core.engines.pdfium import PdfFile
from core.errors import DamagedPdf
from core.geometry import Box
from core.ocr.rasters import Affine

MOST_PIXELS = 4_000_000  #: of one part
_render = pdfium.function("FPDF_RenderPageBitmapWithMatrix", None)


class PatchedPage:
    """An open page of which parts are drawn, without annotations and fields, which are compared by themselves."""

    def __init__(self, pdf: PdfFile, number: int, unit: float) -> None:
        self._page = c_void_p(pdfium.load_page(pdf.handle, number - 1))
        self._unit = unit
        if not self._page:
            raise DamagedPdf(f"has a page that cannot be drawn: {number}")

    def close(self) -> None:
        """Give it back; twice is harmless."""
        if self._page:
            pdfium.close_page(self._page)
            self._page = c_void_p()

    def drawn(self, box: Box, scale: float, axes: Affine, *, is_gray: bool) -> NDArray[np.uint8]:
        """See `core.ocr.rasters.Pictures.patch`.

        Raises:
            DamagedPdf: It cannot be drawn, or is too large.
        """
        columns, rows = (max(1, round((box[k + 2] - box[k]) * scale)) for k in (0, 1))
        if columns * rows > MOST_PIXELS:
            raise DamagedPdf("has a part of a page that is too large to be drawn")
        stride = (columns + 3) // 4 * 4 if is_gray else 4 * columns
        pixels = np.full((rows, stride), 255, np.uint8)
        form = raw.FPDFBitmap_Gray if is_gray else raw.FPDFBitmap_BGRx
        bitmap = c_void_p(pdfium.new_bitmap(columns, rows, form, c_void_p(pixels.ctypes.data), ctypes.c_int(stride)))
        if not bitmap:
            raise DamagedPdf("has a page that cannot be drawn")
        a, b, c, d, e, f = axes
        # PDFium's own axes of the displayed page are in its units, from the top left corner, down.
        unit = self._unit * scale
        matrix = raw.FS_MATRIX(a * unit, b * unit, c * unit, d * unit, (e - box[0]) * scale, (f - box[1]) * scale)
        room = raw.FS_RECTF(0.0, 0.0, float(columns), float(rows))
        try:
            _render(bitmap, self._page, ctypes.byref(matrix), ctypes.byref(room), raw.FPDF_GRAYSCALE if is_gray else 0)
        finally:
            pdfium.drop_bitmap(bitmap)
        return pixels[:, :columns] if is_gray else pixels.reshape(rows, columns, 4)[:, :, :3]
