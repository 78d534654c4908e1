"""Lines of words in content order: where the pen leaves the baseline or jumps back, a new line begins."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.engines.pdfium_measures import Floats, turned
from core.engines.pdfium_mending import JUMP_BACK, JUMP_BASELINE, JUMP_TURN
from core.engines.pdfium_spans import Bools, Ints
from core.model import Flag

#: In ems: a word that begins so far before the beginning of its forerunner is not on the same line.
BEFORE_FORERUNNER = 0.5
#: In ems: words that are drawn later and fill gaps of a line stand so level with it, and overlap its words so little.
SAME_LEVEL, OVERLAP = 0.1, 0.15


def new_lines(
    page: NDArray[np.int32], box: Floats, angle: NDArray[np.int16], size: Floats, flags: NDArray[np.uint32]
) -> Bools:
    """(n,) bool: the word begins a line. Boxes in the page's own axes, as of `turned`."""
    n = len(page)
    begins = np.ones(n, bool)
    if n < 2:
        return begins
    start, end, base = turned(box, angle.astype(np.int64), size)
    em = (size[1:] + size[:-1]) / 2
    turn = abs(angle[1:].astype(np.int64) - angle[:-1])
    rtl = (flags[1:] | flags[:-1]) & int(Flag.RTL) != 0
    both_rtl = flags[1:] & flags[:-1] & int(Flag.RTL) != 0
    back = (start[1:] < end[:-1] - JUMP_BACK * em) | (start[1:] < start[:-1] - BEFORE_FORERUNNER * em)
    back_rtl = (end[1:] > start[:-1] + JUMP_BACK * em) | (end[1:] > end[:-1] + BEFORE_FORERUNNER * em)
    begins[1:] = (
        (page[1:] != page[:-1])
        | (np.minimum(turn, 360 - turn) > JUMP_TURN)
        | (abs(base[1:] - base[:-1]) > JUMP_BASELINE * em)
        | (back & ~rtl)
        | (back_rtl & both_rtl)
        | (flags[:-1] & int(Flag.HYPHEN) != 0)
    )
    return begins


def woven(
    begins: Bools,
    page: NDArray[np.int32],
    box: Floats,
    angle: NDArray[np.int16],
    size: Floats,
    flags: NDArray[np.uint16],
) -> Ints | None:
    """The order in which words that were drawn right after a line, into its gaps, stand in that line; None: as drawn.

    Word processors draw the characters that the font of a line has not (`≤`, `₂`, `☐`) after all others of the line.
    """
    firsts = np.flatnonzero(begins)
    if len(firsts) < 2:
        return None
    start, end, base = turned(box, angle.astype(np.int64), size)
    low, high = np.minimum.reduceat(start, firsts), np.maximum.reduceat(end, firsts)
    rtl = np.bitwise_or.reduceat(flags, firsts) & int(Flag.RTL) != 0
    first = firsts[1:]
    into = (page[first] == page[firsts[:-1]]) & (angle[first] == angle[firsts[:-1]]) & ~rtl[1:] & ~rtl[:-1]
    into &= abs(base[first] - base[firsts[:-1]]) < SAME_LEVEL * size[first]
    into &= (low[1:] > low[:-1]) & (high[1:] < high[:-1])
    stops = np.append(firsts[1:], len(begins))
    order = np.arange(len(begins))
    filled = np.zeros(len(firsts), bool)
    for k in (np.flatnonzero(into) + 1).tolist():
        line, more = np.arange(firsts[k - 1], stops[k - 1]), np.arange(firsts[k], stops[k])
        if filled[k - 1] or (np.diff(start[line]) < 0).any():
            continue
        both = np.concatenate((line, more))
        both = both[np.argsort(start[both], kind="stable")]
        if (start[both][1:] >= end[both][:-1] - OVERLAP * size[both][1:]).all():
            order[firsts[k - 1] : stops[k]] = both
            filled[k] = True
    return order if filled.any() else None
