"""The result viewer: our component that fetches a result and its page pictures, and tells Python the current change."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from ui.components import component


def viewer(comparison_id: str, *, focus: str | None, csrf: str, on_change: Callable[[str | None], None]) -> None:
    """Draw the viewer of a comparison; while its job runs it shows the progress.

    Args:
        comparison_id: Which comparison.
        focus: Id of the change to begin with, as it was when the page was opened: a value that follows the user would
            be sent back to him with every step.
        csrf: Token for cancelling and retrying.
        on_change: Called with the id of the change that the user is at, or None.
    """

    def changed() -> None:
        told = st.session_state["viewer"].get("change")
        on_change(told if isinstance(told, str) else None)

    mount = component("viewer", js="viewer-*.js", css="viewer-*.css", html='<div class="v"></div>')
    # A keyed container: what appears above it must not take the component down and build it anew.
    with st.container(key="viewer_box"):

        @st.fragment
        def body() -> None:
            mount(
                key="viewer",
                height="content",
                data={
                    "comparison": comparison_id,
                    "focus": focus,
                    "csrf": csrf,
                    "api": "/api/v1",
                    "files": "/files",
                },
                on_change_change=changed,
            )

        body()
