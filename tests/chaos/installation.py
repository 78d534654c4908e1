"""A whole installation to be broken on purpose: its own PostgreSQL, services, and workers that are started again."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType

from core.options import CompareOptions
from db import migrate
from db.embedded import EmbeddedPostgres
from service.access import Actor
from service.bootstrap import Services, build
from service.settings import load_settings
from service.views import ComparisonView, DocumentView

TICK_SECONDS = 0.1


class Installation:
    """PostgreSQL, services and workers in a folder of their own; all are gone at the end.

    Args:
        workers: How many worker processes; one that dies is started again, as `up` and container engines do.
        environment: More settings for the workers.
        data: The folder for blobs; a fresh one when not given.
        server: What starts PostgreSQL.
    """

    def __init__(
        self,
        workers: int = 1,
        *,
        environment: Mapping[str, str] | None = None,
        data: Path | None = None,
        server: type[EmbeddedPostgres] = EmbeddedPostgres,
    ) -> None:
        self._home = Path(tempfile.mkdtemp(prefix="pdfc-chaos-"))
        self._home.chmod(0o711)  # as root the server runs as a system user, who must be able to pass
        self._data = data or self._home / "data"
        self._count = workers
        self._server_type = server
        self._environment = dict(environment or {})
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self.workers: list[subprocess.Popen[bytes]] = []
        self.restarts = 0
        self.log = self._home / "workers.log"

    def __enter__(self) -> Installation:
        self.server = self._server_type(self._home / "postgres").start()
        migrate.upgrade(self.server.url)
        self.services: Services = build(load_settings(database_url=self.server.url, data_dir=self._data))
        self.actor: Actor = self.services.users.local_actor()
        with self._lock:
            self.workers = [self._start() for _ in range(self._count)]
        self._keeper = threading.Thread(target=self._keep, daemon=True)
        self._keeper.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop_workers()
        self.services.close()
        self.server.stop()
        shutil.rmtree(self._home, ignore_errors=True)

    def stop_workers(self) -> None:
        """End all workers and those who would start them again."""
        self._stopping.set()
        self._keeper.join()
        for worker in self.workers:
            if worker.poll() is None:
                os.killpg(worker.pid, signal.SIGKILL)
            worker.wait()

    def _start(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "worker"],
                env={
                    **os.environ,
                    "DATABASE_URL": self.server.url,
                    "PDF_COMPARE_DATA_DIR": str(self._data),
                    "PDF_COMPARE_WORKER_JOBS": "1",
                    **self._environment,
                },
                stderr=log,
                process_group=0,
            )

    def _keep(self) -> None:
        while not self._stopping.wait(TICK_SECONDS):
            with self._lock:
                for place, worker in enumerate(self.workers):
                    if worker.poll() is not None and not self._stopping.is_set():
                        self.workers[place] = self._start()
                        self.restarts += 1

    # ---- what users do

    def add(self, name: str, data: bytes) -> DocumentView:
        upload = self.services.documents.receive(self.actor, name, size_hint=len(data))
        try:
            upload.write(data)
            return upload.commit()
        except BaseException:
            upload.abort()
            raise

    def submit(self, old: DocumentView, new: DocumentView, options: CompareOptions | None = None) -> ComparisonView:
        return self.services.comparisons.submit(self.actor, old.id, new.id, options or CompareOptions())

    def wait(
        self, comparisons: Sequence[str], *, seconds: float, wanted: Callable[[ComparisonView], bool] | None = None
    ) -> dict[str, ComparisonView]:
        """Look until all have ended (or are as wanted) or the time is over; what was seen last."""
        is_there = wanted or (lambda view: not view.is_live)
        seen: dict[str, ComparisonView] = {}
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for comparison in comparisons:
                if comparison not in seen or not is_there(seen[comparison]):
                    seen[comparison] = self.services.comparisons.get(self.actor, comparison)
            if all(is_there(seen[comparison]) for comparison in comparisons):
                break
            time.sleep(0.2)
        return seen

    def tracebacks(self) -> int:
        """How many tracebacks the workers have written."""
        return self.log.read_bytes().count(b"Traceback (most recent call last)") if self.log.exists() else 0


def resident_bytes(pid: int) -> int:
    """Resident memory of a process now; 0 when it is gone."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0


def descendants(pid: int) -> list[int]:
    """All processes below one, children before grandchildren."""
    found: list[int] = []
    todo = [pid]
    while todo:
        parent = todo.pop()
        try:
            children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
            for thread in Path(f"/proc/{parent}/task").iterdir():
                if thread.name != str(parent):
                    children += (thread / "children").read_text().split()
        except OSError:
            continue
        found += map(int, children)
        todo += map(int, children)
    return found
