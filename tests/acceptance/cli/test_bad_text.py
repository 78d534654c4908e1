"""Text layers that say something else than the page, through the command: what is told, and how the page was compared.

Old and new say the same but for one word; the new file (or both) holds its text in a bad way.
"""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont as Embedded
from reportlab.pdfgen.canvas import Canvas

from tests.acceptance.cli.test_compare import run

TTFont = pytest.importorskip("fontTools.ttLib", reason="fontTools comes with the benchmark's packages").TTFont
DecomposingRecordingPen = pytest.importorskip("fontTools.pens.recordingPen").DecomposingRecordingPen
FONT = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")
OLD = [
    "The supplier delivers the goods within thirty days after the order,",
    "free of charges for transport, to the place that the order names.",
    "The buyer looks at them at once and says what is wrong with them.",
    "Nothing in this clause takes away what the law gives to the buyer.",
    "Payment is due within fourteen days after the invoice was received.",
    "Either party may end this agreement with a notice of three months.",
] * 3
NEW = [OLD[0].replace("thirty", "twenty"), *OLD[1:]]
SIZE = 11
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not FONT.is_file(), reason="the font DejaVu Sans is not installed"),
]
needs_ocr = pytest.mark.skipif(shutil.which("tesseract") is None, reason="Tesseract is not installed")


def baseline(line: int) -> float:
    return 720.0 - 16 * line


def by_glyph(lines: list[str], meaning: Callable[[str], str] | None) -> bytes:
    """Text as numbers of glyphs. The character map says `meaning` of each; without it nothing says what they mean."""
    font = TTFont(FONT)
    names, widths, unit = font.getBestCmap(), font["hmtx"], font["head"].unitsPerEm
    glyph = {c: font.getGlyphID(names[ord(c)]) for c in sorted({c for line in lines for c in line})}
    for table in ("cmap", "post", "name", "GSUB", "GPOS", "GDEF"):
        if table in font:
            del font[table]
    program = io.BytesIO()
    font.save(program)
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(612, 792))
    base = Name("/AAAAAA+Sans")
    descriptor = Dictionary(Type=Name.FontDescriptor, FontName=base, Flags=4, FontBBox=[-1000, -300, 1500, 1000])
    for name, value in {"ItalicAngle": 0, "Ascent": 900, "Descent": -200, "CapHeight": 700, "StemV": 80}.items():
        descriptor[f"/{name}"] = value
    descriptor.FontFile2 = pdf.make_stream(program.getvalue())
    descendant = Dictionary(Type=Name.Font, Subtype=Name.CIDFontType2, BaseFont=base, CIDToGIDMap=Name.Identity)
    descendant.CIDSystemInfo = Dictionary(Registry="Adobe", Ordering="Identity", Supplement=0)
    descendant.FontDescriptor = pdf.make_indirect(descriptor)
    descendant.W = Array(
        part for c, k in glyph.items() for part in (k, Array([round(widths[names[ord(c)]][0] * 1000 / unit)]))
    )
    whole = Dictionary(Type=Name.Font, Subtype=Name.Type0, BaseFont=base, Encoding=Name("/Identity-H"))
    whole.DescendantFonts = Array([pdf.make_indirect(descendant)])
    if meaning is not None:
        rows = "".join(f"<{k:04X}> <{ord(meaning(c)):04X}>\n" for c, k in glyph.items())
        whole.ToUnicode = pdf.make_stream(
            b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /M def /CMapType 2 def\n"
            b"1 begincodespacerange <0000> <FFFF> endcodespacerange\n"
            + f"{len(glyph)} beginbfchar\n{rows}endbfchar endcmap end end".encode()
        )
    page.Resources = Dictionary(Font=Dictionary(F=pdf.make_indirect(whole)))
    page.Contents = pdf.make_stream(
        "\n".join(
            f"BT /F {SIZE} Tf 72 {baseline(k)} Td <{''.join(f'{glyph[c]:04X}' for c in line)}> Tj ET"
            for k, line in enumerate(lines)
        ).encode()
    )
    out = io.BytesIO()
    pdf.save(out)
    return out.getvalue()


def readable(lines: list[str]) -> bytes:
    return by_glyph(lines, str)


def ideographs(character: str) -> str:
    """A character map whose letters are chance: each is an ideograph."""
    return chr(0x4000 + 13 * ord(character)) if character.isalpha() else character


def other_letters(character: str) -> str:
    """A character map that is whole and plausible: each Latin letter is another one."""
    small = "abcdefghijklmnopqrstuvwxyz"
    return character.translate(str.maketrans(small + small.upper(), small[7:] + small[:7] + small.upper()))


def as_outlines(lines: list[str]) -> bytes:
    """Text as filled paths, without a font."""
    font = TTFont(FONT)
    names, glyphs, scale = font.getBestCmap(), font.getGlyphSet(), SIZE / font["head"].unitsPerEm
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=(612, 792), invariant=True)
    for k, line in enumerate(lines):
        x, y = 72.0, baseline(k)
        for character in line:
            glyph = glyphs[names[ord(character)]]
            pen = DecomposingRecordingPen(glyphs)
            glyph.draw(pen)
            path = canvas.beginPath()
            at = (0.0, 0.0)
            for step, points in pen.value:
                if step in ("moveTo", "lineTo"):
                    at = points[0]
                    (path.moveTo if step == "moveTo" else path.lineTo)(x + at[0] * scale, y + at[1] * scale)
                elif step == "qCurveTo":
                    for n, control in enumerate(points[:-1]):
                        following = points[n + 1]
                        last = n == len(points) - 2
                        end = following if last else tuple((a + b) / 2 for a, b in zip(control, following, strict=True))
                        ends = [
                            tuple(p + 2 / 3 * (q - p) for p, q in zip(one, control, strict=True)) for one in (at, end)
                        ]
                        path.curveTo(*(part for p in (*ends, end) for part in (x + p[0] * scale, y + p[1] * scale)))
                        at = end
                elif step == "closePath":
                    path.close()
            canvas.drawPath(path, stroke=0, fill=1, fillMode=1)
            x += glyph.width * scale
    canvas.showPage()
    canvas.save()
    return stream.getvalue()


def drawn_twice(lines: list[str]) -> bytes:
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=(612, 792), invariant=True)
    canvas.setFont("Helvetica", SIZE)
    for k, line in enumerate(lines):
        for shift in (0, 0.35):
            canvas.drawString(72 + shift, baseline(k), line)
    canvas.showPage()
    canvas.save()
    return stream.getvalue()


def compared(folder: Path, old: bytes, new: bytes) -> dict[str, Any]:
    (folder / "old.pdf").write_bytes(old)
    (folder / "new.pdf").write_bytes(new)
    done = run("compare", folder / "old.pdf", folder / "new.pdf", "--json", folder / "r.json")
    assert done.returncode in (0, 1), done.stderr
    result: dict[str, Any] = json.loads((folder / "r.json").read_text("utf-8"))
    return result


def words(result: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        ((c["old"] or {}).get("text", ""), (c["new"] or {}).get("text", ""))
        for c in result["changes"]
        if c["layer"] in ("text", "table", "page")
    ]


def notices(result: dict[str, Any]) -> set[str]:
    return {notice["code"] for side in ("old", "new") for page in result[side]["pages"] for notice in page["notices"]}


@needs_ocr
@pytest.mark.parametrize("both", [False, True], ids=["new", "both"])
@pytest.mark.parametrize(
    "bad",
    [
        as_outlines,
        lambda lines: by_glyph(lines, None),
        lambda lines: by_glyph(lines, ideographs),
        lambda lines: by_glyph(lines, other_letters),
    ],
    ids=["outlines", "no map", "wrong map", "plausible map"],
)
def test_text_that_cannot_be_read_is_recognised_and_the_page_says_so(
    bad: Callable[[list[str]], bytes], both: bool, tmp_path: Path
) -> None:
    result = compared(tmp_path, bad(OLD) if both else readable(OLD), bad(NEW))
    assert words(result) == [("thirty", "twenty")]
    assert "recognised_text" in notices(result)


def test_text_drawn_twice_to_look_bold_is_no_change(tmp_path: Path) -> None:
    result = compared(tmp_path, readable(OLD), drawn_twice(NEW))
    assert words(result) == [("thirty", "twenty")]


def test_right_to_left_text_in_the_order_of_the_screen_reads_the_same(tmp_path: Path) -> None:
    old = ["הספק ימסור את הסחורה בתוך שלושים ימים מיום ההזמנה", "הקונה יבדוק את הסחורה מיד עם קבלתה"] * 3
    new = [old[0].replace("שלושים", "עשרים"), *old[1:]]

    def logical(lines: list[str]) -> bytes:
        """A letter at a time, from the right."""
        font = TTFont(FONT)
        names, widths, unit = font.getBestCmap(), font["hmtx"], font["head"].unitsPerEm
        pdfmetrics.registerFont(Embedded("Sans", str(FONT)))
        stream = io.BytesIO()
        canvas = Canvas(stream, pagesize=(612, 792), invariant=True)
        canvas.setFont("Sans", SIZE)
        for k, line in enumerate(lines):
            x = 540.0
            for character in line:
                x -= widths[names[ord(character)]][0] * SIZE / unit
                canvas.drawString(x, baseline(k), character)
        canvas.showPage()
        canvas.save()
        return stream.getvalue()

    result = compared(tmp_path, logical(old), readable([line[::-1] for line in new]))
    assert words(result) == [("שלושים", "עשרים")]


def test_one_word_among_a_hundred_thousand_on_a_page(tmp_path: Path) -> None:
    def crowded(changed: str) -> bytes:
        stream = io.BytesIO()
        canvas = Canvas(stream, pagesize=(3000, 3000), invariant=True)
        canvas.setFont("Helvetica", 3)
        for row in range(500):
            line = [f"w{(row * 200 + k) * 7919 % 65521}" for k in range(200)]
            if row == 250:
                line[100] = changed
            canvas.drawString(10, 2980 - 5.9 * row, " ".join(line))
        canvas.showPage()
        canvas.save()
        return stream.getvalue()

    result = compared(tmp_path, crowded("thirty"), crowded("twenty"))
    assert words(result) == [("thirty", "twenty")]
    assert all(page["compared"] for side in ("old", "new") for page in result[side]["pages"])
