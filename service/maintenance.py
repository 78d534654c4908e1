"""What is put right from time to time: jobs without an engine's job, blobs without a row, uploads nobody finishes."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select, text

from db.blobs import Blobs
from db.database import Database
from db.rows import ComparisonRow, DocumentRow, JobRow
from service.jobs import Jobs
from service.quotas import Quotas
from service.settings import Settings

log = logging.getLogger(__name__)

ORPHAN_SECONDS = 24 * 3600.0  #: a blob is written before its row; younger ones may be on their way
STALE_UPLOAD_SECONDS = 24 * 3600.0
_HOUR = 3600


class Maintenance:
    """Periodic work, workspace by workspace: each transaction sees one of them only."""

    def __init__(self, settings: Settings, database: Database, blobs: Blobs, jobs: Jobs) -> None:
        self._quotas = Quotas(settings, database)
        self._database = database
        self._blobs = blobs
        self._jobs = jobs

    def run(self, timestamp: int) -> None:
        """Called every minute with its time, seconds since 1970; once in an hour it does the slow things too."""
        for workspace in self._database.workspaces():
            found = self._jobs.requeue_lost(workspace)
            if found:
                log.warning("jobs found without engine", extra={"action": "jobs_requeued", "status": found})
        if timestamp % _HOUR < 60:
            kept = [(workspace, self._quotas.days(workspace)) for workspace in self._database.workspaces()]
            old = sum(self.drop_old(workspace, days=days) for workspace, days in kept if days > 0)
            if old:
                log.info("retention", extra={"action": "retention", "status": old})
            removed = sum(map(self.drop_orphans, self._database.workspaces()))
            stale = self._blobs.drop_stale_incoming(older_than_seconds=STALE_UPLOAD_SECONDS)
            log.info("cleaned", extra={"action": "cleaned", "status": f"orphans={removed} uploads={stale}"})

    def drop_old(self, workspace: UUID, *, days: float) -> int:
        """Delete comparisons that ended so long ago, and documents as old that no comparison needs; how many.

        Their blobs are orphans then, and go with the next round.
        """
        limit = datetime.now(UTC) - timedelta(days=days)
        needed = select(ComparisonRow.old_id).union(select(ComparisonRow.new_id))
        with self._database.write(workspace) as session:
            jobs = session.execute(
                delete(JobRow).where(JobRow.finished_at < limit).returning(JobRow.id)  # its comparison goes with it
            ).all()
            documents = session.execute(
                delete(DocumentRow)
                .where(DocumentRow.created_at < limit, DocumentRow.id.not_in(needed))
                .returning(DocumentRow.id)
            ).all()
        return len(jobs) + len(documents)

    def drop_orphans(self, workspace: UUID, *, older_than_seconds: float = ORPHAN_SECONDS) -> int:
        """Delete PDFs and results that no row refers to; how many."""
        limit = datetime.now(UTC).timestamp() - older_than_seconds
        removed = 0
        for blob in list(self._blobs.list(workspace)):
            if blob.kind not in {"pdf", "result"} or blob.modified_at.timestamp() > limit:
                continue
            with self._database.write(workspace) as session:
                # The same lock as an upload of these bytes takes: it cannot come back between look and deletion.
                session.execute(
                    text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"),
                    {"name": f"{workspace}/{blob.name}"},
                )
                if blob.kind == "pdf":
                    used = select(DocumentRow.id).where(DocumentRow.sha256 == blob.name)
                else:
                    used = select(ComparisonRow.id).where(ComparisonRow.result_sha256 == blob.name)
                if session.scalar(used.limit(1)) is None:
                    self._blobs.delete(workspace, blob.kind, blob.name)
                    removed += 1
        return removed
