"""Start and scale: everybody stays where he is, and new web servers take new users."""

from __future__ import annotations

import time
from collections.abc import Iterator

import httpx

from benchmarks.promises import Told
from tests.stack.compose import UI, Failed, Stack, until
from tests.stack.people import Person, is_open


def starts(stack: Stack) -> Iterator[Told]:
    """From `up -d` to all healthy; /health answers."""
    states = stack.states()
    yield Told(
        "`up -d` ends with everything healthy within 120 s", stack.start_seconds <= 120, f"{stack.start_seconds:.0f} s"
    )
    yield Told(
        "three web servers run by the setting", sum(UI in name for name in states) == 3, ", ".join(sorted(states))
    )
    yield _scraped()


def _scraped() -> Told:
    """Prometheus gets an answer of each that it asks, and the exporters reach what they tell of."""
    what = "Prometheus has figures of each web server, worker, nginx, PgBouncer, PostgreSQL and Redis"
    ups = ("nginx_up", "pgbouncer_up", "pg_up", "redis_up")
    asked = 'up == 0 or {__name__=~"nginx_up|pgbouncer_up|pg_up|redis_up"} == 0'

    def silent() -> list[str]:
        return [
            ":".join(filter(None, (one.get("__name__"), one["job"], one["instance"]))) for one in _prometheus(asked)
        ]

    def all_told() -> bool:
        return len(_prometheus("up")) >= 10 and all(_prometheus(name) for name in ups) and not silent()

    try:
        return Told(what, True, f"after {until(all_told, seconds=60):.0f} s")
    except Failed:
        return Told(what, False, f"{len(_prometheus('up'))} asked; without an answer: {', '.join(silent())}")


def _prometheus(query: str) -> list[dict[str, str]]:
    """The labels of each series that a query finds."""
    answer = httpx.get("http://127.0.0.1:9090/api/v1/query", params={"query": query}).raise_for_status().json()
    return [one["metric"] for one in answer["data"]["result"]]


def scales(stack: Stack) -> Iterator[Told]:
    """3 to 5 to 3 under sixty users with open sockets."""
    people = [Person() for _ in range(60)]
    before = [person.replica for person in people]
    sockets = [person.open_socket() for person in people]
    stack.compose("up", "-d", "--no-recreate", "--scale", f"{UI}=5", UI)
    began = time.monotonic()
    reached: set[str] = set(before)

    def spread() -> bool:
        reached.add(Person().replica)
        return len(reached) == 5

    until(spread, seconds=120)
    taken = time.monotonic() - began
    moved = sum(_moved(person, replica) for person, replica in zip(people, before, strict=True))
    dropped = sum(not is_open(socket) for socket in sockets)
    counts = sorted(before.count(replica) for replica in set(before))
    yield Told("sixty users are spread over three web servers", len(counts) == 3 and counts[0] >= 12, str(counts))
    yield Told("scaled from 3 to 5: nobody moves, no socket drops", not moved and not dropped, f"{moved}, {dropped}")
    yield Told(
        "new users reach the new web servers within 15 s of their start", taken <= 45, f"{taken:.0f} s after `up`"
    )
    for socket in sockets:
        socket.close()
    stack.compose("up", "-d", "--no-recreate", "--scale", f"{UI}=3", UI)
    failed = sum(not person.is_served() for person in people)
    yield Told("scaled back to 3: users of those removed go on elsewhere", failed == 0, f"{failed} of 60 not served")


def _moved(person: Person, before: str) -> bool:
    person.http.get("/api/v1/session")
    return person.replica != before
