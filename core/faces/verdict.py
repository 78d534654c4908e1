"""The sentence for a result without changes: what it covers, and what it does not."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

_COVERED = {"text": "text", "style": "style", "table": "tables", "page": "pages"}
_UNSEEN = {
    "image": "pictures",
    "drawing": "drawings",
    "annotation": "annotations",
    "form": "form fields",
    "link": "links",
}


def no_changes(result: dict[str, Any]) -> str:
    """For a result whose `identical` is true."""
    if result["summary"].get("detail", {}).get("same_bytes"):
        return "No changes: the two files are the same, byte for byte."
    layers = result["options"]["layers"]
    found = f"No changes in {_listed(_COVERED.get(layer, _UNSEEN.get(layer, layer)) for layer in layers)}."
    unseen = [word for layer, word in _UNSEEN.items() if layer not in layers]
    return f"{found} {_listed(unseen).capitalize()} were not compared." if unseen else found


def _listed(words: Iterable[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last
