"""What travels over the API of reviews."""

from __future__ import annotations

import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from api.schemas import Document

Verdict = Literal["accepted", "rejected", "ignored", "open"]
State = Literal["open", "accepted", "rejected", "ignored", "disputed"]


class Carried(BaseModel):
    """From where something was carried over."""

    comparison: UUID | None
    old: str = Field(description="Name of the old document there; likewise `new`.")
    new: str
    same_revisions: bool = Field(description="The same two documents, compared with other options.")


class Decision(BaseModel):
    user: UUID
    name: str
    verdict: Literal["accepted", "rejected", "ignored"]
    at: datetime.datetime
    carried: Carried | None


class Mention(BaseModel):
    user: UUID
    name: str


class Comment(BaseModel):
    id: UUID
    user: UUID | None
    name: str
    text: str
    mentions: list[Mention]
    at: datetime.datetime
    carried: Carried | None


class ReviewedChange(BaseModel):
    """What was said of one change."""

    id: str
    version: int = Field(description="Give it in If-Match; 0 before anything was said.")
    state: State
    decisions: list[Decision]
    comments: list[Comment]
    assignee: Mention | None
    due: datetime.date | None
    assignment_carried: Carried | None


class Signature(BaseModel):
    """A sign-off; `stands` when it was not withdrawn and result and decisions are those that were signed."""

    id: UUID
    comparison: UUID | None
    user: UUID | None
    name: str
    note: str
    result_sha256: str
    decisions_sha256: str
    counts: dict[str, int]
    at: datetime.datetime
    withdrawn_at: datetime.datetime | None
    stands: bool


class EarlierSignature(BaseModel):
    """A sign-off of another pair of these revisions; never one of this result."""

    comparison: UUID | None
    name: str
    old: str
    new: str
    at: datetime.datetime


class Review(BaseModel):
    """How a review stands; `changes` are those of which something was said."""

    comparison: UUID
    result_sha256: str
    version: int = Field(description="Grows with everything that is done in it.")
    may_decide: bool
    me: UUID
    counts: dict[str, int]
    changes: list[ReviewedChange]
    signatures: list[Signature]
    earlier_signatures: list[EarlierSignature]


class ReviewAnswer(BaseModel):
    review: Review


class ReviewedChangeAnswer(BaseModel):
    change: ReviewedChange


class VerdictGiven(BaseModel):
    model_config = ConfigDict(extra="forbid")

    verdict: Verdict = Field(description="`open` takes a decision back.")


class Wish(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: str = Field(max_length=80)
    version: int | None = Field(default=None, ge=0, le=2**53, description="As seen; null to decide whatever it is.")


class ManyVerdicts(BaseModel):
    model_config = ConfigDict(extra="forbid")

    verdict: Verdict
    changes: list[Wish] = Field(min_length=1, max_length=20_000)


class ManyDecided(BaseModel):
    changes: list[ReviewedChange]
    conflicts: list[str] = Field(description="Those that somebody changed meanwhile: they were left as they are.")


class CommentGiven(BaseModel):
    model_config = ConfigDict(extra="forbid")

    text: str = Field(max_length=8_000, description="`@` and a member's name or login mentions him.")


class Assignment(BaseModel):
    model_config = ConfigDict(extra="forbid")

    assignee: UUID | None = None
    due: datetime.date | None = None


class AlikeIgnored(BaseModel):
    model_config = ConfigDict(extra="forbid")

    profile: str | None = Field(
        default=None, max_length=80, description="The profile that gets the rule; null ignores those of this result."
    )


class AlikeAnswer(BaseModel):
    changes: list[ReviewedChange]
    profile: str | None = Field(description="Compare again with it, and nothing like it is told.")
    rule: str | None = Field(description="What is left out, in words.")


class SignatureGiven(BaseModel):
    model_config = ConfigDict(extra="forbid")

    result_sha256: str = Field(max_length=64, description="Digest of the result that was looked at.")
    note: str = Field(default="", max_length=8_000)
    with_open: bool = Field(default=False, description="Sign although changes are open or disputed.")


class ReviewEvent(BaseModel):
    id: int
    at: datetime.datetime
    user: UUID | None
    who: str
    action: str
    change: str | None
    detail: dict[str, Any]


class ReviewActivity(BaseModel):
    events: list[ReviewEvent]
    next: int | None = Field(description="Give it as `before` for the next page; null at the end.")


class SignedBy(BaseModel):
    name: str
    at: datetime.datetime


class Compared(BaseModel):
    """A comparison of two revisions, with the signatures of that pair that were not withdrawn."""

    id: UUID
    old: UUID
    new: UUID
    state: str
    changes: int | None
    signed: list[SignedBy]


class SinceSigned(BaseModel):
    """Compare these two to see what came after the newest revision that you signed."""

    old: UUID
    new: UUID
    signed_at: datetime.datetime
    comparison: UUID | None = Field(description="Where that was asked for already.")


class Timeline(BaseModel):
    documents: list[Document] = Field(description="The revisions, oldest first.")
    comparisons: list[Compared] = Field(description="Newest first.")
    since_signed: SinceSigned | None


class TimelineAnswer(BaseModel):
    timeline: Timeline
