"""The median, for the few values of a line, a column or a neighbourhood."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


def median(values: ArrayLike) -> Any:
    """What `np.median(values, axis=0)` is for at least one value and no NaN, bit for bit, in a fraction of its time."""
    ordered: NDArray[Any] = np.sort(np.asarray(values), axis=0)
    half, is_odd = divmod(len(ordered), 2)
    return ordered[half] if is_odd else (ordered[half - 1] + ordered[half]) / 2
