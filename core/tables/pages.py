"""The tables of one page: from its rules, from level rules and white space, from white space alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from unicodedata import category

import numpy as np
from numpy.typing import NDArray

from core.geometry import Box, Boxes
from core.median import median
from core.tables.lattice import SLIVER, Grid, Line, grids, lines_of_rules
from core.tables.streams import (
    CORRIDOR,
    CROSSING,
    OPEN_CORRIDOR,
    Strip,
    are_aligned,
    drawn_in_rows,
    drawn_side_by_side,
    edges_of,
    first_column_is_marks,
    has_column_of_prose,
    is_number,
    looks_like_prose,
    rows_of,
    settle,
    strips_of,
)
from core.tables.table import Part

MOST_CUT_WORDS = 0.08  #: share of a grid's words that may lie across its lines
STAVE_LINES, STAVE_PITCH = 4, 7.5  #: so many lines less than so many points apart rule no text
WATERMARK = 2.5  #: times the usual height of words
TALL_ROW = 4  #: rows of text in one row of a grid that is then parted by its text
LEAST_OPEN_ROWS = 3  #: of a table without rules
LEAST_TWO_COLUMN_ROWS = 4  #: likewise, of two columns
OPEN_FILL = 0.6  #: share of the strips of a table without rules that must have several cells
MOST_SYMBOLS = 0.34  #: share of the words of a table without rules that may lack letters and digits
STRIP_GAP = 2.6  #: heights of a line between two rows of a table without rules, at most
MOST_SIGNS = 0.6  #: share of the words of a table that may be glyphs without a meaning in text, as notes of music are
MANY_ROWS, LEAST_FILLED_ROWS = 8, 0.5  #: of a grid: from so many on, at least this share must hold words
SHEET_WORDS, SHEET_SHARE = 100, 0.4  #: words of a grid of many rows, and share of them, that no table has in one field
ROOM_SHARE = 0.4  #: of a page, along both sides: a field so large holds a drawing
MOST_STRIPS = 400  #: of one page looked at for tables without rules
MOST_BANDS = 12  #: level rules of one width for which every stretch is tried
MOST_TRIES, MOST_GROUPS = 80, 30  #: stretches between level rules that are looked at, of one width, and widths
MOST_CHUNKS = 5_000  #: of one page looked at for tables without rules
SAME_END = 8.0  #: points by which the ends of level rules of one table may differ

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class PageView:
    """One page in the frame in which its text runs left to right.

    Attributes:
        number: From 1.
        first: Index of its first word.
        texts: (n,) of its words.
        box: (n, 4) of its words, points.
        level: (n,) bool, words that run as the page does.
        mono: (n,) bool, words in a font whose letters are all equally wide.
        rules: (m, 4) its lines, points.
        has_gaps: Whether wide gaps within lines are frequent enough to look for tables without rules.
        size: Width and height, points.
    """

    number: int
    first: int
    texts: Sequence[str]
    box: Boxes
    level: Bools
    mono: Bools
    rules: Boxes
    has_gaps: bool
    size: tuple[float, float]


def parts_of(view: PageView) -> list[Part]:
    """The tables of a page, from top to bottom."""
    taken = np.zeros(len(view.box), bool)
    parts: list[Part] = []
    if len(view.rules):
        level, upright = lines_of_rules(view.rules)
        found, free = grids(_without_staves(level), upright)
        for grid in found:
            if _is_drawing(view, grid):
                continue
            part = _of_grid(view, grid, taken)
            if part is not None:
                parts.append(part)
                taken[part.words - view.first] = True
            else:
                free += [Line(float(y), float(grid.xs[0]), float(grid.xs[-1])) for y in grid.ys]
        for lines in _same_ends(free)[:MOST_GROUPS]:
            for group in _without_prose(view, lines):
                parts += _of_level_rules(view, group, taken)
    if view.has_gaps:
        parts += _open(view, taken)
    parts.sort(key=lambda part: (part.box[1], part.box[0]))
    return parts


# ---------------------------------------------------------------- grids


def _of_grid(view: PageView, grid: Grid, taken: Bools) -> Part | None:
    xs, ys = grid.xs, grid.ys
    x, y = (view.box[:, 0] + view.box[:, 2]) / 2, (view.box[:, 1] + view.box[:, 3]) / 2
    at = np.flatnonzero((x > xs[0]) & (x < xs[-1]) & (y > ys[0]) & (y < ys[-1]) & ~taken)
    at = _without_watermark(view, at)
    if len(at) < 3:
        return None
    row, column = np.searchsorted(ys, y[at], "right") - 1, np.searchsorted(xs, x[at], "right") - 1
    if _cut(view.box[at], grid, row) > MOST_CUT_WORDS * len(at):
        return None
    cell = grid.cell[row, column]
    columns = grid.cell.shape[1]
    # The frame of a sheet and the title block in its corner are one grid, of which the drawing is no field.
    field = ~_rooms(grid, view.size)[cell]
    if not field.any():
        return None
    at, row, column, cell = at[field], row[field], column[field], cell[field]
    anchor_row, anchor = cell // columns, cell % columns
    last = _last_columns(grid)[cell]
    if len(np.unique(cell)) < 3 or len(np.unique(anchor)) < 2 or _full_rows(cell, columns) < 2:
        return None
    row, rows, header = _numbered_rows(view, grid, at, anchor_row, anchor)
    keep = _kept_columns(grid, anchor)
    number = np.cumsum(keep) - 1
    edges = (*(float(v) for v in xs[:-1][keep]), float(xs[-1]))
    return Part(
        page=view.number,
        box=(float(xs[0]), float(ys[0]), float(xs[-1]), float(ys[-1])),
        edges=edges,
        words=at + view.first,
        row=row,
        column=np.maximum(number[anchor], 0),
        until=np.maximum(number[last], 0),
        rows=rows,
        header=header,
        is_ruled=True,
    )


def _is_drawing(view: PageView, grid: Grid) -> bool:
    """Whether lines that touch rule no table: most rows are empty, one field holds most of it, or it holds music."""
    xs, ys = grid.xs, grid.ys
    x, y = (view.box[:, 0] + view.box[:, 2]) / 2, (view.box[:, 1] + view.box[:, 3]) / 2
    at = np.flatnonzero((x > xs[0]) & (x < xs[-1]) & (y > ys[0]) & (y < ys[-1]))
    if not len(at):
        return False
    row, column = np.searchsorted(ys, y[at], "right") - 1, np.searchsorted(xs, x[at], "right") - 1
    most = int(np.bincount(grid.cell[row, column]).max())
    if len(ys) > MANY_ROWS and (
        len(np.unique(row)) < LEAST_FILLED_ROWS * (len(ys) - 1) or most > max(SHEET_WORDS, SHEET_SHARE * len(at))
    ):
        return True
    signs = sum(all(category(character) == "Co" for character in view.texts[k]) for k in at.tolist())
    return signs > MOST_SIGNS * len(at)


def _full_rows(cell: Ints, columns: int) -> int:
    """How many rows have words in two cells: boxes of a diagram have not."""
    _, count = np.unique(np.unique(cell) // columns, return_counts=True)
    return int((count > 1).sum())


def _without_watermark(view: PageView, at: Ints) -> Ints:
    """Words without those that are far larger than most: they lie over a table and are no part of it."""
    if not len(at):
        return at
    height = np.minimum(view.box[at, 3] - view.box[at, 1], view.box[at, 2] - view.box[at, 0])
    usual = float(median(view.box[at, 3] - view.box[at, 1]))
    return np.asarray(at[height <= WATERMARK * max(usual, 4.0)])


def _cut(box: Boxes, grid: Grid, row: Ints) -> int:
    """How many words lie across an upright line of their row."""
    inside = (box[:, :1] < grid.xs - 2) & (box[:, 2:3] > grid.xs + 2)
    return int((inside & grid.upright[row]).any(axis=1).sum())


def _rooms(grid: Grid, size: tuple[float, float]) -> Bools:
    """By number of a cell: whether it is so large that a drawing stands in it."""
    count = grid.cell.size
    wide, high = np.zeros(count), np.zeros(count)
    for axis, (places, into) in enumerate(((grid.ys, high), (grid.xs, wide))):
        low, top = np.full(count, np.inf), np.full(count, -np.inf)
        shape = (-1, 1) if axis == 0 else (1, -1)
        edges = np.broadcast_to(places[:-1].reshape(shape), grid.cell.shape).ravel()
        ends = np.broadcast_to(places[1:].reshape(shape), grid.cell.shape).ravel()
        np.minimum.at(low, grid.cell.ravel(), edges)
        np.maximum.at(top, grid.cell.ravel(), ends)
        there = np.isfinite(low)
        into[there] = (top - low)[there]
    return np.asarray((wide > ROOM_SHARE * size[0]) & (high > ROOM_SHARE * size[1]))


def _last_columns(grid: Grid) -> Ints:
    """By number of a cell: the last column it reaches."""
    columns = grid.cell.shape[1]
    last = np.zeros(grid.cell.size, np.int64)
    np.maximum.at(last, grid.cell.ravel(), np.tile(np.arange(columns), grid.cell.shape[0]))
    return last


def _kept_columns(grid: Grid, anchor: Ints) -> Bools:
    """Columns that are more than a sliver or hold words."""
    keep = np.diff(grid.xs) > SLIVER
    keep[np.unique(anchor)] = True
    return np.asarray(keep)


def _numbered_rows(view: PageView, grid: Grid, at: Ints, anchor_row: Ints, anchor: Ints) -> tuple[Ints, int, int]:
    """Rows as read: fields of a grid, or rows of text where a field is as tall as many of them.

    Returns:
        The row of each word, how many there are, and how many of them are a header set off by a rule.
    """
    bands = len(grid.ys) - 1
    starts: list[float] = []
    header = 0
    for band in range(bands):
        starts.append(float(grid.ys[band]))
        mine = anchor_row == band
        if bands > 4 or not mine.any() or not (grid.cell[band] // grid.cell.shape[1] == band).all():
            continue
        strips = strips_of(at[mine] + view.first, view.box[at[mine]])
        if len(strips) < TALL_ROW:
            continue
        place = {int(word): int(column) for word, column in zip(at[mine] + view.first, anchor[mine], strict=True)}
        for strip in strips:
            for chunk in strip.chunks:
                chunk.column = chunk.until = place[chunk.words[0]]
        used = {chunk.column for strip in strips for chunk in strip.chunks}
        full = sum(len({chunk.column for chunk in strip.chunks}) >= max(2, 0.6 * len(used)) for strip in strips)
        if full < 0.6 * len(strips):
            continue
        header = header or len(starts) - 1
        rows = rows_of(strips)
        starts += [(a.bottom + b.top) / 2 for (a, ra), (b, rb) in pairwise(zip(strips, rows, strict=True)) if rb > ra]
    y = (view.box[at, 1] + view.box[at, 3]) / 2
    by_text = np.searchsorted(np.array(starts), y, "right") - 1
    first_of_band = np.searchsorted(np.array(starts), grid.ys[:-1], "left")
    split = np.bincount(np.clip(np.searchsorted(grid.ys, starts, "right") - 1, 0, bands - 1), minlength=bands) > 1
    row = np.where(split[anchor_row], by_text, first_of_band[anchor_row])
    return row.astype(np.int64), len(starts), header


# ---------------------------------------------------------------- level rules


def _without_staves(level: list[Line]) -> list[Line]:
    """Level lines without those that stand too close together for text between them: staves, hatching, scales."""
    kept: list[Line] = []
    for group in _same_ends(level, least=1):
        run: list[Line] = []
        for line in group:
            if run and line.at - run[-1].at >= STAVE_PITCH:
                kept += run if len(run) < STAVE_LINES else []
                run = []
            run.append(line)
        kept += run if len(run) < STAVE_LINES else []
    return kept


def _same_ends(lines: list[Line], least: int = 2) -> list[list[Line]]:
    """Level lines that begin and end at the same places, from top to bottom."""
    groups: list[list[Line]] = []
    for line in sorted(lines, key=lambda n: n.at):
        for group in groups:
            if abs(group[0].start - line.start) <= SAME_END and abs(group[0].stop - line.stop) <= SAME_END:
                if line.at - group[-1].at > SLIVER:
                    group.append(line)
                break
        else:
            groups.append([line])
    return [group for group in groups if len(group) >= least]


def _without_prose(view: PageView, lines: list[Line]) -> list[list[Line]]:
    """The runs of level lines between which something stands side by side; one lone row between them may span all."""
    ys = np.array([line.at for line in lines], np.float32)
    x, y = (view.box[:, 0] + view.box[:, 2]) / 2, (view.box[:, 1] + view.box[:, 3]) / 2
    inside = (x > lines[0].start - 3) & (x < lines[0].stop + 3) & (y > ys[0]) & (y < ys[-1]) & view.level
    at = np.flatnonzero(inside)
    bands: list[list[Strip]] = [[] for _ in range(len(lines) - 1)]
    for strip in strips_of(at + view.first, view.box[at]):
        bands[min(max(int(np.searchsorted(ys, strip.middle)) - 1, 0), len(bands) - 1)].append(strip)
    several = [any(len(strip.chunks) > 1 for strip in band) for band in bands]
    runs: list[list[int]] = []
    for k, band in enumerate(bands):
        if not several[k] and len(band) > 1:
            continue
        if runs and runs[-1][-1] == k - 1:
            runs[-1].append(k)
        else:
            runs.append([k])
    found: list[list[Line]] = []
    for run in runs:
        filled = [k for k in run if several[k]]
        if filled:
            found.append(lines[filled[0] : filled[-1] + 2])
    return found


def _of_level_rules(view: PageView, group: list[Line], taken: Bools) -> list[Part]:
    """Tables between level lines; the longest stretches first."""
    found: list[Part] = []
    start, count, tries = 0, len(group), 0
    while start < count - 1 and tries < MOST_TRIES:
        stops = range(count - 1, start, -1)
        for stop in stops if count - start <= MOST_BANDS else stops[:2]:
            tries += 1
            part = _between(view, group[start : stop + 1], taken)
            if part is not None:
                found.append(part)
                taken[part.words - view.first] = True
                start = stop
                break
        else:
            start += 1
    return found


def _between(view: PageView, lines: list[Line], taken: Bools) -> Part | None:
    top, bottom = lines[0].at, lines[-1].at
    left, right = min(n.start for n in lines) - 3, max(n.stop for n in lines) + 3
    x, y = (view.box[:, 0] + view.box[:, 2]) / 2, (view.box[:, 1] + view.box[:, 3]) / 2
    inside = (x > left) & (x < right) & (y > top) & (y < bottom) & view.level
    at = np.flatnonzero(inside)
    if len(at) < 4 or taken[at].any() or len(at) > 20_000:
        return None
    strips = strips_of(at + view.first, view.box[at])
    several = [strip for strip in strips if len(strip.chunks) > 1]
    ruled_rows = len(lines) >= 3
    if len(several) < 2 or (not ruled_rows and len(several) < LEAST_OPEN_ROWS):
        return None
    edges = edges_of(strips, CORRIDOR if len(several) >= 4 else OPEN_CORRIDOR)
    if edges is None:
        return None
    columns = len(edges) - 1
    crossing = settle(strips, edges)
    if crossing > max(1, CROSSING * len(strips)) or drawn_in_rows(strips) < 0.7:
        return None
    texts = _Texts(view)
    if looks_like_prose(strips, columns) and len(lines) < len(strips) / 2:
        return None
    if columns == 2 and first_column_is_marks(strips, texts):
        return None
    if not ruled_rows and not _is_open_table(view, strips, columns, texts):
        return None
    row, header = _banded_rows(strips, [n.at for n in lines])
    return _part(view, strips, row, edges, header, is_ruled=True)


def _banded_rows(strips: list[Strip], rules: list[float]) -> tuple[list[int], int]:
    """Rows of strips between level rules, and how many of them are above the first inner rule."""
    bands: list[list[Strip]] = [[] for _ in range(len(rules) + 1)]
    for strip in strips:
        bands[int(np.searchsorted(rules, strip.middle))].append(strip)
    filled = [band for band in bands if band]
    every = len(filled) > 3 and float(median([len(band) for band in filled])) <= 3
    rows: list[int] = []
    header = 0
    for k, band in enumerate(filled):
        inner = rows_of(band)
        if every and not _has_several_rows(band):
            inner = [0] * len(band)
        base = rows[-1] + 1 if rows else 0
        rows += [base + r for r in inner]
        if k == 0 and len(filled) > 1 and inner[-1] < 3 and not every:
            header = inner[-1] + 1
    return rows, header


def _has_several_rows(band: list[Strip]) -> bool:
    """Whether a stretch between two rules holds more than one row: its first column says so."""
    return sum(any(chunk.column == 0 for chunk in strip.chunks) and len(strip.chunks) > 1 for strip in band) > 1


# ---------------------------------------------------------------- no rules


def _open(view: PageView, taken: Bools) -> list[Part]:
    """Tables that white space alone makes; rather none than a wrong one."""
    at = np.flatnonzero(view.level & ~taken)
    strips = strips_of(at + view.first, view.box[at])
    if len(strips) > MOST_STRIPS or sum(len(strip.chunks) for strip in strips) > MOST_CHUNKS:
        return []
    texts = _Texts(view)
    gaps = [_gaps(strip) for strip in strips]
    found: list[Part] = []
    k = 0
    while k < len(strips):
        count = _grown(strips, gaps, k) if len(strips[k].chunks) > 1 else 0
        part = _of_open(view, strips[k : k + count], texts) if count >= LEAST_OPEN_ROWS else None
        if part is not None:
            found.append(part)
            k += count
        else:
            k += max(1, count // 2)
    return found


def _grown(strips: list[Strip], gaps: list[list[tuple[float, float]]], start: int) -> int:
    """How many strips from here on keep to the same columns."""
    size = strips[start].height
    free = gaps[start][1:-1]
    stop, several = start + 1, 1
    for k in range(start + 1, len(strips)):
        strip = strips[k]
        if strip.middle - strips[k - 1].middle > STRIP_GAP * size or not 0.6 * size <= strip.height <= 1.7 * size:
            break
        left = _meet(free, gaps[k], OPEN_CORRIDOR * size)
        if not left or (len(left) < len(free) and several > 1):
            break
        free = left
        stop = k + 1
        several += len(strip.chunks) > 1
    while stop > start and len(strips[stop - 1].chunks) < 2 and _is_first(strips[stop - 1], free):
        stop -= 1
    return stop - start


def _is_first(strip: Strip, free: list[tuple[float, float]]) -> bool:
    return strip.chunks[0].left < free[0][0]


def _gaps(strip: Strip) -> list[tuple[float, float]]:
    """White space between and around the chunks of a strip."""
    ends = [-np.inf, *(v for chunk in strip.chunks for v in (chunk.left, chunk.right)), np.inf]
    return list(zip(ends[::2], ends[1::2], strict=True))


def _meet(one: list[tuple[float, float]], other: list[tuple[float, float]], least: float) -> list[tuple[float, float]]:
    """What is in both."""
    found = []
    for a, b in one:
        for c, d in other:
            low, high = max(a, c), min(b, d)
            if high - low >= least:
                found.append((low, high))
    return found


def _of_open(view: PageView, strips: list[Strip], texts: _Texts) -> Part | None:
    edges = edges_of(strips, OPEN_CORRIDOR)
    if edges is None:
        return None
    columns = len(edges) - 1
    if settle(strips, edges) or not _is_open_table(view, strips, columns, texts):
        return None
    return _part(view, strips, rows_of(strips), edges, 0, is_ruled=False)


def _is_open_table(view: PageView, strips: list[Strip], columns: int, texts: _Texts) -> bool:
    """Whether rows of chunks are a table, and not a list, contents, code, formulas or text in columns."""
    several = [strip for strip in strips if len(strip.chunks) > 1]
    if len(several) < (LEAST_OPEN_ROWS if columns > 2 else LEAST_TWO_COLUMN_ROWS):
        return False
    if len(several) < OPEN_FILL * len(strips) or drawn_side_by_side(strips) < 0.6:
        return False
    words = [word for strip in strips for chunk in strip.chunks for word in chunk.words]
    local = np.array(words) - view.first
    if view.mono[local].mean() > 0.5:
        return False
    said = [texts[word] for word in words]
    odd = sum(not any(map(str.isalnum, text)) or (len(text) == 1 and text.isalpha()) for text in said)
    if odd > MOST_SYMBOLS * len(said) or any(set(text) <= {".", "·", "…"} and len(text) > 2 for text in said):
        return False
    if (
        has_column_of_prose(strips, columns)
        or looks_like_prose(strips, columns)
        or (first_column_is_marks(strips, texts) and columns == 2)
    ):
        return False
    if not are_aligned(strips, columns) or _is_contents(strips, columns, texts):
        return False
    if columns == 2:
        cells = [[_cell(c.words, texts) for s in several for c in s.chunks if c.column == k] for k in (0, 1)]
        short = [sum(len(cell.split()) <= 3 for cell in side) >= 0.8 * len(side) for side in cells]
        numbers = [sum(map(is_number, side)) >= 0.6 * len(side) for side in cells]
        return all(short) and any(numbers)
    return True


def _is_contents(strips: list[Strip], columns: int, texts: _Texts) -> bool:
    """Whether the last column is of page numbers that rise."""
    last = [_cell(c.words, texts) for s in strips for c in s.chunks if c.column == columns - 1]
    if len(last) < 3 or not all(cell.isdecimal() and len(cell) <= 4 for cell in last):
        return False
    values = [int(cell) for cell in last]
    return all(a <= b for a, b in pairwise(values))


def _cell(words: list[int], texts: _Texts) -> str:
    return " ".join(texts[word] for word in words)


class _Texts(Sequence[str]):
    """Texts of a page's words by their index in the document."""

    def __init__(self, view: PageView) -> None:
        self._texts, self._first = view.texts, view.first

    def __getitem__(self, index: int) -> str:  # type: ignore[override]
        return self._texts[index - self._first]

    def __len__(self) -> int:
        return self._first + len(self._texts)


def _part(
    view: PageView, strips: list[Strip], rows: list[int], edges: list[float], header: int, *, is_ruled: bool
) -> Part:
    found = sorted(
        (word, row, chunk.column, chunk.until)
        for strip, row in zip(strips, rows, strict=True)
        for chunk in strip.chunks
        for word in chunk.words
    )
    words, row, column, until = (np.array(values, np.int64) for values in zip(*found, strict=True))
    box: Box = (edges[0], min(s.top for s in strips), edges[-1], max(s.bottom for s in strips))
    return Part(view.number, box, tuple(edges), words, row, column, until, rows[-1] + 1, header, is_ruled)
