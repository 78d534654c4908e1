"""Sheets of a set find their partners by their numbers."""

from __future__ import annotations

import io

import pytest
from reportlab.pdfgen.canvas import Canvas

from core.drawings.numbering import sheet_numbers
from tests.unit.core.drawings.sheets import SIZE, compared, document, plant


def book(sheets: list[tuple[str, list[str]]]) -> bytes:
    """Sheets with a title block of their own and labels."""
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=SIZE, invariant=True)
    for title, labels in sheets:
        for (x0, y0, x1, y1), width, _ in plant().lines:
            canvas.setLineWidth(width)
            canvas.line(x0, SIZE[1] - y0, x1, SIZE[1] - y1)
        for k, label in enumerate(labels):
            canvas.drawString(60 + 45 * (k % 8), 540 - 35 * (k // 8), label)
        canvas.drawString(690, 40, title)
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


def labels(name: str, count: int = 16) -> list[str]:
    return [f"{name}{k}" for k in range(count)]


def partners(old: bytes, new: bytes) -> list[tuple[int | None, int | None]]:
    return [(pair.old, pair.new) for pair in compared(old, new).page_map]


@pytest.mark.parametrize("title", ["Sheet {} of 3", "Blatt {}/3", "Id: {}/3", "A-10{}", "SHEET NO. {}"])
def test_numbers_are_read_from_the_title_block(title: str) -> None:
    found = sheet_numbers(document(book([(title.format(k), labels("ab"[k % 2])) for k in (1, 2, 3)])))
    first = "A-101" if title.startswith("A") else "1"
    assert [one.number for one in found.values()] == [first[:-1] + k for k in "123"]


def test_sheets_alike_are_paired_by_number_whatever_their_order() -> None:
    """Both share more words with the other one: alike circuits, of which each grew by a few parts."""
    old = book([("A-101", [*labels("R"), *labels("X", 8)]), ("A-102", [*labels("R"), *labels("Y", 8)])])
    new = book([("A-102", [*labels("R"), *labels("X", 3)]), ("A-101", [*labels("R"), *labels("Y", 3)])])
    assert partners(old, new) == [(2, 1), (1, 2)]


def test_sheets_that_were_numbered_anew_are_paired_by_what_they_hold() -> None:
    old = book([("Sheet 1 of 2", labels("R")), ("Sheet 2 of 2", labels("C"))])
    new = book([("Sheet 1 of 3", labels("R")), ("Sheet 2 of 3", labels("Q")), ("Sheet 3 of 3", labels("C"))])
    assert partners(old, new) == [(1, 1), (None, 2), (2, 3)]
