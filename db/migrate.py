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
from db import schema


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


def upgrade(url: str, revision: str = "head") -> schema.Form:
    """Apply what is missing; nothing when the database is at `revision` already, or is a later release's and fits.

    Each migration is a transaction: when one is broken off, what was applied before it stays, and the next run goes on.

    Returns:
        How the database stands now.

    Raises:
        Unfit: It will not do, however long one waits.
        SchemaBeyond: A later release took away what this one needs.
        CannotMigrate: It is not there, or refuses.
    """
    try:
        _refuse_unfit(url)
        with _connected(url) as connection:
            form = schema.form_of(connection)
            connection.rollback()  # the migrations begin transactions of their own
            if form is schema.Form.BEYOND:
                raise schema.SchemaBeyond
            if form is not schema.Form.AHEAD:
                command.upgrade(_config(connection), revision)
                _tell(connection)
            return schema.form_of(connection)
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
        _tell(connection)


def knows(revision: str | None) -> bool:
    """Whether a schema of this revision can be brought to that of this release; None, before the first one, can."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return revision is None or any(r.revision == revision for r in ScriptDirectory.from_config(config).walk_revisions())


def is_current(connection: Connection) -> bool:
    """Whether the database has the schema of this release."""
    head = ScriptDirectory.from_config(_config(connection)).get_current_head()
    return MigrationContext.configure(connection).get_current_revision() == head


def _tell(connection: Connection) -> None:
    """Have the database say which releases it is not for, by the migrations that were applied to it."""
    now = MigrationContext.configure(connection).get_current_revision()
    script = ScriptDirectory.from_config(_config(connection))
    applied = script.iterate_revisions(now, "base") if now else []
    last = [needed for r in applied if (needed := getattr(r.module, "LAST_NEEDED_BY", None)) is not None]
    said = schema.told(last)
    if now is not None:
        quoted = "NULL" if said is None else "'" + said.replace("'", "''") + "'"
        connection.execute(text(f"COMMENT ON TABLE public.alembic_version IS {quoted}"))
    connection.commit()


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
