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
    (change,) = compare(document(old), document(new), CompareOptions()).changes
    assert change.old and change.new and (change.old.text, change.new.text) == ("8 12 20 22", "9 13 21 25")
    assert (change.detail["reason"], change.detail["places"]) == ("page reference", 4)
    assert len(change.old.regions) == len(change.new.regions) == 4


def test_numbers_at_the_ends_of_other_lines_are_numbers() -> None:
    lines = ["Bolts of steel 40", "Nuts of brass 12", "Washers 90", "Pins 7", "Springs 55", "Screws 3"]
    old = "\n".join(lines)
    assert reasons(old, old.replace("90", "91")) == [("90", "91", "number")]


def pages(extra: bool, *references: str) -> list[str]:
    prose = [f"Words of chapter {name} that stand on a page of their own and say little." for name in "ABCDEFGH"]
    added = ["A page of words that nobody had seen before it was put in here."] if extra else []
    return [*added, *prose, "\n".join(references)]


def test_numbers_after_the_word_page_follow_the_pages_and_may_turn_one() -> None:
    old = pages(False, "The valve is described in full on page 3.", "See also: [pump], page 5.")
    new = pages(True, "The valve is described in full on page 4.", "See also: [pump], page 7.")
    found = [c for c in compare(document(*old), document(*new), CompareOptions()).changes if c.layer == "text"]
    assert [(c.old.text, c.new.text, c.detail["reason"]) for c in found if c.old and c.new] == [
        ("3. 5.", "4. 7.", "page reference")
    ]


def test_a_page_that_was_never_moved_there_is_a_number() -> None:
    old = pages(False, "The valve is described in full on page 3.")
    new = pages(False, "The valve is described in full on page 4.")
    assert [c.detail["reason"] for c in compare(document(*old), document(*new), CompareOptions()).changes] == ["number"]


def test_a_reference_that_misses_by_a_page_is_told_alike_with_the_sides_swapped() -> None:
    old = pages(False, "The valve is described in full on page 2.")
    new = pages(False, "The valve is described in full on page 4.")
    new.insert(2, "A page of words that nobody had seen before it was put in here.")
    for a, b in ((old, new), (new, old)):
        found = compare(document(*a), document(*b), CompareOptions()).changes
        assert [c.detail["reason"] for c in found if c.layer == "text"] == ["page reference"]
