"""Areas are measured in millimetres from a corner, written in one line, and lie on the pages they name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.areas import CORNERS, SIDES, Area
from core.errors import OptionsError

A4 = (595.276, 841.89)  # points: 210 x 297 mm
MM = 72 / 25.4


@pytest.mark.parametrize(
    ("text", "box_in_mm"),
    [
        ("top-left 10,20 30x40", (10, 20, 40, 60)),
        ("top-right 10,20 30x40", (170, 20, 200, 60)),
        ("bottom-left 10,20 30x40", (10, 237, 40, 277)),
        ("bottom-right 10,20 30x40", (170, 237, 200, 277)),
        ("top-left 0,0 *x15", (0, 0, 210, 15)),
        ("bottom-left 5,0 *x15", (5, 282, 210, 297)),
        ("top-right 0,0 25.5x*", (184.5, 0, 210, 297)),
    ],
)
def test_measured_from_its_corner(text: str, box_in_mm: tuple[float, ...]) -> None:
    assert Area.from_text(text).box(*A4) == pytest.approx([value * MM for value in box_in_mm], abs=0.01)


@pytest.mark.parametrize(
    ("more", "on"),
    [
        ("", {("old", 1), ("new", 1), ("old", 2), ("new", 2)}),
        ("pages=odd", {("old", 1), ("new", 1)}),
        ("pages=even", {("old", 2), ("new", 2)}),
        ("pages=2-", {("old", 2), ("new", 2)}),
        ("pages=1 side=new", {("new", 1)}),
        ("side=old name=Title block, left", {("old", 1), ("old", 2)}),
    ],
)
def test_lies_on_the_pages_and_sides_it_names(more: str, on: set[tuple[str, int]]) -> None:
    area = Area.from_text(f"top-left 0,0 10x10 {more}")
    assert {(side, page) for side in ("old", "new") for page in (1, 2) if area.lies_on(side, page)} == on


@given(
    st.builds(
        Area,
        corner=st.sampled_from(CORNERS),
        x=st.integers(0, 4000).map(lambda v: v / 10),
        y=st.integers(0, 4000).map(lambda v: v / 10),
        width=st.none() | st.integers(1, 4000).map(lambda v: v / 10),
        height=st.none() | st.integers(1, 4000).map(lambda v: v / 10),
        pages=st.sampled_from(("all", "odd", "even", "3", "1-2,9-")),
        side=st.sampled_from(SIDES),
        name=st.sampled_from(("", "Title block", "a=b, c")),
    )
)
def test_written_and_read_is_the_same(area: Area) -> None:
    assert Area.from_text(area.to_text()) == area
    assert Area.from_json(area.to_json()) == area


@pytest.mark.parametrize(
    "wrong",
    [
        "top-left",
        "middle 0,0 10x10",
        "top-left 0,0 10x0",
        "top-left -1,0 10x10",
        "top-left 0,0 1.2.3x10",
        "top-left 0,0 10x10 pages=none",
        "top-left 0,0 10x10 side=left",
        "top-left 0,0 10x10 colour=red",
        "top-left 0,0 10x99999",
        {"corner": "top-left", "x": 0},
        {"corner": "top-left", "x": 0, "y": "0"},
        {"corner": "top-left", "x": True, "y": 0},
        {"corner": "top-left", "x": float("nan"), "y": 0},
        {"corner": "top-left", "x": 0, "y": 0, "depth": 1},
        {"corner": "top-left", "x": 0, "y": 0, "name": "n" * 81},
        {"corner": "top-left", "x": 0, "y": 0, "pages": 3},
        7,
    ],
)
def test_what_is_no_area_is_refused_with_a_remedy(wrong: object) -> None:
    with pytest.raises(OptionsError) as caught:
        Area.from_json(wrong)
    assert caught.value.help
