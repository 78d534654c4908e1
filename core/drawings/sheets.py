"""Which pages are drawings, and which of their lines are the drawing's: not the rules of text and of tables."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.drawings.joining import Floats
from core.drawings.lettering import rows_beyond
from core.drawings.lines import Lines, lengths_of, lines_from
from core.geometry import rows_of_page
from core.model import Document, Flag, Page

#: Of a page of scattered labels, or without words, so many lines make a drawing; of one of prose with so much more.
LEAST_LINES, LEAST_AMONG_PROSE = 30, 200
FIELD = 24.0  #: points: the page is cut into fields of that size
DRAWN_SHARE = 0.1  #: of the fields of a page of prose that a drawing must run through
#: Share of the words of a page that stand in lines of so many words: with more it is prose, whatever else is on it.
PROSE_SHARE, PROSE_LINE = 0.4, 6
LEAST_SLANTED = 12  #: lines neither level nor upright, of a drawing with words
LEAST_PROSE = 25  #: words in such lines: fewer are the title of a drawing
MOST_PROSE = 300  #: words of a drawing whose words stand in lines of several
MOST_KEPT = 5_000  #: lines of a page that is looked at for a sheet, and then for figures, without being read anew
EDGE = 0.5  #: points from the edge of the paper, where no line can be seen
LETTERED = 0.5  #: share of the words of a page that are hidden, where letters are drawn with lines
LETTER_SLACK = 0.25  #: heights of a word around it, in which its letters are drawn


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """A page of a document as a drawing.

    Attributes:
        page: With its size.
        lines: That it is drawn with.
        is_drawing: Whether it is one at all, and no page of text.
        is_prose: Whether its words stand in lines of several, and not as labels.
    """

    page: Page
    lines: Lines
    is_drawing: bool
    is_prose: bool

    @property
    def diagonal(self) -> float:
        return diagonal_of(self.page)


def diagonal_of(page: Page) -> float:
    """Points."""
    return float(np.hypot(page.width, page.height))


class Sheets:
    """The pages of one document as drawings."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._pages = {page.number: page for page in document.pages}
        self._kept: dict[int, Sheet] = {}

    def sheet(self, number: int) -> Sheet:
        """One page."""
        if number not in self._kept:
            found = self._read(number)
            if len(found.lines) > MOST_KEPT:
                return found
            self._kept[number] = found
        return self._kept[number]

    def _read(self, number: int) -> Sheet:
        strokes = self._document.strokes
        first, stop = rows_of_page(strokes.page, number)
        page = self._pages[number]
        ends = strokes.ends[first:stop]
        inside = ~_on_edge(ends, page)  # the ground of a page is no drawing
        lines = lines_from(ends[inside], strokes.pen[first:stop][inside])
        count, in_prose = self._prose(number)
        is_prose = in_prose > PROSE_SHARE * count and in_prose >= LEAST_PROSE
        return Sheet(page, lines, self._is_drawing(page, lines, count if is_prose else 0), is_prose)

    def _prose(self, number: int) -> tuple[int, int]:
        """How many words a page has, and how many of them stand in lines of several."""
        words = self._document.words
        first, stop = rows_of_page(words.page, number)
        _, length = np.unique(words.line[first:stop], return_counts=True)
        return stop - first, int(length[length >= PROSE_LINE].sum())

    def drawn_pages(self) -> list[int]:
        """The pages on which lines are drawn, ascending."""
        found: list[int] = np.unique(self._document.strokes.page).tolist()
        return found

    def is_lettered(self, number: int) -> bool:
        """Whether the letters of a page are drawn with lines, and its words lie over them unseen."""
        flags = self._words(number)[1]
        hidden = (flags & int(Flag.INVISIBLE)) != 0
        return bool(len(flags) and hidden.mean() > LETTERED)

    def without_letters(self, sheet: Sheet) -> Sheet:
        """A sheet without the lines with which its words are lettered: those are compared as words."""
        box, flags = self._words(sheet.page.number)
        hidden = (flags & int(Flag.INVISIBLE)) != 0
        lines = sheet.lines
        if not hidden.any() or not len(lines):
            return sheet
        inside = _inside(lines.ends, box[hidden])
        words = self._document.words
        first, _ = rows_of_page(words.page, sheet.page.number)
        rows = first + np.flatnonzero(hidden)
        letters = np.array([len(words.text(int(row))) for row in rows.tolist()], np.int64)
        inside[rows_beyond(lines.ends, inside, box[hidden], words.line[rows], letters)] = True
        return replace(sheet, lines=lines.chosen(~inside))

    def _words(self, number: int) -> tuple[Floats, NDArray[np.uint32]]:
        words = self._document.words
        first, stop = rows_of_page(words.page, number)
        return words.box[first:stop].astype(np.float64), words.flags[first:stop]

    def _is_drawing(self, page: Page, lines: Lines, prose: int) -> bool:
        """Whether a page is a drawing, given how many of its words stand in lines of several."""
        slanted = np.abs(lines.ends[:, 2:] - lines.ends[:, :2]).min(axis=1) > 0.5
        if len(self._words(page.number)[0]) and int(slanted.sum()) < LEAST_SLANTED:
            return False  # a table, or a form
        if not prose:
            return len(lines) >= LEAST_LINES
        if len(lines) < LEAST_AMONG_PROSE or prose > MOST_PROSE:
            return False
        middle = (lines.ends[slanted, :2] + lines.ends[slanted, 2:]) / 2
        fields = np.unique((middle // FIELD).astype(np.int64), axis=0)
        return len(fields) > DRAWN_SHARE * (page.width / FIELD) * (page.height / FIELD)


def _on_edge(ends: NDArray[np.float32], page: Page) -> NDArray[np.bool_]:
    """(n,) lines along the edge of the paper."""
    x, y = ends[:, [0, 2]], ends[:, [1, 3]]
    found = np.zeros(len(ends), bool)
    for values, edge in ((x, 0.0), (x, page.width), (y, 0.0), (y, page.height)):
        found |= (np.abs(values - edge) <= EDGE).all(axis=1)
    return found


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
