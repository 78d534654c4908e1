"""Headings are found to group changes by; sentences, running lines and numbers are none."""

from __future__ import annotations

from pathlib import Path

from reportlab.pdfgen.canvas import Canvas

from core.codec import comparison_to_json
from core.compare import compare
from core.engines.reading import read
from core.options import CompareOptions, Limits
from tests.builders import document
from tests.unit.core.pdfs import drawn


def page(canvas: Canvas, price: str) -> None:
    y = 760.0
    for font, size, text in (
        ("Helvetica-Bold", 16, "Supply Agreement"),
        ("Helvetica", 10, "This agreement is made between the two of us."),
        ("Helvetica-Bold", 10, "1 Prices"),
        ("Helvetica", 10, f"The price of each part is {price} euros, paid within thirty days."),
        ("Helvetica-Bold", 10, "All of this is bold but it is a sentence."),
        ("Helvetica-Bold", 16, "2027"),
        ("Helvetica", 10, "And this is said here so that most letters are of this size."),
    ):
        canvas.setFont(font, size)
        canvas.drawString(72, y, text)
        y -= 30


def test_a_result_names_the_headings_of_both_sides_in_reading_order(tmp_path: Path) -> None:
    documents = []
    for name, price in (("old", "30"), ("new", "45")):
        path = tmp_path / f"{name}.pdf"
        path.write_bytes(drawn(lambda canvas, price=price: page(canvas, price)))  # type: ignore[misc]
        with path.open("rb") as file:
            documents.append(read(file.fileno(), limits=Limits(), sha256=name))
    found = compare(documents[0], documents[1], CompareOptions())
    told = comparison_to_json(found, names={"old": "a", "new": "b"})
    for side in ("old", "new"):
        assert [one["title"] for one in told[side]["sections"]] == ["Supply Agreement", "1 Prices"]
        assert [one["page"] for one in told[side]["sections"]] == [1, 1]
    top, below = (one["box"][1] for one in told["new"]["sections"])
    (change,) = told["changes"]
    assert top < below < change["new"]["regions"][0]["box"][1]


def test_a_result_without_changes_names_none() -> None:
    empty = document("Nothing changes here.")
    assert (
        "sections"
        not in comparison_to_json(compare(empty, empty, CompareOptions()), names={"old": "a", "new": "b"})["old"]
    )
