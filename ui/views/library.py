"""Library: every stored document; search, choose both sides of a comparison, delete."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

import streamlit as st

from core.errors import NotFound
from service.access import Actor
from service.views import DocumentView
from ui import moving, navigation, notes, phrases, runtime, state, trash
from ui.document_choice import nothing_stored
from ui.finding import search_box
from ui.job import start
from ui.language import t

_PAGE = 25
_MOST = 200
_WIDTHS = (4.6, 0.8, 1, 1.4, 3.2)


def _limit() -> int:
    wanted = st.query_params.get("show", "")
    return min(_MOST, int(wanted)) if wanted.isdecimal() and int(wanted) > 0 else _PAGE


def _use(side: str, document_id: str) -> None:
    mine = state.state()
    now = mine.old if side == "old" else mine.new
    setattr(mine, side, None if now == document_id else document_id)
    mine.comparison = None
    state.save()


def _delete(actor: Actor, document_id: str) -> None:
    with suppress(NotFound):  # somebody else was faster
        runtime.services().trash.put(actor, "document", document_id)
    state.forget_document(document_id)


@st.dialog(t("Delete document"))
def _confirm(actor: Actor, document: DocumentView) -> None:
    st.markdown(t("Delete **{0}** and every comparison made with it?", phrases.plain(document.name)))
    days = runtime.services().settings.trash_days
    st.caption(
        t("It can be had back for {0} days, below.", f"{days:g}") if days else t("It is gone at once, for good.")
    )
    with st.container(horizontal=True, horizontal_alignment="right"):
        if st.button(t("Keep it")):
            st.rerun()
        if st.button(t("Delete"), type="primary", key="delete_for_good", on_click=_delete, args=(actor, document.id)):
            st.rerun()


def _row(actor: Actor, document: DocumentView, now: datetime) -> None:
    mine = state.state()
    name, pages, size, added, actions = st.columns(_WIDTHS, vertical_alignment="center")
    name.markdown(phrases.plain(document.name))
    pages.markdown(f"{document.page_count:,}")
    size.markdown(phrases.size(document.size_bytes))
    added.markdown(phrases.moment(document.created_at, now, state.zone()))
    shown = phrases.plain(document.name)
    with actions, st.container(horizontal=True, wrap=False, gap="small"):
        for side, label, is_used in (
            ("old", t("Old"), mine.old == document.id),
            ("new", t("New"), mine.new == document.id),
        ):
            st.button(
                label,
                key=f"{side}_{document.id}",
                type="primary" if is_used else "secondary",
                help=t("Do not use {0} as the {1} revision", shown, side)
                if is_used
                else t("Use {0} as the {1} revision", shown, side),
                on_click=_use,
                args=(side, document.id),
            )
        if st.button(t("Ask"), key=f"ask_{document.id}", type="tertiary", help=t("Ask about {0}", shown)):
            navigation.to_ask(document.id)
        moving.button(actor, "document", document.id, document.name)
        if st.button(t("Delete"), key=f"delete_{document.id}", type="tertiary", help=t("Delete {0}", shown)):
            _confirm(actor, document)


def _chosen(actor: Actor) -> None:
    """The bar that says which two are chosen and starts the comparison."""
    mine = state.state()
    documents = runtime.services().documents
    names: dict[str, str] = {}
    for side, document_id in (("old", mine.old), ("new", mine.new)):
        if document_id is not None:
            try:
                names[side] = documents.get(actor, document_id).name
            except NotFound:
                state.forget_document(document_id)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="right", key="chosen"):
        old, new = (phrases.plain(names[side]) if side in names else t(":gray[not chosen]") for side in ("old", "new"))
        st.markdown(t("Old: {0} :gray[→] New: {1}", old, new), width="content")
        if st.button(t("Compare"), type="primary", disabled=len(names) < 2, key="compare") and mine.old and mine.new:
            start(actor, mine.old, mine.new, state.options())
            navigation.to_compare()


def page(actor: Actor) -> None:
    """Draw the view: the documents that are kept."""
    documents = runtime.services().documents
    st.title(t("Library"))
    notes.kept_problem()
    typed = st.session_state.get("library_query")
    query = typed.strip() if isinstance(typed, str) else ""
    if not query and not documents.list(actor, limit=1)[0]:
        nothing_stored()
        trash.section(actor)
        return
    is_searched, chosen = search_box(actor)
    if is_searched:
        return
    found, following = documents.list(
        actor,
        query=query,
        kind=chosen.kind,
        since=chosen.since,
        until=chosen.until,
        owner=chosen.owner,
        limit=_limit(),
    )
    with st.container(horizontal=True, vertical_alignment="center", key="library_bar"):
        st.text_input(
            t("Search by name"),
            placeholder=t("Search by name"),
            label_visibility="collapsed",
            icon=":material/search:",
            key="library_query",
            live=True,
            width=340,
        )
        _chosen(actor)
    if not found:
        st.text(t("No document fits the filters.") if chosen.count else t("No document has this in its name."))
        return
    with st.container(key="library_head"):
        for column, title in zip(
            st.columns(_WIDTHS), (t("Name"), t("Pages"), t("Size"), t("Added"), t("Use as")), strict=True
        ):
            column.caption(title)
    now = datetime.now(UTC)
    with st.container(key="rows"):
        for document in found:
            with st.container(key=f"row_{document.id}"):
                _row(actor, document, now)
    if following and _limit() < _MOST and st.button(t("Show more")):
        st.query_params["show"] = str(_limit() + _PAGE)
        st.rerun()
    trash.section(actor)


_actor = state.actor()
if _actor is not None:
    with st.container(key="page"):
        page(_actor)
