"""Which tables are found on a page, and which are not."""

from __future__ import annotations

import pytest

from core.tables.streams import is_number
from core.text.lines import lines_of
from tests.unit.core.tables.sheets import INTRO, MANNERS, OUTRO, Paper, sheet, tables_of

ROWS = [
    ["Item", "Quantity", "Unit price", "Total"],
    ["Distant treasurer", "59", "194.33", "9,617.16"],
    ["Weekly filter", "38", "79.24", "5,450.66"],
    ["Regular delegate", "67", "90.38", "40,440.89"],
    ["Final valve", "87", "79.92", "36,913.88"],
    ["Patient filter", "54", "142.24", "23,969.19"],
]


@pytest.mark.parametrize("manner", MANNERS)
def test_every_manner_of_drawing_gives_the_same_cells(manner: str) -> None:
    (table,) = tables_of(sheet(ROWS, manner))
    assert [list(table.row_texts(row)) for row in range(table.rows)] == ROWS
    assert table.heads == tuple(ROWS[0])
    assert table.body == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("manner", ["ruled", "level", "fills"])
def test_wrapped_cells_stay_one_row(manner: str) -> None:
    rows = [["Name", "What it does"], ["alpha", "opens the outer door when the inner one is shut and locked"]]
    rows += [["beta", "shuts it again after a minute unless somebody stands in the way"]]
    (table,) = tables_of(sheet(rows, manner, [100, 160]))
    assert [list(table.row_texts(row)) for row in range(table.rows)] == rows


@pytest.mark.parametrize("manner", MANNERS)
def test_a_table_over_pages_is_one_table_whose_header_is_shown_again(manner: str) -> None:
    rows = [ROWS[0], *([f"{row[0]} {k}", *row[1:]] for k in range(9) for row in ROWS[1:])]
    (table,) = tables_of(sheet(rows, manner, bottom=400))
    assert len(table.repeats) == len(set(table.pages)) - 1 >= 1
    assert [list(table.row_texts(row)) for row in (0, *table.body)] == rows


def test_two_tables_with_other_headers_are_two() -> None:
    paper = Paper()
    paper.table(ROWS, [110] * 4, "ruled")
    paper.new_page()
    paper.table([["No.", "Name", "Department", "Telephone"], ["1", "A", "B", "55"]], [110] * 4, "ruled")
    assert len(tables_of(paper.done())) == 2


def test_a_caption_names_the_table() -> None:
    found = tables_of(sheet(ROWS, intro=(*INTRO, "Table 3: What was ordered")))
    assert [table.caption for table in found] == ["Table 3: What was ordered"]


def test_prose_lists_and_contents_are_no_tables() -> None:
    paper = Paper()
    paper.prose(INTRO * 3)
    for k in range(1, 7):
        paper.prose([f"{k}.    A point of order that was raised by one of the members present"])
    for k in range(1, 9):
        paper.canvas.drawString(72, paper.y, f"{k}  A chapter of the book")
        paper.canvas.drawRightString(520, paper.y, str(3 * k + 2))
        paper.y -= 14
    paper.prose(OUTRO * 3)
    assert tables_of(paper.done()) == []


def test_text_in_two_columns_is_no_table() -> None:
    paper = Paper()
    for x in (72, 330):
        for k in range(30):
            paper.canvas.drawString(x, 700 - 12 * k, "a line of one of two columns of prose")
    assert tables_of(paper.done()) == []


def test_boxes_around_prose_are_no_tables() -> None:
    paper = Paper()
    paper.prose(INTRO * 4)
    paper.canvas.rect(60, 560, 480, 160)
    paper.canvas.rect(64, 564, 472, 152)
    document = paper.done()
    assert len(document.rules) and len(lines_of(document))
    assert tables_of(document) == []


def test_tables_between_rules_of_one_width_do_not_swallow_the_prose_between() -> None:
    paper = Paper()
    paper.canvas.line(72, 730, 512, 730)
    paper.table(ROWS, [110] * 4, "booktabs")
    paper.prose((*INTRO, "Kinds of filters"))
    paper.table(ROWS[:4], [110] * 4, "booktabs")
    paper.canvas.line(72, 60, 512, 60)
    found = tables_of(paper.done())
    assert [[list(table.row_texts(row)) for row in range(table.rows)] for table in found] == [ROWS, ROWS[:4]]


def test_boxes_of_a_diagram_are_no_table() -> None:
    paper = Paper()
    for k in range(5):
        paper.canvas.rect(100 + 60 * (k % 2), 600 - 40 * k, 60, 40)
        paper.canvas.drawString(105 + 60 * (k % 2), 615 - 40 * k, f"step {k}")
    assert tables_of(paper.done()) == []


def test_merged_cells_belong_to_their_first_column_and_name_all() -> None:
    paper = Paper()
    canvas, top = paper.canvas, 640.0
    rows = [["Region", "Sales", "", "Note"], ["", "2020", "2021", ""], ["North", "10", "20", "fine"]]
    rows += [["South", "30", "40", "poor"]]
    for row, cells in enumerate(rows):
        for column, text in enumerate(cells):
            canvas.drawString(76 + 90 * column, top - 14 - 20 * row, text)
    for row in range(5):
        spans = [(162, 342)] if row == 1 else [(72, 432)]
        for left, right in spans:
            canvas.line(left, top - 20 * row, right, top - 20 * row)
    for column in range(5):
        canvas.line(72 + 90 * column, top - (20 if column == 2 else 0), 72 + 90 * column, top - 80)
    (table,) = tables_of(paper.done())
    assert table.heads == ("Region", "Sales 2020", "Sales 2021", "Note")
    assert [list(table.row_texts(row)) for row in table.body] == rows[2:]


def test_the_frame_of_a_drawing_is_no_table() -> None:
    paper = Paper()
    canvas = paper.canvas
    canvas.setFont("Helvetica", 6)
    canvas.grid([72, 140, 540], [100, 640])
    for k in range(12):  # zones at the edge, and the field of the drawing full of labels
        canvas.line(72, 640 - 45 * k, 140, 640 - 45 * k)
        canvas.drawString(80, 610 - 45 * k, "ABCDEFGHIJKL"[k])
        for step in range(12):
            across = (149 * (12 * k + step)) % 360
            canvas.drawString(150 + across, 600 - 45 * k + 7 * (step % 5), f"R{12 * k + step}")
    assert tables_of(paper.done()) == []


def test_a_grid_whose_rows_are_mostly_empty_is_no_table() -> None:
    paper = Paper()
    paper.canvas.grid([72, 140, 240, 340], [600 - 12 * k for k in range(13)])
    for row, column in ((0, 0), (0, 2), (5, 1), (6, 0), (11, 1)):
        paper.canvas.drawString(80 + 90 * column, 591 - 12 * row, f"{row}{column}")
        paper.canvas.drawString(120 + 90 * column, 591 - 12 * row, "A")
    assert tables_of(paper.done()) == []


def test_the_scale_of_a_plot_is_no_number() -> None:
    assert not any(map(is_number, ("5 6 7", "2 3 4", "1 22")))
    assert all(map(is_number, ("1 200", "1 200 300,50", "12", "$ 5", "(3.4)", "7 %", "1,234.5")))
