"""Sentences in place: what went wrong and what to do, never a traceback."""

from __future__ import annotations

import streamlit as st

from ui.phrases import plain


def sentence(message: str) -> str:
    """An error's message as a sentence: our errors continue a file's name and may begin small."""
    says = message.strip()
    says = says[:1].upper() + says[1:]
    return says if says.endswith((".", "!", "?")) else says + "."


def problem(message: str, remedy: str) -> None:
    """One red sentence that says what, and one that says what to do."""
    st.error(plain(f"{sentence(message)} {remedy}"), icon=":material/error:")
