"""Starting a child process: command, environment, and the thread that starts it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import core

_SCRIPT = str(Path(__file__).with_name("child.py"))
_ROOT = str(Path(core.__file__ or _SCRIPT).parent.parent)
#: The only variables of ours that a child sees: where libraries and language data are, never a secret.
_KEPT = ("LD_LIBRARY_PATH", "TESSDATA_PREFIX", "TZ")
_ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "LANG": "C.UTF-8",
    # One child is one core's work; threads of BLAS and OpenMP would only cost address space and time to start.
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OMP_THREAD_LIMIT": "1",
    "MALLOC_ARENA_MAX": "2",
}


def spawn(name: str, start: dict[str, Any], *, stdin: int, stdout: int, stderr: int) -> subprocess.Popen[bytes]:
    """Start `child.py` as the leader of a process group of its own, with no other file open.

    Not a session of its own (setsid): a group that stays in the session still ends with a container or a terminal.
    """

    def begin() -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", _SCRIPT, name, os.pathsep.join(_import_path()), json.dumps(start)],
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            env={**_ENVIRONMENT, **{key: os.environ[key] for key in _KEPT if key in os.environ}},
            cwd="/",
            process_group=0,
        )

    return begin() if threading.current_thread() is threading.main_thread() else _starter.run(begin)


def _import_path() -> list[str]:
    """Where this process found us and our libraries; also right for `pip install --user` and for a source tree."""
    sites = [p for p in sys.path if Path(p).name in ("site-packages", "dist-packages")]
    return list(dict.fromkeys([_ROOT, *(sites or filter(None, sys.path))]))


class _Starter:
    """Runs calls on one thread that lives as long as the process.

    PR_SET_PDEATHSIG fires when the *thread* that started the child ends: a pooled child started from a thread of a
    web server's pool would die whenever that pool shrinks.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._owner = 0
        self._calls: SimpleQueue[Callable[[], None]] = SimpleQueue()

    def run(self, call: Callable[[], subprocess.Popen[bytes]]) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._owner != os.getpid():  # never started, or lost in a fork
                self._owner, self._calls = os.getpid(), SimpleQueue()
                threading.Thread(target=self._work, args=(self._calls,), name="child-starter", daemon=True).start()
        answer: SimpleQueue[subprocess.Popen[bytes] | BaseException] = SimpleQueue()

        def answering() -> None:
            try:
                answer.put(call())
            except BaseException as error:  # raised again below, in the caller's thread
                answer.put(error)

        self._calls.put(answering)
        found = answer.get()
        if isinstance(found, BaseException):
            raise found
        return found

    @staticmethod
    def _work(calls: SimpleQueue[Callable[[], None]]) -> None:
        while True:
            calls.get()()


_starter = _Starter()
