"""Where two pictures of pages differ."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from reportlab.pdfgen.canvas import Canvas

from core.ocr.pixels import _median, differences
from core.ocr.rasters import Picture
from tests.unit.core.pdfs import drawn
from tests.unit.core.scans import picture

SCALE = 200 / 72


def sheet(canvas: Canvas) -> None:
    for k in range(12):
        canvas.rect(80 + 35 * (k % 4), 400 + 60 * (k // 4), 25, 40)
        canvas.line(80, 380 - 9 * k, 300 + 11 * k, 380 - 9 * k)


def page(*more: Callable[[Canvas], None], dx: int = 0, dy: int = 0, grain: float = 0.0) -> Picture:
    def draw(canvas: Canvas) -> None:
        sheet(canvas)
        for one in more:
            one(canvas)

    values = np.roll(np.asarray(picture(drawn(draw))), (dy, dx), axis=(0, 1)).astype(np.float32)
    values += np.random.default_rng(2).normal(0, grain, values.shape)
    return Picture(values.clip(0, 255).astype(np.uint8), SCALE)


def glyph(canvas: Canvas) -> None:
    canvas.lines([(400, 600, 400, 603), (400, 603, 402, 603), (402, 603, 402, 600)])


@pytest.mark.parametrize("grain", [0.0, 10.0, 20.0])
@pytest.mark.parametrize(("dx", "dy"), [(0, 0), (1, -1), (37, 21), (-60, 90)])
def test_the_same_drawing_elsewhere_on_the_paper_has_no_difference(dx: int, dy: int, grain: float) -> None:
    assert differences(page(), page(dx=dx, dy=dy, grain=grain)).places == ()


def test_another_resolution_is_no_difference() -> None:
    coarse = Picture(np.asarray(picture(drawn(sheet), dpi=130)), 130 / 72)
    found = differences(coarse, page())
    assert not found.is_other
    assert found.places == ()


def test_one_glyph_of_stroke_lettering_is_found_where_it_stands() -> None:
    found = differences(page(), page(glyph, dx=12, dy=8))
    (place,) = found.places
    assert (place.gone, place.come > 0) == (0, True)
    x, y = 401 + 12 / SCALE, 792 - 601.5 + 8 / SCALE
    assert place.new == pytest.approx((x - 1, y - 1.5, x + 1, y + 1.5), abs=1.5)
    assert place.old == pytest.approx((400, 189, 402, 192), abs=1.5)
    (back,) = differences(page(glyph), page()).places
    assert (back.gone > 0, back.come) == (True, 0)


def test_pages_with_nothing_in_common_are_not_told_dot_by_dot() -> None:
    def other(canvas: Canvas) -> None:
        for k in range(40):
            canvas.circle(100 + 97 * (k % 5), 60 + 80 * (k // 5), 20 + k % 7)

    assert differences(page(), Picture(np.asarray(picture(drawn(other))), SCALE)).is_other


def test_blank_pages_are_equal() -> None:
    blank = Picture(np.full((900, 700), 255, np.uint8), 1.0)
    assert differences(blank, blank).places == ()
    assert not differences(blank, Picture(np.full((400, 300), 250, np.uint8), 0.5)).is_other


@pytest.mark.parametrize("count", [1, 2, 99, 100])
def test_the_paper_of_a_page_is_the_median_of_its_dots(count: int) -> None:
    values = np.random.default_rng(count).integers(0, 256, count).astype(np.uint8)
    assert _median(np.bincount(values, minlength=256)) == float(np.median(values))
