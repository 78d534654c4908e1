"""The spreadsheets, read back with the standard library: what a cell holds, and that nothing in it runs."""

import csv as reader
import io
import zipfile
from xml.etree import ElementTree

import pytest

from core.faces.csv import csv
from core.faces.rows import HEADINGS
from core.faces.selection import Selection
from core.faces.xlsx import xlsx
from tests.results import Json, change, layers, notice, result, side

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
Sheet = list[list[str]]


def csv_rows(report: Json, **choices: object) -> list[dict[str, str]]:
    text = csv(report, Selection(**choices))  # type: ignore[arg-type]
    assert text.startswith("\ufeff")
    return list(reader.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def sheets(data: bytes) -> dict[str, Sheet]:
    """The cells of each sheet as text, by its name."""
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        strings = [
            "".join(part.text or "" for part in item.iter(f"{MAIN}t"))
            for item in ElementTree.fromstring(book.read("xl/sharedStrings.xml"))
        ]
        names = [
            one.attrib["name"] for one in ElementTree.fromstring(book.read("xl/workbook.xml")).iter(f"{MAIN}sheet")
        ]
        found = {}
        for number, name in enumerate(names, 1):
            rows = []
            for row in ElementTree.fromstring(book.read(f"xl/worksheets/sheet{number}.xml")).iter(f"{MAIN}row"):
                cells = []
                for cell in row:
                    value = cell.findtext(f"{MAIN}v") or ""
                    cells.append(strings[int(value)] if cell.get("t") == "s" else value)
                rows.append(cells)
            found[name] = rows
    return found


def test_csv_has_a_row_for_each_change() -> None:
    found = csv_rows(result(*layers(), pages=(30, 30)))
    assert len(found) == len(layers())
    assert tuple(found[0]) == HEADINGS
    first = found[0]
    assert (first["Where"], first["Old"], first["New"]) == ("Table 3 · row “A-17” · column “Price”", "12.00", "13.50")
    assert (first["Severity"], first["Reason"], first["Old page"], first["Pages"]) == ("major", "amount", "2", "1")
    assert found[3]["Pages"] == "30"
    assert found[-1]["New page"] == ""


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", " =", "\t=", "\r\n@", "＝"])
def test_no_cell_of_a_csv_begins_like_a_formula(begin: str) -> None:
    trap = f'{begin}HYPERLINK("x")'
    report = result(
        change("replaced", side(trap), side(trap + "1"), id=trap, detail={"reason": trap, "context": {"old": trap}})
    )
    for cell in csv_rows(report)[0].values():
        assert not cell.startswith(tuple("=+-@＝＋－＠\t\r\n "))


def test_csv_and_xlsx_obey_the_selection() -> None:
    report = result(*layers(), pages=(30, 30))
    assert {row["Layer"] for row in csv_rows(report, layers={"table"})} == {"table"}
    book = sheets(xlsx(report, Selection(layers={"table"})))
    assert len(book["Changes"]) == 1 + 3
    assert any("6 more are hidden" in cell for row in book["Summary"] for cell in row)


def test_the_workbook_holds_summary_changes_tables_and_coverage() -> None:
    report = result(*layers(), pages=(30, 30), notices=[notice("a doubt")])
    report["new"]["pages"][1]["notices"] = [notice("of page", page=2)]
    book = sheets(xlsx(report))
    assert list(book) == ["Summary", "Changes", "Tables", "Coverage"]
    summary = [cell for row in book["Summary"] for cell in row]
    assert "9 changes, 1 of them major" in summary
    assert "a doubt" in summary
    assert "30 of 30 pages compared by text." in summary
    assert len(book["Changes"]) == 1 + len(layers())
    assert book["Tables"][1][2:10] == ["cell", "replaced", "major", "3", "A-17", "Price", "12.00", "13.50"]
    assert len(book["Coverage"]) == 1 + 60
    assert book["Coverage"][32] == ["new", "2", "compared, with a doubt", "text", "of page"]


def test_a_workbook_without_table_changes_has_no_such_sheet() -> None:
    assert "Tables" not in sheets(xlsx(result(change("inserted", None, side("x")))))


def test_a_workbook_holds_texts_as_texts() -> None:
    """No formula, no link out of the file, and no character that XML cannot hold."""
    trap = '=HYPERLINK("https://example.org") http://example.org \x00\x1b\ufffe\ud800 _x0041_'
    report = result(change("inserted", None, side(trap)))
    report["old"]["name"] = "=1+1"
    data = xlsx(report)
    assert any("HYPERLINK" in cell for cell in sheets(data)["Changes"][1])
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        for name in book.namelist():
            text = book.read(name).decode()
            assert "<f>" not in text
            if name.endswith(".rels"):
                assert 'TargetMode="External"' not in text
            ElementTree.fromstring(text)


def test_the_same_result_gives_the_same_bytes() -> None:
    assert xlsx(result(*layers(), pages=(30, 30))) == xlsx(result(*layers(), pages=(30, 30)))


def test_a_very_long_text_fits_into_its_cell() -> None:
    book = sheets(xlsx(result(change("inserted", None, side("𝒜" * 100_000)))))
    assert max(len(cell.encode("utf-16-le")) // 2 for row in book["Changes"] for cell in row) <= 32_767
