"""Labels that changed places with each other, though a page draws them in the order of before.

R1 ──▭──        R2 ──▭──      Both sides hold the same words in the same order. But where R1 stood R2 stands now,
R2 ──▭──   →    R1 ──▭──      and where R2 stood R1: so do three that went round. Labels of a symbol that moved
                              take nobody's place; rows below one that was taken out take places in a chain that ends.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from core.text.tokens import Tokens

MOST_CELLS = 4_000_000  #: pairs of labels that are looked at
SAME_PLACE = 0.5  #: heights of the lower one, by which the edges or the middles of two labels at one place differ
BLANK = 1.0  #: heights between two words of one label, at most
STABLE_SHARE = 0.5  #: of the words of a page must stand where they stood: else it was laid out anew

Floats = NDArray[np.floating]
Ints = NDArray[np.int64]


def exchanged(old: Tokens, new: Tokens, pairs: dict[int, int], shift: Floats) -> set[int]:
    """Old tokens of the labels among `pairs` of two pages that changed places in a ring.

    `shift`, (2,) points, is the way that the page went.
    """
    if len(pairs) < 2:
        return set()
    olds = np.array(sorted(pairs), np.int64)
    news = np.array([pairs[k] for k in olds.tolist()], np.int64)
    boxes = old.document.words.box[old.lead(olds)] + np.tile(shift, 2), new.document.words.box[new.lead(news)]
    stayed = _at_one_place(boxes[0], boxes[1])
    if np.count_nonzero(stayed) < STABLE_SHARE * len(olds):
        return set()
    labels = [label for label in _labels(old, new, (olds, news), boxes) if not stayed[label].all()]
    if len(labels) < 2 or len(labels) ** 2 > MOST_CELLS:
        return set()
    before, behind = (np.array([_around(box[label]) for label in labels]) for box in boxes)
    takes = _at_one_place(behind[:, None], before[None])
    texts = [tuple(old.key[olds[label]].tolist()) for label in labels]
    takes &= np.array([[one != other for other in texts] for one in texts])
    away = np.where(takes, np.abs(_middles(behind)[:, None] - _middles(before)[None]).sum(axis=2), np.inf)
    follows = {k: int(away[k].argmin()) for k in np.flatnonzero(takes.any(axis=1)).tolist()}
    return {int(token) for k in _in_rings(follows) for token in olds[labels[k]]}


def _labels(old: Tokens, new: Tokens, pairs: tuple[Ints, Ints], boxes: tuple[Floats, Floats]) -> Iterator[Ints]:
    """Positions among the pairs of the words of each label: neighbours in one line, on both sides."""
    apart = np.zeros(len(pairs[0]) - 1, bool)
    for tokens, at, box in zip((old, new), pairs, boxes, strict=True):
        line = tokens.document.words.line[tokens.lead(at)]
        gap = np.maximum(box[1:, :2], box[:-1, :2]) - np.minimum(box[1:, 2:], box[:-1, 2:])
        apart |= (np.diff(at) != 1) | (np.diff(line) != 0) | (gap.max(axis=1) > BLANK * _heights(box)[1:])
    yield from np.split(np.arange(len(pairs[0])), np.flatnonzero(apart) + 1)


def _at_one_place(one: Floats, other: Floats) -> NDArray[np.bool_]:
    """Whether boxes begin, end or have their middle at the same place, along both axes."""
    least = SAME_PLACE * np.minimum(_heights(one), _heights(other))
    edges = np.abs(one - other)
    middles = np.abs(_middles(one) - _middles(other))
    near = np.minimum(np.minimum(edges[..., :2], edges[..., 2:]), middles)
    return np.asarray((near <= least[..., None]).all(axis=-1))


def _heights(box: Floats) -> Floats:
    """The shorter side, at least a point: words may stand on end."""
    found: Floats = np.maximum((box[..., 2:] - box[..., :2]).min(axis=-1), 1.0)
    return found


def _middles(box: Floats) -> Floats:
    found: Floats = (box[..., :2] + box[..., 2:]) / 2
    return found


def _around(box: Floats) -> Floats:
    return np.concatenate((box[:, :2].min(axis=0), box[:, 2:].max(axis=0)))


def _in_rings(follows: dict[int, int]) -> set[int]:
    """Those that lead back to themselves, each followed by one at most."""
    found: set[int] = set()
    done: set[int] = set()
    for start in follows:
        way: list[int] = []
        at: int | None = start
        while at is not None and at not in done:
            done.add(at)
            way.append(at)
            at = follows.get(at)
        if at in way:
            found.update(way[way.index(at) :])
    return found
