"""One extraction job: begin, have the conductor do it, tell its progress, notice when to stop, and end it."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from uuid import UUID

from core.errors import Cancelled, EngineError, InputError, PdfCompareError, StorageError, TimedOut
from core.extraction.conductor import Conductor
from core.jobwatch import Spent
from core.sides import Source
from service.bootstrap import Services
from service.jobs import Attempt
from service.read_cache import BlobReadCache
from worker.supervisor import Pulse, Told, Verdict, outcome_of

log = logging.getLogger(__name__)


class ExtractSupervisor:
    """Runs extractions, one in each thread that calls; what becomes of a job is as with comparisons."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def run(self, job: UUID, workspace: UUID, *, leaving: Callable[[], bool]) -> Verdict:
        """Do a job to its end, or hand it back; arguments as of `CompareSupervisor.run`."""
        attempt = self._services.jobs.begin(workspace, job)
        if attempt is None:
            return Verdict.ENDED
        with Told(self._services, "extract", attempt) as told:
            with Pulse(self._services, attempt, leaving) as pulse:
                verdict, told.outcome = self._attempt(attempt, pulse, told.spent)
            told.pulse = pulse
        return verdict

    def _attempt(self, attempt: Attempt, pulse: Pulse, spent: Spent) -> tuple[Verdict, str]:
        jobs = self._services.jobs
        try:
            return Verdict.ENDED, self._extract(attempt, pulse, spent)
        except Cancelled:
            if pulse.revoked:
                return Verdict.ENDED, "cancelled" if jobs.end(attempt, "cancelled") else "lost"
            return (Verdict.AGAIN, "given_back") if jobs.give_back(attempt) else (Verdict.ENDED, "lost")
        except (InputError, TimedOut) as error:
            jobs.end(attempt, "failed", error=error, spent=spent.to_json())
            return Verdict.ENDED, outcome_of(error)
        except (EngineError, StorageError) as error:
            log.warning("job failed", extra={"action": "job_crash", "job": attempt.job, "code": error.code})
            again = jobs.crashed(attempt, error, spent=spent.to_json())
            return (Verdict.AGAIN, "again") if again else (Verdict.ENDED, "failed")
        except Exception as error:
            log.exception("job failed", extra={"action": "job_error", "job": attempt.job})
            fault = PdfCompareError(f"An internal error occurred ({type(error).__name__}).")
            jobs.end(attempt, "failed", error=fault, spent=spent.to_json())
            return Verdict.ENDED, "failed"

    def _extract(self, attempt: Attempt, pulse: Pulse, spent: Spent) -> str:
        """What it came to, one of `service.telemetry.OUTCOMES`."""
        services = self._services
        work = services.extractions.work(attempt)
        if work is None:
            services.jobs.end(attempt, "cancelled")
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
