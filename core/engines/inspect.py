"""The piece `inspect`: is this a PDF that can be read, and how many pages of what size has it?

PDFium is the authority on pages and sizes, because it also reads and draws them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from ctypes import byref, c_float
from typing import Any

from core.engines import pdfium
from core.engines.bombs import refuse_bombs
from core.engines.pdfium import PdfFile
from core.engines.pdfium_units import user_units
from core.errors import DamagedPdf, PageTooLarge
from core.options import Limits
from core.sandbox.pieces import Emit
from core.wire import Message

_page_size = pdfium.function("FPDF_GetPageSizeByIndexF")


def work(request: Message, files: Sequence[int], emit: Emit) -> Message:
    """The piece `inspect`.

    Args:
        request: header {password?, sha256?, limits?}.
        files: The PDF.
        emit: Not used.

    Returns:
        header {page_count, sizes: [[width, height], …] in points as displayed, encrypted, sha256, metadata}.

    Raises:
        InputError: Why the file cannot be used.
    """
    header, limits = request.header, Limits.from_json(request.header.get("limits"))
    password = header.get("password")
    refuse_bombs(files[0], limits)
    with PdfFile(files[0], password, limits=limits) as pdf:
        units = user_units(pdf.data, files[0], password, is_encrypted=pdf.is_encrypted)
        sizes = _sizes(pdf, units)
        for number, size in enumerate(sizes, start=1):
            if max(size) > limits.page_points:
                raise PageTooLarge(
                    f"has a page that is too large: page {number}, {max(size):,.0f} points; "
                    f"at most {limits.page_points:,.0f} are read."
                )
        found: dict[str, Any] = {
            "page_count": pdf.page_count,
            "sizes": sizes,
            "encrypted": pdf.is_encrypted,
            "sha256": header.get("sha256") or hashlib.sha256(pdf.data).hexdigest(),
            "metadata": pdf.metadata(),
        }
    return Message(found)


def _sizes(pdf: PdfFile, units: dict[int, float]) -> list[tuple[float, float]]:
    """Width and height of each page as displayed, without reading the pages; zeros for one that is damaged.

    Raises:
        DamagedPdf: Not one page can be opened.
    """
    size = (c_float * 2)()
    sizes, opened = [], 0
    for index in range(pdf.page_count):
        size[0] = size[1] = 0.0
        opened += bool(_page_size(pdf.handle, index, byref(size)))
        unit = units.get(index, 1.0)
        sizes.append((round(size[0] * unit, 4), round(size[1] * unit, 4)))
    if not opened:
        raise DamagedPdf("is damaged: none of its pages can be opened.")
    return sizes
