"""Two hundred jobs while processes are killed: none lost, none doubled, the poisoned one dead after two deaths."""

from __future__ import annotations

import os
import random
import signal
import statistics
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress

from sqlalchemy import func, select

from benchmarks.promises import Told
from db.rows import ChangeRow, ComparisonRow, JobRow
from service.views import ComparisonView
from tests.chaos.installation import Installation, descendants
from tests.integration.pdfs import pdf, slow_pdf

#: So much address space that ordinary comparisons fit and the poisoned one does not, whichever child it is in.
POISON_LIMIT_BYTES = 420 * 1024 * 1024
POISON_PAGES = 900


def told(seed: int, *, jobs: int, workers: int, kill_seconds: float) -> Iterator[Told]:
    """Run the jobs twice, calmly and under fire, and compare."""
    calm = _calmly(jobs=jobs, workers=workers)
    fire: list[float] = []
    yield from lost_and_doubled(seed, jobs=jobs, workers=workers, kill_seconds=kill_seconds, durations=fire)
    ratio = _p95(fire) / max(_p95(calm), 0.001)
    yield Told(
        f"seed {seed}: the others' p95 is at most twice the calm one",
        ratio <= 2.0,
        f"{_p95(fire):.1f} s to {_p95(calm):.1f} s, {ratio:.2f} times; median {statistics.median(fire):.1f} s",
    )


def lost_and_doubled(
    seed: int, *, jobs: int, workers: int, kill_seconds: float, durations: list[float] | None = None
) -> Iterator[Told]:
    """The jobs and a poisoned one under fire; `durations` is filled with the seconds that each took."""
    environment = {"PDF_COMPARE_LIMIT_ADDRESS_SPACE_BYTES": str(POISON_LIMIT_BYTES)}
    with Installation(workers, environment=environment) as installation:
        poison = _poison(installation)
        ordinary = _submit(installation, jobs)
        killed = _shoot(installation, random.Random(seed), kill_seconds)
        seen = installation.wait([*ordinary, poison], seconds=600)
        states = Counter(seen[comparison].state for comparison in ordinary)
        lost = sum(n for state, n in states.items() if state != "done")
        with installation.services.database.read(installation.actor.workspace) as session:
            results = session.scalar(
                select(func.count()).select_from(ComparisonRow).where(ComparisonRow.result_sha256.is_not(None))
            )
            changes = session.execute(
                select(ChangeRow.comparison_id, func.count()).group_by(ChangeRow.comparison_id)
            ).all()
            dead = session.execute(
                select(JobRow.state, JobRow.crashes, JobRow.attempt, JobRow.vanished, JobRow.is_dead)
                .join(ComparisonRow, ComparisonRow.job_id == JobRow.id)
                .where(ComparisonRow.id == poison)
            ).one()
        doubled = sum(count != 1 for comparison, count in changes if str(comparison) in set(ordinary))
        yield Told(
            f"seed {seed}: {jobs} jobs, {killed} processes killed: 0 lost, 0 doubled",
            lost == 0 and doubled == 0 and results == jobs,
            f"{dict(states)}, {results} results, {doubled} told twice",
        )
        # Counted: deaths of its own children only; its worker may have been shot as well.
        yield Told(
            f"seed {seed}: the poisoned job is dead after exactly two child deaths",
            dead.is_dead and dead.crashes == 1,
            f"{dead.state}, {dead.crashes + 1} child deaths, {dead.attempt} attempts, {dead.vanished} workers vanished",
        )
        if durations is not None:
            durations += _durations(seen[comparison] for comparison in ordinary)


def _calmly(*, jobs: int, workers: int) -> list[float]:
    with Installation(workers) as installation:
        ordinary = _submit(installation, jobs)
        seen = installation.wait(ordinary, seconds=600)
        return _durations(seen.values())


def _submit(installation: Installation, jobs: int) -> list[str]:
    """Pairs that differ in one word, all of them different; asked for at once, so that the queue is full."""
    pairs = [
        [
            installation.add(f"{side}{number}.pdf", pdf([f"Contract {number} runs for {days} days", "Signed"]))
            for side, days in (("old", 30), ("new", 45))
        ]
        for number in range(jobs)
    ]
    return [installation.submit(old, new).id for old, new in pairs]


def _poison(installation: Installation) -> str:
    """A pair whose words do not fit into a child's memory when they are compared."""
    old, new = (installation.add(f"{word}.pdf", slow_pdf(POISON_PAGES, word)) for word in ("older", "newer"))
    return installation.submit(old, new).id


def _shoot(installation: Installation, chance: random.Random, seconds: float) -> int:
    """kill -9 of a random worker or child, every half second or so; how many."""
    killed = 0
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        time.sleep(chance.uniform(0.2, 2.0))
        worker = chance.choice(installation.workers)
        # Workers only: a child that is shot counts as the job's own, and innocent jobs would be called poisoned.
        with suppress(ProcessLookupError):
            os.kill(worker.pid, signal.SIGKILL)
            killed += 1 + len(descendants(worker.pid))
    return killed


def _durations(views: Iterable[ComparisonView]) -> list[float]:
    """Seconds from asking to having, of those that have ended."""
    return [(view.finished_at - view.created_at).total_seconds() for view in views if view.finished_at is not None]


def _p95(values: list[float]) -> float:
    return sorted(values)[max(0, round(0.95 * len(values)) - 1)] if values else 0.0
