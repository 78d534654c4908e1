"""Drawings: nothing is told of one that was only written anew, and every change of one is."""

from __future__ import annotations

import pytest

from core.areas import POINTS_PER_MM as MM
from core.drawings.registration import Similarity
from core.errors import OptionsError
from core.registrations import Registration
from tests.unit.core.drawings.sheets import VALVE, Scene, Way, compared, document, plant, told, written

ANEW = {
    "as it was": Way(),
    "another order": Way(seed=3),
    "lines cut in three, some drawn twice": Way(seed=4, pieces=3, doubled=0.1),
    "rounded coordinates": Way(seed=5, jitter=0.03),
    "circles as polygons": Way(polygons=48),
    "other pens": Way(pen=1.4),
    "shifted": Way(shift=(17.3, -9.1)),
    "rescaled and shifted": Way(scale=1.047, shift=(-11.0, -6.0)),
    "on smaller paper": Way(scale=0.707, size=(595.0, 421.0)),
    "turned by a quarter": Way(turn=90, shift=(595, 0), size=(595.0, 842.0)),
    "turned over": Way(turn=180, shift=(842, 595)),
    "turned a little": Way(turn=-2.3, shift=(10, 20)),
    "all at once": Way(
        scale=0.9, turn=90, shift=(560, 30), size=(612.0, 842.0), seed=7, pieces=2, jitter=0.02, pen=1.3
    ),
}


@pytest.mark.parametrize("way", ANEW)
def test_a_drawing_written_anew_has_no_change(way: str) -> None:
    assert told(written(plant()), written(plant(), ANEW[way])) == []


@pytest.mark.parametrize("way", ANEW)
def test_what_changed_is_told_however_the_drawing_is_written(way: str) -> None:
    old, new = plant(), plant()
    old.add(VALVE, 190, 500)  # deleted
    new.add([(0, 6, 0, 38), (26, 6, 26, 38), (0, 6, 13, 0), (13, 0, 26, 6)], 470, 65)  # inserted
    old.add([(0, 0, 18, 30), (18, 30, 40, 3), (40, 3, 0, 0), (5, 5, 9, 22)], 330, 345)
    new.add([(0, 0, 18, 30), (18, 30, 40, 3), (40, 3, 0, 0), (5, 5, 9, 22)], 605, 205)  # moved
    found = told(written(old), written(new, ANEW[way]))
    assert found == [("deleted", "lines deleted"), ("inserted", "lines inserted"), ("moved", "moved")]


def test_a_longer_line_is_one_change_of_the_whole_line() -> None:
    old, new = plant(), plant()
    old.add([(0, 0, 40, 0)], 260, 420, 1.1)
    new.add([(0, 0, 49, 0)], 260, 420, 1.1)
    changes = [c for c in compared(written(old), written(new)).changes if c.layer == "drawing"]
    assert [(str(c.kind), c.detail["reason"]) for c in changes] == [("replaced", "line changed")]
    assert changes[0].old and changes[0].new
    assert changes[0].old.regions[0].box == pytest.approx((259.25, 419.25, 300.75, 420.75), abs=0.01)
    assert changes[0].new.regions[0].box == pytest.approx((259.25, 419.25, 309.75, 420.75), abs=0.01)


def test_an_enlarged_hole_is_one_change_with_its_axes() -> None:
    old, new = plant(), plant()
    for scene, radius in ((old, 15.0), (new, 20.0)):
        scene.circle(560, 250, radius, 1.1)
        scene.circle(560, 250, radius / 2, 0.5)
        scene.add([(-radius - 4, 0, radius + 4, 0), (0, -radius - 4, 0, radius + 4)], 560, 250, 0.3)
    assert len(told(written(old), written(new))) == 1


@pytest.mark.parametrize(("width", "color", "name"), [(2.1, "#000000", "line width"), (0.7, "#cc0000", "line colour")])
def test_another_pen_is_told_as_such(width: float, color: str, name: str) -> None:
    old, new = plant(), plant()
    old.add(VALVE, 190, 500)
    new.add(VALVE, 190, 500, width, color)
    changes = [c for c in compared(written(old), written(new)).changes if c.layer == "drawing"]
    assert [(str(c.kind), c.detail["reason"], str(c.severity)) for c in changes] == [
        ("replaced", "pen changed", "minor")
    ]
    assert name in changes[0].detail


def test_where_the_sheet_lies_stands_in_the_page_map() -> None:
    way = Way(scale=0.5, turn=90, shift=(297.5, 0), size=(297.5, 421.0))
    found = compared(written(plant()), written(plant(), way)).page_map[0].registration
    assert found is not None
    assert found["overlap"] > 0.99
    assert (found["turn"], found["scale"]) == (pytest.approx(90, abs=0.01), pytest.approx(0.5, abs=1e-4))
    assert found["shift"] == pytest.approx([0, 0], abs=0.02)


def test_swapped_sides_give_the_mirrored_result() -> None:
    old, new = plant(), plant()
    old.add(VALVE, 190, 500)
    new.add([(0, 6, 0, 38), (26, 6, 26, 38), (0, 6, 13, 0), (13, 0, 26, 6)], 470, 65)
    one, other = written(old), written(new, Way(scale=1.02, seed=2, jitter=0.02))
    mirrored = {"inserted": "deleted", "deleted": "inserted"}

    def places(a: bytes, b: bytes) -> list[tuple[object, ...]]:
        return [(str(c.kind), c.old and c.old.regions, c.new and c.new.regions) for c in compared(a, b).changes]

    ahead, back = places(one, other), places(other, one)
    assert len(ahead) == 2
    assert sorted(map(str, ahead)) == sorted(str((mirrored[str(k)], n, o)) for k, o, n in back)


def test_unrelated_drawings_are_told_as_one_change_with_a_notice() -> None:
    other = plant()
    other.lines = [((d * 0.7, a * 0.37 + 40, b * 0.9, c * 0.41), w, k) for (a, b, c, d), w, k in other.lines if a != 20]
    other.circles = []
    found = compared(written(plant()), written(other))
    assert [(c.layer, c.detail["reason"]) for c in found.changes if c.layer == "drawing"] == [
        ("drawing", "another drawing")
    ]
    assert any("side by side only" in notice.message for notice in found.new.pages[0].notices)


def test_sheets_are_laid_by_hand_where_their_lines_do_not_tell() -> None:
    """A grid lies on itself in many ways: only the user knows that it was shifted by one field."""
    old, new = Scene(), Scene()
    for scene, shift in ((old, 0.0), (new, 20.0)):
        for k in range(12):
            scene.add([(100 + 20 * k, 100 + 20 * j, 110 + 20 * k, 110 + 20 * j) for j in range(18)], shift, shift)
    corner, far = (100 / MM, 100 / MM), (420 / MM, 320 / MM)
    points = {
        "old": [corner, far],
        "new": [(corner[0] + 20.7 / MM, corner[1] + 19.2 / MM), (far[0] + 19.5 / MM, far[1] + 20.6 / MM)],
    }
    by_hand = {"old_page": 1, "new_page": 1, **points}
    found = compared(written(old), written(new), registrations=[by_hand])
    told = found.page_map[0].registration
    assert told is not None
    assert told["by_hand"] is True
    assert told["shift"] == pytest.approx([20 / MM, 20 / MM], abs=0.01)  # exact, although the hand was not
    assert [c for c in found.changes if c.layer == "drawing"] == []


def test_unrelated_drawings_are_compared_where_the_user_lays_them() -> None:
    other = Scene()
    other.add([(4 * k, 100, 4 * k + 3, 120 + k / 3) for k in range(210)], width=1)
    registration = Registration.from_text("1=1 10,10=10,10 250,180=250,180").to_json()
    found = compared(written(plant()), written(other), registrations=[registration])
    assert "another drawing" not in {c.detail["reason"] for c in found.changes}
    assert {str(c.kind) for c in found.changes} >= {"deleted", "replaced"}


def test_a_page_laid_by_hand_must_be_there() -> None:
    registration = Registration.from_text("1=2 10,10=10,10 250,180=250,180").to_json()
    with pytest.raises(OptionsError, match="the new document has no page 2"):
        compared(written(plant()), written(plant(), Way(seed=1)), registrations=[registration])


def test_a_page_without_lines_that_was_laid_by_hand_has_a_notice() -> None:
    empty = Scene()
    registration = Registration.from_text("1=1 10,10=10,10 250,180=250,180").to_json()
    found = compared(written(plant()), written(empty), registrations=[registration])
    assert "registration_unused" in {notice.code for notice in found.new.pages[0].notices}


def test_a_drawing_that_is_the_same_line_by_line_is_compared_by_its_lines() -> None:
    other = plant()
    other.add([(0, 0, 1, 0)], 2000, 2000)  # off the paper: another file, the same drawing
    found = compared(written(plant()), written(other))
    assert [page.compared for page in (*found.old.pages, *found.new.pages)] == [("vector",), ("vector",)]
    assert [c for c in found.changes if c.layer == "drawing"] == []


def test_a_page_without_words_is_compared_by_its_lines() -> None:
    found = compared(written(plant()), written(plant(), Way(seed=1)))
    assert [page.compared for page in (*found.old.pages, *found.new.pages)] == [("vector",), ("vector",)]
    assert found.new.pages[0].notices == ()


def test_a_similarity_and_its_back_cancel() -> None:
    lies = Similarity(1.3, 37.0, 5.0, -8.0)
    ends = document(written(plant())).strokes.ends.astype(float)
    assert abs(lies.back().ends(lies.ends(ends)) - ends).max() < 1e-6
