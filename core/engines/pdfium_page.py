"""The page as displayed: crop box, turn and UserUnit, applied once and nowhere else."""

from __future__ import annotations

import ctypes
from ctypes import c_void_p
from dataclasses import dataclass
from itertools import repeat

import numpy as np

from core.engines import pdfium
from core.engines.pdfium import Scratch
from core.geometry import Boxes


@dataclass(frozen=True, slots=True)
class Frame:
    """From the page's own axes to the frame of the house.

    Attributes:
        box: Left, bottom, right, top of the visible part, before UserUnit.
        turns: Quarter turns clockwise.
        unit: Points in a unit of the page.
    """

    box: tuple[float, float, float, float]
    turns: int
    unit: float

    @property
    def longest(self) -> float:
        """The longer side in units of the page, before UserUnit."""
        return max(self.box[2] - self.box[0], self.box[3] - self.box[1])

    @property
    def drawn(self) -> tuple[float, float]:
        """Width and height before the turn and UserUnit."""
        return self.box[2] - self.box[0], self.box[3] - self.box[1]

    @property
    def size(self) -> tuple[float, float]:
        """Width and height as displayed, points."""
        width, height = (self.box[2] - self.box[0]) * self.unit, (self.box[3] - self.box[1]) * self.unit
        return (height, width) if self.turns % 2 else (width, height)

    def displayed(self, boxes: Boxes) -> Boxes:
        """Boxes (n, 4) of left, bottom, right, top as points from the top left of the page as displayed."""
        left, bottom, right, top = self.box
        if self.turns == 0:
            columns = boxes[:, 0] - left, top - boxes[:, 3], boxes[:, 2] - left, top - boxes[:, 1]
        elif self.turns == 1:
            columns = boxes[:, 1] - bottom, boxes[:, 0] - left, boxes[:, 3] - bottom, boxes[:, 2] - left
        elif self.turns == 2:
            columns = right - boxes[:, 2], boxes[:, 1] - bottom, right - boxes[:, 0], boxes[:, 3] - bottom
        else:
            columns = top - boxes[:, 3], right - boxes[:, 2], top - boxes[:, 1], right - boxes[:, 0]
        return (np.stack(columns, axis=1) * self.unit).astype(np.float32)


def page_objects(page: c_void_p, count: int) -> list[int | None]:
    """Addresses of the objects of an open page that do not lie within others, as drawn."""
    return list(map(pdfium.get_object, repeat(page), range(count)))


def unturned(page: c_void_p, unit: float, scratch: Scratch) -> Frame:
    """The frame of an open page, whose own turn is undone: PDFium misplaces words and lines of turned pages."""
    rect = scratch.floats
    if not pdfium.page_box(page, ctypes.byref(rect)):
        raise ValueError("a page without a box")
    left, top, right, bottom = rect[:4]
    turns = pdfium.page_rotation(page) % 4
    if turns:
        pdfium.set_page_rotation(page, 0)
    return Frame((left, min(bottom, top), right, max(bottom, top)), turns, unit)
