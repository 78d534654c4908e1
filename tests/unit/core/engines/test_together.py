"""Pages whose words are read together: nothing of the result may depend on which."""

from __future__ import annotations

from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas

from core.engines.reading import read_pages
from core.options import Limits

#: Ends and beginnings that would go together on one page: hyphens, leaders, numbers raised beside a word, capitals.
TEXTS = ("word", "SMALL", "12", "off-", "....", "fi", "3rd 10", "CAPS of")


def _page(canvas: Canvas, k: int) -> None:
    canvas.setFont(("Helvetica", "Times-Roman", "Courier")[k % 3], 9 + k % 4)
    text = canvas.beginText(72, 700)
    for line in range(6):
        text.textLine(" ".join(TEXTS[(k + line + n) % len(TEXTS)] for n in range(k % 5)))
    if k % 4 == 1:
        text.setTextTransform(0, 1, -1, 0, 300, 300)
        text.textOut("turned")
    if k % 4 == 2:
        text.textOut("10")
        text.setRise(4)
        text.setFont("Helvetica", 6)
        text.textOut("2")
    canvas.drawText(text)
    canvas.showPage()


@pytest.mark.parametrize("together", [2, 5, 64])
def test_a_document_does_not_depend_on_which_pages_are_read_together(tmp_path: Path, together: int) -> None:
    path = tmp_path / "a.pdf"
    canvas = Canvas(str(path))
    for k in range(23):
        _page(canvas, k)
    canvas.save()
    with path.open("rb") as file:
        apart, joined = (
            read_pages(file.fileno(), limits=Limits(), together=pages).to_message() for pages in (1, together)
        )
    assert apart.header == joined.header
    assert {name: bytes(buffer.data) for name, buffer in apart.buffers.items()} == {
        name: bytes(buffer.data) for name, buffer in joined.buffers.items()
    }
    assert len(apart.buffers["token"].data) > 4 * 100
