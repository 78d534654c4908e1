"""How long a program waits for reads of the API while comparisons run: `python -m benchmarks.api_reads`.

`pdf-compare up` with one worker and data of its own. Requests begin at fixed times, whether or not the ones before are
answered (an open loop, so that a stall counts for all who come in it); every few seconds a new comparison is submitted.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import httpx

from core.sample import sample_pair
from tests.integration.pdfs import slow_pdf

PAGES = 20
START_SECONDS = 90.0
PROMISED_MS = 100.0


async def measure(base: str, *, per_second: float, seconds: float, each: float) -> dict[str, list[float]]:
    """Seconds of each answer, by what was asked."""
    took: dict[str, list[float]] = defaultdict(list)
    async with httpx.AsyncClient(base_url=base, timeout=30.0, limits=httpx.Limits(max_connections=100)) as client:
        await client.get("/")  # whoever opens the page on this machine is its user
        client.headers["X-CSRF-Token"] = (await client.get("/api/v1/session")).raise_for_status().json()["csrf"]
        old, new = [await _upload(client, name, data) for name, data in sample_pair()]
        done = await client.post("/api/v1/comparisons", params={"wait": 60}, json={"old": old, "new": new})
        done.raise_for_status()
        comparison = done.json()["comparison"]["id"]
        reads = {
            "documents": "/api/v1/documents",
            "one document": f"/api/v1/documents/{new}",
            "comparisons": "/api/v1/comparisons",
            "one comparison": f"/api/v1/comparisons/{comparison}",
            "changes": f"/api/v1/comparisons/{comparison}/changes",
            "result": f"/api/v1/comparisons/{comparison}/result",
            "jobs": "/api/v1/jobs",
            "search": "/api/v1/search?q=supplier",
        }
        names = list(reads)
        began = time.monotonic()
        comparing = asyncio.create_task(_compare(client, began + seconds, each))
        asked = []
        for number in range(int(seconds * per_second)):
            await asyncio.sleep(max(0.0, began + number / per_second - time.monotonic()))
            name = names[number % len(names)]
            asked.append(asyncio.create_task(_read(client, reads[name], took[name])))
        await asyncio.gather(*asked)
        took["(comparisons submitted)"] = [0.0] * await comparing
    return took


async def _read(client: httpx.AsyncClient, path: str, took: list[float]) -> None:
    began = time.monotonic()
    answer = await client.get(path)
    answer.raise_for_status()
    took.append(time.monotonic() - began)


async def _compare(client: httpx.AsyncClient, until: float, each: float) -> int:
    """Submit a pair of twenty pages that nobody has compared yet, again and again; how many."""
    count = 0
    while time.monotonic() < until:
        ids = [
            await _upload(client, f"{side} {count}.pdf", slow_pdf(PAGES, f"{side}{count}")) for side in ("old", "new")
        ]
        (await client.post("/api/v1/comparisons", json={"old": ids[0], "new": ids[1]})).raise_for_status()
        count += 1
        await asyncio.sleep(each)
    return count


async def _upload(client: httpx.AsyncClient, name: str, data: bytes) -> str:
    answer = await client.put("/api/v1/documents", params={"name": name}, content=data)
    answer.raise_for_status()
    return str(answer.json()["document"]["id"])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--per-second", type=float, default=20.0)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--each", type=float, default=5.0, help="seconds between two new comparisons")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="pdfc-reads-") as place, socket.socket() as probe:
        Path(place).chmod(0o711)
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        environment = dict(os.environ) | {"PDF_COMPARE_DATA_DIR": f"{place}/data", "PDF_COMPARE_PORT": str(port)}
        server = subprocess.Popen([sys.executable, "-m", "cli.main", "up", "--workers", "1"], env=environment)
        try:
            base = f"http://127.0.0.1:{port}"
            _wait(base)
            took = asyncio.run(
                measure(base, per_second=arguments.per_second, seconds=arguments.seconds, each=arguments.each)
            )
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(60)
    compared = len(took.pop("(comparisons submitted)"))
    every = [value for values in took.values() for value in values]
    for name, values in [*took.items(), ("all", every)]:
        sys.stdout.write(
            f"{name:16} {len(values):5}  median {_ms(values, 0.5):6.1f} ms  p95 {_ms(values, 0.95):6.1f} ms\n"
        )
    sys.stdout.write(f"load {os.getloadavg()[0]:.1f}, {compared} comparisons of {PAGES} pages meanwhile\n")
    return int(_ms(every, 0.95) > PROMISED_MS)


def _ms(values: list[float], share: float) -> float:
    return sorted(values)[min(int(len(values) * share), len(values) - 1)] * 1000


def _wait(base: str) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        try:
            if httpx.get(f"{base}/readyz", timeout=2.0).is_success:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.25)
    raise SystemExit("the server did not start")


if __name__ == "__main__":
    sys.exit(main())
