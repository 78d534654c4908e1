"""Bills of materials and parts lists: recognised tables whose columns say item, part, description and quantity.

A column's meaning is told by its name alone, in English, German, French and Spanish; a table without a column of
quantities is no parts list. On drawings the names often stand below, and the items count upwards: read that way round.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from core.extraction.grids import Grid
from core.extraction.reading import Text
from core.extraction.tables import grid_rows
from core.geometry import union
from core.searching.folding import folded

#: By role, names of columns without accents, capitals and punctuation.
_NAMES = {
    "item": "item|items|pos|position|no|nr|line|find|find no|find number|item no|item number|pos no|pos nr|"
    "lfd nr|rep|repere|balloon",
    "number": "part no|part number|part|part nr|parts no|pn|p n|mpn|article|article no|article number|artikel|"
    "artikel nr|artikelnummer|teilenummer|teile nr|teil nr|sachnummer|sach nr|bestellnummer|"
    "bestell nr|ident nr|identnummer|sku|reference|ref|numero de pieza|codigo|stock no|drawing no|"
    "drawing number|dwg no|material no|catalog no|order no",
    "description": "description|part description|desc|designation|denomination|benennung|bezeichnung|name|part name|"
    "component|title|descripcion|denominacion|nomenclature|gegenstand",
    "quantity": "qty|quantity|quantities|qnty|qty req|qty reqd|qty required|menge|anzahl|stuck|stk|stuckzahl|"
    "quantite|qte|cantidad|cant|count|pcs|pieces|no off|off|req d|reqd|required|nombre|"
    "number required|no required|qty each|total qty",
    "unit": "unit|units|uom|einheit|me|unite|unidad|unit of measure",
    "material": "material|werkstoff|matiere|materiau|matl",
}
_ROLES = {name: role for role, names in _NAMES.items() for name in names.split("|")}
#: A number that can be meant in one way only; `1,600` and `1.600` are a thousand here and a fraction there.
_QUANTITY = re.compile(r"(\d{1,9})(?:[.,](\d{1,2}|\d{4,6}))?(?:\s*[x×]|\s+[^\W\d_]{1,12}\.?)?")


def parts_json(text: Text, grids: Sequence[Grid]) -> list[dict[str, Any]]:
    """The lines of all parts lists, in the order of the document.

    Each has `table` and `page`, `box` in points, `item`, `number`, `description`, `unit` and `material` as written,
    `quantity` as a number (None where it is none, or can be read in two ways), `quantity_text`, and `other`: further
    cells by name.
    """
    found = []
    for number, grid in enumerate(grids, 1):
        found += _lines_of(text, grid, f"table-{number}")
    return found


def quantity_of(written: str) -> float | int | None:
    """The number that a cell of a column of quantities says; None where that is not certain."""
    matched = _QUANTITY.fullmatch(written.strip())
    if matched is None:
        return None
    whole, fraction = matched.groups()
    return int(whole) if fraction is None else float(f"{whole}.{fraction}")


def _lines_of(text: Text, grid: Grid, table: str) -> list[dict[str, Any]]:
    rows = grid_rows(text, grid)
    order = list(range(len(rows)))
    named = _names(rows[: grid.header], grid.columns)
    body = order[grid.header :]
    roles = _roles(named)
    if not roles and rows:
        last = _names(rows[-1:], grid.columns)
        if roles := _roles(last):
            named, body = last, order[-2::-1]
    if not roles and rows and not grid.header:
        first = _names(rows[:1], grid.columns)
        if roles := _roles(first):
            named, body = first, order[1:]
    lines: list[dict[str, Any]] = []
    for k in body:
        cells = rows[k]
        by_role = {role: cells[column] for role, column in roles.items() if cells[column]}
        if not by_role:
            continue
        if lines and set(by_role) == {"description"}:  # a description that goes on in a row of its own
            lines[-1]["description"] = f"{lines[-1]['description']} {by_role['description']}".strip()
            continue
        at = np.array([word for cell in grid.rows[k].cells.values() for word in cell.words], np.int64)
        words = text.document.words
        page = int(words.page[at[0]])
        box = union(words.box[at[words.page[at] == page]])
        other = {named[c]: cells[c] for c in range(grid.columns) if c not in roles.values() and cells[c] and named[c]}
        written = by_role.get("quantity", "")
        lines.append(
            {
                "table": table,
                "page": page,
                "box": [round(edge, 2) for edge in box],
                **{role: by_role.get(role, "") for role in ("item", "number", "description")},
                "quantity": quantity_of(written),
                "quantity_text": written,
                "unit": by_role.get("unit", ""),
                "material": by_role.get("material", ""),
                "other": other,
            }
        )
    return lines


def _names(rows: Sequence[Sequence[str]], columns: int) -> list[str]:
    return [" ".join(row[column] for row in rows if row[column]) for column in range(columns)]


def _roles(named: Sequence[str]) -> dict[str, int]:
    """By role its column; nothing where these are no names of a parts list."""
    found: dict[str, int] = {}
    for column, name in enumerate(named):
        role = _ROLES.get(" ".join(folded(name)))
        if role is not None:
            found.setdefault(role, column)
    is_list = "quantity" in found and bool({"number", "description", "item"} & set(found))
    return found if is_list else {}
