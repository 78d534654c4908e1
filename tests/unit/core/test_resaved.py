"""The same document written by another program, packed otherwise, or with other page numbers, has not changed."""

from __future__ import annotations

import io
from collections.abc import Callable

import pikepdf
import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from core.compare import compare
from core.model import Document
from core.options import CompareOptions
from tests.unit.core.pdfs import drawn
from tests.unit.core.tables.sheets import read_bytes

WORDS = st.sampled_from(
    ("agreement", "30", "days", "shall", "not", "naïve", "§", "5.", "(a)", "price", "1,200.50", "end.")
)
LINES = st.lists(st.lists(WORDS, min_size=1, max_size=9).map(" ".join), min_size=1, max_size=12)
PAGES = st.lists(LINES, min_size=1, max_size=3)
FEW = settings(max_examples=15, deadline=None)


def made(pages: list[list[str]], *, first: int = 1) -> bytes:
    """A document with a table, a picture, a link, a form field, a bookmark, and page numbers from `first`."""

    def page(number: int, lines: list[str]) -> Callable[[Canvas], None]:
        def draw(canvas: Canvas) -> None:
            canvas.setFont("Helvetica", 10)
            for k, line in enumerate(lines):
                canvas.drawString(72, 640 - 14 * k, line)
            canvas.drawCentredString(306, 40, f"Page {first + number}")
            canvas.grid([72, 172, 272], [400, 420, 440])
            for k, cell in enumerate(("Part", "Price", "bolt", "1.20")):
                canvas.drawString(76 + 100 * (k % 2), 425 - 20 * (k // 2), cell)
            canvas.drawImage(_picture(), 300, 300, 90, 60)
            canvas.linkURL("https://example.org/terms", (72, 636, 200, 650))
            if number == 0:
                canvas.acroForm.textfield(name="name", value="Ann", x=72, y=300, width=120, height=18)
                canvas.bookmarkPage("start")
                canvas.addOutlineEntry("Start", "start")

        return draw

    return drawn(*(page(number, lines) for number, lines in enumerate(pages)))


def _picture() -> ImageReader:
    rows = bytes((40 * x + 25 * y + 80 * c) % 256 for y in range(8) for x in range(12) for c in range(3))
    return ImageReader(io.BytesIO(b"P6 12 8 255\n" + rows))


def by_qpdf(content: bytes, **options: object) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as pdf:
        pdf.save(out, **options)  # type: ignore[arg-type]
    return out.getvalue()


def by_pdfium(content: bytes) -> bytes:
    out = io.BytesIO()
    document = pypdfium2.PdfDocument(content)
    document.save(out)
    document.close()
    return out.getvalue()


def told(old: Document, new: Document) -> list[tuple[str, str]]:
    return [(change.layer, change.kind) for change in compare(old, new, CompareOptions()).changes]


@FEW
@given(
    pages=PAGES,
    linearize=st.booleans(),
    packed=st.sampled_from(tuple(pikepdf.ObjectStreamMode.__members__.values())),
    compress=st.booleans(),
    again=st.booleans(),
    decode=st.sampled_from((pikepdf.StreamDecodeLevel.none, pikepdf.StreamDecodeLevel.generalized)),
    fixed=st.booleans(),
)
def test_packed_otherwise(
    pages: list[list[str]],
    linearize: bool,
    packed: pikepdf.ObjectStreamMode,
    compress: bool,
    again: bool,
    decode: pikepdf.StreamDecodeLevel,
    fixed: bool,
) -> None:
    content = made(pages)
    saved = by_qpdf(
        content,
        linearize=linearize,
        object_stream_mode=packed,
        compress_streams=compress,
        recompress_flate=again,
        stream_decode_level=decode,
        static_id=fixed,
    )
    assert told(read_bytes(content), read_bytes(saved)) == []


@FEW
@given(pages=PAGES)
def test_saved_by_another_writer(pages: list[list[str]]) -> None:
    content = made(pages)
    assert told(read_bytes(content), read_bytes(by_pdfium(content))) == []


@pytest.mark.parametrize("normalised", [True, False])
def test_written_readably(normalised: bool) -> None:
    content = made([["30 days net", "shall not"], ["the end."]])
    saved = by_qpdf(content, qdf=True, normalize_content=normalised)
    assert told(read_bytes(content), read_bytes(saved)) == []


@FEW
@given(pages=st.lists(LINES, min_size=2, max_size=4), first=st.integers(2, 900))
def test_other_page_numbers(pages: list[list[str]], first: int) -> None:
    assert told(read_bytes(made(pages)), read_bytes(made(pages, first=first))) == []


def test_the_test_can_fail() -> None:
    old, new = made([["30 days net"]]), by_qpdf(made([["45 days net"]]), linearize=True)
    assert told(read_bytes(old), read_bytes(new)) == [("text", "replaced")]
