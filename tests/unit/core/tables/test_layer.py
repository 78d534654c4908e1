"""What is told of tables that differ."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.model import Change, Document, Severity
from tests.unit.core.tables.sheets import INTRO, MANNERS, OUTRO, Paper, Rows, changes, sheet, told

HEAD = ["Part", "Name", "Store", "Price"]
ROWS = [
    HEAD,
    ["K-6669", "Distant treasurer", "Leipzig", "194.33"],
    ["K-5050", "Weekly filter", "Bergen", "79.24"],
    ["K-3210", "Regular delegate", "Ghent", "90.38"],
    ["K-6075", "Final valve", "Vilnius", "79.92"],
    ["K-1805", "Patient filter", "Bergen", "142.24"],
    ["K-4233", "Secondary compressor", "Innsbruck", "99.72"],
    ["K-1301", "Crowded cable", "Leipzig", "245.39"],
]


def edited(rows: Rows, row: int, column: int, text: str) -> list[list[str]]:
    out = [list(cells) for cells in rows]
    out[row][column] = text
    return out


def without(rows: Rows, column: int) -> list[list[str]]:
    return [[cell for k, cell in enumerate(cells) if k != column] for cells in rows]


def compared(old: Rows, new: Rows, manner: str = "ruled") -> list[tuple[str, str, str, str, str]]:
    return told(sheet(old, manner), sheet(new, manner))


@pytest.mark.parametrize("manner", MANNERS)
def test_an_edited_cell_is_told_with_its_place(manner: str) -> None:
    old, new = sheet(ROWS, manner), sheet(edited(ROWS, 3, 3, "91.40"), manner)
    (change,) = changes(old, new)
    assert (change.layer, change.kind) == ("table", "replaced")
    assert change.old and change.new and (change.old.text, change.new.text) == ("90.38", "91.40")
    expected = {"what": "cell", "row": 3, "row_key": "K-3210", "column": 4, "header": "Price"}
    expected |= {"old_cell": "90.38", "new_cell": "91.40"}
    assert expected.items() <= change.detail.items()
    assert change.severity is Severity.MAJOR


def test_a_row_is_known_by_a_text_that_no_other_row_has() -> None:
    names = ["Final valve", "Final valve", "Regular delegate", "Weekly filter", "Weekly filter", "Old cable", "Pin"]
    rows = [HEAD, *(["n/a", name, "Ghent", cells[3]] for name, cells in zip(names, ROWS[1:], strict=True))]
    rows[2][3] = rows[1][3]
    (change,) = changes(sheet(rows), sheet(edited(rows, 3, 3, "91.40")))
    assert change.detail["row_key"] == "Regular delegate"


def test_what_is_replaced_by_words_outside_of_tables_is_told_once_as_text() -> None:
    def page(rows: Rows, *lines: str) -> Document:
        paper = Paper()
        paper.prose(INTRO)
        paper.table(rows, [110.0] * 4, "ruled")
        paper.prose([*lines, *OUTRO])
        return paper.done()

    assert told(page(ROWS), page(ROWS[:-1], "K-1301 Crowded wire Leipzig 245.39")) == [
        ("text", "replaced", "", "cable", "wire")
    ]


@pytest.mark.parametrize("manner", MANNERS)
def test_an_inserted_row_is_one_row(manner: str) -> None:
    row = ["K-7777", "Spare gasket", "Bergen", "79.24"]
    assert compared(ROWS, [*ROWS[:3], row, *ROWS[3:]], manner) == [
        ("table", "inserted", "row", "", "K-7777 Spare gasket Bergen 79.24")
    ]


@pytest.mark.parametrize("manner", MANNERS)
def test_a_deleted_row_is_one_row(manner: str) -> None:
    assert compared(ROWS, [*ROWS[:5], *ROWS[6:]], manner) == [
        ("table", "deleted", "row", "K-1805 Patient filter Bergen 142.24", "")
    ]


@pytest.mark.parametrize("manner", MANNERS)
def test_a_moved_row_is_one_move(manner: str) -> None:
    new = [*ROWS[:2], *ROWS[3:7], ROWS[2], ROWS[7]]
    text = "K-5050 Weekly filter Bergen 79.24"
    assert compared(ROWS, new, manner) == [("table", "moved", "row", text, text)]


def test_a_moved_and_edited_row_is_a_move_and_an_edit() -> None:
    new = edited([*ROWS[:2], *ROWS[3:7], ROWS[2], ROWS[7]], 6, 3, "80.00")
    found = compared(ROWS, new)
    assert [(kind, what) for _, kind, what, _, _ in found] == [("moved", "row"), ("replaced", "cell")]
    assert found[1][3:] == ("79.24", "80.00")


@pytest.mark.parametrize("manner", MANNERS)
@pytest.mark.parametrize("column", [1, 2, 3])
def test_a_deleted_column_is_one_column(manner: str, column: int) -> None:
    gone = " ".join(cells[column] for cells in ROWS)
    assert compared(ROWS, without(ROWS, column), manner) == [("table", "deleted", "column", gone, "")]
    assert compared(without(ROWS, column), ROWS, manner) == [("table", "inserted", "column", "", gone)]


def test_a_moved_column_is_one_move() -> None:
    found = compared(ROWS, [[a, c, b, d] for a, b, c, d in ROWS])
    assert [(layer, kind, what) for layer, kind, what, _, _ in found] == [("table", "moved", "column")]


def test_a_renumbered_column_is_one_minor_change() -> None:
    def numbered(rows: Rows) -> list[list[str]]:
        return [["No.", *HEAD[1:]], *([str(k + 1), *row[1:]] for k, row in enumerate(rows[1:]))]

    row = ["", "Spare gasket", "Oslo", "12.50"]
    found = changes(sheet(numbered(ROWS)), sheet(numbered([*ROWS[:3], row, *ROWS[3:]])))
    assert [(c.kind, c.detail["what"], c.severity) for c in found] == [
        ("inserted", "row", "major"),
        ("replaced", "column", "minor"),
    ] or [(c.kind, c.detail["what"], c.severity) for c in found] == [
        ("replaced", "column", "minor"),
        ("inserted", "row", "major"),
    ]
    (numbers,) = [c for c in found if c.kind == "replaced"]
    assert numbers.old and numbers.new
    assert (numbers.old.text, numbers.new.text, numbers.detail["reason"]) == ("3 4 5 6 7", "4 5 6 7 8", "renumbered")


def test_numbers_that_are_names_of_rows_are_told_one_by_one() -> None:
    new = edited(edited(ROWS, 2, 0, "K-5051"), 5, 0, "K-1806")
    assert compared(ROWS, new) == [
        ("table", "replaced", "cell", "K-5050", "K-5051"),
        ("table", "replaced", "cell", "K-1805", "K-1806"),
    ]


@pytest.mark.parametrize("manner", MANNERS)
def test_another_page_break_is_no_change(manner: str) -> None:
    rows = [HEAD, *([f"{row[0]}{k}", *row[1:]] for k in range(6) for row in ROWS[1:])]
    one, other = sheet(rows, manner, bottom=80), sheet(rows, manner, bottom=330)
    assert {p.number for p in one.pages} != {p.number for p in other.pages}
    assert told(one, other) == [] == told(other, one)


def test_an_edit_over_another_page_break_is_told_alone() -> None:
    rows = [HEAD, *([f"{row[0]}{k}", *row[1:]] for k in range(6) for row in ROWS[1:])]
    found = told(sheet(rows, bottom=80), sheet(edited(rows, 20, 2, "Riga"), bottom=330))
    assert found == [("table", "replaced", "cell", rows[20][2], "Riga")]


def with_table(*, before: bool, after: bool) -> Document:
    paper = Paper()
    paper.prose(INTRO)
    if before:
        paper.table(ROWS, [110] * 4, "ruled")
    paper.prose(OUTRO * 3)
    if after:
        paper.table(ROWS, [110] * 4, "ruled")
    paper.prose(("And this is how the matter was left at the end of a long day.",))
    return paper.done()


def test_a_table_that_came_or_went_or_moved_is_one_change() -> None:
    none, one, other = (with_table(before=b, after=a) for b, a in ((False, False), (True, False), (False, True)))
    words = " ".join(" ".join(row) for row in ROWS)
    assert told(none, one) == [("table", "inserted", "table", "", words)]
    assert told(one, none) == [("table", "deleted", "table", words, "")]
    assert [(layer, kind) for layer, kind, *_ in told(one, other)] in ([("table", "moved")], [("text", "moved")])


def test_without_the_layer_the_text_tells_it() -> None:
    old, new = sheet(ROWS), sheet(edited(ROWS, 3, 3, "91.40"))
    found = changes(old, new, "text")
    assert [(c.layer, c.old and c.old.text, c.new and c.new.text) for c in found] == [("text", "90.38", "91.40")]


def test_names_do_not_depend_on_place() -> None:
    new = edited(ROWS, 3, 3, "91.40")
    (one,) = changes(sheet(ROWS), sheet(new))
    more = [*ROWS[:2], ["K-9000", "Added before", "Riga", "1.00"], *ROWS[2:]]
    moved = [*new[:2], more[2], *new[2:]]
    (other,) = changes(sheet(more, intro=INTRO * 9), sheet(moved, "booktabs", intro=INTRO * 9))
    assert one.id == other.id


# ---------------------------------------------------------------- promises

CELL = st.sampled_from(["alpha", "beta", "gamma", "10", "20", "30.5", "yes", "no", "alpha beta", "left right up"])
GRID = st.integers(2, 4).flatmap(lambda n: st.lists(st.lists(CELL, min_size=n, max_size=n), min_size=2, max_size=8))


def net(found: list[Change]) -> Counter[str]:
    """New words less old words of all that is told, moves left out."""
    count: Counter[str] = Counter()
    for change in found:
        if change.kind != "moved":
            count.update(change.new.text.split() if change.new else ())
            count.subtract(change.old.text.split() if change.old else ())
    return Counter({word: n for word, n in count.items() if n})


def size(found: list[Change], *, with_moves: bool = False) -> int:
    told = [c for c in found if with_moves or c.kind != "moved"]
    return sum(len(side.text.split()) for c in told for side in (c.old, c.new) if side)


def with_heads(rows: Rows) -> list[list[str]]:
    return [[f"Head{k}" for k in range(len(rows[0]))], *(list(row) for row in rows)]


@settings(max_examples=60, deadline=None)
@given(GRID, GRID, st.sampled_from(MANNERS))
def test_no_word_is_lost_or_told_twice(old: Rows, new: Rows, manner: str) -> None:
    sides = sheet(with_heads(old), manner), sheet(with_heads(new), manner)
    with_tables, text_only = changes(*sides), changes(*sides, "text", "page")
    assert net(with_tables) == net(text_only)
    # The text layer may call words moved that a table tells as edits of two cells.
    assert size(with_tables) <= size(text_only, with_moves=True)


CROSSED = (
    [["alpha", "alpha", "alpha", "yes"], ["alpha", "alpha", "alpha", "20"], ["alpha", "alpha", "alpha", "beta"]],
    [["beta", "alpha", "alpha", "10"], ["yes", "alpha", "alpha", "20"]],
)


@settings(max_examples=40, deadline=None)
@example(*CROSSED, "ruled")
@given(GRID, GRID, st.sampled_from(MANNERS))
def test_swapping_the_sides_mirrors_what_is_told(old: Rows, new: Rows, manner: str) -> None:
    sides = sheet(with_heads(old), manner), sheet(with_heads(new), manner)
    mirrored = {"inserted": "deleted", "deleted": "inserted"}
    there = [(c.layer, str(c.kind), c.old and c.old.text, c.new and c.new.text) for c in changes(*sides)]
    back = [
        (c.layer, mirrored.get(c.kind, str(c.kind)), c.new and c.new.text, c.old and c.old.text)
        for c in changes(*reversed(sides))
    ]
    assert Counter(there) == Counter(back)
    assert not [found for found in there if found[1] == "replaced" and found[2] == found[3]]


def test_a_document_without_rules_is_compared_as_well() -> None:
    from core.model import no_rules

    old, new = sheet(ROWS), sheet(edited(ROWS, 3, 3, "91.40"))
    found = told(replace(old, rules=no_rules()), replace(new, rules=no_rules()))
    assert found == [("table", "replaced", "cell", "90.38", "91.40")]
