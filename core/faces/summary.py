"""The summary of a result by rule: no model, always there, the same each time."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from core.faces.plain import shown
from core.faces.selection import EVERYTHING, Selection, select
from core.faces.telling import pages_of, places_words, tell

MOST_TOLD = 8  #: changes in the summary for management
MOST_DETAILED = 200
_TEXT_CHARACTERS = 140
_LAYERS = {
    "text": "text",
    "style": "formatting",
    "table": "table",
    "image": "picture",
    "drawing": "drawing",
    "annotation": "comment",
    "form": "form field",
    "link": "link",
    "outline": "bookmark",
    "metadata": "property",
    "page": "page",
}
_RANK = {"major": 0, "normal": 1, "minor": 2}


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence, and the changes that it is about; none for what is said of the whole result."""

    text: str
    changes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {"text": self.text, "changes": list(self.changes)}


@dataclass(frozen=True, slots=True)
class RuleSummary:
    """The summary for three readers."""

    line: str
    management: tuple[Sentence, ...]
    detailed: tuple[Sentence, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "line": self.line,
            "management": [sentence.to_json() for sentence in self.management],
            "detailed": [sentence.to_json() for sentence in self.detailed],
        }


def rule_summary(result: dict[str, Any], selection: Selection = EVERYTHING) -> RuleSummary:
    """What a result says, in sentences.

    Args:
        result: As `pdf-compare/1`.
        selection: Only these changes are told.
    """
    changes, _ = select(result, selection)
    line = _line(result, changes)
    ranked = sorted(changes, key=lambda change: _RANK.get(change.get("severity", "normal"), 1))
    majors = [change for change in ranked if change.get("severity") == "major"]
    told = (majors or ranked)[:MOST_TOLD]
    management = [Sentence(line), *(Sentence(change_words(change), (change["id"],)) for change in told)]
    rest = len(changes) - len(told)
    if told and rest:
        more = len(majors) - len(told)
        also = f", {more:,} of them major" if more > 0 else ""
        management.append(Sentence(f"{_counted(rest, 'more change')}{also}."))
    management += _doubts(result)
    detailed = [Sentence(line), *(Sentence(_whole(change), (change["id"],)) for change in changes[:MOST_DETAILED])]
    if len(changes) > MOST_DETAILED:
        detailed.append(Sentence(f"{_counted(len(changes) - MOST_DETAILED, 'more change')}, in the list of changes."))
    detailed += _doubts(result)
    return RuleSummary(line, tuple(management), tuple(detailed))


def in_short(result: dict[str, Any], selection: Selection = EVERYTHING) -> tuple[Sentence, ...]:
    """What a report begins with: the summary for management without what the report tells elsewhere (its notices).

    Empty without changes.
    """
    if not select(result, selection)[0]:
        return ()
    told = rule_summary(result, selection).management
    return told[: len(told) - len(_doubts(result))]


def change_words(change: dict[str, Any]) -> str:
    """A change as a sentence, such as `Page 3: “30 days” became “45 days” (major, amount).`"""
    told = tell(change)
    old, new = _short(told.old), _short(told.new)
    where = places_words(change)
    head = f"{where[:1].upper()}{where[1:]}" if where else _LAYERS.get(change["layer"], "change").capitalize()
    if told.where:
        head += f", {shown(told.where, 80)}"
    what = _LAYERS.get(change["layer"], change["layer"])
    kind = change["kind"]
    if kind == "replaced" and old and new and old != new:
        said = f"{old} became {new}"
    elif kind == "inserted":
        said = f"{new} was added" if new else f"a {what} was added"
    elif kind == "deleted":
        said = f"{old} was removed" if old else f"a {what} was removed"
    elif kind == "moved":
        said = f"{new or old or f'a {what}'} was moved"
    else:
        said = f"{what} changed at {new or old}" if new or old else f"{what} changed"
    return f"{head}: {said}{_reason(change)}."


def _whole(change: dict[str, Any]) -> str:
    sentence = change_words(change)
    remarks = "; ".join(shown(remark, 100) for remark in tell(change).remarks[:4])
    return f"{sentence[:-1]}; {remarks}." if remarks else sentence


def _reason(change: dict[str, Any]) -> str:
    severity = change.get("severity", "normal")
    reason = (change.get("detail") or {}).get("reason")
    if severity == "normal" and not reason:
        return ""
    return f" ({severity}, {shown(str(reason), 60)})" if reason and reason != severity else f" ({severity})"


def _short(text: str | None) -> str:
    return f"“{shown(text, _TEXT_CHARACTERS)}”" if text and text.strip() else ""


def _line(result: dict[str, Any], changes: list[dict[str, Any]]) -> str:
    summary = result["summary"]
    if not changes:
        if summary.get("identical"):
            return "No changes."
        if summary.get("complete", True):
            return "No changes." if not result["changes"] else "No changes of this choice."
        return "No changes were found, but not every page could be compared."
    severities = Counter(change.get("severity", "normal") for change in changes)
    pages = {page for change in changes for side in ("old", "new") for page in pages_of(change, side)}
    parts = [_counted(len(changes), "change")]
    if severities["major"]:
        reasons = Counter(
            shown(str((change.get("detail") or {}).get("reason") or "other"), 30)
            for change in changes
            if change.get("severity") == "major"
        )
        top = ", ".join(f"{n:,} {reason}" for reason, n in reasons.most_common(3))
        parts.append(f"{severities['major']:,} major ({top})")
    if severities["minor"]:
        parts.append(f"{severities['minor']:,} minor")
    if pages:
        parts.append(f"on {_counted(len(pages), 'page')}")
    layers = Counter(_LAYERS.get(change["layer"], change["layer"]) for change in changes)
    by_layer = ", ".join(f"{layer} {n:,}" for layer, n in layers.most_common(4))
    end = "" if summary.get("complete", True) else " Not every page could be compared."
    return f"{', '.join(parts)}: {by_layer}.{end}"


def _doubts(result: dict[str, Any]) -> list[Sentence]:
    told = len(result["notices"]) + sum(
        len(page["notices"]) for side in ("old", "new") for page in result[side].get("pages", ())
    )
    return [Sentence(f"The comparison itself has {_counted(told, 'notice')}.")] if told else []


def _counted(n: int, noun: str) -> str:
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"
