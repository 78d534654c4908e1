"""What a whole comparison may take, and who is told how far it is."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from core.errors import Cancelled, TimedOut
from core.options import Limits

if TYPE_CHECKING:
    from core.sandbox import Child

_TELL_SECONDS = 0.1
_ASK_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it is. `stage` is preparing, reading, recognising or comparing; 0 is unknown.

    `side` is old or new while reading and recognising.
    """

    stage: str
    side: str | None = None
    done: int = 0
    total: int = 0


@dataclass(slots=True)
class Spent:
    """What a comparison has cost.

    Attributes:
        seconds: Wall clock by stage, in the order of the stages.
        cpu_seconds: Processor time of all children.
        peak_bytes: Most resident memory of any child.
        children: How many were started.
        deaths: How many of them ended without an answer.
        pages: How many were read, both documents together; those of a document that was kept are not.
        unprotected: What of a complete sandbox a child had to do without, as `doctor` names it.
        causes: Code of the error, and how many children ended by it.
    """

    seconds: dict[str, float] = field(default_factory=dict)
    cpu_seconds: float = 0.0
    peak_bytes: int = 0
    children: int = 0
    deaths: int = 0
    pages: int = 0
    unprotected: set[str] = field(default_factory=set)
    causes: Counter[str] = field(default_factory=Counter)

    def add(self, child: Child, *, died: bool = False) -> None:
        """Count a child that has ended."""
        self.cpu_seconds += child.cpu_seconds
        self.peak_bytes = max(self.peak_bytes, child.peak_bytes)
        self.children += 1
        self.deaths += died
        self.unprotected.update(child.lacking)
        if child.cause is not None:
            self.causes[child.cause] += 1

    def to_json(self) -> dict[str, Any]:
        """Rounded to milliseconds."""
        return {
            "seconds": {stage: round(seconds, 3) for stage, seconds in self.seconds.items()},
            "cpu_seconds": round(self.cpu_seconds, 3),
            "peak_bytes": self.peak_bytes,
            "children": self.children,
            "deaths": self.deaths,
            "pages": self.pages,
            "unprotected": sorted(self.unprotected),
        }


OnProgress: TypeAlias = Callable[[Progress], None]


class JobWatch:
    """The clock of one comparison: `base_seconds`, and `seconds_per_page` for every page that is known of.

    Pages whose characters are recognised have `seconds_per_ocr_page` besides.
    """

    def __init__(
        self,
        limits: Limits,
        on_progress: OnProgress | None,
        cancelled: Callable[[], bool] | None,
        spent: Spent | None = None,
    ) -> None:
        self._limits, self._on_progress, self._cancelled = limits, on_progress, cancelled
        self._begun_at = self._stage_at = time.monotonic()
        self._stage = ""
        self.spent = spent or Spent()
        self._told_at = self._asked_at = 0.0
        self._told: tuple[str, str | None] | None = None
        self._pages: dict[str | None, int] = {}
        self._ocr_pages: dict[str | None, int] = {}

    def tell(self, progress: Progress) -> None:
        """Pass on progress, at most ten times a second unless a stage begins or is complete."""
        if progress.stage != self._stage:
            self.close_stage()
            self._stage = progress.stage
        if progress.stage == "reading":
            self._pages[progress.side] = progress.total
        elif progress.stage == "recognising":
            self._ocr_pages[progress.side] = progress.total
        now, what = time.monotonic(), (progress.stage, progress.side)
        if self._on_progress is None:
            return
        if what != self._told or progress.done == progress.total or now > self._told_at + _TELL_SECONDS:
            self._told, self._told_at = what, now
            self._on_progress(progress)

    def expect(self, side: str | None, pages: int) -> None:
        """Know of pages that need not be read: what is done with them takes its time all the same."""
        self._pages[side] = pages

    def close_stage(self) -> None:
        """Account for the time since the stage began; to be called at the end too."""
        now = time.monotonic()
        if self._stage:
            self.spent.seconds[self._stage] = self.spent.seconds.get(self._stage, 0.0) + now - self._stage_at
        self._stage_at = now

    @property
    def limit_seconds(self) -> float:
        recognising = self._limits.seconds_per_ocr_page * sum(self._ocr_pages.values())
        return self._limits.base_seconds + self._limits.seconds_per_page * sum(self._pages.values()) + recognising

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
