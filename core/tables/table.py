"""What a recognised table is: words in rows and columns."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from core.geometry import Box
from core.model import Document, Flag

Ints = NDArray[np.int64]
Cell = tuple[int, int]  #: row and column, from 0


@dataclass(frozen=True, slots=True)
class Part:
    """A table as far as it stands in one place of one page, in the frame in which the page's text runs left to right.

    Attributes:
        page: From 1.
        box: Points.
        edges: Where columns begin, and where the last one ends; points, ascending.
        words: (k,) ascending indices of its words.
        row: (k,) of each word, from 0.
        column: (k,) first column of the word's cell, from 0.
        until: (k,) last column of the word's cell.
        rows: How many.
        header: How many rows at the top are set off by a rule of their own; 0 where nothing tells.
        is_ruled: Whether lines were drawn around its cells.
    """

    page: int
    box: Box
    edges: tuple[float, ...]
    words: Ints
    row: Ints
    column: Ints
    until: Ints
    rows: int
    header: int = 0
    is_ruled: bool = False

    @property
    def columns(self) -> int:
        return len(self.edges) - 1


@dataclass(frozen=True)
class Table:
    """A table, joined over page and column breaks.

    Attributes:
        document: Where its words are.
        words: (k,) indices of its words, part after part.
        row: (k,) of each word, from 0; repeated header rows are rows.
        column: (k,) first column of the word's cell, from 0 in reading direction.
        until: (k,) last column of the word's cell.
        rows: How many.
        columns: How many.
        header: How many rows at the top hold the names of the columns.
        repeats: Rows that show the header again after a break.
        pages: (rows,) page of each row.
        caption: As printed; empty where there is none.
    """

    document: Document
    words: Ints
    row: Ints
    column: Ints
    until: Ints
    rows: int
    columns: int
    header: int
    repeats: frozenset[int]
    pages: tuple[int, ...]
    caption: str = ""

    @cached_property
    def cells(self) -> dict[Cell, Ints]:
        """The words of each cell that has some."""
        found: dict[Cell, list[int]] = defaultdict(list)
        for word, row, column in zip(self.words.tolist(), self.row.tolist(), self.column.tolist(), strict=True):
            found[row, column].append(word)
        return {cell: np.array(words, np.int64) for cell, words in found.items()}

    @cached_property
    def texts(self) -> dict[Cell, str]:
        """The text of each cell that has some."""
        return {cell: text_of(self.document, words) for cell, words in self.cells.items()}

    @cached_property
    def heads(self) -> tuple[str, ...]:
        """The name of each column, from the header rows; a name that spans several columns belongs to each."""
        names: list[dict[int, str]] = [{} for _ in range(self.columns)]
        until = {
            (r, c): u for r, c, u in zip(self.row.tolist(), self.column.tolist(), self.until.tolist(), strict=True)
        }
        for (row, column), text in sorted(self.texts.items()):
            if row < self.header:
                for k in range(column, min(until[row, column], self.columns - 1) + 1):
                    names[k][row] = text
        return tuple(" ".join(text for _, text in sorted(name.items())) for name in names)

    def text(self, row: int, column: int) -> str:
        return self.texts.get((row, column), "")

    def row_texts(self, row: int) -> tuple[str, ...]:
        """The cells of a row, empty ones included."""
        return tuple(self.text(row, column) for column in range(self.columns))

    @cached_property
    def body(self) -> list[int]:
        """The rows below the header that do not repeat it."""
        return [row for row in range(self.header, self.rows) if row not in self.repeats]


def text_of(document: Document, words: Ints) -> str:
    """Some words as printed, with blanks between them."""
    out: list[str] = []
    glued = document.words.flags[words] & Flag.GLUED != 0
    for k, word in enumerate(words.tolist()):
        if k and not glued[k]:
            out.append(" ")
        out.append(document.words.text(word))
    return "".join(out)
