"""Metrics: named beforehand, few, and never late; one id on every line of the log."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import threading
from collections import Counter

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy.pool import QueuePool

from core.jobwatch import Spent
from db.database import _pool
from service.log_context import binding, bound
from service.metrics import Children, Promptly
from service.settings import Settings
from service.telemetry import KINDS, OUTCOMES, STAGES, Telemetry, configure_logging


def _samples(telemetry: Telemetry) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    families = text_string_to_metric_families(telemetry.render()[0].decode())
    return {(one.name, tuple(sorted(one.labels.items()))): one.value for family in families for one in family.samples}


def test_every_series_of_a_job_is_there_before_the_first() -> None:
    found = _samples(Telemetry())
    for kind in KINDS:
        for outcome in OUTCOMES:
            assert found["pdfc_jobs_total", (("kind", kind), ("outcome", outcome))] == 0
    for stage in STAGES:
        assert found["pdfc_stage_seconds_count", (("stage", stage),)] == 0
    assert found["process_resident_memory_bytes", ()] > 2**20


def test_a_job_is_told_by_outcome_stage_pages_and_deaths() -> None:
    telemetry = Telemetry()
    spent = Spent(seconds={"reading": 1.5, "comparing": 0.5}, cpu_seconds=3, peak_bytes=2**28, children=3, deaths=1)
    spent.causes = Counter(out_of_memory=1)
    telemetry.job_begun("compare", 4.0)
    telemetry.job_ended("compare", "done", 2.0, spent, {"reading": 40, "comparing": 40})
    found = _samples(telemetry)
    assert found["pdfc_jobs_total", (("kind", "compare"), ("outcome", "done"))] == 1
    assert found["pdfc_stage_seconds_sum", (("stage", "reading"),)] == 1.5
    assert found["pdfc_stage_pages_sum", (("stage", "comparing"),)] == 40
    assert found["pdfc_queue_wait_seconds_sum", (("kind", "compare"),)] == 4
    assert found["pdfc_child_deaths_total", (("reason", "out_of_memory"),)] == 1
    assert found["pdfc_children_started_total", ()] == 3


def test_what_a_caller_says_makes_no_new_series() -> None:
    """Whatever stage, reason or page count comes along, there are as many series as before."""
    telemetry = Telemetry()
    before = len(_samples(telemetry))
    for number in range(50):
        spent = Spent(seconds={f"stage {number}": 1.0}, children=1)
        spent.causes = Counter({f"Geheimnis{number}": 1})
        telemetry.job_ended("compare", "failed", 1.0, spent, {f"page {number}": number})
    found = _samples(telemetry)
    assert len(found) == before
    assert found["pdfc_child_deaths_total", (("reason", "other"),)] == 50
    assert b"Geheimnis" not in telemetry.render()[0]


def test_the_time_and_memory_of_children_are_counted_alive_and_dead() -> None:
    children = Children()

    def figures() -> dict[str, float]:
        return {family.name: family.samples[0].value for family in children.collect()}

    before = figures()
    worked = "import sys\nfor k in range(3_000_000): pass\nprint('done', flush=True)\nsys.stdin.read()"
    child = subprocess.Popen([sys.executable, "-c", worked], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with child:
        assert child.stdout is not None and child.stdout.readline() == b"done\n"
        alive = figures()
        assert child.stdin is not None
        child.stdin.close()
    dead = figures()
    assert alive["pdfc_children"] >= before["pdfc_children"] + 1
    assert alive["pdfc_children_memory_bytes"] > before["pdfc_children_memory_bytes"]
    assert alive["pdfc_children_cpu_seconds"] > before["pdfc_children_cpu_seconds"]
    assert dead["pdfc_children_cpu_seconds"] >= alive["pdfc_children_cpu_seconds"]


def test_a_question_that_hangs_makes_nobody_wait_for_it_again() -> None:
    asked, answer = [], threading.Event()

    def ask() -> int:
        asked.append(1)
        answer.wait(30)
        return 7

    question = Promptly(ask, 0.05)
    assert question() is None
    assert question() is None
    assert len(asked) == 1
    answer.set()
    assert Promptly(lambda: 7, 30)() == 7
    assert Promptly(lambda: 1 // 0, 30)() is None


def test_who_takes_a_connection_is_told_with_the_time_it_took() -> None:
    class Connection:
        def rollback(self) -> None: ...
        def close(self) -> None: ...

    told: list[tuple[str, float]] = []
    pool = _pool("primary", lambda name, seconds: told.append((name, seconds)))(Connection, pool_size=1)
    pool.connect().close()
    pool.recreate().connect().close()  # as after a replica was cut off
    assert [name for name, _ in told] == ["primary", "primary"]
    assert all(0 <= seconds < 60 for _, seconds in told)
    assert _pool("primary", None) is QueuePool


def test_ids_that_are_bound_stand_on_every_line(capfd: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    configure_logging(Settings(log_format="json", log_level="INFO"))
    try:
        with binding(request="a" * 32), binding(job="j1"):
            logging.getLogger("deep.below").info("one", extra={"action": "x", "comparison": "c1"})
            logging.getLogger("deep.below").debug("never")
        logging.getLogger("deep.below").info("two")
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
    one, two = map(json.loads, capfd.readouterr().err.splitlines())
    assert (one["request"], one["job"], one["comparison"]) == ("a" * 32, "j1", "c1")
    assert "request" not in two and not bound()
