"""A queueing model of the workers: how long comparisons wait, for so many of them an hour and so many workers.

Jobs come at random (a Poisson process) to one queue; `c` workers take the first that waits, each one at a time, and
need what such jobs were measured to need: the M/G/c queue. Its waits are simulated, because no formula is exact for
c > 1; that of Allen and Cunneen is told beside it, which for c = 1 is that of Pollaczek and Khinchine, and exact.

    python -m benchmarks.queueing check --address http://127.0.0.1:18080 --workers 1 --load 0.7 --jobs 60
    python -m benchmarks.queueing plan --seconds 1.5 6 8 20 --peaks 10

`check` sends pairs at random times to an installation, and compares the waits that it had with those that the model
predicts from its service times. `plan` makes the table of docs/scaling.md.

Sources: A. O. Allen, Probability, Statistics, and Queueing Theory, 2nd edition, 5.3; M. Harchol-Balter, Performance
Modeling and Design of Computer Systems, 23.
"""

from __future__ import annotations

import argparse
import bisect
import heapq
import math
import random
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.capacity import text
from benchmarks.installation import Ended, Installation

_RUNS = 400  #: of a check's model: as many jobs as the check had, so often
_LONG_JOBS = 40_000  #: of a plan's model, after those that warm it up
_WARM_JOBS = 2_000
MOST_BUSY = 0.7  #: share of an hour; beyond, a small surplus of jobs makes waits several times as long
TARGET_SECONDS = 30.0  #: 95 of 100 comparisons shall be begun within this time


@dataclass(frozen=True, slots=True)
class Waits:
    """Seconds in the queue."""

    mean: float
    p95: float

    @staticmethod
    def of(waits: Sequence[float]) -> Waits:
        ordered = sorted(waits)
        return Waits(statistics.fmean(ordered), ordered[math.ceil(0.95 * len(ordered)) - 1])


def served(
    arrivals: Sequence[float], services: Sequence[float], workers: int, *, of_one_user: bool = False
) -> list[float]:
    """The wait of each job.

    Args:
        arrivals: When each comes, ascending.
        services: How long each takes a worker.
        workers: How many there are.
        of_one_user: Whether all are one person's: then those come first that had the fewest of his before them when
            they were asked for (`service.queue.defer`). That changes who waits, and not how long they do on average.
    """
    free = [0.0] * workers
    waiting: list[tuple[int, int]] = []
    waits = [0.0] * len(arrivals)
    coming = 0
    while coming < len(arrivals) or waiting:
        now = free[0] if waiting else max(free[0], arrivals[coming])
        while coming < len(arrivals) and arrivals[coming] <= now:
            running = sum(end > arrivals[coming] for end in free)
            heapq.heappush(waiting, (len(waiting) + running if of_one_user else 0, coming))
            coming += 1
        _, job = heapq.heappop(waiting)
        waits[job] = now - arrivals[job]
        heapq.heapreplace(free, now + services[job])
    return waits


def arrivals(chance: random.Random, jobs: int, each_second: float) -> list[float]:
    """Times of a Poisson process."""
    now, found = 0.0, []
    for _ in range(jobs):
        now += chance.expovariate(each_second)
        found.append(now)
    return found


def simulated(
    services: Sequence[float],
    each_second: float,
    workers: int,
    *,
    jobs: int,
    seed: int,
    warm: int,
    of_one_user: bool = False,
) -> Waits:
    """The waits of `jobs` jobs whose service times are drawn from `services`, after `warm` others."""
    chance = random.Random(seed)
    come = arrivals(chance, warm + jobs, each_second)
    return Waits.of(served(come, chance.choices(services, k=warm + jobs), workers, of_one_user=of_one_user)[warm:])


def erlang_c(workers: int, busy: float) -> float:
    """The chance that a job has to wait in M/M/c; `busy` workers are at work on average, less than `workers`."""
    blocked = 1.0  # Erlang's B, by its recursion
    for k in range(1, workers + 1):
        blocked = busy * blocked / (k + busy * blocked)
    return blocked / (1 - busy / workers * (1 - blocked))


def allen_cunneen(services: Sequence[float], each_second: float, workers: int) -> float:
    """The mean wait in seconds; infinite where more comes than the workers do."""
    mean = statistics.fmean(services)
    busy = each_second * mean
    if busy >= workers:
        return math.inf
    spread = statistics.pvariance(services) / mean**2
    return erlang_c(workers, busy) * mean / (workers - busy) * (1 + spread) / 2


def workers_for(services: Sequence[float], each_second: float, *, within: float = TARGET_SECONDS) -> tuple[int, Waits]:
    """The fewest workers, none busier than may be, with which 95 of 100 jobs begin in time; and the waits then."""
    workers = max(1, math.ceil(each_second * statistics.fmean(services) / MOST_BUSY))
    while True:
        waits = simulated(services, each_second, workers, jobs=_LONG_JOBS, seed=1, warm=_WARM_JOBS)
        if waits.p95 <= within:
            return workers, waits
        workers += 1


# ---------------------------------------------------------------- against a run


def check(installation: Installation, workers: int, load: float, jobs: int, pages: int, seed: int) -> None:
    """Print what the model predicts and what was."""
    chance = random.Random(seed)
    make = text(pages)
    calm = [_pair(installation, make, seed + number) for number in range(6)]
    print(f"uploading {jobs} pairs of {pages} pages", flush=True)
    pairs = [_pair(installation, make, seed + 100 + number) for number in range(jobs)]
    installation.wait_quiet()  # they are indexed for the search, by the same workers
    alone = [installation.ended(installation.compare(*pair)).service_seconds for pair in calm]
    each_second = load * workers / statistics.fmean(alone)
    print(f"alone a job takes {statistics.fmean(alone):.2f} s; now {each_second * 60:.1f} come in a minute", flush=True)
    begun, asked = time.monotonic(), list[str]()
    for pair, at in zip(pairs, arrivals(chance, jobs, each_second), strict=True):
        time.sleep(max(0.0, begun + at - time.monotonic()))
        asked.append(installation.compare(*pair))
    ended = sorted((installation.ended(one) for one in asked), key=lambda one: one.asked_at)
    report(ended, workers, seed)


def report(ended: Sequence[Ended], workers: int, seed: int) -> None:
    """The table of a check. Service times and the rate are those of the run: on a busy machine they change with it."""
    between = handover(ended)
    services = [one.service_seconds + between for one in ended]
    first = ended[0].asked_at
    each_second = (len(ended) - 1) / (ended[-1].asked_at - first)
    real = Waits.of([one.waited_seconds for one in ended])
    replayed = Waits.of(served([one.asked_at - first for one in ended], services, workers, of_one_user=True))
    runs = [
        simulated(services, each_second, workers, jobs=len(ended), seed=seed + run, warm=0, of_one_user=True)
        for run in range(_RUNS)
    ]
    mean, p95 = (sorted(getattr(run, name) for run in runs) for name in ("mean", "p95"))
    busy = each_second * statistics.fmean(services) / workers
    print(f"{len(ended)} jobs, {workers} workers, busy {busy:.2f}")
    print(f"a job {statistics.fmean(services):.2f} s, of it {between:.2f} s from one to the next")
    print(f"{'':<34}{'mean wait':>12}{'95 of 100':>12}")
    print(f"{'measured':<34}{real.mean:>10.2f} s{real.p95:>10.2f} s")
    print(f"{'model, at the times they came':<34}{replayed.mean:>10.2f} s{replayed.p95:>10.2f} s")
    middle, low, high = len(runs) // 2, len(runs) // 20, -len(runs) // 20
    print(f"{'model, at random times: median':<34}{mean[middle]:>10.2f} s{p95[middle]:>10.2f} s")
    print(f"{'  90 of 100 runs lie between':<34}{mean[low]:>5.2f}-{mean[high]:.2f} s{p95[low]:>6.2f}-{p95[high]:.2f} s")
    print(f"{'Allen and Cunneen':<34}{allen_cunneen(services, each_second, workers):>10.2f} s")
    if replayed.mean and replayed.p95:  # else nobody had to wait
        print(f"measured / model: mean {real.mean / replayed.mean:.2f}, 95 of 100 {real.p95 / replayed.p95:.2f}")


def handover(ended: Sequence[Ended]) -> float:
    """Seconds from the end of a job to the begin of the next one that waited already, half of the times at most."""
    ends = sorted(one.begun_at + one.service_seconds for one in ended)
    gaps = []
    for one in ended:
        before = bisect.bisect_right(ends, one.begun_at) - 1
        if before >= 0 and ends[before] > one.asked_at:
            gaps.append(one.begun_at - ends[before])
    return statistics.median(gaps) if gaps else 0.0


def _pair(installation: Installation, make: object, seed: int) -> tuple[str, str]:
    assert callable(make)
    old, new = (installation.upload("pair.pdf", data) for data in make(seed))
    return old, new


# ---------------------------------------------------------------- for a plan

#: Seconds of a worker with a core of its own, and how often such a pair comes: most are short, some are very long.
MIX = {"text, 20 pages": 0.7, "text, 100 pages": 0.15, "drawing, 24,000 lines": 0.1, "scan, 4 pages": 0.05}
USERS = (10, 50, 100, 1000)


def plan(seconds: Sequence[float], peaks: float) -> None:
    """Workers for so many users.

    Args:
        seconds: Service time of each class of `MIX`, in its order.
        peaks: Pairs that one user sends in a busy hour.
    """
    services = [takes for takes, share in zip(seconds, MIX.values(), strict=True) for _ in range(round(100 * share))]
    print(f"a pair takes {statistics.fmean(services):.1f} s on average, {peaks:g} an hour and user")
    print(f"{'users':>6}{'an hour':>9}{'busy':>7}{'workers':>9}{'mean wait':>11}{'95 of 100':>11}")
    for users in USERS:
        each_second = users * peaks / 3600
        workers, waits = workers_for(services, each_second)
        busy = each_second * statistics.fmean(services)
        print(f"{users:>6}{users * peaks:>9,.0f}{busy:>7.2f}{workers:>9}{waits.mean:>9.1f} s{waits.p95:>9.1f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_subparsers(dest="what", required=True)
    checking = what.add_parser("check")
    checking.add_argument("--address", required=True)
    checking.add_argument("--token")
    checking.add_argument("--workers", type=int, default=1, help="how many the installation has")
    checking.add_argument("--load", type=float, default=0.7, help="share of the time that a worker is to be busy")
    checking.add_argument("--jobs", type=int, default=60)
    checking.add_argument("--pages", type=int, default=20)
    checking.add_argument("--seed", type=int, default=int(time.time()) % 10**8)
    planning = what.add_parser("plan")
    planning.add_argument("--seconds", type=float, nargs=len(MIX), required=True, help=", ".join(MIX))
    planning.add_argument("--peaks", type=float, default=10.0, help="pairs of one user in a busy hour")
    given = parser.parse_args()
    if given.what == "plan":
        plan(given.seconds, given.peaks)
    else:
        installation = Installation(given.address, given.token)
        check(installation, given.workers, given.load, given.jobs, given.pages, given.seed)


if __name__ == "__main__":
    main()
