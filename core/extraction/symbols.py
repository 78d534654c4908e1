"""Legends of symbols on drawings, and how often each symbol stands on the pages: by the shape of its lines, no model.

A legend is found by its title; in it each line of text with something drawn to its left is a symbol with its
meaning. The symbol's lines are looked for on every page, shifted, turned by quarters and mirrored, at the legend's
scale. Letters in a symbol are part of it. What is larger is looked for first, and its lines are not counted again as
a part's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.drawings.joining import Floats, Ints, clustered, near_points
from core.drawings.lines import Lines, lines_from
from core.extraction.reading import Text, said
from core.geometry import Box, rows_of_page
from core.searching.folding import folded

#: Titles of legends without accents and capitals: alone on their line, or its first or last words.
TITLES = frozenset(
    (
        *("legend", "legende", "symbols", "symbol legend", "legend of symbols", "symbol key", "symbol list"),
        *("key to symbols", "symbole", "symbolliste", "zeichenerklarung", "symbolerklarung", "symboles"),
        *("legende des symboles", "leyenda", "simbolos", "simbologia"),
    )
)
MOST_LEGENDS, MOST_SYMBOLS, MOST_PLACES = 20, 200, 20_000  #: of a document
MOST_TRIED = 4_000  #: places on a page at which one symbol in one position is tried
MOST_POINTS = 2_000_000  #: lines of symbols that are looked for at once
LEAST_STROKES = 3  #: a single line is a kind of line, which is not counted
TOLERANCE = 0.6  #: points by which ends of lines may lie elsewhere
FOUND = 0.95  #: share of a symbol's lines that must be there
STRANGE = 1.25  #: by so much more may be drawn within its box: more is another symbol
REACH = 90.0  #: points from a text to what is drawn for it
GAP = 4.0  #: lines of text between two entries of one legend, at most
NEAR = 2.0  #: points between lines that are not one symbol
RULE = 72.0  #: points; longer lines in a legend rule it


@dataclass(frozen=True, eq=False)
class Symbol:
    """What stands in a legend.

    Attributes:
        label: What it means.
        page: Of the legend; likewise `box`.
        lines: Its lines on that page.
        letters: The words inside of it.
    """

    label: str
    page: int
    box: Box
    lines: Lines
    letters: frozenset[str]


def symbols_json(text: Text) -> list[dict[str, Any]]:
    """The symbols of all legends, each with `label`, `letters`, where the legend shows it, `count` and `places`.

    Places are [{page, box}], those in legends left out.
    """
    symbols, covered = _legends(text)
    if not symbols:
        return []
    found: list[list[dict[str, Any]]] = [[] for _ in symbols]
    order = sorted(range(len(symbols)), key=lambda k: -len(symbols[k].lines))
    total = 0
    for page in text.document.pages:
        lines = _lines_of(text, page.number)
        if not len(lines):
            continue
        sheet = _Sheet(text, page.number, lines, covered.get(page.number, ()))
        for k in order:
            for box in sheet.places(symbols[k]):
                if total < MOST_PLACES:
                    found[k].append({"page": page.number, "box": [round(edge, 2) for edge in box]})
                    total += 1
    return [
        {
            "id": f"symbol-{k + 1}",
            "label": symbol.label,
            "letters": sorted(symbol.letters),
            "page": symbol.page,
            "box": [round(edge, 2) for edge in symbol.box],
            "count": len(places),
            "places": sorted(places, key=lambda one: (one["page"], one["box"][1], one["box"][0])),
        }
        for k, (symbol, places) in enumerate(zip(symbols, found, strict=True))
    ]


# ---------------------------------------------------------------- legends


@dataclass(frozen=True)
class _Line:
    """One line of text on a page: its words and the box around them."""

    words: NDArray[np.int64]
    box: Box

    @property
    def height(self) -> float:
        return self.box[3] - self.box[1]


def _legends(text: Text) -> tuple[list[Symbol], dict[int, list[Box]]]:
    """All symbols, and by page the boxes of the legends."""
    symbols: list[Symbol] = []
    covered: dict[int, list[Box]] = {}
    for page in text.document.pages:
        rows = _text_lines(text, page.number)
        titles = [row for row in rows if _is_title(said(text.document, row.words))]
        if not titles:
            continue
        lines = _lines_of(text, page.number)
        for title in titles:
            if sum(map(len, covered.values())) >= MOST_LEGENDS:
                return symbols, covered
            made, box = _entries(text, page.number, title, rows, lines)
            symbols += made[: MOST_SYMBOLS - len(symbols)]
            if made:
                covered.setdefault(page.number, []).append(box)
    return symbols, covered


def _is_title(line: str) -> bool:
    tokens = folded(line)
    return len(tokens) <= 5 and (
        " ".join(tokens) in TITLES or (bool(tokens) and {tokens[0], tokens[-1]} & TITLES != set())
    )


def _text_lines(text: Text, page: int) -> list[_Line]:
    """Words of a page side by side, from the top; a wide gap parts two lines of two columns."""
    words = text.document.words
    first, stop = rows_of_page(words.page, page)
    at = first + np.flatnonzero(text.seen[first:stop])
    boxes = words.box[at].astype(np.float64)
    order = np.lexsort((boxes[:, 0], np.round((boxes[:, 1] + boxes[:, 3]) / 4)))
    found: list[_Line] = []
    for k in order.tolist():
        x0, y0, x1, y1 = boxes[k].tolist()
        if found:
            before = found[-1]
            a0, b0, a1, b1 = before.box
            level = min(b1, y1) - max(b0, y0) > 0.5 * min(b1 - b0, y1 - y0)
            if level and -1 <= x0 - a1 < 1.2 * (y1 - y0):
                joined = np.append(before.words, at[k])
                found[-1] = _Line(joined, (min(a0, x0), min(b0, y0), max(a1, x1), max(b1, y1)))
                continue
        found.append(_Line(np.array([at[k]], np.int64), (x0, y0, x1, y1)))
    return sorted(found, key=lambda line: (line.box[1], line.box[0]))


def _entries(text: Text, page: int, title: _Line, rows: list[_Line], lines: Lines) -> tuple[list[Symbol], Box]:
    """What stands below a title: texts under each other with something drawn to their left."""
    made: list[Symbol] = []
    x0, _, x1, y1 = title.box
    low, column = y1, None
    across = (lines.ends[:, 0] + lines.ends[:, 2]) / 2
    below = lines.ends[:, [1, 3]].min(axis=1) > title.box[3]
    drawn = _without_rules(lines.chosen(below & (across > x0 - 2 * REACH) & (across < x1 + 2 * REACH)))
    clusters = clustered(drawn.ends, NEAR)
    boxes = _boxes_of(drawn.ends, clusters)
    for row in rows:
        if row.box[1] < title.box[3] - 1 or row is title:
            continue
        if column is not None and abs(row.box[0] - column) > 6:
            continue
        if column is None and not x0 - REACH < row.box[0] < x1 + REACH:
            continue
        if row.box[1] - low > GAP * max(row.height, title.height) + REACH * (column is None):
            break
        middle, reach = (row.box[1] + row.box[3]) / 2, max(1.5 * row.height, 12.0)
        mine = [
            k
            for k, box in boxes.items()
            if box[2] <= row.box[0] + 1
            and box[2] > row.box[0] - REACH
            and abs((box[1] + box[3]) / 2 - middle) < reach
            and box[3] - box[1] < REACH
        ]
        if not mine:
            continue
        chosen = np.isin(clusters, mine)
        around = _box(drawn.ends[chosen])
        inside = _words_in(text, page, around)
        column, low = row.box[0], max(row.box[3], around[3])
        if int(chosen.sum()) >= LEAST_STROKES:
            label = said(text.document, row.words)
            made.append(Symbol(label, page, around, drawn.chosen(chosen), inside))
        for k in mine:
            boxes.pop(k)
        x0, x1 = min(x0, around[0]), max(x1, row.box[2])
        y1 = low
    return made, (x0 - 2, title.box[1] - 2, x1 + 2, y1 + 2)


def _without_rules(lines: Lines) -> Lines:
    """Lines that can belong to a symbol: not long ones, and not level or upright ones that come again and again."""
    if not len(lines):
        return lines
    ends = lines.ends
    size = np.abs(ends[:, 2:] - ends[:, :2])
    kept = lines.lengths < RULE
    straight = size.min(axis=1) < 0.3
    # Borders of cells: the same extent along one axis, in at least three rows or columns, as long as a cell is high.
    level = size[:, 1] < 0.3
    along = np.where(level[:, None], ends[:, [0, 2]], ends[:, [1, 3]])
    _, where, count = np.unique(
        np.column_stack((level, np.round(along, 0))), axis=0, return_inverse=True, return_counts=True
    )
    return lines.chosen(kept & ~(straight & (count[where.ravel()] >= 4) & (lines.lengths > 24)))


def _lines_of(text: Text, page: int) -> Lines:
    strokes = text.document.strokes
    first, stop = rows_of_page(strokes.page, page)
    return lines_from(strokes.ends[first:stop], np.zeros(stop - first, np.int64))


def _boxes_of(ends: Floats, clusters: Ints) -> dict[int, Box]:
    """By cluster the box around its lines."""
    numbers, where = np.unique(clusters, return_inverse=True)
    low, high = np.full((len(numbers), 2), np.inf), np.full((len(numbers), 2), -np.inf)
    for half in (ends[:, :2], ends[:, 2:]):
        np.minimum.at(low, where, half)
        np.maximum.at(high, where, half)
    sides = zip(numbers.tolist(), low.tolist(), high.tolist(), strict=True)
    return {k: (x0, y0, x1, y1) for k, (x0, y0), (x1, y1) in sides}


def _box(ends: Floats) -> Box:
    return (
        float(ends[:, [0, 2]].min()),
        float(ends[:, [1, 3]].min()),
        float(ends[:, [0, 2]].max()),
        float(ends[:, [1, 3]].max()),
    )


def _words_in(text: Text, page: int, box: Box) -> frozenset[str]:
    """The words whose middle lies in a box, without capitals and accents."""
    words = text.document.words
    first, stop = rows_of_page(words.page, page)
    middle = (words.box[first:stop, :2] + words.box[first:stop, 2:]) / 2
    inside = (middle > np.array(box[:2])).all(axis=1) & (middle < np.array(box[2:])).all(axis=1)
    at = first + np.flatnonzero(inside & text.seen[first:stop])
    return frozenset(token for k in at.tolist() for token in folded(words.vocabulary[words.token[k]]))


# ---------------------------------------------------------------- places

#: Quarter turns, and the same mirrored.
_TURNS = tuple(
    np.array(turn, np.float64)
    for turn in (
        ((1, 0), (0, 1)), ((0, -1), (1, 0)), ((-1, 0), (0, -1)), ((0, 1), (-1, 0)),
        ((-1, 0), (0, 1)), ((0, 1), (1, 0)), ((1, 0), (0, -1)), ((0, -1), (-1, 0)),
    )
)  # fmt: skip


class _Sheet:
    """The lines of one page, of which those that are part of a symbol are taken away."""

    def __init__(self, text: Text, page: int, lines: Lines, covered: Iterable[Box]) -> None:
        self._text, self._page = text, page
        self._ends = lines.ends
        middle = (lines.ends[:, :2] + lines.ends[:, 2:]) / 2
        self._free = np.ones(len(lines), bool)
        for box in covered:
            within = (middle > np.array(box[:2])).all(axis=1) & (middle < np.array(box[2:])).all(axis=1)
            self._free &= ~within
        self._middle, self._along = middle, lines.ends[:, 2:] - lines.ends[:, :2]

    def places(self, symbol: Symbol) -> list[Box]:
        """Where a symbol stands; the lines of these places are free no more."""
        found: list[Box] = []
        centre = np.array([(symbol.box[0] + symbol.box[2]) / 2, (symbol.box[1] + symbol.box[3]) / 2] * 2)
        seen: set[bytes] = set()
        for turn in _TURNS:
            shape = (symbol.lines.ends - centre).reshape(-1, 2) @ turn.T
            lines = lines_from(shape.reshape(-1, 4), np.zeros(len(symbol.lines), np.int64)).ends
            code = np.round(lines[np.lexsort(np.round(lines, 0).T)], 0).tobytes()
            if code not in seen:  # of what looks the same turned, one position is enough
                seen.add(code)
                found += self._placed(symbol, lines)
        return found

    def _placed(self, symbol: Symbol, shape: Floats) -> list[Box]:
        free = np.flatnonzero(self._free)
        if not len(free):
            return []
        middle, along = (shape[:, :2] + shape[:, 2:]) / 2, shape[:, 2:] - shape[:, :2]
        anchor = self._rarest(along, free)
        like = free[_alike(self._along[free], along[anchor])]
        like = like[: min(MOST_TRIED, MOST_POINTS // len(shape))]
        if not len(like):
            return []
        shifts = self._middle[like] - middle[anchor]
        wanted = (shifts[:, None, :] + middle[None, :, :]).reshape(-1, 2)
        a, b = near_points(wanted, self._middle[free], TOLERANCE)
        fits = _alike(self._along[free[b]], along[a % len(shape)])
        a, b = a[fits], free[b[fits]]
        there = np.zeros(len(wanted), bool)
        there[a] = True
        share = there.reshape(len(like), len(shape)).mean(axis=1)
        found: list[Box] = []
        half = np.abs(shape.reshape(-1, 2)).max(axis=0)
        for k in np.flatnonzero(share >= FOUND).tolist():
            mine = np.unique(b[a // len(shape) == k])
            if not self._free[mine].all():
                continue  # found a moment ago from another line of the same shape
            x, y = shifts[k]
            box = (float(x - half[0]), float(y - half[1]), float(x + half[0]), float(y + half[1]))
            if self._drawn_in(box) > STRANGE * len(shape) + 1:
                continue
            if _words_in(self._text, self._page, box) != symbol.letters:
                continue
            self._free[mine] = False
            found.append(box)
        return found

    def _rarest(self, along: Floats, free: Ints) -> int:
        """The line of a shape of which the page has the fewest alike: with the least to try."""
        least, best = None, 0
        for k in range(min(len(along), 40)):
            count = int(_alike(self._along[free], along[k]).sum())
            if least is None or count < least:
                least, best = count, k
        return best

    def _drawn_in(self, box: Box) -> int:
        low, high = np.array(box[:2]) - TOLERANCE, np.array(box[2:]) + TOLERANCE
        ends = self._ends
        inside = (ends[:, :2] >= low) & (ends[:, :2] <= high) & (ends[:, 2:] >= low) & (ends[:, 2:] <= high)
        return int(inside.all(axis=1).sum())


def _alike(one: Floats, other: Floats) -> NDArray[np.bool_]:
    """(n,) lines as long and in the same direction, whichever end is the first: of level ones that is chance."""
    same = (np.abs(one - other) <= 2 * TOLERANCE).all(axis=1)
    return np.asarray(same | (np.abs(one + other) <= 2 * TOLERANCE).all(axis=1))
