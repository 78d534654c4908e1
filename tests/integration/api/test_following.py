"""One id through all tiers: from the request by the job and the worker to its children, in logs and in traces."""

from __future__ import annotations

import gzip
import json
import logging
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from starlette.testclient import TestClient

from service import tracing
from service.bootstrap import Services
from service.settings import load_settings
from service.telemetry import configure_logging
from tests.integration.conftest import StartWorker, wait_for
from tests.integration.pdfs import pdf

pytest.importorskip("opentelemetry.sdk", reason="the extra `tracing` is not installed")

REQUEST = "4bf92f3577b34da6a3ce929d0e0e4736"


class Collector(ThreadingHTTPServer):
    """Takes OTLP over HTTP, and keeps the spans."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Receives)
        self.spans: list[tuple[str, Any]] = []  #: tier, span

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1/traces"

    def of(self, trace: str) -> dict[str, dict[str, Any]]:
        """By name: tier and attributes of the spans of a trace."""
        return {
            span.name: {"tier": tier, **{one.key: one.value.string_value for one in span.attributes}}
            for tier, span in list(self.spans)
            if span.trace_id.hex() == trace
        }


class _Receives(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        asked = ExportTraceServiceRequest.FromString(body)
        for resource in asked.resource_spans:
            tier = next(one.value.string_value for one in resource.resource.attributes if one.key == "service.name")
            self.server.spans += [(tier, span) for scope in resource.scope_spans for span in scope.spans]
        self.send_response(200)
        self.end_headers()

    def log_message(self, *args: Any) -> None: ...


@pytest.fixture
def collector() -> Iterator[Collector]:
    server = Collector()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def be_web(collector: Collector, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """Has this process trace and log as the web server does; to be called where its log is captured."""
    monkeypatch.setattr(tracing, "_tracer", None)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level

    def configure() -> None:
        settings = load_settings(traces_url=collector.url, log_format="json", log_level="INFO")
        configure_logging(settings)
        tracing.configure_tracing(settings, "web")

    yield configure
    root.handlers[:] = handlers
    root.setLevel(level)


def test_one_id_is_followed_from_the_request_to_the_children(
    client: TestClient,
    services: Services,
    collector: Collector,
    be_web: Callable[[], None],
    start_worker: StartWorker,
    capfd: pytest.CaptureFixture[str],
) -> None:
    be_web()
    worker = start_worker(
        PDF_COMPARE_LOG_LEVEL="DEBUG", PDF_COMPARE_LOG_FORMAT="json", PDF_COMPARE_TRACES_URL=collector.url
    )
    put = [
        client.put("/api/v1/documents", params={"name": f"Lorbeer {word}.pdf"}, content=pdf([word]))
        for word in ("Eiche", "Ulme")
    ]
    old, new = (answer.json()["document"]["id"] for answer in put)
    asked = client.post("/api/v1/comparisons", json={"old": old, "new": new}, headers={"X-Request-Id": REQUEST}).json()[
        "comparison"
    ]
    actor = services.users.local_actor()
    wait_for(services, actor, asked["id"], lambda view: view.state == "done")
    tracing.flush()
    worker.terminate()  # it sends what it has before it ends
    worker.wait(60)
    logged = capfd.readouterr().err
    lines = [json.loads(line) for line in logged.splitlines() if line.startswith("{")]
    mine = [line for line in lines if line.get("request") == REQUEST]
    by_action = {line["action"]: line for line in mine if "action" in line}
    assert {"job_queued", "http.request", "job_begin", "child_end", "job_done"} <= set(by_action)
    job = by_action["job_queued"]["job"]
    assert {line["job"] for line in mine if "job" in line} == {job}
    assert by_action["job_done"]["comparison"] == asked["id"]
    children = {line["child"] for line in mine if line.get("action") == "child_end"}
    assert len(children) >= 2, children  # one that reads, one that compares
    for word in ("Eiche", "Ulme", "Lorbeer"):
        assert word not in logged

    spans = collector.of(REQUEST)
    assert spans["http POST"]["tier"] == "pdf-compare-web"
    assert spans["http POST"]["pdfc.route"] == "/api/v1/comparisons"
    assert spans["job compare"]["tier"] == "pdf-compare-worker"
    assert (spans["job compare"]["pdfc.job"], spans["job compare"]["pdfc.outcome"]) == (job, "done")
    assert {"preparing", "reading", "comparing"} <= set(spans)
    for word in (b"Eiche", b"Ulme", b"Lorbeer"):
        assert all(word not in span.SerializeToString() for _, span in collector.spans)


def test_traces_are_off_unless_an_address_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracing, "_tracer", None)
    tracing.configure_tracing(load_settings(), "web")
    with tracing.span("x") as span:
        span.tell(job="1")
        span.fail("code")
    tracing.tell_stages([("reading", 1, 2)])
    assert tracing._tracer is None
