"""Sharing a result with guests: a link, for so long, with a password or without."""

from __future__ import annotations

import streamlit as st

from core.errors import PdfCompareError
from service.access import Actor
from service.views import ComparisonView
from ui import notes, phrases, runtime, state
from ui.language import noted, t

_DAYS = {1: noted("a day"), 14: noted("two weeks"), 90: noted("90 days"), 365: noted("a year")}


def button(actor: Actor, found: ComparisonView) -> None:
    """A button in a list, for who may share."""
    names = phrases.plain(t("{0} and {1}", found.old.name, found.new.name))
    if st.button(
        t("Share"), key=f"share_{found.id}", type="tertiary", help=t("Share the result of {0} by a link", names)
    ):
        st.dialog(t("Share by a link"))(_share)(actor, found)


def _share(actor: Actor, found: ComparisonView) -> None:
    st.markdown(
        t(
            "Whoever has the link sees the result of **{0}** and **{1}**, and nothing else here.",
            phrases.plain(found.old.name),
            phrases.plain(found.new.name),
        )
    )
    days = st.selectbox(t("Good for"), list(_DAYS), index=1, format_func=lambda days: t(_DAYS[days]), key="share_days")
    password = st.text_input(
        t("Password, if wanted"), type="password", autocomplete="new-password", key="share_password", max_chars=256
    )
    if st.button(t("Make a link"), type="primary", key="share_make"):
        try:
            _, secret = runtime.services().shares.add(actor, found.id, days=days, password=password or None)
        except PdfCompareError as error:
            notes.problem(error.message, error.help)
            return
        st.code(f"{state.address()}/shared/{secret}", language=None)
        st.caption(
            t("It is shown this once only. Under Workspaces it can be ended, and shows how often it was opened.")
        )
