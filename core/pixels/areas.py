"""Areas of dots that hang together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.drawings.joining import Ints, connected

MM2 = (72 / 25.4) ** 2  #: square points of a square millimetre
_ACROSS = 1 << 21  #: more dots than any row has


def contiguous(ys: NDArray[np.integer], xs: NDArray[np.integer]) -> Ints:
    """(n,) a number of its area for each of n different dots: those that touch, also at a corner, have the same one."""
    key = np.asarray(ys, np.int64) * _ACROSS + np.asarray(xs, np.int64)
    order = np.argsort(key)
    known = key[order]
    a, b = [], []
    for step in (1, _ACROSS - 1, _ACROSS, _ACROSS + 1):
        place = np.minimum(np.searchsorted(known, known + step), max(len(known) - 1, 0))
        there = np.flatnonzero(known[place] == known + step)
        a.append(there)
        b.append(place[there])
    root = connected(len(known), np.concatenate(a), np.concatenate(b))
    found = np.empty(len(known), np.int64)
    found[order] = root
    return found
