"""From differences of things to changes: what many places share is told once, then text, places, severity and name."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from core.alignment import Alignment
from core.model import Kind, Layer, Severity, Side
from core.objects.things import Thing
from core.report import WHOLE_DOCUMENT, Place, Report
from core.text.severity import severity_of

MANY = 20  #: from here on, what is the same in so many places is one change
SHOWN = 12  #: texts of such a change that are written out
Changed = dict[str, tuple[str, str]]  #: (old, new) by property; "" where it is missing

_CODED = re.compile("%[0-9A-Fa-f]{2}")
_RANK = {Severity.MINOR: 0, Severity.NORMAL: 1, Severity.MAJOR: 2}
#: Properties whose change is more than a matter of taste.
_WEIGHTY = {"target", "hidden", "shown", "content", "state", "required", "read only", "options", "words", "action"}
#: Layers whose texts stand in the document as well, or are no part of it: a number there is no fact of its own.
_RETOLD = {Layer.OUTLINE, Layer.METADATA}
#: What runs or sends something.
ACTIVE = {"launch", "script", "submit form", "import data", "open attachment"}


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that came, went, changed or moved.

    Attributes:
        kind: As in the result.
        old: None where there was nothing; likewise `new`.
        texts: What each side shows.
        changed: Properties that differ.
        alike: What differences have in common that are told as one if there are many; empty for those that never are.
        at_least: From how many on.
        reason: Where no rule of words tells a better one.
    """

    kind: Kind
    old: Thing | None
    new: Thing | None
    texts: tuple[str, str]
    changed: Changed = field(default_factory=dict)
    alike: tuple[str, ...] = ()
    at_least: int = MANY
    reason: str = ""

    @property
    def thing(self) -> Thing:
        found = self.new or self.old
        if found is None:
            raise ValueError("a difference of nothing")
        return found


def tell_all(aligned: Alignment, report: Report, differences: Iterable[Difference]) -> None:
    """Tell differences, in their order; those that are alike and many at the place of the first."""
    groups: dict[tuple[Any, ...], list[Difference]] = defaultdict(list)
    for k, difference in enumerate(differences):
        thing = difference.thing
        groups[(thing.layer, thing.sort, difference.kind, difference.alike or k)].append(difference)
    for group in groups.values():
        if len(group) > 1 and len(group) >= group[0].at_least:
            _tell(aligned, report, group)
        else:
            for difference in group:
                _tell(aligned, report, [difference])


def _tell(aligned: Alignment, report: Report, group: list[Difference]) -> None:
    first = group[0]
    texts = tuple(_listed([d.texts[side] for d in group]) for side in (0, 1))
    severity, reason = max((_severity(d) for d in group), key=lambda found: _RANK[found[0]])
    detail: dict[str, Any] = {"reason": reason, "sort": first.thing.sort}
    if len(group) > 1:
        detail["count"] = len(group)
    elif first.thing.key and first.thing.layer != Layer.ANNOTATION:
        detail["name"] = first.thing.key
    if all(difference.changed == first.changed for difference in group):
        shown = {key: [old or None, new or None] for key, (old, new) in first.changed.items()}
        detail |= {"properties": shown} if shown else {}
    else:
        detail["differing"] = sorted({key for difference in group for key in difference.changed})
    if first.kind is Kind.REPLACED and not first.reason and any(_moved_too(d) for d in group):
        detail["moved"] = True
    _note_anchor(aligned, detail, first)
    sides = (
        None
        if first.old is None
        else Side(texts[0], tuple(dict.fromkeys(r for d in group if d.old for r in d.old.regions))),
        None
        if first.new is None
        else Side(texts[1], tuple(dict.fromkeys(r for d in group if d.new for r in d.new.regions))),
    )
    content = tuple("\x1e".join(_content(d, side) for d in group) for side in (0, 1))
    report.tell(
        Layer(first.thing.layer),
        first.kind,
        severity,
        sides,
        detail,
        context=(first.thing.sort, first.thing.key if len(group) == 1 else ""),
        place=_place(report, first),
        content=(content[0], content[1]),
    )


def _moved_too(difference: Difference) -> bool:
    return "place" in difference.changed


def _listed(texts: list[str]) -> str:
    told = list(dict.fromkeys(text for text in texts if text))
    more = [f"… and {len(told) - SHOWN:,} more"] if len(told) > SHOWN else []
    return "\n".join([*told[:SHOWN], *more])


def _content(difference: Difference, side: int) -> str:
    return "\x1d".join([difference.texts[side], *(f"{k}={v[side]}" for k, v in sorted(difference.changed.items()))])


def _severity(difference: Difference) -> tuple[Severity, str]:
    """How much it matters, and why in a word."""
    thing, changed = difference.thing, difference.changed
    if thing.sort == "signature":
        return Severity.MAJOR, "signature"
    if changed.get("kind of action", ("", ""))[1] in ACTIVE:
        return Severity.MAJOR, "action"
    if "checked" in changed and difference.kind is Kind.REPLACED:
        return Severity.MAJOR, "checked"
    if difference.reason:
        return (Severity.MINOR if difference.reason == "numbering" else Severity.NORMAL), difference.reason
    if difference.kind is Kind.MOVED:
        return Severity.MINOR, "moved"
    texts = difference.texts
    if thing.layer == Layer.LINK:
        if difference.kind is not Kind.REPLACED:
            return Severity.NORMAL, f"link {difference.kind}"
        texts = _CODED.sub(" ", changed.get("target", texts)[0]), _CODED.sub(" ", changed.get("target", texts)[1])
    if texts[0] != texts[1]:
        severity, reason = severity_of(*texts)
        if thing.layer in _RETOLD or not _RANK[severity]:
            severity = Severity.NORMAL
        return severity, reason
    weighty = next((key for key in changed if key in _WEIGHTY), "")
    if weighty:
        return Severity.NORMAL, weighty
    return Severity.MINOR, next(iter(changed), str(difference.kind))


def _place(report: Report, difference: Difference) -> Place:
    side, thing = (1, difference.new) if difference.new is not None else (0, difference.old)
    if thing is None or thing.page is None:
        return WHOLE_DOCUMENT
    if thing.tokens:
        return report.place_of_token(side, thing.tokens[0])
    return report.place_on_page(side, thing.page)


def _note_anchor(aligned: Alignment, detail: dict[str, Any], difference: Difference) -> None:
    """Where it is missing on the side that has nothing."""
    if difference.kind not in (Kind.INSERTED, Kind.DELETED) or not difference.thing.regions:
        return
    region = difference.thing.regions[0]
    place = aligned.carried(int(difference.kind is Kind.INSERTED), region.page, region.box)
    if place is not None:
        detail["anchor"] = {"page": place[0], "box": [round(value, 2) for value in place[1]]}
