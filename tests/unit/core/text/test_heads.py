"""Heads of tables that are shown again after a page break."""

from __future__ import annotations

import pytest

from core.model import Document
from tests.unit.core.tables.sheets import INTRO, OUTRO, Paper, Rows, sheet, told

NAMES = ("bolt", "washer", "spring", "lever", "gasket", "flange", "rotor", "cable", "sensor", "pump")
ROWS: Rows = (
    ("Part", "Description", "Price"),
    *((f"P-{k:03}", f"{NAMES[k % 10]} {NAMES[k * 3 % 10]}", f"{7 * k + 3}.{k % 10}0") for k in range(1, 41)),
)
WIDE: Rows = (("Number of the part", "What it is made of and what for", "Price of one, in euros"), *ROWS[1:])


def gone(found: list[tuple[str, str, str, str, str]]) -> str:
    return " ".join(old for *_, old, _ in found if old)


def come(found: list[tuple[str, str, str, str, str]]) -> str:
    return " ".join(new for *_, new in found if new)


@pytest.mark.parametrize("bold", [True, False])
@pytest.mark.parametrize("manner", ["ruled", "booktabs", "open"])
@pytest.mark.parametrize("rows", [ROWS, WIDE], ids=["one line", "wrapped"])
def test_where_a_table_breaks_is_no_change(rows: Rows, manner: str, bold: bool) -> None:
    widths = [70.0, 90.0, 70.0]
    whole = sheet(rows, manner, widths, bold=bold, bottom=90.0)
    for bottom in (150.0, 330.0):
        again = sheet(rows, manner, widths, bold=bold, bottom=bottom)
        assert told(whole, again) == []
        assert told(again, whole) == []


def test_a_head_that_changes_is_told_once() -> None:
    renamed = (("Part", "Description", "Weight"), *ROWS[1:])
    found = told(sheet(ROWS, "open", bottom=330.0), sheet(renamed, "open", bottom=150.0))
    assert [(kind, old, new) for _, kind, _, old, new in found] == [("replaced", "Price", "Weight")]


def test_a_head_that_differs_after_a_break_is_told() -> None:
    def paper(word: str) -> Document:
        paper = Paper()
        paper.prose(INTRO)
        for number, part in enumerate((ROWS[:20], (("Part", "Description", word), *ROWS[20:]))):
            if number:
                paper.new_page()
            paper.table(part, [90.0, 150.0, 90.0], "open")
        paper.prose(OUTRO)
        return paper.done()

    found = told(paper("Price"), paper("Cost"))
    assert come(found).split()[-1] == "Cost"
    assert set(gone(found).split()) <= {"Price"}


def test_a_row_of_the_table_that_stands_twice_is_no_head() -> None:
    same = ("K-100", "spare part", "none")
    rows = (*ROWS[:10], same, *ROWS[10:])
    probe = sheet(rows, "open", bold=False, repeat=False)
    first = int((probe.words.page == 1).sum())
    broken = next(k for k in range(len(rows)) if probe.words.text(first) == rows[k][0])
    twice = (*rows[:broken], same, *rows[broken:])
    found = told(sheet(twice, "open", bold=False, repeat=False), sheet(rows, "open", bold=False, repeat=False))
    assert (gone(found), come(found)) == ("K-100 spare part none", "")


def test_another_table_with_the_same_head_has_a_head_of_its_own() -> None:
    def paper(with_head: bool) -> Document:
        paper = Paper()
        paper.table(ROWS[:12], [90.0, 150.0, 90.0], "open")
        paper.prose(INTRO)
        paper.new_page()
        paper.prose(OUTRO)
        paper.table(ROWS[:1] * with_head + ROWS[12:], [90.0, 150.0, 90.0], "open")
        return paper.done()

    found = told(paper(True), paper(False))
    assert (gone(found), come(found)) == ("Part Description Price", "")
