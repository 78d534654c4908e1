"""A comparison's job as the pages show it: in progress in place, or as a row of a list."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import streamlit as st

from core.errors import NotFound, PdfCompareError
from core.options import CompareOptions
from service.access import Actor, Role
from service.views import ComparisonView
from ui import moving, navigation, notes, phrases, runtime, sharing, state, trash
from ui.language import t
from ui.waiting import wait

_WIDTHS = (1, 5, 3.2, 2.8)
_COLORS: dict[str, Literal["gray", "blue", "green", "red"]] = {
    "queued": "gray",
    "running": "blue",
    "done": "green",
    "failed": "red",
    "cancelled": "gray",
}


def start(actor: Actor, old_id: str, new_id: str, options: CompareOptions) -> None:
    """Submit a comparison and remember that the user waits for it; the Compare page shows it."""
    mine = state.state()
    mine.comparison = runtime.services().comparisons.submit(actor, old_id, new_id, options).id
    state.save()


def watch(actor: Actor, comparison_id: str) -> None:
    """Show the comparison that the user waits for until it ends, then open its result."""
    comparisons = runtime.services().comparisons

    @st.fragment
    def body() -> None:
        try:
            found = comparisons.get(actor, comparison_id)
        except NotFound:
            _forget()
            st.rerun()
        except PdfCompareError as error:
            notes.problem(error.message, error.help)  # the next round may find the database again
            wait(comparison_id, None)
            return
        if found.state == "done":
            mine = state.state()
            mine.comparison, mine.result = None, found.id
            state.save()
            navigation.to_result(found.id)
        with st.container(border=found.is_live, key="job"):
            if found.is_live:
                _progress(actor, found)
                wait(comparison_id, found)
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
        if st.button(t("Cancel"), key="cancel"):
            runtime.services().comparisons.cancel(actor, found.id)
            st.rerun()


def _ended(actor: Actor, found: ComparisonView) -> None:
    if found.error is not None:
        notes.failure(found)
    else:
        st.text(t("The comparison was cancelled."))
    with st.container(horizontal=True):
        if st.button(t("Try again"), key="retry"):
            runtime.services().comparisons.retry(actor, found.id)
            st.rerun()
        if st.button(t("Close"), key="close"):
            _forget()
            st.rerun()


def _forget() -> None:
    state.state().comparison = None
    state.save()


def row(actor: Actor, found: ComparisonView, now: datetime, *, with_state: bool = True) -> None:
    """One comparison in a list: state, names, what it found or how far it is, and what can be done."""
    if with_state:
        badge, names, what, actions = st.columns(_WIDTHS, vertical_alignment="center")
        badge.badge(t(phrases.STATES[found.state]), color=_COLORS[found.state])
    else:
        names, what, actions = st.columns(_WIDTHS[1:], vertical_alignment="center")
    with names:
        st.markdown(f"{phrases.plain(found.old.name)} :gray[→] {phrases.plain(found.new.name)}")
        st.caption(_facts(found, now), help=phrases.spent(found.spent) if found.state == "done" else None)
    with what:
        if found.is_live:
            bar(found)
        elif found.state == "failed":
            happened, remedy = phrases.failure(found)
            st.markdown(f":red[{phrases.plain(happened)}] {phrases.plain(remedy)}")
        else:
            st.markdown(phrases.findings(found.summary))
    with actions, st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center", wrap=False):
        _actions(actor, found)


def _facts(found: ComparisonView, now: datetime) -> str:
    pages = phrases.page_counts(found.old.page_count, found.new.page_count)
    facts = [phrases.moment(found.created_at, now, state.zone()), pages]
    if found.started_at and found.finished_at and found.state == "done":
        facts.append(phrases.duration((found.finished_at - found.started_at).total_seconds()))
    return " · ".join(facts)


def _actions(actor: Actor, found: ComparisonView) -> None:
    comparisons = runtime.services().comparisons
    names = phrases.plain(t("{0} and {1}", found.old.name, found.new.name))
    if found.state == "done":
        navigation.result_link(found.id)
        if runtime.services().users.has_accounts and actor.may(Role.EDITOR):
            sharing.button(actor, found)
        if actor.may(Role.EDITOR):
            moving.button(actor, "comparison", found.id, t("{0} and {1}", found.old.name, found.new.name))
            trash.button(actor, found)
    elif found.is_live:
        if st.button(t("Cancel"), key=f"cancel_{found.id}", help=t("Stop comparing {0}", names)):
            comparisons.cancel(actor, found.id)
            st.rerun()
    elif st.button(t("Try again"), key=f"retry_{found.id}", help=t("Compare {0} again", names)):
        comparisons.retry(actor, found.id)
        st.rerun()
