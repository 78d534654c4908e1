"""Numbers that name pages."""

from __future__ import annotations

from core.compare import compare
from core.options import CompareOptions
from tests.builders import document

TITLES = ["Scope", "Terms and definitions", "Delivery", "Inspection", "Payment", "Liability", "Law"]


def contents(numbers: list[int]) -> str:
    return "\n".join(
        f"{k}. {title} ..... {number}" for k, (title, number) in enumerate(zip(TITLES, numbers, strict=True), 1)
    )


def reasons(old: str, new: str) -> list[tuple[str, str, str]]:
    found = compare(document(old), document(new), CompareOptions()).changes
    return [(c.old.text if c.old else "", c.new.text if c.new else "", c.detail["reason"]) for c in found]


def test_numbers_at_the_ends_of_a_list_of_contents_are_page_references() -> None:
    old, new = contents([1, 3, 8, 12, 14, 20, 22]), contents([1, 3, 9, 13, 14, 21, 25])
    assert reasons(old, new) == [
        ("8", "9", "page reference"),
        ("12", "13", "page reference"),
        ("20", "21", "page reference"),
        ("22", "25", "page reference"),
    ]


def test_numbers_at_the_ends_of_other_lines_are_numbers() -> None:
    lines = ["Bolts of steel 40", "Nuts of brass 12", "Washers 90", "Pins 7", "Springs 55", "Screws 3"]
    old = "\n".join(lines)
    assert reasons(old, old.replace("90", "91")) == [("90", "91", "number")]
