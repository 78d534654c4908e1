"""The log of what was done, filtered by who, what, when and to what, for a workspace or the whole server."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from core.errors import PdfCompareError
from service.access import Actor
from service.audit import ACTIONS, FAMILIES, AuditEntry
from ui import notes, phrases, runtime, state
from ui.language import t

_LOGGED = 50
_NUMBERS = ("left", "bytes", "pages", "sessions", "days")  # of an entry's detail, what says something to a person


def section(actor: Actor, people: Mapping[str, str], *, whole_server: bool) -> None:
    """Draw it.

    Args:
        actor: Who asks; the log of a workspace is its owners', that of the server its administrators'.
        people: Whom to filter by: ids and names.
        whole_server: All workspaces, and what is in none.
    """
    with st.container(horizontal=True, vertical_alignment="bottom", key="log_filters"):
        what = st.selectbox(
            t("What"), list(FAMILIES), index=None, placeholder=t("Everything"), key="log_what", width=240
        )
        who = st.selectbox(
            t("Who"), list(people), index=None, format_func=people.__getitem__, placeholder=t("Anybody"), key="log_who",
            width=220,
        )  # fmt: skip
        since = st.date_input(t("From"), value=None, key="log_since", width=150)
        until = st.date_input(t("To"), value=None, key="log_until", width=150)
        subject = st.text_input(
            t("Done to"), placeholder=t("Id of a document, a person …"), key="log_subject", width=240
        )
    chosen: dict[str, Any] = {
        "actions": FAMILIES[what] if what else (),
        "user": who,
        "subject": subject.strip() or None,
        "since": _moment(since),
        "until": _moment(until, days=1),
    }
    try:
        found, following = runtime.services().audit.list(actor, limit=_LOGGED, whole_server=whole_server, **chosen)
    except PdfCompareError as error:
        notes.problem(error.message, error.help)
        return
    now, zone = datetime.now(UTC), state.zone()
    for entry in found:
        when = phrases.moment(entry.at, now, zone)
        st.markdown(f":gray[{when}] {phrases.plain(entry.who or 'Somebody')} {ACTIONS[entry.action]}{_more(entry)}")
    if not found:
        st.text(t("Nothing of the kind."))
    if following:
        st.caption(t("The newest {0}; the file has all.", _LOGGED))
    st.markdown(t("[These as CSV]({0})", _address(chosen, whole_server=whole_server)))


def _more(entry: AuditEntry) -> str:
    facts = [f"{name} {entry.detail[name]}" for name in _NUMBERS if entry.detail.get(name) is not None]
    if "role" in entry.detail:
        before = entry.detail.get("before")
        facts.append(f"{before} → {entry.detail['role']}" if before else str(entry.detail["role"]))
    if "sha256" in entry.detail:
        facts.append(f"SHA-256 {entry.detail['sha256']}")
    if entry.via != "web":
        facts.append(entry.via)
    return f" :gray[({phrases.plain(', '.join(facts))})]" if facts else ""


def _moment(day: date | None, *, days: int = 0) -> datetime | None:
    """The beginning of a day where the reader is."""
    return None if day is None else datetime.combine(day + timedelta(days=days), time(), state.zone())


def _address(chosen: Mapping[str, Any], *, whole_server: bool) -> str:
    asked = [("action", action) for action in chosen["actions"]]
    asked += [(name, chosen[name]) for name in ("user", "subject") if chosen[name]]
    asked += [(name, chosen[name].astimezone(UTC).isoformat()) for name in ("since", "until") if chosen[name]]
    path = "/api/v1/admin/audit.csv" if whole_server else "/api/v1/audit.csv"
    return f"{path}?{urlencode(asked)}" if asked else path
