"""What a child gives up before it sees the first byte of a request."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
from contextlib import suppress

from core.options import Limits

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_OPEN_FILES = 64
#: Bytes a child may write to files, by profile; its answer goes through a pipe, which this does not count.
_FILE_BYTES = {"parse": 0}
#: Above the parent's: when the machine runs short, the kernel takes a child, never the worker or the database.
_OOM_SCORE = b"500"


def die_with(parent: int) -> None:
    """Be killed when the thread that started this process ends; at once when `parent` is gone already."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)


def lock_down(profile: str, limits: Limits, *, cpu_seconds: int) -> None:
    """Take everything away that `profile` does not need; call it after all imports, before the first request.

    The order matters: limits first, because nothing that follows needs more; then no_new_privs, which unprivileged
    Landlock and seccomp filters require.
    """
    with suppress(OSError), open("/proc/self/oom_score_adj", "wb") as file:  # a hint; a container may forbid it
        file.write(_OOM_SCORE)
    for kind, soft, hard in (
        (resource.RLIMIT_AS, limits.address_space_bytes, limits.address_space_bytes),
        # SIGXCPU at the soft limit tells the parent which limit it was; the hard one is for who ignores the signal.
        (resource.RLIMIT_CPU, cpu_seconds, cpu_seconds + 5),
        (resource.RLIMIT_FSIZE, _FILE_BYTES[profile], _FILE_BYTES[profile]),
        (resource.RLIMIT_NOFILE, _OPEN_FILES, _OPEN_FILES),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        most = resource.getrlimit(kind)[1]
        if most != resource.RLIM_INFINITY:
            soft, hard = min(soft, most), min(hard, most)
        resource.setrlimit(kind, (soft, hard))
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)


def _prctl(option: int, value: int) -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), f"prctl {option} is refused on {sys.platform}")
