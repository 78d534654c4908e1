"""Administration: people, what workspaces hold, health, settings in force, and the log of the server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.errors import PdfCompareError
from core.version import VERSION
from service.access import Actor
from service.accounts import ONE_TIME_HOURS, Person
from ui import log, notes, phrases, runtime, state
from ui.language import noted, number, t

_WIDTHS = (4, 2.2, 4)
_ROOM = (3, 3.4, 1.3, 1.3, 1.3, 1.3)
_PARTS = (noted("People"), noted("Workspaces"), noted("Health and jobs"), noted("Settings in force"), noted("Log"))
_KINDS = {
    "pdf": noted("PDFs"),
    "result": noted("Results"),
    "read": noted("Read documents"),
    "page": noted("Page pictures"),
}


def _tell(name: str, login: str, password: str) -> None:
    st.session_state["one_time"] = (name, login, password)


def _add(actor: Actor, name: str, login: str) -> None:
    person, password = runtime.services().accounts.add(actor, name, login)
    _tell(person.name, person.login, password)


def _reset(actor: Actor, person: Person) -> None:
    accounts = runtime.services().accounts
    notes.tried(lambda: _tell(person.name, person.login, accounts.reset(actor, person.id)))


def _reset_step(actor: Actor, person: Person) -> None:
    notes.tried(lambda: runtime.services().second_steps.reset(actor, person.id))


def _change(actor: Actor, person: Person, **values: bool) -> None:
    notes.tried(lambda: runtime.services().accounts.change(actor, person.id, **values))


def _people(actor: Actor) -> None:
    if told := st.session_state.pop("one_time", None):
        name, login, password = told
        st.markdown(
            t(
                "Tell {0} this one-time password. It is shown this once only, and good for {1} hours; at the "
                "first sign-in it is replaced.",
                phrases.plain(name),
                ONE_TIME_HOURS,
            )
        )
        st.code(f"{login}\n{password}", language=None)
    now, zone = datetime.now(UTC), state.zone()
    steps = runtime.services().second_steps.of_all(actor)
    for person in runtime.services().accounts.list(actor):
        with st.container(key=f"row_{person.id}"):
            who, marks, actions = st.columns(_WIDTHS, vertical_alignment="center")
            who.markdown(f"{phrases.plain(person.name)} :gray[{phrases.plain(person.login)}]")
            who.caption(t("Since {0}", phrases.moment(person.created_at, now, zone)))
            badges = (
                (person.is_admin, t(":blue-badge[Administrator]")),
                (person.is_disabled, t(":red-badge[Closed]")),
                (person.waits, t(":orange-badge[One-time password]")),
                (person.id in steps, t(":green-badge[Second step]")),
            )
            marks.markdown(" ".join(text for holds, text in badges if holds))
            _actions(actor, person, actions, has_step=person.id in steps)
    with (
        st.form("add_person", border=False, clear_on_submit=True),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        name = st.text_input(t("Name"), key="person_name", width=260)
        login = st.text_input(t("Login name"), placeholder=t("Such as an address"), key="person_login", width=260)
        if st.form_submit_button(t("Add")) and name.strip():
            notes.tried(lambda: _add(actor, name, login))
            st.rerun()


def _actions(actor: Actor, person: Person, place: DeltaGenerator, *, has_step: bool) -> None:
    with place, st.container(horizontal=True, horizontal_alignment="right", gap="small"):
        if has_step:
            st.button(t("No second step"), key=f"step_{person.id}", on_click=_reset_step, args=(actor, person))
        st.button(t("New password"), key=f"reset_{person.id}", on_click=_reset, args=(actor, person))
        if person.id != actor.user_id:
            st.button(
                t("No administrator") if person.is_admin else t("Administrator"),
                key=f"admin_{person.id}",
                on_click=_change,
                args=(actor, person),
                kwargs={"is_admin": not person.is_admin},
            )
            st.button(
                t("Open") if person.is_disabled else t("Close"),
                key=f"close_{person.id}",
                on_click=_change,
                args=(actor, person),
                kwargs={"is_disabled": not person.is_disabled},
            )


def _bound(actor: Actor, workspace: str) -> None:
    def bound(kind: str) -> Any:
        return st.session_state[f"{kind}_{workspace}"]

    megabytes = bound("bytes")
    quotas = runtime.services().quotas
    notes.tried(
        lambda: quotas.bound(
            actor,
            workspace,
            most_bytes=None if megabytes is None else int(megabytes * 1_000_000),
            most_documents=bound("documents"),
            most_ocr_pages=bound("ocr"),
            most_model_tokens=bound("tokens"),
        )
    )


def _workspaces(actor: Actor) -> None:
    st.caption(
        t("Bounds: empty as the server's settings say, 0 for none. Pages recognised and tokens are of this month.")
    )
    head = st.columns(_ROOM)
    for place, title in zip(head[2:], ("MB", t("Documents"), t("OCR pages"), t("Tokens")), strict=True):
        place.caption(title)
    for usage in runtime.services().quotas.list(actor):
        with st.container(key=f"row_{usage.id}"):
            name, held, *bounds = st.columns(_ROOM, vertical_alignment="center")
            name.markdown(f"{phrases.plain(usage.name)} :gray[{phrases.counted(usage.members, 'member')}]")
            facts = [
                phrases.counted(usage.documents, "document"),
                phrases.size(usage.bytes),
                phrases.counted(usage.comparisons, "comparison"),
            ]
            facts += [t("{0} recognised", number(usage.ocr_pages))] if usage.ocr_pages else []
            facts += [f"{usage.model_tokens:,} tokens"] if usage.model_tokens else []
            held.markdown(f":gray[{', '.join(facts)}]")
            megabytes = None if usage.own_bytes is None else usage.own_bytes // 1_000_000
            values = (
                ("bytes", t("MB at most"), megabytes),
                ("documents", t("Documents at most"), usage.own_documents),
                ("ocr", t("Recognised pages a month at most"), usage.own_ocr_pages),
                ("tokens", t("Tokens of the language model a month at most"), usage.own_model_tokens),
            )
            for place, (kind, label, value) in zip(bounds, values, strict=True):
                place.number_input(
                    label,
                    min_value=0,
                    value=value,
                    placeholder="–",
                    label_visibility="collapsed",
                    key=f"{kind}_{usage.id}",
                    on_change=_bound,
                    args=(actor, usage.id),
                )


def _facts(facts: Sequence[tuple[str, str]]) -> None:
    for place, (label, value) in zip(st.columns(len(facts)), facts, strict=True):
        place.markdown(f":gray[{label}]  \n{phrases.plain(value)}")


def _health(actor: Actor) -> None:
    services = runtime.services()
    found = services.operations.look(actor)
    st.header(t("Health"))
    children = ", ".join(t("without {0}", m) for m in services.telemetry.unprotected or ()) or t("locked in")
    _facts(
        (
            (t("Workers"), str(len(services.jobs.workers()))),
            (t("Store of sessions"), t("away") if services.sessions.is_away else t("in order")),
            (t("Replicas"), _replicas(services.database.replicas_seen())),
            (t("Children"), children),
            (t("Version"), VERSION),
        )
    )
    st.header(t("Assistant"))
    assistant = services.assistant.state(actor)
    models = ", ".join(sorted(set(assistant.kinds.values()))) or "none"
    _facts(
        (
            (t("State"), "on" if assistant.is_on else f"off: {assistant.reason}"),
            (t("Models"), models + (f"; in memory: {', '.join(assistant.loaded)}" if assistant.loaded else "")),
            (t("Missing"), ", ".join(assistant.missing) or "none"),
            ("Ollama", assistant.version or "unknown"),
            (t("Breaker"), "open" if assistant.is_breaker_open else "closed"),
            (t("Found by"), "words and meaning" if assistant.has_meaning else "words"),
        )
    )
    st.header(t("Storage"))
    kinds = [(t(_KINDS.get(kind, kind)), phrases.size(size)) for kind, size in found.bytes_by_kind]
    free = t("unknown") if found.free_bytes is None else phrases.size(found.free_bytes)
    _facts(((t("Free"), free), (t("Database"), phrases.size(found.database_bytes)), *kinds))
    st.header(t("Jobs"))
    busy = ((name, waiting, running) for name, (waiting, running, _) in found.depths.items() if waiting or running)
    queues = ", ".join(t("{0}: {1} wait, {2} run", name, waiting, running) for name, waiting, running in busy)
    oldest = max((age for _, _, age in found.depths.values()), default=0.0)
    queues += t("; the oldest for {0} s", number(round(oldest))) if oldest >= 1 else ""
    st.markdown(
        t(
            "In the last day: {0}. :gray[{1}]",
            _counted(found.jobs),
            phrases.plain(queues or t("Nothing waits or runs now.")),
        )
    )
    st.header(t("Dead letters"))
    if not found.dead:
        st.text(t("None."))
    for workspace, code, count in found.dead:
        st.markdown(f"{phrases.plain(workspace)}: {count:,} :gray[{phrases.plain(code)}]")
    if found.dead:
        st.caption(t("Their workspaces retry or delete them under Jobs; `pdf-compare dead-letters` does so for all."))


def _replicas(seen: Sequence[tuple[int, bool, float | None]]) -> str:
    """As this web server sees those it reads."""
    return ", ".join(f"{lag or 0:.1f} s behind" if is_read else "not read" for _, is_read, lag in seen) or "none"


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{number(count)} {t(state_)}" for state_, count in sorted(counts.items())) or t("none")


def _remains(actor: Actor) -> None:
    st.header(t("What is left of a file"))
    typed = st.text_input(t("SHA-256 of the file"), key="remains", width=620, max_chars=64).strip().lower()
    if not typed:
        st.caption(t("Once it was deleted for good: nothing. Numbers only, of every workspace with its trash."))
    elif len(typed) != 64 or not all(c in "0123456789abcdef" for c in typed):
        notes.problem(t("That is no SHA-256."), t("It has 64 digits from 0 to f, as sha256sum prints it."))
    elif left := runtime.services().trash.remains(actor, typed):
        st.markdown(
            t("Left: ") + phrases.plain(", ".join(t("{0} in {1}", count, place) for place, count in left.items()))
        )
    else:
        st.success(t("Nothing is left of it."), icon=":material/check:")


def _in_force() -> None:
    """The settings, without those that are secret."""
    shown = runtime.services().settings.shown()
    st.table(
        {t("Setting"): [f"`{name}`" for name, _ in shown], t("In force"): [phrases.plain(value) for _, value in shown]},
        border="horizontal",
        hide_index=True,
    )


def page(actor: Actor) -> None:
    """Draw the view; for administrators."""
    st.title(t("Administration"))
    notes.kept_problem()
    try:
        actor.require_admin()
        part = st.segmented_control(
            t("Part"),
            _PARTS,
            default=_PARTS[0],
            format_func=t,
            required=True,
            label_visibility="collapsed",
            key="admin_part",
        )
        if part == "Workspaces":
            _workspaces(actor)
        elif part == "Health and jobs":
            _health(actor)
        elif part == "Settings in force":
            _in_force()
        elif part == "Log":
            people = {person.id: person.name for person in runtime.services().accounts.list(actor)}
            log.section(actor, people, whole_server=True)
            _remains(actor)
        else:
            _people(actor)
    except PdfCompareError as error:
        notes.problem(error.message, error.help)


_actor = state.actor()
if _actor is not None:
    with st.container(key="page"):
        page(_actor)
