"""Result: both revisions side by side with every change marked; `?comparison=…&change=…` names what is shown."""

from __future__ import annotations

import streamlit as st

from core.errors import NotFound
from service.access import Actor
from ui import navigation, notes, runtime, state
from ui.viewer import viewer


def _remember(change: str | None) -> None:
    if change is None:
        st.query_params.pop("change", None)
    else:
        st.query_params["change"] = change


def _asked_for() -> str | None:
    """The comparison in the address, else the one that was open before; then the address is completed."""
    named = st.query_params.get("comparison")
    if named is None and (named := state.state().result) is not None:
        st.query_params["comparison"] = named
    return named


def page(actor: Actor) -> None:
    """Draw the view: the viewer on the comparison that the address names."""
    comparison_id = _asked_for()
    if comparison_id is None:
        st.text("No result is open yet.")
        if st.button("Compare two files", type="primary"):
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
    # The change at arrival; see `viewer`.
    arrival = st.session_state.setdefault(f"arrival_{found.id}", st.query_params.get("change"))
    viewer(found.id, focus=arrival, csrf=state.csrf(), on_change=_remember)


_actor = state.actor()
if _actor is not None:
    page(_actor)
