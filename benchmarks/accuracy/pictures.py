"""Pictures made by arithmetic: coarse shapes, gradients and grain, so that they compress like photographs."""

from __future__ import annotations

import io
import random

import numpy as np
from PIL import Image, ImageDraw, ImageFilter


def picture(seed: int, width: int = 480, height: int = 320) -> Image.Image:
    """A picture that looks like no other seed's."""
    rng = random.Random(seed)
    ys, xs = np.mgrid[0:height, 0:width]
    ground = np.zeros((height, width, 3))
    for channel in range(3):
        ground[..., channel] = 128 + 80 * np.sin(xs / rng.uniform(40, 160) + rng.uniform(0, 6)) * np.cos(
            ys / rng.uniform(40, 160) + rng.uniform(0, 6)
        )
    image = Image.fromarray(ground.clip(0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    for _ in range(14):
        x, y, size = rng.randrange(width), rng.randrange(height), rng.randrange(20, 110)
        colour = tuple(rng.randrange(256) for _ in range(3))
        shape = rng.choice((draw.ellipse, draw.rectangle))
        shape((x, y, x + size, y + int(size * rng.uniform(0.4, 1.4))), fill=colour)
    image = image.filter(ImageFilter.GaussianBlur(1.2))
    grain = np.random.default_rng(seed).normal(0, 5, (height, width, 1))
    return Image.fromarray((np.asarray(image) + grain).clip(0, 255).astype(np.uint8))


def touched(image: Image.Image, seed: int) -> Image.Image:
    """The same picture with one place painted over."""
    rng = random.Random(seed)
    copy = image.copy()
    width, height = copy.size
    x, y = rng.randrange(width // 8, width // 2), rng.randrange(height // 8, height // 2)
    spot = (x, y, x + width // 4, y + height // 4)
    ImageDraw.Draw(copy).ellipse(spot, fill=(250, 20, 20), outline=(255, 255, 255), width=4)
    return copy


def encoded(image: Image.Image, suffix: str = ".png", quality: int = 90) -> bytes:
    """As a file."""
    target = io.BytesIO()
    if suffix == ".jpg":
        image.save(target, "JPEG", quality=quality)
    else:
        image.save(target, "PNG")
    return target.getvalue()
