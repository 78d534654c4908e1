"""Brackets, quotes and dashes that PDFium gives out of their order: put beside the words that they touch.

Mostly such as stand apart in right-to-left lines.

Word processors draw them before or after all words of the line, and give them as they look there: the bracket that
opens is then the code of the one that closes. Which one it is, the side of the word tells on which it stands.

PDFium mirrors curly quotes in lines from right to left, as brackets. Unicode does not (they have no Bidi_Mirrored
property), and no producer draws them mirrored: they are turned back.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from core.engines.pdfium_measures import Floats
from core.engines.pdfium_spans import Ints
from core.model import Flag

BRACKETS = ("()", "[]", "{}")
QUOTES = ("“", "”", "„", '"', "«", "»", "‘", "’")
DASHES = ("–", "—")
_TURNED = str.maketrans("“”", "”“")
#: In ems: a bracket so near to a word belongs to it; and so little higher or lower than its line.
TOUCHING, LEVEL = 0.15, 0.6
#: Of the width of a full-width bracket, by which another one may reach beyond its blank half.
NESTED = 0.1
_OPENING, _CLOSING = "「『（［｛〈《【〔", "」』）］｝〉》】〕"
#: Of so many on a page the first are looked at.
MOST = 500
#: Marks of Arabic that are no words to hang a bracket on.
_MARKS = ("،", "؛", "؟", "۔")


def hung_brackets(
    token: NDArray[np.int32],
    numbers: Mapping[str, int],
    page: NDArray[np.int32],
    box: Floats,
    angle: NDArray[np.int16],
    size: Floats,
    flags: NDArray[np.uint16],
) -> tuple[dict[int, str], NDArray[np.uint16], Ints] | None:
    """The brackets as they are read, by word, the flags with what stands without a blank, and the order of words.

    Args:
        token: (n,) the word's text, as a number.
        numbers: The number of each text that occurs.
        page: (n,) ascending; `box` in the page's own axes.
    """
    pair_of = {numbers[one]: pair for pair in BRACKETS for one in pair if one in numbers}
    alone = [*pair_of, *(numbers[sign] for sign in (*QUOTES, *DASHES) if sign in numbers)]
    rtl = (flags & int(Flag.RTL) != 0) & (angle == 0)
    if not alone or not rtl.any():
        return None
    is_mark = np.isin(token, [numbers[mark] for mark in _MARKS if mark in numbers])
    rtl &= ~is_mark
    candidates = np.flatnonzero(np.isin(token, alone) & (angle == 0))
    candidates = _first_of_page(candidates, page)
    spelled: dict[int, str] = {}
    flags, place = flags.copy(), np.arange(len(token), dtype=np.float64)
    middle = (box[:, 1] + box[:, 3]) / 2
    for k in candidates.tolist():
        first, stop = np.searchsorted(page, (page[k], page[k] + 1)).tolist()
        words = np.flatnonzero(rtl[first:stop] & (abs(middle[first:stop] - middle[k]) < LEVEL * size[k])) + first
        gaps = np.stack((abs(box[k, 0] - box[words, 2]), abs(box[k, 2] - box[words, 0])))
        if not gaps.size or gaps.min() > TOUCHING * size[k]:
            continue
        side, at = divmod(int(gaps.argmin()), len(words))
        word = int(words[at])
        place[k] = word - 0.5 if side == 0 else word + 0.5
        flags[word if side == 0 else k] |= int(Flag.GLUED)
        after = word + 1
        if side == 1 and after < stop and is_mark[after] and abs(box[k, 0] - box[after, 2]) <= TOUCHING * size[k]:
            flags[after] |= int(Flag.GLUED)  # `word)،`
        if int(token[k]) in pair_of:
            spelled[k] = pair_of[int(token[k])][side]
    order = np.argsort(place, kind="stable")
    return (spelled, flags, order) if (place != np.arange(len(place))).any() else None


def turned_quotes(
    token: NDArray[np.int32],
    numbers: Mapping[str, int],
    page: NDArray[np.int32],
    box: Floats,
    angle: NDArray[np.int16],
    size: Floats,
    flags: NDArray[np.uint16],
) -> dict[int, str]:
    """The words of right-to-left lines that hold curly quotes, as the file has them, by word.

    In a line that holds words of the other direction too PDFium mirrors some and others not: those stay as they are.
    The arguments are those of `hung_brackets`.
    """
    rtl = (flags & int(Flag.RTL) != 0) & (angle == 0)
    if not rtl.any():
        return {}
    quoted = {number: text for text, number in numbers.items() if len(text) > 1 and ("“" in text or "”" in text)}
    candidates = np.flatnonzero(rtl & np.isin(token, list(quoted)))
    if not len(candidates):
        return {}
    candidates = _first_of_page(candidates, page)
    across = np.isin(token, [number for text, number in numbers.items() if any(map(str.isalpha, text))]) & ~rtl
    middle = (box[:, 1] + box[:, 3]) / 2
    found = {}
    for k in candidates.tolist():
        line = slice(*np.searchsorted(page, (page[k], page[k] + 1)).tolist())
        if not (across[line] & (abs(middle[line] - middle[k]) < LEVEL * size[k])).any():
            found[k] = quoted[int(token[k])].translate(_TURNED)
    return found


def nested_brackets(
    token: NDArray[np.int32], numbers: Mapping[str, int], page: NDArray[np.int32], box: Floats, angle: NDArray[np.int16]
) -> Ints | None:
    """The order of words, where a bracket stands in the blank half of a full-width one: as they follow on the line.

    Browsers set them so (`text-spacing-trim`), and PDFium gives the one first whose box begins first: 「( for (「.
    """
    wide = [[numbers[mark] for mark in marks if mark in numbers] for marks in (_OPENING, _CLOSING)]
    if not wide[0] and not wide[1]:
        return None
    opens, closes = np.isin(token, wide[0]), np.isin(token, wide[1])
    middle = (box[:, 0] + box[:, 2]) / 2
    beside = (page[1:] == page[:-1]) & (angle[1:] == 0) & (angle[:-1] == 0)
    beside &= (box[1:, 1] < box[:-1, 3]) & (box[:-1, 1] < box[1:, 3])
    inside = (
        opens[:-1] & (box[1:, 0] >= box[:-1, 0]) & (box[1:, 2] <= middle[:-1] + NESTED * (box[:-1, 2] - box[:-1, 0]))
    )
    inside |= (
        closes[1:] & (box[:-1, 2] <= box[1:, 2]) & (box[:-1, 0] >= middle[1:] - NESTED * (box[1:, 2] - box[1:, 0]))
    )
    at = np.flatnonzero(beside & inside)
    if not len(at):
        return None
    at = at[np.concatenate(([True], np.diff(at) > 1))]
    order = np.arange(len(token))
    order[at], order[at + 1] = at + 1, at
    return order


def _first_of_page(candidates: Ints, page: NDArray[np.int32]) -> Ints:
    """Those of ascending words that are among the first `MOST` of their page."""
    of_page = page[candidates]
    return candidates[np.arange(len(candidates)) - np.searchsorted(of_page, of_page) < MOST]
