"""The frame of every page: name, navigation, and who is looking."""

from __future__ import annotations

import logging
from pathlib import Path

import streamlit as st

from core.errors import PdfCompareError
from service.log_context import bind
from ui import choosing, navigation, notes, runtime, state
from ui.language import t

log = logging.getLogger(__name__)

_STATIC = Path(__file__).parent / "static"

st.set_page_config(page_title="PDF Compare", page_icon=str(_STATIC / "icon.svg"), layout="wide")
st.logo(str(_STATIC / "logo.svg"), size="medium")
st.html(_STATIC / "frame.css")

# What a click does is found by the id that nginx gave to the page's connection.
bind(request=st.context.headers.get("X-Request-Id"))

# Always there, so that what appears in it moves nothing below.
standing = st.container(key="standing")
try:
    actor = state.actor()
    if runtime.services().sessions.is_away:
        standing.warning(
            t("Your place is kept by this server alone at the moment: the store of sessions does not answer."),
            icon=":material/cloud_off:",
        )
    if actor is None:
        st.navigation([navigation.session_ended()], position="hidden").run()
    else:
        _pages = navigation.pages(
            result_opened=state.state().result is not None,
            actor=actor if runtime.services().users.has_accounts else None,
        )
        _page = st.navigation(_pages, position="top")
        _page.run()
        if not navigation.is_result(_page):  # the viewer fills the window, and offers the languages beside its keys
            st.html(choosing.choices())
except PdfCompareError as error:
    # What no page expects, such as a database that is away: still one sentence, and the log has the rest.
    log.warning("page failed", extra={"action": "web.page_failed", "code": error.code}, exc_info=True)
    notes.problem(error.message, error.help)
