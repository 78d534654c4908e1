"""A web server is lost while a browser shows a result: the user goes on at another one, where he was."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from urllib.request import urlopen

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from core.sample import sample_pair
from tests.acceptance.ui.conftest import CHROMIUM
from tests.acceptance.ui.reader import begin_reading, connected, place, scrolled
from tests.acceptance.ui.walking import idle
from tests.chaos.installation import Installation
from tests.chaos.redis_server import RedisServer

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed"),
    pytest.mark.skipif(shutil.which("redis-server") is None, reason="redis-server is not installed"),
]
START_SECONDS = 90.0
AGAIN_MS = 10_000.0  #: a user whose server is lost sees his comparison again within this


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Door:
    """One address before several servers: each new connection goes to the first that takes it."""

    def __init__(self, ports: list[int]) -> None:
        self.ports = ports
        self.port = free_port()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Door:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", self.port))
        self._loop.run_forever()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for port in self.ports:
            try:
                far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                continue
            await asyncio.gather(self._carry(reader, far_writer), self._carry(far_reader, writer))
            return
        writer.close()

    @staticmethod
    async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        writer.close()


@dataclass
class Replicas:
    """Two web servers of one installation behind one door, and their Redis."""

    installation: Installation
    redis: RedisServer
    servers: dict[int, subprocess.Popen[bytes]]
    door: Door

    def lose(self) -> None:
        """The server that is asked first is no more."""
        first = self.door.ports[0]
        self.servers[first].kill()
        self.servers[first].wait()


@pytest.fixture
def replicas() -> Iterator[Replicas]:
    with Installation() as installation, RedisServer() as redis:
        settings = installation.services.settings
        environment = {
            **os.environ,
            "DATABASE_URL": settings.writes_to,
            "PDF_COMPARE_DATA_DIR": str(settings.data_dir),
            "REDIS_URL": redis.url,
            "PDF_COMPARE_ACCOUNTS": "off",
        }
        servers = {}
        for port in (free_port(), free_port()):
            command = [sys.executable, "-m", "cli.main", "web", "--port", str(port)]
            servers[port] = subprocess.Popen(command, env=environment, process_group=0)
        try:
            for port in servers:
                ready(port)
            with Door(list(servers)) as door:
                yield Replicas(installation, redis, servers, door)
        finally:
            for server in servers.values():
                server.kill()
                server.wait()


def ready(port: int) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        with suppress(OSError), urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as answer:
            if answer.status == 200:
                return
        time.sleep(0.2)
    pytest.fail("the web server did not answer")


@pytest.fixture
def page(replicas: Replicas) -> Iterator[Page]:
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        launched = playwright.chromium.launch(executable_path=str(CHROMIUM), args=flags)
        context = launched.new_context(
            base_url=f"http://127.0.0.1:{replicas.door.port}", viewport={"width": 1440, "height": 900}
        )
        context.set_default_timeout(20_000)
        yield context.new_page()
        launched.close()


def test_comparison_page_filter_and_selection_follow_the_user(replicas: Replicas, page: Page) -> None:
    installation = replicas.installation
    old, new = (installation.add(name, data) for name, data in sample_pair())
    comparison = installation.submit(old, new).id
    installation.wait([comparison], seconds=60)
    begin_reading(page, comparison)
    before, tops = place(page), scrolled(page)
    assert before["chips"] and before["change"] and before["search"] == "a" and tops[1] > 400

    replicas.lose()
    page.wait_for_timeout(500)
    connected(page, within_ms=AGAIN_MS)
    assert place(page) == before
    assert scrolled(page) == tops

    # And in a tab that knows nothing but the cookie: all of it comes from Redis.
    other = page.context.new_page()
    other.goto("/result")
    other.get_by_test_id("column-new").wait_for()
    expect(other.locator(".chip[aria-pressed=true]")).to_have_count(1)
    idle(other)
    assert place(other) == before
    assert all(abs(top - kept) <= 3 for top, kept in zip(scrolled(other), tops, strict=True))
    # The other server takes his files and gives his pictures.
    pictures = other.locator(".paper img")
    expect(pictures.first).to_be_visible()
    assert other.evaluate(
        "async () => { const {csrf} = await (await fetch('/api/v1/session')).json();"
        "return (await fetch('/api/v1/samples', {method: 'POST', headers: {'X-CSRF-Token': csrf}})).ok; }"
    )


def test_without_redis_the_server_goes_on_and_says_so(replicas: Replicas, page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="Try a sample pair").click()
    page.get_by_test_id("column-new").wait_for(timeout=60_000)
    replicas.redis.kill()
    page.get_by_role("button", name="Next change (n)").click()
    idle(page)
    page.get_by_role("link", name="Library").click()
    said = page.get_by_text("Your place is kept by this server alone at the moment")
    expect(said).to_be_visible()
    with urlopen(f"http://127.0.0.1:{replicas.door.port}/readyz", timeout=5) as answer:
        assert "Redis does not answer" in answer.read().decode()
    page.get_by_role("button", name="Old", exact=True).first.click()
    page.reload()
    expect(page.get_by_text("Name", exact=True)).to_be_visible()
    replicas.redis.start()
    page.wait_for_timeout(3500)
    page.reload()
    expect(page.get_by_text("Name", exact=True)).to_be_visible()
    expect(said).to_have_count(0)
    page.get_by_role("link", name="Result").click()
    page.get_by_test_id("column-new").wait_for()
