"""Extractions: ask for one, watch it, fetch the result, its formats and files."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response

from api.identity import Reader, Use, Writer
from api.routes.comparisons import attachment
from api.schemas import ExtractFormat, ExtractionAnswer, ExtractionList, ExtractionRequest, Problem
from core.extraction.options import ExtractOptions
from service.exports import Export

router = APIRouter(tags=["extractions"])

_MISSING: dict[int | str, dict[str, Any]] = {404: {"model": Problem}}
_NOT_READY: dict[int | str, dict[str, Any]] = {
    404: {"model": Problem},
    409: {"model": Problem, "description": "Not done yet."},
}
_MOST_BYTES = 16 * 1024


@router.post(
    "/documents/{document_id}/extractions",
    status_code=202,
    max_body_size=_MOST_BYTES,
    response_model=ExtractionAnswer,
    responses={**_MISSING, 422: {"model": Problem}},
)
def submit_extraction(
    document_id: UUID, body: ExtractionRequest, response: Response, actor: Writer, services: Use
) -> dict[str, Any]:
    """Take things out of a document; the same again is the same extraction (status 200 when it is done)."""
    options = ExtractOptions.from_json(body.model_dump(exclude_unset=True))
    found = services.extractions.submit(actor, str(document_id), options)
    if found.state == "done":
        response.status_code = 200
    response.headers["Location"] = f"/api/v1/extractions/{found.id}"
    return {"extraction": found.to_json()}


@router.get("/documents/{document_id}/extractions", response_model=ExtractionList, responses=_MISSING)
def list_extractions(document_id: UUID, actor: Reader, services: Use) -> dict[str, Any]:
    """The extractions of a document, newest first."""
    return {"extractions": [found.to_json() for found in services.extractions.list(actor, str(document_id))]}


@router.get("/extractions/{extraction_id}", response_model=ExtractionAnswer, responses=_MISSING)
def get_extraction(extraction_id: UUID, actor: Reader, services: Use) -> dict[str, Any]:
    """One extraction: its state, progress, error or summary."""
    return {"extraction": services.extractions.get(actor, str(extraction_id)).to_json()}


@router.get("/extractions/{extraction_id}/export/{format_name}", responses=_NOT_READY)
def export_extraction(
    extraction_id: UUID,
    format_name: ExtractFormat.Name,
    actor: Reader,
    services: Use,
    table: Annotated[str | None, Query(max_length=40, description="Only the table with this id.")] = None,
) -> Response:
    """The result as a file: JSON, text, Markdown, tables as CSV, XLSX or JSON, fields, properties."""
    return _answer(services.extractions.export(actor, str(extraction_id), format_name, table))


@router.get("/extractions/{extraction_id}/files/{number}", responses=_NOT_READY)
def get_extracted_file(
    extraction_id: UUID, number: Annotated[int, Path(ge=0, le=100_000)], actor: Reader, services: Use
) -> Response:
    """A picture, an attachment, a picture of a page or the searchable copy, by its place in the summary's files."""
    return _answer(services.extractions.file(actor, str(extraction_id), number))


@router.post("/extractions/{extraction_id}/cancel", response_model=ExtractionAnswer, responses=_MISSING)
def cancel_extraction(extraction_id: UUID, actor: Writer, services: Use) -> dict[str, Any]:
    """Stop a waiting or running extraction; one that has ended stays as it is."""
    services.extractions.cancel(actor, str(extraction_id))
    return {"extraction": services.extractions.get(actor, str(extraction_id)).to_json()}


def _answer(file: Export) -> Response:
    # Whatever a file says of itself, a browser must never run it here.
    headers = {
        "Content-Disposition": attachment(file.filename),
        "Cache-Control": "private, no-cache",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox",
    }
    return Response(file.data, media_type=file.media_type, headers=headers)
