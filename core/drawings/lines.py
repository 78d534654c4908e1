"""The lines of one page, ready to be compared."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.drawings.joining import Floats, Ints
from core.geometry import Box

ANGLES = 10.0  #: degrees between lines that run in two directions
#: Odd numbers by which whole numbers are mixed to one of 64 bits (Knuth's multiplicative hashing).
_MIXED = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93], np.uint64).view(
    np.int64
)
_MIXED_PEN = np.uint64(0xA0761D6478BD642F).view(np.int64)
_SAME = 0.01  #: points; pieces whose ends differ by less, of one pen, are drawn twice


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """Straight pieces.

    Attributes:
        ends: (n, 4) float64, x and y of both ends, points; of a level piece the left end first, else the upper one.
        pen: (n,) rows of the document's pens.
    """

    ends: Floats
    pen: Ints

    def __len__(self) -> int:
        return len(self.ends)

    @property
    def lengths(self) -> Floats:
        """(n,) points."""
        return lengths_of(self.ends)

    def chosen(self, rows: NDArray[np.bool_] | Ints) -> Lines:
        return Lines(self.ends[rows], self.pen[rows])


def lines_from(ends: NDArray[np.floating], pen: NDArray[np.integer]) -> Lines:
    """Pieces in an order and a direction that do not depend on how they were drawn, each once."""
    found = np.asarray(ends, np.float64)
    turned = (found[:, 1] > found[:, 3]) | ((found[:, 1] == found[:, 3]) & (found[:, 0] > found[:, 2]))
    found = np.where(turned[:, None], found[:, [2, 3, 0, 1]], found)
    steps, pens = np.round(found / _SAME).astype(np.int64), np.asarray(pen, np.int64)
    # One number for the place and the pen: one sort of it is five times as fast as sorting rows.
    with np.errstate(over="ignore"):
        code = (steps * _MIXED).sum(axis=1) + pens * _MIXED_PEN
    order = np.argsort(code, kind="stable")
    code, steps, pens = code[order], steps[order], pens[order]
    new = np.ones(len(order), bool)
    new[1:] = (code[1:] != code[:-1]) | (steps[1:] != steps[:-1]).any(axis=1) | (pens[1:] != pens[:-1])
    return Lines(found[order[new]], pens[new])


def lengths_of(ends: Floats) -> Floats:
    """(n,) of pieces (n, 4)."""
    found: Floats = np.hypot(ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1])
    return found


def middles_of(ends: Floats) -> Floats:
    """(n, 2) of pieces (n, 4)."""
    return (ends[:, :2] + ends[:, 2:]) / 2


def directions_of(ends: Floats) -> Floats:
    """(n, 2) half the length along twice the angle: the same from both ends, and no jump at 180 degrees."""
    x, y = ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1]
    length = np.maximum(np.hypot(x, y), 1e-9)
    return np.stack(((x * x - y * y) / length, 2 * x * y / length), axis=1) / 2


def box_of(ends: Floats) -> Box:
    """The box around pieces."""
    x, y = ends[:, [0, 2]], ends[:, [1, 3]]
    return float(x.min()), float(y.min()), float(x.max()), float(y.max())


def has_angles(ends: Floats) -> bool:
    """Whether lines run in two directions at least."""
    angle = np.degrees(np.arctan2(ends[:, 3] - ends[:, 1], ends[:, 2] - ends[:, 0])) % 180
    away = np.abs(angle - angle[int(np.argmax(lengths_of(ends)))])
    return bool((np.minimum(away, 180 - away) > ANGLES).any())
