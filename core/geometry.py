"""Boxes in the one frame of the house: points, origin top left of the page as displayed, x right, y down.

A box is `(x0, y0, x1, y1)`; many boxes are a float32 array of shape (n, 4).
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Box: TypeAlias = tuple[float, float, float, float]
Boxes: TypeAlias = NDArray[np.float32]


def rows_of_page(pages: NDArray[np.int32], number: int) -> tuple[int, int]:
    """The first row of a page and the one behind its last, in a column of page numbers that ascend.

    What is looked for has the dtype of the column: NumPy would else convert the whole column each time.
    """
    first, last = pages.searchsorted(np.array((number, number + 1), pages.dtype)).tolist()
    return first, last


def union(boxes: Boxes) -> Box:
    """The smallest box around at least one box."""
    low, high = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])
