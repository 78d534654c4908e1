"""Recognised tables as plain cells: the form of a result, and what CSV, XLSX and Markdown are made from."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.extraction.grids import Grid, cell_text
from core.extraction.reading import Text
from core.geometry import union


def tables_json(text: Text, grids: list[Grid]) -> list[dict[str, Any]]:
    """Every table in the order of the document.

    Each has `rows`, a list of texts for each row, with the rows that only repeat the header after a page break left
    out; `row_pages`; `header`, how many rows name the columns; and `cells`, each with its place and box.
    """
    return [_table(text, number, grid) for number, grid in enumerate(grids, 1)]


def grid_rows(text: Text, grid: Grid) -> list[list[str]]:
    """The texts of all rows, empty cells included."""
    rows = [[""] * grid.columns for _ in grid.rows]
    for k, row in enumerate(grid.rows):
        for column, cell in row.cells.items():
            rows[k][column] = cell_text(text, cell.words)
    return rows


def _table(text: Text, number: int, grid: Grid) -> dict[str, Any]:
    words = text.document.words
    cells = []
    for k, row in enumerate(grid.rows):
        for column, cell in sorted(row.cells.items()):
            at = np.array(cell.words, np.int64)
            for page in dict.fromkeys(words.page[at].tolist()):
                mine = at[words.page[at] == page]
                cells.append(
                    {
                        "row": k,
                        "column": column,
                        "until": cell.until,
                        "page": page,
                        "box": [round(edge, 2) for edge in union(words.box[mine])],
                        "text": cell_text(text, mine.tolist()),
                    }
                )
    pages = [row.page for row in grid.rows]
    return {
        "id": f"table-{number}",
        "caption": grid.caption,
        "pages": sorted(set(pages)),
        "columns": grid.columns,
        "header": grid.header,
        "rows": grid_rows(text, grid),
        "row_pages": pages,
        "cells": cells,
    }
