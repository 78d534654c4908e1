"""Batches: many comparisons in one request, and what came of them in one table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from starlette.responses import StreamingResponse

from api.asking import MOST_BYTES, chosen_options
from api.identity import Reader, Use, Writer
from api.routes.workspaces import IdempotencyKey
from api.schemas import BatchAnswer, BatchItems, BatchList, BatchRequest, Problem
from service.batches import Pair

router = APIRouter(prefix="/batches", tags=["comparisons"])

_MISSING: dict[int | str, dict[str, Any]] = {404: {"model": Problem}}


@router.post(
    "",
    max_body_size=MOST_BYTES,
    status_code=202,
    response_model=BatchAnswer,
    responses={404: {"model": Problem}, 422: {"model": Problem}, 429: {"model": Problem}},
)
def begin_batch(
    body: BatchRequest, response: Response, actor: Writer, services: Use, key: IdempotencyKey = None
) -> dict[str, Any]:
    """Compare many pairs: two folders, or one original with everything that came back. All are asked for, or none."""

    def act() -> tuple[int, dict[str, Any]]:
        options = chosen_options(services, actor, body)
        pairs = [Pair(str(pair.old), str(pair.new), pair.label) for pair in body.pairs]
        return 202, {"batch": services.batches.begin(actor, body.name, pairs, options).to_json()}

    asked = ["batch", body.model_dump(mode="json", exclude_unset=True)]
    answer = services.answers.once(actor, key, asked, act)
    response.headers["Location"] = f"/api/v1/batches/{answer.body['batch']['id']}"
    return answer.body


@router.get("", response_model=BatchList)
def list_batches(
    actor: Reader,
    services: Use,
    limit: Annotated[int, Query(ge=1, le=50)] = 20,
    after: Annotated[str | None, Query(max_length=200)] = None,
) -> dict[str, Any]:
    """The batches of the workspace, newest first."""
    found, following = services.batches.list(actor, limit=limit, after=after)
    return {"batches": [batch.to_json() for batch in found], "next": following}


@router.get("/{batch_id}", response_model=BatchAnswer, responses=_MISSING)
def get_batch(batch_id: UUID, actor: Reader, services: Use) -> dict[str, Any]:
    """How far a batch is, and its sums."""
    return {"batch": services.batches.get(actor, str(batch_id)).to_json()}


@router.get("/{batch_id}/items", response_model=BatchItems, responses=_MISSING)
def list_items(
    batch_id: UUID,
    actor: Reader,
    services: Use,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
    after: Annotated[int | None, Query(ge=0, le=2**53)] = None,
) -> dict[str, Any]:
    """The table: one line for each pair, in the order of the request."""
    found, following = services.batches.items(actor, str(batch_id), limit=limit, after=after)
    return {"items": [item.to_json() for item in found], "next": following}


@router.get(
    "/{batch_id}/items.csv",
    response_class=Response,
    responses={200: {"content": {"text/csv": {}}}, **_MISSING},
)
def export_items(batch_id: UUID, actor: Reader, services: Use) -> Response:
    """The table as CSV."""
    pieces = services.batches.export(actor, str(batch_id))
    first = next(pieces)  # what is not there is said before the answer has begun

    def all_() -> Iterator[str]:
        yield first
        yield from pieces

    headers = {"Content-Disposition": 'attachment; filename="batch.csv"', "Cache-Control": "no-store"}
    return StreamingResponse(all_(), media_type="text/csv; charset=utf-8", headers=headers)


@router.post("/{batch_id}/cancel", response_model=BatchAnswer, responses=_MISSING)
def cancel_batch(batch_id: UUID, actor: Writer, services: Use) -> dict[str, Any]:
    """Stop what waits or runs, but for what another batch asked for too."""
    return {"batch": services.batches.cancel(actor, str(batch_id)).to_json()}


@router.delete("/{batch_id}", status_code=204, responses=_MISSING)
def delete_batch(batch_id: UUID, actor: Writer, services: Use) -> Response:
    """Forget a batch; its comparisons stay."""
    services.batches.delete(actor, str(batch_id))
    return Response(status_code=204)
