"""Bring a database to the schema of this release, straight at the primary, never through the pooler."""

from __future__ import annotations

from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, NullPool, create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from core.errors import StorageError


class CannotMigrate(StorageError):
    """The database cannot be brought to the schema of this release."""

    code = "cannot_migrate"
    remedy = "Check that the database is there and that its user may change it, then run the migration again."


class Unfit(CannotMigrate):
    """The database is there, and cannot be used."""

    code = "unfit_database"
    remedy = "Use PostgreSQL 16 or later, and a database made with ENCODING 'UTF8'."


OLDEST = 160_000  #: as the server tells its version: major times 10000
_CONNECT_SECONDS = 10
LOCK_KEY = 7_236_112_015  #: any number of ours; two processes that migrate at once wait for each other
LOCK_TIMEOUT = "5s"  #: for a table: rather fail and be run again than block everybody behind us


def upgrade(url: str, revision: str = "head") -> None:
    """Apply what is missing; nothing when the database is at `revision` already.

    Raises:
        Unfit: It will not do, however long one waits.
        CannotMigrate: It is not there, or refuses; what was applied before the failed migration stays.
    """
    try:
        _refuse_unfit(url)
        with _connected(url) as connection:
            command.upgrade(_config(connection), revision)
    except (SQLAlchemyError, CommandError, psycopg.Error) as error:
        reason = str(getattr(error, "orig", error) or error).strip().splitlines()
        raise CannotMigrate(
            f"the database cannot be prepared: {reason[0] if reason else type(error).__name__}"
        ) from error


def _refuse_unfit(url: str) -> None:
    """By the bare driver: the text of a database without an encoding is bytes, which SQLAlchemy does not expect."""
    with psycopg.connect("postgresql://" + url.partition("://")[2], connect_timeout=_CONNECT_SECONDS) as connection:
        number, is_utf8 = connection.execute(
            "SELECT current_setting('server_version_num')::int, getdatabaseencoding() = 'UTF8'"
        ).fetchone() or (0, False)
    if number < OLDEST:
        raise Unfit(f"the server is PostgreSQL {number // 10_000}.{number % 10_000}")
    if not is_utf8:
        raise Unfit("the database's encoding is not UTF8")


def downgrade(url: str, revision: str) -> None:
    """Take migrations back, newest first, to `revision` (`base`: everything)."""
    with _connected(url) as connection:
        command.downgrade(_config(connection), revision)


def knows(revision: str | None) -> bool:
    """Whether a schema of this revision can be brought to that of this release; None, before the first one, can."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return revision is None or any(r.revision == revision for r in ScriptDirectory.from_config(config).walk_revisions())


def is_current(connection: Connection) -> bool:
    """Whether the database has the schema of this release."""
    head = ScriptDirectory.from_config(_config(connection)).get_current_head()
    return MigrationContext.configure(connection).get_current_revision() == head


class _connected:  # noqa: N801  reads as a with-statement
    """A connection of psycopg 3 (the job engine's schema is many statements in one text), with the migration lock."""

    def __init__(self, url: str) -> None:
        self._engine = create_engine("postgresql+psycopg://" + url.partition("://")[2], poolclass=NullPool)

    def __enter__(self) -> Connection:
        self._connection = self._engine.connect()
        self._connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": LOCK_KEY})
        self._connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
        self._connection.commit()
        return self._connection

    def __exit__(self, *_: object) -> None:
        self._connection.close()
        self._engine.dispose()


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config
