"""The sentence for what was found; without changes, what that covers and what it does not."""

from __future__ import annotations

from typing import Any

from core.faces.coverage import covered, layer_words, listed, unseen


def no_changes(result: dict[str, Any]) -> str:
    """For a result whose `identical` is true."""
    if result["summary"].get("detail", {}).get("same_bytes"):
        return "No changes: the two files are the same, byte for byte."
    found = f"No changes in {listed(map(layer_words, covered(result)['layers']))}."
    missing = unseen(result)
    return f"{found} {listed(missing).capitalize()} were not compared." if missing else found


def verdict(result: dict[str, Any]) -> str:
    """For any result, whatever a selection hides."""
    identical, total = result["summary"]["identical"], len(result["changes"])
    if identical:
        return no_changes(result)
    if identical is None:
        return "No changes found, but not every page could be compared: see the notices."
    major = sum(change.get("severity") == "major" for change in result["changes"])
    return f"{total:,} change{'s' * (total != 1)}" + (f", {major:,} of them major" if major else "")
