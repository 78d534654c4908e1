"""Protocol clients of the stack: a browser's cookies, an open websocket, and the API, as people use them."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Any

import httpx
from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from tests.stack.compose import PORT

BASE = f"http://127.0.0.1:{PORT}"


class Person:
    """One user: his cookies stay, so that nginx keeps him on his replica."""

    def __init__(self, base: str = BASE, *, verify: bool = True) -> None:
        self.http = httpx.Client(base_url=base, timeout=30.0, follow_redirects=True, verify=verify)
        self.http.get("/").raise_for_status()
        self.token = self.http.get("/api/v1/session").raise_for_status().json()["csrf"]

    @property
    def replica(self) -> str:
        """Which web server nginx has given him; a digest of its address."""
        return self.http.cookies.get("pdfc_route") or ""

    def is_served(self) -> bool:
        """Whether his list of comparisons comes."""
        try:
            return self.http.get("/api/v1/comparisons").status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    def open_socket(self) -> ClientConnection:
        """The connection that a page of his keeps open."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.http.cookies.items())
        return connect(
            f"ws://127.0.0.1:{PORT}/_stcore/stream",
            additional_headers={"Cookie": cookies},
            subprotocols=[Subprotocol("streamlit"), Subprotocol(self.http.cookies.get("_streamlit_xsrf") or "none")],
            origin=Origin(BASE),
            open_timeout=20,
        )

    def post(self, path: str, body: Any = None) -> Any:
        return self.http.post(path, json=body, headers={"X-CSRF-Token": self.token}).raise_for_status().json()

    def put(self, name: str, data: bytes) -> httpx.Response:
        """The answer to an upload."""
        headers = {"X-CSRF-Token": self.token}
        return self.http.put("/api/v1/documents", params={"name": name}, content=data, headers=headers)

    def upload(self, name: str, data: bytes) -> str:
        """The id of the stored document."""
        return str(self.put(name, data).raise_for_status().json()["document"]["id"])

    def delete(self, path: str) -> None:
        self.http.delete(path, headers={"X-CSRF-Token": self.token}).raise_for_status()

    def compare(self, old: str, new: str, **options: Any) -> str:
        """The id of the comparison."""
        body = {"old": old, "new": new, "options": options}
        return str(self.post("/api/v1/comparisons", body)["comparison"]["id"])

    def state(self, comparison: str) -> str:
        answer = self.http.get(f"/api/v1/comparisons/{comparison}").raise_for_status()
        return str(answer.json()["comparison"]["state"])

    def wait(self, comparison: str, *, seconds: float = 120) -> str:
        """Its last state; errors on the way count as not yet."""
        end, state = time.monotonic() + seconds, "unknown"
        while time.monotonic() < end:
            try:
                state = self.state(comparison)
            except httpx.HTTPError:
                state = "unknown"
            if state in {"done", "failed", "cancelled"}:
                break
            time.sleep(0.25)
        return state


@dataclass
class Traffic:
    """Requests at a steady pace while something is broken: how many failed, and how long the slowest took."""

    person: Person
    path: str = "/api/v1/comparisons"
    every_seconds: float = 0.1
    asked: int = 0
    failed: list[str] = field(default_factory=list)
    slowest: float = 0.0

    def __enter__(self) -> Traffic:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(60)

    def _run(self) -> None:
        while not self._stop.is_set():
            began = time.monotonic()
            self.asked += 1
            try:
                self.ask()
            except httpx.HTTPStatusError as error:
                self.failed.append(str(error.response.status_code))
            except httpx.HTTPError as error:
                self.failed.append(type(error).__name__)
            self.slowest = max(self.slowest, time.monotonic() - began)
            self._stop.wait(self.every_seconds)

    def ask(self) -> None:
        """One request, or some that belong together; an error of httpx when it fails."""
        self.person.http.get(self.path).raise_for_status()

    def told(self) -> str:
        why = f" ({', '.join(sorted(set(self.failed)))})" if self.failed else ""
        return f"{len(self.failed)} of {self.asked} requests failed{why}, the slowest took {self.slowest:.1f} s"


def is_open(socket: ClientConnection) -> bool:
    """Whether a websocket still answers."""
    try:
        socket.ping().wait(5)
    except (WebSocketException, OSError):
        return False
    return socket.close_code is None
