"""Views that lie on a sheet otherwise than the sheet lies on the other: moved, turned or scaled by themselves.

A view is what hangs together on one of two sheets in register and is not found in its place on the other. All of its
lines, not only those that are left over, vote for a transform of their own (`registration.py`), which is taken where it
leaves less than half of what was unexplained around both places.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.drawings.covering import cover, twins
from core.drawings.joining import Floats, Ints, clustered
from core.drawings.lines import box_of, has_angles, lengths_of
from core.drawings.registration import Similarity, candidates
from core.geometry import Box

LONG = 1 / 3  #: of the diagonal: longer lines are the frame's and belong to no view
MOST_VIEWS = 40  #: that are looked at, those first of which most is unexplained
MOST_LINES = 20_000  #: of the other sheet, among which a view is looked for; of more, those that are unexplained
MOST_SEARCHED = 100_000  #: lines of views and of the other sheet, among which is searched, all views together
SAMPLED, SEEN = 200, 0.2  #: lines of a view, and share of them that must be found whole where a transform takes them
PRESENT = 0.75  #: share of a view found in its place that needs no search
WHOLE = 0.97  #: of a long line that runs through a view, that must be found where the view went
#: Share of what was unexplained around both places that may stay so; with so little, nothing less likely is tried.
LEFT, WELL = 0.5, 0.2
NOISE, PLAINER = 0.6, 0.05  #: points that a turn and a scale do at the ends of a view, and share of it that may cost
WIDER = 0.1  #: of its size, by which long lines may reach beyond a view
NEAR = 6.0  #: points around a view, within which what is unexplained counts

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """Lines of the first sheet, and how they lie on the second beyond what the whole sheet does."""

    rows: Ints
    lies: Similarity


@dataclass(frozen=True, slots=True)
class Sort:
    """What counts as a view, or as an object.

    Attributes:
        gap: Points between lines that belong to two of them.
        least_lines: And `least_size`, `least_ink` (points) of one.
        found: Share of it that must be found where it went.
        gain: Points of line, unexplained before, that a transform must explain on both sides.
    """

    gap: float
    least_lines: int
    least_size: float
    least_ink: float
    found: float
    gain: float


VIEW = Sort(gap=10.0, least_lines=16, least_size=25.0, least_ink=200.0, found=0.75, gain=60.0)
#: Smaller ones are letters, which are alike when they are turned: b and q, 6 and 9.
OBJECT = Sort(gap=5.0, least_lines=5, least_size=12.0, least_ink=30.0, found=0.9, gain=25.0)


def views(
    one: Floats,
    other: Floats,
    diagonal: float,
    tolerance: float,
    unexplained: tuple[Floats, Floats],
    sort: Sort = VIEW,
) -> list[View]:
    """The views, or objects, of the first of two sheets in register that lie otherwise on the second.

    Args:
        one: (n, 4) pieces of the first, laid on the second.
        other: (m, 4) those of the second.
        diagonal: Of the second sheet, points.
        tolerance: Points within which lines are the same.
        unexplained: (n,) and (m,) points of each that are not found in their place.
        sort: What is looked for.
    """
    open_one, open_other = (values.copy() for values in unexplained)
    if min(open_one.sum(), open_other.sum()) < sort.gain:
        return []
    length = lengths_of(one)
    short = np.flatnonzero(length <= LONG * diagonal)
    if not len(short):
        return []
    number = clustered(one[short], sort.gap)
    ink, left = np.bincount(number, length[short]), np.bincount(number, open_one[short])
    looked = (np.bincount(number) >= sort.least_lines) & (ink >= sort.least_ink) & (left >= sort.gain)
    looked &= left > (1 - PRESENT) * ink
    found: list[View] = []
    budget = MOST_SEARCHED
    for k in [k for k in np.argsort(-np.round(left, 2), kind="stable").tolist() if looked[k]][:MOST_VIEWS]:
        rows = short[number == k]
        box = box_of(one[rows])
        if max(box[2] - box[0], box[3] - box[1]) < sort.least_size:
            continue
        if not has_angles(one[rows]):
            continue
        budget -= len(rows) + min(len(other), MOST_LINES)
        if budget < 0:
            break
        lies = _transform(one[rows], other, (open_one[rows], open_other), tolerance, sort)
        if lies is not None:
            rows = np.concatenate((rows, _long_lines(one, other, rows, lies, open_one, length > LONG * diagonal)))
            open_one[rows] = 0.0
            found.append(View(rows, lies))
            goal = lies.ends(one[rows])
            at = _within(other, box_of(goal), NEAR)
            open_other[at] = np.minimum(open_other[at], _unexplained(other[at], goal, tolerance))
    return found


def _transform(
    lines: Floats, other: Floats, unexplained: tuple[Floats, Floats], tolerance: float, sort: Sort
) -> Similarity | None:
    """How a view lies on the other sheet; None where it does not, or as well in its place.

    Args:
        lines: (v, 4) of the view.
        other: (m, 4) those of the other sheet.
        unexplained: Points of each of both that are not found in their place.
        tolerance: Points within which lines are the same.
        sort: What it must be.
    """
    before, total = float(unexplained[0].sum()), float(lengths_of(lines).sum())
    left = other[unexplained[1] > 0.5 * lengths_of(other)]
    every = other if len(other) <= MOST_LINES else left
    best, least = None, LEFT
    for some in candidates(lines, every, left):
        for lies in [plain for one in some for plain in _plainer(one, lines)]:
            goal = lies.ends(lines)
            sample = goal[:: -(-len(goal) // SAMPLED)]
            if len(np.unique(twins(sample, every, 2 * NOISE)[0])) < SEEN * len(sample):
                continue
            gone = float(_unexplained(goal, other, tolerance).sum()) / lies.scale
            if gone > (1 - sort.found) * total:
                continue
            at = _within(other, box_of(goal), NEAR)
            was = float(unexplained[1][at].sum())
            now = float(np.minimum(unexplained[1][at], _unexplained(other[at], goal, tolerance)).sum())
            # What it explains must be unexplained on both sides: hatching lies on hatching in many ways.
            share = (gone + now) / max(before + was, 1e-9)
            if min(before - gone, was - now) >= sort.gain and share < least:
                best, least = lies, share - (0.0 if _is_shift(lies) else PLAINER)
        if best is not None and least <= WELL:
            break
    return best


def _plainer(lies: Similarity, lines: Floats) -> list[Similarity]:
    """A transform, and before it the one without a turn and a scale where those are no more than noise."""
    turn = round(lies.turn / 90) * 90.0
    plain = Similarity(1.0, turn, mirrored=lies.mirrored)
    x0, y0, x1, y1 = box_of(lines)
    corners = np.array([[x0, y0], [x1, y0], [x0, y1], [x1, y1]])
    gone = lies.points(corners) - plain.points(corners)
    if np.ptp(gone, axis=0).max() > 2 * NOISE:
        return [lies]
    x, y = gone.mean(axis=0)
    return [Similarity(1.0, turn, float(x), float(y), lies.mirrored), lies]


def _is_shift(lies: Similarity) -> bool:
    return lies.scale == 1.0 and not lies.mirrored and not lies.turn


def _long_lines(one: Floats, other: Floats, rows: Ints, lies: Similarity, unexplained: Floats, long: Bools) -> Ints:
    """Long lines that run through a view and went along: of no view by themselves, like a staff or an axis."""
    x0, y0, x1, y1 = box_of(one[rows])
    wide, high = NEAR + WIDER * (x1 - x0), NEAR + WIDER * (y1 - y0)
    x, y = one[:, [0, 2]], one[:, [1, 3]]
    through = (x.max(axis=1) >= x0 - NEAR) & (x.min(axis=1) <= x1 + NEAR)
    through &= (y.max(axis=1) >= y0 - NEAR) & (y.min(axis=1) <= y1 + NEAR)
    inside = (x.min(axis=1) >= x0 - wide) & (x.max(axis=1) <= x1 + wide)
    inside &= (y.min(axis=1) >= y0 - high) & (y.max(axis=1) <= y1 + high)
    at = np.flatnonzero(long & through & (inside | (unexplained > 0)))
    if not len(at):
        return at
    length = lengths_of(one[at])
    left = _unexplained(lies.ends(one[at]), other, 2 * NOISE) / lies.scale
    return at[np.where(inside[at], left < (1 - WHOLE) * length, left < 0.5 * np.minimum(unexplained[at], length))]


def _unexplained(lines: Floats, others: Floats, tolerance: float) -> Floats:
    """(n,) points of each line that no line of the others covers."""
    length = lengths_of(lines)
    left = length.copy()
    others = others[_touching(others, box_of(lines), NEAR)]
    left[twins(lines, others, tolerance)[0]] = 0.0
    rest = np.flatnonzero(left > 0)
    if len(rest):
        left[rest] = length[rest] * (1 - cover(lines[rest], others, tolerance).covered)
    return left


def _touching(ends: Floats, box: Box, margin: float) -> Bools:
    """(n,) the pieces of which something may lie in a box."""
    x0, y0, x1, y1 = ends.T
    inside = (np.maximum(x0, x1) >= box[0] - margin) & (np.minimum(x0, x1) <= box[2] + margin)
    inside &= (np.maximum(y0, y1) >= box[1] - margin) & (np.minimum(y0, y1) <= box[3] + margin)
    return np.asarray(inside)


def _within(ends: Floats, box: Box, margin: float) -> Ints:
    """Rows of the pieces that lie in a box."""
    x, y = ends[:, [0, 2]], ends[:, [1, 3]]
    inside = (x.min(axis=1) >= box[0] - margin) & (x.max(axis=1) <= box[2] + margin)
    inside &= (y.min(axis=1) >= box[1] - margin) & (y.max(axis=1) <= box[3] + margin)
    return np.flatnonzero(inside)
