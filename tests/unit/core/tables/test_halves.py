"""Rows that a page break cuts in two are read, compared and told as one."""

from __future__ import annotations

import pytest

from tests.unit.core.tables.sheets import INTRO, changes, sheet, tables_of, told

WIDTHS = [50.0, 190.0, 60.0, 130.0]
NOTES = (
    "The pump in the cellar has to run for two hours each day, and longer in the months when the river is high.",
    "A valve that does not close must be reported to the office at once, for the pressure in the pipes falls with it.",
    "Oil is changed after each winter. The old oil goes to the works, where it is cleaned and used for the saws again.",
)
WHO = ("the keeper of the house and those who stand in for him", "whoever sees it first", "two people from the works")
ROWS = [
    ("Number", "What is to be done", "State", "Who"),
    *((f"T-{k + 1}", f"{NOTES[k % 3]} See {k + 40}.", ("open", "done")[k % 2], WHO[k % 3]) for k in range(18)),
]
MORE = (*INTRO, "It was late then.", "Two were ill.")  # moves the table down by two lines and a half


def _edited(row: int, column: int, old: str, new: str) -> list[tuple[str, ...]]:
    rows = [list(cells) for cells in ROWS]
    assert old in rows[row][column]
    rows[row][column] = rows[row][column].replace(old, new)
    return [tuple(cells) for cells in rows]


def _cut(rows: list[tuple[str, ...]], intro: tuple[str, ...] = INTRO, manner: str = "ruled") -> list[int]:
    """Numbers of the rows that stand on two pages."""
    table = tables_of(sheet(rows, manner, WIDTHS, intro=intro, split=True))[0]
    page = table.document.words.page
    return [row for row in range(table.rows) if len(set(page[table.words[table.row == row]].tolist())) > 1]


@pytest.mark.parametrize("manner", ["ruled", "strokes", "fills"])
def test_where_a_row_is_cut_is_no_change(manner: str) -> None:
    one, other = (sheet(ROWS, manner, WIDTHS, intro=intro, split=True) for intro in (INTRO, MORE))
    whole = sheet(ROWS, manner, WIDTHS)
    assert _cut(ROWS, manner=manner), "a row must be cut"
    assert changes(one, whole) == changes(whole, one) == []
    assert [(c.layer, c.new and c.new.text) for c in changes(one, other)] == [("text", " ".join(MORE[2:]))]


def test_a_row_that_is_cut_is_one_row_of_its_table() -> None:
    table = tables_of(sheet(ROWS, "ruled", WIDTHS, split=True))[0]
    cut = _cut(ROWS)[0]
    body = [table.row_texts(row) for row in table.body]
    assert body == ROWS[1:]
    assert table.pages[cut] < table.pages[cut + 1]


def test_an_edit_in_a_row_that_is_cut_is_one_of_its_cell() -> None:
    old = sheet(ROWS, "ruled", WIDTHS, split=True)
    for number in _cut(ROWS):
        key = tables_of(old)[0].row_texts(number)[0]
        row = next(k for k, cells in enumerate(ROWS) if cells[0] == key)
        new = sheet(_edited(row, 1, "See", "Read"), "ruled", WIDTHS, intro=MORE, split=True)
        found = changes(old, new, "table")
        assert [(c.old and c.old.text, c.new and c.new.text) for c in found] == [("See", "Read")]
        assert found[0].detail["row_key"] == key
        assert found[0].detail["old_cell"] == ROWS[row][1]


def test_a_row_that_is_cut_goes_as_one() -> None:
    number = _cut(ROWS)[0]
    old = sheet(ROWS, "ruled", WIDTHS, split=True)
    row = next(k for k, cells in enumerate(ROWS) if cells[0] == tables_of(old)[0].row_texts(number)[0])
    new = sheet([*ROWS[:row], *ROWS[row + 1 :]], "ruled", WIDTHS, split=True)
    assert told(old, new) == [("table", "deleted", "row", " ".join(ROWS[row]), "")]
    assert told(new, old) == [("table", "inserted", "row", "", " ".join(ROWS[row]))]


@pytest.mark.parametrize("first", [("", "Total", "", "two people"), ("", "and all valves", "", "")])
def test_a_row_with_empty_cells_after_a_break_is_a_row(first: tuple[str, ...]) -> None:
    """Its words would have found room in the row above: it does not go on with that."""
    short = [("Number", "What", "State", "Who"), *((f"T-{k}", "a pump", "open", "Ann") for k in range(40))]
    pages = [row.pages[-1] for row in (tables_of(sheet(short[:k], "ruled", WIDTHS))[0] for k in range(25, 41))]
    at = 25 + pages.index(2) - 1
    rows = [*short[:at], first, *short[at:]]
    table = tables_of(sheet(rows, "ruled", WIDTHS))[0]
    assert [table.row_texts(row) for row in table.body] == rows[1:]
    assert table.pages[table.body[at - 2]] < table.pages[table.body[at - 1]], "the row stands first on its page"
