"""What a command costs: CPU and wall seconds, and the most memory that it and all its children held together."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_SAMPLE_SECONDS = 0.02
COMMAND = Path(sys.executable).parent / "pdf-compare"


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one run, by all processes that it started and waited for.

    Attributes:
        memory_bytes: The largest sum of resident memory that was seen; shared pages count in each process.
        largest_bytes: Most resident memory of one process.
    """

    code: int
    cpu_seconds: float
    wall_seconds: float
    memory_bytes: int
    largest_bytes: int
    stdout: bytes
    stderr: bytes


def measure(command: Sequence[str | Path], *, timeout: float = 600.0) -> Cost:
    """Run a command in a session of its own and wait for it; it is killed after `timeout` seconds."""
    start = time.monotonic()
    process = subprocess.Popen(
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    most, largest, over = [0], [0], threading.Event()

    def watch() -> None:
        while not over.wait(_SAMPLE_SECONDS):
            every, one = _session_bytes(process.pid)
            most[0], largest[0] = max(most[0], every), max(largest[0], one)

    watcher = threading.Thread(target=watch)
    watcher.start()
    killer = threading.Timer(timeout, _kill_session, (process.pid,))
    killer.start()
    collected: dict[str, bytes] = {}
    readers = [
        threading.Thread(target=lambda name=name, pipe=pipe: collected.update({name: pipe.read()}))
        for name, pipe in (("stdout", process.stdout), ("stderr", process.stderr))
    ]
    for reader in readers:
        reader.start()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    killer.cancel()
    over.set()
    for thread in (watcher, *readers):
        thread.join()
    return Cost(
        code=process.returncode,
        cpu_seconds=usage.ru_utime + usage.ru_stime,
        wall_seconds=wall,
        memory_bytes=max(most[0], largest[0]),
        largest_bytes=largest[0],
        stdout=collected["stdout"],
        stderr=collected["stderr"],
    )


def _kill_session(leader: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)


def _session_bytes(leader: int) -> tuple[int, int]:
    """What all processes of a session hold, and the most that one of them has ever held (what the kernel reports of
    an ended child includes what its parent held when it was started)."""
    total = largest = 0
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            try:
                fields = Path(entry.path, "stat").read_bytes().rpartition(b")")[2].split()
                if int(fields[3]) != leader:
                    continue
                total += int(fields[21]) * _PAGE_BYTES
                status = Path(entry.path, "status").read_bytes()
            except OSError:
                continue
            at = status.find(b"VmHWM:")
            if at >= 0:
                largest = max(largest, int(status[at + 6 :].split(None, 1)[0]) * 1024)
    return total, largest
