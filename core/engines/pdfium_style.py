"""How text looks: fonts by name and weight, effective size, colour, direction, once per distinct text object."""

from __future__ import annotations

import ctypes
import math
import re
from collections import deque
from collections.abc import Iterable
from ctypes import c_void_p
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.engines import pdfium
from core.engines.pdfium import Scratch
from core.model import Flag, Style

BOLD_WEIGHT = 600
TINY_POINTS = 1.0
MOST_POINTS = 14_400.0
LEAST_SLANT, MOST_SLANT = 0.1, 0.7
#: Distinct looks kept; a page of hostile text could have one for every letter.
MOST_LOOKS = 100_000
INVISIBLE_MODE = 3
STROKE, STROKE_AND_CLIP = 1, 5
#: Lightest of 255 that still counts as a colour other than the paper's: 2 %.
WHITE_LEAST = 250

_SUBSET = re.compile(r"^[A-Z]{6}\+")
_LATEX_BOLD = re.compile(r"^(?:cm|ec|la|ls)(?:b|ssb|ssdc|mib|bx|csc?bx|bsy)|^sf(?:b|sx|xc)|^lm[a-z]*b[a-z]*\d", re.I)
_LATEX_ITALIC = re.compile(r"^(cm|ec|la)(b?x?ti|sl|bxsl|mi|mib|itt|ssi|sltt|u)\d|^sf(ti|sl|bi|bl|it|si|st|ui)\d", re.I)
_BOLD = re.compile(r"bold|black|heavy|demi\b|semibold|extrabd|(?<=[-,])(medi|bd|bol)(?![um])", re.I)
#: Names that say it is not bold: PDFium makes the weight of the width of a stem, as wrong as the producer wrote it.
_NOT_BOLD = re.compile(r"regu|normal|roman$|book$|light|thin|medium|plain$", re.I)
_ITALIC = re.compile(r"ital|obli|slanted|(?<=[-,])(it|boldit|bdit|bi|i|slant)$", re.I)
_STYLE_WORDS = re.compile(
    r"(?:[-,_ ]+(?:ps|mt|(?:semi|demi|extra|ultra)?(?:bold|light)|black|heavy|thin|book|medium|medi|regu|regular|normal"
    r"|roman|rom|plain|italic|ital|it|oblique|obli|slanted|slant_\d+|bd|bi)+)$"
    r"|(?<=[a-z])(?:PSMT|PS|MT|Bold|Italic|BoldItalic|Oblique)$",
    re.I,
)
_STYLE_TAIL = re.compile(r"(?:PSMT|MT|PS)$")
#: Fonts whose codes are pictures, although PDFs often map them to the Latin letters that share the codes.
_PICTURES = re.compile(r"wingdings|webdings", re.I)
_LATEX_SIZE = re.compile(r"^((?:cm|ec|sf|lm|eu|ms)[a-z]+)\d+$", re.I)
_OPTICAL = re.compile(r"(?<=[a-z])\d{1,2}$")


class Font(NamedTuple):
    name: str
    family: str
    bold: bool
    italic: bool


#: How the words of one text object look; `angle` is in degrees clockwise before the page is turned.
LOOK = np.dtype([("style", "<i4"), ("size", "<f4"), ("angle", "<i2"), ("flags", "<u2"), ("white", "?")])
Looks = NDArray[np.void]

#: What PDFium says of one text object. Equal bytes, equal look.
_FACTS = np.dtype(
    [("font", "<u4"), ("size", "<f8"), ("matrix", "<f4", 6), ("color", "<u4", 4), ("mode", "<i4"), ("end", "<i4")]
)


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
    bold = bool(_BOLD.search(plain) or _LATEX_BOLD.search(plain))
    bold = bold or (weight >= BOLD_WEIGHT and not _NOT_BOLD.search(plain))
    italic = italic_angle != 0 or bool(_ITALIC.search(plain) or _LATEX_ITALIC.search(plain))
    return Font(plain, family_of(plain), bold, italic)


class Styles(dict[bytes, tuple[int, float, int, int, bool]]):
    """All styles of a document so far, and the look that belongs to the bytes of any facts met so far."""

    def __init__(self, scratch: Scratch) -> None:
        super().__init__()
        self.known: dict[Style, int] = {}
        #: Those of `known` whose letters are pictures.
        self.pictures: set[int] = set()
        self._scratch = scratch
        self._fonts = [font_of("", 0, 0)]
        self._font_numbers: dict[tuple[str, int, int], int] = {}

    def looks(
        self, texts: Iterable[c_void_p], addresses: list[int], indices: list[int]
    ) -> tuple[Looks, list[int | None], dict[int | None, int]]:
        """How text objects look, the addresses of their fonts, and the numbers of those.

        Args:
            texts: The open text page of each.
            addresses: Of the objects; negative where characters have none: those are black and have no font.
            indices: A character of each on its text page.
        """
        if len(self) > MOST_LOOKS:
            self.clear()
        n = len(addresses)
        facts = np.zeros(n, _FACTS)
        facts["size"] = list(map(pdfium.font_size, texts, indices))
        buffer, rows = self._scratch.matrices(n)
        deque(map(pdfium.text_matrix, texts, indices, rows), 0)
        facts["matrix"] = np.frombuffer(memoryview(buffer), np.float32, 6 * n).reshape(n, 6)
        facts["matrix"][:, 4:] = 0
        facts["color"] = (0, 0, 0, 255)
        known = slice(None) if min(addresses) > 0 else np.flatnonzero(np.array(addresses) > 0)
        handles = list(map(c_void_p, addresses if isinstance(known, slice) else map(addresses.__getitem__, known)))
        own: list[int | None] = list(map(pdfium.text_font, handles))
        # An address means the same font only as long as the page is open.
        met = {address: self.font_number(address) for address in dict.fromkeys(own)}
        facts["font"][known] = list(map(met.__getitem__, own))
        facts["mode"][known] = list(map(pdfium.text_render_mode, handles))
        facts["color"][known] = self._fill_colors(handles)
        stroked = (facts["mode"] == STROKE) | (facts["mode"] == STROKE_AND_CLIP)
        for k in np.flatnonzero(stroked).tolist():
            facts["color"][k] = self._color(pdfium.stroke_color, c_void_p(addresses[k]))
        facts["end"] = 0x01010101  # an "S" item drops trailing zeros
        keys = facts.view(f"S{_FACTS.itemsize}").tolist()
        looks = np.array(list(map(self.__getitem__, keys)), LOOK)
        if isinstance(known, slice):
            return looks, own, met
        fonts: list[int | None] = [None] * n
        for k, address in zip(known.tolist(), own, strict=True):
            fonts[k] = address
        return looks, fonts, met

    def _fill_colors(self, handles: list[c_void_p]) -> NDArray[np.uint32]:
        """(n, 4) red, green, blue, alpha of text objects; black where there is none."""
        n = len(handles)
        if not n:
            return np.zeros((0, 4), np.uint32)
        columns, channels = self._scratch.colors(n)
        painted = list(map(pdfium.fill_color, handles, *channels))
        found = np.frombuffer(memoryview(columns), np.uint32, 4 * n).reshape(n, 4)
        if not all(painted):
            found[np.array(painted) == 0] = (0, 0, 0, 255)
        return found

    def __missing__(self, key: bytes) -> tuple[int, float, int, int, bool]:
        """The look of facts not met before."""
        fact = np.frombuffer(key, _FACTS)[0]
        a, b, c, d = fact["matrix"][:4].tolist()
        red, green, blue, alpha = fact["color"].tolist()
        points = abs(float(fact["size"])) * math.hypot(c, d)
        if not math.isfinite(points) or not math.isfinite(a + b):
            points, a, b = 0.0, 1.0, 0.0
        points = min(points, MOST_POINTS)
        font = self._fonts[int(fact["font"])]
        italic = font.italic or (a > 0 and b == 0 and d > 0 and LEAST_SLANT < c / d < MOST_SLANT)
        style = Style(font.name, font.family, round(points * 4) / 4, font.bold, italic, red << 16 | green << 8 | blue)
        flags = Flag.INVISIBLE if fact["mode"] == INVISIBLE_MODE or not alpha else Flag(0)
        if points < TINY_POINTS:
            flags |= Flag.TINY
        number = self.known.setdefault(style, len(self.known))
        if _PICTURES.match(font.name):
            self.pictures.add(number)
        angle = round(math.degrees(math.atan2(-b, a))) % 360
        self[key] = look = (number, points, angle, int(flags), min(red, green, blue) >= WHITE_LEAST)
        return look

    def _color(self, getter: Any, handle: c_void_p) -> tuple[int, int, int, int]:
        red, green, blue, alpha = self._scratch.color
        if not getter(handle, *self._scratch.color_pointers):
            return 0, 0, 0, 255
        return red.value, green.value, blue.value, alpha.value

    def font_number(self, address: int | None) -> int:
        """The number of a font of an open page: equal for fonts that are called alike."""
        if not address:
            return 0
        handle, buffer = c_void_p(address), self._scratch.name
        size = pdfium.font_name(handle, buffer, self._scratch.name_size)
        name = buffer.value.decode("utf-8", "replace") if size <= len(buffer) else ""
        angle = self._scratch.integer
        slant = angle.value if pdfium.font_italic_angle(handle, ctypes.byref(angle)) else 0
        key = (name, int(pdfium.font_weight(handle)), slant)
        number = self._font_numbers.setdefault(key, len(self._fonts))
        if number == len(self._fonts):
            self._fonts.append(font_of(*key))
        return number
