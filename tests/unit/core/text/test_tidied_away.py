"""Differences of layout are no changes, and each sort of them can be asked for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.compare import compare
from core.model import Comparison, Document, Flag
from core.options import SHOWABLE, CompareOptions
from tests.builders import document

CASES = {
    "hyphenation": ("the whole agree~\nment is void now", "the whole agreement is void now", "agree-ment", "agreement"),
    "quotes": ("the “buyer” is bound", 'the "buyer" is bound', "“buyer”", '"buyer"'),
    "dashes": ("pages 3–5 are new", "pages 3-5 are new", "3–5", "3-5"),
    "spaces": ("the C O N T R A C T of sale", "the CONTRACT of sale", "C O N T R A C T", "CONTRACT"),
    "characters": ("wait… then go on", "wait... then go on", "wait…", "wait..."),
}


def shown(old: str, new: str, *sorts: str, ignore: tuple[str, ...] = ()) -> Comparison:
    return compare(document(old), document(new), CompareOptions(show=sorts, ignore=ignore))


@pytest.mark.parametrize("sort", CASES)
def test_a_sort_is_told_when_asked_for_and_no_other_is(sort: str) -> None:
    old, new, before, after = CASES[sort]
    assert shown(old, new).changes == ()
    others = tuple(other for other in SHOWABLE if other != sort)
    assert shown(old, new, *others).changes == ()
    (change,) = shown(old, new, *SHOWABLE).changes
    assert (change.severity, change.detail["reason"], change.kind) == ("minor", sort, "replaced")
    assert change.old and change.new
    assert (change.old.text, change.new.text) == (before, after)


def beside_ideographs(gap: float, *, glued: bool) -> Document:
    """`有 show 和 hide`, without blanks but for one before `和` if it is not glued; `gap` points stand there."""
    found = document("有 show 和 hide")
    box, flags = found.words.box.copy(), found.words.flags.copy()
    box[1:, [0, 2]] -= 4
    box[2:, [0, 2]] += gap - 4
    box[3:, [0, 2]] -= 4
    flags[1:] |= int(Flag.GLUED)
    if not glued:
        flags[2] ^= int(Flag.GLUED)
    return replace(found, words=replace(found.words, box=box, flags=flags))


def test_a_blank_beside_an_ideograph_is_told_when_asked_for() -> None:
    sides = beside_ideographs(0.0, glued=True), beside_ideographs(2.7, glued=False)
    assert compare(*sides, CompareOptions()).changes == ()
    assert compare(*sides, CompareOptions(show=("quotes", "characters"))).changes == ()
    for old, new, told in ((*sides, ("show和", "show 和")), (*sides[::-1], ("show 和", "show和"))):
        (change,) = compare(old, new, CompareOptions(show=("spaces",))).changes
        assert change.old and change.new
        assert (change.old.text, change.new.text) == told
        assert change.detail["reason"] == "spaces"


def test_a_blank_that_nobody_sees_is_not_told() -> None:
    sides = beside_ideographs(0.5, glued=True), beside_ideographs(0.5, glued=False)
    assert compare(*sides, CompareOptions(show=("spaces",))).changes == ()


def test_a_real_change_beside_keeps_its_name_and_its_words() -> None:
    old, new = "the “buyer” pays 30 days net", 'the "buyer" pays 45 days net'
    (plain,) = shown(old, new).changes
    both = shown(old, new, "quotes").changes
    assert [c.detail["reason"] for c in both] == ["quotes", plain.detail["reason"]]
    assert both[1].id == plain.id


def test_the_same_difference_in_many_places_is_one_change() -> None:
    old = "\n".join(f"item {k} is “good” here" for k in range(25))
    new = old.replace("“", '"').replace("”", '"')
    (change,) = shown(old, new, "quotes").changes
    assert change.detail["places"] == 25
    assert change.old is not None
    assert len(change.old.regions) == 25


def test_what_is_ignored_is_not_shown() -> None:
    assert shown("the “Buyer” is bound", 'the "buyer" is bound', "quotes", ignore=("case", "punctuation")).changes == ()


def test_swapped_sides_mirror_the_result() -> None:
    for old, new, before, after in CASES.values():
        (change,) = shown(new, old, *SHOWABLE).changes
        assert change.old and change.new
        assert (change.old.text, change.new.text) == (after, before)
