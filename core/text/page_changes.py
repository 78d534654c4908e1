"""Pages that came, went or changed their place, each told as one change."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.alignment import Alignment
from core.model import Kind, Layer, PagePair, Region, Severity, Side
from core.report import Place, Report
from core.text.printing import Printer
from core.text.spans import spans_of

NEW_PAGE_SHARE = 0.85  #: of its words must be unmatched for a page to be told as inserted or deleted
MOVED_PAGE_SIMILARITY = 0.8  #: below, a block moved, and more than that stands on the page


class PageChanges:
    """Tells whole pages.

    Attributes:
        moved: (old, new) pages told as moved: a block that moved with its page is not told again.
    """

    def __init__(
        self,
        aligned: Alignment,
        report: Report,
        printers: tuple[Printer, Printer],
        covered: tuple[NDArray[np.bool_], NDArray[np.bool_]],
    ) -> None:
        """`covered` is by token of a side; the words of pages that are told are marked there."""
        self._aligned, self._report = aligned, report
        self._print, self._covered = printers, covered
        self.moved: set[tuple[int, int]] = set()

    def add(self) -> None:
        """Tell them all; their words are then not told again."""
        free = [self._aligned.unmatched(side, with_edits=False) for side in (0, 1)]
        page_map = self._aligned.page_map
        alone = (
            [p.old for p in page_map if p.new is None and p.old],
            [p.new for p in page_map if p.old is None and p.new],
        )
        for side, kind in ((0, Kind.DELETED), (1, Kind.INSERTED)):
            for number in alone[side]:
                self._lone_page(side, kind, int(number), free[side])
        moved = [p for p in page_map if (p.old, p.new) in self._aligned.moved_pages]
        for group in _together(moved):
            self._moved_group(group)

    def _lone_page(self, side: int, kind: Kind, number: int, free: NDArray[np.bool_]) -> None:
        here = np.flatnonzero(self._aligned.page_of[side] == number)
        unmatched = here[free[here]]
        if len(here) and len(unmatched) < NEW_PAGE_SHARE * len(here):
            return  # its words come from other pages: reflow
        self._covered[side][unmatched] = True
        content = Side(self._print[side].spans(spans_of(unmatched)), (self._whole_page(side, number),))
        self._report.tell(
            Layer.PAGE,
            kind,
            Severity.MAJOR,
            (content, None) if side == 0 else (None, content),
            {"reason": f"page {kind}", "page": number},
            place=self._place(side, number),
        )

    def _moved_group(self, group: list[PagePair]) -> None:
        pairs = [
            (p.old, p.new)
            for p in group
            if p.old is not None and p.new is not None and p.similarity >= MOVED_PAGE_SIMILARITY
        ]
        if not pairs:
            return
        self.moved.update(pairs)
        sides = []
        for side in (0, 1):
            numbers = [pair[side] for pair in pairs]
            at = np.flatnonzero(np.isin(self._aligned.page_of[side], numbers))
            sides.append(Side(self._print[side].spans(spans_of(at)), tuple(self._whole_page(side, n) for n in numbers)))
        detail = {"reason": "page moved", "pages": [list(pair) for pair in pairs]}
        self._report.tell(
            Layer.PAGE, Kind.MOVED, Severity.NORMAL, (sides[0], sides[1]), detail, place=self._place(1, pairs[0][1])
        )

    def _whole_page(self, side: int, number: int) -> Region:
        page = next(p for p in self._aligned.documents[side].pages if p.number == number)
        return Region(number, (0.0, 0.0, page.width, page.height))

    def _place(self, side: int, number: int) -> Place:
        body = self._aligned.page_of[side][: self._aligned.tokens[side].bounds[1]]
        return self._report.place_of_token(side, int(np.searchsorted(body, number)))


def _together(pairs: list[PagePair]) -> list[list[PagePair]]:
    """Neighbouring pages that moved together."""
    groups: list[list[PagePair]] = []
    for pair in sorted(pairs, key=lambda p: p.new or 0):
        last = groups[-1][-1] if groups else None
        if (
            last is not None
            and last.old is not None
            and last.new is not None
            and (last.old + 1, last.new + 1) == (pair.old, pair.new)
        ):
            groups[-1].append(pair)
        else:
            groups.append([pair])
    return groups
