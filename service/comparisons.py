"""Comparisons: submit, watch, read the result, cancel, retry, export."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar
from uuid import UUID, uuid4

from sqlalchemy import Row, Select, func, insert, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as insert_or_nothing
from sqlalchemy.orm import Session, aliased

from core.errors import BadOutput, NotFound, PdfCompareError
from core.faces.selection import EVERYTHING, Selection
from core.options import CompareOptions
from core.version import READER_VERSION, VERSION
from db.blobs import Blobs
from db.database import Database, one_at_a_time
from db.rows import ChangeRow, ComparisonRow, DocumentRow, JobRow
from service import audit, queue
from service.access import Actor, Role
from service.documents import Documents, document_view, find_document
from service.exports import Export, export
from service.jobs import Attempt, Jobs
from service.quotas import count_use, refuse_spent
from service.review_state import review_block
from service.search_index import add_vectors
from service.settings import Settings
from service.views import ChangeView, ComparisonView, NotReady, Problem, Progress, as_uuid, cursor, read_cursor

MOST_LISTED = 200
_Answer = TypeVar("_Answer")
ENGINE_VERSION = f"{VERSION}+{READER_VERSION}"  #: another one may find something else in the same files
_TEXT_CHARACTERS = 2000
_ROWS_AT_ONCE = 5000

_Old, _New = aliased(DocumentRow), aliased(DocumentRow)


class Work(NamedTuple):
    """What a worker has to do for a comparison."""

    comparison: UUID
    old: DocumentRow
    new: DocumentRow
    options: CompareOptions
    ready_result: str | None  #: a stored result that differs in nothing but the files' names


class Comparisons:
    """Use cases of comparisons."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        blobs: Blobs,
        jobs: Jobs,
        documents: Documents,
    ) -> None:
        self._settings = settings
        self._database = database
        self._blobs = blobs
        self._jobs = jobs
        self._documents = documents

    # ---- for the doors

    def submit(self, actor: Actor, old_id: str, new_id: str, options: CompareOptions) -> ComparisonView:
        """Ask for a comparison; the same question again is the same comparison, done or not.

        One that had failed or was cancelled is started again.

        Raises:
            NotFound: A document does not exist in this workspace.
        """
        actor.require(Role.EDITOR)
        return restoring(self._database, actor, lambda: self._submit(actor, old_id, new_id, options))

    def _submit(self, actor: Actor, old_id: str, new_id: str, options: CompareOptions) -> ComparisonView:
        with self._database.write(actor.workspace) as session:
            return _view(session, _one(session, self.ask(session, actor, old_id, new_id, options)))

    def submit_latest(self, actor: Actor, document_id: str, options: CompareOptions) -> ComparisonView:
        """Ask what changed in the newest version of a document; `NotFound`, `OneVersion`."""
        actor.require(Role.EDITOR)
        old, new = self._documents.latest_two(actor, document_id)
        return self.submit(actor, old.id, new.id, options)

    def get(self, actor: Actor, comparison_id: str) -> ComparisonView:
        """One comparison; `NotFound`."""
        actor.require(Role.VIEWER)
        with self._database.read(actor.workspace) as session:
            return _view(session, _one(session, as_uuid(comparison_id)))

    def list(
        self, actor: Actor, *, document_id: str | None = None, limit: int = 50, after: str | None = None
    ) -> tuple[list[ComparisonView], str | None]:
        """The newest comparisons, of one document where it is named, and where the next page begins."""
        actor.require(Role.VIEWER)
        limit = max(1, min(limit, MOST_LISTED))
        wanted = _joined().order_by(ComparisonRow.created_at.desc(), ComparisonRow.id.desc()).limit(limit + 1)
        if after is not None:
            wanted = wanted.where(tuple_(ComparisonRow.created_at, ComparisonRow.id) < read_cursor(after))
        if document_id is not None:
            document = as_uuid(document_id)
            wanted = wanted.where((ComparisonRow.old_id == document) | (ComparisonRow.new_id == document))
        with self._database.read(actor.workspace) as session:
            rows = session.execute(wanted).all()
            views = [_view(session, row) for row in rows[:limit]]
        more = None
        if len(rows) > limit:
            last: ComparisonRow = rows[limit - 1][0]
            more = cursor(last.created_at, last.id)
        return views, more

    def result(self, actor: Actor, comparison_id: str) -> bytes:
        """The result as `pdf-compare/1` JSON, UTF-8; it never changes once it is there.

        Raises:
            NotReady: The job is not done.
        """
        data = self._result(actor, comparison_id)
        audit.note_read(self._database, actor, "comparison.viewed", comparison_id)
        return data

    def result_etag(self, actor: Actor, comparison_id: str) -> str:
        """A strong ETag of the result, quotes included; `NotReady`."""
        return f'"{self._result_digest(actor, comparison_id)}"'

    def changes(
        self,
        actor: Actor,
        comparison_id: str,
        *,
        layers: Sequence[str] = (),
        kinds: Sequence[str] = (),
        severities: Sequence[str] = (),
        query: str = "",
        page: int | None = None,
        limit: int = 100,
        after: int | None = None,
    ) -> tuple[Sequence[ChangeView], int, int | None]:
        """The changes that fit, in the order of the result; how many there are; and where the next page begins.

        Args:
            layers: Only of these; likewise `kinds` and `severities`.
            query: A part of the old or the new text.
            page: On this page of either side.
            limit: At most so many.
            after: Those after this ordinal.

        Raises:
            NotReady: The job is not done.
        """
        self._result_digest(actor, comparison_id)
        limit = max(1, min(limit, MOST_LISTED))
        fitting = [ChangeRow.comparison_id == as_uuid(comparison_id)]
        for column, chosen in ((ChangeRow.layer, layers), (ChangeRow.kind, kinds), (ChangeRow.severity, severities)):
            if chosen:
                fitting.append(column.in_(chosen))
        if query.strip():
            sought = query.strip()
            fitting.append(
                ChangeRow.old_text.icontains(sought, autoescape=True)
                | ChangeRow.new_text.icontains(sought, autoescape=True)
            )
        if page is not None:
            fitting.append((ChangeRow.old_page == page) | (ChangeRow.new_page == page))
        listed = select(ChangeRow).where(*fitting).order_by(ChangeRow.ordinal).limit(limit + 1)
        if after is not None:
            listed = listed.where(ChangeRow.ordinal > after)
        with self._database.read(actor.workspace) as session:
            total = session.scalar(select(func.count()).select_from(ChangeRow).where(*fitting)) or 0
            rows = session.scalars(listed).all()
        views = [
            ChangeView(
                ordinal=row.ordinal,
                id=row.change_id,
                layer=row.layer,
                kind=row.kind,
                severity=row.severity,
                old_page=row.old_page,
                new_page=row.new_page,
                old_text=row.old_text,
                new_text=row.new_text,
            )
            for row in rows[:limit]
        ]
        return views, total, views[-1].ordinal if len(rows) > limit else None

    def cancel(self, actor: Actor, comparison_id: str) -> ComparisonView:
        """Stop it; one that has ended stays as it is."""
        actor.require(Role.EDITOR)
        self._jobs.cancel(actor, str(self._job_of(actor, comparison_id)))
        return self._fresh(actor, comparison_id)

    def retry(self, actor: Actor, comparison_id: str) -> ComparisonView:
        """Start a failed or cancelled one again; another stays as it is."""
        actor.require(Role.EDITOR)
        job = self._job_of(actor, comparison_id)
        with self._database.write(actor.workspace) as session:
            self._jobs.restart(session, actor, job, task=queue.COMPARE_TASK)
        return self._fresh(actor, comparison_id)

    def export(self, actor: Actor, comparison_id: str, format_: str, selection: Selection = EVERYTHING) -> Export:
        """The result as a file: (bytes, media type, file name).

        Args:
            format_: One of `service.exports.FORMATS`.
            selection: Which changes are told, as the filters on screen; JSON is always the whole result.

        Raises:
            NotReady: The job is not done.
            OptionsError: There is no such format.
        """
        view = self.get(actor, comparison_id)
        data = self._result(actor, comparison_id)
        review = None
        if actor.via != "link":  # what reviewers say among themselves is not for guests
            with self._database.read(actor.workspace) as session:
                review = review_block(session, comparison_id)
        made = export(
            format_,
            data,
            old=lambda: self._blobs.open(actor.workspace, "pdf", view.old.sha256),
            new=lambda: self._blobs.open(actor.workspace, "pdf", view.new.sha256),
            limits=self._settings.limits,
            selection=selection,
            review=review,
        )
        audit.note_read(self._database, actor, "comparison.exported", comparison_id, format=format_)
        return made

    # ---- for use cases, in their transaction

    def ask(self, session: Session, actor: Actor, old_id: str, new_id: str, options: CompareOptions) -> UUID:
        """The same as `submit` in somebody else's transaction; the comparison's id."""
        old, new = find_document(session, old_id), find_document(session, new_id)
        question = _Question.of(old, new, options)
        comparison = session.scalar(select(ComparisonRow.id).where(ComparisonRow.key == question.key))
        if comparison is None:
            comparison = self._ask(session, actor, old, new, options, question)
        else:
            job = session.scalars(select(ComparisonRow.job_id).where(ComparisonRow.id == comparison)).one()
            self._jobs.restart(session, actor, job, task=queue.COMPARE_TASK)
        audit.note(session, actor, "comparison.asked", comparison)
        return comparison

    # ---- for workers

    def work(self, attempt: Attempt) -> Work | None:
        """What the job is about; None when the comparison was deleted."""
        with self._database.read(attempt.workspace, from_primary=True) as session:
            row = session.scalars(select(ComparisonRow).where(ComparisonRow.job_id == attempt.job)).one_or_none()
            if row is None:
                return None
            ready = session.scalar(
                select(ComparisonRow.result_sha256)
                .where(ComparisonRow.content_key == row.content_key, ComparisonRow.result_sha256.is_not(None))
                .limit(1)
            )
            return Work(
                comparison=row.id,
                old=session.get_one(DocumentRow, row.old_id),
                new=session.get_one(DocumentRow, row.new_id),
                options=CompareOptions.from_json(row.options),
                ready_result=ready,
            )

    def renamed(self, attempt: Attempt, work: Work) -> bytes | None:
        """The stored result of the same contents, under this comparison's names; None when there is none."""
        if work.ready_result is None:
            return None
        try:
            result = json.loads(self._blobs.get(attempt.workspace, "result", work.ready_result))
        except PdfCompareError:
            return None
        result["old"]["name"], result["new"]["name"] = work.old.name, work.new.name
        return json.dumps(result, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")

    def finish(self, attempt: Attempt, work: Work, data: bytes, *, spent: dict[str, Any] | None = None) -> bool:
        """Keep a result: its bytes first, then summary, changes and the job's end in one transaction.

        False, and no trace but an orphan blob, when the job is not this attempt's any more.

        Raises:
            BadOutput: It does not have the agreed form.
        """
        try:
            result = json.loads(data)
            summary, changes = dict(result["summary"]), result["changes"]
            rows = [_change_row(attempt, work, ordinal, change) for ordinal, change in enumerate(changes)]
            identical = summary["identical"]
            recognised = 0 if work.ready_result else _recognised(result)
        except (ValueError, KeyError, TypeError, IndexError, RecursionError) as error:
            raise BadOutput() from error
        digest = self._blobs.put(attempt.workspace, "result", data)

        def effect(session: Session) -> None:
            session.execute(
                update(ComparisonRow)
                .where(ComparisonRow.id == work.comparison)
                .values(summary=summary, identical=identical, result_sha256=digest)
            )
            add_vectors(session, rows)
            for start in range(0, len(rows), _ROWS_AT_ONCE):
                session.execute(insert(ChangeRow), rows[start : start + _ROWS_AT_ONCE])
            count_use(session, attempt.workspace, "ocr_pages", recognised)

        return self._jobs.end(attempt, "done", spent=spent, effect=effect)

    # ----

    def _ask(
        self,
        session: Session,
        actor: Actor,
        old: DocumentRow,
        new: DocumentRow,
        options: CompareOptions,
        question: _Question,
    ) -> UUID:
        """Queue a new comparison, unless somebody asks the same at this moment: then his is ours."""
        # Waits for the other's transaction, and then sees what it left; so one question is one job.
        one_at_a_time(session, f"{actor.workspace}/{question.key}")
        known = session.scalar(select(ComparisonRow.id).where(ComparisonRow.key == question.key))
        if known is not None:
            return known
        if options.ocr != "never":
            without = "Compare without recognising characters (OCR: never)."
            refuse_spent(session, self._settings, actor.workspace, "ocr_pages", remedy=without)
        job = self._jobs.add(session, actor, kind="compare", queue_name=queue.COMPARE, task=queue.COMPARE_TASK)
        values = {
            "id": uuid4(),
            "workspace_id": actor.workspace,
            "key": question.key,
            "content_key": question.content_key,
            "old_id": old.id,
            "new_id": new.id,
            "options": options.to_json(),
            "engine_version": ENGINE_VERSION,
            "job_id": job,
            "created_by": actor.user,
        }
        made = insert_or_nothing(ComparisonRow).values(values).on_conflict_do_nothing().returning(ComparisonRow.id)
        comparison = session.scalar(made)
        if comparison is None:
            raise _InTrash(question.key)
        return comparison

    def _result(self, actor: Actor, comparison_id: str) -> bytes:
        return self._blobs.get(actor.workspace, "result", self._result_digest(actor, comparison_id))

    def _result_digest(self, actor: Actor, comparison_id: str) -> str:
        actor.require(Role.VIEWER)
        with self._database.read(actor.workspace) as session:
            row = session.get(ComparisonRow, as_uuid(comparison_id))
        if row is None:
            raise NotFound()
        if row.result_sha256 is None:
            raise NotReady()
        return row.result_sha256

    def _job_of(self, actor: Actor, comparison_id: str) -> UUID:
        with self._database.read(actor.workspace, from_primary=True) as session:
            row = session.get(ComparisonRow, as_uuid(comparison_id))
        if row is None:
            raise NotFound()
        return row.job_id

    def _fresh(self, actor: Actor, comparison_id: str) -> ComparisonView:
        with self._database.read(actor.workspace, from_primary=True) as session:
            return _view(session, _one(session, as_uuid(comparison_id)))


def restoring(database: Database, actor: Actor, ask: Callable[[], _Answer]) -> _Answer:
    """What `ask` answers, with the comparisons that lie in the trash and are asked for again taken out of it.

    For those who call `Comparisons.ask` in a transaction of their own, which is begun anew.
    """
    while True:
        try:
            return ask()
        except _InTrash as found:
            with database.write(actor.workspace, with_trash=True) as session:
                back = update(ComparisonRow).where(ComparisonRow.key == found.key).returning(ComparisonRow.id)
                known = session.scalar(back.values(deleted_at=None, deleted_by=None, deleted_with=None))
                if known is not None:
                    audit.note(session, actor, "comparison.restored", known)


class _InTrash(Exception):
    """The same question was asked before, and its answer lies in the trash; the transaction is given up."""

    def __init__(self, key: str) -> None:
        super().__init__()
        self.key = key


class _Question(NamedTuple):
    key: str
    content_key: str

    @classmethod
    def of(cls, old: DocumentRow, new: DocumentRow, options: CompareOptions) -> _Question:
        content = [old.sha256, new.sha256, options.canonical(), ENGINE_VERSION]
        return cls(_digest([*content, old.name, new.name]), _digest(content))


def _digest(parts: Sequence[str]) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _joined() -> Select[ComparisonRow, DocumentRow, DocumentRow, JobRow]:
    return (
        select(ComparisonRow, _Old, _New, JobRow)
        .join(_Old, _Old.id == ComparisonRow.old_id)
        .join(_New, _New.id == ComparisonRow.new_id)
        .join(JobRow, JobRow.id == ComparisonRow.job_id)
    )


def _one(session: Session, comparison: UUID) -> Row[ComparisonRow, DocumentRow, DocumentRow, JobRow]:
    row = session.execute(_joined().where(ComparisonRow.id == comparison)).one_or_none()
    if row is None:
        raise NotFound()
    return row


def _view(session: Session, row: Row[ComparisonRow, DocumentRow, DocumentRow, JobRow]) -> ComparisonView:
    comparison, old, new, job = row
    waits = job.state == "queued" and job.engine_id is not None
    return ComparisonView(
        id=str(comparison.id),
        old=document_view(old),
        new=document_view(new),
        options=CompareOptions.from_json(comparison.options),
        state=job.state,
        progress=Progress.from_json(job.progress) if job.state == "running" else None,
        queue_position=queue.position(session, job.engine_id) if waits and job.engine_id is not None else None,
        error=Problem.from_json(job.error),
        summary=comparison.summary,
        created_at=comparison.created_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
        job=str(job.id),
        spent=job.spent,
    )


def _recognised(result: dict[str, Any]) -> int:
    """Pages whose characters were recognised."""
    return sum("ocr" in page["compared"] for side in ("old", "new") for page in result[side]["pages"])


def _change_row(attempt: Attempt, work: Work, ordinal: int, change: dict[str, Any]) -> dict[str, Any]:
    sides: dict[str, Any] = {}
    for name in ("old", "new"):
        side = change[name]
        regions = [] if side is None else side["regions"]
        sides[f"{name}_page"] = int(regions[0]["page"]) if regions else None
        # A NUL cannot be stored in PostgreSQL text.
        sides[f"{name}_text"] = None if side is None else str(side["text"])[:_TEXT_CHARACTERS].replace("\0", "")
    return {
        "workspace_id": attempt.workspace,
        "comparison_id": work.comparison,
        "ordinal": ordinal,
        "change_id": str(change["id"]),
        "layer": str(change["layer"]),
        "kind": str(change["kind"]),
        "severity": str(change["severity"]),
        **sides,
    }
