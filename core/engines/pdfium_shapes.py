"""From the points of paths to straight pieces: curves are cut, shapes closed, thin shapes become lines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.engines.pdfium_points import CURVE_TO, LINE_TO, MOVE_TO

PIECES = 8  #: of a curve: of the same curve they are the same, and a circle of 60 points is .03 points off at most
FEW_PIECES = 3  #: where a page has very many curves
MANY_CURVES = 60_000
#: Points: a filled shape of four corners so thin, and this many times as long, looks like a line.
THIN, LONGER = 2.5, 3.0
_SAME = 1e-4  #: points

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Shapes:
    """Straight pieces.

    Attributes:
        ends: (n, 4) x and y of both ends.
        path: (n,) the path of each.
        width: (n,) of what was a thin filled shape; else 0.
    """

    ends: Floats
    path: Ints
    width: Floats


def straightened(
    places: Floats, kind: NDArray[np.uint8], close: NDArray[np.uint8], path: Ints, *, filled: NDArray[np.bool_]
) -> Shapes | None:
    """The pieces of paths.

    Args:
        places: (n, 2) points, path after path.
        kind: (n,) what leads to each point.
        close: (n,) whether a line leads from it to the beginning of its part.
        path: (n,) the path of each.
        filled: By path, whether it is filled and not stroked.
    """
    n = len(places)
    if n < 2:
        return None
    at = np.arange(n)
    begins = np.ones(n, bool)
    begins[1:] = path[1:] != path[:-1]
    is_move = (kind == MOVE_TO) | begins
    start = np.maximum.accumulate(np.where(is_move, at, 0))
    is_line = (kind == LINE_TO) & ~is_move
    is_curve = (kind == CURVE_TO) & ~is_move
    lines = np.flatnonzero(is_line)
    ends = [np.concatenate((places[lines - 1], places[lines]), axis=1)]
    owners = [path[lines]]
    subpath = [start[lines]]
    run_begin = is_curve.copy()
    run_begin[1:] &= ~is_curve[:-1]
    since = at - np.maximum.accumulate(np.where(run_begin, at, 0))
    heads = np.flatnonzero(is_curve & (since % 3 == 0))
    heads = heads[heads + 2 < n]
    heads = heads[is_curve[np.minimum(heads + 2, n - 1)] & (path[np.minimum(heads + 2, n - 1)] == path[heads])]
    if len(heads):
        pieces = PIECES if len(heads) <= MANY_CURVES else FEW_PIECES
        ends.append(_curves(places, heads, pieces))
        owners.append(np.repeat(path[heads], pieces))
        subpath.append(np.repeat(start[heads], pieces))
    last = np.ones(n, bool)
    last[:-1] = is_move[1:]
    closing = np.flatnonzero((close.astype(bool) | (last & filled[path])) & ~is_move)
    if len(closing):
        closed = np.concatenate((places[closing], places[start[closing]]), axis=1)
        apart = np.abs(closed[:, 2:] - closed[:, :2]).max(axis=1) > _SAME
        ends.append(closed[apart])
        owners.append(path[closing][apart])
        subpath.append(start[closing][apart])
    every, owner, part = np.concatenate(ends), np.concatenate(owners), np.concatenate(subpath)
    if not len(every):
        return None
    shapes = Shapes(every, owner, np.zeros(len(every)))
    if not filled.any():
        return shapes
    return _thinned(shapes, part, filled)


def _curves(places: Floats, heads: Ints, pieces: int) -> Floats:
    """(n * pieces, 4) chords of Bézier curves whose second points are `heads`."""
    t = np.linspace(0.0, 1.0, pieces + 1)[None, :, None]
    p = [places[heads + k][:, None, :] for k in (-1, 0, 1, 2)]
    u = 1 - t
    along = u**3 * p[0] + 3 * u**2 * t * p[1] + 3 * u * t**2 * p[2] + t**3 * p[3]
    chords: Floats = np.concatenate((along[:, :-1], along[:, 1:]), axis=2).reshape(-1, 4)
    return chords


def _thinned(shapes: Shapes, part: Ints, filled: NDArray[np.bool_]) -> Shapes:
    """Thin filled shapes of four corners as the line between the middles of their short sides."""
    ends, path = shapes.ends, shapes.path
    order = np.argsort(part, kind="stable")
    sorted_part = part[order]
    first = np.flatnonzero(np.concatenate(([True], sorted_part[1:] != sorted_part[:-1])))
    count = np.diff(np.append(first, len(order)))
    four = (count == 4) & filled[path[order[first]]]
    if not four.any():
        return shapes
    rows = order[first[four][:, None] + np.arange(4)]  # (m, 4): the sides, in the order in which they are drawn
    sides = ends[rows]
    along = sides[..., 2:] - sides[..., :2]
    lengths = np.hypot(along[..., 0], along[..., 1])
    opposite = np.abs(along[:, :2] + along[:, 2:]).max(axis=(1, 2)) < 0.05 + 0.02 * lengths.max(axis=1)
    across = np.where(lengths[:, 0] <= lengths[:, 1], 0, 1)
    short, long = lengths.min(axis=1), lengths.max(axis=1)
    thin = opposite & (short <= THIN) & (long >= LONGER * short)
    if not thin.any():
        return shapes
    rows, sides, across = rows[thin], sides[thin], across[thin]
    k = np.arange(len(rows))
    one, other = sides[k, across], sides[k, across + 2]
    middle = np.concatenate(((one[:, :2] + one[:, 2:]) / 2, (other[:, :2] + other[:, 2:]) / 2), axis=1)
    width = np.maximum(short[thin], 0.01)
    kept = np.ones(len(ends), bool)
    kept[rows.reshape(-1)] = False
    return Shapes(
        np.concatenate((ends[kept], middle)),
        np.concatenate((path[kept], path[rows[:, 0]])),
        np.concatenate((shapes.width[kept], width)),
    )
