"""Heads of tables that are shown again after a break: a reader reads them once, and so they are compared once.

Page 1                      Page 2
  Part    Price   ← first     Part    Price   ← again
  A-1      1.20               A-3      7.00
  A-2      3.40               A-4      9.10

Where the table breaks is a matter of layout, so what is shown again neither comes nor goes.
"""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.model import Document
from core.text.lines import Lines, upright

COLUMN_GAP = 1.0  #: heights of a line between two words that stand in different columns
SAME_PLACE = 1.5  #: points by which the edge of a column may vary
LOOKED_AT = 6  #: lines on either side of a break that show whether a table goes on
MOST_LINES = 12  #: of a head
LATE_LINES = 3  #: lines of a page among which the head begins: a note that the table goes on may stand above
LEAST_COLUMN = 8  #: lines of a column of text before a break within the page is looked for

_CONTINUED = re.compile(
    r"continued|cont[’']?d\b|\(cont\.?\)|fortsetzung|fortgesetzt|\bsuite\b|continuación|continuação|continua\b|segue\b|"
    r"vervolg|fortsatt|fortsættes|jatkuu|ciąg dalszy|pokračování|продолжение|続|续|續",
    re.IGNORECASE,
)

Ints = NDArray[np.int64]
Head = tuple[tuple[str, ...], ...]  #: the words of its lines
Piece = tuple[float, float]  #: where the words of one cell begin and end, points


@dataclass(frozen=True, slots=True)
class _Break:
    """The lines of the body before and after a page break or a column break."""

    before: Ints
    after: Ints


class Heads:
    """The lines of one document that show a head again."""

    def __init__(self, document: Document, table: Lines, body: NDArray[np.bool_]) -> None:
        """`body` is (m,), whether a line belongs to the running text."""
        self._document, self._table = document, table
        self._read: dict[int, tuple[str, ...]] = {}
        self._breaks = list(_breaks(table, np.flatnonzero(body))) if len(table) else []
        self.proven: dict[Head, set[int]] = defaultdict(set)  #: lines by what they read
        for at in self._breaks:
            self._prove(at)

    def lines(self, known: set[Head]) -> Ints:
        """All such lines; heads `known` from the other document need no more than to stand on both sides of a break."""
        found = {line for lines in self.proven.values() for line in lines}
        for head in sorted(known):
            for at in self._breaks:
                found |= self._again(at, head)
        return np.array(sorted(found), np.int64)

    # ---------------------------------------------------------------- proving

    def _prove(self, at: _Break) -> None:
        for late in range(min(LATE_LINES, len(at.after) - 1)):
            notes = at.after[:late]
            if not all(_CONTINUED.search(" ".join(self._words(line))) for line in notes.tolist()):
                return
            first = int(at.after[late])
            for k in np.flatnonzero(self._same_text(at.before, first))[::-1].tolist():
                size = self._size(at.before[k:], at.after[late:])
                if size and self._goes_on(at, k, late, size):
                    head = at.after[late : late + size].tolist()
                    last = int(at.before[-1])
                    more = {last} if _CONTINUED.search(" ".join(self._words(last))) else set()
                    self.proven[tuple(self._words(line) for line in head)].update(head, notes.tolist(), more)
                    return

    def _again(self, at: _Break, head: Head) -> set[int]:
        """The lines of a break that show a head which the other document has proven."""
        for late in range(min(LATE_LINES, len(at.after))):
            lines = at.after[late : late + len(head)].tolist()
            if tuple(self._words(line) for line in lines) != head:
                continue
            for k in np.flatnonzero(self._same_text(at.before, lines[0])).tolist():
                if tuple(self._words(line) for line in at.before[k : k + len(head)].tolist()) == head:
                    return set(lines)
        return set()

    def _size(self, before: Ints, after: Ints) -> int:
        """How many lines the head has that both stretches begin with; 0 where there is none."""
        same = 0
        most = min(MOST_LINES, len(before), len(after) - 1)
        while same < most and self._is_copy(before, after, same):
            same += 1
        if not same or same == len(before):
            return 0  # nothing follows it where it stands first
        if not any(character.isalpha() for word in self._words(int(after[0])) for character in word):
            return 0  # numbers alone may be a row that happens to stand twice, or the labels of an axis
        boxes = self._table.box[after[:same]]
        beside = np.flatnonzero(
            boxes[:, 1] < (boxes[0, 1] + boxes[0, 3]) / 2
        )  # of the first row, a line a cell perhaps
        row = self._columns(after[beside])
        if _in_common(row, row, 0.0) < 2:
            return 0
        styles = [self._style(int(line)) for line in after[: same + 1]]
        if styles[same] != styles[0]:  # set in type of its own: so are all its lines
            return next(k for k in range(1, same + 1) if styles[k] != styles[0])
        # Otherwise one row: further lines are those of its cells, which do not begin where the first column does.
        left = self._pieces(int(after[0]))[0][0]
        return next(
            (
                k
                for k in range(int(beside[-1]) + 1, same)
                if abs(self._pieces(int(after[k]))[0][0] - left) <= SAME_PLACE
            ),
            same,
        )

    def _goes_on(self, at: _Break, k: int, late: int, size: int) -> bool:
        """Whether the head begins a table that goes on over the break."""
        below = self._columns(at.after[late + size : late + size + LOOKED_AT])
        shift = self._left(int(at.after[late])) - self._left(int(at.before[k]))
        rows = at.before[k + size :][-LOOKED_AT:]
        if _in_common(self._columns(rows), below, shift) < 2:
            return False
        # Where the head stands first, the row above it is none of the table.
        return not k or _in_common(self._columns(at.before[k - 1 : k]), below, shift) < 2

    # ---------------------------------------------------------------- lines

    def _words(self, line: int) -> tuple[str, ...]:
        found = self._read.get(line)
        if found is None:
            words = self._document.words
            start, stop = int(self._table.start[line]), int(self._table.start[line + 1])
            found = self._read[line] = tuple(map(words.vocabulary.__getitem__, words.token[start:stop].tolist()))
        return found

    def _style(self, line: int) -> tuple[str, bool, float]:
        style = self._document.styles[int(self._document.words.style[self._table.start[line]])]
        return style.font, style.bold, round(style.size, 1)

    def _same_text(self, lines: Ints, line: int) -> NDArray[np.bool_]:
        """(n,) whether lines read as one does."""
        start, token = self._table.start, self._document.words.token
        size = int(start[line + 1] - start[line])
        first = token[start[line]]
        found: NDArray[np.bool_] = (start[lines + 1] - start[lines] == size) & (token[start[lines]] == first)
        wanted = token[start[line] : start[line + 1]]
        for k in np.flatnonzero(found).tolist():
            at = int(start[lines[k]])
            found[k] = np.array_equal(token[at : at + size], wanted)
        return found

    def _is_copy(self, before: Ints, after: Ints, k: int) -> bool:
        """Whether the k-th lines of two stretches read the same and stand in the same place of their stretch."""
        a, b = int(before[k]), int(after[k])
        if not self._same_text(before[k : k + 1], b)[0]:
            return False
        boxes = self._table.box
        away = (boxes[a, :3] - boxes[before[0], :3]) - (boxes[b, :3] - boxes[after[0], :3])
        return bool(np.abs(away).max() <= SAME_PLACE)

    def _boxes(self, line: int) -> NDArray[np.float32]:
        """(k, 4) the boxes of a line's words, in the frame in which the page's text runs left to right."""
        start, stop = int(self._table.start[line]), int(self._table.start[line + 1])
        turn = round(float(self._table.angle[line]) / 90) % 4 * 90
        boxes = self._document.words.box[start:stop]
        if not turn:
            return boxes
        width, height = self._table.own_size[line].tolist()
        shown = (height, width) if turn % 180 else (width, height)
        size = np.tile(np.array(shown, np.float32), (stop - start, 1))
        return upright(boxes, size, np.full(stop - start, turn, np.int32))[0]

    def _pieces(self, line: int) -> list[Piece]:
        """The cells of a line: its words, parted where a wide gap is."""
        boxes = self._boxes(line)
        found: list[Piece] = []
        height = max(float((boxes[:, 3] - boxes[:, 1]).max()), 1.0)
        for x0, x1 in sorted(zip(boxes[:, 0].tolist(), boxes[:, 2].tolist(), strict=True)):
            if found and x0 - found[-1][1] <= COLUMN_GAP * height:
                found[-1] = found[-1][0], max(found[-1][1], x1)
            else:
                found.append((x0, x1))
        return found

    def _left(self, line: int) -> float:
        return self._pieces(line)[0][0]

    def _columns(self, lines: Ints) -> list[Piece]:
        return [piece for line in lines.tolist() for piece in self._pieces(line)]


def _in_common(left: list[Piece], right: list[Piece], shift: float) -> int:
    """How many columns two stretches of lines have in common, judged by where cells begin, end or have their middle."""
    found: list[Piece] = []
    for x0, x1 in right:
        for a0, a1 in left:
            ways = a0 + shift - x0, a1 + shift - x1, (a0 + a1) / 2 + shift - (x0 + x1) / 2
            if min(map(abs, ways)) <= SAME_PLACE:
                if all(x0 >= b1 or x1 <= b0 for b0, b1 in found):
                    found.append((x0, x1))
                break
    return len(found)


def _breaks(table: Lines, body: Ints) -> Iterator[_Break]:
    """Where the body goes on on another page, or at the top of another column."""
    if len(body) < 2:
        return
    page, box = table.page[body], table.box[body]
    height = np.maximum(box[1:, 3] - box[1:, 1], 1.0)
    up = (box[:-1, 1] - box[1:, 1] > LEAST_COLUMN * height) & (box[1:, 0] >= box[:-1, 2])
    edges = np.flatnonzero((page[1:] != page[:-1]) | up) + 1
    parts = np.split(body, edges)
    for before, after in itertools.pairwise(parts):
        if int(table.page[after[0]]) - int(table.page[before[0]]) <= 1:
            yield _Break(before, after)
