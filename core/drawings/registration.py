"""How one sheet lies on the other: shift, turn and scale, voted for by pairs of like lines.

Candidates for scale and turn are peaks of correlated histograms of lengths and angles; for each pair of candidates,
lines of equal length and direction vote for a displacement, and the winner is refined by least squares on nearest
neighbours (a Hough transform in two steps, after Ballard 1981). Lines that lie together without any transform, as
most of two revisions do, need no search.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import atan2, cos, degrees, hypot, radians, sin

import numpy as np

from core.drawings.covering import cover, twins
from core.drawings.joining import Floats, Ints, Places, equal_rows, near_points
from core.drawings.lines import Lines, directions_of, lengths_of, middles_of
from core.registrations import LARGEST, SMALLEST

LONGEST = 6_000  #: lines of a sheet that vote
LEAST_VOTERS = 8
LENGTH_BIN, ANGLE_BIN = 0.002, 0.25  #: of the natural logarithm, degrees: of the histograms
KEY_LENGTH, KEY_ANGLE = 0.004, 0.5  #: likewise, within which two lines may be the same
MOST_ALIKE = 60  #: pairs of a key: of more, such as hatches, nobody knows which belong together
VOTE = 2.0  #: points of displacement that vote together
ROUNDS = (2.0, 0.7, 0.35, 0.35)  #: points, from round to round, within which lines are nearest neighbours
SCALES, TURNS, BEST = 8, 4, 3  #: candidates
SAMPLED = 2_000  #: lines that say how much two sheets overlap
#: Of them that are looked for as lines that are cut otherwise on the other sheet; and at first.
MOST_CUT, FEW_CUT = 1_000, 100
FAR_FROM = 0.2  #: overlap by which a transform is worse than the best one, or bad altogether
OVERLAP = 0.5  #: points within which they must lie on the other sheet
SURE, BETTER = 0.995, 0.01  #: of which overlap on nothing better is looked for; by how much a transform must win
ENOUGH = 0.9  #: overlap of which nothing is looked for but shifts, and after which no less likely turns
CLEAR = 0.4  #: overlap by a shift alone, or none, that says how sheets lie: the rest has changed, or is views
#: A scale and a turn (degrees) nearer to none are taken for noise, if that costs no more of the overlap.
NO_SCALE, NO_TURN, PLAINER = 2e-3, 0.05, 0.02
BY_HAND = 8.0  #: points that a place set by hand may be off


@dataclass(frozen=True, slots=True)
class Similarity:
    """A point goes to `scale` times itself, turned by `turn` degrees (clockwise as displayed), plus (x, y).

    Before that left and right are swapped where it is `mirrored`.
    """

    scale: float = 1.0
    turn: float = 0.0
    x: float = 0.0
    y: float = 0.0
    mirrored: bool = False

    def points(self, points: Floats) -> Floats:
        """(n, 2) where points go."""
        c, s = self.scale * cos(radians(self.turn)), self.scale * sin(radians(self.turn))
        x, y = -points[:, 0] if self.mirrored else points[:, 0], points[:, 1]
        return np.stack((c * x - s * y + self.x, s * x + c * y + self.y), axis=1)

    def ends(self, ends: Floats) -> Floats:
        """(n, 4) where pieces go."""
        return np.concatenate((self.points(ends[:, :2]), self.points(ends[:, 2:])), axis=1)

    def back(self) -> Similarity:
        """The one that undoes it."""
        c, s = cos(radians(-self.turn)) / self.scale, sin(radians(-self.turn)) / self.scale
        x, y = -(c * self.x - s * self.y), -(s * self.x + c * self.y)
        if self.mirrored:
            return Similarity(1 / self.scale, self.turn, -x, y, mirrored=True)
        return Similarity(1 / self.scale, -self.turn, x, y)

    @property
    def is_none(self) -> bool:
        """Whether nothing that could be seen is shifted, turned or scaled."""
        return (
            not self.mirrored and abs(self.scale - 1) < 2e-4 and abs(self.turn) < 0.01 and hypot(self.x, self.y) < 0.25
        )


@dataclass(frozen=True, slots=True)
class Registered:
    """What was found.

    Attributes:
        lies: How the first sheet lies on the second.
        overlap: Share of the length of both that lies on the other.
        by_hand: Whether the user said how they lie.
    """

    lies: Similarity
    overlap: float
    by_hand: bool = False


def register(one: Lines, other: Lines) -> Registered:
    """How the lines of one sheet lie on those of another; nothing where no transform is better than none."""
    nothing = Similarity()
    if min(len(one), len(other)) < 1:
        return Registered(nothing, 0.0)
    samples = _sample(one), _sample(other)
    best = Registered(nothing, _judged(one, other, nothing, samples, 0.0))
    if best.overlap >= SURE or min(len(one), len(other)) < LEAST_VOTERS:
        return best
    search = _Search(_longest(one.ends), _longest(other.ends))
    for turns, scales in search.stages(is_near=best.overlap >= ENOUGH):
        for found in search.candidates(turns, scales):
            overlap = _judged(one, other, found, samples, best.overlap)
            if overlap > best.overlap + (BETTER if best.lies.is_none else 1e-6):
                best = Registered(found, overlap)
        if best.overlap >= (CLEAR if turns == [0.0] and scales == [1.0] else ENOUGH):
            break
    if not best.lies.is_none:
        plain = _plain(*search.lines, best.lies)
        overlap = _overlap(one, other, plain, samples)
        if overlap >= best.overlap - PLAINER:
            best = Registered(plain, overlap)
    return Registered(best.lies, _overlap(one, other, best.lies, samples)) if best.overlap < ENOUGH else best


def _judged(one: Lines, other: Lines, lies: Similarity, samples: tuple[_Sample, _Sample], best: float) -> float:
    """The overlap; only about, where it is far from good or from the best."""
    about = _overlap(one, other, lies, samples, FEW_CUT)
    return about if about < max(best - FAR_FROM, FAR_FROM) else _overlap(one, other, lies, samples)


def registered_by_hand(one: Lines, other: Lines, lies: Similarity) -> Registered:
    """Two sheets laid on each other as the user said, and as exactly as their lines can tell: a hand is not exact."""
    if min(len(one), len(other)) < 1:
        return Registered(lies, 0.0, by_hand=True)
    samples = _sample(one), _sample(other)
    best = Registered(lies, _overlap(one, other, lies, samples), by_hand=True)
    a, b = _longest(one.ends), _longest(other.ends)
    corners = a[:, :2]
    for radius in (BY_HAND, BY_HAND / 2, ROUNDS[0]):
        found = _voted_nearby(a, b, best.lies, radius)
        fitted = None if found is None else _refined(a, b, found)
        if fitted is None or np.abs(fitted.points(corners) - lies.points(corners)).max() > BY_HAND:
            continue
        overlap = _overlap(one, other, fitted, samples)
        if overlap > best.overlap:
            best = Registered(fitted, overlap, by_hand=True)
    return best


def _voted_nearby(a: Floats, b: Floats, lies: Similarity, radius: float) -> Similarity | None:
    """The transform shifted by what most pairs of like lines near each other agree on."""
    moved = lies.ends(a)
    one, other = near_points(middles_of(moved), middles_of(b), radius)
    if not len(one):
        return None
    gone = directions_of(moved)[one] - directions_of(b)[other]
    alike = np.abs(gone).max(axis=1) <= np.maximum(radius / 4, KEY_LENGTH * lengths_of(moved)[one])
    gone = middles_of(b)[other][alike] - middles_of(moved)[one][alike]
    if not len(gone):
        return None
    weight = np.sqrt(lengths_of(moved)[one][alike])
    bins = np.floor(gone / (radius / 4)).astype(np.int64)
    _, code = np.unique(bins[:, 0] * (1 << 24) + bins[:, 1], return_inverse=True)
    where = code == int(np.bincount(code, weight).argmax())
    x, y = np.average(gone[where], axis=0, weights=weight[where])
    return Similarity(lies.scale, lies.turn, lies.x + float(x), lies.y + float(y))


def similarity_of(points: tuple[complex, complex], goals: tuple[complex, complex]) -> Similarity:
    """The similarity that takes two points, x + iy, to two others."""
    factor = (goals[1] - goals[0]) / (points[1] - points[0])
    shift = goals[0] - factor * points[0]
    return Similarity(abs(factor), degrees(atan2(factor.imag, factor.real)), shift.real, shift.imag)


def _plain(a: Floats, b: Floats, lies: Similarity) -> Similarity:
    """The same without a scale and a turn that are only noise, given some lines of both."""
    turn = round(lies.turn / 90) * 90.0 if abs(lies.turn - round(lies.turn / 90) * 90) < NO_TURN else lies.turn
    scale = 1.0 if abs(lies.scale - 1) < NO_SCALE else lies.scale
    if (scale, turn) == (lies.scale, lies.turn):
        return lies
    rows, others = twins(lies.ends(a), b, ROUNDS[1])
    if not len(rows):
        return lies
    moved = Similarity(scale, turn).points(middles_of(a)[rows])
    x, y = np.median(middles_of(b)[others] - moved, axis=0)
    return Similarity(scale, turn, float(x), float(y))


@dataclass(frozen=True, slots=True, eq=False)
class _Sample:
    """Some lines of a sheet: `rows`, how often each was drawn, and where all lines are."""

    rows: Ints
    times: Ints
    places: Places


def _sample(lines: Lines) -> _Sample:
    """Some lines, drawn so that equal lengths of ink have equal chances; always the same ones."""
    total = np.cumsum(lines.lengths + 1e-6)
    at = (np.arange(SAMPLED) + 0.5) / SAMPLED * total[-1]
    rows, times = np.unique(np.searchsorted(total, at).clip(0, len(lines) - 1), return_counts=True)
    return _Sample(rows, times, Places(lines.ends))


def _overlap(
    one: Lines, other: Lines, lies: Similarity, samples: tuple[_Sample, _Sample], most_cut: int = MOST_CUT
) -> float:
    """The mean of the shares of both sheets' ink that lies on the other sheet."""
    back = lies.back()
    shares = []
    for lines, others, move, tolerance, sample, goal in (
        (one, other, lies, OVERLAP, samples[0], samples[1]),
        (other, one, back, OVERLAP / lies.scale, samples[1], samples[0]),
    ):
        rows, times = sample.rows, sample.times
        moved = move.ends(lines.ends[rows])
        is_near = tolerance <= Places.REACH
        there = others.ends[goal.places.with_middles_near(middles_of(moved))] if is_near else others.ends
        covered = np.zeros(len(rows))
        covered[twins(moved, there, tolerance)[0]] = 1.0
        rest = np.flatnonzero(covered == 0)
        known = float((covered * times).sum())
        if len(rest):  # of lines that are cut otherwise a part says what the others do
            some = rest[:: -(-len(rest) // most_cut)]
            there = others.ends[goal.places.near(moved[some])] if is_near else others.ends
            part = cover(moved[some], there, tolerance).covered
            known += float((part * times[some]).sum() / times[some].sum() * times[rest].sum())
        shares.append(known / float(times.sum()))
    return sum(shares) / 2


def candidates(one: Floats, other: Floats, left: Floats) -> Iterator[list[Similarity]]:
    """Transforms on which many of some lines agree with others: shifts first, then less likely ones.

    Args:
        one: (n, 4) the lines.
        other: (m, 4) those among which they are looked for.
        left: (k, 4) of those, the ones that have no counterpart yet: only on these turns and scales are voted for.
    """
    yield _Search(_longest(one), _longest(other)).candidates([0.0], [1.0])
    lines, goals = _longest(one), _longest(left)
    if min(len(lines), len(goals)) < 3:
        return
    search = _Search(lines, goals)
    turns = [turn for turn in _turns(lines, goals) if turn]
    yield search.candidates([turn for turn in turns if turn % 90 == 0], [1.0])
    flipped = _Search(lines * np.array([-1.0, 1.0, -1.0, 1.0]), goals)
    yield [replace(found, mirrored=True) for found in flipped.candidates([0.0, 90.0, 180.0, -90.0], [1.0])]
    yield search.candidates([0.0], [scale for scale in _scales(lines, goals) if scale != 1.0])
    yield search.candidates([turn for turn in turns if turn % 90], [1.0])


class _Search:
    """Looks for transforms on which many lines agree."""

    def __init__(self, one: Floats, other: Floats) -> None:
        self._one, self._other = self.lines = one, other

    def stages(self, *, is_near: bool) -> Iterator[tuple[list[float], list[float]]]:
        """Turns and scales to be tried, the likely ones first; only a shift where most lines lie together already."""
        yield [0.0], [1.0]
        if is_near:
            return
        scales = _scales(self._one, self._other)
        yield [0.0], scales
        turns = [turn for turn in _turns(self._one, self._other) if turn]
        yield [turn for turn in turns if turn % 90 == 0], scales
        yield [turn for turn in turns if turn % 90], scales

    def candidates(self, turns: list[float], scales: list[float]) -> list[Similarity]:
        """The best few by votes, the best first."""
        voted: list[tuple[float, int, Similarity]] = []
        for turn in turns:
            for scale in scales:
                votes, found = _displacement(self._one, self._other, scale, turn)
                if found is not None:
                    voted.append((votes, -len(voted), found))
        voted.sort(reverse=True, key=lambda v: (v[0], v[1]))
        refined = [_refined(self._one, self._other, found) for _, _, found in voted[:BEST]]
        return [found for found in refined if found is not None]


def _longest(ends: Floats) -> Floats:
    length = np.round(lengths_of(ends), 3)
    rows = np.arange(len(ends))
    if len(ends) > LONGEST:
        least = np.partition(length, len(ends) - LONGEST)[len(ends) - LONGEST]
        longer = np.flatnonzero(length > least)
        rows = np.sort(np.concatenate((longer, np.flatnonzero(length == least)[: LONGEST - len(longer)])))
    return ends[rows][length[rows] > 0.2]


def _angles(ends: Floats) -> Floats:
    """(n,) degrees, 0 up to 180."""
    return np.degrees(np.arctan2(ends[:, 3] - ends[:, 1], ends[:, 2] - ends[:, 0])) % 180.0


def _turns(a: Floats, b: Floats) -> list[float]:
    bins = round(180 / ANGLE_BIN)
    one, other = (
        np.bincount((np.round(_angles(e) / ANGLE_BIN).astype(np.int64)) % bins, lengths_of(e), bins) for e in (a, b)
    )
    both = np.fft.irfft(np.fft.rfft(other) * np.conj(np.fft.rfft(one)), bins)
    found = [0.0]
    for k in _peaks(both, TURNS):
        found += [k * ANGLE_BIN, k * ANGLE_BIN - 180]
    return list(dict.fromkeys((t + 180) % 360 - 180 for t in (*found, 180.0)))


def _scales(a: Floats, b: Floats) -> list[float]:
    low, size = np.log(0.2), 8192
    one, other = (
        np.bincount(
            np.clip(np.round((np.log(np.maximum(lengths_of(e), 0.2)) - low) / LENGTH_BIN), 0, size - 1).astype(
                np.int64
            ),
            np.sqrt(lengths_of(e)),
            size,
        )
        for e in (a, b)
    )
    both = np.fft.irfft(np.fft.rfft(other, 2 * size) * np.conj(np.fft.rfft(one, 2 * size)), 2 * size)
    found = [1.0]
    for k in _peaks(both, SCALES):
        found.append(float(np.exp((k if k < size else k - 2 * size) * LENGTH_BIN)))
    extents = [np.ptp(np.percentile(middles_of(e), (1, 99), axis=0), axis=0) for e in (a, b)]
    if min(extents[0].min(), extents[1].min()) > 1:
        found += [float(hypot(*extents[1]) / hypot(*extents[0])), float(np.max(extents[1]) / np.max(extents[0]))]
    kept: list[float] = []
    for scale in found:
        if SMALLEST <= scale <= LARGEST and all(abs(scale / one - 1) > LENGTH_BIN for one in kept):
            kept.append(scale)
    return kept


def _peaks(values: Floats, count: int) -> list[int]:
    """Places of the highest values that no neighbour exceeds, highest first; the values are a circle."""
    high = (values >= np.roll(values, 1)) & (values > np.roll(values, -1)) & (values > 0)
    at = np.flatnonzero(high)
    found: list[int] = at[np.argsort(-values[at], kind="stable")[:count]].tolist()
    return found


def _displacement(a: Floats, b: Floats, scale: float, turn: float) -> tuple[float, Similarity | None]:
    """The displacement most pairs of like lines agree on, for a scale and a turn, and its votes."""
    c, s = scale * cos(radians(turn)), scale * sin(radians(turn))
    keys_a = _keys(np.log(lengths_of(a) * scale), _angles(a) + turn)
    keys_b = _keys(np.log(lengths_of(b)), _angles(b))
    order = np.argsort(keys_b, kind="stable")
    sorted_b = keys_b[order]
    first, stop = np.searchsorted(sorted_b, keys_a, "left"), np.searchsorted(sorted_b, keys_a, "right")
    own = np.searchsorted(np.sort(keys_a), keys_a, "right") - np.searchsorted(np.sort(keys_a), keys_a, "left")
    pairs = (stop - first) * own
    rows = np.flatnonzero((pairs > 0) & (pairs <= MOST_ALIKE))
    if not len(rows):
        return 0.0, None
    at, places = equal_rows(keys_a[rows], sorted_b)
    one, other = rows[at], order[places]
    middle, goal = middles_of(a)[one], middles_of(b)[other]
    moved = np.stack((c * middle[:, 0] - s * middle[:, 1], s * middle[:, 0] + c * middle[:, 1]), axis=1)
    gone = goal - moved
    weight = 1 / np.sqrt(pairs[one])
    best, where = 0.0, None
    for shift in (0.0, 0.5):
        bins = np.floor(gone / VOTE + shift).astype(np.int64)
        _, code = np.unique(bins[:, 0] * (1 << 24) + bins[:, 1], return_inverse=True)
        votes = np.bincount(code, weight)
        k = int(votes.argmax())
        if votes[k] > best:
            best, where = float(votes[k]), code == k
    if where is None:
        return 0.0, None
    x, y = np.average(gone[where], axis=0, weights=weight[where])
    return best, Similarity(scale, turn, float(x), float(y))


def _keys(log_length: Floats, angle: Floats) -> Ints:
    length = np.round(log_length / KEY_LENGTH).astype(np.int64)
    turned = np.round((angle % 180.0) / KEY_ANGLE).astype(np.int64) % round(180 / KEY_ANGLE)
    return length * 1024 + turned


def _refined(a: Floats, b: Floats, found: Similarity) -> Similarity | None:
    """Least squares on nearest neighbours, nearer from round to round."""
    for radius in ROUNDS:
        one, other = twins(found.ends(a), b, radius)
        if len(one) < 3:
            break
        away = np.abs(found.points(middles_of(a)[one]) - middles_of(b)[other]).sum(axis=1)
        away += np.abs(directions_of(found.ends(a[one])) - directions_of(b[other])).sum(axis=1)
        order = np.lexsort((away, one))
        nearest = order[np.concatenate(([True], one[order][1:] != one[order][:-1]))]
        fitted = _fit(middles_of(a)[one[nearest]], middles_of(b)[other[nearest]])
        if fitted is None:
            break
        found = fitted
    return found if SMALLEST <= found.scale <= LARGEST else None


def _fit(one: Floats, other: Floats) -> Similarity | None:
    """The similarity that takes points (n, 2) nearest to others (Umeyama 1991, without mirroring)."""
    middle, goal = one.mean(axis=0), other.mean(axis=0)
    p, q = one - middle, other - goal
    norm = float((p * p).sum())
    if norm < 1e-9:
        return None
    c, s = float((p * q).sum()) / norm, float((p[:, 0] * q[:, 1] - p[:, 1] * q[:, 0]).sum()) / norm
    scale, turn = hypot(c, s), degrees(atan2(s, c))
    if scale < 1e-6:
        return None
    x = goal[0] - (c * middle[0] - s * middle[1])
    y = goal[1] - (s * middle[0] + c * middle[1])
    return Similarity(scale, turn, float(x), float(y))
