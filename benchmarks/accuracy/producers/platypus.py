"""reportlab's Platypus."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterable
from functools import cache
from html import escape
from pathlib import Path

from benchmarks.accuracy.document import (
    Block,
    Document,
    Figure,
    Heading,
    Item,
    Layout,
    PageBreak,
    Paragraph,
    Table,
    Word,
)

_LIBERATION, _DEJAVU = Path("/usr/share/fonts/truetype/liberation"), Path("/usr/share/fonts/truetype/dejavu")
_FILES = {
    "serif": [_LIBERATION / f"LiberationSerif-{cut}.ttf" for cut in ("Regular", "Bold", "Italic", "BoldItalic")],
    "sans": [_LIBERATION / f"LiberationSans-{cut}.ttf" for cut in ("Regular", "Bold", "Italic", "BoldItalic")],
    "mono": [_LIBERATION / f"LiberationMono-{cut}.ttf" for cut in ("Regular", "Bold", "Italic", "BoldItalic")],
    "dejavu": [_DEJAVU / f"DejaVuSerif{cut}.ttf" for cut in ("", "-Bold", "-Italic", "-BoldItalic")],
    "dejavu-sans": [_DEJAVU / f"DejaVuSans{cut}.ttf" for cut in ("", "-Bold", "-Oblique", "-BoldOblique")],
}
_LOOKS = {
    "bold": ("<b>", "</b>"),
    "italic": ("<i>", "</i>"),
    "red": ('<font color="#c00000">', "</font>"),
    "blue": ('<font color="#0030c0">', "</font>"),
    "large": ('<font size="{large}">', "</font>"),
    "underline": ("<u>", "</u>"),
    "strike": ("<strike>", "</strike>"),
    "highlight": ('<font backColor="#ffee66">', "</font>"),
    "mono": ('<font face="mono">', "</font>"),
}


@cache
def _fonts() -> None:
    from reportlab.lib.fonts import addMapping
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    for name, files in _FILES.items():
        if not files[0].exists():  # without Debian's fonts-liberation
            files = _FILES["dejavu-sans" if name == "sans" else "dejavu"]
        for i, file in enumerate(files):
            face = name + ("", "-b", "-i", "-bi")[i]
            # Debian's fonts-dejavu-core has no italics of DejaVu: the upright stands in
            pdfmetrics.registerFont(TTFont(face, str(file if file.exists() else files[i % 2])))
            addMapping(name, i % 2, i // 2, face)


def reportlab(document: Document, layout: Layout, target: Path) -> None:
    """Typeset with Platypus: frames, flowables, tables with repeated heads."""
    from reportlab.pdfgen.canvas import Canvas
    from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate

    _fonts()
    width, height = layout.page
    gap = 18
    column = (layout.width - gap * (layout.columns - 1)) / layout.columns
    frames = [
        Frame(layout.margin + i * (column + gap), layout.margin, column, height - 2 * layout.margin, 0, 0, 0, 0)
        for i in range(layout.columns)
    ]

    def running(canvas: Canvas, template: BaseDocTemplate) -> None:
        canvas.setFont(layout.font, 9)
        if layout.header:
            canvas.drawCentredString(width / 2, height - layout.margin + 18, layout.header)
        number = canvas.getPageNumber()
        text = {"": "", "n": str(number), "n/m": str(number), "roman": roman(number)}[layout.numbers]
        canvas.drawCentredString(width / 2, layout.margin - 26, text)

    template = BaseDocTemplate(str(target), pagesize=layout.page, title="Report", invariant=1)
    template.addPageTemplates([PageTemplate(frames=frames, onPage=running)])
    template.build(list(_flowables(document.blocks, layout)))


def roman(number: int) -> str:
    """Small Roman numerals."""
    out = ""
    for value, sign in ((10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")):
        out += sign * (number // value)
        number %= value
    return out


def _flowables(blocks: list[Block], layout: Layout) -> Iterable[object]:
    from reportlab.lib.enums import TA_JUSTIFY, TA_LEFT
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import Image
    from reportlab.platypus import PageBreak as NextPage
    from reportlab.platypus import Paragraph as Text

    size = layout.size
    body = ParagraphStyle(
        "body",
        fontName=layout.font,
        fontSize=size,
        leading=size * 1.35,
        spaceAfter=size * 0.6,
        alignment=TA_JUSTIFY if layout.justify else TA_LEFT,
        bulletFontName=layout.font,
    )
    item = ParagraphStyle("item", body, leftIndent=16, bulletIndent=4, spaceAfter=3)
    heads = [
        ParagraphStyle(
            f"h{i}", body, fontName=f"{layout.font}-b", fontSize=size * by, leading=size * by * 1.3, alignment=TA_LEFT,
            spaceBefore=size * 0.8, keepWithNext=1,
        )
        for i, by in ((1, 1.35), (2, 1.15))
    ]  # fmt: skip
    for block in blocks:
        match block:
            case Heading(words, level):
                yield Text(_words(words, size), heads[level - 1])
            case Paragraph(words):
                yield Text(_words(words, size), body)
            case Item(words):
                yield Text(_words(words, size), item, bulletText="•")
            case Table():
                yield _table(
                    block, layout, ParagraphStyle("cell", body, fontSize=size * 0.92, spaceAfter=0, alignment=TA_LEFT)
                )
            case Figure(data, _, width, height):
                image = Image(io.BytesIO(data), width, height)
                image.hAlign = "LEFT"
                yield image
            case PageBreak():
                yield NextPage()


def _table(table: Table, layout: Layout, style: object) -> object:
    from reportlab.lib.colors import black
    from reportlab.platypus import Paragraph as Text
    from reportlab.platypus import Table as Grid

    rows = [[Text(_words(cell, layout.size), style) for cell in row] for row in (table.head, *table.rows)]
    look: list[tuple[object, ...]] = [("VALIGN", (0, 0), (-1, -1), "TOP")]
    look += {
        "grid": [("GRID", (0, 0), (-1, -1), 0.6, black)],
        "lines": [("LINEBELOW", (0, 0), (-1, -1), 0.5, black)],
        "booktabs": [
            ("LINEABOVE", (0, 0), (-1, 0), 1, black),
            ("LINEBELOW", (0, 0), (-1, 0), 0.5, black),
            ("LINEBELOW", (0, -1), (-1, -1), 1, black),
        ],
        "none": [],
    }[table.rules]
    for number, (first, count) in table.spans.items():
        look.append(("SPAN", (first, number + 1), (first + count - 1, number + 1)))
    grid = Grid(rows, colWidths=[share * layout.width for share in table.widths], repeatRows=1, style=look)
    grid.spaceAfter = 8
    return grid


def _words(words: Iterable[Word], size: float) -> str:
    out = []
    for look, group in itertools.groupby(words, key=lambda word: word.look):
        run = list(group)
        text = "".join(escape(word.text) + (" " if word.space else "") for word in run)
        tail = " " if run[-1].space else ""
        if look:
            start, end = _LOOKS[look]
            text = start.format(large=size * 1.35) + text.rstrip(" ") + end + tail
        out.append(text)
    return "".join(out).strip(" ")
