"""An invisible text layer: what is seen stays, and every script can be found where it stands."""

from __future__ import annotations

import io
import shutil
import subprocess
import unicodedata
from pathlib import Path

import numpy as np
import pikepdf
import pypdfium2
import pytest

from core.engines.text_layer import searchable
from core.model import Document, Flag, Page, Style, Words
from tests.unit.core.pdfs import drawn, lines

WORDS = ["Rechnung", "façade", "Договор", "契約", "書", "عقد", "חוזה", "สัญญา", "𝒳1", "12,50"]


def recognised(texts: list[str], *, angle: int = 0, size: tuple[float, float] = (612, 792)) -> Document:
    n = len(texts)
    boxes = []
    for k in range(n):
        x, y = 72.0, 80.0 + 40 * k
        box = (x, y, x + 12 * len(texts[k]), y + 14)
        boxes.append(box if angle == 0 else (y, x, y + 14, x + 12 * len(texts[k])))
    words = Words(
        vocabulary=tuple(texts),
        token=np.arange(n, dtype=np.int32),
        page=np.ones(n, np.int32),
        box=np.array(boxes, np.float32),
        line=np.arange(n, dtype=np.int32),
        flags=np.full(n, int(Flag.OCR | Flag.LINE_END), np.uint32),
        style=np.zeros(n, np.int32),
        angle=np.full(n, angle, np.int16),
    )
    return Document("", 1, (Page(1, *size),), words, (Style("", "", 12.0, bold=False, italic=False, color=0),))


def layered(pdf: bytes, document: Document) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        assert searchable(opened, document, lambda *_: None) == 1
        opened.save(out)
    return out.getvalue()


def pixels(pdf: bytes, number: int = 0) -> np.ndarray:
    with pypdfium2.PdfDocument(pdf) as document:
        return document[number].render(scale=2).to_numpy().copy()


def found_by_pdfium(pdf: bytes, text: str) -> list[tuple[float, float, float, float]]:
    """Boxes, origin bottom left."""
    with pypdfium2.PdfDocument(pdf) as document:
        page = document[0].get_textpage()
        search = page.search(text)
        at = search.get_next()
        return [page.get_charbox(at[0]), page.get_charbox(at[0] + at[1] - 1)] if at else []


BASE = drawn(lines("A picture of text.", y=40))


def test_nothing_that_is_seen_changes() -> None:
    assert np.array_equal(pixels(BASE), pixels(layered(BASE, recognised(WORDS))))


@pytest.mark.parametrize("word", [w for w in WORDS if w != "𝒳1"])
def test_pdfium_finds_words_of_every_script(word: str) -> None:
    assert found_by_pdfium(layered(BASE, recognised(WORDS)), word)


@pytest.mark.skipif(not shutil.which("pdftotext"), reason="poppler is not installed")
def test_poppler_reads_words_of_every_script(tmp_path: Path) -> None:
    file = tmp_path / "x.pdf"
    file.write_bytes(layered(BASE, recognised(WORDS)))
    told = subprocess.run(["pdftotext", str(file), "-"], capture_output=True, text=True, check=True).stdout
    said = unicodedata.normalize("NFKC", "".join(c for c in told if unicodedata.category(c) != "Cf"))
    assert [word for word in WORDS if unicodedata.normalize("NFKC", word) not in said] == []


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("angle", [0, 90])
def test_a_word_lies_where_it_is_seen_on_turned_pages_too(rotation: int, angle: int) -> None:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(BASE)) as pdf:
        pdf.pages[0].Rotate = rotation
        pdf.pages[0].CropBox = pikepdf.Array([10, 20, 610, 790])
        pdf.save(out)
    size = (600.0, 770.0) if rotation % 180 == 0 else (770.0, 600.0)
    document = recognised(["Anker", "Boje"], angle=angle, size=size)
    made = layered(out.getvalue(), document)
    assert np.array_equal(pixels(out.getvalue()), pixels(made))
    from tests.unit.core.extraction.reading import document as read_again

    again = read_again(made).words
    at = next(k for k in range(len(again)) if again.text(k) == "Boje")
    assert abs(again.box[at] - document.words.box[1]).max() < 3.0
    assert again.angle[at] % 360 == angle


def test_fonts_of_other_pages_are_left_alone() -> None:
    """Two pages that share one dictionary of resources: only the page with words gets the font."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(drawn(lines("One."), lines("Two.")))) as pdf:
        shared = pdf.make_indirect(pdf.pages[0].obj.Resources)
        pdf.pages[0].obj.Resources = pdf.pages[1].obj.Resources = shared
        pdf.save(out)
    with pikepdf.open(io.BytesIO(layered(out.getvalue(), recognised(["Wort"])))) as pdf:
        fonts = [set(page.obj.Resources.Font.keys()) for page in pdf.pages]
    assert "/PdfCompareUnseen" in fonts[0] and "/PdfCompareUnseen" not in fonts[1]
