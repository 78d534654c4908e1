"""Views and objects that moved, were turned, mirrored or scaled by themselves are one change each."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest

from core.areas import POINTS_PER_MM
from core.drawings import moving, views
from core.drawings.lettering import rows_beyond
from core.drawings.registration import Similarity
from core.model import Change
from tests.unit.core.drawings.sheets import Line, Scene, Way, compared, plant, written

#: Neither symmetrical nor like anything else on the sheet.
BRACKET: tuple[Line, ...] = (
    (0, 0, 46, 0), (46, 0, 46, 9), (46, 9, 11, 13), (11, 13, 11, 31), (11, 31, 0, 31), (0, 31, 0, 0), (20, 2, 31, 7),
)  # fmt: skip


def turned(lines: tuple[Line, ...], lies: Similarity) -> list[Line]:
    return [tuple(row) for row in lies.ends(np.array(lines, float)).tolist()]  # type: ignore[misc]


def drawing(old: Scene, new: Scene, way: Way | None = None) -> list[Change]:
    return [c for c in compared(written(old), written(new, way or Way())).changes if c.layer == "drawing"]


def view(x: float, y: float) -> list[Line]:
    """A part of 84 by 60 points with an irregular outline, and edges in it."""
    rng = random.Random(7)
    corners = [(x + rng.uniform(-40, 40), y + rng.uniform(-30, 30)) for _ in range(28)]
    edge = [(x - 42, y - 30), (x + 42, y - 30), (x + 42, y + 30), (x - 42, y + 11), (x - 42, y - 30)]
    return [(*one, *other) for path in (edge, corners) for one, other in pairwise(path)]


@pytest.mark.parametrize(
    "way", [Way(), Way(scale=1.02, shift=(3, 4), seed=5), Way(turn=90, shift=(595, 0), size=(595, 842))]
)
@pytest.mark.parametrize(
    ("lies", "expected"),
    [
        (Similarity(turn=90), {"turn": 90}),
        (Similarity(turn=-37), {"turn": -37}),
        (Similarity(mirrored=True), {"mirrored": True}),
        (Similarity(mirrored=True, turn=90), {"turn": 90, "mirrored": True}),
    ],
)
def test_an_object_that_was_moved_and_turned_or_mirrored_is_one_change(
    lies: Similarity, expected: dict[str, object], way: Way
) -> None:
    old, new = plant(), plant()
    old.add(BRACKET, 190, 500)
    new.add(turned(BRACKET, lies), 480, 480)
    (change,) = drawing(old, new, way)
    assert (str(change.kind), str(change.severity)) == ("moved", "minor")
    told = {key: change.detail.get(key) for key in ("turn", "mirrored", "scale") if key in change.detail}
    if "mirrored" in expected:  # one mirroring can be told as several turns
        assert told["mirrored"] is True
    if "turn" in expected and "mirrored" not in expected:
        assert told == {"turn": pytest.approx(expected["turn"], abs=0.3)}


def test_an_object_that_only_looks_alike_when_turned_is_not_moved() -> None:
    old, new = plant(), plant()
    old.add(BRACKET, 190, 500)
    new.add([*turned(BRACKET[:4], Similarity(turn=90)), (0, 0, 30, 40), (30, 40, -20, 9)], 480, 480)
    assert sorted(str(c.kind) for c in drawing(old, new)) == ["deleted", "inserted"]


def with_view(place: Callable[[list[Line]], list[Line]] = list) -> Scene:
    scene = plant()
    scene.lines = [one for one in scene.lines if not (300 < one[0][0] < 560 and 250 < one[0][1] < 480)]
    scene.circles = [one for one in scene.circles if not (300 < one[0] < 560 and 250 < one[1] < 480)]
    scene.add(place(view(420, 360)))
    return scene


def test_a_view_that_moved_takes_all_its_lines_and_what_changed_in_it_is_told_besides() -> None:
    shifted = Similarity(x=21.0, y=-7.0)
    old = with_view()
    new = with_view(lambda lines: turned(tuple(lines), shifted))
    old.add([(415, 355, 425, 365), (425, 355, 415, 365)])  # a cross in the hub, that went
    moved, gone = sorted(drawing(old, new), key=lambda c: str(c.kind), reverse=True)
    assert (str(moved.kind), str(gone.kind)) == ("moved", "deleted")
    assert moved.detail["shift"] == pytest.approx([21 / POINTS_PER_MM, -7 / POINTS_PER_MM], abs=0.02)
    assert moved.old and gone.old
    x0, y0, x1, y1 = moved.old.regions[0].box
    assert (x1 - x0, y1 - y0) == pytest.approx((85.5, 61.5), abs=0.1)
    assert gone.old.regions[0].box == pytest.approx((414.25, 354.25, 425.75, 365.75), abs=0.1)


@pytest.mark.parametrize(("scale", "turn"), [(1.25, 0.0), (0.8, 0.0), (1.0, 15.0), (1.0, 90.0)])
def test_a_view_that_was_scaled_or_turned_alone_is_one_change(scale: float, turn: float) -> None:
    middle = np.array([[420.0, 360.0]])
    to = Similarity(scale, turn)
    x, y = (middle - to.points(middle))[0]
    lies = Similarity(scale, turn, float(x), float(y))
    (change,) = drawing(with_view(), with_view(lambda lines: turned(tuple(lines), lies)))
    assert str(change.kind) == "moved"
    assert change.detail.get("scale", 1.0) == pytest.approx(scale, abs=2e-3)
    assert change.detail.get("turn", 0.0) == pytest.approx(turn, abs=0.2)


def test_swapped_sides_of_a_turned_object_give_the_mirrored_result() -> None:
    old, new = plant(), plant()
    old.add(BRACKET, 190, 500)
    new.add(turned(BRACKET, Similarity(turn=90)), 480, 480)
    (ahead,), (back,) = drawing(old, new), drawing(new, old)
    assert (ahead.old, ahead.new) == (back.new, back.old)
    assert back.detail["turn"] == -ahead.detail["turn"]


def test_another_theme_of_colours_is_told_once() -> None:
    old, new = plant(), plant()
    for scene, colors in ((old, ("#a00000", "#0000c0")), (new, ("#840000", "#000084"))):
        scene.lines = [(line, width, colors[0]) for line, width, _ in scene.lines]
        scene.circles = [(x, y, r, width, colors[0]) for x, y, r, width, _ in scene.circles]
        scene.add(
            [(0, 0, 9, 9), (9, 0, 0, 9)], 330, 345, color=colors[1]
        )  # few of this colour: of the theme all the same
    found = compared(written(old), written(new))
    assert [c for c in found.changes if c.layer == "drawing"] == []
    told = {tuple(setting["line colour"]) for setting in found.detail["drawing"]}
    assert told == {("#a00000", "#840000"), ("#0000c0", "#000084")}


def test_one_object_in_another_colour_is_told_where_nothing_else_changed_its_colour() -> None:
    old, new = plant(), plant()
    old.add([(0, 0, 9, 9), (9, 0, 0, 9)], 330, 345, color="#0000c0")
    new.add([(0, 0, 9, 9), (9, 0, 0, 9)], 330, 345, color="#000084")
    assert [c.detail["reason"] for c in drawing(old, new)] == ["pen changed"]


def test_the_same_little_thing_at_many_places_is_one_change_with_all_of_them() -> None:
    old, new = plant(), plant()
    places = [(120, 480), (190, 500), (330, 345), (480, 480), (605, 205)]
    for x, y in places:
        new.add([(0, 0, 6, 0), (6, 0, 3, 5)], x, y)
    (change,) = drawing(old, new)
    assert change.new
    assert (str(change.kind), change.detail["places"]) == ("inserted", 5)
    assert sorted(region.box[0] for region in change.new.regions) == pytest.approx(
        sorted(x - 0.75 for x, _ in places), abs=0.1
    )


def test_a_line_over_which_a_longer_one_of_another_colour_comes_is_no_change_of_its_colour() -> None:
    old, new = plant(), plant()
    old.add([(0, 0, 30, 0)], 190, 500, color="#a00000")
    new.add([(-25, 0, 60, 0)], 190, 500, color="#008400")
    assert [c.detail["reason"] for c in drawing(old, new)] == ["lines replaced"]


def test_two_sheets_of_which_nothing_agrees_are_searched_for_a_bounded_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted, not timed: how many transforms are voted for, and how many displacements are tried."""
    rng = random.Random(3)
    counts = {"views": 0, "shifts": 0}

    def scribble() -> list[Line]:
        return [
            (x, y, x + rng.uniform(-9, 9), y + rng.uniform(-9, 9))
            for x, y in ((rng.uniform(30, 800), rng.uniform(30, 560)) for _ in range(3000))
        ]

    def counted(name: str, call: Callable[..., object]) -> Callable[..., object]:
        def run(*arguments: object) -> object:
            counts[name] += 1
            return call(*arguments)

        return run

    monkeypatch.setattr(views, "candidates", counted("views", views.candidates))
    monkeypatch.setattr(moving, "_winner", counted("shifts", moving._winner))
    same = scribble()
    old, new = plant(), plant()
    old.add([*same, *scribble()])
    new.add([*same, *scribble()])
    assert drawing(old, new)
    assert 0 < counts["views"] <= 2 * views.MOST_VIEWS
    assert 0 < counts["shifts"] <= 2 * (moving.ROUNDS + moving.MOST_VAIN)


def strokes(letters: int, x: float, y: float = 100.0) -> list[tuple[float, float, float, float]]:
    """Letters drawn with two lines each, 5 wide and 8 high, 7 from one to the next."""
    return [
        end
        for k in range(letters)
        for end in ((x + 7 * k, y, x + 7 * k, y + 8), (x + 7 * k, y + 8, x + 7 * k + 5, y + 8))
    ]


@pytest.mark.parametrize("is_upright", [False, True])
def test_letters_beyond_a_narrower_word_belong_to_it_and_what_stands_behind_does_not(is_upright: bool) -> None:
    ends = np.array([*strokes(8, 50), *strokes(1, 50 + 7 * 8), *strokes(1, 150)])
    box = np.array([[50.0, 99.0, 82.0, 109.0]])  # as wide as five letters of the eight
    if is_upright:
        ends, box = ends[:, [1, 0, 3, 2]], box[:, [1, 0, 3, 2]]
    inside = np.zeros(len(ends), bool)
    inside[:10] = True
    found = rows_beyond(ends, inside, box, np.array([0]), np.array([8]))
    assert sorted({*np.flatnonzero(inside).tolist(), *found.tolist()}) == list(range(16))
    assert not len(rows_beyond(ends, inside, box, np.array([0]), np.array([5])))
