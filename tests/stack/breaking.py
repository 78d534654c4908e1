"""Containers that are killed, paused and restarted while people work."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack

from benchmarks.promises import Told
from tests.integration.pdfs import pdf, slow_pdf
from tests.stack.compose import PROJECT, UI, WORKER, Stack, run, until
from tests.stack.people import Person, Traffic


def told(stack: Stack) -> Iterator[Told]:
    """One after the other; each waits for the stack to be whole again."""
    yield from _web(stack)
    stack.wait_healthy(seconds=300)
    for part in (_worker, _replica_killed, _replica_paused, _primary, _redis, _pgbouncer, _nginx):
        yield part(stack)
        stack.wait_healthy(seconds=300)


def _web(stack: Stack) -> Iterator[Told]:
    people = [Person() for _ in range(12)]
    before = [person.replica for person in people]
    victim = stack.containers(UI)[0]
    with ExitStack() as running:
        traffics = [running.enter_context(Traffic(person, every_seconds=0.3)) for person in people]
        time.sleep(1)
        run("docker", "kill", victim)
        began = time.monotonic()
        served = [until(person.is_served, seconds=30) for person in people]
        worst = time.monotonic() - began
        time.sleep(max(0.0, 10 - worst))
    run("docker", "start", victim)
    yield Told(
        "a web server is killed: everybody is served within 10 s", worst <= 10, f"the last after {max(served):.1f} s"
    )
    others = [one for one, replica in zip(traffics, before, strict=True) if one.person.replica == replica]
    failed = sum(len(one.failed) for one in others)
    yield Told(
        "a web server is killed: no request of the others fails",
        len(others) < len(traffics) and not failed,
        f"{failed} of {sum(one.asked for one in others)} of {len(others)} people; "
        f"of those it served {sum(len(one.failed) for one in traffics) - failed}",
    )


def _worker(stack: Stack) -> Told:
    person = Person()
    comparison = person.compare(
        person.upload("old.pdf", slow_pdf(300, "a")), person.upload("new.pdf", slow_pdf(300, "b"))
    )
    until(lambda: person.state(comparison) == "running", seconds=60)
    victim = stack.containers(WORKER)[0]
    run("docker", "kill", victim)
    began = time.monotonic()
    run("docker", "start", victim)
    state = person.wait(comparison, seconds=180)
    taken = time.monotonic() - began
    return Told(
        "a worker is killed in a job: its result within 60 s, once",
        state == "done" and taken <= 60,
        f"{state} after {taken:.0f} s",
    )


def _replica_killed(stack: Stack) -> Told:
    return _without("a replica of the database is killed", "kill", "start", "pdf-compare-postgres-replica-1")


def _replica_paused(stack: Stack) -> Told:
    return _without("a replica of the database hangs", "pause", "unpause", "pdf-compare-postgres-replica-2")


def _without(what: str, away: str, back: str, container: str) -> Told:
    with Traffic(Person()) as traffic:
        time.sleep(1)
        run("docker", away, container)
        time.sleep(15)
        run("docker", back, container)
        time.sleep(3)
    kept = not traffic.failed and traffic.slowest <= 3
    return Told(f"{what}: no request fails or takes 3 s", kept, traffic.told())


def _primary(stack: Stack) -> Told:
    person, kept = Person(), []
    run("docker", "restart", "-t", "10", "pdf-compare-postgres-primary")
    began = time.monotonic()
    for number in range(5):
        kept.append(person.upload(f"{number}.pdf", pdf([f"Restart {number} at {time.time_ns()}"])))
    taken = time.monotonic() - began
    there = {one["id"] for one in person.http.get("/api/v1/documents?limit=200").json()["documents"]}
    return Told(
        "the primary is restarted: writes wait 10 s at most, none is lost",
        set(kept) <= there and taken <= 10,
        f"five uploads in {taken:.1f} s",
    )


def primary_lost() -> Iterator[Told]:
    """The steps of docs/operations.md, "Primary lost", on a stack that nobody needs afterwards."""
    with Stack() as stack:
        person = Person()
        document = person.upload("kept.pdf", pdf([f"Kept {time.time_ns()}"]))
        time.sleep(2)
        began = time.monotonic()
        run("docker", "update", "--restart=no", "pdf-compare-postgres-primary")
        run("docker", "kill", "pdf-compare-postgres-primary")
        run("docker", "exec", "pdf-compare-postgres-replica-1", "psql", "-U", "postgres", "-c", "SELECT pg_promote()")
        stack.change(PRIMARY_HOST="postgres-replica-1")
        stack.compose("up", "-d", "--no-deps", "postgres-replica-1", "pgbouncer")
        until(lambda: person.put("after.pdf", pdf([f"After {time.time_ns()}"])).is_success, seconds=120)
        taken = time.monotonic() - began
        stack.compose("rm", "-sf", "postgres-replica-2")
        run("docker", "volume", "rm", f"{PROJECT}_postgres-replica-2")
        stack.compose("up", "-d", "--no-deps", "postgres-replica-2")
        streaming = ("psql", "-qAt", "-U", "postgres", "-c", "SELECT count(*) FROM pg_stat_replication")
        copied = until(
            lambda: run("docker", "exec", "pdf-compare-postgres-replica-1", *streaming).strip() == "1", seconds=120
        )
        is_kept = person.http.get(f"/api/v1/documents/{document}").is_success
        yield Told(
            "the primary is lost: by hand, a replica takes its place and another is copied from it",
            is_kept,
            f"people upload again {taken:.0f} s after the loss, the copy took {copied:.0f} s",
        )


def _redis(stack: Stack) -> Told:
    with Traffic(Person()) as traffic:
        run("docker", "restart", "-t", "5", "pdf-compare-redis")
        time.sleep(5)
    return Told("Redis is restarted: no request fails", not traffic.failed, traffic.told())


def _pgbouncer(stack: Stack) -> Told:
    return _restarted("pdf-compare-pgbouncer", "PgBouncer")


def _nginx(stack: Stack) -> Told:
    return _restarted("pdf-compare-nginx", "nginx")


def _restarted(container: str, name: str) -> Told:
    person = Person()
    began = time.monotonic()
    run("docker", "restart", "-t", "5", container)
    until(person.is_served, seconds=60)
    taken = time.monotonic() - began
    return Told(f"{name} is restarted: served again within 10 s", taken <= 10, f"{taken:.1f} s")
