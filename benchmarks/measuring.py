"""What a command costs: CPU and wall seconds, and the most memory that it and all its children held together."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_SAMPLE_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one run. `memory_bytes` is the largest sum of resident memory; shared pages count in each process."""

    code: int
    cpu_seconds: float
    wall_seconds: float
    memory_bytes: int
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
    most, over = [0], threading.Event()

    def watch() -> None:
        while not over.wait(_SAMPLE_SECONDS):
            most[0] = max(most[0], _session_bytes(process.pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    killer = threading.Timer(timeout, process.kill)
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
        memory_bytes=max(most[0], usage.ru_maxrss * 1024),
        stdout=collected["stdout"],
        stderr=collected["stderr"],
    )


def _session_bytes(leader: int) -> int:
    total = 0
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            try:
                fields = Path(entry.path, "stat").read_bytes().rpartition(b")")[2].split()
            except OSError:
                continue
            if int(fields[3]) == leader:
                total += int(fields[21]) * _PAGE_BYTES
    return total
