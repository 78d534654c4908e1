"""How words are written that read alike: with ligatures, in small capitals of either sort."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.engines.pdfium import Scratch
from core.engines.pdfium_measures import Floats, Measures, boxes_of, extents_of, sizes_of
from core.engines.pdfium_spans import Bools, Characters, Ints, Spans
from core.engines.pdfium_texts import OpenTexts
from core.model import Flag

SMALL_CAPITALS = (0.6, 0.92)  #: their size, in sizes of a capital
MARKS = ".,:;!?()[]'\"“”‘’«»"
LEAST_LETTERS = 3  #: of a word that is one of small capitals by itself
SAME_LINE = 0.02  #: ems by which capitals of one line may differ in height
SAME_BOX = 0.01  #: points
SAME_SIZE = 0.03  #: by which capitals of one size may differ
#: In ems: a small letter with a stroke or a dot above or below the others is higher; as a small capital it is not.
LEAST_STROKE = 0.63
#: Small capitals of one word are equally high but for this share: round ones swing over the line.
SAME_HEIGHT = 0.1
WORD_GAP = 1.0  #: ems: neighbours of one line are no further apart
#: Small letters by how they are drawn: with a stroke or a dot above or below, and without any. The rest proves nothing.
STROKED, LOW = "bdfghiklpy", "acemnorsuvwxz"

Flags = NDArray[np.uint32]


def _letter_table() -> NDArray[np.uint8]:
    """By UTF-16 unit: 1 for `STROKED`, 2 for `LOW`, 4 for other letters that can have the form of a small capital."""
    table = np.zeros(0x10000, np.uint8)
    for bit, letters in ((1, STROKED), (2, LOW), (4, "jqt")):
        table[[ord(letter) for letter in letters]] = bit
    return table


_LETTERS = _letter_table()


def letterforms(
    texts: OpenTexts, chars: Characters, spans: Spans, found: Measures, words: list[str], scratch: Scratch
) -> Flags:
    """(n,) the bits `LIGATURE`, `SMALL_CAPS`, `LOW_CAPS` and `SMALL_GLYPHS` of each word."""
    flags = np.zeros(len(words), np.uint32)
    flags[_ligatures(texts, chars, spans, scratch)] |= int(Flag.LIGATURE)
    high, low = _small_capitals(texts, chars, spans, words, scratch)
    flags[high] |= int(Flag.SMALL_CAPS)
    flags[low] |= int(Flag.LOW_CAPS)
    flags[_small_glyphs(texts, chars, spans, found, scratch)] |= int(Flag.SMALL_GLYPHS)
    return flags


def _ligatures(texts: OpenTexts, chars: Characters, spans: Spans, scratch: Scratch) -> Ints:
    """Words in which an f and the letter after it are one glyph: PDFium spells it out and gives both the same box."""
    codes = chars.codes
    after = np.append(codes[1:], 0)
    pairs = np.flatnonzero((codes == ord("f")) & ((after == ord("f")) | (after == ord("i")) | (after == ord("l"))))
    if not len(pairs):
        return pairs
    boxes = boxes_of(texts, chars.index[np.concatenate((pairs, pairs + 1))], scratch)
    one = np.abs(boxes[: len(pairs)] - boxes[len(pairs) :])[:, [0, 2]].max(axis=1) <= SAME_BOX
    return np.asarray(np.searchsorted(spans.first, pairs[one], "right") - 1)


def _small_capitals(
    texts: OpenTexts, chars: Characters, spans: Spans, words: list[str], scratch: Scratch
) -> tuple[list[int], list[int]]:
    """Words of a high capital and lower ones, and their neighbours of lower ones only."""
    at = np.flatnonzero([word.isupper() and word.strip(MARKS).isalpha() and len(word) > 1 for word in words])
    at = at[spans.last[at] > spans.first[at]]
    if len(at) == 0:
        return [], []
    begin = spans.first[at]
    low = np.minimum(begin + 1, spans.last[at])
    sizes, base = sizes_of(texts, chars.index[np.concatenate((begin, low))], scratch)
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
            if beside is None or spans.page[word] != spans.page[word - step]:
                continue
            if abs(rest[word] - beside) <= SAME_SIZE * beside:
                lower[word] = beside
    return high, sorted(lower.keys() - set(high))


def _small_glyphs(texts: OpenTexts, chars: Characters, spans: Spans, found: Measures, scratch: Scratch) -> Ints:
    """Words of small letters that the font draws as small capitals: d is no higher than o, p hangs below nothing.

    Words that hold no such letters (`on`) go with their neighbours of the same look.
    """
    kind = _LETTERS[chars.codes]
    at = np.flatnonzero(kind & 1)
    if not len(at):
        return at
    words, firsts = np.unique(np.searchsorted(spans.first, at, "right") - 1, return_index=True)
    size, style = found.size, found.looks["style"]
    high = _heights(texts, chars, at[firsts], found.angle[words], scratch)
    words = words[(high > 0) & (high < LEAST_STROKE * size[words])]
    small = np.zeros(len(spans.first), bool)
    if len(words):
        small[words[_are_even(texts, chars, kind, spans, words, found, scratch)]] = True
    if not small.any():
        return np.zeros(0, np.int64)
    before = np.concatenate(([0], np.cumsum(kind & 3 != 0)))
    strokes = np.concatenate(([0], np.cumsum(kind & 1)))
    letters = before[spans.last + 1] - before[spans.first]
    plain = (letters > 0) & (strokes[spans.last + 1] == strokes[spans.first])
    for step in (1, -1):
        for word in np.flatnonzero(small).tolist():
            beside = word + step
            while 0 <= beside < len(small) and plain[beside] and style[beside] == style[word] and not small[beside]:
                if spans.page[beside] != spans.page[word]:
                    break
                one, other = found.box[beside - step], found.box[beside]
                gap = np.maximum(one[:2], other[:2]) - np.minimum(one[2:], other[2:])
                if gap.max() > WORD_GAP * size[word]:
                    break
                small[beside] = True
                beside += step
    return np.flatnonzero(small)


def _are_even(
    texts: OpenTexts,
    chars: Characters,
    kind: NDArray[np.uint8],
    spans: Spans,
    words: Ints,
    found: Measures,
    scratch: Scratch,
) -> Bools:
    """(n,) bool: whether the small letters of each word, with strokes and without, are all of one height.

    Each of the words has a letter with a stroke.
    """
    lengths = spans.last[words] - spans.first[words] + 1
    owner = np.repeat(np.arange(len(words)), lengths)
    at = np.arange(int(lengths.sum())) - (np.cumsum(lengths) - lengths)[owner] + spans.first[words][owner]
    letters = (kind[at] & 3) != 0
    at, owner = at[letters], owner[letters]
    high = _heights(texts, chars, at, found.angle[words][owner], scratch)
    starts = np.flatnonzero(np.concatenate(([True], owner[1:] > owner[:-1])))
    least, most = np.minimum.reduceat(high, starts), np.maximum.reduceat(high, starts)
    without = np.logical_or.reduceat((kind[at] & 2) != 0, starts)
    even: Bools = without & (least > 0) & (most <= (1 + SAME_HEIGHT) * least)
    return even


def _heights(texts: OpenTexts, chars: Characters, at: Ints, angle: Ints, scratch: Scratch) -> Floats:
    """(n,) how high characters are drawn; 0 where the writing is slanted, so that nothing tells."""
    width, height = extents_of(texts, chars.index[at], scratch)
    found: Floats = np.where(angle % 180 == 0, height, np.where(angle % 180 == 90, width, np.float32(0)))
    return found
