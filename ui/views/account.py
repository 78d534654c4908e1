"""Your account: where you are signed in, tokens for programs, the password, the second step, the organisation."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import streamlit as st

from core.errors import PdfCompareError
from service.access import Actor
from service.accounts import LEAST_PASSWORD
from service.tokens import Scope
from ui import navigation, notes, phrases, runtime, state
from ui.federation import CONNECT
from ui.language import noted, t

_WIDTHS = (4, 2, 2, 1.6)
_SCOPES = {
    Scope.READ: noted("Read: see and export"),
    Scope.REVIEW: noted("Review: judge changes"),
    Scope.WRITE: noted("Write: upload and compare"),
    Scope.MANAGE: noted("Manage: everything you may"),
}
_DAYS = {7: noted("a week"), 90: noted("90 days"), 365: noted("a year"), 0: noted("until revoked")}


def _sign_out() -> None:
    sid = state.session_id()
    if sid:
        runtime.services().accounts.sign_out(sid)
        navigation.signed_out()


def _end(actor: Actor, session_id: str) -> None:
    notes.tried(lambda: runtime.services().accounts.end_session(actor, session_id))


def _everywhere(actor: Actor) -> None:
    count = runtime.services().accounts.sign_out_everywhere(actor, but=state.session_id())
    st.session_state["account_said"] = t("{0} ended.", phrases.counted(count, "other session"))


def _password(actor: Actor) -> None:
    st.header(t("Password"))
    with st.form("password", border=False, clear_on_submit=True, width=420):
        now = st.text_input(t("Present password"), type="password", autocomplete="current-password", key="password_now")
        wanted = st.text_input(
            t("New password"),
            type="password",
            autocomplete="new-password",
            key="password_new",
            help=t("At least {0} characters. Your other sessions end.", LEAST_PASSWORD),
        )
        again = st.text_input(
            t("New password again"), type="password", autocomplete="new-password", key="password_again"
        )
        if st.form_submit_button(t("Change the password")):
            if wanted != again:
                notes.problem(t("The two new passwords are not the same."), t("Type them again."))
                return
            try:
                runtime.services().accounts.change_password(actor, now, wanted, sid=state.session_id())
            except PdfCompareError as error:
                notes.problem(error.message, error.help)
            else:
                st.success(t("The password is changed; your other sessions have ended."), icon=":material/check:")


def _sessions(actor: Actor) -> None:
    st.header(t("Where you are signed in"))
    listed = runtime.services().accounts.list_sessions(actor, sid=state.session_id())
    now, zone = datetime.now(UTC), state.zone()
    with st.container(key="rows"):
        for view in listed:
            with st.container(key=f"row_{view.id}"):
                device, begun, used, actions = st.columns(_WIDTHS, vertical_alignment="center")
                device.markdown(phrases.plain(view.device) + (t(" :blue-badge[This one]") if view.is_this else ""))
                begun.markdown(t(":gray[Since {0}]", phrases.moment(view.created_at, now, zone)))
                used.markdown(t(":gray[In use {0}]", phrases.moment(view.seen_at, now, zone)))
                if not view.is_this:
                    actions.button(t("End"), key=f"end_{view.id}", on_click=_end, args=(actor, view.id))
    if len(listed) > 1:
        st.button(t("Sign out everywhere else"), on_click=_everywhere, args=(actor,), key="everywhere")


def _revoke(actor: Actor, token_id: str) -> None:
    notes.tried(lambda: runtime.services().tokens.revoke(actor, token_id))


def _tokens(actor: Actor) -> None:
    st.header(t("Tokens for programs, for {0}", phrases.plain(actor.workspace_name)))
    with (
        st.form("add_token", border=False, clear_on_submit=True),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        name = st.text_input(t("For what"), placeholder=t("Such as nightly build"), key="token_name", width=260)
        scope = st.selectbox(
            t("May"), list(_SCOPES), format_func=lambda scope: t(_SCOPES[scope]), key="token_scope", width=260
        )
        days = st.selectbox(
            t("Good for"), list(_DAYS), index=1, format_func=lambda days: t(_DAYS[days]), key="token_days", width=160
        )
        if st.form_submit_button(t("Make a token")) and name.strip():
            try:
                _, secret = runtime.services().tokens.add(actor, name, scope, days=days or None)
            except PdfCompareError as error:
                notes.problem(error.message, error.help)
            else:
                st.markdown(t("Give this to the program. It is shown this once only."))
                st.code(secret, language=None)
    now, zone = datetime.now(UTC), state.zone()
    for token in runtime.services().tokens.list(actor):
        with st.container(key=f"row_{token.id}"):
            what, until, used, actions = st.columns(_WIDTHS, vertical_alignment="center")
            whose = "" if token.user == actor.user_id else f", {token.user_name}"
            what.markdown(f"{phrases.plain(token.name)} :gray[{phrases.plain(token.scope.value + whose)}]")
            ends = (
                t("Until revoked")
                if token.expires_at is None
                else t("Until {0}", phrases.moment(token.expires_at, now, zone))
            )
            until.markdown(f":gray[{ends}]")
            last = t("Never used") if token.used_at is None else t("Used {0}", phrases.moment(token.used_at, now, zone))
            used.markdown(f":gray[{last}]")
            actions.button(t("Revoke"), key=f"revoke_{token.id}", on_click=_revoke, args=(actor, token.id))


def _confirm(actor: Actor) -> None:
    def act() -> None:
        codes = runtime.services().second_steps.confirm(actor, st.session_state["step_code"])
        st.session_state["recovery_codes"] = codes
        st.session_state.pop("step_setup", None)

    notes.tried(act)


def _begin(actor: Actor) -> None:
    def act() -> None:
        st.session_state["step_setup"] = runtime.services().second_steps.begin(actor)

    notes.tried(act)


def _renew(actor: Actor) -> None:
    def act() -> None:
        codes = runtime.services().second_steps.renew_codes(actor, st.session_state["step_code"])
        st.session_state["recovery_codes"] = codes

    notes.tried(act)


def _turn_off(actor: Actor) -> None:
    notes.tried(lambda: runtime.services().second_steps.turn_off(actor, st.session_state["step_code"]))


def _second_step(actor: Actor) -> None:
    st.header(t("Second step"))
    if codes := st.session_state.pop("recovery_codes", None):
        st.markdown(t("Keep these recovery codes. Each opens your account once. They are shown this once only."))
        st.code("\n".join(codes), language=None)
    steps = runtime.services().second_steps
    is_on, left = steps.mine(actor)
    setup = None if is_on else st.session_state.get("step_setup")
    if not is_on and setup is None:
        st.caption(t("A code of an authenticator on your phone, asked for after the password."))
        st.button(t("Set it up"), key="step_begin", on_click=_begin, args=(actor,))
        return
    if setup is not None:
        data = base64.b64encode(setup.svg.encode()).decode()
        st.markdown(t("Scan this with an authenticator, or type its secret there; then type the code that it shows."))
        st.html(f'<img width="200" alt="To be scanned" src="data:image/svg+xml;base64,{data}">')
        st.code(setup.secret, language=None)
    else:
        st.markdown(t(":green-badge[On] {0} left.", phrases.counted(left, "recovery code")))
    with (
        st.form("second_step", border=False, clear_on_submit=False),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        st.text_input(t("Code of your authenticator"), autocomplete="one-time-code", key="step_code", width=260)
        if setup is not None:
            st.form_submit_button(t("Use it from now on"), on_click=_confirm, args=(actor,))
        else:
            st.form_submit_button(t("New recovery codes"), on_click=_renew, args=(actor,))
            st.form_submit_button(t("Turn it off"), on_click=_turn_off, args=(actor,))


def _disconnect(actor: Actor) -> None:
    notes.tried(lambda: runtime.services().identities.disconnect(actor))


def _organisation(actor: Actor) -> None:
    identities = runtime.services().identities
    st.header(t("Sign-in of your organisation"))
    if identities.is_connected(actor):
        st.markdown(t(":green-badge[Connected]"))
        if identities.has_password(actor):
            st.button(t("Disconnect"), key="disconnect", on_click=_disconnect, args=(actor,))
    else:
        st.markdown(t("[Connect it]({0}) to come in without this password.", CONNECT))


def page(actor: Actor) -> None:
    """Draw the view."""
    services = runtime.services()
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.title(phrases.plain(actor.name))
        st.button(t("Sign out"), on_click=_sign_out, key="sign_out", icon=":material/logout:")
    notes.kept_problem()
    if said := st.session_state.pop("account_said", None):
        st.success(said, icon=":material/check:")
    _sessions(actor)
    _tokens(actor)
    if services.identities.has_password(actor):
        _password(actor)
        _second_step(actor)
    if services.provider.is_on:
        _organisation(actor)


_actor = state.actor()
if _actor is not None:
    with st.container(key="page"):
        page(_actor)
