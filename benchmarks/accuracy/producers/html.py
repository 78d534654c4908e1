"""Chromium and WeasyPrint, from the same HTML."""

from __future__ import annotations

import base64
import itertools
import os
import shutil
import sys
from collections.abc import Iterable
from html import escape
from pathlib import Path

from benchmarks.accuracy.document import (
    RTL,
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
from benchmarks.accuracy.producers.running import run, workshop

FAMILIES = {
    "serif": "'Liberation Serif','Noto Serif CJK SC','Noto Naskh Arabic',serif",
    "sans": "'Liberation Sans','Noto Sans CJK SC','Noto Naskh Arabic',sans-serif",
    "dejavu": "'DejaVu Serif','Noto Serif CJK SC','Noto Naskh Arabic',serif",
    "dejavu-sans": "'DejaVu Sans','Noto Sans CJK SC','DejaVu Sans',sans-serif",
}
_LOOKS = {
    "bold": "font-weight:bold",
    "italic": "font-style:italic",
    "red": "color:#c00000",
    "blue": "color:#0030c0",
    "large": "font-size:135%",
    "underline": "text-decoration:underline",
    "strike": "text-decoration:line-through",
    "highlight": "background:#ffee66",
    "mono": "font-family:'Liberation Mono'",
}
_NUMBERS = {
    "n": "counter(page)",
    "n/m": "counter(page) ' / ' counter(pages)",
    "roman": "counter(page, lower-roman)",
}


def to_html(document: Document, layout: Layout, *, notes: bool = False) -> str:
    """One page of HTML with the layout as CSS."""
    width, height = layout.page
    head = f"@top-center{{content:{_quoted(layout.header)};font-size:9pt}}" if layout.header else ""
    if layout.chapter_heads:
        head = "@top-center{content:string(chapter);font-size:9pt}"
    foot = f"@bottom-center{{content:{_NUMBERS[layout.numbers]};font-size:9pt}}" if layout.numbers else ""
    style = f"""
@page{{size:{width}pt {height}pt;margin:{layout.margin}pt;{head}{foot}}}
*{{box-sizing:border-box}}
body{{margin:0;font:{layout.size}pt/1.35 {FAMILIES[layout.font]};
text-align:{"justify" if layout.justify else "start"};hyphens:{"auto" if layout.hyphens else "manual"};
{"" if layout.ligatures else "font-variant-ligatures:none;"}}}
.text{{columns:{layout.columns};column-gap:18pt}}
p{{margin:0 0 .6em}} ul{{margin:0 0 .6em;padding-inline-start:1.6em}} h1,h2{{text-align:start;break-after:avoid}}
h1{{font-size:135%;margin:.8em 0 .4em;string-set:chapter content(text);letter-spacing:{layout.heading_spacing}pt;
{"font-variant:small-caps;" if layout.small_caps else ""}}} h2{{font-size:115%;margin:.7em 0 .4em}}
table{{border-collapse:collapse;margin:.6em 0;width:100%;font-size:92%;table-layout:fixed}}
td,th{{text-align:start;padding:3pt 5pt;vertical-align:top;overflow-wrap:anywhere}} tr{{break-inside:avoid}}
.grid td,.grid th{{border:.6pt solid #333}} .lines tr{{border-bottom:.5pt solid #666}}
.booktabs{{border-top:1pt solid;border-bottom:1pt solid}} .booktabs thead{{border-bottom:.5pt solid}}
figure{{margin:.6em 0}} img{{display:block}} .break{{break-after:page}}
.note{{float:footnote;font-size:8.5pt}} ::footnote-call{{font-size:7pt;vertical-align:super}}
""" + "".join(f".{name}{{{rule}}}" for name, rule in _LOOKS.items())
    body = "".join(_blocks(document.blocks, notes))
    direction = "rtl" if document.lang in RTL else "ltr"
    return (
        f'<!DOCTYPE html><html lang="{document.lang}" dir="{direction}"><meta charset="utf-8">'
        f'<title>Report</title><style>{style}</style><div class="text">{body}</div></html>'
    )


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "’") + "'"


def _blocks(blocks: list[Block], notes: bool) -> Iterable[str]:
    for is_item, group in itertools.groupby(blocks, key=lambda block: isinstance(block, Item)):
        if is_item:
            items = "".join(f"<li>{_words(item.words, notes)}</li>" for item in group if isinstance(item, Item))
            yield f"<ul>{items}</ul>"
            continue
        for block in group:
            yield _block(block, notes)


def _block(block: Block, notes: bool) -> str:
    match block:
        case Heading(words, level):
            return f"<h{level}>{_words(words, notes)}</h{level}>"
        case Paragraph(words):
            return f"<p>{_words(words, notes)}</p>"
        case Table():
            return _table(block, notes)
        case Figure(data, suffix, width, height):
            kind = "jpeg" if suffix == ".jpg" else "png"
            url = f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
            return f'<figure><img src="{url}" style="width:{width}pt;height:{height}pt" alt=""></figure>'
        case PageBreak():
            return '<div class="break"></div>'
    raise AssertionError(block)


def _table(table: Table, notes: bool) -> str:
    columns = "".join(f'<col style="width:{width * 100:.1f}%">' for width in table.widths)
    head = "".join(f"<th>{_words(cell, notes)}</th>" for cell in table.head)
    rows = []
    for number, row in enumerate(table.rows):
        first, count = table.spans.get(number, (0, 1))
        cells = []
        for i, cell in enumerate(row):
            if first < i < first + count:
                continue
            span = f' colspan="{count}"' if i == first and count > 1 else ""
            cells.append(f"<td{span}>{_words(cell, notes)}</td>")
        rows.append(f"<tr>{''.join(cells)}</tr>")
    return (
        f'<table class="{table.rules}"><colgroup>{columns}</colgroup><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table>"
    )


def _words(words: list[Word] | tuple[Word, ...], notes: bool) -> str:
    out = []
    for look, group in itertools.groupby(words, key=lambda word: word.look):
        run = list(group)
        text = ""
        for word in run:
            text += escape(word.text)
            if word.note and notes:
                text += f'<span class="note">{_words(word.note, notes=False)}</span>'
            text += " " if word.space else ""
        tail = " " if run[-1].space else ""
        out.append(f'<span class="{look}">{text.rstrip(" ")}</span>{tail}' if look else text)
    return "".join(out).strip()


def print_html(page: str, target: Path) -> None:
    """Print a page with Chromium, as it is."""
    with workshop() as folder:
        (folder / "page.html").write_text(page, "utf-8")
        command = ["chromium", "--headless", "--disable-gpu", "--no-pdf-header-footer", f"--user-data-dir={folder}/u"]
        if os.geteuid() == 0:
            command.append("--no-sandbox")  # Chromium refuses to start as root otherwise
        run([*command, f"--print-to-pdf={folder}/page.pdf", f"file://{folder}/page.html"], folder)
        shutil.move(folder / "page.pdf", target)


def chromium(document: Document, layout: Layout, target: Path) -> None:
    """Print with Chromium."""
    print_html(to_html(document, layout), target)


def weasyprint(document: Document, layout: Layout, target: Path) -> None:
    """Print with WeasyPrint, in a process of its own."""
    with workshop() as folder:
        (folder / "page.html").write_text(to_html(document, layout, notes=True), "utf-8")
        run([sys.executable, "-m", "weasyprint", "-q", "page.html", "page.pdf"], folder)
        shutil.move(folder / "page.pdf", target)
