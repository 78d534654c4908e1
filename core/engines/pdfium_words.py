"""The words of text pages of PDFium, in content order, as columns in the page's own axes (points, y up)."""

from __future__ import annotations

from collections.abc import Sequence
from ctypes import c_void_p
from dataclasses import dataclass, replace
from itertools import pairwise, repeat

import numpy as np
from numpy.typing import NDArray

from core.engines import pdfium
from core.engines.pdfium import Scratch
from core.engines.pdfium_characters import CJK, KIND, RARE, RTL, SPACE, Codes, pictures_of
from core.engines.pdfium_letterforms import letterforms
from core.engines.pdfium_measures import Floats, Measures, measure
from core.engines.pdfium_mending import mended
from core.engines.pdfium_scripts import with_scripts
from core.engines.pdfium_spans import Bools, Characters, Ints, Spans, characters_of, codes_of, spans_of, texts_of
from core.engines.pdfium_style import Styles
from core.engines.pdfium_texts import OpenTexts, TextPage
from core.engines.pdfium_unmapped import Unmapped
from core.model import Flag

#: Above this share of codes that a text hardly has, its character map is doubted; less than so many prove nothing.
RARE_SHARE, RARE_LEAST = 0.05, 8
#: Fewer letters in a row that are known by shape alone are signs.
UNREAD_LETTERS = 3
_TEXT = 1
#: On a page of so many objects nobody looks for the fonts of those that begin no word.
MOST_OBJECTS = 20_000
#: Words of nothing but codes without a meaning are formulas and bullets, unless a page is made of them.
MEANINGLESS_SHARE = 0.5


@dataclass(slots=True)
class PageWords:
    """n words of a page.

    Attributes:
        texts: As drawn, before cleaning.
        box: (n, 4) left, bottom, right, top.
        size: (n,) effective font size, points.
        angle: (n,) degrees clockwise before the page is turned.
        white: (n,) bool, drawn in the colour of paper.
        objects: Addresses of the text objects that the words begin in, and maybe of other pages'.
        drawn: (n,) position of each word's object among those of the page, as drawn; for words in forms the end.
        is_suspect: The character map of a font is probably wrong.
        is_unread: Whole words are known by the shapes of their letters only.
    """

    texts: list[str]
    box: Floats
    style: NDArray[np.int32]
    size: Floats
    angle: NDArray[np.int16]
    flags: NDArray[np.uint32]
    white: Bools
    objects: set[int | None]
    drawn: Ints
    is_suspect: bool
    is_unread: bool


def read_words(
    pages: Sequence[TextPage], styles: Styles, unmapped: Unmapped, scratch: Scratch
) -> list[PageWords | None]:
    """The words of each of the open text pages; None where there are none. What is found depends on the page alone."""
    codes = [codes_of(page.handle, page.characters) for page in pages]
    kinds = [int(np.bitwise_or.reduce(KIND[own])) for own in codes]  # each has characters
    # Words from right to left are put right by all that stands on their page.
    alone = [k for k, kind in enumerate(kinds) if kind & RTL]
    together = [k for k, kind in enumerate(kinds) if not kind & RTL]
    words: list[PageWords | None] = [None] * len(pages)
    for group in ([together] if together else []) + [[k] for k in alone]:
        one = _Together([pages[k] for k in group], [codes[k] for k in group], styles, unmapped, scratch)
        for k, found in one.words().items():
            words[group[k]] = found
    return words


@dataclass(frozen=True, slots=True)
class _Measured:
    """Characters with the words that they make, of which there is at least one, and where those stand."""

    chars: Characters
    spans: Spans
    found: Measures

    def pages(self) -> set[int]:
        """Positions of the pages that the words stand on."""
        return set(np.unique(self.spans.page).tolist())


class _Together:
    """Reads the words of some pages at once."""

    def __init__(
        self,
        pages: Sequence[TextPage],
        codes: Sequence[Codes],
        styles: Styles,
        unmapped: Unmapped,
        scratch: Scratch,
    ) -> None:
        self._texts = OpenTexts(pages)
        self._codes = codes
        self._styles, self._unmapped, self._scratch = styles, unmapped, scratch
        self._shapes = np.zeros(0, bool)  #: by number of the character, where there are any

    def words(self) -> dict[int, PageWords]:
        """The words of the pages that have any, by the position of the page."""
        every = self._texts.joined(self._codes)
        first = self._measured(characters_of(every, np.arange(len(every))))
        if first is None:
            return {}
        anew = self._read_anew(first)
        parts = [(first, first.pages() - anew.keys())]
        several = len(anew) > 1 and any(own.kinds & RTL for own in anew.values())
        for some in [[k] for k in anew] if several else [list(anew)] if anew else []:
            again = self._measured(
                Characters.of(
                    np.concatenate([anew[k].codes for k in some]), np.concatenate([anew[k].index for k in some])
                )
            )
            if again is not None:
                parts.append((again, again.pages()))
        words: dict[int, PageWords] = {}
        for measured, mine in parts:
            if not mine:
                continue
            chars = mended(self._texts, measured.chars, measured.spans, measured.found)
            better = self._measured(chars) if chars is not None else None
            changed = better.pages() & mine if better is not None else set()
            if mine - changed:
                words.update(self._of_pages(measured, mine - changed))
            if better is not None and changed:
                words.update(self._of_pages(better, changed))
        return words

    def _measured(self, chars: Characters) -> _Measured | None:
        spans = spans_of(chars, self._texts)
        if not len(spans.first):
            return None
        return _Measured(chars, spans, measure(self._texts, chars, spans, self._styles, self._scratch))

    def _read_anew(self, measured: _Measured) -> dict[int, Characters]:
        """The characters of the pages of which PDFium has not all."""
        texts, found = self._texts, measured.found
        anew: dict[int, Characters] = {}
        pages = texts.pages
        bounds = np.searchsorted(found.object_page, np.arange(len(pages) + 1)).tolist()
        kinds = np.bitwise_or.reduceat(
            measured.chars.kind, np.searchsorted(measured.chars.index, texts.starts)
        ).tolist()
        for k, (low, high) in enumerate(pairwise(bounds)):
            if low == high:
                continue  # no words
            own = set(found.fonts[low:high])
            fonts = {address: found.font_numbers[address] for address in own if address in found.font_numbers}
            for address in self._other_fonts(pages[k], found, own):
                fonts[address] = self._styles.font_number(address)
            page, codes = pages[k], self._codes[k]
            suspects = self._unmapped.suspects(page.handle, codes, kinds[k], found.samples[low:high], fonts)
            read = self._unmapped.read(page.handle, page.index, codes, suspects) if len(suspects) else None
            if read is not None:
                codes, index, shapes = read
                start = int(texts.starts[k])
                anew[k] = characters_of(np.append(codes, np.uint16(SPACE)), np.append(index, page.characters) + start)
                if shapes.any():
                    if not len(self._shapes):
                        self._shapes = np.zeros(texts.count, bool)
                    self._shapes[start : start + len(shapes)] = shapes
        return anew

    def _other_fonts(self, page: TextPage, found: Measures, known: set[int | None]) -> set[int | None]:
        """Addresses of the fonts of text objects of a page that no word begins in."""
        if len(page.objects) > MOST_OBJECTS:
            return set()
        others = list(map(c_void_p, set(page.objects) - found.objects.keys()))
        texts = [handle for handle, kind in zip(others, map(pdfium.object_type, others), strict=True) if kind == _TEXT]
        return set(map(pdfium.text_font, texts)) - known

    def _of_pages(self, measured: _Measured, pages: set[int]) -> dict[int, PageWords]:
        """The words of some pages as they are now, by the position of the page."""
        texts, chars, spans, found = self._texts, measured.chars, measured.spans, measured.found
        looks = found.looks
        flags = looks["flags"].astype(np.uint32)
        for flag, column in ((Flag.HYPHEN, spans.hyphen), (Flag.GLUED, spans.glued), (Flag.RTL, found.rtl)):
            flags[column] |= int(flag)
        scripts = with_scripts(texts, chars, spans, found, self._scratch)
        if scripts is not None:
            chars = replace(chars, codes=scripts[0])
            flags[scripts[1]] |= int(Flag.GLUED)
        words = texts_of(chars, spans)
        if self._styles.pictures:
            for k in np.flatnonzero(np.isin(looks["style"], list(self._styles.pictures))).tolist():
                words[k] = pictures_of(words[k])
        flags |= letterforms(texts, chars, spans, found, words, self._scratch)
        style, angle, white = looks["style"], looks["angle"], looks["white"]
        drawn = self._drawn(found)
        bounds = np.searchsorted(spans.page, np.arange(len(texts.pages) + 1)).tolist()
        objects: set[int | None] = set(found.objects)
        read = {}
        for k in sorted(pages):
            own = slice(bounds[k], bounds[k + 1])
            read[k] = PageWords(
                texts=words[own],
                box=found.box[own],
                style=style[own],
                size=found.size[own],
                angle=angle[own],
                flags=flags[own],
                white=white[own],
                objects=objects,
                drawn=drawn[own],
                is_suspect=bool(chars.kinds & RARE) and _is_suspect(chars, spans, own),
                is_unread=len(self._shapes) > 0 and self._is_unread(chars, spans, own, k),
            )
        return read

    def _drawn(self, found: Measures) -> Ints:
        """(n,) position of each word's object among those of its page; for words in forms the end."""
        pages = self._texts.pages
        places: dict[int | None, int] = {}
        for page in pages:
            places.update(zip(page.objects, range(len(page.objects)), strict=True))
        n = len(found.objects)
        at = np.fromiter(map(places.get, found.objects, repeat(-1)), np.int64, n)
        ends = np.array([len(set(page.objects)) for page in pages])
        return np.where(at < 0, ends[found.object_page], at)[found.object_of]

    def _is_unread(self, chars: Characters, spans: Spans, own: slice, page: int) -> bool:
        """Whether words, and not only single signs, are known by the shapes of their letters alone."""
        shapes = self._shapes[chars.index]
        before = np.concatenate(([0], np.cumsum(shapes)))
        lost = (before[spans.last[own] + 1] - before[spans.first[own]]) // 2  # a glyph is two units
        unread = lost >= UNREAD_LETTERS
        if int(unread.sum()) < RARE_LEAST:
            return False
        characters = int(np.count_nonzero(self._texts.page_of(chars.index) == page)) - 1  # but for the blank behind
        return int(lost[unread].sum()) > RARE_SHARE * characters


def _is_suspect(chars: Characters, spans: Spans, own: slice) -> bool:
    """Whether codes that a text hardly has are too frequent: rare ideographs anywhere, others inside words."""
    first, last = spans.first[own], spans.last[own]
    kind = chars.kind[first[0] : last[-1] + 1]
    if not int(np.bitwise_or.reduce(kind)) & RARE:
        return False
    before = np.concatenate(([0], np.cumsum((kind & RARE) != 0)))
    rare = before[last + 1 - first[0]] - before[first - first[0]]
    length = last - first + 1
    meaningless = (rare == length) & ((chars.kind[first] & CJK) == 0)
    odd = int(rare[~meaningless].sum())
    if odd >= RARE_LEAST and odd > RARE_SHARE * int(length.sum()):
        return True
    lost = int(length[meaningless].sum())
    return lost >= RARE_LEAST and lost > MEANINGLESS_SHARE * int(length.sum())
