"""Reads with replicas: real streaming ones that lag, hang, die and are cut off while they are read."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from db.database import UNKNOWN, Database, Unavailable
from db.embedded import EmbeddedPostgres
from db.replicas import ANSWER_SECONDS, MAX_LAG_SECONDS, WATCH_SECONDS, Trail
from service.freshness import LastWrites

DEAD = "postgresql://nobody@127.0.0.1:9/nothing"
#: what a replica that hangs may cost, with room for a machine that does other things too
WORST_SECONDS = 3.0
COUNT = text("SELECT count(*) FROM workspaces")
ON_REPLICA = text("SELECT pg_is_in_recovery()")


class Server:
    """A replica as processes that can be stopped."""

    def __init__(self, url: str, process: subprocess.Popen[bytes]) -> None:
        self.url = url
        self.process = process

    def hang(self) -> None:
        """It and its children stop; connections stay open, and the kernel goes on accepting new ones."""
        self._signal(signal.SIGSTOP)

    def wake(self) -> None:
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        self._signal(signal.SIGKILL)
        self.process.wait()

    def _signal(self, number: int) -> None:
        for pid in (self.process.pid, *_children(self.process.pid)):
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue


def _children(parent: int) -> list[int]:
    found = Path(f"/proc/{parent}/task/{parent}/children")
    return [int(pid) for pid in found.read_text().split()]


Start = Callable[..., Server]


@pytest.fixture
def replica(server: EmbeddedPostgres, database_url: str) -> Iterator[Start]:
    """Starts a streaming replica of the test's server, which shows what it is told `delay` seconds late."""
    started: list[tuple[Server, Path]] = []

    def start(delay: float = 0) -> Server:
        home = server._home.parent / f"replica-{uuid4().hex[:6]}"
        server._make(home)
        options = {**server._child_options(), "cwd": home}
        binaries, run = server._binaries, server._socket_dir
        subprocess.run(
            [binaries / "pg_basebackup", "-h", run, "-U", "postgres", "-D", home / "data",
             "-R", "-X", "stream", "-c", "fast"],
            check=True, capture_output=True, **options,
        )  # fmt: skip
        process = subprocess.Popen(
            [binaries / "postgres", "-D", home / "data", "-c", "listen_addresses=", "-c", "max_connections=300",
             "-c", f"unix_socket_directories={home}", "-c", f"recovery_min_apply_delay={round(delay * 1000)}ms"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, process_group=0, **options,
        )  # fmt: skip
        found = Server(database_url.partition("host=")[0] + f"host={home}", process)
        started.append((found, home))
        deadline = time.monotonic() + 20
        while True:
            probe = Database(found.url)
            try:
                with probe.read():
                    return found
            except Unavailable:
                assert time.monotonic() < deadline
                time.sleep(0.1)
            finally:
                probe.close()

    yield start
    for found, home in started:
        if found.process.poll() is None:
            found.wake()
            found.process.send_signal(signal.SIGINT)
            found.process.wait()
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def reading(database_url: str, replica: Start) -> Iterator[tuple[Database, Server]]:
    """A database with one replica, which is read."""
    server = replica()
    database = Database(database_url, [server.url], freshness=LastWrites(None))
    with database.read() as session:
        assert session.scalar(ON_REPLICA)
    yield database, server
    database.close()


def _add_workspace(database: Database) -> UUID:
    made = uuid4()
    with database.write(made) as session:
        session.execute(text("INSERT INTO workspaces (id, name) VALUES (:id, 'new')"), {"id": made})
    return made


def _eventually_on_replica(database: Database, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while True:
        with database.read() as session:
            if session.scalar(ON_REPLICA):
                return
        assert time.monotonic() < deadline, "the replica is not read again"
        time.sleep(0.1)


def test_a_dead_replica_is_not_asked_and_reads_go_on(database_url: str) -> None:
    database = Database(database_url, [DEAD])
    for _ in range(3):
        with database.read() as session:
            assert session.scalar(ON_REPLICA) is False
    assert not database._replicas[0].is_fit
    database.close()


def test_the_primary_under_another_name_shows_everything(database_url: str) -> None:
    database = Database(database_url, [database_url], freshness=LastWrites(None))
    workspace = _add_workspace(database)
    with database.read(workspace) as session:
        assert session.scalar(text("SHOW transaction_read_only")) == "on"
        assert session.scalar(COUNT) == 1
    database.close()


def test_whoever_reads_a_workspace_sees_its_writes_also_while_the_replica_lags(
    database_url: str, replica: Start
) -> None:
    database = Database(database_url, [replica(delay=2).url], freshness=LastWrites(None))
    workspace = _add_workspace(database)
    with database.read(workspace) as session:
        assert session.scalar(COUNT) == 1
        assert not session.scalar(ON_REPLICA)
    with database.read(uuid4()) as session:
        assert session.scalar(ON_REPLICA)
        assert session.scalar(COUNT) == 0
    deadline = time.monotonic() + 20
    while True:
        with database.read(workspace) as session:
            assert session.scalar(COUNT) == 1
            if session.scalar(ON_REPLICA):
                break
        assert time.monotonic() < deadline
        time.sleep(0.1)
    database.close()


def test_while_nobody_knows_what_was_written_the_primary_is_read(reading: tuple[Database, Server]) -> None:
    class Lost:
        def note(self, workspace: UUID, lsn: str) -> None:
            raise AssertionError

        def of(self, workspace: UUID) -> str:
            return UNKNOWN

    database, _ = reading
    database._freshness = Lost()
    with database.read(uuid4()) as session:
        assert not session.scalar(ON_REPLICA)


def test_a_replica_that_is_killed_in_a_transaction_is_followed_by_the_primary(reading: tuple[Database, Server]) -> None:
    database, server = reading
    with database.read() as session:
        assert session.scalar(ON_REPLICA)
        server.kill()
        began = time.monotonic()
        assert session.scalar(ON_REPLICA) is False
        assert session.scalar(text("SELECT current_user")) == "pdfcompare_app"
        assert session.scalar(text("SHOW transaction_read_only")) == "on"
    with database.read() as session:
        assert session.scalar(COUNT) == 0
    assert time.monotonic() - began < WORST_SECONDS


def test_a_replica_that_hangs_costs_its_readers_little(reading: tuple[Database, Server]) -> None:
    """Both who waits for an answer and who asks later; none fails, and it is read again once it wakes."""
    database, server = reading
    taken: list[float] = []

    def read(session: Session | None = None) -> None:
        began = time.monotonic()
        if session is not None:
            session.scalar(COUNT)
        else:
            with database.read() as fresh:
                fresh.scalar(COUNT)
        taken.append(time.monotonic() - began)

    with database.read() as open_one:
        assert open_one.scalar(ON_REPLICA)
        server.hang()
        others = [threading.Thread(target=read) for _ in range(5)]
        for other in others:
            other.start()
        read(open_one)
        assert open_one.scalar(ON_REPLICA) is False
        for other in others:
            other.join(20)
    assert len(taken) == 6
    assert max(taken) < WORST_SECONDS
    began = time.monotonic()
    read()
    assert time.monotonic() - began < 0.5
    server.wake()
    _eventually_on_replica(database, WATCH_SECONDS + 2 * ANSWER_SECONDS + 10)


def test_a_slow_statement_is_not_a_dead_replica(reading: tuple[Database, Server]) -> None:
    database, _ = reading
    with database.read() as session:
        session.execute(text("SELECT pg_sleep(:seconds)"), {"seconds": 2 * (WATCH_SECONDS + ANSWER_SECONDS)})
        assert session.scalar(ON_REPLICA)


def test_an_error_of_the_statement_is_told_and_not_asked_again(reading: tuple[Database, Server]) -> None:
    database, _ = reading
    with pytest.raises(Unavailable), database.read() as session:
        session.execute(text("SELECT set_config('statement_timeout', '50ms', true)"))
        session.execute(text("SELECT pg_sleep(5)"))
    with database.read() as session:
        assert session.scalar(ON_REPLICA)


def test_a_replica_that_is_cut_off_from_the_primary_lags_though_it_has_replayed_all_it_knows() -> None:
    trail = Trail(DEAD)
    trail.look()
    assert trail.lag_seconds(5) == 0.0
    now = time.monotonic()
    trail._seen.extend([(now - 40, 100), (now - 30, 200), (now - 5, 300)])
    assert trail.lag_seconds(300) == 0.0
    assert trail.lag_seconds(400) == 0.0
    assert trail.lag_seconds(250) == pytest.approx(5, abs=0.5)
    assert trail.lag_seconds(150) > MAX_LAG_SECONDS


def test_nothing_is_watched_where_nothing_is_read(database_url: str, reading: tuple[Database, Server]) -> None:
    _, server = reading
    other = Database(database_url, [server.url])
    with other.write() as session:
        session.execute(text("SELECT 1"))
    with other.read(from_primary=True) as session:
        assert session.scalar(ON_REPLICA) is False
    assert other._watch is None
    other.close()
