"""Patterns of users: what matches, what is refused, and that none can run away."""

from __future__ import annotations

import time

import pytest

from core.errors import OptionsError
from core.patterns import compiled


def test_matches_are_told_in_characters_of_any_script() -> None:
    text = "Änderung: Rev. B – 変更 Rev. C"
    assert [text[a:b] for a, b in compiled(r"Rev\. \w").spans(text)] == ["Rev. B", "Rev. C"]
    assert compiled(r"Rev\. \w").without(text) == "Änderung:  – 変更 "


def test_empty_matches_are_none() -> None:
    assert list(compiled("x*").spans("abxxc")) == [(2, 4)]


def test_a_pattern_that_makes_others_run_for_ever_is_quick() -> None:
    started = time.process_time()
    assert not compiled(r"^(a+)+$").found_in("a" * 200_000 + "!")
    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    "wrong", ["", " ", "(", r"(a)\1", "a(?=b)", "(?<!a)b", "a{1001}", "((a{90}){90}){90}", "x" * 501, "a\0b", "[z-a]"]
)
def test_what_cannot_be_used_is_refused_with_a_remedy(wrong: str) -> None:
    with pytest.raises(OptionsError) as caught:
        compiled(wrong)
    assert "\n" not in caught.value.message
    assert caught.value.help.endswith(".")
