"""A rule made from a change leaves out what is like it, and never a part of another word or amount."""

from __future__ import annotations

import pytest

from core.alike import without_alike
from core.errors import OptionsError
from core.options import CompareOptions
from core.patterns import compiled
from tests.results import Json, change, side


def rule_of(one: Json) -> str:
    options, _ = without_alike(CompareOptions(), one)
    [rule] = options.ignore_text
    return rule.pattern


def test_the_words_of_both_sides_are_left_out_wherever_they_stand_whole() -> None:
    pattern = compiled(rule_of(change("replaced", side("30 days"), side("45 days"))))
    for text in ("30 days", "within 30 days of", "45 days later", "for 45 days", "a\0" + "30 days\0b"):
        assert pattern.found_in(text), text
    for text in ("130 days", "30 days,", "2.30 days", "30 dayslong", "30  days", "-30 days", "30-day"):
        assert not pattern.found_in(text), text


@pytest.mark.parametrize("text", ["a.b*c", "(1)", "€ 5", "Ωmega ü", "x|y", "\\d+", "合同", "$5 [b]"])
def test_signs_of_patterns_are_taken_as_they_are(text: str) -> None:
    pattern = compiled(rule_of(change("deleted", side(text), None)))
    assert pattern.found_in(f"so {text} there") and not pattern.found_in("so  there 12 abc xy")


def test_what_is_no_text_is_left_out_by_its_place_on_its_pages() -> None:
    picture = change("replaced", side("", 2, (72, 144, 144, 216)), side("", 3, (72, 144, 144, 216)), layer="image")
    options, told = without_alike(CompareOptions(), picture)
    old, new = options.ignore_areas
    assert (old.side, old.pages, new.side, new.pages) == ("old", "2", "new", "3")
    x0, y0, x1, y1 = old.box(600, 800)
    assert x0 <= 72 and y0 <= 144 and x1 >= 144 and y1 >= 216 and (x1 - x0) < 72 + 15
    assert "top-left" in told


def test_rules_are_added_to_those_that_are_there_and_the_profile_is_no_longer_that() -> None:
    options = CompareOptions(ignore_text=("x",), profile="contract")  # type: ignore[arg-type]
    made, _ = without_alike(options, change("inserted", None, side("Annex")))
    assert made.ignore_text[0].pattern == "x" and len(made.ignore_text) == 2
    assert made.profile == ""


@pytest.mark.parametrize(
    "one",
    [
        change("replaced", {"text": "", "regions": []}, {"text": "", "regions": []}, layer="metadata"),
        change("inserted", None, side("a whole page"), layer="page"),
        change("inserted", None, side("word " * 400)),
    ],
)
def test_what_can_become_no_rule_says_so(one: Json) -> None:
    with pytest.raises(OptionsError):
        without_alike(CompareOptions(), one)
