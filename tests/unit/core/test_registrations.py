"""Sheets laid by hand: read in two forms, refused where they make no sense."""

from __future__ import annotations

import json

import pytest

from core.errors import OptionsError
from core.options import CompareOptions
from core.profiles import Profile, overlaid
from core.registrations import Registration

TEXT = "3=4 20,30=25,31 280,190=285,191"


def test_both_forms_say_the_same() -> None:
    read = Registration.from_text(TEXT)
    assert (read.old_page, read.new_page) == (3, 4)
    assert (read.old, read.new) == (((20, 30), (280, 190)), ((25, 31), (285, 191)))
    assert (read.scale, read.turn) == (pytest.approx(1), pytest.approx(0))
    assert read.to_text() == TEXT
    assert Registration.from_json(json.loads(json.dumps(read.to_json()))) == read


def test_a_quarter_turn_and_half_the_size_are_told() -> None:
    read = Registration.from_text("1=1 10,10=100,10 110,10=100,60")
    assert (read.scale, read.turn) == (pytest.approx(0.5), pytest.approx(90))


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ("3=4 20,30=25,31", "cannot read"),
        ("0=4 20,30=25,31 280,190=285,191", "page number"),
        ("1=1 20,30=25,31 22,31=285,191", "old page are less than 5 mm apart"),
        ("1=1 20,30=25,31 280,190=27,33", "new page are less than 5 mm apart"),
        ("1=1 20,30=5,5 2080,30=15,5", "scale of 0.00485"),
        ("1=1 20,30=25,31 28000,190=285,191", "from the corner"),
        ({"old_page": 1, "new_page": 1, "old": [[1, 2]], "new": [[1, 2], [30, 40]]}, "needs two points"),
        ({"old_page": 1, "new_page": 1, "old": [[1, 2], [30, "x"]], "new": [[1, 2], [30, 40]]}, "no pair of numbers"),
        ({"old_page": 1, "new_page": 1, "old": [[1, 2], [30, float("nan")]], "new": [[1, 2], [3, 4]]}, "no pair"),
        ({"old_page": True, "new_page": 1, "old": [[1, 2], [30, 9]], "new": [[1, 2], [30, 40]]}, "page number"),
        ({"old_page": 1}, "needs old_page"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_remedy(wrong: object, why: str) -> None:
    with pytest.raises(OptionsError, match=why) as refused:
        Registration.from_json(wrong)
    assert refused.value.help


@pytest.mark.parametrize("other", ["3=5 20,30=25,31 280,190=285,191", "2=4 20,30=25,31 280,190=285,191"])
def test_a_page_is_laid_once(other: str) -> None:
    with pytest.raises(OptionsError, match="laid on two pages"):
        CompareOptions.from_json({"registrations": [TEXT, other]})


def test_they_belong_to_a_pair_and_to_no_profile() -> None:
    options = overlaid(CompareOptions(profile="mine"), {"registrations": [TEXT]})
    assert options.profile == "mine"
    assert "registrations" not in Profile("mine", "", options).to_json()["options"]
    with pytest.raises(OptionsError, match="without profile, pages and registrations"):
        Profile.from_json({"name": "x", "options": {"registrations": []}})
