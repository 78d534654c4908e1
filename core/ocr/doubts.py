"""What of the differences between recognised words is a difference of the documents, and what only of the reading."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.alignment import Alignment
from core.model import Flag


def read_pairs(aligned: Alignment) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The matched tokens of which both sides were read: of a recognised word the font is not known."""
    old, new = aligned.pairs
    known = ~(recognised(aligned, 0)[old] | recognised(aligned, 1)[new])
    return old[known], new[known]


def recognised(aligned: Alignment, side: int) -> NDArray[np.bool_]:
    """(n,) which tokens of a side begin with a recognised word."""
    tokens = aligned.tokens[side]
    return np.asarray((tokens.document.words.flags[tokens.lead()] & int(Flag.OCR)) != 0)
