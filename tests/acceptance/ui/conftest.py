"""The pages over real services, and the whole product in a real browser."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.acceptance.ui.office import Office

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
START_SECONDS = 90.0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="session", autouse=True)
def _patient() -> None:
    """What is waited for may come late on a busy machine; where a time is promised, the test measures it."""
    expect.set_options(timeout=30_000)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium without a window."""
    if not CHROMIUM.exists():
        pytest.skip("Chromium is not installed")
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        launched = playwright.chromium.launch(executable_path=str(CHROMIUM), args=flags)
        yield launched
        launched.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A window for what is staged in it; whatever is thrown or complained about in there fails the test."""
    context = browser.new_context(viewport={"width": 1600, "height": 900})
    opened = context.new_page()
    thrown: list[str] = []
    opened.on("pageerror", lambda error: thrown.append(str(error)))
    opened.on("console", lambda line: thrown.append(line.text) if line.type == "error" else None)
    yield opened
    context.close()
    assert thrown == []


@pytest.fixture(scope="session")
def product() -> Iterator[str]:
    """`pdf-compare up` with data of its own, or what runs where `PDFC_PRODUCT` says; its address."""
    if base := os.environ.get("PDFC_PRODUCT"):
        yield base
        return
    with started({}) as (base, _):
        yield base


@pytest.fixture
def visitor(browser: Browser, product: str) -> Iterator[Page]:
    """A page for a fresh visitor of the product; what breaks the content policy or throws in it fails the test."""
    context = browser.new_context(base_url=product, viewport={"width": 1440, "height": 900})
    context.set_default_timeout(20_000)
    opened = context.new_page()
    broken: list[str] = []
    opened.on("pageerror", lambda error: broken.append(str(error)))
    opened.on("console", lambda said: broken.append(said.text) if "Content Security Policy" in said.text else None)
    foreign: list[str] = []
    opened.on(
        "request",
        lambda request: (
            foreign.append(request.url) if not request.url.startswith((product, "data:", "blob:")) else None
        ),
    )
    yield opened
    context.close()
    assert broken == []
    assert foreign == []


@pytest.fixture(scope="module")
def office() -> Iterator[Office]:
    """A server with accounts; one that runs already where `PDFC_OFFICE` says its address (as the scaled stack does)."""
    if base := os.environ.get("PDFC_OFFICE"):
        yield Office(base, os.environ.get("PDFC_OFFICE_PASSWORD"))
        return
    settings = {"PDF_COMPARE_ACCOUNTS": "on", "PDF_COMPARE_REQUESTS_PER_MINUTE": "0"}
    with started({**settings, "PDF_COMPARE_WEBHOOK_NETWORKS": "127.0.0.0/8"}) as (base, log):
        end = time.monotonic() + 30
        while (found := re.search(r"one-time password (\S+) ", log.read_text())) is None:
            assert time.monotonic() < end, log.read_text()
            time.sleep(0.2)
        yield Office(base, found[1])


@contextmanager
def started(settings: Mapping[str, str]) -> Iterator[tuple[str, Path]]:
    """`pdf-compare up` with data of its own and these settings: its address, and what it writes."""
    home = Path(tempfile.mkdtemp(prefix="pdfc-up-"))
    home.chmod(0o711)  # as root the database runs as a system user, who must be able to pass
    port = _free_port()
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("PDF_COMPARE", "DATABASE"))
    }
    environment |= {"PDF_COMPARE_DATA_DIR": str(home / "data"), "PDF_COMPARE_PORT": str(port), "NUM_WORKERS": "1"}
    environment |= settings
    with (home / "log").open("wb") as log:
        command = [sys.executable, "-m", "cli.main", "up"]
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=home)
        try:
            base = f"http://127.0.0.1:{port}"
            _wait(base, process, home / "log")
            yield base, home / "log"
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            shutil.rmtree(home, ignore_errors=True)


def _wait(base: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            pytest.fail(f"up ended: {log.read_text()}")
        try:
            with urlopen(f"{base}/readyz", timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"up did not answer: {log.read_text()}")
