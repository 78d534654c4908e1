"""What is done again and again is queued every so often, once for all workers, however the clock is set meanwhile."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass

from procrastinate import App, exceptions

from service.queue import NOTIFY

log = logging.getLogger(__name__)

_LATER_SECONDS = 0.2  #: so that nobody wakes just before it is time
_MOST_AHEAD_SECONDS = 60  #: what is put back waits for seconds
_LONGEST_WAIT_SECONDS = 13 * 3600  #: a webhook's last try is 12 hours after the one before


@dataclass(frozen=True, slots=True)
class Tick:
    """A task that is due at each multiple of `seconds` since 1970; it is given that time as `timestamp`."""

    task: str
    seconds: int


async def tick(app: App, each: Tick) -> None:
    """Queue it whenever it is due, until cancelled; the database keeps others from queueing it for the same time.

    The engine's own periodic tasks remember the last time that they were due: when the clock is set back by a day they
    rest for a day, and when it is set forward they are queued for every time in between.
    """
    while True:
        now = int(time.time())
        due = now - now % each.seconds
        deferrer = app.tasks[each.task].configure(queueing_lock=each.task, task_kwargs={"timestamp": due})
        try:
            await app.job_manager.defer_periodic_job(job=deferrer.job, periodic_id="", defer_timestamp=due)
        except exceptions.AlreadyEnqueued:
            pass  # the one before waits yet
        except exceptions.ConnectorException as error:
            # Whoever takes jobs notices too, and connects again.
            log.info("nothing queued", extra={"action": "tick_failed", "reason": type(error).__name__})
        await asyncio.sleep(each.seconds - time.time() % each.seconds + _LATER_SECONDS)


async def forget_tomorrow(app: App) -> int:
    """Have no heartbeat and no waiting job be later than it can be: the clock was set back since; how many were.

    Without it a dead worker would seem alive, and a job that was put back for five seconds would rest, until the clock
    is where it was.
    """
    found = await app.connector.execute_query_one_async(
        """
        WITH beats AS (
            UPDATE procrastinate_workers SET last_heartbeat = now()
            WHERE last_heartbeat > now() + make_interval(secs => %(most)s) RETURNING 1
        ), jobs AS (
            UPDATE procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo' AND scheduled_at > now()
                + make_interval(secs => CASE queue_name WHEN %(notify)s THEN %(longest)s ELSE %(most)s END) RETURNING 1
        )
        SELECT (SELECT count(*) FROM beats) + (SELECT count(*) FROM jobs) AS ahead
        """,
        most=_MOST_AHEAD_SECONDS,
        notify=NOTIFY,
        longest=_LONGEST_WAIT_SECONDS,
    )
    return int(found["ahead"])


async def heartbeat_age(app: App, job: int | None) -> float:
    """Seconds since the last heartbeat of the worker that does a job; 0 where it is not known."""
    found = await app.connector.execute_query_all_async(
        """
        SELECT extract(epoch FROM now() - last_heartbeat)::float AS age FROM procrastinate_workers
        JOIN procrastinate_jobs ON procrastinate_jobs.worker_id = procrastinate_workers.id
        WHERE procrastinate_jobs.id = %(job)s
        """,
        job=job,
    )
    return float(found[0]["age"]) if found else 0.0
