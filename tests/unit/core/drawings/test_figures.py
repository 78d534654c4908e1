"""Figures among text: followed where the text took them; rules, boxes and marks of the text are none."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
from reportlab.pdfgen.canvas import Canvas

from tests.unit.core.drawings.sheets import compared, told
from tests.unit.core.pdfs import drawn

WORDS = (
    "The pressure of the vessel is read at the upper gauge and written down each hour by whoever is on duty there. "
    "Valves that were opened for the test are closed again before the pump starts, and nobody stands behind the plate. "
    "What the recorder shows is kept for ten years with the name of the shift, weather and number of the batch. "
)
Draw = Callable[[Canvas, float, float, float], None]


def curve(canvas: Canvas, x: float, y: float, scale: float, *, peak: int = 6, drawn_to: int = 12) -> None:
    """A plot: axes, ticks and a line with a peak."""
    canvas.setLineWidth(0.8)
    canvas.lines([(x, y, x + 150 * scale, y), (x, y, x, y + 90 * scale)])
    canvas.lines([(x + 12 * k * scale, y, x + 12 * k * scale, y - 4 * scale) for k in range(1, 12)])
    at = [(x + 12 * k * scale, y + (80 if k == peak else 10 + 5 * (k * k % 7)) * scale) for k in range(drawn_to)]
    canvas.lines([(*a, *b) for a, b in pairwise(at)])


def pages(before: int, figure: Draw | None, *, columns: int = 95, scale: float = 1.0, boxes: bool = False) -> bytes:
    """Pages of text with a figure after some lines; `boxes` adds rules, a box around words and round list marks."""
    text = " ".join(f"{k}. {WORDS}" for k in range(1, 13)).split(" ")
    lines, line = [], ""
    for word in text:
        if len(line) + len(word) > columns:
            lines.append(line)
            line = ""
        line += word + " "
    lines.append(line)
    canvases: list[list[tuple[float, str | None]]] = [[]]
    y = 740.0
    for k, each in enumerate(lines):
        if k == before and figure is not None:
            if y < 200:
                canvases.append([])
                y = 740
            canvases[-1].append((y - 110 * scale, None))
            y -= 130 * scale
        if y < 60:
            canvases.append([])
            y = 740
        canvases[-1].append((y, each))
        y -= 14

    def page(rows: list[tuple[float, str | None]]) -> Callable[[Canvas], None]:
        def draw(canvas: Canvas) -> None:
            canvas.setFont("Helvetica", 9)
            for at, line in rows:
                if line is None:
                    assert figure is not None
                    figure(canvas, 120, at, scale)
                    continue
                canvas.drawString(72, at, line)
                if boxes and line[:1].isdigit():
                    canvas.circle(62, at + 3, 2.5, fill=1)
                    canvas.line(72, at - 2, 300, at - 2)
                    canvas.roundRect(68, at - 4, 420, 14, 4)

        return draw

    return drawn(*(page(rows) for rows in canvases))


@pytest.mark.parametrize(("before", "columns", "scale"), [(20, 95, 1.0), (20, 70, 1.0), (31, 80, 1.0), (20, 70, 0.85)])
def test_a_figure_that_goes_with_the_text_is_no_change(before: int, columns: int, scale: float) -> None:
    assert told(pages(20, curve), pages(before, curve, columns=columns, scale=scale)) == []


def test_what_belongs_to_the_text_is_no_drawing() -> None:
    assert told(pages(20, None, boxes=True), pages(20, None, columns=75)) == []


def test_a_figure_that_changed_is_one_change_with_its_place() -> None:
    def other(canvas: Canvas, x: float, y: float, scale: float) -> None:
        curve(canvas, x, y, scale, peak=9)

    found = compared(pages(20, curve), pages(20, other, columns=80)).changes
    changes = [c for c in found if c.layer == "drawing"]
    assert [(str(c.kind), c.detail["reason"]) for c in changes] == [("replaced", "figure changed")]
    assert set(changes[0].detail["where"]) == {"old", "new"}


def test_a_figure_that_came_or_went_is_told() -> None:
    assert told(pages(20, curve), pages(20, None)) == [("deleted", "figure deleted")]
    assert told(pages(20, None), pages(20, curve)) == [("inserted", "figure inserted")]
