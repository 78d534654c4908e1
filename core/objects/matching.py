"""Which thing of the old document became which of the new one; swapped sides give the mirrored pairs.

First by name, then by the words both stand on, then by the place to which the words around it went; what is left has
come or gone, and a comment that turns up elsewhere with the same content has moved.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from math import inf

import numpy as np

from core.alignment import Alignment
from core.geometry import Box
from core.median import median
from core.model import Layer
from core.objects.things import Thing

NEAR_POINTS = 10.0  #: centres so near are one place
SAME_PLACE = 0.3  #: boxes that share so much of both are one place
LEAST_SHARE = 0.5  #: of the words two things stand on, if their content differs
FAR_POINTS = 60.0  #: where content is equal, so far away it is still the next of its kind
MOVED_POINTS = 9.0  #: less is what another line break or typesetter makes of the same place
MOVED_IN_REFLOW_POINTS = 24.0
NEIGHBOURS = 20  #: words around a place, each of which may have taken it along in reflow
STIR_POINTS = 2.0  #: spread of a page's words around their common shift that means reflow

Same = Callable[[Thing, Thing], bool]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two things that are one; `moved` says that it left its place."""

    old: Thing
    new: Thing
    moved: bool


class Matcher:
    """Matches the things of two aligned documents."""

    def __init__(self, aligned: Alignment) -> None:
        self._aligned = aligned
        old, new = (side.tolist() for side in aligned.pairs)
        self._partner = dict(zip(old, new, strict=True)), dict(zip(new, old, strict=True))
        self._first = aligned.first  #: whose things are looked for among those of the other side
        self._is_stirred = lru_cache(maxsize=None)(self._stirred)

    def went(self, side: int, thing: Thing) -> set[int]:
        """The tokens of the other side that a thing's tokens became."""
        partner = self._partner[side]
        return {partner[token] for token in thing.tokens if token in partner}

    def match(self, olds: list[Thing], news: list[Thing], same: Same) -> tuple[list[Pair], list[Thing], list[Thing]]:
        """Pairs, and what is left of both sides; all of one layer and sort."""
        sides = (olds, news) if self._first == 0 else (news, olds)
        work = _Work(*sides)
        self._by_key(work)
        self._by_words(work, same)
        self._by_place(work, same)
        if olds and olds[0].layer == Layer.ANNOTATION:
            self._by_content(work, same)
        if olds and olds[0].layer == Layer.LINK:
            self._by_target(work, same)
        pairs = [self._pair(sides[0][i], sides[1][j]) for i, j in work.pairs]
        left = [[things[k] for k in work.left(side)] for side, things in enumerate(sides)]
        return pairs, left[self._first], left[1 - self._first]

    def _pair(self, one: Thing, other: Thing) -> Pair:
        old, new = (one, other) if self._first == 0 else (other, one)
        return Pair(old, new, self._has_moved(one, other))

    def _is_same(self, same: Same, one: Thing, other: Thing) -> bool:
        return same(one, other) if self._first == 0 else same(other, one)

    def _by_key(self, work: _Work) -> None:
        counts = [Counter(thing.key for thing in side) for side in (work.ones, work.others)]
        at = {thing.key: j for j, thing in enumerate(work.others)}
        for i, thing in enumerate(work.ones):
            if thing.key and counts[0][thing.key] == counts[1][thing.key] == 1:
                work.take(i, at[thing.key])

    def _by_words(self, work: _Work, same: Same) -> None:
        holders: dict[int, list[int]] = defaultdict(list)
        for j in work.left(1):
            for token in work.others[j].tokens:
                holders[token].append(j)
        candidates = []
        for i in work.left(0):
            went = self.went(self._first, work.ones[i])
            for j, common in Counter(j for token in went for j in holders.get(token, ())).items():
                share = common / max(len(went), len(self.went(1 - self._first, work.others[j])))
                is_same = self._is_same(same, work.ones[i], work.others[j])
                if is_same or share >= LEAST_SHARE:
                    candidates.append((not is_same, -share, abs(i - j), i, j))
        work.take_best(candidates)

    def _by_place(self, work: _Work, same: Same) -> None:
        standing = _Standing((j, work.others[j]) for j in work.left(1))
        candidates = []
        for i in work.left(0):
            places = self._places(work.ones[i])
            for j in standing.near(places):
                away, shared = _nearest(places, work.others[j])
                fits = away <= NEAR_POINTS or shared >= SAME_PLACE
                if not fits and away > FAR_POINTS:
                    continue
                is_same = self._is_same(same, work.ones[i], work.others[j])
                if fits or (is_same and away <= FAR_POINTS):
                    candidates.append((not (is_same and fits), away, not is_same, i, j))
        work.take_best(candidates)

    def _by_content(self, work: _Work, same: Same) -> None:
        waiting: dict[tuple[str, str], list[int]] = defaultdict(list)
        for j in work.left(1):
            waiting[_content(work.others[j])].append(j)
        for i in work.left(0):
            found = waiting.get(_content(work.ones[i]), [])
            if (
                found
                and (work.ones[i].text or work.ones[i].words)
                and self._is_same(same, work.ones[i], work.others[found[0]])
            ):
                work.take(i, found.pop(0))

    def _by_target(self, work: _Work, same: Same) -> None:
        """Links out of the document that went with words which were rewritten or taken elsewhere."""
        waiting: dict[str, list[int]] = defaultdict(list)
        for j in work.left(1):
            waiting[work.others[j].properties.get("target", "")].append(j)
        for i in work.left(0):
            target = work.ones[i].properties.get("target", "")
            for j in waiting[target] if target else ():
                rewritten = self._is_rewritten(self._first, work.ones[i]) or self._is_rewritten(
                    1 - self._first, work.others[j]
                )
                if rewritten and self._is_same(same, work.ones[i], work.others[j]):
                    waiting[target].remove(j)
                    work.take(i, j)
                    break

    def _is_rewritten(self, side: int, thing: Thing) -> bool:
        """Whether most of the words it stands on are not there on the other side."""
        return 2 * len(self.went(side, thing)) < len(thing.tokens)

    def _places(self, thing: Thing) -> list[tuple[int, Box]]:
        """Where a thing is looked for: where the words around went, in reflow where each of the nearest went."""
        if not thing.regions:
            return []
        page, box = thing.regions[0].page, thing.regions[0].box
        place = self._aligned.carried(self._first, page, box)
        found = [place] if place is not None else []
        if thing.layer == Layer.LINK:
            return found  # there may be thousands, and those that stand on the same words have found each other
        return (
            found + self._aligned.taken_along(self._first, page, box, NEIGHBOURS) if self._is_stirred(page) else found
        )

    def _has_moved(self, one: Thing, other: Thing) -> bool:
        """Whether it stands elsewhere than the words around it went to; what stands on the same words does not."""
        if self.went(self._first, one).intersection(other.tokens) or one.layer == Layer.LINK:
            return False
        places = self._places(one)
        if not places or not other.regions:
            return False
        limit = MOVED_IN_REFLOW_POINTS if self._is_stirred(one.regions[0].page) else MOVED_POINTS
        return _nearest(places, other)[0] > limit

    def _stirred(self, page: int) -> bool:
        """Whether the words of a page did not all go the same way."""
        shifts = self._aligned.shifts(self._first, page)
        if len(shifts) < 2:
            return True
        return bool(median(np.abs(shifts - median(shifts))).max() > STIR_POINTS)


class _Work:
    """What is matched and what is left."""

    def __init__(self, ones: list[Thing], others: list[Thing]) -> None:
        self.ones, self.others = ones, others
        self.pairs: list[tuple[int, int]] = []
        self._taken: tuple[set[int], set[int]] = set(), set()

    def left(self, side: int) -> list[int]:
        return [k for k in range(len((self.ones, self.others)[side])) if k not in self._taken[side]]

    def take(self, i: int, j: int) -> None:
        self.pairs.append((i, j))
        self._taken[0].add(i)
        self._taken[1].add(j)

    def take_best(self, candidates: Iterable[tuple[bool, float, float, int, int]]) -> None:
        for *_, i, j in sorted(candidates):
            if i not in self._taken[0] and j not in self._taken[1]:
                self.take(i, j)


class _Standing:
    """Things by the places where they stand, to find those near a place without asking each of its page."""

    def __init__(self, things: Iterable[tuple[int, Thing]]) -> None:
        on_page: dict[int, list[tuple[int, Box]]] = defaultdict(list)
        for j, thing in things:
            for region in thing.regions:
                on_page[region.page].append((j, region.box))
        self._on_page = {
            page: (np.array([j for j, _ in found]), np.array([box for _, box in found], np.float64))
            for page, found in on_page.items()
        }

    def near(self, places: list[tuple[int, Box]]) -> list[int]:
        """Numbers of the things of which a box is near one of the places or shares enough with it, ascending."""
        found: set[int] = set()
        for page, box in places:
            if page in self._on_page:
                numbers, boxes = self._on_page[page]
                corners = np.array(box, np.float64)
                # Boxes that share area have centres nearer than the larger is wide and high; a point is for rounding.
                size = np.maximum(boxes[:, 2:] - boxes[:, :2], corners[2:] - corners[:2])
                away = np.abs(boxes[:, :2] + boxes[:, 2:] - corners[:2] - corners[2:]) / 2
                at = (away <= np.maximum(size, FAR_POINTS) + 1.0).all(axis=1)
                found.update(numbers[at].tolist())
        return sorted(found)


def _content(thing: Thing) -> tuple[str, str]:
    return thing.text, thing.words


def _nearest(places: list[tuple[int, Box]], thing: Thing) -> tuple[float, float]:
    """How far the nearest of these places is from those of a thing, and the largest share of both that overlaps."""
    pairs = [(box, region.box) for page, box in places for region in thing.regions if region.page == page]
    if not pairs:
        return inf, 0.0
    return min(_distance(*pair) for pair in pairs), max(_shared(*pair) for pair in pairs)


def _distance(one: Box, other: Box) -> float:
    """Between the centres."""
    return float(np.hypot(one[0] + one[2] - other[0] - other[2], one[1] + one[3] - other[1] - other[3])) / 2


def _shared(one: Box, other: Box) -> float:
    """Area of both over the area of either."""
    both = max(0.0, min(one[2], other[2]) - max(one[0], other[0])) * max(
        0.0, min(one[3], other[3]) - max(one[1], other[1])
    )
    either = (one[2] - one[0]) * (one[3] - one[1]) + (other[2] - other[0]) * (other[3] - other[1]) - both
    return both / either if either > 0 else 0.0
