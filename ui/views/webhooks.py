"""Webhooks: programs that are told when a comparison or a batch ends, and what was sent to them; for owners."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.errors import PdfCompareError
from service.access import Actor, Role
from service.webhooks import EVENTS, DeliveryView, WebhookView
from ui import notes, phrases, runtime, state
from ui.language import noted, number, t

_WIDTHS = (5, 2.6, 4)
_DELIVERY_WIDTHS = (2, 1.4, 4.4, 1.6, 1.4)
_MOST_DELIVERIES = 10
_TOLD = "webhook_key"
_EVENT_WORDS = {
    "comparison.done": noted("Comparison done"),
    "comparison.failed": noted("Comparison failed"),
    "comparison.cancelled": noted("Comparison cancelled"),
    "batch.done": noted("Batch done"),
    "ping": noted("Test"),
}
_STATE_WORDS = {
    "waiting": noted(":orange[Waiting]"),
    "delivered": noted(":green[Delivered]"),
    "failed": noted(":red[Failed]"),
}


def _add(actor: Actor, url: str, events: list[str]) -> None:
    webhook, secret = runtime.services().webhooks.add(actor, url, events)
    st.session_state[_TOLD] = (webhook.url, secret)


def _renew(actor: Actor, webhook_id: str) -> None:
    def act() -> None:
        webhook, secret = runtime.services().webhooks.renew_key(actor, webhook_id)
        st.session_state[_TOLD] = (webhook.url, secret)

    notes.tried(act)


def _switch(actor: Actor, webhook: WebhookView) -> None:
    notes.tried(lambda: runtime.services().webhooks.change(actor, webhook.id, is_enabled=not webhook.is_enabled))


def _test(actor: Actor, webhook_id: str) -> None:
    notes.tried(lambda: runtime.services().webhooks.ping(actor, webhook_id))
    st.session_state[f"deliveries_{webhook_id}"] = True


def _again(actor: Actor, webhook_id: str, delivery_id: str) -> None:
    notes.tried(lambda: runtime.services().webhooks.send_again(actor, webhook_id, delivery_id))


def _delete(actor: Actor, webhook_id: str) -> None:
    notes.tried(lambda: runtime.services().webhooks.delete(actor, webhook_id))


@st.dialog(t("Delete webhook"))
def _confirm(actor: Actor, webhook: WebhookView) -> None:
    st.markdown(t("Tell **{0}** nothing any more, and forget what was sent to it?", phrases.plain(webhook.url)))
    with st.container(horizontal=True, horizontal_alignment="right"):
        if st.button(t("Keep it")):
            st.rerun()
        if st.button(t("Delete"), type="primary", key="webhook_delete_now", on_click=_delete, args=(actor, webhook.id)):
            st.rerun()


def _secret() -> None:
    if told := st.session_state.pop(_TOLD, None):
        url, secret = told
        st.markdown(
            t(
                "Give this key to the program at {0}, which checks the signatures by it. It is shown this once only.",
                phrases.plain(url),
            )
        )
        st.code(secret, language=None)


def _form(actor: Actor) -> None:
    with (
        st.form("add_webhook", border=False, clear_on_submit=True),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        url = st.text_input(
            t("Address"),
            placeholder="https://build.example.org/pdf-compare",
            key="webhook_url",
            width=420,
            max_chars=2000,
        )
        events = st.multiselect(
            t("Told when"),
            list(EVENTS),
            default=["comparison.done", "comparison.failed"],
            format_func=lambda event: t(_EVENT_WORDS[event]),
            key="webhook_events",
            width=420,
        )
        wanted = st.form_submit_button(t("Add"))
    if wanted and not events:
        notes.problem(t("Nothing is chosen that it is told."), t("Choose when."))
    elif wanted and url.strip():
        try:
            _add(actor, url.strip(), events)
        except PdfCompareError as error:
            notes.problem(error.message, error.help)
        else:
            st.rerun()


def _webhook(actor: Actor, webhook: WebhookView) -> None:
    where, marks, actions = st.columns(_WIDTHS, vertical_alignment="center")
    where.markdown(phrases.plain(webhook.url))
    where.caption(", ".join(t(_EVENT_WORDS.get(event, event)) for event in webhook.events))
    tries = "try" if webhook.failures == 1 else "tries"
    failures = t(" :orange-badge[{0} failed {1}]", number(webhook.failures), tries)
    shown = t(":green-badge[On]") if webhook.is_enabled else t(":red-badge[Off]")
    marks.markdown(shown + (failures if webhook.failures else ""))
    with actions, st.container(horizontal=True, horizontal_alignment="right", gap="small"):
        st.button(t("Test"), key=f"test_{webhook.id}", on_click=_test, args=(actor, webhook.id))
        label = t("Switch off") if webhook.is_enabled else t("Switch on")
        st.button(label, key=f"switch_{webhook.id}", on_click=_switch, args=(actor, webhook))
        st.button(t("New key"), key=f"key_{webhook.id}", on_click=_renew, args=(actor, webhook.id))
        if st.button(t("Delete"), key=f"drop_{webhook.id}", type="tertiary"):
            _confirm(actor, webhook)
    if st.toggle(t("Last deliveries"), key=f"deliveries_{webhook.id}"):
        _deliveries(actor, webhook)


def _deliveries(actor: Actor, webhook: WebhookView) -> None:
    """What was sent, moving while something waits to be sent."""
    found, _ = runtime.services().webhooks.deliveries(actor, webhook.id, limit=_MOST_DELIVERIES)
    is_waiting = any(one.state == "waiting" for one in found)

    @st.fragment(run_every=2.0 if is_waiting else None)
    def rows() -> None:
        listed, _ = runtime.services().webhooks.deliveries(actor, webhook.id, limit=_MOST_DELIVERIES)
        if is_waiting and all(one.state != "waiting" for one in listed):
            st.rerun()  # the whole page: the webhook's failures are counted anew, and nothing has to move any more
        if not listed:
            st.text(t("Nothing was sent in the last thirty days."))
        for one in listed:
            _delivery(actor, webhook.id, one, st.columns(_DELIVERY_WIDTHS, vertical_alignment="center"))

    rows()


def _delivery(actor: Actor, webhook_id: str, one: DeliveryView, places: Sequence[DeltaGenerator]) -> None:
    event, state_, answer, when, actions = places
    event.markdown(t(_EVENT_WORDS.get(one.event, one.event)))
    state_.markdown(t(_STATE_WORDS.get(one.state, one.state)))
    said = one.reason or (t("Answered {0}", one.status) if one.status is not None else "")
    tries = t(" {0} tried.", phrases.counted(one.attempts, "time")) if one.attempts > 1 else ""
    answer.markdown(f":gray[{phrases.plain(said)}{tries}]" if said or tries else "")
    when.markdown(f":gray[{phrases.moment(one.created_at, datetime.now(UTC), state.zone())}]")
    if one.state != "waiting":
        actions.button(t("Send again"), key=f"again_{one.id}", on_click=_again, args=(actor, webhook_id, one.id))


def page(actor: Actor) -> None:
    """Draw the view."""
    st.title(t("Webhooks"))
    st.caption(
        t(
            "Programs that are told, by a signed request, when something ends in {0}. They are told ids, states "
            "and counts, never a name or a text.",
            phrases.plain(actor.workspace_name),
        )
    )
    notes.kept_problem()
    try:
        actor.require(Role.OWNER)
        _secret()
        found = runtime.services().webhooks.list(actor)
        for webhook in found:
            with st.container(key=f"row_{webhook.id}"):
                _webhook(actor, webhook)
        if not found:
            st.text(t("Nobody is told yet."))
        _form(actor)
    except PdfCompareError as error:
        notes.problem(error.message, error.help)


_actor = state.actor()
if _actor is not None:
    with st.container(key="page"):
        page(_actor)
