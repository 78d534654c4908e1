"""Ligatures and small capitals: read alike, and told where somebody asks for them."""

from __future__ import annotations

import pytest
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from core.compare import compare
from core.model import Comparison, Flag
from core.options import SHOWABLE, CompareOptions
from tests.unit.core.pdfs import drawn
from tests.unit.core.tables.sheets import read_bytes

LETTER_SIZE, SMALL_SIZE = 12.0, 9.6
SORTS = ("ligatures", "small_caps")


def page(text: str) -> bytes:
    """One line. Between bars stand small capitals, set as smaller capitals; between underscores an index."""

    def draw(canvas: Canvas) -> None:
        pdfmetrics.registerFont(TTFont("Vera", "Vera.ttf"))
        line = canvas.beginText(72, 700)
        for k, part in enumerate(text.split("|")):
            for letter in part:
                is_small = k % 2 and letter.islower()
                line.setFont("Vera", SMALL_SIZE if is_small else LETTER_SIZE)
                line.textOut(letter.upper() if is_small else letter)
        canvas.drawText(line)

    return drawn(draw)


def shown(old: str, new: str, *sorts: str) -> Comparison:
    options = CompareOptions(layers=("text",), show=sorts)
    return compare(read_bytes(page(old)), read_bytes(page(new)), options)


CASES = {
    "ligatures": ("we ﬁnd it here", "we find it here", "ﬁnd", "find", "letters instead of ligatures"),
    "small_caps": (
        "this |Contract of Sale| binds",
        "this Contract of Sale binds",
        "CONTRACT",
        "Contract",
        "small letters instead of small capitals set as capitals",
    ),
}


@pytest.mark.parametrize("sort", SORTS)
def test_it_is_no_change_unless_it_is_asked_for(sort: str) -> None:
    old, new, before, after, difference = CASES[sort]
    assert shown(old, new).changes == ()
    assert shown(old, new, *(other for other in SHOWABLE if other != sort)).changes == ()
    for way, told in ((shown(old, new, sort), (before, after)), (shown(new, old, sort), (after, before))):
        change = way.changes[0]
        assert change.old and change.new
        assert (change.old.text, change.new.text) == told
        assert (change.kind, change.severity, change.detail["reason"]) == ("replaced", "minor", sort)
    assert shown(old, new, sort).changes[0].detail["difference"] == difference
    odd, usual = difference.split(" instead of ")[::-1]
    assert shown(new, old, sort).changes[0].detail["difference"] == f"{odd} instead of {usual}"


def test_each_word_of_small_capitals_is_one_difference() -> None:
    old, new, *_ = CASES["small_caps"]
    told = [(c.old.text, c.new.text) for c in shown(old, new, "small_caps").changes if c.old and c.new]
    assert told == [("CONTRACT", "Contract"), ("OF", "of"), ("SALE", "Sale")]


def test_small_capitals_are_the_same_as_capitals_of_one_size() -> None:
    assert shown("this |Contract| binds", "this CONTRACT binds").changes == ()
    assert shown("this |Contract| binds", "this |Contract| binds").changes == ()


def test_capitals_and_small_letters_stay_a_change() -> None:
    (change,) = shown("this CONTRACT binds", "this Contract binds").changes
    assert change.old and change.new
    assert (change.old.text, change.new.text) == ("CONTRACT", "Contract")


def test_a_word_of_small_capitals_that_changes_is_told_as_drawn() -> None:
    (change,) = shown("this |Contract| binds", "this |Agreement| binds").changes
    assert change.old and change.new
    assert (change.old.text, change.new.text) == ("CONTRACT", "AGREEMENT")


def test_a_letter_with_an_index_is_none_of_small_capitals() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 12)
        canvas.drawString(72, 700, "value X")
        canvas.setFont("Helvetica", 8)
        canvas.drawString(72 + canvas.stringWidth("value X", "Helvetica", 12), 697, "MAX")

    words = read_bytes(drawn(draw)).words
    assert not (words.flags & (Flag.SMALL_CAPS | Flag.LOW_CAPS)).any()
