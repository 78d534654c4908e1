"""Taking a document or a comparison to another workspace."""

from __future__ import annotations

import streamlit as st

from core.errors import PdfCompareError
from service.access import Actor, Role
from service.trash import Kind
from ui import notes, phrases, runtime
from ui.language import t


def button(actor: Actor, kind: Kind, id_: str, name: str) -> None:
    """A button in a list, for who may, where there are workspaces."""
    if not runtime.services().users.has_accounts or not actor.may(Role.EDITOR):
        return
    shown = phrases.plain(name)
    if st.button(t("Copy"), key=f"copy_{id_}", type="tertiary", help=t("Copy or move {0} to another workspace", shown)):
        st.dialog(t("To another workspace"))(_choose)(actor, kind, id_, shown)


def _choose(actor: Actor, kind: Kind, id_: str, shown: str) -> None:
    found = runtime.services().workspaces.list(actor)
    others = {
        view.id: view.name for view in found if view.id != actor.workspace_id and view.role in {Role.OWNER, Role.EDITOR}
    }
    if not others:
        st.text(t("You are in no other workspace where you may do this."))
        return
    st.markdown(f"**{shown}**")
    where = st.selectbox(t("Workspace"), list(others), format_func=others.__getitem__, key="copy_to")
    if kind == "comparison":
        st.caption(t("Its two documents and its result go along. Reviews and links for guests stay here."))
    move = st.checkbox(t("Move it: into the trash here"), key="copy_move")
    if st.button(t("Move") if move else t("Copy"), type="primary", key="copy_now") and where:
        try:
            runtime.services().moving.copy(actor, kind, id_, where, move=move)
        except PdfCompareError as error:
            notes.problem(error.message, error.help)
        else:
            st.rerun()
