"""Compare, the start page: choose two revisions, start, wait, and be taken to the result."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from core.errors import NotFound, PdfCompareError
from core.options import CompareOptions
from service.access import Actor
from service.views import DocumentView
from ui import notes, runtime, state
from ui.job import row, start, watch
from ui.language import t
from ui.options import choose_options
from ui.upload import Pair, drop_zones

_RECENT = 5


def _chosen(actor: Actor, document_id: str | None) -> DocumentView | None:
    if document_id is None:
        return None
    try:
        return runtime.services().documents.get(actor, document_id)
    except NotFound:
        return None


def _pair_changed(pair: Pair) -> None:
    mine = state.state()
    mine.old, mine.new = pair.old, pair.new
    mine.comparison = None
    state.save()


def _sample(actor: Actor) -> None:
    old, new = runtime.services().documents.add_sample_pair(actor)
    mine = state.state()
    mine.old, mine.new = old.id, new.id
    start(actor, old.id, new.id, CompareOptions())


def _recent(actor: Actor) -> None:
    found = [
        comparison
        for comparison in runtime.services().comparisons.list(actor, limit=20)[0]
        if comparison.state == "done"
    ]
    if found:
        now = datetime.now(UTC)
        st.header(t("Recent results"))
        with st.container(key="recent"):
            for comparison in found[:_RECENT]:
                with st.container(key=f"row_{comparison.id}"):
                    row(actor, comparison, now, with_state=False)


def page(actor: Actor) -> None:
    """Draw the view: two documents to choose, options, start."""
    mine = state.state()
    services = runtime.services()
    old, new = _chosen(actor, mine.old), _chosen(actor, mine.new)
    st.title(t("Compare two revisions of a PDF"))
    st.caption(
        t("Every change in text, tables, look, pictures, comments, links and forms, shown on the pages of both.")
    )
    with st.container(key="zones"):
        drop_zones(old, new, csrf=state.csrf(), max_bytes=services.settings.limits.file_bytes, on_change=_pair_changed)
    options = choose_options(actor)
    with st.container(horizontal=True, vertical_alignment="center", key="actions"):
        ready = old is not None and new is not None and options is not None
        wants_compare = st.button(
            t("Compare"), type="primary", disabled=not ready or mine.comparison is not None, key="compare"
        )
        wants_sample = st.button(t("Try a sample pair"), disabled=mine.comparison is not None, key="sample")
    try:
        if wants_sample:
            _sample(actor)
            st.rerun()
        if wants_compare and old and new and options:
            start(actor, old.id, new.id, options)
            st.rerun()
    except PdfCompareError as error:
        notes.problem(error.message, error.help)
    if mine.comparison is not None:
        watch(actor, mine.comparison)
    _recent(actor)


_actor = state.actor()
if _actor is not None:
    with st.container(key="page"):
        page(_actor)
