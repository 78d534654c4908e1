"""Workspaces: which one to work in, who is in it, how somebody gets in, and what was done there."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from core.errors import PdfCompareError
from service.access import Actor, Role
from ui import log, notes, phrases, runtime, state
from ui.language import noted, number, t

_WIDTHS = (4, 2, 2, 1.6)
_ROLES = {
    Role.OWNER: noted("Owner: everything"),
    Role.EDITOR: noted("Editor: uploads and compares"),
    Role.REVIEWER: noted("Reviewer: judges changes"),
    Role.VIEWER: noted("Viewer: sees everything"),
}


def _choose(workspace_id: str) -> None:
    sid = state.session_id()
    if sid:
        notes.tried(lambda: runtime.services().accounts.choose_workspace(sid, workspace_id))
        state.forget_choices()


def _set_role(actor: Actor, user: str, key: str) -> None:
    notes.tried(lambda: runtime.services().workspaces.set_role(actor, user, st.session_state[key]))


def _remove(actor: Actor, user: str) -> None:
    notes.tried(lambda: runtime.services().workspaces.remove(actor, user))


def _withdraw(actor: Actor, invitation: str) -> None:
    notes.tried(lambda: runtime.services().workspaces.withdraw(actor, invitation))


def _mine(actor: Actor) -> None:
    st.header(t("Your workspaces"))
    for view in runtime.services().workspaces.list(actor):
        with st.container(key=f"row_{view.id}"):
            name, role, _, actions = st.columns(_WIDTHS, vertical_alignment="center")
            name.markdown(phrases.plain(view.name))
            role.markdown(f":gray[{view.role.value.capitalize()}]")
            if view.id == actor.workspace_id:
                actions.markdown(t(":blue-badge[You work here]"))
            else:
                actions.button(t("Work here"), key=f"choose_{view.id}", on_click=_choose, args=(view.id,))
    with (
        st.form("add_workspace", border=False, clear_on_submit=True),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        typed = st.text_input(
            t("New workspace"), placeholder=t("Name, such as Contracts 2027"), key="workspace_name", width=340
        )
        if st.form_submit_button(t("Add")) and typed.strip():
            notes.tried(lambda: runtime.services().workspaces.add(actor, typed))
            st.rerun()


def _members(actor: Actor) -> None:
    st.header(t("Who is in {0}", phrases.plain(actor.workspace_name)))
    is_owner = actor.may(Role.OWNER)
    now, zone = datetime.now(UTC), state.zone()
    for member in runtime.services().workspaces.members(actor):
        with st.container(key=f"row_{member.user}"):
            name, since, role, actions = st.columns(_WIDTHS, vertical_alignment="center")
            name.markdown(f"{phrases.plain(member.name)} :gray[{phrases.plain(member.login)}]")
            since.markdown(t(":gray[Since {0}]", phrases.moment(member.since, now, zone)))
            if is_owner:
                key = f"role_{member.user}_{member.role.value}"
                role.selectbox(
                    t("Role"),
                    list(_ROLES),
                    index=list(_ROLES).index(member.role),
                    format_func=lambda one: t(_ROLES[one]).partition(":")[0],
                    label_visibility="collapsed",
                    key=key,
                    on_change=_set_role,
                    args=(actor, member.user, key),
                )
            else:
                role.markdown(f":gray[{member.role.value.capitalize()}]")
            is_self = member.user == actor.user_id
            if is_owner or is_self:
                actions.button(
                    t("Leave") if is_self else t("Remove"),
                    key=f"remove_{member.user}",
                    on_click=_remove,
                    args=(actor, member.user),
                )


def _invitations(actor: Actor) -> None:
    workspaces = runtime.services().workspaces
    st.header(t("Invite somebody"))
    with (
        st.form("invite", border=False, clear_on_submit=True),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        for_whom = st.text_input(t("For whom"), placeholder=t("A name, for your list"), key="invite_for", width=340)
        role = st.selectbox(
            t("As"), list(_ROLES), index=1, format_func=lambda role: t(_ROLES[role]), key="invite_role", width=260
        )
        if st.form_submit_button(t("Make a link")) and for_whom.strip():
            try:
                _, secret = workspaces.invite(actor, for_whom, role)
            except PdfCompareError as error:
                notes.problem(error.message, error.help)
            else:
                st.session_state["invitation_link"] = f"{state.address()}/invitation/{secret}"
    if link := st.session_state.get("invitation_link"):
        st.markdown(t("Send this link to whom you invite. It is good for one person, and is shown this once only."))
        st.code(link, language=None)
    now, zone = datetime.now(UTC), state.zone()
    for invitation in workspaces.invitations(actor):
        with st.container(key=f"row_{invitation.id}"):
            whom, until, role_, actions = st.columns(_WIDTHS, vertical_alignment="center")
            whom.markdown(phrases.plain(invitation.for_whom))
            until.markdown(t(":gray[Good until {0}]", phrases.moment(invitation.expires_at, now, zone)))
            role_.markdown(f":gray[{t(_ROLES[invitation.role]).partition(':')[0]}]")
            actions.button(
                t("Withdraw"), key=f"withdraw_{invitation.id}", on_click=_withdraw, args=(actor, invitation.id)
            )


def _keep(actor: Actor) -> None:
    days = st.session_state["retention"]
    notes.tried(lambda: runtime.services().quotas.keep(actor, days))


def _kept(actor: Actor) -> None:
    usage = runtime.services().quotas.usage(actor)
    st.header(t("What it holds"))
    room = t(" of {0}", phrases.size(usage.most_bytes)) if usage.most_bytes else ""
    many = t(" of {0}", number(usage.most_documents)) if usage.most_documents else ""
    st.markdown(
        t(
            "{0}{1} documents, {2}{3}, {4}.",
            number(usage.documents),
            many,
            phrases.size(usage.bytes),
            room,
            phrases.counted(usage.comparisons, "comparison"),
        )
    )
    for used, most, what in (
        (usage.ocr_pages, usage.most_ocr_pages, t("pages whose characters were recognised")),
        (usage.model_tokens, usage.most_model_tokens, t("tokens of the language model")),
    ):
        if used or most:
            of = t(" of {0}", number(most)) if most else ""
            st.markdown(t("In this month {0}{1} {2}.", number(used), of, what))
    if actor.may(Role.OWNER):
        st.number_input(
            t("Days that comparisons, and documents without one, are kept"),
            min_value=1.0,
            max_value=36500.0,
            value=usage.own_days,
            placeholder=t("{0}, as the server does", f"{usage.days:g}") if usage.days else t("Until they are deleted"),
            key="retention",
            on_change=_keep,
            args=(actor,),
            width=340,
        )


def _end(actor: Actor, share: str) -> None:
    notes.tried(lambda: runtime.services().shares.revoke(actor, share))


def _shares(actor: Actor) -> None:
    shares = runtime.services().shares.list(actor)
    if not shares:
        return
    st.header(t("Links for guests"))
    now, zone = datetime.now(UTC), state.zone()
    for share in shares:
        with st.container(key=f"row_{share.id}"):
            names, until, views, actions = st.columns(_WIDTHS, vertical_alignment="center")
            names.markdown(f"{phrases.plain(share.old_name)} :gray[→] {phrases.plain(share.new_name)}")
            locked = ", with a password" if share.has_password else ""
            until.markdown(t(":gray[Until {0}{1}]", phrases.moment(share.expires_at, now, zone), locked))
            views.markdown(t(":gray[Opened {0}]", phrases.counted(share.views, "time")))
            actions.button(t("End"), key=f"unshare_{share.id}", on_click=_end, args=(actor, share.id))


def _log(actor: Actor) -> None:
    st.header(t("What was done here"))
    people = {member.user: member.name for member in runtime.services().workspaces.members(actor)}
    log.section(actor, people, whole_server=False)


def page(actor: Actor) -> None:
    """Draw the view."""
    st.title(t("Workspaces"))
    notes.kept_problem()
    _mine(actor)
    _members(actor)
    if actor.may(Role.OWNER):
        _invitations(actor)
    if actor.may(Role.EDITOR):
        _shares(actor)
    _kept(actor)
    if actor.may(Role.OWNER):
        _log(actor)


_actor = state.actor()
if _actor is not None:
    with st.container(key="page"):
        page(_actor)
