"""What is found out when somebody looks at /metrics: queues, child processes, connections, replicas and room.

Labels are names from the code alone (queues, states, numbers of replicas): how many series there are does not depend
on what users do. A database that is away must not make `/metrics` late, for then the whole process would look dead.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from typing import TYPE_CHECKING, Generic, TypeVar

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from db.blobs import Blobs
    from db.database import Database
    from service.jobs import Jobs
    from service.sessions import Sessions

Family = GaugeMetricFamily | CounterMetricFamily
_Answer = TypeVar("_Answer")

ASK_SECONDS = 2.0  #: the database's part of a look; Prometheus waits 10 s for the whole
ALIVE_SECONDS = 30.0  #: a worker without a heartbeat for so long is gone; it sends one every 5 s
_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_PROC = Path("/proc")


class Promptly(Generic[_Answer]):
    """A question that may hang: asked on a thread of its own, and None where no answer comes in time.

    While one hangs no other is asked. Thread-safe.
    """

    def __init__(self, ask: Callable[[], _Answer], seconds: float = ASK_SECONDS) -> None:
        self._ask, self._seconds = ask, seconds
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._answer: _Answer | None = None

    def __call__(self) -> _Answer | None:
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._answer = None
                self._thread = threading.Thread(target=self._run, name="metrics", daemon=True)
                self._thread.start()
            thread = self._thread
        thread.join(self._seconds)
        return None if thread.is_alive() else self._answer

    def _run(self) -> None:
        with suppress(Exception):  # whatever it was, there is no answer; who works with the database writes it down
            self._answer = self._ask()


class Queues(Collector):
    """Depths of the queues and the workers that take from them, asked of the database."""

    def __init__(self, jobs: Jobs) -> None:
        self._asked = Promptly(lambda: (jobs.depths(), jobs.workers()))

    def describe(self) -> Iterable[Family]:
        return ()

    def collect(self) -> Iterable[Family]:
        up = GaugeMetricFamily("pdfc_database_up", "1 where the database answers this process in time")
        found = self._asked()
        up.add_metric([], 0.0 if found is None else 1.0)
        yield up
        if found is None:
            return
        depths, workers = found
        waiting = GaugeMetricFamily(
            "pdfc_queue_waiting",
            "Jobs of everybody that wait; each process tells the same: max by (queue)",
            labels=["queue"],
        )
        running = GaugeMetricFamily(
            "pdfc_queue_running",
            "Jobs of everybody that run; each process tells the same: max by (queue)",
            labels=["queue"],
        )
        oldest = GaugeMetricFamily(
            "pdfc_queue_oldest_seconds",
            "Age of the oldest that waits; each process tells the same: max by (queue)",
            labels=["queue"],
        )
        for name, (todo, doing, age) in depths.items():
            waiting.add_metric([name], todo)
            running.add_metric([name], doing)
            oldest.add_metric([name], age)
        alive = GaugeMetricFamily("pdfc_workers", "Places for jobs whose worker has told of itself in the last 30 s")
        alive.add_metric([], sum(age <= ALIVE_SECONDS for _, age in workers))
        yield from (waiting, running, oldest, alive)


class Children(Collector):
    """Processor time, memory and number of the processes that this one has started, and what they have started.

    Of those that have ended the kernel keeps the time; of those alive it is read from /proc. Memory that two of them
    share counts twice.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._most_seconds = 0.0

    def describe(self) -> Iterable[Family]:
        return ()

    def collect(self) -> Iterable[Family]:
        # In this order: a child that ends between the two looks counts too little for once, and a counter may not fall.
        ended = getrusage(RUSAGE_CHILDREN)
        living = _descendants(os.getpid())
        seconds = ended.ru_utime + ended.ru_stime + sum(each[0] for each in living)
        with self._lock:
            seconds = self._most_seconds = max(self._most_seconds, seconds)
        cpu = CounterMetricFamily("pdfc_children_cpu_seconds", "Processor time of child processes")
        cpu.add_metric([], seconds)
        memory = GaugeMetricFamily("pdfc_children_memory_bytes", "Resident memory of child processes")
        memory.add_metric([], sum(each[1] for each in living))
        count = GaugeMetricFamily("pdfc_children", "Child processes, those that draw pages too")
        count.add_metric([], len(living))
        return cpu, memory, count


def _descendants(pid: int) -> list[tuple[float, int]]:
    """Processor seconds, those of what it has collected included, and resident bytes of each process below `pid`."""
    of: dict[int, list[tuple[int, float, int]]] = {}
    for entry in _PROC.iterdir():
        if not entry.name.isdigit():
            continue
        with suppress(OSError, IndexError, ValueError):
            # /proc/PID/stat: what follows the name begins with field 3; 4 is the parent, 14 to 17 times, 24 memory.
            stat = (entry / "stat").read_bytes().rpartition(b")")[2].split()
            ticks = sum(map(int, stat[11:15]))
            facts = (int(entry.name), ticks / _TICKS_PER_SECOND, int(stat[21]) * _PAGE_BYTES)
            of.setdefault(int(stat[1]), []).append(facts)
    found: list[tuple[float, int]] = []
    todo = [pid]
    while todo:
        for child, seconds, memory in of.pop(todo.pop(), ()):
            found.append((seconds, memory))
            todo.append(child)
    return found


class Stores(Collector):
    """Connections to the database, replicas as this process sees them, the store of sessions, room for documents."""

    def __init__(self, database: Database, sessions: Sessions, blobs: Blobs) -> None:
        self._database, self._sessions = database, sessions
        self._free = Promptly(blobs.free_bytes)

    def describe(self) -> Iterable[Family]:
        return ()

    def collect(self) -> Iterable[Family]:
        connections = GaugeMetricFamily(
            "pdfc_database_connections", "Connections of this process", labels=["pool", "state"]
        )
        for name, in_use, idle in self._database.connections():
            connections.add_metric([name, "in_use"], in_use)
            connections.add_metric([name, "idle"], idle)
        yield connections
        yield from _replicas(self._database.replicas_seen())
        store = GaugeMetricFamily("pdfc_session_store_up", "0 where Redis did not answer the last time")
        store.add_metric([], 0.0 if self._sessions.is_away else 1.0)
        yield store
        if (free := self._free()) is not None:
            room = GaugeMetricFamily("pdfc_documents_free_bytes", "Room left where documents and results are")
            room.add_metric([], free)
            yield room


def _replicas(seen: Sequence[tuple[int, bool, float | None]]) -> Iterable[Family]:
    read = GaugeMetricFamily("pdfc_replica_read", "1 where this process reads the replica", labels=["replica"])
    lag = GaugeMetricFamily(
        "pdfc_replica_lag_seconds", "How far it is behind the primary, as it last said", labels=["replica"]
    )
    for number, is_fit, seconds in seen:
        read.add_metric([str(number)], float(is_fit))
        if seconds is not None:
            lag.add_metric([str(number)], seconds)
    return read, lag
