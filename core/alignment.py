"""What comparing the words has found out; every other layer starts from it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from core.geometry import Box, Boxes, rows_of_page
from core.median import median
from core.model import Document, PagePair
from core.tables.finding import TablePages
from core.text.lines import Lines
from core.text.matching import goes_first
from core.text.moves import Moved, turned_moves
from core.text.printing import Printer
from core.text.roles import Roles
from core.text.sequence import Hunk, turned_hunk
from core.text.tokens import Tokens

NEAREST = 12  #: matched words around a place that say where it went


@dataclass(frozen=True)
class Alignment:
    """Both documents, side by side; pairs of fields are (old, new).

    Attributes:
        documents: As read, blind pages settled.
        lines: Of all words.
        roles: Of all lines.
        tokens: What was aligned.
        found: Unmatched stretches of tokens, those inside moved blocks excluded.
        moves: Blocks found elsewhere.
        pairs: Indices of the equal tokens, (m,) each, ascending in old; those of moved blocks included.
        page_map: Which page became which.
        moved_pages: The (old, new) pages that left the common order.
        tables: The tables of both sides, found when they are asked for.
    """

    documents: tuple[Document, Document]
    lines: tuple[Lines, Lines]
    roles: tuple[Roles, Roles]
    tokens: tuple[Tokens, Tokens]
    found: list[Hunk]
    moves: list[Moved]
    pairs: tuple[NDArray[np.int64], NDArray[np.int64]]
    page_map: tuple[PagePair, ...]
    moved_pages: frozenset[tuple[int, int]]
    tables: tuple[TablePages, TablePages]

    @cached_property
    def printers(self) -> tuple[Printer, Printer]:
        """What prints the tokens of each side."""
        return Printer(self.tokens[0]), Printer(self.tokens[1])

    @cached_property
    def partners(self) -> tuple[dict[int, int], dict[int, int]]:
        """New page by old page, and old page by new page, of the pages that have a partner."""
        both = [(p.old, p.new) for p in self.page_map if p.old is not None and p.new is not None]
        return dict(both), {new: old for old, new in both}

    @cached_property
    def page_of(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """By token of a side, the page on which it begins."""
        old, new = (t.document.words.page[t.lead()] if len(t) else np.zeros(0, np.int32) for t in self.tokens)
        return old, new

    @property
    def words_matched(self) -> tuple[int, int, int]:
        """How many words the old and the new document have, and how many of the old have their like in the new.

        A word broken at a line end is one; so is one that the documents cut differently.
        """
        return len(self.tokens[0]), len(self.tokens[1]), int(np.count_nonzero(~self.unmatched(0)))

    def unmatched(self, side: int, *, with_edits: bool = True) -> NDArray[np.bool_]:
        """(n,) the tokens of a side that differ, outside of moved blocks; and the edits inside them if wanted."""
        free = np.zeros(len(self.tokens[side]), bool)
        for hunk in self.found:
            free[hunk[2 * side] : hunk[2 * side + 1]] = True
        for move in self.moves:
            free[slice(*move.span(side))] = False
            for hunk in move.edits if with_edits else ():
                free[hunk[2 * side] : hunk[2 * side + 1]] = True
        return free

    def carried(self, side: int, page: int, box: Box) -> tuple[int, Box] | None:
        """Where on the other side that is which stands at a place of `side` (0 old, 1 new), judged by the words around.

        Without matched words it is the same place of the partner page; None when there is no partner either.
        """
        pages, centres, other_pages, other_centres = self._matched[side]
        start, stop = rows_of_page(pages, page)
        if start == stop:
            partner = self.partners[side].get(page)
            return None if partner is None else (partner, box)
        middle = np.array([(box[0] + box[2]) / 2, (box[1] + box[3]) / 2], np.float32)
        away = np.abs(centres[start:stop] - middle) @ np.array([0.25, 1.0], np.float32)  # a line is wider than high
        near = np.argsort(away, kind="stable")[:NEAREST] + start
        target = int(np.bincount(other_pages[near]).argmax())
        near = near[other_pages[near] == target]
        dx, dy = median(other_centres[near] - centres[near]).tolist()
        return target, (box[0] + dx, box[1] + dy, box[2] + dx, box[3] + dy)

    def taken_along(self, side: int, page: int, box: Box, count: int) -> list[tuple[int, Box]]:
        """Where each of the matched words nearest to a place of `side` would take it: in reflow they differ."""
        pages, centres, other_pages, other_centres = self._matched[side]
        start, stop = rows_of_page(pages, page)
        corners = np.array(box, np.float32)
        outside = np.maximum(corners[:2] - centres[start:stop], centres[start:stop] - corners[2:])
        near = np.argsort(np.clip(outside, 0, None).sum(axis=1), kind="stable")[:count] + start
        shifts = (other_centres[near] - centres[near]).tolist()
        return [
            (int(other), (box[0] + dx, box[1] + dy, box[2] + dx, box[3] + dy))
            for other, (dx, dy) in zip(other_pages[near], shifts, strict=True)
        ]

    @cached_property
    def first(self) -> int:
        """The side of the lesser document, 0 old or 1 new; what begins with it gives swapped sides mirrored results."""
        return 0 if goes_first(*self.tokens) else 1

    def turned(self) -> Alignment:
        """The same with the sides swapped; pages stay in the order in which they are listed."""
        old, new = self.pairs
        order = np.argsort(new, kind="stable")
        return Alignment(
            self.documents[::-1],
            self.lines[::-1],
            self.roles[::-1],
            self.tokens[::-1],
            [turned_hunk(hunk) for hunk in self.found],
            turned_moves(self.moves),
            (new[order], old[order]),
            tuple(replace(pair, old=pair.new, new=pair.old) for pair in self.page_map),
            frozenset((b, a) for a, b in self.moved_pages),
            self.tables[::-1],
        )

    def shifts(self, side: int, page: int) -> NDArray[np.float32]:
        """(n, 2) how far each matched word of a page of `side` went on the page that has most of them."""
        pages, centres, other_pages, other_centres = self._matched[side]
        start, stop = rows_of_page(pages, page)
        if start == stop:
            return np.zeros((0, 2), np.float32)
        there = other_pages[start:stop] == np.bincount(other_pages[start:stop]).argmax()
        return np.asarray((other_centres[start:stop] - centres[start:stop])[there])

    @cached_property
    def _matched(self) -> tuple[_Matched, _Matched]:
        """For each side the pages and centres of its matched words, by page, and those of their partners."""
        places = [
            (words.page[lead], _centres(words.box[lead]))
            for words, lead in (
                (tokens.document.words, tokens.lead(at)) for tokens, at in zip(self.tokens, self.pairs, strict=True)
            )
        ]
        (old_pages, old_at), (new_pages, new_at) = places
        by_old, by_new = np.argsort(old_pages, kind="stable"), np.argsort(new_pages, kind="stable")
        return (
            (old_pages[by_old], old_at[by_old], new_pages[by_old], new_at[by_old]),
            (new_pages[by_new], new_at[by_new], old_pages[by_new], old_at[by_new]),
        )


_Matched = tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.int32], NDArray[np.float32]]


def _centres(boxes: Boxes) -> NDArray[np.float32]:
    return ((boxes[:, :2] + boxes[:, 2:]) / 2).astype(np.float32, copy=False)
