"""Who is asking, where he is signed in, and the log of what was done."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.responses import StreamingResponse

from api.identity import Identity, Reader, Use, Writer, identity_of
from api.moments import Moment
from api.schemas import AuditList, Problem, Session, SessionList, WorkspaceChosen
from service.access import Actor
from service.bootstrap import Services

router = APIRouter(tags=["session"])

_MISSING: dict[int | str, dict[str, Any]] = {404: {"model": Problem}}
_MOST_BYTES = 16 * 1024
_Identity = Annotated[Identity, Depends(identity_of)]


@router.get("/session", response_model=Session)
def get_session(request: Request, actor: Reader, identity: _Identity) -> dict[str, Any]:
    """Who is asking, and the token that writes under this session must carry."""
    return {"csrf": identity.csrf(request), "actor": actor.to_json()}


@router.delete("/session", status_code=204)
def sign_out(request: Request, actor: Writer, services: Use, identity: _Identity) -> Response:
    """End this session."""
    services.accounts.sign_out(identity.session(request))
    return Response(status_code=204)


@router.put("/session/workspace", response_model=Session, responses=_MISSING, max_body_size=_MOST_BYTES)
def choose_workspace(
    body: WorkspaceChosen, request: Request, actor: Writer, services: Use, identity: _Identity
) -> dict[str, Any]:
    """Work in another of your workspaces from now on; a token stays in its own."""
    sid = identity.session(request)
    services.accounts.choose_workspace(sid, str(body.workspace))
    return {"csrf": identity.csrf(request), "actor": identity.actor(request).to_json()}


@router.get("/sessions", response_model=SessionList)
def list_sessions(request: Request, actor: Reader, services: Use, identity: _Identity) -> dict[str, Any]:
    """Where you are signed in."""
    found = services.accounts.list_sessions(actor, sid=identity.session_if_any(request))
    return {"sessions": [view.to_json() for view in found]}


@router.delete("/sessions/{session_id}", status_code=204, responses=_MISSING)
def end_session(session_id: UUID, actor: Writer, services: Use) -> Response:
    """End one of your sessions, wherever it is."""
    services.accounts.end_session(actor, str(session_id))
    return Response(status_code=204)


_Actions = Annotated[
    list[str] | None, Query(alias="action", max_length=50, description="Only these; `member.` is all of a family.")
]
_User = Annotated[UUID | None, Query(description="Only what this person did.")]
_Subject = Annotated[UUID | None, Query(description="Only what was done to this.")]
_When = Annotated[Moment | None, Query()]


def audit_filters(
    action: _Actions = None,
    user: _User = None,
    subject: _Subject = None,
    since: _When = None,
    until: _When = None,
) -> dict[str, Any]:
    """What both logs are filtered by, from the address."""
    return {
        "actions": action or (),
        "user": None if user is None else str(user),
        "subject": None if subject is None else str(subject),
        "since": since,
        "until": until,
    }


Filters = Annotated[dict[str, Any], Depends(audit_filters)]


@router.get("/audit", response_model=AuditList)
def list_audit(
    actor: Reader,
    services: Use,
    filters: Filters,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    before: Annotated[int | None, Query(ge=1, le=2**62)] = None,
) -> dict[str, Any]:
    """What was done in the workspace, newest first; for its owners."""
    found, following = services.audit.list(actor, limit=limit, before=before, **filters)
    return {"entries": [entry.to_json() for entry in found], "next": following}


@router.get("/audit.csv", response_class=Response, responses={200: {"content": {"text/csv": {}}}})
def export_audit(actor: Reader, services: Use, filters: Filters) -> Response:
    """All of it as a file."""
    return as_csv(services, actor, whole_server=False, **filters)


def as_csv(services: Services, actor: Actor, **how: Any) -> Response:
    """The log as a file that is made while it is sent."""
    pieces: Iterator[str] = services.audit.export(actor, **how)
    first = next(pieces)  # who may not read it hears so before the answer has begun
    headers = {"Content-Disposition": 'attachment; filename="audit.csv"', "Cache-Control": "no-store"}
    return StreamingResponse(_chained(first, pieces), media_type="text/csv; charset=utf-8", headers=headers)


def _chained(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest
