"""Ask: choose a document, ask about it or have fields found by a schema; every quote opens its page."""

from __future__ import annotations

import json

import streamlit as st

from service.access import Actor
from ui import assistant, notes, state
from ui.document_choice import choose_document
from ui.language import noted, t

_PARTS = (noted("Question"), noted("Fields"))
_EXAMPLE = """{
  "type": "object",
  "properties": {
    "supplier": {"type": "string"},
    "total": {"type": "number", "description": "the sum to be paid"}
  }
}"""


def page(actor: Actor) -> None:
    """Draw the view."""
    st.title(t("Ask"))
    st.caption(
        t("Questions about one document, answered by quotes from it. Questions about two revisions: in their result.")
    )
    chosen = choose_document(actor, "ask_document")
    if chosen is None:
        return
    part = st.segmented_control(
        t("Part"), _PARTS, format_func=t, default=_PARTS[0], label_visibility="collapsed", key="ask_part"
    )
    if part == "Fields":
        _fields(actor, chosen)
    else:
        assistant.ask_document(actor, chosen)


def _fields(actor: Actor, document_id: str) -> None:
    with st.form("ask_fields", border=False):
        typed = st.text_area(t("Fields as a JSON schema"), value=_EXAMPLE, height=210, key="ask_schema")
        sent = st.form_submit_button(t("Find"), type="primary")
    schema = None
    if sent:
        try:
            schema = json.loads(typed)
        except (ValueError, RecursionError):
            notes.problem(t("That is no JSON."), t("Correct the brackets, commas and quotation marks."))
    assistant.find_fields(actor, document_id, schema, is_asked=sent and schema is not None)


_actor = state.actor()
if _actor is not None:
    with st.container(key="page"):
        page(_actor)
