"""Reading: words, boxes, lines, styles, doubts and refusals."""

from __future__ import annotations

import io
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pikepdf
import pytest
from PIL import Image
from pypdfium2 import PDFIUM_INFO
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from cli.doctor import PDFIUM_BUILD
from core import errors
from core.engines.pdfium_characters import clean
from core.engines.pdfium_rules import ruled
from core.engines.pdfium_style import family_of, font_of
from core.engines.reading import work
from core.model import Document, Flag, join
from core.wire import Message
from tests.unit.core.pdfs import corpus, drawn, lines


def read(data: bytes, tmp_path: Path, **header: Any) -> Document:
    path = tmp_path / "a.pdf"
    path.write_bytes(data)
    return read_file(path, **header)


def read_file(path: Path, **header: Any) -> Document:
    fd = os.open(path, os.O_RDONLY)
    try:
        return Document.from_message(work(Message({"kind": "request", **header}), [fd], lambda progress: None))
    finally:
        os.close(fd)


def texts(document: Document) -> list[str]:
    return [document.words.text(k) for k in range(len(document.words))]


def flagged(document: Document, flag: Flag) -> list[str]:
    return [document.words.text(k) for k in np.flatnonzero(document.words.flags & flag).tolist()]


def box_of(document: Document, text: str) -> list[float]:
    found: list[float] = document.words.box[texts(document).index(text)].tolist()
    return found


def changed(data: bytes, change: Any) -> bytes:
    """The PDF after `change(pdf)` by pikepdf."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        change(pdf)
        pdf.save(out, static_id=True)
    return out.getvalue()


def mapped(data: bytes, **unicode: str) -> bytes:
    """The PDF with a ToUnicode map for its first font, letter by letter."""

    def change(pdf: pikepdf.Pdf) -> None:
        font = next(iter(pdf.pages[0].Resources.Font.values()))
        pairs = "\n".join(
            f"<{ord(code):02X}> <{text.encode('utf-16-be').hex().upper()}>" for code, text in unicode.items()
        )
        font.ToUnicode = pdf.make_stream(
            f"begincmap 1 begincodespacerange <00> <FF> endcodespacerange {len(unicode)} beginbfchar {pairs} "
            "endbfchar endcmap".encode()
        )

    return changed(data, change)


def test_pdfium_is_new_enough() -> None:
    assert int(PDFIUM_INFO.build) >= PDFIUM_BUILD >= 8078


def test_words_have_boxes_from_the_top_left(tmp_path: Path) -> None:
    document = read(drawn(lines("The fee is 30 days")), tmp_path)
    assert texts(document) == ["The", "fee", "is", "30", "days"]
    x0, y0, x1, y1 = document.words.box[0].tolist()
    assert x0 == pytest.approx(72, abs=0.5)
    assert x1 == pytest.approx(72 + 17.2, abs=0.5)
    assert y0 < 72 < y1
    assert y1 - y0 < 14


def test_lines_end_where_the_baseline_moves(tmp_path: Path) -> None:
    document = read(drawn(lines("one two", "three four")), tmp_path)
    assert document.words.line.tolist() == [0, 0, 1, 1]
    assert flagged(document, Flag.LINE_END) == ["two", "four"]


def test_a_superscript_stays_on_its_line(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(72, 700, "as said")
        canvas.setFont("Helvetica", 7)
        canvas.drawString(72 + 45, 704, "12")

    document = read(drawn(draw), tmp_path)
    assert set(document.words.line.tolist()) == {0}


def test_columns_drawn_after_each_other_stay_apart(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        lines("left one", "left two")(canvas)
        lines("right one", "right two", x=300)(canvas)

    document = read(drawn(draw), tmp_path)
    assert texts(document) == ["left", "one", "left", "two", "right", "one", "right", "two"]
    assert document.words.line.tolist() == [0, 0, 1, 1, 2, 2, 3, 3]


def test_a_word_broken_at_a_line_end_says_so(tmp_path: Path) -> None:
    document = read(drawn(lines("this long agree-", "ment was made")), tmp_path)
    assert texts(document) == ["this", "long", "agree", "ment", "was", "made"]
    assert flagged(document, Flag.HYPHEN) == ["agree"]
    assert flagged(document, Flag.LINE_END) == ["agree", "made"]


def test_a_hyphen_inside_a_line_stays(tmp_path: Path) -> None:
    document = read(drawn(lines("a well-known rule")), tmp_path)
    assert texts(document) == ["a", "well-known", "rule"]
    assert flagged(document, Flag.HYPHEN) == []


def test_ligatures_and_invisible_characters(tmp_path: Path) -> None:
    data = mapped(drawn(lines("eXcient aYb cZd")), X="ﬃ", Y="\u00a0", Z="\u200b")
    assert texts(read(data, tmp_path)) == ["efficient", "a", "b", "cd"]


def test_ligatures_of_t1_fonts_without_a_map(tmp_path: Path) -> None:
    data = mapped(drawn(lines("eXcient Yrst 19Z20 W")), X="\x1e", Y="\x1c", Z="\x15", W="\x03")
    document = read(data, tmp_path)
    assert texts(document) == ["efficient", "first", "19–20", "␃"]
    assert flagged(document, Flag.SYMBOL) == ["␃"]


def test_characters_beyond_the_first_plane(tmp_path: Path) -> None:
    assert texts(read(mapped(drawn(lines("if X holds")), X="𝑥"), tmp_path)) == ["if", "𝑥", "holds"]


def test_chinese_and_japanese_characters_are_words(tmp_path: Path) -> None:
    pdfmetrics.registerFont(UnicodeCIDFont("HeiseiMin-W3"))
    document = read(drawn(lines("日本語 PDFの版", font="HeiseiMin-W3")), tmp_path)
    assert texts(document) == ["日", "本", "語", "PDF", "の", "版"]
    assert flagged(document, Flag.GLUED) == ["本", "語", "の", "版"]
    widths = document.words.box[:, 2] - document.words.box[:, 0]
    assert widths[:3] == pytest.approx([10, 10, 10], abs=0.5)


def test_hebrew_is_in_reading_order(tmp_path: Path) -> None:
    data = mapped(drawn(lines("dcba")), a="ש", b="ל", c="ו", d="ם")
    document = read(data, tmp_path)
    assert texts(document) == ["שלום"]
    assert flagged(document, Flag.RTL) == ["שלום"]


def test_latin_in_a_hebrew_line_keeps_its_own_order(tmp_path: Path) -> None:
    letters = {"a": "ש", "b": "ל", "c": "ו", "d": "ם"}
    data = mapped(drawn(lines("dcba A3 dcba", "dcba SESSION TOKEN dcba", "dcba 2013 T10 dcba")), **letters)
    document = read(data, tmp_path)
    hebrew = "שלום"
    rows = [hebrew, "A3", hebrew, hebrew, "SESSION", "TOKEN", hebrew, hebrew]
    assert texts(document)[:8] == rows
    assert {"T10", "2013"} <= set(texts(document)[8:])


def test_leaders_are_parted_from_what_they_lead_to(tmp_path: Path) -> None:
    document = read(drawn(lines("Scope........12 Name:____")), tmp_path)
    assert texts(document) == ["Scope", "........", "12", "Name:", "____"]
    assert flagged(document, Flag.GLUED) == ["........", "12", "____"]


def test_a_blank_of_a_tight_line_is_seen_and_a_gap_of_letter_spacing_is_none(tmp_path: Path) -> None:
    tight = ["provides", "the", "Apple", "protocol"]

    def draw(canvas: Canvas) -> None:
        canvas.setFont("Times-Roman", 10)

        x = 72.0
        for word in tight:
            canvas.drawString(x, 700, word)
            x += pdfmetrics.stringWidth(word, "Times-Roman", 10) + (1.15 if word == "the" else 1.7)
        text = canvas.beginText(72, 600)
        text.setCharSpace(1.1)
        text.textOut("spaced")
        canvas.drawText(text)

    assert texts(read(drawn(draw), tmp_path)) == [*tight, "spaced"]


def test_text_drawn_twice_is_read_once(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        for shift in (0.0, 0.3):
            canvas.drawString(72 + shift, 700, "Warning")
        canvas.drawString(72, 600, "Warning")

    assert texts(read(drawn(draw), tmp_path)) == ["Warning", "Warning"]


def test_a_word_whose_second_half_turns_is_two_words(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        text = canvas.beginText(100, 500)
        text.textOut("D4")
        text.setTextTransform(0, 1, -1, 0, 112, 510)
        text.textOut("ESD5B")
        canvas.drawText(text)

    document = read(drawn(draw), tmp_path)
    assert texts(document) == ["D4", "ESD5B"]
    assert document.words.angle.tolist() == [0, 270]


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_turned_pages_are_read_as_displayed(turn: int, tmp_path: Path) -> None:
    def change(pdf: pikepdf.Pdf) -> None:
        pdf.pages[0].Rotate = turn

    data = changed(drawn(lines("first line here", "second line there", x=72, y=720)), change)
    document = read(data, tmp_path)
    assert texts(document) == ["first", "line", "here", "second", "line", "there"]
    assert set(document.words.angle.tolist()) == {turn}
    assert document.words.line.tolist() == [0, 0, 0, 1, 1, 1]
    page = document.pages[0]
    assert (page.width, page.height) == ((612, 792) if turn % 180 == 0 else (792, 612))
    x, y = 72.0, 792 - 720.0  # of the first letter, from the top left of the page before its turn
    expected = {0: (x, y), 90: (792 - y, x), 180: (612 - x, 792 - y), 270: (y, 612 - x)}[turn]
    x0, y0, x1, y1 = document.words.box[0].tolist()
    assert x0 - 3 < expected[0] < x1 + 3
    assert y0 - 3 < expected[1] < y1 + 3


def test_crop_box_and_user_unit(tmp_path: Path) -> None:
    def change(pdf: pikepdf.Pdf) -> None:
        pdf.pages[0].CropBox = [50, 100, 550, 760]
        pdf.pages[0].UserUnit = 2

    for streams in (pikepdf.ObjectStreamMode.disable, pikepdf.ObjectStreamMode.generate):
        out = io.BytesIO()
        with pikepdf.open(io.BytesIO(drawn(lines("inside", x=72, y=720), lines("second")))) as pdf:
            change(pdf)
            pdf.save(out, object_stream_mode=streams)
        document = read(out.getvalue(), tmp_path)
        assert (document.pages[0].width, document.pages[0].height) == (1000, 1320)
        assert (document.pages[1].width, document.pages[1].height) == (612, 792)
        x0, y0, _, y1 = box_of(document, "inside")
        assert x0 == pytest.approx(2 * (72 - 50), abs=1)
        assert y0 < 2 * (760 - 720) < y1


def test_styles(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Times-BoldItalic", 12)
        canvas.setFillColorRGB(1, 0, 0)
        canvas.drawString(72, 700, "loud")
        canvas.setFillColorRGB(0, 0, 0)
        canvas.setFont("Courier", 9)
        canvas.saveState()
        canvas.scale(2, 2)
        canvas.drawString(36, 300, "large")
        canvas.restoreState()

    document = read(drawn(draw), tmp_path)
    loud, large = (document.styles[k] for k in document.words.style.tolist())
    assert (loud.font, loud.family, loud.size, loud.bold, loud.italic) == ("Times-BoldItalic", "Times", 12, True, True)
    assert loud.color == 0xFF0000
    assert (large.family, large.size, large.bold, large.italic, large.color) == ("Courier", 18, False, False, 0)


@pytest.mark.parametrize(
    ("name", "family", "bold", "italic"),
    [
        ("ABCDEF+Times-BoldItalic", "Times", True, True),
        ("Arial-BoldMT", "Arial", True, False),
        ("ArialMT", "Arial", False, False),
        ("TimesNewRomanPS-ItalicMT", "TimesNewRoman", False, True),
        ("TimesNewRomanPSMT", "TimesNewRoman", False, False),
        ("Calibri,Bold", "Calibri", True, False),
        ("NimbusRomNo9L-ReguItal", "NimbusRomNo9L", False, True),
        ("NimbusRomNo9L-Medi", "NimbusRomNo9L", True, False),
        ("CMBX12", "CM", True, False),
        ("CMR10", "CM", False, False),
        ("CMTI8", "CM", False, True),
        ("SFBX1000", "SF", True, False),
        ("SFTI1000", "SF", False, True),
        ("CMTT10", "CMTT", False, False),
        ("LMRoman10-Bold", "LMRoman", True, False),
        ("OpenSans-SemiBold", "OpenSans", True, False),
        ("Helvetica-Oblique", "Helvetica", False, True),
        ("", "", False, False),
    ],
)
def test_family_weight_and_slant_of_font_names(name: str, family: str, bold: bool, italic: bool) -> None:
    font = font_of(name, 400, 0)
    assert (font.family, font.bold, font.italic) == (family, bold, italic)
    assert family_of(name) == family


def test_a_name_that_says_regular_is_not_bold_whatever_its_stems() -> None:
    assert not font_of("AAAAAA+NotoSans-Regular", 640, 0).bold
    assert font_of("Garamond", 700, 0).bold
    assert font_of("NotoSans-SemiBold", 400, 0).bold


def test_underlines_and_strikes_belong_to_their_words(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 12)
        width = pdfmetrics.stringWidth
        before, word = width("pay ", "Helvetica", 12), width("within", "Helvetica", 12)
        for y, height in ((700, -1.5), (650, 3.5)):
            canvas.drawString(72, y, "pay within 30 days")
            canvas.line(72 + before, y + height, 72 + before + word, y + height)
        canvas.drawString(72, 600, "Item")
        canvas.line(60, 598, 500, 598)  # the rule of a table keeps to no word
        canvas.drawString(72, 550, "due")
        canvas.line(72, 548.5, 72 + width("due ", "Helvetica", 12) + 1, 548.5)  # with the blank before the line break

    words = read(drawn(draw), tmp_path).words
    marked = {
        flag: [words.text(k) for k in np.flatnonzero(words.flags & flag)] for flag in (Flag.UNDERLINE, Flag.STRIKE)
    }
    assert marked == {Flag.UNDERLINE: ["within", "due"], Flag.STRIKE: ["within"]}
    assert words.flags[1] & Flag.UNDERLINE
    assert words.flags[5] & Flag.STRIKE


def test_an_underline_is_found_under_boxes_that_end_at_the_baseline() -> None:
    """Fonts that say nothing of their height have the boxes of their letters: `for` stands on the line, `any` hangs."""
    words = SimpleNamespace(
        box=np.array([(10, 100, 22, 107), (25, 97.8, 39, 106.7), (10, 78, 22, 85)], np.float32),
        size=np.full(3, 10, np.float32), angle=np.zeros(3, np.int16), flags=np.zeros(3, np.uint32),
    )  # fmt: skip
    found = ruled(np.array([(10, 98.8, 39, 99.4)], np.float32), words)  # type: ignore[arg-type]
    assert (found & Flag.UNDERLINE != 0).tolist() == [True, True, False]


def test_a_ground_as_wide_as_its_words_is_a_highlight_and_a_filled_cell_is_not(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 12)
        width = pdfmetrics.stringWidth
        before, word = width("pay ", "Helvetica", 12), width("within 30", "Helvetica", 12)
        grounds = {
            700: (72 + before, word, 13, (1, 1, 0.4)),
            650: (66, 200, 13, (0.9, 0.9, 0.9)),  # a row
            600: (68, width("pay within 30 days", "Helvetica", 12) + 8, 30, (0.8, 1, 0.8)),  # a cell
            550: (72 + before, word, 13, (1, 1, 1)),  # paper
        }
        for y, (x, length, height, color) in grounds.items():
            canvas.setFillColorRGB(*color)
            canvas.rect(x, y - 3 - (height - 13) / 2, length, height, stroke=0, fill=1)
            canvas.setFillColorRGB(0, 0, 0)
            canvas.drawString(72, y, "pay within 30 days")
        canvas.setFillColorRGB(1, 1, 0.4)
        canvas.rect(72, 497, word / 2, 13, stroke=0, fill=1)  # two pieces, as for two fonts
        canvas.rect(72 + word / 2, 497, word / 2 + 1, 13, stroke=0, fill=1)
        canvas.setFillColorRGB(0, 0, 0)
        canvas.drawString(72, 500, "within 30 days")

    words = read(drawn(draw), tmp_path).words
    marked = np.flatnonzero(words.flags & Flag.HIGHLIGHT).tolist()
    assert [(words.text(k), round(float(words.box[k, 3]) / 50)) for k in marked] == [
        ("within", 2),
        ("30", 2),
        ("within", 6),
        ("30", 6),
    ]


def test_hidden_text_is_flagged(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        text = canvas.beginText(72, 700)
        text.setTextRenderMode(3)
        text.textOut("unseen")
        text.setTextRenderMode(0)
        canvas.drawText(text)
        canvas.drawString(900, 700, "outside")
        canvas.setFont("Helvetica", 0.5)
        canvas.drawString(72, 650, "minute")
        canvas.setFont("Helvetica", 12)
        canvas.setFillColorRGB(1, 1, 1)
        canvas.drawString(72, 600, "ghost")
        canvas.setFillColorRGB(0, 0, 0.4)
        canvas.rect(60, 480, 200, 40, fill=1)
        canvas.setFillColorRGB(1, 1, 1)
        canvas.drawString(72, 500, "banner")

    document = read(drawn(draw), tmp_path)
    assert flagged(document, Flag.INVISIBLE) == ["unseen"]
    assert flagged(document, Flag.OFF_PAGE) == ["outside"]
    assert flagged(document, Flag.TINY) == ["minute"]
    assert flagged(document, Flag.CAMOUFLAGED) == ["ghost"]


def test_covered_text_is_flagged(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        picture = ImageReader(Image.new("RGB", (20, 20), (200, 30, 30)))
        canvas.drawString(72, 700, "redacted")
        canvas.rect(60, 690, 200, 30, fill=1)
        canvas.drawString(72, 600, "pictured")
        canvas.drawImage(picture, 60, 590, 200, 30)
        canvas.drawString(72, 500, "glass")
        canvas.setFillAlpha(0.4)
        canvas.rect(60, 490, 200, 30, fill=1)
        canvas.setFillAlpha(1)
        canvas.drawString(72, 450, "framed")
        canvas.rect(60, 440, 200, 30, fill=0)
        canvas.drawString(72, 400, "half")
        canvas.rect(60, 404, 200, 30, fill=1)
        canvas.drawImage(picture, 60, 290, 200, 30)
        canvas.drawString(72, 300, "upon")
        canvas.setFillAlpha(0)
        canvas.drawString(72, 250, "vapour")

    document = read(drawn(draw), tmp_path)
    assert flagged(document, Flag.COVERED) == ["redacted", "pictured"]
    assert flagged(document, Flag.INVISIBLE) == ["vapour"]


@pytest.mark.parametrize("shift", [0.2, 0.4])
@pytest.mark.parametrize("times", [2, 3])
def test_glyphs_drawn_again_make_no_second_word(times: int, shift: float, tmp_path: Path) -> None:
    """Fake bold, letter by letter and word by word, and a shadow behind a heading."""

    def letters(canvas: Canvas) -> None:
        x = 72.0
        for letter in "Warning label":
            for k in range(times):
                canvas.drawString(x + shift * k, 700, letter)
            x += pdfmetrics.stringWidth(letter, "Helvetica", 12)

    def words(canvas: Canvas) -> None:
        for k in range(times):
            canvas.drawString(72 + shift * k, 700, "Warning label")

    def shadow(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 24)
        canvas.drawString(72 + 4 * shift, 700 - 4 * shift, "Warning label")
        canvas.drawString(72, 700, "Warning label")

    assert texts(read(drawn(letters, words, shadow), tmp_path)) == ["Warning", "label"] * 3


def test_page_without_text_says_so(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.rect(10, 10, 50, 50, fill=1)

    document = read(drawn(draw, lambda canvas: None), tmp_path)
    assert document.pages[0].compared == ()
    assert [n.code for n in document.pages[0].notices] == ["no_text"]
    assert document.pages[1].compared == ("text",)


def test_a_wrong_character_map_is_doubted(tmp_path: Path) -> None:
    data = mapped(drawn(lines("abcabcabcabc abcabcabc plain")), a="䛾", b="䞊", c="䚸")
    assert [n.code for n in read(data, tmp_path).pages[0].notices] == ["suspect_text"]


def test_a_page_above_the_limits_is_named_and_not_compared(tmp_path: Path) -> None:
    data = drawn(lines("one two three"), lines("one"))
    for limit in ({"page_characters": 10}, {"page_objects": 0}):
        page = read(data, tmp_path, limits=limit).pages[0]
        assert page.compared == ()
        assert [n.code for n in page.notices] == ["too_complex_page"]
        assert page.width == 612


def test_shares_join_to_the_whole(tmp_path: Path) -> None:
    data = drawn(*(lines(f"page {k}", "second line") for k in range(1, 8)))
    whole = read(data, tmp_path, pages="2-6")
    parts = [read(data, tmp_path, pages="2-6", part=k, parts=3) for k in range(3)]
    joined = join(parts)
    assert [page.number for page in whole.pages] == [2, 3, 4, 5, 6]
    assert joined.pages == whole.pages
    assert texts(joined) == texts(whole)
    assert joined.words.line.tolist() == whole.words.line.tolist()
    assert whole.page_count == 7


def test_metadata_is_read(tmp_path: Path) -> None:
    def change(pdf: pikepdf.Pdf) -> None:
        pdf.docinfo["/Title"] = "Vertrag – Ä"

    assert read(changed(drawn(lines("a")), change), tmp_path).metadata["Title"] == "Vertrag – Ä"


@pytest.mark.parametrize(
    ("data", "limits", "error"),
    [
        (b"", {}, errors.EmptyFile),
        (b"hello", {}, errors.NotAPdf),
        (b"%PDF-1.4 rubbish", {}, errors.DamagedPdf),
        (drawn(lines("a")), {"file_bytes": 100}, errors.FileTooLarge),
        (drawn(lines("a"), lines("b")), {"pages": 1}, errors.TooManyPages),
        (drawn(lines("a"), size=(20_000, 500)), {}, errors.PageTooLarge),
        (changed(drawn(lines("a")), lambda pdf: pdf.pages.__delitem__(0)), {}, errors.NoPages),
    ],
)
def test_what_cannot_be_read_is_refused(
    data: bytes, limits: dict[str, int], error: type[errors.InputError], tmp_path: Path
) -> None:
    with pytest.raises(error) as caught:
        read(data, tmp_path, limits=limits)
    assert caught.value.message.endswith(".")


def test_passwords(tmp_path: Path) -> None:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(drawn(lines("secret")))) as pdf:
        pdf.pages[0].UserUnit = 2
        pdf.save(out, encryption=pikepdf.Encryption(owner="o", user="grün"))
    with pytest.raises(errors.EncryptedPdf):
        read(out.getvalue(), tmp_path)
    with pytest.raises(errors.WrongPassword):
        read(out.getvalue(), tmp_path, password="blau")
    document = read(out.getvalue(), tmp_path, password="grün")
    assert texts(document) == ["secret"]
    assert document.pages[0].width == 1224


def test_clean() -> None:
    assert clean("o\u0308") == "ö"
    assert clean("\ufb01n") == "fin"
    assert clean("\ufee3\ufeae\ufea3\ufe92\ufe8e") == "مرحبا"
    assert clean(")שלום(") == "(שלום)"
    assert clean("þÿ␀1␀µ␀F") == "1µF"
    assert clean("␀") == "␀"
    assert clean("\uf0b7") == "•"


@pytest.mark.corpus
@pytest.mark.parametrize("name", ["fedramp-vendor", "xorg-bylaws-art5", "mpl-handout", "osl-spec"])
def test_real_files_give_the_words_that_they_show(name: str) -> None:
    folder = corpus()
    if folder is None:
        pytest.skip("../shared/corpus is not here")
    document = read_file(folder / "pairs" / name / "old.pdf")
    words = document.words
    assert len(words) > 300
    assert bool((words.box[:, 2:] > words.box[:, :2]).all())
    assert not (words.flags & Flag.HIDDEN).any()
    assert not any(page.notices for page in document.pages)


@pytest.mark.corpus
def test_lam_alef_is_read_in_order() -> None:
    folder = corpus()
    if folder is None:
        pytest.skip("../shared/corpus is not here")
    found = texts(read_file(folder / "singles" / "owasp-asvs-401-fa.pdf", pages="9"))
    assert "آنلاین" in found
    assert "آنالین" not in found


def test_content_that_cannot_be_decoded_is_no_blank_page(tmp_path: Path) -> None:
    def break_first(pdf: pikepdf.Pdf) -> None:
        pdf.pages[0].Contents = pikepdf.Stream(pdf, b"\xff\xff rubbish", Filter=pikepdf.Name.LZWDecode)
        pdf.pages[1].Contents = pikepdf.Stream(pdf, b"", F=b"elsewhere.txt")
        pdf.pages[2].Contents = pikepdf.Stream(pdf, b"q Q")
        del pdf.pages[3].Contents

    pages = read(changed(drawn(*[lines("one")] * 5), break_first), tmp_path).pages
    assert [page.compared for page in pages] == [(), (), ("text",), ("text",), ("text",)]
    assert [[n.code for n in page.notices] for page in pages[:3]] == [
        ["content_unreadable"],
        ["content_unreadable"],
        [],
    ]


def test_curly_quotes_of_a_right_to_left_line_are_those_of_the_file(tmp_path: Path) -> None:
    """PDFium mirrors them; Unicode and the producers do not. They are drawn here from left to right."""

    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 12)
        canvas.drawString(72, 700, "dcba <dcba> dcba dcba")
        canvas.drawString(72, 680, "dcba> dcba <dcba")

    letters = {"a": "ש", "b": "ל", "c": "ו", "d": "ם", "<": "“", ">": "”"}
    found = texts(read(mapped(drawn(draw), **letters), tmp_path))
    assert found == ["שלום", "שלום", "”שלום“", "שלום", "שלום“", "שלום", "”שלום"]


def test_brackets_of_a_hebrew_line_hang_on_the_words_they_touch(tmp_path: Path) -> None:
    """As LibreOffice writes them: before all words of the line, and as they look there."""

    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 12)
        wide = pdfmetrics.stringWidth("dcba", "Helvetica", 12)
        canvas.drawString(300 + wide, 700, ")")  # right of the first word: it opens
        canvas.drawString(200 - pdfmetrics.stringWidth("(", "Helvetica", 12), 700, "(")  # left of the second: it closes
        for x in (300, 200, 140):
            canvas.drawString(x, 700, "dcba")

    letters = {"a": "ש", "b": "ל", "c": "ו", "d": "ם"}
    document = read(mapped(drawn(draw), **letters), tmp_path)
    assert "".join(texts(document)) == "(שלום" + "שלום)" + "שלום"
    assert set(document.words.line.tolist()) == {0}
