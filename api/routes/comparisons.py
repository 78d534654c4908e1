"""Comparisons: submit, watch, cancel, retry, result and exports."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Header, Query, Response
from starlette.concurrency import run_in_threadpool

from api.asking import MOST_BYTES, Wait, chosen_options, submitted, told, waited
from api.identity import Reader, Use, Writer
from api.routes.workspaces import IdempotencyKey
from api.schemas import (
    ChangeList,
    ComparisonAnswer,
    ComparisonList,
    ComparisonRequest,
    ExportFormat,
    Problem,
)
from core.faces.selection import Selection

router = APIRouter(prefix="/comparisons", tags=["comparisons"])

_MISSING: dict[int | str, dict[str, Any]] = {404: {"model": Problem}}
_NOT_READY: dict[int | str, dict[str, Any]] = {
    404: {"model": Problem},
    409: {"model": Problem, "description": "Not done yet."},
}
Choice = Annotated[str | None, Query(description="Only these, with commas; all if left out.", max_length=200)]
# A result never changes under its id, and it belongs to whoever may see it.
IMMUTABLE = "private, max-age=31536000, immutable"


@router.post(
    "",
    max_body_size=MOST_BYTES,
    status_code=202,
    response_model=ComparisonAnswer,
    responses={
        200: {"model": ComparisonAnswer, "description": "It has ended: compared before, or within `wait`."},
        404: {"model": Problem},
        422: {"model": Problem},
    },
)
async def submit(
    body: ComparisonRequest,
    response: Response,
    actor: Writer,
    services: Use,
    wait: Wait = 0.0,
    key: IdempotencyKey = None,
) -> dict[str, Any]:
    """Compare two stored documents: 202 with a job, or with `wait` 200 and the end of it where it ends in time.

    The same documents with the same options again give the stored result. Options are laid over those of the profile,
    where one is named.
    """

    def act() -> tuple[int, dict[str, Any]]:
        options = chosen_options(services, actor, body)
        return 202, {"id": services.comparisons.submit(actor, str(body.old), str(body.new), options).id}

    asked = ["comparison", body.model_dump(mode="json", exclude_unset=True)]
    made = await run_in_threadpool(services.answers.once, actor, key, asked, act)
    return submitted(await waited(services, actor, made.body["id"], wait), response)


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
    return {"comparisons": [told(comparison) for comparison in found], "next": following}


@router.get("/{comparison_id}", response_model=ComparisonAnswer, responses=_MISSING)
async def get_comparison(comparison_id: UUID, actor: Reader, services: Use, wait: Wait = 0.0) -> dict[str, Any]:
    """One comparison: its state, progress, queue position, error or summary."""
    return {"comparison": told(await waited(services, actor, str(comparison_id), wait))}


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
    return {"comparison": told(services.comparisons.get(actor, str(comparison_id)))}


@router.post("/{comparison_id}/retry", response_model=ComparisonAnswer, responses=_MISSING)
def retry(comparison_id: UUID, actor: Writer, services: Use) -> dict[str, Any]:
    """Run a failed or cancelled comparison again."""
    services.comparisons.retry(actor, str(comparison_id))
    return {"comparison": told(services.comparisons.get(actor, str(comparison_id)))}


@router.get("/{comparison_id}/export/{format_name}", responses=_NOT_READY)
def export(
    comparison_id: UUID,
    format_name: ExportFormat.Name,
    actor: Reader,
    services: Use,
    layers: Choice = None,
    kinds: Choice = None,
    severities: Choice = None,
    states: Annotated[
        str | None,
        Query(description="Only changes in these states of the review: open, accepted, …", max_length=200),
    ] = None,
    page: Annotated[int | None, Query(ge=1, le=1_000_000, description="Only on this page of either side.")] = None,
    query: Annotated[str, Query(max_length=200, description="Only with these words.")] = "",
) -> Response:
    """The result as a file: HTML report, Markdown, CSV, XLSX, DOCX redline, JSON (always whole), or a marked PDF.

    What reviewers decided, wrote and signed is in each of them.
    """
    layers_, kinds_, severities_, states_ = (
        None if text is None else _listed(text) for text in (layers, kinds, severities, states)
    )
    selection = Selection(layers_, kinds_, severities_, states_, None if page is None else {page}, query)
    data, media_type, filename = services.comparisons.export(actor, str(comparison_id), format_name, selection)
    headers = {
        "Content-Disposition": attachment(filename),
        "Cache-Control": "private, no-cache",
        # These are compressed already; the server's own gzip would only cost time and the length.
        **({"Content-Encoding": "identity"} if format_name.startswith(("pdf", "xlsx", "docx")) else {}),
    }
    return Response(data, media_type=media_type, headers=headers)


def _listed(text: str | None) -> list[str]:
    return [] if text is None else [part.strip() for part in text.split(",") if part.strip()]


def attachment(filename: str) -> str:
    """A Content-Disposition that keeps any name: the plain form for old clients, the UTF-8 form for the rest."""
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\/' else "_" for c in filename)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"
