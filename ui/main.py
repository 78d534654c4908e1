"""The frame of every page: name, navigation, and who is looking."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from ui import navigation, state

_STATIC = Path(__file__).parent / "static"

st.set_page_config(page_title="PDF Compare", page_icon=str(_STATIC / "icon.svg"), layout="wide")
st.logo(str(_STATIC / "logo.svg"), size="medium")
st.html(_STATIC / "frame.css")

if state.actor() is None:
    st.navigation([navigation.session_ended()], position="hidden").run()
else:
    st.navigation(navigation.pages(result_opened=state.state().result is not None), position="top").run()
