"""Pages drawn for recognition: how askew they are, and how they are set straight."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image

from core.engines.ocr_raster import skew_of, straightened
from core.ocr.rasters import as_drawn
from tests.unit.core.pdfs import drawn, lines
from tests.unit.core.scans import picture

TEXT = [f"Line {k} of a page of prose with words of several lengths, {k * 37} of them." for k in range(30)]


def page(skew: float) -> np.ndarray[Any, Any]:
    upright = picture(drawn(lines(*TEXT)))
    return np.asarray(upright.rotate(-skew, resample=Image.Resampling.BICUBIC, fillcolor=255))


@pytest.mark.parametrize("skew", [-4.3, -1.7, -0.4, 0.0, 0.3, 2.0, 5.1])
def test_the_skew_of_a_page_is_found(skew: float) -> None:
    assert skew_of(page(skew)) == pytest.approx(skew, abs=0.08)


def test_a_page_without_lines_is_not_turned() -> None:
    assert skew_of(np.full((800, 600), 255, np.uint8)) == 0
    noise = np.random.default_rng(1).integers(0, 255, (800, 600)).astype(np.uint8)
    assert skew_of(noise) == 0


def test_a_straightened_page_is_the_upright_one() -> None:
    upright, straight = page(0.0), straightened(page(2.5), 2.5)
    assert abs(skew_of(straight)) < 0.1
    ink = upright < 128
    assert (straight[ink] < 200).mean() > 0.9


def test_a_place_on_a_straightened_page_is_found_on_the_page_as_drawn() -> None:
    skewed = np.full((1000, 800), 255, np.uint8)
    skewed[700:708, 100:108] = 0
    straight = straightened(skewed, 3.0)
    rows, columns = np.nonzero(straight < 128)
    x, y = as_drawn(float(columns.mean()) + 0.5, float(rows.mean()) + 0.5, straight.shape, 3.0)
    assert (x, y) == pytest.approx((104, 704), abs=1.0)
