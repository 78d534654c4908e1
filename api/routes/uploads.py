"""Large files in parts, by tus 1.0 (https://tus.io/protocols/resumable-upload): creation, termination, expiration."""

from __future__ import annotations

import base64
import binascii
import re
from email.utils import format_datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Request, Response
from starlette.concurrency import run_in_threadpool

from api.identity import Use, Writer
from api.routes.documents import WRITE_BYTES, drained, named
from api.schemas import Problem, UploadAnswer
from core.errors import EngineError, InputError, PdfCompareError
from service.uploads import Stretch, UploadView

VERSION = "1.0.0"
OFFSET_TYPE = "application/offset+octet-stream"
_EXTENSIONS = "creation,termination,expiration"
_SHA256 = re.compile(r"[0-9a-f]{64}")


class OtherTus(PdfCompareError):
    """The request does not speak tus 1.0.0."""

    code = "other_tus_version"
    remedy = "Send Tus-Resumable: 1.0.0."


class BadMetadata(InputError):
    """Upload-Metadata cannot be read."""

    code = "bad_upload_metadata"
    remedy = "Give `filename`, and if you like `sha256` and `version_of`, each followed by its value in base64."


class NotAnOffset(InputError):
    """The body is not said to be a part of an upload."""

    code = "not_a_part"
    remedy = f"Send Content-Type: {OFFSET_TYPE}."


def _spoken(
    response: Response,
    tus_resumable: Annotated[str | None, Header(description="1.0.0")] = None,
) -> None:
    response.headers["Tus-Resumable"] = VERSION
    if tus_resumable != VERSION:
        raise OtherTus()


router = APIRouter(tags=["documents"])
_SPOKEN = [Depends(_spoken)]

_MISSING: dict[int | str, dict[str, Any]] = {
    404: {"model": Problem},
    412: {"model": Problem, "description": "Not tus 1.0.0."},
}
_REFUSED: dict[int | str, dict[str, Any]] = {
    **_MISSING,
    409: {"model": Problem, "description": "Another offset, or the workspace holds as much as it may."},
    413: {"model": Problem, "description": "More bytes than may come."},
    415: {"model": Problem, "description": "Not a part, or the complete file is not a PDF."},
    422: {"model": Problem, "description": "The complete file is damaged, encrypted, or outside the limits."},
}


@router.options("/uploads", status_code=204)
def describe_uploads(services: Use) -> Response:
    """What of tus is understood here."""
    return Response(
        status_code=204,
        headers={
            "Tus-Resumable": VERSION,
            "Tus-Version": VERSION,
            "Tus-Extension": _EXTENSIONS,
            "Tus-Max-Size": str(services.settings.limits.file_bytes),
        },
    )


@router.post("/uploads", status_code=201, response_class=Response, responses=_REFUSED, dependencies=_SPOKEN)
def begin_upload(
    actor: Writer,
    services: Use,
    upload_length: Annotated[int, Header(ge=1, le=2**53, description="Bytes of the whole file.")],
    upload_metadata: Annotated[
        str,
        Header(
            max_length=4096,
            description="`filename`, and optionally `sha256` (hexadecimal) and `version_of` (id of a document), "
            "each followed by its value in base64, with commas between them.",
        ),
    ] = "",
) -> Response:
    """Begin to send a large file; `Location` is where its parts go."""
    said = _metadata(upload_metadata)
    upload = services.uploads.begin(
        actor, said["filename"], upload_length, sha256=said.get("sha256"), version_of=said.get("version_of")
    )
    return _told(upload, 201, {"Location": f"/api/v1/uploads/{upload.id}"})


@router.head("/uploads/{upload_id}", response_class=Response, responses=_MISSING, dependencies=_SPOKEN)
def get_offset(upload_id: UUID, actor: Writer, services: Use) -> Response:
    """How far an upload has come; one whose last answer was lost is finished now."""
    return _told(services.uploads.finish(actor, str(upload_id)), 200)


@router.get("/uploads/{upload_id}", response_model=UploadAnswer, responses={404: {"model": Problem}})
def get_upload(upload_id: UUID, actor: Writer, services: Use) -> dict[str, Any]:
    """The same as JSON, with the document that it became."""
    return {"upload": services.uploads.get(actor, str(upload_id)).to_json()}


@router.patch(
    "/uploads/{upload_id}",
    status_code=204,
    response_class=Response,
    responses=_REFUSED,
    dependencies=_SPOKEN,
    openapi_extra={
        "requestBody": {"content": {OFFSET_TYPE: {"schema": {"type": "string", "format": "binary"}}}, "required": True}
    },
)
async def add_part(
    upload_id: UUID,
    request: Request,
    actor: Writer,
    services: Use,
    upload_offset: Annotated[int, Header(ge=0, le=2**53, description="Where the part begins.")],
) -> Response:
    """Go on with an upload. What comes before a connection breaks stays; with the last byte it becomes a document.

    `Content-Location` is then the document's address.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != OFFSET_TYPE:
        raise NotAnOffset()
    name = "The file"
    try:
        stretch = await run_in_threadpool(services.uploads.go_on, actor, str(upload_id), upload_offset)
        await _copy(request, stretch)
        name = (await run_in_threadpool(services.uploads.get, actor, str(upload_id))).name
        upload = await run_in_threadpool(services.uploads.finish, actor, str(upload_id))
    except (InputError, EngineError) as error:
        await drained(request)
        raise named(error, name) from error
    return _told(upload, 204)


@router.delete(
    "/uploads/{upload_id}", status_code=204, response_class=Response, responses=_MISSING, dependencies=_SPOKEN
)
def delete_upload(upload_id: UUID, actor: Writer, services: Use) -> Response:
    """Forget an upload and what has come of it."""
    services.uploads.delete(actor, str(upload_id))
    return Response(status_code=204, headers={"Tus-Resumable": VERSION})


async def _copy(request: Request, stretch: Stretch) -> None:
    pending = bytearray()
    try:
        async for chunk in request.stream():
            pending += chunk
            if len(pending) >= WRITE_BYTES:
                await run_in_threadpool(stretch.write, bytes(pending))
                pending.clear()
    finally:
        # Also after a disconnect: what has come need not come again.
        try:
            await run_in_threadpool(stretch.write, bytes(pending))
            await run_in_threadpool(stretch.close)
        finally:
            stretch.discard()


def _told(upload: UploadView, status: int, more: dict[str, str] | None = None) -> Response:
    headers = {
        "Tus-Resumable": VERSION,
        "Upload-Offset": str(upload.received_bytes),
        "Upload-Length": str(upload.size_bytes),
        "Upload-Expires": format_datetime(upload.expires_at, usegmt=True),
        "Cache-Control": "no-store",
        **(more or {}),
    }
    if upload.document is not None:
        headers["Content-Location"] = f"/api/v1/documents/{upload.document.id}"
    return Response(status_code=status, headers=headers)


def _metadata(text: str) -> dict[str, str]:
    """The pairs of Upload-Metadata; what we do not know is refused rather than forgotten."""
    found: dict[str, str] = {}
    for pair in filter(None, (part.strip() for part in text.split(","))):
        key, _, value = pair.partition(" ")
        if key == "filetype":  # what browsers' libraries say besides; the file itself says what it is
            continue
        if key not in {"filename", "sha256", "version_of"} or key in found:
            raise BadMetadata(f"Upload-Metadata has no key {key[:40]!r}, or has it twice.")
        try:
            found[key] = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, ValueError) as error:
            raise BadMetadata(f"The value of {key} is not in base64.") from error
    if not 0 < len(found.get("filename", "")) <= 255:
        raise BadMetadata("The file has no name, or one of more than 255 characters.")
    if not _SHA256.fullmatch(found.get("sha256", "0" * 64)):
        raise BadMetadata("sha256 is not 64 hexadecimal digits.")
    return found
