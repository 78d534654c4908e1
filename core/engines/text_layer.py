"""Recognised words as an invisible text layer under an untouched page (ISO 32000-1, 9.3.6: render mode 3).

The layer is a content stream of its own before those of the page: it cannot depend on what they leave behind, nor
change what they draw. Its font draws nothing: one glyph without an area stands for every character, its width is fixed,
and what the codes mean is said by ToUnicode; so every script can be searched and copied, and nothing is ever drawn.
"""

from __future__ import annotations

import struct
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Sequence
from math import cos, hypot, radians, sin
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name

from core.engines.page_frame import PageFrame
from core.model import Document, Flag
from core.notices import SCAN_TEXT

FONT_NAME = "/PdfCompareUnseen"
GLYPH_WIDTH = 500  # thousandths of the font size, for each character
ASCENT, DESCENT = 800, -200
MOST_CHARACTERS = 65_000  #: distinct ones in one font, whose codes are two bytes
_MOST_ROWS = 100  # of one list in a ToUnicode map
LEAST_SIDE = 0.5  #: points; a word without an extent has no place

Begin = Callable[[int, int], None]


def searchable(pdf: pikepdf.Pdf, document: Document, begin: Begin) -> int:
    """Lay the recognised words of `document` under the pages of `pdf`; how many pages got some."""
    words = document.words
    chosen: dict[int, list[int]] = defaultdict(list)
    scanned = {page.number for page in document.pages if any(n.code == SCAN_TEXT for n in page.notices)}
    for k in ((words.flags & int(Flag.OCR)) != 0).nonzero()[0].tolist():
        page = int(words.page[k])
        if page not in scanned and page <= len(pdf.pages):  # those have a layer of their scanner's already
            chosen[page].append(k)
    font = _Font()
    for done, (number, at) in enumerate(sorted(chosen.items())):
        begin(done, len(chosen))
        page = pdf.pages[number - 1]
        content = _content(document, at, PageFrame.of(page), font)
        page.contents_add(pdf.make_stream(content), prepend=True)
        _add_font(pdf, page, font)
    if chosen:
        font.finish(pdf)
    return len(chosen)


def _content(document: Document, at: Sequence[int], frame: PageFrame, font: _Font) -> bytes:
    """The words as text that is not drawn, each as wide as it is in the picture."""
    words = document.words
    out = [b"q BT 3 Tr"]
    for k, after in zip(at, [*at[1:], None], strict=True):
        text = words.text(k)
        flags, angle = int(words.flags[k]), int(words.angle[k])
        if flags & Flag.HYPHEN:
            text += "-"
        x0, y0, x1, y1 = (float(edge) for edge in words.box[k])
        start, along, up = _direction((x0, y0, x1, y1), angle)
        end = None
        if after is not None and words.line[after] == words.line[k] and not int(words.flags[after]) & Flag.GLUED:
            beside = tuple(float(edge) for edge in words.box[after])
            end = _direction((beside[0], beside[1], beside[2], beside[3]), angle)[0]
        shown = _as_drawn(text)
        out.append(_shown(frame, font, shown, start, along, up))
        if end is not None:
            gap = end[0] - start[0] - along[0], end[1] - start[1] - along[1]
            length = gap[0] * along[0] + gap[1] * along[1]
            if length > 0 and hypot(*gap) < 20 * hypot(*up):
                begun = start[0] + along[0], start[1] + along[1]
                out.append(_shown(frame, font, " ", begun, gap, up))
    out.append(b"ET Q\n")
    return b"\n".join(filter(None, out))


def _direction(box: tuple[float, float, float, float], angle: int) -> tuple[Any, Any, Any]:
    """Where the base line of a word begins, its extent, and the height of the letters, as displayed."""
    x0, y0, x1, y1 = box
    quarter = round(angle / 90) % 4
    low = -DESCENT / (ASCENT - DESCENT)
    if quarter == 1:  # downwards
        width, height = y1 - y0, x1 - x0
        start = x0 + low * height, y0
    elif quarter == 2:
        width, height = x1 - x0, y1 - y0
        start = x1, y0 + low * height
    elif quarter == 3:  # upwards
        width, height = y1 - y0, x1 - x0
        start = x1 - low * height, y1
    else:
        width, height = x1 - x0, y1 - y0
        start = x0, y1 - low * height
    turn = radians(90 * quarter)
    along = cos(turn) * width, sin(turn) * width
    up = sin(turn) * height, -cos(turn) * height
    return start, along, up


def _shown(frame: PageFrame, font: _Font, text: str, start: Any, along: Any, up: Any) -> bytes:
    """One word: its matrix in user space, its font size and stretch, its codes."""
    zero = frame.to_user(*start)
    far, high = (
        frame.to_user(start[0] + along[0], start[1] + along[1]),
        frame.to_user(start[0] + up[0], start[1] + up[1]),
    )
    ax, ay = far[0] - zero[0], far[1] - zero[1]
    ux, uy = high[0] - zero[0], high[1] - zero[1]
    width, size = hypot(ax, ay), hypot(ux, uy)
    codes = font.codes(text)
    if not codes or width < 0.01 or size < LEAST_SIDE:
        return b""
    count = len(codes) // 2
    stretch = 100.0 * width / (count * GLYPH_WIDTH / 1000 * size)
    matrix = (ax / width, ay / width, ux / size, uy / size, *zero)
    told = " ".join(f"{value:.4f}".rstrip("0").rstrip(".") for value in matrix)
    return (f"{FONT_NAME} {size:.3f} Tf {stretch:.3f} Tz {told} Tm <{codes.hex()}> Tj").encode("ascii")


def _as_drawn(text: str) -> str:
    """Characters from left to right, as programs that draw text put them, who read then turns them back."""
    if not any(unicodedata.bidirectional(c) in ("R", "AL") for c in text):
        return text
    clusters: list[str] = []
    for c in text:
        if clusters and unicodedata.combining(c):
            clusters[-1] += c
        else:
            clusters.append(c)
    # Numbers run left to right in either script.
    runs: list[list[str]] = []
    for cluster in clusters:
        is_number = cluster[0].isdigit()
        if runs and is_number and runs[-1][0][0].isdigit():
            runs[-1].append(cluster)
        else:
            runs.append([cluster])
    return "".join("".join(run) for run in reversed(runs))


def _add_font(pdf: pikepdf.Pdf, page: pikepdf.Page, font: _Font) -> None:
    """Name the font in resources that belong to this page alone, for others may share those it has."""
    held = page.obj.get("/Resources")
    if held is None:
        held = page.resources  # inherited, or made
    own = Dictionary({key: held[key] for key in held}) if isinstance(held, Dictionary) else Dictionary()
    fonts = own.get("/Font")
    mine = Dictionary({key: fonts[key] for key in fonts}) if isinstance(fonts, Dictionary) else Dictionary()
    mine[FONT_NAME] = font.reference(pdf)
    own["/Font"] = mine
    page.obj["/Resources"] = own


class _Font:
    """The font that draws nothing, with a code for each character that was asked for."""

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}
        self._made: Any = None

    def codes(self, text: str) -> bytes:
        """The codes of a text, two bytes each; characters beyond the room are left out."""
        out = bytearray()
        for c in text:
            code = self._codes.get(c)
            if code is None:
                if len(self._codes) >= MOST_CHARACTERS:
                    continue
                code = self._codes[c] = len(self._codes) + 1
            out += struct.pack(">H", code)
        return bytes(out)

    def reference(self, pdf: pikepdf.Pdf) -> Any:
        """The font's object; its map is filled in by `finish`."""
        if self._made is None:
            self._made = pdf.make_indirect(Dictionary(Type=Name.Font))
        return self._made

    def finish(self, pdf: pikepdf.Pdf) -> None:
        """Write the font, now that all characters are known."""
        file = pdf.make_stream(_font_file())
        file.Length1 = len(_font_file())
        # Every code is drawn by the one glyph that the font has.
        glyphs = pdf.make_stream(struct.pack(">H", 1) * (len(self._codes) + 1))
        descriptor = Dictionary(
            Type=Name.FontDescriptor,
            FontName=Name("/PdfCompareUnseen"),
            Flags=4,
            FontBBox=Array([0, DESCENT, GLYPH_WIDTH, ASCENT]),
            ItalicAngle=0,
            Ascent=ASCENT,
            Descent=DESCENT,
            CapHeight=ASCENT,
            StemV=80,
            FontFile2=file,
        )
        descendant = Dictionary(
            Type=Name.Font,
            Subtype=Name.CIDFontType2,
            BaseFont=Name("/PdfCompareUnseen"),
            CIDSystemInfo=Dictionary(
                Registry=pikepdf.String("Adobe"), Ordering=pikepdf.String("Identity"), Supplement=0
            ),
            FontDescriptor=pdf.make_indirect(descriptor),
            DW=GLYPH_WIDTH,
            CIDToGIDMap=glyphs,
        )
        font = self.reference(pdf)
        font.Subtype = Name.Type0
        font.BaseFont = Name("/PdfCompareUnseen")
        font.Encoding = Name("/Identity-H")
        font.DescendantFonts = Array([pdf.make_indirect(descendant)])
        font.ToUnicode = pdf.make_stream(self._map())

    def _map(self) -> bytes:
        """What the codes mean (ISO 32000-1, 9.10.3)."""
        rows = [
            f"<{code:04X}> <{c.encode('utf-16-be', 'surrogatepass').hex().upper()}>" for c, code in self._codes.items()
        ]
        blocks = []
        for start in range(0, len(rows), _MOST_ROWS):
            some = rows[start : start + _MOST_ROWS]
            blocks.append(f"{len(some)} beginbfchar\n" + "\n".join(some) + "\nendbfchar")
        return (
            "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
            "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
            "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
            "1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n"
            + "\n".join(blocks)
            + "\nendcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
        ).encode("ascii")


def _font_file() -> bytes:
    """A TrueType font of two glyphs without an area, half as wide as high (OpenType 1.9, the tables that PDF needs)."""
    units = 1000
    # A line there and back again: it has an extent, by which readers know where a character is, and no area to fill.
    glyph = struct.pack(
        ">hhhhhHH3B3h3hx", 1, 0, DESCENT, GLYPH_WIDTH, ASCENT, 2, 0, 1, 1, 1, 0, GLYPH_WIDTH, -GLYPH_WIDTH // 2,
        DESCENT, ASCENT - DESCENT, (DESCENT - ASCENT) // 2,
    )  # fmt: skip
    glyph += b"\0" * (-len(glyph) % 4)
    metrics = struct.pack(">HhHh", GLYPH_WIDTH, 0, GLYPH_WIDTH, 0)
    tables = {
        b"cmap": struct.pack(">HHHHI", 0, 1, 3, 1, 12)
        + struct.pack(">HHHHHHHHHHHHhHH", 4, 32, 0, 4, 4, 1, 0, 0xFFFF, 0xFFFF, 0, 0xFFFF, 0xFFFF, 1, 0, 0)[:32],
        b"glyf": glyph * 2,
        b"head": struct.pack(
            ">IIIIHHqqhhhhHHhhh",
            0x00010000,
            0x00010000,
            0,
            0x5F0F3CF5,
            0,
            units,
            0,
            0,
            0,
            DESCENT,
            GLYPH_WIDTH,
            ASCENT,
            0,
            8,
            2,
            1,
            0,
        ),
        b"hhea": struct.pack(
            ">IhhhHhhhhhhhhhhhH",
            0x00010000,
            ASCENT,
            DESCENT,
            0,
            GLYPH_WIDTH,
            0,
            0,
            GLYPH_WIDTH,
            1,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            2,
        ),
        b"hmtx": metrics,
        b"loca": struct.pack(">III", 0, len(glyph), 2 * len(glyph)),
        b"maxp": struct.pack(">IHHHHHHHHHHHHHH", 0x00010000, 2, 3, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0),
        b"post": struct.pack(">IIhhIIIII", 0x00030000, 0, 0, 0, 1, 0, 0, 0, 0),
    }
    entries, body, at = [], b"", 12 + 16 * len(tables)
    for tag, data in sorted(tables.items()):
        padded = data + b"\0" * (-len(data) % 4)
        total = sum(struct.unpack(f">{len(padded) // 4}I", padded)) & 0xFFFFFFFF
        entries.append(struct.pack(">4sIII", tag, total, at, len(data)))
        body += padded
        at += len(padded)
    exponent = len(tables).bit_length() - 1
    search = 16 << exponent
    head = struct.pack(">IHHHH", 0x00010000, len(tables), search, exponent, 16 * len(tables) - search)
    return head + b"".join(entries) + body
