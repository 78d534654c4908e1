"""The words of one text page of PDFium, in content order, as columns in the page's own axes (points, y up).

Boxes are asked for the first and last character of a word only; all characters of a word are looked at where these
two do not fit together, and for right-to-left scripts.
"""

from __future__ import annotations

import ctypes
import unicodedata
from collections import defaultdict, deque
from ctypes import c_void_p
from dataclasses import dataclass
from itertools import count, repeat

import numpy as np
from numpy.typing import NDArray

from core.engines import pdfium
from core.engines.pdfium import Scratch
from core.engines.pdfium_characters import (
    BLANK,
    CJK,
    CONTROL,
    DROPPED,
    HYPHEN,
    HYPHEN_MARK,
    KIND,
    RARE,
    RTL,
    SPACE,
    Codes,
    spell_controls,
)
from core.engines.pdfium_style import Looks, Styles
from core.model import Flag

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Floats = NDArray[np.float32]

#: In ems. Where PDFium gives no blank although the pen jumps, we break: baseline, ahead, back.
JUMP_BASELINE, JUMP_AHEAD, JUMP_BACK = 0.7, 1.5, 3.0
#: A word is looked at closely when its ends differ so much in height, or an average letter is wider or narrower.
ODD_BASELINE, ODD_WIDE, ODD_NARROW = 0.35, 0.75, 0.31
#: A glyph drawn again so near is a fake bold; a blank so thin between Arabic letters is none.
SAME_PLACE, NO_BLANK = 0.1, 0.04
#: Above this share of codes that a text hardly has, its character map is doubted.
RARE_SHARE = 0.05
RARE_LEAST = 8


@dataclass(slots=True)
class PageWords:
    """n words of a page.

    Attributes:
        texts: As drawn, before cleaning.
        box: (n, 4) left, bottom, right, top.
        size: (n,) effective font size, points.
        angle: (n,) degrees clockwise before the page is turned.
        white: (n,) bool, drawn in the colour of paper.
        is_suspect: The character map of a font is probably wrong.
    """

    texts: list[str]
    box: Floats
    style: NDArray[np.int32]
    size: Floats
    angle: NDArray[np.int16]
    flags: NDArray[np.uint16]
    white: Bools
    is_suspect: bool


@dataclass(slots=True)
class _Characters:
    """Codes without what is dropped, and the index of each on the text page."""

    codes: Codes
    index: Ints
    kind: NDArray[np.uint8]  # bits of each code
    kinds: int  # all bits that occur
    breaks: Bools | None = None  # a word begins here although no blank stands before

    @classmethod
    def of(cls, codes: Codes, index: Ints) -> _Characters:
        kind = KIND[codes]
        return cls(codes, index, kind, int(np.bitwise_or.reduce(kind)) if len(kind) else 0)


@dataclass(slots=True)
class _Spans:
    """First and last position of each word in the codes; which had no blank before; which end in a hyphen mark."""

    first: Ints
    last: Ints
    glued: Bools
    hyphen: Bools


@dataclass(slots=True)
class _Measures:
    box: Floats
    size: Floats
    angle: Ints
    looks: Looks
    rtl: Bools
    odd: Ints  # words looked at closely
    letters: Ints  # positions of all their characters
    owner: Ints  # position in `odd` of each
    letter_box: Floats


def read_words(text: c_void_p, characters: int, styles: Styles, scratch: Scratch) -> PageWords | None:
    """The words of an open text page of so many characters; None where there are none."""
    chars = _characters(text, characters)
    rare = int(np.count_nonzero(chars.kind & RARE)) if chars.kinds & RARE else 0
    if chars.kinds & CONTROL:
        chars = _Characters.of(spell_controls(chars.codes), chars.index)
    spans = _spans(chars)
    if not len(spans.first):
        return None
    measures = _measure(text, chars, spans, styles, scratch)
    if len(measures.odd):
        mended = _mend(chars, spans, measures)
        if mended is not None:
            chars, spans = mended, _spans(mended)
            measures = _measure(text, chars, spans, styles, scratch)
    looks = measures.looks
    flags = looks["flags"].copy()
    for flag, column in ((Flag.HYPHEN, spans.hyphen), (Flag.GLUED, spans.glued), (Flag.RTL, measures.rtl)):
        flags[column] |= int(flag)
    return PageWords(
        texts=_texts(chars, spans),
        box=measures.box,
        style=looks["style"],
        size=measures.size,
        angle=looks["angle"],
        flags=flags,
        white=looks["white"],
        is_suspect=rare >= RARE_LEAST and rare > RARE_SHARE * len(chars.codes),
    )


def _characters(text: c_void_p, characters: int) -> _Characters:
    """All characters; in bulk where PDFium's text has one unit a character, else one by one.

    The bulk text leaves out glyphs without a meaning, so that its positions are no longer those of the characters.
    """
    buffer = (ctypes.c_ushort * (characters + 1))()
    got = pdfium.get_text(text, 0, characters, buffer) - 1
    codes: Codes = np.frombuffer(memoryview(buffer), np.uint16, characters)
    index = np.arange(characters)
    if got != characters:
        values = np.fromiter(map(pdfium.get_unicode, repeat(text), range(characters)), np.uint32, characters)
        for k in np.flatnonzero(values == 2).tolist():
            if pdfium.is_hyphen(text, k) == 1:
                values[k] = HYPHEN_MARK
        codes = values.astype(np.uint16)
        wide = values > 0xFFFF
        if wide.any():
            units = np.where(wide, 2, 1)
            ends = np.cumsum(units)
            codes, index, values = np.repeat(codes, units), np.repeat(index, units), values[wide] - 0x10000
            codes[ends[wide] - 2] = 0xD800 + (values >> 10)
            codes[ends[wide] - 1] = 0xDC00 + (values & 0x3FF)
    found = _Characters.of(codes, index)
    if not found.kinds & DROPPED:
        return found
    codes = _mark_soft_hyphens(codes)
    kept = (KIND[codes] & DROPPED) == 0
    return _Characters.of(codes[kept], index[kept])


def _mark_soft_hyphens(codes: Codes) -> Codes:
    """A soft hyphen that ends a line is a hyphen there, whether PDFium said so or not."""
    soft = np.flatnonzero(codes == 0xAD)
    soft = soft[soft + 1 < len(codes)]
    ends = soft[np.isin(codes[soft + 1], (0x0A, 0x0D))]
    codes = codes.copy()
    codes[ends] = HYPHEN_MARK
    return codes


def _spans(chars: _Characters) -> _Spans:
    kind = chars.kind
    solid = (kind & (BLANK | HYPHEN)) == 0
    after_solid = np.zeros(len(solid), bool)
    after_solid[1:] = solid[:-1]
    begins = solid & ~after_solid
    glued: Bools | None = None
    if chars.kinds & CJK:
        cjk = (kind & CJK) != 0
        split = cjk.copy()
        split[1:] |= cjk[:-1]
        glued = solid & after_solid & split
        begins |= glued
    if chars.breaks is not None:
        begins |= chars.breaks & solid
    before_solid = np.zeros(len(solid), bool)
    before_solid[:-1] = solid[1:] & ~begins[1:]
    first, last = np.flatnonzero(begins), np.flatnonzero(solid & ~before_solid)
    nothing = np.zeros(len(first), bool)
    hyphen = nothing
    if chars.kinds & HYPHEN:
        follows = np.append(kind, 0)[last + 1]
        hyphen = (follows & HYPHEN) != 0
    return _Spans(first, last, nothing if glued is None else glued[first], hyphen)


def _texts(chars: _Characters, spans: _Spans) -> list[str]:
    """The text of each span: one decode and one split for the whole page."""
    codes = chars.codes
    separators = (chars.kind & (BLANK | HYPHEN)) != 0
    plain = np.where(separators, np.uint16(SPACE), codes)
    if chars.breaks is not None or spans.glued.any():
        inner = spans.first[spans.first > 0]
        plain = np.insert(plain, inner[~separators[inner - 1]], SPACE)
    texts = plain.tobytes().decode("utf-16-le", "replace").split(" ")
    texts = [text for text in texts if text]
    if len(texts) != len(spans.first):
        raise AssertionError("words and spans differ")
    return texts


def _boxes(text: c_void_p, positions: Ints, scratch: Scratch) -> Floats:
    """(n, 4) left, bottom, right, top of characters by their index on the text page."""
    n = len(positions)
    buffer, pointers = scratch.boxes(n)
    deque(map(pdfium.loose_box, repeat(text), positions.tolist(), pointers), 0)
    found: Floats = np.frombuffer(memoryview(buffer), np.float32, 4 * n).reshape(n, 4)[:, [0, 3, 2, 1]]
    if not np.isfinite(found).all():
        np.nan_to_num(found, copy=False, nan=0.0, posinf=1e6, neginf=-1e6)
    return found


def _measure(text: c_void_p, chars: _Characters, spans: _Spans, styles: Styles, scratch: Scratch) -> _Measures:
    n = len(spans.first)
    number: defaultdict[int | None, int] = defaultdict(count().__next__)
    objects = map(pdfium.text_object, repeat(text), chars.index[spans.first].tolist())
    which = np.fromiter(map(number.__getitem__, objects), np.int64, n)
    reached = np.maximum.accumulate(which)
    firsts = np.flatnonzero(np.concatenate(([True], reached[1:] > reached[:-1])))
    looks = styles.looks(text, list(number), chars.index[spans.first[firsts]].tolist())[which]
    size, angle = looks["size"], looks["angle"].astype(np.int64)

    several = np.flatnonzero(spans.last > spans.first)
    last = np.where(spans.hyphen & (spans.last + 1 < len(chars.index)), spans.last + 1, spans.last)
    ends = _boxes(text, chars.index[np.concatenate((spans.first, last[several]))], scratch)
    head, tail = ends[:n], ends[:n].copy()
    tail[several] = ends[n:]
    rtl = np.zeros(n, bool)
    if chars.kinds & RTL:
        rtl = np.logical_or.reduceat((chars.kind & RTL) != 0, _interleave(spans.first, spans.last))[::2]
    box = np.concatenate((np.minimum(head[:, :2], tail[:, :2]), np.maximum(head[:, 2:], tail[:, 2:])), axis=1)
    odd = _odd_words(spans, head, tail, size, angle, rtl)
    letters, owner, letter_box = np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros((0, 4), np.float32)
    if len(odd):
        lengths = spans.last[odd] - spans.first[odd] + 1
        starts = np.cumsum(lengths) - lengths
        owner = np.repeat(np.arange(len(odd)), lengths)
        letters = np.arange(int(lengths.sum())) - starts[owner] + spans.first[odd][owner]
        letter_box = _boxes(text, chars.index[letters], scratch)
        box[odd, :2] = np.minimum(box[odd, :2], np.minimum.reduceat(letter_box[:, :2], starts))
        box[odd, 2:] = np.maximum(box[odd, 2:], np.maximum.reduceat(letter_box[:, 2:], starts))
    return _Measures(box, size, angle, looks, rtl, odd, letters, owner, letter_box)


def _interleave(first: Ints, last: Ints) -> Ints:
    """Bounds for `reduceat` in which every second piece is a word."""
    bounds = np.empty(2 * len(first), np.int64)
    bounds[::2], bounds[1::2] = first, last + 1
    return bounds[:-1] if len(first) else bounds


def turned(box: Floats, angle: Ints, size: Floats) -> tuple[Floats, Floats, Floats]:
    """Start and end along the writing direction, and the height of the lower edge across it (upwards)."""
    if not angle.any():
        return box[:, 0], box[:, 2], box[:, 1]
    radians = np.deg2rad(angle).astype(np.float32)
    cos, sin = np.cos(radians), np.sin(radians)
    x, y = (box[:, 0] + box[:, 2]) / 2, (box[:, 1] + box[:, 3]) / 2
    w, h = (box[:, 2] - box[:, 0]) / 2, (box[:, 3] - box[:, 1]) / 2
    along, along_half = x * cos - y * sin, w * abs(cos) + h * abs(sin)
    # The box of a slanted word says little about its height; its centre does.
    across_half = np.where(angle % 90 == 0, w * abs(sin) + h * abs(cos), size / 2)
    return along - along_half, along + along_half, (x * sin + y * cos - across_half).astype(np.float32)


def _odd_words(spans: _Spans, head: Floats, tail: Floats, size: Floats, angle: Ints, rtl: Bools) -> Ints:
    start, _, base = turned(head, angle, size)
    tail_start, end, tail_base = turned(tail, angle, size)
    letters = spans.last - spans.first + 1
    width = end - start
    odd = (
        (abs(tail_base - base) > ODD_BASELINE * size)
        | (tail_start < start)
        | (width > (letters * ODD_WIDE + 0.5) * size)
    )
    odd |= (letters > 3) & (width < letters * ODD_NARROW * size)
    return np.flatnonzero((odd | rtl) & (letters > 1))


def _mend(chars: _Characters, spans: _Spans, found: _Measures) -> _Characters | None:
    """Break words at jumps, drop glyphs drawn twice, put reversed letters right; None where nothing is to be done."""
    em, owner = found.size[found.odd][found.owner], found.owner
    angle, rtl = found.angle[found.odd][owner], found.rtl[found.odd][owner]
    start, end, base = turned(found.letter_box, angle, em)
    inside = owner[1:] == owner[:-1]
    rise = abs(base[1:] - base[:-1])
    ahead = start[1:] - end[:-1]
    jump = (rise > JUMP_BASELINE * em[1:]) | (
        ~rtl[1:] & ((ahead > JUMP_AHEAD * em[1:]) | (ahead < -JUMP_BACK * em[1:]))
    )
    jump &= inside & (em[1:] > 0)
    breaks = np.zeros(len(chars.codes), bool)
    breaks[found.letters[1:][jump]] = True
    codes = chars.codes[found.letters]
    # The pieces of a ligature share one box: ff is not a double f.
    again = inside & (codes[1:] == codes[:-1]) & (codes[1:] != ord("f")) & ~rtl[1:] & (rise < SAME_PLACE * em[1:])
    again &= (abs(start[1:] - start[:-1]) < SAME_PLACE * em[1:]) & (abs(end[1:] - start[1:]) > 2 * SAME_PLACE * em[1:])
    kept = np.ones(len(chars.codes), bool)
    kept[found.letters[1:][again]] = False
    order = np.arange(len(kept))
    if found.rtl.any():
        kept[_blanks_inside_words(spans, found)] = False
        order = _order_of_reversed(chars, found)
    if kept.all() and not jump.any() and (order[1:] > order[:-1]).all():
        return None
    order = order[kept]
    mended = _Characters.of(chars.codes[order], chars.index[order])
    mended.breaks = breaks[kept] if jump.any() else None
    return mended


def _order_of_reversed(chars: _Characters, found: _Measures) -> Ints:
    """A permutation of all characters, for PDFium sometimes gives right-to-left letters in the order of x.

    The clusters of such a word are sorted by their right edges.
    """
    order = np.arange(len(chars.codes))
    middle = (found.letter_box[:, 0] + found.letter_box[:, 2]) / 2
    bounds = np.searchsorted(found.owner, np.arange(len(found.odd) + 1))
    for k in np.flatnonzero(found.rtl[found.odd] & (found.angle[found.odd] == 0)).tolist():
        low, high = int(bounds[k]), int(bounds[k + 1])
        positions = found.letters[low:high]
        letters = (chars.kind[positions] & RTL) != 0
        if np.diff(middle[low:high][letters]).sum() <= 0 or np.any(chars.codes[positions] < 0x80):
            continue
        clusters = _clusters(chars.codes[positions], found.letter_box[low:high])
        clusters.sort(key=lambda cluster: -float(found.letter_box[low + cluster[0], 2]))
        order[positions] = positions[[k for cluster in clusters for k in cluster]]
    return order


def _clusters(codes: Codes, boxes: Floats) -> list[list[int]]:
    """Letters with their marks; the parts of a ligature share one box."""
    clusters: list[list[int]] = []
    for k, code in enumerate(codes.tolist()):
        if clusters and (unicodedata.combining(chr(code)) or bool((boxes[k] == boxes[k - 1]).all())):
            clusters[-1].append(k)
        else:
            clusters.append([k])
    return clusters


def _blanks_inside_words(spans: _Spans, found: _Measures) -> Ints:
    """Positions of blanks too thin to part two right-to-left words."""
    start, end, base = turned(found.box, found.angle, found.size)
    em = found.size[1:]
    gap = start[:-1] - end[1:]
    thin = found.rtl[1:] & found.rtl[:-1] & (abs(base[1:] - base[:-1]) < ODD_BASELINE * em)
    thin &= (gap < NO_BLANK * em) & (gap > -ODD_BASELINE * em) & ~spans.hyphen[:-1] & ~spans.glued[1:]
    stretches = [np.arange(spans.last[k] + 1, spans.first[k + 1]) for k in np.flatnonzero(thin).tolist()]
    return np.concatenate(stretches) if stretches else np.zeros(0, np.int64)
