"""Pictures of pages for the comparison: what it asks for, and who draws them it does not know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Gray = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Picture:
    """A page in grey, (rows, columns), 0 is black; `scale` is pixels in a point."""

    pixels: Gray
    scale: float


class Pictures(Protocol):
    """Draws pages of both documents."""

    def page(self, side: int, number: int) -> Picture | None:
        """A page of the old (0) or the new (1) document; None where it cannot be drawn."""
