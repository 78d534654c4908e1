"""How much there is to draw on a page: what drawing it costs, known before it is drawn and on every machine alike."""

from __future__ import annotations

from ctypes import c_void_p
from functools import partial

import numpy as np
from numpy.typing import NDArray

from core.engines import pdfium
from core.engines.pdfium import Scratch
from core.engines.pdfium_layers import HiddenLayers
from core.engines.pdfium_page import page_objects, unturned
from core.engines.pdfium_paths import groups_of, matrices_of, segment_of
from core.engines.pdfium_points import MOVE_TO, points_of

MOST_POINTS = 8_000_000  #: of the paths of a page; with more, drawing it takes half a minute at any resolution
MOST_OBJECTS = 1_000_000
_AT_ONCE = 500_000  #: points looked at together
_SHORT = 256  #: points of a path of which others stand for it where there are many
_LOOKED_AT = 50_000  #: short paths of a group that are looked at
SHORT_COSTS = 7.0  #: a dot of line in many short paths (85 ns) against one of a long one (10 ns, and some for its pen)


def ink_of(page: c_void_p, scratch: Scratch, hidden: HiddenLayers) -> float | None:
    """Points of line on an open page, as far as it lies on the paper, each of a short path counted as `SHORT_COSTS`.

    None where there is more than can be drawn.
    """
    count = pdfium.count_objects(page)
    if count > MOST_OBJECTS:
        return None
    frame = unturned(page, 1.0, scratch)
    try:
        handles = [c_void_p(handle) for handle in page_objects(page, count)]
        hidden.begin_page()
        groups, is_whole = groups_of(handles, frame, hidden)
    finally:
        pdfium.set_page_rotation(page, frame.turns)
    counts = [[max(0, one) for one in map(pdfium.path_segments, group.paths)] for group in groups]
    if not is_whole or sum(map(sum, counts)) > MOST_POINTS:
        return None
    left, bottom, right, top = frame.box
    total = 0.0
    for group, sizes in zip(groups, counts, strict=True):
        matrices = matrices_of(scratch, group)
        chosen, weights = _chosen(np.array(sizes, dtype=np.int64))
        first = 0
        while first < len(chosen):
            stop, points = first + 1, sizes[chosen[first]]
            while stop < len(chosen) and points + sizes[chosen[stop]] <= _AT_ONCE:
                points += sizes[chosen[stop]]
                stop += 1
            these = chosen[first:stop]
            some = [sizes[path] for path in these]
            found = points_of(some, partial(_address, [group.paths[path] for path in these]))
            a, b, c, d, e, f = np.repeat(matrices[these], some, axis=0).T
            x, y = found["x"].astype(np.float64), found["y"].astype(np.float64)
            with np.errstate(all="ignore"):
                across = np.clip(np.nan_to_num(a * x + c * y + e), left, right)
                down = np.clip(np.nan_to_num(b * x + d * y + f), bottom, top)
            drawn = found["type"][1:] != MOVE_TO
            weight = np.repeat(weights[first:stop], some)[1:]
            total += float((np.hypot(np.diff(across), np.diff(down)) * weight)[drawn].sum())
            first = stop
    return total


def _chosen(sizes: NDArray[np.int64]) -> tuple[list[int], NDArray[np.float64]]:
    """The paths to look at, all long ones and of the short ones every so manieth, and what a point of each counts."""
    short, long = np.flatnonzero(sizes <= _SHORT), np.flatnonzero(sizes > _SHORT)
    some = short[:: max(1, len(short) // _LOOKED_AT)]
    chosen = np.concatenate((long, some))
    weights = np.concatenate((np.ones(len(long)), np.full(len(some), SHORT_COSTS * len(short) / max(1, len(some)))))
    return [int(path) for path in chosen], weights


def _address(paths: list[c_void_p], path: int, number: int) -> int | None:
    found: int | None = segment_of(paths[path], number)
    return found
