"""A job in progress, in place: state, progress, cancel; at its end the result opens by itself."""

from __future__ import annotations

import streamlit as st

from core.errors import NotFound
from core.options import CompareOptions
from service.access import Actor
from service.views import ComparisonView
from ui import navigation, notes, phrases, runtime, state

POLL_SECONDS = 0.7


def start(actor: Actor, old_id: str, new_id: str, options: CompareOptions) -> None:
    """Submit a comparison and remember that the user waits for it; the Compare page shows it."""
    mine = state.state()
    mine.comparison = runtime.services().comparisons.submit(actor, old_id, new_id, options).id
    state.save()


def watch(actor: Actor, comparison_id: str) -> None:
    """Show the comparison that the user waits for until it ends, then open its result."""
    comparisons = runtime.services().comparisons
    try:
        is_live = comparisons.get(actor, comparison_id).is_live
    except NotFound:
        _forget()
        return

    @st.fragment(run_every=POLL_SECONDS if is_live else None)
    def body() -> None:
        try:
            found = comparisons.get(actor, comparison_id)
        except NotFound:
            _forget()
            st.rerun()
        if found.state == "done":
            mine = state.state()
            mine.comparison, mine.result = None, found.id
            state.save()
            navigation.to_result(found.id)
        with st.container(border=True, key="job"):
            if found.is_live:
                _progress(actor, found)
            else:
                _ended(actor, found)

    body()


def bar(found: ComparisonView) -> None:
    """The progress bar of a live comparison, with its sentence."""
    if found.state == "queued":
        st.progress(0.0, text=phrases.queue(found.queue_position))
    else:
        share, text = phrases.progress(found.progress)
        st.progress(share, text=text)


def _progress(actor: Actor, found: ComparisonView) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        bar(found)
        if st.button("Cancel", key="cancel"):
            runtime.services().comparisons.cancel(actor, found.id)
            st.rerun(scope="fragment")


def _ended(actor: Actor, found: ComparisonView) -> None:
    if found.error is not None:
        notes.problem(*phrases.failure(found))
    else:
        st.text("The comparison was cancelled.")
    with st.container(horizontal=True):
        if st.button("Try again", key="retry"):
            runtime.services().comparisons.retry(actor, found.id)
            st.rerun()
        if st.button("Close", key="close"):
            _forget()
            st.rerun()


def _forget() -> None:
    state.state().comparison = None
    state.save()
