"""Many comparisons after one another: memory does not grow with them; and equal questions are one job."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.promises import Told
from tests.chaos.installation import Installation, resident_bytes
from tests.integration.pdfs import pdf

MOST_BYTES_PER_JOB = 0.1 * (1 << 20)
WARM_UP = 10  #: jobs before the first look


def told(*, jobs: int) -> Iterator[Told]:
    """The slope of the worker's resident memory over the jobs, by least squares."""
    with Installation(1) as installation:
        worker, sizes = installation.workers[0], []
        for number in range(WARM_UP + jobs):
            old, new = (
                installation.add(
                    f"{side}.pdf", pdf([f"Clause {number} and {k} runs for {days} days" for k in range(5)])
                )
                for side, days in (("old", 30), ("new", 45))
            )
            view = installation.submit(old, new)
            installation.wait([view.id], seconds=60)
            if number >= WARM_UP:
                sizes.append(resident_bytes(worker.pid))
        slope = float(np.polyfit(np.arange(len(sizes)), sizes, 1)[0])
        yield Told(
            f"{jobs} comparisons: the worker grows by less than 0.1 MB each",
            slope < MOST_BYTES_PER_JOB and installation.restarts == 0,
            f"{slope / 2**20:.4f} MB each, {sizes[0] / 2**20:.0f} to {sizes[-1] / 2**20:.0f} MB",
        )
        yield from _web(installation, jobs)


def _web(installation: Installation, jobs: int) -> Iterator[Told]:
    """The same of a web server that is asked for results and pictures of pages."""
    import http.client
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    import ui

    script = str(Path(ui.__file__ or "").with_name("app.py"))
    settings = installation.services.settings
    flags = [f"--server.port={port}", "--server.address=127.0.0.1", "--server.headless=true"]
    named = {
        "DATABASE_URL": settings.writes_to,
        "PDF_COMPARE_DATA_DIR": str(settings.data_dir),
        "PDF_COMPARE_PORT": str(port),
    }
    web = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", script, *flags],
        env={**os.environ, **named},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
                connection.request("GET", "/readyz")
                if connection.getresponse().status == 200:
                    break
            except OSError:
                time.sleep(0.2)
        cookie = _cookie(port)
        listed = installation.services.comparisons.list(installation.actor, limit=100)[0]
        sizes = []
        for number in range(WARM_UP + jobs):
            view = listed[number % len(listed)]
            for path in (f"/api/v1/comparisons/{view.id}/result", f"/api/v1/comparisons/{view.id}/export/html"):
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
                connection.request("GET", path, headers={"Cookie": cookie})
                answer = connection.getresponse()
                answer.read()
                assert answer.status == 200, (path, answer.status)
            if number >= WARM_UP:
                sizes.append(resident_bytes(web.pid))
        slope = float(np.polyfit(np.arange(len(sizes)), sizes, 1)[0])
        yield Told(
            f"{jobs} results and reports: the web server grows by less than 0.1 MB each",
            slope < MOST_BYTES_PER_JOB,
            f"{slope / 2**20:.4f} MB each, {sizes[0] / 2**20:.0f} to {sizes[-1] / 2**20:.0f} MB",
        )
    finally:
        web.terminate()
        web.wait()


def _cookie(port: int) -> str:
    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/", headers={"Accept": "text/html"})
    answer = connection.getresponse()
    answer.read()
    return (answer.getheader("Set-Cookie") or "").partition(";")[0]


def equal_submits(*, submits: int = 50) -> Iterator[Told]:
    """The same question from many threads at once: one job, and the same answer for all."""
    with Installation(1) as installation:
        old, new = installation.add("old.pdf", pdf(["30 days"])), installation.add("new.pdf", pdf(["45 days"]))
        found: list[str] = []
        gate = threading.Barrier(submits)

        def submit() -> None:
            gate.wait()
            found.append(installation.submit(old, new).id)

        threads = [threading.Thread(target=submit) for _ in range(submits)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        ended = installation.wait(list(set(found)), seconds=60)
        answers = {installation.services.comparisons.result(installation.actor, comparison) for comparison in found}
        jobs = len(installation.services.job_records.list(installation.actor, limit=200)[0])
        yield Told(
            f"{submits} equal submits at once: one job, one answer",
            len(found) == submits and jobs == len(answers) == len(ended) == 1,
            f"{len(found)} answered, {jobs} job, {len(answers)} different answers",
        )
