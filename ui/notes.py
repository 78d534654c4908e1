"""Sentences in place: what went wrong and what to do, never a traceback."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from core.errors import PdfCompareError
from service.views import ComparisonView
from ui import phrases

_KEPT = "problem_of_callback"


def tried(act: Callable[[], object]) -> None:
    """Do something from a callback; what goes wrong is said by `kept_problem` when the page is drawn."""
    try:
        act()
    except PdfCompareError as error:
        st.session_state[_KEPT] = (error.message, error.help)


def kept_problem() -> None:
    """Say what went wrong in the callback before this run, if something did."""
    if kept := st.session_state.pop(_KEPT, None):
        problem(*kept)


def problem(message: str, remedy: str) -> None:
    """One red sentence that says what, and one that says what to do."""
    st.error(phrases.plain(f"{phrases.sentence(message)} {remedy}"), icon=":material/error:")


def failure(found: ComparisonView) -> None:
    """Why a comparison failed, and what to do."""
    st.error(phrases.plain(" ".join(phrases.failure(found))), icon=":material/error:")
