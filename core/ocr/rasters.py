"""Pictures of pages for the comparison: what it asks for, and who draws them it does not know."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, radians, sin
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from core.geometry import Box

Gray = NDArray[np.uint8]
Affine = tuple[float, float, float, float, float, float]  #: a b c d e f: x to a x + c y + e, y to b x + d y + f

#: Measured on print and on scans: 150 misses 3 to 30 % of the words, 300 costs 1.6 times as much and finds no more.
DPI = 200.0


@dataclass(frozen=True, slots=True)
class Picture:
    """A page in grey, (rows, columns), 0 is black.

    `scale` is pixels in a point; `skew` the degrees that were taken out of it.
    """

    pixels: Gray
    scale: float
    skew: float = 0.0

    def as_drawn(self, box: Box) -> Box:
        """The box around one of this picture on the page as displayed, points."""
        if not self.skew:
            return box
        shape = self.pixels.shape[0] / self.scale, self.pixels.shape[1] / self.scale
        corners = [as_drawn(x, y, shape, self.skew) for x in (box[0], box[2]) for y in (box[1], box[3])]
        xs, ys = [x for x, _ in corners], [y for _, y in corners]
        return min(xs), min(ys), max(xs), max(ys)


class Pictures(Protocol):
    """Draws pages of both documents."""

    def page(self, side: int, number: int) -> Picture | None:
        """A page of the old (0) or the new (1) document; None where it cannot be drawn."""

    def bearable_dpi(self, side: int, number: int) -> float:
        """At how many dots an inch a page with very many lines can be drawn in some seconds; 0 where it cannot."""

    def straight(self, side: int, number: int, dpi: float = DPI) -> Picture | None:
        """Likewise, set straight where it was scanned askew; `dpi` dots an inch."""

    def patch(
        self, side: int, number: int, box: Box, scale: float, axes: Affine, *, is_gray: bool = False
    ) -> NDArray[np.uint8] | None:
        """A part of a page, (rows, columns, 3), laid in other axes; None where it cannot be drawn.

        Args:
            side: 0 old, 1 new.
            number: Of the page.
            box: The part, in the other axes.
            scale: Dots in a point.
            axes: From points of the page as displayed to the other axes.
            is_gray: Whether it is drawn in grey, (rows, columns).
        """


def as_drawn(x: float, y: float, shape: tuple[float, float], skew: float) -> tuple[float, float]:
    """Where a point of a straightened page was before; `shape` is (rows, columns)."""
    if not skew:
        return x, y
    middle_x, middle_y = shape[1] / 2, shape[0] / 2
    c, s = cos(radians(skew)), sin(radians(skew))
    dx, dy = x - middle_x, y - middle_y
    return c * dx - s * dy + middle_x, s * dx + c * dy + middle_y
