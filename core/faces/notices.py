"""All notices of a result, wherever in it they stand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from core.options import page_ranges


@dataclass(frozen=True, slots=True)
class Doubt:
    """One message of a side ("" for the whole comparison) with all pages that it is about."""

    side: str
    code: str
    message: str
    pages: tuple[int, ...]

    @property
    def place(self) -> str:
        """Such as `old, pages 3-9,12`; empty for the whole comparison."""
        pages = f"page{'s' * (len(self.pages) > 1)} {page_ranges(list(self.pages))}" if self.pages else ""
        return ", ".join(part for part in (self.side, pages) if part)


def doubts(result: dict[str, Any]) -> list[Doubt]:
    """All notices, those that say the same of several pages of a side together."""
    pages: dict[tuple[str, str, str], set[int]] = {}
    for side, notice in all_notices(result):
        found = pages.setdefault((side, notice["code"], notice["message"]), set())
        if notice["page"] is not None:
            found.add(notice["page"])
    return [Doubt(*key, tuple(sorted(found))) for key, found in pages.items()]


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
