"""The tasks of the job engine: what is done for each name that `service.queue` defers."""

from __future__ import annotations

import asyncio
import logging
from typing import Any
from uuid import UUID

from procrastinate import App, BaseRetryStrategy, JobContext, PsycopgConnector, RetryDecision
from procrastinate.jobs import Job, Status

from core.errors import StorageError
from service import queue
from service.bootstrap import Services
from service.log_context import binding
from service.maintenance import Maintenance
from worker.assisting import AssistSupervisor
from worker.attempts import Verdict
from worker.comparing import CompareSupervisor
from worker.extracting import ExtractSupervisor
from worker.indexing import AGAIN_SECONDS, Indexer
from worker.ticking import Tick, forget_tomorrow, heartbeat_age

log = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 5.0
STALLED_SECONDS = 20.0  #: without a heartbeat for so long a worker is gone
TICKS = (Tick(queue.RESCUE_TASK, 10), Tick(queue.CLEAN_TASK, 60))

AWAY_SECONDS = 5  #: the database or the document store is away: not before that long


class _Again(Exception):
    """Put the job back into the queue, to be taken after `seconds`; not an error, but the engine's way to say it."""

    def __init__(self, seconds: int = 0) -> None:
        super().__init__()
        self.seconds = seconds


class _PutBack(BaseRetryStrategy):
    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        return RetryDecision(retry_in={"seconds": exception.seconds}) if isinstance(exception, _Again) else None


def build_app(services: Services, assisting: AssistSupervisor | None = None) -> App:
    """The engine with our tasks, to be opened by the caller."""
    app = App(
        connector=PsycopgConnector(
            conninfo=services.settings.direct_to,
            min_size=1,
            max_size=4,
            # Behind a pooler a prepared statement may be on another connection next time.
            kwargs={"prepare_threshold": None, "connect_timeout": 5, "application_name": "pdf-compare worker"},
        )
    )
    supervisor = CompareSupervisor(services)
    maintenance = Maintenance(services.settings, services.database, services.blobs, services.jobs)

    @app.task(name=queue.COMPARE_TASK, queue=queue.COMPARE, pass_context=True, retry=_PutBack())
    def compare(context: JobContext, job: str, workspace: str, request: str | None = None) -> None:
        with binding(request=request):
            _done(supervisor, context, job, workspace)

    extracting = ExtractSupervisor(services)

    @app.task(name=queue.EXTRACT_TASK, queue=queue.EXTRACT, pass_context=True, retry=_PutBack())
    def extract(context: JobContext, job: str, workspace: str, request: str | None = None) -> None:
        with binding(request=request):
            _done(extracting, context, job, workspace)

    assistant = assisting or AssistSupervisor(services)

    @app.task(name=queue.ASSIST_TASK, queue=queue.ASSIST, pass_context=True, retry=_PutBack())
    def assist(context: JobContext, job: str, workspace: str, request: str | None = None) -> None:
        with binding(request=request):
            _done(assistant, context, job, workspace)

    indexer = Indexer(services)

    @app.task(name=queue.INDEX_TASK, queue=queue.EXTRACT, pass_context=True, retry=_PutBack())
    def index(context: JobContext, workspace: str, sha256: str) -> None:
        try:
            done = indexer.run(UUID(workspace), sha256, leaving=context.should_abort)
        except StorageError as error:
            log.warning("index put back", extra={"action": "index_put_back", "code": error.code})
            raise _Again(AWAY_SECONDS) from error
        if not done:
            raise _Again(AGAIN_SECONDS)

    @app.task(name=queue.RESCUE_TASK, queue=queue.MAINTENANCE, pass_context=True)
    async def rescue(context: JobContext, timestamp: int) -> None:
        if await heartbeat_age(context.app, context.job.id) < STALLED_SECONDS:
            await _rescue(context.app, services)
        # Else the clock was set forward, for who asks is alive: a moment later all heartbeats are of now again.

    @app.task(name=queue.CLEAN_TASK, queue=queue.MAINTENANCE)
    def clean(timestamp: int) -> None:
        maintenance.run(timestamp)
        for workspace in services.database.workspaces():
            services.webhooks.requeue_lost(workspace)

    @app.task(name=queue.DELIVER_TASK, queue=queue.NOTIFY, retry=_PutBack())
    def deliver(delivery: str, workspace: str) -> None:
        tried = services.webhooks.deliver(UUID(workspace), UUID(delivery))
        if tried is None:
            return
        services.telemetry.delivery_tried(tried.outcome)
        if tried.again_seconds is not None:
            raise _Again(tried.again_seconds)

    return app


def _done(
    supervisor: CompareSupervisor | ExtractSupervisor | AssistSupervisor, context: JobContext, job: str, workspace: str
) -> None:
    """Do a job, or have the engine put it back."""
    try:
        verdict = supervisor.run(UUID(job), UUID(workspace), leaving=context.should_abort)
    except StorageError as error:
        # Neither result nor failure could be written down; the next attempt begins anew.
        log.warning("job put back", extra={"action": "job_put_back", "job": job, "code": error.code})
        raise _Again(AWAY_SECONDS) from error
    if verdict is Verdict.AGAIN:
        raise _Again


async def _rescue(app: App, services: Services) -> None:
    """Put the jobs of workers that disappeared back into their queues."""
    manager = app.job_manager
    if ahead := await forget_tomorrow(app):
        log.warning("the clock was set back", extra={"action": "clock_set_back", "status": ahead})
    for stalled in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS):
        owned: dict[str, Any] = stalled.task_kwargs
        resume = False
        if "job" in owned:
            workspace, job = UUID(str(owned["workspace"])), UUID(str(owned["job"]))
            resume = await asyncio.to_thread(services.jobs.vanished, workspace, job, stalled.id)
        if resume:
            await manager.retry_job(stalled)
        else:
            await manager.finish_job(stalled, Status.FAILED, delete_job=True)
        log.warning(
            "worker vanished",
            extra={
                "action": "job_resumed" if resume else "job_dropped",
                "job": owned.get("job"),
                "queue": stalled.queue,
            },
        )
    await manager.prune_stalled_workers(STALLED_SECONDS * 3)
