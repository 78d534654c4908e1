"""Numbers of clauses, figures and equations that count on."""

from __future__ import annotations

from core.compare import compare
from core.options import CompareOptions
from tests.builders import document


def reasons(old: str, new: str, *, ignore: tuple[str, ...] = ()) -> list[tuple[str, str, str]]:
    found = compare(document(old), document(new), CompareOptions(ignore=ignore)).changes
    return [(c.old.text, c.new.text, c.detail["reason"]) for c in found if c.old and c.new]


def series(start: int, *, reference: str) -> str:
    lines = [f"Figure {start + k}: Load of beam {name}." for k, name in enumerate("ABCDEF")]
    return "\n".join([*lines, f"As Figure {reference} shows, beam D bends most under its load."])


def test_labels_that_count_on_and_what_names_them_are_numbering() -> None:
    old, new = series(3, reference="6"), series(4, reference="7")
    assert reasons(old, new) == [
        *((f"{k}:", f"{k + 1}:", "numbering") for k in range(3, 9)),
        ("6", "7", "numbering"),
    ]


def test_a_label_is_one_where_capitals_and_marks_are_no_change() -> None:
    old, new = series(3, reference="6"), series(4, reference="7")
    assert {reason for *_, reason in reasons(old, new, ignore=("case",))} == {"numbering"}
    assert {reason for *_, reason in reasons(old, new, ignore=("case", "punctuation"))} == {"numbering"}


def test_a_reference_to_another_figure_is_no_numbering() -> None:
    assert reasons(series(3, reference="6"), series(3, reference="5")) == [("6", "5", "reference")]
    assert reasons(series(3, reference="6"), series(4, reference="8"))[-1] == ("6", "8", "reference")


def test_a_section_number_in_running_text_is_a_reference_though_it_begins_a_line() -> None:
    heads = "\n".join(f"Section {k}: Rules for cases of the sort {name}." for k, name in enumerate("ABCDEF", 1))
    wrapped = f"{heads}\nNotice is given in the form of\nSection {{}} of this code."
    assert reasons(wrapped.format("4"), wrapped.format("5")) == [("4", "5", "reference")]
    short = f"{heads}\nSee Section {{}}. Notice is given in that form."
    assert reasons(short.format("4."), short.format("5."))[0][2] == "reference"


def test_numbers_of_equations_count_on() -> None:
    def equations(start: int) -> str:
        return "\n".join(f"the load of beam {name} is known ({start + k})" for k, name in enumerate("ABCDE"))

    assert {reason for *_, reason in reasons(equations(39), equations(40))} == {"numbering"}
    lone = "within thirty ({})\ndays of the order"
    assert reasons(lone.format("30"), lone.format("45")) == [("(30)", "(45)", "period")]
