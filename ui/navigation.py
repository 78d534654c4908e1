"""The pages, their addresses, and how one leads to another.

The start page has no address but `/`: Streamlit ignores another one for it, so nothing may link to `/compare`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

import streamlit as st

from service.access import Actor
from ui import runtime
from ui.desk import SIGN_IN
from ui.federation import OUT
from ui.gate import gate
from ui.language import t

_COMPARE = "views/compare.py"
_LIBRARY = "views/library.py"
_EXTRACT = "views/extract.py"
_ASK = "views/ask.py"
_JOBS = "views/jobs.py"
_RESULT = "views/result.py"
_ACCOUNT = "views/account.py"
_WORKSPACE = "views/workspace.py"
_WEBHOOKS = "views/webhooks.py"
_ADMIN = "views/admin.py"
_NAME_CHARACTERS = 24
_SIGNED_OUT = "signed_out"


def pages(*, result_opened: bool, actor: Actor | None = None) -> Sequence[st.Page] | dict[str, list[st.Page]]:
    """Every page in the order of the navigation; Result is listed once there is one to go back to.

    Args:
        result_opened: Whether there is.
        actor: Who is signed in, for a menu under his name; None where nobody signs in.
    """
    work = [
        st.Page(_COMPARE, title=t("Compare"), default=True),
        st.Page(_LIBRARY, title=t("Library"), url_path="library"),
        st.Page(_EXTRACT, title=t("Extract"), url_path="extract"),
        st.Page(_ASK, title=t("Ask"), url_path="ask"),
        st.Page(_JOBS, title=t("Jobs"), url_path="jobs"),
        st.Page(_RESULT, title=t("Result"), url_path="result", visibility="visible" if result_opened else "hidden"),
    ]
    webhooks = st.Page(
        _WEBHOOKS, title=t("Webhooks"), icon=":material/webhook:", url_path="webhooks", visibility="hidden"
    )
    if actor is None:
        return [*work, webhooks]
    own = [
        st.Page(_ACCOUNT, title=t("Your account"), icon=":material/person:", url_path="account"),
        st.Page(_WORKSPACE, title=t("Workspaces"), icon=":material/group:", url_path="workspace"),
    ]
    # The way there is under Jobs, for owners, whether people sign in or not.
    work.append(webhooks)
    if actor.is_admin:
        own.append(st.Page(_ADMIN, title=t("Administration"), icon=":material/shield_person:", url_path="admin"))
    return {"": work, _menu(actor): own}


def is_result(page: st.Page) -> bool:
    """Whether this is the page of the viewer."""
    return bool(page.url_path == "result")


def _menu(actor: Actor) -> str:
    """Who works where, short enough for the bar."""
    name, place = (
        text if len(text) <= _NAME_CHARACTERS else text[: _NAME_CHARACTERS - 1].rstrip() + "…"
        for text in (actor.name, actor.workspace_name)
    )
    return f"{name} · {place}"


def signed_out() -> None:
    """Remember that the session did not end by itself."""
    st.session_state[_SIGNED_OUT] = True


def session_ended() -> st.Page:
    """What is shown when the session is nobody's: where people sign in, the browser is taken there."""

    def ended() -> None:
        st.title(t("Your session has ended"))
        if runtime.services().users.has_accounts:
            # Who came by the organisation's provider and pressed the button is signed out there too.
            leaves = st.session_state.get(_SIGNED_OUT, False) and runtime.services().provider.is_on
            gate(OUT if leaves else SIGN_IN)
            st.markdown(t("[Sign in]({0}) to go on.", SIGN_IN))
        else:
            st.text(t("Reload this page to go on."))

    return st.Page(ended, title=t("PDF Compare"), default=True)


def to_compare() -> NoReturn:
    """Go to the start page."""
    st.switch_page(_COMPARE)


def to_result(comparison_id: str) -> NoReturn:
    """Go to a result; its address names the comparison, so it can be sent to a colleague."""
    st.switch_page(_RESULT, query_params={"comparison": comparison_id})


def to_ask(document_id: str) -> NoReturn:
    """Go to the page of questions, with this document chosen."""
    st.switch_page(_ASK, query_params={"document": document_id})


def webhooks_link() -> None:
    """A link to the webhooks of the workspace."""
    st.page_link(_WEBHOOKS, label=t(":blue[Webhooks]"), icon=":material/webhook:")


def result_link(
    comparison_id: str, change_id: str | None = None, *, place: tuple[str, int] | None = None, words: str = ""
) -> None:
    """A link to a result, for a list.

    Args:
        comparison_id: Which.
        change_id: The change of it that is shown first.
        place: Digest of one of the two documents, and the page of it that is shown first instead.
        words: What is looked for and marked there.
    """
    named = {"comparison": comparison_id} | ({"change": change_id} if change_id else {})
    if place is not None:
        named |= {"file": place[0], "page": str(place[1]), "find": words}
    st.page_link(_RESULT, label=t(":blue[Open]"), query_params=named)
