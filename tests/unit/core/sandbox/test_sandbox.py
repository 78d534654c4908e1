"""Children that behave and children that do not: what the parent makes of them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import (
    BadOutput,
    Cancelled,
    ChildCrashed,
    EncryptedPdf,
    OutOfMemory,
    PdfCompareError,
    TimedOut,
)
from core.options import Limits
from core.sandbox import Child, ChildPool, Piece, run_piece, wait_any
from core.wire import Message, bytes_buffer

LIMITS = Limits(address_space_bytes=300 << 20, page_seconds=0.5, base_seconds=20.0, output_bytes=4 << 20)


def act(name: str, *, paged: bool = False, **wall: float) -> Piece:
    return Piece(f"tests.unit.core.sandbox.misbehaving:{name}", paged=paged, profile="bare", **wall)


def is_gone(pid: int) -> bool:
    """Gone, or a zombie that init has yet to collect."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.01)
    return False


def failure_of(
    name: str, header: dict[str, object] | None = None, *, paged: bool = False, limits: Limits = LIMITS
) -> PdfCompareError:
    with pytest.raises(PdfCompareError) as caught:
        run_piece(act(name, paged=paged), Message(header or {}), limits=limits)
    return caught.value


# ------------------------------------------------------------------ behaving


def test_a_piece_gets_the_request_the_files_and_gives_its_answer(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("alpha")
    with (tmp_path / "a").open("rb") as file:
        file.seek(3)
        request = Message({"x": "é\ud800"}, {"data": bytes_buffer(bytes(3_000_000))})
        answer = run_piece(act("echo"), request, files=[file.fileno()], limits=LIMITS)
        assert file.tell() == 3
    assert (answer.kind, answer.header["x"], answer.header["texts"]) == ("result", "é\ud800", ["alpha"])
    assert bytes(answer.buffers["data"].data) == bytes(3_000_000)


def test_progress_reaches_the_parent_in_order() -> None:
    seen = []
    run_piece(
        act("pages", paged=True), Message({}), limits=LIMITS, on_progress=lambda p: seen.append((p["page"], p["of"]))
    )
    assert seen == [(page, 5) for page in range(1, 6)]


def test_two_children_work_at_the_same_time() -> None:
    with Child(act("sleeps"), limits=LIMITS).start() as one, Child(act("sleeps"), limits=LIMITS).start() as two:
        for child in (one, two):
            child.send(Message({"seconds": 2.0}))
        assert wait_any([one, two])
        first, second = one.result().header, two.result().header
    # By their own clocks, which are one: how long a busy machine takes to start them does not count.
    assert max(first["begun"], second["begun"]) < min(first["ended"], second["ended"])


def test_what_a_library_prints_is_neither_answer_nor_shown(capfd: pytest.CaptureFixture[str]) -> None:
    assert run_piece(act("floods_stderr"), Message({}), limits=LIMITS).kind == "result"
    assert capfd.readouterr() == ("", "")


def test_a_child_has_little_it_can_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://secret")
    (tmp_path / "a").write_text("alpha")
    with (tmp_path / "a").open("r+b") as file:
        file.seek(2)
        found = run_piece(act("attempts"), Message({}), files=[file.fileno()], limits=LIMITS).header
    assert "DATABASE_URL" not in found["environment"]
    assert (found["group"], found["no_new_privs"], found["offset_is_own"]) == (True, True, True)
    assert not any(found[name] for name in ("wrote_to_input", "wrote_a_file", "opened_many"))
    # stdin, stdout and stderr, the socket, the pipe, the input, and the listing itself
    assert len(found["descriptors"]) == 7
    assert found["stdin"] == os.devnull


# ------------------------------------------------------------------ failing


def test_its_own_verdict_is_the_error() -> None:
    error = failure_of("refuses")
    assert (type(error), error.message, error.help) == (EncryptedPdf, "asks for a password.", EncryptedPdf.remedy)


def test_an_unknown_exception_is_a_crash_and_never_quotes_the_document() -> None:
    error = failure_of("stumbles")
    assert type(error) is ChildCrashed
    told = f"{error} {error.help} {error.__notes__}"
    assert "ValueError in stumbles" in told
    assert "secret" not in told


@pytest.mark.parametrize("status", [0, 3])
def test_an_exit_without_an_answer_is_a_crash(status: int) -> None:
    assert type(failure_of("exits", {"status": status})) is ChildCrashed


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("SIGSEGV", ChildCrashed),
        ("SIGABRT", ChildCrashed),
        ("SIGILL", ChildCrashed),
        ("SIGKILL", OutOfMemory),
        ("SIGXCPU", TimedOut),
    ],
)
def test_a_signal_is_named_for_what_it_most_likely_means(number: str, kind: type[PdfCompareError]) -> None:
    error = failure_of("is_killed", {"signal": number}, paged=True)
    assert type(error) is kind
    assert "secret" not in f"{error} {getattr(error, '__notes__', '')}"


def test_a_real_segmentation_fault_is_a_crash() -> None:
    assert type(failure_of("segfaults")) is ChildCrashed


@pytest.mark.parametrize("how", ["hogs", "hogs_and_aborts", "wraps_hogging"])
def test_more_memory_than_the_limit_is_said_so(how: str) -> None:
    assert type(failure_of(how)) is OutOfMemory


def test_a_target_that_cannot_be_imported_is_a_crash_with_a_note() -> None:
    with pytest.raises(ChildCrashed) as caught:
        run_piece(Piece("core.absent:work"), Message({}), limits=LIMITS)
    assert "No module named" in str(caught.value.__notes__)


@pytest.mark.parametrize("how", ["spins_on_page", "hangs_on_page", "repeats_page"])
def test_a_page_without_progress_is_named(how: str) -> None:
    error = failure_of(how, paged=True)
    assert type(error) is TimedOut
    assert "on page 7" in error.message


def test_silence_is_no_fault_of_a_piece_that_has_no_pages() -> None:
    assert run_piece(act("sleeps"), Message({"seconds": 2.0}), limits=LIMITS).kind == "result"


def test_the_wall_clock_ends_a_piece() -> None:
    begin = time.monotonic()
    with pytest.raises(TimedOut):
        run_piece(act("sleeps"), Message({}), limits=LIMITS, wall_seconds=0.3)
    assert time.monotonic() - begin < 2


def test_cancel_ends_the_child_at_once() -> None:
    begin, seen = time.monotonic(), []
    with pytest.raises(Cancelled):
        run_piece(act("sleeps"), Message({}), limits=LIMITS, on_progress=seen.append, cancelled=lambda: bool(seen))
    assert time.monotonic() - begin < 2
    assert is_gone(seen[0]["pid"])


# ------------------------------------------------------------------ lying


@pytest.mark.parametrize("how", ["floods_progress", "floods_stdout"])
def test_output_without_end_is_refused(how: str) -> None:
    assert type(failure_of(how)) is BadOutput


def test_an_answer_above_the_limit_is_refused() -> None:
    assert type(failure_of("large", {"size": LIMITS.output_bytes})) is BadOutput
    fits = run_piece(act("large"), Message({"size": LIMITS.output_bytes - 1000}), limits=LIMITS)
    assert len(fits.buffers["data"].data) == LIMITS.output_bytes - 1000


@pytest.mark.parametrize(
    ("count", "raw"),
    [
        (0, "not json"),
        (0, "[]"),
        (0, '{"kind":"result"}'),
        (0, '{"kind":"result","_buffers":[],"x":NaN}'),
        (0, '{"kind":"result","_buffers":[],"x":' + "[" * 100_000 + "}"),
        (0, '{"kind":"elsewise","_buffers":[]}'),
        (0, '{"kind":"progress","page":{"a":1},"_buffers":[]}'),
        (1, '{"kind":"result","_buffers":[["a","f4",[5,4],79]]}'),
        (1, '{"kind":"result","_buffers":[["a","f4",[-1],-4]]}'),
        (1, '{"kind":"result","_buffers":[["a","f4",[1e999],4]]}'),
        (1, '{"kind":"result","_buffers":[["a","O8",[1],8]]}'),
        (1, '{"kind":"result","_buffers":[["a","u1",[5000000],5000000]]}'),
        (2, '{"kind":"result","_buffers":[["a","u1",[0],0],["a","u1",[0],0]]}'),
        (9000, '{"kind":"result","_buffers":[]}'),
    ],
)
def test_a_message_that_lies_is_refused(count: int, raw: str) -> None:
    assert type(failure_of("claims", {"count": count, "raw": raw})) is BadOutput


@pytest.mark.parametrize("code", ["internal", "cancelled", "storage", "nonsense", "child_crashed"])
def test_a_child_may_report_only_what_a_file_can_be(code: str) -> None:
    assert type(failure_of("claims_another_error", {"code": code})) is BadOutput


def test_words_of_a_child_are_made_fit_for_a_line() -> None:
    error = failure_of("claims_another_error", {"code": "not_a_pdf"})
    assert error.message.startswith("a [31m bbb")
    assert len(error.message) <= 400


def test_a_claim_of_much_output_costs_the_parent_nothing() -> None:
    limits = replace(LIMITS, output_bytes=600 << 20)
    raw = '{"kind":"result","_buffers":[["a","u1",[500000000],500000000]]}'
    before = int(Path("/proc/self/statm").read_text().split()[1])
    with Child(act("claims"), limits=limits).start() as child:
        child.send(Message({"count": 1, "raw": raw}), wall_seconds=1.0)
        with pytest.raises(TimedOut):
            child.result()
    grown = (int(Path("/proc/self/statm").read_text().split()[1]) - before) * 4096
    assert grown < 50 << 20


# ------------------------------------------------------------------ leaving nothing behind


@pytest.mark.parametrize(("then", "kind"), [("hangs", TimedOut), ("dies", ChildCrashed), ("answers", None)])
def test_a_grandchild_dies_too(then: str, kind: type[PdfCompareError] | None) -> None:
    seen: list[dict[str, int]] = []
    with Child(act("forks"), limits=LIMITS).start() as child:
        child.send(Message({"then": then}), wall_seconds=1.0, on_progress=seen.append)
        if kind is None:
            child.result()
        else:
            with pytest.raises(kind):
                child.result()
    assert is_gone(seen[0]["grandchild"])


_PARENT = """
import signal
from core.sandbox import Child, Piece
from core.options import Limits
from core.wire import Message
signal.signal(signal.SIGINT, signal.default_int_handler)  # who runs tests in the background has it ignored
def say(progress): print(progress["pid"], flush=True)
with Child(Piece("tests.unit.core.sandbox.misbehaving:sleeps", profile="bare"), limits=Limits()).start() as child:
    child.send(Message({}), on_progress=say)
    child.result()
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_a_child_dies_with_its_parent(number: int) -> None:
    root = Path(__file__).parents[4]
    with subprocess.Popen(
        [sys.executable, "-c", _PARENT], cwd=root, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert Path(f"/proc/{child}").exists()
        parent.send_signal(number)
    assert is_gone(child)


def test_no_descriptor_is_left_open() -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    run_piece(act("echo"), Message({}), limits=LIMITS)
    failure_of("exits")
    failure_of("refuses")
    assert len(list(Path("/proc/self/fd").iterdir())) == before


# ------------------------------------------------------------------ pool


def test_a_pool_serves_with_children_that_stay() -> None:
    with ChildPool(act("echo"), 1, limits=LIMITS) as pool:
        pids = {pool.run(Message({})).header["pid"] for _ in range(5)}
    assert len(pids) == 1


def test_a_pooled_child_outlives_the_thread_that_started_it() -> None:
    pools: list[ChildPool] = []
    thread = threading.Thread(target=lambda: pools.append(ChildPool(act("echo"), 1, limits=LIMITS)))
    thread.start()
    thread.join()
    with pools[0] as pool:
        first = pool.run(Message({})).header["pid"]
        time.sleep(0.1)
        assert pool.run(Message({})).header["pid"] == first


def test_a_pool_replaces_a_child_after_its_share_of_requests() -> None:
    with ChildPool(act("echo"), 1, limits=LIMITS, pieces_each=2) as pool:
        pids = [pool.run(Message({})).header["pid"] for _ in range(4)]
    assert pids[0] == pids[1] != pids[2] == pids[3]


def test_a_pool_replaces_a_child_that_fails_and_keeps_one_that_refuses() -> None:
    with ChildPool(act("exits"), 1, limits=LIMITS) as pool:
        for _ in range(2):
            with pytest.raises(ChildCrashed):
                pool.run(Message({}))
    with ChildPool(act("refuses"), 1, limits=LIMITS) as pool:
        for _ in range(2):
            with pytest.raises(EncryptedPdf):
                pool.run(Message({}))


def test_a_pool_replaces_a_child_that_died_while_it_waited() -> None:
    with ChildPool(act("echo"), 1, limits=LIMITS) as pool:
        first = pool.run(Message({})).header["pid"]
        os.kill(first, signal.SIGKILL)
        assert is_gone(first)
        assert pool.run(Message({})).header["pid"] != first


def test_many_threads_share_a_pool() -> None:
    answers: list[int] = []
    with ChildPool(act("echo"), 2, limits=LIMITS) as pool:

        def ask(number: int) -> None:
            answers.append(pool.run(Message({"number": number})).header["number"])

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(answers) == list(range(20))


def test_a_full_pool_says_that_it_took_too_long() -> None:
    with ChildPool(act("sleeps"), 1, limits=LIMITS) as pool:
        busy = threading.Thread(target=lambda: pool.run(Message({"seconds": 0.5})))
        busy.start()
        time.sleep(0.1)
        with pytest.raises(TimedOut):
            pool.run(Message({}), queue_seconds=0.05)
        busy.join()


def test_closing_a_pool_ends_its_children() -> None:
    pool = ChildPool(act("echo"), 1, limits=LIMITS)
    child = pool.run(Message({})).header["pid"]
    pool.close()
    assert is_gone(child)
