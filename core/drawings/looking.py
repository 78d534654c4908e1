"""The second look: whether a difference of lines can be seen in the pictures of both sheets.

What the list of a page's lines tells is not what is seen: a line may lie under other ink, outside of a clip that is no
box, on a form that is hidden, or be drawn on the other side by letters, pictures or filled shapes. So around each
difference both sheets are drawn, one laid on the other, and compared dot by dot along its lines only. In doubt it is
told: where it cannot be drawn, would cost too much, or lies within a view that moved by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, radians, sin

import numpy as np
from numpy.typing import NDArray

from core.drawings.comparing import Found
from core.drawings.joining import Floats, sampled
from core.drawings.lines import box_of
from core.drawings.registration import Similarity
from core.geometry import Box
from core.model import Kind
from core.ocr.rasters import Affine, Pictures
from core.pixels.areas import MM2, contiguous

DPI = 300.0
SCALE = DPI / 72  #: dots in a point
LEAST_MM2 = 0.02  #: of dots side by side that differ: three of them
TILE = 384  #: dots; a large difference is looked at in squares of that size
AROUND = 4  #: dots around a line that may show it
#: Of 255: dots differ that are darker or lighter by so much than all that touch them on the other sheet; of lines whose
#: pen alone differs, than the same dot.
UNLIKE, UNLIKE_PEN = 40, 16
MOST_WORK = 10_000_000  #: of a sheet: dots that are drawn, and twice its lines for each square that is
MOST_LINES = 240_000  #: of both sheets: opening larger ones to draw them would cost more memory than comparing them
INSIDE = 3.0  #: points around a view that moved, within which nobody knows what lies on what

_Mask = NDArray[np.bool_]
_Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Laid:
    """Two pages in common axes, those of the second.

    Attributes:
        sides: Of the first and of the second: 0 old, 1 new.
        pages: Their numbers.
        lies: How the first lies on the second.
    """

    sides: tuple[int, int]
    pages: tuple[int, int]
    lies: Similarity


class SecondLook:
    """Looks at what was found of pairs of sheets."""

    def __init__(self, pictures: Pictures, least_mm2: float = 0.0) -> None:
        self._pictures = pictures
        self._least = max(LEAST_MM2, least_mm2) * MM2 * SCALE**2

    @staticmethod
    def is_too_much(strokes: int) -> bool:
        """Whether two pages of so many lines are not drawn."""
        return strokes > MOST_LINES

    def unseen(self, found: list[Found], laid: Laid, strokes: int) -> set[int]:
        """The rows of those that cannot be seen; `strokes` are the lines of both pages: what drawing them costs."""
        if self.is_too_much(strokes):
            return set()
        views = [box_of(one.other) for one in found if one.kind is Kind.MOVED]
        views += [box_of(laid.lies.ends(one.one)) for one in found if one.kind is Kind.MOVED]
        budget = MOST_WORK
        unseen: set[int] = set()
        lines = [_lines(one, laid) for one in found]
        for k in sorted(range(len(found)), key=lambda k: (_area(box_of(lines[k])), k)):
            if found[k].kind is Kind.MOVED or _touches(box_of(lines[k]), views):
                continue
            squares = _squares(lines[k])
            cost = sum(2 * int(_size(points)[0] * _size(points)[1]) + 2 * strokes for points in squares)
            if cost > budget:
                continue
            budget -= cost
            if not self._can_be_seen(found[k], squares, laid):
                unseen.add(k)
        return unseen

    def _can_be_seen(self, found: Found, squares: list[Floats], laid: Laid) -> bool:
        """Whether one can be; also where it could not be drawn."""
        cut = 0.0
        for points in squares:
            columns, rows = _size(points)
            x, y = np.floor(points.min(axis=0)).astype(int) - AROUND
            box = x / SCALE, y / SCALE, (x + columns) / SCALE, (y + rows) / SCALE
            drawn = [
                self._pictures.patch(side, page, box, SCALE, axes)
                for side, page, axes in zip(
                    laid.sides, laid.pages, (_axes(laid.lies), _axes(Similarity())), strict=True
                )
            ]
            if drawn[0] is None or drawn[1] is None:
                return True
            near = _near(points - (x, y), (rows, columns))
            unlike = _unlike(drawn[0], drawn[1], is_pen=found.pens is not None) & near
            largest, at_edge = _contiguous(unlike)
            cut += at_edge
            if max(largest, cut) >= self._least:
                return True
        return False


def _lines(found: Found, laid: Laid) -> Floats:
    """(n, 4) all lines of a difference in the axes of the second sheet."""
    return np.concatenate((laid.lies.ends(found.one), found.other))


def _area(box: Box) -> float:
    return round((box[2] - box[0] + 1) * (box[3] - box[1] + 1), 3)


def _touches(box: Box, others: list[Box]) -> bool:
    return any(
        box[0] <= o[2] + INSIDE and box[2] >= o[0] - INSIDE and box[1] <= o[3] + INSIDE and box[3] >= o[1] - INSIDE
        for o in others
    )


def _squares(lines: Floats) -> list[Floats]:
    """Points (n, 2) along lines in dots, by the square of the sheet in which they lie; those with most points first."""
    points, _ = sampled(lines * SCALE, 2.0)
    at = np.floor(points / TILE).astype(np.int64)
    _, which, count = np.unique(at, axis=0, return_inverse=True, return_counts=True)
    which = which.reshape(-1)
    return [points[which == k] for k in np.argsort(-count, kind="stable").tolist()]


def _size(points: Floats) -> tuple[int, int]:
    """Columns and rows of the picture around points."""
    low, high = np.floor(points.min(axis=0)), np.floor(points.max(axis=0))
    columns, rows = (high - low).astype(int) + 2 * AROUND + 1
    return int(columns), int(rows)


def _axes(lies: Similarity) -> Affine:
    """The matrix (a, b, c, d, e, f) of a transform: x goes to a x + c y + e, y to b x + d y + f."""
    c, s = lies.scale * cos(radians(lies.turn)), lies.scale * sin(radians(lies.turn))
    swap = -1.0 if lies.mirrored else 1.0
    return c * swap, s * swap, -s, c, lies.x, lies.y


def _near(points: Floats, shape: tuple[int, int]) -> _Mask:
    """The dots that are near points (n, 2) along lines."""
    mask = np.zeros(shape, bool)
    x, y = points.astype(np.int64).T
    mask[np.clip(y, 0, shape[0] - 1), np.clip(x, 0, shape[1] - 1)] = True
    for axis in (0, 1):  # wider by turns: a square around each
        wide = mask.copy()
        for step in range(1, AROUND + 1):
            here, there = [slice(None)] * 2, [slice(None)] * 2
            here[axis], there[axis] = slice(step, None), slice(None, -step)
            wide[tuple(here)] |= mask[tuple(there)]
            wide[tuple(there)] |= mask[tuple(here)]
        mask = wide
    return mask


def _unlike(one: _Pixels, other: _Pixels, *, is_pen: bool) -> _Mask:
    """(rows, columns) where colours differ."""
    if is_pen:
        away = np.abs(one.astype(np.int16) - other.astype(np.int16)).max(axis=2)
        return np.asarray(away > UNLIKE_PEN)
    found = np.zeros(one.shape[:2], bool)
    for here, there in ((one, other), (other, one)):
        values, least, most = here.astype(np.int16), _around(there, np.minimum), _around(there, np.maximum)
        found |= ((values < least.astype(np.int16) - UNLIKE) | (values > most.astype(np.int16) + UNLIKE)).any(axis=2)
    return found


def _around(pixels: _Pixels, best: np.ufunc) -> _Pixels:
    """The least, or the most, of each dot and the eight around it."""
    for axis in (0, 1):
        found = pixels.copy()
        here, there = [slice(None)] * 3, [slice(None)] * 3
        here[axis], there[axis] = slice(1, None), slice(None, -1)
        found[tuple(here)] = best(found[tuple(here)], pixels[tuple(there)])
        found[tuple(there)] = best(found[tuple(there)], pixels[tuple(here)])
        pixels = found
    return pixels


def _contiguous(mask: _Mask) -> tuple[int, int]:
    """Dots of the largest area that hangs together, and of all that go on beyond the edge."""
    ys, xs = np.nonzero(mask)
    if not len(ys):
        return 0, 0
    area = contiguous(ys, xs)
    size = np.bincount(area)
    edge = (ys == 0) | (xs == 0) | (ys == mask.shape[0] - 1) | (xs == mask.shape[1] - 1)
    return int(size.max()), int(size[np.unique(area[edge])].sum())
