"""Extractions: what is taken out of a stored document, as jobs; what comes out is kept as blobs under its digest."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import Row, Select, delete, select, update
from sqlalchemy.orm import Session

from core.errors import BadOutput, NotFound
from core.extraction.conductor import ExtractedFile, Extraction
from core.extraction.files import FORMATS, made
from core.extraction.options import ExtractOptions
from core.version import READER_VERSION, VERSION
from db.blobs import Blobs
from db.database import Database, one_at_a_time
from db.rows import DocumentRow, ExtractionRow, JobRow
from service import audit, queue
from service.access import Actor, Role
from service.documents import find_document
from service.exports import Export
from service.jobs import Attempt, Jobs
from service.views import NotReady, OfJob, Problem, Progress, as_uuid, iso

MOST_LISTED = 50
ENGINE_VERSION = f"1-{VERSION}+{READER_VERSION}"


@dataclass(frozen=True, slots=True)
class ExtractionView(OfJob):
    """An extraction with the state of its job: queued, running, done, failed or cancelled.

    Attributes:
        summary: pages, tables, fields, notices as counts, and `files` as [what, name, media type, bytes].
    """

    id: str
    document: str
    name: str
    sha256: str
    options: ExtractOptions
    state: str
    progress: Progress | None
    error: Problem | None
    summary: dict[str, Any] | None
    created_at: datetime
    job: str

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "document": self.document,
            "name": self.name,
            "options": self.options.to_json(),
            "state": self.state,
            "progress": None if self.progress is None else self.progress.to_json(),
            "error": None if self.error is None else self.error.to_json(),
            "summary": self.summary,
            "created_at": iso(self.created_at),
            "job": self.job,
        }


class ExtractWork(NamedTuple):
    """What a worker has to do for an extraction."""

    extraction: UUID
    name: str
    sha256: str
    options: ExtractOptions


class Extractions:
    """Use cases of extractions."""

    def __init__(self, database: Database, blobs: Blobs, jobs: Jobs) -> None:
        self._database = database
        self._blobs = blobs
        self._jobs = jobs

    # ---- for the doors

    def submit(self, actor: Actor, document_id: str, options: ExtractOptions) -> ExtractionView:
        """Ask for an extraction; the same question again is the same extraction, begun anew where it had failed.

        Raises:
            NotFound: There is no such document.
        """
        actor.require(Role.EDITOR)
        with self._database.write(actor.workspace) as session:
            document = find_document(session, document_id)
            key = _key(document, options)
            # Waits for who asks the same at this moment, and then sees what he left.
            one_at_a_time(session, f"{actor.workspace}/{key}")
            row = session.scalars(select(ExtractionRow).where(ExtractionRow.key == key)).one_or_none()
            if row is None:
                job = self._jobs.add(session, actor, kind="extract", queue_name=queue.EXTRACT, task=queue.EXTRACT_TASK)
                row = ExtractionRow(
                    id=uuid4(),
                    workspace_id=actor.workspace,
                    document_id=document.id,
                    key=key,
                    options=options.to_json(),
                    job_id=job,
                    created_by=actor.user,
                )
                session.add(row)
                session.flush()
            else:
                self._jobs.restart(session, actor, row.job_id, task=queue.EXTRACT_TASK)
            audit.note(session, actor, "extraction.asked", row.id)
            return _view(session.execute(_joined().where(ExtractionRow.id == row.id)).one())

    def get(self, actor: Actor, extraction_id: str) -> ExtractionView:
        """One extraction; `NotFound`."""
        actor.require(Role.VIEWER)
        with self._database.read(actor.workspace) as session:
            return _view(_one(session, extraction_id))

    def list(self, actor: Actor, document_id: str) -> list[ExtractionView]:
        """The newest extractions of a document; `NotFound`."""
        actor.require(Role.VIEWER)
        with self._database.read(actor.workspace) as session:
            document = find_document(session, document_id).id
            wanted = _joined().where(ExtractionRow.document_id == document)
            rows = session.execute(wanted.order_by(ExtractionRow.created_at.desc()).limit(MOST_LISTED)).all()
            return [_view(row) for row in rows]

    def result(self, actor: Actor, extraction_id: str) -> bytes:
        """The result as `pdf-compare-extract/1`; `NotReady`."""
        actor.require(Role.VIEWER)
        view = self._done(actor, extraction_id)
        return self._kept(actor, view, "result")

    def export(self, actor: Actor, extraction_id: str, format_: str, table: str | None = None) -> Export:
        """The result in one of `core.extraction.files.FORMATS`.

        Raises:
            NotReady: The job is not done.
            OptionsError: There is no such format or table, or it was not extracted.
        """
        actor.require(Role.VIEWER)
        view = self._done(actor, extraction_id)
        data = made(json.loads(self._kept(actor, view, "result")), format_, table=table)
        _, media_type, ending = FORMATS[format_]
        audit.note_read(self._database, actor, "extraction.read", extraction_id, format=format_)
        return Export(data, media_type, f"{PurePath(view.name).stem}{ending}")

    def file(self, actor: Actor, extraction_id: str, number: int) -> Export:
        """One of the files, by its place in `summary["files"]`; `NotFound`, `NotReady`."""
        actor.require(Role.VIEWER)
        view = self._done(actor, extraction_id)
        files = (view.summary or {}).get("files", [])
        if not 0 <= number < len(files):
            raise NotFound("There is no such file.")
        what, name, media_type, _ = files[number]
        stem = PurePath(view.name).stem
        audit.note_read(self._database, actor, "extraction.read", extraction_id, format=what)
        shown = f"{stem} - searchable.pdf" if what == "searchable" else name
        return Export(self._kept(actor, view, f"f{number}"), media_type, shown)

    def cancel(self, actor: Actor, extraction_id: str) -> None:
        """Stop it; one that has ended stays as it is; `NotFound`."""
        actor.require(Role.EDITOR)
        self._jobs.cancel(actor, self.get(actor, extraction_id).job)

    # ---- for workers

    def work(self, attempt: Attempt) -> ExtractWork | None:
        """What the job is about; None when it was deleted."""
        with self._database.read(attempt.workspace, from_primary=True) as session:
            row = session.execute(_joined().where(ExtractionRow.job_id == attempt.job)).one_or_none()
            if row is None:
                return None
            extraction, document, _ = row
            return ExtractWork(
                extraction.id, document.name, document.sha256, ExtractOptions.from_json(extraction.options)
            )

    def finish(self, attempt: Attempt, work: ExtractWork, found: Extraction, *, spent: dict[str, Any]) -> bool:
        """Keep a result: bytes first, then the summary and the job's end together; False when it is not ours any more.

        Raises:
            BadOutput: It does not have the agreed form.
        """
        try:
            summary = _summary(json.loads(found.json), found.files)
        except (ValueError, KeyError, TypeError) as error:
            raise BadOutput from error
        base = _blob(work.sha256, work.extraction)
        self._blobs.put_derived(attempt.workspace, "extract", f"{base}-result", found.json)
        for k, file in enumerate(found.files):
            self._blobs.put_derived(attempt.workspace, "extract", f"{base}-f{k}", bytes(file.data))

        def effect(session: Session) -> None:
            session.execute(update(ExtractionRow).where(ExtractionRow.id == work.extraction).values(summary=summary))

        return self._jobs.end(attempt, "done", spent=spent, effect=effect)

    # ----

    def _done(self, actor: Actor, extraction_id: str) -> ExtractionView:
        view = self.get(actor, extraction_id)
        if view.state != "done":
            raise NotReady()
        return view

    def _kept(self, actor: Actor, view: ExtractionView, part: str) -> bytes:
        data = self._blobs.read_derived(actor.workspace, "extract", f"{_blob(view.sha256, UUID(view.id))}-{part}")
        if data is not None:
            return data
        # It could be made again: the row goes, so that asking again makes it.
        with self._database.write(actor.workspace) as session:
            session.execute(delete(JobRow).where(JobRow.id == as_uuid(view.job)))
        raise NotFound("What was extracted is not kept any more.", remedy="Extract it again.")


def _blob(sha256: str, extraction: UUID) -> str:
    return f"{sha256}-x{extraction.hex}"


def _key(document: DocumentRow, options: ExtractOptions) -> str:
    parts = [document.sha256, str(document.id), options.canonical(), ENGINE_VERSION]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _joined() -> Select[ExtractionRow, DocumentRow, JobRow]:
    return (
        select(ExtractionRow, DocumentRow, JobRow)
        .join(DocumentRow, DocumentRow.id == ExtractionRow.document_id)
        .join(JobRow, JobRow.id == ExtractionRow.job_id)
    )


def _one(session: Session, extraction_id: str) -> Row[ExtractionRow, DocumentRow, JobRow]:
    row = session.execute(_joined().where(ExtractionRow.id == as_uuid(extraction_id))).one_or_none()
    if row is None:
        raise NotFound()
    return row


def _view(row: Row[ExtractionRow, DocumentRow, JobRow]) -> ExtractionView:
    extraction, document, job = row
    return ExtractionView(
        id=str(extraction.id),
        document=str(document.id),
        name=document.name,
        sha256=document.sha256,
        options=ExtractOptions.from_json(extraction.options),
        state=job.state,
        progress=Progress.from_json(job.progress) if job.state == "running" else None,
        error=Problem.from_json(job.error),
        summary=extraction.summary,
        created_at=extraction.created_at,
        job=str(job.id),
    )


def _summary(result: dict[str, Any], files: tuple[ExtractedFile, ...]) -> dict[str, Any]:
    return {
        "pages": len(result["pages"]),
        "tables": len(result.get("tables", [])),
        "fields": len(result.get("fields", [])),
        "notices": len(result["notices"]) + sum(len(page["notices"]) for page in result["pages"]),
        "files": [[file.what, file.name, file.media_type, len(file.data)] for file in files],
    }
