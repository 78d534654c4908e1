"""Jobs: every comparison of the workspace with its state; waiting and running ones move, failed ones can be retried."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from core.errors import PdfCompareError
from service.access import Actor
from service.views import ComparisonView
from ui import navigation, notes, phrases, runtime, state
from ui.job import bar

_PAGE = 25
_MOST = 200
_POLL_SECONDS = 1.0
_WIDTHS = (1.1, 5, 3.6, 2)
_COLORS = {"queued": "gray", "running": "blue", "done": "green", "failed": "red", "cancelled": "gray"}


def _limit() -> int:
    wanted = st.query_params.get("show", "")
    return min(_MOST, int(wanted)) if wanted.isdecimal() and int(wanted) > 0 else _PAGE


def _row(actor: Actor, found: ComparisonView, now: datetime) -> None:
    badge, names, what, actions = st.columns(_WIDTHS, vertical_alignment="center")
    with badge:
        st.badge(phrases.STATES[found.state], color=_COLORS[found.state])  # type: ignore[arg-type]
    with names:
        st.markdown(f"{phrases.plain(found.old.name)} :gray[→] {phrases.plain(found.new.name)}")
        st.caption(_facts(found, now))
    with what:
        if found.is_live:
            bar(found)
        elif found.state == "failed":
            what_happened, remedy = phrases.failure(found)
            st.markdown(f":red[{phrases.plain(what_happened)}] {phrases.plain(remedy)}")
        else:
            st.markdown(phrases.findings(found.summary))
    with actions, st.container(horizontal=True, horizontal_alignment="right"):
        _actions(actor, found)


def _facts(found: ComparisonView, now: datetime) -> str:
    facts = [phrases.moment(found.created_at, now, state.zone()), f"{found.old.page_count:,} and {_new_pages(found)}"]
    if found.started_at and found.finished_at:
        facts.append(phrases.duration((found.finished_at - found.started_at).total_seconds()))
    return " · ".join(facts)


def _new_pages(found: ComparisonView) -> str:
    return phrases.counted(found.new.page_count, "page")


def _actions(actor: Actor, found: ComparisonView) -> None:
    comparisons = runtime.services().comparisons
    names = f"{found.old.name} and {found.new.name}"
    if found.state == "done":
        navigation.result_link(found.id)
    elif found.is_live:
        if st.button("Cancel", key=f"cancel_{found.id}", help=f"Stop comparing {phrases.plain(names)}"):
            comparisons.cancel(actor, found.id)
            st.rerun(scope="fragment")
    elif st.button("Try again", key=f"retry_{found.id}", help=f"Compare {phrases.plain(names)} again"):
        comparisons.retry(actor, found.id)
        st.rerun()


def page(actor: Actor) -> None:
    comparisons = runtime.services().comparisons
    limit = _limit()
    st.title("Jobs")
    found, _ = comparisons.list(actor, limit=limit)
    if not found:
        st.text("Nothing has been compared yet.")
        if st.button("Compare two PDFs", type="primary"):
            navigation.to_compare()
        return
    is_live = any(comparison.is_live for comparison in found)

    @st.fragment(run_every=_POLL_SECONDS if is_live else None)
    def rows() -> None:
        try:
            listed, following = comparisons.list(actor, limit=limit)
        except PdfCompareError as error:
            notes.problem(error.message, error.help)
            return
        now = datetime.now(UTC)
        for comparison in listed:
            with st.container(key=f"row_{comparison.id}", border=True):
                _row(actor, comparison, now)
        if following and limit < _MOST and st.button("Show more"):
            st.query_params["show"] = str(limit + _PAGE)
            st.rerun()
        if is_live and not any(comparison.is_live for comparison in listed):
            st.rerun()  # the timer of this fragment is set by a full run; without live jobs there is none

    rows()


_actor = state.actor()
if _actor is not None:
    page(_actor)
