"""What options leave out: by place, by pattern, by sort; counted, and without touching what stays."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from core.compare import compare
from core.model import Comparison, Document, Item
from core.options import CompareOptions
from tests.builders import document

MM = 72 / 25.4


def area(x0: float, y0: float, x1: float, y1: float, more: str = "") -> str:
    """An area of points, as its text."""
    return f"top-left {x0 / MM:.3f},{y0 / MM:.3f} {(x1 - x0) / MM:.3f}x{(y1 - y0) / MM:.3f} {more}"


def found(old: Document, new: Document, **options: Any) -> Comparison:
    return compare(old, new, CompareOptions.from_json(options))


def told(result: Comparison) -> list[tuple[str, str, str]]:
    return [(str(c.kind), c.old.text if c.old else "", c.new.text if c.new else "") for c in result.changes]


def sheets(stamp: str, words: str) -> Document:
    """A page of text with a stamp at its foot, 60 pt high, over the whole width."""
    return document(
        [
            ("The pump is rated for continuous service at sea level", 100.0, 0),
            (f"and shall be tested with {words} before it leaves the works.", 112.0, 0),
            (stamp, 740.0, 0),
        ]
    )


FOOT = area(0, 720, 600, 800)


def test_words_in_an_ignored_area_are_not_told() -> None:
    old, new = sheets("Drawn 2024-01-05 by Miller", "water"), sheets("Drawn 2025-03-09 by Brown", "oil")
    result = found(old, new, ignore_areas=[FOOT + "name=Stamp"])
    assert told(result) == [("replaced", "water", "oil")]
    assert result.detail["ignored"] == {"Stamp": 2}


def test_what_is_still_told_keeps_its_name() -> None:
    old, new = sheets("Drawn 2024-01-05 by Miller", "water"), sheets("Drawn 2025-03-09 by Brown", "oil")
    everything = {c.id for c in found(old, new).changes}
    for options in (
        {"ignore_areas": [FOOT]},
        {"ignore_text": [r"\d{4}-\d\d-\d\d"]},
        {"ignore": ["case", "punctuation"]},
        {"layers": ["text"]},
        {"only_areas": [area(0, 0, 600, 200)]},
        {"severity": [{"severity": "minor", "layer": "text"}]},
    ):
        some = {c.id for c in found(old, new, **options).changes}
        assert some and some <= everything, options


def test_case_and_punctuation_beside_a_change_do_not_rename_it() -> None:
    old, new = document('The "Buyer" pays 30 days — net'), document("the Buyer pays 45 days net")
    ids = {c.id for c in found(old, new).changes if c.old and c.old.text == "30"}
    again = {c.id for c in found(old, new, ignore=["case", "punctuation"]).changes}
    assert len(ids) == 1
    assert ids == again


def test_a_change_over_the_border_is_cut_to_what_is_outside() -> None:
    # words are 5 pt a letter, 4 pt apart, from x = 72: the middles of beta and three are right of 110, that of two left
    old, new = document("alpha beta gamma stays the same"), document("one two three stays the same")
    result = found(old, new, ignore_areas=[area(0, 0, 110, 800, "name=Margin")])
    assert told(result) == [("replaced", "beta gamma", "three")]
    assert result.detail["ignored"] == {"Margin": 1}


def test_a_change_with_one_side_in_the_area_is_told_whole() -> None:
    kept = ("keep these words", 100.0, 0)
    old, new, without = document([kept, ("alpha", 648.0, 0)]), document([kept, ("beta", 643.0, 0)]), document([kept])
    areas = [area(0, 650, 600, 800)]  # the middle of alpha is in it, that of beta is not
    assert told(found(old, without, ignore_areas=areas)) == []
    assert told(found(without, new, ignore_areas=areas)) == [("inserted", "", "beta")]
    assert told(found(old, new, ignore_areas=areas)) == [("replaced", "alpha", "beta")]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("", []),
        ("pages=1", ["b2 c2"]),
        ("pages=even", ["b1 c1"]),
        ("pages=2-", ["b1 c1"]),
        ("side=new", ["b1 c1", "b2 c2"]),
    ],
)
def test_an_area_holds_on_its_pages_and_sides(more: str, expected: list[str]) -> None:
    common = "the same words stand on this page in both of them"
    old = document(*(f"{common} {k}\nb{k}" for k in (1, 2)))
    new = document(*(f"{common} {k}\nc{k}" for k in (1, 2)))
    result = found(old, new, ignore_areas=[area(0, 110, 600, 800, more)])
    assert [f"{a} {b}" for _, a, b in told(result)] == expected


def test_only_the_chosen_areas_are_compared() -> None:
    old, new = sheets("Drawn 2024-01-05 by Miller", "water"), sheets("Drawn 2025-03-09 by Brown", "oil")
    result = found(old, new, only_areas=[FOOT])
    assert told(result) == [("replaced", "2024-01-05", "2025-03-09"), ("replaced", "Miller", "Brown")]
    assert result.detail["ignored"] == {"outside the chosen areas": 1}


def test_an_area_chosen_on_one_side_leaves_the_other_free() -> None:
    old, new = document("stays here"), document("stays here\nadded below")
    assert told(found(old, new, only_areas=[area(0, 0, 600, 90, "side=old")])) == [("inserted", "", "added below")]


def test_styles_and_moves_inside_an_area_are_not_told() -> None:
    old = document([("plain words here", 100.0, 0), ("and others there", 700.0, 0)])
    new = document([("*plain* words here", 100.0, 0), ("*and* others there", 700.0, 0)])
    result = found(old, new, ignore_areas=[area(0, 650, 600, 800)])
    assert [c.old.text for c in result.changes if c.old] == ["plain"]


def test_whole_match_part_of_a_word_and_match_over_words() -> None:
    pairs = [
        (r"\d{4}-\d\d-\d\d", "issued 2024-01-05 by us", "issued 2025-11-30 by us"),
        (r"Rev\. [A-Z]", "drawing Rev. B sheet", "drawing Rev. C sheet"),
        (r"PN\d+", "part (PN100), new", "part (PN200), new"),
        (r"\d{1,2} \p{L}+ \d{4}", "on 3 März 2024 it ends", "on 12 Juni 2025 it ends"),
        (r"(?i)page \d+", "see Page 4 below", "see page 5 below"),
    ]
    for pattern, old, new in pairs:
        result = found(document(old), document(new), ignore_text=[pattern])
        assert told(result) == [], pattern
        assert sum(result.detail["ignored"].values()) >= 1


def test_what_a_pattern_does_not_match_is_still_told() -> None:
    old, new = document("drawing Rev. B of pump 7"), document("drawing Rev. C of pump 8")
    assert told(found(old, new, ignore_text=[r"Rev\. [A-Z]"])) == [("replaced", "7", "8")]
    assert told(found(old, document("drawing Rev. pump 7"), ignore_text=[r"Rev\. [A-Z]"])) == [("deleted", "of", "")]


def test_a_date_that_became_words_is_told() -> None:
    old, new = document("due on 2024-01-05 at noon"), document("due on request at noon")
    assert told(found(old, new, ignore_text=[r"\d{4}-\d\d-\d\d"])) == [("replaced", "2024-01-05", "request")]


def test_an_ignored_stretch_does_not_swallow_what_stands_between() -> None:
    old = document("a1 a2 a3 a4 a5 common b1 b2 b3 b4 b5 tail of the line")
    new = document("z1 z2 z3 z4 z5 common y1 y2 y3 y4 y5 tail of the line")
    result = found(old, new, ignore_text=["[abyz][1-5]"])
    assert told(result) == []


def test_ignored_case_and_punctuation_are_counted() -> None:
    result = found(document("The Buyer, as named"), document("the buyer as named"), ignore=["case", "punctuation"])
    assert result.changes == ()
    assert result.detail["ignored"] == {"case": 1, "punctuation": 1}


def test_a_running_header_is_ignored_by_name_by_text_and_by_place() -> None:
    body = "some text that fills the page with words of its own number {}"
    old, new = (
        document(*([(f"Report {rev} of the year", 20.0, 2), (body.format(k), 300.0, 0)] for k in range(1, 6)))
        for rev in ("A17", "B18")
    )
    assert told(found(old, new)) == [("replaced", "A17", "B18")]
    for options in (
        {"ignore": ["headers"]},
        {"ignore_text": [r"Report \w+"]},
        {"ignore_areas": ["top-left 0,0 *x20 name=Head"]},
    ):
        result = found(old, new, **options)
        assert told(result) == [], options
        assert sum(result.detail["ignored"].values()) == 1


def test_a_header_hidden_on_some_pages_is_told_for_the_others() -> None:
    body = "some text that fills the page with words of its own number {}"
    old, new = (
        document(*([(f"Report {rev} of the year", 20.0, 2), (body.format(k), 300.0, 0)] for k in range(1, 6)))
        for rev in ("A17", "B18")
    )
    result = found(old, new, ignore_areas=["top-left 0,0 *x20 pages=2-"])
    assert [[r.page for r in side.regions] for c in result.changes for side in (c.old, c.new) if side] == [[1], [1]]


def test_rules_of_severity_hold_in_their_order() -> None:
    old, new = document("pay 30 days after receipt"), document("pay 45 days after receipt")
    rules = [
        {"severity": "minor", "pattern": "^45$", "name": "agreed"},
        {"severity": "normal", "layer": "text"},
    ]
    (change,) = found(old, new, severity=rules).changes
    assert (change.severity, change.detail["reason"]) == ("minor", "agreed")
    (change,) = found(old, new, severity=rules[1:]).changes
    assert (change.severity, change.detail["reason"]) == ("normal", found(old, new).changes[0].detail["reason"])


def test_a_change_of_size_is_told_from_the_chosen_step_on() -> None:
    old = document(
        [
            ("one long line of many words that stays just as it was before", 100.0, 0),
            ("another line that shrinks", 112.0, 0),
        ]
    )  # 10 pt
    new = document(
        [
            ("one long line of many words that stays just as it was before", 100.0, 0),
            ("another line that shrinks", 112.0, 2),
        ]
    )  # 8 pt: the other is 25 % larger, whichever is the old one
    for one, other in ((old, new), (new, old)):
        assert [str(c.layer) for c in found(one, other, size_percent=24).changes] == ["style"]
        assert found(one, other, size_percent=26).changes == ()


def noted(*notes: tuple[str, float], **properties: str) -> Document:
    """A page with comments, each a text and its top in points."""
    items = tuple(
        Item(layer="annotation", sort="note", key="", page=1, boxes=((72.0, y, 172.0, y + 20),), text=text,
             properties=properties)
        for text, y in notes
    )  # fmt: skip
    return replace(document("some words that stand here and do not change at all"), items=items)


@pytest.mark.parametrize(
    ("options", "left", "counted"),
    [
        ({}, ["check by 2025-01-05", "see Section 5"], {}),
        ({"ignore_areas": ["bottom-left 0,0 *x60 name=Foot"]}, ["see Section 5"], {"Foot": 1}),
        ({"only_areas": ["bottom-left 0,0 *x60"]}, ["check by 2025-01-05"], {"outside the chosen areas": 1}),
        ({"ignore_text": [{"pattern": r"\d{4}-\d\d-\d\d", "name": "Dates"}]}, ["see Section 5"], {"Dates": 1}),
    ],
)
def test_objects_are_ignored_by_place_and_by_text(
    options: dict[str, Any], left: list[str], counted: dict[str, int]
) -> None:
    old = noted(("check by 2024-01-05", 700.0), ("see Section 4", 300.0))
    new = noted(("check by 2025-01-05", 700.0), ("see Section 5", 300.0))
    result = found(old, new, **options)
    assert sorted(c.new.text for c in result.changes if c.new) == sorted(left)
    assert result.detail.get("ignored", {}) == counted


def test_an_object_that_differs_in_more_than_ignored_text_is_told() -> None:
    old, new = noted(("Check by 2024-01-05", 700.0), author="Ann"), noted(("check by 2025-01-05", 700.0), author="Bob")
    rules = {"ignore_text": [r"\d{4}-\d\d-\d\d"], "ignore": ["case"]}
    assert len(found(old, new, **rules).changes) == 1
    same = noted(("check, by 2025-01-05", 700.0), author="Ann")
    assert len(found(old, same, **rules).changes) == 1
    rules["ignore"] = ["case", "punctuation"]
    result = found(old, same, **rules)
    assert result.changes == ()
    assert set(result.detail["ignored"]) == {r"\d{4}-\d\d-\d\d", "case", "punctuation"}


def test_a_new_object_is_told_whatever_it_says() -> None:
    result = found(noted(), noted(("2025-01-05", 700.0)), ignore_text=[r"\d{4}-\d\d-\d\d"])
    assert [str(c.kind) for c in result.changes] == ["inserted"]


def test_without_rules_nothing_is_said_of_ignoring() -> None:
    assert "ignored" not in found(document("a b"), document("a c")).detail
