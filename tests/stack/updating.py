"""A new image comes into use while people work: without a failed request, and by the one command that replaces all."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
from websockets.exceptions import WebSocketException

from benchmarks.promises import Told
from tests.integration.pdfs import pdf
from tests.stack.compose import ROOT, UI, WORKER, Stack, run, until
from tests.stack.people import BASE, Person, Traffic, is_open

PAGES, WORKING = 12, 6
WAITING_PAGE = "PDF Compare is starting"


def told(stack: Stack) -> Iterator[Told]:
    """First one by one, then all at once."""
    yield from _rolling(stack)
    yield from _all_at_once(stack)


class Working(Traffic):
    """Somebody who looks, uploads and compares in turn."""

    slowest_look = 0.0

    def ask(self) -> None:
        number = self.asked
        if number % 10 == 3:
            self.person.upload(f"{number}.pdf", pdf([f"Working {number} at {time.time_ns()}"]))
        elif number % 10 == 7:
            old, new = (self.person.upload(f"{side}.pdf", pdf([f"{side} {number}"])) for side in ("old", "new"))
            self.person.compare(old, new)
        else:
            began = time.monotonic()
            super().ask()
            self.slowest_look = max(self.slowest_look, time.monotonic() - began)


class OpenPage:
    """A page of somebody: its websocket, opened again as browsers do, and how long it was away at most."""

    def __init__(self, person: Person) -> None:
        self._person = person
        self._ended = threading.Event()
        self.longest = 0.0
        self.opened = 0
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> OpenPage:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join(30)

    def _run(self) -> None:
        away_since = time.monotonic()
        while not self._ended.is_set():
            try:
                socket = self._person.open_socket()
            except (WebSocketException, OSError):
                self._ended.wait(0.25)
                continue
            if self.opened:
                self.longest = max(self.longest, time.monotonic() - away_since)
            self.opened += 1
            while not self._ended.wait(0.5) and is_open(socket):
                pass
            away_since = time.monotonic()
            socket.close()


def _rolling(stack: Stack) -> Iterator[Told]:
    old = set(stack.containers(UI))
    stack.new_image()
    people = [Person() for _ in range(WORKING)]
    work = [Working(person, every_seconds=1.0) for person in people]
    pages = [OpenPage(Person()) for _ in range(PAGES)]
    began = time.monotonic()
    with ExitStack() as running:
        for one in work:
            running.enter_context(one)
        for page in pages:
            running.enter_context(page)
        run(str(ROOT / "packaging" / "rolling-update.sh"), *stack.base)
        taken = time.monotonic() - began
        time.sleep(5)
    new = set(stack.containers(UI))
    yield Told(
        "rolling update: all web servers are new ones, as many as before",
        len(new) == len(old) and not new & old,
        f"{len(new)} new ones after {taken:.0f} s",
    )
    failed = [why for one in work for why in one.failed]
    yield Told(
        "rolling update: no request fails",
        not failed,
        f"{len(failed)} of {sum(one.asked for one in work)} failed ({', '.join(sorted(set(failed))) or 'none'}), "
        f"the slowest look took {max(one.slowest_look for one in work):.1f} s",
    )
    longest = max(page.longest for page in pages)
    yield Told(
        "rolling update: open pages are connected again within 10 s",
        longest <= 10 and all(page.opened > 1 for page in pages if page.longest),
        f"{sum(page.opened - 1 for page in pages)} connected again, after {longest:.1f} s at most",
    )
    stack.wait_healthy(seconds=120)


def _all_at_once(stack: Stack) -> Iterator[Told]:
    person = Person()
    pair = person.post("/api/v1/samples")
    comparison = person.compare(*(pair[side]["id"] for side in ("old", "new")))
    state = person.wait(comparison)
    before = _documents(person)
    stack.new_image()
    answers: list[tuple[float, str]] = []
    ended = threading.Event()

    def look() -> None:
        with httpx.Client(base_url=BASE, timeout=10) as http:
            while not ended.wait(0.2):
                at = time.monotonic()
                try:
                    answer = http.get("/")
                    page = "served" if answer.is_success else "waits" if WAITING_PAGE in answer.text else "error"
                except httpx.HTTPError as error:
                    page = type(error).__name__
                answers.append((at, page))

    watching = threading.Thread(target=look, daemon=True)
    watching.start()
    stack.compose("up", "-d", "--no-deps", "--scale", f"{UI}=3", UI)
    until(lambda: answers[-1][1] == "served" and person.is_served(), seconds=120)
    time.sleep(5)
    ended.set()
    watching.join(20)
    away = [at for at, page in answers if page != "served"]
    seconds = away[-1] - away[0] if away else 0.0
    kinds = {page for _, page in answers}
    yield Told(
        "all web servers are replaced at once: a waiting page for 20 s at most, never an error",
        seconds <= 20 and kinds <= {"served", "waits"},
        f"{seconds:.1f} s ({', '.join(sorted(kinds))})",
    )
    kept = _documents(person) == before and person.state(comparison) == state == "done"
    yield Told(
        "all web servers are replaced at once: nothing is lost", kept, f"{len(before)} documents, and the result"
    )
    stack.compose("up", "-d", "--no-deps", WORKER)
    stack.wait_healthy(seconds=120)


def _documents(person: Person) -> set[str]:
    answer = person.http.get("/api/v1/documents?limit=200").raise_for_status()
    return {one["id"] for one in answer.json()["documents"]}
