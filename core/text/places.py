"""Scattered labels: on pages such as drawings the order of drawing says nothing, the place does."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from core.text.moves import Moved
from core.text.pagemap import Partners
from core.text.sequence import Hunk
from core.text.tokens import Tokens

MEDIAN_WORDS = 2.0  #: words a line, at most, on a page of labels
NEAR = 6.0  #: points (sum of both axes) within which a label stands at the same place

_Pairs = tuple[NDArray[np.int64], NDArray[np.int64]]


def matched_by_place(
    old: Tokens, new: Tokens, found: list[Hunk], moves: list[Moved], pairs: _Pairs, partners: Partners
) -> tuple[list[Hunk], _Pairs]:
    """Cancel equal unmatched words that stand at the same place on paired pages of labels.

    The shift between two pages is the median over the words that are matched already.

    Returns:
        The hunks without those words, and the token pairs won.
    """
    labels = _label_pages(old), _label_pages(new)
    wanted = sorted((a, b) for a, (b, _) in partners.items() if a in labels[0] and b in labels[1])
    free = _free(found, moves, len(old), len(new))
    if not wanted or not free[0].any() or not free[1].any():
        return found, (np.zeros(0, np.int64), np.zeros(0, np.int64))
    middle = _middles(old), _middles(new)
    page = old.document.words.page[old.lead()], new.document.words.page[new.lead()]
    won_old: list[int] = []
    won_new: list[int] = []
    for old_page, new_page in wanted:
        on = (page[0][pairs[0]] == old_page) & (page[1][pairs[1]] == new_page)
        shift = np.median(middle[1][pairs[1][on]] - middle[0][pairs[0][on]], axis=0) if on.any() else np.zeros(2)
        here = np.flatnonzero(free[0] & (page[0] == old_page)), np.flatnonzero(free[1] & (page[1] == new_page))
        by_key: dict[int, list[int]] = defaultdict(list)
        for j in here[1].tolist():
            by_key[int(new.key[j])].append(j)
        for i in here[0].tolist():
            near = [
                (float(np.abs(middle[1][j] - middle[0][i] - shift).sum()), j) for j in by_key.get(int(old.key[i]), ())
            ]
            if near and min(near)[0] <= NEAR:
                j = min(near)[1]
                by_key[int(old.key[i])].remove(j)
                won_old.append(i)
                won_new.append(j)
    taken = set(won_old), set(won_new)
    return _without(found, taken), (np.array(won_old, np.int64), np.array(won_new, np.int64))


def _label_pages(tokens: Tokens) -> set[int]:
    """Pages whose lines hold two words or fewer, in the median."""
    words = tokens.document.words
    if not len(words):
        return set()
    starts = np.flatnonzero(np.concatenate(([True], np.diff(words.line) != 0)))
    lengths = np.diff(np.append(starts, len(words)))
    numbers, first = np.unique(words.page[starts], return_index=True)
    parts = np.split(lengths, first[1:])
    return {int(p) for p, part in zip(numbers, parts, strict=True) if np.median(part) <= MEDIAN_WORDS}


def _free(found: list[Hunk], moves: list[Moved], n: int, m: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    free_old, free_new = np.zeros(n, bool), np.zeros(m, bool)
    for i0, i1, j0, j1 in found:
        free_old[i0:i1] = True
        free_new[j0:j1] = True
    for move in moves:
        free_old[slice(*move.old)] = False
        free_new[slice(*move.new)] = False
    return free_old, free_new


def _middles(tokens: Tokens) -> NDArray[np.floating]:
    box = tokens.document.words.box[tokens.lead()]
    return (box[:, :2] + box[:, 2:]) / 2


def _without(found: list[Hunk], taken: tuple[set[int], set[int]]) -> list[Hunk]:
    """Hunks cut where a token was taken out."""
    out: list[Hunk] = []
    for i0, i1, j0, j1 in found:
        olds, news = _pieces(i0, i1, taken[0]), _pieces(j0, j1, taken[1])
        if olds == [(i0, i1)] and news == [(j0, j1)]:
            out.append((i0, i1, j0, j1))
            continue
        for k in range(max(len(olds), len(news))):
            a = olds[k] if k < len(olds) else (olds[-1][1],) * 2 if olds else (i1, i1)
            b = news[k] if k < len(news) else (news[-1][1],) * 2 if news else (j1, j1)
            out.append((*a, *b))
    return out


def _pieces(start: int, stop: int, taken: set[int]) -> list[tuple[int, int]]:
    parts: list[tuple[int, int]] = []
    begin = start
    for k in range(start, stop + 1):
        if k == stop or k in taken:
            if k > begin:
                parts.append((begin, k))
            begin = k + 1
    return parts
