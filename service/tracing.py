"""Traces by OpenTelemetry, as an option: off unless PDF_COMPARE_TRACES_URL is set, and then sent as OTLP over HTTP.

A trace's id is the id of the request, which nginx gives and every log line bears: from a line one finds the trace, and
what a worker does long after the request has ended belongs to it. Spans hold ids, routes, stages and numbers only.
"""

from __future__ import annotations

import atexit
import logging
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from core.version import VERSION
from service.log_context import bound
from service.settings import Settings, SettingsError

log = logging.getLogger(__name__)

Value = str | int | float | bool
Stage = tuple[str, int, int]  #: name, begin and end in nanoseconds since 1970

_TRACE_ID = re.compile(r"(?!0{32})[0-9a-f]{32}")
_SEND_SECONDS = 5
_tracer: Any = None


class Span:
    """What is being done; does nothing where traces are off."""

    def __init__(self, span: Any = None) -> None:
        self._span = span

    def tell(self, **facts: Value | None) -> None:
        """Facts of it, known now."""
        if self._span is not None:
            self._span.set_attributes({f"pdfc.{name}": value for name, value in facts.items() if value is not None})

    def fail(self, code: str) -> None:
        """It has failed by the error of this code."""
        if self._span is not None:
            from opentelemetry.trace import StatusCode

            self._span.set_status(StatusCode.ERROR, code)


def configure_tracing(settings: Settings, tier: str) -> None:
    """Send traces from now on, where that is set; called once, at the doors.

    Args:
        settings: Say where to.
        tier: What this process is: web or worker.

    Raises:
        SettingsError: They are wanted, and OpenTelemetry is not installed.
    """
    global _tracer  # noqa: PLW0603  one for the process, as of logs
    if settings.traces_url is None:
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
    except ImportError as error:
        raise SettingsError(
            "PDF_COMPARE_TRACES_URL: OpenTelemetry is not installed",
            remedy="Install pdf-compare[tracing], or build the image with IMAGE_EXTRA=-tracing.",
        ) from error
    sampler = TraceIdRatioBased(settings.traces_share)
    provider = TracerProvider(
        resource=Resource.create({"service.name": f"pdf-compare-{tier}", "service.version": VERSION}),
        # By the id alone, so that all tiers choose the same requests.
        sampler=ParentBased(sampler, remote_parent_sampled=sampler),
    )
    exporter = OTLPSpanExporter(endpoint=settings.traces_url, timeout=_SEND_SECONDS)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    _tracer = provider.get_tracer("pdf-compare", VERSION)
    atexit.register(provider.shutdown)


def flush() -> None:
    """Send what is there now; for tests and the end."""
    if _tracer is not None:
        _tracer.span_processor.force_flush()


@contextmanager
def span(name: str, **facts: Value | None) -> Iterator[Span]:
    """What is done inside of `with`, in the trace of the request that is bound.

    Args:
        name: Few different ones, without ids.
        facts: Known at the start.
    """
    if _tracer is None:
        yield Span()
        return
    with _tracer.start_as_current_span(name, context=_trace_of(bound().get("request"))) as begun:
        one = Span(begun)
        one.tell(**{key: value for key, value in bound().items() if key != "request"}, **facts)
        yield one


def tell_stages(stages: Sequence[Stage]) -> None:
    """Spans of what is over already, below the one that is open."""
    if _tracer is None:
        return
    for name, begun_at, ended_at in stages:
        _tracer.start_span(name, start_time=begun_at).end(end_time=ended_at)


def _trace_of(request: str | None) -> Any:
    """The context of a request's trace, or None: a trace of its own, or that of the span that is open."""
    from opentelemetry import trace

    if request is None or not _TRACE_ID.fullmatch(request) or trace.get_current_span().get_span_context().is_valid:
        return None
    number = int(request, 16)
    parent = trace.SpanContext(
        number, number >> 64 or 1, is_remote=True, trace_flags=trace.TraceFlags(trace.TraceFlags.SAMPLED)
    )
    return trace.set_span_in_context(trace.NonRecordingSpan(parent))
