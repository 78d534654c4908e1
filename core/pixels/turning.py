"""Pages that lie upside down, or on their side, against their partners: found by their pictures, and drawn turned."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.geometry import Box
from core.ocr.rasters import DPI, Affine, Gray, Picture, Pictures

SIDE = 160  #: dots of the longer side of the pictures that say how a page lies
LEAST, BETTER = 0.25, 1.3  #: correlation of their ink by which a turn is believed, and how much better than none


def turn_of(one: Gray, other: Gray) -> int:
    """Quarters anticlockwise by which the other page must be turned to lie on the first; 0 where nothing is sure."""
    first, second = _inked(one), _inked(other)
    scores = [_agreement(first, np.rot90(second, quarters)) for quarters in range(4)]
    best = int(np.argmax(np.round(scores, 6)))
    return best if scores[best] >= max(LEAST, BETTER * scores[0]) else 0


def _inked(pixels: Gray) -> NDArray[np.float64]:
    """A small picture of where there is ink, about 0, of length 1."""
    step = max(1, -(-max(pixels.shape) // SIDE))
    rows, columns = (max(1, size // step) for size in pixels.shape)
    part = pixels[: rows * step, : columns * step]
    if part.shape != (rows * step, columns * step):
        part, step = pixels, 1
        rows, columns = pixels.shape
    small = part.reshape(rows, step, columns, step).mean(axis=(1, 3))
    ink = small.mean() - small
    return np.asarray(ink / max(float(np.sqrt(np.square(ink).sum())), 1e-9))


def _agreement(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """The best correlation of two pictures over all shifts."""
    shape = max(one.shape[0], other.shape[0]), max(one.shape[1], other.shape[1])
    both = np.fft.rfft2(one, shape) * np.conj(np.fft.rfft2(other, shape))
    return float(np.fft.irfft2(both, shape).max())


@dataclass(frozen=True, slots=True)
class Turned:
    """The pictures of both documents, one page of the new one turned.

    Attributes:
        pictures: As they are drawn.
        quarters: By which it is turned anticlockwise.
        size: Of the page as displayed, points.
    """

    pictures: Pictures
    quarters: int
    size: tuple[float, float]

    def page(self, side: int, number: int) -> Picture | None:
        """See `core.ocr.rasters.Pictures`."""
        return self._as_turned(side, self.pictures.page(side, number))

    def straight(self, side: int, number: int, dpi: float = DPI) -> Picture | None:
        """See `core.ocr.rasters.Pictures`."""
        return self._as_turned(side, self.pictures.straight(side, number, dpi))

    def bearable_dpi(self, side: int, number: int) -> float:
        """See `core.ocr.rasters.Pictures`."""
        return self.pictures.bearable_dpi(side, number)

    def patch(
        self, side: int, number: int, box: Box, scale: float, axes: Affine, *, is_gray: bool = False
    ) -> NDArray[np.uint8] | None:
        """See `core.ocr.rasters.Pictures`."""
        laid = _after(self._axes(), axes) if side else axes
        return self.pictures.patch(side, number, box, scale, laid, is_gray=is_gray)

    def as_displayed(self, box: Box) -> Box:
        """A box of the turned page on the page as displayed."""
        width, height = self.size
        x0, y0, x1, y1 = box
        if self.quarters == 1:
            return width - y1, x0, width - y0, x1
        if self.quarters == 2:
            return width - x1, height - y1, width - x0, height - y0
        return y0, height - x1, y1, height - x0

    def _as_turned(self, side: int, found: Picture | None) -> Picture | None:
        if not side or found is None:
            return found
        return Picture(np.ascontiguousarray(np.rot90(found.pixels, self.quarters)), found.scale, found.skew)

    def _axes(self) -> Affine:
        width, height = self.size
        axes: tuple[Affine, ...] = (
            (0.0, -1.0, 1.0, 0.0, 0.0, width),
            (-1.0, 0.0, 0.0, -1.0, width, height),
            (0.0, 1.0, -1.0, 0.0, height, 0.0),
        )
        return axes[self.quarters - 1]


def _after(first: Affine, then: Affine) -> Affine:
    """The transform that does one after the other."""
    a, b, c, d, e, f = first
    g, h, i, j, k, m = then
    return a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m
