"""Two sheets too large to be drawn whole, compared by their pictures tile by tile, at 300 dots an inch.

A coarse picture of each says by how much one lies beside the other, some tiles with much ink say it to the dot. Then
only one tile of both is in memory at a time, with a rim that the tolerance needs, and of what differs only its dots.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.drawings.joining import Ints, connected
from core.geometry import Box
from core.ocr.pixels import (
    EDGE,
    INK,
    MOST_PLACES,
    OTHER_SHARE,
    PAPER,
    Differences,
    Place,
    profile_shift,
    shift_of,
    whitened,
)
from core.ocr.rasters import Gray, Pictures
from core.pixels.areas import MM2, contiguous

DPI = 300.0
SCALE = DPI / 72
MOST_DOTS = 400_000_000  #: of a sheet; a larger one is compared coarser
TILE = 1536  #: dots of a side
COARSE_DOTS = 2_000_000  #: of the picture by which two sheets are brought together
NEAR = 3  #: dots within which ink is the same ink: a quarter of a millimetre
BLOCK = 24  #: dots; differences in neighbouring blocks are one
LEAST_MM2 = 0.2  #: of a difference: less is grain
MOST_FOUND = 3_000_000  #: dots that differ; with more, sheets have little in common
PROBES = 5  #: tiles by which two sheets are brought together to the dot
MOST_LABELLED = 100_000  #: dots of a place, of which it is asked how they hang together; more are an area

_WHITE = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Paper:
    """A page: its side (0 old, 1 new), number, and width and height in points."""

    side: int
    number: int
    size: tuple[float, float]


def differences_by_tile(old: Paper, new: Paper, pictures: Pictures, least_mm2: float = 0.0) -> Differences | None:
    """Where two sheets differ by ink; None where one of them cannot be drawn."""
    area = max(paper.size[0] * paper.size[1] for paper in (old, new))
    scale = min(SCALE, (MOST_DOTS / area) ** 0.5)
    return _Sheets(old, new, pictures, scale).differences(least_mm2)


class _Undrawn(Exception):
    """A page cannot be drawn."""


class _Sheets:
    """Both sheets, and how the new one lies on the old one."""

    def __init__(self, old: Paper, new: Paper, pictures: Pictures, scale: float) -> None:
        self._papers, self._pictures, self._scale = (old, new), pictures, scale
        self._white: list[NDArray[np.uint8]] = []
        self._down = self._right = 0  # dots by which the new one is moved to lie on the old one

    def differences(self, least_mm2: float) -> Differences | None:
        try:
            coarse = self._coarse()
            self._lay(coarse)
            return self._compared(least_mm2)
        except _Undrawn:
            return None

    def _coarse(self) -> tuple[list[NDArray[np.float32]], float]:
        """Both whole, and their scale; what white is on each paper is kept."""
        area = max(paper.size[0] * paper.size[1] for paper in self._papers)
        scale = min(self._scale, (COARSE_DOTS / area) ** 0.5)
        found = []
        for paper in self._papers:
            gray = self._drawn(paper, (0.0, 0.0, *paper.size), scale)
            values = np.arange(256, dtype=np.float32)
            self._white.append(whitened(values, float(np.median(gray))).astype(np.uint8))
            found.append(self._white[-1][gray].astype(np.float32))
        return found, scale

    def _lay(self, coarse: tuple[list[NDArray[np.float32]], float]) -> None:
        """Find how the sheets lie: coarse first, then by tiles with much ink."""
        (a, b), scale = coarse
        down, right = (round(one * self._scale / scale) for one in shift_of(a, b))
        self._down, self._right = down, right
        step = max(1, int(TILE * scale / self._scale))
        rows, columns = (max(1, size // step) for size in a.shape)
        ink = a[: rows * step, : columns * step] < INK
        if ink.shape != (rows * step, columns * step):
            return
        full = ink.reshape(rows, step, columns, step).sum(axis=(1, 3))
        shifts = []
        reach = int(np.ceil(self._scale / scale)) + 1
        for at in np.argsort(-full, axis=None, kind="stable")[:PROBES].tolist():
            y, x = divmod(at, columns)
            if not full[y, x]:
                break
            here, there = self._pair(y * TILE, x * TILE, TILE, TILE)
            shifts.append([profile_shift(here.mean(axis=1 - k), there.mean(axis=1 - k), 0, reach) for k in (0, 1)])
        if shifts:
            more = np.median(np.array(shifts), axis=0)
            self._down += int(more[0])
            self._right += int(more[1])

    def _compared(self, least_mm2: float) -> Differences:
        gone_at: list[NDArray[np.int32]] = []
        come_at: list[NDArray[np.int32]] = []
        ink = found = 0
        rows, columns = (round(max(p.size[k] for p in self._papers) * self._scale) for k in (1, 0))
        rim = max(2, round(EDGE * min(rows, columns)))
        for y, x in self._tiles(rows, columns):
            high, wide = min(TILE, rows - y), min(TILE, columns - x)
            here, there = self._pair(y - NEAR, x - NEAR, high + 2 * NEAR, wide + 2 * NEAR)
            inner = np.s_[NEAR:-NEAR, NEAR:-NEAR]
            dark = here[inner] < INK, there[inner] < INK
            ink += int(dark[0].sum()) + int(dark[1].sum())
            if np.array_equal(here, there):
                continue
            for mask, light, into in ((dark[0], there, gone_at), (dark[1], here, come_at)):
                if mask.any():
                    ys, xs = np.nonzero(mask & _blank(light > PAPER))
                    ys, xs = ys + y, xs + x
                    kept = (ys >= rim) & (ys < rows - rim) & (xs >= rim) & (xs < columns - rim)
                    into.append(np.stack((ys[kept], xs[kept]), axis=1).astype(np.int32))
                    found += len(into[-1])
            if found > MOST_FOUND:
                return Differences((), is_other=True)
        if found > OTHER_SHARE * max(ink, 1):
            return Differences((), is_other=True)
        return self._places(gone_at, come_at, max(LEAST_MM2, least_mm2))

    def _places(self, gone: list[NDArray[np.int32]], come: list[NDArray[np.int32]], least_mm2: float) -> Differences:
        """What differs, by its blocks, where enough of it hangs together."""
        dots = np.concatenate([np.zeros((0, 2), np.int32), *gone, *come])
        lost = np.arange(len(dots)) < sum(map(len, gone))
        least = least_mm2 * MM2 * self._scale**2
        places = []
        for rows in _groups(dots):
            if len(rows) < least:
                continue
            ys, xs = dots[rows].T
            if len(rows) <= MOST_LABELLED and int(np.bincount(contiguous(ys, xs)).max()) < least:
                continue
            y0, x0, y1, x1 = int(ys.min()), int(xs.min()), int(ys.max()) + 1, int(xs.max()) + 1
            old = _box(y0, x0, y1, x1, self._scale)
            new = _box(y0 - self._down, x0 - self._right, y1 - self._down, x1 - self._right, self._scale)
            away = int(lost[rows].sum())
            places.append(Place(old, new, away, len(rows) - away))
        if len(places) > MOST_PLACES:
            return Differences((), is_other=True)
        return Differences(tuple(sorted(places, key=lambda place: (place.old[1], place.old[0]))))

    def _tiles(self, rows: int, columns: int) -> Iterator[tuple[int, int]]:
        return ((y, x) for y in range(0, rows, TILE) for x in range(0, columns, TILE))

    def _pair(self, y: int, x: int, high: int, wide: int) -> tuple[Gray, Gray]:
        """A tile of both in the dots of the old one, the new one moved onto it; paper is white."""
        found = []
        for k, paper in enumerate(self._papers):
            down, right = (self._down, self._right) if k else (0, 0)
            box = _box(y - down, x - right, y - down + high, x - right + wide, self._scale)
            gray, white = self._drawn(paper, box, self._scale), self._white[k]
            found.append(gray if white[254] == 254 else np.take(white, gray))
        return found[0], found[1]

    def _drawn(self, paper: Paper, box: Box, scale: float) -> Gray:
        drawn = self._pictures.patch(paper.side, paper.number, box, scale, _WHITE, is_gray=True)
        if drawn is None:
            raise _Undrawn
        return drawn


def _box(y0: int, x0: int, y1: int, x1: int, scale: float) -> Box:
    return x0 / scale, y0 / scale, x1 / scale, y1 / scale


def _blank(light: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Where all that is near is light, but for a rim of NEAR dots."""
    for axis in (0, 1):
        stop = light.shape[axis] - 2 * NEAR
        parts = [light[k : k + stop] if axis == 0 else light[:, k : k + stop] for k in range(2 * NEAR + 1)]
        light = np.logical_and.reduce(parts)
    return light


def _groups(dots: NDArray[np.int32]) -> list[Ints]:
    """Rows of the dots (n, 2) that lie in blocks that hang together: no more than one block between them."""
    if not len(dots):
        return []
    across = 1 << 20
    at = dots.astype(np.int64) // BLOCK
    keys, block = np.unique(at[:, 0] * across + at[:, 1], return_inverse=True)
    a, b = [], []
    for step in [y * across + x for y in range(3) for x in range(-2, 3) if (y, x) > (0, 0)]:
        place = np.minimum(np.searchsorted(keys, keys + step), len(keys) - 1)
        there = np.flatnonzero(keys[place] == keys + step)
        a.append(there)
        b.append(place[there])
    group = connected(len(keys), np.concatenate(a), np.concatenate(b))[block.reshape(-1)]
    order = np.argsort(group, kind="stable")
    _, first = np.unique(group[order], return_index=True)
    return np.split(order, first[1:])
