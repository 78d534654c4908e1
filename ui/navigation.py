"""The pages, their addresses, and how one leads to another.

The start page has no address but `/`: Streamlit ignores another one for it, so nothing may link to `/compare`.
"""

from __future__ import annotations

from typing import NoReturn

import streamlit as st

_COMPARE = "views/compare.py"
_LIBRARY = "views/library.py"
_JOBS = "views/jobs.py"
_RESULT = "views/result.py"


def pages(*, result_opened: bool) -> list[st.Page]:
    """Every page in the order of the navigation; Result is listed once there is one to go back to."""
    return [
        st.Page(_COMPARE, title="Compare", default=True),
        st.Page(_LIBRARY, title="Library", url_path="library"),
        st.Page(_JOBS, title="Jobs", url_path="jobs"),
        st.Page(_RESULT, title="Result", url_path="result", visibility="visible" if result_opened else "hidden"),
    ]


def session_ended() -> st.Page:
    """What is shown when the session is nobody's."""

    def ended() -> None:
        st.title("Your session has ended")
        st.text("Reload this page to go on.")

    return st.Page(ended, title="PDF Compare", default=True)


def to_compare() -> NoReturn:
    """Go to the start page."""
    st.switch_page(_COMPARE)


def to_jobs() -> NoReturn:
    """Go to the list of jobs."""
    st.switch_page(_JOBS)


def to_result(comparison_id: str) -> NoReturn:
    """Go to a result; its address names the comparison, so it can be sent to a colleague."""
    st.switch_page(_RESULT, query_params={"comparison": comparison_id})


def result_link(comparison_id: str) -> None:
    """A link to a result, for a list."""
    st.page_link(_RESULT, label=":blue[Open]", query_params={"comparison": comparison_id})
