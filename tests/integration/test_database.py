"""Routing of reads, and migrations."""

from __future__ import annotations

import argparse
from uuid import uuid4

import psycopg2
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import NullPool, create_engine, event, inspect, text

from cli import migrate as cli_migrate
from db import migrate
from db.database import Database, Unavailable
from db.embedded import EmbeddedPostgres
from db.rows import Row
from service.settings import load_settings
from tests.conftest import _administer

DEAD = "postgresql://nobody@127.0.0.1:9/nothing"


def test_a_database_that_is_away_is_said_so() -> None:
    database = Database(DEAD)
    with pytest.raises(Unavailable), database.read():
        pass
    with pytest.raises(Unavailable):
        database.ping()


def test_new_work_waits_for_a_primary_that_comes_back(database_url: str) -> None:
    database = Database(database_url, patience_seconds=5)
    real, tries = database._primary, [0]

    def refuse(*_: object) -> None:
        tries[0] += 1
        if tries[0] <= 3:
            raise psycopg2.OperationalError("the database system is starting up")

    event.listen(real, "do_connect", lambda *_: refuse())
    with database.write() as session:
        assert session.scalar(text("SELECT 1")) == 1
    assert tries[0] == 4
    real.dispose()
    tries[0] = 0
    with database.read() as session:
        assert session.scalar(text("SELECT current_user")) == "pdfcompare_app"
    assert tries[0] == 4
    real.dispose()
    tries[0] = 0
    with pytest.raises(Unavailable):
        database.ping()
    assert tries[0] == 1
    database.close()


def test_a_failed_unit_of_work_leaves_nothing(database_url: str) -> None:
    database, made = Database(database_url), uuid4()
    with pytest.raises(RuntimeError), database.write(made) as session:
        session.execute(text("INSERT INTO workspaces (id, name) VALUES (:id, 'half')"), {"id": made})
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


def test_a_server_that_is_too_old_is_refused_by_its_version(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrate, "OLDEST", 990_000)
    with pytest.raises(migrate.Unfit, match=r"the server is PostgreSQL \d+\.\d+"):
        migrate.upgrade(database_url)


def test_who_waits_for_a_database_is_told_why_and_a_refusal_ends_the_waiting(
    database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", DEAD)
    with pytest.raises(migrate.CannotMigrate):
        cli_migrate.run(argparse.Namespace(wait=1.5, check_secrets=""))
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1
    assert said[0].startswith("Waiting: the database cannot be prepared: ")
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setattr(migrate, "OLDEST", 990_000)
    with pytest.raises(migrate.Unfit):
        cli_migrate.run(argparse.Namespace(wait=60.0, check_secrets=""))


def test_a_database_without_an_encoding_is_refused(server: EmbeddedPostgres) -> None:
    name = f"ascii_{uuid4().hex[:8]}"
    _administer(server, f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'")
    with pytest.raises(migrate.Unfit, match="encoding is not UTF8"):
        migrate.upgrade(server.url.replace("/pdf_compare?", f"/{name}?"))
    _administer(server, f"DROP DATABASE {name}")
