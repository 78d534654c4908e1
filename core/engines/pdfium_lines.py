"""Lines of words in content order: where the pen leaves the baseline or jumps back, a new line begins."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.engines.pdfium_measures import Floats, turned
from core.engines.pdfium_mending import JUMP_BACK, JUMP_BASELINE, JUMP_TURN
from core.engines.pdfium_spans import Bools
from core.model import Flag

#: In ems: a word that begins so far before the beginning of its forerunner is not on the same line.
BEFORE_FORERUNNER = 0.5


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
