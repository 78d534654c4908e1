"""Sheets too large to be drawn whole, compared tile by tile."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from core.geometry import Box
from core.ocr.rasters import Affine, Gray
from core.pixels.areas import contiguous
from core.pixels.tiles import SCALE, Paper, differences_by_tile

A2 = 1191.0, 1684.0
MM = 72 / 25.4


class Sheets:
    """Rectangles of ink on two sheets, drawn where they are asked for; the largest picture is noted."""

    def __init__(self, old: list[Box], new: list[Box], shift: tuple[float, float] = (0.0, 0.0)) -> None:
        x, y = shift
        self._boxes = old, [(a + x, b + y, c + x, d + y) for a, b, c, d in new]
        self.largest = 0

    def page(self, side: int, number: int) -> None:
        raise AssertionError("a large sheet is not drawn whole")

    straight = page

    def patch(
        self, side: int, number: int, box: Box, scale: float, axes: Affine, *, is_gray: bool = False
    ) -> NDArray[np.uint8]:
        columns, rows = (max(1, round((box[k + 2] - box[k]) * scale)) for k in (0, 1))
        pixels: Gray = np.full((rows, columns), 255, np.uint8)
        self.largest = max(self.largest, pixels.size)
        for one in self._boxes[side]:
            edges = [round((one[k] - box[k % 2]) * scale) for k in range(4)]
            x0, y0, x1, y1 = (max(0, edge) for edge in edges)
            if x0 < columns and y0 < rows:
                pixels[y0 : max(y1, y0 + 1 if edges[1] >= 0 else y1), x0 : max(x1, x0 + 1 if edges[0] >= 0 else x1)] = 0
        return pixels


GRID: list[Box] = [
    (100 + 97 * k, 120 + 131 * j, 100 + 97 * k + 30 + (k * 7 + j * 5) % 40, 120 + 131 * j + 4)
    for k in range(10)
    for j in range(11)
]


@pytest.mark.parametrize("shift", [(0.0, 0.0), (0.12, 0.12), (31.3, -22.7)])
def test_small_differences_of_a_large_sheet_are_found_and_nothing_else(shift: tuple[float, float]) -> None:
    gone, come = (900.0, 1360.0, 902.0, 1366.0), (700.0, 1490.0, 704.0, 1491.0)
    sheets = Sheets([*GRID, gone], [*GRID, come], shift)
    found = differences_by_tile(Paper(0, 1, A2), Paper(1, 1, A2), sheets)
    assert found is not None
    assert [(p.gone > 0, p.come > 0) for p in found.places] == [(True, False), (False, True)]
    assert found.places[0].old == pytest.approx(gone, abs=0.5)
    assert found.places[1].new == pytest.approx([c + shift[k % 2] for k, c in enumerate(come)], abs=0.5)
    assert sheets.largest < 3_000_000


def test_ink_must_hang_together() -> None:
    specks = [(500.0 + 6 * k, 1360.0, 500.4 + 6 * k, 1360.4) for k in range(40)]
    bar = (700.0, 1490.0, 710.0, 1490.0 + 2 * MM)  # 7 square millimetres
    sheets = Sheets(GRID, [*GRID, *specks, bar])
    papers = Paper(0, 1, A2), Paper(1, 1, A2)
    found = differences_by_tile(*papers, sheets)
    assert found is not None
    assert [p.new[0] for p in found.places] == pytest.approx([700], abs=0.5)
    more = differences_by_tile(*papers, sheets, least_mm2=9.0)
    assert more is not None
    assert more.places == ()


def test_sheets_with_little_in_common_are_told_so() -> None:
    other = [(x + 40, y + 50, x1 + 40, y1 + 53) for x, y, x1, y1 in GRID[::2]]
    found = differences_by_tile(Paper(0, 1, A2), Paper(1, 1, A2), Sheets(GRID, other))
    assert found is not None
    assert found.is_other


def test_areas_hang_together_at_corners_too() -> None:
    mask = np.array([[1, 0, 0, 1], [0, 1, 0, 1], [0, 0, 0, 0], [1, 1, 1, 0]], bool)
    area = contiguous(*np.nonzero(mask))
    assert sorted(np.bincount(area)[np.unique(area)].tolist()) == [2, 2, 3]
    assert pytest.approx(300 / 72) == SCALE
