"""A result as an Excel workbook: summary, changes, changes of tables, and how each page was compared.

Texts of documents are written as strings, never as formulas or links, and the same result gives the same bytes.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from core.faces.coverage import SIDES, layer_words, page_by_page, state_words, statement
from core.faces.notices import doubts
from core.faces.reviewed import has_review, progress, signatures
from core.faces.rows import HEADINGS, TABLE_HEADINGS, Cell, cell_text, headings, rows, table_rows
from core.faces.selection import EVERYTHING, Selection, counts, select
from core.faces.summary import Sentence, in_short
from core.faces.verdict import verdict
from core.options import KINDS

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

_WIDTHS = {
    "No.": 6, "Id": 13, "Layer": 11, "Kind": 10, "Severity": 10, "Reason": 14, "Old page": 9, "New page": 9, "Pages": 7,
    "Where": 30, "Old": 50, "New": 50, "Details": 34, "Old sentence": 44, "New sentence": 44, "What": 9, "Table": 8,
    "Row": 18, "Column": 18, "Side": 8, "Page": 8, "State": 24, "Compared by": 34, "Notices": 80,
    "Review": 10, "Decisions": 40, "Comments": 50, "Assigned to": 18, "Due": 11,
}  # fmt: skip
#: Fill and letters; the word in the cell says the same.
_SEVERITIES = {"major": ("#fbd9c6", "#8a2f00"), "minor": ("#eceff3", "#5b6675")}
_STATES = {"not compared": ("#fbd9c6", "#8a2f00"), "compared, with a doubt": ("#fbefcf", "#6b4b00")}
_MOST_LINKS = 60_000  # Excel takes 65,530 in a sheet
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)  # the moment of making is no part of a result


def xlsx(result: dict[str, Any], selection: Selection = EVERYTHING) -> bytes:
    """The workbook of the changes that `selection` takes."""
    from xlsxwriter import Workbook

    stream = io.BytesIO()
    choices = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = Workbook(stream, choices)
    book.set_properties({"title": "What changed", "comments": "Made by PDF Compare", "created": _EPOCH})
    changes, hidden = select(result, selection)
    sheets = _Sheets(book)
    pages = _page_rows(result)
    sheets.summary(result, changes, hidden, in_short(result, selection))
    sheets.changes(result, changes, {(row[0], row[1]): index for index, row in enumerate(pages, 2)})
    tables = list(table_rows(changes))
    if tables:
        sheets.table("Tables", TABLE_HEADINGS, tables)
    sheets.table("Coverage", ("Side", "Page", "State", "Compared by", "Notices"), pages)
    book.close()
    return stream.getvalue()


def _page_rows(result: dict[str, Any]) -> list[tuple[Cell, ...]]:
    return [
        (side, page.first, state_words(page.state), page.how if page.ways else "", cell_text(" ".join(page.notices)))
        for side in SIDES
        for page in page_by_page(result, side)
    ]


class _Sheets:
    """Writes the sheets of one workbook, in the order in which they are called."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        top = {"valign": "top"}
        self._title = book.add_format({"bold": True, "font_size": 15})
        self._bold = book.add_format({"bold": True, **top})
        self._head = book.add_format({"bold": True, "bg_color": "#1c2430", "font_color": "#ffffff", **top})
        self._plain = book.add_format(top)
        self._wrapped = book.add_format({"text_wrap": True, **top})
        self._link = book.add_format({"font_color": "#0b5cad", "underline": 1, **top})
        self._marked = {
            word: book.add_format({"bg_color": fill, "font_color": letters, **top})
            for word, (fill, letters) in {**_SEVERITIES, **_STATES}.items()
        }

    def summary(
        self, result: dict[str, Any], changes: list[dict[str, Any]], hidden: int, short: Sequence[Sentence]
    ) -> None:
        """What was compared with what, the verdict, counts, coverage and notices."""
        sheet = self._book.add_worksheet("Summary")
        sheet.set_column(0, 0, 14)
        sheet.set_column(1, 1, 60)
        sheet.set_column(2, 5, 12)
        sheet.write_string(0, 0, "What changed", self._title)
        at = 2
        for side in SIDES:
            part = result[side]
            sheet.write_string(at, 0, side, self._bold)
            sheet.write_string(at, 1, cell_text(part["name"]), self._wrapped)
            sheet.write_number(at, 2, len(part["pages"]), self._plain)
            sheet.write_string(at, 3, "pages", self._plain)
            sheet.write_string(at + 1, 1, f"SHA-256 {part['sha256']}", self._plain)
            at += 2
        at = self._lines(sheet, at + 1, "Result", [verdict(result), *_hidden(hidden)])
        at = self._lines(sheet, at, "In short", [sentence.text for sentence in short])
        if has_review(result):
            at = self._lines(sheet, at, "Review", [progress(result), *signatures(result)])
        if changes:
            for column, word in enumerate(("", "Layer", *KINDS)):
                sheet.write_string(at, column, word.capitalize(), self._bold)
            for layer, kinds in counts(changes).items():
                at += 1
                sheet.write_url(at, 1, "internal:'Changes'!A1", self._link, layer_words(layer).capitalize())
                for column, kind in enumerate(KINDS, 2):
                    sheet.write_number(at, column, kinds.get(kind, 0), self._plain)
            at += 2
        at = self._lines(sheet, at, "Coverage", statement(result).sentences)
        told = [f"{doubt.place}: {doubt.message}" if doubt.place else doubt.message for doubt in doubts(result)]
        self._lines(sheet, at, "Notices", told)

    def changes(
        self, result: dict[str, Any], changes: list[dict[str, Any]], page_rows: dict[tuple[Cell, Cell], int]
    ) -> None:
        """One row for each change; page numbers lead to how that page was compared."""
        found = list(rows(result, changes))
        sheet = self.table("Changes", headings(result), found)
        links = 0
        for side in SIDES:
            column = HEADINGS.index(f"{side.capitalize()} page")
            for at, row in enumerate(found, 1):
                target = page_rows.get((side, row[column]))
                if target is not None and links < _MOST_LINKS:
                    sheet.write_url(at, column, f"internal:'Coverage'!A{target}", self._link, str(row[column]))
                    sheet.write_number(at, column, int(str(row[column])), self._link)
                    links += 1

    def table(self, name: str, headings: Sequence[str], found: Sequence[Sequence[Cell]]) -> Worksheet:
        """A sheet with frozen headings and filters."""
        sheet = self._book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        for column, heading in enumerate(headings):
            sheet.set_column(column, column, _WIDTHS[heading])
            sheet.write_string(0, column, heading, self._head)
        for at, row in enumerate(found, 1):
            for column, cell in enumerate(row):
                if isinstance(cell, int):
                    sheet.write_number(at, column, cell, self._plain)
                elif cell:
                    sheet.write_string(at, column, cell, self._format(headings[column], cell))
        sheet.autofilter(0, 0, max(len(found), 1), len(headings) - 1)
        return sheet

    def _format(self, heading: str, cell: str) -> Format:
        if heading in ("Severity", "State"):
            return self._marked.get(cell, self._plain)
        return self._wrapped if _WIDTHS[heading] >= 30 else self._plain

    def _lines(self, sheet: Worksheet, at: int, name: str, lines: Iterable[str]) -> int:
        """A heading with lines beside it; the row after them and a blank one."""
        begun = at
        for line in lines:
            if at == begun:
                sheet.write_string(at, 0, name, self._bold)
            sheet.write_string(at, 1, cell_text(line), self._wrapped)
            at += 1
        return at + 1 if at > begun else at


def _hidden(hidden: int) -> list[str]:
    more = f"{hidden:,} more {'is' if hidden == 1 else 'are'} hidden by the filters chosen for this report."
    return [more] if hidden else []
