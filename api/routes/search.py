"""Full-text search over the documents and the changes of a workspace."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response

from api.identity import Reader, Use, Writer
from api.moments import Moment
from api.schemas import FoundChanges, FoundPages, IndexAnswer, LanguageRequest, Problem

router = APIRouter(tags=["search"])

_WRONG: dict[int | str, dict[str, Any]] = {404: {"model": Problem}, 422: {"model": Problem}}
_MOST_BYTES = 4096
Asked = Annotated[
    str, Query(alias="q", min_length=1, max_length=400, description='Words, "a phrase", begin*, -without.')
]
Since = Annotated[Moment | None, Query(description="Added from then on.")]
Until = Annotated[Moment | None, Query(description="Added before.")]
Limit = Annotated[int, Query(ge=1, le=50)]
Skip = Annotated[int, Query(ge=0, le=400)]
Document = Annotated[UUID | None, Query(description="Only in this document.")]


@router.get("/search", response_model=FoundPages, responses=_WRONG)
def search_pages(
    q: Asked,
    actor: Reader,
    services: Use,
    document: Document = None,
    since: Since = None,
    until: Until = None,
    owner: Annotated[UUID | None, Query(description="Only documents that this user added.")] = None,
    kind: Annotated[Literal["text", "recognised"] | None, Query(description="Read, or recognised in scans.")] = None,
    changed: Annotated[bool, Query(description="Only pages on which a result shows a change.")] = False,
    limit: Limit = 20,
    skip: Skip = 0,
) -> dict[str, Any]:
    """The pages that fit best, with a snippet and the boxes of the words."""
    found = services.search.find(
        actor,
        q,
        document_id=None if document is None else str(document),
        since=since,
        until=until,
        owner=None if owner is None else str(owner),
        kind=kind,
        changed_only=changed,
        limit=limit,
        skip=skip,
    )
    return {
        "hits": [hit.to_json() for hit in found.hits],
        "total": found.total,
        "partial": found.is_partial,
        "waiting": found.waiting,
    }


@router.get("/search/changes", response_model=FoundChanges, responses=_WRONG)
def search_changes(
    q: Asked,
    actor: Reader,
    services: Use,
    document: Document = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = 20,
    skip: Skip = 0,
) -> dict[str, Any]:
    """The changes of all results that fit best, by what was and what is there."""
    chosen = None if document is None else str(document)
    found = services.search.find_changes(actor, q, document_id=chosen, since=since, until=until, limit=limit, skip=skip)
    return {"hits": [hit.to_json() for hit in found.hits], "total": found.total, "partial": found.is_partial}


@router.get("/documents/{document_id}/index", response_model=IndexAnswer, responses={404: {"model": Problem}})
def get_index(document_id: UUID, actor: Reader, services: Use) -> dict[str, Any]:
    """What the search knows of a document."""
    state = services.search.state(actor, str(document_id))
    return {"index": None if state is None else state.to_json()}


@router.put("/documents/{document_id}/language", status_code=204, max_body_size=_MOST_BYTES, responses=_WRONG)
def choose_language(document_id: UUID, body: LanguageRequest, actor: Writer, services: Use) -> Response:
    """Say in which language a document is written, for the search."""
    services.search.choose_language(actor, str(document_id), body.language)
    return Response(status_code=204)
