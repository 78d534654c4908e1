"""The trash: what was deleted and can be had back, and what is left of a file anywhere."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Response

from api.identity import Reader, Use, Writer
from api.schemas import Copied, CopyRequest, Problem, Purged, Remains, TrashEmptied, TrashList

router = APIRouter(tags=["trash"])

_MISSING: dict[int | str, dict[str, Any]] = {404: {"model": Problem}}
_REFUSED: dict[int | str, dict[str, Any]] = {404: {"model": Problem}, 422: {"model": Problem}}
_MOST_BYTES = 16 * 1024
Kind = Annotated[Literal["document", "comparison"], Path()]


@router.delete("/comparisons/{comparison_id}", status_code=204, responses=_MISSING)
def delete_comparison(comparison_id: UUID, actor: Writer, services: Use) -> Response:
    """Put a comparison into the trash, with its result; its links for guests end."""
    services.trash.put(actor, "comparison", str(comparison_id))
    return Response(status_code=204)


@router.post(
    "/{kind}s/{item_id}/copy",
    status_code=201,
    response_model=Copied,
    responses=_REFUSED,
    max_body_size=_MOST_BYTES,
)
def copy(kind: Kind, item_id: UUID, body: CopyRequest, actor: Writer, services: Use) -> dict[str, Any]:
    """Copy or move a document, or a comparison with its documents and result, to another of your workspaces."""
    made = services.moving.copy(actor, kind, str(item_id), str(body.workspace), move=body.move)
    return {"id": made}


@router.get("/trash", response_model=TrashList)
def list_trash(actor: Reader, services: Use) -> dict[str, Any]:
    """What is in the trash; it is deleted for good at `until`."""
    return {"trash": [one.to_json() for one in services.trash.list(actor)]}


@router.post("/trash/{kind}/{item_id}/restore", status_code=204, responses=_REFUSED)
def restore(kind: Kind, item_id: UUID, actor: Writer, services: Use) -> Response:
    """Take something out of the trash, a document with its comparisons."""
    services.trash.restore(actor, kind, str(item_id))
    return Response(status_code=204)


@router.delete("/trash/{kind}/{item_id}", response_model=Purged, responses=_MISSING)
def purge(kind: Kind, item_id: UUID, actor: Writer, services: Use) -> dict[str, Any]:
    """Delete something that is in the trash for good, and what is left of it: nothing; for owners."""
    return {"left": services.trash.purge(actor, kind, str(item_id))}


@router.delete("/trash", response_model=TrashEmptied)
def empty(actor: Writer, services: Use) -> dict[str, Any]:
    """Delete everything that is in the trash for good; for owners."""
    return {"deleted": services.trash.empty(actor)}


@router.get("/admin/remains/{sha256}", response_model=Remains)
def get_remains(sha256: Annotated[str, Path(pattern="^[0-9a-f]{64}$")], actor: Reader, services: Use) -> dict[str, Any]:
    """What the whole server still has of a file with this digest, by place; for administrators."""
    return {"left": services.trash.remains(actor, sha256)}
