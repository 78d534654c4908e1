"""Three people with real browsers, each on a web server of his own, while servers come and go."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from playwright.sync_api import Browser, Error, Page, WebSocket, sync_playwright

from benchmarks.promises import Told
from tests.acceptance.ui.conftest import CHROMIUM
from tests.acceptance.ui.reader import begin_reading, connected, place, scrolled
from tests.load.documents import revisions
from tests.stack.compose import UI, Failed, Stack, run, until
from tests.stack.people import BASE, Person

AGAIN_SECONDS = 10.0
_PIXELS = 3
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def told(stack: Stack) -> Iterator[Told]:
    """A web server is killed; two more come; the two go again."""
    person = Person()
    old, new = revisions(7, pages=30, changes=200)
    comparison = person.compare(person.upload("plan a.pdf", old), person.upload("plan b.pdf", new))
    person.wait(comparison)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=_FLAGS)
        readers = [_reader(browser, comparison, taken) for taken in _one_after_the_other(3)]
        yield from _killed(stack, readers)
        stack.wait_healthy(seconds=300)
        yield from _scaled(stack, browser, comparison, readers)
        browser.close()


@dataclass
class Reader:
    """A browser of its own with the result open."""

    page: Page
    comparison: str
    closed: list[float] = field(default_factory=list)  # when his websocket was lost

    def begin(self) -> None:
        """Read on from somewhere."""
        self.page.on("websocket", self._watch)
        begin_reading(self.page, self.comparison)
        self.note()

    def note(self) -> None:
        """From here on: where he is, at which server."""
        self.closed.clear()
        self.server, self.place, self.scrolled = self.route, place(self.page), scrolled(self.page)
        self.page.locator(".v").evaluate("(root) => { root.dataset.kept = 'kept'; }")

    @property
    def route(self) -> str:
        """nginx's name of his web server."""
        return next((c["value"] for c in self.page.context.cookies() if c["name"] == "pdfc_route"), "")

    @property
    def viewer(self) -> str:
        """Whether the viewer of the last note is still the one on the page, or was built again."""
        return str(self.page.locator(".v").evaluate("(root) => root.dataset.kept ?? 'built again'"))

    @property
    def is_where_he_was(self) -> bool:
        here = place(self.page)
        return here == self.place and all(
            abs(now - then) <= _PIXELS for now, then in zip(scrolled(self.page), self.scrolled, strict=True)
        )

    def goes_on(self) -> bool:
        """Whether the next change comes, and its address is known to the server."""
        now = place(self.page)["change"]
        self.page.get_by_role("button", name="Next change (n)").click()
        try:
            self.page.wait_for_url(
                lambda address: "change=" in address and f"change={now}" not in address, timeout=10_000
            )
        except Error:
            return False
        return True

    def is_back(self) -> bool:
        """Whether his page has a server again, in time, and shows what it did."""
        end = time.monotonic() + AGAIN_SECONDS
        while time.monotonic() < end:
            with suppress(AssertionError, Error):  # nothing to look at yet
                connected(self.page, within_ms=500)
                if self.is_where_he_was:
                    return True
            self.page.wait_for_timeout(100)
        return False

    def _watch(self, socket: WebSocket) -> None:
        socket.on("close", lambda _: self.closed.append(time.monotonic()))


def _one_after_the_other(count: int) -> Iterator[set[str]]:
    """The same set again and again, for each to add the server that he was given."""
    taken: set[str] = set()
    for _ in range(count):
        yield taken


def _reader(browser: Browser, comparison: str, taken: set[str]) -> Reader:
    """Somebody new, on a web server that none of those before him has."""
    for _ in range(60):
        context = browser.new_context(base_url=BASE, viewport={"width": 1440, "height": 900})
        context.set_default_timeout(30_000)
        context.request.get("/api/v1/session")
        reader = Reader(context.new_page(), comparison)
        if reader.route not in taken:
            taken.add(reader.route)
            reader.begin()
            return reader
        context.close()
        time.sleep(0.5)
    raise Failed("no other web server takes new users")


def _killed(stack: Stack, readers: list[Reader]) -> Iterator[Told]:
    victim, *others = readers
    container = _container(stack, victim.route)
    run("docker", "kill", container)
    began = time.monotonic()
    while not victim.closed and time.monotonic() - began < AGAIN_SECONDS:
        victim.page.wait_for_timeout(50)
    back = victim.is_back()
    taken = time.monotonic() - began
    on = victim.goes_on()
    yield Told(
        "a web server is killed: its reader sees page, filter, search and selection again within 10 s, and goes on",
        back and on and taken <= AGAIN_SECONDS,
        f"{taken:.1f} s, viewer {victim.viewer}"
        f"{'' if back else f', but he is at {place(victim.page)}'}{'' if on else ', there is no next change'}",
    )
    kept = [reader.is_where_he_was and not reader.closed and reader.goes_on() for reader in others]
    yield Told("the readers on the others notice nothing", all(kept), f"{sum(kept)} of {len(kept)}")
    run("docker", "start", container)
    for reader in readers:
        reader.page.wait_for_timeout(2000)
        reader.note()


def _scaled(stack: Stack, browser: Browser, comparison: str, readers: list[Reader]) -> Iterator[Told]:
    taken = {reader.route for reader in readers}
    stack.compose("up", "-d", "--no-recreate", "--scale", f"{UI}=5", UI)
    until(lambda: len(_ready(stack)) == 5, seconds=180, pause=0.5)
    began = time.monotonic()
    new = [_reader(browser, comparison, taken)]
    seconds = time.monotonic() - began
    while len(taken) < 5:
        new.append(_reader(browser, comparison, taken))
    yield Told(
        "new readers reach new web servers within 15 s, the result open included", seconds <= 15, f"{seconds:.1f} s"
    )
    moved = sum(reader.route != reader.server for reader in readers)
    dropped = sum(bool(reader.closed) for reader in readers)
    there = sum(reader.is_where_he_was for reader in readers)
    yield Told(
        "from 3 to 5 web servers: nobody is moved or dropped", not moved + dropped and there == 3, f"{moved}, {dropped}"
    )
    everybody = [*readers, *new]  # somebody on each of the five
    stack.compose("up", "-d", "--no-recreate", "--scale", f"{UI}=3", UI)
    back = [reader.is_back() and reader.goes_on() for reader in everybody]
    went = [reader for reader in everybody if reader.route != reader.server]
    yield Told(
        "from 5 to 3: those of the removed web servers go on where they were",
        all(back) and len(went) >= 2,
        f"{len(went)} lost their server, {sum(back)} of {len(back)} go on",
    )


def _ready(stack: Stack) -> list[str]:
    return [name for name, state in stack.states().items() if UI in name and state == "healthy"]


def _container(stack: Stack, route: str) -> str:
    """The container that nginx calls so: a digest of address and port."""
    for container in stack.containers(UI):
        addresses = run(
            "docker", "inspect", "-f", "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}", container
        )
        if any(_digest(address) == route for address in addresses.split()):
            return container
    raise Failed("no web server has the digest of the cookie")


def _digest(address: str) -> str:
    return hashlib.md5(f"{address}:8501".encode(), usedforsecurity=False).hexdigest()
