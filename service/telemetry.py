"""Logs and metrics: what operators see, in one vocabulary of `action` words. Never a document's text or name."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from core.version import VERSION
from service.log_context import bound
from service.metrics import Children, Queues, Stores
from service.settings import Settings

if TYPE_CHECKING:
    from core.jobwatch import Spent
    from db.blobs import Blobs
    from db.database import Database
    from service.jobs import Jobs
    from service.sessions import Sessions

#: Names that may stand in a log line besides the message; everything else of a record stays out.
FIELDS = (
    "action", "request", "job", "attempt", "comparison", "extraction", "page", "queue", "child", "stage",
    "reason", "code", "seconds", "status", "kind", "webhook", "reference",
)  # fmt: skip
#: Libraries that are heard of in trouble only; below that, SQLAlchemy would write down every row it reads.
_QUIET = (
    "sqlalchemy",
    "procrastinate",
    "alembic",
    "httpx",
    "httpx2",
    "urllib3",
    "opentelemetry",
    "asyncio",
    "watchdog",
)

KINDS = ("compare", "extract", "assist")  #: of jobs
_WITH_CHILDREN = ("compare", "extract")
#: `refused`: the file is its user's to mend; `again`, `given_back`: for another attempt; `lost`: another one had it
OUTCOMES = ("done", "failed", "refused", "cancelled", "deleted", "again", "given_back", "lost")
STAGES = ("preparing", "reading", "recognising", "comparing", "extracting")
REASONS = (
    "child_crashed",
    "out_of_memory",
    "timed_out",
    "bad_output",
    "sandbox_missing",
    "other",
)  #: of a child's death
CACHES = ("read", "page", "extract")
POOLS = ("primary", "replica")
_QUICK = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_LONG = (0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 180, 600, 1800)
_PAGES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000)
_WAITS = (0.001, 0.005, 0.02, 0.1, 0.5, 2, 10)
_BYTES = tuple(2**20 * size for size in (64, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048))


class Telemetry:
    """The metrics of this process. `render` is the body of /metrics.

    Every series that can be named beforehand is there from the start at 0: a rate of what never was is then 0, and
    not missing. Which labels there are: docs/monitoring.md.
    """

    def __init__(self) -> None:
        registry = self.registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        registry.register(Children())
        Info("pdfc_build", "What runs", registry=registry).info({"version": VERSION})
        self._jobs = Counter(
            "pdfc_jobs", "Attempts at jobs that ended, by what and how", ["kind", "outcome"], registry=registry
        )
        self._job_seconds = Histogram(
            "pdfc_job_seconds", "From a job's start to its end", ["kind"], buckets=_LONG, registry=registry
        )
        self._queue_wait = Histogram(
            "pdfc_queue_wait_seconds",
            "From when a job was asked for to its first start",
            ["kind"],
            buckets=_LONG,
            registry=registry,
        )
        self._stage_seconds = Histogram(
            "pdfc_stage_seconds", "Wall clock of a job's stage", ["stage"], buckets=_LONG, registry=registry
        )
        self._stage_pages = Histogram(
            "pdfc_stage_pages",
            "Pages of a job's stage",
            ["stage"],
            buckets=_PAGES,
            registry=registry,
        )
        self._job_cpu = Histogram(
            "pdfc_job_cpu_seconds", "Processor time of a job's children", ["kind"], buckets=_LONG, registry=registry
        )
        self._peak = Histogram(
            "pdfc_child_peak_bytes", "Most memory of any child of a job", ["kind"], buckets=_BYTES, registry=registry
        )
        self._children = Counter("pdfc_children_started", "Children that jobs started", registry=registry)
        self._deaths = Counter(
            "pdfc_child_deaths", "Children that ended without an answer", ["reason"], registry=registry
        )
        self._cache = Counter(
            "pdfc_cache_requests",
            "Looks for what may be kept already: a document read before, a page drawn before, an extraction",
            ["cache", "outcome"],
            registry=registry,
        )
        self._deliveries = Counter("pdfc_deliveries", "Tries to tell a webhook", ["outcome"], registry=registry)
        self.requests = Counter(
            "pdfc_http_requests",
            "HTTP requests by the route as the code writes it, never an address",
            ["route", "method", "status"],
            registry=registry,
        )
        self.request_seconds = Histogram(
            "pdfc_http_request_seconds", "Time to answer", ["route"], buckets=_QUICK, registry=registry
        )
        self.open_pages = Gauge(
            "pdfc_sessions",
            "Pages open in browsers; `active_sessions` of the framework also counts those just left",
            registry=registry,
        )
        self._pool_wait = Histogram(
            "pdfc_database_pool_wait_seconds",
            "How long somebody waited for a connection of the pool",
            ["pool"],
            buckets=_WAITS,
            registry=registry,
        )
        self.llm_calls = Counter(
            "pdfc_llm_calls", "Calls of the language model", ["task", "outcome"], registry=self.registry
        )
        self.llm_seconds = Histogram(
            "pdfc_llm_seconds",
            "Time of a call of the language model",
            ["task"],
            buckets=(0.5, 1, 2, 5, 10, 20, 40, 80, 160, 320),
            registry=self.registry,
        )
        self.llm_tokens = Counter(
            "pdfc_llm_tokens", "Tokens of the language model", ["task", "direction"], registry=self.registry
        )
        self.llm_dropped = Counter(
            "pdfc_llm_dropped",
            "What the language model said and was not shown",
            ["task", "reason"],
            registry=self.registry,
        )
        self.llm_breaker_open = Gauge(
            "pdfc_llm_breaker_open",
            "1 while this process does not ask the language model",
            registry=self.registry,
        )
        self.llm_up = Gauge("pdfc_llm_up", "1 while the language model answers", registry=self.registry)
        self.sandbox_complete = Gauge(
            "pdfc_sandbox_complete", "1 where children are locked in completely", registry=registry
        )
        self.sandbox_complete.set_function(lambda: 0.0 if self.unprotected else 1.0)
        self.unprotected: list[str] = []  #: what children here have to do without, as `doctor` names it
        self._fill()

    def _fill(self) -> None:
        for kind in KINDS:
            for outcome in OUTCOMES:
                self._jobs.labels(kind, outcome)
            for each in (self._job_seconds, self._queue_wait):
                each.labels(kind)
        for kind in _WITH_CHILDREN:
            for each in (self._job_cpu, self._peak):
                each.labels(kind)
        for stage in STAGES:
            self._stage_seconds.labels(stage)
            self._stage_pages.labels(stage)
        for reason in REASONS:
            self._deaths.labels(reason)
        for cache in CACHES:
            self.cache_looked(cache, None)
        for outcome in ("ended", "again"):
            self._deliveries.labels(outcome)
        for pool in POOLS:
            self._pool_wait.labels(pool)

    def watch(self, jobs: Jobs, database: Database, sessions: Sessions, blobs: Blobs) -> None:
        """Have `render` ask them too."""
        self.registry.register(Queues(jobs))
        self.registry.register(Stores(database, sessions, blobs))

    def job_begun(self, kind: str, waited_seconds: float | None) -> None:
        """A job was taken; None where this is not its first start."""
        if waited_seconds is not None:
            self._queue_wait.labels(kind).observe(max(0.0, waited_seconds))

    def job_ended(self, kind: str, outcome: str, seconds: float, spent: Spent, pages: Mapping[str, int]) -> None:
        """An attempt at a job is over.

        Args:
            kind: One of `KINDS`.
            outcome: One of `OUTCOMES`.
            seconds: How long it took.
            spent: What it cost.
            pages: By stage, how many were gone through.
        """
        self._jobs.labels(kind, outcome).inc()
        self._job_seconds.labels(kind).observe(seconds)
        if spent.children:
            self._job_cpu.labels(kind).observe(spent.cpu_seconds)
            self._peak.labels(kind).observe(spent.peak_bytes)
        for stage, taken in spent.seconds.items():
            if stage in STAGES:
                self._stage_seconds.labels(stage).observe(taken)
        for stage, count in pages.items():
            if stage in STAGES and count:
                self._stage_pages.labels(stage).observe(count)
        self._children.inc(spent.children)
        for reason, count in spent.causes.items():
            self.child_died(reason, count)

    def child_died(self, reason: str, count: int = 1) -> None:
        """Children ended without an answer; `reason` is the code of the error."""
        self._deaths.labels(reason if reason in REASONS else "other").inc(count)

    def cache_looked(self, cache: str, found: bool | None) -> None:
        """Something kept was looked for."""
        hit, miss = (self._cache.labels(cache, outcome) for outcome in ("hit", "miss"))
        if found is not None:
            (hit if found else miss).inc()

    def delivery_tried(self, outcome: str) -> None:
        """A webhook was told, could not be, or is to be told again."""
        self._deliveries.labels(outcome).inc()

    def connection_waited(self, pool: str, seconds: float) -> None:
        """Somebody had a connection of a pool after so long."""
        self._pool_wait.labels(pool).observe(seconds)

    def render(self) -> tuple[bytes, str]:
        """The metrics and their media type."""
        return generate_latest(self.registry), CONTENT_TYPE_LATEST


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    """What a line has besides its message: its own fields, and whose work it belongs to."""
    context = bound()
    found = {name: getattr(record, name, context.get(name)) for name in FIELDS}
    return {name: value for name, value in found.items() if value is not None}


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z",
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= _fields(record)
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


class _Text(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        named = " ".join(f"{name}={value}" for name, value in _fields(record).items())
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
