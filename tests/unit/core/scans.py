"""Scanned pages for tests: drawn by PDFium, turned, with grain, put into a PDF as pictures."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from core.ocr import installed
from tests.unit.core.pdfs import drawn

DPI = 200

needs_tesseract = pytest.mark.skipif(
    not Path(installed.PROGRAM).exists() or "eng" not in installed.languages(), reason="Tesseract is not installed"
)


def picture(pdf: bytes, number: int = 1, dpi: int = DPI) -> Image.Image:
    """One page in grey."""
    with pypdfium2.PdfDocument(pdf) as document:
        return document[number - 1].render(scale=dpi / 72, grayscale=True).to_pil().convert("L")


def scanned(
    *pages: Callable[[Canvas], None],
    skew: float = 0.0,
    grain: float = 6.0,
    seed: int = 1,
    quality: int = 70,
    turned: int = 0,
    mark: Callable[[Image.Image], None] | None = None,
) -> bytes:
    """A PDF of pictures of these pages.

    Args:
        pages: As for `drawn`.
        skew: Degrees by which the lines fall to the right.
        grain: Of the noise, of 255.
        seed: Of the noise.
        quality: Of JPEG.
        turned: Quarter turns, counter-clockwise.
        mark: Draws on each picture.
    """
    rng = np.random.default_rng(seed)
    made = []
    for page in pages:
        image = picture(drawn(page)).rotate(-skew, resample=Image.Resampling.BICUBIC, fillcolor=255)
        if mark:
            mark(image)
        values = np.rot90(np.asarray(image).astype(np.float32) * 0.92 + 12, turned)
        values = values + rng.normal(0, grain, values.shape)
        made.append(Image.fromarray(values.clip(0, 255).astype(np.uint8)))
    stream = io.BytesIO()
    made[0].save(stream, "PDF", save_all=True, append_images=made[1:], resolution=DPI, quality=quality)
    return stream.getvalue()
