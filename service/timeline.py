"""The revisions of a document on one line: what was compared and signed among them, and what is new since then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from db.database import Database
from db.rows import ComparisonRow, DocumentRow, JobRow, ReviewSignatureRow
from service.access import Actor, Role
from service.documents import document_view, find_document
from service.review_state import family_of
from service.views import DocumentView, iso

MOST_REVISIONS = 200
MOST_COMPARISONS = 500


@dataclass(frozen=True, slots=True)
class Compared:
    """A comparison of two revisions; `signed` are (name, time) of signatures that were not withdrawn."""

    id: str
    old: str
    new: str
    state: str
    changes: int | None
    signed: tuple[tuple[str, datetime], ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "old": self.old,
            "new": self.new,
            "state": self.state,
            "changes": self.changes,
            "signed": [{"name": name, "at": iso(at)} for name, at in self.signed],
        }


@dataclass(frozen=True, slots=True)
class SinceSigned:
    """What came after the newest revision that one signed: that revision, the newest one, and their comparison."""

    old: str
    new: str
    signed_at: datetime
    comparison: str | None

    def to_json(self) -> dict[str, Any]:
        return {"old": self.old, "new": self.new, "signed_at": iso(self.signed_at), "comparison": self.comparison}


@dataclass(frozen=True, slots=True)
class Timeline:
    """Revisions from the oldest to the newest; `since_signed` is None where one signed none, or the newest."""

    documents: list[DocumentView]
    comparisons: list[Compared]
    since_signed: SinceSigned | None

    def to_json(self) -> dict[str, Any]:
        return {
            "documents": [document.to_json() for document in self.documents],
            "comparisons": [comparison.to_json() for comparison in self.comparisons],
            "since_signed": None if self.since_signed is None else self.since_signed.to_json(),
        }


class Timelines:
    """Use cases about the revisions of a document."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, actor: Actor, document_id: str) -> Timeline:
        """The revisions of a document: its versions, and what any of them was compared with. `NotFound`."""
        actor.require(Role.VIEWER)
        with self._database.read(actor.workspace) as session:
            document = find_document(session, document_id)
            family = family_of(session, [document.id])
            compared = _comparisons(session, family)
            ids = family | {one for row, _ in compared for one in (row.old_id, row.new_id)}
            documents = session.scalars(
                select(DocumentRow)
                .where(DocumentRow.id.in_(ids))
                .order_by(DocumentRow.created_at, DocumentRow.id)
                .limit(MOST_REVISIONS)
            ).all()
            signatures = session.scalars(
                select(ReviewSignatureRow)
                .where(
                    or_(ReviewSignatureRow.old_id.in_(ids), ReviewSignatureRow.new_id.in_(ids)),
                    ReviewSignatureRow.withdrawn_at.is_(None),
                )
                .order_by(ReviewSignatureRow.signed_at)
            ).all()
        signed: dict[tuple[UUID, UUID], list[tuple[str, datetime]]] = {}
        for one in signatures:
            signed.setdefault((one.old_id, one.new_id), []).append((one.name, one.signed_at))
        told = [
            Compared(
                id=str(row.id),
                old=str(row.old_id),
                new=str(row.new_id),
                state=state,
                changes=_count(row),
                signed=tuple(signed.get((row.old_id, row.new_id), ())),
            )
            for row, state in compared
        ]
        mine = [one for one in signatures if one.user_id == actor.user]
        return Timeline([document_view(row) for row in documents], told, _since(documents, mine, compared))


def _comparisons(session: Session, family: frozenset[UUID]) -> list[tuple[ComparisonRow, str]]:
    rows = session.execute(
        select(ComparisonRow, JobRow.state)
        .join(JobRow, JobRow.id == ComparisonRow.job_id)
        .where(or_(ComparisonRow.old_id.in_(family), ComparisonRow.new_id.in_(family)))
        .order_by(ComparisonRow.created_at.desc(), ComparisonRow.id)
        .limit(MOST_COMPARISONS)
    ).all()
    return [(row, state) for row, state in rows]


def _count(row: ComparisonRow) -> int | None:
    counts = (row.summary or {}).get("counts")
    return None if counts is None else sum(sum(kinds.values()) for kinds in counts.values())


def _since(documents: Any, mine: list[ReviewSignatureRow], compared: list[tuple[ComparisonRow, str]]) -> Any:
    """From the newest revision that he signed to the newest of all; None where that is the same or there is none."""
    place = {row.id: k for k, row in enumerate(documents)}
    known = [one for one in mine if one.new_id in place]
    if not known:
        return None
    last = max(known, key=lambda one: (place[one.new_id], one.signed_at))
    newest = documents[-1]
    if newest.id == last.new_id:
        return None
    there = next((row for row, _ in compared if (row.old_id, row.new_id) == (last.new_id, newest.id)), None)
    return SinceSigned(
        old=str(last.new_id),
        new=str(newest.id),
        signed_at=last.signed_at,
        comparison=None if there is None else str(there.id),
    )
