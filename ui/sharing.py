"""Sharing a result with guests: a link, for so long, with a password or without."""

from __future__ import annotations

import streamlit as st

from core.errors import PdfCompareError
from service.access import Actor
from service.views import ComparisonView
from ui import notes, phrases, runtime, state

_DAYS = {1: "a day", 14: "two weeks", 90: "90 days", 365: "a year"}


def button(actor: Actor, found: ComparisonView) -> None:
    """A button in a list, for who may share."""
    names = phrases.plain(f"{found.old.name} and {found.new.name}")
    if st.button("Share", key=f"share_{found.id}", type="tertiary", help=f"Share the result of {names} by a link"):
        _share(actor, found)


@st.dialog("Share by a link")
def _share(actor: Actor, found: ComparisonView) -> None:
    st.markdown(
        f"Whoever has the link sees the result of **{phrases.plain(found.old.name)}** and "
        f"**{phrases.plain(found.new.name)}**, and nothing else here."
    )
    days = st.selectbox("Good for", list(_DAYS), index=1, format_func=_DAYS.__getitem__, key="share_days")
    password = st.text_input(
        "Password, if wanted", type="password", autocomplete="new-password", key="share_password", max_chars=256
    )
    if st.button("Make a link", type="primary", key="share_make"):
        try:
            _, secret = runtime.services().shares.add(actor, found.id, days=days, password=password or None)
        except PdfCompareError as error:
            notes.problem(error.message, error.help)
            return
        st.code(f"{state.address()}/shared/{secret}", language=None)
        st.caption("It is shown this once only. Under Workspaces it can be ended, and shows how often it was opened.")
