"""Jobs: every comparison of the workspace with its state; waiting and running ones move, failed ones can be retried."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from core.errors import PdfCompareError
from service.access import Actor, Role
from ui import dead_letters, navigation, notes, runtime, state
from ui.job import row
from ui.language import t
from ui.waiting import wait

_PAGE = 25
_MOST = 200


def _limit() -> int:
    wanted = st.query_params.get("show", "")
    return min(_MOST, int(wanted)) if wanted.isdecimal() and int(wanted) > 0 else _PAGE


def _protection(actor: Actor) -> None:
    """Say it to who runs the server where files are read with less protection than there could be."""
    lacking = runtime.services().job_records.unprotected(actor) if Role.OWNER.value in actor.roles else []
    if lacking:
        st.warning(
            t(
                "The processes that read files are not locked in completely: without {0}. `pdf-compare doctor` says "
                "why; SANDBOX=required refuses work rather than go on like this.",
                " and ".join(lacking),
            ),
            icon=":material/shield:",
        )


def page(actor: Actor) -> None:
    """Draw the view: every comparison with its state."""
    comparisons = runtime.services().comparisons
    limit = _limit()
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.title(t("Jobs"))
        if actor.may(Role.OWNER):
            navigation.webhooks_link()
    found, _ = comparisons.list(actor, limit=limit)
    if not found:
        st.text(t("Nothing has been compared yet."))
        if st.button(t("Compare two PDFs"), type="primary"):
            navigation.to_compare()
        return

    _protection(actor)
    dead_letters.section(actor, datetime.now(UTC))

    @st.fragment
    def rows() -> None:
        try:
            listed, following = comparisons.list(actor, limit=limit)
        except PdfCompareError as error:
            notes.problem(error.message, error.help)
            return
        now = datetime.now(UTC)
        with st.container(key="rows"):
            for comparison in listed:
                with st.container(key=f"row_{comparison.id}"):
                    row(actor, comparison, now)
        if following and limit < _MOST and st.button(t("Show more")):
            st.query_params["show"] = str(limit + _PAGE)
            st.rerun()
        live = [comparison for comparison in listed if comparison.is_live]
        if live:
            moving = next((comparison for comparison in live if comparison.state == "running"), live[-1])
            wait(moving.id, moving)

    rows()


_actor = state.actor()
if _actor is not None:
    with st.container(key="page"):
        page(_actor)
