"""Dead letters on the page Jobs: why jobs failed for good, and what can be done with all of a kind."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from service.access import Actor, Role
from service.job_records import Reason
from ui import phrases, runtime, state
from ui.language import t


def section(actor: Actor, now: datetime) -> None:
    """Draw the dead letters grouped by reason; nothing where there are none."""
    records = runtime.services().job_records
    reasons = records.reasons(actor)
    if not reasons:
        return
    count = sum(reason.count for reason in reasons)
    with st.expander(t("{0} failed for good", phrases.counted(count, "job")), icon=":material/report:", key="dead"):
        st.caption(t("Not because of a file that its owner can mend. They stay until they are tried again or deleted."))
        for reason in reasons:
            _reason(actor, reason, now)


def _reason(actor: Actor, reason: Reason, now: datetime) -> None:
    records, code = runtime.services().job_records, reason.code
    what, actions = st.columns((3, 1), vertical_alignment="center")
    with what:
        message = phrases.plain(phrases.sentence(reason.message))
        st.markdown(f"**{reason.count:,} ×** {message} {phrases.plain(reason.remedy)}")
        st.caption(t("{0} · last {1}", phrases.plain(reason.code), phrases.moment(reason.newest, now, state.zone())))
    with actions, st.container(horizontal=True, horizontal_alignment="right"):
        if st.button(t("Try again"), key=f"dead_retry_{code}", help=t("Queue all that failed with {0} again", code)):
            records.requeue(actor, code=code)
            st.rerun()
        if Role.OWNER.value in actor.roles and st.button(
            t("Delete"), key=f"dead_purge_{code}", help=t("Delete these jobs and their comparisons; the documents stay")
        ):
            records.purge(actor, code=code)
            st.rerun()
