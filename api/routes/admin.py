"""People and the log of the whole server, for administrators."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response

from api.identity import Reader, Use, Writer
from api.routes.sessions import as_csv
from api.schemas import PersonAnswer, PersonChange, PersonList, PersonMade, PersonRequest, Problem

router = APIRouter(prefix="/admin", tags=["administration"])

_REFUSED: dict[int | str, dict[str, Any]] = {404: {"model": Problem}, 422: {"model": Problem}}
_MOST_BYTES = 16 * 1024


@router.get("/people", response_model=PersonList)
def list_people(actor: Reader, services: Use) -> dict[str, Any]:
    """All accounts."""
    return {"people": [person.to_json() for person in services.accounts.list(actor)]}


@router.post("/people", status_code=201, response_model=PersonMade, max_body_size=_MOST_BYTES)
def add_person(body: PersonRequest, actor: Writer, services: Use) -> dict[str, Any]:
    """A new account with a one-time password."""
    person, password = services.accounts.add(actor, body.name, body.login, is_admin=body.is_admin)
    return {"person": person.to_json(), "one_time_password": password}


@router.patch("/people/{user_id}", response_model=PersonAnswer, responses=_REFUSED, max_body_size=_MOST_BYTES)
def change_person(user_id: UUID, body: PersonChange, actor: Writer, services: Use) -> dict[str, Any]:
    """Close or open an account, make somebody an administrator or not."""
    person = services.accounts.change(actor, str(user_id), is_admin=body.is_admin, is_disabled=body.is_disabled)
    return {"person": person.to_json()}


@router.post("/people/{user_id}/reset", response_model=PersonMade, responses=_REFUSED)
def reset_password(user_id: UUID, actor: Writer, services: Use) -> dict[str, Any]:
    """Give somebody a one-time password, end his sessions and unlock him."""
    password = services.accounts.reset(actor, str(user_id))
    return {"person": services.accounts.get(actor, str(user_id)).to_json(), "one_time_password": password}


@router.delete("/people/{user_id}/second-step", status_code=204, responses=_REFUSED)
def reset_second_step(user_id: UUID, actor: Writer, services: Use) -> Response:
    """Take the authenticator of somebody who has lost it away, and end his sessions."""
    services.second_steps.reset(actor, str(user_id))
    return Response(status_code=204)


@router.get("/audit.csv", response_class=Response, responses={200: {"content": {"text/csv": {}}}})
def export_server_audit(actor: Reader, services: Use) -> Response:
    """The log of all workspaces and of the server itself."""
    return as_csv(services, actor, whole_server=True)
