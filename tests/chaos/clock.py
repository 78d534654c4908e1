"""The clock of a machine jumps by a day while an installation works: nothing is lost, done twice, or rests for a day.

The clock of this machine is nobody's to turn in a test. A small library is loaded into every process of the
installation (server, workers, and the one that plays the web server) and moves what they take for the time of day by
what stands in a file; like a jump of the real clock it leaves alone the clock that only goes forward, times of files
and sleeps.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.promises import Told
from db.embedded import EmbeddedPostgres
from service.maintenance import Maintenance
from service.tokens import Scope
from service.views import ComparisonView
from tests.chaos.installation import Installation
from tests.integration.pdfs import pdf, slow_pdf

DAY_SECONDS = 86_400
WITHIN_SECONDS = 90.0  #: a vanished worker's job is taken up within 45 s on a quiet machine
DONE_SECONDS = 600.0
_FILE, _LIBRARY = "CHAOS_CLOCK_FILE", "CHAOS_CLOCK_LIBRARY"
_SOURCE = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>

static const volatile long long *shift;
static int (*real)(clockid_t, struct timespec *);

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("CHAOS_CLOCK_FILE");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    if (file >= 0) {
        void *at = mmap(NULL, sizeof *shift, PROT_READ, MAP_SHARED, file, 0);
        if (at != MAP_FAILED) shift = at;
    }
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    if (!real) begin();
    int status = real(clock, now);
    if (!status && shift && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += *shift;
    return status;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    struct timespec exact;
    if (clock_gettime(CLOCK_REALTIME, &exact)) return -1;
    now->tv_sec = exact.tv_sec;
    now->tv_usec = exact.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *to) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (to) *to = now.tv_sec;
    return now.tv_sec;
}
"""


class _Server(EmbeddedPostgres):
    """With the clock of the others."""

    def _child_options(self) -> dict[str, Any]:
        options = super()._child_options()
        options["env"] |= {"LD_PRELOAD": os.environ[_LIBRARY], _FILE: os.environ[_FILE]}
        return options


def told() -> Iterator[Told]:
    """Have the installation run in a process whose clock can be moved, and pass on what it tells."""
    compiler = shutil.which("cc")
    if compiler is None:
        yield Told("the clock jumps by a day", True, "not tried: there is no C compiler here")
        return
    with tempfile.TemporaryDirectory(prefix="pdfc-clock-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # the server's user reads them too
        source, library, file = folder / "clock.c", folder / "clock.so", folder / "shift"
        source.write_text(_SOURCE)
        subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(source), "-ldl"], check=True)
        file.write_bytes(bytes(8))
        for path in (library, file):
            path.chmod(0o644)
        environment = {**os.environ, "LD_PRELOAD": str(library), _LIBRARY: str(library), _FILE: str(file)}
        command = [sys.executable, "-m", "tests.chaos.clock"]
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            for line in process.stdout:
                yield Told(**json.loads(line))
        yield Told("the run with a moved clock ended by itself", process.returncode == 0, f"{process.returncode}")


def _set(days: int) -> None:
    Path(os.environ[_FILE]).write_bytes((days * DAY_SECONDS).to_bytes(8, sys.byteorder, signed=True))


def _inside() -> Iterator[Told]:
    real = datetime.now(UTC)
    with Installation(2, server=_Server) as installation:
        _, token = installation.services.tokens.add(installation.actor, "clock", Scope.WRITE, days=7)
        documents = [installation.add(f"{side}.pdf", slow_pdf(600, side)) for side in ("old", "new")]
        running = installation.submit(*documents)
        installation.wait([running.id], seconds=60, wanted=lambda seen: seen.progress is not None)
        for days in (1, -1):
            _set(days)
            moved = round((datetime.now(UTC) - real).total_seconds() / DAY_SECONDS)
            began = time.monotonic()
            view = installation.submit(
                *(installation.add(f"{days} {side}.pdf", pdf([f"{side} {days}"])) for side in ("old", "new"))
            )
            seen = installation.wait([view.id], seconds=WITHIN_SECONDS)[view.id]
            yield Told(
                f"the clock jumps to {days:+} day: what is asked for then is compared",
                seen.state == "done" and moved == days,
                f"{seen.state} after {time.monotonic() - began:.1f} s",
            )
            yield _kept(installation, token, days)
        killed = installation.submit(
            *(installation.add(f"killed {side}.pdf", slow_pdf(100, f"k{side}")) for side in ("old", "new"))
        )
        yield _resumed(installation, killed)
        ended = installation.wait([running.id, killed.id], seconds=DONE_SECONDS)
        jobs = [installation.services.job_records.get(installation.actor, view.job) for view in ended.values()]
        yield Told(
            "the job that ran meanwhile and the one that was killed are done",
            all(view.state == "done" for view in ended.values()),
            ", ".join(f"{job.state} after {job.attempt} attempts, resumed {job.vanished} times" for job in jobs),
        )


def _kept(installation: Installation, token: str, days: int) -> Told:
    """Retention of a week and the trash take nothing, no blob becomes an orphan, and a token of a week holds."""
    services, actor = installation.services, installation.actor
    before = {document.id for document in services.documents.list(actor, limit=200)[0]}
    settings = services.settings.model_copy(update={"retention_days": 7.0})
    Maintenance(settings, services.database, services.blobs, services.jobs).run(0)  # as on the hour
    after = [document.id for document in services.documents.list(actor, limit=200)[0]]
    there = sum(services.blobs.exists(actor.workspace, "pdf", one.sha256) for one in services.documents.list(actor)[0])
    held = services.tokens.actor(token).user == actor.user
    return Told(
        f"at {days:+} day nothing is tidied away, and tokens hold",
        set(after) == before and there == len(after) and held,
        f"{len(after)} of {len(before)} documents, {there} files, token {'holds' if held else 'refused'}",
    )


def _resumed(installation: Installation, view: ComparisonView) -> Told:
    """With the clock a day back: the workers are killed in a job, and it is noticed."""
    installation.wait([view.id], seconds=WITHIN_SECONDS, wanted=lambda seen: seen.progress is not None)
    for worker in list(installation.workers):
        os.killpg(worker.pid, signal.SIGKILL)
    began, vanished = time.monotonic(), 0
    while not vanished and time.monotonic() < began + WITHIN_SECONDS:
        time.sleep(0.5)
        vanished = installation.services.job_records.get(installation.actor, view.job).vanished
    return Told(
        "the clock was set back by a day: that workers vanish then is noticed, and their jobs are taken up",
        vanished == 1,
        f"resumed {vanished} times {time.monotonic() - began:.0f} s after both workers were killed",
    )


if __name__ == "__main__":
    for each in _inside():
        print(json.dumps(asdict(each)), flush=True)
