"""Small pairs of each kind of document that people review: a drawing, a table, a scan."""

from __future__ import annotations

import io

import pypdfium2
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from tests.acceptance.ui import sheets
from tests.unit.core.pdfs import drawn

_ROWS = (("A-1", "Bearing", "12"), ("A-2", "Shaft", "40"), ("A-3", "Seal kit", "7"), ("A-4", "Plate", "3"))
_SCAN_DPI = 200


def drawing() -> tuple[bytes, bytes]:
    """A bearing plate in two revisions."""
    (_, old), (_, new) = sheets.pair()
    return old, new


def table() -> tuple[bytes, bytes]:
    """A parts list with a changed quantity and a new row."""
    changed = [*_ROWS[:1], ("A-2", "Shaft", "44"), *_ROWS[2:], ("A-5", "Retaining ring", "16")]
    return drawn(lambda canvas: _table(canvas, _ROWS)), drawn(lambda canvas: _table(canvas, changed))


def scan() -> tuple[bytes, bytes]:
    """A letter as a picture of its page, with another amount."""
    return _scanned("four hundred"), _scanned("five hundred")


def _table(canvas: Canvas, rows: object) -> None:
    canvas.setFont("Helvetica", 11)
    listed = [("Part", "Name", "Quantity"), *rows]  # type: ignore[misc]
    for k, cells in enumerate(listed):
        y = 700 - 24 * k
        for x, text in zip((72, 172, 372), cells, strict=True):
            canvas.drawString(x + 6, y - 16, text)
            canvas.rect(x, y - 24, 100 if x != 172 else 200, 24)


def _scanned(amount: str) -> bytes:
    def letter(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 15)
        for k, line in enumerate(
            ("Dear customer,", "please find below what we agreed on by telephone.",
             f"The price of the whole order is {amount} euros,", "and it is paid within thirty days.")
        ):  # fmt: skip
            canvas.drawString(72, 680 - 26 * k, line)

    picture = pypdfium2.PdfDocument(drawn(letter))[0].render(scale=_SCAN_DPI / 72).to_pil()
    stream = io.BytesIO()
    picture.save(stream, "PNG")
    return drawn(lambda canvas: canvas.drawImage(ImageReader(io.BytesIO(stream.getvalue())), 0, 0, 612, 792))  # type: ignore[func-returns-value]
