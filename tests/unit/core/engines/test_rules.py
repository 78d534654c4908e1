"""Thin lines, however a producer draws them."""

from __future__ import annotations

import io

import numpy as np
import pytest
from reportlab.pdfgen.canvas import Canvas

from core.engines import pdfium_rules
from core.model import Document
from tests.unit.core.tables.sheets import read_bytes


def page(*operators: str, rotate: int = 0) -> Document:
    """A page with a word and these drawing operators."""
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=(400, 500), invariant=True)
    canvas.drawString(20, 20, "word")
    canvas._code.append("\n".join(operators))
    if rotate:
        canvas.setPageRotation(rotate)
    canvas.showPage()
    canvas.save()
    return read_bytes(stream.getvalue())


def rows(document: Document) -> list[list[int]]:
    return sorted(np.rint(document.rules.box).astype(int).tolist())


FRAME = [[100, 100, 100, 200], [100, 100, 300, 100], [100, 200, 300, 200], [300, 100, 300, 200]]


@pytest.mark.parametrize(
    "operators",
    [
        "100 300 200 100 re S",
        "0.9 g 100 300 200 100 re f",
        "100 300 m 300 300 l 300 400 l 100 400 l h S",
        "0.2 w 100 300 m 300 300 l S 100 400 m 300 400 l S 100 300 m 100 400 l S 300 300 m 300 400 l S",
        "100 300 m 300 300 l 100 400 m 300 400 l 100 300 m 100 400 l 300 300 m 300 400 l S",
    ],
)
def test_a_frame_is_four_lines(operators: str) -> None:
    found = rows(page(operators))
    assert len(found) == 4
    assert np.abs(np.array(found) - np.array(FRAME)).max() <= 1


def test_a_thin_filled_rectangle_is_a_line() -> None:
    (row,) = rows(page("100 300 200 1 re f"))
    assert row == [100, 199, 300, 200]


def test_white_areas_curves_and_slanted_lines_are_none() -> None:
    assert (
        rows(page("1 g 100 300 200 100 re f", "100 300 m 200 350 l S", "100 100 m 150 200 250 200 300 100 c S")) == []
    )


def test_lines_turn_with_the_page() -> None:
    (row,) = rows(page("100 300 m 300 300 l S", rotate=90))
    assert row[3] - row[1] >= 199 and row[2] - row[0] <= 2


def test_lines_inside_forms_are_placed() -> None:
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=(400, 500), invariant=True)
    canvas.drawString(20, 20, "word")
    canvas.beginForm("inner")
    canvas.line(0, 0, 200, 0)
    canvas.endForm()
    canvas.translate(100, 300)
    canvas.doForm("inner")
    canvas.showPage()
    canvas.save()
    (row,) = rows(read_bytes(stream.getvalue()))
    assert np.abs(np.array(row) - [100, 200, 300, 200]).max() <= 1


def test_a_drawing_has_no_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdfium_rules, "MOST_RULED_PATHS", 20)
    assert len(page(*(f"10 {k} m 300 {k} l S" for k in range(100, 110))).rules) == 10
    assert len(page(*(f"10 {k} m 300 {k} l S" for k in range(100, 140))).rules) == 0
