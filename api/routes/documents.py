"""Documents: upload as a stream, list, read, delete."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from api.asking import MOST_BYTES, chosen_options, submitted
from api.digests import given_digest
from api.files import pdf_response
from api.identity import Reader, Use, Writer
from api.moments import Moment
from api.multipart import FIELD, OVERHEAD_BYTES, one_file
from api.schemas import ComparisonAnswer, DocumentAnswer, DocumentList, DocumentVersions, HowToCompare, Problem
from core.errors import EncryptedPdf, EngineError, InputError, PdfCompareError
from service.access import Actor
from service.bootstrap import Services

router = APIRouter(prefix="/documents", tags=["documents"])

# Big enough that a hop to a thread costs nothing beside it, small enough that fifty uploads fit in memory.
WRITE_BYTES = 1024 * 1024
# A browser that is still sending does not look at an early answer; so a refused body is read to its end, within reason.
_DRAIN_BYTES = 256 * 1024 * 1024
_DRAIN_SECONDS = 30.0

_BAD_INPUT: dict[int | str, dict[str, Any]] = {
    404: {"model": Problem, "description": "There is no document to be a version of."},
    409: {"model": Problem, "description": "The workspace holds as much as it may."},
    413: {"model": Problem, "description": "The file is too large."},
    415: {"model": Problem, "description": "The file is not a PDF."},
    422: {"model": Problem, "description": "The file is empty, damaged, encrypted, or outside the limits."},
}


_FILE = {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}
_FORM = {
    "multipart/form-data": {
        "schema": {
            "type": "object",
            "properties": {FIELD: {"type": "string", "format": "binary"}},
            "required": [FIELD],
            "additionalProperties": False,
        }
    }
}
Name = Annotated[str, Query(min_length=1, max_length=255, description="The file's name.")]
VersionOf = Annotated[
    UUID | None,
    Query(description="A document that this is a version of, whatever its name; else those of the same name are."),
]
_DIGEST = Header(
    alias="Content-Digest",
    description="`sha-256=:…:` (RFC 9530), the file's SHA-256 in base64: nothing is stored when it is another.",
)


@router.put(
    "",
    status_code=201,
    response_model=DocumentAnswer,
    responses=_BAD_INPUT,
    openapi_extra={"requestBody": {"required": True, "content": _FILE}},
)
async def upload(
    request: Request,
    response: Response,
    actor: Writer,
    services: Use,
    name: Name,
    version_of: VersionOf = None,
    digest: Annotated[str | None, _DIGEST] = None,
) -> dict[str, Any]:
    """Store the PDF in the request's body. Nothing is kept of a file that is refused or cut off."""
    return await _receive(request, response, actor, services, _body(request, name), version_of)


@router.post(
    "",
    status_code=201,
    response_model=DocumentAnswer,
    responses=_BAD_INPUT,
    openapi_extra={"requestBody": {"required": True, "content": _FORM}},
)
async def upload_form(
    request: Request, response: Response, actor: Writer, services: Use, version_of: VersionOf = None
) -> dict[str, Any]:
    """Store the PDF in the field `file` of a form, under the name that it has there."""
    return await _receive(
        request, response, actor, services, one_file(request), version_of, overhead_bytes=OVERHEAD_BYTES
    )


async def _receive(
    request: Request,
    response: Response,
    actor: Actor,
    services: Services,
    pieces: AsyncIterator[str | bytes],
    version_of: UUID | None,
    *,
    overhead_bytes: int = 0,
) -> dict[str, Any]:
    """Store what comes as a name and then bytes."""
    name, received = "The file", None
    declared = request.headers.get("content-length", "")
    size_hint = max(0, int(declared) - overhead_bytes) if declared.isdecimal() else None
    try:
        # What is said of a form is of the whole of it, not of the file.
        sha256 = given_digest(request.headers) if not overhead_bytes else None
        try:
            pending = bytearray()
            async for piece in pieces:
                if isinstance(piece, str):
                    name = piece or name
                    received = await run_in_threadpool(
                        services.documents.receive,
                        actor,
                        name,
                        size_hint=size_hint,
                        sha256=sha256,
                        version_of=None if version_of is None else str(version_of),
                    )
                    continue
                pending += piece
                if received is not None and len(pending) >= WRITE_BYTES:
                    await run_in_threadpool(received.write, bytes(pending))
                    pending.clear()
            assert received is not None  # both sources give a name first, or raise
            await run_in_threadpool(received.write, bytes(pending))
            document = await run_in_threadpool(received.commit)
        except BaseException:
            # Also a disconnect and the cancelling of this task: the temporary file must go in every case.
            if received is not None:
                received.abort()
            raise
    except (InputError, EngineError) as error:
        await drained(request)
        raise named(error, name) from error
    response.headers["Location"] = f"/api/v1/documents/{document.id}"
    return {"document": document.to_json()}


async def _body(request: Request, name: str) -> AsyncIterator[str | bytes]:
    yield name
    async for chunk in request.stream():
        yield chunk


def named(error: PdfCompareError, name: str) -> PdfCompareError:
    """The error as a whole sentence: what our errors say continues the file's name."""
    message = f"{name} {error.message}" if error.message[:1].islower() else error.message
    # There is no field for a password on this way in, so the sentence must not ask for one.
    remedy = "Give a copy saved without a password." if isinstance(error, EncryptedPdf) else error.help
    return type(error)(message, remedy=remedy)


async def drained(request: Request) -> None:
    """Read what is still sent of a refused body, within reason."""
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
    sha256: Annotated[
        str | None, Query(pattern="^[0-9a-f]{64}$", description="Only those with these bytes; spares sending them.")
    ] = None,
    kind: Annotated[
        Literal["text", "recognised"] | None,
        Query(description="With pages whose words were recognised in pictures, or without; once it is in the search."),
    ] = None,
    since: Annotated[Moment | None, Query(description="Added from then on.")] = None,
    until: Annotated[Moment | None, Query(description="Added before.")] = None,
    owner: Annotated[UUID | None, Query(description="Added by this user.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: Annotated[str | None, Query(max_length=200)] = None,
) -> dict[str, Any]:
    """The documents of the workspace, newest first."""
    found, following = services.documents.list(
        actor,
        query=query,
        sha256=sha256,
        kind=kind,
        since=since,
        until=until,
        owner=None if owner is None else str(owner),
        limit=limit,
        after=after,
    )
    return {"documents": [document.to_json() for document in found], "next": following}


@router.get("/{document_id}", response_model=DocumentAnswer, responses={404: {"model": Problem}})
def get_document(document_id: UUID, actor: Reader, services: Use) -> dict[str, Any]:
    """One document."""
    return {"document": services.documents.get(actor, str(document_id)).to_json()}


@router.get("/{document_id}/versions", response_model=DocumentVersions, responses={404: {"model": Problem}})
def list_versions(document_id: UUID, actor: Reader, services: Use) -> dict[str, Any]:
    """The versions of a document, newest first: those of the same name, and what was stored as a version of them."""
    return {"documents": [document.to_json() for document in services.documents.versions(actor, str(document_id))]}


@router.post(
    "/{document_id}/versions/comparison",
    status_code=202,
    response_model=ComparisonAnswer,
    responses={
        200: {"model": ComparisonAnswer, "description": "Compared before: the stored result."},
        404: {"model": Problem},
        422: {"model": Problem, "description": "There is one version only."},
        429: {"model": Problem},
    },
    max_body_size=MOST_BYTES,
)
def compare_latest_versions(
    document_id: UUID, response: Response, actor: Writer, services: Use, body: HowToCompare | None = None
) -> dict[str, Any]:
    """Compare the newest version of a document with the one before it."""
    options = chosen_options(services, actor, body or HowToCompare())
    return submitted(services.comparisons.submit_latest(actor, str(document_id), options), response)


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
