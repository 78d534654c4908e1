"""What of a result is shown: the filters of the screen, obeyed by every export."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from core.faces.reviewed import said_of, state_of


@dataclass(frozen=True, slots=True)
class Selection:
    """Which changes to show; None is all of them.

    Attributes:
        layers: Of these; likewise `kinds` and `severities`.
        states: Of these states of the review, of `core.faces.reviewed.STATES`; without a review all are open.
        pages: With a place on one of these pages of either side.
        query: What their words, properties or id hold, whatever the case; empty for all.
    """

    layers: Collection[str] | None = None
    kinds: Collection[str] | None = None
    severities: Collection[str] | None = None
    states: Collection[str] | None = None
    pages: Collection[int] | None = None
    query: str = ""

    def takes(self, change: dict[str, Any], state: str = "open") -> bool:
        """Whether a change in this state of its review is shown."""
        return (
            (self.layers is None or change["layer"] in self.layers)
            and (self.kinds is None or change["kind"] in self.kinds)
            and (self.severities is None or change.get("severity") in self.severities)
            and (self.states is None or state in self.states)
            and (self.pages is None or not _pages(change).isdisjoint(self.pages))
            and (not self.query.strip() or self.query.strip().casefold() in _words(change))
        )


EVERYTHING = Selection()


def select(result: dict[str, Any], selection: Selection = EVERYTHING) -> tuple[list[dict[str, Any]], int]:
    """The changes to show, in order, and how many are hidden, which every face says."""
    changes = result["changes"]
    if selection == EVERYTHING:
        return changes, 0
    said = said_of(result)
    taken = [change for change in changes if selection.takes(change, state_of(said.get(change["id"])))]
    return taken, len(changes) - len(taken)


def counts(changes: list[dict[str, Any]]) -> dict[str, dict[str, int]]:
    """How many changes by layer and kind; only what occurs, layers in order of appearance."""
    found: dict[str, dict[str, int]] = {}
    for change in changes:
        kinds = found.setdefault(change["layer"], {})
        kinds[change["kind"]] = kinds.get(change["kind"], 0) + 1
    return found


def _pages(change: dict[str, Any]) -> set[int]:
    return {int(r["page"]) for side in ("old", "new") for r in (change[side] or {}).get("regions") or ()}


def _words(change: dict[str, Any]) -> str:
    """All that a search looks through, as the viewer's does."""
    from core.faces.telling import tell

    detail = change.get("detail") or {}
    texts = [change[side]["text"] for side in ("old", "new") if change[side]]
    named = [detail.get(key) for key in ("reason", "row_key", "header")]
    properties = [part for one in tell(change).properties for part in one]
    return "\n".join(str(text) for text in (*texts, *named, *properties, change["id"]) if text).casefold()
