"""Documents: upload as a stream, list, read, delete."""

from __future__ import annotations

import asyncio
import time
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from api.files import pdf_response
from api.identity import Reader, Use, Writer
from api.schemas import DocumentAnswer, DocumentList, DocumentVersions, Problem
from core.errors import EncryptedPdf, EngineError, InputError, PdfCompareError
from service.documents import Upload

router = APIRouter(prefix="/documents", tags=["documents"])

# Big enough that a hop to a thread costs nothing beside it, small enough that fifty uploads fit in memory.
_WRITE_BYTES = 1024 * 1024
# A browser that is still sending does not look at an early answer; so a refused body is read to its end, within reason.
_DRAIN_BYTES = 256 * 1024 * 1024
_DRAIN_SECONDS = 30.0

_BAD_INPUT: dict[int | str, dict[str, Any]] = {
    409: {"model": Problem, "description": "The workspace holds as much as it may."},
    413: {"model": Problem, "description": "The file is too large."},
    415: {"model": Problem, "description": "The file is not a PDF."},
    422: {"model": Problem, "description": "The file is empty, damaged, encrypted, or outside the limits."},
}


@router.put("", status_code=201, response_model=DocumentAnswer, responses=_BAD_INPUT)
async def upload(
    request: Request,
    actor: Writer,
    services: Use,
    name: Annotated[str, Query(min_length=1, max_length=255, description="The file's name.")],
) -> dict[str, Any]:
    """Store the PDF in the request's body. Nothing is kept of a file that is refused or cut off."""
    declared = request.headers.get("content-length", "")
    size_hint = int(declared) if declared.isdecimal() else None
    try:
        received = await run_in_threadpool(services.documents.receive, actor, name, size_hint=size_hint)
        try:
            await _copy(request, received)
            document = await run_in_threadpool(received.commit)
        except BaseException:
            # Also a disconnect and the cancelling of this task: the temporary file must go in every case.
            received.abort()
            raise
    except (InputError, EngineError) as error:
        await _drain(request)
        raise named(error, name) from error
    return {"document": document.to_json()}


def named(error: PdfCompareError, name: str) -> PdfCompareError:
    """The error as a whole sentence: what our errors say continues the file's name."""
    message = f"{name} {error.message}" if error.message[:1].islower() else error.message
    # There is no field for a password on this way in, so the sentence must not ask for one.
    remedy = "Give a copy saved without a password." if isinstance(error, EncryptedPdf) else error.help
    return type(error)(message, remedy=remedy)


async def _copy(request: Request, upload: Upload) -> None:
    pending = bytearray()
    async for chunk in request.stream():
        pending += chunk
        if len(pending) >= _WRITE_BYTES:
            await run_in_threadpool(upload.write, bytes(pending))
            pending.clear()
    if pending:
        await run_in_threadpool(upload.write, bytes(pending))


async def _drain(request: Request) -> None:
    seen, end = 0, time.monotonic() + _DRAIN_SECONDS
    try:
        async with asyncio.timeout(_DRAIN_SECONDS):
            async for chunk in request.stream():
                seen += len(chunk)
                if seen > _DRAIN_BYTES or time.monotonic() > end:
                    return
    except (TimeoutError, ClientDisconnect, RuntimeError):
        return  # the body was already read, or nobody is there to answer


@router.get("", response_model=DocumentList)
def list_documents(
    actor: Reader,
    services: Use,
    query: Annotated[str, Query(max_length=200, description="Part of the name.")] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: Annotated[str | None, Query(max_length=200)] = None,
) -> dict[str, Any]:
    """The documents of the workspace, newest first."""
    found, following = services.documents.list(actor, query=query, limit=limit, after=after)
    return {"documents": [document.to_json() for document in found], "next": following}


@router.get("/{document_id}", response_model=DocumentAnswer, responses={404: {"model": Problem}})
def get_document(document_id: UUID, actor: Reader, services: Use) -> dict[str, Any]:
    """One document."""
    return {"document": services.documents.get(actor, str(document_id)).to_json()}


@router.get("/{document_id}/versions", response_model=DocumentVersions, responses={404: {"model": Problem}})
def list_versions(document_id: UUID, actor: Reader, services: Use) -> dict[str, Any]:
    """The documents of the same name, newest first."""
    return {"documents": [document.to_json() for document in services.documents.versions(actor, str(document_id))]}


@router.delete("/{document_id}", status_code=204, responses={404: {"model": Problem}})
def delete_document(document_id: UUID, actor: Writer, services: Use) -> Response:
    """Put a document and every comparison made with it into the trash."""
    services.trash.put(actor, "document", str(document_id))
    return Response(status_code=204)


@router.get("/{document_id}/file", responses={200: {"content": {"application/pdf": {}}}, 404: {"model": Problem}})
def get_file(document_id: UUID, request: Request, actor: Reader, services: Use) -> Response:
    """The PDF itself; Range is understood."""
    document = services.documents.get(actor, str(document_id))
    return pdf_response(request, services, actor, document)
