"""What was taken out of a PDF as files: made from the JSON alone, so that every door gives the same."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from core.errors import OptionsError
from core.faces.csv import harmless

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: By name: the part of the result that it needs, its media type, and the ending of its name.
FORMATS: Mapping[str, tuple[str, str, str]] = {
    "json": ("", "application/json", ".json"),
    "txt": ("text", "text/plain; charset=utf-8", ".txt"),
    "md": ("markdown", "text/markdown; charset=utf-8", ".md"),
    "words-json": ("words", "application/json", " - words.json"),
    "tables-csv": ("tables", "text/csv; charset=utf-8", " - tables.csv"),
    "tables-xlsx": ("tables", XLSX_TYPE, " - tables.xlsx"),
    "tables-json": ("tables", "application/json", " - tables.json"),
    "tables-pandas": ("tables", "application/json", " - tables for pandas.json"),
    "parts-csv": ("parts", "text/csv; charset=utf-8", " - parts.csv"),
    "parts-json": ("parts", "application/json", " - parts.json"),
    "symbols-csv": ("symbols", "text/csv; charset=utf-8", " - symbols.csv"),
    "symbols-json": ("symbols", "application/json", " - symbols.json"),
    "fields-csv": ("fields", "text/csv; charset=utf-8", " - fields.csv"),
    "fields-json": ("fields", "application/json", " - fields.json"),
    "metadata-json": ("metadata", "application/json", " - metadata.json"),
}
#: A whole number, or one with a point that cannot part thousands; with no leading zeros, which are part of a code.
_NUMBER = re.compile(r"^[-−]?(?:0|[1-9]\d{0,14})(?:\.(?:\d{1,2}|\d{4,12}))?$")
_SIGNED = re.compile(r"[+-][\d.,\s]*%?\Z")
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)  # the moment of making is no part of a result
_MOST_SHEETS = 250
_MOST_CELL = 32_000  # Excel takes 32,767 characters


def made(result: Mapping[str, Any], format_: str, *, table: str | None = None) -> bytes:
    """One format of a parsed `pdf-compare-extract/1`.

    Args:
        result: The result.
        format_: One of `FORMATS`.
        table: Only the table with this id.

    Raises:
        OptionsError: There is no such format or table, or the part was not asked for when the result was made.
    """
    if format_ not in FORMATS:
        raise OptionsError(f"there is no format {format_[:20]!r}", remedy=f"Choose from {', '.join(FORMATS)}.")
    part = FORMATS[format_][0]
    if part and part != "text" and part not in result:
        raise OptionsError(f"{part} was not extracted", remedy=f"Extract again with {part} among what is wanted.")
    if part == "text" and "text" not in result["options"]["what"]:
        raise OptionsError("text was not extracted", remedy="Extract again with text among what is wanted.")
    if part == "tables":
        tables = [one for one in result["tables"] if table is None or one["id"] == table]
        if table is not None and not tables:
            raise OptionsError("there is no such table", remedy="Choose an id from the list of tables.")
        if format_ == "tables-pandas":
            frames = {str(one["id"]): table_schema(one) for one in tables}
            return _json(frames if table is None else frames[table])
        return {"tables-csv": tables_csv, "tables-xlsx": tables_xlsx, "tables-json": _json}[format_](tables)
    if format_ == "json":
        return _json(result)
    if format_ == "txt":
        return plain_text(result).encode("utf-8", "replace")
    if format_ == "md":
        return str(result["markdown"]).encode("utf-8", "replace")
    if format_ in _SHEETS:
        return _SHEETS[format_](result[part])
    return _json(result[part])


def plain_text(result: Mapping[str, Any]) -> str:
    """The text of all pages, with form feeds between them as other tools have it."""
    return "\f".join(f"{page['text']}\n" for page in result["pages"])


def tables_csv(tables: Sequence[Mapping[str, Any]]) -> bytes:
    """The rows of the tables, an empty line between two of them; with a mark of UTF-8, which Excel needs."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    for k, table in enumerate(tables):
        if k:
            out.write("\r\n")
        writer.writerows([[_harmless(cell) for cell in row] for row in table["rows"]])
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8", "replace")


def table_schema(table: Mapping[str, Any]) -> dict[str, Any]:
    """A table in the form that `pandas.read_json(…, orient="table")` reads (Table Schema, Frictionless Data).

    Names of columns are made different; a column is numbers only where every filled cell is one beyond doubt.
    """
    head, body = table["rows"][: table["header"]], table["rows"][table["header"] :]
    names: list[str] = []
    for column in range(table["columns"]):
        name = " ".join(row[column] for row in head if row[column]) or f"Column {column + 1}"
        names.append(name if name not in names else f"{name} ({column + 1})")
    fields: list[dict[str, str]] = [{"name": "index", "type": "integer"}]
    data: list[dict[str, Any]] = [{"index": k} for k in range(len(body))]
    for column, name in enumerate(names):
        cells = [row[column].replace("−", "-") for row in body]
        is_number = any(cells) and all(_NUMBER.match(cell) for cell in cells if cell)
        fields.append({"name": name, "type": "number" if is_number else "string"})
        for row, cell, written in zip(data, cells, (row[column] for row in body), strict=True):
            row[name] = (float(cell) if cell else None) if is_number else written
    return {"schema": {"fields": fields, "primaryKey": ["index"], "pandas_version": "1.4.0"}, "data": data}


def parts_csv(parts: Iterable[Mapping[str, Any]]) -> bytes:
    """One line for each line of a parts list."""
    head = ("Page", "Item", "Number", "Description", "Quantity", "Quantity as written", "Unit", "Material", "Other")
    names = ("page", "item", "number", "description", "quantity", "quantity_text", "unit", "material")
    rows = ([*(one[n] for n in names), "; ".join(f"{k}: {v}" for k, v in one["other"].items())] for one in parts)
    return _csv(head, rows)


def symbols_csv(symbols: Iterable[Mapping[str, Any]]) -> bytes:
    """One line for each symbol of a legend, with how often it stands on the pages."""
    head = ("Symbol", "Letters", "Count", "Legend on page", "Pages")
    return _csv(
        head,
        (
            (
                one["label"],
                " ".join(one["letters"]),
                one["count"],
                one["page"],
                ", ".join(str(page) for page in dict.fromkeys(place["page"] for place in one["places"])),
            )
            for one in symbols
        ),
    )


def fields_csv(fields: Iterable[Mapping[str, Any]]) -> bytes:
    """One line for each place of a form field."""
    names = ("name", "kind", "value", "page")
    rows = ([*(one[n] for n in names), one.get("detail", {}).get("label", "")] for one in fields)
    return _csv(("Name", "Kind", "Value", "Page", "Label"), rows)


def _csv(head: Sequence[str], rows: Iterable[Iterable[Any]]) -> bytes:
    """With a mark of UTF-8, which Excel needs, and no cell that is a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows([_harmless(str("" if cell is None else cell)) for cell in row] for row in rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8", "replace")


_SHEETS = {"fields-csv": fields_csv, "parts-csv": parts_csv, "symbols-csv": symbols_csv}


def tables_xlsx(tables: Sequence[Mapping[str, Any]]) -> bytes:
    """A workbook with a sheet for each table; what is a number beyond doubt is one, all else is text."""
    from xlsxwriter import Workbook

    stream = io.BytesIO()
    choices = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = Workbook(stream, choices)
    book.set_properties({"title": "Tables", "comments": "Made by PDF Compare", "created": _EPOCH})
    head = book.add_format({"bold": True, "bg_color": "#1c2430", "font_color": "#ffffff", "valign": "top"})
    plain = book.add_format({"valign": "top", "text_wrap": True})
    for number, table in enumerate(tables[:_MOST_SHEETS], 1):
        pages = table["pages"]
        where = f"p{pages[0]}" if len(pages) == 1 else f"p{pages[0]}-{pages[-1]}"
        sheet = book.add_worksheet(f"Table {number} {where}"[:31])
        widths = [8] * max(1, int(table["columns"]))
        for r, row in enumerate(table["rows"]):
            for c, cell in enumerate(row):
                text = str(cell)[:_MOST_CELL]
                form = head if r < table["header"] else plain
                if r >= table["header"] and _NUMBER.match(text):
                    sheet.write_number(r, c, float(text.replace("−", "-")), form)
                else:
                    sheet.write_string(r, c, text, form)
                widths[c] = max(widths[c], min(48, len(text) + 2))
        for c, width in enumerate(widths):
            sheet.set_column(c, c, width)
        if table["header"]:
            sheet.freeze_panes(table["header"], 0)
    if not tables:
        book.add_worksheet("No tables").write_string(0, 0, "No table was found.")
    book.close()
    return stream.getvalue()


def _harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula; numbers with a sign stay what they are."""
    return cell if _SIGNED.match(cell) else str(harmless(cell))


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode("utf-8", "replace")
