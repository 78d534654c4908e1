"""The promise that a run of chaos is about, and how it is told."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Told:
    """One promise with its figure: `python -m tests.chaos` prints it as a line."""

    promise: str
    kept: bool
    figure: str

    def line(self) -> str:
        return f"{'kept  ' if self.kept else 'BROKEN'}  {self.promise}: {self.figure}"
