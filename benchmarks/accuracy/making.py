"""Make a set of pairs: seeded, one folder each, made once and kept."""

from __future__ import annotations

import json
import random
import shutil
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from benchmarks.accuracy import document, drawings, extras, scans
from benchmarks.accuracy.cases import CASES
from benchmarks.accuracy.pairs import Plan, RejectedError, build
from benchmarks.accuracy.traps import TRAPS

#: Shares of the categories, in pairs of 200.
MIX = {
    "a word-edits": 24,
    "b blocks": 26,
    "c reflow": 26,
    "d reflow-edits": 22,
    "e pages": 14,
    "f tables": 22,
    "g drawings": 10,
    "h images": 12,
    "i scans": 8,
    "j extras": 10,
    "k style": 10,
    "l traps": 30,
}
#: A plan that finds no place for its edits, or whose producer loses text, is drawn again so often.
TRIES = 12


@dataclass(frozen=True, slots=True)
class Order:
    """One pair to make."""

    category: str
    number: int
    seed: int
    folder: Path


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an order; `rejected` says why earlier tries were thrown away."""

    folder: Path
    made: bool
    rejected: tuple[str, ...]


def orders(out: Path, seed: int, pairs: int, only: str = "") -> list[Order]:
    """How many of each category, by `MIX`; at least one."""
    found = []
    for category, share in MIX.items():
        if only and category[0] not in only:
            continue
        for number in range(1, max(1, round(pairs * share / sum(MIX.values()))) + 1):
            name = f"{category.replace(' ', '-', 1)}-{seed}-{number:02d}"
            found.append(Order(category, number, seed, out / name))
    return found


def make(order: Order) -> Outcome:
    """Make one pair unless it is there. The seed of a pair is its category, number and the set's seed."""
    done = order.folder / "truth.json"
    if done.exists():
        return Outcome(order.folder, True, ())
    rejected = []
    for attempt in range(TRIES):
        rng = random.Random(f"{order.seed}/{order.category}/{order.number}/{attempt}")
        document.restart_ids()
        work = order.folder.with_name(order.folder.name + ".part")
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)
        try:
            special = {"g drawings": drawings.draw, "j extras": extras.make}.get(order.category)
            if special:
                special(rng, work)
            else:
                build(order.category, _case(order)(rng), work)
        except (RejectedError, LookupError, IndexError, ValueError) as trouble:
            rejected.append(f"{type(trouble).__name__}: {trouble}")
            continue
        shutil.rmtree(order.folder, ignore_errors=True)
        work.rename(order.folder)
        return Outcome(order.folder, True, tuple(rejected))
    shutil.rmtree(work, ignore_errors=True)
    return Outcome(order.folder, False, tuple(rejected))


def _case(order: Order) -> Callable[[random.Random], Plan]:
    if order.category == "l traps":
        names = sorted(TRAPS)
        return TRAPS[names[(order.number - 1) % len(names)]]
    if order.category == "i scans":
        return scans.scan
    return CASES[order.category]


def make_all(out: Path, seed: int, pairs: int, jobs: int, only: str = "") -> list[Outcome]:
    """Make a set; says how far it is on stderr; what was thrown away and why stands in OUT/rejected.json."""
    out.mkdir(parents=True, exist_ok=True)
    todo = orders(out, seed, pairs, only)
    outcomes: list[Outcome] = []
    start = time.monotonic()
    with ProcessPoolExecutor(jobs) as pool:
        for outcome in pool.map(make, todo):
            outcomes.append(outcome)
            state = "" if outcome.made else "  NOT MADE"
            line = f"\rmake {len(outcomes)}/{len(todo)}  {time.monotonic() - start:.0f} s  {outcome.folder.name}{state}"
            sys.stderr.write(f"{line:<90}" + ("" if sys.stderr.isatty() else "\n"))
    reasons = Counter(reason for outcome in outcomes for reason in outcome.rejected)
    file = out / "rejected.json"
    before = json.loads(file.read_text("utf-8")) if file.exists() else {}
    file.write_text(json.dumps(dict(Counter(before) + reasons), ensure_ascii=False, indent=1) + "\n", "utf-8")
    return outcomes
