"""Routing of reads, and migrations."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import NullPool, create_engine, inspect, text

from db import migrate
from db.database import Database, Unavailable
from db.embedded import EmbeddedPostgres
from db.rows import Row
from service.settings import load_settings

DEAD = "postgresql://nobody@127.0.0.1:9/nothing"


def test_a_dead_replica_is_left_out_and_reads_go_on(database_url: str) -> None:
    database = Database(database_url, [DEAD])
    with database.read() as session:
        assert session.scalar(text("SELECT 1")) == 1
    # It is not asked again for a while: this would take longer than a local connection refused.
    assert database._replicas[0].out_until > time.monotonic()
    with database.read() as session:
        assert session.scalar(text("SELECT 1")) == 1
    database.close()


def test_a_writer_knows_what_a_replica_must_show(database_url: str) -> None:
    database = Database(database_url, [database_url])
    with database.write() as session:
        session.execute(text("SELECT 1"))
    assert session.lsn is not None
    # The "replica" is no replica but the primary itself: it shows everything.
    with database.read(after=session.lsn) as reading:
        assert reading.scalar(text("SHOW transaction_read_only")) == "on"
    database.close()


def test_a_writer_sees_his_own_write_also_while_the_replica_lags(
    database_url: str, replica: Callable[[str], str]
) -> None:
    """A real streaming replica that replays everything two seconds late."""
    database = Database(database_url, [replica(database_url)])
    count = text("SELECT count(*) FROM workspaces")
    with database.write() as session:
        session.execute(text("INSERT INTO workspaces (id, name) VALUES (gen_random_uuid(), 'new')"))
    with database.read(after=session.lsn) as reading:
        assert reading.scalar(count) == 1
        assert not reading.scalar(text("SELECT pg_is_in_recovery()"))
    with database.read() as reading:
        assert reading.scalar(text("SELECT pg_is_in_recovery()"))
        assert reading.scalar(count) == 0
    deadline = time.monotonic() + 20
    while True:
        with database.read(after=session.lsn) as reading:
            if reading.scalar(text("SELECT pg_is_in_recovery()")):
                assert reading.scalar(count) == 1
                break
        assert time.monotonic() < deadline
        time.sleep(0.1)
    database.close()


@pytest.fixture
def replica(server: EmbeddedPostgres) -> Iterator[Callable[[str], str]]:
    """Starts a streaming replica of the test's server; gives the URL of the same database on it."""
    home = server._home.parent / "replica"
    started: list[subprocess.Popen[bytes]] = []

    def start(url: str) -> str:
        server._make(home)
        options = {**server._child_options(), "cwd": home}
        binaries, run = server._binaries, server._socket_dir
        subprocess.run(
            [binaries / "pg_basebackup", "-h", run, "-U", "postgres", "-D", home / "data",
             "-R", "-X", "stream", "-c", "fast"],
            check=True, capture_output=True, **options,
        )  # fmt: skip
        started.append(
            subprocess.Popen(
                [binaries / "postgres", "-D", home / "data", "-c", "listen_addresses=", "-c", "max_connections=300",
                 "-c", f"unix_socket_directories={home}", "-c", "recovery_min_apply_delay=2s"],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, process_group=0, **options,
            )
        )  # fmt: skip
        found = url.partition("host=")[0] + f"host={home}"
        deadline = time.monotonic() + 20
        while True:
            try:
                with Database(found).read(from_primary=True):
                    return found
            except Unavailable:
                assert time.monotonic() < deadline
                time.sleep(0.1)

    yield start
    for process in started:
        process.send_signal(signal.SIGINT)
        process.wait()
    shutil.rmtree(home, ignore_errors=True)


def test_without_replicas_reads_go_to_the_primary_and_no_position_is_asked(database_url: str) -> None:
    database = Database(database_url)
    with database.write() as session:
        session.execute(text("SELECT 1"))
    assert session.lsn is None
    assert not database.has_replicas
    database.close()


def test_a_database_that_is_away_is_said_so() -> None:
    database = Database(DEAD)
    with pytest.raises(Unavailable), database.read():
        pass
    with pytest.raises(Unavailable):
        database.ping()


def test_a_failed_unit_of_work_leaves_nothing(database_url: str) -> None:
    database = Database(database_url)
    with pytest.raises(RuntimeError), database.write() as session:
        session.execute(text("INSERT INTO workspaces (id, name) VALUES (gen_random_uuid(), 'half')"))
        raise RuntimeError
    assert database.workspaces() == []
    database.close()


def test_role_and_workspace_do_not_outlive_their_transaction(database_url: str) -> None:
    database = Database(database_url, pool_size=1)
    with database.write() as session:
        assert session.scalar(text("SELECT current_user")) == "pdfcompare_app"
    with database._primary.connect() as connection:
        assert connection.scalar(text("SELECT current_user")) == "postgres"
        assert connection.scalar(text("SELECT current_setting('app.workspace', true)")) in {None, ""}
    database.close()


def test_migrations_go_up_down_and_up_and_the_rows_fit(database_url: str) -> None:
    migrate.upgrade(database_url)
    engine = create_engine("postgresql+psycopg2" + database_url.removeprefix("postgresql"), poolclass=NullPool)
    with engine.connect() as connection:
        assert migrate.is_current(connection)
        context = MigrationContext.configure(
            connection,
            opts={
                "include_name": lambda name, kind, _: not str(name).startswith("procrastinate"),
                "compare_type": True,
            },
        )
        differences = [d for d in compare_metadata(context, Row.metadata) if "users_local" not in str(d)]
    assert differences == []
    migrate.downgrade(database_url, "base")
    with engine.connect() as connection:
        assert set(inspect(connection).get_table_names()) == {"alembic_version"}
        assert not migrate.is_current(connection)
    migrate.upgrade(database_url)
    with engine.connect() as connection:
        assert migrate.is_current(connection)


def test_a_database_that_cannot_be_migrated_is_said_so() -> None:
    with pytest.raises(migrate.CannotMigrate, match="cannot be prepared"):
        migrate.upgrade(load_settings(database_url=DEAD).direct_to)
