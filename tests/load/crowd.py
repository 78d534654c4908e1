"""A crowd of users with think time, beside new comparisons at a steady pace; every wait is measured."""

from __future__ import annotations

import random
import statistics
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.load.documents import report, revisions
from tests.load.visitor import Refused, Visitor

LIBRARY = 60  #: documents to list and to search
PAGES, CHANGES = 100, 1000  #: of the result that everybody opens
NEW_PAGES, NEW_CHANGES = 20, 60  #: of each new comparison
JUMPS = 5


@dataclass
class Waits:
    """Seconds by kind of action, and what went wrong. Thread-safe."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def measure(self, action: str, work: Callable[[], object]) -> bool:
        """Do it, keep how long it took; False when it failed."""
        began = time.monotonic()
        try:
            work()
        except Refused as error:
            with self.lock:
                self.errors[f"{action}: {error}"] += 1
            return False
        with self.lock:
            self.seconds[action].append(time.monotonic() - began)
        return True

    def p95(self, *actions: str) -> float:
        """Of these actions together; of all that end with a script's last message when none is named."""
        wanted = actions or tuple(action for action in self.seconds if action not in ("comparison", "pictures"))
        waits = sorted(wait for action in wanted for wait in self.seconds.get(action, ()))
        return waits[int(0.95 * (len(waits) - 1))] if waits else float("nan")

    def table(self) -> list[str]:
        """One line for each action: how often, median, 95th percentile, slowest."""
        lines = [f"{'action':<12}{'n':>6}{'median':>9}{'p95':>9}{'max':>9}  (s)"]
        for action, waits in sorted(self.seconds.items()):
            lines.append(
                f"{action:<12}{len(waits):>6}{statistics.median(waits):>9.3f}{self.p95(action):>9.3f}{max(waits):>9.3f}"
            )
        return lines + [f"error {n} x {what}" for what, n in self.errors.most_common()]


@dataclass(frozen=True)
class Prepared:
    """What is there before the crowd comes."""

    comparison: str
    changes: int


def prepare(base: str) -> Prepared:
    """Fill the library, and have the result of a thousand changes made."""
    with Visitor(base) as visitor:
        for number in range(LIBRARY):
            visitor.upload(f"report {number:03}.pdf", report(number))
        old, new = revisions(1, pages=PAGES, changes=CHANGES)
        comparison = visitor.compare(visitor.upload("plan a.pdf", old), visitor.upload("plan b.pdf", new))
        visitor.wait(comparison, seconds=300)
        return Prepared(comparison, len(visitor.open_result(comparison)["changes"]))


def run(base: str, prepared: Prepared, *, users: int, seconds: float, think: float, every: float) -> Waits:
    """Let them come one after the other within the first think time, and stop together.

    Args:
        users: How many at once.
        seconds: How long, from the first one's arrival.
        think: Seconds between two actions of one user, a tenth more or less.
        every: Seconds between two new comparisons in the whole system.
    """
    waits = Waits()
    over = threading.Event()
    threads = [
        threading.Thread(target=_user, args=(base, prepared, waits, over, think, number, users), daemon=True)
        for number in range(users)
    ]
    threads.append(threading.Thread(target=_newcomers, args=(base, waits, over, every), daemon=True))
    for thread in threads:
        thread.start()
    over.wait(seconds)
    over.set()
    for thread in threads:
        thread.join(120)
    return waits


def _user(
    base: str, prepared: Prepared, waits: Waits, over: threading.Event, think: float, number: int, users: int
) -> None:
    chance = random.Random(number)

    def pause() -> bool:
        return over.wait(think * chance.uniform(0.9, 1.1))

    over.wait(think * number / users)
    try:
        visitor = Visitor(base)
    except Refused as error:
        waits.errors[f"arrival: {error}"] += 1
        return
    with visitor:
        while not over.is_set():
            waits.measure("library", lambda: visitor.visit("library"))
            if pause():
                return
            waits.measure("search", lambda: visitor.search_library(f"report 0{chance.randrange(6)}"))
            if pause():
                return
            opened: dict[str, object] = {}
            if not waits.measure("open", lambda: opened.update(visitor.open_result(prepared.comparison))) or pause():  # noqa: B023
                continue
            changes = opened["changes"]
            assert isinstance(changes, list)
            for change in chance.choices(changes, k=JUMPS):
                # The viewer asks for both at the same time; what a user waits for is the longer one.
                waits.measure("pictures", lambda: visitor.look_at(opened, change))  # noqa: B023
                waits.measure("jump", lambda: visitor.jump(change))  # noqa: B023
                if pause():
                    return


def _newcomers(base: str, waits: Waits, over: threading.Event, every: float) -> None:
    """A pair that nobody has seen, at a steady pace, whether the last one is done or not."""
    running: list[threading.Thread] = []
    seed = time.time_ns()
    while not over.is_set():
        seed += 1
        running.append(threading.Thread(target=_newcomer, args=(base, waits, seed), daemon=True))
        running[-1].start()
        over.wait(every)
    for thread in running:
        thread.join(60)


def _newcomer(base: str, waits: Waits, seed: int) -> None:
    old, new = revisions(seed, pages=NEW_PAGES, changes=NEW_CHANGES)

    def submit() -> None:
        with Visitor(base) as visitor:
            comparison = visitor.compare(
                visitor.upload(f"draft {seed}.pdf", old), visitor.upload(f"final {seed}.pdf", new)
            )
            visitor.wait(comparison, seconds=60)

    waits.measure("comparison", submit)
