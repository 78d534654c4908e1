"""The result viewer: our component that fetches a result and its page pictures, and tells Python where the user is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from ui.components import component


@dataclass(frozen=True, slots=True)
class Arrival:
    """Where the viewer begins, as it was when the page was opened: what follows the user would be sent back to him.

    Attributes:
        change: Id of the change that the address names, or None.
        view: What the viewer told last of the same comparison: change, filters, zoom and place; empty at first.
        hit: What a search found, to be looked for at once: `side`, `page` and `words`; None without one.
    """

    change: str | None
    view: dict[str, Any]
    hit: dict[str, Any] | None = None


def viewer(
    comparison_id: str,
    *,
    arrival: Arrival,
    csrf: str,
    on_view: Callable[[dict[str, Any]], None],
    go: dict[str, Any] | None = None,
) -> None:
    """Draw the viewer of a comparison; while its job runs it shows the progress.

    Args:
        comparison_id: Which comparison.
        arrival: Where to begin.
        csrf: Token for cancelling and retrying.
        on_view: Called with where the user is, whenever he rests somewhere else.
        go: Where he wants to be now: {turn} and {change} or {hit: {side, page, boxes, quote}}; each turn once.
    """

    def changed() -> None:
        told = st.session_state["viewer"].get("view")
        if isinstance(told, dict):
            on_view(dict(told))

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
                    "focus": arrival.change,
                    "view": arrival.view,
                    "hit": arrival.hit,
                    "go": go,
                    "csrf": csrf,
                    "api": "/api/v1",
                    "files": "/files",
                },
                on_view_change=changed,
            )

        body()
