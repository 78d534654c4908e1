"""The assistant beside a result and on the page Ask: the summary, one change explained, questions and their citations.

Everything a model wrote is drawn as plain text. What is cited can be clicked: it opens in the viewer, or on its page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from core.errors import NotFound, PdfCompareError
from service.access import Actor, Role
from service.assistant import AnswerView
from service.assistant_state import NO_VISION, AssistantState
from service.views import ComparisonView
from ui import notes, phrases, runtime
from ui.language import noted, t
from ui.pagepicture import page_picture
from ui.waiting import wait_for_answer

_PARTS = (noted("Summary"), noted("This change"), noted("Materiality"), noted("Ask"))
_READERS = {"line": noted("In one line"), "management": noted("For management"), "detailed": noted("In detail")}
_WEIGHTS = {"high": noted("High"), "medium": noted("Medium"), "low": noted("Low")}  #: the weightiest first
_MOST_CHIPS = 12
_NOTE = noted("Written by a language model; every sentence was checked against the changes it names.")
_PROPOSED = noted(
    "Proposed by a language model from the pictures alone; nothing proves it. What the legend says and what was "
    "counted by shape stands beside it, unchanged."
)
_QUOTED = noted("Written by a language model; every quote was checked.")
#: What is said of an answer, by code.
_SAID = {
    "silent_pages": noted("Some pages have no text that could be read; nothing is said about them."),
    "words_only": noted("Passages were found by their words only, not by meaning."),
    "words_only_long": noted("The document is too long to be searched by meaning; passages were found by their words."),
}


def panel(actor: Actor, comparison: ComparisonView) -> None:
    """One quiet line above the viewer, which opens into summary, explanation and questions."""
    try:
        summary = runtime.services().assistant.rule_summary(actor, comparison.id)
    except PdfCompareError:
        return  # the viewer says what is wrong
    with st.expander(phrases.plain(summary.line), icon=":material/summarize:", key=f"assistant_{comparison.id}"):

        @st.fragment
        def body() -> None:
            part = st.segmented_control(
                t("Part"),
                _PARTS,
                format_func=t,
                default=_PARTS[0],
                label_visibility="collapsed",
                key="assistant_part",
            )
            state = runtime.services().assistant.state(actor)
            try:
                if part == "This change":
                    _one_change(actor, comparison, state)
                elif part == "Materiality":
                    _materiality(actor, comparison, state)
                elif part == "Ask":
                    _ask(actor, comparison, state)
                else:
                    _summary(actor, comparison, state)
            except PdfCompareError as error:
                notes.problem(error.message, error.help)

        body()


def wanted(comparison_id: str) -> dict[str, Any] | None:
    """Where a citation that was clicked points; for the viewer."""
    go = st.session_state.get(_go_key(comparison_id))
    return go if isinstance(go, dict) else None


def _go_key(comparison_id: str) -> str:
    return f"assistant_go_{comparison_id}"


def _go(comparison_id: str, where: dict[str, Any]) -> None:
    key = _go_key(comparison_id)
    before = st.session_state.get(key)
    st.session_state[key] = {"turn": (before["turn"] if before else 0) + 1, **where}


# ---------------------------------------------------------------- parts of the panel


def _summary(actor: Actor, comparison: ComparisonView, state: AssistantState) -> None:
    reader = st.segmented_control(
        t("For whom"),
        list(_READERS),
        format_func=lambda key: t(_READERS[key]),
        default="management",
        label_visibility="collapsed",
        key="assistant_reader",
    )
    reader = reader or "management"
    asked = _kept(actor, f"summary_{comparison.id}") or _latest(actor, comparison.id, "summary")
    if asked is not None and (asked.is_live or (asked.result or {}).get("parts", {}).get(reader)):
        _answer(actor, asked, lambda found: _sentences(comparison, found, reader))
    else:
        summary = runtime.services().assistant.rule_summary(actor, comparison.id)
        rows: Sequence[Mapping[str, Any]] = (
            [{"text": summary.line, "changes": []}]
            if reader == "line"
            else [sentence.to_json() for sentence in getattr(summary, reader)]
        )
        _told(comparison.id, rows[:60], "rule")
        if len(rows) > 60:
            st.caption(t("{0} more: in the list of changes.", len(rows) - 60))
        st.caption(t("Told by rule from the changes themselves, without a language model."))
        if asked is not None:
            _ended_badly(asked)
    if asked is None or not asked.is_live:
        _button(
            actor,
            state,
            "summary",
            t("Summarise in sentences") if asked is None or asked.state != "done" else None,
            f"summary_{comparison.id}",
            lambda: runtime.services().assistant.ask_comparison(actor, comparison.id, "summary", {}),
        )


def _one_change(actor: Actor, comparison: ComparisonView, state: AssistantState) -> None:
    key = f"explain_{comparison.id}"
    asked = _kept(actor, key)
    if asked is not None:
        _answer(actor, asked, lambda found: _sentences(comparison, found, "sentences"))
    else:
        st.caption(t("Choose a change in the viewer, then have it explained."))

    def ask() -> AnswerView:
        chosen = st.query_params.get("change")
        if not chosen:
            raise NotFound(t("No change is chosen."), remedy=t("Choose one in the viewer."))
        return runtime.services().assistant.ask_comparison(actor, comparison.id, "explain", {"change": chosen})

    label = t("Explain the chosen change")
    if asked is None or not asked.is_live:
        _button(actor, state, "explain", label, key, ask)


def _materiality(actor: Actor, comparison: ComparisonView, state: AssistantState) -> None:
    key = f"materiality_{comparison.id}"
    asked = _kept(actor, key) or _latest(actor, comparison.id, "materiality")
    if asked is not None:
        _answer(actor, asked, lambda found: _weighed(actor, comparison, found))
    else:
        st.caption(t("How much each change weighs, and what of it makes it so. Never less than by rule."))

    def ask() -> AnswerView:
        return runtime.services().assistant.ask_comparison(actor, comparison.id, "materiality", {})

    if asked is None or not asked.is_live:
        is_wanted = asked is None or asked.state != "done"
        _button(actor, state, "materiality", t("Weigh the changes") if is_wanted else None, key, ask)


def _ask(actor: Actor, comparison: ComparisonView, state: AssistantState) -> None:
    def ask(question: str, sides: str) -> AnswerView:
        request = {"question": question, "sides": sides}
        return runtime.services().assistant.ask_comparison(actor, comparison.id, "ask", request)

    _question_form(actor, state, f"ask_{comparison.id}", ask, has_sides=True)
    asked = _kept(actor, f"ask_{comparison.id}")
    if asked is not None:
        _answer(actor, asked, lambda found: _statements(found, comparison_id=comparison.id))


def ask_document(actor: Actor, document_id: str) -> None:
    """Questions about one document, for a page of its own."""
    state = runtime.services().assistant.state(actor)

    def ask(question: str, _sides: str) -> AnswerView:
        return runtime.services().assistant.ask_document(actor, document_id, "ask", {"question": question})

    @st.fragment
    def body() -> None:
        try:
            _question_form(actor, state, f"ask_{document_id}", ask, has_sides=False)
            asked = _kept(actor, f"ask_{document_id}")
            if asked is not None:
                _answer(actor, asked, _statements)
        except PdfCompareError as error:
            notes.problem(error.message, error.help)

    body()


def find_fields(actor: Actor, document_id: str, schema: Any, *, is_asked: bool) -> None:
    """Fields out of one document, by a schema where they are asked for now."""
    services = runtime.services()
    key = f"fields_{document_id}"
    state = services.assistant.state(actor)
    if "fields" not in state.kinds:
        _off(state)
    elif is_asked:
        try:
            st.session_state[_asked_key(key)] = services.assistant.ask_document(
                actor, document_id, "fields", {"schema": schema}
            ).id
        except PdfCompareError as error:
            notes.problem(error.message, error.help)

    @st.fragment
    def body() -> None:
        asked = _kept(actor, key)
        if asked is not None:
            _answer(actor, asked, _fields)

    body()


def name_symbols(actor: Actor, document_id: str) -> None:
    """What a vision model takes the symbols of a document's legends for, as proposals beside the legend's own words."""
    services = runtime.services()
    key = f"symbols_{document_id}"
    state = services.assistant.state(actor)

    @st.fragment
    def body() -> None:
        asked = _kept(actor, key) or _newest(services.assistant.list(actor, document_id=document_id), "symbols")
        if asked is not None:
            _answer(actor, asked, _proposals)
        if asked is not None and (asked.is_live or asked.state == "done"):
            return
        _button(
            actor,
            state,
            "symbols",
            t("Have a vision model name the symbols"),
            key,
            lambda: services.assistant.ask_document(actor, document_id, "symbols", {}),
        )

    body()


# ---------------------------------------------------------------- asking


def _button(
    actor: Actor, state: AssistantState, kind: str, label: str | None, key: str, ask: Callable[[], AnswerView]
) -> None:
    """What starts an answer, or why there is none."""
    if kind not in state.kinds:
        _off(state, NO_VISION if kind == "symbols" and state.is_on else "")
        return
    if label is None or not actor.may(Role.REVIEWER):
        return

    def act() -> None:
        st.session_state[_asked_key(key)] = ask().id

    if st.button(label, key=f"start_{key}", icon=":material/auto_awesome:"):
        try:
            act()
        except PdfCompareError as error:
            notes.problem(error.message, error.help)
            return
        st.rerun(scope="fragment")


def _question_form(
    actor: Actor, state: AssistantState, key: str, ask: Callable[[str, str], AnswerView], *, has_sides: bool
) -> None:
    if "ask" not in state.kinds:
        _off(state)
        return
    if not actor.may(Role.REVIEWER):
        st.caption(t("Your role may read answers, not ask."))
        return
    with st.form(f"form_{key}", border=False):
        question = st.text_input(
            t("Question"),
            placeholder=t("What happened to the delivery dates?") if has_sides else t("When is payment due?"),
            max_chars=1000,
            key=f"question_{key}",
        )
        left, right = st.columns((3, 1), vertical_alignment="bottom")
        sides = "both"
        if has_sides:
            labels = {"both": t("Both revisions"), "old": t("Old"), "new": t("New")}
            chosen = left.segmented_control(
                t("Read"), list(labels), format_func=labels.__getitem__, default="both", key=f"sides_{key}"
            )
            sides = chosen or "both"
        sent = right.form_submit_button(t("Ask"), type="primary", width="stretch")
    if sent and question.strip():
        try:
            st.session_state[_asked_key(key)] = ask(question, sides).id
        except PdfCompareError as error:
            notes.problem(error.message, error.help)


def _off(state: AssistantState, reason: str = "") -> None:
    reason = reason or state.reason
    why = phrases.plain(t(reason) if reason else t("No model is installed for this."))
    st.caption(f":material/power_settings_new: {t('The assistant is off. {0} Everything else works.', why)}")


def _asked_key(key: str) -> str:
    return f"assistant_asked_{key}"


def _kept(actor: Actor, key: str) -> AnswerView | None:
    """What was asked here last."""
    known = st.session_state.get(_asked_key(key))
    if not isinstance(known, str):
        return None
    try:
        return runtime.services().assistant.get(actor, known)
    except NotFound:
        st.session_state.pop(_asked_key(key), None)
        return None


def _latest(actor: Actor, comparison_id: str, kind: str) -> AnswerView | None:
    """What anybody asked here last."""
    return _newest(runtime.services().assistant.list(actor, comparison_id=comparison_id), kind)


def _newest(listed: Sequence[AnswerView], kind: str) -> AnswerView | None:
    return next((found for found in listed if found.kind == kind), None)


# ---------------------------------------------------------------- answers


def _answer(actor: Actor, asked: AnswerView, draw: Callable[[AnswerView], None]) -> None:
    """An answer in whatever state it is; while it comes, what has come is drawn."""
    if asked.kind == "ask":
        st.markdown(f"**{phrases.plain(str(asked.request.get('question', '')))}**")
    if asked.state == "queued":
        st.progress(0.0, text=phrases.queue(asked.queue_position))
    elif asked.state == "running":
        has_more = bool(asked.result and any(asked.result["parts"].values()))
        st.caption(f":material/more_horiz: {t('Writing…') if has_more else t('Reading…')}")
    if asked.result is not None:
        draw(asked)
    if asked.is_live:
        if actor.may(Role.REVIEWER) and st.button(t("Cancel"), key=f"cancel_{asked.id}"):
            runtime.services().assistant.cancel(actor, asked.id)
            st.rerun(scope="fragment")
        wait_for_answer(asked)
        return
    _ended_badly(asked)
    if asked.state == "done":
        _remarks(asked)


def _ended_badly(asked: AnswerView) -> None:
    if asked.state == "failed" and asked.error is not None:
        notes.problem(asked.error.message, asked.error.remedy)
    elif asked.state == "cancelled":
        st.caption(t("Cancelled."))


def _remarks(asked: AnswerView) -> None:
    """How far the answer can be trusted: what was left out, dropped and withheld."""
    result = asked.result or {}
    if asked.kind == "symbols":
        st.caption(t(_PROPOSED))
        return
    told = [t(_NOTE if asked.kind in ("summary", "explain", "materiality") else _QUOTED)]
    if dropped := sum(result.get("dropped", {}).values()):
        told.append(t("{0} more could not be proven: left out.", dropped))
    if left_out := result.get("left_out"):
        told.append(t("{0} more did not fit: not read.", left_out))
    if result.get("cut"):
        told.append(t("The answer became too long and was cut off: something may be missing."))
    withheld = result.get("withheld", {})
    if withheld.get("hidden"):
        told.append(t("Hidden on the page and kept from it: {0}.", withheld["hidden"]))
    if withheld.get("addressed"):
        told.append(t("Addressed to a machine and kept from it: {0}. Look there.", withheld["addressed"]))
    told += [t(_SAID[code]) for code in result.get("said", ()) if code in _SAID]
    st.caption(phrases.plain(" ".join(told)))


def _sentences(comparison: ComparisonView, found: AnswerView, part: str) -> None:
    rows = (found.result or {}).get("parts", {}).get(part, [])
    if rows:
        _told(comparison.id, rows, found.id)
    elif not found.is_live:
        st.text(t("Nothing that it said could be proven by the changes."))


def _weighed(actor: Actor, comparison: ComparisonView, found: AnswerView) -> None:
    """Changes by weight, each with its sentence by rule and the model's reason."""
    rows = (found.result or {}).get("parts", {}).get("changes", [])
    summary = runtime.services().assistant.rule_summary(actor, comparison.id)
    sentences = {change: one.text for one in summary.detailed for change in one.changes}
    for weight, label in _WEIGHTS.items():
        told = []
        for row in rows:
            if row["material"] == weight:
                by = t("By rule.") if row["by"] == "rule" else None
                said = " ".join(filter(None, (sentences.get(row["change"]), row["reason"], by)))
                told.append({"text": said, "changes": [row["change"]]})
        if told:
            st.markdown(f"**{t(label)}** :gray[{len(told):,}]")
            _told(comparison.id, told, f"{found.id}_{weight}")
    if not rows and not found.is_live:
        st.text(t("Nothing that it said could be proven by the changes."))


def _told(comparison_id: str, rows: Sequence[Mapping[str, Any]], key: str) -> None:
    """Sentences as plain text, each with the changes that it is about to click."""
    with st.container(gap=None):
        for number, row in enumerate(rows):
            with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"said_{key}_{number}"):
                st.markdown(phrases.plain(row["text"]), width="content")
                for place, change in enumerate(row["changes"][:_MOST_CHIPS]):
                    label = t("Show") if len(row["changes"]) == 1 else str(place + 1)
                    if st.button(
                        label, key=f"chip_{key}_{number}_{place}", type="tertiary", help=t("Show this change")
                    ):
                        _go(comparison_id, {"change": change})
                        st.rerun()


def _statements(found: AnswerView, comparison_id: str | None = None) -> None:
    """Statements with their quotes; a click shows the quote in the viewer, or on its page."""
    rows = (found.result or {}).get("parts", {}).get("statements", [])
    if not rows and not found.is_live:
        why = t("Not found in the document.") if comparison_id is None else t("Not found in the documents.")
        st.markdown(f":material/search_off: {why}")
    for number, row in enumerate(rows):
        with st.container(key=f"row_{found.id}_{number}"):
            st.markdown(phrases.plain(row["text"]))
            for place, cited in enumerate(row["citations"]):
                _citation(cited, f"{found.id}_{number}_{place}", comparison_id)


def _citation(cited: Mapping[str, Any], key: str, comparison_id: str | None) -> None:
    side = f"{t('Old') if cited['side'] == 'old' else t('New')}, " if cited["side"] else ""
    where = t("page {0}", f"{cited['page']:,}")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f":gray[“{phrases.plain(cited['quote'])}” · {side}{where}]", width="content")
        if comparison_id is not None:
            if st.button(t("Show"), key=f"cite_{key}", type="tertiary", help=t("Show the quote in the viewer")):
                hit = {name: cited[name] for name in ("side", "page", "boxes", "quote")}
                _go(comparison_id, {"hit": hit})
                st.rerun()
            return
        is_shown = st.toggle(t("Show the page"), key=f"cite_{key}")
    if is_shown:
        page_picture(cited["sha256"], cited["page"], cited["boxes"])


def _proposals(found: AnswerView) -> None:
    """Symbols as the legend and the count have them, and what the model takes them for."""
    import pandas as pd

    rows = (found.result or {}).get("parts", {}).get("symbols", [])
    if rows:
        columns = {
            t("Symbol"): [row["label"] for row in rows],
            t("Drawn"): [row["count"] for row in rows],
            t("Page"): [row["page"] for row in rows],
            t("Proposed by the model"): [row["proposal"] or t("no proposal") for row in rows],
        }
        st.dataframe(pd.DataFrame(columns), hide_index=True, height="content" if len(rows) < 12 else 400)


def _fields(found: AnswerView) -> None:
    rows = (found.result or {}).get("parts", {}).get("fields", [])
    schema = found.request["schema"]["properties"]
    for number, row in enumerate(rows):
        with st.container(key=f"row_{found.id}_{number}"):
            st.markdown(f":gray[{phrases.plain(row['name'])}]  \n**{phrases.plain(str(row['value']))}**")
            _citation(row["citation"], f"{found.id}_{number}", None)
    missing = [name for name in schema if name not in {row["name"] for row in rows}]
    if missing and not found.is_live:
        st.caption(t("Not found in the document: {0}.", phrases.plain(", ".join(missing))))
