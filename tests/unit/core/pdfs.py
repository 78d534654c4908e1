"""PDFs for tests, made in code."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

from reportlab.pdfgen.canvas import Canvas

LETTER = (612.0, 792.0)


def drawn(*pages: Callable[[Canvas], None], size: tuple[float, float] = LETTER) -> bytes:
    """A PDF of one page for each function, which draws on a canvas with the origin bottom left."""
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=size, invariant=True)
    for page in pages:
        page(canvas)
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


def lines(
    *texts: str, x: float = 72, y: float = 720, size: float = 10, font: str = "Helvetica"
) -> Callable[[Canvas], None]:
    """Draw lines of text 1.2 em apart, the first baseline at `y`."""

    def draw(canvas: Canvas) -> None:
        canvas.setFont(font, size)
        for k, text in enumerate(texts):
            canvas.drawString(x, y - 1.2 * size * k, text)

    return draw


def corpus() -> Path | None:
    """The folder of public PDFs beside the repository, where it is there."""
    for parent in Path(__file__).resolve().parents:
        found = parent.parent / "shared" / "corpus"
        if found.is_dir():
            return found
    return None
