"""What is put right from time to time: jobs without an engine's job, blobs without a row, uploads nobody finishes."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import InstrumentedAttribute

from db.blobs import Blobs, Stored
from db.database import Database
from db.rows import ComparisonRow, DocumentRow, JobRow, UploadPartRow
from service import audit
from service.documents import lock_bytes
from service.jobs import Jobs
from service.quotas import Quotas
from service.search_index import ask_for_missing, forget_index
from service.settings import Settings
from service.trash import Trash
from service.uploads import drop_expired

log = logging.getLogger(__name__)

ORPHAN_SECONDS = 24 * 3600.0  #: a blob is written before its row; younger ones may be on their way
STALE_UPLOAD_SECONDS = 24 * 3600.0
_HOUR = 3600
_DIGEST = re.compile(r"[0-9a-f]{64}")


#: by kind of blob: where the digests stand of those that are needed
_NEEDED: dict[str, InstrumentedAttribute[Any]] = {
    "pdf": DocumentRow.sha256,
    "result": ComparisonRow.result_sha256,
    "part": UploadPartRow.sha256,
}


class Maintenance:
    """Periodic work, workspace by workspace: each transaction sees one of them only."""

    def __init__(self, settings: Settings, database: Database, blobs: Blobs, jobs: Jobs) -> None:
        self._trash = Trash(settings, database, blobs)
        self._quotas = Quotas(settings, database)
        self._database = database
        self._blobs = blobs
        self._jobs = jobs

    def run(self, timestamp: int) -> None:
        """Called every minute with its time, seconds since 1970; once in an hour it does the slow things too."""
        requeued = self._everywhere(self._jobs.requeue_lost)
        if requeued:
            log.warning("jobs found without engine", extra={"action": "jobs_requeued", "status": requeued})
        self._everywhere(self._ask_for_index)
        if timestamp % _HOUR < 60:
            old = self._everywhere(self._retain)
            if old:
                log.info("retention", extra={"action": "retention", "status": old})
            emptied = self._everywhere(self._trash.expire)
            if emptied:
                log.info("trash emptied", extra={"action": "trash_emptied", "status": emptied})
            expired = self._everywhere(partial(drop_expired, self._database, self._blobs))
            removed = self._everywhere(self.drop_orphans)
            stale = expired + self._blobs.drop_stale_incoming(older_than_seconds=STALE_UPLOAD_SECONDS)
            log.info("cleaned", extra={"action": "cleaned", "status": f"orphans={removed} uploads={stale}"})

    def _everywhere(self, step: Callable[[UUID], int]) -> int:
        """How much a step did in all workspaces; where it fails, the others have it all the same."""
        done = 0
        for workspace in self._database.workspaces():
            try:
                done += step(workspace)
            except Exception:
                log.exception("maintenance failed", extra={"action": "maintenance_failed"})
        return done

    def _ask_for_index(self, workspace: UUID) -> int:
        with self._database.write(workspace) as session:
            return ask_for_missing(session, workspace)

    def _retain(self, workspace: UUID) -> int:
        days = self._quotas.days(workspace)
        return self.drop_old(workspace, days=days) if days > 0 else 0

    def drop_old(self, workspace: UUID, *, days: float) -> int:
        """Delete comparisons that ended so long ago, and documents as old that no comparison needs; how many.

        What is found of them goes with them; their blobs are orphans then, and go with the next round.
        """
        limit = datetime.now(UTC) - timedelta(days=days)
        needed = select(ComparisonRow.old_id).union(select(ComparisonRow.new_id))
        with self._database.write(workspace, with_trash=True) as session:
            jobs = session.execute(
                delete(JobRow).where(JobRow.finished_at < limit).returning(JobRow.id)  # its comparison goes with it
            ).all()
            documents = session.execute(
                delete(DocumentRow)
                .where(DocumentRow.created_at < limit, DocumentRow.id.not_in(needed))
                .returning(DocumentRow.sha256)
            ).all()
            for sha256 in {row.sha256 for row in documents}:
                if session.scalar(select(func.count()).where(DocumentRow.sha256 == sha256)) == 0:
                    forget_index(session, sha256)
            if jobs or documents:
                audit.note_of(
                    session, "retention.applied", workspace=workspace, user=None, via="console",
                    days=days, comparisons=len(jobs), documents=len(documents),
                )  # fmt: skip
        return len(jobs) + len(documents)

    def drop_orphans(self, workspace: UUID, *, older_than_seconds: float = ORPHAN_SECONDS) -> int:
        """Delete PDFs, what is derived from them, results, and parts of uploads, that no row refers to; how many."""
        limit = datetime.now(UTC).timestamp() - older_than_seconds
        with self._database.read(workspace, with_trash=True, from_primary=True) as session:
            known = {kind: set(session.scalars(select(used))) for kind, used in _NEEDED.items()}
        orphans: dict[tuple[str, str], list[Stored]] = {}
        for blob in self._blobs.list(workspace):
            # What is derived from a PDF has its digest before the rest of its name.
            digest, kind = _DIGEST.match(blob.name), blob.kind if blob.kind in _NEEDED else "pdf"
            if digest is None or blob.modified_at.timestamp() > limit or digest[0] in known[kind]:
                continue
            orphans.setdefault((kind, digest[0]), []).append(blob)
        removed = 0
        for (kind, sha256), blobs in orphans.items():
            used = _NEEDED[kind]
            with self._database.write(workspace, with_trash=True) as session:
                # The same lock as an upload of these bytes takes: it cannot come back between look and deletion.
                lock_bytes(session, workspace, sha256)
                if session.scalar(select(func.count()).where(used == sha256)) == 0:
                    for blob in blobs:
                        self._blobs.delete(workspace, blob.kind, blob.name)
                    removed += len(blobs)
        return removed
