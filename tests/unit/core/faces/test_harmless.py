"""No cell of any CSV runs as a formula."""

from __future__ import annotations

import pytest

from core.faces.csv import harmless


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n"])
def test_what_begins_like_a_formula_is_text(begin: str) -> None:
    assert harmless(f"{begin}1+1") == f"'{begin}1+1"


@pytest.mark.parametrize("cell", ["1 = 1", "a@example.org", 5, -5, "", None])
def test_what_is_none_stays_as_it_is(cell: str | int | None) -> None:
    assert harmless(cell) == cell
