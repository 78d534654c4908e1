"""Logs and metrics: what operators see, in one vocabulary of `action` words. Never a document's text or name."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterable
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from core.errors import PdfCompareError
from service.settings import Settings

log = logging.getLogger(__name__)

#: Names that may stand in a log line besides the message; everything else of a record stays out.
FIELDS = ("action", "request", "job", "attempt", "comparison", "page", "queue", "reason", "code", "seconds", "status")
#: Libraries that are heard of in trouble only; below that, SQLAlchemy would write down every row it reads.
_QUIET = ("sqlalchemy", "procrastinate", "alembic", "httpx", "urllib3", "asyncio", "watchdog")

Depths = dict[str, tuple[int, int, float]]


class Telemetry:
    """The metrics of this process. `render` is the body of /metrics."""

    def __init__(self, depths: Callable[[], Depths] | None = None) -> None:
        self.registry = CollectorRegistry()
        self.comparisons = Counter("pdfc_comparisons", "Comparisons ended", ["outcome"], registry=self.registry)
        self.pages = Counter("pdfc_pages", "Pages read by jobs", registry=self.registry)
        self.child_deaths = Counter("pdfc_child_deaths", "Children that failed", ["reason"], registry=self.registry)
        self.job_seconds = Histogram(
            "pdfc_job_seconds",
            "Time from a job's start to its end",
            ["outcome"],
            buckets=(0.25, 0.5, 1, 2, 5, 10, 30, 60, 180, 600),
            registry=self.registry,
        )
        self.requests = Counter(
            "pdfc_http_requests", "HTTP requests", ["route", "method", "status"], registry=self.registry
        )
        self.request_seconds = Histogram(
            "pdfc_http_request_seconds", "Time to answer", ["route"], registry=self.registry
        )
        self.sandbox_complete = Gauge(
            "pdfc_sandbox_complete", "1 where children are locked in completely", registry=self.registry
        )
        self.sandbox_complete.set_function(lambda: 0.0 if self.unprotected else 1.0)
        self.unprotected: list[str] = []  #: what children here have to do without, as `doctor` names it
        if depths is not None:
            self.registry.register(_Queues(depths))

    def render(self) -> tuple[bytes, str]:
        """The metrics and their media type."""
        return generate_latest(self.registry), CONTENT_TYPE_LATEST


class _Queues(Collector):
    """Queue depths, asked of the database when somebody looks."""

    def __init__(self, depths: Callable[[], Depths]) -> None:
        self._depths = depths

    def collect(self) -> Iterable[GaugeMetricFamily]:
        waiting = GaugeMetricFamily("pdfc_queue_waiting", "Jobs waiting", labels=["queue"])
        running = GaugeMetricFamily("pdfc_queue_running", "Jobs running", labels=["queue"])
        oldest = GaugeMetricFamily("pdfc_queue_oldest_seconds", "Age of the oldest waiting job", labels=["queue"])
        try:
            depths = self._depths()
        except PdfCompareError as error:
            log.warning("no queue depths", extra={"action": "depths_failed", "code": error.code})
            depths = {}
        for name, (todo, doing, age) in depths.items():
            waiting.add_metric([name], todo)
            running.add_metric([name], doing)
            oldest.add_metric([name], age)
        return waiting, running, oldest

    def describe(self) -> Iterable[GaugeMetricFamily]:
        return ()


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z",
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {name: getattr(record, name) for name in FIELDS if hasattr(record, name)}
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


class _Text(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        named = " ".join(f"{name}={getattr(record, name)}" for name in FIELDS if hasattr(record, name))
        return f"{line} {named}" if named else line


def configure_logging(settings: Settings) -> None:
    """Set up logging to stderr; called once, at the doors."""
    handler = logging.StreamHandler()
    handler.setFormatter(
        _Json() if settings.log_format == "json" else _Text("%(asctime)s %(levelname)s %(name)s: %(message)s")
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level)
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
