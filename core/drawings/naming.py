"""The words that stand by a place of a drawing: what a person would call what changed there."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.alignment import Alignment
from core.drawings.joining import Floats
from core.drawings.registration import Similarity
from core.geometry import Box, rows_of_page

NEAREST = 2  #: words that are part of the name of a change
FARTHEST = 60.0  #: points from it
LEAST_SHIFT = 2.0  #: points by which a word must have moved to tell of something that did
SAME_SHIFT = 0.7  #: points between the displacements of a word and of what goes with it
LETTER = 1.6  #: heights of a word: what is no higher, and no farther from it, may be letters of it
MOST_SHIFTS = 16  #: displacements that are tried because words tell of them


class Labels:
    """The matched words of both documents by place."""

    def __init__(self, aligned: Alignment) -> None:
        self._aligned = aligned
        centres = [
            (t.document.words.box[t.lead(at)][:, :2] + t.document.words.box[t.lead(at)][:, 2:]) / 2
            for t, at in zip(aligned.tokens, aligned.pairs, strict=True)
        ]
        self._pairs = [
            (t.document.words.page[t.lead(at)], c.astype(np.float64))
            for t, at, c in zip(aligned.tokens, aligned.pairs, centres, strict=True)
        ]
        self._boxes = [
            t.document.words.box[t.lead(at)].astype(np.float64)
            for t, at in zip(aligned.tokens, aligned.pairs, strict=True)
        ]
        self._sides: list[tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.int64]]] = []
        for tokens, at in zip(aligned.tokens, aligned.pairs, strict=True):
            words, lead = tokens.document.words, tokens.lead(at)
            order = np.argsort(words.page[lead], kind="stable")
            self._sides.append((words.page[lead][order], words.box[lead][order], np.asarray(at)[order]))

    def around(self, side: int, page: int, box: Box) -> tuple[list[int], tuple[str, str]]:
        """The nearest matched tokens of a side, the nearest first, and the texts of two of them."""
        pages, boxes, tokens = self._sides[side]
        first, stop = rows_of_page(pages, page)
        if first == stop:
            return [], ("", "")
        there = boxes[first:stop].astype(np.float64)
        x = np.maximum(np.maximum(box[0] - there[:, 2], there[:, 0] - box[2]), 0)
        y = np.maximum(np.maximum(box[1] - there[:, 3], there[:, 1] - box[3]), 0)
        away = np.round(np.hypot(x, y), 1)
        near = np.argsort(away, kind="stable")[:NEAREST]
        near = near[away[near] <= FARTHEST]
        found = tokens[first:stop][near].tolist()
        every = self._aligned.tokens[side]
        texts = [every.keys[every.key[token]] for token in found]
        return found, (texts[0] if texts else "", texts[1] if len(texts) > 1 else "")

    def carries(
        self, side: int, pages: tuple[int, int], box: Box, shift: tuple[float, float], lies: Similarity
    ) -> bool:
        """Whether something no higher than a letter goes with a word on its line that moved as it did.

        Args:
            side: Of the first sheet; `pages`, `shift` and `lies` as in `shifts`.
            box: Of the thing on the first sheet.
        """
        (one_page, one), (other_page, other) = self._pairs[side], self._pairs[1 - side]
        rows = np.flatnonzero((one_page == pages[0]) & (other_page == pages[1]))
        if not len(rows):
            return False
        words = self._boxes[side][rows]
        gone = other[rows] - lies.points(one[rows])
        alike = (np.abs(gone - np.array(shift)) <= SAME_SHIFT).all(axis=1)
        wide, high = words[:, 2] - words[:, 0], words[:, 3] - words[:, 1]
        size = np.minimum(wide, high)
        small = min(box[2] - box[0], box[3] - box[1]) <= LETTER * size
        reach = np.array([box[0], box[1], -box[2], -box[3]]) - np.stack(
            (words[:, 2], words[:, 3], -words[:, 0], -words[:, 1]), axis=1
        )
        apart_x, apart_y = np.maximum(reach[:, 0], reach[:, 2]), np.maximum(reach[:, 1], reach[:, 3])
        level = (apart_y < 0) & (apart_x <= LETTER * size) & (wide >= high)
        upright = (apart_x < 0) & (apart_y <= LETTER * size) & (wide < high)
        return bool((alike & small & (level | upright)).any())

    def stay(self, side: int, pages: tuple[int, int], lies: Similarity) -> tuple[int, float]:
        """How many words two sheets share, and the share of them that stand where the first lies on the second."""
        (one_page, one), (other_page, other) = self._pairs[side], self._pairs[1 - side]
        both = (one_page == pages[0]) & (other_page == pages[1])
        gone = np.abs(other[both] - lies.points(one[both]))
        return int(both.sum()), float((gone <= LEAST_SHIFT).all(axis=1).mean()) if both.any() else 1.0

    def shifts(self, side: int, pages: tuple[int, int], lies: Similarity) -> Floats:
        """(n, 2) by how much words moved on their sheet, those by which most words did first.

        Args:
            side: Of the first sheet.
            pages: Of the first sheet, and of the second one, on which the displacements are told.
            lies: How the first lies on the second.
        """
        (one_page, one), (other_page, other) = self._pairs[side], self._pairs[1 - side]
        both = (one_page == pages[0]) & (other_page == pages[1])
        gone = other[both] - lies.points(one[both])
        gone = gone[np.abs(gone).max(axis=1) > LEAST_SHIFT]
        if not len(gone):
            return np.zeros((0, 2))
        _, code, count = np.unique(np.round(gone), axis=0, return_inverse=True, return_counts=True)
        order = np.argsort(-count, kind="stable")[:MOST_SHIFTS]
        found: Floats = np.array([np.median(gone[code.reshape(-1) == k], axis=0) for k in order.tolist()])
        return found
