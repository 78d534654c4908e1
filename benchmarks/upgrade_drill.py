"""The drill: an earlier commit's web server and worker on the schema of this tree, and this tree's on theirs.

    python -m benchmarks.upgrade_drill --commit HEAD~20

Prints a line for each promise; 1 when one is broken. The earlier code comes from git into a temporary folder and runs
with this environment's packages, on a server of its own.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from benchmarks.promises import Told, tell_all
from core.sample import sample_pair
from db import dumps, migrate, schema
from db.embedded import EmbeddedPostgres

ROOT = Path(__file__).parents[1]
WAIT_SECONDS = 120.0


def drill(place: Path, commit: str) -> Iterator[Told]:
    """Old on new, then new on old."""
    old = place / "old"
    old.mkdir()
    archive = subprocess.run(["git", "archive", commit], cwd=ROOT, check=True, capture_output=True).stdout
    subprocess.run(["tar", "-x", "-C", str(old)], input=archive, check=True)
    behind = sorted(path.name for path in (old / "db" / "migrations" / "versions").glob("m*.py"))[-1][1:5]
    head = schema.revisions()[-1]
    with EmbeddedPostgres(place / "one" / "postgres") as server:
        migrate.upgrade(server.url)
        found = _compared(old, server.url, place / "one")
        yield Told(f"{commit} (schema {behind}) works on schema {head}", found[0], found[1])
        before = dumps.digests_of_database(server.url)["public.comparisons"]
        found = _compared(ROOT, server.url, place / "one")
        kept = dumps.digests_of_database(server.url)["public.comparisons"][0] >= before[0]
        yield Told("this release goes on with what it left", found[0] and kept, found[1])
    with EmbeddedPostgres(place / "two" / "postgres") as server:
        _run(old, server.url, "migrate")
        at = dumps.revision(server.url)
        with _started(ROOT, server.url, place / "two", "web") as address:
            said = _ready(address, wanted=503)
            waits = behind == head or "schema_behind" in said or "earlier release" in said
            yield Told(f"this release waits on schema {at}", waits, said.strip())
            _run(ROOT, server.url, "migrate")
            said = _ready(address, wanted=200)
            yield Told(
                f"and goes on by itself at {dumps.revision(server.url)}",
                said.startswith("ready"),
                said.splitlines()[0],
            )
        found = _compared(old, server.url, place / "two")
        yield Told("and back: the earlier code works on the database that was brought up to date", found[0], found[1])


def _compared(tree: Path, url: str, data: Path) -> tuple[bool, str]:
    """Upload a pair, compare it and read the result over the API of a tree."""
    began = time.monotonic()
    with _started(tree, url, data, "web") as address, _started(tree, url, data, "worker"):
        _ready(address, wanted=200)
        with httpx.Client(base_url=f"{address}/api/v1", timeout=60) as client:
            client.get(f"{address}/")  # a session
            client.headers["X-CSRF-Token"] = client.get("/session").raise_for_status().json()["csrf"]
            ids = []
            for name, content in sample_pair():
                # Each time another document, so that nothing is answered from before.
                answer = client.put(
                    "/documents", params={"name": name}, content=content + f"\n% {time.time_ns()}\n".encode()
                )
                ids.append(answer.raise_for_status().json()["document"]["id"])
            answer = client.post("/comparisons", json={"old": ids[0], "new": ids[1]}).raise_for_status()
            comparison = answer.json()["comparison"]
            while comparison["state"] not in ("done", "failed"):
                if time.monotonic() - began > WAIT_SECONDS:
                    return False, f"still {comparison['state']}"
                time.sleep(0.2)
                comparison = client.get(f"/comparisons/{comparison['id']}").json()["comparison"]
            changes = client.get(f"/comparisons/{comparison['id']}/result").json().get("changes", [])
            return comparison["state"] == "done" and len(changes) > 0, f"{comparison['state']}, {len(changes)} changes"


def _environment(tree: Path, url: str, data: Path | None = None, port: int = 0) -> dict[str, str]:
    named = {"PYTHONPATH": str(tree), "DATABASE_URL": url, "PDF_COMPARE_LOG_LEVEL": "ERROR"}
    if data is not None:
        named |= {
            "PDF_COMPARE_DATA_DIR": str(data),
            "PDF_COMPARE_PORT": str(port),
            "PDF_COMPARE_WORKER_GRACE_SECONDS": "1",
        }
    return dict(os.environ) | named


def _run(tree: Path, url: str, command: str) -> None:
    subprocess.run([sys.executable, "-m", "cli.main", command], cwd=tree, env=_environment(tree, url), check=True)


@contextmanager
def _started(tree: Path, url: str, data: Path, command: str) -> Iterator[str]:
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "cli.main", command], cwd=tree, env=_environment(tree, url, data, port), process_group=0
    )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _ready(address: str, *, wanted: int) -> str:
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            answer = httpx.get(f"{address}/readyz", timeout=10)
            if answer.status_code == wanted:
                return answer.text
        except httpx.HTTPError:
            pass
        if time.monotonic() > deadline:
            raise SystemExit(f"{address} did not answer {wanted}")
        time.sleep(0.2)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--commit", required=True, help="the earlier code")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="pdfc-upgrade-") as place:
        Path(place).chmod(0o711)
        return tell_all([("upgrade", drill(Path(place), arguments.commit))])


if __name__ == "__main__":
    sys.exit(main())
