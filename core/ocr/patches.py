"""Whether one picture shows at a place what another shows at its place: normalised correlation, window by window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.geometry import Box
from core.ocr.rasters import Picture

Floats = NDArray[np.float32]

STEP = 72 / 200  #: points between the samples of a patch: those of a page at 200 dpi
BLUR = 1.3  #: samples, sigma; evens out how two scanners cut the same edge into dots
REACH = 9  #: samples by which the place may be off
SLIP = 2  #: samples by which one part of a word may be off against the others
END = 0.2  #: heights of a word that are looked at before and behind it: `50` is not the end of `150`
LEAST, MOST = 5.0, 500.0  #: points of a patch: specks are looked at with what is around them
FLAT = 12.0  #: of 255; less contrast is paper
WINDOWS = 4  #: in the height of a line: half a letter wide
ROUNDS = 6  #: in which points that do not agree lose their weight
_BLOCK = 16


@dataclass(frozen=True, slots=True)
class Carry:
    """Takes places of one page to another: z * turn + shift, with x and y in points as one complex number."""

    turn: complex
    shift: complex

    def __call__(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        u = x * np.float32(self.turn.real) - y * np.float32(self.turn.imag) + np.float32(self.shift.real)
        v = x * np.float32(self.turn.imag) + y * np.float32(self.turn.real) + np.float32(self.shift.imag)
        return u, v


def carry_of(here: NDArray[np.float64], there: NDArray[np.float64], weight: NDArray[np.float64]) -> Carry:
    """The similarity that takes points (n, 2) to others, by weighted least squares; a shift alone where they are close.

    Source: the closed form of Umeyama (1991) in the plane, with complex numbers.
    """
    z, w = here @ (1, 1j), there @ (1, 1j)
    total = weight.sum()
    z0, w0 = (weight * z).sum() / total, (weight * w).sum() / total
    spread = float((weight * abs(z - z0) ** 2).sum())
    turn: complex = 1.0
    if spread > 900.0 * total:  # 30 points: less says nothing of a turn
        turn = complex((weight * np.conj(z - z0) * (w - w0)).sum() / spread)
        if not 0.8 < abs(turn) < 1.25 or abs(turn.imag) > 0.2:
            turn = 1.0
    return Carry(turn, complex(w0 - turn * z0))


def steady_carry(here: NDArray[np.float64], there: NDArray[np.float64]) -> Carry:
    """The similarity that most points of a page agree in; those that reflow took elsewhere lose their weight."""
    weight = np.ones(len(here))
    found = carry_of(here, there, weight)
    for _ in range(ROUNDS):
        u, v = found(here[:, 0].astype(np.float32), here[:, 1].astype(np.float32))
        away = np.hypot(u - there[:, 0], v - there[:, 1])
        weight = 1 / (1 + (away / max(float(np.median(away)), 1.0)) ** 4)
        found = carry_of(here, there, weight)
    return found


def same_paper(here: tuple[float, float], there: tuple[float, float], turn: complex) -> Carry:
    """The middle of a page of this size to the middle of another, turned as its lines are."""
    straight = turn / abs(turn)
    return Carry(straight, complex(*there) / 2 - straight * complex(*here) / 2)


def noise_of(picture: Picture) -> float:
    """The variance of blank paper after the blur: that of the calmest fifth of the blocks of a page."""
    rows, columns = (size // _BLOCK for size in picture.pixels.shape)
    if rows * columns < 25:
        return 0.0
    step = max(1, round((rows * columns / 4000) ** 0.5))
    blocks = picture.pixels[: rows * _BLOCK, : columns * _BLOCK].reshape(rows, _BLOCK, columns, _BLOCK)
    chosen = blocks[::step, :, ::step].transpose(0, 2, 1, 3).reshape(-1, _BLOCK, _BLOCK)
    return float(np.quantile(blurred(chosen.astype(np.float32))[:, 4:-4, 4:-4].var(axis=(1, 2)), 0.2))


def likeness(
    box: Box, carry: Carry, here: Picture, there: Picture, noise: tuple[float, float] = (0.0, 0.0)
) -> float | None:
    """How well the worst part of a word is found where its neighbours say that it is: 1 is alike, 0 is nothing alike.

    Args:
        box: Of the word, points.
        carry: From its page to the other.
        here: Its page.
        there: The other.
        noise: Variance of the paper of both, after the blur.

    Returns:
        None where the place lies outside of the other page, or the word's own picture is blank.
    """
    end = max(END * (box[3] - box[1]), (LEAST - (box[2] - box[0])) / 2)
    over = max(1.0, (LEAST - (box[3] - box[1])) / 2)
    if box[2] - box[0] > MOST or box[3] - box[1] > MOST:
        return None
    x = np.arange(box[0] - end, box[2] + end, STEP, dtype=np.float32)
    y = np.arange(box[1] - over, box[3] + over, STEP, dtype=np.float32)
    first = sampled(here, *np.meshgrid(_widened(x, SLIP), _widened(y, SLIP)))
    wide = np.meshgrid(_widened(x, REACH + SLIP), _widened(y, REACH + SLIP))
    second = sampled(there, *carry(*wide))
    if first is None or second is None:
        return None
    first, second = blurred(first)[SLIP:-SLIP, SLIP:-SLIP], blurred(second)
    if first.std() < FLAT:
        return None
    inner = second[SLIP:-SLIP, SLIP:-SLIP]
    down, right = _best_place(first, inner)
    near = second[down : down + len(y) + 2 * SLIP, right : right + len(x) + 2 * SLIP]
    return _worst_window(first, near, noise)


def _worst_window(first: Floats, near: Floats, noise: tuple[float, float]) -> float:
    """The least, over windows half a letter wide, of the best correlation within a slip, by which `near` is wider."""
    rows, columns = first.shape
    width = max(6, rows // WINDOWS)
    left = np.arange(0, max(1, columns - width // 2), max(1, width // 2))
    right = np.minimum(left + width, columns)
    views = np.lib.stride_tricks.sliding_window_view(near, first.shape)  # (slips, slips, rows, columns)
    upright = np.ones(rows, np.float32)
    sums = (
        np.einsum("ijrc,rc->ijc", views, first),
        np.einsum("ijrc,r->ijc", views, upright),
        np.einsum("ijrc,r->ijc", np.lib.stride_tricks.sliding_window_view(near * near, first.shape), upright),
        upright @ first,
        upright @ (first * first),
    )
    cells = (rows * (right - left)).astype(np.float64)
    both, there, there_squared, here, here_squared = (_between(one, left, right) / cells for one in sums)
    found = _correlations(both - here * there, here_squared - here**2, there_squared - there**2, noise)
    return float(found.max(axis=(0, 1)).min(initial=1.0))


def _between(values: Floats, left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.float64]:
    """The sums along the last axis from each place to another."""
    table = np.zeros((*values.shape[:-1], values.shape[-1] + 1))
    values.cumsum(axis=-1, dtype=np.float64, out=table[..., 1:])
    return np.asarray(table[..., right] - table[..., left])


def _correlations(
    both: NDArray[np.float64], raw_a: NDArray[np.float64], raw_b: NDArray[np.float64], noise: tuple[float, float]
) -> NDArray[np.float64]:
    """Of a covariance and two variances: normalised, the share of the variance that is grain taken out.

    Paper is like paper.
    """
    flat = FLAT * FLAT
    variance_a, variance_b = (
        np.maximum(raw - grain, 0.5 * raw) for raw, grain in zip((raw_a, raw_b), noise, strict=True)
    )
    alike = both / np.sqrt(np.maximum(variance_a, flat) * np.maximum(variance_b, flat))
    is_paper = (raw_a - noise[0] < flat) & (raw_b - noise[1] < flat)
    return np.asarray(np.where(is_paper, 1.0, np.minimum(alike, 1.0)))


def _best_place(first: Floats, wide: Floats) -> tuple[int, int]:
    """Rows and columns by which a patch lies in a wider one where both are most alike; the nearest of equals.

    Source: cross-correlation by Fourier transform; what wraps around falls outside of the places looked at.
    """
    a = first - first.mean()
    rows, columns = (np.subtract(wide.shape, first.shape) + 1).tolist()
    shape = tuple(_smooth_size(size) for size in wide.shape)
    dots = np.fft.irfft2(np.fft.rfft2(wide, shape) * np.conj(np.fft.rfft2(a, shape)), shape)[:rows, :columns]
    total = _box_sums(wide, first.shape)
    squares = _box_sums(wide * wide, first.shape)
    spread = np.maximum(squares - total * total / first.size, 1.0)
    score = dots / np.sqrt(spread)
    down, right = divmod(int(score.argmax()), score.shape[1])
    return down, right


def _smooth_size(size: int) -> int:
    """The next length of no prime factor above 5: its Fourier transform is quick."""
    while True:
        rest = size
        for prime in (2, 3, 5):
            while rest % prime == 0:
                rest //= prime
        if rest == 1:
            return size
        size += 1


def _box_sums(values: Floats, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """The sum under a window of `shape` at each place of it."""
    table = np.zeros((values.shape[0] + 1, values.shape[1] + 1))
    table[1:, 1:] = values.cumsum(axis=0, dtype=np.float64).cumsum(axis=1)
    rows, columns = shape
    return table[rows:, columns:] - table[:-rows, columns:] - table[rows:, :-columns] + table[:-rows, :-columns]


def _widened(places: Floats, count: int) -> Floats:
    """Even places, with `count` more at both ends."""
    before, after = np.arange(-count, 0), np.arange(1, count + 1)
    return np.concatenate((places[0] + before * STEP, places, places[-1] + after * STEP)).astype(np.float32)


def sampled(picture: Picture, x: Floats, y: Floats) -> Floats | None:
    """The grey at places in points, between the dots by weight, paper outside; None where all lies outside."""
    rows, columns = picture.pixels.shape
    u, v = x * np.float32(picture.scale) - np.float32(0.5), y * np.float32(picture.scale) - np.float32(0.5)
    if u.max() < 0 or v.max() < 0 or u.min() >= columns - 1 or v.min() >= rows - 1:
        return None
    left, top = np.floor(u).astype(np.int32), np.floor(v).astype(np.int32)
    right_share, low_share = u - left, v - top
    inside = (left >= 0) & (top >= 0) & (left < columns - 1) & (top < rows - 1)
    dots = picture.pixels.ravel()
    at = top.clip(0, rows - 2) * columns + left.clip(0, columns - 2)
    upper = _mixed(dots.take(at), dots.take(at + 1), right_share)
    at += columns
    lower = _mixed(dots.take(at), dots.take(at + 1), right_share)
    found: Floats = np.where(inside, _mixed(upper, lower, low_share), np.float32(255))
    return found


def _mixed(one: NDArray[Any], other: NDArray[Any], share: Floats) -> Floats:
    """The one, with a share of the other."""
    found: Floats = one * (1 - share)
    found += other * share
    return found


def _sampled_level(picture: Picture, x: Floats, y: Floats) -> Floats | None:
    """`sampled` at all places of level rows: the same figures for half the work, for a row has its dots together."""
    rows, columns = picture.pixels.shape
    u, v = x * np.float32(picture.scale) - np.float32(0.5), y * np.float32(picture.scale) - np.float32(0.5)
    if u.max() < 0 or v.max() < 0 or u.min() >= columns - 1 or v.min() >= rows - 1:
        return None
    left, top = np.floor(u).astype(np.int32), np.floor(v).astype(np.int32)
    right_share, low_share = u - left, (v - top)[:, None]
    inside = ((left >= 0) & (left < columns - 1)) & ((top >= 0) & (top < rows - 1))[:, None]
    left, top = left.clip(0, columns - 2), top.clip(0, rows - 2)
    above, below = picture.pixels[top], picture.pixels[top + 1]
    upper = above[:, left] * (1 - right_share) + above[:, left + 1] * right_share
    lower = below[:, left] * (1 - right_share) + below[:, left + 1] * right_share
    return np.where(inside, upper * (1 - low_share) + lower * low_share, np.float32(255)).astype(np.float32)


def sampled_page(picture: Picture, size: tuple[float, float], step: float, carry: Carry | None = None) -> Floats:
    """The grey at places `step` points apart on a page of a width and height, or where `carry` takes them.

    Done strip by strip, which is three times as fast as at once: a strip stays in the processor's cache.
    """
    x, y = (np.arange(0, length, step, dtype=np.float32) for length in size)
    found = np.full((len(y), len(x)), 255, np.float32)
    for top in range(0, len(y), _STRIP_ROWS):
        rows = y[top : top + _STRIP_ROWS]
        strip = sampled(picture, *carry(*np.meshgrid(x, rows))) if carry else _sampled_level(picture, x, rows)
        if strip is not None:
            found[top : top + _STRIP_ROWS] = strip
    return found


_STRIP_ROWS, _SMOOTHED_ROWS = 16, 48
_KERNEL = np.exp(-0.5 * (np.arange(-4, 5) / BLUR) ** 2).astype(np.float32)
_KERNEL /= _KERNEL.sum()


def blurred(values: Floats) -> Floats:
    """Smoothed along the last two axes by a Gaussian; the edges are repeated."""
    half = len(_KERNEL) // 2
    if values.ndim == 2 and len(values) > 2 * _SMOOTHED_ROWS:  # a page: in strips that stay in the processor's cache
        padded = np.pad(values, ((half, half), (0, 0)), mode="edge")
        starts = range(0, len(values), _SMOOTHED_ROWS)
        strips = [blurred(padded[top : top + _SMOOTHED_ROWS + 2 * half])[half:-half] for top in starts]
        return np.concatenate(strips)
    for axis in (-2, -1):
        pad = [(0, 0)] * values.ndim
        pad[axis] = (half, half)
        padded = np.pad(values, pad, mode="edge")
        length = values.shape[axis]
        parts = [
            padded[..., k : k + length] if axis == -1 else padded[..., k : k + length, :] for k in range(2 * half + 1)
        ]
        values = parts[half] * _KERNEL[half]
        for k in range(half):  # the kernel is even
            both = parts[k] + parts[-1 - k]
            both *= _KERNEL[k]
            values += both
    return values
