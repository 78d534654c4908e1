"""Properties, attachments, layers, page labels and actions: facts about a document as a whole, known by their names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from core.alignment import Alignment
from core.model import Kind
from core.objects.leading import Leading, target_of
from core.objects.telling import Changed, Difference
from core.objects.things import Thing

Named = dict[tuple[str, int], Thing]


def fact_differences(aligned: Alignment, olds: list[Thing], news: list[Thing]) -> Iterator[Difference]:
    """All differences, sort by sort, by name; traces of production are none."""
    leading = Leading(aligned)
    sorts = sorted({thing.sort for thing in (*olds, *news)} - {"trace", "page labels"})
    for sort in sorts:
        sides = _named([t for t in olds if t.sort == sort]), _named([t for t in news if t.sort == sort])
        _rename(*sides)
        lost = not sides[0], not sides[1]
        for name in sorted(sides[0].keys() | sides[1].keys()):
            old, new = sides[0].get(name), sides[1].get(name)
            if old is not None and new is not None:
                yield from _changed(leading, old, new)
            else:
                yield _alone(leading, old, new, ("all",) if any(lost) else ())
    yield from _labels(
        aligned, [t for t in olds if t.sort == "page labels"], [t for t in news if t.sort == "page labels"]
    )


def _named(things: list[Thing]) -> Named:
    seen: Counter[str] = Counter()
    found: Named = {}
    for thing in things:
        seen[thing.key] += 1
        found[thing.key, seen[thing.key]] = thing
    return found


def _rename(olds: Named, news: Named) -> None:
    """An attachment with another name and the same content is the same attachment."""
    waiting = {
        t.properties["content"]: name for name, t in news.items() if name not in olds and "content" in t.properties
    }
    for name, thing in list(olds.items()):
        other = waiting.pop(thing.properties.get("content", ""), None) if name not in news else None
        if other is not None:
            news[name] = news.pop(other)


def _changed(leading: Leading, old: Thing, new: Thing) -> Iterator[Difference]:
    if old.sort == "action":
        if leading.is_same(target_of(old.properties), target_of(new.properties)):
            return
        shown = leading.shown(0, target_of(old.properties)), leading.shown(1, target_of(new.properties))
        kinds = old.properties.get("action", ""), new.properties.get("action", "")
        yield Difference(Kind.REPLACED, old, new, shown, {"kind of action": kinds} if kinds[1] != kinds[0] else {})
        return
    keys = sorted(old.properties.keys() | new.properties.keys())
    pairs = {key: (old.properties.get(key, ""), new.properties.get(key, "")) for key in keys}
    changed = {key: pair for key, pair in pairs.items() if pair[0] != pair[1]}
    if changed or " ".join(old.text.split()) != " ".join(new.text.split()):
        alike = () if old.text != new.text else (repr(sorted(changed.items())),)
        yield Difference(Kind.REPLACED, old, new, (old.text, new.text), changed, alike)


def _alone(leading: Leading, old: Thing | None, new: Thing | None, alike: tuple[str, ...]) -> Difference:
    side, thing = (1, new) if new is not None else (0, old)
    if thing is None:
        raise ValueError("nothing to tell")
    text = thing.text
    values = dict(thing.properties)
    if thing.sort == "action":
        text = leading.shown(side, target_of(thing.properties))
        values = {"kind of action": thing.properties.get("action", "")}
    changed: Changed = {key: (("", value) if side else (value, "")) for key, value in values.items() if value}
    return Difference(
        Kind.INSERTED if side else Kind.DELETED, old, new, ("", text) if side else (text, ""), changed, alike
    )


def _labels(aligned: Alignment, olds: list[Thing], news: list[Thing]) -> Iterator[Difference]:
    """The way pages are labelled, one change: other styles or prefixes, or runs that begin at other pages."""
    begins = [int(thing.properties["page"]) for thing in olds], [int(thing.properties["page"]) for thing in news]
    manners = _manners(olds), _manners(news)
    if manners[0] == manners[1] and all(_meet(aligned, a, b) for a, b in zip(*begins, strict=True)):
        return
    if all(not side or [thing.text for thing in side] == ["decimal from 1"] for side in (olds, news)):
        return
    texts = tuple("; ".join(f"{t.text} on page {t.properties['page']}" for t in side) for side in (olds, news))
    kind = Kind.INSERTED if not olds else Kind.DELETED if not news else Kind.REPLACED
    yield Difference(kind, olds[0] if olds else None, news[0] if news else None, (texts[0], texts[1]), reason="labels")


def _manners(runs: list[Thing]) -> list[str]:
    """How each run labels its pages; of one that goes on counting like the one before, by how much it jumps."""
    found: list[str] = []
    before: tuple[str, int] | None = None
    for run in runs:
        page, number = int(run.properties["page"]), run.properties["first"]
        style = run.text.replace(f"from {number}", "", 1) if number else run.text
        offset = int(number) - page if number else 0
        is_same = before is not None and number and before[0] == style
        found.append(f"jump {offset - before[1]}" if is_same and before is not None else run.text)
        before = style, offset
    return found


def _meet(aligned: Alignment, old: int, new: int) -> bool:
    """Whether a run begins at the same page: that which the page became, or the next one that is still there."""
    partners = aligned.partners
    if old == new == 1 or partners[0].get(old) == new:
        return True
    last = max((page.number for page in aligned.documents[0].pages), default=0)
    following = next((partners[0][page] for page in range(old, last + 1) if page in partners[0]), None)
    earlier = next((partners[0][page] for page in range(old - 1, 0, -1) if page in partners[0]), 0)
    if following is None:
        return new > earlier
    return earlier < new <= following if old not in partners[0] or new not in partners[1] else False
