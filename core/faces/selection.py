"""What of a result is shown: the filters of the screen, obeyed by every export."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Selection:
    """Layers, kinds and severities to show; None is all of them."""

    layers: Collection[str] | None = None
    kinds: Collection[str] | None = None
    severities: Collection[str] | None = None

    def takes(self, change: dict[str, Any]) -> bool:
        """Whether a change is shown."""
        return (
            (self.layers is None or change["layer"] in self.layers)
            and (self.kinds is None or change["kind"] in self.kinds)
            and (self.severities is None or change.get("severity") in self.severities)
        )


EVERYTHING = Selection()


def select(result: dict[str, Any], selection: Selection = EVERYTHING) -> tuple[list[dict[str, Any]], int]:
    """The changes to show, in order, and how many are hidden, which every face says."""
    changes = result["changes"]
    taken = changes if selection == EVERYTHING else [change for change in changes if selection.takes(change)]
    return taken, len(changes) - len(taken)


def counts(changes: list[dict[str, Any]]) -> dict[str, dict[str, int]]:
    """How many changes by layer and kind; only what occurs, layers in order of appearance."""
    found: dict[str, dict[str, int]] = {}
    for change in changes:
        kinds = found.setdefault(change["layer"], {})
        kinds[change["kind"]] = kinds.get(change["kind"], 0) + 1
    return found
