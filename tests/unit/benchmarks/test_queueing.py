"""The queueing model against what is known exactly."""

from __future__ import annotations

import math
import statistics

import pytest

from benchmarks.installation import Ended
from benchmarks.queueing import allen_cunneen, erlang_c, handover, served, simulated, workers_for


def test_jobs_are_served_in_turn_by_whoever_is_free() -> None:
    assert served([0, 1, 2, 10], [4, 4, 1, 1], 1) == [0, 3, 6, 0]
    assert served([0, 1, 2, 10], [4, 4, 1, 1], 2) == [0, 0, 2, 0]


def test_one_person_s_jobs_overtake_each_other_and_wait_as_long_on_average() -> None:
    # When the fourth is asked for two are there, when the third was asked for two, too; when the fifth is, one.
    assert served([0, 1, 2, 4.5, 5.5], [4, 1, 4, 1, 1], 1, of_one_user=True) == [0, 3, 3, 4.5, 4.5]
    assert served([0, 1, 2, 3, 6.5], [4, 1, 4, 1, 1], 1, of_one_user=True) == [0, 3, 3, 7, 2.5]
    come = [k * 0.9 for k in range(300)]
    fair = served(come, [1.0] * 300, 1, of_one_user=True)
    assert sum(fair) == pytest.approx(sum(served(come, [1.0] * 300, 1)))


def test_the_time_from_one_job_to_the_next_is_found() -> None:
    jobs = [Ended(0, 0, 4, 0, 0), Ended(1, 4.3, 1, 0, 0), Ended(2, 5.7, 1, 0, 0), Ended(20, 20.1, 1, 0, 0)]
    assert handover(jobs) == pytest.approx(0.35)


def test_one_worker_waits_as_pollaczek_and_khinchine_say() -> None:
    services = [1.0] * 9 + [11.0]
    exact = 0.3 * statistics.fmean(x * x for x in services) / 2 / (1 - 0.3 * 2)
    assert allen_cunneen(services, 0.3, 1) == pytest.approx(exact)
    assert simulated(services, 0.3, 1, jobs=60_000, seed=2, warm=2000).mean == pytest.approx(exact, rel=0.08)


def test_several_workers_wait_as_erlang_says() -> None:
    assert erlang_c(1, 0.6) == pytest.approx(0.6)
    assert erlang_c(3, 2.0) == pytest.approx(4 / 9)  # of the tables
    constant = [1.0]
    found = simulated(constant, 2.4, 3, jobs=60_000, seed=3, warm=2000).mean
    assert found == pytest.approx(allen_cunneen(constant, 2.4, 3), rel=0.15)


def test_more_than_the_workers_do_is_never_done_and_a_plan_keeps_its_promise() -> None:
    assert allen_cunneen([2.0], 1.0, 2) == math.inf
    workers, waits = workers_for([2.0, 60.0], 0.1, within=30)
    assert waits.p95 <= 30
    assert simulated([2.0, 60.0], 0.1, workers - 1, jobs=20_000, seed=9, warm=2000).p95 > 30
