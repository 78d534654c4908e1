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
#: In ems: what stands so near to an end of a line from right to left, and is no wider, is its first or last sign.
BESIDE, SIGN = 0.5, 1.2


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

    Word processors draw the characters that the font of a line has not (`≤`, `₂`, `☐`) after all others of the line; in
    a line from right to left before or after them, and dashes are often among them.
    """
    firsts = np.flatnonzero(begins)
    if not len(firsts):
        return None
    start, end, base = turned(box, angle.astype(np.int64), size)
    low, high = np.minimum.reduceat(start, firsts), np.maximum.reduceat(end, firsts)
    rtl = np.bitwise_or.reduceat(flags, firsts) & int(Flag.RTL) != 0
    stops = np.append(firsts[1:], len(begins))
    order = np.arange(len(begins))
    filled = np.zeros(len(firsts), bool)

    def goes_into(k: int, line: int) -> bool:
        """Whether a line is level with another one, and inside it or just beside it."""
        a, b = firsts[k], firsts[line]
        level = page[a] == page[b] and angle[a] == angle[b] and abs(base[a] - base[b]) < SAME_LEVEL * size[b]
        near = _beside(high[k] - low[k], size[b])
        return bool(level and low[k] > low[line] - near and high[k] < high[line] + near)

    for k in np.flatnonzero(rtl).tolist():
        # Each of several signs before a line begins a line of its own, because the next one stands to its left.
        i, j = k, k + 1
        while i > 0 and not rtl[i - 1] and goes_into(i - 1, k):
            i -= 1
        while j < len(firsts) and not rtl[j] and goes_into(j, k):
            j += 1
        line = np.arange(firsts[i], stops[j - 1])
        both = _woven_from_right(line, start, end, size, flags[line] & int(Flag.RTL) != 0)
        if both is not None:
            order[line], filled[i:j] = both, True
    first = firsts[1:]
    into = (page[first] == page[firsts[:-1]]) & (angle[first] == angle[firsts[:-1]]) & ~rtl[1:] & ~rtl[:-1]
    into &= abs(base[first] - base[firsts[:-1]]) < SAME_LEVEL * size[first]
    into &= (low[1:] > low[:-1]) & (high[1:] < high[:-1])
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


def _beside(width: Floats, size: Floats) -> Floats:
    """How far beyond a line from right to left something so wide may reach, and still be part of it."""
    return np.where(width <= SIGN * size, width + BESIDE * size, 0).astype(np.float32)


def _woven_from_right(line: Ints, start: Floats, end: Floats, size: Floats, rtl: Bools) -> Ints | None:
    """A line from right to left in order, where signs drawn before or after its words stand among or beside them."""
    at = np.flatnonzero(rtl)
    if not len(at) or (at[0] == 0 and at[-1] == len(line) - 1):
        return None
    body, loose = line[at[0] : at[-1] + 1], np.concatenate((line[: at[0]], line[at[-1] + 1 :]))
    if (np.diff(start[body]) > 0).any():
        return None  # Latin words inside, or more than one line: their order is not from right to left
    near = _beside(end[loose] - start[loose], size[loose])
    inside = (start[loose] > start[body].min() - near) & (end[loose] < end[body].max() + near)
    if not inside.all():
        return None
    both = line[np.argsort(-end[line], kind="stable")]
    apart = end[both][1:] <= start[both][:-1] + OVERLAP * size[both][1:]
    return both if apart.all() and (both != line).any() else None
