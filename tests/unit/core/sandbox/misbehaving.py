"""Pieces that behave, and a cast that does not. They run in children, as the real ones do."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from core.errors import EncryptedPdf
from core.sandbox.pieces import Emit
from core.wire import Message, bytes_buffer


def echo(request: Message, files: Sequence[int], emit: Emit) -> Message:
    """Sends back the header, the buffers and what the files hold."""
    texts = [os.read(file, 1000).decode() for file in files]
    return Message({**request.header, "texts": texts, "pid": os.getpid()}, request.buffers)


def pages(request: Message, files: Sequence[int], emit: Emit) -> Message:
    for page in range(1, 6):
        emit({"page": page, "of": 5})
    return Message({})


def refuses(request: Message, files: Sequence[int], emit: Emit) -> Message:
    raise EncryptedPdf


def stumbles(request: Message, files: Sequence[int], emit: Emit) -> Message:
    raise ValueError("secret words of the document")


def exits(request: Message, files: Sequence[int], emit: Emit) -> Message:
    os._exit(request.header.get("status", 0))


def is_killed(request: Message, files: Sequence[int], emit: Emit) -> Message:
    emit({"page": 2, "of": 5})
    sys.stderr.write("secret words of the document\n")
    os.kill(os.getpid(), getattr(signal, request.header["signal"]))
    time.sleep(60)
    return Message({})


def segfaults(request: Message, files: Sequence[int], emit: Emit) -> Message:
    ctypes.string_at(8)
    return Message({})


def hogs(request: Message, files: Sequence[int], emit: Emit) -> Message:
    hoard = []
    while True:
        hoard.append(bytearray(16 << 20))


def wraps_hogging(request: Message, files: Sequence[int], emit: Emit) -> Message:
    try:
        bytearray(1 << 40)
    except MemoryError:
        raise RuntimeError("something else") from None
    return Message({})


def hogs_and_aborts(request: Message, files: Sequence[int], emit: Emit) -> Message:
    hoard = []
    try:
        while True:
            hoard.append(bytearray(16 << 20))
    except MemoryError:
        os.abort()


def hangs_on_page(request: Message, files: Sequence[int], emit: Emit) -> Message:
    emit({"page": 7, "of": 9})
    while True:
        time.sleep(60)


def spins_on_page(request: Message, files: Sequence[int], emit: Emit) -> Message:
    emit({"page": 7, "of": 9})
    while True:
        pass


def repeats_page(request: Message, files: Sequence[int], emit: Emit) -> Message:
    while True:
        emit({"page": 7, "of": 9})
        time.sleep(0.01)


def floods_progress(request: Message, files: Sequence[int], emit: Emit) -> Message:
    page = 0
    while True:
        emit({"page": page, "of": 9})
        page += 1


def floods_stderr(request: Message, files: Sequence[int], emit: Emit) -> Message:
    for _ in range(200):
        os.write(2, b"x" * 65536)
        print("and on stdout")
    return Message({})


def floods_stdout(request: Message, files: Sequence[int], emit: Emit) -> Message:
    """Its own messages without end, as one would who has taken over the child."""
    while True:
        _raw(b"PDFC" + (30).to_bytes(4, "little") + bytes(4) + b'{"_buffers":[],"kind":"ready"}')


def claims(request: Message, files: Sequence[int], emit: Emit) -> Message:
    """A result with the header given, as bytes, and nothing more."""
    header = request.header["raw"].encode()
    _raw(b"PDFC" + len(header).to_bytes(4, "little") + int(request.header["count"]).to_bytes(4, "little") + header)
    time.sleep(60)
    return Message({})


def claims_another_error(request: Message, files: Sequence[int], emit: Emit) -> Message:
    code = request.header["code"]
    header = (
        f'{{"kind":"error","code":"{code}","message":"a\\u001b[31m\\n{"b" * 5000}","remedy":"","_buffers":[]}}'.encode()
    )
    _raw(b"PDFC" + len(header).to_bytes(4, "little") + bytes(4) + header)
    time.sleep(60)
    return Message({})


def forks(request: Message, files: Sequence[int], emit: Emit) -> Message:
    """A grandchild that keeps the pipes open; the child then hangs, dies, or answers."""
    grandchild = os.fork()
    if not grandchild:
        while True:
            time.sleep(60)
    emit({"grandchild": grandchild})
    then = request.header["then"]
    if then == "dies":
        os.abort()
    if then == "hangs":
        time.sleep(60)
    return Message({})


def attempts(request: Message, files: Sequence[int], emit: Emit) -> Message:
    """What a child can still do; each True is something it could."""
    found: dict[str, object] = {"environment": sorted(os.environ), "group": os.getpgid(0) == os.getpid()}
    found["descriptors"] = sorted(int(entry.name) for entry in Path("/proc/self/fd").iterdir())
    found["stdin"] = str(Path("/proc/self/fd/0").readlink())
    with open("/proc/self/status", encoding="ascii") as file:
        found["no_new_privs"] = "NoNewPrivs:\t1" in file.read()
    found["offset_is_own"] = not files or os.lseek(files[0], 0, os.SEEK_CUR) == 0
    try:
        os.write(files[0], b"x")
        found["wrote_to_input"] = True
    except OSError:
        found["wrote_to_input"] = False
    path = Path(f"/tmp/pdf-compare-test-{os.getpid()}")
    try:
        with open(path, "wb") as out:
            out.write(b"x")
        found["wrote_a_file"] = True
    except OSError:
        found["wrote_a_file"] = False
    finally:
        path.unlink(missing_ok=True)
    opened = []
    try:
        for _ in range(1000):
            opened.append(socket.socketpair())
        found["opened_many"] = True
    except OSError:
        found["opened_many"] = False
    opened.clear()
    return Message(found)


def sleeps(request: Message, files: Sequence[int], emit: Emit) -> Message:
    begun = time.monotonic()
    emit({"pid": os.getpid()})
    time.sleep(float(request.header.get("seconds", 60)))
    return Message({"pid": os.getpid(), "begun": begun, "ended": time.monotonic()})


def large(request: Message, files: Sequence[int], emit: Emit) -> Message:
    return Message({}, {"data": bytes_buffer(bytes(int(request.header["size"])))})


def _raw(data: bytes) -> None:
    """Write past the frame: the answers' pipe is the only pipe open for writing besides stdout and stderr."""
    for entry in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            if int(entry.name) > 2 and str(entry.readlink()).startswith("pipe:"):
                os.write(int(entry.name), data)
                return
