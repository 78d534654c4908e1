"""Choosing a stored document on the pages that are about one; the address names it, so that a link opens with it."""

from __future__ import annotations

import streamlit as st

from core.errors import NotFound
from service.access import Actor
from service.views import DocumentView
from ui import navigation, phrases, runtime
from ui.language import t

_MOST_LISTED = 200
_PARAMETER = "document"


def choose_document(actor: Actor, key: str) -> str | None:
    """A field to choose a document with; the one that the address names is chosen. None where none are stored."""
    named = {found.id: found for found in runtime.services().documents.list(actor, limit=_MOST_LISTED)[0]}
    wanted = st.query_params.get(_PARAMETER)
    if wanted is not None and wanted not in named and (older := _stored(actor, wanted)) is not None:
        named[wanted] = older
    if not named:
        nothing_stored()
        return None
    if wanted in named:
        st.session_state[key] = wanted
    elif st.session_state.get(key) not in named:
        st.session_state.pop(key, None)  # deleted meanwhile

    def tell_address() -> None:
        st.query_params[_PARAMETER] = st.session_state[key]

    chosen: str = st.selectbox(
        t("Document"),
        list(named),
        format_func=lambda id_: f"{named[id_].name} ({phrases.counted(named[id_].page_count, 'page')})",
        key=key,
        on_change=tell_address,
    )
    return chosen


def nothing_stored() -> None:
    """What is said where there are no documents, and the way to some."""
    st.text(t("No documents are stored yet."))
    if st.button(t("Upload two revisions"), type="primary"):
        navigation.to_compare()


def _stored(actor: Actor, document_id: str) -> DocumentView | None:
    try:
        return runtime.services().documents.get(actor, document_id)
    except NotFound:
        return None
