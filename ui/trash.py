"""The trash on the pages: deleting a comparison, and what was deleted, to be had back or to go for good."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from service.access import Actor, Role
from service.trash import Discarded
from service.views import ComparisonView
from ui import notes, phrases, runtime, state
from ui.language import t

_WIDTHS = (5, 2.4, 2.2, 2.6)


def button(actor: Actor, found: ComparisonView) -> None:
    """A button in a list, for who may delete."""
    names = phrases.plain(t("{0} and {1}", found.old.name, found.new.name))
    st.button(
        t("Delete"),
        key=f"trash_{found.id}",
        type="tertiary",
        help=t("Delete the comparison of {0}", names),
        on_click=_put,
        args=(actor, found.id),
    )


def section(actor: Actor) -> None:
    """What is in the trash, for who may have it back; nothing where it is empty."""
    if not actor.may(Role.EDITOR):
        return
    found = runtime.services().trash.list(actor)
    if not found:
        return
    with st.expander(t("Trash: {0}", phrases.counted(len(found), "thing")), key="trash"):
        now = datetime.now(UTC)
        for one in found:
            with st.container(key=f"row_trash_{one.id}"):
                _row(actor, one, now)
        if actor.may(Role.OWNER) and st.button(t("Empty the trash"), key="trash_empty"):
            st.dialog(t("Empty the trash"))(_confirm)(actor, len(found))


def _row(actor: Actor, one: Discarded, now: datetime) -> None:
    name, at, until, actions = st.columns(_WIDTHS, vertical_alignment="center")
    name.markdown(f"{phrases.plain(one.name)} :gray[{t(one.kind)}]")
    by = t(" by {0}", phrases.plain(one.by)) if one.by else ""
    at.markdown(f":gray[{phrases.moment(one.at, now, state.zone())}{by}]")
    if one.until is not None:
        until.markdown(t(":gray[Gone on {0}]", phrases.moment(one.until, now, state.zone())))
    with actions, st.container(horizontal=True, horizontal_alignment="right", gap="small", wrap=False):
        st.button(t("Restore"), key=f"restore_{one.id}", on_click=_restore, args=(actor, one))
        if actor.may(Role.OWNER):
            st.button(
                t("Delete for good"),
                key=f"purge_{one.id}",
                type="tertiary",
                on_click=_purge,
                args=(actor, one),
            )


def _confirm(actor: Actor, count: int) -> None:
    st.markdown(t("Delete {0} for good, with everything made from them?", phrases.counted(count, "thing")))
    with st.container(horizontal=True, horizontal_alignment="right"):
        if st.button(t("Keep them")):
            st.rerun()
        if st.button(t("Delete for good"), type="primary", key="trash_empty_now", on_click=_empty, args=(actor,)):
            st.rerun()


def _put(actor: Actor, comparison: str) -> None:
    notes.tried(lambda: runtime.services().trash.put(actor, "comparison", comparison))
    mine = state.state()
    if mine.result == comparison:
        mine.result = None
        state.save()


def _restore(actor: Actor, one: Discarded) -> None:
    notes.tried(lambda: runtime.services().trash.restore(actor, one.kind, one.id))


def _purge(actor: Actor, one: Discarded) -> None:
    notes.tried(lambda: runtime.services().trash.purge(actor, one.kind, one.id))


def _empty(actor: Actor) -> None:
    notes.tried(lambda: runtime.services().trash.empty(actor))
