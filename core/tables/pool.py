"""The words of tables as the alignment has left them: free to be told, bound to a partner, or not ours to tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from core.alignment import Alignment
from core.tables.matching import Row, Sheet
from core.tables.table import Table
from core.text.printing import Printer
from core.text.spans import spans_of
from core.text.tokens import Tokens

SHARED = 0.3  #: share of the words of the smaller of two tables that must be matched for them to be one table
REST = 0.6  #: share of the words of a further part that must be matched with it
WHOLE = 0.85  #: share of its words that must be unmatched for a table to have come or gone as a whole

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(slots=True)
class Side:
    """One side's tokens in its tables.

    Attributes:
        tokens: Of the document.
        tables: Of the document.
        table: (n,) number of each token's table, -1 outside.
        row: (n,) row in its table.
        column: (n,) first column of its cell.
        repeats: (n,) bool, in a header row that is shown again after a break.
        free: (n,) bool, unmatched and not told by a page.
        partner: (n,) the token of the other side that is equal, -1 without.
        print: Prints tokens.
    """

    tokens: Tokens
    tables: list[Table]
    table: Ints
    row: Ints
    column: Ints
    repeats: Bools
    free: Bools
    partner: Ints
    print: Printer

    @classmethod
    def of(cls, aligned: Alignment, side: int, tables: list[Table], told: Bools) -> Side:
        """Place the tokens of a side; `told` are those that another layer tells."""
        tokens = aligned.tokens[side]
        words = len(tokens.document.words)
        at = np.full((3, words), -1, np.int64)
        repeats = np.zeros(words, bool)
        for number, table in enumerate(tables):
            at[0, table.words] = number
            at[1, table.words] = table.row
            at[2, table.words] = table.column
            if table.repeats:
                repeats[table.words] = np.isin(table.row, sorted(table.repeats))
        lead = tokens.lead()
        partner = np.full(len(tokens), -1, np.int64)
        partner[aligned.pairs[side]] = aligned.pairs[1 - side]
        free = aligned.unmatched(side) & ~told
        table, row, column = at[:, lead] if len(lead) else np.zeros((3, 0), np.int64)
        return cls(tokens, tables, table, row, column, repeats[lead], free, partner, aligned.printers[side])


@dataclass(slots=True)
class Group:
    """Tables of both sides that are one table; several of a side follow each other."""

    tables: tuple[list[int], list[int]]
    sheets: tuple[Sheet, Sheet] = field(init=False)
    rows: tuple[list[tuple[int, int]], list[tuple[int, int]]] = field(init=False)  #: (table, row) of each row


def groups_of(sides: tuple[Side, Side]) -> list[Group]:
    """Which tables belong together: by the words that the alignment has matched, and by their headers."""
    old, new = sides
    within = np.flatnonzero((old.table >= 0) & (old.partner >= 0))
    other = new.table[old.partner[within]]
    votes = Counter(zip(old.table[within][other >= 0].tolist(), other[other >= 0].tolist(), strict=True))
    sizes = tuple(np.bincount(side.table[side.table >= 0], minlength=len(side.tables)) for side in sides)
    found: dict[int, int] = {}
    back: dict[int, int] = {}
    for count, _, _, a, b in sorted((-count, abs(a - b), a + b, a, b) for (a, b), count in votes.items()):
        if a in found or b in back:
            continue
        same_head = any(old.tables[a].heads) and _heads(old.tables[a]) == _heads(new.tables[b])
        if -count >= SHARED * min(sizes[0][a], sizes[1][b]) or same_head:
            found[a], back[b] = b, a
    groups = {(a, b): Group(([a], [b])) for a, b in found.items()}
    for (a, b), count in sorted(votes.items()):
        if old.tables[a].columns != new.tables[b].columns:
            continue
        if a not in found and b in back and count >= REST * sizes[0][a]:
            groups[back[b], b].tables[0].append(a)
        elif b not in back and a in found and count >= REST * sizes[1][b]:
            groups[a, found[a]].tables[1].append(b)
    for group in groups.values():
        for k, _side in enumerate(sides):
            group.tables[k].sort()
        made = [_sheet(side, group.tables[k]) for k, side in enumerate(sides)]
        group.sheets = made[0][0], made[1][0]
        group.rows = made[0][1], made[1][1]
    return [groups[key] for key in sorted(groups)]


def _heads(table: Table) -> tuple[str, ...]:
    return tuple(head.casefold() for head in table.heads)


def _sheet(side: Side, numbers: Sequence[int]) -> tuple[Sheet, list[tuple[int, int]]]:
    """The rows of some tables of one side as words, without repeated headers."""
    first = side.tables[numbers[0]]
    places: list[tuple[int, int]] = []
    for number in numbers:
        table = side.tables[number]
        again = number != numbers[0] and table.header and _heads(table) == _heads(first)
        skip = set(table.repeats) | (set(range(table.header)) if again else set())
        if again:
            side.repeats |= (side.table == number) & (side.row < table.header)
        places += [(number, row) for row in range(table.rows) if row not in skip]
    index = {place: k for k, place in enumerate(places)}
    tokens: list[dict[int, list[int]]] = [{} for _ in places]
    at = np.flatnonzero(np.isin(side.table, list(numbers)) & ~side.repeats)
    for token, number, row, column in zip(
        at.tolist(), side.table[at].tolist(), side.row[at].tolist(), side.column[at].tolist(), strict=True
    ):
        tokens[index[number, row]].setdefault(column, []).append(token)
    key = side.tokens.key
    words: list[Row] = [{column: tuple(key[cell].tolist()) for column, cell in sorted(row.items())} for row in tokens]
    texts = [
        {column: side.print.spans(spans_of(np.array(cell, np.int64))) for column, cell in sorted(row.items())}
        for row in tokens
    ]
    return Sheet(words, texts, first.header, [head.casefold() for head in first.heads]), places
