"""`/files`: PDFs and page images by digest, for whoever may see a document with that digest."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from starlette.responses import StreamingResponse

from api.identity import Reader, Use
from core.errors import NotFound
from service.access import Actor
from service.bootstrap import Services
from service.finding import MOST_CHARACTERS
from service.views import DocumentView

router = APIRouter()

Digest = Annotated[str, Path(pattern="^[0-9a-f]{64}$")]
PageNumber = Annotated[int, Path(ge=1, le=1_000_000)]

# The address holds the digest, so the content can never change; private, because another user may not see it.
_IMMUTABLE = {"Cache-Control": "private, max-age=31536000, immutable", "Vary": "Cookie"}
_CHUNK_BYTES = 256 * 1024


@router.get("/{sha256}")
def get_pdf(sha256: Digest, request: Request, actor: Reader, services: Use) -> Response:
    """The PDF with this digest."""
    return pdf_response(request, services, actor, _document(services, actor, sha256))


@router.get("/{sha256}/pages/{number}")
def get_page_image(
    sha256: Digest,
    number: PageNumber,
    request: Request,
    actor: Reader,
    services: Use,
    dpi: Annotated[int, Query(ge=36, le=1600)] = 100,
    tile: Annotated[str | None, Query(pattern=r"^\d{1,3}\.\d{1,3}$")] = None,
    layers: Annotated[str | None, Query(pattern=r"^(\d{1,3}(,\d{1,3})*)?$", max_length=4000)] = None,
) -> Response:
    """The image of a page, or tile `column.row` of a large sheet, rendered when it is first asked for.

    With `layers`, just the layers of these indexes are shown.
    """
    document = _document(services, actor, sha256)
    if number > document.page_count:
        raise NotFound("There is no such page.")
    column, _, row = (tile or "").partition(".")
    place = (int(column), int(row)) if tile else None
    shown = None if layers is None else tuple(int(index) for index in layers.split(",") if index)
    image = services.pages.image(actor, sha256, number, dpi=dpi, tile=place, layers=shown)
    headers = {**_IMMUTABLE, "ETag": image.etag}
    if _matches(request, image.etag):
        return Response(status_code=304, headers=headers)
    return Response(image.data, media_type=image.media_type, headers=headers)


@router.get("/{sha256}/pages/{number}/text")
def get_page_text(sha256: Digest, number: PageNumber, request: Request, actor: Reader, services: Use) -> Response:
    """The words of a page with their boxes, for selecting text in the viewer."""
    document = _document(services, actor, sha256)
    if number > document.page_count:
        raise NotFound("There is no such page.")
    return Response(services.pages.text(actor, sha256, number), media_type="application/json", headers=_IMMUTABLE)


@router.get("/{sha256}/find")
def find(
    sha256: Digest,
    actor: Reader,
    services: Use,
    q: Annotated[str, Query(min_length=1, max_length=MOST_CHARACTERS)],
    first: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
) -> dict[str, Any]:
    """Where a phrase stands on some pages from `first` on; `last` says how far was looked. Boxes in points."""
    found = services.pages.find(actor, sha256, q, first=first)
    return asdict(found)


@router.get("/{sha256}/layers")
def get_layers(sha256: Digest, actor: Reader, services: Use) -> Response:
    """The layers of the document, [name, shown at first]."""
    return Response(services.pages.layers(actor, sha256), media_type="application/json", headers=_IMMUTABLE)


def pdf_response(request: Request, services: Services, actor: Actor, document: DocumentView) -> Response:
    """A stored PDF as an attachment-free download with one-range support.

    `Content-Encoding: identity` keeps the server's gzip away: a compressed PDF has no length and no ranges.
    """
    etag = f'"{document.sha256}"'
    headers = {**_IMMUTABLE, "ETag": etag, "Accept-Ranges": "bytes", "Content-Encoding": "identity"}
    if _matches(request, etag):
        return Response(status_code=304, headers=headers)
    size = document.size_bytes
    wanted = _range(request, size, etag)
    if wanted is None:
        first, last, status = 0, size - 1, 200
    elif wanted[0] >= size:
        return Response(status_code=416, headers={"Content-Range": f"bytes */{size}"})
    else:
        (first, last), status = wanted, 206
        headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    headers["Content-Length"] = str(last - first + 1)
    body = _read(services.documents.open(actor, document.id, is_first=first == 0), first, last)
    return StreamingResponse(body, status_code=status, media_type="application/pdf", headers=headers)


def _document(services: Services, actor: Actor, sha256: str) -> DocumentView:
    document = services.documents.find_by_digest(actor, sha256)
    if document is None:
        raise NotFound
    return document


def _matches(request: Request, etag: str) -> bool:
    given = request.headers.get("if-none-match", "")
    return etag in {tag.strip().removeprefix("W/") for tag in given.split(",")}


def _range(request: Request, size: int, etag: str) -> tuple[int, int] | None:
    """The first and last byte asked for; None for the whole file, also for forms we need not serve."""
    if request.headers.get("if-range", etag) != etag:
        return None
    found = re.fullmatch(r"bytes=(\d*)-(\d*)", request.headers.get("range", "").strip())
    if found is None or found.group(0) == "bytes=-":
        return None
    start, end = found.groups()
    if not start:
        return max(0, size - int(end)), size - 1
    last = min(int(end), size - 1) if end else size - 1
    return None if last < int(start) < size else (int(start), last)


def _read(fd: int, first: int, last: int) -> Iterator[bytes]:
    try:
        position = first
        while position <= last:
            data = os.pread(fd, min(_CHUNK_BYTES, last + 1 - position), position)
            if not data:
                return
            position += len(data)
            yield data
    finally:
        os.close(fd)
