"""Read rows of tables that a page break cuts in two as one row, where that leaves less to tell."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.tables.finding import TablePages
from core.text.matching import Matching, match
from core.text.tokens import Tokens, tokens_of

Ints = NDArray[np.int64]
_Pair = tuple[Tokens, Tokens]


def with_whole_rows(
    tables: tuple[TablePages, TablePages], tokens: _Pair, matching: Matching, ignore: tuple[str, ...]
) -> tuple[_Pair, Matching]:
    """Tokens and what became what, with the rows in reading order that stand on the pages where something differs."""
    wanted = _pages(tokens, matching)
    rows = tuple(_rows(pages, numbers) for pages, numbers in zip(tables, wanted, strict=True))
    if not any(rows):
        return tokens, matching
    documents, roles = (tables[0].document, tables[1].document), (tables[0].roles, tables[1].roles)
    read = tokens_of(documents, roles, ignore, (rows[0], rows[1]))
    again = match(*read)
    return (read, again) if _told(again) < _told(matching) else (tokens, matching)


def _pages(tokens: _Pair, matching: Matching) -> tuple[set[int], set[int]]:
    """By side, the pages with words to be told, and those to which their other words went."""
    pages = [side.document.words.page[side.lead()] for side in tokens]
    found: tuple[set[int], set[int]] = (set(), set())
    for k in (0, 1):
        for hunk in matching.found:
            found[k].update(np.unique(pages[k][hunk[2 * k] : hunk[2 * k + 1]]).tolist())
        for move in matching.moves:
            found[k].update(np.unique(pages[k][slice(*move.span(k))]).tolist())
    both = np.unique(pages[0][matching.pairs[0]].astype(np.int64) << 32 | pages[1][matching.pairs[1]])
    same = list(zip((both >> 32).tolist(), (both & 0xFFFFFFFF).tolist(), strict=True))
    return found[0] | {a for a, b in same if b in found[1]}, found[1] | {b for a, b in same if a in found[0]}


def _rows(pages: TablePages, numbers: set[int]) -> Sequence[Ints]:
    """The rows over the breaks before and after some pages."""
    breaks = sorted({at for number in numbers for at in (number - 1, number) if {at, at + 1} <= set(pages.numbers)})
    found = (pages.row_over(at) for at in breaks)
    return [row for row in found if row is not None]


def _told(matching: Matching) -> int:
    """How many words came, went or moved."""
    count = sum(i1 - i0 + j1 - j0 for i0, i1, j0, j1 in matching.found)
    for move in matching.moves:
        count += 0 if move.silent else move.old[1] - move.old[0] + move.new[1] - move.new[0]
        count += sum(i1 - i0 + j1 - j0 for i0, i1, j0, j1 in move.edits)
    return count
