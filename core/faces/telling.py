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
_CELL_CHARACTERS = 120  # of a cell; of a longer one the differing words are shown
_MILLIMETRES = 25.4 / 72
_ITEMS = ("annotation", "form", "link", "outline", "metadata")
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
        where = _table_words(detail)
        if detail.get("what", "cell") == "cell":
            old, new = _cell(detail, "old_cell", old), _cell(detail, "new_cell", new)
    elif layer in _PLACED:
        notes += [*_image_notes(detail), *_drawing_notes(detail), *_box_notes(change)]
    elif layer in _ITEMS:
        where = _item_words(detail)
        if where in (old, new):
            where = ""  # what has no words of its own is called by its sort
    if detail.get("running"):
        notes.append(f"running {detail['running']}")
    if detail.get("edited"):
        notes.append("edited as well")
    if detail.get("moved"):
        notes.append("moved as well")
    for key, words in (("places", "in {:,} places"), ("count", "{:,} alike")):
        count = detail.get(key)
        if isinstance(count, int) and count > 1:
            notes.append(words.format(count))
    if detail.get("beside"):
        notes.append("with the drawing beside it")
    if isinstance(detail.get("words"), list) and detail["words"]:
        count = len(detail["words"])
        notes.append("with the words beside it" if count > 1 else "with the word beside it")
    notes += [f"hidden: {flag}" for flag in detail.get("hidden", ())]
    properties = tuple(_properties(detail))
    if change["old"] is None or change["new"] is None:  # what came or went has properties, but none that differ
        notes += [f"{name}: {value}" for name, *values in properties for value in values if value]
        properties = ()
    return Telling(where, old, new, tuple(note for note in notes if note), properties)


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


def _cell(detail: dict[str, Any], key: str, words: str | None) -> str | None:
    """A cell as a whole beside its differing words, where it is short enough to be read at a glance."""
    cell = detail.get(key)
    return cell if words is not None and isinstance(cell, str) and len(cell) <= _CELL_CHARACTERS else words


def _table_words(detail: dict[str, Any]) -> str:
    """Such as `Table 3 · row “A-17” · column “Price”`."""
    table, what = detail.get("table"), detail.get("what", "cell")
    parts = [shown(table, 80) if isinstance(table, str) else "Table" if table is None else f"Table {table}"]
    row, column = _named(detail, "row_key", "row"), _named(detail, "header", "column")
    rows, size = detail.get("rows"), detail.get("size")
    if what in ("cell", "row") and row:
        parts.append(f"{rows:,} rows from {row}" if isinstance(rows, int) and rows > 1 else f"row {row}")
    if what in ("cell", "column") and column:
        parts.append(f"column {column}")
    if what == "table" and isinstance(size, list) and len(size) == 2:
        parts.append(f"{size[0]} rows, {size[1]} columns")
    return " · ".join(parts)


def _item_words(detail: dict[str, Any]) -> str:
    """Such as `checkbox “agree”` or `highlight`."""
    name = _named(detail, "name", "name")
    return " ".join(part for part in (shown(str(detail.get("sort") or ""), 40), name) if part)


def _named(detail: dict[str, Any], name: str, number: str) -> str:
    """A row, column or field by its name, else by its number, counted from 1."""
    for value in (detail.get(name), detail.get(number)):
        if isinstance(value, str) and value.strip():
            return f"“{shown(value, 80)}”"
        if isinstance(value, int):
            return str(value)
    return ""


def _image_notes(detail: dict[str, Any]) -> list[str]:
    """How much of a picture differs, and its number of samples where that does."""
    notes, share = [], detail.get("changed")
    if isinstance(share, int | float) and share > 0:
        notes.append(
            f"{max(share * 100, 0.1):.1f} % of it differs" if share < 0.095 else f"{share * 100:.0f} % of it differs"
        )
    samples = detail.get("samples")
    if isinstance(samples, list) and len(samples) == 2 and all(samples) and samples[0] != samples[1]:
        notes.append(" → ".join(f"{one[0]:,} × {one[1]:,}" for one in samples) + " samples")
    return notes


def _drawing_notes(detail: dict[str, Any]) -> list[str]:
    """What a part of a drawing stands by, and by how much it moved, millimetres."""
    notes, shift = [], detail.get("shift")
    if isinstance(shift, list) and len(shift) == 2:
        words = ("right", "left"), ("down", "up")
        told = [f"{abs(by):.1f} mm {one if by > 0 else other}" for by, (one, other) in zip(shift, words, strict=True)]
        notes.append("by " + " and ".join(t for t, by in zip(told, shift, strict=True) if abs(by) >= 0.05))
    if detail.get("near"):
        notes.append(f"near “{shown(str(detail['near']), 40)}”")
    return [note for note in notes if note != "by "]


def _box_notes(change: dict[str, Any]) -> list[str]:
    words = {side: told for side in ("old", "new") if (told := _box_words(change, side))}
    if len(set(words.values())) == 1 and len(words) == 2:
        return [words["new"]]
    return [f"{side}: {told}" for side, told in words.items()]


def _box_words(change: dict[str, Any], side: str) -> str:
    """Size and place of the first region, in millimetres from the top left of its page."""
    regions = (change[side] or {}).get("regions") or []
    if not regions:
        return ""
    x0, y0, x1, y1 = (value * _MILLIMETRES for value in regions[0]["box"])
    return f"{x1 - x0:.0f} × {y1 - y0:.0f} mm, {x0:.0f} mm from the left, {y0:.0f} mm from the top"


def _properties(detail: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """The properties of an object that differ: pairs of values by name."""
    found = {key: pair for key, pair in detail.items() if key not in _OWN_KEYS and _is_pair(pair, str)}
    listed = detail.get("properties")
    if isinstance(listed, dict):
        found |= {key: pair for key, pair in listed.items() if _is_pair(pair, str | int | float)}
    for name, pair in found.items():
        old, new = ("" if value is None else str(value) for value in pair)
        yield str(name).replace("_", " "), old, new


def _is_pair(value: object, sort: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(isinstance(one, sort | None) for one in value)
