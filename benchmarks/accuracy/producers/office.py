"""LibreOffice Writer, from flat OpenDocument text."""

from __future__ import annotations

import base64
import itertools
import shutil
from collections.abc import Iterable
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

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
    "serif": "Liberation Serif",
    "sans": "Liberation Sans",
    "dejavu": "DejaVu Serif",
    "dejavu-sans": "DejaVu Sans",
}
_LOOKS = {
    "bold": 'fo:font-weight="bold" style:font-weight-asian="bold" style:font-weight-complex="bold"',
    "italic": 'fo:font-style="italic" style:font-style-asian="italic" style:font-style-complex="italic"',
    "red": 'fo:color="#c00000"',
    "blue": 'fo:color="#0030c0"',
    "underline": 'style:text-underline-style="solid" style:text-underline-width="auto"',
    "strike": 'style:text-line-through-style="solid"',
    "highlight": 'fo:background-color="#ffee66"',
    "mono": 'style:font-name="Liberation Mono" fo:font-family="Liberation Mono"',
}
_SPACES = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}"'
    for short, name in {
        "office": "office:1.0",
        "style": "style:1.0",
        "text": "text:1.0",
        "table": "table:1.0",
        "draw": "drawing:1.0",
        "fo": "xsl-fo-compatible:1.0",
        "svg": "svg-compatible:1.0",
    }.items()
)
_NUMBERS = {
    "n": "<text:page-number/>",
    "n/m": "<text:page-number/> / <text:page-count/>",
    "roman": '<text:page-number style:num-format="i"/>',
}


def to_fodt(document: Document, layout: Layout) -> str:
    """A flat OpenDocument file."""
    width, height = layout.page
    family, size = FAMILIES[layout.font], layout.size
    rtl = document.lang in RTL
    asian = {"ja": "Noto Serif CJK JP"}.get(document.lang, "Noto Serif CJK SC")
    fonts = (
        f'style:font-name="{family}" fo:font-family="{family}" style:font-family-asian="{asian}" '
        f'style:font-family-complex="Noto Naskh Arabic"'
    )

    def sizes(points: float) -> str:
        return " ".join(
            f'{name}="{points}pt"' for name in ("fo:font-size", "style:font-size-asian", "style:font-size-complex")
        )

    mode = 'style:writing-mode="rl-tb"' if rtl else 'style:writing-mode="lr-tb"'
    align = "justify" if layout.justify else "start"
    looks = "".join(
        f'<style:style style:name="{name}" style:family="text"><style:text-properties {rule}/></style:style>'
        # In points: of a share, such as 135%, LibreOffice makes the size of the paragraph again.
        for name, rule in (_LOOKS | {"large": sizes(size * 1.35)}).items()
    )
    tables: list[str] = []
    body: list[str] = []
    body.extend(_blocks(document.blocks, layout, tables))
    columns = f'<style:columns fo:column-count="{layout.columns}" fo:column-gap="18pt"/>' if layout.columns > 1 else ""
    header = f'<style:header><text:p text:style-name="Running">{escape(layout.header)}</text:p></style:header>'
    footer = (
        f'<style:footer><text:p text:style-name="Running">{_NUMBERS.get(layout.numbers, "")}</text:p></style:footer>'
    )
    spacing = f'fo:letter-spacing="{layout.heading_spacing}pt"' if layout.heading_spacing else ""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<office:document {_SPACES} office:version="1.2" office:mimetype="application/vnd.oasis.opendocument.text">
<office:styles>
<style:default-style style:family="paragraph"><style:paragraph-properties {mode}/>
<style:text-properties {fonts} {sizes(size)}
 fo:language="{document.lang}" fo:hyphenate="false"/></style:default-style>
<style:style style:name="Body" style:family="paragraph"><style:paragraph-properties fo:text-align="{align}"
 fo:margin-bottom="6pt" fo:line-height="125%" fo:orphans="2" fo:widows="2"/></style:style>
<style:style style:name="Break" style:family="paragraph"><style:paragraph-properties fo:break-after="page"/>
</style:style>
<style:style style:name="Item" style:family="paragraph"><style:paragraph-properties fo:text-align="{align}"
 fo:margin-bottom="3pt"/></style:style>
<style:style style:name="Cell" style:family="paragraph"><style:paragraph-properties fo:text-align="start"/>
<style:text-properties {sizes(size * 0.92)}/></style:style>
<style:style style:name="H1" style:family="paragraph"><style:paragraph-properties fo:margin-top="10pt"
 fo:margin-bottom="5pt"
 fo:keep-with-next="always"/><style:text-properties {sizes(size * 1.35)} {_LOOKS["bold"]} {spacing}/></style:style>
<style:style style:name="H2" style:family="paragraph"><style:paragraph-properties fo:margin-top="8pt"
 fo:margin-bottom="4pt"
 fo:keep-with-next="always"/><style:text-properties {sizes(size * 1.15)} {_LOOKS["bold"]}/></style:style>
<style:style style:name="Running" style:family="paragraph"><style:paragraph-properties fo:text-align="center"/>
<style:text-properties {sizes(9)}/></style:style>
<style:style style:name="Footnote" style:family="paragraph"><style:text-properties {sizes(8.5)}/></style:style>
</office:styles>
<office:automatic-styles>{looks}
<text:list-style style:name="Bullets"><text:list-level-style-bullet text:level="1" text:bullet-char="•">
<style:list-level-properties text:space-before="6pt" text:min-label-width="12pt"/></text:list-level-style-bullet>
</text:list-style>
{"".join(tables)}
<style:style style:name="Cellgrid" style:family="table-cell"><style:table-cell-properties
 fo:border="0.6pt solid #333333" fo:padding="3pt"/></style:style>
<style:style style:name="Celllines" style:family="table-cell"><style:table-cell-properties
 fo:border-bottom="0.5pt solid #666666" fo:padding="3pt"/></style:style>
<style:style style:name="Cellbooktabs" style:family="table-cell"><style:table-cell-properties fo:padding="3pt"/>
</style:style>
<style:style style:name="Headbooktabs" style:family="table-cell"><style:table-cell-properties
 fo:border-top="1pt solid #000000"
 fo:border-bottom="0.5pt solid #000000" fo:padding="3pt"/></style:style>
<style:style style:name="Cellnone" style:family="table-cell"><style:table-cell-properties fo:padding="3pt"/>
</style:style>
<style:style style:name="Picture" style:family="graphic"><style:graphic-properties style:wrap="none"
 style:vertical-pos="top"/></style:style>
<style:page-layout style:name="Page"><style:page-layout-properties fo:page-width="{width}pt" fo:page-height="{height}pt"
 fo:margin="{max(layout.margin - 22, 20)}pt" fo:margin-left="{layout.margin}pt"
 fo:margin-right="{layout.margin}pt" {mode}>{columns}</style:page-layout-properties>
<style:header-style><style:header-footer-properties fo:min-height="14pt" fo:margin-bottom="8pt"/></style:header-style>
<style:footer-style><style:header-footer-properties fo:min-height="14pt" fo:margin-top="8pt"/></style:footer-style>
</style:page-layout>
</office:automatic-styles>
<office:master-styles><style:master-page style:name="Standard" style:page-layout-name="Page">
{header if layout.header else ""}{footer if layout.numbers else ""}</style:master-page></office:master-styles>
<office:body><office:text>{"".join(body)}</office:text></office:body></office:document>"""


def _blocks(blocks: list[Block], layout: Layout, styles: list[str]) -> Iterable[str]:
    number = itertools.count(1)
    for is_item, group in itertools.groupby(blocks, key=lambda block: isinstance(block, Item)):
        if is_item:
            items = "".join(
                f'<text:list-item><text:p text:style-name="Item">{_words(item.words)}</text:p></text:list-item>'
                for item in group
                if isinstance(item, Item)
            )
            yield f'<text:list text:style-name="Bullets">{items}</text:list>'
            continue
        for block in group:
            match block:
                case Heading(words, level):
                    yield f'<text:h text:style-name="H{level}" text:outline-level="{level}">{_words(words)}</text:h>'
                case Paragraph(words):
                    yield f'<text:p text:style-name="Body">{_words(words)}</text:p>'
                case Table():
                    yield _table(block, layout, next(number), styles)
                case Figure(data, _, width, height):
                    yield (
                        f'<text:p text:style-name="Body">'
                        f'<draw:frame draw:style-name="Picture" text:anchor-type="as-char" '
                        f'svg:width="{width}pt" svg:height="{height}pt"><draw:image><office:binary-data>'
                        f"{base64.b64encode(data).decode()}</office:binary-data></draw:image></draw:frame></text:p>"
                    )
                case PageBreak():
                    yield '<text:p text:style-name="Break"/>'


def _table(table: Table, layout: Layout, number: int, styles: list[str]) -> str:
    styles.append(
        f'<style:style style:name="T{number}" style:family="table">'
        f'<style:table-properties style:width="{layout.width}pt" '
        f'table:align="margins" fo:margin-bottom="8pt"/></style:style>'
    )
    for i, share in enumerate(table.widths):
        styles.append(
            f'<style:style style:name="T{number}C{i}" style:family="table-column"><style:table-column-properties '
            f'style:column-width="{share * layout.width:.1f}pt"/></style:style>'
        )
    columns = "".join(f'<table:table-column table:style-name="T{number}C{i}"/>' for i in range(len(table.widths)))

    def cell(words: list[Word], style: str, span: int = 1) -> str:
        wide = f' table:number-columns-spanned="{span}"' if span > 1 else ""
        inner = f'<text:p text:style-name="Cell">{_words(words)}</text:p>'
        return f'<table:table-cell table:style-name="{style}"{wide}>{inner}</table:table-cell>'

    head_style = "Headbooktabs" if table.rules == "booktabs" else f"Cell{table.rules}"
    head = "".join(cell(words, head_style) for words in table.head)
    rows = []
    for row_number, row in enumerate(table.rows):
        first, count = table.spans.get(row_number, (0, 1))
        cells = ""
        for i, words in enumerate(row):
            if first < i < first + count:
                cells += "<table:covered-table-cell/>"
            else:
                cells += cell(words, f"Cell{table.rules}", count if i == first else 1)
        rows.append(f"<table:table-row>{cells}</table:table-row>")
    return (
        f'<table:table table:name={quoteattr(f"Table{number}")} table:style-name="T{number}">{columns}'
        f"<table:table-header-rows><table:table-row>{head}</table:table-row></table:table-header-rows>"
        f"{''.join(rows)}</table:table>"
    )


def _words(words: Iterable[Word]) -> str:
    out = []
    for look, group in itertools.groupby(words, key=lambda word: word.look):
        run = list(group)
        text = ""
        for word in run:
            text += escape(word.text)
            if word.note:
                text += (
                    '<text:note text:note-class="footnote"><text:note-citation/><text:note-body>'
                    f'<text:p text:style-name="Footnote">{_words(word.note)}</text:p></text:note-body></text:note>'
                )
            text += " " if word.space else ""
        tail = " " if run[-1].space else ""
        out.append(f'<text:span text:style-name="{look}">{text.rstrip(" ")}</text:span>{tail}' if look else text)
    return "".join(out).strip()


def libreoffice(document: Document, layout: Layout, target: Path) -> None:
    """Convert with LibreOffice, with a profile of its own so that another one that runs is not disturbed."""
    with workshop() as folder:
        (folder / "page.fodt").write_text(to_fodt(document, layout), "utf-8")
        profile = folder / "profile"
        command = [
            "soffice",
            f"-env:UserInstallation=file://{profile}",
            "--headless",
            "--norestore",
            "--convert-to",
            "pdf",
        ]
        run([*command, "page.fodt"], folder)
        shutil.move(folder / "page.pdf", target)
