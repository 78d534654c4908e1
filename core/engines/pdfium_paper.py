"""Text that cannot be seen: white on white paper, or with something opaque drawn over it."""

from __future__ import annotations

import ctypes
from ctypes import c_void_p

import numpy as np
from pypdfium2_raw import bindings as raw

from core.engines import pdfium
from core.engines.pdfium import Scratch
from core.engines.pdfium_spans import Bools
from core.engines.pdfium_style import WHITE_LEAST
from core.engines.pdfium_words import PageWords

_TEXT, _PATH, _IMAGE = 1, 2, 3
#: On a page of so many objects nobody looks below the white words; they count as readable.
MOST_OBJECTS = 20_000
#: Of so many objects that are drawn after some text, nobody looks which cover it: they are a drawing.
MOST_COVERS = 500
#: Segments of a path that may be a rectangle: closed by a last line or not.
RECTANGLE_SEGMENTS = (4, 5, 6)
OPAQUE = 255
#: Share of its height by which a covered word may stick out.
COVER_SLACK = 0.15


def camouflaged(others: list[c_void_p], words: PageWords, scratch: Scratch) -> Bools:
    """(n,) bool: white words with nothing but white below or above them; `others` are objects that begin no word.

    Anything that is not text and not a white path counts as dark, and so does all that a form covers: better a
    hidden word not flagged than a readable one called hidden.
    """
    hidden = words.white.copy()
    if len(others) > MOST_OBJECTS:
        return np.zeros(len(hidden), bool)
    edges = [ctypes.c_float() for _ in range(4)]
    pointers = [ctypes.byref(edge) for edge in edges]
    x, y = (words.box[:, 0] + words.box[:, 2]) / 2, (words.box[:, 1] + words.box[:, 3]) / 2
    for found in others:
        kind = pdfium.object_type(found)
        if kind == _TEXT or (kind == _PATH and _is_white(found, scratch)) or not pdfium.object_bounds(found, *pointers):
            continue
        left, bottom, right, top = (edge.value for edge in edges)
        hidden &= ~((x >= left) & (x <= right) & (y >= bottom) & (y <= top))
        if not hidden.any():
            break
    return hidden


def covered(page: c_void_p, objects: list[int | None], words: PageWords, scratch: Scratch) -> Bools:
    """(n,) bool: words under a picture or a filled rectangle without transparency that is drawn after them.

    Pictures of one bit may be stencils, through which words are seen; forms, and words in forms, are not judged.
    """
    hidden = np.zeros(len(words.drawn), bool)
    first = int(words.drawn.min())
    later = [k for k in range(first + 1, len(objects)) if objects[k] not in words.objects]
    if len(later) > MOST_COVERS:
        return hidden
    edges = [ctypes.c_float() for _ in range(4)]
    pointers = [ctypes.byref(edge) for edge in edges]
    slack = COVER_SLACK * (words.box[:, 3] - words.box[:, 1])
    for k in later:
        found = c_void_p(objects[k])
        kind = pdfium.object_type(found)
        if kind not in (_PATH, _IMAGE) or not pdfium.object_bounds(found, *pointers):
            continue
        left, bottom, right, top = (edge.value for edge in edges)
        under = (words.drawn < k) & (words.box[:, 0] >= left - slack) & (words.box[:, 2] <= right + slack)
        under &= (words.box[:, 1] >= bottom - slack) & (words.box[:, 3] <= top + slack)
        if under.any() and _is_opaque(page, found, kind, scratch):
            hidden |= under
    return hidden


def _is_opaque(page: c_void_p, found: c_void_p, kind: int, scratch: Scratch) -> bool:
    if pdfium.has_transparency(found):
        return False
    if kind == _IMAGE:
        facts = raw.FPDF_IMAGEOBJ_METADATA()
        return bool(pdfium.image_facts(found, page, ctypes.byref(facts))) and facts.bits_per_pixel > 1
    filled, stroked = ctypes.c_int(), ctypes.c_int()
    return (
        bool(pdfium.draw_mode(found, ctypes.byref(filled), ctypes.byref(stroked)))
        and filled.value != 0
        and pdfium.path_segments(found) in RECTANGLE_SEGMENTS
        and bool(pdfium.fill_color(found, *scratch.color_pointers))
        and scratch.color[3].value == OPAQUE
    )


def _is_white(path: c_void_p, scratch: Scratch) -> bool:
    if not pdfium.fill_color(path, *scratch.color_pointers):
        return False
    return all(channel.value >= WHITE_LEAST for channel in scratch.color[:3])
