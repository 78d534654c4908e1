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

_WIDTHS = (5, 2.6, 4)
_DELIVERY_WIDTHS = (2, 1.4, 4.4, 1.6, 1.4)
_MOST_DELIVERIES = 10
_TOLD = "webhook_key"
_EVENT_WORDS = {
    "comparison.done": "Comparison done",
    "comparison.failed": "Comparison failed",
    "comparison.cancelled": "Comparison cancelled",
    "batch.done": "Batch done",
    "ping": "Test",
}
_STATE_WORDS = {"waiting": ":orange[Waiting]", "delivered": ":green[Delivered]", "failed": ":red[Failed]"}


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


@st.dialog("Delete webhook")
def _confirm(actor: Actor, webhook: WebhookView) -> None:
    st.markdown(f"Tell **{phrases.plain(webhook.url)}** nothing any more, and forget what was sent to it?")
    with st.container(horizontal=True, horizontal_alignment="right"):
        if st.button("Keep it"):
            st.rerun()
        if st.button("Delete", type="primary", key="webhook_delete_now", on_click=_delete, args=(actor, webhook.id)):
            st.rerun()


def _secret() -> None:
    if told := st.session_state.pop(_TOLD, None):
        url, secret = told
        st.markdown(
            f"Give this key to the program at {phrases.plain(url)}, which checks the signatures by it. "
            "It is shown this once only."
        )
        st.code(secret, language=None)


def _form(actor: Actor) -> None:
    with (
        st.form("add_webhook", border=False, clear_on_submit=True),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        url = st.text_input(
            "Address", placeholder="https://build.example.org/pdf-compare", key="webhook_url", width=420, max_chars=2000
        )
        events = st.multiselect(
            "Told when",
            list(EVENTS),
            default=["comparison.done", "comparison.failed"],
            format_func=_EVENT_WORDS.__getitem__,
            key="webhook_events",
            width=420,
        )
        wanted = st.form_submit_button("Add")
    if wanted and not events:
        notes.problem("Nothing is chosen that it is told.", "Choose when.")
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
    where.caption(", ".join(_EVENT_WORDS.get(event, event) for event in webhook.events))
    tries = "try" if webhook.failures == 1 else "tries"
    failures = f" :orange-badge[{webhook.failures:,} failed {tries}]"
    shown = ":green-badge[On]" if webhook.is_enabled else ":red-badge[Off]"
    marks.markdown(shown + (failures if webhook.failures else ""))
    with actions, st.container(horizontal=True, horizontal_alignment="right", gap="small"):
        st.button("Test", key=f"test_{webhook.id}", on_click=_test, args=(actor, webhook.id))
        label = "Switch off" if webhook.is_enabled else "Switch on"
        st.button(label, key=f"switch_{webhook.id}", on_click=_switch, args=(actor, webhook))
        st.button("New key", key=f"key_{webhook.id}", on_click=_renew, args=(actor, webhook.id))
        if st.button("Delete", key=f"drop_{webhook.id}", type="tertiary"):
            _confirm(actor, webhook)
    if st.toggle("Last deliveries", key=f"deliveries_{webhook.id}"):
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
            st.text("Nothing was sent in the last thirty days.")
        for one in listed:
            _delivery(actor, webhook.id, one, st.columns(_DELIVERY_WIDTHS, vertical_alignment="center"))

    rows()


def _delivery(actor: Actor, webhook_id: str, one: DeliveryView, places: Sequence[DeltaGenerator]) -> None:
    event, state_, answer, when, actions = places
    event.markdown(_EVENT_WORDS.get(one.event, one.event))
    state_.markdown(_STATE_WORDS.get(one.state, one.state))
    said = one.reason or (f"Answered {one.status}" if one.status is not None else "")
    tries = f" {phrases.counted(one.attempts, 'time')} tried." if one.attempts > 1 else ""
    answer.markdown(f":gray[{phrases.plain(said)}{tries}]" if said or tries else "")
    when.markdown(f":gray[{phrases.moment(one.created_at, datetime.now(UTC), state.zone())}]")
    if one.state != "waiting":
        actions.button("Send again", key=f"again_{one.id}", on_click=_again, args=(actor, webhook_id, one.id))


def page(actor: Actor) -> None:
    """Draw the view."""
    st.title("Webhooks")
    st.caption(
        f"Programs that are told, by a signed request, when something ends in {phrases.plain(actor.workspace_name)}. "
        "They are told ids, states and counts, never a name or a text."
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
            st.text("Nobody is told yet.")
        _form(actor)
    except PdfCompareError as error:
        notes.problem(error.message, error.help)


_actor = state.actor()
if _actor is not None:
    with st.container(key="page"):
        page(_actor)
