"""A result as a person reads it in a terminal: counts, changes page by page, notices."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cli.terminal import Ink
from core.faces.coverage import statement
from core.faces.notices import doubts
from core.faces.pages import by_page
from core.faces.plain import shown
from core.faces.selection import counts
from core.faces.telling import places_words, severity_words, tell
from core.faces.verdict import no_changes

MOST_CHANGES = 200
MOST_NOTICES = 20
_SIGNS = {"inserted": ("+", "green"), "deleted": ("-", "red"), "replaced": ("~", "yellow"), "moved": (">", "blue")}


def summary(result: dict[str, Any], *, ink: Ink, columns: int) -> Iterator[str]:
    """The lines, without line ends. Never more than `MOST_CHANGES` changes; says how many are left out."""
    changes = result["changes"]
    for side in ("old", "new"):
        part = result[side]
        pages = len(part["pages"])
        name = shown(part["name"], 120)
        yield f"{ink(side, 'bold')}  {name}  {ink(f'{pages:,} page' + 's' * (pages != 1), 'dim')}"
    yield ""
    yield from _verdict(result, ink)
    for layer, kinds in counts(changes).items():
        told = " · ".join(ink(f"{kinds[kind]:,} {kind}", _SIGNS[kind][1]) for kind in _SIGNS if kind in kinds)
        yield f"  {layer:<11}{told}"
    cover = statement(result)
    yield f"  {'coverage':<11}{ink(' '.join(cover.counted), 'dim')}"
    yield f"  {'':<11}{ink(' '.join(cover.scope), 'dim')}"
    left = MOST_CHANGES
    for group in by_page(result, changes):
        if left <= 0:
            break
        yield ""
        yield ink(group.title, "bold")
        for change in group.changes[:left]:
            yield _change(change, ink, columns)
        left -= len(group.changes)
    if len(changes) > MOST_CHANGES:
        yield ""
        yield ink(
            f"… and {len(changes) - MOST_CHANGES:,} more changes: --md -, --html FILE or --json FILE has them all.",
            "dim",
        )
    yield from _notices(result, ink)


def _verdict(result: dict[str, Any], ink: Ink) -> Iterator[str]:
    identical, changes = result["summary"]["identical"], result["changes"]
    if identical:
        yield ink(no_changes(result), "green", "bold")
    elif not changes:
        yield ink("No changes found, but not every page could be compared.", "yellow", "bold")
    else:
        major = sum(change.get("severity") == "major" for change in changes)
        more = f", {major:,} major" if major else ""
        yield ink(f"{len(changes):,} change{'s' * (len(changes) != 1)}{more}", "bold")


def _change(change: dict[str, Any], ink: Ink, columns: int) -> str:
    sign, colour = _SIGNS[change["kind"]]
    room = max(columns - 28, 40)
    telling = tell(change)
    old, new = telling.old or "", telling.new or ""
    remarks = "; ".join(telling.remarks)
    if change["kind"] == "moved":
        told = f"{shown(new or old, room - 16)} {ink(_places(change), 'dim')}"
    elif change["kind"] == "replaced" and not telling.is_same:
        told = f"{ink(shown(old, room // 2), 'red')} → {ink(shown(new, room // 2), 'green')}"
    elif change["kind"] == "replaced":
        told = shown(new, room // 2)
    else:
        told = ink(shown(new or old, room), colour)
    if telling.where:
        told = f"{ink(shown(telling.where, room // 2), 'bold')}  {told}"
    if remarks:
        told += f" {ink(shown(remarks, room // 2), 'magenta')}"
    major = change.get("severity") == "major"
    if major:
        told += f" {ink(shown(severity_words(change), 40), 'red')}"
    mark = ink("!", "red", "bold") if major else " "
    return f"  {ink(sign, colour)}{mark}{change['layer']:<10} {change['kind']:<8}  {told}"


def _places(change: dict[str, Any]) -> str:
    places = places_words(change)
    return f"({places})" if "→" in places else ""


def _notices(result: dict[str, Any], ink: Ink) -> Iterator[str]:
    told = doubts(result)
    if not told:
        return
    yield ""
    yield ink("Notices", "bold")
    for doubt in told[:MOST_NOTICES]:
        place = f"{doubt.place}: " if doubt.place else ""
        yield f"  {ink('!', 'yellow')} {shown(place, 80)}{' ' * bool(place)}{shown(doubt.message, 200)}"
    if len(told) > MOST_NOTICES:
        yield ink(f"  … and {len(told) - MOST_NOTICES:,} more in the JSON and HTML reports.", "dim")
