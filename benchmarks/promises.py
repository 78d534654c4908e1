"""The promises that a drill, a run of chaos or one of the stack is about, and how they are told."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Told:
    """One promise with its figure, printed as a line."""

    promise: str
    kept: bool
    figure: str

    def line(self) -> str:
        return f"{'kept  ' if self.kept else 'BROKEN'}  {self.promise}: {self.figure}"


def tell_all(parts: Iterable[tuple[str, Iterable[Told]]]) -> int:
    """Print every promise of the named parts as it is told, and how long each part took; 1 when one is broken."""
    broken = 0
    for name, promises in parts:
        began = time.monotonic()
        for told in promises:
            broken += not told.kept
            print(told.line(), flush=True)
        print(f"        ({name}: {time.monotonic() - began:.0f} s)", flush=True)
    print(f"{broken} promises broken" if broken else "all promises kept")
    return 1 if broken else 0
