"""Children that wait for work, for answers within a fraction of a second."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import Empty, LifoQueue
from typing import Self

from core.errors import Cancelled, TimedOut
from core.options import Limits
from core.sandbox.parent import Child
from core.sandbox.pieces import Piece
from core.wire import Message

_TICK_SECONDS = 0.1


class ChildPool:
    """`size` children of one kind, started before they are needed; for use from any thread.

    A child is replaced after `pieces_each` requests, so that leaks cannot build up, and when it fails. The pool must
    be closed, which ends all of its children.
    """

    def __init__(self, piece: str | Piece, size: int, *, limits: Limits, pieces_each: int = 200) -> None:
        self._piece, self._limits, self._pieces_each = piece, limits, pieces_each
        self._closed = False
        self._idle: LifoQueue[tuple[Child, int]] = LifoQueue()
        for _ in range(size):
            self._idle.put((self._started(), 0))

    def run(
        self,
        request: Message,
        files: Sequence[int] = (),
        *,
        wall_seconds: float | None = None,
        queue_seconds: float = 30.0,
        cancelled: Callable[[], bool] | None = None,
    ) -> Message:
        """Answer one request by the first free child; raises what `run_piece` raises.

        Raises:
            TimedOut: No child was free within `queue_seconds`.
        """
        child, served = self._take(queue_seconds, cancelled)
        try:
            if not child.usable:  # it died while it waited
                child, served = self._started(), 0
            child.send(request, files, wall_seconds=wall_seconds)
            return child.result(cancelled)
        finally:
            self._give_back(child, served + 1)

    def close(self) -> None:
        """End all children; those at work end when their request does."""
        self._closed = True
        with suppress(Empty):
            while True:
                self._idle.get_nowait()[0].stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _started(self) -> Child:
        return Child(self._piece, limits=self._limits, once=False).start()

    def _take(self, queue_seconds: float, cancelled: Callable[[], bool] | None) -> tuple[Child, int]:
        end = time.monotonic() + queue_seconds
        while not self._closed and time.monotonic() < end:
            if cancelled is not None and cancelled():
                raise Cancelled
            with suppress(Empty):
                return self._idle.get(timeout=_TICK_SECONDS)
        raise TimedOut("waited too long for its turn.", remedy="Try again in a moment.")

    def _give_back(self, child: Child, served: int) -> None:
        if self._closed:
            child.stop()
            return
        if not child.usable or served >= self._pieces_each:
            child.stop()
            child, served = self._started(), 0
        self._idle.put((child, served))
