"""Lines drawn under words and through them: an underline is no part of a font, but of the look."""

from __future__ import annotations

import ctypes
from ctypes import c_void_p
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from core.engines import pdfium
from core.engines.pdfium_words import PageWords
from core.model import Flag

_PATH = 2
#: On a page of so many objects, or so many paths, the paths are a drawing.
MOST_OBJECTS, MOST_PATHS = 20_000, 2_000
LEAST_LENGTH, MOST_HEIGHT = 3.0, 2.0  #: points
END_SLACK = 2.5  #: points by which a rule may begin or end off its words: table rules do not keep to words
#: Height of a rule over the bottom of a word's box, as share of the box: the baseline is near .2.
UNDER, THROUGH = (-0.1, 0.28), (0.32, 0.62)
LEAST_COVER = 0.6  #: share of a rule's length that its words must fill


def ruled(page: c_void_p, objects: int, words: PageWords) -> NDArray[np.uint16]:
    """(n,) the flags UNDERLINE and STRIKE of the upright words of a page."""
    flags = np.zeros(len(words.box), np.uint16)
    upright = np.abs((words.angle.astype(np.int32) + 180) % 360 - 180) <= 2
    if objects > MOST_OBJECTS or not upright.any():
        return flags
    left, bottom, right, top = words.box.T
    height = np.maximum(top - bottom, 0.1)
    middle = (left + right) / 2
    for x0, x1, y in _rules(page, objects, words.objects):
        share = (y - bottom) / height
        over = upright & (middle >= x0) & (middle <= x1) & (share >= UNDER[0]) & (share <= THROUGH[1])
        at = np.flatnonzero(over)
        if not len(at) or abs(left[at].min() - x0) > END_SLACK or abs(right[at].max() - x1) > END_SLACK:
            continue
        if float((right[at] - left[at]).sum()) < LEAST_COVER * (x1 - x0):
            continue
        flags[at[share[at] <= UNDER[1]]] |= int(Flag.UNDERLINE)
        flags[at[share[at] >= THROUGH[0]]] |= int(Flag.STRIKE)
    return flags


def _rules(page: c_void_p, objects: int, text_objects: set[int | None]) -> list[tuple[float, float, float]]:
    """Left, right and height of the thin level paths of a page, in its own axes."""
    others = set(map(pdfium.get_object, repeat(page), range(objects))) - text_objects
    paths = [handle for handle in map(c_void_p, others) if pdfium.object_type(handle) == _PATH]
    if len(paths) > MOST_PATHS:
        return []
    edges = [ctypes.c_float() for _ in range(4)]
    pointers = [ctypes.byref(edge) for edge in edges]
    found: list[tuple[float, float, float]] = []
    for path in paths:
        if pdfium.object_bounds(path, *pointers):
            left, bottom, right, top = (edge.value for edge in edges)
            if right - left >= LEAST_LENGTH and top - bottom <= MOST_HEIGHT:
                found.append((left, right, (bottom + top) / 2))
    return found
