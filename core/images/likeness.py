"""Whether two pictures show the same, and where they do not."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from core.geometry import Box
from core.images.look import FLAT, Cells, Look, averaged, read_look

#: Pictures of one size that agree in this share of their tiles that are not of one colour were coded alike.
CODED_ALIKE, LEAST_BUSY = 0.5, 4
#: How far coding and scaling move the mean of a cell, of 256: at least, and as a share of the contrast around it.
#: Measured on photographs, screenshots, plots, logos and flat colours; JPEG quality 40 to 95, scales .3 to 3: they stay
#: below 1.25 times this, a drawn arrow or stamp is 1.5 to 7, a changed digit in a screenshot .4 to 2.
LEAST_STEP = np.array([6.0, 10.0, 10.0], np.float32)
CONTRAST_SHARE = 0.15
TOLERANCE = 1.3
#: Where samples are known to differ (check sums), a palette moves cells by .3 of it, a changed digit by .6 and more.
TOLERANCE_CODED_ALIKE = 0.4
SAMPLES_PER_CELL = 4.0  #: fewer, and a cell shows how its few samples were coded
#: A quarter of all cells beyond this: the whole picture has other colours, or a small palette.
NOISE, NOISE_TOLERANCE, NOISE_SHARE = 0.43, 6.5, 0.3
#: Mean and largest shift of colours that a profile may make, and that a change to or from CMYK makes.
PROFILE_SHIFT, CMYK_SHIFT = (12.0, 40.0), (70.0, 140.0)
LEAST_FITTED = 64  #: cells
#: Scaling may cut off a line of samples at an edge; beyond this scale nothing was measured.
EDGE_SLACK, MEASURED_SCALE = 1.6, 3.5
#: Pages drawn of other parts: so many cells within a box may differ a little, and none by more.
DRAWN_SHARE, DRAWN_MOST = 0.05, 3.0
OTHER_SHARE = 0.3  #: of the cells differ: another picture, not the same one edited


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two pictures are.

    Attributes:
        changed: Share of the area that differs, from 0 to 1.
        where: Box around what differs, as shares of the picture from its top left; None where nothing does.
    """

    changed: float
    where: Box | None

    @property
    def is_same(self) -> bool:
        return self.where is None

    @property
    def is_other(self) -> bool:
        return self.changed > OTHER_SHARE


SAME = Likeness(0.0, None)
UNKNOWN = Likeness(1.0, (0.0, 0.0, 1.0, 1.0))


@lru_cache(maxsize=8192)
def likeness(old: str, new: str, *, is_cmyk: bool = False) -> Likeness:
    """Compare two looks as read; equal texts are equal pictures, and one that cannot be read is like no other.

    Args:
        old: `Image.look`, likewise `new`.
        is_cmyk: One side has the four colours of print and the other one has not.
    """
    if old == new:
        return SAME if old else UNKNOWN
    one, other = read_look(old), read_look(new)
    if one is None or other is None:
        return UNKNOWN
    ratio = _ratios(one, other, CMYK_SHIFT if is_cmyk else PROFILE_SHIFT)
    by_tiles = _by_tiles(one, other, ratio)
    if by_tiles is not None:
        return by_tiles
    differ = ratio > TOLERANCE
    if differ.mean() < NOISE_SHARE and _is_noisy(ratio):
        differ = ratio > NOISE_TOLERANCE
    return _likeness(differ)


class PageLook:
    """Where two pages look different as drawn, whatever they are made of.

    Pictures, shadows and shades of one drawing are cut otherwise by every writer; this tells whether it shows.
    """

    def __init__(self, old: str, new: str) -> None:
        """Two looks of pages of one size; of others, or unreadable ones, everything counts as different."""
        one, other = read_look(old), read_look(new)
        same = one is not None and other is not None and one.size == other.size
        self._ratio = _over_allowed(one.cells, other.cells) if same and one is not None and other is not None else None

    def is_same(self, box: Box) -> bool:
        """Whether nothing differs within a box, given as shares of the page."""
        if self._ratio is None:
            return False
        rows, columns = self._ratio.shape
        top, left = max(0, int(box[1] * rows)), max(0, int(box[0] * columns))
        part = self._ratio[top : int(box[3] * rows) + 1, left : int(box[2] * columns) + 1]
        if not part.size or float(part.max()) > DRAWN_MOST:
            return False
        inner = part[2:-2, 2:-2]  # paths and pictures end at other pixels
        return not inner.size or float((inner > TOLERANCE).mean()) <= DRAWN_SHARE


def _by_tiles(old: Look, new: Look, ratio: NDArray[np.float32]) -> Likeness | None:
    """By check sums; None where most differ, so that they tell nothing."""
    if old.size != new.size or old.tiles.shape != new.tiles.shape:
        return None
    differ = old.tiles != new.tiles
    if not differ.any():
        return SAME
    busy = (old.tiles & FLAT == 0) | (new.tiles & FLAT == 0)
    if busy.sum() < LEAST_BUSY or 1 - differ[busy].mean() < CODED_ALIKE:
        return None
    rows = np.arange(ratio.shape[0]) * len(differ) // ratio.shape[0]
    columns = np.arange(ratio.shape[1]) * differ.shape[1] // ratio.shape[1]
    near = _windows(differ[..., None].astype(np.float32)).max(axis=0)[..., 0] > 0  # a cell may lie in two tiles
    return _likeness((ratio > TOLERANCE_CODED_ALIKE) & near[rows][:, columns])


def _ratios(old: Look, new: Look, shift: tuple[float, float]) -> NDArray[np.float32]:
    """(rows, columns) differences of cells, over what coding and scaling may make of them."""
    least = [min(a, b) / SAMPLES_PER_CELL for a, b in zip(old.size, new.size, strict=True)]
    columns = max(1, round(min(least[0], old.cells.shape[1], new.cells.shape[1])))
    rows = max(1, round(min(least[1], old.cells.shape[0], new.cells.shape[0])))
    one, other = averaged(old.cells, rows, columns), averaged(new.cells, rows, columns)
    if old.size != new.size:
        one, other = _blurred(one), _blurred(other)
    ratio = _over_allowed(one, other)
    if one.shape[0] * one.shape[1] >= LEAST_FITTED and (shift is CMYK_SHIFT or _is_noisy(ratio)):
        fitted = _fitted(other, one)
        moved = np.abs(fitted - other)
        if float(moved.mean(axis=(0, 1)).max()) <= shift[0] and float(moved.max()) <= shift[1]:
            ratio = np.minimum(ratio, _over_allowed(one, fitted))
    if old.size != new.size:
        for edge in (ratio[0], ratio[-1], ratio[:, 0], ratio[:, -1]):
            edge /= EDGE_SLACK
        if max(max(a / b, b / a) for a, b in zip(old.size, new.size, strict=True)) > MEASURED_SCALE:
            ratio /= EDGE_SLACK
    return ratio


def _over_allowed(one: Cells, other: Cells) -> NDArray[np.float32]:
    contrast = np.maximum(_contrast(one), _contrast(other))
    contrast[..., 1:] = np.maximum(contrast[..., 1:], contrast[..., :1] / 2)
    return np.asarray((np.abs(one - other) / (LEAST_STEP + CONTRAST_SHARE * contrast)).max(axis=-1))


def _is_noisy(ratio: NDArray[np.float32]) -> bool:
    return float(np.quantile(ratio, 0.75)) > NOISE


def _fitted(cells: Cells, goal: Cells) -> Cells:
    """Cells in the colours of others: each colour a polynomial of second degree of all three, by least squares."""
    flat, wanted = (one.reshape(-1, 3).astype(np.float64) / 128 for one in (cells, goal))
    y, u, v = flat.T
    terms = np.stack([np.ones_like(y), y, u, v, y * y, u * u, v * v, y * u, y * v, u * v], axis=1)
    square = terms.T @ terms + 1e-3 * np.eye(terms.shape[1])
    found = terms @ np.linalg.solve(square, terms.T @ wanted)
    return np.asarray(found.reshape(cells.shape) * 128, np.float32)


def _likeness(differ: NDArray[np.bool_]) -> Likeness:
    if not differ.any():
        return SAME
    rows, columns = differ.shape
    y, x = np.flatnonzero(differ.any(axis=1)), np.flatnonzero(differ.any(axis=0))
    where = float(x[0] / columns), float(y[0] / rows), float((x[-1] + 1) / columns), float((y[-1] + 1) / rows)
    return Likeness(float(differ.mean()), where)


def _windows(cells: Cells) -> NDArray[np.float32]:
    """(9, rows, columns, channels) each cell with its neighbours; those of the edges have themselves beside them."""
    padded = np.pad(cells, ((1, 1), (1, 1), (0, 0)), mode="edge")
    rows, columns = cells.shape[:2]
    return np.stack([padded[i : i + rows, j : j + columns] for i in range(3) for j in range(3)])


def _contrast(cells: Cells) -> NDArray[np.float32]:
    around = _windows(cells)
    return np.asarray(around.max(axis=0) - around.min(axis=0))


def _blurred(cells: Cells) -> NDArray[np.float32]:
    weights = np.array([1, 2, 1, 2, 4, 2, 1, 2, 1], np.float32).reshape(9, 1, 1, 1) / 16
    return np.asarray((_windows(cells) * weights).sum(axis=0), np.float32)
