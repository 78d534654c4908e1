"""Which pages are drawings, and which of their lines are the drawing's: not the rules of text and of tables."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.drawings.joining import Floats
from core.drawings.lines import Lines, lengths_of, lines_from
from core.geometry import rows_of_page
from core.model import Document, Flag, Page
from core.text.lines import label_pages

#: Of a page of scattered labels, or without words, so many lines make a drawing; of one of prose with so much more.
LEAST_LINES, LEAST_AMONG_PROSE = 30, 200
FIELD = 24.0  #: points: the page is cut into fields of that size
DRAWN_SHARE = 0.25  #: of the fields of a page of prose that a drawing must run through
LEAST_SLANTED = 8  #: lines neither level nor upright, that a drawing has and a form or a table has not
LETTERED = 0.5  #: share of the words of a page that are hidden, where letters are drawn with lines
LETTER_SLACK = 0.25  #: heights of a word around it, in which its letters are drawn


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """A page of a document as a drawing.

    Attributes:
        page: With its size.
        lines: That it is drawn with.
        is_drawing: Whether it is one at all, and no page of text.
    """

    page: Page
    lines: Lines
    is_drawing: bool

    @property
    def diagonal(self) -> float:
        return float(np.hypot(self.page.width, self.page.height))


class Sheets:
    """The pages of one document as drawings."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._labels = label_pages(document.words)
        self._pages = {page.number: page for page in document.pages}

    def sheet(self, number: int) -> Sheet:
        """One page."""
        strokes = self._document.strokes
        first, stop = rows_of_page(strokes.page, number)
        lines = lines_from(strokes.ends[first:stop], strokes.pen[first:stop])
        page = self._pages[number]
        return Sheet(page, lines, self._is_drawing(page, lines))

    def is_lettered(self, number: int) -> bool:
        """Whether the letters of a page are drawn with lines, and its words lie over them unseen."""
        flags = self._words(number)[1]
        hidden = (flags & int(Flag.INVISIBLE)) != 0
        return bool(len(flags) and hidden.mean() > LETTERED)

    def without_letters(self, sheet: Sheet) -> Sheet:
        """A sheet without the lines with which its words are lettered: those are compared as words."""
        box, flags = self._words(sheet.page.number)
        box = box[(flags & int(Flag.INVISIBLE)) != 0]
        lines = sheet.lines
        if not len(box) or not len(lines):
            return sheet
        return Sheet(sheet.page, lines.chosen(~_inside(lines.ends, box)), sheet.is_drawing)

    def _words(self, number: int) -> tuple[Floats, NDArray[np.uint32]]:
        words = self._document.words
        first, stop = rows_of_page(words.page, number)
        return words.box[first:stop].astype(np.float64), words.flags[first:stop]

    def _is_drawing(self, page: Page, lines: Lines) -> bool:
        if len(lines) < LEAST_LINES:
            return False
        box, _ = self._words(page.number)
        prose = len(box) > 0 and page.number not in self._labels
        across = np.abs(lines.ends[:, 2:] - lines.ends[:, :2])
        if int((across.min(axis=1) > 0.5).sum()) < LEAST_SLANTED and prose:
            return False
        if not prose:
            return True
        if len(lines) < LEAST_AMONG_PROSE:
            return False
        middle = (lines.ends[:, :2] + lines.ends[:, 2:]) / 2
        slanted = across.min(axis=1) > 0.5
        fields = np.unique((middle[slanted] // FIELD).astype(np.int64), axis=0)
        return len(fields) > DRAWN_SHARE * (page.width / FIELD) * (page.height / FIELD)


def _inside(ends: Floats, box: Floats) -> NDArray[np.bool_]:
    """(n,) lines that lie within one of some boxes, a little wider."""
    slack = LETTER_SLACK * np.minimum(box[:, 2] - box[:, 0], box[:, 3] - box[:, 1])[:, None]
    wide = box + slack * np.array([-1.0, -1.0, 1.0, 1.0])
    found = np.zeros(len(ends), bool)
    x, y = ends[:, [0, 2]], ends[:, [1, 3]]
    order = np.argsort(x.min(axis=1), kind="stable")
    left = x.min(axis=1)[order]
    first = np.searchsorted(left, wide[:, 0], "left")
    stop = np.searchsorted(left, wide[:, 2], "right")
    right, top, bottom = x.max(axis=1)[order], y.min(axis=1)[order], y.max(axis=1)[order]
    for (_, y0, x1, y1), a, b in zip(wide.tolist(), first.tolist(), stop.tolist(), strict=True):
        if a < b:
            found[order[a:b][(right[a:b] <= x1) & (top[a:b] >= y0) & (bottom[a:b] <= y1)]] = True
    return found


def ink_of(ends: Floats) -> float:
    """Points of line."""
    return float(lengths_of(ends).sum())
