"""Where two pictures of pages differ by ink: brought together first, tolerant of grain, smoothing and half a dot."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.geometry import Box
from core.ocr.rasters import Picture
from core.pixels.areas import MM2, contiguous

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

DPI = 200.0  #: at which pages are compared: at 100 one glyph of stroke lettering is lost
MOST_CELLS = 8_000_000  #: of a page; a larger sheet is compared coarser
NEAR = 2  #: dots within which ink is the same ink
#: Of 255: ink is darker than the one, and is gone where all that is near is lighter than the other.
INK, PAPER = 140, 190
BLOCK = 16  #: dots; differences in neighbouring blocks are one
LEAST_DOTS = 12  #: of a difference: .2 square millimetres
#: From this share of the ink on, or with more places than this, pages have little in common.
OTHER_SHARE, MOST_PLACES = 0.5, 60
COARSE = 4  #: dots along a side of one that the first look takes
MOST_SHIFT = 0.08  #: of the page, by which its picture may lie elsewhere on the paper
EDGE = 0.012  #: of the page: the rim of a scan is the scanner's


@dataclass(frozen=True, slots=True)
class Place:
    """One place that differs: its boxes on the old and the new page in points, and the dots of ink gone and come."""

    old: Box
    new: Box
    gone: int
    come: int


@dataclass(frozen=True, slots=True)
class Differences:
    """The places that differ, from top to bottom, or that the pages have little in common."""

    places: tuple[Place, ...]
    is_other: bool = False

    def turned(self) -> Differences:
        """The same with the sides swapped."""
        return replace(self, places=tuple(Place(p.new, p.old, p.come, p.gone) for p in self.places))


def differences(old: Picture, new: Picture, least_mm2: float = 0.0) -> Differences:
    """Compare two pages by their ink, both set straight; `least_mm2` of it must hang together, if that is told."""
    if old.scale == new.scale and np.array_equal(old.pixels, new.pixels):
        return Differences(())
    scale = min(
        DPI / 72, old.scale, new.scale, (MOST_CELLS / max(p.pixels.size / p.scale**2 for p in (old, new))) ** 0.5
    )
    a, b = _reduced(old, scale), _reduced(new, scale)
    rows, columns = max(a.shape[0], b.shape[0]), max(a.shape[1], b.shape[1])
    down, right = shift_of(a, b)
    first, second = _placed(a, rows, columns, 0, 0), _placed(b, rows, columns, down, right)
    gone, come = _missing(first, second), _missing(second, first)
    rim = max(2, round(EDGE * min(rows, columns)))
    for mask in (gone, come):
        mask[:rim] = mask[-rim:] = False
        mask[:, :rim] = mask[:, -rim:] = False
    ink = int((first < INK).sum() + (second < INK).sum())
    if ink and int(gone.sum() + come.sum()) > OTHER_SHARE * ink:
        return Differences((), is_other=True)
    found = []
    for y0, y1, x0, x1 in grouped(gone | come):
        lost, won = int(gone[y0:y1, x0:x1].sum()), int(come[y0:y1, x0:x1].sum())
        if lost + won >= LEAST_DOTS and _is_area(gone[y0:y1, x0:x1] | come[y0:y1, x0:x1], least_mm2 * MM2 * scale**2):
            here = x0 / scale, y0 / scale, x1 / scale, y1 / scale
            there = (x0 - right) / scale, (y0 - down) / scale, (x1 - right) / scale, (y1 - down) / scale
            found.append(Place(old.as_drawn(here), new.as_drawn(there), lost, won))
    if len(found) > MOST_PLACES:
        return Differences((), is_other=True)
    return Differences(tuple(found))


def _is_area(mask: Mask, least: float) -> bool:
    """Whether so many dots hang together."""
    ys, xs = np.nonzero(mask)
    return least <= 0 or (len(ys) >= least and int(np.bincount(contiguous(ys, xs)).max()) >= least)


def _reduced(picture: Picture, scale: float) -> Floats:
    """The page at another scale, each dot the mean of those it covers, with its paper made white."""
    step = picture.scale / scale
    if step == 1 and picture.pixels.dtype == np.uint8:
        if 2 * np.count_nonzero(picture.pixels == 255) > picture.pixels.size:
            return picture.pixels.astype(np.float32)  # white paper: nothing to be made white
        # Its own dots: the paper and the white of each of the 256 values are found without a pass over floats.
        paper = _median(np.bincount(picture.pixels.ravel(), minlength=256))
        return np.take(whitened(np.arange(256, dtype=np.float32), paper), picture.pixels)
    rows, columns = (max(1, int(size / step)) for size in picture.pixels.shape)
    values = picture.pixels.astype(np.float32)
    for axis, count in ((0, rows), (1, columns)):
        edges = np.minimum((np.arange(count) * step).astype(np.int64), values.shape[axis] - 1)
        widths = np.diff(np.append(edges, min(values.shape[axis], int(count * step) or 1))).clip(1)
        sums = np.add.reduceat(values, edges, axis=axis, dtype=np.float32)
        last = [slice(None), slice(None)]
        last[axis] = slice(-1, None)
        # The last sum runs to the end of the picture.
        sums[tuple(last)] *= widths[-1] / max(1, values.shape[axis] - edges[-1])
        values = (sums / widths.reshape((-1, 1) if axis == 0 else (1, -1))).astype(np.float32)
    return whitened(values, float(np.median(values)))


def whitened(values: Floats, paper: float) -> Floats:
    """The values with those of the paper made white, unless it is dark."""
    return np.minimum(values * np.float32(255 / paper), np.float32(255)) if paper > 128 else values


def _median(counts: NDArray[np.int64]) -> float:
    """Of so many of each value."""
    below, size = np.cumsum(counts), int(counts.sum())
    middle = np.searchsorted(below, ((size - 1) // 2, size // 2), side="right")
    return float(middle.mean())


def _placed(values: Floats, rows: int, columns: int, down: int, right: int) -> Floats:
    """On a sheet of this size, moved; white around."""
    sheet = np.full((rows, columns), 255, np.float32)
    top, left = max(0, down), max(0, right)
    part = values[max(0, -down) : max(0, rows - down), max(0, -right) : max(0, columns - right)]
    part = part[: rows - top, : columns - left]
    sheet[top : top + part.shape[0], left : left + part.shape[1]] = part
    return sheet


def shift_of(a: Floats, b: Floats) -> tuple[int, int]:
    """Rows and columns by which the second page must be moved to lie on the first: where their ink agrees best.

    Cross-correlation of the ink by Fourier transform, coarse; then of the sums of rows and of columns, to the dot.
    """
    small = [_ink(values) for values in (a, b)]
    rows, columns = (max(one.shape[k] for one in small) for k in (0, 1))
    reach = max(1, round(MOST_SHIFT * rows)), max(1, round(MOST_SHIFT * columns))
    shape = _smooth(rows + reach[0]), _smooth(columns + reach[1])
    spectra = [np.fft.rfft2(one, shape) for one in small]
    score = np.fft.irfft2(spectra[0] * np.conj(spectra[1]), shape)
    near = np.roll(score, reach, axis=(0, 1))[: 2 * reach[0] + 1, : 2 * reach[1] + 1]
    at = np.unravel_index(int(near.argmax()), near.shape)
    coarse = (0, 0) if near[at] <= 1.02 * near[reach] else (int(at[0]) - reach[0], int(at[1]) - reach[1])
    down, right = (
        profile_shift(a.mean(axis=1 - axis), b.mean(axis=1 - axis), COARSE * coarse[axis]) for axis in (0, 1)
    )
    return down, right


def _ink(values: Floats) -> Floats:
    """Ink of a page at a quarter of its dots along a side."""
    rows, columns = (max(1, size // COARSE) for size in values.shape)
    part = values[: rows * COARSE, : columns * COARSE]
    if part.shape != (rows * COARSE, columns * COARSE):
        return 255 - values
    # Rows first, then columns: together, the sums go through memory against its order.
    sums = part.reshape(rows, COARSE, columns * COARSE).sum(axis=1).reshape(rows, columns, COARSE).sum(axis=2)
    return np.asarray(255 - sums / np.float32(COARSE * COARSE))


def _smooth(size: int) -> int:
    """The least number from `size` on that has no factors but 2, 3 and 5: such transforms take a third of the time."""
    while True:
        left = size
        for factor in (2, 3, 5):
            while left % factor == 0:
                left //= factor
        if left == 1:
            return size
        size += 1


def profile_shift(a: Floats, b: Floats, about: int, reach: int = COARSE) -> int:
    """The shift near a coarse one by which two profiles agree best; nought where that is as good."""
    best, least = about, np.inf
    for shift in sorted(range(about - reach, about + reach + 1), key=lambda one: (abs(one), one)):
        first, second = a[max(0, shift) :], b[max(0, -shift) :]
        count = min(len(first), len(second))
        if count:
            away = float(np.abs(first[:count] - second[:count]).mean())
            if away < 0.98 * least:
                best, least = shift, away
    return best


def _missing(here: Floats, there: Floats) -> Mask:
    """Where a page has ink and the other has none near; not known within NEAR dots of the rim, where there is none."""
    light = there > PAPER
    blank = np.zeros(light.shape, bool)
    rows, columns = light.shape
    if min(rows, columns) > 2 * NEAR:
        for axis in (0, 1):
            stop = light.shape[axis] - 2 * NEAR
            parts = [light[k : k + stop] if axis == 0 else light[:, k : k + stop] for k in range(2 * NEAR + 1)]
            light = np.logical_and.reduce(parts)
        blank[NEAR : rows - NEAR, NEAR : columns - NEAR] = light
    return np.asarray((here < INK) & blank)


def grouped(mask: Mask, *, block: int = BLOCK, reach: int = 2) -> list[tuple[int, int, int, int]]:
    """Rows and columns of the groups of neighbouring blocks that hold differences, from top to bottom.

    Args:
        mask: The differences.
        block: Dots of the side of a block.
        reach: Blocks that are so near are neighbours.
    """
    near = range(-reach, reach + 1)
    rows, columns = (-(-size // block) for size in mask.shape)
    padded = np.zeros((rows * block, columns * block), bool)
    padded[: mask.shape[0], : mask.shape[1]] = mask
    left = {(int(y), int(x)) for y, x in np.argwhere(padded.reshape(rows, block, columns, block).any(axis=(1, 3)))}
    found = []
    for start in sorted(left):
        if start not in left:
            continue
        left.discard(start)
        group, todo = [start], [start]
        while todo:
            y, x = todo.pop()
            for other in [(y + dy, x + dx) for dy in near for dx in near]:
                if other in left:
                    left.discard(other)
                    group.append(other)
                    todo.append(other)
        ys, xs = np.array(group).T
        y0, y1, x0, x1 = ys.min() * block, (ys.max() + 1) * block, xs.min() * block, (xs.max() + 1) * block
        inside = np.argwhere(mask[y0:y1, x0:x1])
        low, high = inside.min(axis=0), inside.max(axis=0) + 1
        found.append((int(y0 + low[0]), int(y0 + high[0]), int(x0 + low[1]), int(x0 + high[1])))
    return found
