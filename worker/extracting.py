"""Extractions as jobs."""

from __future__ import annotations

import os
from collections.abc import Callable
from uuid import UUID

from core.extraction.conductor import Conductor
from core.jobwatch import Spent
from core.sides import Source
from service.bootstrap import Services
from service.jobs import Attempt
from service.read_cache import BlobReadCache
from worker.attempts import Pulse, Verdict, attempted


class ExtractSupervisor:
    """Runs extractions, one in each thread that calls; what becomes of a job is as with comparisons."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def run(self, job: UUID, workspace: UUID, *, leaving: Callable[[], bool]) -> Verdict:
        """Do a job to its end, or hand it back; arguments as of `worker.attempts.attempted`."""
        return attempted(self._services, "extract", job, workspace, leaving=leaving, work=self._work)

    def _work(self, attempt: Attempt, pulse: Pulse, spent: Spent) -> str:
        services = self._services
        work = services.extractions.work(attempt)
        if work is None:
            return "deleted"
        fd = services.blobs.open(attempt.workspace, "pdf", work.sha256)
        try:
            conductor = Conductor(
                limits=services.settings.limits,
                jobs=services.settings.worker_jobs,
                on_progress=pulse.progress,
                cancelled=pulse.must_stop,
                cache=BlobReadCache(services.blobs, attempt.workspace),
                spent=spent,
            )
            found = conductor.extract(Source(fd, work.name, work.sha256, None), work.options)
        finally:
            os.close(fd)
        kept = services.extractions.finish(attempt, work, found, spent=spent.to_json())
        return "done" if kept else "lost"
