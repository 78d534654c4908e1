"""Handing jobs to the engine (Procrastinate) in our own transaction: a row and its job exist both or not at all."""

from __future__ import annotations

from uuid import UUID

from procrastinate import App
from procrastinate.contrib.sqlalchemy import SQLAlchemyPsycopg2Connector
from sqlalchemy import ColumnElement, Text, cast, column, exists, select, table, text
from sqlalchemy.orm import InstrumentedAttribute, Session

from service.log_context import bound

COMPARE = "compare"
EXTRACT = "extract"
ASSIST = "assist"
MAINTENANCE = "maintenance"
NOTIFY = "notify"
QUEUES = (COMPARE, EXTRACT, ASSIST, MAINTENANCE, NOTIFY)

COMPARE_TASK = "pdf_compare.compare"
EXTRACT_TASK = "pdf_compare.extract"
INDEX_TASK = "pdf_compare.index"
RESCUE_TASK = "pdf_compare.rescue"
CLEAN_TASK = "pdf_compare.clean"
DELIVER_TASK = "pdf_compare.deliver"
ASSIST_TASK = "pdf_compare.assist"

TASKS = {"compare": COMPARE_TASK, "extract": EXTRACT_TASK, "assist": ASSIST_TASK}  #: by kind of job

_LOWEST_PRIORITY = -1000
INDEX_PRIORITY = -2000

# Never opened: it only writes through the connection of the transaction it is given.
_app = App(connector=SQLAlchemyPsycopg2Connector())


def defer(session: Session, task: str, *, queue: str, job: UUID, workspace: UUID, waiting: int) -> int:
    """Queue a task in the session's transaction; the engine's number for it.

    Args:
        waiting: How many jobs the user has waiting or running. Each lowers the priority of this one, so that one
            person's hundred do not block another's one.
    """
    deferrer = _app.configure_task(
        task, queue=queue, priority=max(-waiting, _LOWEST_PRIORITY), connection=session.connection()
    )
    # The id of the request goes along, so that the worker's lines can be found by it.
    return deferrer.defer(job=str(job), workspace=str(workspace), request=bound().get("request"))


def defer_delivery(session: Session, *, delivery: UUID, workspace: UUID) -> int:
    """Queue a webhook's delivery in the session's transaction; the engine's number for it."""
    deferrer = _app.configure_task(DELIVER_TASK, queue=NOTIFY, connection=session.connection())
    return deferrer.defer(delivery=str(delivery), workspace=str(workspace))


def defer_index(session: Session, workspace: UUID, sha256: str, *, later_seconds: int) -> None:
    """Queue the indexing of some bytes in the session's transaction; after everything that somebody waits for."""
    _app.configure_task(
        INDEX_TASK,
        queue=EXTRACT,
        priority=INDEX_PRIORITY,
        schedule_in={"seconds": later_seconds},
        connection=session.connection(),
    ).defer(workspace=str(workspace), sha256=sha256)


def withdraw(session: Session, engine_id: int) -> None:
    """Take a waiting task out of the queue; one that runs is stopped by its own worker."""
    session.execute(text("SELECT procrastinate_cancel_job_v1(:id, false, true)"), {"id": engine_id})


def is_known(engine_id: InstrumentedAttribute[int | None]) -> ColumnElement[bool]:
    """Whether the engine still has something to do under a number."""
    jobs = table("procrastinate_jobs", column("id"), column("status"))
    live = cast(jobs.c.status, Text).in_(("todo", "doing"))
    return exists(select(jobs.c.id).where(jobs.c.id == engine_id, live))


def position(session: Session, engine_id: int) -> int | None:
    """How many will be started before it, and itself: 1 is next; None when it does not wait."""
    place: int | None = session.scalar(
        text("""
            SELECT count(*) FROM procrastinate_jobs mine JOIN procrastinate_jobs other
                ON other.queue_name = mine.queue_name AND other.status = 'todo'
                AND (other.priority > mine.priority OR (other.priority = mine.priority AND other.id <= mine.id))
            WHERE mine.id = :id AND mine.status = 'todo' HAVING count(*) > 0
        """),
        {"id": engine_id},
    )
    return place


def depths(session: Session) -> dict[str, tuple[int, int, float]]:
    """By queue: waiting, running, age in seconds of the oldest that waits. The queues of everybody, no contents."""
    rows = session.execute(
        text("""
            SELECT queue_name, count(*) FILTER (WHERE status = 'todo'), count(*) FILTER (WHERE status = 'doing'),
                   coalesce(extract(epoch FROM now() - min(deferred.at) FILTER (WHERE status = 'todo')), 0)::float
            FROM procrastinate_jobs LEFT JOIN LATERAL (
                SELECT min(at) AS at FROM procrastinate_events WHERE job_id = procrastinate_jobs.id
            ) deferred ON true
            WHERE status IN ('todo', 'doing') GROUP BY queue_name
        """)
    )
    found = dict.fromkeys(QUEUES, (0, 0, 0.0))
    found.update({queue: (waiting, running, age) for queue, waiting, running, age in rows})
    return found


def workers(session: Session) -> list[tuple[int, float]]:
    """The workers that the engine knows: its number and the seconds since the last heartbeat, by number."""
    rows = session.execute(
        text("""
            SELECT id, extract(epoch FROM now() - last_heartbeat)::float FROM procrastinate_workers ORDER BY id
        """)
    )
    return [(int(row[0]), float(row[1])) for row in rows]
