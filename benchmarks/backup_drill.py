"""The drill: an installation with many documents is backed up, restored into an empty one, and compared with it.

    python -m benchmarks.backup_drill --documents 1000

Prints a line for each promise; 1 when one is broken. Everything happens in a temporary folder, on servers of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.promises import Told, tell_all
from core.options import CompareOptions
from core.sample import sample_pair
from db import dumps, migrate
from db.blobs import Blobs
from db.embedded import EmbeddedPostgres
from service import backups
from service.backup_folder import BackupFolder
from service.bootstrap import Services, build
from service.settings import load_settings

MOST_SECONDS = 300.0
COMPARED = 20  #: comparisons that are made before the backup


def drill(place: Path, documents: int) -> Iterator[Told]:
    """Fill, back up, restore, compare."""
    with EmbeddedPostgres(place / "one" / "postgres") as server:
        migrate.upgrade(server.url)
        with _services(server.url, place / "one") as services:
            compared = _fill(services, documents)
            folder = BackupFolder(place / "backups")
            began = time.monotonic()
            made = backups.make(folder, [server.url], services.blobs, backups.Keep())
            took = time.monotonic() - began
            again = backups.make(folder, [server.url], services.blobs, backups.Keep())
            yield Told(
                f"a backup of {documents:,} documents",
                took <= MOST_SECONDS,
                f"{took:.1f} s, {(made.dump_bytes + made.blob_bytes) / 1e6:,.1f} MB; "
                f"the next {again.seconds:.1f} s, {again.copied} files",
            )
            before = dumps.digests_of_database(server.url)
            first = services.comparisons.result(services.users.local_actor(), compared)
    with EmbeddedPostgres(place / "two" / "postgres") as server:
        blobs = Blobs(place / "two" / "blobs")
        done = backups.restore(folder, "latest", server.url, blobs, identity=None, say=lambda _: None)
        yield Told(
            "restored",
            took + done.seconds <= MOST_SECONDS,
            f"{done.seconds:.1f} s, {done.rows:,} rows of {done.tables} tables",
        )
        after = dumps.digests_of_database(server.url)
        different = sorted(table for table in before.keys() | after.keys() if before.get(table) != after.get(table))
        yield Told(
            "0 differences between both databases",
            not different,
            ", ".join(different) or f"{len(after)} tables equal",
        )
        with _services(server.url, place / "two") as services:
            yield from _goes_on(services, compared, first)


def _goes_on(services: Services, compared: str, first: bytes) -> Iterator[Told]:
    """The restored one answers the same, and works."""
    actor = services.users.local_actor()
    stored = services.comparisons.result(actor, compared)
    yield Told("a stored result is the same", stored == first, f"{len(stored):,} bytes")
    view = services.comparisons.get(actor, compared)
    again = services.comparisons.submit(actor, view.old.id, view.new.id, CompareOptions(ignore=("whitespace",)))
    with _worker(services):
        _wait(services, [again.id])
    made = json.loads(services.comparisons.result(actor, again.id))["changes"]
    # Nothing of the sample differs by white space alone.
    yield Told("compared again, the changes are equal", made == json.loads(stored)["changes"], f"{len(made)} changes")


def _fill(services: Services, documents: int) -> str:
    """Documents, each with its own digest, and comparisons of some; the id of one comparison."""
    actor = services.users.local_actor()
    pair = [data for _, data in sample_pair()]
    ids = []
    for number in range(documents):
        upload = services.documents.receive(actor, f"document {number}.pdf", size_hint=None)
        upload.write(pair[number % 2] + f"\n% {number}\n".encode())
        ids.append(upload.commit().id)
    views = [
        services.comparisons.submit(actor, ids[2 * n], ids[2 * n + 1], CompareOptions())
        for n in range(min(COMPARED, documents // 2))
    ]
    with _worker(services):
        _wait(services, [view.id for view in views])
    return views[0].id


@contextmanager
def _services(url: str, data_dir: Path) -> Iterator[Services]:
    services = build(load_settings(database_url=url, data_dir=data_dir))
    try:
        yield services
    finally:
        services.close()


@contextmanager
def _worker(services: Services) -> Iterator[None]:
    environment = dict(os.environ) | {
        "DATABASE_URL": services.settings.writes_to,
        "PDF_COMPARE_DATA_DIR": str(services.settings.data_dir),
        "PDF_COMPARE_LOG_LEVEL": "WARNING",
        "PDF_COMPARE_WORKER_GRACE_SECONDS": "1",
    }
    process = subprocess.Popen([sys.executable, "-m", "worker"], env=environment)
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _wait(services: Services, comparisons: Sequence[str]) -> None:
    actor = services.users.local_actor()
    for comparison in comparisons:
        while (view := services.comparisons.get(actor, comparison)).state != "done":
            if view.state == "failed":
                raise SystemExit(f"a comparison failed: {view.error}")
            time.sleep(0.1)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=1000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="pdfc-drill-") as place:
        Path(place).chmod(0o711)
        return tell_all([("backup", drill(Path(place), arguments.documents))])


if __name__ == "__main__":
    sys.exit(main())
