"""People and the log of the whole server, for administrators."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response

from api.identity import Reader, Use, Writer
from api.routes.sessions import Filters, as_csv
from api.schemas import (
    AuditList,
    OperationsAnswer,
    PersonAnswer,
    PersonChange,
    PersonList,
    PersonMade,
    PersonRequest,
    Problem,
)

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


@router.get("/operations", response_model=OperationsAnswer)
def get_operations(actor: Reader, services: Use) -> dict[str, Any]:
    """Storage, jobs and dead letters of the whole server, in numbers."""
    return services.operations.look(actor).to_json()


@router.get("/audit.csv", response_class=Response, responses={200: {"content": {"text/csv": {}}}})
def export_server_audit(actor: Reader, services: Use, filters: Filters) -> Response:
    """The log of all workspaces and of the server itself, as a file."""
    return as_csv(services, actor, whole_server=True, **filters)


@router.get("/audit", response_model=AuditList)
def list_server_audit(
    actor: Reader,
    services: Use,
    filters: Filters,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    before: Annotated[int | None, Query(ge=1, le=2**62)] = None,
) -> dict[str, Any]:
    """The log of all workspaces and of the server itself, newest first."""
    found, following = services.audit.list(actor, limit=limit, before=before, whole_server=True, **filters)
    return {"entries": [entry.to_json() for entry in found], "next": following}
