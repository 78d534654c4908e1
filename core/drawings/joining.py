"""Joins in columns: rows with equal keys, points near points, and what hangs together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
MOST_PAIRS = 4_000_000  #: of one join; beyond it the later rows have no partner
_SPREAD = np.int64(1) << 21  #: cells along an axis: a sheet of 14,400 points has 180,000 cells of .08 points
_MIDDLE = _SPREAD // 2
#: Points so many times fewer than the others are looked up in a table of so many bits first.
_FEW, _TABLE = 8, 1 << 20
#: Points between places by which a piece is known, more where so many would not do, and points that the side of a cell
#: is longer: whatever comes as near has places in the same cell or in neighbours.
_APART, _MOST_PLACES, _REACH = 8.0, 2_000_000, 1.0


def cells(points: Floats, size: float) -> Ints:
    """(n,) one number for the cell of `size` in which each point (n, 2) lies; neighbours differ by 1 or `row()`."""
    return _numbered(points[:, 0], points[:, 1], size)


def _numbered(x: Floats, y: Floats, size: float) -> Ints:
    """As `cells`; by columns, as rows of two cost several times as much."""
    found = _steps(y, size)
    found *= _SPREAD
    found += _steps(x, size)
    return found


def _steps(values: Floats, size: float) -> Ints:
    at = values / size
    np.floor(at, out=at)
    np.clip(at, -_MIDDLE + 4, _MIDDLE - 4, out=at)
    found = at.astype(np.int64)
    found += _MIDDLE
    return found


def step(x: int, y: int) -> int:
    """What is added to the number of a cell for one that lies `x` to the right and `y` below."""
    return y * int(_SPREAD) + x


def equal_rows(keys: Ints, sorted_keys: Ints) -> tuple[Ints, Ints]:
    """All (row, place in `sorted_keys`) with equal keys."""
    first = np.searchsorted(sorted_keys, keys, "left")
    count = np.zeros(len(keys), np.int64)
    if len(sorted_keys):
        there = np.flatnonzero(sorted_keys[np.minimum(first, len(sorted_keys) - 1)] == keys)
        count[there] = np.searchsorted(sorted_keys, keys[there], "right") - first[there]
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
    x, y = one[:, 0], one[:, 1]
    # A square of that size meets at most four cells.
    wanted = [_numbered(x + dx, y + dy, size) for dx in (-radius, radius) for dy in (-radius, radius)]
    few = None
    if len(one) * _FEW <= len(other):  # most of the others are near nothing: a look into a table of bits says so
        table = np.zeros(_TABLE, bool)
        for some in wanted:
            table[some & (_TABLE - 1) ^ some >> 21 & (_TABLE - 1)] = True
        few = np.flatnonzero(table[keys & (_TABLE - 1) ^ keys >> 21 & (_TABLE - 1)])
        keys = keys[few]
    order = np.argsort(keys)  # the order of equals does not matter: pairs are sorted in the end
    keys = keys[order]
    places_of = order if few is None else few[order]
    found = []
    for some in wanted:
        rows, places = equal_rows(some, keys)
        found.append((rows, places_of[places]))
    a, b = np.concatenate([f[0] for f in found]), np.concatenate([f[1] for f in found])
    near = (np.abs(x[a] - other[b, 0]) <= radius) & (np.abs(y[a] - other[b, 1]) <= radius)
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
    share = number / np.maximum(count[rows] - 1, 1)
    points = np.empty((len(rows), 2))
    for axis in (0, 1):  # by columns, as rows of two cost several times as much
        here, there = ends[:, axis][rows], ends[:, axis + 2][rows]
        here *= 1 - share
        there *= share
        np.add(here, there, out=points[:, axis])
    return points, rows


def spread(ends: Floats, spacing: float) -> tuple[Floats, Ints]:
    """Points within pieces (n, 4), so that no part of one is more than half of `spacing` off; the piece of each."""
    x, y = (ends[:, 0] + ends[:, 2]) / 2, (ends[:, 1] + ends[:, 3]) / 2
    count = np.maximum(np.ceil(np.hypot(ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1]) / spacing), 1.0)
    long = np.flatnonzero(count > 1)
    short = np.flatnonzero(count == 1)
    times = count[long].astype(np.int64)
    rows = np.repeat(long, times)
    number = np.arange(len(rows)) - np.repeat(np.cumsum(times) - times, times)
    share = (number + 0.5) / count[rows]
    at = [
        np.concatenate((middle[short], ends[rows, k] * (1 - share) + ends[rows, k + 2] * share))
        for k, middle in ((0, x), (1, y))
    ]
    return np.stack(at, axis=1), np.concatenate((short, rows))


class Places:
    """Where many pieces (n, 4) are, to be asked again and again which of them may lie on a few others."""

    REACH = _REACH  #: points within which all are found

    def __init__(self, ends: Floats) -> None:
        ink = float(np.hypot(ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1]).sum())
        self._apart = max(_APART, ink / _MOST_PLACES)
        points, rows = spread(ends, self._apart)
        self._keys, self._rows = _in_order(cells(points, self._apart + self.REACH), rows)
        middles = np.stack(((ends[:, 0] + ends[:, 2]) / 2, (ends[:, 1] + ends[:, 3]) / 2), axis=1)
        self._middles, self._rows_of_middles = _in_order(cells(middles, 2 * self.REACH), np.arange(len(ends)))
        self._count = len(ends)

    def near(self, few: Floats) -> Ints:
        """Rows, ascending, of all that come within `REACH` of one of a few pieces, and of others."""
        points, _ = spread(few, self._apart)
        here = np.unique(cells(points, self._apart + self.REACH))
        around = np.concatenate([here + step(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1)])
        return self._found(np.unique(around), self._keys, self._rows)

    def with_middles_near(self, points: Floats) -> Ints:
        """Rows, ascending, of all whose middles are within `REACH` of one of some points, and of others."""
        reach = self.REACH
        corners = [cells(points + np.array((x, y)), 2 * reach) for x in (-reach, reach) for y in (-reach, reach)]
        return self._found(np.unique(np.concatenate(corners)), self._middles, self._rows_of_middles)

    def _found(self, wanted: Ints, keys: Ints, rows: Ints) -> Ints:
        _, at = equal_rows(wanted, keys)
        found = np.zeros(self._count, bool)
        found[rows[at]] = True
        return np.flatnonzero(found)


def _in_order(keys: Ints, rows: Ints) -> tuple[Ints, Ints]:
    order = np.argsort(keys)
    return keys[order], rows[order]


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
