"""What a child gives up before it sees the first byte of a request."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import stat
import struct
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from core.ocr import installed
from core.options import Limits
from core.sandbox import landlock, seccomp

_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38
_PR_CAPBSET_DROP, _MOST_CAPABILITIES = 24, 64
_CAPABILITY_VERSION_3 = 0x20080522
_NOBODY = 65534
_OPEN_FILES = 64
#: Bytes a child may write to files, by profile; its answer goes through a pipe, which this does not count.
_FILE_BYTES = {"parse": 0, "ocr": 0, "bare": 0}
#: Above the parent's: when the machine runs short, the kernel takes a child, never the worker or the database.
_OOM_SCORE = b"500"
#: Shared libraries and their index, what C libraries read when they start, and where PDFium looks for fonts.
_SYSTEM = (
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/etc/ld.so.cache",
    "/usr/share/fonts",
    "/usr/share/X11/fonts",
    "/usr/local/share/fonts",
    "/usr/share/zoneinfo",
    "/dev/null",
    "/dev/urandom",
    "/dev/zero",
)
_LOADERS = ("/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1", "/lib/ld-linux-armhf.so.3")


def die_with(parent: int) -> None:
    """Be killed when the thread that started this process ends; at once when `parent` is gone already."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)


def lock_down(profile: str, limits: Limits, *, cpu_seconds: int) -> list[str]:
    """Take everything away that `profile` does not need; call it after all imports, before the first request.

    `parse` reads, computes and answers. `ocr` may besides start tesseract, and nothing else. `bare` is what is left
    where a kernel offers neither Landlock nor seccomp: the parent's watch over children must hold then too.

    The order matters: limits first, because nothing that follows needs more; then privileges; then no_new_privs, which
    unprivileged Landlock and seccomp filters require; the filter last, because it forbids the calls of the others.

    Returns:
        What is in force, of `pieces.COMPLETE`; "user" besides where a root process became nobody.
    """
    parent = os.getppid()
    with suppress(OSError), open("/proc/self/oom_score_adj", "wb") as file:  # a hint; a container may forbid it
        file.write(_OOM_SCORE)
    _limit(profile, limits, cpu_seconds)
    done = ["limits", *_drop_privileges()]
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    done.append("no_new_privs")
    die_with(parent)  # a change of user takes it back
    if profile != "bare":
        program = seccomp.filter_program(profile)
        done += _restrict_files(profile)
        done += _restrict_calls(program)
    return done


def _limit(profile: str, limits: Limits, cpu_seconds: int) -> None:
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


# ---------------------------------------------------------------- privileges


def _drop_privileges() -> Iterator[str]:
    """As root: become nobody where nobody can read our libraries; in any case keep no capability."""
    if os.geteuid() == 0:
        libc = ctypes.CDLL(None, use_errno=True)
        for capability in range(_MOST_CAPABILITIES):
            libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)  # refused for those that do not exist
        if all(_open_to_others(path) for path in _import_trees()) and _become_nobody(libc):
            yield "user"
        none = struct.pack("=6I", *[0] * 6)
        libc.capset(struct.pack("=Ii", _CAPABILITY_VERSION_3, 0), none)


def _become_nobody(libc: ctypes.CDLL) -> bool:
    """Raw calls of the C library: those of Python's os import and check more than is needed here."""
    with suppress(OSError):
        os.setgroups([])
    return not (libc.setresgid(_NOBODY, _NOBODY, _NOBODY) or libc.setresuid(_NOBODY, _NOBODY, _NOBODY))


def _open_to_others(path: str) -> bool:
    """Whether every folder on the way to `path` can be passed by anybody."""
    if not Path(path).exists():
        return True
    try:
        return all(part.stat().st_mode & stat.S_IXOTH for part in (Path(path), *Path(path).parents))
    except OSError:
        return False


# ---------------------------------------------------------------- files and calls


def _restrict_files(profile: str) -> Iterator[str]:
    read = [*_import_trees(), *_SYSTEM]
    execute: tuple[str, ...] = ()
    write: tuple[str, ...] = ()
    if profile == "ocr":
        execute = (installed.PROGRAM, *_LOADERS)
        read += [*installed.LANGUAGE_DATA, *filter(None, [os.environ.get(installed.OWN_DATA)])]
    with suppress(OSError):
        if landlock.restrict(read=read, execute=execute, write=write):
            yield "landlock"


def _restrict_calls(program: bytes) -> Iterator[str]:
    with suppress(OSError):
        if program:
            seccomp.install(program)
            yield "seccomp"


def _import_trees(core: Path = Path(__file__).parents[1]) -> Iterable[str]:
    """What a late import may read: the standard library, installed packages, and of a source tree the core alone."""
    is_installed = core.parent.name in {"site-packages", "dist-packages"}
    for path in sys.path:
        yield str(core) if Path(path) == core.parent and not is_installed else path


def _prctl(option: int, value: int) -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), f"prctl {option} is refused on {sys.platform}")
