"""How the review of a comparison stands: what was decided and said here, and what is carried over to it.

Everything hangs on a pair of documents and the id of a change, which stays the same for the same change. So what was
decided is there again when the pair is compared with other options; and what was decided about another revision of one
of the two documents (the same file, or one of its name) is carried over wherever the change is the same. Carrying is
done when reading: nothing is copied, so nothing can be out of date.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Text, cast, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session, aliased

from core.errors import NotFound
from db.rows import (
    ChangeRow,
    ComparisonRow,
    DocumentRow,
    ReviewChangeRow,
    ReviewCommentRow,
    ReviewDecisionRow,
    ReviewEventRow,
    ReviewSignatureRow,
    UserRow,
)
from service.views import NotReady, as_uuid, iso

VERDICTS = ("accepted", "rejected", "ignored")
#: Of a change: what its reviewers say; `disputed` where they differ, `open` where nobody has said anything.
STATES = ("open", *VERDICTS, "disputed")
_GONE = "somebody who is gone"
_MOST_EARLIER = 20  # signatures of other revisions that are shown


class Subject(NamedTuple):
    """A comparison with a result, as its review needs it.

    Attributes:
        family: Ids of the two documents and of all their versions.
    """

    comparison: UUID
    old: UUID
    new: UUID
    result_sha256: str
    family: frozenset[UUID]

    def related(self, row: Any) -> ColumnElement[bool]:
        """Whether a row of the review tables is about one of these documents."""
        return or_(row.old_id.in_(self.family), row.new_id.in_(self.family))

    def own(self, row: Any) -> ColumnElement[bool]:
        """Whether it is about this pair."""
        together: ColumnElement[bool] = (row.old_id == self.old) & (row.new_id == self.new)
        return together


@dataclass(frozen=True, slots=True)
class Carried:
    """From where something was carried over: another comparison of the pair, or another pair."""

    comparison: UUID | None
    old: str
    new: str
    is_same_pair: bool

    def to_json(self) -> dict[str, Any]:
        return {
            "comparison": None if self.comparison is None else str(self.comparison),
            "old": self.old,
            "new": self.new,
            "same_revisions": self.is_same_pair,
        }


@dataclass(frozen=True, slots=True)
class Decision:
    """What one reviewer says of a change."""

    user: UUID
    name: str
    verdict: str
    at: datetime
    carried: Carried | None

    def to_json(self) -> dict[str, Any]:
        return {
            "user": str(self.user),
            "name": self.name,
            "verdict": self.verdict,
            "at": iso(self.at),
            "carried": None if self.carried is None else self.carried.to_json(),
        }


@dataclass(frozen=True, slots=True)
class Comment:
    """A remark on a change; `mentions` are (id, name) of members."""

    id: UUID
    user: UUID | None
    name: str
    text: str
    mentions: tuple[tuple[str, str], ...]
    at: datetime
    carried: Carried | None

    def to_json(self) -> dict[str, Any]:
        return {
            "id": str(self.id),
            "user": None if self.user is None else str(self.user),
            "name": self.name,
            "text": self.text,
            "mentions": [{"user": user, "name": name} for user, name in self.mentions],
            "at": iso(self.at),
            "carried": None if self.carried is None else self.carried.to_json(),
        }


@dataclass(slots=True)
class ChangeReview:
    """All that reviewers said of one change.

    Attributes:
        version: Give it with a decision or an assignment; 0 before the first.
        assignment_carried: From where assignee and due date were carried over; None where they were set here.
    """

    id: str
    version: int = 0
    decisions: list[Decision] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    assignee: tuple[UUID, str] | None = None
    due: date | None = None
    assignment_carried: Carried | None = None

    @property
    def state(self) -> str:
        """One of `STATES`."""
        said = {decision.verdict for decision in self.decisions}
        return "open" if not said else said.pop() if len(said) == 1 else "disputed"

    @property
    def is_carried(self) -> bool:
        """Whether nobody has decided on it here."""
        return bool(self.decisions) and all(decision.carried is not None for decision in self.decisions)

    @property
    def is_empty(self) -> bool:
        return not (self.version or self.decisions or self.comments or self.assignee or self.due)

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "version": self.version,
            "state": self.state,
            "decisions": [decision.to_json() for decision in self.decisions],
            "comments": [comment.to_json() for comment in self.comments],
            "assignee": None if self.assignee is None else {"user": str(self.assignee[0]), "name": self.assignee[1]},
            "due": None if self.due is None else self.due.isoformat(),
            "assignment_carried": None if self.assignment_carried is None else self.assignment_carried.to_json(),
        }


@dataclass(frozen=True, slots=True)
class Signature:
    """A sign-off.

    Attributes:
        stands: It was not withdrawn, and result and decisions are those that were signed.
        counts: Of the changes by their state, when it was signed.
    """

    id: UUID
    comparison: UUID | None
    user: UUID | None
    name: str
    note: str
    result_sha256: str
    decisions_sha256: str
    counts: dict[str, int]
    at: datetime
    withdrawn_at: datetime | None
    stands: bool

    def to_json(self) -> dict[str, Any]:
        return {
            "id": str(self.id),
            "comparison": None if self.comparison is None else str(self.comparison),
            "user": None if self.user is None else str(self.user),
            "name": self.name,
            "note": self.note,
            "result_sha256": self.result_sha256,
            "decisions_sha256": self.decisions_sha256,
            "counts": self.counts,
            "at": iso(self.at),
            "withdrawn_at": iso(self.withdrawn_at),
            "stands": self.stands,
        }


@dataclass(frozen=True, slots=True)
class EarlierSignature:
    """A sign-off of another pair of these revisions: never one of this result."""

    comparison: UUID | None
    name: str
    old: str
    new: str
    at: datetime

    def to_json(self) -> dict[str, Any]:
        return {
            "comparison": None if self.comparison is None else str(self.comparison),
            "name": self.name,
            "old": self.old,
            "new": self.new,
            "at": iso(self.at),
        }


@dataclass(frozen=True, slots=True)
class ReviewState:
    """The review of a comparison.

    Attributes:
        order: Ids of all changes of the result, in its order.
        changes: By id; only those of which something was said.
        earlier: What was signed of other pairs of these revisions and not withdrawn, newest first.
    """

    subject: Subject
    order: tuple[str, ...]
    changes: dict[str, ChangeReview]
    signatures: tuple[Signature, ...]
    earlier: tuple[EarlierSignature, ...] = ()

    def of(self, change_id: str) -> ChangeReview:
        """One change, also one of which nothing was said."""
        return self.changes.get(change_id) or ChangeReview(change_id)

    @property
    def counts(self) -> dict[str, int]:
        """Of the changes: how many there are, how many in each state, and how many are decided by carrying alone."""
        found = Counter(change.state for change in self.changes.values())
        counts = {state: found[state] for state in STATES}
        counts["open"] = len(self.order) - sum(count for state, count in found.items() if state != "open")
        carried = sum(change.is_carried for change in self.changes.values())
        return {"changes": len(self.order), **counts, "carried": carried}

    @property
    def decisions_sha256(self) -> str:
        return _digest_of(self.changes.values())


def subject_of(session: Session, comparison_id: str) -> Subject:
    """The comparison of that id.

    Raises:
        NotFound: It is not in this workspace.
        NotReady: It has no result.
    """
    row = session.get(ComparisonRow, as_uuid(comparison_id))
    if row is None:
        raise NotFound()
    if row.result_sha256 is None:
        raise NotReady()
    family = family_of(session, (row.old_id, row.new_id))
    return Subject(row.id, row.old_id, row.new_id, row.result_sha256, family)


def family_of(session: Session, documents: Iterable[UUID]) -> frozenset[UUID]:
    """Ids of these documents and of all their versions: of their series, or of their names where they have none."""
    given = tuple(documents)
    found = session.execute(select(DocumentRow.name, DocumentRow.series).where(DocumentRow.id.in_(given))).all()
    series = {one.series for one in found if one.series is not None}
    names = {one.name for one in found if one.series is None}
    versions = select(DocumentRow.id).where(
        DocumentRow.series.in_(series) | (DocumentRow.series.is_(None) & DocumentRow.name.in_(names))
    )
    return frozenset((*given, *session.scalars(versions)))


def latest(session: Session, subject: Subject) -> int:
    """Grows with everything that is done in the review, here or where it is carried over from."""
    found = select(func.max(ReviewEventRow.id)).where(subject.related(ReviewEventRow))
    return session.scalar(found) or 0


def review_block(session: Session, comparison_id: str) -> dict[str, Any] | None:
    """What was said of a result, as its exports hold it, in the order of the result; None where nothing was.

    Ids of people stay here; names go out.
    """
    state = review_state(session, subject_of(session, comparison_id))
    if not state.changes and not state.signatures:
        return None
    said = (state.changes[one] for one in state.order if one in state.changes)
    block = {
        "counts": state.counts,
        "changes": [change.to_json() for change in said if not change.is_empty],
        "signatures": [signature.to_json() for signature in state.signatures],
    }
    without: dict[str, Any] = _without_ids(block)
    return without


def _without_ids(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_ids(one) for one in value]
    if isinstance(value, dict):
        return {key: _without_ids(one) for key, one in value.items() if key not in ("user", "comparison")}
    return value


def has_change(session: Session, subject: Subject, change_id: str) -> bool:
    """Whether the result has such a change."""
    found = select(ChangeRow.id).where(ChangeRow.comparison_id == subject.comparison, ChangeRow.change_id == change_id)
    return session.scalar(found.limit(1)) is not None


def review_state(session: Session, subject: Subject, only: Iterable[str] | None = None) -> ReviewState:
    """How it stands; of these changes only where they are named, without signatures then."""
    mine = ChangeRow.comparison_id == subject.comparison
    order: tuple[str, ...]
    wanted: Any
    if only is None:
        order = tuple(session.scalars(select(ChangeRow.change_id).where(mine).order_by(ChangeRow.ordinal)))
        wanted = select(ChangeRow.change_id).where(mine)
    else:
        order = tuple(only)
        wanted = select(func.unnest(cast(list(order), ARRAY(Text))))
    changes: dict[str, ChangeReview] = {}

    def of(change_id: str) -> ChangeReview:
        return changes.setdefault(change_id, ChangeReview(change_id))

    shared = select(ReviewChangeRow, UserRow.name).outerjoin(UserRow, UserRow.id == ReviewChangeRow.assignee_id)
    for row, name in session.execute(shared.where(subject.own(ReviewChangeRow), ReviewChangeRow.change_id.in_(wanted))):
        change = of(row.change_id)
        change.version, change.due = row.version, row.due
        change.assignee = None if row.assignee_id is None else (row.assignee_id, name or _GONE)
    for change_id, (given, carried) in _carried_assignments(session, subject, wanted).items():
        change = of(change_id)
        change.assignee, change.due, change.assignment_carried = *given, carried
    for change_id, decisions in _decisions(session, subject, wanted).items():
        if decisions:
            of(change_id).decisions = decisions
    for change_id, comments in _comments(session, subject, wanted).items():
        of(change_id).comments = comments
    signatures = () if only is not None else _signatures(session, subject, _digest_of(changes.values()))
    earlier = () if only is not None else _earlier(session, subject)
    return ReviewState(subject, order, changes, signatures, earlier)


_Old, _New = aliased(DocumentRow), aliased(DocumentRow)


def _with_names(row: Any, subject: Subject, wanted: Any) -> Any:
    return (
        select(row, UserRow.name, _Old.name, _New.name)
        .outerjoin(UserRow, UserRow.id == row.user_id)
        .join(_Old, _Old.id == row.old_id)
        .join(_New, _New.id == row.new_id)
        .where(subject.related(row), row.change_id.in_(wanted))
    )


def _carried(subject: Subject, row: Any, old: str, new: str) -> Carried | None:
    is_same_pair = (row.old_id, row.new_id) == (subject.old, subject.new)
    if is_same_pair and row.comparison_id in (None, subject.comparison):
        return None
    return Carried(row.comparison_id, old, new, is_same_pair)


def _decisions(session: Session, subject: Subject, wanted: Any) -> dict[str, list[Decision]]:
    """By change, of each reviewer his own decision here, else his newest elsewhere; oldest first."""
    rows = session.execute(
        _with_names(ReviewDecisionRow, subject, wanted).order_by(ReviewDecisionRow.decided_at.desc())
    ).all()
    chosen: dict[tuple[str, UUID], Any] = {}
    for found in rows:
        row = found[0]
        key = (row.change_id, row.user_id)
        if key not in chosen or (row.old_id, row.new_id) == (subject.old, subject.new):
            chosen[key] = found
    by_change: defaultdict[str, list[Decision]] = defaultdict(list)
    for row, name, old, new in chosen.values():
        if row.verdict != "open":  # taken back here, or nothing to carry
            told = Decision(row.user_id, name or _GONE, row.verdict, row.decided_at, _carried(subject, row, old, new))
            by_change[row.change_id].append(told)
    return {change: sorted(decisions, key=lambda one: (one.at, one.user)) for change, decisions in by_change.items()}


def _carried_assignments(
    session: Session, subject: Subject, wanted: Any
) -> dict[str, tuple[tuple[tuple[UUID, str] | None, date | None], Carried]]:
    """By change, the newest assignment elsewhere of those that were never assigned, or unassigned, here."""
    rows = session.execute(
        select(ReviewEventRow, _Old.name, _New.name)
        .join(_Old, _Old.id == ReviewEventRow.old_id)
        .join(_New, _New.id == ReviewEventRow.new_id)
        .where(
            subject.related(ReviewEventRow),
            ReviewEventRow.action == "assigned",
            ReviewEventRow.change_id.in_(wanted),
        )
        .order_by(ReviewEventRow.id.desc())
    ).all()
    own = {row.change_id for row, *_ in rows if (row.old_id, row.new_id) == (subject.old, subject.new)}
    newest: dict[str, Any] = {}
    for found in rows:
        if found[0].change_id not in own:
            newest.setdefault(str(found[0].change_id), found)
    users = {UUID(row.detail["to"]) for row, *_ in newest.values() if row.detail.get("to")}
    names: dict[UUID, str] = (
        dict(session.execute(select(UserRow.id, UserRow.name).where(UserRow.id.in_(users))).all()) if users else {}
    )
    carried: dict[str, tuple[tuple[tuple[UUID, str] | None, date | None], Carried]] = {}
    for change, (row, old, new) in newest.items():
        user = UUID(row.detail["to"]) if row.detail.get("to") else None
        assignee = (user, names[user]) if user in names else None  # who is gone has nothing to do any more
        due = date.fromisoformat(row.detail["due"]) if row.detail.get("due") else None
        if assignee or due:
            carried[change] = ((assignee, due), Carried(None, old, new, is_same_pair=False))
    return carried


def _comments(session: Session, subject: Subject, wanted: Any) -> dict[str, list[Comment]]:
    rows = session.execute(
        _with_names(ReviewCommentRow, subject, wanted).order_by(ReviewCommentRow.created_at, ReviewCommentRow.id)
    ).all()
    named = {UUID(user) for row, *_ in rows for user in row.mentions}
    names = dict(session.execute(select(UserRow.id, UserRow.name).where(UserRow.id.in_(named))).all()) if named else {}
    by_change: defaultdict[str, list[Comment]] = defaultdict(list)
    for row, name, old, new in rows:
        mentions = tuple((user, names.get(UUID(user), _GONE)) for user in row.mentions)
        carried = _carried(subject, row, old, new)
        told = Comment(row.id, row.user_id, name or _GONE, row.body, mentions, row.created_at, carried)
        by_change[row.change_id].append(told)
    return by_change


def _signatures(session: Session, subject: Subject, decisions_sha256: str) -> tuple[Signature, ...]:
    rows = session.scalars(
        select(ReviewSignatureRow).where(subject.own(ReviewSignatureRow)).order_by(ReviewSignatureRow.signed_at)
    ).all()
    return tuple(
        Signature(
            id=row.id,
            comparison=row.comparison_id,
            user=row.user_id,
            name=row.name,
            note=row.note,
            result_sha256=row.result_sha256,
            decisions_sha256=row.decisions_sha256,
            counts=row.counts,
            at=row.signed_at,
            withdrawn_at=row.withdrawn_at,
            stands=row.withdrawn_at is None
            and row.result_sha256 == subject.result_sha256
            and row.decisions_sha256 == decisions_sha256,
        )
        for row in rows
    )


def _earlier(session: Session, subject: Subject) -> tuple[EarlierSignature, ...]:
    rows = session.execute(
        select(ReviewSignatureRow, _Old.name, _New.name)
        .join(_Old, _Old.id == ReviewSignatureRow.old_id)
        .join(_New, _New.id == ReviewSignatureRow.new_id)
        .where(
            subject.related(ReviewSignatureRow),
            ~subject.own(ReviewSignatureRow),
            ReviewSignatureRow.withdrawn_at.is_(None),
        )
        .order_by(ReviewSignatureRow.signed_at.desc())
        .limit(_MOST_EARLIER)
    ).all()
    return tuple(EarlierSignature(row.comparison_id, row.name, old, new, row.signed_at) for row, old, new in rows)


def _digest_of(changes: Iterable[ChangeReview]) -> str:
    said = sorted([change.id, str(one.user), one.verdict] for change in changes for one in change.decisions)
    return hashlib.sha256(json.dumps(said, separators=(",", ":")).encode()).hexdigest()
