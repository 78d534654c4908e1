"""What happened to jobs: each with its cost, all of them summed up, and the dead letters with what can be done.

A dead letter is a job that failed for a reason that no user can mend: its child died twice, its worker vanished too
often, it ran out of time, or a fault of ours. Its comparison stays, so that it can be queued again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, delete, func, select, tuple_
from sqlalchemy.dialects.postgresql import array as sql_array
from sqlalchemy.orm import Session

from core.errors import NotFound
from db.database import Database
from db.rows import ComparisonRow, JobRow
from service import audit, queue
from service.access import Actor, Role
from service.jobs import Jobs
from service.views import Problem, Progress, as_uuid, cursor, iso, read_cursor

MOST_LISTED = 200
MOST_REQUEUED = 1000  #: at once; the rest waits for the next call
STATES = ("queued", "running", "done", "failed", "cancelled")
_QUANTILES = sql_array([0.5, 0.95])


@dataclass(frozen=True, slots=True)
class JobView:
    """A job: its state, its attempts and what the last of them cost.

    Attributes:
        comparison: What it is about; None when that was deleted.
        spent: seconds by stage, cpu_seconds, peak_bytes, children, deaths, pages; None before an attempt has ended.
    """

    id: str
    kind: str
    queue: str
    state: str
    comparison: str | None
    attempt: int
    crashes: int
    vanished: int
    is_dead: bool
    progress: Progress | None
    queue_position: int | None
    error: Problem | None
    spent: dict[str, Any] | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "kind": self.kind,
            "queue": self.queue,
            "state": self.state,
            "comparison": self.comparison,
            "attempt": self.attempt,
            "crashes": self.crashes,
            "vanished": self.vanished,
            "is_dead": self.is_dead,
            "progress": None if self.progress is None else self.progress.to_json(),
            "queue_position": self.queue_position,
            "error": None if self.error is None else self.error.to_json(),
            "created_at": iso(self.created_at),
            "started_at": iso(self.started_at),
            "finished_at": iso(self.finished_at),
        }

    def metrics(self) -> dict[str, Any]:
        """How long it waited and ran, and what it cost."""
        end = self.finished_at or datetime.now(UTC)
        return {
            "id": self.id,
            "state": self.state,
            "attempts": self.attempt,
            "waited_seconds": _seconds(self.created_at, self.started_at or end),
            "ran_seconds": None if self.started_at is None else _seconds(self.started_at, end),
            "spent": self.spent,
        }


@dataclass(frozen=True, slots=True)
class Reason:
    """Dead letters that failed with the same code; message and remedy are those of one of them."""

    code: str
    message: str
    remedy: str
    count: int
    oldest: datetime
    newest: datetime

    def to_json(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "message": self.message,
            "remedy": self.remedy,
            "count": self.count,
            "oldest": iso(self.oldest),
            "newest": iso(self.newest),
        }


class JobRecords:
    """Looking at jobs, and what an operator does with dead ones."""

    def __init__(self, database: Database, jobs: Jobs) -> None:
        self._database = database
        self._jobs = jobs

    def list(
        self,
        actor: Actor,
        *,
        states: Sequence[str] = (),
        dead: bool | None = None,
        limit: int = 50,
        after: str | None = None,
    ) -> tuple[list[JobView], str | None]:
        """The newest jobs, and where the next page begins; `dead` chooses dead letters or all others."""
        actor.require(Role.VIEWER)
        limit = max(1, min(limit, MOST_LISTED))
        wanted = _joined().order_by(JobRow.created_at.desc(), JobRow.id.desc()).limit(limit + 1)
        if states:
            wanted = wanted.where(JobRow.state.in_(states))
        if dead is not None:
            wanted = wanted.where(JobRow.is_dead.is_(dead))
        if after is not None:
            wanted = wanted.where(tuple_(JobRow.created_at, JobRow.id) < read_cursor(after))
        with self._database.read(actor.workspace) as session:
            rows = session.execute(wanted).all()
            views = [_view(session, row) for row in rows[:limit]]
        if len(rows) <= limit:
            return views, None
        last: JobRow = rows[limit - 1][0]
        return views, cursor(last.created_at, last.id)

    def get(self, actor: Actor, job_id: str) -> JobView:
        """One job; `NotFound`."""
        actor.require(Role.VIEWER)
        with self._database.read(actor.workspace) as session:
            row = session.execute(_joined().where(JobRow.id == as_uuid(job_id))).one_or_none()
            if row is None:
                raise NotFound
            return _view(session, row)

    def stats(self, actor: Actor, *, hours: float = 24.0) -> dict[str, Any]:
        """The jobs of the workspace that were made in the last hours, summed up; and the queues as they are now.

        Seconds, processor time and memory are those of the last attempts of jobs that are done.
        """
        actor.require(Role.VIEWER)
        since = JobRow.created_at > datetime.now(UTC) - timedelta(hours=hours)
        done = (since, JobRow.state == "done")
        ran = func.extract("epoch", JobRow.finished_at - JobRow.started_at)
        waited = func.extract("epoch", JobRow.started_at - JobRow.created_at)
        with self._database.read(actor.workspace) as session:
            counts = dict(session.execute(select(JobRow.state, func.count()).where(since).group_by(JobRow.state)).all())
            dead = session.scalar(select(func.count()).where(JobRow.is_dead))
            sums = session.execute(
                select(
                    func.percentile_cont(_QUANTILES).within_group(ran),
                    func.percentile_cont(_QUANTILES).within_group(waited),
                    func.coalesce(func.sum(_number("cpu_seconds")), 0.0),
                    func.coalesce(func.max(_number("peak_bytes")), 0.0),
                    func.coalesce(func.sum(_number("pages")), 0.0),
                ).where(*done)
            ).one()
            stages = session.execute(
                select(
                    func.jsonb_object_keys(JobRow.spent["seconds"]).label("stage"),
                    JobRow.spent["seconds"].label("seconds"),
                ).where(*done, JobRow.spent.is_not(None))
            ).all()
            unprotected = _unprotected(session, since)
            depths = queue.depths(session)
        by_stage: dict[str, float] = {}
        for stage, seconds in stages:
            by_stage[stage] = by_stage.get(stage, 0.0) + float(seconds[stage])
        return {
            "hours": hours,
            "jobs": {state: int(counts.get(state, 0)) for state in STATES},
            "dead_letters": int(dead or 0),
            "ran_seconds": _quantiles(sums[0]),
            "waited_seconds": _quantiles(sums[1]),
            "stage_seconds": {stage: round(seconds, 3) for stage, seconds in sorted(by_stage.items())},
            "cpu_seconds": round(float(sums[2]), 3),
            "peak_bytes": int(sums[3]),
            "pages": int(sums[4]),
            "unprotected": unprotected,
            "queues": {
                name: {"waiting": waiting, "running": running, "oldest_seconds": round(age, 1)}
                for name, (waiting, running, age) in depths.items()
            },
        }

    def unprotected(self, actor: Actor, *, hours: float = 24.0) -> Sequence[str]:
        """What of a complete sandbox the children of the last hours' jobs had to do without, as `doctor` names it."""
        actor.require(Role.VIEWER)
        with self._database.read(actor.workspace) as session:
            return _unprotected(session, JobRow.created_at > datetime.now(UTC) - timedelta(hours=hours))

    def restart(self, actor: Actor, job_id: str) -> JobView:
        """Queue a failed or cancelled job again; one in another state stays as it is. `NotFound`."""
        actor.require(Role.EDITOR)
        with self._database.write(actor.workspace) as session:
            kind = session.scalar(select(JobRow.kind).where(JobRow.id == as_uuid(job_id)))
            if kind is None:
                raise NotFound
            self._jobs.restart(session, actor, as_uuid(job_id), task=queue.TASKS[kind])
        return self.get(actor, job_id)

    # ---- dead letters

    def reasons(self, actor: Actor) -> Sequence[Reason]:
        """The dead letters grouped by how they failed, the most frequent first."""
        actor.require(Role.VIEWER)
        code, message, remedy = (JobRow.error[key].astext for key in ("code", "message", "remedy"))
        count, ended = func.count(), JobRow.finished_at
        with self._database.read(actor.workspace) as session:
            rows = session.execute(
                select(
                    code,
                    func.max(message),
                    func.max(remedy),
                    count,
                    func.min(ended),
                    func.max(ended),
                )
                .where(JobRow.is_dead)
                .group_by(code)
                .order_by(count.desc(), code)
                .limit(MOST_LISTED)
            ).all()
        return [Reason(*row) for row in rows]

    def requeue(self, actor: Actor, *, job_id: str | None = None, code: str | None = None) -> int:
        """Queue dead letters again: one, those that failed with a code, or all; how many.

        Raises:
            NotFound: There is no such job.
        """
        actor.require(Role.EDITOR)
        chosen = self._chosen(job_id, code)
        with self._database.write(actor.workspace) as session:
            found = session.execute(select(JobRow.id, JobRow.kind).where(*chosen).limit(MOST_REQUEUED)).all()
            if job_id is not None and not found:
                raise NotFound
            restart, tasks = self._jobs.restart, queue.TASKS
            return sum(restart(session, actor, row.id, task=tasks[row.kind], bounded=False) for row in found)

    def purge(
        self, actor: Actor, *, job_id: str | None = None, code: str | None = None, older_than_days: float = 0.0
    ) -> int:
        """Delete dead letters and the comparisons that they were about, not the documents; how many."""
        actor.require(Role.OWNER)
        limit = datetime.now(UTC) - timedelta(days=older_than_days)
        with self._database.write(actor.workspace) as session:
            gone = session.execute(
                delete(JobRow).where(*self._chosen(job_id, code), JobRow.finished_at <= limit).returning(JobRow.id)
            ).all()
            if gone:
                audit.note(session, actor, "job.purged", jobs=len(gone))
        return len(gone)

    @staticmethod
    def _chosen(job_id: str | None, code: str | None) -> Sequence[ColumnElement[bool]]:
        chosen: list[Any] = [JobRow.is_dead]
        if job_id is not None:
            chosen.append(JobRow.id == as_uuid(job_id))
        if code is not None:
            chosen.append(JobRow.error["code"].astext == code)
        return chosen


def _joined() -> Select[JobRow, UUID | None]:
    return select(JobRow, ComparisonRow.id).outerjoin(ComparisonRow, ComparisonRow.job_id == JobRow.id)


def _view(session: Session, row: Row[JobRow, UUID | None]) -> JobView:
    job, comparison = row
    waits = job.state == "queued" and job.engine_id is not None
    return JobView(
        id=str(job.id),
        kind=job.kind,
        queue=job.queue,
        state=job.state,
        comparison=None if comparison is None else str(comparison),
        attempt=job.attempt,
        crashes=job.crashes,
        vanished=job.vanished,
        is_dead=job.is_dead,
        progress=Progress.from_json(job.progress) if job.state == "running" else None,
        queue_position=queue.position(session, job.engine_id) if waits and job.engine_id is not None else None,
        error=Problem.from_json(job.error),
        spent=job.spent,
        created_at=job.created_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
    )


def _unprotected(session: Session, chosen: ColumnElement[bool]) -> list[str]:
    measures = func.jsonb_array_elements_text(JobRow.spent["unprotected"])
    return sorted(session.scalars(select(measures).where(chosen, JobRow.spent.is_not(None)).distinct()))


def _number(key: str) -> ColumnElement[float]:
    found: ColumnElement[float] = JobRow.spent[key].as_float()
    return found


def _seconds(start: datetime, end: datetime) -> float:
    return round((end - start).total_seconds(), 3)


def _quantiles(found: Sequence[float] | None) -> dict[str, float | None]:
    values = [None if value is None else round(float(value), 3) for value in found or (None, None)]
    return dict(zip(("median", "p95"), values, strict=True))
