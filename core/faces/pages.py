"""Changes in the order in which a reader meets them: by pair of pages."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

#: Above, a change is told once for the whole document instead of under the first of its pages.
SPREAD_PAGES = 8


@dataclass(frozen=True, slots=True)
class PageGroup:
    """The changes of one entry of the page map; both numbers None for the whole document."""

    old: int | None
    new: int | None
    changes: list[dict[str, Any]] = field(default_factory=list)

    @property
    def title(self) -> str:
        """How the pair is called in a heading."""
        if self.old is None and self.new is None:
            return "Whole document"
        if self.old is None:
            return f"Page {self.new} (only in new)"
        if self.new is None:
            return f"Page {self.old} (only in old)"
        if self.old == self.new:
            return f"Page {self.old}"
        return f"Page {self.old} → {self.new}"


def page_of(change: dict[str, Any], side: str) -> int | None:
    """The page on which one side of a change begins, if it has one."""
    part = change.get(side) or {}
    regions = part.get("regions") or []
    return int(regions[0]["page"]) if regions else None


def is_spread(change: dict[str, Any]) -> bool:
    """Whether a change stands on so many pages, such as a running header, that it belongs to the whole document."""
    return any(
        len({region["page"] for region in (change.get(side) or {}).get("regions") or ()}) > SPREAD_PAGES
        for side in ("old", "new")
        if change["layer"] != "page"
    )


def by_page(result: dict[str, Any], changes: list[dict[str, Any]]) -> list[PageGroup]:
    """Groups with at least one change: the whole document, then in the order of the page map.

    A change belongs to its page in the new document; one that is only in the old, to that page's pair. What has no
    page, or stands on many, belongs to the whole document.
    """
    groups: list[PageGroup] = []
    of_old: dict[int, PageGroup] = {}
    of_new: dict[int, PageGroup] = {}
    for pair in result["page_map"]:
        group = PageGroup(pair["old"], pair["new"])
        groups.append(group)
        if pair["old"] is not None:
            of_old.setdefault(pair["old"], group)
        if pair["new"] is not None:
            of_new.setdefault(pair["new"], group)
    whole = PageGroup(None, None)
    for change in changes:
        new, old = page_of(change, "new"), page_of(change, "old")
        if is_spread(change):
            group = whole
        elif new is not None:
            group = of_new.get(new) or _added(groups, of_new, new, PageGroup(None, new))
        elif old is not None:
            group = of_old.get(old) or _added(groups, of_old, old, PageGroup(old, None))
        else:
            group = whole
        group.changes.append(change)
    return [group for group in [whole, *groups] if group.changes]


def _added(groups: list[PageGroup], index: dict[int, PageGroup], number: int, group: PageGroup) -> PageGroup:
    groups.append(group)
    index[number] = group
    return group
