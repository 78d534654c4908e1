"""Words of a sheet that passed others and took their places: a row that moved within its table.

P-001  298              P-003  323      P-003 stands where P-001 stood, and P-002 where P-003 stood; it passed both.
P-002  102        →     P-001  298      The labels of a symbol that moved leave a gap, and come where there was one;
P-003  323              P-002  102      rows below one that was taken out move up, but pass no other.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.median import median
from core.text.companions import LEVEL, SAME_WAY
from core.text.tokens import Tokens

STRIP_CELLS = 1_000_000  #: pairs of words that are looked at in one go
MOST_CELLS = 64_000_000  #: pairs of words that are looked at; beyond them what moved counts as having passed others

Floats = NDArray[np.floating]
Bools = NDArray[np.bool_]


def crossed(old: Tokens, new: Tokens, pairs: dict[int, int], shift: Floats) -> set[int]:
    """Old tokens of those pairs that left their place to words which they passed, and took the place of such.

    The rest of what stands in their line and moved the same way is among them. A place is that on the page, or on the
    page shifted by `shift`, (2,) points: where most of a page is one table, its rows alone decide what the shift is.
    """
    if len(pairs) < 2:
        return set()
    olds, news = np.array(list(pairs), np.int64), np.array(list(pairs.values()), np.int64)
    boxes = old.document.words.box[old.lead(olds)], new.document.words.box[new.lead(news)]
    ways = _middles(boxes[1]) - _middles(boxes[0])
    moved = np.flatnonzero(np.abs(ways - median(ways)).sum(axis=1) > SAME_WAY)
    if len(moved) * len(olds) > MOST_CELLS:
        return set(olds[moved].tolist())
    step = max(1, STRIP_CELLS // len(olds))
    found = np.zeros(len(olds), bool)
    for start in range(0, len(moved), step):
        strip = moved[start : start + step]
        passed = _passed(boxes, strip)
        for by in (np.zeros(2), shift):
            left = (_meet(boxes[0][strip] + np.tile(by, 2), boxes[1]) & passed).any(axis=1)
            took = (_meet(boxes[1][strip] - np.tile(by, 2), boxes[0]) & passed).any(axis=1)
            found[strip] |= left & took
    sure = np.flatnonzero(found)
    for start in range(0, len(moved), step):
        strip = moved[start : start + step]
        same_way = np.abs(ways[strip][:, None] - ways[sure][None]).sum(axis=2) <= SAME_WAY
        found[strip] |= (same_way & _level(boxes[0], strip, sure)).any(axis=1)
    return set(olds[found].tolist())


def _middles(box: Floats) -> Floats:
    found: Floats = (box[:, :2] + box[:, 2:]) / 2
    return found


def _passed(boxes: tuple[Floats, Floats], strip: NDArray[np.int64]) -> Bools:
    """(n, m) whether a word stood wholly before another along an axis, and stands wholly behind it now, or reversed."""
    before, behind = [], []
    for box in boxes:
        one, other = box[strip][:, None], box[None]
        least = 0.25 * np.minimum(one[..., 3] - one[..., 1], other[..., 3] - other[..., 1])[..., None]
        before.append(one[..., 2:] <= other[..., :2] + least)
        behind.append(other[..., 2:] <= one[..., :2] + least)
    return np.asarray(((before[0] & behind[1]) | (behind[0] & before[1])).any(axis=2))


def _meet(one: Floats, other: Floats) -> Bools:
    """(n, m) whether boxes lie over each other by a quarter of the lower one's height at least."""
    least = 0.25 * np.minimum((one[:, 3] - one[:, 1])[:, None], (other[:, 3] - other[:, 1])[None])
    low = np.maximum(one[:, None, :2], other[None, :, :2])
    high = np.minimum(one[:, None, 2:], other[None, :, 2:])
    return np.asarray((high - low >= least[..., None]).all(axis=2))


def _level(box: Floats, strip: NDArray[np.int64], others: NDArray[np.int64]) -> Bools:
    middle = (box[:, 1] + box[:, 3]) / 2
    height = np.maximum(box[strip, 3] - box[strip, 1], 1.0)[:, None]
    return np.asarray(np.abs(middle[strip][:, None] - middle[others][None]) <= LEVEL * height)
