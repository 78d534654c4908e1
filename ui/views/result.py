"""Result: both revisions side by side with every change marked; `?comparison=…&change=…` names what is shown."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.errors import NotFound
from service.access import Actor
from service.views import ComparisonView
from ui import assistant, navigation, notes, runtime, state
from ui.language import t
from ui.viewer import Arrival, viewer

_HIT = ("file", "page", "find")  #: of the address: digest of the document, page, and the words
_MOST_WORDS = 200


def _remember(comparison_id: str, view: dict[str, Any]) -> None:
    """Keep where the user is: the change in the address, all of it in his session."""
    change = view.get("change")
    if isinstance(change, str):
        st.query_params["change"] = change
    else:
        st.query_params.pop("change", None)
    for name in _HIT:  # he has moved on from what a search had found
        st.query_params.pop(name, None)
    state.remember_view(comparison_id, view)


def _asked_for() -> str | None:
    """The comparison in the address, else the one that was open before; then the address is completed."""
    mine = state.state()
    named = st.query_params.get("comparison")
    if named is None and (named := mine.result) is not None:
        st.query_params["comparison"] = named
        change = mine.views.get(named, {}).get("change")
        if isinstance(change, str):
            st.query_params["change"] = change
    return named


def _hit(found: ComparisonView) -> dict[str, Any] | None:
    """What a search found in one of the two documents, as the address has it."""
    file, page_, words = (st.query_params.get(name, "") for name in _HIT)
    side = "new" if file == found.new.sha256 else "old" if file == found.old.sha256 else None
    if side is None or not words or not page_.isdecimal():
        return None
    return {"side": side, "page": int(page_[:9]), "words": words[:_MOST_WORDS]}


def page(actor: Actor) -> None:
    """Draw the view: the viewer on the comparison that the address names."""
    comparison_id = _asked_for()
    if comparison_id is None:
        with st.container(key="page"):
            st.title(t("Result"))
            st.text(t("No result is open yet."))
            if st.button(t("Compare two files"), type="primary"):
                navigation.to_compare()
        return
    try:
        found = runtime.services().comparisons.get(actor, comparison_id)
    except NotFound as error:
        notes.problem(error.message, error.help)
        return
    mine = state.state()
    if mine.result != found.id:
        mine.result = found.id
        state.save()
    key = f"arrival_{found.id}"
    hit = _hit(found)
    if key not in st.session_state or (hit is not None and hit != st.session_state[key].hit):
        st.session_state[key] = Arrival(st.query_params.get("change"), mine.views.get(found.id, {}), hit)
    if found.state == "done":
        assistant.panel(actor, found)
    viewer(
        found.id,
        arrival=st.session_state[key],
        csrf=state.csrf(),
        on_view=lambda view: _remember(found.id, view),
        go=assistant.wanted(found.id),
    )


_actor = state.actor()
if _actor is not None:
    page(_actor)
