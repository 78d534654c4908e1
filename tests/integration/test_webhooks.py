"""Webhooks: what is sent, to whom it is not, and what happens when nobody answers."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text

from core.options import CompareOptions
from db.rows import DeliveryRow
from pdf_compare_client import BadSignature, verify_webhook
from service import outbound, webhooks
from service.access import Actor
from service.batches import Pair
from service.bootstrap import Services, build
from service.outbound import BadAddress, NotSent
from service.settings import SettingsError, load_settings
from service.webhooks import WebhookView
from tests.integration.conftest import Add, StartWorker, submit_pair, wait_for
from tests.integration.pdfs import pdf

OLD, NEW = pdf(["The term is 30 days"]), pdf(["The term is 45 days"])
LOOPBACK = (ip_network("127.0.0.0/8"),)


class Receiver:
    """A program that is told; answers with `status`, and what `act` does first."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.status = 204
        self.headers: dict[str, str] = {}
        self.act: Callable[[BaseHTTPRequestHandler], None] = lambda handler: None
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.requests.append((self.path, dict(self.headers), body))
                receiver.act(self)
                self.send_response(receiver.status)
                for name, value in receiver.headers.items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                return None

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/told?by=us"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.server.shutdown()


@pytest.fixture
def services(database_url: str, tmp_path: Path) -> Iterator[Services]:
    joined = build(
        load_settings(database_url=database_url, data_dir=tmp_path / "data", webhook_networks=("127.0.0.0/8",))
    )
    yield joined
    joined.close()


def rows(services: Services, actor: Actor) -> list[DeliveryRow]:
    with services.database.read(actor.workspace) as session:
        return list(session.scalars(select(DeliveryRow).order_by(DeliveryRow.created_at)))


def tried(services: Services, actor: Actor, webhook: WebhookView) -> int | None:
    [newest, *_], _ = services.webhooks.deliveries(actor, webhook.id)
    found = services.webhooks.deliver(actor.workspace, UUID(newest.id))
    if found is None:
        return None
    assert (found.outcome == "again") == (found.again_seconds is not None)
    [shown, *_], _ = services.webhooks.deliveries(actor, webhook.id)
    assert found.outcome == {"waiting": "again"}.get(shown.state, shown.state)
    return found.again_seconds


# ---------------------------------------------------------------- told


def test_the_end_of_a_comparison_is_told_and_signed(
    services: Services, actor: Actor, add: Add, receiver: Receiver, start_worker: StartWorker
) -> None:
    _, secret = services.webhooks.add(actor, receiver.url, ["comparison.done", "comparison.failed", "batch.done"])
    start_worker(PDF_COMPARE_WEBHOOK_NETWORKS="127.0.0.0/8", PDF_COMPARE_SECRET=services.secret)
    view = submit_pair(services, add, actor, OLD, NEW)
    wait_for(services, actor, view.id, lambda v: v.state == "done")
    bad = [Pair(view.old.id, view.new.id), Pair(view.new.id, view.old.id)]
    batch = services.batches.begin(actor, "b", bad, CompareOptions(pages="90-99"))
    deadline = time.monotonic() + 40
    while len(receiver.requests) < 4:
        assert time.monotonic() < deadline, receiver.requests
        time.sleep(0.1)
    told = [json.loads(body) for _, _, body in receiver.requests]
    assert sorted(one["event"] for one in told) == ["batch.done", "comparison.done", *["comparison.failed"] * 2]
    for path, headers, body in receiver.requests:
        assert path == "/told?by=us"
        assert verify_webhook(secret, headers, body) == json.loads(body)["id"]
        assert b"days" not in body and b".pdf" not in body  # no text and no name of a document
    done = next(one for one in told if one["event"] == "comparison.done")["comparison"]
    assert (done["id"], done["state"], done["identical"], done["changes"]) == (view.id, "done", False, 1)
    assert next(one for one in told if one["event"] == "batch.done")["batch"] == {"id": batch.id, "total": 2}
    failed = next(one for one in told if one["event"] == "comparison.failed")["comparison"]
    assert failed["error"] and failed["result"] is None


def test_what_is_cancelled_before_it_began_is_told(
    services: Services, actor: Actor, add: Add, receiver: Receiver
) -> None:
    webhook, _ = services.webhooks.add(actor, receiver.url, ["comparison.cancelled"])
    view = submit_pair(services, add, actor, OLD, NEW)
    services.comparisons.cancel(actor, view.id)
    assert tried(services, actor, webhook) is None
    assert json.loads(receiver.requests[0][2])["comparison"]["state"] == "cancelled"
    assert [row.state for row in rows(services, actor)] == ["delivered"]


def test_only_what_was_asked_for_is_told_and_only_to_ones_own(
    services: Services, actor: Actor, stranger: Actor, add: Add, receiver: Receiver
) -> None:
    services.webhooks.add(actor, receiver.url, ["comparison.done"])
    services.webhooks.add(stranger, receiver.url, ["comparison.cancelled"])
    view = submit_pair(services, add, actor, OLD, NEW)
    services.comparisons.cancel(actor, view.id)
    assert rows(services, actor) == rows(services, stranger) == []


def test_a_signature_is_good_for_five_minutes_and_one_body() -> None:
    key = "whsec_" + "QUJD" * 8
    raw = b"ABC" * 8
    headers = webhooks.signed(raw, "id-1", 1_000_000, b"{}")
    assert verify_webhook(key, headers, b"{}", now=1_000_299) == "id-1"
    assert verify_webhook(key, {k.title(): v for k, v in headers.items()}, b"{}", now=999_701) == "id-1"
    for changed, body, now in (
        (headers, b"{} ", 1_000_000),
        (headers, b"{}", 1_000_301),
        (headers, b"{}", 999_699),
        ({**headers, "webhook-timestamp": "1000001"}, b"{}", 1_000_000),
        ({**headers, "webhook-id": "id-2"}, b"{}", 1_000_000),
        ({**headers, "webhook-signature": "v1,AAAA"}, b"{}", 1_000_000),
        ({}, b"{}", 1_000_000),
    ):
        with pytest.raises(BadSignature):
            verify_webhook(key, changed, body, now=now)


def test_a_renewed_key_signs_and_the_old_one_is_no_good(services: Services, actor: Actor, receiver: Receiver) -> None:
    webhook, first = services.webhooks.add(actor, receiver.url, ["batch.done"])
    _, second = services.webhooks.renew_key(actor, webhook.id)
    services.webhooks.ping(actor, webhook.id)
    tried(services, actor, webhook)
    _, headers, body = receiver.requests[0]
    assert verify_webhook(second, headers, body)
    with pytest.raises(BadSignature):
        verify_webhook(first, headers, body)
    with services.database.read(actor.workspace) as session:
        kept = json.dumps([list(map(str, row)) for row in session.execute(text("SELECT * FROM webhooks"))])
    assert second.removeprefix("whsec_") not in kept


# ---------------------------------------------------------------- nobody answers


def test_what_fails_is_tried_again_later_and_then_no_more(services: Services, actor: Actor, receiver: Receiver) -> None:
    webhook, _ = services.webhooks.add(actor, receiver.url, ["comparison.done"])
    receiver.status = 500
    with services.database.write(actor.workspace) as session:
        found = session.get_one(webhooks.WebhookRow, UUID(webhook.id))
        webhooks._send(session, found, "comparison.done", {})
    waits = [tried(services, actor, webhook) for _ in range(len(webhooks.WAITS) + 1)]
    assert waits == [*webhooks.WAITS, None]
    [row] = rows(services, actor)
    assert (row.state, row.status, row.attempts) == ("failed", 500, len(webhooks.WAITS) + 1)
    ids = {headers["webhook-id"] for _, headers, _ in receiver.requests}
    assert ids == {str(row.id)}
    receiver.status = 200
    services.webhooks.send_again(actor, webhook.id, str(row.id))
    assert tried(services, actor, webhook) is None
    assert (rows(services, actor)[0].state, services.webhooks.get(actor, webhook.id).failures) == ("delivered", 0)


def test_after_too_many_failures_it_is_switched_off(
    services: Services, actor: Actor, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "MOST_FAILURES", 3)
    webhook, _ = services.webhooks.add(actor, receiver.url, ["comparison.done"])
    receiver.status = 404
    for _ in range(3):
        services.webhooks.ping(actor, webhook.id)
        tried(services, actor, webhook)
    found = services.webhooks.get(actor, webhook.id)
    assert (found.is_enabled, found.failures) == (False, 3)
    assert services.webhooks.change(actor, webhook.id, is_enabled=True).failures == 0


def test_a_delivery_that_the_engine_lost_is_queued_anew(services: Services, actor: Actor, receiver: Receiver) -> None:
    webhook, _ = services.webhooks.add(actor, receiver.url, ["comparison.done"])
    services.webhooks.ping(actor, webhook.id)
    assert services.webhooks.requeue_lost(actor.workspace) == 0
    with services.database.write(actor.workspace) as session:
        session.execute(text("DELETE FROM procrastinate_jobs"))
    assert services.webhooks.requeue_lost(actor.workspace) == 1
    assert services.jobs.depths()["notify"][0] == 1


# ---------------------------------------------------------------- where it must not go


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "http://localhost:8501/api/v1/documents", "http://[::1]/", "http://0.0.0.0/",
        "http://10.0.0.1/", "http://172.16.0.1/", "http://192.168.1.1/", "http://169.254.169.254/latest/meta-data",
        "http://[fe80::1]/", "http://[fc00::1]/", "http://100.64.0.1/", "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:7f00:1]/", "http://[2002:7f00:1::]/", "http://[64:ff9b::7f00:1]/", "http://2130706433/",
        "http://0x7f.1/", "http://017700000001/", "http://127.1/", "http://224.0.0.1/", "http://255.255.255.255/",
        "http://[::]/", "http://192.0.2.1/",
        "ftp://192.0.0.9/", "file:///etc/passwd", "gopher://192.0.0.9/", "http://user:pass@192.0.0.9/",
        "http://192.0.0.9/#x", "http:///x", "http://192.0.0.9:0/", "http://192.0.0.9:99999/", "//192.0.0.9/", "x",
        "http://192.0.0.9/\r\nHost: x", "http://192.0.0.9/ x", "http://192.0.0.9/" + "x" * 2000, "http://[::1/",
        "http://no-such-name.invalid/", "http://ex\u00e4mple.invalid/",
    ],
)  # fmt: skip
def test_an_address_that_leads_inside_or_nowhere_is_refused(url: str) -> None:
    with pytest.raises(BadAddress):
        outbound.target(url)


def test_a_public_address_and_an_allowed_network_are_not() -> None:
    assert outbound.target("https://192.0.0.9/x").address == "192.0.0.9"
    assert outbound.target("http://127.0.0.1:81/", LOOPBACK).port == 81


def test_every_address_of_a_name_is_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", names({"a.example": ["192.0.0.9", "127.0.0.1"]}))
    with pytest.raises(BadAddress):
        outbound.target("http://a.example/")


def test_a_name_that_stands_for_another_address_later_changes_nothing(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looked up once for judging and connecting; a name that now leads inside is refused with that connection."""
    looked: list[str] = []
    answers = iter([["192.0.0.9"], ["127.0.0.1"], ["127.0.0.1"]])
    monkeypatch.setattr(socket, "getaddrinfo", names(lambda host: (looked.append(host), next(answers))[1]))
    connected: list[Any] = []

    def connect(address: tuple[str, int], timeout: float) -> socket.socket:
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(NotSent):
        outbound.post("http://a.example/", b"{}", {})
    assert connected == [("192.0.0.9", 80)] and looked == ["a.example"]
    with pytest.raises(BadAddress):
        outbound.post("http://a.example/", b"{}", {})
    assert len(connected) == 1 and receiver.requests == []


def test_saving_asks_and_so_does_every_delivery(
    database_url: str, tmp_path: Path, receiver: Receiver, services: Services, actor: Actor
) -> None:
    webhook, _ = services.webhooks.add(actor, receiver.url, ["comparison.done"])
    strict = build(load_settings(database_url=database_url, data_dir=tmp_path / "data"))  # no network is allowed now
    with pytest.raises(BadAddress):
        strict.webhooks.add(actor, receiver.url, ["comparison.done"])
    with pytest.raises(BadAddress):
        strict.webhooks.change(actor, webhook.id, url=receiver.url)
    strict.webhooks.ping(actor, webhook.id)
    tried(strict, actor, webhook)
    strict.close()
    assert receiver.requests == []
    assert "must not reach" in (rows(services, actor)[0].reason or "")


def test_no_redirect_is_followed(receiver: Receiver) -> None:
    receiver.status, receiver.headers = 307, {"Location": receiver.url}
    assert outbound.post(receiver.url, b"{}", {}, LOOPBACK) == 307
    assert len(receiver.requests) == 1


@pytest.mark.parametrize("manner", ["silent", "dripping", "closing", "nonsense"])
def test_who_answers_slowly_or_wrongly_is_left(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, manner: str
) -> None:
    monkeypatch.setattr(outbound, "TOTAL_SECONDS", 1.0)

    def act(handler: BaseHTTPRequestHandler) -> None:
        if manner == "silent":
            time.sleep(3)
        elif manner == "dripping":
            for _ in range(30):
                handler.wfile.write(b"H")
                handler.wfile.flush()
                time.sleep(0.1)
        elif manner == "nonsense":
            handler.wfile.write(b"nonsense\r\n\r\n")
        handler.connection.shutdown(socket.SHUT_RDWR)

    receiver.act = act
    began = time.monotonic()
    with pytest.raises(NotSent):
        outbound.post(receiver.url, b"{}", {}, LOOPBACK)
    assert time.monotonic() - began < 2.5


def test_a_proxy_of_the_environment_is_not_asked(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://192.0.0.9:1/")
    assert outbound.post(receiver.url, b"{}", {}, LOOPBACK) == 204


def test_networks_are_read_from_the_settings() -> None:
    assert load_settings(webhook_networks="10.1.0.0/16, fd00::/8").webhook_networks[1].version == 6
    with pytest.raises(SettingsError):
        load_settings(webhook_networks="10.1.0.0/33")


def names(table: Any) -> Any:
    """A lookup of names that answers from a table or a function."""

    def look(host: str, port: int, **_: Any) -> list[Any]:
        found = table(host) if callable(table) else table[host]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    return look
