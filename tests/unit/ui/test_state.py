"""What a session keeps of where its user is."""

from __future__ import annotations

import pytest

from ui import state


@pytest.fixture
def mine(monkeypatch: pytest.MonkeyPatch) -> state.State:
    kept = state.State()
    monkeypatch.setattr(state, "state", lambda: kept)
    monkeypatch.setattr(state, "save", lambda: None)
    return kept


def test_the_views_of_the_last_comparisons_are_kept(mine: state.State) -> None:
    for number in range(30):
        state.remember_view(str(number), {"zoom": number})
    state.remember_view("25", {"zoom": 0})
    assert len(mine.views) == 10
    assert list(mine.views)[-1] == "25"
    assert mine.views["25"] == {"zoom": 0}


def test_what_is_too_long_for_a_view_is_not_kept(mine: state.State) -> None:
    state.remember_view("1", {"filter": {"query": "x" * 5000}})
    assert mine.views == {}
