"""Grids from ruled lines: which lines touch each other, and which cells they part."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.geometry import Boxes

SNAP = 2.0  #: points within which lines have the same place: double rules, borders of neighbouring cells
JOIN = 3.0  #: points between two pieces of one line
TOUCH = 3.0  #: points by which lines that meet may miss each other
SLIVER = 3.5  #: points, less is no row or column
OVERHANG = 6.0  #: points by which lines stretch beyond the last crossing where a table has no outer border
WALL = 0.7  #: share of a cell's side that a line must cover to close it
MOST_LINES = 3_000  #: of one page, after joining
MOST_CROSSINGS = 4_000_000
MOST_ROWS, MOST_COLUMNS = 600, 120

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Line:
    """Level: `at` is the height, `start` and `stop` are left and right. Upright: the other way round."""

    at: float
    start: float
    stop: float


@dataclass(frozen=True, slots=True)
class Grid:
    """Places of lines and the cells between them.

    Attributes:
        xs: (columns + 1,) ascending.
        ys: (rows + 1,) ascending.
        cell: (rows, columns) number of the cell that each elementary field belongs to: the index of its first field.
        upright: (rows, columns + 1) whether a line stands left of the field.
    """

    xs: Floats
    ys: Floats
    cell: Ints
    upright: Bools


def lines_of_rules(box: Boxes) -> tuple[list[Line], list[Line]]:
    """Level and upright lines, those of one place joined; nothing where there are too many."""
    width, height = box[:, 2] - box[:, 0], box[:, 3] - box[:, 1]
    level = width >= height
    found = (
        _joined((box[level, 1] + box[level, 3]) / 2, box[level, 0], box[level, 2]),
        _joined((box[~level, 0] + box[~level, 2]) / 2, box[~level, 1], box[~level, 3]),
    )
    if max(map(len, found)) > MOST_LINES or len(found[0]) * len(found[1]) > MOST_CROSSINGS:
        return [], []
    return found


def _joined(at: Floats, start: Floats, stop: Floats) -> list[Line]:
    """Lines at nearly the same place that touch, made one."""
    if not len(at):
        return []
    order = np.argsort(at, kind="stable")
    group = np.zeros(len(at), np.int64)
    first, number = float(at[order[0]]), 0
    for k in order.tolist():
        if at[k] - first > SNAP:
            first, number = float(at[k]), number + 1
        group[k] = number
    out: list[Line] = []
    same = -1
    for k in np.lexsort((start, group)).tolist():
        last = out[-1] if out else None
        if last is not None and group[k] == same and start[k] <= last.stop + JOIN:
            out[-1] = Line(last.at, last.start, max(last.stop, float(stop[k])))
        else:
            out.append(Line(float(at[k]), float(start[k]), float(stop[k])))
            same = int(group[k])
    return out


def grids(level: list[Line], upright: list[Line]) -> tuple[list[Grid], list[Line]]:
    """The grids of lines that touch each other, and the level lines that are part of none."""
    if not level or not upright:
        return [], level
    y, x0, x1 = np.array([(n.at, n.start, n.stop) for n in level], np.float32).T
    x, y0, y1 = np.array([(n.at, n.start, n.stop) for n in upright], np.float32).T
    touch = (x0[:, None] - TOUCH <= x) & (x <= x1[:, None] + TOUCH) & (y0 - TOUCH <= y[:, None])
    touch &= y[:, None] <= y1 + TOUCH
    found: list[Grid] = []
    free = np.ones(len(level), bool)
    left = touch.any(axis=1)
    while left.any():
        rows = np.zeros(len(level), bool)
        rows[int(np.argmax(left))] = True
        while True:
            columns = touch[rows].any(axis=0)
            more = touch[:, columns].any(axis=1)
            if (more == rows).all():
                break
            rows = more
        left &= ~rows
        grid = _grid([level[k] for k in np.flatnonzero(rows)], [upright[k] for k in np.flatnonzero(columns)])
        if grid is not None and grid.cell.shape[1] > 1:
            found.append(grid)
            free[rows] = False
    return found, [level[k] for k in np.flatnonzero(free)]


def _grid(level: list[Line], upright: list[Line]) -> Grid | None:
    ys = _places([n.at for n in level], min(n.start for n in upright), max(n.stop for n in upright))
    xs = _places([n.at for n in upright], min(n.start for n in level), max(n.stop for n in level))
    rows, columns = len(ys) - 1, len(xs) - 1
    if rows < 1 or columns < 1 or rows > MOST_ROWS or columns > MOST_COLUMNS:
        return None
    walls_x = np.zeros((rows, columns + 1), bool)
    for line in upright:
        walls_x[_covered(ys, line), _nearest(xs, line.at)] = True
    walls_y = np.zeros((rows + 1, columns), bool)
    for line in level:
        walls_y[_nearest(ys, line.at), _covered(xs, line)] = True
    return Grid(xs, ys, _cells(walls_x, walls_y), walls_x)


def _places(at: list[float], low: float, high: float) -> Floats:
    """Distinct places of lines, with the ends of the crossing lines where those reach on without a border."""
    found: list[float] = []
    for value in sorted(at):
        if not found or value - found[-1] > SLIVER:
            found.append(value)
    if found[0] - low > OVERHANG:
        found.insert(0, low)
    if high - found[-1] > OVERHANG:
        found.append(high)
    return np.array(found, np.float32)


def _nearest(places: Floats, at: float) -> int:
    return int(np.abs(places - at).argmin())


def _covered(places: Floats, line: Line) -> Bools:
    """(n - 1,) which stretches between places a line covers."""
    low, high = np.maximum(places[:-1], line.start), np.minimum(places[1:], line.stop)
    return np.asarray(high - low >= WALL * (places[1:] - places[:-1]))


def _cells(walls_x: Bools, walls_y: Bools) -> Ints:
    """Number the fields such that fields without a wall between them have the same number, the least of theirs."""
    rows, columns = walls_x.shape[0], walls_y.shape[1]
    cell = np.arange(rows * columns, dtype=np.int64).reshape(rows, columns)
    open_x, open_y = ~walls_x[:, 1:-1], ~walls_y[1:-1]
    while True:
        before = cell.copy()
        for a, b, is_open in ((cell[:, :-1], cell[:, 1:], open_x), (cell[:-1], cell[1:], open_y)):
            least = np.minimum(a, b)
            a[is_open] = least[is_open]
            b[is_open] = least[is_open]
        if (before == cell).all():
            return cell
