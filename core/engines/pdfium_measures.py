"""Where words stand and how they look: two boxes and one text object a word, every box only of odd words."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass
from itertools import count
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from core.engines import pdfium
from core.engines.pdfium import Scratch
from core.engines.pdfium_characters import RTL
from core.engines.pdfium_spans import Bools, Characters, Ints, Spans
from core.engines.pdfium_style import Looks, Styles
from core.engines.pdfium_texts import OpenTexts

Floats = NDArray[np.float32]

#: In ems. A word is looked at closely when its ends differ so much in height, or its letters are so wide or narrow.
ODD_BASELINE, ODD_WIDE, ODD_NARROW = 0.35, 0.75, 0.31
#: In ems: a blank between two words that is wider than this is an ordinary one; below the other it is a gap by chance.
TIGHT_BLANK, LEAST_BLANK = 0.2, 0.08


@dataclass(frozen=True, slots=True)
class Letters:
    """Every character of the odd words.

    Attributes:
        words: The odd words.
        owner: Position in `words`, of each character.
        position: Among the characters.
        angle: Degrees clockwise.
    """

    words: Ints
    owner: Ints
    position: Ints
    box: Floats
    angle: Ints


@dataclass(frozen=True, slots=True)
class Measures:
    """Columns of n words; boxes are left, bottom, right, top in the page's own axes.

    Of the text objects that the words begin in, in the order of the words: `objects` are their addresses with their
    numbers (negative where there is none), `object_page` the positions of the open pages they lie on, `samples` the
    index on the text page of a character of each, `fonts` the addresses of their fonts; `object_of` is the number of
    each word's. `font_numbers` are those that `Styles` gave the fonts.
    """

    box: Floats
    size: Floats
    angle: Ints
    looks: Looks
    rtl: Bools
    letters: Letters | None
    objects: dict[int, int]
    object_of: Ints
    object_page: Ints
    samples: list[int]
    fonts: list[int | None]
    font_numbers: dict[int | None, int]


def measure(texts: OpenTexts, chars: Characters, spans: Spans, styles: Styles, scratch: Scratch) -> Measures:
    """Ask PDFium about the words of the open pages, of which there is at least one."""
    n = len(spans.first)
    handles, index = texts.asked(chars.index[spans.first])
    met: list[int | None] = list(map(pdfium.text_object, handles, index))
    if None in met:  # characters without an object: one for each page
        met = [
            -1 - page if address is None else address for address, page in zip(met, spans.page.tolist(), strict=True)
        ]
    number: defaultdict[int | None, int] = defaultdict(count().__next__)
    which = np.fromiter(map(number.__getitem__, met), np.int64, n)
    reached = np.maximum.accumulate(which)
    firsts = np.flatnonzero(np.concatenate(([True], reached[1:] > reached[:-1])))
    objects = cast(dict[int, int], dict(number))
    object_page = spans.page[firsts]
    asked, samples = texts.asked(chars.index[spans.first[firsts]])
    seen, fonts, font_numbers = styles.looks(asked, list(objects), samples)
    looks = seen[which]
    size, angle = looks["size"], looks["angle"].astype(np.int64)

    last = spans.last + spans.hyphen  # the hyphen belongs to the picture of the word
    several = np.flatnonzero(last > spans.first)
    ends = boxes_of(texts, chars.index[np.concatenate((spans.first, last[several]))], scratch)
    head, tail = ends[:n], ends[:n].copy()
    tail[several] = ends[n:]
    box = np.concatenate((np.minimum(head[:, :2], tail[:, :2]), np.maximum(head[:, 2:], tail[:, 2:])), axis=1)

    rtl = np.zeros(n, bool)
    if chars.kinds & RTL:
        bounds = np.stack((spans.first, spans.last + 1), axis=1).ravel()[:-1]
        rtl = np.logical_or.reduceat((chars.kind & RTL) != 0, bounds)[::2]
    odd = _odd_words(spans, head, tail, size, angle, rtl)
    letters = _letters(texts, chars, spans, odd, box, scratch) if len(odd) else None
    return Measures(box, size, angle, looks, rtl, letters, objects, which, object_page, samples, fonts, font_numbers)


def turned(box: Floats, angle: Ints, size: Floats) -> tuple[Floats, Floats, Floats]:
    """Start and end along the writing direction, and the height of the lower edge across it (upwards).

    What is level is taken as it is, whatever else there is: nothing may depend on which pages are read together.
    """
    start, end, base = box[:, 0], box[:, 2], box[:, 1]
    at = np.flatnonzero(angle)
    if not len(at):
        return start, end, base
    start, end, base = start.copy(), end.copy(), base.copy()
    box, angle, size = box[at], angle[at], size[at]
    radians = np.deg2rad(angle).astype(np.float32)
    cos, sin = np.cos(radians), np.sin(radians)
    x, y = (box[:, 0] + box[:, 2]) / 2, (box[:, 1] + box[:, 3]) / 2
    w, h = (box[:, 2] - box[:, 0]) / 2, (box[:, 3] - box[:, 1]) / 2
    along, along_half = x * cos - y * sin, w * abs(cos) + h * abs(sin)
    # The box of a slanted word says little about its height; its centre does.
    across_half = np.where(angle % 90 == 0, w * abs(sin) + h * abs(cos), size / 2)
    start[at], end[at], base[at] = along - along_half, along + along_half, x * sin + y * cos - across_half
    return start, end, base


def _odd_words(spans: Spans, head: Floats, tail: Floats, size: Floats, angle: Ints, rtl: Bools) -> Ints:
    """Words whose two ends do not fit together, and all right-to-left ones of several letters."""
    start, _, base = turned(head, angle, size)
    tail_start, end, tail_base = turned(tail, angle, size)
    letters = spans.last - spans.first + 1
    width = end - start
    odd = (abs(tail_base - base) > ODD_BASELINE * size) | (tail_start < start)
    odd |= width > (letters * ODD_WIDE + 0.5) * size
    odd |= (letters > 3) & (width < letters * ODD_NARROW * size)
    odd |= (letters > 3) & np.isfinite(tight_blanks(start, end, base, size, spans.beside))
    return np.flatnonzero((odd | rtl) & (letters > 1))


def tight_blanks(start: Floats, end: Floats, base: Floats, size: Floats, beside: Bools) -> Floats:
    """(n,) points, the narrower blank beside each word of a tightly set line; infinite elsewhere.

    `beside`: (n - 1,) whether a word and the next one stand on the same page.
    """
    em = np.maximum(size[1:], size[:-1])
    gap = (start[1:] - end[:-1]).astype(np.float32)
    tight = (gap < TIGHT_BLANK * em) & (gap >= LEAST_BLANK * em) & (abs(base[1:] - base[:-1]) < ODD_BASELINE * em)
    gap[~(tight & beside)] = np.inf
    beyond = np.array([np.inf], np.float32)
    found: Floats = np.minimum(np.concatenate((beyond, gap)), np.concatenate((gap, beyond)))
    return found


def _letters(texts: OpenTexts, chars: Characters, spans: Spans, odd: Ints, box: Floats, scratch: Scratch) -> Letters:
    """Every character of the odd words; their boxes in `box` are widened to hold them all."""
    lengths = spans.last[odd] - spans.first[odd] + 1
    starts = np.cumsum(lengths) - lengths
    owner = np.repeat(np.arange(len(odd)), lengths)
    position = np.arange(int(lengths.sum())) - starts[owner] + spans.first[odd][owner]
    index = chars.index[position]
    letter_box = boxes_of(texts, index, scratch)
    box[odd, :2] = np.minimum(box[odd, :2], np.minimum.reduceat(letter_box[:, :2], starts))
    box[odd, 2:] = np.maximum(box[odd, 2:], np.maximum.reduceat(letter_box[:, 2:], starts))
    return Letters(odd, owner, position, letter_box, _angles(texts, index, scratch))


def boxes_of(texts: OpenTexts, index: Ints, scratch: Scratch) -> Floats:
    """(n, 4) left, bottom, right, top of characters by their numbers."""
    n = len(index)
    buffer, pointers = scratch.boxes(n)
    deque(map(pdfium.loose_box, *texts.asked(index), pointers), 0)
    found: Floats = np.frombuffer(memoryview(buffer), np.float32, 4 * n).reshape(n, 4)[:, [0, 3, 2, 1]]
    if not np.isfinite(found).all():
        np.nan_to_num(found, copy=False, nan=0.0, posinf=1e6, neginf=-1e6)
    return found


def _finite(values: NDArray[Any]) -> NDArray[Any]:
    """The values without infinities and NaN, as `np.nan_to_num` has them, whose many steps hardly any page needs.

    They may still be those of a buffer that the next call fills anew.
    """
    found: NDArray[Any] = values if np.isfinite(values).all() else np.nan_to_num(values)
    return found


def extents_of(texts: OpenTexts, index: Ints, scratch: Scratch) -> tuple[Floats, Floats]:
    """(n,) width and height of what is drawn of characters, by their numbers."""
    n = len(index)
    buffer, columns = scratch.edges(n)
    deque(map(pdfium.tight_box, *texts.asked(index), *columns), 0)
    left, right, bottom, top = _finite(np.frombuffer(memoryview(buffer), np.float64, 4 * n).reshape(n, 4)).T
    return abs(right - left).astype(np.float32), abs(top - bottom).astype(np.float32)


def sizes_of(texts: OpenTexts, index: Ints, scratch: Scratch) -> tuple[Floats, Floats]:
    """(n,) effective font size, points, of characters by their numbers; and the height they stand on."""
    n = len(index)
    sizes = np.fromiter(map(pdfium.font_size, *texts.asked(index)), np.float64, n)
    buffer, pointers = scratch.matrices(n)
    deque(map(pdfium.text_matrix, *texts.asked(index), pointers), 0)
    matrix = _finite(np.frombuffer(memoryview(buffer), np.float32, 6 * n).reshape(n, 6))
    found: Floats = (np.abs(sizes) * np.hypot(matrix[:, 2], matrix[:, 3])).astype(np.float32)
    return found, matrix[:, 5].copy()


def _angles(texts: OpenTexts, index: Ints, scratch: Scratch) -> Ints:
    """(n,) degrees clockwise of characters by their numbers."""
    n = len(index)
    buffer, pointers = scratch.matrices(n)
    deque(map(pdfium.text_matrix, *texts.asked(index), pointers), 0)
    matrix = _finite(np.frombuffer(memoryview(buffer), np.float32, 6 * n).reshape(n, 6)[:, :2])
    found: Ints = np.rint(np.degrees(np.arctan2(-matrix[:, 1], matrix[:, 0]))).astype(np.int64) % 360
    return found
