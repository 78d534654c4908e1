"""The legend of a marked PDF: what each colour and line means, and how much of each there is."""

from __future__ import annotations

from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name

from core.engines.annotations import COLOURS, tint
from core.typeset import Font, cut, is_encodable, literal

_A4 = (595.0, 842.0)
_MEANINGS = {
    "inserted": "inserted: only in the new document",
    "deleted": "deleted: only in the old document",
    "replaced": "replaced: other words in its place",
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
    """A file name as far as the standard fonts can write it."""
    return name if is_encodable(name) else otherwise


def add_legend_page(pdf: pikepdf.Pdf, header: dict[str, Any]) -> None:
    """Append a page that explains the marks, so that no page of the document changes its number."""
    side, names = header["side"], header["names"]
    ink = Ink()
    ink.text(56, 770, "Changes marked by PDF Compare", font=Font.SANS_BOLD, size=16, grey=0.1)
    for at, one in ((744, "old"), (728, "new")):
        name = cut(printable(names[one], "(its name needs other letters than these)"), Font.SANS, 10, 380)
        ink.text(56, at, f"{one.capitalize()}:", font=Font.SANS_BOLD, size=10)
        ink.text(90, at, name + ("  – this file" if one == side else ""), size=10)
    y: float = 690
    for look, meaning in _MEANINGS.items():
        ink.sample(56, y, look)
        ink.text(84, y + 1, meaning, size=10)
        y -= 20
    ink.text(56, y + 1, "Frames mark what is not text. Every mark has a note with the words of both sides.", size=10)
    y -= 34
    ink.text(56, y, "Changes by layer", font=Font.SANS_BOLD, size=11)
    for layer, kinds in header["counts"].items():
        y -= 16
        ink.text(56, y, layer, size=10)
        ink.text(130, y, ", ".join(f"{count:,} {kind}" for kind, count in kinds.items() if count), size=10)
    if header["hidden"]:
        ink.text(56, y - 24, f"{header['hidden']:,} more changes are hidden by the filters chosen.", size=10)
    append_page(pdf, _A4, ink, fonts(pdf))


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
