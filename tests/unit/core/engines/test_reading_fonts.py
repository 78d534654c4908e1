"""Reading fonts whose character maps are broken or missing."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pikepdf
import pytest
import reportlab

from core.engines.cff import encoded_names
from core.engines.character_maps import text_of_name, to_unicode, type1_names
from core.engines.truetype import glyph_texts
from core.model import Document, Flag
from tests.unit.core.engines.test_reading import flagged, read, read_file, texts
from tests.unit.core.pdfs import corpus

PROGRAM = (Path(reportlab.__file__).parent / "fonts" / "Vera.ttf").read_bytes()
GLYPHS = {text: glyph for glyph, text in sorted(glyph_texts(PROGRAM).items(), reverse=True)}
SENTENCE = "Twenty letters are enough"


def composite(*rows: str, ranges: str = "", program: bytes = PROGRAM, name: str = "Vera") -> bytes:
    """A page in a font of two-byte codes, the numbers of its glyphs, with the ranges of a ToUnicode map or none."""
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(612, 792))
    inner = pikepdf.Dictionary(
        Type=pikepdf.Name.Font, Subtype=pikepdf.Name.CIDFontType2, BaseFont=pikepdf.Name("/" + name), DW=600,
        CIDSystemInfo=pikepdf.Dictionary(Registry=b"Adobe", Ordering=b"Identity", Supplement=0),
        CIDToGIDMap=pikepdf.Name.Identity,
        FontDescriptor=pdf.make_indirect(pikepdf.Dictionary(
            Type=pikepdf.Name.FontDescriptor, FontName=pikepdf.Name("/" + name), Flags=4, ItalicAngle=0, Ascent=900,
            Descent=-200, CapHeight=700, StemV=80, FontBBox=[-200, -300, 1300, 1000], FontFile2=pdf.make_stream(program)
        )),
    )  # fmt: skip
    font = pikepdf.Dictionary(
        Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type0, BaseFont=pikepdf.Name("/" + name),
        Encoding=pikepdf.Name("/Identity-H"), DescendantFonts=[pdf.make_indirect(inner)],
    )  # fmt: skip
    if ranges:
        font.ToUnicode = pdf.make_stream(
            f"begincmap 1 begincodespacerange <0000><FFFF> endcodespacerange {ranges.count(chr(10)) + 1} beginbfrange\n"
            f"{ranges}\nendbfrange endcmap".encode()
        )
    page = pdf.pages[0]
    page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F=pdf.make_indirect(font)))
    shown = [
        f"BT /F 12 Tf 1 0 0 1 72 {700 - 20 * k} Tm <{''.join(f'{GLYPHS[c]:04x}' for c in row)}> Tj ET"
        for k, row in enumerate(rows)
    ]
    page.Contents = pdf.make_stream("\n".join(shown).encode())
    out = io.BytesIO()
    pdf.save(out, static_id=True)
    return out.getvalue()


def ranges_of(text: str) -> list[str]:
    return [f"<{GLYPHS[c]:04x}><{GLYPHS[c]:04x}><{ord(c):04x}>" for c in sorted(set(text))]


def without_cmap() -> bytes:
    """The font without its table of characters."""
    return PROGRAM.replace(b"cmap", b"cmaq", 1)


def test_a_range_across_a_multiple_of_256_spoils_no_other(tmp_path: Path) -> None:
    ranges = "\n".join([*ranges_of(SENTENCE), "<00f5><0105><3041>"])
    document = read(composite(SENTENCE, ranges=ranges, program=without_cmap()), tmp_path)
    assert texts(document) == SENTENCE.split()
    assert document.pages[0].notices == ()
    assert not (document.words.flags & Flag.SYMBOL).any()


def test_a_font_without_a_map_is_read_by_its_own_table_of_characters(tmp_path: Path) -> None:
    document = read(composite(SENTENCE), tmp_path)
    assert texts(document) == SENTENCE.split()
    assert document.pages[0].notices == ()


ROWS = tuple(["minimum minimal animal"] * 4)


def unread(tmp_path: Path, name: str = "Vera") -> Document:
    return read(composite(*ROWS, program=without_cmap(), name=name), tmp_path)


def test_a_font_that_says_nothing_is_read_by_the_shapes_of_its_letters(tmp_path: Path) -> None:
    document = unread(tmp_path)
    assert len(document.words) == 12
    assert len(set(texts(document))) == 3
    assert flagged(document, Flag.SYMBOL) == texts(document)
    assert [n.code for n in document.pages[0].notices] == ["unread_text"]
    assert texts(document) == texts(unread(tmp_path, name="Other"))
    minimum, _, animal = texts(document)[:3]
    assert minimum[0] == minimum[4] == minimum[6] == animal[3]
    assert bool((np.diff(document.words.box[:3, 0]) > 0).all())


def test_maps_are_read_leniently() -> None:
    stream = b"""2 beginbfchar <01> <0041> <0002> <D835DC65> endbfchar
        3 beginbfrange <10><12><0061> <0020> <0021> [<0066006C> <0030>] <30> <zz> <40><41><00660069> endbfrange
        1 beginbfchar <05> <00"""
    assert to_unicode(stream) == {
        1: "A", 2: "𝑥", 0x10: "a", 0x11: "b", 0x12: "c", 0x20: "fl", 0x21: "0",
    } | {code: text for code, text in to_unicode(stream).items() if code >= 0x30}  # fmt: skip
    assert len(to_unicode(b"1 beginbfrange <0000> <FFFFFFFF> <0041> endbfrange")) <= 1 << 17


def test_glyph_names() -> None:
    known = {"A": "A", "f": "f", "i": "i", "parenleft": "("}
    names = {"A.alt": "A", "f_i": "fi", "uni00410042": "AB", "u1D465": "𝑥", "prime": "′", "parenleftBigg": "(",
             "summationdisplay": "∑", "a65": "", "g12": "", ".notdef": "", "noteheads.s2": ""}  # fmt: skip
    assert {name: text_of_name(name, known) for name in names} == names


def test_built_in_encoding_of_type_1() -> None:
    program = b"%!PS-AdobeFont\n/Encoding 256 array\ndup 48 /prime put\ndup 104/angbracketleft put\neexec dup 1 /x put"
    assert type1_names(program) == {48: "prime", 104: "angbracketleft"}


@pytest.mark.corpus
def test_a_japanese_file_with_a_broken_map_is_mended() -> None:
    folder = corpus()
    if folder is None:
        pytest.skip("../shared/corpus is not here")
    document = read_file(folder / "pairs" / "top10-ja" / "old.pdf", pages="2,4")
    found = texts(document)
    assert found.count("の") > 40
    assert not any("\u3400" <= text[0] <= "\u4dbf" for text in found)
    assert all(page.notices == () for page in document.pages)


@pytest.mark.corpus
def test_signs_of_tex_are_read_by_their_names() -> None:
    folder = corpus()
    if folder is None:
        pytest.skip("../shared/corpus is not here")
    found = texts(read_file(folder / "pairs" / "yellowpaper-en" / "old.pdf", pages="3-5"))
    assert "′" in "".join(found)
    assert "‖" in "".join(found)
    assert not any("\u2400" <= text[0] <= "\u2401" for text in found)


def test_built_in_encoding_of_cff() -> None:
    def index(*items: bytes) -> bytes:
        ends = [1 + sum(map(len, items[: k + 1])) for k in range(len(items))]
        return len(items).to_bytes(2) + b"\x01\x01" + bytes(ends) + b"".join(items)

    head, names, strings = b"\x01\x00\x04\x01", index(b"Font"), index(b"clefs.G", b"rests.1")

    def top(charset: int, encoding: int, glyphs: int) -> bytes:
        places = b"".join(
            b"\x1c" + place.to_bytes(2) + bytes([operator])
            for place, operator in ((charset, 15), (encoding, 16), (glyphs, 17))
        )
        return index(places)

    start = len(head + names + top(0, 0, 0) + strings + b"\0\0")
    charset, encoding = b"\0" + (391).to_bytes(2) + (392).to_bytes(2), b"\0\x02\x41\x07"
    program = head + names + top(start, start + 5, start + 9) + strings + b"\0\0" + charset + encoding
    program += index(b"\x0e", b"\x0e", b"\x0e")
    assert encoded_names(program) == {0x41: "clefs.G", 7: "rests.1"}
    for end in range(len(program)):
        encoded_names(program[:end])


@pytest.mark.corpus
def test_notes_are_the_same_whatever_codes_a_producer_gives_them() -> None:
    folder = corpus()
    if folder is None:
        pytest.skip("../shared/corpus is not here")
    old, new = (read_file(folder / "pairs" / "deb-lily-essay" / f"{side}.pdf", pages="9") for side in ("old", "new"))
    assert len(flagged(old, Flag.SYMBOL)) > 20
    assert sorted(flagged(old, Flag.SYMBOL)) == sorted(flagged(new, Flag.SYMBOL))


def test_pictures_of_wingdings_are_no_letters(tmp_path: Path) -> None:
    """One producer maps the codes to Latin letters, another to private characters; both mean the same pictures."""
    latin = read(composite("ab plain", ranges="\n".join(ranges_of("ab plain")), name="Wingdings-Regular"), tmp_path)
    private = "\n".join(f"<{GLYPHS[c]:04x}><{GLYPHS[c]:04x}><{0xF000 + ord(c):04x}>" for c in "abplin")
    other = read(composite("ab plain", ranges=private + "\n" + ranges_of(" ")[0], name="Wingdings-Regular"), tmp_path)
    assert texts(latin) == texts(other) == ["\uf061\uf062", "\uf070●\uf061\uf069■"]
