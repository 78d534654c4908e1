"""Links for guests, and what the workspace holds and keeps."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response

from api.identity import Reader, Use, Writer
from api.schemas import Bounds, Problem, Retention, ShareList, ShareMade, ShareRequest, UsageAnswer, UsageList

router = APIRouter(tags=["workspaces"])

_MISSING: dict[int | str, dict[str, Any]] = {404: {"model": Problem}}
_REFUSED: dict[int | str, dict[str, Any]] = {
    404: {"model": Problem},
    409: {"model": Problem, "description": "Not done yet."},
    422: {"model": Problem},
}
_MOST_BYTES = 16 * 1024


@router.post(
    "/comparisons/{comparison_id}/shares",
    status_code=201,
    response_model=ShareMade,
    responses=_REFUSED,
    max_body_size=_MOST_BYTES,
)
def share(comparison_id: UUID, body: ShareRequest, actor: Writer, services: Use) -> dict[str, Any]:
    """A link that shows the report of this result to whoever has it, and nothing else."""
    made, secret = services.shares.add(actor, str(comparison_id), days=body.days, password=body.password)
    return {"share": made.to_json(), "path": f"/shared/{secret}"}


@router.get("/shares", response_model=ShareList)
def list_shares(actor: Reader, services: Use, comparison: UUID | None = None) -> dict[str, Any]:
    """The links of the workspace that are good."""
    of = None if comparison is None else str(comparison)
    return {"shares": [view.to_json() for view in services.shares.list(actor, comparison_id=of)]}


@router.delete("/shares/{share_id}", status_code=204, responses=_MISSING)
def revoke_share(share_id: UUID, actor: Writer, services: Use) -> Response:
    """End a link at once."""
    services.shares.revoke(actor, str(share_id))
    return Response(status_code=204)


@router.get("/workspace", response_model=UsageAnswer)
def get_usage(actor: Reader, services: Use) -> dict[str, Any]:
    """What the workspace you work in holds, may hold, and how long it keeps it."""
    return {"workspace": services.quotas.usage(actor).to_json()}


@router.put("/workspace/retention", response_model=UsageAnswer, max_body_size=_MOST_BYTES)
def keep(body: Retention, actor: Writer, services: Use) -> dict[str, Any]:
    """How long the workspace keeps what it has; for its owners."""
    return {"workspace": services.quotas.keep(actor, body.days).to_json()}


@router.get("/admin/workspaces", response_model=UsageList)
def list_workspaces_of_all(actor: Reader, services: Use) -> dict[str, Any]:
    """What all workspaces hold, in numbers; for administrators."""
    return {"workspaces": [usage.to_json() for usage in services.quotas.list(actor)]}


@router.put(
    "/admin/workspaces/{workspace_id}/bounds",
    response_model=UsageAnswer,
    responses=_MISSING,
    max_body_size=_MOST_BYTES,
)
def bound(workspace_id: UUID, body: Bounds, actor: Writer, services: Use) -> dict[str, Any]:
    """How much a workspace may hold; for administrators."""
    usage = services.quotas.bound(actor, str(workspace_id), **body.model_dump())
    return {"workspace": usage.to_json()}
