"""How words are written that read alike: with ligatures, in small capitals set as capitals."""

from __future__ import annotations

from ctypes import c_void_p

import numpy as np
from numpy.typing import NDArray

from core.engines.pdfium import Scratch
from core.engines.pdfium_measures import boxes_of, sizes_of
from core.engines.pdfium_spans import Characters, Ints, Spans
from core.model import Flag

SMALL_CAPITALS = (0.6, 0.92)  #: their size, in sizes of a capital
MARKS = ".,:;!?()[]'\"“”‘’«»"
LEAST_LETTERS = 3  #: of a word that is one of small capitals by itself
SAME_LINE = 0.02  #: ems by which capitals of one line may differ in height
SAME_BOX = 0.01  #: points
SAME_SIZE = 0.03  #: by which capitals of one size may differ

Flags = NDArray[np.uint32]


def letterforms(text: c_void_p, chars: Characters, spans: Spans, texts: list[str], scratch: Scratch) -> Flags:
    """(n,) the bits `LIGATURE`, `SMALL_CAPS` and `LOW_CAPS` of each word of a page."""
    found = np.zeros(len(texts), np.uint32)
    found[_ligatures(text, chars, spans, scratch)] |= int(Flag.LIGATURE)
    high, low = _small_capitals(text, chars, spans, texts, scratch)
    found[high] |= int(Flag.SMALL_CAPS)
    found[low] |= int(Flag.LOW_CAPS)
    return found


def _ligatures(text: c_void_p, chars: Characters, spans: Spans, scratch: Scratch) -> Ints:
    """Words in which an f and the letter after it are one glyph: PDFium spells it out and gives both the same box."""
    codes = chars.codes
    after = np.append(codes[1:], 0)
    pairs = np.flatnonzero((codes == ord("f")) & ((after == ord("f")) | (after == ord("i")) | (after == ord("l"))))
    if not len(pairs):
        return pairs
    boxes = boxes_of(text, chars.index[np.concatenate((pairs, pairs + 1))], scratch)
    one = np.abs(boxes[: len(pairs)] - boxes[len(pairs) :])[:, [0, 2]].max(axis=1) <= SAME_BOX
    return np.asarray(np.searchsorted(spans.first, pairs[one], "right") - 1)


def _small_capitals(
    text: c_void_p, chars: Characters, spans: Spans, texts: list[str], scratch: Scratch
) -> tuple[list[int], list[int]]:
    """Words of a high capital and lower ones, and their neighbours of lower ones only."""
    at = np.flatnonzero([word.isupper() and word.strip(MARKS).isalpha() and len(word) > 1 for word in texts])
    at = at[spans.last[at] > spans.first[at]]
    if len(at) == 0:
        return [], []
    begin = spans.first[at]
    low = np.minimum(begin + 1, spans.last[at])
    sizes, base = sizes_of(text, chars.index[np.concatenate((begin, low))], scratch)
    first, last = sizes[: len(at)], sizes[len(at) :]
    small = (last >= SMALL_CAPITALS[0] * first) & (last <= SMALL_CAPITALS[1] * first)
    small &= np.abs(base[: len(at)] - base[len(at) :]) <= SAME_LINE * first  # else a letter with an index
    small &= spans.last[at] - begin + 1 >= LEAST_LETTERS
    if not small.any():
        return [], []
    lower = {int(word): float(size) for word, size in zip(at[small], last[small], strict=True)}
    rest = {int(word): float(size) for word, size in zip(at[~small], first[~small], strict=True)}
    high = sorted(lower)
    for step in (1, -1):  # "the" beside "Contract": all of it is low
        for word in sorted(rest, reverse=step < 0):
            beside = lower.get(word - step)
            if beside is not None and abs(rest[word] - beside) <= SAME_SIZE * beside:
                lower[word] = beside
    return high, sorted(lower.keys() - set(high))
