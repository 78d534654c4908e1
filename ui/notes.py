"""Sentences in place: what went wrong and what to do, never a traceback."""

from __future__ import annotations

import streamlit as st

from service.views import ComparisonView
from ui import phrases


def problem(message: str, remedy: str) -> None:
    """One red sentence that says what, and one that says what to do."""
    st.error(phrases.plain(f"{phrases.sentence(message)} {remedy}"), icon=":material/error:")


def failure(found: ComparisonView) -> None:
    """Why a comparison failed, and what to do."""
    st.error(phrases.plain(" ".join(phrases.failure(found))), icon=":material/error:")
