"""What a raster picture shows, small enough to travel: means of cells and check sums of tiles.

The mean of a cell hardly changes when a picture is coded anew or scaled, and does when something is drawn in it. The
check sums of tiles are equal where the samples are: two pictures of the same size that agree in most tiles were coded
in the same way, and then one differing sample is enough.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Cells = NDArray[np.float32]
Tiles = NDArray[np.uint16]
Samples = NDArray[np.uint8]

#: Property of a picture: the look of its whole page as drawn, on the first one of a page of shadows and shades.
PAGE_LOOK = "page_look"
MOST_CELLS = 256  #: along the longer side
MOST_TILES, LEAST_TILE = 32, 8  #: tiles along a side; samples along the side of one
FLAT = 1  #: bit of the check sum of a tile that has one colour
_QUANTA = 2, 4, 4  #: steps of lightness and of both colours, of 256: half a step is below the noise of JPEG
_BAND_SAMPLES = 1 << 18  #: worked on at once
_WHITE_LEAST = 251.0
_LIGHTNESS = np.array([0.114, 0.587, 0.299], np.float32)  #: of blue, green, red (ITU-R BT.601, as in JPEG)


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """A look, read.

    Attributes:
        cells: (rows, columns, 3) lightness 0 to 255, and the two colours about 0.
        tiles: (rows, columns) check sums.
        size: Width and height in samples.
    """

    cells: Cells
    tiles: Tiles
    size: tuple[int, int]


def look_of(samples: Samples, cells: int) -> str:
    """The look of a picture as it is seen on white paper; on grey where it is white itself.

    Args:
        samples: (height, width, 4) blue, green, red, alpha.
        cells: At most so many cells along the longer side.

    Returns:
        Text for `read_look`; empty where nothing can be seen.
    """
    height, width = samples.shape[:2]
    scale = min(1.0, min(cells, MOST_CELLS) / max(width, height))
    rows, columns = max(1, round(height * scale)), max(1, round(width * scale))
    grid = averaged(_averaged_down(samples, rows), rows, columns)
    painted, cover = grid[..., :3], grid[..., 3:]
    if float(cover.max()) < 1 / 255:
        return ""
    colors = painted + (1 - cover) * 255
    if float(colors.min()) >= _WHITE_LEAST:
        if float(cover.min()) > 0.98:
            return ""
        colors = painted + (1 - cover) * 128
    light = colors @ _LIGHTNESS
    planes: list[NDArray[np.floating]] = [light]
    for k, factor in ((0, 0.564), (2, 0.713)):
        chroma = 128 + factor * (colors[..., k] - light)
        planes.append(averaged(chroma[..., None], *_coarser(rows, columns))[..., 0])
    data = b"".join(
        np.diff(np.round(plane / quantum).astype(np.uint8).ravel(), prepend=np.uint8(0)).tobytes()
        for plane, quantum in zip(planes, _QUANTA, strict=True)
    )
    tiles = _check_sums(samples)
    shape = f"{width}x{height} {columns}x{rows} {tiles.shape[1]}x{tiles.shape[0]}"
    return f"{shape} {_text(zlib.compress(data, 6))} {_text(tiles.astype('<u2').tobytes())}"


@lru_cache(maxsize=2048)
def read_look(text: str) -> Look | None:
    """The look that a text holds; None for what is not one."""
    try:
        shapes, (coded, sums) = text.split(" ")[:3], text.split(" ")[3:]
        size, (columns, rows), (across, down) = (_pair(shape) for shape in shapes)
        if max(columns, rows) > MOST_CELLS or max(across, down) > MOST_TILES:
            return None
        small = _coarser(rows, columns)
        wanted = rows * columns + 2 * small[0] * small[1]
        data = zlib.decompressobj().decompress(base64.b64decode(coded, validate=True), wanted + 1)
        tiles = np.frombuffer(base64.b64decode(sums, validate=True), "<u2").reshape(down, across)
        if len(data) != wanted:
            return None
    except (ValueError, zlib.error, binascii.Error):
        return None
    planes: list[NDArray[np.float32]] = []
    at = 0
    for shape, quantum in zip(((rows, columns), small, small), _QUANTA, strict=True):
        flat = np.cumsum(np.frombuffer(data, np.uint8, shape[0] * shape[1], at), dtype=np.uint8)
        plane = flat.astype(np.float32).reshape(shape) * quantum
        planes.append(averaged((plane - 128)[..., None], rows, columns)[..., 0] if planes else plane)
        at += flat.size
    return Look(np.stack(planes, axis=-1), tiles, size)


def averaged(samples: NDArray[np.floating], rows: int, columns: int) -> Cells:
    """Means over a grid laid on an array (height, width, channels); cells may cut samples, or repeat them."""
    return _along(_along(np.asarray(samples, np.float64), rows, 0), columns, 1).astype(np.float32)


def _along(samples: NDArray[np.float64], count: int, axis: int) -> NDArray[np.float64]:
    length = samples.shape[axis]
    if length == count:
        return samples
    return np.asarray(_sums(samples, np.linspace(0.0, length, count + 1), axis) * (count / length))


def _sums(samples: NDArray[np.float64], borders: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
    """Sums between borders along an axis; a border may cut a sample, and then takes its part of it."""
    total = np.concatenate((np.zeros_like(samples.take([0], axis)), np.cumsum(samples, axis)), axis)
    below = np.minimum(borders.astype(np.int64), samples.shape[axis] - 1)
    shape = [1] * samples.ndim
    shape[axis] = len(borders)
    part = (borders - below).reshape(shape)
    edges = total.take(below, axis) * (1 - part) + total.take(below + 1, axis) * part
    return np.asarray(np.diff(edges, axis=axis))


def _whole_sums(samples: NDArray[np.uint8], borders: NDArray[np.float64]) -> NDArray[np.float64]:
    """`_sums` along the rows, of which more than one lies between two borders."""
    below = np.minimum(borders.astype(np.int64), len(samples) - 1)
    sums = np.add.reduceat(samples[: below[-1]], below[:-1], axis=0, dtype=np.uint32)
    return np.asarray(sums + np.diff((borders - below)[:, None] * samples[below], axis=0))


def _averaged_down(samples: Samples, rows: int) -> Cells:
    """(rows, width, 4) means over rows, colours times alpha, alpha from 0 to 1; a band at a time, to be small."""
    height, width = samples.shape[:2]
    borders = np.linspace(0.0, height, rows + 1)
    found = np.zeros((rows, width, 4), np.float32)
    step = max(1, int(_BAND_SAMPLES / max(1.0, width * height / rows)))
    for first in range(0, rows, step):
        last = min(rows, first + step)
        top, bottom = int(borders[first]), int(np.ceil(borders[last]))
        shares = borders[first : last + 1] - top
        if rows < height and int(samples[top:bottom, :, 3].min()) == 255:  # as nearly all are: whole numbers do
            sums = _whole_sums(samples[top:bottom].reshape(bottom - top, -1), shares) * (rows / height)
            found[first:last] = sums.reshape(last - first, width, 4)
            found[first:last, :, 3] = 1
            continue
        band = samples[top:bottom].astype(np.float32)
        band[..., 3] /= 255
        if float(band[..., 3].min()) < 1:
            band[..., :3] *= band[..., 3:]
        flat = band.reshape(bottom - top, -1).astype(np.float64)
        sums = _sums(flat, shares, 0) * (rows / height)
        found[first:last] = sums.reshape(last - first, width, 4)
    return found


def _check_sums(samples: Samples) -> Tiles:
    """(rows, columns) of a check sum for each tile of a picture, made of every sample."""
    height, width = samples.shape[:2]
    down, across = (max(1, min(MOST_TILES, length // LEAST_TILE)) for length in (height, width))
    values: NDArray[np.uint32] = np.ascontiguousarray(samples).view(np.uint32)[..., 0]
    random = np.random.Generator(np.random.PCG64(1))
    weight_x, weight_y = (
        np.asarray(random.integers(0, 2**31, (length,), np.uint32)) | np.uint32(1) for length in (width, height)
    )
    columns = np.linspace(0, width, across + 1).astype(np.int64)[:-1]
    rows = np.linspace(0, height, down + 1).astype(np.int64)
    found = np.zeros((down, across), np.uint32)
    for k in range(down):
        band = values[rows[k] : rows[k + 1]]
        lines: NDArray[np.uint32] = np.add.reduceat(band * weight_x, columns, axis=1, dtype=np.uint32)
        sums = (lines * weight_y[rows[k] : rows[k + 1], None]).sum(axis=0, dtype=np.uint32)
        low = np.minimum.reduceat(band.min(axis=0), columns)
        high = np.maximum.reduceat(band.max(axis=0), columns)
        found[k] = sums >> np.uint32(16) & ~np.uint32(FLAT) | np.where(low == high, np.uint32(FLAT), np.uint32(0))
    return found.astype(np.uint16)


def _coarser(rows: int, columns: int) -> tuple[int, int]:
    """The grid of colours, which are seen and coded at half the detail."""
    return (rows + 1) // 2, (columns + 1) // 2


def _pair(text: str) -> tuple[int, int]:
    one, other = (int(part) for part in text.split("x"))
    if one < 1 or other < 1:
        raise ValueError(text)
    return one, other


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
