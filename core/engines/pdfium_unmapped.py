"""Characters that PDFium has no text for: it gives their bare codes, which look like text and are not.

They are looked for where they may be, and read a second time by the font's own maps (`FontBook`). Where those do not
tell what a glyph means, it becomes a sign that stands for its name or its outline: equal glyphs are then equal words,
whatever codes the producer chose.
"""

from __future__ import annotations

import ctypes
from collections import defaultdict
from collections.abc import Mapping
from ctypes import c_void_p
from itertools import repeat

import numpy as np

from core.engines import pdfium
from core.engines.character_maps import is_latin, is_of_tex, is_type1, type1_names
from core.engines.glyphs import Glyph, glyph_of_name
from core.engines.pdfium import Scratch
from core.engines.pdfium_characters import CONTROL, DOUBTFUL, KIND, Codes
from core.engines.pdfium_spans import Bools, Ints
from core.engines.pikepdf_fonts import FontBook

MOST_PROGRAM_BYTES = 16 * 1024 * 1024


class Unmapped:
    """Gives the characters of pages their text where PDFium has none; one for a document."""

    def __init__(self, book: FontBook, scratch: Scratch) -> None:
        self._book, self._scratch = book, scratch
        self._tex: dict[tuple[int, int], list[int]] = {}

    def suspects(
        self, text: c_void_p, codes: Codes, kinds: int, samples: list[int], fonts: Mapping[int | None, int]
    ) -> Ints:
        """Indices of the characters that may have no text: few pages have any.

        Fonts of TeX are judged by themselves alone, so that all their characters are read in the same way on every
        page; others by a character of each text object, and by codes that hardly any text has.

        Args:
            codes: All characters of an open text page, one UTF-16 unit each.
            kinds: All bits of `pdfium_characters` that occur among them.
            samples: Indices of a character of each text object that a word begins in.
            fonts: Addresses of the fonts of the page, and numbers equal for fonts called alike.
        """
        tex = [code for address, number in fonts.items() for code in self._tex_codes(address, number)]
        if not tex:
            is_doubtful = kinds & DOUBTFUL or 1 in map(pdfium.has_map_error, repeat(text), samples)
            return np.arange(len(codes) if is_doubtful else 0)
        table = np.zeros(0x10000, bool)
        table[tex] = True
        of_tex = table[codes]
        asked = [k for k in samples if not of_tex[k]]
        odd = KIND[codes[~of_tex]] & (DOUBTFUL | CONTROL) != 0
        if odd.any() or 1 in map(pdfium.has_map_error, repeat(text), asked):
            return np.arange(len(codes))
        return np.flatnonzero(of_tex)

    def _tex_codes(self, address: int | None, number: int) -> list[int]:
        """The codes of a font whose glyphs have names that only TeX knows."""
        if not address:
            return []
        font = c_void_p(address)
        key = number, _program_size(font)
        found = self._tex.get(key)
        if found is None:
            program = _program(font)
            names = type1_names(program) if is_type1(program) else {}
            found = self._tex[key] = [code for code, name in names.items() if is_of_tex(name)]
        return found

    def read(self, text: c_void_p, page_index: int, codes: Codes, suspects: Ints) -> tuple[Codes, Ints, Bools] | None:
        """Read what PDFium has no text for.

        Args:
            codes: All characters of an open text page, one UTF-16 unit each.
            suspects: Indices of those to look at.

        Returns:
            None where PDFium has text for all; else the characters anew, the index of each on the text page (a text of
            several units has several rows), and which of them are signs (by index on the text page).
        """
        n = len(codes)
        errors = np.fromiter(map(pdfium.has_map_error, repeat(text), suspects.tolist()), np.int8, len(suspects))
        # PDFium sees no error in code 0, which is the left parenthesis of TeX's large signs.
        lost = suspects[(errors == 1) | (codes[suspects] == 0)]
        if not len(lost):
            return None
        where: defaultdict[tuple[int | None, int], list[int]] = defaultdict(list)
        for index, code in zip(lost.tolist(), codes[lost].tolist(), strict=True):
            handle = pdfium.text_object(text, index)
            where[pdfium.text_font(c_void_p(handle)) if handle else None, code].append(index)
        by_font: defaultdict[int | None, list[int]] = defaultdict(list)
        for address, code in where:
            by_font[address].append(code)
        spelled: dict[int, str] = {}
        signs = np.zeros(n, bool)
        for address, wanted in by_font.items():
            for code, glyph in self._glyphs(address, page_index, wanted).items():
                for index in where[address, code]:
                    spelled[index] = glyph.text
                    signs[index] = glyph.is_sign
        return (*_spelled_out(codes, spelled), signs) if spelled else (codes, np.arange(n), signs)

    def _glyphs(self, address: int | None, page_index: int, codes: list[int]) -> dict[int, Glyph]:
        """What the font itself says of each code."""
        if not address:
            return {}
        font = c_void_p(address)
        name, program = self._name(font), _program(font)
        known = _by_type1(program, codes) if is_type1(program) else None
        return self._book.glyphs(page_index, name, len(program), codes) if known is None else known

    def _name(self, font: c_void_p) -> str:
        buffer = self._scratch.name
        size = pdfium.font_name(font, buffer, self._scratch.name_size)
        return buffer.value.decode("utf-8", "replace") if size <= len(buffer) else ""


def _spelled_out(codes: Codes, spelled: dict[int, str]) -> tuple[Codes, Ints]:
    """The characters with texts in place of codes, and their indices."""
    index = np.arange(len(codes))
    units = {k: np.frombuffer(text.encode("utf-16-le", "surrogatepass"), np.uint16) for k, text in spelled.items()}
    lengths = np.ones(len(codes), np.int64)
    lengths[list(units)] = [len(text) for text in units.values()]
    first = np.cumsum(lengths) - lengths
    anew = np.repeat(codes, lengths)
    for k, text in units.items():
        anew[first[k] : first[k] + len(text)] = text
    return anew, np.repeat(index, lengths)


def _program_size(font: c_void_p) -> int:
    """Bytes of the embedded font program; 0 where there is none."""
    if pdfium.font_embedded(font) != 1:
        return 0
    size = ctypes.c_size_t()
    pdfium.font_data(font, None, ctypes.c_size_t(0), ctypes.byref(size))
    return size.value


def _program(font: c_void_p) -> bytes:
    """The embedded font program; empty where there is none."""
    size = ctypes.c_size_t(_program_size(font))
    if not 0 < size.value <= MOST_PROGRAM_BYTES:
        return b""
    buffer = ctypes.create_string_buffer(size.value)
    pdfium.font_data(font, buffer, size, ctypes.byref(size))
    return buffer.raw


def _by_type1(program: bytes, codes: list[int]) -> dict[int, Glyph] | None:
    """By the font's built-in names of glyphs; None where the PDF seems to put other names in their place.

    PDFium knows the names of the Adobe Glyph List itself, so that a code with such a name is not what the PDF uses.
    """
    names = {code: name for code, name in type1_names(program).items() if code in codes}
    if any(map(is_latin, names.values())):
        return None
    found = {code: glyph_of_name(name, {}) for code, name in names.items()}
    return {code: glyph for code, glyph in found.items() if glyph}
