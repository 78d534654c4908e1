"""Taking a document or a comparison to another workspace."""

from __future__ import annotations

import streamlit as st

from core.errors import PdfCompareError
from service.access import Actor, Role
from service.trash import Kind
from ui import notes, phrases, runtime


def button(actor: Actor, kind: Kind, id_: str, name: str) -> None:
    """A button in a list, for who may, where there are workspaces."""
    if not runtime.services().users.has_accounts or not actor.may(Role.EDITOR):
        return
    shown = phrases.plain(name)
    if st.button("Copy", key=f"copy_{id_}", type="tertiary", help=f"Copy or move {shown} to another workspace"):
        _choose(actor, kind, id_, shown)


@st.dialog("To another workspace")
def _choose(actor: Actor, kind: Kind, id_: str, shown: str) -> None:
    found = runtime.services().workspaces.list(actor)
    others = {
        view.id: view.name for view in found if view.id != actor.workspace_id and view.role in {Role.OWNER, Role.EDITOR}
    }
    if not others:
        st.text("You are in no other workspace where you may do this.")
        return
    st.markdown(f"**{shown}**")
    where = st.selectbox("Workspace", list(others), format_func=others.__getitem__, key="copy_to")
    if kind == "comparison":
        st.caption("Its two documents and its result go along. Reviews and links for guests stay here.")
    move = st.checkbox("Move it: into the trash here", key="copy_move")
    if st.button("Move" if move else "Copy", type="primary", key="copy_now") and where:
        try:
            runtime.services().moving.copy(actor, kind, id_, where, move=move)
        except PdfCompareError as error:
            notes.problem(error.message, error.help)
        else:
            st.rerun()
