"""Bookmarks: entries that came, went, were renamed, moved, or lead elsewhere."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

import numpy as np
from rapidfuzz.fuzz import ratio

from core.alignment import Alignment
from core.model import Kind
from core.objects.leading import Leading, target_of
from core.objects.telling import Changed, Difference
from core.objects.things import Thing
from core.text.sequence import exact_blocks, hunks
from core.text.tokens import normalised

LEAST_SIMILARITY = 60.0  #: per cent, for two titles to be versions of each other
RENUMBERED = 3  #: so many entries of which only the number changed are one change
_NUMBER = re.compile(r"^(?:\W*(?:[A-Za-z]+ )?(?:\d+|[IVXLC]+|[A-Z])(?:[.\-]\d+)*[.:)]?)(?:\s+|$)")
Pairs = list[tuple[int, int]]


def outline_differences(aligned: Alignment, olds: list[Thing], news: list[Thing]) -> Iterator[Difference]:
    """All differences of two outlines, in the order of the new one."""
    leading = Leading(aligned)
    titles = [_title(t) for t in olds], [_title(t) for t in news]
    pairs, gone, come = _in_order(titles, leading, olds, news)
    moved = _elsewhere(titles, gone, come)
    for i, j in sorted(pairs, key=lambda pair: pair[1]):
        yield from _changed(leading, olds[i], news[j])
    for i, j in moved:
        yield Difference(Kind.MOVED, olds[i], news[j], (olds[i].text, news[j].text), reason="moved")
    left = set(gone) - {i for i, _ in moved}, set(come) - {j for _, j in moved}
    lost = len(left[0]) == len(olds), len(left[1]) == len(news)
    for side, things, kind in ((0, olds, Kind.DELETED), (1, news, Kind.INSERTED)):
        for branch in _branches(things, left[side]):
            text = "\n".join(thing.text for thing in branch)
            texts = ("", text) if side else (text, "")
            first = branch[0]
            shown = leading.shown(side, target_of(first.properties)) if first.properties.get("action") else ""
            values = {"level": first.properties.get("level", ""), "target": shown}
            changed = {k: (("", v) if side else (v, "")) for k, v in values.items() if v}
            alike = ("all",) if lost[side] else ()
            yield Difference(kind, None if side else first, first if side else None, texts, changed, alike)


def _title(thing: Thing) -> str:
    return " ".join(normalised(thing.text).split())


def _in_order(
    titles: tuple[list[str], list[str]], leading: Leading, olds: list[Thing], news: list[Thing]
) -> tuple[Pairs, list[int], list[int]]:
    """Entries that became each other in their order: by title, by title without number, by similar title or target."""
    known: dict[str, int] = {}
    keys = [np.array([known.setdefault(title, len(known)) for title in side], np.int32) for side in titles]
    pairs: Pairs = []
    gone: list[int] = []
    come: list[int] = []
    i = j = 0
    for i0, i1, j0, j1 in [*hunks(keys[0], keys[1]), (len(olds), len(olds), len(news), len(news))]:
        pairs += zip(range(i, i0), range(j, j0), strict=True)
        i, j = i1, j1
        bare = [_bare(title) for title in titles[0][i0:i1]], [_bare(title) for title in titles[1][j0:j1]]
        a, b = i0, j0
        for start, other, size in [*exact_blocks(*bare), (i1 - i0, j1 - j0, 0)]:
            more, left_old, left_new = _similar(titles, leading, olds, news, (a, i0 + start, b, j0 + other))
            pairs += more
            gone += left_old
            come += left_new
            pairs += [(i0 + start + k, j0 + other + k) for k in range(size)]
            a, b = i0 + start + size, j0 + other + size
    return pairs, gone, come


def _bare(title: str) -> str:
    return _NUMBER.sub("", title) or title


def _similar(
    titles: tuple[list[str], list[str]],
    leading: Leading,
    olds: list[Thing],
    news: list[Thing],
    gap: tuple[int, int, int, int],
) -> tuple[Pairs, list[int], list[int]]:
    """In a small gap, the most similar titles; entries that lead to the same are more similar."""
    i0, i1, j0, j1 = gap
    scored = []
    if (i1 - i0) * (j1 - j0) <= 10_000:
        for i in range(i0, i1):
            for j in range(j0, j1):
                score = ratio(_bare(titles[0][i]), _bare(titles[1][j]))
                targets = target_of(olds[i].properties), target_of(news[j].properties)
                near = LEAST_SIMILARITY - 25 <= score < 100
                if near and all(t.get("page") for t in targets) and leading.is_same(*targets):
                    score += 25
                if score >= LEAST_SIMILARITY and olds[i].properties.get("level") == news[j].properties.get("level"):
                    scored.append((-score, abs((i - i0) - (j - j0)), i, j))
    pairs: Pairs = []
    for _, _, i, j in sorted(scored):
        if all((a < i and b < j) or (a > i and b > j) for a, b in pairs):
            pairs.append((i, j))
    taken = {i for i, _ in pairs}, {j for _, j in pairs}
    return pairs, [i for i in range(i0, i1) if i not in taken[0]], [j for j in range(j0, j1) if j not in taken[1]]


def _elsewhere(titles: tuple[list[str], list[str]], gone: list[int], come: list[int]) -> Pairs:
    """Entries that left their place in the order."""
    waiting: dict[str, list[int]] = defaultdict(list)
    for j in come:
        waiting[titles[1][j]].append(j)
    return [(i, waiting[titles[0][i]].pop(0)) for i in gone if waiting[titles[0][i]]]


def _changed(leading: Leading, old: Thing, new: Thing) -> Iterator[Difference]:
    changed: Changed = {}
    if old.properties.get("level") != new.properties.get("level"):
        changed["level"] = old.properties.get("level", ""), new.properties.get("level", "")
    targets = target_of(old.properties), target_of(new.properties)
    if not leading.is_same(*targets):
        changed["target"] = leading.shown(0, targets[0]), leading.shown(1, targets[1])
    titles = _title(old), _title(new)
    if titles[0] == titles[1] and not changed:
        return
    texts = old.text, new.text
    if not changed and _bare(titles[0]) == _bare(titles[1]):
        yield Difference(Kind.REPLACED, old, new, texts, {}, ("numbering",), RENUMBERED, "numbering")
    elif titles[0] == titles[1]:
        alike = (repr(sorted(changed.items())),) if "target" not in changed else ()
        yield Difference(Kind.REPLACED, old, new, texts, changed, alike, RENUMBERED)
    else:
        yield Difference(Kind.REPLACED, old, new, texts, changed)


def _branches(things: list[Thing], left: set[int]) -> Iterator[list[Thing]]:
    """Entries with those below them, as far as all of them came or went."""
    branch: list[Thing] = []
    last = -2
    for k in sorted(left):
        level = int(things[k].properties.get("level", "1"))
        if branch and k == last + 1 and level > int(branch[0].properties.get("level", "1")):
            branch.append(things[k])
        else:
            if branch:
                yield branch
            branch = [things[k]]
        last = k
    if branch:
        yield branch
