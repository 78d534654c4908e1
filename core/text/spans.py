"""Half-open ranges of tokens."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate
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


class Outside:
    """What of a stretch is in none of some spans, which may overlap.

    The first span that reaches into a stretch is looked up: there may be as many spans as there are stretches.
    """

    def __init__(self, spans: Iterable[tuple[int, int]]) -> None:
        self._spans = sorted(spans)
        self._reached = list(accumulate((stop for _, stop in self._spans), max))

    def of(self, start: int, stop: int) -> Spans:
        """What of [start, stop) is in none of the spans."""
        out: Spans = []
        for k in range(bisect_right(self._reached, start), len(self._spans)):
            a, b = self._spans[k]
            if a >= stop:
                break
            if a > start:
                out.append((start, a))
            start = max(start, b)
        if start < stop:
            out.append((start, stop))
        return out
