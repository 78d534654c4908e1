"""Things near a place, without asking each of its page."""

from __future__ import annotations

import numpy as np

from core.geometry import Box
from core.model import Layer, Region
from core.objects.matching import FAR_POINTS, SAME_PLACE, _nearest, _Standing
from core.objects.things import Thing


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
