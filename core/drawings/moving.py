"""Objects and views that stand elsewhere: lines that are gone here and come there agree on a displacement."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.drawings.covering import cover, twins
from core.drawings.joining import Floats, Ints, clustered, connected, near_points
from core.drawings.lines import box_of, directions_of, has_angles, lengths_of, middles_of

ROUNDS, MOST_VAIN = 24, 8  #: displacements that are tried, and those in a row by which nothing moved
MOST_VOTERS = 5_000  #: lines of a side, the longest
ALIKE = 0.2  #: points by which length and direction of two lines that are the same may differ
MOST_ALIKE = (12, 60)  #: lines alike: of more, nobody knows which is meant; and where there are no others
MOST_GROUPS = 40  #: objects that moved by one displacement
VOTE = 1.0  #: points of displacement that vote together
AGREE = 0.4  #: points by which a line may be off the displacement of its object
GAP = 5.0  #: points between lines that are not one object
LEAST_LINES, LEAST_SIZE = 4, 4.0  #: of an object that is recognised elsewhere; points
OBJECT_SHARE = 0.5  #: of the ink that is left where it was, and where it is now
VIEW_INK = 150.0  #: points of line: so much that agrees is no chance, whatever stands around it
BESIDE, VIEW_REACH = 24.0, 0.25  #: points, or of its diagonal: how far from it what moved as it did belongs to it
NEAR = 3.0  #: points around an object, within which the rest of its lines is looked for
SMALL = 10.0  #: points: less wide or high than a letter may be
LEAST_SHIFT = 0.05  #: points
BEND = 0.07  #: sine of the angle by which a piece may go on in another one as one line: 4 degrees

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Lines that moved together: (n, 4) of both sides, and points to the right and down.

    `rows` (n,) are lines of the first side of which those are, or that they begin with.
    """

    one: Floats
    other: Floats
    shift: tuple[float, float]
    rows: Ints


@dataclass(slots=True, eq=False)
class Moving:
    """What moved, and which of the parts that are left on each side are told with it."""

    groups: list[Group]
    taken: tuple[Bools, Bools]


def moved_groups(
    parts: tuple[Floats, Floats],
    rows: tuple[Ints, Ints],
    ends: tuple[Floats, Floats],
    tolerance: float,
    hints: Floats,
) -> Moving:
    """What moved between two sheets in register.

    Args:
        parts: (k, 4) what has no counterpart in its place, of both sides.
        rows: (k,) the line of each part.
        ends: (n, 4) all lines of both sides.
        tolerance: Points within which lines are the same.
        hints: (h, 2) displacements that words tell of: tried before others, the most told first.
    """
    taken = np.zeros(len(parts[0]), bool), np.zeros(len(parts[1]), bool)
    found = Moving([], taken)
    joined = [straight(side, max(tolerance, 0.05)) for side in parts]
    whole, member = (joined[0][0], joined[1][0]), (joined[0][1], joined[1][1])
    free = [_longest(side) for side in whole]
    lead = rows[0][np.unique(member[0], return_index=True)[1]]
    banned: set[tuple[int, int]] = set()
    reach = max(AGREE, 2 * tolerance)
    waiting = [np.asarray(hint) for hint in hints.tolist()]
    ballot: _Ballot | None = None
    vain = 0
    for _ in range(ROUNDS + len(waiting)):
        if min(map(len, free)) < LEAST_LINES or vain >= MOST_VAIN:
            break
        if waiting:
            shift: Floats | None = waiting.pop(0)
        else:
            ballot = ballot or _ballot(whole[0][free[0]], whole[1][free[1]])
            shift = None if ballot is None else _winner(ballot, banned)
            vain += 1
        if shift is None:
            break
        a, b = twins(whole[0][free[0]] + np.tile(shift, 2), whole[1][free[1]], reach)
        if len(a):
            own = middles_of(whole[1][free[1]])[b] - middles_of(whole[0][free[0]])[a]
            shift = np.median(own, axis=0)
        banned.add(_bin(shift))
        pairs = free[0][a], free[1][b]
        for one, other in _with_near(whole, pairs, _accepted(whole, pairs, member, parts, taken)):
            group = Group(whole[0][one], whole[1][other], (float(shift[0]), float(shift[1])), lead[one])
            found.groups.append(group)
            for side, which in enumerate((one, other)):
                taken[side][np.isin(member[side], which)] = True
            _take_rest(ends, parts, rows, taken, group, tolerance)
        for side in (0, 1):
            free[side] = free[side][np.isin(free[side], member[side][~taken[side]])]
    return found


def straight(parts: Floats, tolerance: float) -> tuple[Floats, Ints]:
    """Pieces that go on in one another as one line: (m, 4), and for each piece its line (k,)."""
    n = len(parts)
    if not n:
        return parts, np.zeros(0, np.int64)
    tips = np.concatenate((parts[:, :2], parts[:, 2:]))
    a, b = near_points(tips, tips, tolerance)
    a, b = a % n, b % n
    step = parts[:, 2:] - parts[:, :2]
    length = np.maximum(lengths_of(parts), 1e-9)
    cross = np.abs(step[a, 0] * step[b, 1] - step[a, 1] * step[b, 0]) / (length[a] * length[b])
    on = (a < b) & (cross <= BEND + tolerance / np.minimum(length[a], length[b]))
    _, line = np.unique(connected(n, a[on], b[on]), return_inverse=True)
    count = int(line.max()) + 1
    size = np.bincount(line)
    if count == n:
        return parts, np.asarray(line, np.int64)
    # The line from end to end of those that hang together, where none of their ends is off it.
    longest = np.zeros(count, np.int64)
    order = np.argsort(length, kind="stable")
    longest[line[order]] = order
    origin, along = parts[longest, :2], step[longest] / length[longest][:, None]
    both = np.tile(line, 2)
    away = tips - origin[both]
    off = np.abs(away[:, 0] * along[both, 1] - away[:, 1] * along[both, 0])
    reach = (away * along[both]).sum(axis=1)
    low, high, bow = np.full(count, np.inf), np.full(count, -np.inf), np.zeros(count)
    np.minimum.at(low, both, reach)
    np.maximum.at(high, both, reach)
    np.maximum.at(bow, both, off)
    drawn = np.concatenate((origin + along * low[:, None], origin + along * high[:, None]), axis=1)
    is_line = (bow <= 2 * tolerance) | (size == 1)
    apart = ~is_line[line]  # a circle of many corners is no line
    merged = np.flatnonzero(is_line)
    number = np.full(count, -1)
    number[merged] = np.arange(len(merged))
    member = number[line]
    member[apart] = len(merged) + np.arange(int(apart.sum()))
    drawn[size == 1] = parts[longest[size == 1]]
    return np.concatenate((drawn[merged], parts[apart])), member


def _longest(ends: Floats) -> Ints:
    """Rows of the lines that vote."""
    return np.sort(np.argsort(-np.round(lengths_of(ends), 2), kind="stable")[:MOST_VOTERS])


@dataclass(frozen=True, slots=True, eq=False)
class _Ballot:
    """Displacements (p, 2) between lines that are alike, and the weight of each."""

    gone: Floats
    weight: Floats


def _ballot(a: Floats, b: Floats) -> _Ballot | None:
    """The votes of the lines that are left; None where there are none."""
    one, other, counts = _alike(a, b)
    if not len(one):
        return None
    return _Ballot(middles_of(b)[other] - middles_of(a)[one], np.sqrt(lengths_of(a)[one] + 0.1) / counts)


def _winner(ballot: _Ballot, banned: set[tuple[int, int]]) -> Floats | None:
    """(2,) the displacement that most ink agrees on, of those that were not tried; None where none is left."""
    best, shift = 0.0, None
    for half in (0.0, 0.5):
        bins = np.floor(ballot.gone / VOTE + half).astype(np.int64)
        _, code = np.unique(bins[:, 0] * (1 << 24) + bins[:, 1], return_inverse=True)
        votes = np.bincount(code, ballot.weight)
        for k in np.argsort(-votes, kind="stable")[: len(banned) + 2].tolist():
            if votes[k] <= best:
                break
            middle = np.median(ballot.gone[code == k], axis=0)
            if _bin(middle) not in banned and np.abs(middle).max() >= LEAST_SHIFT:
                best, shift = float(votes[k]), middle
                break
    return shift


def _bin(shift: Floats) -> tuple[int, int]:
    return round(float(shift[0]) / VOTE), round(float(shift[1]) / VOTE)


def _alike(a: Floats, b: Floats) -> tuple[Ints, Ints, Floats]:
    """Pairs of lines of equal length and direction, and how many such each has; not of those that have many."""
    one, other = directions_of(a), directions_of(b)
    keys_a, keys_b = (np.round(d / (2 * ALIKE)).astype(np.int64) for d in (one, other))
    code_a, code_b = (k[:, 0] * (1 << 24) + k[:, 1] for k in (keys_a, keys_b))
    many = [_times(code_a, code_a) * _times(code_a, code_b), _times(code_b, code_b) * _times(code_b, code_a)]
    for most in MOST_ALIKE:
        few = [m <= most * most for m in many]
        if min(int(f.sum()) for f in few) >= LEAST_LINES:
            break
    rows, others = np.flatnonzero(few[0]), np.flatnonzero(few[1])
    x, y = near_points(one[rows], other[others], ALIKE)
    counts = np.maximum(np.bincount(x, minlength=len(rows))[x], np.bincount(y, minlength=len(others))[y])
    return rows[x], others[y], counts.astype(np.float64)


def _times(keys: Ints, among: Ints) -> Ints:
    """(n,) how often each key is among others."""
    ordered = np.sort(among)
    return np.searchsorted(ordered, keys, "right") - np.searchsorted(ordered, keys, "left")


def _accepted(
    whole: tuple[Floats, Floats],
    pairs: tuple[Ints, Ints],
    member: tuple[Ints, Ints],
    parts: tuple[Floats, Floats],
    taken: tuple[Bools, Bools],
) -> list[tuple[Ints, Ints]]:
    """The objects among lines that agree on a displacement: rows of both sides."""
    rows = np.unique(pairs[0])
    if len(rows) < LEAST_LINES:
        return []
    number = clustered(whole[0][rows], GAP)
    ink = np.bincount(number, lengths_of(whole[0][rows]))
    count = np.bincount(number)
    found = []
    left = [(parts[s][~taken[s]], member[s][~taken[s]]) for s in (0, 1)]
    for k in np.argsort(-np.round(ink, 2), kind="stable")[:MOST_GROUPS].tolist():
        if count[k] < LEAST_LINES:
            continue
        one = rows[number == k]
        if not _is_object(whole[0][one]):
            continue
        other = np.unique(pairs[1][np.isin(pairs[0], one)])
        if ink[k] < VIEW_INK and not all(_accounts_for(*left[s], rs, pairs[s]) for s, rs in ((0, one), (1, other))):
            continue
        found.append((one, other))
    return found


def _with_near(
    whole: tuple[Floats, Floats], pairs: tuple[Ints, Ints], objects: list[tuple[Ints, Ints]]
) -> list[tuple[Ints, Ints]]:
    """The objects with what moved as they did and stands by them: marks of their middle, a sign before a dimension."""
    if not objects:
        return []
    known = np.concatenate([one for one, _ in objects])
    left = np.flatnonzero(~np.isin(pairs[0], known))
    boxes = np.array([box_of(whole[0][one]) for one, _ in objects])
    ends = whole[0][pairs[0][left]]
    low, high = np.minimum(ends[:, :2], ends[:, 2:]), np.maximum(ends[:, :2], ends[:, 2:])
    reach = np.maximum(BESIDE, VIEW_REACH * np.hypot(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]))
    apart = np.maximum(low[:, None] - boxes[None, :, 2:], boxes[None, :, :2] - high[:, None]).max(axis=2)
    nearest = np.argmin(apart - reach, axis=1) if len(left) else np.zeros(0, np.int64)
    there = apart[np.arange(len(left)), nearest] <= reach[nearest]
    found = []
    for k, (one, other) in enumerate(objects):
        more = left[there & (nearest == k)]
        found.append((np.union1d(one, pairs[0][more]), np.union1d(other, pairs[1][more])))
    return found


def _is_object(ends: Floats) -> bool:
    """Whether lines are enough to be recognised: a few, in two directions, of some size."""
    if len(ends) < LEAST_LINES:
        return False
    x0, y0, x1, y1 = box_of(ends)
    return max(x1 - x0, y1 - y0) >= LEAST_SIZE and has_angles(ends)


def _accounts_for(parts: Floats, member: Ints, rows: Ints, agreed: Ints) -> bool:
    """Whether lines, and others that moved as they did, are most of what is left around them.

    Of something small in a wider neighbourhood. Letters are alike everywhere: one of a word that changed is not one
    that moved.
    """
    own = np.isin(member, rows)
    if not own.any():
        return False
    x0, y0, x1, y1 = box_of(parts[own])
    reach = SMALL if min(x1 - x0, y1 - y0) < SMALL else NEAR
    middle = middles_of(parts)
    inside = (middle[:, 0] >= x0 - reach) & (middle[:, 0] <= x1 + reach)
    inside &= (middle[:, 1] >= y0 - reach) & (middle[:, 1] <= y1 + reach)
    length = lengths_of(parts)
    agreeing = inside & np.isin(member, agreed)
    return bool(length[agreeing].sum() >= OBJECT_SHARE * length[inside].sum())


def _take_rest(
    ends: tuple[Floats, Floats],
    parts: tuple[Floats, Floats],
    rows: tuple[Ints, Ints],
    taken: tuple[Bools, Bools],
    group: Group,
    tolerance: float,
) -> None:
    """Lines at a moved object that are partly covered in their place by chance, cut otherwise, or too short to vote."""
    is_view = float(lengths_of(group.one).sum()) >= VIEW_INK
    for side, lines, sign in ((0, group.one, 1.0), (1, group.other, -1.0)):
        x0, y0, x1, y1 = box_of(lines)
        shown = ends[side][rows[side]] if is_view else parts[side]
        x, y = shown[:, [0, 2]], shown[:, [1, 3]]
        if is_view:  # what reaches beyond it moved with it if all of the line did
            at_it = (x.max(axis=1) >= x0 - NEAR) & (x.min(axis=1) <= x1 + NEAR)
            at_it &= (y.max(axis=1) >= y0 - NEAR) & (y.min(axis=1) <= y1 + NEAR)
        else:
            at_it = (x.min(axis=1) >= x0 - NEAR) & (x.max(axis=1) <= x1 + NEAR)
            at_it &= (y.min(axis=1) >= y0 - NEAR) & (y.max(axis=1) <= y1 + NEAR)
        at = np.flatnonzero(at_it & ~taken[side])
        if len(at):
            there = shown[at] + sign * np.tile(group.shift, 2)
            taken[side][at[cover(there, ends[1 - side], max(AGREE, tolerance)).covered >= 0.85]] = True
