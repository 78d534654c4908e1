"""Compare, the start page: choose two revisions, start, wait, and be taken to the result."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime

import streamlit as st

from core.errors import NotFound, OptionsError, PdfCompareError
from core.options import COMPARED_LAYERS, CompareOptions
from service.access import Actor
from service.views import DocumentView
from ui import notes, runtime, state
from ui.job import row, start, watch
from ui.upload import Pair, drop_zones

# What a user may turn off, in his words; layers that are not listed stay as they are.
_LAYER_WORDS = {"style": "Font, size and colour", "page": "Inserted and deleted pages"}
_RECENT = 5
_IGNORE_WORDS = {
    "case": "Upper and lower case",
    "punctuation": "Punctuation",
    "whitespace": "Spaces and line breaks",
    "headers": "Headers and footers",
    "page_numbers": "Page numbers",
    "moves": "Moved text",
}


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


def _options() -> CompareOptions | None:
    """The options as chosen in the expander; None while one of them cannot be read."""
    chosen = state.options()
    changed = sum(value != getattr(CompareOptions(), name) for name, value in asdict(chosen).items())
    with st.expander(f"Options: {changed} changed" if changed else "Options", key="options"):
        left, middle, right = st.columns(3, gap="large")
        with left:
            st.markdown("**Also report**")
            layers = {
                layer: st.checkbox(word, layer in chosen.layers, key=f"layer_{layer}")
                for layer, word in _LAYER_WORDS.items()
            }
            shown = st.checkbox("Shifted headers and page numbers", chosen.show_running, key="show_running")
        with middle:
            st.markdown("**Do not report changes in**")
            ignored = [
                name
                for name, word in _IGNORE_WORDS.items()
                if st.checkbox(word, name in chosen.ignore, key=f"ignore_{name}")
            ]
        with right:
            st.markdown("**Pages**")
            pages = st.text_input(
                "Pages to compare",
                chosen.pages or "",
                placeholder="All, or for example 1-5, 9, 12-",
                key="pages",
                label_visibility="collapsed",
            )
            try:
                found = CompareOptions(
                    layers=tuple(layer for layer in COMPARED_LAYERS if layers.get(layer, layer in chosen.layers)),
                    ignore=tuple(ignored),
                    show_running=shown,
                    pages=(pages or "").replace(" ", "") or None,
                )
            except OptionsError as error:
                notes.problem(error.message, error.help)
                return None
    if found != chosen:
        state.state().options = found.to_json()
        state.save()
    return found


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
        st.subheader("Recent results")
        with st.container(key="recent"):
            for comparison in found[:_RECENT]:
                with st.container(key=f"row_{comparison.id}"):
                    row(actor, comparison, now, with_state=False)


def page(actor: Actor) -> None:
    """Draw the view: two documents to choose, options, start."""
    mine = state.state()
    services = runtime.services()
    old, new = _chosen(actor, mine.old), _chosen(actor, mine.new)
    st.title("Compare two revisions of a PDF")
    st.caption("Every change in the text is found and shown on the pages of both, side by side.")
    with st.container(key="zones"):
        drop_zones(old, new, csrf=state.csrf(), max_bytes=services.settings.limits.file_bytes, on_change=_pair_changed)
    options = _options()
    with st.container(horizontal=True, vertical_alignment="center", key="actions"):
        ready = old is not None and new is not None and options is not None
        wants_compare = st.button(
            "Compare", type="primary", disabled=not ready or mine.comparison is not None, key="compare"
        )
        wants_sample = st.button("Try a sample pair", disabled=mine.comparison is not None, key="sample")
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
