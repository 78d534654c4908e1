"""A result as CSV (RFC 4180): one row for each change, for spreadsheets and scripts.

UTF-8 with a byte order mark, without which Excel takes it for another coding. What a document says must never run as a
formula where the file is opened, so a cell that begins like one gets an apostrophe in front
(owasp.org/www-community/attacks/CSV_Injection).
"""

from __future__ import annotations

import csv as format_csv
import io
from typing import Any

from core.faces.rows import Cell, headings, rows
from core.faces.selection import EVERYTHING, Selection, select

#: Also in their full-width forms, which a spreadsheet with an East Asian keyboard reads alike, and behind white space
#: that some drop.
_FORMULA = tuple("=+-@＝＋－＠\t\r\n")


def csv(result: dict[str, Any], selection: Selection = EVERYTHING) -> str:
    """The changes that `selection` takes, with a line of headings."""
    stream = io.StringIO()
    writer = format_csv.writer(stream, lineterminator="\r\n")
    writer.writerow(headings(result))
    for row in rows(result, select(result, selection)[0]):
        writer.writerow([harmless(cell) for cell in row])
    return "\ufeff" + stream.getvalue()


def harmless(cell: Cell) -> Cell:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
