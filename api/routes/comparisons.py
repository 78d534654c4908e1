"""Comparisons: submit, watch, cancel, retry, result and exports."""

from __future__ import annotations

import asyncio
import time
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Header, Query, Response
from starlette.concurrency import run_in_threadpool

from api.identity import Reader, Use, Writer
from api.routes.workspaces import IdempotencyKey
from api.schemas import (
    ChangeList,
    ComparisonAnswer,
    ComparisonList,
    ComparisonRequest,
    ExportFormat,
    Many,
    ManyRequest,
    Problem,
)
from core.faces.selection import Selection
from core.options import CompareOptions
from core.profiles import overlaid
from service.access import Actor
from service.bootstrap import Services

router = APIRouter(prefix="/comparisons", tags=["comparisons"])

_MISSING: dict[int | str, dict[str, Any]] = {404: {"model": Problem}}
_NOT_READY: dict[int | str, dict[str, Any]] = {
    404: {"model": Problem},
    409: {"model": Problem, "description": "Not done yet."},
}
Choice = Annotated[str | None, Query(description="Only these, with commas; all if left out.", max_length=200)]
# Two ids and a hundred rules of each sort; the rest of a larger body is not read.
_MOST_BYTES = 256 * 1024
MOST_WAIT_SECONDS = 60.0  #: below the patience of proxies
_LOOK_SECONDS = 0.25
# A result never changes under its id, and it belongs to whoever may see it.
IMMUTABLE = "private, max-age=31536000, immutable"


@router.post(
    "",
    max_body_size=_MOST_BYTES,
    status_code=201,
    response_model=ComparisonAnswer,
    responses={404: {"model": Problem}, 422: {"model": Problem}},
)
def submit(body: ComparisonRequest, response: Response, actor: Writer, services: Use) -> dict[str, Any]:
    """Compare two stored documents; the same ones with the same options again give the stored result (status 200).

    Options are laid over those of the profile, where one is named.
    """
    options = _options(services, actor, body)
    comparison = services.comparisons.submit(actor, str(body.old), str(body.new), options)
    if comparison.state == "done":
        response.status_code = 200
    response.headers["Location"] = f"/api/v1/comparisons/{comparison.id}"
    return {"comparison": comparison.to_json()}


@router.post(
    "/many",
    max_body_size=_MOST_BYTES,
    status_code=202,
    response_model=Many,
    responses={404: {"model": Problem}, 422: {"model": Problem}, 429: {"model": Problem}},
)
def submit_many(
    body: ManyRequest, response: Response, actor: Writer, services: Use, key: IdempotencyKey = None
) -> dict[str, Any]:
    """Compare one stored document with many, such as an original with all that came back; each is a job of its own."""

    def act() -> tuple[int, dict[str, Any]]:
        options = _options(services, actor, body)
        for new in body.new:  # all are there, or nothing is begun
            services.documents.get(actor, str(new))
        made = [services.comparisons.submit(actor, str(body.old), str(new), options) for new in body.new]
        return 202, {"comparisons": [comparison.to_json() for comparison in made]}

    answer = services.answers.once(actor, key, ["many", body.model_dump(mode="json", exclude_unset=True)], act)
    response.status_code = answer.status
    return answer.body


@router.get("", response_model=ComparisonList)
def list_comparisons(
    actor: Reader,
    services: Use,
    document: Annotated[UUID | None, Query(description="Only those with this document on either side.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: Annotated[str | None, Query(max_length=200)] = None,
) -> dict[str, Any]:
    """The comparisons of the workspace, newest first."""
    found, following = services.comparisons.list(
        actor, document_id=None if document is None else str(document), limit=limit, after=after
    )
    return {"comparisons": [comparison.to_json() for comparison in found], "next": following}


@router.get("/{comparison_id}", response_model=ComparisonAnswer, responses=_MISSING)
async def get_comparison(
    comparison_id: UUID,
    actor: Reader,
    services: Use,
    wait: Annotated[
        float,
        Query(
            ge=0,
            le=MOST_WAIT_SECONDS,
            description="Answer after so many seconds at the latest, sooner when it has ended.",
        ),
    ] = 0.0,
) -> dict[str, Any]:
    """One comparison: its state, progress, queue position, error or summary."""
    end = time.monotonic() + wait
    while True:
        found = await run_in_threadpool(services.comparisons.get, actor, str(comparison_id))
        if not found.is_live or time.monotonic() >= end:
            return {"comparison": found.to_json()}
        await asyncio.sleep(_LOOK_SECONDS)


@router.get("/{comparison_id}/changes", response_model=ChangeList, responses=_NOT_READY)
def list_changes(
    comparison_id: UUID,
    actor: Reader,
    services: Use,
    layers: Choice = None,
    kinds: Choice = None,
    severities: Choice = None,
    query: Annotated[str, Query(max_length=200, description="Part of the old or the new text.")] = "",
    page: Annotated[int | None, Query(ge=1, le=1_000_000, description="On this page of either side.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
    after: Annotated[int | None, Query(ge=0, le=2**53)] = None,
) -> dict[str, Any]:
    """The changes of a result, in its order, a page at a time."""
    chosen = {name: _listed(text) for name, text in (("layers", layers), ("kinds", kinds), ("severities", severities))}
    found, total, following = services.comparisons.changes(
        actor, str(comparison_id), query=query, page=page, limit=limit, after=after, **chosen
    )
    return {"changes": [change.to_json() for change in found], "total": total, "next": following}


@router.get("/{comparison_id}/result", responses={200: {"content": {"application/json": {}}}, **_NOT_READY})
def get_result(
    comparison_id: UUID, actor: Reader, services: Use, if_none_match: Annotated[str | None, Header()] = None
) -> Response:
    """The result in the form `pdf-compare/1`; it never changes under this address."""
    etag = services.comparisons.result_etag(actor, str(comparison_id))
    headers = {"ETag": etag, "Cache-Control": IMMUTABLE, "Vary": "Cookie"}
    if if_none_match is not None and etag in {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}:
        return Response(status_code=304, headers=headers)
    return Response(
        services.comparisons.result(actor, str(comparison_id)), media_type="application/json", headers=headers
    )


@router.post("/{comparison_id}/cancel", response_model=ComparisonAnswer, responses=_MISSING)
def cancel(comparison_id: UUID, actor: Writer, services: Use) -> dict[str, Any]:
    """Stop a waiting or running comparison; one that has ended stays as it is."""
    services.comparisons.cancel(actor, str(comparison_id))
    return {"comparison": services.comparisons.get(actor, str(comparison_id)).to_json()}


@router.post("/{comparison_id}/retry", response_model=ComparisonAnswer, responses=_MISSING)
def retry(comparison_id: UUID, actor: Writer, services: Use) -> dict[str, Any]:
    """Run a failed or cancelled comparison again."""
    services.comparisons.retry(actor, str(comparison_id))
    return {"comparison": services.comparisons.get(actor, str(comparison_id)).to_json()}


@router.get("/{comparison_id}/export/{format_name}", responses=_NOT_READY)
def export(
    comparison_id: UUID,
    format_name: ExportFormat.Name,
    actor: Reader,
    services: Use,
    layers: Choice = None,
    kinds: Choice = None,
    severities: Choice = None,
) -> Response:
    """The result as a file: HTML report, Markdown, CSV, XLSX, JSON (always whole), or a marked PDF."""
    selection = Selection(*(None if text is None else text.split(",") for text in (layers, kinds, severities)))
    data, media_type, filename = services.comparisons.export(actor, str(comparison_id), format_name, selection)
    headers = {
        "Content-Disposition": attachment(filename),
        "Cache-Control": "private, no-cache",
        # These are compressed already; the server's own gzip would only cost time and the length.
        **({"Content-Encoding": "identity"} if format_name.startswith(("pdf", "xlsx")) else {}),
    }
    return Response(data, media_type=media_type, headers=headers)


def _options(services: Services, actor: Actor, body: ComparisonRequest | ManyRequest) -> CompareOptions:
    base = CompareOptions() if body.profile is None else services.profiles.options(actor, body.profile)
    return overlaid(base, body.options.model_dump(exclude_unset=True))


def _listed(text: str | None) -> list[str]:
    return [] if text is None else [part.strip() for part in text.split(",") if part.strip()]


def attachment(filename: str) -> str:
    """A Content-Disposition that keeps any name: the plain form for old clients, the UTF-8 form for the rest."""
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\/' else "_" for c in filename)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"
