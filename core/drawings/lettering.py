"""Letters drawn with lines that reach beyond the unseen words over them, which are set in another, narrower font."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.drawings.joining import Floats, Ints, clustered

TOUCH = 0.8  #: points between the strokes of one letter
TALL = 1.6  #: heights of a line of words, of the tallest letter: brackets, and descenders
OFF = 0.35  #: heights by which a letter may stand above or below its line
BLANK = 1.2  #: heights between two letters, a blank between them
WIDER = 0.6  #: of its width, by which the letters of a line may reach beyond its words
MOST_STROKES = 60_000  #: no larger than letters, of a page

Bools = NDArray[np.bool_]


def rows_beyond(ends: Floats, inside: Bools, box: Floats, line: NDArray[np.integer], letters: Ints) -> Ints:
    """Rows of the pieces that are letters of lines of words of which the first letters lie inside the words.

    From the ends of each line on, letter by letter, as many as its words have more than lie within them.

    Args:
        ends: (n, 4) pieces of a page.
        inside: (n,) those that lie within the words.
        box: (w, 4) of the words, points.
        line: (w,) the line of each.
        letters: (w,) how many it has.
    """
    upright = (box[:, 3] - box[:, 1]) > (box[:, 2] - box[:, 0])
    found = []
    for turned, which in ((False, ~upright), (True, upright)):
        if which.any():
            axes = [1, 0, 3, 2] if turned else [0, 1, 2, 3]
            found.append(_beyond(ends[:, axes], inside, box[which][:, axes], line[which], letters[which]))
    return np.unique(np.concatenate(found)) if found else np.zeros(0, np.int64)


def _beyond(ends: Floats, inside: Bools, box: Floats, line: NDArray[np.integer], letters: Ints) -> Ints:
    numbers, which = np.unique(line, return_inverse=True)
    count = np.bincount(which, letters)
    around = np.stack(
        [edge(which, box[:, k], len(numbers)) for k, edge in enumerate((_least, _least, _most, _most))], axis=1
    )
    high = around[:, 3] - around[:, 1]
    size = np.abs(ends[:, 2:] - ends[:, :2]).max(axis=1)
    small = np.flatnonzero(size <= TALL * high.max())
    if not len(small) or len(small) > MOST_STROKES:
        return np.zeros(0, np.int64)
    strokes = ends[small]
    number = clustered(strokes, TOUCH)
    shapes = np.stack(
        [
            _least(number, strokes[:, [0, 2]].min(axis=1)),
            _least(number, strokes[:, [1, 3]].min(axis=1)),
            _most(number, strokes[:, [0, 2]].max(axis=1)),
            _most(number, strokes[:, [1, 3]].max(axis=1)),
        ],
        axis=1,
    )
    is_inside = np.bincount(number, inside[small]) > 0
    order = np.argsort(shapes[:, 0], kind="stable")
    taken = np.zeros(len(shapes), bool)
    left = shapes[order, 0]
    for k, (x0, y0, x1, y1) in enumerate(around.tolist()):
        tall = y1 - y0
        reach = WIDER * (x1 - x0)
        first, stop = np.searchsorted(left, (x0 - reach - TALL * tall, x1 + reach))
        at = order[first:stop]
        one = shapes[at]
        fits = (one[:, 3] - one[:, 1] <= TALL * tall) & (one[:, 2] - one[:, 0] <= TALL * tall)
        fits &= (one[:, 1] >= y0 - OFF * tall) & (one[:, 3] <= y1 + OFF * tall) & (one[:, 0] >= x0 - reach)
        at, one = at[fits], one[fits]
        own = is_inside[at] & (one[:, 0] <= x1) & (one[:, 2] >= x0)
        missing = int(count[k]) - _side_by_side(one[own])
        for row in _next(one, own, (x0, x1), BLANK * tall, missing):
            taken[at[row]] = True
    return small[taken[number]]


def _next(shapes: Floats, own: Bools, ends: tuple[float, float], gap: float, missing: int) -> list[int]:
    """Rows of the shapes that follow on either end, each no farther than a blank from the one before."""
    found: list[int] = []
    right = max(ends[1] - gap, float(shapes[own, 2].max())) if own.any() else ends[1]
    left = min(ends[0] + gap, float(shapes[own, 0].min())) if own.any() else ends[0]
    for row in range(len(shapes)):  # from the left
        x0, x1 = float(shapes[row, 0]), float(shapes[row, 2])
        if own[row] or (x0 + x1) / 2 < right:
            continue
        if missing <= 0 or x0 - right > gap:
            break
        missing -= x0 > right or not found
        found.append(row)
        right = max(right, x1)
    for row in np.argsort(-shapes[:, 2], kind="stable").tolist():
        x0, x1 = float(shapes[row, 0]), float(shapes[row, 2])
        if own[row] or (x0 + x1) / 2 > left:
            continue
        if missing <= 0 or left - x1 > gap:
            break
        missing -= 1
        found.append(row)
        left = min(left, x0)
    return found


def _side_by_side(shapes: Floats) -> int:
    """How many letters shapes are, from the left: those above each other, like the dot of an i, are one."""
    count, reached = 0, -np.inf
    for x0, _, x1, _ in shapes.tolist():
        if (x0 + x1) / 2 > reached:
            count += 1
        reached = max(reached, x1)
    return count


def _least(rows: Ints, values: Floats, count: int | None = None) -> Floats:
    found = np.full(int(rows.max()) + 1 if count is None else count, np.inf)
    np.minimum.at(found, rows, values)
    return found


def _most(rows: Ints, values: Floats, count: int | None = None) -> Floats:
    return -_least(rows, -values, count)
