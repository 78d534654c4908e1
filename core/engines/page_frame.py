"""Between the displayed frame of the house and the user space of one PDF page.

The only other place that knows the axes of PDF is the reader. Both follow PDFium: the crop box counts where it meets
the media box, a missing media box is US Letter, /Rotate is clockwise, and UserUnit scales all of it
(ISO 32000-1, 7.7.3.3 and 14.11.2).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pikepdf

from core.geometry import Box

Point = tuple[float, float]
_LETTER = (0.0, 0.0, 612.0, 792.0)
_MOST_PARENTS = 64


@dataclass(frozen=True, slots=True)
class PageFrame:
    """Where a page lies.

    Attributes:
        crop: The visible part in user space, (x0, y0, x1, y1) with y up.
        rotation: 0, 90, 180 or 270, clockwise.
        unit: Points for one unit of user space.
    """

    crop: tuple[float, float, float, float]
    rotation: int
    unit: float

    @classmethod
    def of(cls, page: pikepdf.Page) -> PageFrame:
        """The frame of a page; nonsense in the file counts as absent."""
        media = _box(_inherited(page, "/MediaBox")) or _LETTER
        crop = _meet(_box(_inherited(page, "/CropBox")) or media, media) or media
        rotation = int(_number(_inherited(page, "/Rotate"), 0.0)) % 360
        unit = _number(page.obj.get("/UserUnit"), 1.0)
        return cls(crop, rotation if rotation % 90 == 0 else 0, unit if unit > 0 else 1.0)

    @property
    def size(self) -> Point:
        """Width and height as displayed, in points."""
        width, height = (self.crop[2] - self.crop[0]) * self.unit, (self.crop[3] - self.crop[1]) * self.unit
        return (height, width) if self.rotation in (90, 270) else (width, height)

    def to_user(self, x: float, y: float) -> Point:
        """The point of user space that is displayed at (x, y)."""
        x, y = x / self.unit, y / self.unit
        x0, y0, x1, y1 = self.crop
        if self.rotation == 90:
            return x0 + y, y0 + x
        if self.rotation == 180:
            return x1 - x, y0 + y
        if self.rotation == 270:
            return x1 - y, y1 - x
        return x0 + x, y1 - y

    def to_displayed(self, x: float, y: float) -> Point:
        """Where the point (x, y) of user space is displayed."""
        x0, y0, x1, y1 = self.crop
        if self.rotation == 90:
            x, y = y - y0, x - x0
        elif self.rotation == 180:
            x, y = x1 - x, y - y0
        elif self.rotation == 270:
            x, y = y1 - y, x1 - x
        else:
            x, y = x - x0, y1 - y
        return x * self.unit, y * self.unit

    def box_displayed(self, corners: Sequence[Point]) -> Box:
        """The smallest box around points of user space, as displayed."""
        places = [self.to_displayed(x, y) for x, y in corners]
        xs, ys = [x for x, _ in places], [y for _, y in places]
        return min(xs), min(ys), max(xs), max(ys)


def visible(boxes: Sequence[Sequence[float]], size: Point) -> list[tuple[float, float, float, float]]:
    """The boxes cut to the page; what lies outside of it cannot be marked."""
    cut = [(max(x0, 0.0), max(y0, 0.0), min(x1, size[0]), min(y1, size[1])) for x0, y0, x1, y1 in boxes]
    return [box for box in cut if box[0] < box[2] and box[1] < box[3]]


def _inherited(page: pikepdf.Page, key: str) -> Any:
    """An attribute that a page may have from its parents; a looped tree ends somewhere."""
    node = page.obj
    for _ in range(_MOST_PARENTS):
        if not isinstance(node, pikepdf.Dictionary):
            return None
        if key in node:
            return node[key]
        node = node.get("/Parent")
    return None


def _box(value: Any) -> tuple[float, float, float, float] | None:
    try:
        x0, y0, x1, y1 = (float(number) for number in value)
    except (TypeError, ValueError):
        return None
    box = min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)
    return box if box[0] < box[2] and box[1] < box[3] else None


def _meet(
    one: tuple[float, float, float, float], other: tuple[float, float, float, float]
) -> tuple[float, float, float, float] | None:
    box = max(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), min(one[3], other[3])
    return box if box[0] < box[2] and box[1] < box[3] else None


def _number(value: Any, otherwise: float) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return otherwise
