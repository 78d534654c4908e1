"""Workspaces: which one to work in, who is in it, how somebody gets in, and what was done there."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from core.errors import PdfCompareError
from service.access import Actor, Role
from ui import log, notes, phrases, runtime, state

_WIDTHS = (4, 2, 2, 1.6)
_ROLES = {
    Role.OWNER: "Owner: everything",
    Role.EDITOR: "Editor: uploads and compares",
    Role.REVIEWER: "Reviewer: judges changes",
    Role.VIEWER: "Viewer: sees everything",
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
    st.header("Your workspaces")
    for view in runtime.services().workspaces.list(actor):
        with st.container(key=f"row_{view.id}"):
            name, role, _, actions = st.columns(_WIDTHS, vertical_alignment="center")
            name.markdown(phrases.plain(view.name))
            role.markdown(f":gray[{view.role.value.capitalize()}]")
            if view.id == actor.workspace_id:
                actions.markdown(":blue-badge[You work here]")
            else:
                actions.button("Work here", key=f"choose_{view.id}", on_click=_choose, args=(view.id,))
    with (
        st.form("add_workspace", border=False, clear_on_submit=True),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        typed = st.text_input(
            "New workspace", placeholder="Name, such as Contracts 2027", key="workspace_name", width=340
        )
        if st.form_submit_button("Add") and typed.strip():
            notes.tried(lambda: runtime.services().workspaces.add(actor, typed))
            st.rerun()


def _members(actor: Actor) -> None:
    st.header(f"Who is in {phrases.plain(actor.workspace_name)}")
    is_owner = actor.may(Role.OWNER)
    now, zone = datetime.now(UTC), state.zone()
    for member in runtime.services().workspaces.members(actor):
        with st.container(key=f"row_{member.user}"):
            name, since, role, actions = st.columns(_WIDTHS, vertical_alignment="center")
            name.markdown(f"{phrases.plain(member.name)} :gray[{phrases.plain(member.login)}]")
            since.markdown(f":gray[Since {phrases.moment(member.since, now, zone)}]")
            if is_owner:
                key = f"role_{member.user}_{member.role.value}"
                role.selectbox(
                    "Role",
                    list(_ROLES),
                    index=list(_ROLES).index(member.role),
                    format_func=lambda one: _ROLES[one].partition(":")[0],
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
                    "Leave" if is_self else "Remove",
                    key=f"remove_{member.user}",
                    on_click=_remove,
                    args=(actor, member.user),
                )


def _invitations(actor: Actor) -> None:
    workspaces = runtime.services().workspaces
    st.header("Invite somebody")
    with (
        st.form("invite", border=False, clear_on_submit=True),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        for_whom = st.text_input("For whom", placeholder="A name, for your list", key="invite_for", width=340)
        role = st.selectbox("As", list(_ROLES), index=1, format_func=_ROLES.__getitem__, key="invite_role", width=260)
        if st.form_submit_button("Make a link") and for_whom.strip():
            try:
                _, secret = workspaces.invite(actor, for_whom, role)
            except PdfCompareError as error:
                notes.problem(error.message, error.help)
            else:
                st.session_state["invitation_link"] = f"{state.address()}/invitation/{secret}"
    if link := st.session_state.get("invitation_link"):
        st.markdown("Send this link to whom you invite. It is good for one person, and is shown this once only.")
        st.code(link, language=None)
    now, zone = datetime.now(UTC), state.zone()
    for invitation in workspaces.invitations(actor):
        with st.container(key=f"row_{invitation.id}"):
            whom, until, role_, actions = st.columns(_WIDTHS, vertical_alignment="center")
            whom.markdown(phrases.plain(invitation.for_whom))
            until.markdown(f":gray[Good until {phrases.moment(invitation.expires_at, now, zone)}]")
            role_.markdown(f":gray[{invitation.role.value.capitalize()}]")
            actions.button("Withdraw", key=f"withdraw_{invitation.id}", on_click=_withdraw, args=(actor, invitation.id))


def _keep(actor: Actor) -> None:
    days = st.session_state["retention"]
    notes.tried(lambda: runtime.services().quotas.keep(actor, days))


def _kept(actor: Actor) -> None:
    usage = runtime.services().quotas.usage(actor)
    st.header("What it holds")
    room = f" of {phrases.size(usage.most_bytes)}" if usage.most_bytes else ""
    many = f" of {usage.most_documents:,}" if usage.most_documents else ""
    st.markdown(
        f"{usage.documents:,}{many} documents, {phrases.size(usage.bytes)}{room}, "
        f"{phrases.counted(usage.comparisons, 'comparison')}."
    )
    for used, most, what in (
        (usage.ocr_pages, usage.most_ocr_pages, "pages whose characters were recognised"),
        (usage.model_tokens, usage.most_model_tokens, "tokens of the language model"),
    ):
        if used or most:
            of = f" of {most:,}" if most else ""
            st.markdown(f"In this month {used:,}{of} {what}.")
    if actor.may(Role.OWNER):
        st.number_input(
            "Days that comparisons, and documents without one, are kept",
            min_value=1.0,
            max_value=36500.0,
            value=usage.own_days,
            placeholder=f"{usage.days:g}, as the server does" if usage.days else "Until they are deleted",
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
    st.header("Links for guests")
    now, zone = datetime.now(UTC), state.zone()
    for share in shares:
        with st.container(key=f"row_{share.id}"):
            names, until, views, actions = st.columns(_WIDTHS, vertical_alignment="center")
            names.markdown(f"{phrases.plain(share.old_name)} :gray[→] {phrases.plain(share.new_name)}")
            locked = ", with a password" if share.has_password else ""
            until.markdown(f":gray[Until {phrases.moment(share.expires_at, now, zone)}{locked}]")
            views.markdown(f":gray[Opened {phrases.counted(share.views, 'time')}]")
            actions.button("End", key=f"unshare_{share.id}", on_click=_end, args=(actor, share.id))


def _log(actor: Actor) -> None:
    st.header("What was done here")
    people = {member.user: member.name for member in runtime.services().workspaces.members(actor)}
    log.section(actor, people, whole_server=False)


def page(actor: Actor) -> None:
    """Draw the view."""
    st.title("Workspaces")
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
