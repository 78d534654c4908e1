"""Places carried from one side to the other by the words around them."""

from __future__ import annotations

from core.alignment import Alignment
from core.compare import align
from core.options import CompareOptions
from tests.builders import document

TEXT = "\n".join(f"line {k} of a page with words of its own such as w{k} and v{k}" for k in range(12))


def _aligned(old: str, new: str) -> Alignment:
    return align(document(old), document(new), CompareOptions())


def test_a_place_goes_where_the_words_around_it_went() -> None:
    moved = _aligned(TEXT, "three\nmore\nlines\n" + TEXT)
    assert moved.carried(0, 1, (100.0, 160.0, 120.0, 170.0)) == (1, (100.0, 196.0, 120.0, 206.0))
    assert moved.carried(1, 1, (100.0, 196.0, 120.0, 206.0)) == (1, (100.0, 160.0, 120.0, 170.0))


def test_without_words_it_is_the_same_place_of_the_partner() -> None:
    empty = _aligned("", "")
    assert empty.carried(0, 1, (1.0, 2.0, 3.0, 4.0)) == (1, (1.0, 2.0, 3.0, 4.0))
