"""UserUnit of pages, which PDFium does not tell: looked for cheaply first, and read only where it can occur."""

from __future__ import annotations

import mmap
import os
import re
import zlib

_KEY = b"/UserUnit"
_OBJECT_STREAM = re.compile(rb"/ObjStm\b")
#: An object stream that inflates further than this is not searched to its end.
INFLATED_BYTES = 16 * 1024 * 1024
TOTAL_BYTES = 256 * 1024 * 1024
LARGEST_UNIT = 75_000.0


def user_units(data: mmap.mmap, fd: int, password: str | None, *, is_encrypted: bool) -> dict[int, float]:
    """UserUnit by page index, of the pages that have one other than 1."""
    if not _may_occur(data, is_encrypted=is_encrypted):
        return {}
    import pikepdf

    units = {}
    with os.fdopen(os.dup(fd), "rb") as stream:
        stream.seek(0)
        try:
            with pikepdf.open(stream, password=password or "") as pdf:
                for index, page in enumerate(pdf.pages):
                    unit = float(page.obj.get("/UserUnit", 1.0))
                    if 0 < unit <= LARGEST_UNIT and unit != 1.0:
                        units[index] = unit
        except (pikepdf.PdfError, pikepdf.PasswordError, ValueError, TypeError, ArithmeticError):
            return units
    return units


def _may_occur(data: mmap.mmap, *, is_encrypted: bool) -> bool:
    if data.find(_KEY) >= 0:
        return True
    left = TOTAL_BYTES
    for match in _OBJECT_STREAM.finditer(data):
        if is_encrypted:
            return True
        head = data.find(b"stream", match.end(), match.end() + 4096)
        if head < 0:
            continue
        begin = head + len(b"stream")
        begin += 2 if data[begin : begin + 2] == b"\r\n" else 1
        end = data.find(b"endstream", begin)
        if b"/FlateDecode" not in data[max(0, match.start() - 512) : head] or end < 0:
            return True
        try:
            text = zlib.decompressobj().decompress(data[begin:end], INFLATED_BYTES)
        except zlib.error:
            continue
        left -= len(text)
        if _KEY in text or left < 0:
            return True
    return False
