"""The `table` layer: tells what changed in tables by cell, row, column and table."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from core.alignment import Alignment
from core.ignoring import Ignoring
from core.model import Flag, Kind, Layer, Region, Severity
from core.model import Side as Shown
from core.report import Report
from core.tables.differences import Differ, Difference
from core.tables.finding import find_tables
from core.tables.matching import Matching, match
from core.tables.pool import WHOLE, Bools, Group, Ints, Side, groups_of
from core.text.changes import Changes, differing_letters, hidden_as
from core.text.severity import severity_of
from core.text.spans import Spans, spans_of

LONG_CELL = 40  #: words from which the edits of one cell are told one by one
LONG_CELL_TEXT = 2_000  #: characters of a cell that are shown with a change
MOVED_WHOLE = 0.6  #: share of a table that must lie in a moved block for the table to have moved
MOVED_ALONE = 0.8  #: share of the moved block that must be table
COLUMN_SHARE = 0.6  #: share of an unmatched column that must be told for it to be told as a column

_Sides = tuple[list[int], list[int]]
_NOT_LETTERS = re.compile(r"[\W_]+")


def add_tables(aligned: Alignment, report: Report, words: Changes, ignoring: Ignoring) -> tuple[set[int], set[int]]:
    """Tell the changes inside tables and leave their words out of the text layer.

    Returns:
        Numbers of the pages of each side on which a table was found, of those looked at.
    """
    tables = _Tables(aligned, report, words, ignoring)
    return tables.tell() if aligned.found or aligned.moves else (set(), set())


class _Tables:
    """The tables of both documents, and what was told of them."""

    def __init__(self, aligned: Alignment, report: Report, words: Changes, ignoring: Ignoring) -> None:
        self._aligned, self._report, self._words, self._ignoring = aligned, report, words, ignoring
        self._print = aligned.printers
        self.hunks = _hunks(aligned)
        self._weighing = words.weighing

    def tell(self) -> tuple[set[int], set[int]]:
        """Tell everything; the pages on which tables stand."""
        aligned = self._aligned
        pages = self._pages()
        self._sides: tuple[Side, Side] = tuple(  # type: ignore[assignment]
            Side.of(
                aligned,
                k,
                find_tables(aligned.tables[k], aligned.lines[k], pages[k]),
                self._words.covered(k),
            )
            for k in (0, 1)
        )
        groups = groups_of(self._sides)
        ours, blocks = self._ours(groups)
        for number, group in enumerate(groups):
            if not self._has_changes(group, blocks[number]):
                continue
            matching = match(*group.sheets)
            difference = Differ(self._sides, group, matching, ours, blocks[number]).differences()
            self._cover_group(group, difference, blocks[number])
            _Teller(self, group, matching, difference).tell()
        self._whole_tables(groups)
        old, new = ({page for table in side.tables for page in table.pages} for side in self._sides)
        return old, new

    def _pages(self) -> tuple[set[int], set[int]]:
        """The pages with words to be told, and those to which the words beside them went."""
        aligned = self._aligned
        found: tuple[set[int], set[int]] = (set(), set())
        for k in (0, 1):
            open_tokens = aligned.unmatched(k) & ~self._words.covered(k)
            for move in aligned.moves:
                open_tokens[slice(*move.span(k))] = True
            found[k].update(np.unique(aligned.page_of[k][open_tokens]).tolist())
        old, new = aligned.page_of[0][aligned.pairs[0]], aligned.page_of[1][aligned.pairs[1]]
        kept = np.unique(old.astype(np.int64) << 32 | new)  # a pair in one number: sorted far sooner than columns
        both = list(zip((kept >> 32).tolist(), (kept & 0xFFFFFFFF).tolist(), strict=True))
        return (
            found[0] | {a for a, b in both if b in found[1]},
            found[1] | {b for a, b in both if a in found[0]},
        )

    # ---------------------------------------------------------------- whose words are whose

    def _has_changes(self, group: Group, blocks: dict[int, tuple[Ints, Ints]]) -> bool:
        return bool(blocks) or any(
            bool((side.free & np.isin(side.table, group.tables[k])).any()) for k, side in enumerate(self._sides)
        )

    def _ours(self, groups: Sequence[Group]) -> tuple[tuple[Bools, Bools], list[dict[int, tuple[Ints, Ints]]]]:
        """Which tokens each side's tables may tell, and for each group the moved blocks that lie within it."""
        owner = tuple(np.full(len(side.tables) + 1, -1) for side in self._sides)  # the last one is for no table
        for number, group in enumerate(groups):
            for k in (0, 1):
                owner[k][group.tables[k]] = number
        of = tuple(owner[k][side.table] for k, side in enumerate(self._sides))
        ours = self._sides[0].free.copy(), self._sides[1].free.copy()
        for k, side in enumerate(self._sides):
            paired = np.flatnonzero(side.partner >= 0)
            same = (of[k][paired] >= 0) & (of[k][paired] == of[1 - k][side.partner[paired]])
            ours[k][paired[same]] = True
            ours[k][of[k] < 0] = False
        self._leave_to_text(ours, of)
        blocks: list[dict[int, tuple[Ints, Ints]]] = [{} for _ in groups]
        for index, move in enumerate(self._aligned.moves):
            if move.silent:
                continue
            spans = tuple(np.arange(*move.span(k)) for k in (0, 1))
            numbers = {int(n) for k in (0, 1) for n in np.unique(of[k][spans[k]])}
            if self._moved_whole(index, spans) or len(numbers) > 1 or -1 in numbers:
                for k, side in enumerate(self._sides):
                    ours[k][spans[k][~side.free[spans[k]]]] = False
            elif not any(side.repeats[spans[k]].any() for k, side in enumerate(self._sides)):
                blocks[numbers.pop()][index] = spans  # type: ignore[assignment]
            else:
                for k, side in enumerate(self._sides):
                    ours[k][spans[k][~side.free[spans[k]]]] = False
        return ours, blocks

    def _leave_to_text(self, ours: tuple[Bools, Bools], of: tuple[Ints, ...]) -> None:
        """Take out what was replaced by words that stand in no table: one layer tells both, and that is the text."""
        for i0, i1, j0, j1 in self._aligned.found:
            if i1 > i0 and j1 > j0:
                inside = (of[0][i0:i1] >= 0).any(), (of[1][j0:j1] >= 0).any()
                if inside[0] != inside[1]:
                    ours[0][i0:i1] = False
                    ours[1][j0:j1] = False

    def _moved_whole(self, index: int, spans: tuple[Ints, ...]) -> bool:
        """Tell a table that moved as one; whether this block is one."""
        numbers: list[int] = []
        for k, side in enumerate(self._sides):
            inside = side.table[spans[k]]
            inside = inside[inside >= 0]
            if len(inside) < MOVED_ALONE * len(spans[k]):
                return False
            number = int(np.bincount(inside).argmax())
            if (inside == number).sum() < MOVED_WHOLE * (side.table == number).sum():
                return False
            numbers.append(number)
        move = self._aligned.moves[index]
        if self._words.goes_with_page(move):
            return False
        shown = self.shown((list(spans[0]), list(spans[1])))
        detail: dict[str, Any] = {"reason": "moved", "what": "table", "table": self.name(1, numbers[1])}
        if move.edits:
            detail["edited"] = True
        for k, side in enumerate(self._sides):
            self._words.cover(k, spans[k][~side.free[spans[k]]])
        self._report.tell(
            Layer.TABLE,
            Kind.MOVED,
            Severity.NORMAL,
            shown,
            detail,
            place=self._report.place_of_token(1, int(spans[1][0])),
        )
        return True

    def _cover_group(self, group: Group, difference: Difference, blocks: dict[int, tuple[Ints, Ints]]) -> None:
        for k, side in enumerate(self._sides):
            again = np.flatnonzero(side.repeats & np.isin(side.table, group.tables[k]))
            row = side.table[again] * 2**32 + side.row[again]
            # Of a row that came or went with a break all words are free; otherwise it was edited, which the text tells.
            self._words.cover(k, again[~np.isin(row, row[~side.free[again]])])
            self._words.cover(k, np.array(sorted(difference.told[k] | difference.silent[k]), np.int64))
            for number in difference.dissolved:
                self._words.cover(k, blocks[number][k])

    def _whole_tables(self, groups: Sequence[Group]) -> None:
        """Tell tables that came or went as a whole."""
        for k, side in enumerate(self._sides):
            known = {number for group in groups for number in group.tables[k]}
            for number in range(len(side.tables)):
                at = np.flatnonzero(side.table == number)
                free = at[side.free[at]]
                if number in known or not len(free) or len(free) < WHOLE * len(at):
                    continue
                self._words.cover(k, free)
                tokens: _Sides = ([], [])
                tokens[k].extend(free.tolist())
                detail: dict[str, Any] = {"what": "table", "table": self.name(k, number)}
                detail["size"] = [side.tables[number].rows, side.tables[number].columns]
                self.say(tokens, detail, name=("", ""))

    # ---------------------------------------------------------------- saying it

    def name(self, side: int, number: int) -> str:
        """A table's caption, or where it stands."""
        tables = self._sides[side].tables
        if tables[number].caption:
            return tables[number].caption
        page = tables[number].pages[0]
        there = [k for k, table in enumerate(tables) if table.pages[0] == page]
        return f"Table on page {page}" if len(there) == 1 else f"Table {there.index(number) + 1} on page {page}"

    def shown(self, tokens: _Sides) -> tuple[Shown | None, Shown | None]:
        """Text and places of some tokens of both sides."""
        found = [
            Shown(self._print[k].spans(spans_of(np.array(sorted(tokens[k]), np.int64))), self._regions(k, tokens[k]))
            if tokens[k]
            else None
            for k in (0, 1)
        ]
        return found[0], found[1]

    def _regions(self, side: int, tokens: Iterable[int]) -> tuple[Region, ...]:
        """A box for each line of each cell."""
        place = self._sides[side]
        cells: dict[tuple[int, int, int], list[int]] = defaultdict(list)
        for token in sorted(tokens):
            cells[int(place.table[token]), int(place.row[token]), int(place.column[token])].append(token)
        return tuple(
            region
            for cell in cells.values()
            for region in self._print[side].regions(spans_of(np.array(cell, np.int64)))
        )

    def say(
        self,
        tokens: _Sides,
        detail: dict[str, Any],
        name: tuple[str, str],
        severity: tuple[Severity, str] | None = None,
    ) -> None:
        """Tell one change; its kind follows from which side has words."""
        spans = self._ignoring.cut(*(spans_of(np.array(sorted(tokens[k]), np.int64)) for k in (0, 1)))
        if not spans[0] and not spans[1]:
            return
        tokens = _tokens(spans[0]), _tokens(spans[1])
        old, new = self.shown(tokens)
        kind = Kind.INSERTED if old is None else Kind.DELETED if new is None else Kind.REPLACED
        texts = old.text if old else "", new.text if new else ""
        if kind is Kind.REPLACED and texts[0] == texts[1]:
            self.move(tokens, detail, name)  # the same words in a cell that is elsewhere now
            return
        flags = self._print[0].flags(spans[0]) | self._print[1].flags(spans[1])
        grade, reason = severity or self._weighed(texts, spans, flags)
        told = {"reason": reason, **detail}
        if hidden := hidden_as(flags):
            told["hidden"] = hidden
        if kind is Kind.REPLACED:
            if letters := differing_letters(*texts):
                told["characters"] = letters
        else:
            self._anchor(told, 0 if new is None else 1, old or new)
        k = 1 if new is not None else 0
        place = self._report.place_of_token(k, min(tokens[k]))
        self._report.tell(Layer.TABLE, kind, grade, (old, new), told, context=name, place=place)

    def _weighed(self, texts: tuple[str, str], spans: tuple[Spans, Spans], flags: int) -> tuple[Severity, str]:
        """Severity and reason, with the words around where both sides have some."""
        old, new = spans
        if old and new:
            return self._weighing.weigh(texts, (old[0][0], new[0][0]), (old[-1][1], new[-1][1]), flags)
        severity, reason = severity_of(*texts)
        if flags & Flag.OCR and severity is Severity.MAJOR:
            severity = Severity.NORMAL  # as for text: a misread character is no change of the document
        return severity, reason

    def _anchor(self, detail: dict[str, Any], side: int, shown: Shown | None) -> None:
        """Where the words are missing on the side that has none."""
        if shown is None or not shown.regions:
            return
        region = shown.regions[0]
        there = self._aligned.carried(side, region.page, region.box)
        if there is None:
            return
        page = next(p for p in self._aligned.documents[1 - side].pages if p.number == there[0])
        x0, y0, x1, y1 = there[1]
        box = max(0.0, x0), max(0.0, y0), min(page.width, x1), min(page.height, y1)
        if box[0] < box[2] and box[1] < box[3]:
            detail["anchor"] = {"page": there[0], "box": [round(v, 2) for v in box]}

    @property
    def sides(self) -> tuple[Side, Side]:
        return self._sides

    def move(self, tokens: _Sides, detail: dict[str, Any], name: tuple[str, str]) -> None:
        """Tell what left its place and stayed what it is."""
        place = self._report.place_of_token(1, min(tokens[1]))
        told = {"reason": "moved", **detail}
        self._report.tell(Layer.TABLE, Kind.MOVED, Severity.NORMAL, self.shown(tokens), told, context=name, place=place)


class _Teller:
    """Puts the differing tokens of one group of tables together into changes."""

    def __init__(self, tables: _Tables, group: Group, matching: Matching, difference: Difference) -> None:
        self._tables, self._group, self._matching, self._difference = tables, group, matching, difference
        self._sides = tables.sides
        self._index = tuple({place: k for k, place in enumerate(group.rows[side])} for side in (0, 1))
        self._left = set(difference.told[0]), set(difference.told[1])
        self._rows = dict(matching.rows), {j: i for i, j in matching.rows}
        self._columns = dict(matching.columns), {d: c for c, d in matching.columns}
        self._cells: tuple[dict[tuple[int, int], list[int]], ...] = tuple(self._gathered(k) for k in (0, 1))
        #: By side: in how many rows a text stands in a column.
        self._told_apart = tuple(Counter(cell for row in s.texts for cell in row.items()) for s in group.sheets)

    def tell(self) -> None:
        self._moved()
        for k in (0, 1):
            self._whole_rows(k)
        for k in (0, 1):
            self._whole_columns(k)
        self._renumbered()
        self._cell_edits()

    # ---------------------------------------------------------------- places

    def _row(self, side: int, token: int) -> int:
        """Number of a token's row among the compared rows."""
        place = self._sides[side]
        return self._index[side][int(place.table[token]), int(place.row[token])]

    def _gathered(self, side: int) -> dict[tuple[int, int], list[int]]:
        """The told tokens by row and column."""
        found: dict[tuple[int, int], list[int]] = defaultdict(list)
        for token in sorted(self._difference.told[side]):
            found[self._row(side, token), int(self._sides[side].column[token])].append(token)
        return found

    def _all(self, side: int, row: int) -> list[int]:
        """All tokens of a row."""
        number, at = self._group.rows[side][row]
        place = self._sides[side]
        return np.flatnonzero((place.table == number) & (place.row == at)).tolist()

    def _detail(
        self, what: str, old: tuple[int | None, int | None], new: tuple[int | None, int | None]
    ) -> dict[str, Any]:
        """What is known of a place: rows and columns, (row, column) by side."""
        side, (row, column) = (1, new) if new != (None, None) else (0, old)
        sheets = self._group.sheets
        number = self._group.rows[side][row][0] if row is not None else self._group.tables[side][0]
        detail: dict[str, Any] = {"what": what, "table": self._tables.name(side, number)}
        if row is not None:
            detail["row"] = max(0, row - sheets[side].header + 1)
            key = self._key(side, row)
            if key:
                detail["row_key"] = key
        if column is not None:
            detail["column"] = column + 1
            head = self._head(side, column) or (self._head(0, old[1]) if old[1] is not None else "")
            if head:
                detail["header"] = head
        return detail

    def _head(self, side: int, column: int) -> str:
        heads = self._sides[side].tables[self._group.tables[side][0]].heads
        return heads[column] if column < len(heads) else ""

    def _key(self, side: int, row: int) -> str:
        """What a row is known by: its key column's text, else its first that is no mere count, and no other row's."""
        sheet = self._group.sheets[side]
        if row < sheet.header:
            return ""
        texts = sheet.texts[row]
        if self._matching.key is not None and texts.get(self._matching.key[side]):
            return texts[self._matching.key[side]]
        counters = {pair[side] for pair in self._matching.counters}
        may_be = [c for c in sorted(texts) if c not in counters]
        counts = self._told_apart[side]
        return next((texts[c] for c in may_be if counts[c, texts[c]] == 1), texts[may_be[0]] if may_be else "")

    def _name(self, rows: tuple[int | None, int | None], column: tuple[int | None, int | None]) -> tuple[str, str]:
        """What a change's name is made of besides its words: the row's unchanged key and the column's header."""
        key = ""
        for side, row in enumerate(rows):
            if row is not None:
                texts, told = self._group.sheets[side].texts[row], self._cells[side]
                kept = self._matching.key[side] if self._matching.key else -1
                order = [kept, *sorted(texts)]
                key = next((texts[c] for c in order if c in texts and (row, c) not in told), "")
        head = next((self._head(k, c) for k, c in enumerate(column) if c is not None and self._head(k, c)), "")
        return _folded(key), _folded(head)

    # ---------------------------------------------------------------- rows and columns

    def _moved(self) -> None:
        """Rows that left the common order, neighbours together; then columns."""
        runs: list[list[tuple[int, int]]] = []
        for i, j in sorted(self._difference.moved_rows):
            if runs and runs[-1][-1] == (i - 1, j - 1):
                runs[-1].append((i, j))
            else:
                runs.append([(i, j)])
        for run in runs:
            tokens: _Sides = (
                [t for i, _ in run for t in self._all(0, i)],
                [t for _, j in run for t in self._all(1, j)],
            )
            if not tokens[0] or not tokens[1]:
                continue  # rows of nothing but running lines and leaders
            detail = self._detail("row", (run[0][0], None), (run[0][1], None))
            if len(run) > 1:
                detail["rows"] = len(run)
            if self._left[0] & set(tokens[0]) or self._left[1] & set(tokens[1]):
                detail["edited"] = True
            self._tables.move(tokens, detail, self._name(run[0], (None, None)))
        for (c, d), rows in sorted(self._difference.moved_columns.items()):
            found: _Sides = ([], [])
            for i, j in rows:
                for k, row, column in ((0, i, c), (1, j, d)):
                    found[k].extend(t for t in self._all(k, row) if int(self._sides[k].column[t]) == column)
            self._tables.move(found, self._detail("column", (None, c), (None, d)), self._name((None, None), (c, d)))

    def _whole_rows(self, side: int) -> None:
        """Rows without a partner of which every word is told."""
        rows: dict[int, list[int]] = defaultdict(list)
        for (row, _), tokens in sorted(self._cells[side].items()):
            rows[row] += tokens
        for row, tokens in rows.items():
            if row in self._rows[side] or len(tokens) < len(self._all(side, row)):
                continue
            place: list[tuple[int | None, int | None]] = [(None, None), (None, None)]
            place[side] = row, None
            self._say(side, tokens, self._detail("row", *place), self._one(side, row), (None, None))

    def _whole_columns(self, side: int) -> None:
        """Columns without a partner of which nearly every word is told, in rows that are on both sides."""
        columns: dict[int, list[int]] = defaultdict(list)
        for (row, column), tokens in sorted(self._cells[side].items()):
            if row in self._rows[side] and column not in self._columns[side]:
                columns[column] += [t for t in tokens if t in self._left[side]]
        for column, tokens in sorted(columns.items()):
            size = sum(column in cells for cells in self._group.sheets[side].rows)
            rows = len({self._row(side, token) for token in tokens})
            if rows < max(2, COLUMN_SHARE * size):
                continue
            place: list[tuple[int | None, int | None]] = [(None, None), (None, None)]
            place[side] = None, column
            self._say(side, tokens, self._detail("column", *place), (None, None), self._one(side, column))

    def _one(self, side: int, value: int) -> tuple[int | None, int | None]:
        return (value, None) if side == 0 else (None, value)

    def _say(
        self,
        side: int,
        tokens: list[int],
        detail: dict[str, Any],
        rows: tuple[int | None, int | None],
        columns: tuple[int | None, int | None],
    ) -> None:
        """Tell words that one side has alone."""
        both: _Sides = ([], [])
        both[side].extend(tokens)
        self._left[side].difference_update(tokens)
        self._tables.say(both, detail, self._name(rows, columns))

    def _renumbered(self) -> None:
        """A column that merely numbers the rows and goes on counting is one change, and a minor one."""
        for c, d in sorted(self._matching.counters):
            both: _Sides = ([], [])
            for i, j in self._matching.rows:
                old, new = self._cells[0].get((i, c), []), self._cells[1].get((j, d), [])
                if old and new and self._left[0].issuperset(old) and self._left[1].issuperset(new):
                    both[0].extend(old)
                    both[1].extend(new)
            if len(both[0]) > 1:
                for k in (0, 1):
                    self._left[k].difference_update(both[k])
                detail = self._detail("column", (None, c), (None, d))
                self._tables.say(both, detail, self._name((None, None), (c, d)), (Severity.MINOR, "renumbered"))

    # ---------------------------------------------------------------- cells

    def _cell_edits(self) -> None:
        """What is left, cell by cell."""
        done: set[tuple[int, int]] = set()
        for (i, c), tokens in sorted(self._cells[0].items()):
            olds = [t for t in tokens if t in self._left[0]]
            j, d = self._rows[0].get(i), self._columns[0].get(c)
            news: list[int] = []
            if j is not None and d is not None:
                news = [t for t in self._cells[1].get((j, d), []) if t in self._left[1]]
                done.add((j, d))
            self._cell((i, c), (j, d), olds, news)
        for (j, d), tokens in sorted(self._cells[1].items()):
            if (j, d) not in done:
                place = self._rows[1].get(j), self._columns[1].get(d)
                self._cell(place, (j, d), [], [t for t in tokens if t in self._left[1]])

    def _cell(
        self, old: tuple[int | None, int | None], new: tuple[int | None, int | None], olds: list[int], news: list[int]
    ) -> None:
        """Tell the edits of one cell: one change, or one for each place in a cell of many words."""
        if not olds and not news:
            return
        whole = old[0] is not None and old[1] is not None, new[0] is not None and new[1] is not None
        places = old if whole[0] else (None, None), new if whole[1] else (None, None)
        base = self._detail("cell", *places)
        for k, side in enumerate(("old", "new")):
            row, column = places[k]
            if row is not None and column is not None:
                base[f"{side}_cell"] = self._group.sheets[k].texts[row].get(column, "")[:LONG_CELL_TEXT]
        name = self._name((places[0][0], places[1][0]), (places[0][1], places[1][1]))
        for tokens in self._edits(places, olds, news):
            self._tables.say(tokens, dict(base), name)

    def _edits(
        self,
        places: tuple[tuple[int | None, int | None], tuple[int | None, int | None]],
        olds: list[int],
        news: list[int],
    ) -> list[_Sides]:
        """The edits of a cell; several where it is long and words between them stayed."""
        size = 0
        for k in (0, 1):
            row, column = places[k]
            if row is not None and column is not None:
                size = max(size, len(self._group.sheets[k].rows[row].get(column, ())))
        if size < LONG_CELL:
            return [(olds, news)]
        found: dict[int, _Sides] = defaultdict(lambda: ([], []))
        for k, tokens in enumerate((olds, news)):
            for token in tokens:
                found[int(self._tables.hunks[k][token])][k].append(token)
        return list(found.values())


def _hunks(aligned: Alignment) -> tuple[Ints, Ints]:
    """(n,) by side: the number of the unmatched stretch that each token is in, -1 for none."""
    found = tuple(np.full(len(tokens), -1, np.int64) for tokens in aligned.tokens)
    hunks = [*aligned.found, *(hunk for move in aligned.moves for hunk in move.edits)]
    for number, (i0, i1, j0, j1) in enumerate(hunks):
        found[0][i0:i1] = number
        found[1][j0:j1] = number
    return found[0], found[1]


def _tokens(spans: Spans) -> list[int]:
    return [token for start, stop in spans for token in range(start, stop)]


def _folded(text: str) -> str:
    """Without case and punctuation, so that ignoring those does not rename a change."""
    return _NOT_LETTERS.sub(" ", text).strip().casefold()
