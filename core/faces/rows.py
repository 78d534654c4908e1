"""A result as rows of cells: what the CSV and XLSX reports share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

from core.faces.pages import page_of
from core.faces.plain import shown
from core.faces.reviewed import HEADINGS as REVIEWED
from core.faces.reviewed import cells, has_review, said_of
from core.faces.telling import Telling, pages_of, tell

Cell: TypeAlias = "str | int | None"

#: Excel takes 32,767 units of UTF-16 in a cell; a text that long is looked up in the JSON.
CELL_CHARACTERS = 16_000
_NO_XML = {0xFFFE: 0xFFFD, 0xFFFF: 0xFFFD}  # XML 1.0 has no way to write these
HEADINGS = (
    "No.",
    "Id",
    "Layer",
    "Kind",
    "Severity",
    "Reason",
    "Old page",
    "New page",
    "Pages",
    "Where",
    "Old",
    "New",
    "Details",
    "Old sentence",
    "New sentence",
)
TABLE_HEADINGS = (
    "No.",
    "Id",
    "What",
    "Kind",
    "Severity",
    "Table",
    "Row",
    "Column",
    "Old",
    "New",
    "Old page",
    "New page",
)


def headings(result: dict[str, Any]) -> tuple[str, ...]:
    """`HEADINGS`, with those of the review where there is one."""
    return (*HEADINGS, *REVIEWED) if has_review(result) else HEADINGS


def rows(result: dict[str, Any], changes: list[dict[str, Any]]) -> Iterator[tuple[Cell, ...]]:
    """A row for each change, in the order of `headings`; every text on one line."""
    is_reviewed, said = has_review(result), said_of(result)
    for number, change in enumerate(changes, 1):
        told, detail = tell(change), change.get("detail") or {}
        context = detail.get("context") or {}
        yield (
            number,
            cell_text(change["id"]),
            cell_text(change["layer"]),
            cell_text(change["kind"]),
            cell_text(change.get("severity", "normal")),
            cell_text(detail.get("reason")),
            page_of(change, "old"),
            page_of(change, "new"),
            max(len(pages_of(change, side)) for side in ("old", "new")),
            cell_text(told.where),
            cell_text(told.old),
            cell_text(told.new),
            cell_text("; ".join(told.remarks)),
            cell_text(context.get("old")),
            cell_text(context.get("new")),
            *(map(cell_text, cells(said.get(change["id"]))) if is_reviewed else ()),
        )


def table_rows(changes: list[dict[str, Any]]) -> Iterator[tuple[Cell, ...]]:
    """A row for each change of a table, in the order of `TABLE_HEADINGS`; numbered as in `rows`."""
    for number, change in enumerate(changes, 1):
        if change["layer"] != "table":
            continue
        told, detail = tell(change), change.get("detail") or {}
        yield (
            number,
            cell_text(change["id"]),
            cell_text(detail.get("what", "cell")),
            cell_text(change["kind"]),
            cell_text(change.get("severity", "normal")),
            _name(detail.get("table")),
            _name(detail.get("row_key") or detail.get("row")),
            _name(detail.get("header") or detail.get("column")),
            *_cells(told),
            page_of(change, "old"),
            page_of(change, "new"),
        )


def _cells(told: Telling) -> tuple[Cell, Cell]:
    return cell_text(told.old), cell_text(told.new)


def _name(value: object) -> Cell:
    return value if isinstance(value, int) else cell_text(value)


def cell_text(value: object) -> str:
    """A text on one line that fits into a cell; empty for None."""
    return "" if value is None else shown(str(value), CELL_CHARACTERS).translate(_NO_XML)
