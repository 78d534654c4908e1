"""Annotations, fields and links: what stands at a place on a page."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator

from core.alignment import Alignment
from core.model import Document, Kind, Layer
from core.objects.leading import Leading, target_of
from core.objects.matching import Matcher, Pair
from core.objects.telling import ACTIVE, Changed, Difference
from core.objects.things import ON_WORDS, Thing
from core.report import Report

_NUMBER = re.compile(r"\d{1,5}[,.;]?")
_UNREAD = {"page_failed", "page_not_tried"}
SIZE_POINTS = 4.0  #: and this share of the size: less is another program's margin
SIZE_SHARE = 0.2
LEAST_WORDS = 2  #: of a link, that it covers more or less
MOST_FRONT_PAGES = 60  #: before the page that is numbered 1
MANY_RUNNING = 3  #: links to one target without compared words that make it a running link


class Placed:
    """Compares the things of one layer after the other."""

    def __init__(self, aligned: Alignment, report: Report, things: tuple[list[Thing], list[Thing]]) -> None:
        self._aligned, self._things = aligned, things
        self._leading = Leading(aligned)
        self._matcher = Matcher(aligned)
        whole = report.whole_pages()
        self._silent = tuple(whole[side] | self._facing_unread(side, aligned.documents[1 - side]) for side in (0, 1))

    def _facing_unread(self, side: int, other: Document) -> set[int]:
        """Pages whose partner could not be read: what became of their things is unknown."""
        unread = {p.number for p in other.pages if not p.compared and any(n.code in _UNREAD for n in p.notices)}
        return {page for page, partner in self._aligned.partners[side].items() if partner in unread}

    def differences(self, layer: Layer) -> Iterator[Difference]:
        """What came, went, changed or moved, sort by sort, in the order of the documents."""
        mine = tuple([thing for thing in side if thing.layer == layer] for side in self._things)
        for sort in sorted({thing.sort for side in mine for thing in side}):
            olds, news = ([thing for thing in side if thing.sort == sort] for side in mine)
            pairs, gone, come = self._matcher.match(olds, news, self._same)
            for pair in sorted(pairs, key=lambda p: p.new.order):
                yield from self._changed(pair)
            for side, left, all_of, kind in (
                (0, gone, (olds, news), Kind.DELETED),
                (1, come, (news, olds), Kind.INSERTED),
            ):
                yield from self._alone(side, left, all_of, kind)

    def _same(self, old: Thing, new: Thing) -> bool:
        """Whether two things say the same."""
        if old.layer == Layer.LINK:
            return self._leading.is_same(old.properties, new.properties)
        return old.text == new.text and old.properties == new.properties

    # pairs

    def _changed(self, pair: Pair) -> Iterator[Difference]:
        old, new = pair.old, pair.new
        changed = self._link_changes(old, new) if old.layer == Layer.LINK else self._other_changes(old, new)
        changed |= self._marked(old, new)
        if changed or (old.layer != Layer.LINK and _flat(old.text) != _flat(new.text)):
            texts = self._texts(pair)
            if pair.moved:
                changed["place"] = _place(old), _place(new)
            alike = self._alike(old, new, changed)
            yield Difference(Kind.REPLACED, old, new, texts, changed, alike)
        elif pair.moved:
            yield Difference(Kind.MOVED, old, new, self._texts(pair))

    def _link_changes(self, old: Thing, new: Thing) -> Changed:
        if self._leading.is_same(old.properties, new.properties) or self._is_retold(old, new):
            return {}
        found = {"target": (self._shown(0, old), self._shown(1, new))}
        if old.properties.get("action") != new.properties.get("action"):
            found["kind of action"] = old.properties.get("action", ""), new.properties.get("action", "")
        return found

    def _is_retold(self, old: Thing, new: Thing) -> bool:
        """Whether a reference inside the document leads elsewhere because its words do, which the text layer tells.

        A number that still is the number of the page it leads to is right, too: in a list of contents and in an index
        equal numbers may have found each other.
        """
        if old.properties.get("action") != "go to" or new.properties.get("action") != "go to":
            return False
        if _flat(old.words) != _flat(new.words):
            return True
        leads = [thing.properties.get("page", "") for thing in (old, new)]
        if not _NUMBER.fullmatch(old.words) or not all(leads):
            return False
        number = int("".join(filter(str.isdecimal, old.words)))
        return int(leads[0]) == int(leads[1]) and abs(int(leads[0]) - number) <= MOST_FRONT_PAGES

    def _other_changes(self, old: Thing, new: Thing) -> Changed:
        keys = sorted(old.properties.keys() | new.properties.keys())
        pairs = {key: (old.properties.get(key, ""), new.properties.get(key, "")) for key in keys}
        found = {key: pair for key, pair in pairs.items() if pair[0] != pair[1]}
        if old.layer == Layer.FORM and old.key != new.key:
            found["name"] = old.key, new.key
        if not old.words and not new.words and _resized(old, new):
            found["size"] = _size(old), _size(new)
        return found

    def _marked(self, old: Thing, new: Thing) -> Changed:
        """The words it stands on, where it covers more or less of those that are there on both sides."""
        if not old.tokens or not new.tokens or old.sort not in ON_WORDS:
            return {}
        went, came = self._matcher.went(0, old), self._matcher.went(1, new)
        differing = len(went.difference(new.tokens)) + len(came.difference(old.tokens))
        if old.layer == Layer.LINK and (differing < LEAST_WORDS or 2 * differing <= max(len(went), len(came))):
            return {}
        return {"words": (old.words, new.words)} if differing else {}

    def _alike(self, old: Thing, new: Thing, changed: Changed) -> tuple[str, ...]:
        """Equal changes of properties, or one edit of many addresses."""
        if old.layer != Layer.LINK:
            if old.text != new.text:
                return ()
            for side, word in ((0, "new"), (1, "lost")):
                if changed and not any(pair[side] for pair in changed.values()):
                    return (word, *changed)
            return (repr(sorted(changed.items())),)
        if set(changed) != {"target"} or old.properties.get("action") == "go to":
            return ()
        return _edit(*changed["target"])

    # things alone

    def _alone(
        self, side: int, left: list[Thing], all_of: tuple[list[Thing], list[Thing]], kind: Kind
    ) -> Iterator[Difference]:
        mine, others = all_of
        holders: dict[int, list[Thing]] = defaultdict(list)
        for thing in others:
            for token in thing.tokens:
                holders[token].append(thing)
        running = Counter(repr(target_of(t.properties)) for t in mine if not t.tokens)
        told = [thing for thing in left if not self._is_silent(side, thing, holders, running)]
        all_lost = len(told) > 0.9 * len(mine) and len(others) <= 0.1 * len(mine)
        for thing in told:
            alike: tuple[str, ...] = ()
            if thing.layer == Layer.LINK:
                action = thing.properties.get("action", "")
                alike = ("links", "inside" if action == "go to" else "active" if action in ACTIVE else "outside")
            elif all_lost:
                alike = ("all",)
            shown = self._text(side, thing)
            texts = ("", shown) if side else (shown, "")
            changed = {k: (("", v) if side else (v, "")) for k, v in self._told_of(side, thing).items()}
            yield Difference(kind, None if side else thing, thing if side else None, texts, changed, alike)

    def _told_of(self, side: int, thing: Thing) -> dict[str, str]:
        if thing.layer != Layer.LINK:
            return dict(thing.properties) | ({"words": thing.words} if thing.words and thing.text else {})
        return {"target": self._shown(side, thing), "kind of action": thing.properties.get("action", "")}

    def _is_silent(self, side: int, thing: Thing, holders: dict[int, list[Thing]], running: Counter[str]) -> bool:
        """Whether something else tells it: the page it stands on, or the words that it came with."""
        if thing.page is not None and {r.page for r in thing.regions} <= self._silent[side]:
            return True
        if thing.layer != Layer.LINK:
            return False
        went = self._matcher.went(side, thing)
        if thing.properties.get("action") == "go to" and 2 * len(went) < len(thing.tokens):
            return True
        if not thing.tokens:
            alone = thing.page not in self._aligned.partners[side]
            inside = thing.properties.get("action") == "go to"
            return alone and (inside or running[repr(target_of(thing.properties))] >= MANY_RUNNING)
        return self._covered(side, thing, went, holders)

    def _covered(self, side: int, thing: Thing, went: set[int], holders: dict[int, list[Thing]]) -> bool:
        """Whether other links that lead to the same cover its words on the other side: it was cut up differently."""
        left = set(went)
        for other in {id(t): t for token in sorted(went) for t in holders.get(token, ())}.values():
            if self._same(*((thing, other) if side == 0 else (other, thing))):
                left.difference_update(other.tokens)
        return bool(went) and 2 * len(left) <= len(went)

    # texts

    def _texts(self, pair: Pair) -> tuple[str, str]:
        return self._text(0, pair.old), self._text(1, pair.new)

    def _text(self, side: int, thing: Thing) -> str:
        """What a change shows of a thing: a link's words and where it leads, a comment, the value of a field."""
        if thing.layer == Layer.LINK:
            return f"{thing.words} → {self._shown(side, thing)}" if thing.words else self._shown(side, thing)
        if thing.layer == Layer.FORM:
            return thing.text
        return thing.text or thing.words or thing.sort

    def _shown(self, side: int, thing: Thing) -> str:
        return self._leading.shown(side, target_of(thing.properties))


def _flat(text: str) -> str:
    return " ".join(text.split())


def _edit(old: str, new: str) -> tuple[str, ...]:
    """What differs between two texts, their common beginning and end left out."""
    head = next((k for k, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    old, new = old[head:], new[head:]
    tail = next(
        (k for k, (a, b) in enumerate(zip(old[::-1], new[::-1], strict=False)) if a != b), min(len(old), len(new))
    )
    return "edit", old[: len(old) - tail], new[: len(new) - tail]


def _sides_of(thing: Thing) -> tuple[float, float]:
    x0, y0, x1, y1 = thing.regions[0].box
    return x1 - x0, y1 - y0


def _resized(old: Thing, new: Thing) -> bool:
    if not old.regions or not new.regions or len(old.regions) != len(new.regions):
        return len(old.regions) != len(new.regions)
    pairs = zip(_sides_of(old), _sides_of(new), strict=True)
    return any(abs(a - b) > max(SIZE_POINTS, SIZE_SHARE * max(a, b)) for a, b in pairs)


def _size(thing: Thing) -> str:
    if not thing.regions:
        return ""
    width, height = _sides_of(thing)
    return f"{width:.0f} × {height:.0f} pt" + (f", {len(thing.regions)} places" if len(thing.regions) > 1 else "")


def _place(thing: Thing) -> str:
    if not thing.regions:
        return ""
    region = thing.regions[0]
    return f"page {region.page}, {region.box[0]:.0f}, {region.box[1]:.0f} pt"
