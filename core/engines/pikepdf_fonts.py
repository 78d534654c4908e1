"""The fonts of a page as the file itself describes them: the second reading of what PDFium has no text for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from core.engines.cff import encoded_names
from core.engines.character_maps import ascii_of_name, is_readable, to_unicode, type1_names
from core.engines.glyphs import Glyph, glyph_of_name, glyph_of_outline
from core.engines.pikepdf_source import Source, faults
from core.engines.truetype import MOST_GLYPHS, Outlines, glyph_texts

#: Fonts and forms of one page that are looked through; forms within forms so deep.
MOST_FONTS, MOST_FORMS, DEEPEST_FORM = 500, 500, 8
#: Larger font programs and maps are not read.
MOST_BYTES = 16 * 1024 * 1024
_SUBSET = re.compile(r"^[A-Z]{6}\+")


#: Encodings in which ASCII letters and digits have their own codes.
_LATIN_ENCODINGS = ("/WinAnsiEncoding", "/MacRomanEncoding", "/StandardEncoding")


@dataclass(frozen=True, slots=True)
class Sayings:
    """What a font is called, what its ToUnicode map says of each code, and what the font says itself of those."""

    names: frozenset[str]
    said: dict[int, str]
    own: dict[int, str]


class FontBook:
    """What the fonts of a document say themselves."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._readings: dict[Any, _Reading] = {}

    def glyphs(self, page_index: int, name: str, program_size: int, codes: Iterable[int]) -> dict[int, Glyph]:
        """What codes of the font of that name on a page stand for, as far as the font's own maps say.

        Args:
            page_index: From 0.
            name: As PDFium gives it; empty for fonts without one.
            program_size: Bytes of the embedded font program, which tells fonts of one name apart; 0 if unknown.
            codes: Character codes.

        Returns:
            What is known, by code. Where several fonts answer to the name, only what they agree upon.
        """
        try:
            plain = _SUBSET.sub("", name)  # PDFium gives the names of some fonts with their subset's prefix
            fonts = [font for font in self._fonts(page_index) if plain in font.names]
            if len(fonts) > 1 and program_size:
                fonts = [font for font in fonts if font.program_size == program_size] or fonts
            said = {code: {font.glyph(code) for font in fonts} for code in codes}
        except faults():
            return {}
        agreed = {code: found.pop() for code, found in said.items() if len(found) == 1}
        return {code: glyph for code, glyph in agreed.items() if glyph is not None}

    def sayings(self, page_index: int) -> list[Sayings]:
        """Of the fonts of a page that have a ToUnicode map and say something themselves; each font's is kept."""
        try:
            return [font.sayings for font in self._fonts(page_index) if font.sayings.own]
        except faults():
            return []

    def _fonts(self, page_index: int) -> list[_Reading]:
        page = self._source.page(page_index)
        return [self._reading(font) for font in _fonts_of(page.resources)] if page is not None else []

    def _reading(self, font: Any) -> _Reading:
        key = font.objgen
        if key == (0, 0):
            return _Reading(font)
        if key not in self._readings:
            self._readings[key] = _Reading(font)
        return self._readings[key]


def _fonts_of(resources: Any) -> Iterator[Any]:
    """The font dictionaries that resources and the forms in them name."""
    waiting, fonts = [(resources, 0)], 0
    seen: set[tuple[int, int]] = set()
    while waiting and len(seen) < MOST_FORMS:
        place, depth = waiting.pop()
        for font in dict(place.get("/Font", {})).values():
            fonts += 1
            if fonts > MOST_FONTS:
                return
            yield font
        if depth >= DEEPEST_FORM:
            continue
        for form in dict(place.get("/XObject", {})).values():
            if form.get("/Subtype") == "/Form" and "/Resources" in form and form.objgen not in seen:
                seen.add(form.objgen)
                waiting.append((form.Resources, depth + 1))


class _Reading:
    """The maps of one font, each read when it is needed."""

    def __init__(self, font: Any) -> None:
        self._font = font
        self._is_composite = font.get("/Subtype") == "/Type0"
        self._inner = font.DescendantFonts[0] if self._is_composite else font
        self.names = {_SUBSET.sub("", _name(part.get("/BaseFont"))) for part in (font, self._inner)}
        self._maps: list[dict[int, Glyph]] = []
        self._sources: list[Callable[[], dict[int, Glyph]]] = [self._unicode_map]
        self._sources += [self._cid_map, self._outline_map] if self._is_composite else [self._name_map]
        self._program: bytes | None = None
        self._sayings: Sayings | None = None

    @property
    def program_size(self) -> int:
        return len(self._font_program())

    def glyph(self, code: int) -> Glyph | None:
        """What the first of the font's maps that knows it says; None where none does."""
        while True:
            for known in self._maps:
                if code in known:
                    return known[code]
            if not self._sources:
                return None
            source = self._sources.pop(0)
            found: dict[int, Glyph] = {}
            with suppress(*faults()):
                found = source()
            self._maps.append(found)

    @property
    def sayings(self) -> Sayings:
        """The map of the font, and what the font says itself of the letters and digits in it."""
        if self._sayings is None:
            said: dict[int, str] = {}
            own: dict[int, str] = {}
            with suppress(*faults()):
                said = to_unicode(_data(self._font.get("/ToUnicode")))
                own = (self._own_characters() if self._is_composite else self._own_names()) if said else {}
            self._sayings = Sayings(frozenset(self.names), said, {code: own[code] for code in own.keys() & said.keys()})
        return self._sayings

    def _own_characters(self) -> dict[int, str]:
        texts = glyph_texts(self._font_program())
        return {code: texts[glyph] for code, glyph in self._numbered() if glyph in texts} if texts else {}

    def _own_names(self) -> dict[int, str]:
        """Letters and digits by the encoding that the PDF names, or the one built into the font."""
        encoding = self._font.get("/Encoding", {})
        is_dictionary = _is(encoding, "Dictionary")
        named = encoding.get("/BaseEncoding", "") if is_dictionary else encoding
        found: dict[int, str] = {}
        if str(named) in _LATIN_ENCODINGS:
            found = {code: chr(code) for code in range(ord("0"), ord("z") + 1) if chr(code).isalnum()}
        else:
            program = self._font_program()
            names = encoded_names(program, standard=True) if program[:1] == b"\x01" else type1_names(program)
            found = {code: ascii_of_name(name) for code, name in names.items()}
        return found | {code: ascii_of_name(name) for code, name in _differences(encoding)}

    def _unicode_map(self) -> dict[int, Glyph]:
        return _read(to_unicode(_data(self._font.get("/ToUnicode"))))

    def _name_map(self) -> dict[int, Glyph]:
        """By the names of the glyphs: built into the font, and changed by the PDF."""
        from pdfminer.glyphlist import glyphname2unicode

        names = self._built_in_names()
        names |= dict(_differences(self._font.get("/Encoding", {})))
        found = {code: glyph_of_name(name, glyphname2unicode) for code, name in names.items() if 0 <= code < 256}
        return {code: glyph for code, glyph in found.items() if glyph}

    def _built_in_names(self) -> dict[int, str]:
        program = self._font_program()
        return encoded_names(program) if program[:1] == b"\x01" else type1_names(program)

    def _cid_map(self) -> dict[int, Glyph]:
        """By the characters of the embedded font's glyphs."""
        return _read(self._own_characters())

    def _outline_map(self) -> dict[int, Glyph]:
        """By the outlines of the embedded font's glyphs."""
        outlines = Outlines(self._font_program())
        drawn = ((code, outlines.of(glyph)) for code, glyph in self._numbered())
        return {code: glyph_of_outline(outline) for code, outline in drawn if outline is not None}

    def _numbered(self) -> Iterator[tuple[int, int]]:
        """Codes that are numbers of glyphs or nearly so, with those numbers."""
        if self._font.get("/Encoding") not in ("/Identity-H", "/Identity-V"):
            return
        glyphs = self._inner.get("/CIDToGIDMap")
        if _is(glyphs, "Stream"):
            yield from enumerate(int.from_bytes(pair) for pair in _pairs(_data(glyphs)))
        else:
            yield from ((code, code) for code in range(MOST_GLYPHS))

    def _font_program(self) -> bytes:
        if self._program is None:
            descriptor = self._inner.get("/FontDescriptor", {})
            keys = [key for key in ("/FontFile", "/FontFile2", "/FontFile3") if key in descriptor]
            self._program = _data(descriptor[keys[0]]) if keys else b""
        return self._program


def _read(texts: dict[int, str]) -> dict[int, Glyph]:
    return {code: Glyph(text, is_sign=False) for code, text in texts.items() if is_readable(text)}


def _differences(encoding: Any) -> Iterator[tuple[int, str]]:
    """Codes and names of glyphs that an encoding of a PDF puts in place of others."""
    code = 0
    for item in list(encoding.get("/Differences", [])) if _is(encoding, "Dictionary") else []:
        if isinstance(item, int):
            code = item
        else:
            yield code, _name(item)
            code += 1


def _pairs(data: bytes) -> Iterator[bytes]:
    return (data[k : k + 2] for k in range(0, len(data) - 1, 2))


def _name(value: Any) -> str:
    return str(value).removeprefix("/") if value is not None else ""


def _is(value: Any, kind: str) -> bool:
    """Whether a value is an object of this kind of pikepdf, whose objects all have the same methods."""
    import pikepdf

    return isinstance(value, getattr(pikepdf, kind))


def _data(stream: Any) -> bytes:
    """The decoded bytes of a stream; empty where there is none or it is too long."""
    if not _is(stream, "Stream") or len(stream.read_raw_bytes()) > MOST_BYTES:
        return b""
    data: bytes = stream.read_bytes()
    return data if len(data) <= MOST_BYTES else b""
