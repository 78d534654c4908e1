"""What a whole comparison may take, and who is told how far it is."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from core.errors import Cancelled, TimedOut
from core.options import Limits

_TELL_SECONDS = 0.1
_ASK_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it is. `stage` is preparing, reading or comparing; `side` is old or new while reading; 0 is unknown."""

    stage: str
    side: str | None = None
    done: int = 0
    total: int = 0


OnProgress: TypeAlias = Callable[[Progress], None]


class JobWatch:
    """The clock of one comparison: `base_seconds`, and `seconds_per_page` for every page that is known of."""

    def __init__(self, limits: Limits, on_progress: OnProgress | None, cancelled: Callable[[], bool] | None) -> None:
        self._limits, self._on_progress, self._cancelled = limits, on_progress, cancelled
        self._begun_at = time.monotonic()
        self._told_at = self._asked_at = 0.0
        self._told: tuple[str, str | None] | None = None
        self._pages: dict[str | None, int] = {}

    def tell(self, progress: Progress) -> None:
        """Pass on progress, at most ten times a second unless a stage begins or is complete."""
        if progress.stage == "reading":
            self._pages[progress.side] = progress.total
        now, what = time.monotonic(), (progress.stage, progress.side)
        if self._on_progress is None:
            return
        if what != self._told or progress.done == progress.total or now > self._told_at + _TELL_SECONDS:
            self._told, self._told_at = what, now
            self._on_progress(progress)

    @property
    def limit_seconds(self) -> float:
        return self._limits.base_seconds + self._limits.seconds_per_page * sum(self._pages.values())

    @property
    def remaining_seconds(self) -> float:
        return max(0.0, self._begun_at + self.limit_seconds - time.monotonic())

    def check(self) -> bool:
        """False, for whoever waits for a child; raises `Cancelled` or `TimedOut` when it is time to stop."""
        now = time.monotonic()
        if self._cancelled is not None and now > self._asked_at + _ASK_SECONDS:
            self._asked_at = now
            if self._cancelled():
                raise Cancelled
        if now > self._begun_at + self.limit_seconds:
            raise TimedOut(f"took longer than the limit of {self.limit_seconds:.0f} s.")
        return False
