"""Which parts of some lines are drawn on the other side too, however cut, doubled, joined or drawn as curves.

A part is covered by a line that runs alongside within a tolerance. Where it begins and ends follows from the two
distances along and across, which are linear on a straight piece: no samples, and every piece is exact.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.drawings.joining import Floats, Ints, distinct_pairs, equal_rows, near_points, sampled, spread
from core.drawings.lines import directions_of, lengths_of, middles_of

_CELL = 8.0  #: points; lines are looked for in cells of that size
_SPACING = 4.0  #: points between the places by which a line is put into cells
_MOST_CELLS = 4_000_000  #: of the grid; of a larger sheet they are wider
_REACH = 1.5  #: points around a line whose cells it is put into too
_AT_ONCE = 20_000  #: lines looked at together
PARALLEL = np.sin(np.deg2rad(12.0))  #: chords of a circle of 60 points and its polygon differ by so much
LEAST_GAP = 3.0  #: tolerances; shorter gaps are the ends of lines
LONG_GAP, GAP_SHARE = 2.0, 0.15  #: points, and of the line: a gap must be as long as one of them


@dataclass(frozen=True, slots=True, eq=False)
class Cover:
    """What became of n lines.

    Attributes:
        row: (k,) the line of each part that is not covered, ascending.
        part: (k, 2) where it begins and ends, shares of the line's length.
        pairs: (p,) and (p,) lines and those that cover a part of them.
        covered: (n,) share of each line that is covered.
    """

    row: Ints
    part: Floats
    pairs: tuple[Ints, Ints]
    covered: Floats


def twins(one: Floats, other: Floats, tolerance: float) -> tuple[Ints, Ints]:
    """Pairs of pieces (n, 4) and (m, 4) that are the same: middle, length and direction within a tolerance."""
    a, b = near_points(middles_of(one), middles_of(other), tolerance)
    if not len(a):
        return a, b
    near = np.abs(directions_of(one[a]) - directions_of(other[b])) <= 2 * tolerance
    near = near[:, 0] & near[:, 1]
    return a[near], b[near]


def cover(one: Floats, other: Floats, tolerance: float) -> Cover:
    """Which parts of the lines `one` (n, 4) lines of `other` (m, 4) cover."""
    n = len(one)
    if not n or not len(other):
        return Cover(
            np.arange(n), np.tile([0.0, 1.0], (n, 1)), (np.zeros(0, np.int64), np.zeros(0, np.int64)), np.zeros(n)
        )
    near = _Near(one, other)
    a, b, t0, t1 = [], [], [], []
    for start in range(0, n, _AT_ONCE):
        rows, others = near.of(start, min(n, start + _AT_ONCE))
        begin, end = _stretches(one[rows], other[others], tolerance)
        kept = end > begin
        a.append(rows[kept])
        b.append(others[kept])
        t0.append(begin[kept])
        t1.append(end[kept])
    rows, others = np.concatenate(a), np.concatenate(b)
    row, part, covered = _gaps(n, rows, np.concatenate(t0), np.concatenate(t1), lengths_of(one), tolerance)
    return Cover(row, part, (rows, others), covered)


def parts_of(ends: Floats, found: Cover) -> Floats:
    """(k, 4) the parts that are not covered."""
    lines = ends[found.row]
    step = lines[:, 2:] - lines[:, :2]
    return np.concatenate((lines[:, :2] + step * found.part[:, :1], lines[:, :2] + step * found.part[:, 1:]), axis=1)


class _Near:
    """Lines that pass through the same cells of a grid around the first of two groups."""

    def __init__(self, one: Floats, other: Floats) -> None:
        low = np.minimum(one[:, :2], one[:, 2:]).min(axis=0) - 2 * _CELL
        high = np.maximum(one[:, :2], one[:, 2:]).max(axis=0) + 2 * _CELL
        size = high - low
        self._cell = max(_CELL, float(np.sqrt(size[0] * size[1] / _MOST_CELLS)))
        self._low, self._columns = low, int(size[0] / self._cell) + 3
        self._lines = int(size[1] / self._cell) + 3
        self._count = len(other)
        points, line = sampled(one, _SPACING / 2)
        cell = self._cell_of(points)
        # A straight line comes into a cell once: what it meets there again lies side by side.
        new = np.ones(len(cell), bool)
        new[1:] = (cell[1:] != cell[:-1]) | (line[1:] != line[:-1])
        self._cells, self._rows = cell[new], line[new]
        self._first = np.searchsorted(self._rows, np.arange(len(one) + 1))
        wanted = np.zeros(self._columns * self._lines, bool)
        wanted[self._cells] = True
        self._take(other, low, high, wanted)

    def _take(self, other: Floats, low: Floats, high: Floats, wanted: NDArray[np.bool_]) -> None:
        """Put those of the other lines that may be near into the wanted cells."""
        x0, y0, x1, y1 = other.T
        inside = (np.maximum(x0, x1) >= low[0]) & (np.minimum(x0, x1) <= high[0])
        inside &= (np.maximum(y0, y1) >= low[1]) & (np.minimum(y0, y1) <= high[1])
        at = np.flatnonzero(inside)
        lines = other[at]
        around = wanted
        for step in (1, self._columns):
            wider = around.copy()
            wider[step:] |= around[:-step]
            wider[:-step] |= around[step:]
            around = wider
        points, line = spread(lines, self._cell)  # coarsely first: most lines of a sheet are near nothing wanted
        near = np.zeros(len(lines), bool)
        near[line[around[self._cell_of(points)]]] = True
        at, lines = at[near], lines[near]
        points, line = sampled(lines, _SPACING)
        first = self._cell_of(points - _REACH)
        last = self._cell_of(points + _REACH)
        down = (last - first) // self._columns * self._columns
        right = last - first - down
        cells, owners = [first], [line]
        for offset, there in ((right, right > 0), (down, down > 0), (right + down, (right > 0) & (down > 0))):
            cells.append((first + offset)[there])
            owners.append(line[there])
        cell, owner = np.concatenate(cells), np.concatenate(owners)
        there = wanted[cell]
        cell, owner = distinct_pairs(cell[there], owner[there], max(len(lines), 1))
        self._keys, self._others = cell, at[owner]

    def _cell_of(self, points: Floats) -> Ints:
        """(n,) the number of the cell of each point (n, 2); those outside of the grid are on its edge."""
        steps = []
        for axis, most in ((1, self._lines - 2), (0, self._columns - 2)):  # by columns: rows of two cost more
            at = points[:, axis] - self._low[axis]
            at /= self._cell
            np.floor(at, out=at)
            steps.append(np.clip(at, 0, most, out=at).astype(np.int64))
        found: Ints = steps[0]
        found *= self._columns
        found += steps[1]
        return found

    def of(self, start: int, stop: int) -> tuple[Ints, Ints]:
        """The pairs of the lines from `start` up to `stop`."""
        share = slice(int(self._first[start]), int(self._first[stop]))
        at, places = equal_rows(self._cells[share], self._keys)
        return distinct_pairs(self._rows[share][at], self._others[places], self._count)


def _stretches(one: Floats, other: Floats, tolerance: float) -> tuple[Floats, Floats]:
    """(p,), (p,) from where to where, as shares, each line is covered by its neighbour; end before begin: nowhere."""
    step, across = one[:, 2:] - one[:, :2], other[:, 2:] - other[:, :2]
    length, reach = np.hypot(step[:, 0], step[:, 1]), np.hypot(across[:, 0], across[:, 1])
    u = step / np.maximum(length, 1e-9)[:, None]
    v = across / np.maximum(reach, 1e-9)[:, None]
    cross = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
    tiny = (reach <= 2 * tolerance) | (length <= 2 * tolerance)  # such have no direction to speak of
    v = np.where((tiny & (reach <= 2 * tolerance))[:, None], u, v)
    parallel = (np.abs(cross) <= PARALLEL) | tiny
    from_other = one[:, :2] - other[:, :2]
    with np.errstate(divide="ignore", invalid="ignore"):
        d0, d1 = _cross(from_other, v), _cross(step, v)
        s0, s1 = (from_other * v).sum(axis=1), (step * v).sum(axis=1)
        low, high = _where_within(d0, d1, -tolerance, tolerance)
        low2, high2 = _where_within(s0, s1, -tolerance, reach + tolerance)
    begin, end = np.maximum(np.maximum(low, low2), 0.0), np.minimum(np.minimum(high, high2), 1.0)
    # A point has no stretch: it is covered or not.
    dots = length <= 1e-6
    end = np.where(dots & (end >= begin), 1.0, end)
    begin = np.where(dots & (end >= begin), 0.0, begin)
    return begin, np.where(parallel, end, -1.0)


def _cross(one: Floats, other: Floats) -> Floats:
    found: Floats = one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]
    return found


def _where_within(start: Floats, slope: Floats, low: float | Floats, high: float | Floats) -> tuple[Floats, Floats]:
    """Shares between which start + slope * share lies between low and high."""
    flat = np.abs(slope) < 1e-9
    a, b = (low - start) / slope, (high - start) / slope
    inside = (start >= low) & (start <= high)
    begin = np.where(flat, np.where(inside, 0.0, 2.0), np.minimum(a, b))
    end = np.where(flat, np.where(inside, 1.0, -1.0), np.maximum(a, b))
    return begin, end


def _gaps(
    n: int, rows: Ints, begin: Floats, end: Floats, lengths: Floats, tolerance: float
) -> tuple[Ints, Floats, Floats]:
    """Parts of n lines that no stretch covers: row, (k, 2) shares; and (n,) the share covered."""
    order = np.lexsort((begin, rows))
    rows, begin, end = rows[order], begin[order], end[order]
    # Lines one after the other on one axis, a length of 2 apart, so that a running maximum stays within its line.
    reached = np.maximum.accumulate(end + 2.0 * rows) - 2.0 * rows if len(rows) else end
    first = np.ones(len(rows), bool)
    first[1:] = rows[1:] != rows[:-1]
    before = np.where(first, 0.0, np.roll(reached, 1) if len(rows) else reached)
    before = np.clip(before, 0.0, 1.0)
    gap_row, gap_from, gap_to = [rows], [before], [begin]
    last = np.flatnonzero(np.roll(first, -1)) if len(rows) else np.zeros(0, np.int64)
    gap_row.append(rows[last])
    gap_from.append(reached[last])
    gap_to.append(np.ones(len(last)))
    untouched = np.setdiff1d(np.arange(n), rows)
    gap_row.append(untouched)
    gap_from.append(np.zeros(len(untouched)))
    gap_to.append(np.ones(len(untouched)))
    row, a, b = np.concatenate(gap_row), np.concatenate(gap_from), np.concatenate(gap_to)
    open_share = np.bincount(row, np.maximum(b - a, 0.0), minlength=n)
    size = (b - a) * lengths[row]
    whole = (b - a) > 0.999
    kept = (b > a) & (whole | ((size > LEAST_GAP * tolerance) & ((size > LONG_GAP) | (b - a > GAP_SHARE))))
    row, part = row[kept], np.stack((a, b), axis=1)[kept]
    order = np.lexsort((part[:, 0], row))
    return row[order], part[order], np.clip(1 - open_share, 0, 1)
