"""Whether a word's picture is found on another page."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from core.geometry import Box
from core.ocr.doubts import ALIKE, ALIKE_NUMBER
from core.ocr.patches import Carry, blurred, carry_of, likeness, noise_of, sampled_page, steady_carry
from core.ocr.rasters import Picture
from tests.unit.core.pdfs import drawn, lines
from tests.unit.core.scans import picture

SCALE = 200 / 72
HERE = Carry(1, 0)


def page(text: str, *, skew: float = 0.0, grain: float = 0.0, dx: float = 0.0) -> Picture:
    image = picture(drawn(lines("Some words before it.", text, "Some words behind it.", x=72 + dx, size=11)))
    values = np.asarray(image.rotate(-skew, resample=Image.Resampling.BICUBIC, fillcolor=255)).astype(np.float32)
    values += np.random.default_rng(4).normal(0, grain, values.shape).astype(np.float32)
    return Picture(values.clip(0, 255).astype(np.uint8), SCALE)


#: Of the second line, from its start: a word of twelve points a line.
def box(start: float, stop: float) -> Box:
    return 72 + start, 792 - 720 + 13.2 - 10, 72 + stop, 792 - 720 + 13.2 + 3


WHOLE = box(0, 62)


@pytest.mark.parametrize("grain", [0.0, 12.0, 25.0])
def test_a_word_that_stays_is_alike(grain: float) -> None:
    old, new = page("Total 4,250", grain=grain), page("Total 4,250", dx=1.7, grain=grain / 2)
    found = likeness(WHOLE, HERE, old, new, (noise_of(old), noise_of(new)))
    assert found is not None
    assert found > ALIKE


@pytest.mark.parametrize("other", ["Total 4,260", "Total 3,250", "Total 4,25O", "Total 1,250", "Tofal 4,250", ""])
@pytest.mark.parametrize("grain", [0.0, 12.0])
def test_one_changed_letter_is_seen(other: str, grain: float) -> None:
    old, new = page("Total 4,250", grain=grain), page(other, grain=grain)
    found = likeness(WHOLE, HERE, old, new, (noise_of(old), noise_of(new)))
    assert found is not None
    assert found < ALIKE_NUMBER


def test_a_word_that_grew_is_not_the_same() -> None:
    found = likeness(box(0, 12.5), HERE, page("50 units"), page("500 units"))
    assert found is not None
    assert found < ALIKE


def test_a_turned_page_is_looked_at_as_it_lies() -> None:
    upright, skewed = page("Total 4,250"), page("Total 4,250", skew=2.0)
    marks = np.array([[72.0, 80.0], [500.0, 80.0], [72.0, 700.0]])
    turn = np.exp(1j * np.radians(2.0))
    around = 306 + 396j
    there = np.array([(turn * (complex(*mark) - around) + around) for mark in marks])
    carry = carry_of(marks, np.stack((there.real, there.imag), axis=1), np.ones(3))
    assert carry.turn == pytest.approx(turn, abs=1e-9)
    assert (likeness(WHOLE, carry, upright, skewed) or 0) > ALIKE
    assert (likeness(WHOLE, HERE, upright, skewed) or 0) < ALIKE


def test_what_is_blank_or_off_the_page_says_nothing() -> None:
    blank = box(200, 260)
    assert likeness(blank, HERE, page("Total"), page("Total")) is None
    assert likeness(WHOLE, Carry(1, 5000), page("Total"), page("Total")) is None


def test_points_that_reflow_took_away_do_not_move_the_page() -> None:
    rng = np.random.default_rng(1)
    here = rng.uniform(0, 600, (60, 2))
    there = here + np.array([3.0, -2.0])
    there[:15] += np.array([0.0, 26.0])
    carry = steady_carry(here, there)
    assert carry.shift == pytest.approx(3 - 2j, abs=0.2)


def test_a_page_in_strips_and_level_rows_has_the_same_figures() -> None:
    pixels = np.random.default_rng(3).integers(0, 256, (150, 90), np.uint8)
    here = Picture(pixels, SCALE)
    size = (40.0, 70.0)  # wider and higher than what is drawn
    level = sampled_page(here, size, 0.36)
    assert np.array_equal(level, sampled_page(here, size, 0.36, lambda x, y: (x, y)))  # type: ignore[arg-type]
    assert np.array_equal(blurred(level), blurred(level[None])[0])
