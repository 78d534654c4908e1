"""What is seen from outside: every panel and every alert asks a real Prometheus, and one id is found in all logs."""

from __future__ import annotations

import contextlib
import json
import math
import re
import time
from collections.abc import Iterator
from typing import Any

import httpx

from benchmarks.promises import Told
from monitoring.boards import BOARDS, RATE
from monitoring.panels import Panel
from tests.stack.compose import ROOT, UI, WORKER, Failed, Stack, until
from tests.stack.people import Person

PROMETHEUS = "http://127.0.0.1:9090/api/v1"
#: in place of Grafana's own, which follows the width of the screen
WINDOW = "5m"
#: what is asked for only in stacks that have them; their panels run on recorded samples (tests/unit/monitoring)
ELSEWHERE = ("containers", "assistant", "archive")
PAIRS = 6


def told(stack: Stack) -> Iterator[Told]:
    """Work is done first, so that there is something to see."""
    person = Person()
    socket = person.open_socket()
    _work(person)
    here = [panel for board in BOARDS for panel in board.panels if panel.source not in ELSEWHERE]
    elsewhere = sum(panel.source in ELSEWHERE for board in BOARDS for panel in board.panels)
    yield _panels(here, elsewhere)
    yield _alerts()
    yield _scaled(stack)
    yield _followed(stack, person)
    socket.close()


def _work(person: Person) -> None:
    """A few comparisons and looks at their pages, through everything that counts."""
    pair = person.post("/api/v1/samples")
    old, new = pair["old"], pair["new"]
    for number in range(PAIRS):
        # Of the same pages again there would be nothing to do.
        person.wait(person.compare(old["id"], new["id"], pages=f"1-{number + 1}"))
        person.http.get(f"/files/{old['sha256']}/pages/1?dpi=100").raise_for_status()


def _asked(query: str, **how: str) -> list[dict[str, Any]]:
    answer = httpx.get(f"{PROMETHEUS}/query", params={"query": query, **how}, timeout=30)
    if answer.status_code != httpx.codes.OK:
        raise Failed(f"{query}: {answer.json().get('error')}")
    found: list[dict[str, Any]] = answer.json()["data"]["result"]
    return found


def _has_figures(query: str) -> bool:
    return any(not math.isnan(float(one["value"][1])) for one in _asked(query.replace(RATE, WINDOW)))


def _panels(panels: list[Panel], elsewhere: int) -> Told:
    queries = {query.expr: panel.title for panel in panels for query in panel.queries}

    def silent() -> list[str]:
        return [title for expr, title in queries.items() if not _has_figures(expr)]

    left = _waited(silent)
    return Told(
        "every panel's query has figures of the running stack",
        not left,
        f"{len(queries) - len(left)} queries of {len(panels)} panels; {elsewhere} panels of what is not in this stack"
        + (f"; silent: {', '.join(left)}" if left else ""),
    )


def _alerts() -> Told:
    groups = httpx.get(f"{PROMETHEUS}/rules").json()["data"]["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    written = (ROOT / "monitoring" / "rules" / "alerts.yml").read_text().count("- alert:")
    named = {rule["name"]: rule["query"] for rule in rules}
    # What is compared must be there: an alert on a series that is not there would never fire.
    left_sides = {name: re.fullmatch(r"(.+?)\s*(?:==|<|>)\s*[0-9.e+]+", expr) for name, expr in named.items()}
    unread = [name for name, found in left_sides.items() if found is None]
    exprs = {name: found[1] for name, found in left_sides.items() if found is not None}

    def silent() -> list[str]:
        return [name for name, expr in exprs.items() if not _has_figures(expr)]

    left = [*unread, *_waited(silent)]
    broken = [rule["name"] for rule in rules if rule["health"] == "err"]
    return Told(
        "every alert's expression has series in the running stack, and Prometheus evaluates it",
        len(named) == written and not left and not broken,
        f"{len(named)} alerts" + (f"; without series: {left}; not evaluated: {broken}" if left or broken else ""),
    )


def _waited(silent: Any) -> list[str]:
    left: list[str] = []

    def all_there() -> bool:
        left[:] = silent()
        return not left

    with contextlib.suppress(Failed):
        until(all_there, seconds=120, pause=5.0)
    return left


def _scaled(stack: Stack) -> Told:
    """Prometheus finds new web servers and workers by name."""

    def found(job: str) -> int:
        return len(_asked(f'up{{job="{job}"}} == 1'))

    web, workers = found("web"), found("worker")

    def scale(more: int) -> None:
        sizes = ("--scale", f"{UI}={web + more}", "--scale", f"{WORKER}={workers + more}")
        stack.compose("up", "-d", "--no-recreate", *sizes, UI, WORKER)

    what = "Prometheus finds a new web server and a new worker by name"
    scale(1)
    try:
        taken = until(lambda: found("web") > web and found("worker") > workers, seconds=120, pause=1.0)
        return Told(what, True, f"after {taken:.0f} s")
    except Failed:
        return Told(what, False, f"{found('web')} web servers, {found('worker')} workers")
    finally:
        scale(0)


def _followed(stack: Stack, person: Person) -> Told:
    """The id that nginx gave to a request is found in its own log, the web server's and the worker's."""
    what = "the id of one request is found in the logs of nginx, a web server and a worker, with the job's id"
    pair = person.post("/api/v1/samples")
    body = {"old": pair["new"]["id"], "new": pair["old"]["id"], "options": {}}
    answer = person.http.post("/api/v1/comparisons", json=body, headers={"X-CSRF-Token": person.token})
    request = answer.headers["x-request-id"]
    person.wait(answer.json()["comparison"]["id"])
    found: dict[str, set[str]] = {}
    end = time.monotonic() + 30
    while time.monotonic() < end and "job_done" not in found.get(WORKER, ()):
        found = {service: set() for service in ("nginx", UI, WORKER)}
        jobs: set[str] = set()
        for service, actions in found.items():
            for line in stack.compose("logs", "--no-color", "--tail=2000", service).splitlines():
                if f'"{request}"' in line:
                    told = json.loads(line[line.index("{") :])
                    actions.add(str(told.get("action")))
                    jobs |= {told["job"]} if "job" in told else set()
    wanted = {"nginx": {"nginx.request"}, UI: {"http.request", "job_queued"}, WORKER: {"job_begin", "job_done"}}
    ok = all(actions <= found.get(service, set()) for service, actions in wanted.items()) and len(jobs) == 1
    return Told(what, ok, ", ".join(f"{service}: {' '.join(sorted(actions))}" for service, actions in found.items()))
