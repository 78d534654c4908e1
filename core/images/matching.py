"""Which picture of the old document is which of the new one: by what it shows, then by where it stands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.geometry import Box
from core.images.likeness import SAME, UNKNOWN, Likeness, likeness
from core.images.look import averaged, read_look
from core.images.surroundings import Surroundings
from core.model import Image

SUMMARY = 6  #: cells along a side of the summary by which looks worth comparing are found
LEAST_LIKE = 24.0  #: mean difference of summaries, of 256, of pictures that may be the same or one edited
MOST_TRIED = 6  #: looks that are compared with one, the most alike first
MOST_PLACES = 12  #: of one look that are tried for a picture, the nearest pages first
MOST_COMPARED = 20_000  #: pairs of looks; further ones count as different
SAME_PLACE = 0.25  #: of the smaller of two boxes must be shared to stand at the same place
SAME_SHAPE = 1.25  #: between the proportions of two pictures that may show the same


_NONE = np.zeros(0, np.int64), np.zeros((0, 4))


@dataclass(frozen=True, slots=True)
class Match:
    """A picture of each side that belong together; indices of both lists, and how alike they are."""

    old: int
    new: int
    likeness: Likeness
    stays: bool


class Matcher:
    """Pairs the pictures of two documents one to one."""

    def __init__(self, old: Sequence[Image], new: Sequence[Image], around: Surroundings) -> None:
        self._images, self._around = (old, new), around
        self._free = set(range(len(old))), set(range(len(new)))
        by_page: dict[int, list[int]] = defaultdict(list)
        for j, image in enumerate(new):
            by_page[image.page].append(j)
        self._on_page = {
            page: (np.array(there), np.array([new[j].box for j in there], np.float64))
            for page, there in by_page.items()
        }
        self._compared = 0
        self.matches: list[Match] = []

    def run(self) -> list[Match]:
        """All matches in the order of the old document."""
        self._expected = [self._around.expected(0, image.page, image.box) for image in self._images[0]]
        self._in_place(only_same=True)
        self._elsewhere()
        self._in_place(only_same=False)
        self.matches.sort(key=lambda match: match.old)
        return self.matches

    def _in_place(self, *, only_same: bool) -> None:
        """Pair what stands where it is expected, the nearest pairs first: equal ones, or whatever is left."""
        scored = []
        for k in sorted(self._free[0]):
            near: dict[int, float] = {}
            for page, box in self._expected[k]:
                there, boxes = self._on_page.get(page, _NONE)
                shared, away = _shared(box, boxes), np.abs(boxes - np.array(box)).max(axis=1)
                for at in np.flatnonzero(shared >= SAME_PLACE).tolist():
                    j = int(there[at])
                    if j in self._free[1]:
                        near[j] = min(near.get(j, np.inf), float(away[at]))
            nearest = sorted((away, j) for j, away in near.items())[:MOST_TRIED]
            scored += [(away, k, j) for away, j in nearest]
        for _, k, j in sorted(scored):
            if k not in self._free[0] or j not in self._free[1]:
                continue
            found = self.alike(self._images[0][k], self._images[1][j])
            if found.is_same or not only_same:
                self._take(k, j, found)

    def _elsewhere(self) -> None:
        """Pair equal pictures wherever they stand: those still with their words first, then the nearest."""
        by_look: dict[str, list[int]] = defaultdict(list)
        for j in sorted(self._free[1]):
            by_look[self._images[1][j].look or self._images[1][j].digest].append(j)
        looks = _Looks(by_look)
        pages = {look: np.array([self._images[1][j].page for j in where]) for look, where in by_look.items()}
        wanted: list[tuple[bool, float, int, int]] = []
        for k in sorted(self._free[0]):
            image = self._images[0][k]
            places = self._expected[k] or [(image.page, image.box)]
            for look in looks.like(image.look or image.digest):
                if not self.alike(image, self._images[1][by_look[look][0]]).is_same:
                    continue
                nearest = np.argsort(np.abs(pages[look] - places[0][0]), kind="stable")[:MOST_PLACES]
                for j in (by_look[look][at] for at in nearest.tolist()):
                    other = self._images[1][j]
                    away = min(1e4 * abs(page - other.page) + _distance(box, other.box) for page, box in places)
                    wanted.append((not self._stays(k, j), away, k, j))
        for _, _, k, j in sorted(wanted):
            if k in self._free[0] and j in self._free[1]:
                self._take(k, j, SAME)

    def alike(self, old: Image, new: Image) -> Likeness:
        """How alike two pictures are."""
        if old.digest == new.digest and old.look == new.look:
            return SAME
        spaces = [image.properties.get("color_space", "") for image in (old, new)]
        if _proportions(old) > SAME_SHAPE * _proportions(new) or _proportions(new) > SAME_SHAPE * _proportions(old):
            return UNKNOWN
        self._compared += 1
        if self._compared > MOST_COMPARED:
            return UNKNOWN
        return likeness(old.look, new.look, is_cmyk=spaces.count("CMYK") == 1)

    def _stays(self, k: int, j: int) -> bool:
        old, new = self._images[0][k], self._images[1][j]
        return self._around.stays((old.page, old.box), (new.page, new.box))

    def _take(self, k: int, j: int, found: Likeness) -> None:
        self._free[0].discard(k)
        self._free[1].discard(j)
        self.matches.append(Match(k, j, found, self._stays(k, j)))


class _Looks:
    """Finds, among many looks, the few that are worth comparing with one."""

    def __init__(self, looks: Iterable[str]) -> None:
        self._looks = list(looks)
        self._known = set(self._looks)
        self._summaries = np.stack([_summary(look) for look in self._looks]) if self._looks else np.zeros((0, 1))
        self._found: dict[str, list[str]] = {}

    def like(self, look: str) -> list[str]:
        """The most alike ones, an equal one first."""
        if look not in self._found:
            away = np.abs(self._summaries - _summary(look)).mean(axis=1) if self._looks else np.zeros(0)
            order = np.argsort(away, kind="stable")[:MOST_TRIED]
            near = [self._looks[k] for k in order.tolist() if away[k] <= LEAST_LIKE]
            self._found[look] = [look, *(one for one in near if one != look)] if look in self._known else near
        return self._found[look]


def _summary(look: str) -> NDArray[np.float64]:
    found = read_look(look)
    if found is None:
        return np.full(SUMMARY * SUMMARY * 3, 1e6)
    return averaged(found.cells, SUMMARY, SUMMARY).astype(np.float64).ravel()


def _shared(box: Box, boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,) what a box shares with others, over the smaller of both."""
    size = np.minimum(boxes[:, 2:], np.array(box[2:])) - np.maximum(boxes[:, :2], np.array(box[:2]))
    own = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    least = np.minimum(own, (box[2] - box[0]) * (box[3] - box[1]))
    return np.asarray(np.maximum(size, 0).prod(axis=1) / np.maximum(least, 1e-6))


def _distance(box: Box, other: Box) -> float:
    return max(abs(a - b) for a, b in zip(box, other, strict=True))


def _proportions(image: Image) -> float:
    return (image.box[2] - image.box[0]) / max(image.box[3] - image.box[1], 1e-6)
