"""Half-open ranges of tokens."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Spans: TypeAlias = list[tuple[int, int]]


def spans_of(at: NDArray[np.int64]) -> Spans:
    """Ascending indices as half-open ranges."""
    if not len(at):
        return []
    cuts = np.flatnonzero(np.diff(at) != 1) + 1
    return [(int(part[0]), int(part[-1]) + 1) for part in np.split(at, cuts)]


def outside(start: int, stop: int, spans: Spans) -> Spans:
    """What of [start, stop) is in none of the ascending `spans`."""
    out: Spans = []
    for a, b in spans:
        if b <= start:
            continue
        if a >= stop:
            break
        if a > start:
            out.append((start, a))
        start = max(start, b)
    if start < stop:
        out.append((start, stop))
    return out
