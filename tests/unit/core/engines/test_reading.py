"""Reading: words, boxes, lines, styles and refusals."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from reportlab.pdfgen.canvas import Canvas

from core import errors
from core.engines import pdfium
from core.engines.reading import work
from core.model import Document, Flag
from core.wire import Message
from tests.unit.core.pdfs import drawn, lines


def read(data: bytes, tmp_path: Path, **header: Any) -> Document:
    path = tmp_path / "a.pdf"
    path.write_bytes(data)
    fd = os.open(path, os.O_RDONLY)
    try:
        return Document.from_message(work(Message({"kind": "request", **header}), [fd], lambda progress: None))
    finally:
        os.close(fd)


def texts(document: Document) -> list[str]:
    return [document.words.text(k) for k in range(len(document.words))]


def test_pdfium_is_new_enough() -> None:
    assert pdfium.BUILD >= pdfium.LEAST_BUILD


def test_words_have_boxes_from_the_top_left(tmp_path: Path) -> None:
    document = read(drawn(lines("The fee is 30 days")), tmp_path)
    assert texts(document) == ["The", "fee", "is", "30", "days"]
    x0, y0, x1, y1 = document.words.box[0].tolist()
    assert x0 == pytest.approx(72, abs=0.5)
    assert x1 == pytest.approx(72 + 17.2, abs=0.5)
    assert y0 < 72 < y1
    assert y1 - y0 < 14


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", errors.EmptyFile),
        (b"hello", errors.NotAPdf),
        (b"%PDF-1.4 rubbish", errors.DamagedPdf),
    ],
)
def test_what_is_no_pdf_is_refused(data: bytes, error: type[errors.InputError], tmp_path: Path) -> None:
    with pytest.raises(error):
        read(data, tmp_path)


def test_lines_end_where_the_baseline_moves(tmp_path: Path) -> None:
    document = read(drawn(lines("one two", "three four")), tmp_path)
    assert document.words.line.tolist() == [0, 0, 1, 1]
    assert ((document.words.flags & Flag.LINE_END) != 0).tolist() == [False, True, False, True]


def test_page_without_text_says_so(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.rect(10, 10, 50, 50, fill=1)

    document = read(drawn(draw, lambda canvas: None), tmp_path)
    assert document.pages[0].compared == ()
    assert [n.code for n in document.pages[0].notices] == ["no_text"]
    assert document.pages[1].compared == ("text",)
