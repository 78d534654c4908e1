"""Small letters that a font draws as small capitals: the same words, and another look."""

from __future__ import annotations

from core.compare import compare
from core.faces.style import style_words
from core.model import Comparison, Flag
from core.options import CompareOptions
from tests.unit.core.engines.test_reading import flagged
from tests.unit.core.engines.test_reading_fonts import GLYPHS, composite, ranges_of
from tests.unit.core.tables.sheets import read_bytes

SENTENCE = "an old rule on modes"
#: Codes of glyphs without a stroke above the others, in place of d and l, as small capitals have none.
CODES = {"d": "z", "l": "x"}


def page(*small: str) -> bytes:
    """The sentence, these words of it drawn without any strokes above or below the others; and a line more."""
    shown = " ".join("".join(CODES.get(c, c) for c in w) if w in small else w for w in SENTENCE.split())
    ranges = ranges_of(SENTENCE + "chm")
    ranges += [f"<{GLYPHS[code]:04x}><{GLYPHS[code]:04x}><{ord(letter):04x}>" for letter, code in CODES.items()]
    return composite(shown, "no such name as one man can use here", ranges="\n".join(ranges))


def compared(old: bytes, new: bytes, *layers: str) -> Comparison:
    return compare(read_bytes(old), read_bytes(new), CompareOptions(layers=layers or ("text", "style")))


def test_small_capitals_that_become_ordinary_letters_are_one_change_of_style() -> None:
    for way, word in (((page(*SENTENCE.split()), page()), "no longer"), ((page(), page(*SENTENCE.split())), "now")):
        (change,) = compared(*way).changes
        assert change.old and change.new
        assert (change.layer, change.kind) == ("style", "replaced")
        assert change.old.text == change.new.text == SENTENCE
        assert style_words(change.detail) == f"{word} small capitals"
        assert compared(*way, "text").changes == ()


def test_the_same_small_capitals_on_both_sides_are_no_change() -> None:
    assert compared(page(*SENTENCE.split()), page(*SENTENCE.split())).changes == ()


def test_words_without_a_letter_that_tells_go_with_their_neighbours() -> None:
    assert flagged(read_bytes(page("old", "rule")), Flag.SMALL_GLYPHS) == ["an", "old", "rule", "on"]


def test_ordinary_letters_are_none() -> None:
    assert flagged(read_bytes(page()), Flag.SMALL_GLYPHS) == []
