"""What differs between two matched tables, token by token, with as few words as the text comparison needs or fewer.

Rows that hang together, by matching or by words that the text comparison has matched, are judged together: cell by
cell, or by the words that the text comparison left unmatched, whichever tells less. Within such a group either choice
keeps the promise that old minus deleted plus inserted is new.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np

from core.tables.matching import Matching
from core.tables.pool import Bools, Group, Ints, Side
from core.text.sequence import exact_blocks


@dataclass(slots=True)
class Difference:
    """The tokens of two tables to be told.

    Attributes:
        told: By side, tokens that changed.
        silent: By side, free tokens that need not be told: they are equal after all, or a header shown again.
        moved_rows: (old, new) rows that are told as moved.
        moved_columns: (old, new) columns that are told as moved, with the rows in which they are.
        kept_moves: Numbers of moved blocks that the text layer goes on telling.
    """

    told: tuple[set[int], set[int]] = field(default_factory=lambda: (set(), set()))
    silent: tuple[set[int], set[int]] = field(default_factory=lambda: (set(), set()))
    moved_rows: list[tuple[int, int]] = field(default_factory=list)
    moved_columns: dict[tuple[int, int], list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    dissolved: set[int] = field(default_factory=set)


@dataclass(slots=True)
class _Told:
    tokens: tuple[list[int], list[int]]
    moved_row: bool = False
    moved_columns: list[tuple[int, int]] = field(default_factory=list)
    moved_words: int = 0

    @property
    def cost(self) -> int:
        return len(self.tokens[0]) + len(self.tokens[1]) + self.moved_words


class Differ:
    """Compares the tables of one group."""

    def __init__(
        self,
        sides: tuple[Side, Side],
        group: Group,
        matching: Matching,
        ours: tuple[Bools, Bools],
        blocks: dict[int, tuple[Ints, Ints]],
    ) -> None:
        """
        Args:
            sides: Tokens of both documents in their tables.
            group: The tables.
            matching: Their rows and columns.
            ours: (n,) by side, the tokens of these tables that may be told here.
            blocks: Moved blocks that lie wholly within these tables: their tokens by side.
        """
        self._sides, self._group, self._matching, self._ours, self._blocks = sides, group, matching, ours, blocks
        self._row_of: tuple[dict[int, int], dict[int, int]] = ({}, {})
        self._cells: tuple[list[dict[int, list[int]]], list[dict[int, list[int]]]] = ([], [])
        for k, side in enumerate(sides):
            index = {place: number for number, place in enumerate(group.rows[k])}
            self._cells[k].extend({} for _ in group.rows[k])
            at = np.flatnonzero(np.isin(side.table, group.tables[k]) & ours[k] & ~side.repeats)
            for token in at.tolist():
                row = index[int(side.table[token]), int(side.row[token])]
                self._row_of[k][token] = row
                self._cells[k][row].setdefault(int(side.column[token]), []).append(token)

    def differences(self) -> Difference:
        """Choose for each group of rows that hang together."""
        found = Difference()
        partner = dict(self._matching.rows)
        for olds, news in self._together():
            pairs = [(i, partner[i]) for i in olds if i in partner]
            alone = [i for i in olds if i not in partner], [j for j in news if j not in set(partner.values())]
            by_cell = [self._pair(i, j) for i, j in pairs]
            cost = sum(told.cost for told in by_cell) + sum(
                len(tokens) for k in (0, 1) for row in alone[k] for tokens in self._cells[k][row].values()
            )
            members = (
                [t for i in olds for cell in self._cells[0][i].values() for t in cell],
                [t for j in news for cell in self._cells[1][j].values() for t in cell],
            )
            inside = {
                number
                for number, (tokens, _) in self._blocks.items()
                if tokens[0] in self._row_of[0] and self._row_of[0][int(tokens[0])] in olds
            }
            moved = sum(len(self._blocks[number][0]) + len(self._blocks[number][1]) for number in inside)
            free = [[t for t in members[k] if self._sides[k].free[t]] for k in (0, 1)]
            if cost > len(free[0]) + len(free[1]) + moved:
                for k in (0, 1):
                    found.told[k].update(free[k])
                continue
            found.dissolved |= inside
            for (i, j), told in zip(pairs, by_cell, strict=True):
                for k in (0, 1):
                    found.told[k].update(told.tokens[k])
                if told.moved_row:
                    found.moved_rows.append((i, j))
                for columns in told.moved_columns:
                    found.moved_columns[columns].append((i, j))
            for k in (0, 1):
                found.told[k].update(t for row in alone[k] for cell in self._cells[k][row].values() for t in cell)
                found.silent[k].update(t for t in members[k] if t not in found.told[k])
        return found

    def _together(self) -> list[tuple[list[int], list[int]]]:
        """Rows of both sides that hang together."""
        size = len(self._cells[0])
        root = list(range(size + len(self._cells[1])))

        def find(k: int) -> int:
            while root[k] != k:
                root[k] = root[root[k]]
                k = root[k]
            return k

        def join(a: int, b: int) -> None:
            a, b = find(a), find(b)
            root[max(a, b)] = min(a, b)

        for i, j in self._matching.rows:
            join(i, size + j)
        for token, i in self._row_of[0].items():
            other = int(self._sides[0].partner[token])
            if other in self._row_of[1]:
                join(i, size + self._row_of[1][other])
        for tokens in self._blocks.values():
            rows = {self._row_of[0][t] for t in tokens[0].tolist() if t in self._row_of[0]}
            rows |= {size + self._row_of[1][t] for t in tokens[1].tolist() if t in self._row_of[1]}
            for row in rows:
                join(min(rows), row)
        found: dict[int, tuple[list[int], list[int]]] = {}
        for k in range(len(root)):
            found.setdefault(find(k), ([], []))[k >= size].append(k - size if k >= size else k)
        return list(found.values())

    def _pair(self, i: int, j: int) -> _Told:
        """The difference of two matched rows: cell by cell, or word by word along the row where that is less."""
        olds, news = self._cells[0][i], self._cells[1][j]
        columns = dict(self._matching.columns)
        told = _Told(([], []), moved_row=(i, j) in self._matching.moved)
        for c in olds.keys() - columns.keys():
            told.tokens[0].extend(olds[c])
        for d in news.keys() - set(columns.values()):
            told.tokens[1].extend(news[d])
        for c, d in self._matching.columns:
            a, b = self._differing(olds.get(c, []), news.get(d, []))
            told.tokens[0].extend(a)
            told.tokens[1].extend(b)
            same = len(olds.get(c, [])) - len(a)
            if (c, d) in self._matching.moved_columns and same and not told.moved_row:
                told.moved_columns.append((c, d))
                told.moved_words += 2 * same
        if told.cost:
            a, b = self._differing(*(sorted(t for cell in cells.values() for t in cell) for cells in (olds, news)))
            if len(a) + len(b) < told.cost:
                told = _Told((a, b), moved_row=told.moved_row)
        if told.moved_row:
            size = sum(map(len, olds.values())) + sum(map(len, news.values()))
            told.moved_words = size - len(told.tokens[0]) - len(told.tokens[1])
        return told

    def _differing(self, olds: list[int], news: list[int]) -> tuple[list[int], list[int]]:
        """The tokens of two cells that a minimal difference changes."""
        keys = [
            [int(side.tokens.key[token]) for token in tokens]
            for side, tokens in zip(self._sides, (olds, news), strict=True)
        ]
        if keys[0] == keys[1]:
            return [], []
        # Of differences equally small the same is taken whichever side is the old one.
        if keys[1] < keys[0]:
            same = [(i, j, size) for j, i, size in exact_blocks(keys[1], keys[0])]
        else:
            same = exact_blocks(*keys)
        kept = {i + k for i, _, size in same for k in range(size)}, {j + k for _, j, size in same for k in range(size)}
        return [t for k, t in enumerate(olds) if k not in kept[0]], [t for k, t in enumerate(news) if k not in kept[1]]
