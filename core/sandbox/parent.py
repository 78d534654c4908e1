"""The parent's side of a child: send a request, watch it, end it, and say in our own errors what went wrong."""

from __future__ import annotations

import fcntl
import math
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from resource import RUSAGE_SELF, getrusage
from typing import Any, Self

from core.errors import (
    BadOutput,
    Cancelled,
    ChildCrashed,
    InputError,
    OutOfMemory,
    PdfCompareError,
    SandboxMissing,
    TimedOut,
    error_classes,
)
from core.options import Limits
from core.sandbox.pieces import PIECES, Piece, missing
from core.sandbox.spawn import spawn
from core.wire import Decoder, Message, pieces_of

_TICK_SECONDS = 0.05
_START_SECONDS = 60.0
#: A page is given `page_seconds` of processor time, or this many times as much by the clock: on a busy machine a
#: page must not fail because others are working, but a child that sleeps for ever must be found too.
_CLOCK_FACTOR = 3.0
_LINGER_SECONDS = 0.5
_FEW_BYTES = 4096
_PAUSE_SECONDS = 0.004
_PIPE_BYTES = 1024 * 1024
_TURN_BYTES = 8 * 1024 * 1024
_STDERR_BYTES = 4096
_STDERR_TURNS = 8
_MOST_PROGRESS = 200_000
_MESSAGE_CHARACTERS = 400
_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_CRASHES = {signal.SIGABRT, signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGTRAP}

OnProgress = Callable[[dict[str, Any]], None]


def run_piece(
    piece: str | Piece,
    request: Message,
    *,
    files: Sequence[int] = (),
    limits: Limits,
    wall_seconds: float | None = None,
    on_progress: OnProgress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Message:
    """Do one piece of work in a child of its own.

    Raises:
        InputError: The child's own verdict on the file.
        ChildCrashed, OutOfMemory, TimedOut, BadOutput: How the child failed.
        Cancelled: `cancelled` said so; the child and all it started are gone.
    """
    with Child(piece, limits=limits).start() as child:
        child.send(request, files, wall_seconds=wall_seconds, on_progress=on_progress)
        return child.result(cancelled)


def lacking(limits: Limits) -> list[str]:
    """What of a complete sandbox this system does not offer, as a child finds; raises what a child may raise."""
    with Child("probe", limits=limits).start() as child:
        child.send(Message({}))
        child.result()
    return child.lacking


def wait_any(children: Sequence[Child], *, cancelled: Callable[[], bool] | None = None) -> list[Child]:
    """Serve all `children` until at least one is done; those that are done, in the order given.

    Raises:
        Cancelled: `cancelled` said so; all `children` are stopped.
    """
    while not (done := [child for child in children if child.done]):
        if cancelled is not None and cancelled():
            for child in children:
                child.stop()
            raise Cancelled
        poll = select.poll()
        for child in children:
            child.register(poll)
        poll.poll(_TICK_SECONDS * 1000)
        moved = sum(child.serve() for child in children)
        if 0 < moved < _FEW_BYTES and not any(child.done for child in children):
            time.sleep(_PAUSE_SECONDS)  # a page's progress at a time would wake the parent a thousand times a second
    return done


class Child:
    """A child process for one kind of work; not to be shared between threads while it works.

    `with Child("read", limits=limits).start() as child: child.send(request, files); child.result()`. One that is
    made with `once=False` answers one request after the other until it is stopped or fails.
    """

    def __init__(self, piece: str | Piece, *, limits: Limits, once: bool = True) -> None:
        self.name = piece if isinstance(piece, str) else piece.target
        self._piece = PIECES[piece] if isinstance(piece, str) else piece
        self._limits = limits
        self._once = once
        self._pid = 0
        self._ready = self._busy = False
        self._outbox: list[memoryview] = []
        self._answer: Message | None = None
        self._error: PdfCompareError | None = None
        self.page: int | None = None  #: the last page it began
        self.stage: str | None = None  #: at what it is with that page, where it goes over its pages more than once
        self.stalled = False  #: whether it was ended because that page took too long
        self.pages: int | None = None  #: how many pages it says there are to do
        self.cpu_seconds = 0.0  #: processor time it has used; exact once it has ended
        self.peak_bytes = 0  #: most resident memory seen; exact once it has ended, where it used more than the parent
        self.sandbox: tuple[str, ...] = ()  #: what locks it in, once it has started; see `pieces.COMPLETE`
        self.lacking: list[str] = []  #: what of a complete sandbox it has to do without

    # ---------------------------------------------------------------- life

    def start(self) -> Self:
        """Start the process; it imports what it needs while the parent goes on."""
        ours, theirs = socket.socketpair()
        answers, their_answers = os.pipe()
        errors, their_errors = os.pipe()
        with suppress(OSError):  # the user's share of large pipes may be used up; then it is only slower
            fcntl.fcntl(answers, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        start = {
            "target": self._piece.target,
            "profile": self._piece.profile,
            "parent": os.getpid(),
            "once": self._once,
            "cpu_seconds": self._cpu_limit(),
            "limits": self._limits.to_json(),
        }
        try:
            self._process = spawn(self.name, start, stdin=theirs.fileno(), stdout=their_answers, stderr=their_errors)
        except BaseException:
            ours.close()
            os.close(answers)
            os.close(errors)
            raise
        finally:
            theirs.close()
            os.close(their_answers)
            os.close(their_errors)
        self._pid = self._process.pid
        ours.setblocking(False)
        self._requests, self._answers, self._errors = ours, answers, errors
        for handle in (answers, errors):
            os.set_blocking(handle, False)
        self._decoder = Decoder(limit_bytes=self._limits.output_bytes)
        self._stderr = b""
        self._ended_at: float | None = None
        self._peak_bytes = 0
        self._own_peak_bytes = getrusage(RUSAGE_SELF).ru_maxrss * 1024
        self._started_at = time.monotonic()
        self._watched_at = self.cpu_seconds = 0.0
        self._received_bytes = 0
        return self

    def send(
        self,
        request: Message,
        files: Sequence[int] = (),
        *,
        wall_seconds: float | None = None,
        on_progress: OnProgress | None = None,
    ) -> None:
        """Hand over a request; `files` are given as read-only descriptors with an offset of their own."""
        self._answer = self._error = self.page = self.stage = self.pages = None
        self._busy = True
        self._received_bytes = self._progress_count = 0
        self._wall_seconds = wall_seconds if wall_seconds is not None else self._piece.wall_seconds
        self._on_progress = on_progress
        self._begun_at = self._moved_at = time.monotonic()
        self._moved_cpu = -1.0
        handles = [_read_only(file) for file in files]
        try:
            # One byte carries the descriptors; the message follows as a stream.
            with suppress(BrokenPipeError, ConnectionResetError):
                socket.send_fds(self._requests, [b"F"], handles)
        finally:
            for handle in handles:
                os.close(handle)
        self._outbox = [memoryview(piece) for piece in pieces_of(request) if len(piece)]

    @property
    def done(self) -> bool:
        """Whether there is an answer, or an error to be raised by `result`."""
        return self._answer is not None or self._error is not None

    @property
    def cause(self) -> str | None:
        """Code of the error by which it has failed; None where it has not, or found that the file cannot be used."""
        failed = self._error is not None and not isinstance(self._error, InputError)
        return self._error.code if failed and self._error is not None else None

    @property
    def started(self) -> bool:
        """Whether it has imported all it needs; one that has not fails whatever the file."""
        return self._ready

    @property
    def usable(self) -> bool:
        """Whether it is alive and can take another request."""
        return bool(self._pid) and not self._once and not self._busy and not self._has_ended()

    def result(self, cancelled: Callable[[], bool] | None = None) -> Message:
        """The answer, once; waits for it. Raises what `run_piece` raises."""
        wait_any([self], cancelled=cancelled)
        if self._error is not None:
            raise self._error
        answer, self._answer = self._answer, None
        if answer is None:
            raise ChildCrashed("has given its answer already")
        return answer

    def stop(self) -> None:
        """End the child and everything it has started, now."""
        if self._pid:
            self._reap()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _reap(self) -> int:
        """Kill the group, collect the leader, close the pipes; the leader's wait status.

        The leader is collected last: until then nobody else can get its number, nor that of its group.
        """
        pid, self._pid = self._pid, 0
        status = 0
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
        with suppress(ChildProcessError):
            _, status, usage = os.wait4(pid, 0)
            # What the kernel reports includes the parent's own size at the start: only more than that tells anything.
            if usage.ru_maxrss * 1024 > self._own_peak_bytes:
                self._peak_bytes = max(self._peak_bytes, usage.ru_maxrss * 1024)
                self.peak_bytes = usage.ru_maxrss * 1024
            self.cpu_seconds = usage.ru_utime + usage.ru_stime
        self._process.returncode = os.waitstatus_to_exitcode(status)
        self._requests.close()
        os.close(self._answers)
        os.close(self._errors)
        self._outbox = []
        # By whoever waits for it, so that the line bears the ids of his job.
        extra = {"action": "child_end", "child": self.name, "seconds": round(self.cpu_seconds, 3), "code": self.cause}
        if "logging" in sys.modules:  # the command line does without it: loading it costs more than a small file
            import logging

            logging.getLogger(__name__).debug("child %d ended", pid, extra=extra)
        return status

    # ---------------------------------------------------------------- traffic

    def register(self, poll: select.poll) -> None:
        """Add what this child waits for."""
        if not self._pid:
            return
        if self._ended_at is None:
            poll.register(self._answers, select.POLLIN)
        if self._outbox:
            poll.register(self._requests, select.POLLOUT)

    def serve(self) -> int:
        """Move what can be moved without waiting, then look at the clocks; the number of bytes received."""
        before = self._received_bytes
        if self._pid and not self.done:
            self._exchange()
        self._busy = self._busy and not self.done
        if self._once and self.done:
            self.stop()
        return self._received_bytes - before

    def _exchange(self) -> None:
        try:
            self._write()
            self._read()
            now = time.monotonic()
            if not self.done and (now > self._watched_at + _TICK_SECONDS or self._ended_at is not None):
                self._watched_at = now
                self._watch(now)
        except PdfCompareError as error:
            self._fail(error)

    def _fail(self, error: PdfCompareError) -> None:
        self._error = error
        if not isinstance(error, InputError):  # its own verdict on a file leaves it in good order
            self.stop()

    def _has_ended(self) -> bool:
        return os.waitid(os.P_PID, self._pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def _write(self) -> None:
        try:
            while self._outbox:
                sent = self._requests.send(self._outbox[0])
                if sent < len(self._outbox[0]):
                    self._outbox[0] = self._outbox[0][sent:]
                else:
                    del self._outbox[0]
        except BlockingIOError:
            pass
        except (BrokenPipeError, ConnectionResetError):
            self._outbox = []  # it has died; how is told by its exit status

    def _read(self) -> None:
        self._drain_stderr()
        turn = 0
        while self._ended_at is None and not self.done and turn < _TURN_BYTES:
            with self._decoder.room() as room:
                try:
                    count = os.readv(self._answers, [room])
                except BlockingIOError:
                    return
            if count == 0:
                self._ended_at = time.monotonic()
                return
            turn += count
            self._received_bytes += count
            message = self._decoder.took(count)
            if message is not None:
                self._take(message)
            if self._received_bytes > self._limits.output_bytes:
                raise BadOutput("made the reader answer without end.")

    def _drain_stderr(self) -> None:
        with suppress(BlockingIOError):
            for _ in range(_STDERR_TURNS):
                self._stderr = (self._stderr + os.read(self._errors, 65536))[-_STDERR_BYTES:]

    def _take(self, message: Message) -> None:
        if message.kind == "ready" and not self._ready:
            self._ready = True
            self._take_sandbox(message.header.get("sandbox"))
            self._begun_at = self._moved_at = time.monotonic()
            self._moved_cpu = -1.0
        elif message.kind == "progress":
            self._take_progress(message.header)
        elif message.kind == "result":
            self._answer = message
        elif message.kind == "error":
            raise _reported(message.header, self._limits)
        elif message.kind == "failure":
            error = ChildCrashed()
            error.add_note(f"child {self.name}: {_plain(message.header.get('where'))}")
            raise error
        else:
            raise BadOutput

    def _take_sandbox(self, done: object) -> None:
        if not isinstance(done, list):
            raise BadOutput
        self.sandbox = tuple(map(str, done))
        self.lacking = missing(self.sandbox)
        if self.lacking and self._limits.sandbox == "required":
            raise SandboxMissing(
                f"This system does not offer {' and '.join(self.lacking)}, and SANDBOX=required is set."
            )

    def _take_progress(self, header: dict[str, Any]) -> None:
        self._progress_count += 1
        page, stage, of = header.get("page"), header.get("stage"), header.get("of")
        simple = all(type(value) in (int, str, float, type(None)) for value in header.values())
        if not simple or self._progress_count > _MOST_PROGRESS:
            raise BadOutput
        if type(page) is int and (page, stage) != (self.page, self.stage):
            self.page, self._moved_at, self._moved_cpu = page, time.monotonic(), -1.0
            self.stage = stage if isinstance(stage, str) else None
        if type(of) is int and of > 0:
            self.pages = min(of, self._limits.pages)
        if self._on_progress is not None:
            self._on_progress(header)

    # ---------------------------------------------------------------- watching

    def _watch(self, now: float) -> None:
        self._sample()
        if self._has_ended():
            self._read()  # what it said last
            if not self.done:
                raise self._cause_of_death(self._reap())
            return
        if self._ended_at is not None and now > self._ended_at + _LINGER_SECONDS:
            raise ChildCrashed("made the reader stop without an answer.")
        if not self._ready:
            if now > self._started_at + _START_SECONDS:
                raise TimedOut(f"the reader did not start within {_START_SECONDS:.0f} s.")
            return
        if now > self._begun_at + self._longest():
            raise TimedOut(f"took longer than the limit of {self._longest():.0f} s.")
        if self._piece.paged:
            self._watch_page(now)

    def _watch_page(self, now: float) -> None:
        limit = self._limits.page_seconds
        if self._moved_cpu < 0:
            self._moved_cpu = self.cpu_seconds  # it has moved since the last look
        elif now - self._moved_at > limit:
            worked = self.cpu_seconds - self._moved_cpu
            if worked > limit or now - self._moved_at > limit * _CLOCK_FACTOR:
                self.stalled = True
                where = "before the first page" if self.page is None else f"on page {self.page}"
                raise TimedOut(f"took longer than the limit of {limit:g} s {where}.")

    def _longest(self) -> float:
        if self._wall_seconds is not None:
            return self._wall_seconds
        return self._limits.base_seconds + self._limits.seconds_per_page * (self.pages or 0)

    def _cpu_limit(self) -> int:
        """Only for a parent that has lost sight of it: the clocks above are tighter."""
        if not self._once:
            return 24 * 3600
        return math.ceil(self._limits.base_seconds + self._limits.seconds_per_page * self._limits.pages)

    def _sample(self) -> None:
        """Look up its processor time and memory; /proc/PID/stat, fields 14, 15, 23 and 24."""
        with suppress(OSError), open(f"/proc/{self._pid}/stat", "rb") as file:
            stat = file.read().rpartition(b")")[2].split()
            self.cpu_seconds = (int(stat[11]) + int(stat[12])) / _TICKS_PER_SECOND
            self.peak_bytes = max(self.peak_bytes, int(stat[21]) * _PAGE_BYTES)
            if self._ready:
                self._peak_bytes = max(self._peak_bytes, int(stat[20]))

    def _cause_of_death(self, status: int) -> PdfCompareError:
        """What the exit status tells, and no more: only a death near the limit is called a lack of memory."""
        limit = self._limits.address_space_bytes
        if not os.WIFSIGNALED(status):
            error = ChildCrashed("made the reader stop without an answer.")
            if not self._ready:  # it has seen nothing of a document yet, so that its words are safe to keep
                last = self._stderr.decode("utf-8", "replace")[-_MESSAGE_CHARACTERS:]
                error.add_note(f"child {self.name} did not start: {_plain(last)}")
            return error
        number = os.WTERMSIG(status)
        if number == signal.SIGXCPU:
            return TimedOut(f"used more processor time than the limit of {self._cpu_limit()} s.")
        if number == signal.SIGKILL:
            return OutOfMemory("was stopped by the system, most likely because memory ran short.")
        # A buffer that doubles fails at half of the limit.
        if number in _CRASHES and (self._peak_bytes > 0.45 * limit or b"bad_alloc" in self._stderr):
            return OutOfMemory(f"probably needs more memory than the limit of {limit >> 20} MB.")
        error = ChildCrashed()
        error.add_note(f"child {self.name} ended by signal {number}")
        return error


def _reported(header: dict[str, Any], limits: Limits) -> PdfCompareError:
    """The error a child reports, if it is one that a child may have."""
    cls = error_classes().get(str(header.get("code")), BadOutput)
    if issubclass(cls, OutOfMemory):
        return OutOfMemory(f"needs more memory than the limit of {limits.address_space_bytes >> 20} MB.")
    if not issubclass(cls, InputError):
        return BadOutput()
    return cls(_plain(header.get("message")), remedy=_plain(header.get("remedy")) or None)


def _plain(text: object) -> str:
    """Words of a child, fit for a line."""
    return " ".join("".join(c if c.isprintable() else " " for c in str(text or "")).split())[:_MESSAGE_CHARACTERS]


def _read_only(file: int) -> int:
    """A new open file of the same content: offsets are not shared with other children, and it cannot be written."""
    with suppress(OSError):
        return os.open(f"/proc/self/fd/{file}", os.O_RDONLY | os.O_CLOEXEC)
    return os.dup(file)
