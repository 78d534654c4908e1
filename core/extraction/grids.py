"""The cells of a recognised table as a person would type them into a spreadsheet.

Comparing needs the same cells on both sides; taking a table out needs the right ones. So what drawing habits leave in
a grid is undone: slivers between double lines, shaded bands that hide the columns, rows of numbers between two rules,
names of columns that are stacked line by line, lines that only go on, and leaders of dots.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from core.extraction.reading import Text, said
from core.geometry import rows_of_page
from core.median import median
from core.tables.streams import is_number
from core.tables.table import Table
from core.text.lines import main_angles, upright

#: Heights of a line between two words that stand in different columns.
CHUNK_GAP = 0.9
#: Share of the filled cells of a row that must have as many lines, for these to be rows.
SAME_LINES = 0.6
LEAST_LINED = 4
MOST_HEAD_ROWS = 10
#: Heights of a line from one to the next within a name.
HEAD_PITCH = 1.8
_LEADERS = re.compile(r"\s*(?:[.·…]\s?){4,}|\s*(?:[.·…]\s?){2,}$")
_EMPTY = re.compile(r"^[\s.·…]*$")


@dataclass(slots=True)
class GridCell:
    """One cell: its words, and the last column that it reaches."""

    words: list[int]
    until: int


@dataclass(slots=True)
class GridRow:
    """One row; repeated heads of later pages are none."""

    page: int
    cells: dict[int, GridCell] = field(default_factory=dict)


@dataclass(slots=True)
class Grid:
    """A table to be taken out."""

    rows: list[GridRow]
    columns: int
    header: int
    caption: str


class Upright:
    """The boxes of words, turned so that their page's text runs left to right."""

    def __init__(self, text: Text) -> None:
        words = text.document.words
        sizes = {page.number: (page.width, page.height) for page in text.document.pages}
        self.box = words.box
        self.words = words
        self._rules = text.document.rules
        self._sizes = sizes
        self._turns = main_angles(words.page, words.angle) if len(words) else np.zeros(1, np.int32)
        turned = self._turns[words.page] != 0
        if turned.any():
            at = np.flatnonzero(turned)
            shape = np.array([sizes[p] for p in words.page[at].tolist()], np.float32)
            self.box = words.box.copy()
            self.box[at], _ = upright(words.box[at], shape, self._turns[words.page[at]])

    def has_rule_between(self, page: int, left: float, right: float, top: float, bottom: float) -> bool:
        """Whether a level line is drawn between two heights, over most of a width."""
        low, high = rows_of_page(self._rules.page, page)
        if low == high or self._turns[page]:
            return False
        box = self._rules.box[low:high]
        level = (box[:, 2] - box[:, 0]) > (box[:, 3] - box[:, 1])
        middle = (box[:, 1] + box[:, 3]) / 2
        shared = np.minimum(box[:, 2], right) - np.maximum(box[:, 0], left)
        return bool((level & (middle > top) & (middle < bottom) & (shared > 0.5 * (right - left))).any())


def grid_of(text: Text, table: Table, places: Upright) -> Grid:
    """The table with the cells that a person sees."""
    until = {(r, c): u for r, c, u in zip(table.row.tolist(), table.column.tolist(), table.until.tolist(), strict=True)}
    rows = [GridRow(int(table.pages[row])) for row in range(table.rows) if row not in table.repeats]
    place = {row: k for k, row in enumerate(row for row in range(table.rows) if row not in table.repeats)}
    for (row, column), at in table.cells.items():
        if row in place:
            rows[place[row]].cells[column] = GridCell(at.tolist(), until[row, column])
    header = sum(row in place for row in range(table.header))
    grid = Grid(rows, table.columns, header, table.caption)
    _compact(grid)
    _split_bands(grid, text, places)
    _compact(grid)
    _split_lined_rows(grid, text, places)
    _join_heads(grid, text, places)
    _join_endings(grid, text)
    _compact(grid)
    return grid


def cell_text(text: Text, words: list[int]) -> str:
    """What stands in a cell, without the leaders that lead to the next one."""
    written = said(text.document, np.array(words, np.int64))
    if _EMPTY.match(written):
        return "" if len(written) > 3 else written
    return _LEADERS.sub(" ", written).strip()


def _compact(grid: Grid) -> None:
    """Leave out rows and columns in which nothing stands."""
    header = sum(bool(row.cells) for row in grid.rows[: grid.header])
    grid.rows = [row for row in grid.rows if row.cells]
    grid.header = min(header, len(grid.rows))
    used = sorted({column for row in grid.rows for column in row.cells})
    new = {column: k for k, column in enumerate(used)}
    for row in grid.rows:
        row.cells = {
            new[column]: GridCell(cell.words, max(new[c] for c in used if column <= c <= max(column, cell.until)))
            for column, cell in sorted(row.cells.items())
        }
    grid.columns = len(used)


def _chunks(words: list[int], places: Upright) -> list[list[int]]:
    """The words of a cell in groups that stand together, line by line."""
    box = places.box
    heights = [float(box[k, 3] - box[k, 1]) for k in words]
    size = max(float(median(np.array(heights))), 1.0)
    ordered = sorted(words, key=lambda k: (float(box[k, 1] + box[k, 3]) / 2, float(box[k, 0])))
    lines: list[list[int]] = []
    level = -1e9
    for k in ordered:
        middle = float(box[k, 1] + box[k, 3]) / 2
        if middle - level > 0.5 * size:
            lines.append([])
            level = middle
        lines[-1].append(k)
    found: list[list[int]] = []
    for line in lines:
        line.sort(key=lambda k: float(box[k, 0]))
        found.append([line[0]])
        for before, k in pairwise(line):
            if float(box[k, 0] - box[before, 2]) > CHUNK_GAP * size:
                found.append([])
            found[-1].append(k)
    return found


def _extents(grid: Grid, places: Upright) -> dict[int, tuple[float, float]]:
    """From where to where the words of each column reach, by the cells that stand in it alone."""
    found: dict[int, list[tuple[float, float]]] = {}
    for row in grid.rows:
        for column, cell in row.cells.items():
            if cell.until == column:
                box = places.box[cell.words]
                found.setdefault(column, []).append((float(box[:, 0].min()), float(box[:, 2].max())))
    return {
        column: (float(np.percentile([a for a, _ in spans], 10)), float(np.percentile([b for _, b in spans], 90)))
        for column, spans in found.items()
        if len(spans) >= 2
    }


def _split_bands(grid: Grid, text: Text, places: Upright) -> None:
    """Give the words of a field that spans columns to these, where they stand in groups at the places of columns."""
    extents = _extents(grid, places)
    for row in grid.rows:
        for column, cell in list(row.cells.items()):
            if cell.until == column:
                continue
            chunks = _chunks(cell.words, places)
            chunks = [part for chunk in chunks for part in _apart(chunk, extents, text, places)]
            columns = [c for c in range(column, cell.until + 1) if c in extents]
            if len(chunks) < 2 or len(columns) < 2:
                continue
            given: dict[int, list[int]] = {}
            per_line: set[tuple[int, int]] = set()
            fits = True
            for chunk in chunks:
                box = places.box[chunk]
                left, right = float(box[:, 0].min()), float(box[:, 2].max())
                over = [c for c in columns if min(right, extents[c][1]) - max(left, extents[c][0]) > 0]
                middle = (left + right) / 2
                nearest = min(columns, key=lambda c: abs(sum(extents[c]) / 2 - middle))
                line = round(float(box[:, 1].min()))
                if len(over) > 2 or (nearest, line) in per_line or (nearest in row.cells and nearest != column):
                    fits = False
                    break
                per_line.add((nearest, line))
                given.setdefault(nearest, []).extend(chunk)
            if not fits or len(given) < 2:
                continue
            del row.cells[column]
            for c, words in given.items():
                row.cells[c] = GridCell(words, c)


def _apart(
    chunk: list[int], extents: Mapping[int, tuple[float, float]], text: Text, places: Upright
) -> list[list[int]]:
    """Numbers that stand close together, each in a column of its own."""
    if len(chunk) < 2 or not all(is_number(text.document.words.text(word)) for word in chunk):
        return [chunk]
    middles = [float(places.box[word, 0] + places.box[word, 2]) / 2 for word in chunk]
    centres = {column: sum(extent) / 2 for column, extent in extents.items()}
    nearest = [min((abs(centre - at), c) for c, centre in centres.items())[1] for at in middles] if centres else []
    return [[word] for word in chunk] if len(set(nearest)) == len(chunk) else [chunk]


def _lines_of(words: list[int], places: Upright) -> list[list[int]]:
    lines: list[list[int]] = []
    bottom = -1e9
    for k in sorted(words, key=lambda k: float(places.box[k, 1] + places.box[k, 3])):
        middle = float(places.box[k, 1] + places.box[k, 3]) / 2
        if middle > bottom:
            lines.append([])
            bottom = float(places.box[k, 3])
        lines[-1].append(k)
    return [sorted(line, key=lambda k: float(places.box[k, 0])) for line in lines]


def _split_lined_rows(grid: Grid, text: Text, places: Upright) -> None:
    """Rows of numbers that have no rules between them stand in one field each: every line of these is a row."""
    rows: list[GridRow] = []
    header = 0
    for k, row in enumerate(grid.rows):
        lined = {column: _lines_of(cell.words, places) for column, cell in row.cells.items()}
        counts = [len(lines) for lines in lined.values()]
        count = max(set(counts), key=counts.count) if counts else 1
        same = {column: lines for column, lines in lined.items() if len(lines) == count}
        header += k < grid.header
        led = _led_rows(lined.get(0, []), text)
        if led:
            rows += _by_first_line(row, lined, led, places)
            continue
        numbers = sum(
            is_number("".join(text.document.words.text(w) for w in line)) for lines in same.values() for line in lines
        )
        if (
            count < 2
            or len(same) < LEAST_LINED
            or len(same) < SAME_LINES * len(lined)
            or numbers < SAME_LINES * count * len(same)
        ):
            rows.append(row)
            continue
        middles = [
            float(np.median([np.mean(places.box[lines[n]][:, [1, 3]]) for lines in same.values()]))
            for n in range(count)
        ]
        made = [GridRow(row.page) for _ in range(count)]
        for column, lines in lined.items():
            for line in lines:
                at = float(np.mean(places.box[line][:, [1, 3]]))
                n = int(np.argmin([abs(at - middle) for middle in middles]))
                cell = made[n].cells.setdefault(column, GridCell([], row.cells[column].until))
                cell.words.extend(line)
        rows += made
    grid.rows, grid.header = rows, header


def _led_rows(lines: list[list[int]], text: Text) -> list[int]:
    """The lines of a first cell that begin a row each, because leaders lead away from the line before."""
    words = text.document.words
    led = [bool(_EMPTY.match(words.text(line[-1]))) or words.text(line[-1]).endswith("....") for line in lines]
    starts = [0, *(n for n in range(1, len(lines)) if led[n - 1])]
    return starts if len(starts) > 1 else []


def _by_first_line(
    row: GridRow, lined: Mapping[int, list[list[int]]], starts: list[int], places: Upright
) -> list[GridRow]:
    tops = [float(places.box[lined[0][n]][:, 1].min()) for n in starts]
    made = [GridRow(row.page) for _ in starts]
    for column, lines in lined.items():
        for line in lines:
            at = float(np.mean(places.box[line][:, [1, 3]]))
            n = max((k for k, top in enumerate(tops) if top <= at), default=0)
            made[n].cells.setdefault(column, GridCell([], row.cells[column].until)).words.extend(line)
    return made


def _join_heads(grid: Grid, text: Text, places: Upright) -> None:
    """Names of columns that are stacked line by line become one name each; a name over several stays above them."""
    first = _first_of_body(grid, text)
    if first is None or first < 2:
        grid.header = max(grid.header, first or 0)
        return
    rows = grid.rows[:first]
    _part_tight_heads(rows, _extents(grid, places), places)
    out = [rows[0]]
    for row in rows[1:]:
        above = out[-1]
        if _is_stacked(above, row, places):
            for column, cell in above.cells.items():
                below = row.cells.get(column)
                row.cells[column] = GridCell(cell.words + (below.words if below else []), column)
            out[-1] = row
        else:
            out.append(row)
    grid.rows[:first] = out
    grid.header = len(out)


def _first_of_body(grid: Grid, text: Text) -> int | None:
    """The first row, near the top, of which half of the cells but the first hold numbers or signs for none; or None."""
    for k, row in enumerate(grid.rows[: MOST_HEAD_ROWS + 1]):
        others = [cell_text(text, cell.words) for column, cell in row.cells.items() if column]
        numbers = sum(is_number(one) or not any(map(str.isalpha, one)) for one in others)
        is_years = all(re.fullmatch(r"(?:19|20)\d\d(?:[–/-]\d\d(?:\d\d)?)?", one) for one in others)
        if others and numbers >= 0.5 * len(others) and not is_years:
            while k and len(grid.rows[k - 1].cells) == 1 and 0 in grid.rows[k - 1].cells and k > grid.header:
                k -= 1  # a heading over the first rows, alone on its line
            return k
    return None


def _part_tight_heads(rows: list[GridRow], extents: Mapping[int, tuple[float, float]], places: Upright) -> None:
    """Two names side by side that stand too close together are two, where those above and below them are apart."""
    for k, row in enumerate(rows):
        for column, cell in list(row.cells.items()):
            others = [other for j, other in enumerate(rows) if abs(j - k) == 1]
            spans = range(column, cell.until + 1)
            apart = len(others) > 1 and all(
                all(c in other.cells and other.cells[c].until == c for c in spans) for other in others
            )
            if cell.until != column + 1 or not apart or not {column, column + 1} <= extents.keys():
                continue
            edge = (sum(extents[column]) + sum(extents[column + 1])) / 4
            words = sorted(cell.words, key=lambda w: float(places.box[w, 0]))
            gaps = [
                (abs(float(places.box[a, 2] + places.box[b, 0]) / 2 - edge), n)
                for n, (a, b) in enumerate(pairwise(words), 1)
            ]
            if gaps:
                cut = min(gaps)[1]
                row.cells[column] = GridCell(words[:cut], column)
                row.cells[column + 1] = GridCell(words[cut:], column + 1)


def _is_stacked(above: GridRow, below: GridRow, places: Upright) -> bool:
    """Whether the cells of two rows of a head are lines of the same names."""
    if above.page != below.page or any(
        cell.until > column for column, cell in (*above.cells.items(), *below.cells.items())
    ):
        return False
    if not set(above.cells) <= set(below.cells):
        return False
    for column, cell in above.cells.items():
        box, next_box = places.box[cell.words], places.box[below.cells[column].words]
        height = float(np.median(box[:, 3] - box[:, 1]))
        pitch = float(next_box[:, 1].min() - box[:, 1].max())
        if pitch > HEAD_PITCH * max(height, 1.0):
            return False
        left, right = min(box[:, 0].min(), next_box[:, 0].min()), max(box[:, 2].max(), next_box[:, 2].max())
        top, bottom = float(np.median(box[:, 1])), float(np.median(next_box[:, 3]))
        if places.has_rule_between(above.page, float(left), float(right), top, bottom):
            return False
    return True


def _join_endings(grid: Grid, text: Text) -> None:
    """A row that only goes on with the words of one cell above belongs to that."""
    kept: list[GridRow] = []
    header = 0
    for k, row in enumerate(grid.rows):
        if kept and k >= grid.header and len(row.cells) == 1:
            column, cell = next(iter(row.cells.items()))
            above = kept[-1].cells.get(column)
            words = text.document.words
            goes_on = (
                above is not None
                and len(kept[-1].cells) > 1
                and words.text(cell.words[0])[:1].islower()
                and kept[-1].page == row.page
            )
            if goes_on and above is not None:
                above.words = _without_leaders(above.words, text) + cell.words
                continue
        header += k < grid.header
        kept.append(row)
    grid.rows, grid.header = kept, header


def _without_leaders(words: list[int], text: Text) -> list[int]:
    while words and _EMPTY.match(text.document.words.text(words[-1])):
        words = words[:-1]
    return words
