"""Reviews: decisions on the changes of a result, comments, assignments, signatures.

What was said of a change has a version, which is its ETag. A decision or an assignment with `If-Match` is recorded when
the version is still that, else it is refused with 412: what others did meanwhile is never overwritten unseen.
"""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Path, Query, Response

from api.identity import Reader, Use, Writer
from api.review_schemas import (
    AlikeAnswer,
    AlikeIgnored,
    Assignment,
    CommentGiven,
    ManyDecided,
    ManyVerdicts,
    ReviewActivity,
    ReviewAnswer,
    ReviewedChangeAnswer,
    SignatureGiven,
    TimelineAnswer,
    VerdictGiven,
)
from api.schemas import Problem
from service.access import Actor, Role
from service.review_state import ChangeReview
from service.reviews import BadReview, Told, Wish

router = APIRouter(prefix="/comparisons/{comparison_id}/reviews", tags=["reviews"])

ChangeId = Annotated[str, Path(max_length=80, description="Id of a change, as the result has it.")]
Seen = Annotated[
    str | None, Header(alias="If-Match", max_length=40, description="The version seen, such as `3`; `*` for any.")
]
timelines = APIRouter(prefix="/documents/{document_id}/timeline", tags=["reviews"])

_READ: dict[int | str, dict[str, Any]] = {
    404: {"model": Problem},
    409: {"model": Problem, "description": "Not done yet."},
}
_WRITTEN: dict[int | str, dict[str, Any]] = {
    **_READ,
    412: {"model": Problem, "description": "Changed meanwhile."},
    422: {"model": Problem},
}
_MOST_BYTES = 64 * 1024
_MANY_BYTES = 2 * 1024 * 1024  # 20,000 ids with their versions


@router.get("", response_model=ReviewAnswer, responses=_READ)
def get_review(
    comparison_id: UUID, actor: Reader, services: Use, if_none_match: Annotated[str | None, Header()] = None
) -> Any:
    """How the review stands: decisions, comments, assignments and signatures, also those carried over."""
    etag = _review_etag(actor, services.reviews.version(actor, str(comparison_id)))
    headers = {"ETag": etag, "Cache-Control": "private, no-cache", "Vary": "Cookie, Authorization"}
    if if_none_match is not None and etag in {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}:
        return Response(status_code=304, headers=headers)
    told = services.reviews.get(actor, str(comparison_id))
    headers["ETag"] = _review_etag(actor, told.version)
    return _Json(_review(actor, told), headers)


@router.post("", response_model=ManyDecided, responses=_WRITTEN, max_body_size=_MANY_BYTES)
def decide_many(comparison_id: UUID, body: ManyVerdicts, actor: Writer, services: Use) -> dict[str, Any]:
    """Decide on many changes at once. Those that others changed since are left as they are, and named."""
    wishes = [Wish(wish.id, wish.version) for wish in body.changes]
    decided = services.reviews.decide_many(actor, str(comparison_id), wishes, body.verdict)
    return {"changes": [change.to_json() for change in decided.changes], "conflicts": decided.conflicts}


@router.get("/activity", response_model=ReviewActivity, responses=_READ)
def list_activity(
    comparison_id: UUID,
    actor: Reader,
    services: Use,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    before: Annotated[int | None, Query(ge=0, le=2**53)] = None,
) -> dict[str, Any]:
    """What was done in the review of these two documents, newest first."""
    found, following = services.reviews.activity(actor, str(comparison_id), limit=limit, before=before)
    return {"events": [event.to_json() for event in found], "next": following}


@router.post("/signatures", status_code=201, response_model=ReviewAnswer, responses=_WRITTEN, max_body_size=_MOST_BYTES)
def sign(comparison_id: UUID, body: SignatureGiven, actor: Writer, services: Use) -> dict[str, Any]:
    """Sign the comparison off: your name, the time, the digests of the result and of the decisions as they stand."""
    told = services.reviews.sign(
        actor, str(comparison_id), result_sha256=body.result_sha256, note=body.note, with_open=body.with_open
    )
    return _review(actor, told)


@router.delete("/signatures/{signature_id}", response_model=ReviewAnswer, responses=_READ)
def withdraw_signature(comparison_id: UUID, signature_id: UUID, actor: Writer, services: Use) -> dict[str, Any]:
    """Take your signature back; it stays in the list, as withdrawn."""
    return _review(actor, services.reviews.withdraw(actor, str(comparison_id), str(signature_id)))


@router.get("/changes/{change_id}", response_model=ReviewedChangeAnswer, responses=_READ)
def get_change(
    comparison_id: UUID, change_id: ChangeId, response: Response, actor: Reader, services: Use
) -> dict[str, Any]:
    """What was said of one change."""
    return _change(response, services.reviews.change(actor, str(comparison_id), change_id))


@router.put("/changes/{change_id}", response_model=ReviewedChangeAnswer, responses=_WRITTEN, max_body_size=_MOST_BYTES)
def decide(
    comparison_id: UUID,
    change_id: ChangeId,
    body: VerdictGiven,
    response: Response,
    actor: Writer,
    services: Use,
    seen: Seen = None,
) -> dict[str, Any]:
    """Accept, reject or ignore a change, or take your decision back."""
    version = _version(seen)
    return _change(
        response, services.reviews.decide(actor, str(comparison_id), change_id, body.verdict, version=version)
    )


@router.post("/changes/{change_id}/alike", response_model=AlikeAnswer, responses=_WRITTEN, max_body_size=_MOST_BYTES)
def ignore_alike(
    comparison_id: UUID, change_id: ChangeId, body: AlikeIgnored, actor: Writer, services: Use
) -> dict[str, Any]:
    """Ignore all changes that say the same, and keep that as a rule of a profile where one is named."""
    return services.likeness.ignore(actor, str(comparison_id), change_id, body.profile).to_json()


@router.post(
    "/changes/{change_id}/comments",
    status_code=201,
    response_model=ReviewedChangeAnswer,
    responses=_WRITTEN,
    max_body_size=_MOST_BYTES,
)
def comment(
    comparison_id: UUID, change_id: ChangeId, body: CommentGiven, response: Response, actor: Writer, services: Use
) -> dict[str, Any]:
    """Say something about a change."""
    return _change(response, services.reviews.comment(actor, str(comparison_id), change_id, body.text))


@router.delete("/changes/{change_id}/comments/{comment_id}", response_model=ReviewedChangeAnswer, responses=_READ)
def delete_comment(
    comparison_id: UUID, change_id: ChangeId, comment_id: UUID, response: Response, actor: Writer, services: Use
) -> dict[str, Any]:
    """Delete a comment of your own; owners of the workspace may delete any."""
    return _change(response, services.reviews.delete_comment(actor, str(comparison_id), change_id, str(comment_id)))


@router.put(
    "/changes/{change_id}/assignment",
    response_model=ReviewedChangeAnswer,
    responses=_WRITTEN,
    max_body_size=_MOST_BYTES,
)
def assign(
    comparison_id: UUID,
    change_id: ChangeId,
    body: Assignment,
    response: Response,
    actor: Writer,
    services: Use,
    seen: Seen = None,
) -> dict[str, Any]:
    """Give a change to a member of the workspace, until a day; null takes either away."""
    made = services.reviews.assign(
        actor,
        str(comparison_id),
        change_id,
        assignee=None if body.assignee is None else str(body.assignee),
        due=body.due,
        version=_version(seen),
    )
    return _change(response, made)


@timelines.get("", response_model=TimelineAnswer, responses={404: {"model": Problem}})
def get_timeline(document_id: UUID, actor: Reader, services: Use) -> dict[str, Any]:
    """The revisions of a document, what was compared and signed among them, and what is new since you signed."""
    return {"timeline": services.timelines.get(actor, str(document_id)).to_json()}


class _Json(Response):
    """A body with headers of its own."""

    media_type = "application/json"

    def __init__(self, body: dict[str, Any], headers: dict[str, str]) -> None:
        import json

        super().__init__(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(), headers=headers)


def _review(actor: Actor, told: Told) -> dict[str, Any]:
    state = told.state
    said = (state.changes[one] for one in state.order if one in state.changes)
    return {
        "review": {
            "comparison": str(state.subject.comparison),
            "result_sha256": state.subject.result_sha256,
            "version": told.version,
            "may_decide": actor.may(Role.REVIEWER),
            "me": actor.user_id,
            "counts": state.counts,
            "changes": [change.to_json() for change in said if not change.is_empty],
            "signatures": [signature.to_json() for signature in state.signatures],
            "earlier_signatures": [signature.to_json() for signature in state.earlier],
        }
    }


def _change(response: Response, change: ChangeReview) -> dict[str, Any]:
    response.headers["ETag"] = f'"{change.version}"'
    response.headers["Cache-Control"] = "private, no-cache"
    return {"change": change.to_json()}


def _review_etag(actor: Actor, version: int) -> str:
    return f'"{version}-{actor.user_id[:8]}-{int(actor.may(Role.REVIEWER))}"'


def _version(seen: str | None) -> int | None:
    if seen is None or seen.strip() == "*":
        return None
    try:
        return int(seen.strip().removeprefix("W/").strip('"'))
    except ValueError:
        raise BadReview("If-Match is no version of a change.", remedy='Give its ETag, such as "3".') from None
