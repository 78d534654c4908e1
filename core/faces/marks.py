"""From a result to marks: what the marked PDFs show, as plain values that travel to the `mark` child."""

from __future__ import annotations

from typing import Any

from core.faces.plain import shown
from core.faces.selection import EVERYTHING, Selection, counts, select
from core.faces.telling import severity_words, tell

SIDES = ("old", "new")
_NOTE_CHARACTERS = 300


def marks(result: dict[str, Any], side: str, selection: Selection = EVERYTHING) -> list[dict[str, Any]]:
    """The marks on the pages of one side: one for each change and page, boxes in the displayed frame.

    Each has side, page, boxes, kind, layer, id, severity and note, the sentence that a viewer shows on hovering.
    """
    found = []
    for change in select(result, selection)[0]:
        boxes: dict[int, list[list[float]]] = {}
        for region in (change[side] or {}).get("regions", ()):
            boxes.setdefault(region["page"], []).append(region["box"])
        note = _note(change) if boxes else ""
        for page, places in boxes.items():
            found.append(
                {
                    "side": side,
                    "page": page,
                    "boxes": places,
                    "kind": change["kind"],
                    "layer": change["layer"],
                    "id": change["id"],
                    "severity": change.get("severity", "normal"),
                    "note": note,
                }
            )
    return found


def request(result: dict[str, Any], side: str, selection: Selection = EVERYTHING) -> dict[str, Any]:
    """The header of a request to the piece `mark`; `side` is old, new or both (side by side)."""
    sides = SIDES if side == "both" else (side,)
    chosen, hidden = select(result, selection)
    return {
        "side": side,
        "marks": [mark for one in sides for mark in marks(result, one, selection)],
        "names": {one: shown(result[one]["name"], 200) for one in SIDES},
        "sizes": {one: [[p["number"], p["width"], p["height"]] for p in result[one]["pages"]] for one in sides},
        "page_map": [[pair["old"], pair["new"]] for pair in result["page_map"]] if side == "both" else [],
        "counts": counts(chosen),
        "hidden": hidden,
    }


def _note(change: dict[str, Any]) -> str:
    """One sentence: what happened, to which words."""
    told = tell(change)
    old, new = (shown(text or "", _NOTE_CHARACTERS) for text in (told.old, told.new))
    head = f"{change['layer']} {change['kind']}"
    if change.get("severity") == "major":
        head += f" ({severity_words(change)})"
    head += "".join(f", {shown(part, _NOTE_CHARACTERS)}" for part in (told.where, *told.remarks) if part)
    if change["kind"] == "replaced" and not told.is_same:
        return f"{head}: “{old}” → “{new}”"
    return f"{head}: “{new or old}”" if new or old else head
