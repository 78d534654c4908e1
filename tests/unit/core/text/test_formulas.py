"""Formulas read the same in whatever order their parts are drawn, and differ when a part stands elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas

from core.compare import compare
from core.options import CompareOptions
from tests.unit.core.engines.test_reading import read
from tests.unit.core.pdfs import drawn

#: text, x, y above the line, size
Part = tuple[str, float, float, float]
SUM: list[Part] = [
    ("S =", 200, 0, 12),
    ("Z", 226, -3, 18),
    ("n", 229, 15, 8),
    ("i=0", 224, -12, 8),
    ("a", 242, 0, 12),
    ("k", 249, 5, 8),
    ("j", 249, -4, 8),
    ("x + y", 264, 8, 12),
    ("w", 276, -8, 12),
]


def page(parts: list[Part], tmp_path: Path, size: float = 1.0, y: float = 640):  # type: ignore[no-untyped-def]
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 12 * size)
        for k in range(12):  # prose: a page of labels is compared by place anyway
            canvas.drawString(72, 780 - 12 * size * k, f"line {k} of what stands above the formula and says little")
        for text, x, rise, points in parts:
            canvas.setFont("Helvetica", points * size)
            canvas.drawString(72 + (x - 72) * size, y + rise * size, text)
        canvas.setFont("Helvetica", 12 * size)
        canvas.drawString(72, 560, "which was shown above in every detail that matters")

    return read(drawn(draw), tmp_path)


def told(old: list[Part], new: list[Part], tmp_path: Path, size: float = 1.0) -> int:
    options = CompareOptions(layers=("text", "table", "page"))
    return len(compare(page(old, tmp_path), page(new, tmp_path, size), options).changes)


ORDERS = ([0, 2, 1, 3, 4, 5, 6, 7, 8], [0, 1, 3, 2, 4, 6, 5, 8, 7], [4, 5, 6, 0, 1, 2, 3, 7, 8])


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("size", [1.0, 1.2])
def test_the_order_of_drawing_is_no_change(order: list[int], size: float, tmp_path: Path) -> None:
    assert told(SUM, [SUM[k] for k in order], tmp_path, size) == 0


@pytest.mark.parametrize(
    ("one", "other"),
    [(2, 3), (5, 6), (7, 8), (4, 8), (0, 4)],
    ids=["limits", "exponent and index", "numerator and denominator", "factor and denominator", "sides"],
)
def test_parts_that_changed_places_are_told(one: int, other: int, tmp_path: Path) -> None:
    swapped = list(SUM)
    swapped[one] = (SUM[other][0], *SUM[one][1:])
    swapped[other] = (SUM[one][0], *SUM[other][1:])
    assert told(SUM, swapped, tmp_path) > 0


def test_an_edit_in_a_formula_drawn_in_another_order_is_told(tmp_path: Path) -> None:
    edited = [SUM[k] for k in ORDERS[1]]
    edited[4] = ("b", *edited[4][1:])
    assert told(SUM, edited, tmp_path) > 0


def test_words_that_change_places_over_a_line_end_are_told(tmp_path: Path) -> None:
    one = [("alpha beta", 72, 0, 12), ("gamma", 72, -14, 12)]
    other = [("alpha gamma", 72, 0, 12), ("beta", 72, -14, 12)]
    assert told(one, other, tmp_path) > 0
