"""Pictures for tests, made in code, and PDFs that show them."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from core.compare import compare
from core.engines.reading import read
from core.model import Change, Document, Layer
from core.options import CompareOptions, Limits
from tests.unit.core.pdfs import drawn

Placed = tuple[Image.Image | str, float, float, float, float]
FONT = ImageFont.load_default(size=13)


def photo(width: int = 640, height: int = 480, seed: int = 1) -> Image.Image:
    """Smooth shapes and noise of many scales."""
    random = np.random.default_rng(seed)
    total = np.zeros((height, width, 3))
    for octave in range(2, 8):
        coarse = random.normal(size=(2**octave, 2**octave, 3)).astype("f4")
        planes = [Image.fromarray(coarse[..., k]).resize((width, height), Image.Resampling.BICUBIC) for k in range(3)]
        total += np.stack([np.asarray(plane) for plane in planes], -1) * 0.55**octave
    total = (total - total.mean()) / total.std() * 50 + 125
    return Image.fromarray(np.clip(total, 0, 255).astype("u1"))


def screenshot(number: str = "1250", seed: int = 1) -> Image.Image:
    """A window full of words, with a number near its middle."""
    picture = Image.new("RGB", (1200, 750), (250, 250, 252))
    draw = ImageDraw.Draw(picture)
    draw.rectangle([0, 0, 1200, 36], fill=(40, 60, 120))
    random = np.random.default_rng(seed)
    for y in range(60, 720, 24):
        for x in range(40, 1100, 130):
            draw.text((x, y), f"value {random.integers(100, 999)}", fill=(30, 30, 30), font=FONT)
    draw.rectangle([560, 395, 680, 425], fill=(250, 250, 252))
    draw.text((580, 400), number, fill=(30, 30, 30), font=FONT)
    return picture


def plot(seed: int = 1) -> Image.Image:
    """Two curves with axes."""
    picture = Image.new("RGB", (640, 420), "white")
    draw = ImageDraw.Draw(picture)
    draw.rectangle([50, 20, 620, 380], outline="black")
    random = np.random.default_rng(seed)
    for color in ("#1f77b4", "#ff7f0e"):
        values = np.cumsum(random.normal(size=60))
        values = (values - values.min()) / np.ptp(values)
        draw.line([(50 + 570 * k / 59, 370 - 340 * v) for k, v in enumerate(values)], fill=color, width=2)
    return picture


def logo(name: str = "ACME") -> Image.Image:
    """A mark and a name."""
    picture = Image.new("RGB", (300, 100), "white")
    draw = ImageDraw.Draw(picture)
    draw.ellipse([8, 8, 92, 92], fill=(200, 40, 40))
    draw.text((110, 25), name, fill=(20, 40, 120), font=ImageFont.load_default(size=46))
    return picture


def jpeg(picture: Image.Image, quality: int) -> Image.Image:
    """The picture after a loss by JPEG, still a JPEG, so that reportlab embeds it as it is."""
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=quality)
    return Image.open(io.BytesIO(stream.getvalue()))


def reader(picture: Image.Image) -> ImageReader | str:
    """What reportlab draws; a JPEG stays one, whatever its colour space."""
    if picture.format != "JPEG":
        return ImageReader(picture)
    handle, name = tempfile.mkstemp(suffix=".jpg")
    with os.fdopen(handle, "wb") as file:
        picture.fp.seek(0)  # type: ignore[attr-defined]
        file.write(picture.fp.read())  # type: ignore[attr-defined]
    return name


TEXT = [f"Line {k} of the running text says something of its own, number {k * 37 % 101}." for k in range(40)]


def page(*placed: Placed, lines: Sequence[str] = TEXT, shift: float = 0.0) -> Callable[[Canvas], None]:
    """Lines of text 16 points apart on the left, and pictures: what, left, bottom, width, height."""

    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 9)
        for k, line in enumerate(lines):
            canvas.drawString(50, 740 - shift - 16 * k, line)
        for picture, x, y, width, height in placed:
            shown = reader(picture) if isinstance(picture, Image.Image) else picture
            canvas.drawImage(shown, x, y, width, height, mask="auto")

    return draw


def document(data: bytes) -> Document:
    """The PDF, read."""
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        return read(file.fileno(), limits=Limits())


def changes(old: bytes, new: bytes) -> list[Change]:
    """What is told of pictures."""
    found = compare(document(old), document(new), CompareOptions())
    return [change for change in found.changes if change.layer is Layer.IMAGE]


def told(old: Callable[[Canvas], None] | bytes, new: Callable[[Canvas], None] | bytes) -> list[tuple[str, str]]:
    """(kind, reason) of what is told of the pictures of two pages, or two PDFs."""
    both = [one if isinstance(one, bytes) else drawn(one) for one in (old, new)]
    return [(str(change.kind), change.detail["reason"]) for change in changes(both[0], both[1])]
