"""Which replicas may be read. Each is watched: whether it answers, and how far behind the primary it is.

An open connection has no time-out of its own, and TCP goes on acknowledging for a server that hangs: whoever has asked
it would wait for ever. A limit for each statement would take slow for dead. So a watch asks each replica every
`WATCH_SECONDS`; one that does not answer within `ANSWER_SECONDS` is not asked any more, and the connections to it are
cut, so that the statements that wait there fail at once and are asked again at the primary.
"""

from __future__ import annotations

import logging
import select
import socket
import time
from collections import deque
from contextlib import suppress
from os import dup
from threading import Event, Lock, Thread
from typing import Any

import psycopg2
from psycopg2 import extensions
from sqlalchemy import Engine, event

log = logging.getLogger(__name__)

WATCH_SECONDS = 0.5
ANSWER_SECONDS = 1.0  #: the two together are what a replica that hangs costs those who wait there
REST_SECONDS = 4.0  #: at most between two questions to one that does not answer
MAX_LAG_SECONDS = 10.0  #: one that is further behind is not asked
_REMEMBERED = (
    256  #: positions of the primary, each `WATCH_SECONDS` after the one before: far more than the greatest lag
)
_PRIMARY_AT = "SELECT pg_current_wal_lsn()::text"
# A server that is not in recovery was promoted, or is the primary under another name.
_REPLICA_AT = "SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END::text"


class NoAnswer(Exception):
    """A server did not answer in time, or with an error."""


class Replica:
    """A replica with its connections for reading."""

    def __init__(self, url: str, engine: Engine, trail: Trail) -> None:
        self.engine = engine
        self._question = _Question(url, _REPLICA_AT)
        self._trail = trail
        self._wires = _Wires(engine)
        self._is_fit: bool | None = None
        self.lag_seconds: float | None = None  #: at the last answer; None before the first
        self._judged = Event()

    @property
    def is_fit(self) -> bool:
        """Whether it may be asked."""
        return self._is_fit is True

    @property
    def is_watched(self) -> bool:
        """Whether anything is known of it."""
        return self._is_fit is not None

    def wait_judged(self, seconds: float) -> None:
        """Until the watch knows for the first time."""
        self._judged.wait(seconds)

    def suspect(self, reason: str) -> None:
        """Leave it out until the watch has its answer again."""
        self._judge(False, reason)

    def look(self) -> bool:
        """Ask it once, and whether it answers; called by its watch alone."""
        try:
            lag = self.lag_seconds = self._trail.lag_seconds(self._question.ask())
        except NoAnswer as error:
            self._judge(False, str(error))
            self._wires.cut()
            return False
        self._judge(lag <= MAX_LAG_SECONDS, "lag")
        return True

    def close(self) -> None:
        self._question.close()
        self.engine.dispose()

    def _judge(self, is_fit: bool, reason: str) -> None:
        before, self._is_fit = self._is_fit, is_fit
        self._judged.set()
        if before is not False and not is_fit:
            log.warning("replica left out", extra={"action": "replica_out", "reason": reason})
        elif before is False and is_fit:
            log.info("replica back", extra={"action": "replica_back"})


class Trail:
    """Where the primary was when: what makes a position of a replica a lag.

    A replica alone cannot tell: cut off from the primary, it has replayed all that it knows of.
    """

    def __init__(self, url: str) -> None:
        self._question = _Question(url, _PRIMARY_AT)
        self._seen: deque[tuple[float, int]] = deque(maxlen=_REMEMBERED)

    def look(self) -> bool:
        """Ask the primary once, and whether it answers; while it is away, nothing new has to be shown."""
        try:
            position = self._question.ask()
        except NoAnswer:
            return False
        if not self._seen or self._seen[-1][1] != position:
            self._seen.append((time.monotonic(), position))
        return True

    def lag_seconds(self, position: int) -> float:
        """How long ago the primary went past `position`; 0 when it is there still."""
        # The copy is one step for other threads.
        passed = next((seen for seen, primary_at in list(self._seen) if primary_at > position), None)
        return 0.0 if passed is None else time.monotonic() - passed

    def close(self) -> None:
        self._question.close()


class Watch:
    """Looks at servers, each in a thread of its own, until it is closed."""

    def __init__(self) -> None:
        self._ended = Event()

    def start(self, *watched: Trail | Replica) -> None:
        for server in watched:
            Thread(target=self._run, args=(server,), name="replica-watch", daemon=True).start()

    def close(self) -> None:
        """End soon; a look that is under way ends by itself."""
        self._ended.set()

    def _run(self, server: Trail | Replica) -> None:
        rest = 0.0
        while not self._ended.wait(rest):
            try:
                answered = server.look()
            except Exception:  # a watch that ends would leave its replica in or out for good
                log.exception("replica not watched", extra={"action": "replica_watch"})
                answered = False
            rest = WATCH_SECONDS if answered else min(2 * rest + WATCH_SECONDS, REST_SECONDS)
        server.close()


class _Question:
    """One question to one server on a connection of its own, with a time-out over everything, connecting included."""

    def __init__(self, url: str, sql: str) -> None:
        self._url = url
        self._sql = sql
        self._connection: Any = None

    def ask(self) -> int:
        """The position in the log that it answers.

        Raises:
            NoAnswer: None in time; the next question is asked on a new connection.
        """
        deadline = time.monotonic() + ANSWER_SECONDS
        try:
            if self._connection is None:
                self._connection = psycopg2.connect(self._url, async_=1, application_name="pdf-compare watch")
                _wait(self._connection, deadline)
            with self._connection.cursor() as cursor:
                cursor.execute(self._sql)
                _wait(self._connection, deadline)
                return _position(cursor.fetchone()[0])
        except (psycopg2.Error, TimeoutError, TypeError, ValueError, OSError) as error:
            self.close()
            raise NoAnswer(type(error).__name__) from error

    def close(self) -> None:
        if self._connection is not None:
            with suppress(psycopg2.Error):
                self._connection.close()
            self._connection = None


def _wait(connection: Any, deadline: float) -> None:
    """Until an asynchronous connection has done what it was told; `TimeoutError`."""
    while (state := connection.poll()) != extensions.POLL_OK:
        ready = select.poll()
        ready.register(connection.fileno(), select.POLLOUT if state == extensions.POLL_WRITE else select.POLLIN)
        if not ready.poll(max(0.0, deadline - time.monotonic()) * 1000):
            raise TimeoutError


def _position(lsn: str) -> int:
    high, _, low = lsn.partition("/")
    return int(high, 16) << 32 | int(low, 16)


class _Wires:
    """The sockets of all connections of an engine, so that another thread may cut them.

    The driver gives its descriptor away while it waits, and may close it at any moment; ours are copies, which stay
    valid until they are closed here.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._sockets: dict[Any, socket.socket] = {}
        self._lock = Lock()
        event.listen(engine, "connect", self._add)
        event.listen(engine, "close", self._remove)
        event.listen(engine, "close_detached", lambda connection: self._remove(connection, None))

    def cut(self) -> None:
        """Have everybody who waits for an answer fail now; the next connections are new ones."""
        with self._lock:
            for wire in self._sockets.values():
                with suppress(OSError):
                    wire.shutdown(socket.SHUT_RDWR)
        self._engine.dispose()

    def _add(self, connection: Any, _: Any) -> None:
        wire = socket.socket(fileno=dup(connection.fileno()))
        with self._lock:
            self._sockets[id(connection)] = wire

    def _remove(self, connection: Any, _: Any) -> None:
        with self._lock:
            wire = self._sockets.pop(id(connection), None)
        if wire is not None:
            wire.close()
