"""The life of a job as a user sees it. A worker's steps are fenced by its attempt: who lost the job changes nothing.

queued ─begin→ running ─finish→ done | failed | cancelled
   ↑              │
   └── give_back, crashed (once), vanished (five times) ──┘
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID, uuid4

from sqlalchemy import Update, event, extract, func, literal_column, select, update
from sqlalchemy.orm import Session

from core.errors import AssistantError, InputError, NotFound, PdfCompareError
from db.database import Database
from db.rows import JobRow
from service import queue
from service.access import Actor, Role
from service.views import Problem, Progress, as_uuid

log = logging.getLogger(__name__)

MOST_CRASHES = 2  #: a job whose child dies so often is dead
MOST_VANISHED = 5  #: a job is resumed after its worker vanished so often

Ending = Literal["done", "failed", "cancelled"]


class WorkerVanished(PdfCompareError):
    """The worker disappeared each time it worked on this."""

    code = "worker_vanished"
    remedy = "Try again later; if it happens again, tell the administrator the code."


class TooManyJobs(PdfCompareError):
    """As many jobs of one user wait as may."""

    code = "too_many_jobs"
    remedy = "Wait until some are done, or cancel those that are not needed any more."


@dataclass(frozen=True, slots=True)
class Attempt:
    """One start of a job, held by the worker that made it."""

    job: UUID
    workspace: UUID
    number: int
    crashes: int
    waited_seconds: float | None = None  #: from when it was asked for to now; None where it was begun before


class Jobs:
    """Starting, watching and ending jobs."""

    def __init__(
        self,
        database: Database,
        *,
        waiting_each: int = 500,
        on_end: Callable[[Session, UUID], None] | None = None,
    ) -> None:
        """A user may have `waiting_each` jobs that wait or run; `on_end` is called in the transaction that ends one."""
        self._database = database
        self._waiting_each = waiting_each
        self._on_end = on_end or _untold

    # ---- for the doors

    def cancel(self, actor: Actor, job_id: str, *, least: Role = Role.EDITOR) -> None:
        """Stop a job: a waiting one at once, a running one within 2 s by its worker; an ended one stays as it is."""
        actor.require(least)
        with self._database.write(actor.workspace) as session:
            row = session.scalars(select(JobRow).where(JobRow.id == as_uuid(job_id)).with_for_update()).one_or_none()
            if row is None:
                raise NotFound()
            if row.state == "queued":
                if row.engine_id is not None:
                    queue.withdraw(session, row.engine_id)
                row.state, row.finished_at, row.engine_id = "cancelled", func.clock_timestamp(), None
                session.flush()
                self._on_end(session, row.id)
            if row.state == "running":
                row.cancel_requested = True

    def depths(self) -> dict[str, tuple[int, int, float]]:
        """By queue: waiting, running, age in seconds of the oldest that waits."""
        with self._database.read() as session:
            return queue.depths(session)

    def workers(self) -> list[tuple[int, float]]:
        """The workers that are known: number, seconds since the last heartbeat."""
        with self._database.read() as session:
            return queue.workers(session)

    # ---- for use cases, in their transaction

    def add(self, session: Session, actor: Actor, *, kind: str, queue_name: str, task: str) -> UUID:
        """A new queued job and its place in the queue; `TooManyJobs`."""
        job = uuid4()
        waiting = self._waiting(session, actor)
        session.add(
            JobRow(
                id=job,
                workspace_id=actor.workspace,
                kind=kind,
                queue=queue_name,
                state="queued",
                created_by=actor.user,
                engine_id=queue.defer(
                    session, task, queue=queue_name, job=job, workspace=actor.workspace, waiting=waiting
                ),
            )
        )
        session.flush()
        extra = {"action": "job_queued", "job": job, "queue": queue_name}
        event.listen(session, "after_commit", lambda _: log.info("%s queued", kind, extra=extra), once=True)
        return job

    def restart(self, session: Session, actor: Actor, job: UUID, *, task: str, bounded: bool = True) -> bool:
        """Queue a failed or cancelled job again, with its counts at zero; False when it is in another state.

        Raises:
            TooManyJobs: So many of the user's wait already; never where it is not `bounded`, as for an operator.
        """
        row = session.scalars(select(JobRow).where(JobRow.id == job).with_for_update()).one()
        if row.state not in {"failed", "cancelled"}:
            return False
        waiting = self._waiting(session, actor, bounded=bounded)
        row.engine_id = queue.defer(session, task, queue=row.queue, job=job, workspace=actor.workspace, waiting=waiting)
        row.state, row.crashes, row.vanished, row.cancel_requested, row.is_dead = "queued", 0, 0, False, False
        row.progress = row.error = row.started_at = row.finished_at = None
        session.flush()
        return True

    def _waiting(self, session: Session, actor: Actor, *, bounded: bool = True) -> int:
        live = select(func.count()).where(JobRow.created_by == actor.user, JobRow.state.in_(("queued", "running")))
        waiting = session.scalar(live) or 0
        if bounded and waiting >= self._waiting_each:
            raise TooManyJobs(f"{waiting:,} of your jobs wait or run already, which is the limit.")
        return waiting

    # ---- for workers

    def begin(self, workspace: UUID, job: UUID) -> Attempt | None:
        """Take a job; None when there is nothing to do: done, cancelled or deleted meanwhile."""
        with self._database.write(workspace) as session:
            found = session.execute(
                update(JobRow)
                .where(JobRow.id == job, JobRow.state.in_(("queued", "running")))
                .values(
                    state="running",
                    attempt=JobRow.attempt + 1,
                    started_at=func.coalesce(JobRow.started_at, func.clock_timestamp()),
                    progress=None,
                )
                .returning(
                    JobRow.attempt,
                    JobRow.crashes,
                    JobRow.cancel_requested,
                    extract("epoch", func.clock_timestamp() - JobRow.created_at).label("age"),
                )
            ).one_or_none()
        if found is None:
            return None
        waited = float(found.age) if found.attempt == 1 else None
        attempt = Attempt(job, workspace, found.attempt, found.crashes, waited)
        if found.cancel_requested:
            self.end(attempt, "cancelled")
            return None
        return attempt

    def beat(self, attempt: Attempt, progress: Progress | None) -> bool:
        """Write progress; False when the worker must stop: cancelled, deleted, or taken over by another attempt."""
        with self._database.write(attempt.workspace) as session:
            if progress is None:
                mine = select(JobRow.cancel_requested).where(*_still(attempt))
                cancelled = session.execute(mine).one_or_none()
            else:
                written = (
                    update(JobRow)
                    .where(*_still(attempt))
                    .values(progress=progress.to_json())
                    .returning(JobRow.cancel_requested)
                )
                cancelled = session.execute(written).one_or_none()
        return cancelled is not None and not cancelled[0]

    def end(
        self,
        attempt: Attempt,
        ending: Ending,
        *,
        error: PdfCompareError | None = None,
        spent: dict[str, Any] | None = None,
        effect: Callable[[Session], None] | None = None,
    ) -> bool:
        """End the job and, in the same transaction, have its effect; False and no effect when it is not ours any more.

        A cancellation that comes after the work is done comes too late: the result is kept.
        """
        with self._database.write(attempt.workspace) as session:
            closing = _close(attempt, ending, error, spent)
            if session.execute(closing.returning(JobRow.id)).one_or_none() is None:
                return False
            if effect is not None:
                effect(session)
            self._on_end(session, attempt.job)
        return True

    def give_back(self, attempt: Attempt) -> bool:
        """Return a job unfinished, for another worker; False when it is not ours any more."""
        return self._requeue(attempt, {})

    def crashed(self, attempt: Attempt, error: PdfCompareError, *, spent: dict[str, Any] | None = None) -> bool:
        """A child died on it: True when it is queued again, False when that was once too often and it has failed."""
        if attempt.crashes + 1 >= MOST_CRASHES:
            self.end(attempt, "failed", error=error, spent=spent)
            return False
        return self._requeue(attempt, {"crashes": JobRow.crashes + 1})

    def vanished(self, workspace: UUID, job: UUID, engine_id: int | None) -> bool:
        """Its worker disappeared: True when the job is to be resumed, False when it has ended or ends now.

        Args:
            workspace: Whose it is.
            job: Row of `jobs`.
            engine_id: The engine's number that stalled; another one may be at the job by now, and then it stays.
        """
        with self._database.write(workspace) as session:
            row = session.scalars(select(JobRow).where(JobRow.id == job).with_for_update()).one_or_none()
            if row is None or row.engine_id != engine_id or row.state not in {"queued", "running"}:
                return False
            if row.cancel_requested:
                row.state, row.finished_at, row.engine_id = "cancelled", func.clock_timestamp(), None
                session.flush()
                self._on_end(session, job)
                return False
            row.vanished += 1
            row.progress = None
            if row.vanished > MOST_VANISHED:
                row.state, row.finished_at, row.engine_id = "failed", func.clock_timestamp(), None
                row.error, row.is_dead = Problem.of(WorkerVanished()).to_json(), True
                session.flush()
                self._on_end(session, job)
                return False
            row.state = "queued"
            return True

    def requeue_lost(self, workspace: UUID) -> int:
        """Queue jobs anew that the engine no longer knows, such as after it was restored from a backup; how many."""
        with self._database.write(workspace) as session:
            lost = session.scalars(
                select(JobRow)
                .where(JobRow.state.in_(("queued", "running")), ~queue.is_known(JobRow.engine_id))
                .with_for_update(skip_locked=True)
            ).all()
            for row in lost:
                task = queue.TASKS[row.kind]
                row.engine_id = queue.defer(session, task, queue=row.queue, job=row.id, workspace=workspace, waiting=0)
                row.state, row.progress = "queued", None
        return len(lost)

    def _requeue(self, attempt: Attempt, values: dict[str, Any]) -> bool:
        with self._database.write(attempt.workspace) as session:
            changed = (
                update(JobRow)
                .where(*_still(attempt))
                .values(state="queued", progress=None, **values)
                .returning(JobRow.id)
            )
            return session.execute(changed).one_or_none() is not None


def _untold(_session: Session, _job: UUID) -> None:
    """Where nobody wants to know."""


def _still(attempt: Attempt) -> tuple[Any, ...]:
    return JobRow.id == attempt.job, JobRow.attempt == attempt.number, JobRow.state == "running"


def _close(attempt: Attempt, ending: Ending, error: PdfCompareError | None, spent: dict[str, Any] | None) -> Update:
    return (
        update(JobRow)
        .where(*_still(attempt))
        .values(
            state=ending,
            error=None if error is None else Problem.of(error).to_json(),
            spent=spent,
            # What is wrong with a file is its user's to mend, and a model's state is watched by itself; anything else
            # an operator should look at.
            is_dead=ending == "failed" and not isinstance(error, InputError | AssistantError),
            progress=None,
            engine_id=None,
            cancel_requested=literal_column("false"),
            finished_at=func.clock_timestamp(),
        )
    )
