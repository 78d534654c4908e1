"""A backup of the running stack, all of it lost, and brought back by the commands of docs/backup.md."""

from __future__ import annotations

import time
from collections.abc import Iterator

from benchmarks.promises import Told
from tests.stack.compose import Failed, Stack, run
from tests.stack.people import Person

ADMIN = ("docker", "exec", "pdf-compare-postgres-primary", "psql", "-U", "postgres", "-c")
APPLICATION = ("pdf-compare-ui", "pdf-compare-worker", "pdf-compare-notifier", "backup")


def told(stack: Stack) -> Iterator[Told]:
    """Back up, lose the database and the documents, restore, and look."""
    person = Person()
    pair = person.post("/api/v1/samples")
    comparison = person.compare(*(pair[side]["id"] for side in ("old", "new")))
    person.wait(comparison)
    before = person.http.get(f"/api/v1/comparisons/{comparison}/result").content
    command = ("exec", "-T", "backup", "pdf-compare", "backup")
    began = time.monotonic()
    made = stack.compose(*command).strip()
    yield Told(
        "a backup while people work, from a replica",
        "from a replica" in made,
        f"{made}; {time.monotonic() - began:.1f} s",
    )
    yield Told("the backup is whole", "is whole" in stack.compose(*command, "--check", "latest"), "every file read")
    yield _refused(stack)
    began = time.monotonic()
    stack.compose("stop", *APPLICATION)
    run(*ADMIN, "DROP DATABASE pdfcompare WITH (FORCE)", "-c", "CREATE DATABASE pdfcompare OWNER pdfuser")
    stack.compose(
        "run", "--rm", "--no-deps", "--entrypoint", "sh", "backup", "-c", "rm -rf /var/lib/pdf-compare/blobs/store/*"
    )
    restored = (
        stack.compose("run", "--rm", "--no-deps", "backup", "pdf-compare", "restore", "latest").strip().splitlines()
    )
    stack.compose("up", "-d")
    stack.wait_healthy(seconds=300)
    after = person.http.get(f"/api/v1/comparisons/{comparison}/result")
    yield Told(
        "database and documents lost and restored: the same result",
        after.is_success and after.content == before,
        f"{restored[-1] if restored else 'nothing said'} All healthy after {time.monotonic() - began:.0f} s",
    )


def _refused(stack: Stack) -> Told:
    """Over a stack that has something, nothing is restored."""
    try:
        stack.compose("run", "--rm", "--no-deps", "backup", "pdf-compare", "restore", "latest")
    except Failed as error:
        return Told("a restore over something is refused", "not_empty" in str(error), str(error)[-200:].strip())
    return Told("a restore over something is refused", False, "it was not")
