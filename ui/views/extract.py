"""Extract: choose a document, what to take out of it and of which pages; look at text and tables, download."""

from __future__ import annotations

import json
from typing import Any

import streamlit as st

from core.errors import NotFound, PdfCompareError
from core.extraction.files import FORMATS
from core.extraction.options import ExtractOptions
from service.access import Actor
from service.extraction import ExtractionView
from ui import assistant, navigation, notes, phrases, runtime, state
from ui.document_choice import choose_document
from ui.language import noted, t

_MOST_SHOWN_TABLES = 30
_MOST_CHARACTERS = 20_000
_SECONDS = 1.0
_LABELS = {
    "text": noted("Text"),
    "markdown": noted("Markdown"),
    "tables": noted("Tables"),
    "parts": noted("Parts lists"),
    "symbols": noted("Symbols of a legend"),
    "words": noted("Words with places"),
    "fields": noted("Form fields"),
    "metadata": noted("Properties"),
    "images": noted("Pictures"),
    "attachments": noted("Attached files"),
    "page_images": noted("Pictures of pages"),
    "searchable": noted("Searchable copy of a scan"),
}
_DOWNLOADS = {
    "txt": noted("Text"),
    "md": noted("Markdown"),
    "tables-xlsx": noted("Tables (Excel)"),
    "tables-csv": noted("Tables (CSV)"),
    "tables-json": noted("Tables (JSON)"),
    "tables-pandas": noted("Tables (pandas)"),
    "parts-csv": noted("Parts (CSV)"),
    "parts-json": noted("Parts (JSON)"),
    "symbols-csv": noted("Symbols (CSV)"),
    "symbols-json": noted("Symbols (JSON)"),
    "words-json": noted("Words (JSON)"),
    "fields-csv": noted("Fields (CSV)"),
    "metadata-json": noted("Properties (JSON)"),
    "json": noted("Everything (JSON)"),
}
_COLUMNS = {
    "item": noted("Item"),
    "number": noted("Number"),
    "description": noted("Description"),
    "quantity_text": noted("Quantity"),
    "unit": noted("Unit"),
    "label": noted("Symbol"),
    "count": noted("Drawn"),
    "page": noted("Page"),
}
_MOST_LINES = 1000
_KEY = "extraction"


def _ask(actor: Actor, document_id: str) -> None:
    """The form: what, of which pages."""
    with st.form("extract_form", border=False):
        what = st.pills(
            t("What"),
            list(_LABELS),
            selection_mode="multi",
            default=["text", "tables"],
            format_func=lambda part: t(_LABELS[part]),
            key="extract_what",
        )
        left, right = st.columns(2)
        pages = left.text_input(t("Pages"), placeholder="all, or 1-5,9", key="extract_pages")
        languages = right.text_input(t("Languages of scans"), value="eng", key="extract_languages")
        wanted = st.form_submit_button(t("Extract"), type="primary")
    if not wanted:
        return
    try:
        options = ExtractOptions(
            what=tuple(what or ()),
            pages=pages.strip() or None,
            ocr_languages=tuple(part.strip() for part in languages.split(",") if part.strip()),
        )
        st.session_state[_KEY] = runtime.services().extractions.submit(actor, document_id, options).id
    except PdfCompareError as error:
        notes.problem(error.message, error.help)


def _watch(actor: Actor, extraction_id: str) -> None:
    """The extraction that was asked for: its progress, then what came of it."""

    @st.fragment(run_every=_SECONDS)
    def waiting() -> None:
        found = runtime.services().extractions.get(actor, extraction_id)
        if not found.is_live:
            st.rerun()
        share, text = phrases.progress(found.progress)
        st.progress(share, text=text if found.state == "running" else t("Waiting for its turn"))
        if st.button(t("Cancel"), key="extract_cancel"):
            runtime.services().extractions.cancel(actor, extraction_id)

    try:
        found = runtime.services().extractions.get(actor, extraction_id)
    except NotFound:
        st.session_state.pop(_KEY, None)
        return
    if found.is_live:
        waiting()
    elif found.state == "done":
        _result(actor, found)
    elif found.error is not None:
        notes.problem(phrases.sentence(found.error.message), found.error.remedy)
    else:
        st.text(t("The extraction was cancelled."))


def _result(actor: Actor, found: ExtractionView) -> None:
    """What came out: downloads, notices, tables and text."""
    try:
        result: dict[str, Any] = json.loads(runtime.services().extractions.result(actor, found.id))
    except PdfCompareError as error:
        notes.problem(error.message, error.help)
        return
    st.header(phrases.plain(found.name))
    _downloads(found, result)
    told = [*result["notices"], *({**n, "page": p["number"]} for p in result["pages"] for n in p["notices"])]
    if told:
        with st.expander(phrases.counted(len(told), "notice")):
            for notice in told[:100]:
                where = t("Page {0}: ", notice["page"]) if "page" in notice else ""
                st.text(f"{where}{notice['message']}")
    if "tables" in result:
        tables = result["tables"]
        st.markdown(f"**{phrases.counted(len(tables), 'table')}**")
        for table in tables[:_MOST_SHOWN_TABLES]:
            pages = ", ".join(map(str, table["pages"][:6]))
            st.caption(phrases.plain(t("{0} · page {1}", table["caption"] or t("Table"), pages)))
            _table(table)
    _list(result, "parts", "part", ("item", "number", "description", "quantity_text", "unit", "page"))
    _list(result, "symbols", "symbol", ("label", "count", "page"))
    if result.get("symbols"):
        assistant.name_symbols(actor, found.document)
    if "text" in found.options.what:
        text = "\n\n".join(t("— Page {0} —", page["number"]) + f"\n\n{page['text']}" for page in result["pages"])
        st.markdown(t("**Text**"))
        st.code(text[:_MOST_CHARACTERS], language=None, height=480)
        if len(text) > _MOST_CHARACTERS:
            st.caption(t("The rest is in the download."))


def _list(result: dict[str, Any], part: str, noun: str, names: tuple[str, ...]) -> None:
    """The lines of one part of the result that is a list, such as the parts; nothing where it was not asked for."""
    if part not in result:
        return
    import pandas as pd

    lines = result[part]
    st.markdown(f"**{phrases.counted(len(lines), noun)}**")
    if lines:
        columns = {t(_COLUMNS[name]): [line[name] for line in lines[:_MOST_LINES]] for name in names}
        st.dataframe(pd.DataFrame(columns), hide_index=True, height="content" if len(lines) < 12 else 400)


def _table(table: dict[str, Any]) -> None:
    """The cells in a grid; names of columns made different where they are the same."""
    import pandas as pd

    head, body = table["rows"][: table["header"]], table["rows"][table["header"] :]
    names: list[str] = []
    for column in range(table["columns"]):
        name = " ".join(row[column] for row in head if row[column]) or " " * (column + 1)
        names.append(name if name not in names else f"{name} ({column + 1})")
    st.dataframe(pd.DataFrame(body, columns=names), hide_index=True, height="content" if len(body) < 12 else 400)


def _downloads(found: ExtractionView, result: dict[str, Any]) -> None:
    """Links to the API, which sends files as they are; nothing of them goes through a script."""
    base = f"/api/v1/extractions/{found.id}"
    links = [
        f"[{label}]({base}/export/{name})"
        for name, label in _DOWNLOADS.items()
        if not FORMATS[name][0] or FORMATS[name][0] in result or FORMATS[name][0] in found.options.what
    ]
    st.markdown(t("Download: ") + " · ".join(links))
    files = (found.summary or {}).get("files", [])
    shown = [
        f"[{phrases.plain(name)}]({base}/files/{k}) ({phrases.size(size)})"
        for k, (_, name, _, size) in enumerate(files)
    ]
    if shown:
        with st.expander(phrases.counted(len(shown), "file"), expanded=len(shown) <= 12):
            st.markdown("\n".join(f"- {line}" for line in shown[:400]))


def page(actor: Actor) -> None:
    """Draw the view."""
    st.title(t("Extract"))
    st.caption(t("Text, tables, form fields, pictures and files out of one document."))
    chosen = choose_document(actor, "extract_document")
    if chosen is None:
        return
    _ask(actor, chosen)
    if st.button(t("Ask about it"), type="tertiary", icon=":material/forum:"):
        navigation.to_ask(chosen)
    wanted = st.session_state.get(_KEY)
    if isinstance(wanted, str):
        _watch(actor, wanted)


_actor = state.actor()
if _actor is not None:
    with st.container(key="page"):
        page(_actor)
