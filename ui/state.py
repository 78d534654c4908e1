"""The typed state of a browser session; the only place that touches `st.session_state` and the session store.

It holds ids and choices, not data: what they stand for is asked of `service/` in each run, so that a state from
another replica, or one whose document was deleted meanwhile, is never wrong for long.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from api.sessions import COOKIE
from core.errors import NotFound, OptionsError
from core.options import CompareOptions
from service.access import Actor, Role, SignedOut
from ui import runtime

_KEY = "pdfc"
_MOST_VIEWS = 10  #: comparisons whose view is kept
_VIEW_CHARACTERS = 2000  #: of one, as JSON


@dataclass(slots=True)
class State:
    """What the user has chosen so far.

    Attributes:
        old: Id of the document on the old side, or None.
        new: Id of the document on the new side, or None.
        comparison: Id of the comparison that the Compare page waits for, or None.
        result: Id of the comparison last opened on the Result page, or None.
        profile: Name of the profile that the options of the next comparison began with, or None.
        options: Those options, in the form of `CompareOptions.to_json`.
        views: By comparison, where the user was in its viewer, the last one last; the viewer alone knows the form.
    """

    old: str | None = None
    new: str | None = None
    comparison: str | None = None
    result: str | None = None
    profile: str | None = None
    options: dict[str, Any] = field(default_factory=dict)
    views: dict[str, dict[str, Any]] = field(default_factory=dict)


def state() -> State:
    """The state of this session: from this tab, else what another tab or replica saved last."""
    found = st.session_state.get(_KEY)
    if not isinstance(found, State):
        sid = session_id()
        found = _read(runtime.services().sessions.load(sid).get(_KEY)) if sid else State()
        st.session_state[_KEY] = found
    return found


def save() -> None:
    """Keep the state beyond this tab and process."""
    sid = session_id()
    if sid:
        sessions = runtime.services().sessions
        sessions.save(sid, {**sessions.load(sid), _KEY: asdict(state())})


def remember_view(comparison_id: str, view: dict[str, Any]) -> None:
    """Keep where the user is in a comparison; what is longer than any view is not one."""
    if len(json.dumps(view)) > _VIEW_CHARACTERS:
        return
    views = state().views
    views.pop(comparison_id, None)
    views[comparison_id] = view
    while len(views) > _MOST_VIEWS:
        del views[next(iter(views))]
    save()


def options() -> CompareOptions:
    """The chosen options; the defaults where nothing was chosen or an older form was stored."""
    try:
        return CompareOptions.from_json(state().options)
    except OptionsError:
        return CompareOptions()


def forget_document(document_id: str) -> None:
    """Take a deleted document out of what is chosen."""
    mine = state()
    mine.old = None if mine.old == document_id else mine.old
    mine.new = None if mine.new == document_id else mine.new
    save()


def forget_choices() -> None:
    """Begin anew, as in another workspace, where nothing of what was chosen exists."""
    st.session_state[_KEY] = State()
    save()


def address() -> str:
    """The address of this server as the user knows it, without a path."""
    public = runtime.services().settings.public_url
    return public.rstrip("/") if public else "/".join((st.context.url or "").split("/")[:3])


def zone() -> tzinfo:
    """The time zone of the reader's browser; UTC when it does not say."""
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def session_id() -> str | None:
    """The session id of the signed cookie; None without a valid one."""
    return runtime.cookies().read(st.context.cookies.get(COOKIE))


class Looking(Actor):
    """Who is looking at a page. A page lives long, and so do its callbacks: he is asked for anew at every use case."""

    __slots__ = ()

    def require(self, role: Role) -> None:
        self._now().require(role)

    def require_admin(self) -> None:
        self._now().require_admin()

    def _now(self) -> Actor:
        sid = session_id()
        users = runtime.services().users
        found = users.actor_for_session(sid) if sid else None
        if found is None or found.user_id != self.user_id:
            raise SignedOut()
        if found.workspace_id == self.workspace_id:
            return found
        # Another tab went to another workspace; this one still shows the first.
        try:
            return users.actor(self.user, self.workspace)
        except NotFound as error:
            raise SignedOut("You are no longer in this workspace.", remedy="Reload this page.") from error


def actor() -> Actor | None:
    """Who is looking, by the same path as the API; None when the session is nobody's."""
    sid = session_id()
    found = runtime.services().users.actor_for_session(sid) if sid else None
    return None if found is None else Looking(**{f.name: getattr(found, f.name) for f in fields(Actor)})


def csrf() -> str:
    """The token that our components send with their writes; empty without a session."""
    sid = session_id()
    return runtime.cookies().csrf(sid) if sid else ""


def _read(values: object) -> State:
    if not isinstance(values, dict):
        return State()
    kept = {f.name: values[f.name] for f in fields(State) if f.name in values}
    for name in ("old", "new", "comparison", "result", "profile"):
        if not isinstance(kept.get(name), str):
            kept[name] = None
    for name in ("options", "views"):
        if not isinstance(kept.get(name), dict):
            kept[name] = {}
    return State(**kept)
