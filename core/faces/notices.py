"""All notices of a result, wherever in it they stand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def all_notices(result: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every notice of a result once, with its side ("" for the whole comparison)."""
    seen = set()
    lists = [("", result["notices"])]
    for side in ("old", "new"):
        lists.append((side, result[side].get("notices", [])))
        lists += [(side, page["notices"]) for page in result[side]["pages"]]
    for side, notices in lists:
        for notice in notices:
            key = side, notice["code"], notice["page"], notice["message"]
            if key not in seen:
                seen.add(key)
                yield side, notice
