"""One attempt at a job: begin it, have the work done, tell its progress, notice when to stop, and end it."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from enum import Enum
from typing import Any
from uuid import UUID

from core import pipeline
from core.errors import AssistantError, Cancelled, EngineError, InputError, PdfCompareError, StorageError, TimedOut
from core.jobwatch import Spent
from service import tracing
from service.bootstrap import Services
from service.jobs import Attempt
from service.log_context import binding
from service.views import Progress

log = logging.getLogger(__name__)

BEAT_SECONDS = 0.5  #: how often progress is written and a cancellation noticed


class Verdict(Enum):
    """What becomes of the engine's job."""

    ENDED = "ended"
    AGAIN = "again"


#: Does the work and writes down its end; returns `done`, `lost` where another attempt had it, or `deleted` where there
#: is nothing to do any more, and then nothing is written down. Errors are those of `core.errors`.
Work = Callable[[Attempt, "Pulse", Spent], str]


def attempted(
    services: Services, kind: str, job: UUID, workspace: UUID, *, leaving: Callable[[], bool], work: Work
) -> Verdict:
    """Do a job to its end, or hand it back.

    Args:
        services: Where jobs are kept and told.
        kind: One of `service.telemetry.KINDS`.
        job: Row of `jobs`.
        workspace: Whose it is.
        leaving: Whether this worker is to stop; then the job is handed back unfinished.
        work: What is to be done.
    """
    attempt = services.jobs.begin(workspace, job)
    if attempt is None:
        return Verdict.ENDED
    with Told(services, kind, attempt) as told:
        with Pulse(services, attempt, leaving) as pulse:
            verdict, told.outcome = _worked(services, attempt, pulse, told.spent, work)
        told.pulse = pulse
    return verdict


def _worked(services: Services, attempt: Attempt, pulse: Pulse, spent: Spent, work: Work) -> tuple[Verdict, str]:
    """The engine's verdict and one of `service.telemetry.OUTCOMES`, with the job's end written down."""
    jobs = services.jobs
    try:
        outcome = work(attempt, pulse, spent)
        if outcome == "deleted":
            jobs.end(attempt, "cancelled")
    except Cancelled:
        if pulse.revoked:
            return Verdict.ENDED, "cancelled" if jobs.end(attempt, "cancelled") else "lost"
        return (Verdict.AGAIN, "given_back") if jobs.give_back(attempt) else (Verdict.ENDED, "lost")
    except (InputError, TimedOut, AssistantError) as error:
        # The same file would fail the same way, and a model is asked again by its user: not tried again.
        jobs.end(attempt, "failed", error=error, spent=spent.to_json())
        return Verdict.ENDED, "refused" if isinstance(error, InputError) else "failed"
    except (EngineError, StorageError) as error:
        _log_failure(attempt, error)
        again = jobs.crashed(attempt, error, spent=spent.to_json())
        return (Verdict.AGAIN, "again") if again else (Verdict.ENDED, "failed")
    except Exception as error:
        log.exception("job failed", extra={"action": "job_error", "job": attempt.job})
        fault = PdfCompareError(f"An internal error occurred ({type(error).__name__}).")
        jobs.end(attempt, "failed", error=fault, spent=spent.to_json())
        return Verdict.ENDED, "failed"
    return Verdict.ENDED, outcome


def _log_failure(attempt: Attempt, error: PdfCompareError) -> None:
    # Notes say which child ended how; they hold nothing of a document.
    reason = "; ".join(getattr(error, "__notes__", ())) or error.message
    log.warning("job failed", extra={"action": "job_crash", "job": attempt.job, "code": error.code, "reason": reason})


class Told:
    """One attempt at a job, as logs, metrics and traces tell it; around the work, on its thread.

    Attributes:
        outcome: One of `service.telemetry.OUTCOMES`, to be set by the work.
        spent: What it costs, to be counted by the work.
        pulse: Knows pages and stages; None where it did not come so far.
    """

    def __init__(self, services: Services, kind: str, attempt: Attempt) -> None:
        self._services, self._kind, self._attempt = services, kind, attempt
        self.outcome = "again"  # where it raises, nothing could be written down, and the job is put back
        self.spent = Spent()
        self.pulse: Pulse | None = None

    def __enter__(self) -> Told:
        self._stack = ExitStack()
        self._stack.enter_context(binding(job=str(self._attempt.job)))
        self._span = self._stack.enter_context(tracing.span(f"job {self._kind}", attempt=self._attempt.number))
        self._started = time.monotonic()
        waited = self._attempt.waited_seconds
        self._services.telemetry.job_begun(self._kind, waited)
        self._span.tell(queue_wait_seconds=waited)
        extra = {"action": "job_begin", "attempt": self._attempt.number, "queue": self._kind}
        log.info("%s begun", self._kind, extra=extra)
        return self

    def __exit__(self, *_: object) -> None:
        seconds = time.monotonic() - self._started
        pages = self.pulse.pages if self.pulse is not None else {}
        self._services.telemetry.job_ended(self._kind, self.outcome, seconds, self.spent, pages)
        extra = {
            "action": f"job_{self.outcome}",
            "queue": self._kind,
            "attempt": self._attempt.number,
            "seconds": round(seconds, 2),
        }
        log.info("%s %s", self._kind, self.outcome, extra=extra)
        self._span.tell(outcome=self.outcome, children=self.spent.children, cpu_seconds=self.spent.cpu_seconds)
        tracing.tell_stages(self.pulse.stages if self.pulse is not None else ())
        if self.outcome in {"failed", "again"}:
            self._span.fail(self.outcome)
        self._stack.close()


class Pulse:
    """The connection of a running job to its row: progress out, "stop" in, every `BEAT_SECONDS`, on its own thread."""

    def __init__(self, services: Services, attempt: Attempt, leaving: Callable[[], bool]) -> None:
        self._jobs = services.jobs
        self._attempt = attempt
        self._leaving = leaving
        self._meter = _Meter()
        self._latest: Progress | None = None
        self.document_pages = 0  #: of both, to be set by the work: reading may be spared, comparing is not
        self._pages: dict[tuple[str, str | None], int] = {}
        self._stages: list[tuple[str, int]] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"pulse-{attempt.job}", daemon=True)
        self.revoked = False  #: cancelled, deleted, or another attempt's by now

    def progress(self, made: pipeline.Progress) -> None:
        """To be called by the pipeline; cheap."""
        self._latest = self._meter.add(made)
        self._pages[made.stage, made.side] = made.total
        if not self._stages or self._stages[-1][0] != made.stage:
            self._stages.append((made.stage, time.time_ns()))

    @property
    def pages(self) -> dict[str, int]:
        """By stage, how many pages there were to go through, of both documents."""
        found: Counter[str] = Counter()
        for (stage, _), pages in self._pages.items():
            found[stage] += pages
        if any(stage == "comparing" for stage, _ in self._pages):
            found["comparing"] = self.document_pages
        return found

    @property
    def stages(self) -> list[tracing.Stage]:
        """Each stage with its begin and end, the last one until now; none where it ended before the first."""
        ends = [*(at for _, at in self._stages[1:]), time.time_ns()]
        return [(name, at, end) for (name, at), end in zip(self._stages, ends, strict=False)]

    def must_stop(self) -> bool:
        """To be asked by the pipeline; cheap."""
        return self.revoked or self._leaving()

    def __enter__(self) -> Pulse:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _beat(self) -> None:
        written: Progress | None = None
        while not self._ended.wait(BEAT_SECONDS):
            latest = self._latest
            try:
                if not self._jobs.beat(self._attempt, None if latest == written else latest):
                    self.revoked = True
                    return
                written = latest
            except PdfCompareError as error:
                # The work goes on: the database may be back before it ends.
                log.warning("no beat", extra={"action": "beat_failed", "job": self._attempt.job, "code": error.code})
            except Exception:
                log.exception("no beat", extra={"action": "beat_failed", "job": self._attempt.job})


class _Meter:
    """Both sides of a stage as one number, and how long the rest of the stage may take."""

    def __init__(self) -> None:
        self._stage = ""
        self._sides: dict[Any, tuple[int, int]] = {}
        self._began = time.monotonic()
        self._lock = threading.Lock()

    def add(self, made: pipeline.Progress) -> Progress:
        with self._lock:
            if made.stage != self._stage:
                self._stage, self._sides, self._began = made.stage, {}, time.monotonic()
            self._sides[made.side] = (made.done, made.total)
            done = sum(side[0] for side in self._sides.values())
            total = sum(side[1] for side in self._sides.values())
            elapsed = time.monotonic() - self._began
        known = 0 < done <= total and elapsed > 1.0
        return Progress(
            stage=made.stage,
            side=made.side if len(self._sides) == 1 else None,
            done=done,
            total=total,
            eta_seconds=round(elapsed / done * (total - done), 1) if known else None,
        )
