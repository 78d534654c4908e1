"""Rows of tables that a page break cuts in two, read as one row.

Page 1    A-1   The supplier shall      open     Word processors draw the halves cell by cell: A-1, The supplier
               deliver                          shall deliver, open; then: within thirty days. Where the table
Page 2          within thirty days.              breaks is a matter of layout: the row is read as if it did not.

A half goes on with a row when columns that every row fills are empty in it, or when its words go on in mid-sentence;
never when they would have found room on the last line above.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from core.model import Document, Flag
from core.tables.table import Part
from core.text.sliding import SENTENCE_END

Ints = NDArray[np.int64]
Cells = dict[int, Ints]  #: the words of the cells of a row, by column

ALWAYS = 0.9  #: share of the rows in which a column is filled that every row fills
LEAST_ROWS = 3  #: that say which columns these are
BLANK = 0.25  #: of a line's height
SLACK = 0.5  #: points by which a line may be narrower than its column and still be full


def goes_on(document: Document, before: Part, after: Part, heads: int) -> bool:
    """Whether the first row of a part, below `heads` rows that are shown again, is the rest of the row before it."""
    last = before.rows - 1
    if last < heads or heads >= after.rows or document.words.angle[before.words[0]]:
        return False
    upper, lower = _cells(before, last), _cells(after, heads)
    if not upper or not lower:
        return False
    shared = upper.keys() & lower.keys()
    fits = [_fits(document, (before, after), column, upper[column], lower[column]) for column in sorted(shared)]
    if any(fit is True for fit in fits):
        return False
    always = _always(before, after, heads)
    if always and not always <= lower.keys():
        return always <= upper.keys() | lower.keys()
    return any(
        fit is False and _lines(document, upper[column]) > 1 and _starts_small(document, lower[column])
        for column, fit in zip(sorted(shared), fits, strict=True)
    )


def row_in_order(document: Document, before: Part, after: Part, heads: int) -> Ints | None:
    """The words of a row that `goes_on`, cell by cell; None where it is not drawn cell by cell."""
    upper, lower = _cells(before, before.rows - 1), _cells(after, heads)
    if not all(_drawn_by_cells(cells) for cells in (upper, lower)):
        return None
    everything = np.concatenate([*upper.values(), *lower.values()])
    leftwards = bool((document.words.flags[everything] & Flag.RTL != 0).mean() > 0.5)
    nothing = np.zeros(0, np.int64)
    return np.concatenate(
        [
            np.concatenate((upper.get(column, nothing), lower.get(column, nothing)))
            for column in sorted(upper.keys() | lower.keys(), reverse=leftwards)
        ]
    )


def _cells(part: Part, row: int) -> Cells:
    at = np.flatnonzero(part.row == row)
    return {int(c): np.sort(part.words[at[part.column[at] == c]]) for c in np.unique(part.column[at])}


def _drawn_by_cells(cells: Cells) -> bool:
    """Whether the words of each cell follow each other, and no other cell's are among them."""
    spans = sorted((int(words[0]), int(words[-1])) for words in cells.values())
    return all(a[1] < b[0] for a, b in pairwise(spans))


def _always(before: Part, after: Part, heads: int) -> set[int]:
    """The columns that nearly every other row fills; the first and the last may be halves as well."""
    rows = [set(np.unique(before.column[before.row == row]).tolist()) for row in range(heads + 1, before.rows - 1)]
    rows += [set(np.unique(after.column[after.row == row]).tolist()) for row in range(heads + 1, after.rows - 1)]
    if len(rows) < LEAST_ROWS:
        return set()
    return {column for column in range(before.columns) if sum(column in row for row in rows) >= ALWAYS * len(rows)}


def _fits(document: Document, parts: tuple[Part, Part], column: int, upper: Ints, lower: Ints) -> bool | None:
    """Whether the first word of a half would have found room on the last line above; None where that says nothing."""
    words = document.words
    text = words.text(int(upper[-1]))
    if SENTENCE_END.search(text):
        return None  # a paragraph may have ended
    box = words.box[upper]
    bottom = box[-1, 3]
    line = box[box[:, 3] > bottom - (bottom - box[-1, 1]) / 2]
    width = float(line[:, 2].max() - line[:, 0].min())
    first = words.box[lower[0]]
    needed = width + BLANK * float(bottom - box[-1, 1]) + float(first[2] - first[0])
    room = 0.0
    for part in parts:
        mine = words.box[part.words[(part.column == column) & (part.until == column)]]
        if len(mine):
            left = float(mine[:, 0].min())
            padding = max(0.0, left - part.edges[column])
            room = max(room, float(mine[:, 2].max()) - left, part.edges[column + 1] - padding - left)
    if not room:
        return None
    if needed <= room - SLACK:
        return True
    return False if needed > room + SLACK else None


def _lines(document: Document, words: Ints) -> int:
    return len(np.unique(document.words.line[words]))


def _starts_small(document: Document, words: Ints) -> bool:
    return document.words.text(int(words[0]))[:1].islower()
