"""The words of one text page of PDFium, in content order, as columns in the page's own axes (points, y up)."""

from __future__ import annotations

from ctypes import c_void_p
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.engines import pdfium
from core.engines.pdfium import Scratch
from core.engines.pdfium_characters import CJK, RARE, pictures_of
from core.engines.pdfium_letterforms import letterforms
from core.engines.pdfium_measures import Floats, Measures, measure
from core.engines.pdfium_mending import mended
from core.engines.pdfium_scripts import with_scripts
from core.engines.pdfium_spans import Bools, Characters, Ints, Spans, characters_of, codes_of, spans_of, texts_of
from core.engines.pdfium_style import Styles
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
        objects: Addresses of the text objects that the words begin in.
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


@dataclass(slots=True)
class TextPage:
    """An open text page.

    Attributes:
        handle: FPDF_TEXTPAGE.
        index: Of the page, from 0.
        characters: How many it has.
        objects: Addresses of the objects of the page that do not lie within others, as drawn.
    """

    handle: c_void_p
    index: int
    characters: int
    objects: list[int | None]


def read_words(page: TextPage, styles: Styles, unmapped: Unmapped, scratch: Scratch) -> PageWords | None:
    """The words of an open text page; None where there are none."""
    text = page.handle
    codes = codes_of(text, page.characters)
    chars = characters_of(codes, np.arange(len(codes)))
    spans = spans_of(chars)
    if not len(spans.first):
        return None
    found = measure(text, chars, spans, styles, scratch)
    shapes = np.zeros(0, bool)
    fonts = found.fonts | {address: styles.font_number(address) for address in _other_fonts(page, found)}
    suspects = unmapped.suspects(text, codes, chars.kinds, found.samples, fonts)
    anew = unmapped.read(text, page.index, codes, suspects) if len(suspects) else None
    if anew is not None:
        codes, index, shapes = anew
        chars = characters_of(codes, index)
        spans = spans_of(chars)
        if not len(spans.first):
            return None
        found = measure(text, chars, spans, styles, scratch)
    better = mended(chars, spans, found)
    if better is not None:
        chars, spans = better, spans_of(better)
        found = measure(text, chars, spans, styles, scratch)
    looks = found.looks
    flags = looks["flags"].astype(np.uint32)
    for flag, column in ((Flag.HYPHEN, spans.hyphen), (Flag.GLUED, spans.glued), (Flag.RTL, found.rtl)):
        flags[column] |= int(flag)
    scripts = with_scripts(text, chars, spans, found, scratch)
    if scripts is not None:
        chars = replace(chars, codes=scripts[0])
        flags[scripts[1]] |= int(Flag.GLUED)
    texts = texts_of(chars, spans)
    if styles.pictures:
        for k in np.flatnonzero(np.isin(looks["style"], list(styles.pictures))).tolist():
            texts[k] = pictures_of(texts[k])
    flags |= letterforms(text, chars, spans, found, texts, scratch)
    return PageWords(
        texts=texts,
        box=found.box,
        style=looks["style"],
        size=found.size,
        angle=looks["angle"],
        flags=flags,
        white=looks["white"],
        objects=set(found.objects),
        drawn=_drawn(page, found),
        is_suspect=_is_suspect(chars, spans),
        is_unread=_is_unread(chars, spans, shapes),
    )


def _drawn(page: TextPage, found: Measures) -> Ints:
    places = {address: k for k, address in enumerate(page.objects)}
    at = np.fromiter((places.get(address, len(places)) for address in found.objects), np.int64, len(found.objects))
    return at[found.object_of]


def _other_fonts(page: TextPage, found: Measures) -> set[int | None]:
    """Addresses of the fonts of text objects that no word begins in."""
    if len(page.objects) > MOST_OBJECTS:
        return set()
    others = list(map(c_void_p, set(page.objects) - found.objects.keys()))
    texts = [handle for handle, kind in zip(others, map(pdfium.object_type, others), strict=True) if kind == _TEXT]
    return set(map(pdfium.text_font, texts)) - found.fonts.keys()


def _is_unread(chars: Characters, spans: Spans, shapes: Bools) -> bool:
    """Whether words, and not only single signs, are known by the shapes of their letters alone."""
    if not shapes.any():
        return False
    before = np.concatenate(([0], np.cumsum(shapes[chars.index])))
    lost = (before[spans.last + 1] - before[spans.first]) // 2  # a glyph is two units
    unread = lost >= UNREAD_LETTERS
    return int(unread.sum()) >= RARE_LEAST and int(lost[unread].sum()) > RARE_SHARE * len(chars.codes)


def _is_suspect(chars: Characters, spans: Spans) -> bool:
    """Whether codes that a text hardly has are too frequent: rare ideographs anywhere, others inside words."""
    if not chars.kinds & RARE:
        return False
    before = np.concatenate(([0], np.cumsum((chars.kind & RARE) != 0)))
    rare = before[spans.last + 1] - before[spans.first]
    length = spans.last - spans.first + 1
    meaningless = (rare == length) & ((chars.kind[spans.first] & CJK) == 0)
    odd = int(rare[~meaningless].sum())
    if odd >= RARE_LEAST and odd > RARE_SHARE * int(length.sum()):
        return True
    lost = int(length[meaningless].sum())
    return lost >= RARE_LEAST and lost > MEANINGLESS_SHARE * int(length.sum())
