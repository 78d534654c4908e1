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


@pytest.mark.parametrize(
    "wrong",
    [
        {"layers": ["txt"]},
        {"ignore": ["all"]},
        {"ocr": "maybe"},
        {"ocr": "auto"},
        {"layers": ["drawing"]},
        {"pages": "x"},
        {"colour": True},
        {"layers": None},
    ],
)
def test_a_wrong_choice_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(OptionsError):
        CompareOptions.from_json(wrong)


def test_limits_come_back_as_they_were_sent() -> None:
    limits = Limits(pages=7, page_seconds=1.5)
    assert Limits.from_json(limits.to_json()) == limits
    assert Limits.from_json(None) == Limits()
