"""Things near a place, without asking each of its page."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.geometry import Box
from core.model import Change, Kind, Layer, Region
from core.objects.matching import FAR_POINTS, SAME_PLACE, _nearest, _Standing
from core.objects.things import Thing
from tests.unit.core.objects.building import Edit, address, changes, line_rect, link, pdf, sheets


def _thing(*regions: Region) -> Thing:
    return Thing(Layer.ANNOTATION, "note", "", "", {}, regions, 0)


def _boxes(count: int, seed: int) -> list[Box]:
    random = np.random.default_rng(seed)
    corners, sizes = random.uniform(0, 700, (count, 2)), random.uniform(0, 1, (count, 2)) ** 4 * 600
    return [(x, y, x + w, y + h) for (x, y), (w, h) in zip(corners.tolist(), sizes.tolist(), strict=True)]


def test_all_that_may_match_are_found() -> None:
    things = [
        _thing(Region(1 + k % 2, box), Region(1 + k % 3, other))
        for k, (box, other) in enumerate(zip(_boxes(300, 1), _boxes(300, 2), strict=True))
    ]
    standing = _Standing(enumerate(things))
    for place in [(page, box) for page in (1, 2, 3, 9) for box in _boxes(40, 3)]:
        scores = [_nearest([place], thing) for thing in things]
        fit = {j for j, (away, shared) in enumerate(scores) if away <= FAR_POINTS or shared >= SAME_PLACE}
        assert fit <= set(standing.near([place]))


def test_few_others_are_found() -> None:
    things = [_thing(Region(1, (x, y, x + 10.0, y + 10.0))) for x in range(0, 20_000, 100) for y in range(0, 2000, 100)]
    standing = _Standing(enumerate(things))
    assert all(len(standing.near([(1, thing.regions[0].box)])) == 1 for thing in things[::97])


@pytest.mark.parametrize("seed", [2, 3, 4, 6])
def test_swapped_sides_pair_the_same_things(seed: int) -> None:
    """Links to few targets, over each other on rewritten words: who becomes whom must not depend on the side."""
    random = np.random.default_rng(seed)
    old, new = (_linked(random, lines_kept) for lines_kept in (1.0, 0.7))
    forth, back = changes(old, new), changes(new, old)
    assert len(forth) >= 3
    assert sorted(map(_told, forth)) == sorted(_told(_turned(change)) for change in back)


def _linked(random: np.random.Generator, lines_kept: float) -> bytes:
    """Two pages of which a quarter of the words is written anew and some lines are gone, with fourteen links."""
    texts = [
        [
            " ".join(word if random.random() > 0.25 else f"x{random.integers(99)}" for word in line.split())
            for line in sheet
            if random.random() <= lines_kept
        ]
        for sheet in sheets(2)
    ]
    edits: list[Edit] = []
    for _ in range(14):
        page = int(random.integers(2))
        rect = line_rect(int(random.integers(len(texts[page]))), int(random.integers(30)), int(random.integers(3, 25)))
        edits.append(link(page + 1, rect, address(f"https://example.org/{random.integers(3)}")))
    return pdf(texts, *edits)


def _turned(change: Change) -> Change:
    kinds = {Kind.INSERTED: Kind.DELETED, Kind.DELETED: Kind.INSERTED}
    return replace(change, kind=kinds.get(change.kind, change.kind), old=change.new, new=change.old)


def _told(change: Change) -> str:
    sides = (
        (side.text, [(region.page, region.box) for region in side.regions]) if side else None
        for side in (change.old, change.new)
    )
    return repr((str(change.layer), str(change.kind), *sides))
