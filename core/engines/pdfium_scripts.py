"""Raised and lowered digits as the characters that Unicode has for them: a raised 2 after 10 is 10², never 102.

A digit is raised when its baseline stands clearly above that of the letters or digits it belongs to, and lowered when
it stands below and is smaller. Where neither is sure it stays a plain digit. Signs between raised digits go with them.
"""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.engines import pdfium
from core.engines.pdfium import Scratch
from core.engines.pdfium_characters import Codes
from core.engines.pdfium_measures import Measures
from core.engines.pdfium_spans import Bools, Characters, Ints, Spans
from core.engines.pdfium_texts import OpenTexts
from core.model import Flag

Heights = NDArray[np.float64]

#: In sizes of the base. TeX raises by .29 and lowers by .15 at least; who sets small digits may lower them by .08 only.
RAISED, LOWERED, LOWERED_SMALL = 0.15, 0.15, 0.05
#: What is so much smaller is small: 83 % in browsers, 70 in TeX, 58 in word processors, 90 in WeasyPrint.
SMALLER = 0.92
#: In sizes of the base. Digits of one word whose baselines differ by less stand level.
LEVEL = 0.04
#: In sizes of the base. What is raised stands so near to its base, and is no word of its own.
NEAR = 0.3
#: Likewise of what begins a line: the mark of a note that a blank keeps from the text, or that broke from its word.
NEAR_BEGINNING = 0.6
#: In sizes. What stands so near to the word before it touches it.
TOUCHING = 0.1
#: A word of more characters is a number that stands for itself.
LONGEST = 6

_ZERO, _NINE = 0x30, 0x39
_PLAIN = "0123456789+-−‒–"
_RAISED_CODES = dict(zip(map(ord, _PLAIN), map(ord, "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻⁻"), strict=True))
_LOWERED_CODES = dict(zip(map(ord, _PLAIN), map(ord, "₀₁₂₃₄₅₆₇₈₉₊₋₋₋₋"), strict=True))


def with_scripts(
    texts: OpenTexts, chars: Characters, spans: Spans, found: Measures, scratch: Scratch
) -> tuple[Codes, Bools] | None:
    """The codes of all characters with raised and lowered digits, and the words before which there is no blank.

    PDFium puts blanks around what is raised: before an exponent, and before the full stop behind it. None where nothing
    is raised or lowered.
    """
    digit = (chars.codes >= _ZERO) & (chars.codes <= _NINE)
    if not digit.any():
        return None
    words = _Words(texts, chars, spans, found, digit, scratch)
    codes = chars.codes.copy()
    within = words.mixed()
    for word in within.tolist():
        words.mark_within(word, codes)
    alone = words.alone(set(within.tolist()), codes)
    if not len(within) and not alone.any():
        return None
    behind = alone.copy()
    behind[within] = True
    return codes, alone | words.stops(behind)


_CLOSING = frozenset(map(ord, ")]}.,;:!?\"'”’»"))


def _is_base(code: int) -> bool:
    return chr(code).isalnum() or 0xD800 <= code < 0xE000  # a letter of mathematics is two units


def _without_letters(chosen: Bools, codes: Codes) -> Bools:
    """The chosen characters but for runs that hold more than numbers, as what stands under a limit: `h→0`."""
    kept = chosen.copy()
    edges = np.flatnonzero(np.diff(np.concatenate(([False], chosen, [False])).astype(np.int8)))
    for first, stop in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        kept[first:stop] = all(code in _RAISED_CODES or code in _CLOSING for code in codes[first:stop].tolist())
    return kept


def _is_lowered(shift: Any, is_small: Any) -> Any:
    """Whether a shift, in sizes of the base, is that of an index."""
    return (shift <= -LOWERED) | ((shift <= -LOWERED_SMALL) & is_small)


class _Words:
    """The words of pages, and the baselines of their characters as far as they were asked for."""

    def __init__(
        self, texts: OpenTexts, chars: Characters, spans: Spans, found: Measures, digit: Bools, scratch: Scratch
    ) -> None:
        self._texts, self._chars, self._spans, self._found, self._digit = texts, chars, spans, found, digit
        self._scratch = scratch
        radians = np.deg2rad(found.angle)
        self._sin, self._cos = np.sin(radians), np.cos(radians)
        self._seen = (found.looks["flags"] & int(Flag.INVISIBLE) == 0) & (found.size > 0) & ~found.rtl

    def mixed(self) -> Ints:
        """Words that hold digits and whose characters do not stand level."""
        spans, codes = self._spans, self._chars.codes
        owner = np.zeros(len(codes), np.int64)
        owner[spans.first] = 1
        owner = np.cumsum(owner) - 1
        digits: Ints = np.flatnonzero(self._digit)
        digits = digits[owner[digits] >= 0]
        digits = digits[self._seen[owner[digits]]]
        if not len(digits):
            return digits
        letter = ((codes | 0x20) >= ord("a")) & ((codes | 0x20) <= ord("z")) | (codes >= 0xC0)
        lettered = np.zeros(len(spans.first), bool)
        lettered[owner[letter & (owner >= 0)]] = True
        word = owner[digits]
        begins = np.concatenate(([True], word[1:] != word[:-1]))
        ends = np.append(begins[1:], True)
        run = np.concatenate(([True], np.diff(digits) != 1))
        # Of a number its ends tell; where there are letters, the beginning of each run of digits as well.
        probe = np.zeros(len(codes), bool)
        probe[digits[begins | ends | (run & lettered[word])]] = True
        probe[spans.first[word[lettered[word]]]] = True
        probes: Ints = np.flatnonzero(probe)
        word = owner[probes]
        several = np.concatenate(([False], word[1:] == word[:-1]))
        several[:-1] |= several[1:]
        probes, word = probes[several], word[several]
        if not len(probes):
            return probes
        level = self._baselines(probes, word)
        starts = np.flatnonzero(np.concatenate(([True], word[1:] != word[:-1])))
        spread = np.maximum.reduceat(level, starts) - np.minimum.reduceat(level, starts)
        at: Ints = word[starts]
        return at[spread > LEVEL * self._found.size[at]]

    def mark_within(self, word: int, codes: Codes) -> None:
        """Spell the raised and lowered digits of one word, in `codes`."""
        at = np.arange(self._spans.first[word], self._spans.last[word] + 1)
        level = self._baselines(at, np.full(len(at), word))
        size = self._sizes(at)
        solid = self._digit[at] | (codes[at] >= ord("A"))
        if not solid.any():
            return
        base = float(size[solid].max())
        # The base is what is set largest; of several the first.
        ground = float(level[np.flatnonzero(solid & (size >= 0.95 * base))[0]])
        shift = (level - ground) / base
        raised, lowered = shift >= RAISED, _is_lowered(shift, size <= SMALLER * base)
        for chosen, table in ((raised, _RAISED_CODES), (lowered, _LOWERED_CODES)):
            self._spell(at, _without_letters(chosen, codes[at]), table, codes)

    def alone(self, within: set[int], codes: Codes) -> Bools:
        """(n,) bool: words of digits and signs that stand raised or lowered beside another; spelled in `codes`."""
        spans, found = self._spans, self._found
        n = len(spans.first)
        alone = np.zeros(n, bool)
        if n < 2:
            return alone
        size, box = found.size, found.box
        small = size[1:] <= SMALLER * size[:-1], size[:-1] <= SMALLER * size[1:]
        upright = (found.angle[1:] == 0) & (found.angle[:-1] == 0) & self._seen[1:] & self._seen[:-1]
        gap = np.abs(box[1:, 0] - box[:-1, 2]) / np.maximum(size[1:], size[:-1])
        touching, beside = gap < TOUCHING, upright & (gap < NEAR)
        overlaps = (box[1:, 1] < box[:-1, 3]) & (box[:-1, 1] < box[1:, 3]) & spans.beside
        short = (spans.last - spans.first < LONGEST) & (self._digit[spans.first] | self._digit[spans.last])
        is_behind = beside & overlaps & (small[0] | touching) & short[1:]
        begins = np.concatenate(([True], ~overlaps[:-1] | (box[1:-1, 0] < box[:-2, 0])))
        is_before = (beside | (upright & begins & (gap < NEAR_BEGINNING))) & overlaps & small[1] & short[:-1]
        is_before[1:] &= ~is_behind[:-1]
        behind, before = np.flatnonzero(is_behind), np.flatnonzero(is_before)
        pairs = np.concatenate((np.stack((behind, behind + 1), axis=1), np.stack((before + 1, before), axis=1)))
        for base, word in pairs.tolist():
            at = np.arange(spans.first[word], spans.last[word] + 1)
            if word in within or not all(code < _ZERO or code in _RAISED_CODES for code in codes[at].tolist()):
                continue
            # The 1 of a fraction after a sign is raised and small too, and belongs to no base.
            touched = int(self._chars.codes[spans.last[base] if base < word else spans.first[base]])
            if not (_is_base(touched) or (base < word and touched in _CLOSING)):
                continue
            level = self._baselines(np.array([spans.first[base], at[0]]), np.array([base, word]))
            shift = float(level[1] - level[0]) / float(size[base])
            if shift >= RAISED or _is_lowered(shift, size[word] <= SMALLER * size[base]):
                self._spell(at, np.ones(len(at), bool), _RAISED_CODES if shift > 0 else _LOWERED_CODES, codes)
                alone[word] = True
        return alone

    def stops(self, scripts: Bools) -> Bools:
        """(n,) bool: words of closing punctuation that touch a word of `scripts` before them."""
        spans, found, codes = self._spans, self._found, self._chars.codes
        touches = np.zeros(len(scripts), bool)
        gap = np.abs(found.box[1:, 0] - found.box[:-1, 2])
        touches[1:] = scripts[:-1] & spans.beside & (gap < TOUCHING * found.size[1:]) & (found.angle[1:] == 0)
        at = np.flatnonzero(touches)
        touches[at] = [code in _CLOSING for code in codes[spans.first[at]].tolist()]
        return touches

    def _spell(self, at: Ints, chosen: Bools, table: dict[int, int], codes: Codes) -> None:
        """Put the characters of `table` for digits, and for signs that stand right before such a digit."""
        for k in np.flatnonzero(chosen & self._digit[at]).tolist():
            codes[at[k]] = table[int(codes[at[k]])]
            if k and chosen[k - 1] and int(codes[at[k - 1]]) in table:
                codes[at[k - 1]] = table[int(codes[at[k - 1]])]

    def _baselines(self, at: Ints, word: Ints) -> Heights:
        """How high the origins of characters lie across the direction in which their words are written."""
        n = len(at)
        buffer, (x, y) = self._scratch.points(n)
        deque(map(pdfium.char_origin, *self._texts.asked(self._chars.index[at]), x, y), 0)
        points = np.nan_to_num(np.frombuffer(memoryview(buffer), np.float64, 2 * n).reshape(n, 2))
        found: Heights = points[:, 0] * self._sin[word] + points[:, 1] * self._cos[word]
        return found

    def _sizes(self, at: Ints) -> Heights:
        """The effective sizes of characters."""
        index = self._chars.index[at]
        size = np.array(list(map(pdfium.font_size, *self._texts.asked(index))), np.float64)
        buffer, rows = self._scratch.matrices(len(at))
        deque(map(pdfium.text_matrix, *self._texts.asked(index), rows), 0)
        matrix = np.nan_to_num(np.frombuffer(memoryview(buffer), np.float32, 6 * len(at)).reshape(-1, 6))
        found: Heights = np.abs(size) * np.hypot(matrix[:, 2], matrix[:, 3])
        return found
