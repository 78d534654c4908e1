"""Fifty users on three web servers and one worker, for five minutes: what they wait for, and what it costs."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx

from benchmarks.promises import Told
from tests.load.crowd import Prepared, Waits, prepare, run
from tests.stack.compose import UI, WORKER, Stack
from tests.stack.people import BASE

USERS = int(os.environ.get("LOAD_USERS", "50"))
SECONDS = float(os.environ.get("LOAD_SECONDS", "300"))
THINK_SECONDS, EVERY_SECONDS = 10.0, 10.0
_SAMPLE_SECONDS = 10.0
_MIB = 1024 * 1024


def told(stack: Stack) -> Iterator[Told]:
    """The promises, then the waits and the costs that the capacity table of the docs is made from."""
    prepared = prepare(BASE)
    with Costs(stack) as costs:
        waits = run(BASE, prepared, users=USERS, seconds=SECONDS, think=THINK_SECONDS, every=EVERY_SECONDS)
    action, job = waits.p95(), waits.p95("comparison")
    errors = sum(waits.errors.values())
    who = f"{USERS} users, {SECONDS:.0f} s, a result of {prepared.changes:,} changes"
    yield Told("95 of 100 actions are over within 2 s", action <= 2, f"{action:.2f} s ({who})")
    pictures = waits.p95("pictures")
    yield Told("95 of 100 times the pictures of both sides are there within 2 s", pictures <= 2, f"{pictures:.2f} s")
    yield Told("95 of 100 comparisons of 20 pages are there within 30 s", job <= 30, f"{job:.1f} s")
    yield Told("nobody meets an error", errors == 0, f"{errors}")
    yield Told("waits and costs", True, "\n".join(["", *waits.table(), *costs.table(waits, prepared)]))


@dataclass
class Costs:
    """Memory and processor time of the containers while something runs."""

    stack: Stack
    idle: dict[str, float] = field(default_factory=dict)  # MiB by container
    most: dict[str, float] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)  # of CPU, by container

    def __enter__(self) -> Costs:
        self._running = sorted(name for name in self.stack.states() if not name.endswith("migrate"))
        self.idle = self._memory()
        self._began = self._processor()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(60)
        self.seconds = {name: spent - self._began[name] for name, spent in self._processor().items()}

    def table(self, waits: Waits, prepared: Prepared) -> list[str]:
        """One line a container; then what one user, one action and one comparison cost."""
        lines = [f"{'container':<46}{'idle':>9}{'most':>9}{'CPU':>9}  (MiB, MiB, s)"]
        for name in self._running:
            lines.append(f"{name:<46}{self.idle[name]:>9.0f}{self.most[name]:>9.0f}{self.seconds[name]:>9.1f}")
        web = [name for name in self._running if UI in name]
        worker = [name for name in self._running if WORKER in name]
        rest = [name for name in self._running if name not in web + worker]
        actions = sum(len(done) for kind, done in waits.seconds.items() if kind != "comparison")
        comparisons = len(waits.seconds["comparison"])
        grown = sum(self.most[name] - self.idle[name] for name in web)
        spent = {
            kind: sum(self.seconds[name] for name in names)
            for kind, names in (("web", web), ("worker", worker), ("rest", rest))
        }
        return [
            *lines,
            f"memory of a web server: {max(self.idle[name] for name in web):.0f} MiB, "
            f"and {grown / USERS:.1f} MiB for each user",
            f"processor: web {spent['web'] / max(actions, 1):.3f} s an action ({actions}), "
            f"worker {spent['worker'] / max(comparisons, 1):.2f} s a comparison ({comparisons}), "
            f"all else {spent['rest'] / SECONDS:.2f} cores",
        ]

    def _watch(self) -> None:
        self.most = dict(self.idle)
        while not self._over.wait(_SAMPLE_SECONDS):
            for name, used in self._memory().items():
                self.most[name] = max(self.most[name], used)

    def _memory(self) -> dict[str, float]:
        """What cannot be given back at once: without cached files."""
        found = {}
        for name, told in self._ask().items():
            memory = told["memory_stats"]
            cached = memory["stats"].get("total_inactive_file", memory["stats"].get("inactive_file", 0))
            found[name] = (memory["usage"] - cached) / _MIB
        return found

    def _processor(self) -> dict[str, float]:
        return {name: told["cpu_stats"]["cpu_usage"]["total_usage"] / 1e9 for name, told in self._ask().items()}

    def _ask(self) -> dict[str, Any]:
        """What the engine says of each container."""
        transport = httpx.HTTPTransport(uds="/var/run/docker.sock")
        with httpx.Client(transport=transport, base_url="http://docker", timeout=30) as docker:
            chosen = {"stream": "false", "one-shot": "true"}
            return {name: docker.get(f"/containers/{name}/stats", params=chosen).json() for name in self._running}
