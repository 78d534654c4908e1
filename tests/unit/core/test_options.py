"""Choices are checked, kept in one form, and say which pages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import OptionsError
from core.options import CompareOptions, Limits, chosen_pages, page_ranges, parse_pages, share_of


@pytest.mark.parametrize(
    ("ranges", "expected"),
    [
        (None, [1, 2, 3, 4, 5]),
        ("2", [2]),
        ("4-", [4, 5]),
        ("1-2, 2-3", [1, 2, 3]),
        ("5,1", [1, 5]),
        ("4-900", [4, 5]),
        ("6-", []),
    ],
)
def test_ranges_choose_the_pages_that_exist(ranges: str | None, expected: list[int]) -> None:
    assert chosen_pages(ranges, 5) == expected


@pytest.mark.parametrize("ranges", ["", "a", "0", "0-3", "3-2", "-3", "1,,2", "1-2-3", "1;2"])
def test_what_is_no_range_is_refused(ranges: str) -> None:
    with pytest.raises(OptionsError):
        parse_pages(ranges)


@given(st.sets(st.integers(1, 60), min_size=1))
def test_ranges_written_are_ranges_read(numbers: set[int]) -> None:
    pages = sorted(numbers)
    assert chosen_pages(page_ranges(pages), 60) == pages


@given(st.integers(0, 50), st.integers(1, 20))
def test_shares_are_all_pages_in_order(count: int, parts: int) -> None:
    pages = list(range(1, count + 1))
    shares = [share_of(pages, part, parts) for part in range(parts)]
    assert [page for share in shares for page in share] == pages
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


def test_equal_choices_have_one_form() -> None:
    one = CompareOptions(layers=("style", "text"), ignore=("moves", "case"))
    other = CompareOptions(layers=("text", "style"), ignore=("case", "moves"))
    assert one.canonical() == other.canonical()
    assert CompareOptions.from_json(one.to_json()) == one


def test_all_choices_come_back_as_they_were_sent() -> None:
    options = CompareOptions.from_json(
        {
            "show": ["dashes", "quotes"],
            "ignore_areas": ["bottom-right 10,10 60x30 pages=2- side=new name=Title block"],
            "only_areas": [{"corner": "top-left", "x": 0, "y": 20}],
            "ignore_text": [r"Rev\. \w", {"pattern": r"\d{4}-\d\d-\d\d", "name": "Dates"}],
            "severity": [{"severity": "minor", "reason": "spelling"}],
            "size_percent": 2,
            "registrations": ["3=4 20,30=25,31 280,190=285.5,191"],
            "profile": "contract",
        }
    )
    assert CompareOptions.from_json(options.to_json()) == options
    assert options.show == ("quotes", "dashes")
    assert options.ignore_text[0].label == r"Rev\. \w"


def test_options_of_an_older_version_are_still_read() -> None:
    stored = {"layers": ["text"], "ignore": ["case", "whitespace"], "show_running": True, "pages": None, "ocr": "never"}
    read = CompareOptions.from_json(stored)
    assert {key: read.to_json()[key] for key in stored} == stored
    assert (read.ignore_areas, read.severity, read.size_percent) == ((), (), 6.0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"layers": ["txt"]},
        {"ignore": ["all"]},
        {"ocr": "maybe"},
        {"ocr_languages": []},
        {"ocr_languages": ["../eng"]},
        {"layers": ["drawings"]},
        {"pages": "x"},
        {"colour": True},
        {"layers": None},
        {"show": ["bold"]},
        {"show": ["spaces"], "ignore": ["whitespace"]},
        {"ignore_areas": ["middle 0,0 1x1"]},
        {"ignore_areas": "top-left 0,0 1x1"},
        {"only_areas": [["top-left", 0, 0]]},
        {"ignore_areas": [f"top-left {k},0 1x1" for k in range(101)]},
        {"ignore_text": ["(?=x)"]},
        {"ignore_text": [{"name": "no pattern"}]},
        {"ignore_text": [{"pattern": "x", "name": 7}]},
        {"severity": [{"severity": "fatal", "layer": "text"}]},
        {"severity": [{"severity": "minor"}]},
        {"severity": [{"severity": "minor", "layer": "sound"}]},
        {"severity": [{"severity": "minor", "kind": "gone"}]},
        {"severity": [{"severity": "minor", "pattern": "["}]},
        {"size_percent": 0},
        {"size_percent": "6"},
        {"size_percent": True},
        {"show_running": 1},
        {"profile": "p" * 81},
    ],
)
def test_a_wrong_choice_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(OptionsError):
        CompareOptions.from_json(wrong)


def test_limits_come_back_as_they_were_sent() -> None:
    limits = Limits(pages=7, page_seconds=1.5)
    assert Limits.from_json(limits.to_json()) == limits
    assert Limits.from_json(None) == Limits()
