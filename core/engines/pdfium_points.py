"""The points of many paths in one copy each, where PDFium keeps them side by side; else point by point.

`FPDFPath_GetPathSegment` answers an address inside an array of 12 bytes a point: x, y, type, whether it closes. That
is nobody's promise, so the first paths of every page are read through the interface as well: where both do not agree,
the whole page is read that way, at a tenth of the speed.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from ctypes import c_float, c_void_p
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.engines import pdfium

LINE_TO, CURVE_TO, MOVE_TO = 0, 1, 2
#: One point as PDFium keeps it.
POINT = np.dtype([("x", "<f4"), ("y", "<f4"), ("type", "u1"), ("close", "u1"), ("rest", "<u2")])
PROVED_PATHS = 4  #: of a page whose points are read in both ways
PROVED_POINTS = 64  #: of each of them

Points = NDArray[Any]

_segment_type = pdfium.function("FPDFPathSegment_GetType")
_segment_point = pdfium.function("FPDFPathSegment_GetPoint")
_segment_close = pdfium.function("FPDFPathSegment_GetClose")


def points_of(
    counts: Sequence[int], address: Callable[[int, int], int | None], *, in_one: bool | None = None
) -> Points:
    """(n,) of `POINT`: the points of paths one after the other.

    Args:
        counts: Points of each path.
        address: Gives the address of a point, by path and number; None where there is none.
        in_one: Whether PDFium keeps the points of a path side by side; None: found out.
    """
    total = sum(counts)
    found = np.zeros(total, POINT)
    if not total:
        return found
    if in_one is None:
        in_one = _side_by_side(counts, address)
    base, at = found.ctypes.data, 0
    for path, count in enumerate(counts):
        if in_one:
            first, last = address(path, 0), address(path, count - 1)
            if first is not None and last is not None and last - first == POINT.itemsize * (count - 1):
                ctypes.memmove(base + at * POINT.itemsize, first, POINT.itemsize * count)
                at += count
                continue
        found[at : at + count] = _one_by_one(path, range(count), address)
        at += count
    return found


def _side_by_side(counts: Sequence[int], address: Callable[[int, int], int | None]) -> bool:
    """Whether some paths read in one copy are what the interface tells of them."""
    for path in [path for path, count in enumerate(counts) if count > 1][:PROVED_PATHS]:
        count = min(counts[path], PROVED_POINTS)
        first, last = address(path, 0), address(path, count - 1)
        if first is None or last is None or last - first != POINT.itemsize * (count - 1):
            return False
        copied = np.frombuffer(ctypes.string_at(first, POINT.itemsize * count), POINT)
        told = _one_by_one(path, range(count), address)
        if any((copied[name] != told[name]).any() for name in ("x", "y", "type", "close")):
            return False
    return True


def _one_by_one(path: int, numbers: range, address: Callable[[int, int], int | None]) -> Points:
    found = np.zeros(len(numbers), POINT)
    x, y = c_float(), c_float()
    at_x, at_y = ctypes.byref(x), ctypes.byref(y)
    for row, number in zip(found, numbers, strict=True):
        segment = c_void_p(address(path, number))
        if segment and _segment_point(segment, at_x, at_y):
            row["x"], row["y"] = x.value, y.value
            row["type"], row["close"] = _segment_type(segment) & 0xFF, bool(_segment_close(segment))
        else:
            row["type"] = MOVE_TO
    return found
