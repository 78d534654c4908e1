"""A child that has been taken over: it tries what a hostile file would want, and tells what it could do.

Each act is a function that returns when it has succeeded and raises OSError when it was refused. They run as pieces,
in a real child, after its lock-down.
"""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from core.sandbox.pieces import Emit
from core.wire import Message, bytes_buffer

_libc = ctypes.CDLL(None, use_errno=True)
_PTRACE_ATTACH = 16


def act(request: Message, files: Sequence[int], emit: Emit) -> Message:
    """Try the act that the header names; {"refused": None} when nothing stopped it."""
    try:
        ACTS[request.header["act"]](request.header)
    except OSError as error:
        return Message({"refused": error.errno or -1})
    return Message({"refused": None})


def who(request: Message, files: Sequence[int], emit: Emit) -> Message:
    """As whom it runs: user, effective user, group."""
    return Message({"uids": [os.getuid(), os.geteuid(), os.getgid()]})


def works(request: Message, files: Sequence[int], emit: Emit) -> Message:
    """What must still work: text and a picture of a page, and a thread."""
    import threading

    import core.engines.rendering as rendering

    done = []
    thread = threading.Thread(target=done.append, args=(1,))
    thread.start()
    thread.join()
    text = rendering.page_text(Message({"page": 1}), files, emit)
    picture = rendering.render(Message({"page": 1, "dpi": 50}), files, emit)
    return Message({"words": text.header["words"], "picture": len(picture.buffers["image"].data), "thread": len(done)})


def recognises(request: Message, files: Sequence[int], emit: Emit) -> Message:
    """Character recognition as the profile `ocr` allows it: a picture in on a pipe, words out on a pipe."""
    program = subprocess.run(
        ["/usr/bin/tesseract", "-", "-", "--psm", "7"],
        stdin=files[0],
        capture_output=True,
        check=False,
        env={"OMP_THREAD_LIMIT": "1", "LD_LIBRARY_PATH": ""},
    )
    return Message({"status": program.returncode}, {"text": bytes_buffer(program.stdout + program.stderr)})


def _another_file(header: dict[str, str]) -> None:
    Path(header["secret"]).read_bytes()


def _environment(header: dict[str, str]) -> None:
    Path(f"/proc/{os.getppid()}/environ").read_bytes()


def _write_outside(header: dict[str, str]) -> None:
    (Path(header["folder"]) / "written").write_bytes(b"")


def _tcp(header: dict[str, str]) -> None:
    with socket.create_connection(("127.0.0.1", int(header["port"])), timeout=2):
        pass


def _udp(header: dict[str, str]) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        out.sendto(b"x", ("127.0.0.1", int(header["port"])))


def _unix(header: dict[str, str]) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as out:
        out.connect(header["socket"])


def _execute(header: dict[str, str]) -> None:
    os.posix_spawn("/bin/true", ["true"], {})


def _replace_itself(header: dict[str, str]) -> None:
    os.execv("/bin/true", ["true"])


def _fork(header: dict[str, str]) -> None:
    if not os.fork():
        os._exit(0)


def _kill_parent(header: dict[str, str]) -> None:
    os.kill(int(header["victim"]), signal.SIGTERM)


def _trace(header: dict[str, str]) -> None:
    _checked(_libc.ptrace(_PTRACE_ATTACH, int(header["victim"]), 0, 0))


def _mount(header: dict[str, str]) -> None:
    _checked(_libc.mount(b"none", header["folder"].encode(), b"tmpfs", 0, None))


def _site_packages(header: dict[str, str]) -> None:
    site = next(path for path in sys.path if path.endswith("-packages"))
    (Path(site) / "pdf_compare_probe.pth").write_bytes(b"")


def _raise_limit(header: dict[str, str]) -> None:
    """Unlimited address space again, through the raw call: (RLIMIT_AS, soft, hard)."""
    unlimited = struct.pack("=QQ", 2**64 - 1, 2**64 - 1)
    _checked(_libc.prlimit(0, 9, unlimited, None))


def _new_code(header: dict[str, str]) -> None:
    """Memory that is written and then run, as injected code needs it."""
    import mmap

    mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)


def _list_processes(header: dict[str, str]) -> None:
    next(Path("/proc").iterdir())


def _checked(result: int) -> None:
    if result:
        raise OSError(ctypes.get_errno(), "refused")


ACTS: dict[str, Callable[[dict[str, str]], None]] = {
    "read another's file": _another_file,
    "read the environment of the parent": _environment,
    "write outside": _write_outside,
    "connect by TCP": _tcp,
    "send by UDP": _udp,
    "connect to a UNIX socket": _unix,
    "start a program": _execute,
    "become a program": _replace_itself,
    "fork": _fork,
    "kill another process": _kill_parent,
    "trace another process": _trace,
    "mount": _mount,
    "write to site-packages": _site_packages,
    "raise a limit": _raise_limit,
    "run new code": _new_code,
    "list processes": _list_processes,
}
