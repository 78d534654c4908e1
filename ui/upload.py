"""The two drop zones: our component that streams files to the API and tells Python only which documents were chosen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from service.views import DocumentView
from ui.components import component


@dataclass(frozen=True, slots=True)
class Pair:
    """Ids of the chosen documents; None where a side is empty."""

    old: str | None
    new: str | None


def drop_zones(
    old: DocumentView | None, new: DocumentView | None, *, csrf: str, max_bytes: int, on_change: Callable[[Pair], None]
) -> None:
    """Draw both zones.

    Args:
        old: The document on the old side.
        new: The document on the new side.
        csrf: Token for the uploads.
        max_bytes: Larger files are refused before they are sent.
        on_change: Called with the new pair when the user chose, removed or swapped documents.
    """

    def changed() -> None:
        told = st.session_state["upload"].get("pair") or {}
        on_change(Pair(told.get("old"), told.get("new")))

    mount = component("upload", js="upload-*.js", css="upload-*.css", html='<div class="pair"></div>')
    mount(
        key="upload",
        data={
            "old": old.to_json() if old else None,
            "new": new.to_json() if new else None,
            "csrf": csrf,
            "max_bytes": max_bytes,
            "api": "/api/v1",
        },
        on_pair_change=changed,
    )
