"""What a change says, whatever its layer: the same words in every face.

The texts are as they stand in the result: each face still makes them harmless and escapes them for its own form.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from core.faces.plain import shown
from core.faces.style import style_words

#: Keys of `detail` that are not properties, though they may hold a pair.
_OWN_KEYS = {"context", "from", "to", "pages", "characters", "hidden", "anchor", "properties"}
_MILLIMETRES = 25.4 / 72
_TABLE_PARTS = ("cell", "row", "column", "table")
#: Layers whose place is part of what they say: their texts do not tell where on the page they are.
_PLACED = ("image", "drawing")


@dataclass(frozen=True, slots=True)
class Telling:
    """A change in words.

    Attributes:
        where: What it is about within its page, such as a cell of a table; often empty.
        old: What the old side shows; None where the change has no such side.
        new: Likewise.
        notes: More in words, one piece each.
        properties: (name, old value, new value) of what else differs; an empty value is none.
    """

    where: str
    old: str | None
    new: str | None
    notes: tuple[str, ...] = ()
    properties: tuple[tuple[str, str, str], ...] = ()

    @property
    def is_same(self) -> bool:
        """Whether both sides read the same, so that one of them is enough."""
        return self.old == self.new

    @property
    def remarks(self) -> tuple[str, ...]:
        """Notes and properties, one piece each."""
        return (*self.notes, *(property_words(*one) for one in self.properties))


def tell(change: dict[str, Any]) -> Telling:
    """What a change of a result says."""
    detail, layer = change.get("detail") or {}, change["layer"]
    old, new = (None if change[side] is None else str(change[side]["text"]) for side in ("old", "new"))
    where, notes = "", []
    if layer == "style":
        notes.append(style_words(detail))
    elif layer == "table":
        where = _table_words(change, detail)
        if detail.get("what") == "cell":
            old = old if detail.get("old_cell") is None else str(detail["old_cell"])
            new = new if detail.get("new_cell") is None else str(detail["new_cell"])
    elif layer in _PLACED:
        notes += [f"{side}: {words}" for side in ("old", "new") if (words := _box_words(change, side))]
    if detail.get("running"):
        notes.append(f"running {detail['running']}")
    if detail.get("edited"):
        notes.append("edited as well")
    places = detail.get("places")
    if isinstance(places, int) and places > 1:
        notes.append(f"in {places:,} places")
    notes += [f"hidden: {flag}" for flag in detail.get("hidden", ())]
    return Telling(where, old, new, tuple(note for note in notes if note), tuple(_properties(detail)))


def property_words(name: str, old: str, new: str) -> str:
    """Such as `author: A → B`."""
    if not old or not new:
        return f"{name}: {new or old} ({'added' if new else 'removed'})"
    return f"{name}: {old} → {new}"


def severity_words(change: dict[str, Any]) -> str:
    """Such as `major · amount`; the reason is left out where the result has none."""
    severity, reason = str(change.get("severity", "normal")), (change.get("detail") or {}).get("reason")
    return f"{severity} · {reason}" if reason and reason != severity else severity


def pages_of(change: dict[str, Any], side: str) -> list[int]:
    """The pages on which one side of a change stands, ascending."""
    return sorted({int(region["page"]) for region in (change.get(side) or {}).get("regions") or ()})


def places_words(change: dict[str, Any]) -> str:
    """Such as `page 3`, `page 3 → 4`, `old page 3`, `new pages 1 to 300`; empty for what has no place."""
    old, new = (pages_of(change, side) for side in ("old", "new"))
    if not old and not new:
        return ""
    if old and new:
        told = _range(old) if old == new else f"{_range(old)} → {_range(new)}"
        return f"page{'s' * (len(old) > 1 or len(new) > 1)} {told}"
    side, pages = ("old", old) if old else ("new", new)
    return f"{side} page{'s' * (len(pages) > 1)} {_range(pages)}"


def _range(pages: list[int]) -> str:
    if len(pages) <= 2:
        return " and ".join(map(str, pages))
    if pages[-1] - pages[0] == len(pages) - 1:
        return f"{pages[0]}–{pages[-1]}"
    return f"{pages[0]} and {len(pages) - 1:,} more"


def _table_words(change: dict[str, Any], detail: dict[str, Any]) -> str:
    """Such as `Table 3 · row “A-17” · column “Price”`."""
    parts = [f"Table {detail['table']}" if detail.get("table") is not None else "Table"]
    what = detail.get("what", "cell")
    row, column = (
        _named(detail.get(key), detail.get(number)) for key, number in (("row_key", "row"), ("header", "column"))
    )
    if what in ("cell", "row") and row:
        parts.append(f"row {row}")
    if what in ("cell", "column") and column:
        parts.append(f"column {column}")
    if what == "table" or (what in _TABLE_PARTS and len(parts) == 1):
        parts.append(f"whole {what}" if what == "table" else str(what))
    return " · ".join(parts)


def _named(name: object, number: object) -> str:
    """A row or column by its name, else by its number, counted from 1."""
    if isinstance(name, str) and name.strip():
        return f"“{shown(name, 80)}”"
    if isinstance(number, str) and number.strip():
        return f"“{shown(number, 80)}”"
    return str(number) if isinstance(number, int) else ""


def _box_words(change: dict[str, Any], side: str) -> str:
    """Size and place of the first region, in millimetres from the top left of its page."""
    regions = (change[side] or {}).get("regions") or []
    if not regions:
        return ""
    x0, y0, x1, y1 = (value * _MILLIMETRES for value in regions[0]["box"])
    return f"{x1 - x0:.0f} × {y1 - y0:.0f} mm, {x0:.0f} mm from the left, {y0:.0f} mm from the top"


def _properties(detail: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """The properties of an object that differ: pairs of values by name."""
    found = {key: value for key, value in detail.items() if key not in _OWN_KEYS}
    listed = detail.get("properties")
    if isinstance(listed, dict):
        found |= listed
    for name, pair in found.items():
        if isinstance(pair, list) and len(pair) == 2 and all(isinstance(v, str | int | float | None) for v in pair):
            old, new = ("" if value is None else str(value) for value in pair)
            yield str(name).replace("_", " "), old, new
