"""Two sheets in register: what is drawn on one and not on the other, as the objects a person would name."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from core.drawings.covering import Cover, cover, parts_of, twins
from core.drawings.joining import Floats, Ints, clustered, connected
from core.drawings.lines import Lines, box_of, directions_of, lengths_of, middles_of
from core.drawings.moving import AGREE, Group, moved_groups
from core.drawings.registration import Registered, Similarity
from core.drawings.views import OBJECT, View, views
from core.model import Kind, Pen

EXACT = 0.05  #: points within which two exports of one line differ by rounding
MOSTLY_EXACT = 0.9  #: share of the ink that is exactly the same where nothing blurs
TOLERANCE = (0.1, 0.35)  #: points, least and most
NOISE_FACTOR = 2.5  #: the tolerance in 90th percentiles of the distances between lines that are the same
MOST_MEASURED = 10_000  #: lines by which the noise is measured
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
WHOLLY = 0.9  #: of a colour must have become another one that is told with those of a theme
MOST_TURNED = 5_000  #: parts of lines left on a side, among which objects are looked for that were turned
LEAST_MOVE = 0.25  #: points: a view that moved by less is not told
ALIKE_TURN, ALIKE_SCALE, ALIKE_SHIFT = 0.1, 3e-3, 0.5  #: degrees, ratio and points between moves that are one
TOUCHING, SMALL = 1.5, 36.0  #: points between parts of one thing, and its longer side
EXTENT = 0.8  #: of the length of lines on both sides that run along each other, of lines that are the same
MOST_RESTYLED = 100  #: places at which one pen was changed for another
#: Share of the room of two small changes that both take up, of which they are one; points of the longer side of one.
SAME_ROOM, ROOM = 0.4, 90.0
GREW, AXES = 0.01, 0.2  #: ratio by which a thing grew, and share of its size by which its axes reach beyond it
LEAST_AROUND = 6  #: lines of a side that stand around what grew
MOST_LINES = 24  #: that are told whole where parts of them came or went


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """One change.

    Attributes:
        kind: What happened to it.
        reason: In words.
        one: (n, 4) what the first sheet shows of it, in its own axes; likewise `other`.
        lies: How what moved lies on the second sheet beyond what the whole sheet does.
        pens: (of the first, of the second) rows of the documents' pens, where those differ.
    """

    kind: Kind
    reason: str
    one: Floats
    other: Floats
    lies: Similarity = field(default_factory=Similarity)
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


@dataclass(slots=True)
class _Restyled:
    """Lines that run along others with another pen.

    Attributes:
        groups: Those that are the same lines: rows of both sides, and the pens of both.
        other_lines: Rows of both sides of lines that only lie on others for a stretch.
    """

    groups: list[tuple[Ints, Ints, tuple[int, int]]]
    other_lines: tuple[Ints, Ints]


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
        self._views: list[View] = []
        self._view_of = np.full(len(one), -1)
        self._themes: dict[int, int] = {}  # colours of the first that became others throughout

    def run(self) -> Differences:
        same, covers = self._matched()
        if self._lay_views([_left_of(ends, m, c) for ends, m, c in zip(self._ends, same, covers, strict=True)]):
            same, covers = self._matched()
        self._pairs.append(same)
        rest: list[_Rest] = []
        for side, (rows, found) in enumerate(covers):
            pairs = rows[found.pairs[0]], found.pairs[1]
            self._pairs.append(pairs if side == 0 else (pairs[1], pairs[0]))
            parts = parts_of(self._ends[side][rows], found)
            whole = (found.part[:, 1] - found.part[:, 0]) > 0.85
            rest.append(_Rest(parts, rows[found.row], whole))
        tolerance = self._result.tolerance
        restyled = self._restyled()
        rest = [self._with_lines(r, side, restyled.other_lines[side]) for side, r in enumerate(rest)]
        moves = moved_groups(
            (rest[0].parts, rest[1].parts), (rest[0].row, rest[1].row), self._ends, tolerance, self._hints
        )
        gone, come = (r.without(t) for r, t in zip(rest, moves.taken, strict=True))
        for group in moves.groups:
            one = self._original(group.one, group.rows)
            self._result.found.append(
                Found(Kind.MOVED, "moved", one, group.other, lies=Similarity(x=group.shift[0], y=group.shift[1]))
            )
        gone, come = self._without_turned(gone, come)
        self._result.found = _joined(self._result.found)
        self._add_objects(gone, come)
        self._add_restyled(restyled, moves.groups)
        return self._result

    def _matched(self) -> tuple[tuple[Ints, Ints], list[tuple[Ints, Cover]]]:
        """Pairs of lines that are the same, and of both sides the rows of the others and what covers them."""
        a, b = self._ends
        exact = twins(a, b, EXACT)
        tolerance = self._result.tolerance = self._tolerance(exact)
        same = self._with_nudged(self._with_rest(exact, tolerance))
        covers = []
        for side, (lines, others) in enumerate(((a, b), (b, a))):
            is_open = np.ones(len(lines), bool)
            is_open[same[side]] = False
            rows = np.flatnonzero(is_open)
            covers.append((rows, cover(lines[rows], others, tolerance)))
        return same, covers

    def _lay_views(self, left: list[Floats]) -> bool:
        """Lay the views that moved by themselves where they are on the second sheet; whether there are any."""
        a, b = self._ends
        self._views = views(a, b, self._diagonal, self._result.tolerance, (left[0], left[1]))
        if not self._views:
            return False
        laid = a.copy()
        for k, view in enumerate(self._views):
            laid[view.rows] = view.lies.ends(a[view.rows])
            self._view_of[view.rows] = k
            if _reach(view.lies, a[view.rows]) > LEAST_MOVE:
                one, other = self._lines[0].ends[view.rows], laid[view.rows]
                self._result.found.append(Found(Kind.MOVED, "moved", one, other, lies=view.lies))
        self._ends = laid, b
        return True

    def _original(self, ends: Floats, rows: Ints) -> Floats:
        """(n, 4) where pieces of some lines (n,) of the first sheet are on it, of where they lie on the second."""
        found = ends.copy()
        for k in np.unique(self._view_of[rows]).tolist():
            if k >= 0:
                at = self._view_of[rows] == k
                found[at] = self._views[k].lies.back().ends(found[at])
        return self._back.ends(found)

    def _without_turned(self, gone: _Rest, come: _Rest) -> tuple[_Rest, _Rest]:
        """What is left but for objects that are turned or mirrored elsewhere, which are told."""
        if not 0 < min(len(gone.parts), len(come.parts)) <= max(len(gone.parts), len(come.parts)) <= MOST_TURNED:
            return gone, come
        tolerance = max(AGREE / 2, self._result.tolerance)
        taken = np.zeros(len(gone.parts), bool), np.zeros(len(come.parts), bool)
        left = lengths_of(gone.parts), lengths_of(come.parts)
        for found in views(gone.parts, come.parts, self._diagonal, tolerance, left, OBJECT):
            goal = found.lies.ends(gone.parts[found.rows])
            there = np.flatnonzero(~taken[1])
            there = there[cover(come.parts[there], goal, tolerance).covered >= EXTENT]
            if not len(there):
                continue
            one = self._original(gone.parts[found.rows], gone.row[found.rows])
            self._result.found.append(Found(Kind.MOVED, "moved", one, come.parts[there], lies=found.lies))
            taken[0][found.rows] = True
            taken[1][there] = True
        return gone.without(taken[0]), come.without(taken[1])

    def _with_rest(self, exact: tuple[Ints, Ints], tolerance: float) -> tuple[Ints, Ints]:
        """The pairs that are exactly the same, and those of the other lines that are within the tolerance."""
        a, b = self._ends
        found = [exact]
        for side, (lines, others) in enumerate(((a, b), (b, a))):
            is_open = np.ones(len(lines), bool)
            is_open[exact[side]] = False
            rows = np.flatnonzero(is_open)
            one, other = twins(lines[rows], others, tolerance)
            found.append((rows[one], other) if side == 0 else (other, rows[one]))
        return np.concatenate([one for one, _ in found]), np.concatenate([other for _, other in found])

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
        some = a[:: -(-len(a) // MOST_MEASURED)]
        one, other = twins(some, b, NEAREST)
        if len(one) < 20:
            return TOLERANCE[0]
        away = np.hypot(*(middles_of(some[one]) - middles_of(b[other])).T)
        away = np.maximum(away, np.abs(directions_of(some[one]) - directions_of(b[other])).max(axis=1))
        least = np.full(len(some), np.inf)
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
        objects: list[Found] = []
        for k in kept[:MOST_OBJECTS]:
            members = by_cluster[begin[k] : begin[k + 1]]
            old, new = members[side[members] == 0], members[side[members] == 1]
            if not whole[members].any():
                found = self._changed_lines(row[old], row[new])
                if found is not None:
                    objects.append(found)
                    continue
            kind = Kind.REPLACED if len(old) and len(new) else Kind.DELETED if len(old) else Kind.INSERTED
            objects.append(Found(kind, f"lines {kind}", self._original(parts[old], row[old]), parts[new]))
        wholes = self._as_wholes(objects)  # takes in some of what moved
        self._result.found += wholes

    def _as_wholes(self, objects: list[Found]) -> list[Found]:
        """What changed; pieces of one thing, that take up the same room, together: a hole and the lines through it."""
        known: dict[bytes, Found] = {}
        for one in objects:  # both ends of a line that grew are found, and the line is told whole for each
            known.setdefault(one.one.tobytes() + b"|" + one.other.tobytes(), one)
        objects = [one for one in known.values() if not self._grew_along(one)]
        if len(objects) < 2:
            return self._with_grown(objects)
        box = np.array([box_of(np.concatenate((self._lies.ends(one.one), one.other))) for one in objects])
        size = box[:, 2:] - box[:, :2]
        low, high = np.maximum(box[:, None, :2], box[None, :, :2]), np.minimum(box[:, None, 2:], box[None, :, 2:])
        shared = np.maximum(high - low, 0).prod(axis=2)
        area = size.prod(axis=1)
        alike = shared >= SAME_ROOM * (area[:, None] + area - shared)
        alike &= (size.max(axis=1) <= ROOM)[:, None] & (area > 0)
        a, b = np.nonzero(np.triu(alike & alike.T, 1))
        root = connected(len(objects), a, b)
        found: list[Found] = []
        for k in np.unique(root).tolist():
            some = [objects[j] for j in np.flatnonzero(root == k).tolist()]
            if len(some) == 1:
                found += some
                continue
            ends = [np.concatenate(side) for side in ([s.one for s in some], [s.other for s in some])]
            kind = Kind.REPLACED if len(ends[0]) and len(ends[1]) else Kind.DELETED if len(ends[0]) else Kind.INSERTED
            found.append(Found(kind, f"lines {kind}", ends[0], ends[1]))
        return self._with_grown(found)

    def _with_grown(self, objects: list[Found]) -> list[Found]:
        """What changed, with what grew or shrank in the middle of it."""
        for moved in [m for m in self._result.found if m.kind is Kind.MOVED and abs(m.lies.scale - 1) > GREW]:
            for k, one in enumerate(objects):
                if one.kind is not Kind.REPLACED or min(len(one.one), len(one.other)) < LEAST_AROUND:
                    continue
                if _is_within(moved.one, one.one) and _is_within(moved.other, one.other):
                    whole = [np.concatenate(pair) for pair in ((one.one, moved.one), (one.other, moved.other))]
                    objects[k] = replace(one, one=whole[0], other=whole[1])
                    self._result.found = [found for found in self._result.found if found is not moved]
                    break
        return objects

    def _grew_along(self, one: Found) -> bool:
        """Whether lines are told with what grew or shrank around them on both sides, like the axes of a hole."""
        if one.kind is not Kind.REPLACED:
            return False
        for k, moved in enumerate(self._result.found):
            if moved.kind is not Kind.MOVED or abs(moved.lies.scale - 1) <= GREW:
                continue
            if _is_within(one.one, moved.one) and _is_within(one.other, moved.other):
                whole = [np.concatenate(pair) for pair in ((moved.one, one.one), (moved.other, one.other))]
                self._result.found[k] = replace(moved, one=whole[0], other=whole[1])
                return True
        return False

    def _changed_lines(self, old: Ints, new: Ints) -> Found | None:
        """Lines of which a part came or went, whole on both sides; None where the other side has none of them."""
        ones = np.concatenate([old, *(self._partners(1, row) for row in new.tolist())])
        others = np.concatenate([new, *(self._partners(0, row) for row in old.tolist())])
        if not len(ones) or not len(others) or len(ones) + len(others) > MOST_LINES:
            return None
        one, other = self._lines[0].ends[np.unique(ones)], self._ends[1][np.unique(others)]
        return Found(Kind.REPLACED, "line changed", one, other)

    def _partners(self, side: int, row: int) -> Ints:
        """The lines of the other side that cover a part of this one."""
        if not self._sorted:
            a, b = (np.concatenate([pair[s] for pair in self._pairs]) for s in (0, 1))
            for one, other in ((a, b), (b, a)):
                order = np.argsort(one, kind="stable")
                self._sorted.append((one[order], other[order]))
        one, other = self._sorted[side]
        return other[np.searchsorted(one, row, "left") : np.searchsorted(one, row, "right")]

    def _with_lines(self, rest: _Rest, side: int, rows: Ints) -> _Rest:
        """What is left of one side, and some lines whole."""
        if not len(rows):
            return rest
        kept = rest.without(np.isin(rest.row, rows))
        return _Rest(
            np.concatenate((kept.parts, self._ends[side][rows])),
            np.concatenate((kept.row, rows)),
            np.concatenate((kept.whole, np.ones(len(rows), bool))),
        )

    def _restyled(self) -> _Restyled:
        """Lines that are drawn with another colour or width, and those that are other lines in the same place."""
        found = _Restyled([], (np.zeros(0, np.int64), np.zeros(0, np.int64)))
        a, b = (np.concatenate([pair[s] for pair in self._pairs]) for s in (0, 1))
        if not len(a):
            return found
        # A line along another one says little of its width: only the same line drawn otherwise does.
        is_twin = np.arange(len(a)) < len(self._pairs[0][0])
        told = self._unlike(a, b, is_twin, {})
        self._themes = self._color_settings(a, told)
        if self._themes:
            told = self._unlike(a, b, is_twin, self._themes)
        a, b = a[told], b[told]
        if not len(a):
            return found
        one, other = self._lines[0].pen[a], self._lines[1].pen[b]
        rows, first = np.unique(a, return_index=True)
        length, total = lengths_of(self._ends[0]), float(lengths_of(self._ends[0]).sum())
        of_pen = np.bincount(self._lines[0].pen, length, len(self._pens[0]))
        code = one[first] * len(self._pens[1]) + other[first]
        others: tuple[list[Ints], list[Ints]] = [], []
        for mapping in np.unique(code).tolist():
            which = rows[code == mapping]
            pens = divmod(mapping, len(self._pens[1]))
            ink = float(length[which].sum())
            numbers = clustered(self._ends[0][which], GAP)
            count = int(numbers.max()) + 1
            if ink > SETTING * of_pen[pens[0]] and (self._themes or ink > SHEET * total or count > MANY):
                self._result.settings.append((int(pens[0]), int(pens[1])))
                continue
            for k in range(min(count, MOST_RESTYLED)):
                lines = which[numbers == k]
                there = np.unique(b[np.isin(a, lines)])
                if self._is_same_extent(lines, there):
                    if float(length[lines].sum()) >= LEAST_RESTYLED:
                        found.groups.append((lines, there, (int(pens[0]), int(pens[1]))))
                else:
                    others[0].append(lines)
                    others[1].append(there)
        if others[0]:
            found.other_lines = np.unique(np.concatenate(others[0])), np.unique(np.concatenate(others[1]))
        return found

    def _unlike(self, a: Ints, b: Ints, is_twin: NDArray[np.bool_], themes: dict[int, int]) -> NDArray[np.bool_]:
        """(p,) the pairs of lines a and b with pens that look different, where no other pair of either is alike."""
        pen = self._lines[0].pen[a], self._lines[1].pen[b]
        is_same = np.array([[self._are_alike(x, y, themes) for y in self._pens[1]] for x in self._pens[0]], bool)
        fits = is_same[pen[0], pen[1]]
        for side, rows in ((0, a), (1, b)):  # printed twice, with one pen that fits
            good = np.zeros(len(self._lines[side]), bool)
            good[rows[fits]] = True
            fits = fits | good[rows]
        shown = [[_shown(pen) for pen in pens] for pens in self._pens]
        colored = np.array([[not _is_color(x, y, themes) for y in shown[1]] for x in shown[0]], bool)
        return np.asarray(~fits & (is_twin | colored[pen[0], pen[1]]))

    def _color_settings(self, a: Ints, told: NDArray[np.bool_]) -> dict[int, int]:
        """Colours that most lines of a colour were changed to: another theme of the program, and no change of theirs.

        Told in the settings; if there are some, any colour of which all is changed to one other is of the theme too.
        """
        b = np.concatenate([pair[1] for pair in self._pairs])
        colors = [np.array([_main(pen) for pen in pens], np.int64) for pens in self._pens]
        one, other = (colors[side][self._lines[side].pen[rows]] for side, rows in enumerate((a, b)))
        told = told & (one != other)
        if not told.any():
            return {}
        length = lengths_of(self._ends[0])
        total = float(length.sum())
        paired = np.unique(a)
        own = colors[0][self._lines[0].pen[paired]]
        themes: dict[int, int] = {}
        weak: list[tuple[int, int, Ints]] = []
        for color in np.unique(one[told]).tolist():
            at = told & (one == color)
            goals, ink = np.unique(other[at], return_inverse=True)
            goal = int(goals[int(np.bincount(ink, length[a[at]]).argmax())])
            rows = np.unique(a[at & (other == goal)])
            share = float(length[rows].sum()) / max(float(length[paired[own == color]].sum()), 1e-9)
            if share <= SETTING:
                continue
            count = int(clustered(self._ends[0][rows], GAP).max()) + 1
            if float(length[rows].sum()) > SHEET * total or count > MANY:
                themes[color] = goal
                self._note_setting(rows, a, b, goal)
            elif share >= WHOLLY:
                weak.append((color, goal, rows))
        for color, goal, rows in weak if themes else []:
            themes[color] = goal
            self._note_setting(rows, a, b, goal)
        return themes

    def _note_setting(self, rows: Ints, a: Ints, b: Ints, goal: int) -> None:
        """Tell the pens that most of these lines are drawn with."""
        at = np.flatnonzero(np.isin(a, rows))
        at = at[[_main(self._pens[1][k]) == goal for k in self._lines[1].pen[b[at]].tolist()]]
        code = self._lines[0].pen[a[at]] * len(self._pens[1]) + self._lines[1].pen[b[at]]
        kinds, which = np.unique(code, return_inverse=True)
        most = int(kinds[int(np.bincount(which, lengths_of(self._ends[0])[a[at]]).argmax())])
        self._result.settings.append((most // len(self._pens[1]), most % len(self._pens[1])))

    def _is_same_extent(self, lines: Ints, there: Ints) -> bool:
        """Whether lines of both sides run along each other from end to end, and not only for a stretch."""
        one, other = self._ends[0][lines], self._ends[1][there]
        for here, over in ((one, other), (other, one)):
            length = lengths_of(here)
            if float((cover(here, over, self._result.tolerance).covered * length).sum()) < EXTENT * length.sum():
                return False
        return True

    def _add_restyled(self, restyled: _Restyled, moved: list[Group]) -> None:
        """Tell the lines that are drawn otherwise, but those that lie on others by chance since their view moved."""
        for lines, there, pens in restyled.groups:
            if any(self._went_along(lines, group) for group in moved):
                continue
            one, other = self._lines[0].ends[lines], self._ends[1][there]
            if not self._is_part(one, other):
                self._result.found.append(Found(Kind.REPLACED, "pen changed", one, other, pens=pens))

    def _is_part(self, one: Floats, other: Floats) -> bool:
        """Whether lines with another pen are part of a small thing that was drawn anew; told with it then."""
        for k, found in enumerate(self._result.found):
            if found.kind is not Kind.REPLACED or found.pens is not None:
                continue
            a, b = box_of(found.other), box_of(other)
            apart = max(max(a[i], b[i]) - min(a[i + 2], b[i + 2]) for i in (0, 1))
            size = max(max(box[2] - box[0], box[3] - box[1]) for box in (a, b))
            if apart <= TOUCHING and size <= SMALL:
                self._result.found[k] = replace(
                    found,
                    reason="lines replaced",
                    one=np.concatenate((found.one, one)),
                    other=np.concatenate((found.other, other)),
                )
                return True
        return False

    def _went_along(self, lines: Ints, group: Group) -> bool:
        """Whether lines stand, with their own pens, where a view at which they are moved to."""
        x0, y0, x1, y1 = box_of(group.one)
        ends = self._ends[0][lines]
        x, y = ends[:, [0, 2]], ends[:, [1, 3]]
        if (x.max(axis=1) < x0).any() or (x.min(axis=1) > x1).any():
            return False
        if (y.max(axis=1) < y0).any() or (y.min(axis=1) > y1).any():
            return False
        row, other = twins(ends + np.tile(group.shift, 2), self._ends[1], max(AGREE, self._result.tolerance))
        pens = self._lines[0].pen[lines[row]], self._lines[1].pen[other]
        alike = [self._are_alike(self._pens[0][p], self._pens[1][q], self._themes) for p, q in zip(*pens, strict=True)]
        there = np.unique(row[np.array(alike, bool)])
        length = lengths_of(ends)
        return bool(length[there].sum() >= EXTENT * length.sum())

    def _are_alike(self, one: Pen, other: Pen, themes: dict[int, int]) -> bool:
        """Whether two pens draw what looks the same, where some colours became others throughout."""
        width = one.width * self._lies.scale
        if not _is_color(_shown(one), _shown(other), themes):
            return False
        if min(one.fill, other.fill) >= 0:  # of a filled shape the pen only rounds the corners
            return True
        return abs(width - other.width) <= max(LEAST_WIDTH, WIDTH_SHARE * max(width, other.width))


def _left_of(ends: Floats, same: Ints, covered: tuple[Ints, Cover]) -> Floats:
    """(n,) points of each line that have no counterpart."""
    left = lengths_of(ends)
    left[same] = 0.0
    left[covered[0]] *= 1 - covered[1].covered
    return left


def _joined(moved: list[Found]) -> list[Found]:
    """What moved; neighbours that moved alike as one."""
    joined: list[Found] = []
    for found in moved:
        for k, known in enumerate(joined):
            if _are_alike_moves(known, found):
                one, other = (np.concatenate(p) for p in ((known.one, found.one), (known.other, found.other)))
                joined[k] = replace(known, one=one, other=other)
                break
        else:
            joined.append(found)
    return joined


def _are_alike_moves(one: Found, other: Found) -> bool:
    """Whether two neighbours moved, turned and grew alike, and so did what lies between them."""
    a, b = one.lies, other.lies
    if a.mirrored != b.mirrored or abs(a.turn - b.turn) > ALIKE_TURN or abs(a.scale - b.scale) > ALIKE_SCALE:
        return False
    boxes = box_of(one.other), box_of(other.other)
    if any(max(boxes[0][k], boxes[1][k]) - min(boxes[0][k + 2], boxes[1][k + 2]) > 2 * GAP for k in (0, 1)):
        return False
    middle = np.array([[(boxes[0][0] + boxes[1][2]) / 2, (boxes[0][1] + boxes[1][3]) / 2]])
    return bool(np.abs(a.back().points(middle) - b.back().points(middle)).max() <= ALIKE_SHIFT)


def _is_within(ends: Floats, others: Floats) -> bool:
    """Whether pieces lie in the room of others, a little wider."""
    box, room = box_of(ends), box_of(others)
    margin = AXES * max(room[2] - room[0], room[3] - room[1])
    return all(box[k] >= room[k] - margin and box[k + 2] <= room[k + 2] + margin for k in (0, 1))


def _reach(lies: Similarity, ends: Floats) -> float:
    """Points by which lines move at most."""
    return float(np.abs(lies.ends(ends) - ends).max())


def _shown(pen: Pen) -> tuple[int, ...]:
    """The colours of a pen, a little coarser: exporters round them differently."""
    return tuple(-1 if color < 0 else color >> 3 & 0x1F1F1F for color in (pen.stroke, pen.fill))


def _main(pen: Pen) -> int:
    """The colour by which a pen is known: that of its line, else of its filling."""
    stroke, fill = _shown(pen)
    return stroke if stroke >= 0 else fill


def _is_color(one: tuple[int, ...], other: tuple[int, ...], themes: dict[int, int]) -> bool:
    """Whether colours are the same, or became the other ones throughout."""
    return one == other or tuple(themes.get(color, color) for color in one) == other
