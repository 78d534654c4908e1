"""A large result, made by hand: many pages, many changes, and pages to look at."""

from __future__ import annotations

import io
from functools import cache

from PIL import Image, ImageDraw

from tests.results import Json, change, result, side

KINDS = ("inserted", "deleted", "replaced")


def large(pages: int = 1000, changes: int = 5000) -> Json:
    """A result whose changes are spread evenly over the pages."""
    made = []
    each = changes // pages
    for page in range(1, pages + 1):
        for k in range(each):
            kind = KINDS[(page + k) % 3]
            y = 90 + 600 * k / each
            old = None if kind == "inserted" else side(f"the old words {page}.{k}", page, (72, y, 260, y + 11))
            new = None if kind == "deleted" else side(f"the new words {page}.{k}", page, (72, y, 262, y + 11))
            made.append(change(kind, old, new, id=f"t-{page}-{k}"))
    found = result(*made, pages=(pages, pages))
    found["new"]["sha256"] = "1" * 64
    return found


@cache
def picture(digest: str, number: int, dpi: int) -> bytes:
    """A page full of grey lines, as text looks from afar; the same for every number."""
    if number:
        return picture(digest, 0, dpi)
    scale = dpi / 72
    image = Image.new("RGB", (round(600 * scale), round(800 * scale)), "white")
    pen = ImageDraw.Draw(image)
    for k in range(40):
        y = (80 + 16 * k) * scale
        for j in range(12):
            x = (72 + 38 * j) * scale
            pen.rectangle([x, y, x + (20 + 11 * ((j + k) % 3) / 2) * scale, y + 7 * scale], fill="#555555")
    stream = io.BytesIO()
    image.save(stream, "WEBP", lossless=True, quality=0, method=1)
    return stream.getvalue()


def words(digest: str, number: int) -> Json:
    """Seven hundred words a page."""
    return {
        "words": [
            [f"word{k}", 72 + 24 * (k % 18), 80 + 16 * (k // 18), 94 + 24 * (k % 18), 90 + 16 * (k // 18)]
            for k in range(700)
        ]
    }
