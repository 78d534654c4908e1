"""Comparisons as jobs. Moves bytes only: what a file says is read by children."""

from __future__ import annotations

import os
from collections.abc import Callable
from uuid import UUID

from core import pipeline
from core.jobwatch import Spent
from service.bootstrap import Services
from service.comparisons import Work
from service.jobs import Attempt
from service.log_context import bind
from service.read_cache import BlobReadCache
from worker.attempts import Pulse, Verdict, attempted


class CompareSupervisor:
    """Runs comparisons, one in each thread that calls."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def run(self, job: UUID, workspace: UUID, *, leaving: Callable[[], bool]) -> Verdict:
        """Do a job to its end, or hand it back; arguments as of `worker.attempts.attempted`."""
        return attempted(self._services, "compare", job, workspace, leaving=leaving, work=self._work)

    def _work(self, attempt: Attempt, pulse: Pulse, spent: Spent) -> str:
        comparisons = self._services.comparisons
        work = comparisons.work(attempt)
        if work is None:
            return "deleted"
        bind(comparison=str(work.comparison))
        pulse.document_pages = work.old.page_count + work.new.page_count
        data = comparisons.renamed(attempt, work) or self._compare(attempt, work, pulse, spent)
        return "done" if comparisons.finish(attempt, work, data, spent=spent.to_json()) else "lost"

    def _compare(self, attempt: Attempt, work: Work, pulse: Pulse, spent: Spent) -> bytes:
        blobs, settings = self._services.blobs, self._services.settings
        old_fd = blobs.open(attempt.workspace, "pdf", work.old.sha256)
        try:
            new_fd = blobs.open(attempt.workspace, "pdf", work.new.sha256)
            try:
                outcome = pipeline.compare_files(
                    pipeline.Source(old_fd, work.old.name, work.old.sha256, None),
                    pipeline.Source(new_fd, work.new.name, work.new.sha256, None),
                    work.options,
                    limits=settings.limits,
                    jobs=settings.worker_jobs,
                    on_progress=pulse.progress,
                    cancelled=pulse.must_stop,
                    cache=BlobReadCache(blobs, attempt.workspace),
                    spent=spent,
                )
            finally:
                os.close(new_fd)
        finally:
            os.close(old_fd)
        return outcome.json
