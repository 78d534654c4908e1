"""White text: hidden on the paper, or readable on something dark."""

from __future__ import annotations

import ctypes
from ctypes import c_void_p

import numpy as np

from core.engines import pdfium
from core.engines.pdfium import Scratch
from core.engines.pdfium_spans import Bools
from core.engines.pdfium_style import WHITE_LEAST
from core.engines.pdfium_words import PageWords

_TEXT, _PATH = 1, 2
#: On a page of so many objects nobody looks below the white words; they count as readable.
MOST_OBJECTS = 20_000


def camouflaged(page: c_void_p, objects: int, words: PageWords, scratch: Scratch) -> Bools:
    """(n,) bool: white words with nothing but white below or above them.

    Anything that is not text and not a white path counts as dark, and so does all that a form covers: better a
    hidden word not flagged than a readable one called hidden.
    """
    hidden = words.white.copy()
    if objects > MOST_OBJECTS:
        return np.zeros(len(hidden), bool)
    edges = [ctypes.c_float() for _ in range(4)]
    pointers = [ctypes.byref(edge) for edge in edges]
    x, y = (words.box[:, 0] + words.box[:, 2]) / 2, (words.box[:, 1] + words.box[:, 3]) / 2
    for k in range(objects):
        found = c_void_p(pdfium.get_object(page, k))
        kind = pdfium.object_type(found)
        if kind == _TEXT or (kind == _PATH and _is_white(found, scratch)) or not pdfium.object_bounds(found, *pointers):
            continue
        left, bottom, right, top = (edge.value for edge in edges)
        hidden &= ~((x >= left) & (x <= right) & (y >= bottom) & (y <= top))
        if not hidden.any():
            break
    return hidden


def _is_white(path: c_void_p, scratch: Scratch) -> bool:
    if not pdfium.fill_color(path, *scratch.color_pointers):
        return False
    return all(channel.value >= WHITE_LEAST for channel in scratch.color[:3])
