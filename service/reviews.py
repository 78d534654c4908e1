"""Reviews: people decide on the changes of a result, talk about them, and sign."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import Text, cast, delete, func, literal, select, update
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.orm import Session

from core.errors import InputError, NotFound, PdfCompareError
from db.database import Database, one_at_a_time
from db.rows import (
    ChangeRow,
    MembershipRow,
    ReviewChangeRow,
    ReviewCommentRow,
    ReviewDecisionRow,
    ReviewEventRow,
    ReviewSignatureRow,
    UserRow,
)
from service import audit
from service.access import Actor, Role
from service.review_state import (
    VERDICTS,
    ChangeReview,
    ReviewState,
    Subject,
    has_change,
    latest,
    review_state,
    subject_of,
)
from service.views import as_uuid, iso

MOST_AT_ONCE = 20_000  #: changes in one request
MOST_COMMENT_CHARACTERS = 4_000
MOST_COMMENTS = 500  #: on one change of a pair: a thread that is still read
MOST_LISTED = 200


class ChangedMeanwhile(PdfCompareError):
    """Somebody else decided on this change meanwhile."""

    code = "changed_meanwhile"
    remedy = "Look at what he decided, then decide again; nothing of yours was lost."


class OtherResult(PdfCompareError):
    """The result is another than the one that you looked at."""

    code = "other_result"
    remedy = "Open the result again, then sign."


class StillOpen(PdfCompareError):
    """Not every change is decided."""

    code = "still_open"
    remedy = "Decide on them, or say that you sign all the same."


class BadReview(InputError):
    """It cannot be recorded."""

    code = "bad_review"
    remedy = "Correct it and send it again."


class Told(NamedTuple):
    """How a review stands, with the number that grows with everything that is done in it."""

    state: ReviewState
    version: int


class Wish(NamedTuple):
    """A change to be decided on; `version` is what the reviewer has seen, None to decide whatever it is."""

    change: str
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """What came of deciding on many: those decided on, and those that others changed meanwhile."""

    changes: list[ChangeReview]
    conflicts: list[str]


@dataclass(frozen=True, slots=True)
class ReviewEvent:
    """One thing that was done in a review."""

    id: int
    at: datetime
    user: str | None
    who: str
    action: str
    change: str | None
    detail: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "at": iso(self.at),
            "user": self.user,
            "who": self.who,
            "action": self.action,
            "change": self.change,
            "detail": self.detail,
        }


class Reviews:
    """Use cases of reviews."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # ---- looking

    def get(self, actor: Actor, comparison_id: str) -> Told:
        """How the review of a comparison stands; `NotFound`, `NotReady`."""
        actor.require(Role.VIEWER)
        with self._database.read(actor.workspace) as session:
            subject = subject_of(session, comparison_id)
            version = latest(session, subject)
            return Told(review_state(session, subject), version)

    def version(self, actor: Actor, comparison_id: str) -> int:
        """Only the number of `get`."""
        actor.require(Role.VIEWER)
        with self._database.read(actor.workspace) as session:
            return latest(session, subject_of(session, comparison_id))

    def change(self, actor: Actor, comparison_id: str, change_id: str) -> ChangeReview:
        """What was said of one change; `NotFound`, `NotReady`."""
        actor.require(Role.VIEWER)
        with self._database.read(actor.workspace) as session:
            return _one(session, _subject(session, comparison_id, change_id), change_id)

    def activity(
        self, actor: Actor, comparison_id: str, *, limit: int = 50, before: int | None = None
    ) -> tuple[list[ReviewEvent], int | None]:
        """What was done in the review of this pair, newest first, and the number to give as `before` for more."""
        actor.require(Role.VIEWER)
        limit = max(1, min(limit, MOST_LISTED))
        with self._database.read(actor.workspace) as session:
            subject = subject_of(session, comparison_id)
            wanted = (
                select(ReviewEventRow, UserRow.name)
                .outerjoin(UserRow, UserRow.id == ReviewEventRow.user_id)
                .where(subject.own(ReviewEventRow))
                .order_by(ReviewEventRow.id.desc())
                .limit(limit + 1)
            )
            if before is not None:
                wanted = wanted.where(ReviewEventRow.id < before)
            rows = session.execute(wanted).all()
        events = [
            ReviewEvent(
                id=row.id,
                at=row.at,
                user=None if row.user_id is None else str(row.user_id),
                who=name or "",
                action=row.action,
                change=row.change_id,
                detail=row.detail,
            )
            for row, name in rows[:limit]
        ]
        return events, events[-1].id if len(rows) > limit else None

    # ---- deciding

    def decide(
        self, actor: Actor, comparison_id: str, change_id: str, verdict: str, *, version: int | None = None
    ) -> ChangeReview:
        """Say what one thinks of a change; `open` takes it back.

        Args:
            version: Of the change as the reviewer saw it; None decides whatever others did meanwhile.

        Raises:
            ChangedMeanwhile: It is another now. Nothing was recorded.
            NotFound: The result has no such change.
        """
        actor.require(Role.REVIEWER)
        with self._writing(actor, comparison_id) as (session, subject):
            _refuse_missing(session, subject, change_id)
            self._bump(session, actor, subject, change_id, version)
            _say(session, actor, subject, [change_id], verdict)
            _note(session, actor, subject, "decided", change_id, verdict=verdict)
            return _one(session, subject, change_id)

    def decide_many(self, actor: Actor, comparison_id: str, wishes: Sequence[Wish], verdict: str) -> Decided:
        """The same of many at once: those that others changed meanwhile are left as they are, and named.

        Raises:
            NotFound: The result lacks one of them; nothing was recorded.
            BadReview: There are too many.
        """
        actor.require(Role.REVIEWER)
        if len(wishes) > MOST_AT_ONCE:
            raise BadReview(f"There are more than {MOST_AT_ONCE:,} changes.", remedy="Decide on fewer at a time.")
        with self._writing(actor, comparison_id) as (session, subject):
            return self._decide_many(session, actor, subject, wishes, verdict)

    def decide_alike(self, actor: Actor, comparison_id: str, change_id: str, verdict: str) -> Decided:
        """Decide on a change and on all that say the same: of its layer and kind, with its old and new text."""
        actor.require(Role.REVIEWER)
        with self._writing(actor, comparison_id) as (session, subject):
            _refuse_missing(session, subject, change_id)
            wishes = [Wish(found) for found in alike(session, subject, change_id)]
            return self._decide_many(session, actor, subject, wishes, verdict)

    def _decide_many(
        self, session: Session, actor: Actor, subject: Subject, wishes: Iterable[Wish], verdict: str
    ) -> Decided:
        asked = {wish.change: wish.version for wish in wishes}
        mine = ChangeRow.comparison_id == subject.comparison
        known = set(session.scalars(select(ChangeRow.change_id).where(mine)))
        if not set(asked) <= known:
            raise NotFound()
        versions: dict[str, int] = dict(
            session.execute(
                select(ReviewChangeRow.change_id, ReviewChangeRow.version).where(subject.own(ReviewChangeRow))
            ).all()
        )
        conflicts = [one for one, seen in asked.items() if seen is not None and seen != versions.get(one, 0)]
        refused = set(conflicts)
        chosen = [one for one in asked if one not in refused]
        if chosen:
            _grow(session, actor, subject, chosen)
            _say(session, actor, subject, chosen, verdict)
            what = chosen[0] if len(chosen) == 1 else None
            _note(session, actor, subject, "decided", what, verdict=verdict, count=len(chosen))
        state = review_state(session, subject, [*chosen, *conflicts])
        return Decided([state.of(one) for one in chosen], conflicts)

    # ---- talking

    def comment(self, actor: Actor, comparison_id: str, change_id: str, text_: str) -> ChangeReview:
        """Add a remark; `@` and a member's name or login mentions him.

        Raises:
            BadReview: It is empty or too long, or there are too many.
            NotFound: The result has no such change.
        """
        actor.require(Role.REVIEWER)
        body = "\n".join(" ".join(_printable(line).split()) for line in text_.strip().splitlines()).strip()
        if not body:
            raise BadReview("The comment is empty.", remedy="Write something.")
        if len(body) > MOST_COMMENT_CHARACTERS:
            raise BadReview(
                f"The comment has more than {MOST_COMMENT_CHARACTERS:,} characters.", remedy="Make it shorter."
            )
        with self._writing(actor, comparison_id) as (session, subject):
            _refuse_missing(session, subject, change_id)
            here = (subject.own(ReviewCommentRow), ReviewCommentRow.change_id == change_id)
            if (session.scalar(select(func.count()).select_from(ReviewCommentRow).where(*here)) or 0) >= MOST_COMMENTS:
                raise BadReview(f"There are {MOST_COMMENTS} comments already.", remedy="Delete some of yours first.")
            mentions = _mentioned(body, _members(session))
            values = {
                **_keys(actor, subject),
                "id": uuid4(),
                "change_id": change_id,
                "user_id": actor.user,
                "body": body,
                "mentions": mentions,
                "comparison_id": subject.comparison,
            }
            session.execute(insert(ReviewCommentRow).values(values))
            _note(session, actor, subject, "commented", change_id, mentions=len(mentions))
            return _one(session, subject, change_id)

    def delete_comment(self, actor: Actor, comparison_id: str, change_id: str, comment_id: str) -> ChangeReview:
        """Delete a remark of one's own, an owner of the workspace any; `NotFound` otherwise."""
        actor.require(Role.REVIEWER)
        with self._writing(actor, comparison_id) as (session, subject):
            chosen = delete(ReviewCommentRow).where(
                ReviewCommentRow.id == as_uuid(comment_id),
                ReviewCommentRow.change_id == change_id,
                subject.own(ReviewCommentRow),
            )
            if not actor.may(Role.OWNER):
                chosen = chosen.where(ReviewCommentRow.user_id == actor.user)
            if not session.scalars(chosen.returning(ReviewCommentRow.id)).all():
                raise NotFound()
            _note(session, actor, subject, "comment_deleted", change_id)
            return _one(session, subject, change_id)

    def assign(
        self,
        actor: Actor,
        comparison_id: str,
        change_id: str,
        *,
        assignee: str | None,
        due: date | None,
        version: int | None = None,
    ) -> ChangeReview:
        """Give a change to a member of the workspace, until a day; None takes either away.

        Raises:
            ChangedMeanwhile: As `decide`.
            BadReview: Who is named is no member.
            NotFound: The result has no such change.
        """
        actor.require(Role.REVIEWER)
        with self._writing(actor, comparison_id) as (session, subject):
            _refuse_missing(session, subject, change_id)
            user = None if assignee is None else as_uuid(assignee)
            if user is not None and session.get(MembershipRow, (actor.workspace, user)) is None:
                raise BadReview("There is no such member of the workspace.", remedy="Choose one of the list.")
            self._bump(session, actor, subject, change_id, version)
            mine = (subject.own(ReviewChangeRow), ReviewChangeRow.change_id == change_id)
            session.execute(update(ReviewChangeRow).where(*mine).values(assignee_id=user, due=due))
            told = {"to": None if user is None else str(user), "due": None if due is None else due.isoformat()}
            _note(session, actor, subject, "assigned", change_id, **told)
            return _one(session, subject, change_id)

    # ---- signing

    def sign(
        self, actor: Actor, comparison_id: str, *, result_sha256: str, note: str = "", with_open: bool = False
    ) -> Told:
        """Put one's name under the decisions as they stand.

        Args:
            result_sha256: Digest of the result that was looked at, as the review tells it.
            note: What the signer adds.
            with_open: Sign although changes are open or disputed.

        Raises:
            OtherResult: The digest is another.
            StillOpen: Changes are open or disputed.
        """
        actor.require(Role.REVIEWER)
        said = " ".join(_printable(note).split())[:MOST_COMMENT_CHARACTERS]
        with self._writing(actor, comparison_id) as (session, subject):
            if result_sha256 != subject.result_sha256:
                raise OtherResult()
            state = review_state(session, subject)
            counts = state.counts
            undone = counts["open"] + counts["disputed"]
            if undone and not with_open:
                raise StillOpen(f"{undone:,} of {counts['changes']:,} changes are open or disputed.")
            id_ = uuid4()
            values = {
                **_keys(actor, subject),
                "id": id_,
                "comparison_id": subject.comparison,
                "user_id": actor.user,
                "name": actor.name,
                "note": said,
                "result_sha256": subject.result_sha256,
                "decisions_sha256": state.decisions_sha256,
                "counts": counts,
            }
            session.execute(insert(ReviewSignatureRow).values(values))
            _note(session, actor, subject, "signed", None, undone=undone)
            return Told(review_state(session, subject), latest(session, subject))

    def withdraw(self, actor: Actor, comparison_id: str, signature_id: str) -> Told:
        """Take one's own signature back; it stays in the list, as withdrawn. `NotFound`."""
        actor.require(Role.REVIEWER)
        with self._writing(actor, comparison_id) as (session, subject):
            chosen = (
                update(ReviewSignatureRow)
                .where(
                    ReviewSignatureRow.id == as_uuid(signature_id),
                    ReviewSignatureRow.user_id == actor.user,
                    ReviewSignatureRow.withdrawn_at.is_(None),
                    subject.own(ReviewSignatureRow),
                )
                .values(withdrawn_at=func.clock_timestamp())
                .returning(ReviewSignatureRow.id)
            )
            if not session.scalars(chosen).all():
                raise NotFound()
            _note(session, actor, subject, "withdrawn", None)
            return Told(review_state(session, subject), latest(session, subject))

    # ----

    @contextmanager
    def _writing(self, actor: Actor, comparison_id: str) -> Iterator[tuple[Session, Subject]]:
        """A transaction about one pair. One at a time, so that what is read in it still holds when it is written."""
        with self._database.write(actor.workspace) as session:
            subject = subject_of(session, comparison_id)
            name = f"{actor.workspace}/review/{subject.old}/{subject.new}"
            one_at_a_time(session, name)
            yield session, subject

    def _bump(self, session: Session, actor: Actor, subject: Subject, change_id: str, seen: int | None) -> None:
        """Count the change on; `ChangedMeanwhile` when it is not what was seen."""
        if seen is not None:
            mine = (subject.own(ReviewChangeRow), ReviewChangeRow.change_id == change_id)
            now = session.scalar(select(ReviewChangeRow.version).where(*mine)) or 0
            if now != seen:
                raise _changed(session, actor, subject, change_id)
        _grow(session, actor, subject, [change_id])


def alike(session: Session, subject: Subject, change_id: str) -> list[str]:
    """The changes of the result that say what this one says, itself among them."""
    mine = ChangeRow.comparison_id == subject.comparison
    row = session.scalars(select(ChangeRow).where(mine, ChangeRow.change_id == change_id).limit(1)).one()
    same = (
        mine,
        ChangeRow.layer == row.layer,
        ChangeRow.kind == row.kind,
        ChangeRow.old_text.is_not_distinct_from(row.old_text),
        ChangeRow.new_text.is_not_distinct_from(row.new_text),
    )
    if not (row.old_text or row.new_text):  # what has no words is like nothing else
        return [change_id]
    return list(session.scalars(select(ChangeRow.change_id).where(*same).order_by(ChangeRow.ordinal)))


def _subject(session: Session, comparison_id: str, change_id: str) -> Subject:
    subject = subject_of(session, comparison_id)
    _refuse_missing(session, subject, change_id)
    return subject


def _refuse_missing(session: Session, subject: Subject, change_id: str) -> None:
    if not has_change(session, subject, change_id):
        raise NotFound("The result has no such change.", remedy="Take an id from the list of its changes.")


def _one(session: Session, subject: Subject, change_id: str) -> ChangeReview:
    return review_state(session, subject, [change_id]).of(change_id)


def _keys(actor: Actor, subject: Subject) -> dict[str, Any]:
    return {"workspace_id": actor.workspace, "old_id": subject.old, "new_id": subject.new}


_PAIR = ("workspace_id", "old_id", "new_id", "change_id")


def _rows(actor: Actor, subject: Subject, changes: Sequence[str], *more: Any) -> Any:
    """A row for each change, made in the database: thousands at once cost one list of ids."""
    ids = func.unnest(cast(list(changes), ARRAY(Text)))
    return select(literal(actor.workspace), literal(subject.old), literal(subject.new), ids, *map(literal, more))


def _grow(session: Session, actor: Actor, subject: Subject, changes: Sequence[str]) -> None:
    made = insert(ReviewChangeRow).from_select(_PAIR, _rows(actor, subject, changes))
    session.execute(
        made.on_conflict_do_update(
            index_elements=["old_id", "new_id", "change_id"], set_={"version": ReviewChangeRow.version + 1}
        )
    )


def _say(session: Session, actor: Actor, subject: Subject, changes: Sequence[str], verdict: str) -> None:
    if verdict not in (*VERDICTS, "open"):
        raise BadReview("There is no such verdict.", remedy=f"Choose from {', '.join((*VERDICTS, 'open'))}.")
    names = (*_PAIR, "verdict", "comparison_id", "user_id")
    rows = _rows(actor, subject, changes, verdict, subject.comparison, actor.user)
    made = insert(ReviewDecisionRow).from_select(names, rows)
    session.execute(
        made.on_conflict_do_update(
            index_elements=["old_id", "new_id", "change_id", "user_id"],
            set_={
                "verdict": made.excluded.verdict,
                "comparison_id": made.excluded.comparison_id,
                "decided_at": func.clock_timestamp(),
            },
        )
    )


def _note(
    session: Session, actor: Actor, subject: Subject, action: str, change_id: str | None, **detail: str | int | None
) -> None:
    """In the list of activity, and in the workspace's log."""
    values = {
        **_keys(actor, subject),
        "change_id": change_id,
        "user_id": actor.user,
        "action": action,
        "detail": detail,
    }
    session.execute(insert(ReviewEventRow).values(values))
    audit.note(session, actor, f"review.{action}", subject.comparison, **detail)


def _changed(session: Session, actor: Actor, subject: Subject, change_id: str) -> ChangedMeanwhile:
    """Who did what, in words; what many were told at once stands under no single change."""
    event = session.execute(
        select(ReviewEventRow.user_id, ReviewEventRow.action, ReviewEventRow.detail, UserRow.name)
        .outerjoin(UserRow, UserRow.id == ReviewEventRow.user_id)
        .where(
            subject.own(ReviewEventRow),
            (ReviewEventRow.change_id == change_id) | ReviewEventRow.change_id.is_(None),
            ReviewEventRow.action.in_(("decided", "assigned")),
        )
        .order_by(ReviewEventRow.id.desc())
        .limit(1)
    ).one_or_none()
    if event is None:
        return ChangedMeanwhile()
    who = "You, in another window," if event.user_id == actor.user else event.name or "Somebody"
    did = {"assigned": "assigned it"}.get(event.action, _DID.get(event.detail.get("verdict", ""), "decided on it"))
    return ChangedMeanwhile(
        f"{who} {did} meanwhile.", remedy="Look at it, then decide again; nothing of yours is lost."
    )


_DID = {
    "accepted": "accepted this change",
    "rejected": "rejected this change",
    "ignored": "ignored this change",
    "open": "took a decision on it back",
}


def _members(session: Session) -> dict[str, UUID]:
    """Of the session's workspace, by name and by login, lower case."""
    rows = session.execute(
        select(UserRow.id, UserRow.name, UserRow.login).join(MembershipRow, MembershipRow.user_id == UserRow.id)
    ).all()
    return {name.casefold(): row.id for row in rows for name in (row.name, row.login) if name}


def _mentioned(body: str, members: Mapping[str, UUID]) -> list[str]:
    """Ids of those whose name follows an @; of two names that fit, the longer one."""
    if "@" not in body or not members:
        return []
    names = sorted(map(re.escape, members), key=len, reverse=True)
    found = re.findall(rf"(?<!\w)@({'|'.join(names)})(?!\w)", body.casefold())
    return list(dict.fromkeys(str(members[name]) for name in found))


def _printable(text_: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text_)
