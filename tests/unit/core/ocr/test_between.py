"""Marks between the words of two scans."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from reportlab.pdfgen.canvas import Canvas

from core.ocr.between import _Laid, ink_between
from core.ocr.patches import Carry
from core.ocr.rasters import Picture
from tests.unit.core.pdfs import drawn
from tests.unit.core.scans import picture

SCALE = 200 / 72
WORD = (100.0, 92.0 - 8, 160.0, 92.0 + 3)  #: of the page from its top, points
PAPER = Carry(1.0, 0j)


def text(canvas: Canvas) -> None:
    canvas.setFont("Times-Roman", 11)
    canvas.drawString(100, 700, "consignment")
    canvas.line(80, 500, 500, 500)


def stamp(canvas: Canvas) -> None:
    canvas.setLineWidth(3)
    canvas.ellipse(300, 300, 380, 350)


def page(*more: Callable[[Canvas], None], shift: int = 0, grain: float = 6.0, seed: int = 1) -> Picture:
    def draw(canvas: Canvas) -> None:
        for one in (text, *more):
            one(canvas)

    values = np.roll(np.asarray(picture(drawn(draw))), shift, axis=0).astype(np.float32) * 0.9
    values += np.random.default_rng(seed).normal(0, grain, values.shape)
    return Picture(values.clip(0, 255).astype(np.uint8), SCALE)


def boxes(*places: tuple[float, ...]) -> np.ndarray:
    return np.array(places, np.float32).reshape(-1, 4)


@pytest.mark.parametrize("grain", [0.0, 10.0, 22.0])
def test_the_same_page_scanned_again_has_no_mark(grain: float) -> None:
    found = ink_between(page(), page(grain=grain, seed=2), PAPER, (boxes(WORD), boxes(WORD)))
    assert found is not None
    assert found.places == ()


@pytest.mark.parametrize("shift", [0, 40])
def test_a_stamp_that_came_is_found_where_it_stands(shift: int) -> None:
    carry = Carry(1.0, complex(0, shift / SCALE))
    words = boxes(WORD), boxes(WORD) + np.array([0, shift / SCALE] * 2, np.float32)
    found = ink_between(page(), page(stamp, shift=shift, seed=2), carry, words)
    assert found is not None
    (place,) = found.places
    assert (place.gone, place.come > 500) == (0, True)
    assert place.old == pytest.approx((300, 442, 380, 492), abs=4)
    assert place.new == pytest.approx((300, 442 + shift / SCALE, 380, 492 + shift / SCALE), abs=4)
    turned = found.turned().places[0]
    assert (turned.old, turned.gone) == (place.new, place.come)


def test_a_stamp_set_a_little_elsewhere_is_the_same() -> None:
    def elsewhere(canvas: Canvas) -> None:
        canvas.translate(7, -5)
        stamp(canvas)

    def other(canvas: Canvas) -> None:
        canvas.setLineWidth(3)
        canvas.rect(305, 300, 70, 50)

    known = boxes(WORD), boxes(WORD)
    found = ink_between(page(stamp), page(elsewhere, seed=2), PAPER, known)
    assert found is not None
    assert found.places == ()
    found = ink_between(page(stamp), page(other, seed=2), PAPER, known)
    assert found is not None
    assert found.places, "another mark at that place"


def test_ink_where_words_stand_is_left_to_the_words() -> None:
    over = boxes((295.0, 435.0, 385.0, 500.0))
    for known in ((over, boxes()), (boxes(), over)):
        found = ink_between(page(), page(stamp, seed=2), PAPER, known)
        assert found is not None
        assert found.places == ()


def test_dust_is_no_mark() -> None:
    def dust(canvas: Canvas) -> None:
        for k in range(30):
            canvas.circle(90 + 60 * (k % 7), 120 + 80 * (k // 7), 0.9, fill=1)

    found = ink_between(page(), page(dust, seed=2), PAPER, (boxes(WORD), boxes(WORD)))
    assert found is not None
    assert found.places == ()


@pytest.mark.parametrize(
    ("box", "is_own"),
    [
        ((90.0, 100.0, 200.0, 102.0), False),  # a line below words that moved
        ((90.0, 500.0, 200.0, 502.0), True),  # below words that stayed
        ((90.0, 700.0, 200.0, 702.0), True),  # beside none
        ((90.0, 100.0, 150.0, 140.0), True),  # as large as a stamp
    ],
)
def test_what_may_have_moved_with_its_words_is_no_mark_of_its_own(
    box: tuple[float, float, float, float], is_own: bool
) -> None:
    middles = np.array([(100.0 + 30 * k, y) for y in (95.0, 495.0) for k in range(6)])
    laid = _Laid(PAPER, middles, middles[:, 1] < 200)
    assert laid.is_own(box) is is_own
