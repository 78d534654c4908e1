"""Every command of the guide as a person types it, without a password."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.promises import Told
from tests.stack.compose import PORT, Failed, Stack, run
from tests.stack.people import Person

PSQL = ("docker", "exec", "pdf-compare-postgres-primary", "psql", "-U", "pdfuser", "-d", "pdfcompare")
STATISTICS = ("docker", "exec", "pdf-compare-pgbouncer", "psql", "-p", "6432", "-U", "pdfuser", "pgbouncer", "-c")
COMMANDS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("curl /health", ("curl", "-fsS", f"http://localhost:{PORT}/health"), "ready"),
    ("pg_stat_replication", (*PSQL, "-c", "SELECT * FROM pg_stat_replication;"), "(2 rows)"),
    ("SHOW POOLS", (*STATISTICS, "SHOW POOLS;"), "pdfcompare_ro2"),
    ("SHOW STATS", (*STATISTICS, "SHOW STATS;"), "pdfcompare"),
    ("redis-cli FLUSHDB", ("docker", "exec", "pdf-compare-redis", "redis-cli", "FLUSHDB"), "OK"),
    ("nginx -t", ("docker", "exec", "pdf-compare-nginx", "nginx", "-t"), ""),
)


def told(stack: Stack) -> Iterator[Told]:
    """What each command answers; and a dump that is restored into an empty database."""
    for name, command, expected in COMMANDS:
        yield _answers(name, command, expected)
    for words in (("ps",), ("logs", "--tail=20"), ("logs", "--tail=5", "pdf-compare-ui"), ("config", "-q")):
        try:
            stack.compose(*words)
            yield Told(f"docker-compose {' '.join(words)}", True, "works")
        except Failed as error:
            yield Told(f"docker-compose {' '.join(words)}", False, str(error)[-300:])
    yield _restored(stack)


def _answers(name: str, command: tuple[str, ...], expected: str) -> Told:
    try:
        answer = run(*command, seconds=60)
    except Failed as error:
        return Told(name, False, str(error)[-300:])
    return Told(name, expected in answer, "answers as it should" if expected in answer else answer[-300:])


def _restored(stack: Stack) -> Told:
    person = Person()
    pair = person.post("/api/v1/samples")
    comparison = person.compare(*(pair[side]["id"] for side in ("old", "new")))
    person.wait(comparison)
    dump = run("docker", "exec", "pdf-compare-postgres-primary", "pg_dump", "-U", "pdfuser", "pdfcompare").encode()
    stack.compose("stop", "pdf-compare-ui", "pdf-compare-worker")
    admin = ("docker", "exec", "pdf-compare-postgres-primary", "psql", "-U", "postgres", "-c")
    run(*admin, "DROP DATABASE pdfcompare WITH (FORCE)", "-c", "CREATE DATABASE pdfcompare OWNER pdfuser")
    run("docker", "exec", "-i", *PSQL[2:-2], "pdfcompare", data=dump)
    stack.compose("start", "pdf-compare-ui", "pdf-compare-worker")
    stack.wait_healthy(seconds=300)
    state = person.wait(comparison, seconds=60)
    return Told("pg_dump, and psql into an empty database", state == "done", f"the comparison is {state} again")
