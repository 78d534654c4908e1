"""A fingerprint of a page's picture, for pages that have nothing else to compare."""

from __future__ import annotations

import ctypes
import hashlib
from ctypes import c_void_p

from core.engines import pdfium

DPI = 100.0
MOST_PIXELS = 16_000_000  #: of one picture; a larger sheet is drawn smaller
_GRAY, _ANNOTATIONS, _GRAYSCALE, _WHITE = 1, 0x01, 0x08, 0xFFFFFFFF


def fingerprint(page: c_void_p, width: float, height: float) -> str:
    """SHA-256 of the page drawn in grey at 100 dpi, its size included.

    Args:
        page: FPDF_PAGE.
        width: Points, as the page is drawn; likewise `height`.
    """
    scale = min(DPI / 72, (MOST_PIXELS / max(width * height, 1.0)) ** 0.5)
    columns, rows = max(1, round(width * scale)), max(1, round(height * scale))
    stride = (columns + 3) // 4 * 4
    pixels = ctypes.create_string_buffer(stride * rows)
    bitmap = c_void_p(pdfium.new_bitmap(columns, rows, _GRAY, c_void_p(ctypes.addressof(pixels)), stride))
    if not bitmap:
        return ""
    try:
        pdfium.fill_bitmap(bitmap, 0, 0, columns, rows, ctypes.c_ulong(_WHITE))
        pdfium.render_page(bitmap, page, 0, 0, columns, rows, 0, _ANNOTATIONS | _GRAYSCALE)
    finally:
        pdfium.drop_bitmap(bitmap)
    found = hashlib.sha256(f"{columns}x{rows}".encode())
    found.update(pixels)
    return found.hexdigest()
