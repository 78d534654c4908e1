"""Two sheets in register: what is drawn on one and not on the other, as the objects a person would name."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from core.drawings.covering import Cover, cover, parts_of, twins
from core.drawings.joining import Floats, Ints, clustered
from core.drawings.lines import Lines, directions_of, lengths_of, middles_of
from core.drawings.moving import moved_groups
from core.drawings.registration import Registered
from core.model import Kind, Pen

EXACT = 0.05  #: points within which two exports of one line differ by rounding
MOSTLY_EXACT = 0.9  #: share of the ink that is exactly the same where nothing blurs
TOLERANCE = (0.1, 0.35)  #: points, least and most
NOISE_FACTOR = 2.5  #: the tolerance in 90th percentiles of the distances between lines that are the same
NEAREST = 0.5  #: points within which lines may be the same
NUDGED, NUDGED_LENGTH = 0.25, 5.0  #: points that a line of at least that length may be off, if it is otherwise the same
GAP = 5.0  #: points between lines that are not one object
LEAST_INK = 1.5  #: points of line in an object: less is the ends of lines, and the joints of curves
LONG = 1 / 3  #: of the diagonal: longer lines belong to no object, or one of them would swallow the sheet
MOST_OBJECTS = 400  #: changes of one sheet; with more they are told together
LEAST_WIDTH, WIDTH_SHARE = 0.25, 0.3  #: points, and of the wider one: widths that differ by more are another width
LEAST_RESTYLED = 4.0  #: points of line
#: Share of the ink of a pen, and of that of the sheet or groups of lines: a change of so much is a setting.
SETTING, SHEET, MANY = 0.5, 0.1, 12
MOST_RESTYLED = 100  #: places at which one pen was changed for another
MOST_LINES = 24  #: that are told whole where parts of them came or went


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """One change.

    Attributes:
        kind: What happened to it.
        reason: In words.
        one: (n, 4) what the first sheet shows of it, in its own axes; likewise `other`.
        shift: (x, y) points by which it moved, in the axes of the second sheet.
        pens: (of the first, of the second) rows of the documents' pens, where those differ.
    """

    kind: Kind
    reason: str
    one: Floats
    other: Floats
    shift: tuple[float, float] = (0.0, 0.0)
    pens: tuple[int, int] | None = None


@dataclass(slots=True)
class Differences:
    """What two sheets differ by.

    Attributes:
        found: The changes.
        tolerance: Points within which lines are the same.
        settings: Pens that are drawn otherwise throughout: (of the first, of the second).
        left_out: Changes beyond the most that are told one by one.
    """

    found: list[Found] = field(default_factory=list)
    tolerance: float = TOLERANCE[0]
    settings: list[tuple[int, int]] = field(default_factory=list)
    left_out: int = 0


def differences(
    one: Lines,
    other: Lines,
    registered: Registered,
    pens: tuple[tuple[Pen, ...], tuple[Pen, ...]],
    diagonal: float,
    hints: Floats,
) -> Differences:
    """What changed between two sheets.

    Args:
        one: The lines of the first.
        other: Those of the second.
        registered: How the first lies on the second.
        pens: Of both documents.
        diagonal: Of the second sheet, points.
        hints: (h, 2) displacements on the second sheet that words tell of, the most told first.
    """
    return _Comparison(one, other, registered, pens, diagonal, hints).run()


@dataclass(slots=True, eq=False)
class _Rest:
    """What is left of one side: parts of lines, in the axes of the second sheet.

    `parts` (k, 4), `row` (k,) the line of each, `whole` (k,) whether it is all of its line.
    """

    parts: Floats
    row: Ints
    whole: NDArray[np.bool_]

    def without(self, gone: NDArray[np.bool_]) -> _Rest:
        return _Rest(self.parts[~gone], self.row[~gone], self.whole[~gone])


class _Comparison:
    def __init__(
        self,
        one: Lines,
        other: Lines,
        registered: Registered,
        pens: tuple[tuple[Pen, ...], tuple[Pen, ...]],
        diagonal: float,
        hints: Floats,
    ) -> None:
        self._lines = one, other
        self._lies, self._back = registered.lies, registered.lies.back()
        self._ends = self._lies.ends(one.ends), other.ends
        self._pens = pens
        self._diagonal, self._hints = diagonal, hints
        self._result = Differences()
        self._pairs: list[tuple[Ints, Ints]] = []
        self._sorted: list[tuple[Ints, Ints]] = []

    def run(self) -> Differences:
        a, b = self._ends
        exact = twins(a, b, EXACT)
        tolerance = self._result.tolerance = self._tolerance(exact)
        same = exact if tolerance < 2 * EXACT else twins(a, b, tolerance)
        same = self._with_nudged(same)
        self._pairs.append(same)
        rest: list[_Rest] = []
        covers: list[tuple[Ints, Cover]] = []
        for side, (lines, others) in enumerate(((a, b), (b, a))):
            is_open = np.ones(len(lines), bool)
            is_open[same[side]] = False
            rows = np.flatnonzero(is_open)
            found = cover(lines[rows], others, tolerance)
            covers.append((rows, found))
            pairs = rows[found.pairs[0]], found.pairs[1]
            self._pairs.append(pairs if side == 0 else (pairs[1], pairs[0]))
            parts = parts_of(lines[rows], found)
            whole = (found.part[:, 1] - found.part[:, 0]) > 0.85
            rest.append(_Rest(parts, rows[found.row], whole))
        moves = moved_groups(
            (rest[0].parts, rest[1].parts), (rest[0].row, rest[1].row), self._ends, tolerance, self._hints
        )
        gone, come = (r.without(t) for r, t in zip(rest, moves.taken, strict=True))
        for group in moves.groups:
            self._result.found.append(
                Found(
                    Kind.MOVED,
                    "moved",
                    self._back.ends(group.one),
                    group.other,
                    shift=group.shift,
                )
            )
        self._add_objects(gone, come)
        self._add_restyled()
        return self._result

    def _with_nudged(self, same: tuple[Ints, Ints]) -> tuple[Ints, Ints]:
        """The pairs that are the same, and those of whole lines that another rounding moved sideways as they are."""
        rest = []
        for side, ends in enumerate(self._ends):
            is_open = lengths_of(ends) > NUDGED_LENGTH
            is_open[same[side]] = False
            rest.append(np.flatnonzero(is_open))
        a, b = twins(self._ends[0][rest[0]], self._ends[1][rest[1]], NUDGED)
        a, b = rest[0][a], rest[1][b]
        alike = (np.abs(directions_of(self._ends[0][a]) - directions_of(self._ends[1][b])) <= EXACT).all(axis=1)
        return np.concatenate((same[0], a[alike])), np.concatenate((same[1], b[alike]))

    def _tolerance(self, exact: tuple[Ints, Ints]) -> float:
        """Points: little where most lines are exactly the same, else what the noise of the exporters asks for."""
        a, b = self._ends
        shares = []
        for side, lines in enumerate((a, b)):
            is_same = np.zeros(len(lines), bool)
            is_same[exact[side]] = True
            length = lengths_of(lines)
            shares.append(float(length[is_same].sum() / max(length.sum(), 1e-9)))
        if min(shares) >= MOSTLY_EXACT:
            return TOLERANCE[0]
        one, other = twins(a, b, NEAREST)
        if len(one) < 20:
            return TOLERANCE[0]
        away = np.hypot(*(middles_of(a)[one] - middles_of(b)[other]).T)
        away = np.maximum(away, np.abs(directions_of(a[one]) - directions_of(b[other])).max(axis=1))
        least = np.full(len(a), np.inf)
        np.minimum.at(least, one, away)
        noise = float(np.percentile(least[np.isfinite(least)], 90))
        return min(max(NOISE_FACTOR * noise, TOLERANCE[0]), TOLERANCE[1])

    def _add_objects(self, gone: _Rest, come: _Rest) -> None:
        """What is left on both sides, grouped by the distance of the ink."""
        parts = np.concatenate((gone.parts, come.parts))
        if not len(parts):
            return
        side = np.repeat((0, 1), (len(gone.parts), len(come.parts)))
        length = lengths_of(parts)
        cluster = np.zeros(len(parts), np.int64)
        long = length > LONG * self._diagonal
        for which in (long, ~long):
            numbers = clustered(parts[which], GAP)
            cluster[which] = numbers + (cluster.max() + 1 if which is not long else 0)
        ink = np.bincount(cluster, np.maximum(length, 0.05))
        order = np.argsort(-ink, kind="stable")
        told = [int(k) for k in order if ink[k] > 0]
        kept = [k for k in told if ink[k] >= max(LEAST_INK, 4 * self._result.tolerance)]
        self._result.left_out += max(0, len(kept) - MOST_OBJECTS)
        row = np.concatenate((gone.row, come.row))
        whole = np.concatenate((gone.whole, come.whole))
        by_cluster = np.argsort(cluster, kind="stable")
        begin = np.searchsorted(cluster[by_cluster], np.arange(int(cluster.max()) + 2))
        for k in kept[:MOST_OBJECTS]:
            members = by_cluster[begin[k] : begin[k + 1]]
            old, new = members[side[members] == 0], members[side[members] == 1]
            if not whole[members].any():
                found = self._changed_lines(row[old], row[new])
                if found is not None:
                    self._result.found.append(found)
                    continue
            kind = Kind.REPLACED if len(old) and len(new) else Kind.DELETED if len(old) else Kind.INSERTED
            self._result.found.append(Found(kind, f"lines {kind}", self._back.ends(parts[old]), parts[new]))

    def _changed_lines(self, old: Ints, new: Ints) -> Found | None:
        """Lines of which a part came or went, whole on both sides; None where the other side has none of them."""
        ones = np.concatenate([old, *(self._partners(1, row) for row in new.tolist())])
        others = np.concatenate([new, *(self._partners(0, row) for row in old.tolist())])
        if not len(ones) or not len(others) or len(ones) + len(others) > MOST_LINES:
            return None
        one, other = self._ends[0][np.unique(ones)], self._ends[1][np.unique(others)]
        return Found(Kind.REPLACED, "line changed", self._back.ends(one), other)

    def _partners(self, side: int, row: int) -> Ints:
        """The lines of the other side that cover a part of this one."""
        if not self._sorted:
            a, b = (np.concatenate([pair[s] for pair in self._pairs]) for s in (0, 1))
            for one, other in ((a, b), (b, a)):
                order = np.argsort(one, kind="stable")
                self._sorted.append((one[order], other[order]))
        one, other = self._sorted[side]
        return other[np.searchsorted(one, row, "left") : np.searchsorted(one, row, "right")]

    def _add_restyled(self) -> None:
        """Lines that are drawn with another colour or width."""
        a, b = (np.concatenate([pair[s] for pair in self._pairs]) for s in (0, 1))
        if not len(a):
            return
        pen = self._lines[0].pen[a], self._lines[1].pen[b]
        is_same = np.array([[self._are_alike(x, y) for y in self._pens[1]] for x in self._pens[0]], bool)
        fits = is_same[pen[0], pen[1]]
        for side, rows in ((0, a), (1, b)):  # printed twice, with one pen that fits
            good = np.zeros(len(self._lines[side]), bool)
            good[rows[fits]] = True
            fits = fits | good[rows]
        # A line along another one says little of its width: only the same line drawn otherwise does.
        colored = np.array([[_shown(x) != _shown(y) for y in self._pens[1]] for x in self._pens[0]], bool)
        is_twin = np.arange(len(a)) < len(self._pairs[0][0])
        told = ~fits & (is_twin | colored[pen[0], pen[1]])
        a, b, one, other = a[told], b[told], pen[0][told], pen[1][told]
        if not len(a):
            return
        rows, first = np.unique(a, return_index=True)
        length, total = lengths_of(self._ends[0]), float(lengths_of(self._ends[0]).sum())
        of_pen = np.bincount(self._lines[0].pen, length, len(self._pens[0]))
        code = one[first] * len(self._pens[1]) + other[first]
        for mapping in np.unique(code).tolist():
            which = rows[code == mapping]
            pens = divmod(mapping, len(self._pens[1]))
            ink = float(length[which].sum())
            numbers = clustered(self._ends[0][which], GAP)
            count = int(numbers.max()) + 1
            if ink > SETTING * of_pen[pens[0]] and (ink > SHEET * total or count > MANY):
                self._result.settings.append((int(pens[0]), int(pens[1])))
                continue
            for k in range(min(count, MOST_RESTYLED)):
                lines = which[numbers == k]
                if float(length[lines].sum()) >= LEAST_RESTYLED:
                    there = b[np.isin(a, lines)]
                    self._result.found.append(
                        Found(
                            Kind.REPLACED,
                            "pen changed",
                            self._back.ends(self._ends[0][lines]),
                            self._ends[1][np.unique(there)],
                            pens=(int(pens[0]), int(pens[1])),
                        )
                    )

    def _are_alike(self, one: Pen, other: Pen) -> bool:
        """Whether two pens draw what looks the same."""
        width = one.width * self._lies.scale
        if min(one.fill, other.fill) >= 0:  # of a filled shape the pen only rounds the corners
            return _shown(one) == _shown(other)
        if abs(width - other.width) > max(LEAST_WIDTH, WIDTH_SHARE * max(width, other.width)):
            return False
        return _shown(one) == _shown(other)


def _shown(pen: Pen) -> tuple[int, ...]:
    """The colours of a pen, a little coarser: exporters round them differently."""
    return tuple(-1 if color < 0 else color >> 3 & 0x1F1F1F for color in (pen.stroke, pen.fill))
