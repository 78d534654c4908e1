"""A webhook told by the stack: workers have no way out, so the one that tells is another."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from benchmarks.promises import Told
from tests.stack.compose import PROJECT, Failed, Stack, run, until
from tests.stack.people import Person

SECONDS = 30.0


def told(stack: Stack) -> Iterator[Told]:
    """A receiver on this host, where the outer network of the stack ends."""
    gateway = run("docker", "network", "inspect", f"{PROJECT}_edge", "-f", "{{(index .IPAM.Config 0).Gateway}}").strip()
    person = Person()
    with _receiver(gateway) as (port, heard):
        wanted = {"url": f"http://{gateway}:{port}/told", "events": ["comparison.done"]}
        hook = person.post("/api/v1/webhooks", wanted)["webhook"]
        pair = person.post("/api/v1/samples")
        person.wait(person.compare(*(pair[side]["id"] for side in ("old", "new"))))
        person.post(f"/api/v1/webhooks/{hook['id']}/ping")
        try:
            took = until(lambda: bool(heard), seconds=SECONDS)
            figure, kept = f"heard after {took:.1f} s, signed: {all(heard)}", all(heard)
        except Failed as error:
            figure, kept = str(error), False
        person.http.delete(f"/api/v1/webhooks/{hook['id']}", headers={"X-CSRF-Token": person.token})
    yield Told("a webhook is told from the stack", kept, figure)
    mounts = run("docker", "inspect", "pdf-compare-notifier", "-f", "{{range .Mounts}}{{.Destination}} {{end}}").split()
    yield Told("who tells webhooks has no documents", "/var/lib/pdf-compare" not in mounts, ", ".join(mounts))


@contextmanager
def _receiver(address: str) -> Iterator[tuple[int, list[bool]]]:
    """A server at `address`; its port, and for each request whether it was signed."""
    heard: list[bool] = []

    class Heard(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", "0")))
            heard.append(self.headers.get("webhook-signature", "").startswith("v1,"))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer((address, 0), Heard)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port, heard
    finally:
        server.shutdown()
        server.server_close()
