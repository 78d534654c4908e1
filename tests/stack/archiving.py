"""The archive of the running stack: a table is lost by mistake, and back again by the commands of docs/recovery.md."""

from __future__ import annotations

import time
from collections.abc import Iterator

import httpx

from benchmarks.promises import Told
from tests.stack.compose import PROJECT, Failed, Stack, run, until
from tests.stack.monitoring import PROMETHEUS
from tests.stack.people import Person

PRIMARY = "pdf-compare-postgres-primary"
REPLICAS = ("postgres-replica-1", "postgres-replica-2")
#: as in docs/recovery.md, "Recover"
STOPPED = (
    "pdf-compare-ui",
    "pdf-compare-worker",
    "pdf-compare-notifier",
    "backup",
    "archive",
    *REPLICAS,
    "postgres-primary",
)
ARCHIVE, DATA, BEFORE = (f"{PROJECT}_{name}" for name in ("archive", "postgres-primary", "postgres-before"))


def told() -> Iterator[Told]:
    """Archive, lose, recover, look; on a stack of its own, whose profile has the archive."""
    with Stack(COMPOSE_PROFILES="archive") as stack:
        person = Person()
        pair = person.post("/api/v1/samples")
        comparison = person.compare(*(pair[side]["id"] for side in ("old", "new")))
        person.wait(comparison)
        before = person.http.get(f"/api/v1/comparisons/{comparison}/result").content
        moment = _sql("SELECT clock_timestamp()")
        time.sleep(1.1)  # the target is a time, so the mistake is later by the clock
        _sql("DROP TABLE comparisons CASCADE")
        yield _received()
        yield _watched()
        yield _refused(stack)
        began = time.monotonic()
        stack.compose("stop", *STOPPED)
        _in_volumes(f"{DATA}:/from:ro", f"{BEFORE}:/to", "cp", "-a", "/from/.", "/to/", stack=stack)
        _in_volumes(f"{DATA}:/data", "rm", "-rf", "/data/18/data", stack=stack)
        said = _recover(stack, moment).strip().splitlines()
        stack.compose("up", "-d", "--no-deps", "postgres-primary")
        until(lambda: "healthy" in stack.states()[PRIMARY], seconds=120)
        for replica in REPLICAS:
            stack.compose("rm", "-sf", replica)
            run("docker", "volume", "rm", f"{PROJECT}_{replica}")
        _in_volumes(f"{ARCHIVE}:/archive", "rm", "-rf", "/archive/archive", stack=stack)
        try:
            stack.compose("up", "-d")
        except Failed as error:
            # Most often it is the one that migrates that knows why.
            error.add_note(stack.compose("logs", "--no-color", "--tail=12", "migrate", "postgres-primary"))
            raise
        healthy = stack.wait_healthy(seconds=300)
        after = person.http.get(f"/api/v1/comparisons/{comparison}/result")
        yield Told(
            "recovered to the moment before a table was lost: the same result, replicas and a new archive",
            after.is_success and after.content == before,
            f"{said[-1] if said else 'nothing said'}; all healthy after {time.monotonic() - began:.0f} s",
        )
        again = person.compare(*(pair[side]["id"] for side in ("new", "old")))
        state = person.wait(again)
        yield Told("and people work on", state == "done", f"{state}; waited {healthy:.0f} s for health")
        run("docker", "volume", "rm", BEFORE)


def _sql(statement: str) -> str:
    return run("docker", "exec", PRIMARY, "psql", "-qAt", "-U", "postgres", "-d", "pdfcompare", "-c", statement).strip()


def _received() -> Told:
    """The mistake is in the archive too: recovery has to stop before it."""
    last = _sql("SELECT pg_current_wal_flush_lsn()")
    look = f"SELECT flush_lsn >= '{last}' FROM pg_stat_replication WHERE application_name = 'pg_receivewal'"
    try:
        taken = until(lambda: _sql(look) == "t", seconds=60)
    except Failed as error:
        return Told("the log is received as it is written", False, str(error))
    return Told("the log is received as it is written", True, f"to {last} within {taken:.1f} s")


def _watched() -> Told:
    def copies() -> float:
        found = httpx.get(f"{PROMETHEUS}/query", params={"query": "pdfc_archive_copies"}, timeout=30).json()
        return sum(float(one["value"][1]) for one in found["data"]["result"])

    try:
        taken = until(lambda: copies() >= 1, seconds=90, pause=2.0)
    except Failed as error:
        return Told("Prometheus knows of the archive", False, str(error))
    return Told("Prometheus knows of the archive", True, f"{copies():.0f} copy, after {taken:.0f} s")


def _refused(stack: Stack) -> Told:
    """Over data that are there nothing is recovered."""
    what = "data that are there are not overwritten"
    try:
        _recover(stack, "latest")
    except Failed as error:
        return Told(what, "is not empty" in str(error), str(error)[-150:].strip())
    return Told(what, False, "they were")


def _recover(stack: Stack, moment: str) -> str:
    return stack.compose(
        "run", "--rm", "--no-deps", "-v", f"{ARCHIVE}:/from:ro", "-e", "ARCHIVE_FOLDER=/from/archive",
        "--entrypoint", "/bin/bash", "postgres-primary", "/opt/pdf-compare/recover.sh", moment,
    )  # fmt: skip


def _in_volumes(*words: str, stack: Stack) -> None:
    """Run a program as root with the volumes that the first words name."""
    volumes = [part for word in words if ":/" in word for part in ("-v", word)]
    command = [word for word in words if ":/" not in word]
    image = stack.settings["POSTGRES_IMAGE"]
    run("docker", "run", "--rm", *volumes, "--user", "root", "--entrypoint", command[0], image, *command[1:])
