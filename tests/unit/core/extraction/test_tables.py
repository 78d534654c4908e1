"""Tables with the cells that a person sees, whatever way they were drawn."""

import csv
import io
import zipfile

import pytest
from reportlab.pdfgen.canvas import Canvas

from core.errors import OptionsError
from core.extraction.files import made, tables_csv, tables_xlsx
from tests.unit.core.extraction.reading import extracted
from tests.unit.core.pdfs import drawn, lines
from tests.unit.core.tables.sheets import MANNERS, Paper

ROWS = [
    ["Item", "Part", "Quantity", "Price"],
    ["10", "Bolt M6 x 20", "12", "0.35"],
    ["20", "Washer, plain", "240", "0.02"],
    ["30", "Bracket, left", "3", "11.80"],
    ["40", "Cover plate", "1", "24.10"],
    ["50", "Hinge", "2", "7.15"],
]


def tables(pdf: bytes) -> list[dict]:
    return extracted(pdf, "tables")["tables"]


@pytest.mark.parametrize("manner", [m for m in MANNERS if m != "upright"])
def test_cells_are_found_however_the_table_is_drawn(manner: str) -> None:
    paper = Paper()
    paper.prose(("These are the parts that were ordered before the summer and came too late.",))
    paper.table(ROWS, (60, 160, 80, 80), manner)
    found = tables(paper.done())
    assert len(found) == 1
    assert found[0]["rows"] == ROWS
    assert found[0]["header"] == 1


def test_rows_without_rules_between_them_are_rows() -> None:
    """Five states between two lines, as reports shade them."""

    def page(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 8)
        for x in (60, 160, 240, 320, 400, 480):
            canvas.line(x, 700, x, 560)
        for y in (700, 680, 620, 560):
            canvas.line(60, y, 480, y)
        for k, cell in enumerate(("State", "One", "Two", "Three", "Four")):
            canvas.drawString((64, 164, 244, 324, 404)[k], 686, cell)
        for row in range(8):
            y = 670 - 14 * row - (4 if row >= 4 else 0)
            for k, cell in enumerate((f"State {row}", str(row), str(10 * row), "0", f"{row},500")):
                canvas.drawString((64, 164, 244, 324, 404)[k], y, cell)

    found = tables(drawn(page))[0]["rows"]
    assert [row[0] for row in found] == ["State", *(f"State {k}" for k in range(8))]
    assert found[3] == ["State 2", "2", "20", "0", "2,500"]


def test_names_of_columns_on_several_lines_are_one_name() -> None:
    def page(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 8)
        canvas.line(60, 710, 500, 710)
        canvas.line(60, 672, 500, 672)
        canvas.line(60, 580, 500, 580)
        for y, row in ((698, ("", "Schools in", "Students")), (688, ("Education", "original", "who took")),
                       (678, ("system", "sample", "part"))):  # fmt: skip
            for x, cell in zip((64, 250, 400), row, strict=True):
                canvas.drawString(x, y, cell)
        for k in range(6):
            for x, cell in zip((64, 250, 400), (f"Country {k}", str(150 + k), f"{k},300"), strict=True):
                canvas.drawString(x, 660 - 12 * k, cell)

    found = tables(drawn(page))[0]
    assert found["rows"][0] == ["Education system", "Schools in original sample", "Students who took part"]
    assert found["header"] == 1 and len(found["rows"]) == 7


def test_a_table_goes_on_over_the_page_and_its_head_is_told_once() -> None:
    rows = [ROWS[0], *([str(10 * k), f"Part number {k}", str(k), f"{k}.50"] for k in range(1, 80))]
    paper = Paper()
    paper.table(rows, (60, 160, 80, 80), "ruled")
    found = tables(paper.done())
    assert len(found) == 1 and found[0]["pages"][:2] == [1, 2]
    assert found[0]["rows"] == rows


def test_every_cell_says_where_it_stands() -> None:
    paper = Paper()
    paper.table(ROWS, (60, 160, 80, 80), "ruled")
    pdf = paper.done()
    found = extracted(pdf, "tables", "words")
    cell = next(one for one in found["tables"][0]["cells"] if one["text"] == "24.10")
    word = next(one for one in found["words"] if one[1] == "24.10")
    assert (cell["row"], cell["column"], cell["page"]) == (4, 3, 1)
    assert cell["box"] == pytest.approx(word[2:6], abs=0.05)


def test_csv_holds_no_formula_and_keeps_signed_numbers() -> None:
    rows = [["=1+1", "-5", "+3.5 %"], ["@cmd", "-x", "plain, with comma"]]
    text = tables_csv([{"rows": rows}]).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(text))) == [["'=1+1", "-5", "+3.5 %"], ["'@cmd", "'-x", "plain, with comma"]]


def test_xlsx_has_a_sheet_for_each_table_and_numbers_only_where_they_are_certain() -> None:
    table = {"rows": [["Code", "Count"], ["007", "12"], ["1.000", "2.50"]], "header": 1, "columns": 2, "pages": [3]}
    with zipfile.ZipFile(io.BytesIO(tables_xlsx([table, {**table, "pages": [4, 5]}]))) as book:
        assert b'name="Table 1 p3"' in book.read("xl/workbook.xml")
        assert b'name="Table 2 p4-5"' in book.read("xl/workbook.xml")
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<v>12</v>" in sheet and "<v>2.5</v>" in sheet
    assert sheet.count('t="s"') == 4  # both names, the code with its zeros, and what may be a thousand


def test_what_was_not_extracted_is_said() -> None:
    result = extracted(drawn(lines("A line.")), "text")
    with pytest.raises(OptionsError, match="tables was not extracted"):
        made(result, "tables-csv")
    with pytest.raises(OptionsError, match="no format"):
        made(result, "docx")
