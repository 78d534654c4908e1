"""The child: started by `parent.py` as a script, reads requests from its socket, answers on its pipe.

It imports what its piece needs, then locks itself down, and only then looks at a request.
"""

from __future__ import annotations

import os
import sys

# Started with `-I -S`, the quickest and cleanest start there is, so that the parent must say where to import from.
if __name__ == "__main__":
    sys.path[:0] = sys.argv[2].split(os.pathsep)

import errno
import gc
import importlib
import json
import socket
from typing import Any, BinaryIO

from core.errors import OutOfMemory, PdfCompareError
from core.options import Limits
from core.sandbox.lockdown import die_with, lock_down
from core.sandbox.pieces import Work, missing
from core.wire import Message, pieces_of, read_message, write_message

_MOST_FILES = 16
#: A document is a million objects that stay: cycles are looked for among new ones (so many at a time) and among those
#: that outlived a few such searches, hardly ever among all. By Python's own thresholds it is a tenth of the work.
_COLLECT_AFTER = 50_000, 20, 1_000
_REQUEST_BYTES = 1 << 40  # the parent is trusted; the address space is the limit


def main(start: dict[str, Any]) -> None:
    """Serve requests until the parent closes the socket, or one only where `start["once"]` says so."""
    die_with(start["parent"])
    requests, answers = _take_streams()
    module, _, function = start["target"].partition(":")
    work: Work = getattr(importlib.import_module(module), function)
    gc.freeze()  # what was imported stays
    gc.set_threshold(*_COLLECT_AFTER)
    # Made now: when memory has run out there may be none left to say so.
    no_memory = b"".join(pieces_of(_error(OutOfMemory())))
    limits = Limits(**start["limits"])
    done = lock_down(start["profile"], limits, cpu_seconds=start["cpu_seconds"])
    write_message(answers, Message({"kind": "ready", "sandbox": done}))
    if limits.sandbox == "required" and missing(done):
        os._exit(0)  # the parent tells; no document is looked at
    while _serve(work, requests, answers, no_memory) and not start["once"]:
        pass
    # Without the teardown of the interpreter and of native libraries: it costs time, and a damaged heap crashes there.
    os._exit(0)


def _take_streams() -> tuple[socket.socket, BinaryIO]:
    """Streams of our own, so that whatever a native library prints goes to the capture of stderr."""
    requests = socket.socket(fileno=os.dup(0))
    answers = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    os.close(nothing)
    return requests, answers


def _serve(work: Work, requests: socket.socket, answers: BinaryIO, no_memory: bytes) -> bool:
    """Answer one request; False when there will be none any more."""
    start, files, _, _ = socket.recv_fds(requests, 1, _MOST_FILES)
    if not start:
        return False
    with requests.makefile("rb") as stream:
        request = read_message(stream, limit_bytes=_REQUEST_BYTES)
    if request is None:
        return False

    def emit(progress: dict[str, Any]) -> None:
        write_message(answers, Message({**progress, "kind": "progress"}))

    try:
        answer = work(request, files, emit)
        pieces = list(pieces_of(Message({**answer.header, "kind": "result"}, answer.buffers)))
    except PdfCompareError as error:
        pieces = list(pieces_of(_error(error)))
    except Exception as error:  # whatever a library raises is this child's answer
        pieces = [no_memory] if _ran_out_of_memory(error) else list(pieces_of(_failure(error)))
    for piece in pieces:
        answers.write(piece)
    answers.flush()
    for file in files:
        os.close(file)
    return True


def _error(error: PdfCompareError) -> Message:
    return Message({"kind": "error", "code": error.code, "message": error.message, "remedy": error.help})


def _failure(error: Exception) -> Message:
    """What and where, for the administrator; never the exception's own words, which may quote the document."""
    trace, where = error.__traceback__, ""
    while trace is not None:
        code = trace.tb_frame.f_code
        where = f" in {code.co_name} ({code.co_filename}:{trace.tb_lineno})"
        trace = trace.tb_next
    return Message({"kind": "failure", "where": f"{type(error).__name__}{where}"})


def _ran_out_of_memory(error: BaseException | None) -> bool:
    """Also when a library has wrapped the MemoryError in one of its own."""
    seen = 0
    while error is not None and seen < 50:
        if isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno == errno.ENOMEM):
            return True
        error, seen = error.__cause__ or error.__context__, seen + 1
    return False


if __name__ == "__main__":
    main(json.loads(sys.argv[3]))
