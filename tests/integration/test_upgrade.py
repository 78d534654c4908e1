"""Releases and schemas that do not belong together: what fits works, what does not waits or is refused, in words."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest

from core.sample import sample_pair
from db import migrate, schema
from service.access import Actor
from service.bootstrap import Services
from tests.integration.conftest import Add, StartWorker, submit_pair, wait_for

PREVIOUS = schema.revisions()[-2]
SHAPE = (
    "SELECT 'column', table_name || '.' || column_name, data_type || is_nullable || coalesce(column_default, '')"
    " FROM information_schema.columns WHERE table_schema = 'public'"
    " UNION ALL SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
    " UNION ALL SELECT 'policy', tablename || '.' || policyname, coalesce(qual, '') || coalesce(with_check, '')"
    " FROM pg_policies UNION ALL SELECT 'constraint', conname, pg_get_constraintdef(oid) FROM pg_constraint"
    " WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2, 3"
)


def asked(url: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def wait_until(holds: Callable[[], object], seconds: float = 180) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@contextmanager
def migrating(url: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "cli.main", "migrate"],
        env={**os.environ, "DATABASE_URL": url},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(
    ("revision", "comment", "version", "form"),
    [
        (None, None, "0.1.0", "behind"),
        ("0001", None, "0.1.0", "behind"),
        (schema.revisions()[-1], None, "0.1.0", "current"),
        ("9999", None, "0.1.0", "ahead"),
        ("9999", "not for PDF Compare up to 0.0.9", "0.1.0", "ahead"),
        ("9999", "not for PDF Compare up to 0.1", "0.1.7", "beyond"),
        ("9999", "not for PDF Compare up to 0.1", "0.2.0", "ahead"),
        ("9999", "a note of somebody", "0.1.0", "ahead"),
        ("0001", "not for PDF Compare up to 0.1", "0.1.0", "beyond"),
    ],
)
def test_a_database_tells_which_releases_it_fits(
    revision: str | None, comment: str | None, version: str, form: str
) -> None:
    assert schema.judged(revision, comment, version) == form


def test_the_last_release_that_needed_something_is_told_by_the_migrations() -> None:
    assert schema.told([]) is None
    assert schema.told(["0.2", "0.10", "0.9"]) == "not for PDF Compare up to 0.10"


def test_the_app_works_on_the_schema_of_the_next_release(
    services: Services, actor: Actor, add: Add, start_worker: StartWorker
) -> None:
    """As it is while web servers are replaced one by one, and after a way back."""
    url = services.settings.direct_to
    asked(url, "ALTER TABLE documents ADD COLUMN of_tomorrow text NOT NULL DEFAULT 'x'")
    asked(url, "CREATE TABLE tomorrow (id int)")
    asked(url, "UPDATE alembic_version SET version_num = '9999'")
    services.check()
    start_worker()
    view = submit_pair(services, add, actor, *(data for _, data in sample_pair()))
    done = wait_for(services, actor, view.id, lambda v: v.state == "done")
    assert services.comparisons.result(actor, done.id)
    with migrating(url) as process:
        said, _ = process.communicate(timeout=180)
    assert (process.returncode, "later release, which fits" in said) == (0, True)
    assert asked(url, "SELECT version_num FROM alembic_version") == [("9999",)]


def test_the_app_refuses_a_schema_that_took_away_what_it_needs(services: Services, start_worker: StartWorker) -> None:
    url = services.settings.direct_to
    asked(url, "UPDATE alembic_version SET version_num = '9999'")
    asked(url, "COMMENT ON TABLE alembic_version IS 'not for PDF Compare up to 99'")
    with pytest.raises(schema.SchemaBeyond):
        services.check()
    assert start_worker().wait(180) == 2
    with migrating(url) as process:
        _, said = process.communicate(timeout=180)
    assert process.returncode == 2
    assert said.startswith("error[schema_beyond] ")
    assert "docs/upgrade.md" in said


def test_the_app_waits_for_the_migration_and_goes_on_by_itself(services: Services, actor: Actor, add: Add) -> None:
    url = services.settings.direct_to
    view = submit_pair(services, add, actor, *(data for _, data in sample_pair()))
    migrate.downgrade(url, PREVIOUS)
    with pytest.raises(schema.SchemaBehind):
        services.check()
    own = {"DATABASE_URL": url, "PDF_COMPARE_DATA_DIR": str(services.settings.data_dir)}
    worker = subprocess.Popen(
        [sys.executable, "-m", "worker"], env={**os.environ, **own}, stderr=subprocess.PIPE, text=True, process_group=0
    )
    try:
        assert worker.stderr is not None
        assert any("the database waits for its migration" in line for line in worker.stderr)
        assert asked(url, "SELECT status FROM procrastinate_jobs WHERE queue_name = 'compare'") == [("todo",)]
        migrate.upgrade(url)
        services.check()
        wait_for(services, actor, view.id, lambda v: v.state == "done")
    finally:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.communicate()


def test_a_migration_that_was_killed_half_way_is_gone_on_with(database_url: str) -> None:
    fresh = asked(database_url, SHAPE)
    migrate.downgrade(database_url, "0003")
    with psycopg.connect(database_url) as holder:
        # The next migration that touches this table stops here, behind what came before it.
        holder.execute("LOCK TABLE users IN ACCESS EXCLUSIVE MODE")
        with migrating(database_url) as process:
            waits = "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'users'::regclass"
            wait_until(lambda: asked(database_url, waits))
            process.send_signal(signal.SIGKILL)
            process.wait()
        holder.rollback()
    ((reached,),) = asked(database_url, "SELECT version_num FROM alembic_version")
    assert schema.revisions().index(str(reached)) < len(schema.revisions()) - 1
    assert asked(database_url, SHAPE) != fresh
    with migrating(database_url) as process:
        said, _ = process.communicate(timeout=180)
    assert (process.returncode, said) == (0, "The database is up to date.\n")
    assert asked(database_url, SHAPE) == fresh
