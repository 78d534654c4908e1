"""Columns from white space: rows of words whose gaps stand above each other."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from core.geometry import Boxes
from core.median import median

CHUNK_GAP = 0.85  #: heights of a line; a wider gap may part columns
CORRIDOR = 0.7  #: heights of a line, least width of white space between columns
OPEN_CORRIDOR = 1.0  #: likewise, where no rules help
SAME_STRIP = 0.5  #: heights of a line by which words of one strip may differ
SPANNING = 0.12  #: share of the strips that may lie across a corridor
CROSSING = 0.25  #: share of the strips that may cross corridors in a ruled stretch
NEAR_IN_ORDER = 40  #: words between two cells of one strip in the order of drawing, at most
FULL_WORDS = 6.5  #: mean words of a cell of which a column without rules looks like prose
ROW_GAPS = 0.2  #: share of the steps from line to line that lead to another row, at least
PROSE_WORDS = 4.5  #: mean words of a cell of which two columns look like prose
ALIGNED = 2.0  #: points by which the edges of a column's cells may differ
MARKERS = 0.7  #: share of cells that are list marks

_MARK = re.compile(r"^(?:[\W_]{1,3}|\(?(?:\d{1,3}|[A-Za-z]|[ivxlc]{1,5})[.:)]|\[[^\]]{1,6}\]|\d{1,3})$")
#: Blanks part thousands only: `1 200` is a number, `5 6 7` is the scale of a plot.
_NUMBER = re.compile(r"^[-+(]?[$€£¥]? ?\d(?:[\d.,'’]| (?=\d{3}(?!\d)))*(?: ?[%)])?$")

Ints = NDArray[np.int64]


@dataclass(slots=True)
class Chunk:
    """Words of one strip without a wide gap between them."""

    left: float
    right: float
    words: list[int]
    column: int = 0
    until: int = 0


@dataclass(slots=True)
class Strip:
    """Words that stand side by side."""

    top: float
    bottom: float
    chunks: list[Chunk] = field(default_factory=list)

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2

    @property
    def height(self) -> float:
        return max(self.bottom - self.top, 1.0)


def strips_of(words: Ints, box: Boxes) -> list[Strip]:
    """The strips of some words of a page, from top to bottom, cut where a gap may part columns."""
    if not len(words):
        return []
    rows = box.tolist()
    indices = words.tolist()
    middle = ((box[:, 1] + box[:, 3]) / 2).tolist()
    order = sorted(range(len(rows)), key=middle.__getitem__)
    groups: list[list[int]] = []
    level, size = -1e9, 1.0
    for k in order:
        height = max(rows[k][3] - rows[k][1], 1.0)
        if middle[k] - level > SAME_STRIP * min(size, height):
            groups.append([])
            level, size = middle[k], height
        groups[-1].append(k)
    return [_strip(group, indices, rows) for group in groups]


def _strip(group: list[int], words: list[int], rows: list[list[float]]) -> Strip:
    group.sort(key=lambda k: rows[k][0])
    heights = sorted(rows[k][3] - rows[k][1] for k in group)
    wide = CHUNK_GAP * heights[len(heights) // 2]
    strip = Strip(min(rows[k][1] for k in group), max(rows[k][3] for k in group))
    for k in group:
        left, _, right, _ = rows[k]
        last = strip.chunks[-1] if strip.chunks else None
        if last is not None and left - last.right <= wide:
            last.right = max(last.right, right)
            last.words.append(words[k])
        else:
            strip.chunks.append(Chunk(left, right, [words[k]]))
    return strip


def edges_of(strips: Sequence[Strip], least: float) -> list[float] | None:
    """Edges of the columns of some strips, or None where there is but one column; `least` in heights of a line."""
    most = max((len(strip.chunks) for strip in strips), default=0)
    full = [strip for strip in strips if len(strip.chunks) > 1 and len(strip.chunks) >= 0.5 * most]
    if len(full) < 2:
        return None
    size = float(median([strip.height for strip in full]))
    tolerated = 0 if len(full) < 5 else max(1, int(SPANNING * len(full)))
    chunks = sorted((chunk.left, chunk.right) for strip in full for chunk in strip.chunks)
    events = sorted(
        [(left, 1) for left, _ in chunks] + [(right, -1) for _, right in chunks], key=lambda e: (e[0], e[1])
    )
    corridors: list[tuple[float, float]] = []
    count, since, last, empty = 0, -np.inf, -np.inf, (0.0, 0.0)
    for at, step in events:
        if count == 0 and at - max(last, since) > empty[1] - empty[0]:
            empty = max(last, since), at
        if count <= tolerated < count + step:
            if at - since >= least * size:
                corridors.append(empty if empty[1] > empty[0] else (since, at))
            empty = 0.0, 0.0
        elif count + step <= tolerated < count:
            since = at
        count, last = count + step, at
    left, right = chunks[0][0], max(chunk[1] for chunk in chunks)
    inner = [(a + b) / 2 for a, b in corridors if a > left and b < right]
    if not inner:
        return None
    return [left - 1.0, *inner, right + 1.0]


def settle(strips: Sequence[Strip], edges: Sequence[float]) -> int:
    """Give every chunk its columns; how many strips have a chunk across a corridor."""
    crossing, inner = 0, list(edges[1:-1])
    for strip in strips:
        across = False
        for chunk in strip.chunks:
            slack = min(3.0, (chunk.right - chunk.left) / 4)
            chunk.column = bisect_right(inner, chunk.left + slack)
            chunk.until = max(chunk.column, bisect_right(inner, chunk.right - slack))
            across |= chunk.until > chunk.column
        crossing += across
    return crossing


def drawn_in_rows(strips: Sequence[Strip]) -> float:
    """Share of the neighbours on a strip that are near each other in the order of drawing: text in columns is not."""
    near = count = 0
    for strip in strips:
        for a, b in zip(strip.chunks[:-1], strip.chunks[1:], strict=True):
            count += 1
            near += max(min(b.words) - max(a.words), min(a.words) - max(b.words)) <= NEAR_IN_ORDER
    return near / max(1, count)


def drawn_side_by_side(strips: Sequence[Strip]) -> float:
    """Share of the neighbours on a strip that follow each other directly, of the two columns where it is least."""
    near: dict[int, list[bool]] = defaultdict(list)
    for strip in strips:
        for a, b in pairwise(strip.chunks):
            near[a.column].append(max(min(b.words) - max(a.words), min(a.words) - max(b.words)) == 1)
    return min((sum(found) / len(found) for found in near.values()), default=0.0)


def has_column_of_prose(strips: Sequence[Strip], columns: int) -> bool:
    """Whether a column is as full of words as a column of text."""
    counts: list[list[int]] = [[] for _ in range(columns)]
    for strip in strips:
        for chunk in strip.chunks:
            counts[chunk.column].append(len(chunk.words))
    return any(len(column) > 2 and float(np.mean(column)) >= FULL_WORDS for column in counts)


def looks_like_prose(strips: Sequence[Strip], columns: int) -> bool:
    """Whether two columns are full of words, as text set in columns is."""
    if columns != 2:
        return False
    both = [strip for strip in strips if len({chunk.column for chunk in strip.chunks}) == 2]
    if len(both) < 0.6 * len(strips):
        return False
    counts: tuple[list[int], list[int]] = ([], [])
    for strip in both:
        for chunk in strip.chunks:
            counts[min(chunk.column, 1)].append(len(chunk.words))
    return all(np.mean(side) >= PROSE_WORDS for side in counts)


def first_column_is_marks(strips: Sequence[Strip], texts: Sequence[str]) -> bool:
    """Whether the first column holds nothing but bullets, numbers and letters of a list."""
    several = [strip for strip in strips if len(strip.chunks) > 1]
    first = [
        " ".join(texts[w] for w in chunk.words) for strip in several for chunk in strip.chunks if chunk.column == 0
    ]
    return bool(first) and sum(_MARK.match(text) is not None for text in first) >= MARKERS * len(first)


def is_number(text: str) -> bool:
    """Whether a cell holds an amount and nothing else."""
    return _NUMBER.match(text) is not None


def are_aligned(strips: Sequence[Strip], columns: int) -> bool:
    """Whether the cells of each column share an edge or a middle line, most of them."""
    for column in range(columns):
        mine = [c for strip in strips for c in strip.chunks if c.column == column == c.until]
        if len(mine) < 2:
            return False
        left, right = np.array([c.left for c in mine]), np.array([c.right for c in mine])
        shares = [float((np.abs(at - median(at)) <= ALIGNED).mean()) for at in (left, right, (left + right) / 2)]
        if max(shares) < 0.6:
            return False
    return True


def rows_of(strips: Sequence[Strip]) -> list[int]:
    """The row of each strip: a strip that only goes on with cells of the one above belongs to its row."""
    if not strips:
        return []
    pitch = np.array([b.middle - a.middle for a, b in pairwise(strips)])
    size = float(median([strip.height for strip in strips]))
    tight = _tight_pitch(pitch, size)
    rows = [0]
    used = {chunk.column for chunk in strips[0].chunks}
    for k, strip in enumerate(strips[1:]):
        mine = {chunk.column for chunk in strip.chunks}
        goes_on = 0 not in mine and mine <= used and pitch[k] <= 1.7 * size
        if tight is not None:
            goes_on = pitch[k] <= tight and mine <= used
        rows.append(rows[-1] + (not goes_on))
        used = used | mine if goes_on else mine
    return rows


def _tight_pitch(pitch: NDArray[np.float64], size: float) -> float | None:
    """Between lines of one cell, at most, where rows are clearly set apart from lines; None where they are not."""
    if len(pitch) < 3:
        return None
    ordered = np.sort(pitch)
    steps = ordered[1:] / np.maximum(ordered[:-1], 0.1)
    at = int(steps.argmax())
    if steps[at] < 1.25 or ordered[at] > 1.6 * size or ordered[at] < 0.6 * size:
        return None
    if len(ordered) - at - 1 < max(2, ROW_GAPS * len(ordered)):
        return None
    return float(ordered[at] + ordered[at + 1]) / 2
