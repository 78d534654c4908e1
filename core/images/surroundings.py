"""Where a place went, judged by the matched words above and below it, and whether their lines still break alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.alignment import Alignment
from core.geometry import Box
from core.median import median

NEAREST = 8  #: words above, and as many below
SAME_BREAKS = 1.5  #: points that words of one line may move apart sideways without a new line break
RIGID, LOOSE = 12.0, 48.0  #: points that a picture may move with its words, where lines break alike and where not
MOST_IN_LINE = 60  #: words that are followed to the end of what stands above a place
SAME_WORDS = 12  #: before or after both places, of which half must be the same


@dataclass(frozen=True, slots=True)
class Anchor:
    """How the words above or below a place moved.

    Attributes:
        page: On the other side.
        dx: Points, likewise `dy`.
        is_above: The words stand above the place, so they carry its top; else its bottom.
        is_rigid: Their lines break as before.
        scale: How much larger they became.
        tokens: (old or new, the other side) indices of the pairs that say so.
        other: Indices of the same words on the other side.
    """

    page: int
    dx: float
    dy: float
    is_above: bool
    is_rigid: bool
    scale: float
    tokens: tuple[int, ...]
    other: tuple[int, ...]


class Surroundings:
    """The matched words around places of both documents."""

    def __init__(self, aligned: Alignment) -> None:
        self._aligned = aligned
        self._sides = []
        for tokens, at in zip(aligned.tokens, aligned.pairs, strict=True):
            words, lead = tokens.document.words, tokens.lead(at)
            self._sides.append((words.page[lead], words.box[lead].astype(np.float64)))
        self._known: dict[tuple[int, int, Box], list[Anchor]] = {}
        orders = [np.argsort(at, kind="stable") for at in aligned.pairs]
        self._in_order = [(at[order], order) for at, order in zip(aligned.pairs, orders, strict=True)]
        self._by_page = [np.argsort(pages, kind="stable") for pages, _ in self._sides]
        self._sizes = [{page.number: (page.width, page.height) for page in d.pages} for d in aligned.documents]

    def anchors(self, side: int, page: int, box: Box) -> list[Anchor]:
        """What the words above and below a place of a side (0 old, 1 new) say; empty on a page without such words."""
        key = side, page, box
        if key not in self._known:
            self._known[key] = self._anchors(side, page, box)
        return self._known[key]

    def _anchors(self, side: int, page: int, box: Box) -> list[Anchor]:
        pages, boxes = self._sides[side]
        order = self._by_page[side]
        start, stop = np.searchsorted(pages, [page, page + 1], sorter=order)
        here = order[start:stop]
        if not len(here):
            return []
        middle_x, middle_y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        found = []
        for is_above in (True, False):
            edge = box[1] if is_above else box[3]
            beyond = boxes[here, 3] <= middle_y if is_above else boxes[here, 1] >= middle_y
            near = here[beyond]
            if not len(near):
                continue
            off = np.maximum(np.maximum(boxes[near, 0] - box[2], box[0] - boxes[near, 2]), 0)
            height = np.abs((boxes[near, 3] if is_above else boxes[near, 1]) - edge)
            away = height + off / 2 + np.abs((boxes[near, 0] + boxes[near, 2]) / 2 - middle_x) / 100
            found.append(self._anchor(side, page, near[np.argsort(away, kind="stable")[:NEAREST]], is_above=is_above))
        return found

    def _anchor(self, side: int, page: int, near: NDArray[np.int64], *, is_above: bool) -> Anchor:
        boxes, (other_pages, other_boxes) = self._sides[side][1], self._sides[1 - side]
        target = int(np.bincount(other_pages[near]).argmax())
        near = near[other_pages[near] == target]
        move = other_boxes[near] - boxes[near]
        dx, dy = float(median(move[:, 0])), float(median(move[:, 1]))
        one, other = self._sizes[side][page], self._sizes[1 - side][target]
        same_paper = abs(one[0] - other[0]) < 2 and abs(one[1] - other[1]) < 2
        heights = (other_boxes[near, 3] - other_boxes[near, 1]) / np.maximum(boxes[near, 3] - boxes[near, 1], 0.1)
        rigid = same_paper and float(median(np.abs(move[:, 0] - dx))) <= SAME_BREAKS
        at = self._aligned.pairs
        tokens, others = at[side][near], at[1 - side][near]
        return Anchor(
            target, dx, dy, is_above, rigid, float(median(heights)), tuple(tokens.tolist()), tuple(others.tolist())
        )

    def expected(self, side: int, page: int, box: Box) -> list[tuple[int, Box]]:
        """The places on the other side at which that is to be expected which stands at a place."""
        found = [
            (a.page, (box[0] + a.dx, box[1] + a.dy, box[2] + a.dx, box[3] + a.dy))
            for a in self.anchors(side, page, box)
        ]
        partner = self._aligned.partners[side].get(page)
        return [*found, (partner, box)] if partner is not None else found

    def stays(self, old: tuple[int, Box], new: tuple[int, Box]) -> bool:
        """Whether two places are the same one: on the paper, or between the same words, whatever space is between."""
        (page, box), (other_page, other) = old, new
        top, bottom = box[1] - other[1], box[3] - other[3]
        on_paper = _across(box, other, 0) <= RIGID and min(abs(top), abs(bottom), abs(top + bottom) / 2) <= RIGID
        if on_paper and self._aligned.partners[0].get(page) == other_page:
            return True
        anchors = self.anchors(0, page, box)
        near = [anchor for anchor in anchors if anchor.page == other_page] or anchors
        moves = [(anchor.dx, RIGID if anchor.is_rigid and anchor.page == other_page else LOOSE) for anchor in near]
        if not any(a.is_rigid for a in near):
            moves.append((0.0, LOOSE))  # where lines break otherwise, words say little about sideways
        if all(_across(box, other, dx) > within for dx, within in moves):
            return False
        places = self._place_in_text(0, page, box), self._place_in_text(1, *new)
        return places[0] is not None and places[1] is not None and self._same_words(places[0], places[1])

    def _place_in_text(self, side: int, page: int, box: Box) -> int | None:
        """The token of the body before which a place stands in reading order, which goes on over pages."""
        body = self._aligned.tokens[side].bounds[1]
        for anchor in self.anchors(side, page, box):
            within = [token for token in anchor.tokens if token < body]
            if within:
                return self._after_line(side, page, box, max(within)) if anchor.is_above else min(within)
        return None

    def _after_line(self, side: int, page: int, box: Box, token: int) -> int:
        """The end of the words that go on after a token above a place and still stand above it."""
        tokens, order = self._in_order[side]
        pages, boxes = self._sides[side]
        rank = int(np.searchsorted(tokens, token)) + 1
        for at in order[rank : rank + MOST_IN_LINE].tolist():
            if pages[at] != page or boxes[at, 3] > (box[1] + box[3]) / 2:
                break
            rank += 1
        return int(tokens[rank - 1]) + 1

    def _same_words(self, old: int, new: int) -> bool:
        """Whether two places in the texts have the same matched words before them, or after."""
        at = int(np.searchsorted(self._aligned.pairs[0], old))
        there = int(np.searchsorted(self._in_order[1][0], new))
        for ours, theirs in (
            (slice(max(0, at - SAME_WORDS), at), slice(max(0, there - SAME_WORDS), there)),
            (slice(at, at + SAME_WORDS), slice(there, there + SAME_WORDS)),
        ):
            before = set(self._aligned.pairs[1][ours].tolist())
            if before and 2 * len(before & set(self._in_order[1][0][theirs].tolist())) >= len(before):
                return True
        return False


def _across(box: Box, other: Box, dx: float) -> float:
    """How far a picture went sideways more than its words: by its left edge, right edge or middle."""
    return min(
        abs(box[0] + dx - other[0]), abs(box[2] + dx - other[2]), abs((box[0] + box[2] - other[0] - other[2]) / 2 + dx)
    )
