"""The legend of a marked PDF: what each colour and line means, and how much of each there is."""

from __future__ import annotations

from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name

from core.engines.annotations import COLOURS, cloud, tint
from core.typeset import Font, cut, is_encodable, lines, literal

_A4 = (595.0, 842.0)
_LEFT, _TOP, _BOTTOM, _MEASURE = 56.0, 770.0, 60.0, 483.0  # points
_MEANINGS = {
    "inserted": "inserted: only in the new document",
    "deleted": "deleted: only in the old document",
    "replaced": "replaced: something else in its place",
    "moved": "moved: unchanged, at another place",
    "style": "style: the same words, another look",
}
_FONTS = {Font.SANS: "/F", Font.SANS_BOLD: "/B"}


class Ink:
    """Collects the operators of a content stream; origin at the bottom left, as PDF has it."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def text(
        self, x: float, y: float, text: str, *, font: Font = Font.SANS, size: float = 9, grey: float = 0.2
    ) -> None:
        """Write `text` with its baseline at (x, y)."""
        head = f"BT {grey:g} g {_FONTS[font]} {size:g} Tf {x:.2f} {y:.2f} Td ".encode("ascii")
        self._parts.append(head + literal(text) + b" Tj ET")

    def sample(self, x: float, y: float, look: str, *, size: float = 9) -> None:
        """Draw how a mark of this look is drawn."""
        colour, width = COLOURS[look], size * 2
        fill = " ".join(f"{part:g}" for part in tint(colour))
        stroke = " ".join(f"{part:g}" for part in colour)
        line = {
            "deleted": f"{x:.2f} {y + size / 2:.2f} m {x + width:.2f} {y + size / 2:.2f} l S",
            "moved": f"{x:.2f} {y:.2f} m {x:.2f} {y + size:.2f} l S",
        }.get(look, f"{x:.2f} {y:.2f} m {x + width:.2f} {y:.2f} l S")
        dash = {"replaced": "[3 1.5] 0 d", "style": "[1 1.5] 0 d"}.get(look, "")
        drawn = f"q {fill} rg {x:.2f} {y:.2f} {width:.2f} {size:.2f} re f {stroke} RG 1 w {dash} {line} Q"
        self._parts.append(drawn.encode("ascii"))

    def cloud(self, x: float, y: float, *, size: float = 7) -> None:
        """Draw a revision cloud as it stands around a part of a drawing."""
        stroke = " ".join(f"{part:g}" for part in COLOURS["inserted"])
        path = cloud((x, -y - size, x + size * 2, -y), lambda across, down: (across, -down))
        self.raw(f"q {stroke} RG 1 w [] 0 d {path} s Q")

    def raw(self, operators: str) -> None:
        """Add operators as they are."""
        self._parts.append(operators.encode("ascii"))

    def content(self) -> bytes:
        """The content stream."""
        return b"\n".join(self._parts)


def fonts(pdf: pikepdf.Pdf) -> pikepdf.Object:
    """The font resources that `Ink` writes with."""
    made = Dictionary()
    for font, name in _FONTS.items():
        made[name] = pdf.make_indirect(
            Dictionary(
                Type=Name.Font, Subtype=Name.Type1, BaseFont=Name("/" + str(font)), Encoding=Name.WinAnsiEncoding
            )
        )
    return pdf.make_indirect(Dictionary(Font=made))


def printable(name: str, otherwise: str) -> str:
    """A text as far as the standard fonts can write it."""
    name = name.replace("→", "->").replace("−", "-")
    return name if is_encodable(name) else otherwise


class Sheets:
    """Writes lines down one page after another."""

    def __init__(self, pdf: pikepdf.Pdf) -> None:
        self._pdf, self._fonts = pdf, fonts(pdf)
        self.ink, self.y = Ink(), _TOP

    def line(self, text: str, *, font: Font = Font.SANS, size: float = 10, indent: float = 0, above: float = 0) -> None:
        """Write a paragraph, broken into lines, `above` points below what stands there."""
        self.y -= above
        for part in lines(text, font, size, _MEASURE - indent):
            if self.y < _BOTTOM:
                self.end()
            self.ink.text(_LEFT + indent, self.y, cut(part, font, size, _MEASURE - indent), font=font, size=size)
            self.y -= 1.45 * size

    def end(self) -> None:
        """Append what was written as a page, and begin another."""
        append_page(self._pdf, _A4, self.ink, self._fonts)
        self.ink, self.y = Ink(), _TOP


def add_legend_page(pdf: pikepdf.Pdf, header: dict[str, Any]) -> None:
    """Append a page that explains the marks, so that no page of the document changes its number.

    It also says what was compared, and lists the changes that stand on no page; those may need more pages.
    """
    side, names = header["side"], header["names"]
    sheets = Sheets(pdf)
    sheets.line("Changes marked by PDF Compare", font=Font.SANS_BOLD, size=16)
    for one in ("old", "new"):
        name = printable(names[one], "(its name needs other letters than these)")
        sheets.ink.text(_LEFT, sheets.y, f"{one.capitalize()}:", font=Font.SANS_BOLD, size=10)
        sheets.line(cut(name, Font.SANS, 10, 380) + ("  – this file" if one == side else ""), indent=34)
    sheets.y -= 12
    for look, meaning in _MEANINGS.items():
        sheets.ink.sample(_LEFT, sheets.y, look)
        sheets.ink.text(_LEFT + 28, sheets.y + 1, meaning, size=10)
        sheets.y -= 20
    if "drawing" in header["counts"]:
        sheets.ink.cloud(_LEFT + 2, sheets.y)
        sheets.ink.text(
            _LEFT + 28, sheets.y + 1, "cloud: a part of a drawing, in the colour of what happened to it", size=10
        )
        sheets.y -= 20
    sheets.line("A frame with a label marks what is not text. Every mark has a note with the words of both sides.")
    if not header["review"]:  # else on the cover
        add_summary(sheets, header)
    if header["counts"]:
        sheets.line("Changes by layer", font=Font.SANS_BOLD, size=11, above=12)
        for layer, kinds in header["counts"].items():
            sheets.ink.text(_LEFT, sheets.y, layer, size=10)
            sheets.line(", ".join(f"{count:,} {kind}" for kind, count in kinds.items() if count), indent=74)
    if header["hidden"]:
        sheets.line(f"{header['hidden']:,} more changes are hidden by the filters chosen.", above=8)
    sheets.line("What was compared", font=Font.SANS_BOLD, size=11, above=12)
    for sentence in header["coverage"]:
        sheets.line(printable(sentence, ""))
    if header["notices"]:
        sheets.line("Notices", font=Font.SANS_BOLD, size=11, above=12)
    for notice in header["notices"]:
        sheets.line(f"•  {printable(notice, 'a notice in letters that these fonts lack')}", above=3)
    _add_unplaced(sheets, header["unplaced"])
    sheets.end()


def add_summary(sheets: Sheets, header: dict[str, Any]) -> None:
    """Write what weighs most of the changes, by rule."""
    if header["short"]:
        sheets.line("In short", font=Font.SANS_BOLD, size=11, above=12)
    for sentence in header["short"]:
        sheets.line(
            f"•  {printable(sentence, 'A change in letters that these fonts lack; the HTML report has it.')}", above=3
        )


def _add_unplaced(sheets: Sheets, unplaced: dict[str, Any]) -> None:
    """The changes that stand on no page."""
    if not unplaced["notes"]:
        return
    sheets.line("Changes without a place on a page", font=Font.SANS_BOLD, size=11, above=12)
    for head, *texts in unplaced["notes"]:
        said = " -> ".join(f"“{printable(text, '(in letters that these fonts lack)')}”" for text in texts if text)
        sheets.line(f"•  {printable(head, 'change')}{': ' if said else ''}{said}", above=3)
    if unplaced["more"]:
        sheets.line(f"And {unplaced['more']:,} more; the HTML report lists them all.", above=3)


def append_page(pdf: pikepdf.Pdf, size: tuple[float, float], ink: Ink, resources: pikepdf.Object) -> pikepdf.Page:
    """Append a page with this content."""
    made = Dictionary(
        Type=Name.Page,
        MediaBox=Array([0, 0, round(size[0], 2), round(size[1], 2)]),
        Resources=resources,
        Contents=pdf.make_stream(ink.content()),
    )
    pdf.pages.append(pikepdf.Page(pdf.make_indirect(made)))
    return pdf.pages[-1]
