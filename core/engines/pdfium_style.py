"""How text looks: fonts by name and weight, effective size, colour, direction, once per distinct text object."""

from __future__ import annotations

import ctypes
import math
import re
from ctypes import c_void_p
from dataclasses import dataclass
from typing import NamedTuple

from core.engines import pdfium
from core.engines.pdfium import Scratch
from core.model import Flag, Style

BOLD_WEIGHT = 600
TINY_POINTS = 1.0
INVISIBLE_MODE = 3
STROKE_MODES = (1, 5)
#: Lightest of 255 that still counts as a colour other than the paper's: 2 %.
WHITE_LEAST = 250

_SUBSET = re.compile(r"^[A-Z]{6}\+")
_LATEX_BOLD = re.compile(r"^(?:cm|ec|la|ls)(?:b|ssb|ssdc|mib|bx|csc?bx|bsy)|^sf(?:b|sx|xc)|^lm[a-z]*b[a-z]*\d", re.I)
_LATEX_ITALIC = re.compile(r"^(cm|ec|la)(b?x?ti|sl|bxsl|mi|mib|itt|ssi|sltt|u)\d|^sf(ti|sl|bi|bl|it|si|st|ui)\d", re.I)
_BOLD = re.compile(r"bold|black|heavy|demi\b|semibold|extrabd|(?<=[-,])(medi|bd|bol)(?![um])", re.I)
_ITALIC = re.compile(r"ital|obli|slanted|(?<=[-,])(it|boldit|bdit|bi|i|slant)$", re.I)
_STYLE_WORDS = re.compile(
    r"(?:[-,_ ]+(?:ps|mt|(?:semi|demi|extra|ultra)?(?:bold|light)|black|heavy|thin|book|medium|medi|regu|regular|normal"
    r"|roman|rom|plain|italic|ital|it|oblique|obli|slanted|slant_\d+|bd|bi)+)$"
    r"|(?<=[a-z])(?:PSMT|PS|MT|Bold|Italic|BoldItalic|Oblique)$",
    re.I,
)
_STYLE_TAIL = re.compile(r"(?:PSMT|MT|PS)$")
_LATEX_SIZE = re.compile(r"^((?:cm|ec|sf|lm|eu|ms)[a-z]+)\d+$", re.I)
_OPTICAL = re.compile(r"(?<=[a-z])\d{1,2}$")


class Font(NamedTuple):
    name: str
    family: str
    bold: bool
    italic: bool


class Look(NamedTuple):
    """What the words of one text object share. `angle` is in degrees clockwise before the page is turned."""

    style: int
    size: float
    angle: int
    flags: int
    is_white: bool


def family_of(name: str) -> str:
    """The family in a PostScript font name: no subset prefix, style, optical size; `Arial-BoldMT` is `Arial`."""
    family = _SUBSET.sub("", name)
    latex = _LATEX_SIZE.match(family)
    if latex:
        return _latex_family(latex[1].lower())
    previous = ""
    while previous != family and family:
        previous = family
        family = _STYLE_WORDS.sub("", family) or family
        family = _STYLE_TAIL.sub("", family) or family
    return _OPTICAL.sub("", family).strip("-,_ ") or name


def _latex_family(name: str) -> str:
    """CM, EC and their like: the variants of one family differ in the letters after the first two."""
    stem, variant = name[:2].upper(), name[2:]
    if variant.startswith(("tt", "sltt", "itt", "vtt", "tcsc")):
        return stem + "TT"
    if variant.startswith("ss"):
        return stem + "SS"
    if variant.startswith(("mi", "sy", "ex", "bsy", "mib")):
        return stem + "Math"
    return stem


def font_of(name: str, weight: int, italic_angle: int) -> Font:
    """What a base font name and the descriptor say together."""
    plain = _SUBSET.sub("", name)
    bold = weight >= BOLD_WEIGHT or bool(_BOLD.search(plain) or _LATEX_BOLD.search(plain))
    italic = italic_angle != 0 or bool(_ITALIC.search(plain) or _LATEX_ITALIC.search(plain))
    return Font(plain, family_of(plain), bold, italic)


@dataclass(slots=True)
class Styles:
    """All styles of a document so far; fonts are known by their address, which holds for one page only."""

    scratch: Scratch
    known: dict[Style, int]
    fonts: dict[int | None, Font]
    names: dict[tuple[str, int, int], Font]
    looks: dict[tuple[int | None, float, float, float, float, float, int, int, int], Look]

    @classmethod
    def none_yet(cls, scratch: Scratch) -> Styles:
        return cls(scratch, {}, {}, {}, {})

    def next_page(self) -> None:
        self.fonts.clear()
        self.looks.clear()

    def look(self, text: c_void_p, pointer: int | None, index: int) -> Look:
        """How the text object `pointer` looks, whose character `index` stands on the text page."""
        matrix = self.scratch.floats
        obj = c_void_p(pointer)
        size = pdfium.font_size(text, index)
        a, b, c, d = matrix[:4] if pdfium.text_matrix(text, index, matrix) else (1.0, 0.0, 0.0, 1.0)
        mode = pdfium.text_render_mode(obj) if pointer else 0
        color, alpha = self._color(obj, mode) if pointer else (0, 255)
        address = pdfium.text_font(obj) if pointer else None
        key = (address, size, a, b, c, d, color, mode, alpha)
        found = self.looks.get(key)
        if found is None:
            self.looks[key] = found = self._new_look(address, size, (a, b, c, d), color, alpha, mode)
        return found

    def _new_look(
        self,
        address: int | None,
        size: float,
        matrix: tuple[float, float, float, float],
        color: int,
        alpha: int,
        mode: int,
    ) -> Look:
        font = self.fonts.get(address)
        if font is None:
            self.fonts[address] = font = self._font(address)
        a, b, c, d = matrix
        points = size * math.hypot(c, d)
        if not math.isfinite(points):
            points = 0.0
        italic = font.italic or (a > 0 and b == 0 and d > 0 and 0.1 < c / d < 0.7)
        style = Style(font.name, font.family, round(points * 4) / 4, font.bold, italic, color)
        number = self.known.setdefault(style, len(self.known))
        flags = Flag.INVISIBLE if mode == INVISIBLE_MODE or not alpha else Flag(0)
        if abs(points) < TINY_POINTS:
            flags |= Flag.TINY
        angle = round(math.degrees(math.atan2(-b, a))) % 360 if math.isfinite(a) and math.isfinite(b) else 0
        red, green, blue = color >> 16, color >> 8 & 255, color & 255
        return Look(number, abs(points), angle, int(flags), min(red, green, blue) >= WHITE_LEAST)

    def _color(self, obj: c_void_p, mode: int) -> tuple[int, int]:
        getter = pdfium.stroke_color if mode in STROKE_MODES else pdfium.fill_color
        red, green, blue, alpha = self.scratch.color
        if not getter(obj, *self.scratch.color_pointers):
            return 0, 255
        return (red.value & 255) << 16 | (green.value & 255) << 8 | blue.value & 255, alpha.value

    def _font(self, address: int | None) -> Font:
        if not address:
            return font_of("", 0, 0)
        handle, buffer = c_void_p(address), ctypes.create_string_buffer(256)
        size = pdfium.font_name(handle, buffer, ctypes.c_size_t(256))
        name = buffer.value.decode("utf-8", "replace") if size <= 256 else ""
        angle = self.scratch.integer
        slant = angle.value if pdfium.font_italic_angle(handle, ctypes.byref(angle)) else 0
        key = (name, int(pdfium.font_weight(handle)), slant)
        found = self.names.get(key)
        if found is None:
            self.names[key] = found = font_of(*key)
        return found
