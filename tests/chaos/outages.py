"""What the product stands on goes away and comes back: PostgreSQL, Redis, the disk, the clock, a worker."""

from __future__ import annotations

import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from benchmarks.promises import Told
from core.errors import PdfCompareError
from service import backups
from service.backup_folder import BackupFolder, Manifest
from service.maintenance import Maintenance
from service.views import ComparisonView
from tests.chaos.installation import Installation
from tests.integration.pdfs import pdf, slow_pdf

LONG_PAGES = 9000  #: for a job that does not end within the grace time
FULL_BYTES = 8 << 20


def postgres_restarts(*, jobs: int) -> Iterator[Told]:
    """The server is stopped at once ("immediate") under load and started again: nothing committed is lost."""
    with Installation(2) as installation:
        documents = [
            (
                installation.add(f"o{k}.pdf", pdf([f"Term {k} is 30 days"])),
                installation.add(f"n{k}.pdf", pdf([f"Term {k} is 45 days"])),
            )
            for k in range(jobs)
        ]
        submitted: list[str] = []
        errors: list[str] = []
        longest = [0.0]

        def submit() -> None:
            for old, new in documents:
                began = time.monotonic()
                while True:
                    try:
                        submitted.append(installation.submit(old, new).id)
                        break
                    except PdfCompareError as error:
                        errors.append(error.code)
                        time.sleep(0.2)
                longest[0] = max(longest[0], time.monotonic() - began)
                time.sleep(0.1)

        submitter = threading.Thread(target=submit)
        submitter.start()
        time.sleep(1.0)
        for _ in range(2):
            _stop_at_once(installation)
            installation.server.start()
            time.sleep(3.0)
        submitter.join()
        up = time.monotonic()
        seen = installation.wait(submitted, seconds=180)
        done = sum(view.state == "done" for view in seen.values())
        yield Told(
            f"PostgreSQL stopped at once and started again, twice, under {jobs} jobs: nothing lost",
            done == jobs == len(set(submitted)),
            f"{done} done of {jobs}; a submit waited {longest[0]:.1f} s at most, {len(errors)} typed refusals "
            f"({', '.join(sorted(set(errors)))}); all done {time.monotonic() - up:.0f} s after the last start",
        )


def _stop_at_once(installation: Installation) -> None:
    process = installation.server._process  # the server is ours to break
    assert process is not None
    process.send_signal(signal.SIGQUIT)
    process.wait(30)
    installation.server.stop()


def sigterm(*, pages: int = LONG_PAGES) -> Iterator[Told]:
    """A worker is told to stop during a long job and a short one: it goes within its grace, and both are done."""
    with Installation(1, environment={"PDF_COMPARE_WORKER_GRACE_SECONDS": "3"}) as installation:
        long = installation.submit(
            installation.add("long-old.pdf", slow_pdf(pages, "a")),
            installation.add("long-new.pdf", slow_pdf(pages, "b")),
        )
        installation.wait(
            [long.id], seconds=60, wanted=lambda view: view.progress is not None and view.progress.done > 0
        )
        worker = installation.workers[0]
        began = time.monotonic()
        worker.terminate()
        worker.wait(30)
        left = time.monotonic() - began
        short = installation.submit(
            installation.add("old.pdf", pdf(["30 days"])), installation.add("new.pdf", pdf(["45 days"]))
        )
        back = installation.services.comparisons.get(installation.actor, long.id).state
        resumed = installation.wait([long.id], seconds=60, wanted=lambda view: view.state in {"running", "done"})[
            long.id
        ]
        again = time.monotonic() - began
        installation.services.comparisons.cancel(installation.actor, long.id)
        asked = time.monotonic()
        cancelled = installation.wait([long.id], seconds=20)[long.id]
        freed = time.monotonic() - asked
        ended = installation.wait([short.id], seconds=60)[short.id]
        yield Told(
            "SIGTERM during a long job: handed back within the grace time, taken up by another worker",
            left <= 8.0 and back in {"queued", "running"} and resumed.state == "running" and ended.state == "done",
            f"gone after {left:.1f} s with a grace of 3 s, at work again after {again:.1f} s",
        )
        yield Told(
            "a running job is cancelled within 2 s", cancelled.state == "cancelled" and freed <= 2.0, f"{freed:.1f} s"
        )


def disk_full() -> Iterator[Told]:
    """The blobs are on a small disk: uploads are refused, nothing half stays, and after freeing all goes on."""
    with _small_disk(FULL_BYTES) as folder:
        if folder is None:
            yield Told("a full disk", True, "not tried: no small disk can be mounted here")
            return
        with Installation(1, data=folder / "data") as installation:
            kept, refused = 0, ""
            for number in range(60):
                try:
                    installation.add(f"{number}.pdf", _heavy(number))
                    kept += 1
                except PdfCompareError as error:
                    refused = error.code
                    break
            blobs = [path for path in (folder / "data").rglob("*") if path.is_file() and path.stat().st_size > 100_000]
            rows = len(installation.services.documents.list(installation.actor, limit=200)[0])
            for document in installation.services.documents.list(installation.actor, limit=200)[0][: kept // 2 + 1]:
                installation.services.trash.put(installation.actor, "document", document.id)
            installation.services.trash.empty(installation.actor)
            services = installation.services
            maintenance = Maintenance(services.settings, services.database, services.blobs, services.jobs)
            for workspace in services.database.workspaces():
                maintenance.drop_orphans(workspace, older_than_seconds=0)
            after = ""
            try:
                installation.add("after.pdf", _heavy(1000))
            except PdfCompareError as error:
                after = error.code
            yield Told(
                "a full disk: uploads refused, no half file, no row without its bytes, works again after freeing",
                bool(refused) and rows == kept == len(blobs) and not after,
                f"refused with {refused or 'nothing'} after {kept} files, {rows} rows, {len(blobs)} files; "
                f"after freeing: {after or 'stored'}",
            )
            yield from _full_backups(installation)


def _full_backups(installation: Installation) -> Iterator[Told]:
    """The disk of the backups is full, at the dump or at a document: the one before stays, and the next one is made."""
    with _small_disk(FULL_BYTES) as place:
        assert place is not None
        folder, filler = BackupFolder(place / "backups"), place / "filler"

        def make() -> Manifest:
            return backups.make(folder, [installation.server.url], installation.services.blobs, backups.Keep())

        first = make()
        refused = []
        for number, left in enumerate((20_000, 400_000)):
            installation.add(f"more {number}.pdf", _heavy(2000 + number))
            filler.write_bytes(bytes(shutil.disk_usage(place).free - left))
            refused.append(_attempt(make))
            filler.unlink()
        kept = [each.name for each in folder.backups()]
        folder.check(first)
        again = make()
        folder.check(again)
        yield Told(
            "the disk of the backups is full: refused, the one before is whole, with room the next one is made",
            refused == ["disk_full", "disk_full"] and kept == [first.name] and again.blobs == first.blobs + 2,
            f"refused with {' and '.join(refused)}; {again.blobs} documents in the next one",
        )


def _heavy(number: int) -> bytes:
    """A PDF of half a megabyte that cannot be packed."""
    import random

    return pdf([f"Document {number}"]) + b"%" + random.Random(number).randbytes(500_000).replace(b"%", b"x")


@contextmanager
def _small_disk(size: int) -> Iterator[Path | None]:
    folder = Path(tempfile.mkdtemp(prefix="pdfc-small-"))
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size},mode=755", "tmpfs", str(folder)], capture_output=True, check=False
    )
    try:
        yield folder if mounted.returncode == 0 else None
    finally:
        if mounted.returncode == 0:
            subprocess.run(["umount", "-l", str(folder)], capture_output=True, check=False)
        with suppress(OSError):
            folder.rmdir()


def redis_dies(*, jobs: int = 10) -> Iterator[Told]:
    """Redis is killed and started empty: jobs do not notice, and sessions are there again at once."""
    from tests.chaos.redis_server import RedisServer

    with RedisServer() as redis, Installation(1, environment={"REDIS_URL": redis.url}) as installation:
        from service.sessions import Sessions

        sessions = Sessions(redis.url, life_seconds=600)
        sessions.save("s" * 32, {"user_id": "u"})
        submitted = [
            installation.submit(
                installation.add(f"o{k}.pdf", pdf([f"A {k}"])), installation.add(f"n{k}.pdf", pdf([f"B {k}"]))
            ).id
            for k in range(jobs)
        ]
        redis.kill()
        away = _attempt(lambda: sessions.load("s" * 32))
        redis.start()
        began = time.monotonic()
        while _attempt(lambda: sessions.save("t" * 32, {"user_id": "u"})) and time.monotonic() < began + 20:
            time.sleep(0.05)
        recovered = time.monotonic() - began
        seen = installation.wait(submitted, seconds=120)
        done = sum(view.state == "done" for view in seen.values())
        yield Told(
            "Redis killed and started empty: no job lost, sessions kept again within 10 s",
            done == jobs and recovered <= 10.0 and away in {"", "sessions_away", "storage"},
            f"{done} of {jobs} jobs done, sessions again after {recovered:.1f} s, meanwhile: {away or 'answered'}",
        )


def _attempt(call: Callable[[], object]) -> str:
    """The code of the error that a call ends with, "" when it does not."""
    try:
        call()
    except PdfCompareError as error:
        return error.code
    return ""


def _why(view: ComparisonView) -> str:
    return "" if view.error is None else f" ({view.error.code})"
