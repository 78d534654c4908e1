"""Words of a sheet that go where the label beside them went: the value in a row of a table from which a row was taken.

GPIO4   down              GPIO4, down  are gone: the values of the rows below are equal to those above,
GPIO15  up        →       GPIO15  up   and nearly stand where theirs stood, but they moved with their labels.
GPIO5   up                GPIO5   up
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.median import median
from core.text.tokens import Tokens

SAME_WAY = 1.5  #: points by which the ways of two words may differ that moved together
BESIDE = 8.0  #: heights between a word and the label that it goes with, at most
LEVEL = 0.3  #: of a height, by which they may differ in height
MOST_CELLS = 4_000_000  #: pairs of words that are looked at

Ints = NDArray[np.int64]


def lone_words(old: Tokens, new: Tokens, a: Ints, b: Ints) -> tuple[Ints, Ints]:
    """Tokens of two pages that stand once on both, as pairs."""
    first, at_first, count_first = np.unique(old.key[a], return_index=True, return_counts=True)
    second, at_second, count_second = np.unique(new.key[b], return_index=True, return_counts=True)
    _, x, y = np.intersect1d(
        first[count_first == 1], second[count_second == 1], assume_unique=True, return_indices=True
    )
    return a[at_first[count_first == 1][x]], b[at_second[count_second == 1][y]]


def companions(old: Tokens, new: Tokens, a: Ints, b: Ints) -> dict[int, int]:
    """New token by old token: equal, and moved as the label beside it did, where that is not as the page did."""
    labels, there = lone_words(old, new, a, b)
    if not len(labels):
        return {}
    ways = _middles(new, there) - _middles(old, labels)
    moved = np.abs(ways - median(ways)).sum(axis=1) > SAME_WAY
    labels, ways = labels[moved], ways[moved]
    others = np.setdiff1d(a[np.isin(old.key[a], new.key[b])], labels)
    if not len(labels) or len(others) * len(labels) > MOST_CELLS:
        return {}
    beside = _apart(old, others, labels)
    nearest = beside.argmin(axis=1)
    near = np.isfinite(beside[np.arange(len(others)), nearest])
    others, nearest = others[near], nearest[near]
    if len(others) * len(b) > MOST_CELLS:
        return {}
    aims = _middles(old, others) + ways[nearest]
    away = np.abs(aims[:, None] - _middles(new, b)[None]).sum(axis=2)
    away[(old.key[others][:, None] != new.key[b][None]) | (away > SAME_WAY)] = np.inf
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for far, k, at in sorted((float(away[k, at]), int(k), int(at)) for k, at in np.argwhere(np.isfinite(away))):
        if int(others[k]) not in pairs and at not in taken and np.isfinite(far):
            pairs[int(others[k])] = int(b[at])
            taken.add(at)
    return pairs


def _middles(tokens: Tokens, at: Ints) -> NDArray[np.floating]:
    box = tokens.document.words.box[tokens.lead(at)]
    return (box[:, :2] + box[:, 2:]) / 2


def _apart(tokens: Tokens, one: Ints, other: Ints) -> NDArray[np.floating]:
    """(n, m) the blank between level words of one line, in points; infinite for others."""
    words = tokens.document.words
    lead = tokens.lead(one), tokens.lead(other)
    left, right = words.box[lead[0]][:, None], words.box[lead[1]][None]
    height = np.maximum(words.box[lead[0], 3] - words.box[lead[0], 1], 1.0)[:, None]
    gap = np.maximum(left[..., 0], right[..., 0]) - np.minimum(left[..., 2], right[..., 2])
    level = np.abs(left[..., 1] + left[..., 3] - right[..., 1] - right[..., 3]) / 2 <= LEVEL * height
    upright = (words.angle[lead[0]] == 0)[:, None] & (words.angle[lead[1]] == 0)[None]
    found: NDArray[np.floating] = np.where(level & upright & (gap >= 0) & (gap <= BESIDE * height), gap, np.inf)
    return found
