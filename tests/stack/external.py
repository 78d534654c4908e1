"""A PostgreSQL that is not the stack's: the services of the stack's own are commented out, as the guide says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.promises import Told
from tests.stack.compose import FILE, HERE, ROOT, Stack, run, until
from tests.stack.people import Person

NAME, PORT = "pdf-compare-test-external", 15432
PASSWORD = "it's 100% own/secret"
ENCODED = "it%27s%20100%25%20own%2Fsecret"
_OLD = "pdf-compare-test/postgres-15"
_CREATE = f"""
CREATE ROLE keeper LOGIN PASSWORD '{PASSWORD.replace("'", "''")}' CREATEROLE;
CREATE DATABASE elsewhere OWNER keeper;
"""


def told() -> Iterator[Told]:
    """PostgreSQL 18 is used, 15 is refused."""
    folder = Stack().folder
    file = without_postgres(folder / "compose.yml")
    address = f"postgresql://keeper:{ENCODED}@{_gateway()}:{PORT}/elsewhere"
    settings = {"DATABASE_URL": address, "DATABASE_READ_URL_1": "", "DATABASE_READ_URL_2": ""}
    with server("pdf-compare-test/postgres"), Stack(file=file, **settings) as stack:
        person = Person()
        pair = person.post("/api/v1/samples")
        state = person.wait(person.compare(*(pair[side]["id"] for side in ("old", "new"))))
        counted = _ask("elsewhere", "SELECT count(*) FROM comparisons")
        own = [name for name in stack.states() if "postgres-primary" in name or "postgres-replica" in name]
        yield Told(
            "an external PostgreSQL 18 by DATABASE_URL, the stack's own commented out",
            state == "done" and counted == "1" and not own,
            f"the comparison is {state}, {counted} row there, started in {stack.start_seconds:.0f} s",
        )
    run("docker", "build", "-q", "-t", _OLD, "-f", str(HERE / "images" / "postgres15.Dockerfile"), str(HERE / "images"))
    with server(_OLD), Stack(file=file, **settings).bare() as stack:
        stack.compose("up", "-d", "--no-deps", "pgbouncer", "migrate")
        line = stack.said("migrate", "PostgreSQL 15")
        ended = stack.states().get("pdf-compare-migrate")
        yield Told(
            "an external PostgreSQL 15 is refused by its version, at once",
            "Use PostgreSQL 16 or later" in line and ended == "exited",
            line or "not said",
        )


def without_postgres(file: Path) -> Path:
    """The compose file with the services of PostgreSQL commented out."""
    lines, inside = [], False
    for line in (ROOT / FILE).read_text().splitlines():
        if re.match(r"  \S|\S", line):
            inside = (line.startswith("  postgres-") and "&" in line) or line.startswith("  postgres-replica")
        lines.append(f"# {line}" if inside else line)
    file.write_text("\n".join(lines) + "\n")
    return file


@contextmanager
def server(image: str) -> Iterator[None]:
    """One that runs outside of the stack, as another machine's would, reached by this machine's address."""
    run("docker", "rm", "-f", "-v", NAME)
    start = (
        "export PATH=$(ls -d /usr/lib/postgresql/*/bin | tail -1):$PATH; "
        "initdb -D /tmp/data -U postgres --encoding=UTF8 --locale=C >/dev/null && "
        "echo 'host all all all scram-sha-256' >> /tmp/data/pg_hba.conf && "
        "exec postgres -D /tmp/data -c listen_addresses='*' -c unix_socket_directories=/tmp -c max_connections=200"
    )
    run(
        *("docker", "run", "-d", "--name", NAME, "-u", "postgres", "-p", f"{_gateway()}:{PORT}:5432"),
        *(image, "bash", "-c", start),
    )
    try:
        until(_ready, seconds=60)
        for statement in _CREATE.strip().splitlines():
            _ask("postgres", statement)
        yield
    finally:
        run("docker", "rm", "-f", "-v", NAME)


def _ready() -> bool:
    try:
        return _ask("postgres", "SELECT 1") == "1"
    except Exception:
        return False


def _ask(database: str, sql: str) -> str:
    command = ("docker", "exec", NAME, "psql", "-qAt", "-h", "/tmp", "-U", "postgres", "-d", database, "-c", sql)
    return run(*command).strip()


def _gateway() -> str:
    found = json.loads(run("docker", "network", "inspect", "bridge"))
    return str(found[0]["IPAM"]["Config"][0].get("Gateway", "172.17.0.1"))
