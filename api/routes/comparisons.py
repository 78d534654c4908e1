"""Comparisons: submit, watch, cancel, retry, result and exports."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Header, Query, Response

from api.identity import Reader, Use, Writer
from api.schemas import ComparisonAnswer, ComparisonList, ComparisonRequest, ExportFormat, Problem
from core.faces.selection import Selection
from core.options import CompareOptions
from core.profiles import overlaid

router = APIRouter(prefix="/comparisons", tags=["comparisons"])

_MISSING: dict[int | str, dict[str, Any]] = {404: {"model": Problem}}
_NOT_READY: dict[int | str, dict[str, Any]] = {
    404: {"model": Problem},
    409: {"model": Problem, "description": "Not done yet."},
}
Choice = Annotated[str | None, Query(description="Only these, with commas; all if left out.", max_length=200)]
# Two ids and a hundred rules of each sort; the rest of a larger body is not read.
_MOST_BYTES = 256 * 1024
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
    base = CompareOptions() if body.profile is None else services.profiles.options(actor, body.profile)
    options = overlaid(base, body.options.model_dump(exclude_unset=True))
    comparison = services.comparisons.submit(actor, str(body.old), str(body.new), options)
    if comparison.state == "done":
        response.status_code = 200
    response.headers["Location"] = f"/api/v1/comparisons/{comparison.id}"
    return {"comparison": comparison.to_json()}


@router.get("", response_model=ComparisonList)
def list_comparisons(
    actor: Reader,
    services: Use,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: Annotated[str | None, Query(max_length=200)] = None,
) -> dict[str, Any]:
    """The comparisons of the workspace, newest first."""
    found, following = services.comparisons.list(actor, limit=limit, after=after)
    return {"comparisons": [comparison.to_json() for comparison in found], "next": following}


@router.get("/{comparison_id}", response_model=ComparisonAnswer, responses=_MISSING)
def get_comparison(comparison_id: UUID, actor: Reader, services: Use) -> dict[str, Any]:
    """One comparison: its state, progress, queue position, error or summary."""
    return {"comparison": services.comparisons.get(actor, str(comparison_id)).to_json()}


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


def attachment(filename: str) -> str:
    """A Content-Disposition that keeps any name: the plain form for old clients, the UTF-8 form for the rest."""
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\/' else "_" for c in filename)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"
