"""Joins in columns: rows with equal keys, points near points, and what hangs together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
MOST_PAIRS = 4_000_000  #: of one join; beyond it the later rows have no partner
_SPREAD = np.int64(1) << 21  #: cells along an axis: a sheet of 14,400 points has 180,000 cells of .08 points
_MIDDLE = _SPREAD // 2


def cells(points: Floats, size: float) -> Ints:
    """(n,) one number for the cell of `size` in which each point (n, 2) lies; neighbours differ by 1 or `row()`."""
    at = np.clip(np.floor(points / size), -_MIDDLE + 4, _MIDDLE - 4).astype(np.int64) + _MIDDLE
    found: Ints = at[:, 1] * _SPREAD + at[:, 0]
    return found


def step(x: int, y: int) -> int:
    """What is added to the number of a cell for one that lies `x` to the right and `y` below."""
    return y * int(_SPREAD) + x


def equal_rows(keys: Ints, sorted_keys: Ints) -> tuple[Ints, Ints]:
    """All (row, place in `sorted_keys`) with equal keys."""
    first = np.searchsorted(sorted_keys, keys, "left")
    count = np.searchsorted(sorted_keys, keys, "right") - first
    total = np.cumsum(count)
    if len(total) and total[-1] > MOST_PAIRS:
        kept = int(np.searchsorted(total, MOST_PAIRS, "right"))
        first, count, total = first[:kept], count[:kept], total[:kept]
    if not len(total) or not total[-1]:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    rows = np.repeat(np.arange(len(count)), count)
    places = np.arange(int(total[-1])) - np.repeat(total - count, count) + np.repeat(first, count)
    return rows, places


def near_points(one: Floats, other: Floats, radius: float) -> tuple[Ints, Ints]:
    """All pairs of points (n, 2) and (m, 2) that are at most `radius` apart along both axes."""
    if not len(one) or not len(other):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    size = 2 * radius
    keys = cells(other, size)
    order = np.argsort(keys)  # the order of equals does not matter: pairs are sorted in the end
    keys = keys[order]
    found = []
    for dx in (-radius, radius):
        for dy in (-radius, radius):  # a square of that size meets at most four cells
            rows, places = equal_rows(cells(one + np.array((dx, dy)), size), keys)
            found.append((rows, order[places]))
    a, b = np.concatenate([f[0] for f in found]), np.concatenate([f[1] for f in found])
    near = (np.abs(one[a] - other[b]) <= radius).all(axis=1)
    a, b = distinct_pairs(a[near], b[near], len(other))
    return a, b


def distinct_pairs(a: Ints, b: Ints, count: int) -> tuple[Ints, Ints]:
    """Pairs without repetition, ascending; `count` is more than the largest `b`."""
    codes = np.sort(a * np.int64(count) + b)  # of numbers, sorting is faster than a table of those seen
    codes = codes[np.concatenate(([True], codes[1:] != codes[:-1]))] if len(codes) else codes
    rows = codes // max(count, 1)
    return rows, codes - rows * count


def connected(count: int, a: Ints, b: Ints) -> Ints:
    """(count,) the least row that each row hangs together with through pairs of rows."""
    root = np.arange(count)
    while len(a):
        one, other = root[a], root[b]
        apart = one != other
        if not apart.any():
            break
        a, b = a[apart], b[apart]
        one, other = one[apart], other[apart]
        np.minimum.at(root, np.maximum(one, other), np.minimum(one, other))
        while True:
            above = root[root]
            if (above == root).all():
                break
            root = above
    return root


def sampled(ends: Floats, spacing: float) -> tuple[Floats, Ints]:
    """Points along pieces (n, 4), both ends among them, at most `spacing` apart; and the piece of each."""
    length = np.hypot(ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1])
    count = np.ceil(length / spacing).astype(np.int64) + 1
    rows = np.repeat(np.arange(len(ends)), count)
    number = np.arange(len(rows)) - np.repeat(np.cumsum(count) - count, count)
    share = (number / np.maximum(count[rows] - 1, 1))[:, None]
    points: Floats = ends[rows, :2] * (1 - share) + ends[rows, 2:] * share
    return points, rows


def clustered(ends: Floats, gap: float) -> Ints:
    """(n,) a number of its cluster for each piece: pieces nearer than about `gap` to each other have the same one."""
    if not len(ends):
        return np.zeros(0, np.int64)
    size = gap / 2
    points, rows = sampled(ends, size)
    keys, at = np.unique(cells(points, size), return_inverse=True)
    around = [(1, 0), (2, 0), (0, 1), (0, 2), (1, 1), (-1, 1), (2, 1), (-2, 1), (1, 2), (-1, 2)]
    a, b = [], []
    for x, y in around:
        shifted = keys + step(x, y)
        place = np.minimum(np.searchsorted(keys, shifted), len(keys) - 1)
        there = np.flatnonzero(keys[place] == shifted)
        a.append(there)
        b.append(place[there])
    # A piece joins the cells it runs through: one after the other.
    same = np.flatnonzero(rows[1:] == rows[:-1])
    a.append(at[same])
    b.append(at[same + 1])
    root = connected(len(keys), np.concatenate(a), np.concatenate(b))
    first = np.searchsorted(rows, np.arange(len(ends)))
    _, number = np.unique(root[at[first]], return_inverse=True)
    return np.asarray(number, np.int64)
