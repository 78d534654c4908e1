"""The trash: what is deleted can be had back for a while, and then it is gone, everything made from it too."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, NamedTuple
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session, aliased

from core.errors import InputError, NotFound
from db.blobs import Blobs
from db.database import Database
from db.rows import ComparisonRow, DocumentRow, JobRow, ShareRow, UserRow
from service import audit, queue
from service.access import Actor, Role
from service.documents import lock_bytes
from service.remains import remains
from service.search_index import forget_index
from service.settings import Settings
from service.views import as_uuid, iso

Kind = Literal["document", "comparison"]
MOST_LISTED = 500

_Old, _New = aliased(DocumentRow), aliased(DocumentRow)


class NotRestorable(InputError):
    """It cannot be taken out of the trash like this."""

    code = "not_restorable"
    remedy = "Take its documents out of the trash first."


@dataclass(frozen=True, slots=True)
class Discarded:
    """Something in the trash.

    Attributes:
        by: Who put it there; empty for one who is gone.
        until: When it is deleted for good; None where that is by hand only.
    """

    kind: Kind
    id: str
    name: str
    by: str
    at: datetime
    until: datetime | None

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "id": self.id,
            "name": self.name,
            "by": self.by,
            "at": iso(self.at),
            "until": iso(self.until),
        }


class _Gone(NamedTuple):
    """Digests whose rows were deleted."""

    pdfs: list[str]
    results: list[str]


class Trash:
    """Use cases of the trash."""

    def __init__(self, settings: Settings, database: Database, blobs: Blobs) -> None:
        self._settings = settings
        self._database = database
        self._blobs = blobs

    def put(self, actor: Actor, kind: Kind, id_: str) -> None:
        """Delete a document with its comparisons, or one comparison; it can be had back while it is in the trash.

        Links for guests end at once, and so do comparisons that were not done yet.

        Raises:
            NotFound: There is none.
        """
        actor.require(Role.EDITOR)
        if not self._settings.trash_days:
            self._delete(actor.workspace, actor, kind, id_, in_trash=False)
            return
        with self._database.write(actor.workspace, with_trash=True) as session:
            row = _find(session, kind, id_, in_trash=False)
            if kind == "document":
                row.deleted_at, row.deleted_by = datetime.now(UTC), actor.user
                _put_comparisons(session, actor, row.id)
                gone = _with_document(session, row.id)
            else:
                _put_comparison(session, actor, row, session.get_one(JobRow, row.job_id))
                gone = [row.id]
            session.execute(delete(ShareRow).where(ShareRow.comparison_id.in_(gone)))
            audit.note(session, actor, f"{kind}.trashed", row.id)

    def list(self, actor: Actor) -> Sequence[Discarded]:
        """What is in the trash, what came last first; comparisons that went with their document go back with it."""
        actor.require(Role.EDITOR)
        documents = (
            select(DocumentRow.id, DocumentRow.name, UserRow.name, DocumentRow.deleted_at)
            .outerjoin(UserRow, UserRow.id == DocumentRow.deleted_by)
            .where(DocumentRow.deleted_at.is_not(None))
            .order_by(DocumentRow.deleted_at.desc())
            .limit(MOST_LISTED)
        )
        comparisons = (
            select(ComparisonRow.id, _Old.name + " → " + _New.name, UserRow.name, ComparisonRow.deleted_at)
            .join(_Old, _Old.id == ComparisonRow.old_id)
            .join(_New, _New.id == ComparisonRow.new_id)
            .outerjoin(UserRow, UserRow.id == ComparisonRow.deleted_by)
            .where(ComparisonRow.deleted_at.is_not(None), ComparisonRow.deleted_with.is_(None))
            .order_by(ComparisonRow.deleted_at.desc())
            .limit(MOST_LISTED)
        )
        wanted: tuple[tuple[Kind, Any], ...] = (("document", documents), ("comparison", comparisons))
        with self._database.read(actor.workspace, with_trash=True, from_primary=True) as session:
            found = [
                Discarded(kind, str(id_), name, by or "", at, self._until(at))
                for kind, chosen in wanted
                for id_, name, by, at in session.execute(chosen)
            ]
        return sorted(found, key=lambda one: one.at, reverse=True)

    def restore(self, actor: Actor, kind: Kind, id_: str) -> None:
        """Take something out of the trash, a document with the comparisons that went with it.

        Raises:
            NotFound: It is not there.
            NotRestorable: A document of the comparison is in the trash.
        """
        actor.require(Role.EDITOR)
        with self._database.write(actor.workspace, with_trash=True) as session:
            row = _find(session, kind, id_, in_trash=True)
            row.deleted_at = row.deleted_by = None
            session.flush()
            if kind == "comparison":
                row.deleted_with = None
                live = select(func.count()).where(
                    DocumentRow.id.in_((row.old_id, row.new_id)), DocumentRow.deleted_at.is_(None)
                )
                if session.scalar(live) != len({row.old_id, row.new_id}):
                    raise NotRestorable("A document of this comparison is in the trash.")
            else:
                restore_comparisons(session, row.id)
            audit.note(session, actor, f"{kind}.restored", row.id)

    def purge(self, actor: Actor, kind: Kind, id_: str) -> dict[str, int]:
        """Delete something that is in the trash for good; what is left of it, which is nothing (see `remains`).

        Raises:
            Forbidden: The actor is no owner.
            NotFound: It is not there.
        """
        actor.require(Role.OWNER)
        with self._database.read(actor.workspace, with_trash=True, from_primary=True) as session:
            _find(session, kind, id_, in_trash=True, to_change=False)
        return self._delete(actor.workspace, actor, kind, id_, in_trash=True)

    def empty(self, actor: Actor) -> int:
        """Delete everything that is in the trash for good; how many things."""
        actor.require(Role.OWNER)
        emptied = 0
        while found := self.list(actor):  # a long trash is listed bit by bit
            gone = self._delete_all(actor.workspace, actor, [(one.kind, one.id) for one in found])
            if not gone:  # somebody else is at it
                break
            emptied += gone
        return emptied

    def remains(self, actor: Actor, sha256: str) -> dict[str, int]:
        """What the whole server still has of a file with this digest, by place; for administrators. Numbers only."""
        actor.require_admin()
        total: dict[str, int] = {}
        for workspace in self._database.workspaces():
            for place, count in remains(self._database, self._blobs, workspace, [sha256]).items():
                total[place] = total.get(place, 0) + count
        return total

    def expire(self, workspace: UUID) -> int:
        """Delete for good what has been in the trash long enough; how many things. For maintenance."""
        limit = datetime.now(UTC) - timedelta(days=self._settings.trash_days)
        wanted: tuple[tuple[Kind, Any], ...] = (("document", DocumentRow), ("comparison", ComparisonRow))
        with self._database.read(workspace, with_trash=True, from_primary=True) as session:
            old = [(kind, str(id_)) for kind, row in wanted for id_ in session.scalars(_older(row, limit))]
        return self._delete_all(workspace, None, old)

    def _delete_all(self, workspace: UUID, actor: Actor | None, found: Sequence[tuple[Kind, str]]) -> int:
        """How many of them were deleted; what was restored or went with another meanwhile is passed over."""
        deleted = 0
        for kind, id_ in found:
            with suppress(NotFound):
                self._delete(workspace, actor, kind, id_, in_trash=True)
                deleted += 1
        return deleted

    def _delete(
        self, workspace: UUID, actor: Actor | None, kind: Kind, id_: str, *, in_trash: bool
    ) -> dict[str, int]:  # fmt: skip
        """Rows first, then bytes, then the proof, which goes into the log with the digests."""
        with self._database.write(workspace, with_trash=True) as session:
            row = _find(session, kind, id_, in_trash=in_trash)
            gone = _delete_document(session, row) if kind == "document" else _delete_comparison(session, row)
            who, via = (None, "console") if actor is None else (actor.user, actor.via)
            audit.note_of(session, f"{kind}.deleted", workspace=workspace, user=who, via=via, subject=row.id)
        drop_bytes(self._database, self._blobs, workspace, pdfs=gone.pdfs, results=gone.results)
        if not gone.pdfs:
            return {}
        # The same bytes under another name are another document, and stay.
        left = remains(self._database, self._blobs, workspace, gone.pdfs)
        with self._database.write(workspace) as session:
            audit.note_of(
                session, "document.gone" if not left else "document.left", workspace=workspace, user=who, via=via,
                subject=UUID(id_), sha256=gone.pdfs[0], left=sum(left.values()),
            )  # fmt: skip
        return left

    def _until(self, at: datetime) -> datetime | None:
        return at + timedelta(days=self._settings.trash_days) if self._settings.trash_days else None


def restore_comparisons(session: Session, document: UUID) -> None:
    """Take the comparisons that went with one of their documents out of the trash, where both are there again."""
    session.flush()
    live = select(DocumentRow.id).where(DocumentRow.deleted_at.is_(None))
    session.execute(
        update(ComparisonRow)
        .where(
            ComparisonRow.deleted_with.is_not(None),
            _touching(document),
            ComparisonRow.old_id.in_(live),
            ComparisonRow.new_id.in_(live),
        )
        .values(deleted_at=None, deleted_by=None, deleted_with=None)
    )


def drop_bytes(
    database: Database, blobs: Blobs, workspace: UUID, *, pdfs: Sequence[str], results: Sequence[str]
) -> None:
    """Delete what no row refers to any more: PDFs with everything derived from them, and results."""
    for sha256 in pdfs:
        with database.write(workspace, with_trash=True) as session:
            # Nobody can bring the same bytes in again while this lock is held.
            lock_bytes(session, workspace, sha256)
            if session.scalar(select(func.count()).where(DocumentRow.sha256 == sha256)) == 0:
                blobs.delete(workspace, "pdf", sha256)
                forget_index(session, sha256)
                blobs.delete_derived(workspace, sha256)
    for result in results:
        with database.write(workspace, with_trash=True) as session:
            lock_bytes(session, workspace, result)
            if session.scalar(select(func.count()).where(ComparisonRow.result_sha256 == result)) == 0:
                blobs.delete(workspace, "result", result)


def _find(session: Session, kind: Kind, id_: str, *, in_trash: bool, to_change: bool = True) -> Any:
    table: Any = DocumentRow if kind == "document" else ComparisonRow
    if to_change and kind == "comparison":
        # A worker that ends a job locks the job before the comparison; so does who deletes it.
        session.execute(select(JobRow.id).where(JobRow.id == _job_of(as_uuid(id_))).with_for_update())
    row: Any = session.get(table, as_uuid(id_), with_for_update=to_change)
    if row is None or (row.deleted_at is not None) != in_trash:
        raise NotFound()
    return row


def _job_of(comparison: UUID) -> Any:
    return select(ComparisonRow.job_id).where(ComparisonRow.id == comparison).scalar_subquery()


def _older(row: Any, limit: datetime) -> Any:
    chosen = select(row.id).where(row.deleted_at < limit)
    # Those that went with their document go with it for good.
    return chosen.where(ComparisonRow.deleted_with.is_(None)) if row is ComparisonRow else chosen


def _touching(document: UUID) -> Any:
    return (ComparisonRow.old_id == document) | (ComparisonRow.new_id == document)


def _with_document(session: Session, document: UUID) -> list[UUID]:
    return list(session.scalars(select(ComparisonRow.id).where(ComparisonRow.deleted_with == document)))


def _put_comparisons(session: Session, actor: Actor, document: UUID) -> None:
    """Into the trash with their document."""
    found = session.execute(
        select(ComparisonRow, JobRow)
        .join(JobRow, JobRow.id == ComparisonRow.job_id)
        .where(_touching(document), ComparisonRow.deleted_at.is_(None))
        .with_for_update(of=JobRow)  # a worker that ends one now is waited for
    ).all()
    for comparison, job in found:
        _put_comparison(session, actor, comparison, job, document=document)
    session.flush()


def _put_comparison(
    session: Session, actor: Actor, comparison: ComparisonRow, job: JobRow, *, document: UUID | None = None
) -> None:
    """Into the trash, as with `document`; one that is not done is nothing that anybody could want back."""
    if job.state == "done":
        comparison.deleted_at, comparison.deleted_by = datetime.now(UTC), actor.user
        comparison.deleted_with = document
    else:
        _end_job(session, job)


def _end_job(session: Session, job: JobRow) -> None:
    # A comparison goes with its job, its changes with it; a worker that is at it finds its job gone and stops.
    if job.engine_id is not None:
        queue.withdraw(session, job.engine_id)
    session.execute(delete(JobRow).where(JobRow.id == job.id))


def _delete_comparison(session: Session, row: ComparisonRow) -> _Gone:
    result = row.result_sha256
    _end_job(session, session.get_one(JobRow, row.job_id))
    return _Gone([], [] if result is None else [result])


def _delete_document(session: Session, row: DocumentRow) -> _Gone:
    found = session.scalars(select(ComparisonRow).where(_touching(row.id))).all()
    results = [result for comparison in found for result in _delete_comparison(session, comparison).results]
    document, sha256 = row.id, row.sha256
    session.expunge_all()  # what the database deletes with it must not be written again
    session.execute(delete(DocumentRow).where(DocumentRow.id == document))
    return _Gone([sha256], results)
