"""Words on a coloured ground: marked with a highlighter, not standing in a filled cell or frame."""

from __future__ import annotations

import ctypes
from collections import defaultdict
from ctypes import c_int, c_void_p

import numpy as np
from numpy.typing import NDArray

from core.engines import pdfium
from core.engines.pdfium import Scratch
from core.engines.pdfium_style import WHITE_LEAST
from core.engines.pdfium_words import PageWords
from core.geometry import Box
from core.median import median
from core.model import Flag

_PATH = 2
#: On a page of so many objects, or so many paths, the paths are a drawing.
MOST_OBJECTS, MOST_PATHS = 20_000, 2_000
#: Height of the ground, in heights of its words: a filled cell has room above and below.
LEAST_HEIGHT, MOST_HEIGHT = 0.7, 1.7
#: How far the ground may begin or end off its words, in heights of them; a word cut by it is not marked.
END_SLACK = 0.45
JOINED = 1.5  #: points between pieces of one ground
LEAST_COVER = 0.6  #: share of its length that the words fill

_draw_mode = pdfium.function("FPDFPath_GetDrawMode")


def highlighted(others: list[c_void_p], words: PageWords, scratch: Scratch) -> NDArray[np.uint32]:
    """(n,) the flag HIGHLIGHT of the level words of a page; `others` are its objects that begin no word."""
    flags = np.zeros(len(words.box), np.uint32)
    level = np.abs((words.angle.astype(np.int32) + 180) % 360 - 180) <= 2
    if len(others) > MOST_OBJECTS or not level.any():
        return flags
    grounds = _grounds(others, scratch)
    left, bottom, right, top = words.box.T
    height = np.maximum(top - bottom, 0.1)
    x, y = (left + right) / 2, (bottom + top) / 2
    for x0, y0, x1, y1 in grounds:
        at = np.flatnonzero(level & (x >= x0) & (x <= x1) & (y >= y0) & (y <= y1))
        if not len(at):
            continue
        tall = float(median(height[at]))
        if not LEAST_HEIGHT * tall <= y1 - y0 <= MOST_HEIGHT * tall or float(np.ptp(y[at])) > tall / 2:
            continue
        slack = END_SLACK * tall
        if abs(float(left[at].min()) - x0) > slack or abs(float(right[at].max()) - x1) > slack:
            continue
        if float((right[at] - left[at]).sum()) >= LEAST_COVER * (x1 - x0):
            flags[at] |= int(Flag.HIGHLIGHT)
    return flags


def _grounds(others: list[c_void_p], scratch: Scratch) -> list[Box]:
    """Left, bottom, right, top of the filled paths that are neither white nor black, pieces of one height joined."""
    paths = [handle for handle in others if pdfium.object_type(handle) == _PATH]
    if len(paths) > MOST_PATHS:
        return []
    edges = [ctypes.c_float() for _ in range(4)]
    pointers = [ctypes.byref(edge) for edge in edges]
    fill, stroke = c_int(), c_int()
    by_height: dict[tuple[float, float, tuple[int, ...]], list[tuple[float, float]]] = defaultdict(list)
    for path in paths:
        if not _draw_mode(path, ctypes.byref(fill), ctypes.byref(stroke)) or not fill.value or stroke.value:
            continue
        if not pdfium.fill_color(path, *scratch.color_pointers) or not pdfium.object_bounds(path, *pointers):
            continue
        color = tuple(channel.value for channel in scratch.color)
        left, bottom, right, top = (edge.value for edge in edges)
        if color[3] and any(channel < WHITE_LEAST for channel in color[:3]) and max(color[:3]) > 0:
            by_height[round(bottom, 1), round(top, 1), color].append((left, right))
    found: list[Box] = []
    for (bottom, top, _), pieces in by_height.items():
        joined: list[list[float]] = []
        for left, right in sorted(pieces):
            if joined and left <= joined[-1][1] + JOINED:
                joined[-1][1] = max(joined[-1][1], right)
            else:
                joined.append([left, right])
        found += [(left, bottom, right, top) for left, right in joined]
    return found
