"""pdfLaTeX (Type 1 fonts, Cork encoding) and LuaLaTeX (OpenType fonts)."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterable
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
from benchmarks.accuracy.producers.running import run, workshop

_ESCAPES = str.maketrans(
    {
        **{c: "\\" + c for c in "#$%&_{}"},
        "\\": "\\textbackslash{}",
        "~": "\\textasciitilde{}",
        "^": "\\textasciicircum{}",
        "\u00a0": "~",
        "\u2212": "$-$",
        "\u00ad": "\\-",
        "…": "\\ldots{}",
        "„": "\\quotedblbase{}",
        "•": "\\textbullet{}",
    }
)
_LOOKS = {
    "bold": "\\textbf{%s}",
    "italic": "\\textit{%s}",
    "red": "{\\color[rgb]{0.75,0,0}%s}",
    "blue": "{\\color[rgb]{0,0.19,0.75}%s}",
    "large": "{\\fontsize{15}{17}\\selectfont %s}",
    "underline": "\\uline{%s}",
    "strike": "\\sout{%s}",
    "highlight": "\\colorbox[rgb]{1,0.93,0.4}{%s}",
    "mono": "\\texttt{%s}",
}
_FONTS = {  # file names, so that no font index is made
    "serif": "\\setmainfont{LiberationSerif-Regular.ttf}[Path=/usr/share/fonts/truetype/liberation/,"
    "BoldFont=LiberationSerif-Bold.ttf,ItalicFont=LiberationSerif-Italic.ttf]",
    "sans": "\\setmainfont{LiberationSans-Regular.ttf}[Path=/usr/share/fonts/truetype/liberation/,"
    "BoldFont=LiberationSans-Bold.ttf,ItalicFont=LiberationSans-Italic.ttf]",
    "dejavu": "\\setmainfont{DejaVuSerif.ttf}[Path=/usr/share/fonts/truetype/dejavu/,"
    "BoldFont=DejaVuSerif-Bold.ttf,ItalicFont=DejaVuSerif-Italic.ttf]",
    "dejavu-sans": "\\setmainfont{DejaVuSans.ttf}[Path=/usr/share/fonts/truetype/dejavu/,"
    "BoldFont=DejaVuSans-Bold.ttf,ItalicFont=DejaVuSans-Oblique.ttf]",
}


def to_latex(document: Document, layout: Layout, engine: str, pictures: Path) -> str:
    """An article; pictures are written to the folder `pictures`."""
    width, height = layout.page
    base = min((10, 11, 12), key=lambda size: abs(size - layout.size))
    if engine == "pdflatex":
        family = "\\renewcommand{\\familydefault}{\\sfdefault}" if "sans" in layout.font else ""
        fonts = (
            "\\usepackage[T1]{fontenc}\\usepackage[utf8]{inputenc}\\usepackage{lmodern}\\usepackage{textcomp}" + family
        )
        if not layout.ligatures:
            fonts += "\\usepackage{microtype}\\DisableLigatures{encoding = T1}"
    else:
        mono = (
            "\\setmonofont{LiberationMono-Regular.ttf}[Path=/usr/share/fonts/truetype/liberation/]"
            "\\defaultfontfeatures{Ligatures=TeX}"
        )
        fonts = "\\usepackage{fontspec}" + mono + _FONTS[layout.font]
    head = f"\\fancyhead[C]{{\\small {_text(layout.header)}}}" if layout.header else ""
    if layout.chapter_heads:
        head = "\\fancyhead[C]{\\small\\rightmark}\\renewcommand{\\sectionmark}[1]{\\markright{#1}}"
    foot = {
        "": "",
        "n": "\\fancyfoot[C]{\\thepage}",
        "n/m": "\\fancyfoot[C]{\\thepage\\ / \\pageref{LastPage}}",
        "roman": "\\pagenumbering{roman}\\fancyfoot[C]{\\thepage}",
    }[layout.numbers]
    hyphens = "" if layout.hyphens else "\\hyphenpenalty=10000\\exhyphenpenalty=10000"
    ragged = "" if layout.justify else "\\AtBeginDocument{\\raggedright}"
    two = ",twocolumn" if layout.columns == 2 else ""
    small = "\\scshape" if layout.small_caps else ""
    body = "".join(_blocks(document.blocks, layout, pictures))
    return f"""\\documentclass[{base}pt{two}]{{article}}
{fonts}
\\usepackage[paperwidth={width}bp,paperheight={height}bp,margin={layout.margin}bp,headsep=12pt,footskip=24pt]{{geometry}}
\\usepackage{{fancyhdr,graphicx,xcolor,array,booktabs,longtable}}\\usepackage[normalem]{{ulem}}
\\pagestyle{{fancy}}\\fancyhf{{}}\\renewcommand{{\\headrulewidth}}{{0pt}}{head}{foot}
\\makeatletter
\\renewcommand{{\\section}}{{\\@startsection{{section}}{{1}}{{0pt}}{{12pt}}{{6pt}}{{\\Large\\bfseries{small}\\raggedright}}}}
\\renewcommand{{\\subsection}}{{\\@startsection{{subsection}}{{2}}{{0pt}}{{10pt}}{{5pt}}{{\\large\\bfseries\\raggedright}}}}
\\makeatother
\\setcounter{{secnumdepth}}{{0}}\\setlength{{\\parindent}}{{0pt}}\\setlength{{\\parskip}}{{6pt}}\\setlength{{\\columnsep}}{{18pt}}
\\setlength{{\\emergencystretch}}{{3em}}\\setlength{{\\fboxsep}}{{1pt}}
{hyphens}
{ragged}
\\begin{{document}}
{body}\\label{{LastPage}}
\\end{{document}}
"""


def _blocks(blocks: list[Block], layout: Layout, pictures: Path) -> Iterable[str]:
    number = itertools.count(1)
    for is_item, group in itertools.groupby(blocks, key=lambda block: isinstance(block, Item)):
        if is_item:
            items = "".join(f"\\item {_words(item.words)}\n" for item in group if isinstance(item, Item))
            yield f"\\begin{{itemize}}\\setlength{{\\itemsep}}{{2pt}}\n{items}\\end{{itemize}}\n\n"
            continue
        for block in group:
            match block:
                case Heading(words, level):
                    command = "\\" + "sub" * (level - 1) + "section"
                    yield f"{command}{{{_words(words)}}}\n\n"
                case Paragraph(words):
                    yield f"{_words(words)}\n\n"
                case Table():
                    yield _table(block, layout)
                case Figure(data, suffix, width, height):
                    name = f"picture{next(number)}{suffix}"
                    (pictures / name).write_bytes(data)
                    yield f"\\noindent\\includegraphics[width={width}bp,height={height}bp]{{{name}}}\n\n"
                case PageBreak():
                    yield "\\clearpage\n\n"


def _table(table: Table, layout: Layout) -> str:
    room = layout.width - 12 * len(table.widths)
    bar = "|" if table.rules == "grid" else ""
    preamble = (
        bar + bar.join(f">{{\\raggedright\\arraybackslash}}p{{{share * room:.1f}bp}}" for share in table.widths) + bar
    )
    top, middle, bottom, between = {
        "grid": ("\\hline", "\\hline", "", "\\hline"),
        "lines": ("", "\\hline", "", "\\hline"),
        "booktabs": ("\\toprule", "\\midrule", "\\bottomrule", ""),
        "none": ("", "", "", ""),
    }[table.rules]
    rows = []
    for number, row in enumerate(table.rows):
        first, count = table.spans.get(number, (0, 1))
        cells = []
        for i, cell in enumerate(row):
            if first < i < first + count:
                continue
            span = i == first and count > 1
            cells.append(f"\\multicolumn{{{count}}}{{{bar}l{bar}}}{{{_words(cell)}}}" if span else _words(cell))
        rows.append(" & ".join(cells) + f"\\\\ {between}\n")
    head = " & ".join(_words(cell) for cell in table.head)
    body = "".join(rows)
    return (
        f"\\begin{{longtable}}{{{preamble}}}{top} {head}\\\\ {middle}\\endhead\n{bottom}\\endfoot\n"
        f"{body}\\end{{longtable}}\n\n"
    )


def _text(text: str) -> str:
    return text.translate(_ESCAPES)


def _words(words: Iterable[Word]) -> str:
    out = []
    for look, group in itertools.groupby(words, key=lambda word: word.look):
        run = list(group)
        text = ""
        for word in run:
            text += _text(word.text)
            if word.note:
                text += f"\\footnote{{{_words(word.note)}}}"
            text += " " if word.space else ""
        tail = " " if run[-1].space else ""
        out.append(_LOOKS[look] % text.rstrip() + tail if look else text)
    return "".join(out).strip()


def _compile(document: Document, layout: Layout, engine: str, target: Path) -> None:
    with workshop() as folder:
        (folder / "page.tex").write_text(to_latex(document, layout, engine, folder), "utf-8")
        runs = 2 if layout.numbers == "n/m" or any(word for word in document.words() if word.note) else 1
        runs = max(runs, 3 if any(isinstance(block, Table) for block in document.blocks) else 1)
        for _ in range(runs):
            run([engine, "-interaction=nonstopmode", "-halt-on-error", "page.tex"], folder)
        shutil.move(folder / "page.pdf", target)


def pdflatex(document: Document, layout: Layout, target: Path) -> None:
    """Typeset with pdfLaTeX."""
    _compile(document, layout, "pdflatex", target)


def lualatex(document: Document, layout: Layout, target: Path) -> None:
    """Typeset with LuaLaTeX."""
    _compile(document, layout, "lualatex", target)
