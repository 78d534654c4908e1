"""Administration: people, what workspaces hold, health, settings in force, and the log of the server."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.errors import PdfCompareError
from service.access import Actor
from service.accounts import ONE_TIME_HOURS, Person
from service.audit import ACTIONS
from ui import notes, phrases, runtime, state

_WIDTHS = (4, 2.2, 4)
_LOGGED = 50


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
    st.subheader("People")
    if told := st.session_state.pop("one_time", None):
        name, login, password = told
        st.markdown(
            f"Tell {phrases.plain(name)} this one-time password. It is shown this once only, and good for "
            f"{ONE_TIME_HOURS} hours; at the first sign-in it is replaced."
        )
        st.code(f"{login}\n{password}", language=None)
    now, zone = datetime.now(UTC), state.zone()
    steps = runtime.services().second_steps.of_all(actor)
    for person in runtime.services().accounts.list(actor):
        with st.container(key=f"row_{person.id}"):
            who, marks, actions = st.columns(_WIDTHS, vertical_alignment="center")
            who.markdown(f"{phrases.plain(person.name)} :gray[{phrases.plain(person.login)}]")
            who.caption(f"Since {phrases.moment(person.created_at, now, zone)}")
            badges = (
                (person.is_admin, ":blue-badge[Administrator]"),
                (person.is_disabled, ":red-badge[Closed]"),
                (person.waits, ":orange-badge[One-time password]"),
                (person.id in steps, ":green-badge[Second step]"),
            )
            marks.markdown(" ".join(text for holds, text in badges if holds))
            _actions(actor, person, actions, has_step=person.id in steps)
    with (
        st.form("add_person", border=False, clear_on_submit=True),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        name = st.text_input("Name", key="person_name", width=260)
        login = st.text_input("Login name", placeholder="Such as an address", key="person_login", width=260)
        if st.form_submit_button("Add") and name.strip():
            notes.tried(lambda: _add(actor, name, login))
            st.rerun()


def _actions(actor: Actor, person: Person, place: DeltaGenerator, *, has_step: bool) -> None:
    with place, st.container(horizontal=True, horizontal_alignment="right", gap="small"):
        if has_step:
            st.button("No second step", key=f"step_{person.id}", on_click=_reset_step, args=(actor, person))
        st.button("New password", key=f"reset_{person.id}", on_click=_reset, args=(actor, person))
        if person.id != actor.user_id:
            st.button(
                "No administrator" if person.is_admin else "Administrator",
                key=f"admin_{person.id}",
                on_click=_change,
                args=(actor, person),
                kwargs={"is_admin": not person.is_admin},
            )
            st.button(
                "Open" if person.is_disabled else "Close",
                key=f"close_{person.id}",
                on_click=_change,
                args=(actor, person),
                kwargs={"is_disabled": not person.is_disabled},
            )


def _bound(actor: Actor, workspace: str, key: str) -> None:
    megabytes, documents = (st.session_state[f"{kind}_{key}"] for kind in ("bytes", "documents"))
    quotas = runtime.services().quotas
    most_bytes = None if megabytes is None else int(megabytes * 1_000_000)
    notes.tried(lambda: quotas.bound(actor, workspace, most_bytes=most_bytes, most_documents=documents))


def _workspaces(actor: Actor) -> None:
    st.subheader("Workspaces")
    st.caption("Bounds: empty as the server's settings say, 0 for none.")
    for usage in runtime.services().quotas.list(actor):
        with st.container(key=f"row_{usage.id}"):
            name, held, room, many = st.columns((3.6, 3, 1.6, 2), vertical_alignment="center")
            members = phrases.counted(usage.members, "member")
            name.markdown(f"{phrases.plain(usage.name)} :gray[{members}]")
            held.markdown(
                f":gray[{phrases.counted(usage.documents, 'document')}, {phrases.size(usage.bytes)}, "
                f"{phrases.counted(usage.comparisons, 'comparison')}]"
            )
            megabytes = None if usage.own_bytes is None else usage.own_bytes // 1_000_000
            for place, kind, label, value in (
                (room, "bytes", "MB at most", megabytes),
                (many, "documents", "Documents at most", usage.own_documents),
            ):
                place.number_input(
                    label,
                    min_value=0,
                    value=value,
                    placeholder=label,
                    label_visibility="collapsed",
                    key=f"{kind}_{usage.id}",
                    on_change=_bound,
                    args=(actor, usage.id, usage.id),
                )


def _in_force() -> None:
    """The settings, without those that are secret."""
    with st.expander("Settings in force", key="settings"):
        for name, value in runtime.services().settings.shown():
            st.markdown(f"`{name}` {phrases.plain(value)}")


def _health() -> None:
    services = runtime.services()
    st.subheader("Health")
    facts = [
        ("Jobs that wait", str(sum(waiting for waiting, _, _ in services.jobs.depths().values()))),
        ("Workers", str(len(services.jobs.workers()))),
        ("Store of sessions", "away" if services.sessions.is_away else "in order"),
        ("Children", ", ".join(f"without {m}" for m in services.telemetry.unprotected or ()) or "locked in"),
    ]
    for place, (label, value) in zip(st.columns(len(facts)), facts, strict=True):
        place.markdown(f":gray[{label}]  \n{value}")


def _log(actor: Actor) -> None:
    with st.expander("What was done on this server", key="log"):
        found, _ = runtime.services().audit.list(actor, limit=_LOGGED, whole_server=True)
        now, zone = datetime.now(UTC), state.zone()
        for entry in found:
            when = phrases.moment(entry.at, now, zone)
            st.markdown(f":gray[{when}] {phrases.plain(entry.who or 'Somebody')} {ACTIONS[entry.action]}")
        st.markdown("[The whole log as CSV](/api/v1/admin/audit.csv)")


def page(actor: Actor) -> None:
    """Draw the view; for administrators."""
    st.title("Administration")
    notes.kept_problem()
    try:
        actor.require_admin()
        _health()
        _people(actor)
        _workspaces(actor)
        _in_force()
        _log(actor)
    except PdfCompareError as error:
        notes.problem(error.message, error.help)


_actor = state.actor()
if _actor is not None:
    with st.container(key="page"):
        page(_actor)
