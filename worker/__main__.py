"""`python -m worker`: take jobs and have them done until SIGTERM or SIGINT.

The first signal takes no new job, gives running ones the grace time to end, and hands back the rest.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import sys
import threading
from collections.abc import Sequence

from procrastinate import App, exceptions
from prometheus_client import start_http_server

from core.errors import PdfCompareError
from db.database import Unavailable
from db.schema import SchemaBehind, SchemaBeyond
from service import queue
from service.bootstrap import Services, build
from service.settings import Settings, load_settings
from service.telemetry import configure_logging
from service.tracing import configure_tracing
from worker.assisting import AssistSupervisor
from worker.tasks import HEARTBEAT_SECONDS, STALLED_SECONDS, TICKS, build_app
from worker.ticking import tick

log = logging.getLogger("worker")

POLL_SECONDS = 2.0  #: a job put back is not announced by the engine, only found
RECONNECT_SECONDS = 2.0
NOTIFIERS = 2  #: webhooks told side by side


def main(argv: Sequence[str] | None = None) -> int:
    """Run a worker; its exit status."""
    parser = argparse.ArgumentParser(prog="pdf-compare worker", description="Take jobs and do them until stopped.")
    parser.add_argument("--queues", help="queues to serve, with commas (default: PDF_COMPARE_WORKER_QUEUES)")
    parser.add_argument("--concurrency", type=int, help="jobs side by side (default: PDF_COMPARE_WORKER_CONCURRENCY)")
    given = parser.parse_args(argv)
    try:
        settings = load_settings()
        configure_logging(settings)
        chosen = tuple(filter(None, given.queues.split(","))) if given.queues else settings.worker_queues
        unknown = sorted(set(chosen) - set(queue.QUEUES))
        if unknown:
            parser.error(f"unknown queue {unknown[0]}; choose from {', '.join(queue.QUEUES)}")
        configure_tracing(settings, "worker")
        services = build(settings)
        if settings.sandbox == "required":
            services.watch_sandbox()
        else:  # a worker that starts again after it was killed is waited for
            threading.Thread(target=services.watch_sandbox, daemon=True).start()
    except PdfCompareError as error:
        sys.stderr.write(f"error[{error.code}] {error.message} {error.help}\n")
        return 2
    if settings.worker_metrics_port:
        start_http_server(settings.worker_metrics_port, registry=services.telemetry.registry)
    try:
        asyncio.run(_serve(services, chosen, given.concurrency or settings.worker_concurrency))
    except SchemaBeyond as error:
        sys.stderr.write(f"error[{error.code}] {error.message} {error.help}\n")
        return 2
    finally:
        services.close()
    return 0


async def _serve(services: Services, queues: Sequence[str], concurrency: int) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    log.info("worker started", extra={"action": "worker_start", "queue": ",".join(queues)})
    # One for the life of the process: its breaker remembers how the language model behaved.
    assisting = AssistSupervisor(services)
    gone = threading.Event()
    if queue.ASSIST in queues:
        threading.Thread(target=assisting.watch, args=(gone,), name="assistant", daemon=True).start()
    said = ""
    while not stopping.is_set():
        try:
            await asyncio.to_thread(services.database.ping)
            async with build_app(services, assisting).open_async() as app:
                await _run(app, stopping, queues, concurrency, services.settings)
        except SchemaBehind as error:
            if said != error.code:  # it may wait for long
                log.warning("the database waits for its migration", extra={"action": "worker_wait", "code": error.code})
            said = error.code
        except (exceptions.ConnectorException, OSError, Unavailable) as error:
            log.warning("no database", extra={"action": "worker_reconnect", "reason": type(error).__name__})
        if not stopping.is_set():
            await asyncio.wait([asyncio.create_task(stopping.wait())], timeout=RECONNECT_SECONDS)
    gone.set()
    log.info("worker stopped", extra={"action": "worker_stop"})


async def _run(app: App, stopping: asyncio.Event, queues: Sequence[str], concurrency: int, settings: Settings) -> None:
    """Until one of them ends or a signal comes. Each sort of work has a place of its own: none must delay another.

    Who only tells webhooks has a way out of the house and no documents, so maintenance, which needs them, is not his.
    """

    def worker(name: str, served: Sequence[str], at_once: int) -> asyncio.Task[None]:
        return asyncio.create_task(
            app.run_worker_async(
                queues=list(served),
                name=name,
                concurrency=at_once,
                install_signal_handlers=False,
                fetch_job_polling_interval=POLL_SECONDS,
                update_heartbeat_interval=HEARTBEAT_SECONDS,
                stalled_worker_timeout=STALLED_SECONDS * 3,
                shutdown_graceful_timeout=settings.worker_grace_seconds,
                # What happened is in our own table of jobs; the engine keeps only what is to be done.
                delete_jobs="always",
            )
        )

    workers = []
    if documents := [name for name in queues if name not in (queue.NOTIFY, queue.ASSIST)]:
        workers += [worker("jobs", documents, concurrency), worker("maintenance", [queue.MAINTENANCE], 1)]
    if queue.ASSIST in queues:
        workers.append(worker("assist", [queue.ASSIST], settings.assist_concurrency))
    if queue.NOTIFY in queues:
        workers.append(worker("notify", [queue.NOTIFY], NOTIFIERS))
    workers += [asyncio.create_task(tick(app, each)) for each in TICKS]
    stop = asyncio.create_task(stopping.wait())
    try:
        await asyncio.wait([*workers, stop], return_when=asyncio.FIRST_COMPLETED)
    finally:
        stop.cancel()
        for running in workers:
            running.cancel()
        ended = await asyncio.gather(*workers, return_exceptions=True)
    for result in ended:
        if isinstance(result, Exception):
            raise result


if __name__ == "__main__":
    sys.exit(main())
