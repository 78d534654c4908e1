"""A circuit breaker: after failures in a row nobody is asked for a while, then one tries."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

MOST_FAILURES = 5  #: in a row, then it opens
OPEN_SECONDS = 30.0


class Breaker:
    """Closed, open, or half open (one may try). One for each process; thread-safe."""

    def __init__(
        self,
        *,
        most_failures: int = MOST_FAILURES,
        open_seconds: float = OPEN_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most, self._seconds, self._clock = most_failures, open_seconds, clock
        self._lock = threading.Lock()
        self._failures = 0
        self._until: float | None = None
        self._is_tried = False

    def wait_seconds(self) -> float:
        """0 where a call may be made; else for how long it is not. While it is half open, one caller gets 0."""
        with self._lock:
            if self._until is None:
                return 0.0
            left = self._until - self._clock()
            if left > 0:
                return left
            if self._is_tried:
                return 1.0
            self._is_tried = True
            return 0.0

    def succeeded(self) -> None:
        """The call was answered, be it with a refusal."""
        with self._lock:
            self._failures, self._until, self._is_tried = 0, None, False

    def failed(self) -> None:
        """The call was not answered as agreed."""
        with self._lock:
            self._failures += 1
            if self._failures >= self._most or self._is_tried:
                self._until, self._is_tried = self._clock() + self._seconds, False

    def given_up(self) -> None:
        """The call was cancelled, which says nothing of who is called."""
        with self._lock:
            self._is_tried = False

    @property
    def is_open(self) -> bool:
        """Whether callers are turned away."""
        with self._lock:
            return self._until is not None
