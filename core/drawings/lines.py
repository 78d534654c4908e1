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
#: Binary digits: of twice the middle in steps, to the number of its field of 10 points; of what is beside that number.
_FIELD, _FIELD_BITS = 11, 40
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
    x0, y0, x1, y1 = columns = np.array(ends.T, np.float64, order="C")
    turned = np.flatnonzero((y0 > y1) | ((y0 == y1) & (x0 > x1)))
    columns[:, turned] = columns[:, turned][[2, 3, 0, 1]]
    # By columns, as rows of four cost several times as much.
    steps, pens = np.rint(columns / _SAME).astype(np.int64), np.asarray(pen, np.int64)
    # One number for the place and the pen: one sort of it is five times as fast as sorting rows. What lies side by side
    # on the sheet does so in memory as well: every join that follows takes a third of the time.
    with np.errstate(over="ignore"):
        code = pens * _MIXED_PEN
        for step, mixed in zip(steps, _MIXED, strict=True):
            code += step * mixed
    code &= (1 << _FIELD_BITS) - 1
    for axis, bits in ((0, _FIELD_BITS), (1, _FIELD_BITS + 12)):
        field = (steps[axis] + steps[axis + 2]) >> _FIELD
        code += (np.clip(field, -2048, 2047) + (0 if axis else 2048)) << bits
    order = np.argsort(code, kind="stable")
    code = code[order]
    again = 1 + np.flatnonzero(code[1:] == code[:-1])
    one, other = order[again], order[again - 1]
    same = (steps[:, one] == steps[:, other]).all(axis=0) & (pens[one] == pens[other])
    kept = np.delete(order, again[same])
    return Lines(np.ascontiguousarray(columns[:, kept].T), pens[kept])


def lengths_of(ends: Floats) -> Floats:
    """(n,) of pieces (n, 4)."""
    found: Floats = np.hypot(ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1])
    return found


def middles_of(ends: Floats) -> Floats:
    """(n, 2) of pieces (n, 4)."""
    found = np.empty((len(ends), 2))
    for axis in (0, 1):
        np.add(ends[:, axis], ends[:, axis + 2], out=found[:, axis])
    found /= 2
    return found


def directions_of(ends: Floats) -> Floats:
    """(n, 2) half the length along twice the angle: the same from both ends, and no jump at 180 degrees."""
    x, y = ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1]
    length = np.maximum(np.hypot(x, y), 1e-9)
    found = np.empty((len(ends), 2))
    found[:, 0] = (x * x - y * y) / length / 2
    found[:, 1] = x * y / length
    return found


def box_of(ends: Floats) -> Box:
    """The box around pieces."""
    x0, y0, x1, y1 = ends.T
    left, top = min(float(x0.min()), float(x1.min())), min(float(y0.min()), float(y1.min()))
    return left, top, max(float(x0.max()), float(x1.max())), max(float(y0.max()), float(y1.max()))


def has_angles(ends: Floats) -> bool:
    """Whether lines run in two directions at least."""
    angle = np.degrees(np.arctan2(ends[:, 3] - ends[:, 1], ends[:, 2] - ends[:, 0])) % 180
    away = np.abs(angle - angle[int(np.argmax(lengths_of(ends)))])
    return bool((np.minimum(away, 180 - away) > ANGLES).any())
