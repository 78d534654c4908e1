"""From a result to marks: what the marked PDFs show, as plain values that travel to the `mark` child."""

from __future__ import annotations

from typing import Any

from core.faces.coverage import statement
from core.faces.notices import Doubt, doubts
from core.faces.plain import shown
from core.faces.reviewed import assigned, decisions, has_review, progress, replies, said_of, signatures
from core.faces.selection import EVERYTHING, Selection, counts, select
from core.faces.summary import in_short
from core.faces.telling import Telling, severity_words, tell

SIDES = ("old", "new")
_NOTE_CHARACTERS = 300
_SAID_CHARACTERS = 4000  # of a decision or comment
_MOST_SAID = 50  # decisions and comments in a note
_MOST_UNPLACED = 300
_MOST_NOTICES = 200


def marks(result: dict[str, Any], side: str, selection: Selection = EVERYTHING) -> list[dict[str, Any]]:
    """The marks on the pages of one side: one for each change and page, boxes in the displayed frame.

    Each has side, page, boxes, kind, layer, id, severity, note (the sentence that a viewer shows on hovering, and who
    decided) and replies, the comments as name, at and text.
    """
    found = []
    said = said_of(result)
    for change in select(result, selection)[0]:
        boxes: dict[int, list[list[float]]] = {}
        for region in (change[side] or {}).get("regions", ()):
            boxes.setdefault(region["page"], []).append(region["box"])
        about = said.get(change["id"])
        told = [*decisions(about), *assigned(about)][:_MOST_SAID]
        thread = [
            {"name": shown(name, 200), "at": at, "text": shown(text, _SAID_CHARACTERS)}
            for name, at, text in replies(about)[:_MOST_SAID]
        ]
        note = "\n".join([_note(change), *(shown(one, _SAID_CHARACTERS) for one in told)]) if boxes else ""
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
                    "is_reviewed": bool(told or thread),
                    "replies": thread if page == min(boxes) else [],  # of a change on many pages once
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
        "short": [shown(sentence.text, _NOTE_CHARACTERS) for sentence in in_short(result, selection)],
        "coverage": statement(result).sentences,
        "notices": [_notice(doubt) for doubt in doubts(result)[:_MOST_NOTICES]],
        "unplaced": _unplaced(chosen),
        "review": [shown(one, _SAID_CHARACTERS) for one in (progress(result), *signatures(result))]
        if has_review(result)
        else [],
    }


def _notice(doubt: Doubt) -> str:
    message = shown(doubt.message, _NOTE_CHARACTERS)
    return f"{shown(doubt.place, _NOTE_CHARACTERS)}: {message}" if doubt.place else message


def _unplaced(changes: list[dict[str, Any]]) -> dict[str, Any]:
    """The changes that stand on no page, which only a list can show; how many more there are is told."""
    found = [change for change in changes if not any((change[side] or {}).get("regions") for side in SIDES)]
    return {"notes": [_parts(change) for change in found[:_MOST_UNPLACED]], "more": max(0, len(found) - _MOST_UNPLACED)}


def _parts(change: dict[str, Any]) -> list[str]:
    """What happened, and what each side reads; one side only where that is enough."""
    told = tell(change)
    old, new = (shown(text or "", _NOTE_CHARACTERS) for text in (told.old, told.new))
    head = _head(change, told)
    if change["kind"] == "replaced" and not told.is_same:
        return [head, old, new]
    return [head, new or old, ""]


def _note(change: dict[str, Any]) -> str:
    """One sentence: what happened, to which words."""
    told = tell(change)
    old, new = (shown(text or "", _NOTE_CHARACTERS) for text in (told.old, told.new))
    head = _head(change, told)
    if change["kind"] == "replaced" and not told.is_same:
        return f"{head}: “{old}” → “{new}”"
    return f"{head}: “{new or old}”" if new or old else head


def _head(change: dict[str, Any], told: Telling) -> str:
    head = f"{change['layer']} {change['kind']}"
    if change.get("severity") == "major":
        head += f" ({severity_words(change)})"
    return head + "".join(f", {shown(part, _NOTE_CHARACTERS)}" for part in (told.where, *told.remarks) if part)
