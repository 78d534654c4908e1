"""The characters of pages, and where their words begin and end among them."""

from __future__ import annotations

import ctypes
from ctypes import c_void_p
from dataclasses import dataclass
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from core.engines import pdfium
from core.engines.pdfium_characters import (
    BLANK,
    CJK,
    CONTROL,
    DROPPED,
    HYPHEN,
    HYPHEN_MARK,
    KIND,
    SPACE,
    Codes,
    spell_controls,
)
from core.engines.pdfium_texts import OpenTexts

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

#: So many dots or underscores in a row are a leader or a blank to fill in: a word of their own.
LEADER_LEAST = 4
LEADER_CHARACTERS = "._"
_LEADERS = tuple((character * LEADER_LEAST).encode("utf-16-le") for character in LEADER_CHARACTERS)


@dataclass(frozen=True, slots=True)
class Characters:
    """Characters that words are made of; those that are never seen have been dropped.

    Attributes:
        codes: UTF-16 units.
        index: The number of each among those of the open text pages.
        kind: Bits of `pdfium_characters` for each.
        kinds: All bits that occur.
        breaks: (n,) bool or None: a word begins here although no blank stands before.
    """

    codes: Codes
    index: Ints
    kind: NDArray[np.uint8]
    kinds: int
    breaks: Bools | None = None

    @classmethod
    def of(cls, codes: Codes, index: Ints, breaks: Bools | None = None) -> Characters:
        kind = KIND[codes]
        return cls(codes, index, kind, int(np.bitwise_or.reduce(kind)) if len(kind) else 0, breaks)


@dataclass(frozen=True, slots=True)
class Spans:
    """Columns of n words: positions of the first and the last character.

    Attributes:
        page: Position of the open page it stands on; rises.
        glued: No blank stands before.
        hyphen: PDFium's mark for a hyphen at a line end stands behind.
    """

    first: Ints
    last: Ints
    glued: Bools
    hyphen: Bools
    page: Ints

    @property
    def beside(self) -> Bools:
        """(n - 1,) whether a word and the next one stand on the same page."""
        found: Bools = self.page[1:] == self.page[:-1]
        return found


def codes_of(text: c_void_p, characters: int) -> Codes:
    """All characters of an open text page; in bulk where its text has one unit a character, else one by one.

    The bulk text leaves out glyphs without a meaning, so that its positions are no longer those of the characters.
    """
    buffer = (ctypes.c_ushort * (characters + 1))()
    got = pdfium.get_text(text, 0, characters, buffer) - 1
    codes: Codes = np.frombuffer(memoryview(buffer), np.uint16, characters)
    if got != characters:
        values = np.fromiter(map(pdfium.get_unicode, repeat(text), range(characters)), np.uint32, characters)
        for k in np.flatnonzero(values == 2).tolist():
            if pdfium.is_hyphen(text, k) == 1:
                values[k] = HYPHEN_MARK
        codes = np.where(values > 0xFFFF, 0xFFFD, values).astype(np.uint16)
    return codes


def characters_of(codes: Codes, index: Ints) -> Characters:
    """Characters for words: without those that are never seen, controls spelled out as far as they mean something."""
    found = Characters.of(codes, index)
    if found.kinds & DROPPED:
        codes = _with_soft_hyphens(codes)
        kept = (KIND[codes] & DROPPED) == 0
        found = Characters.of(codes[kept], index[kept])
    if found.kinds & CONTROL:
        found = Characters.of(spell_controls(found.codes), found.index)
    return found


def _with_soft_hyphens(codes: Codes) -> Codes:
    """A soft hyphen that ends a line is a hyphen there, whether PDFium said so or not."""
    soft = np.flatnonzero(codes == 0xAD)
    soft = soft[soft + 1 < len(codes)]
    ends = soft[np.isin(codes[soft + 1], (0x0A, 0x0D))]
    codes = codes.copy()
    codes[ends] = HYPHEN_MARK
    return codes


def spans_of(chars: Characters, texts: OpenTexts) -> Spans:
    """The words: runs between blanks, hyphens at line ends and breaks; a CJK character and a leader stand alone."""
    kind = chars.kind
    solid = (kind & (BLANK | HYPHEN)) == 0
    after_solid = np.zeros(len(solid), bool)
    after_solid[1:] = solid[:-1]
    begins = solid & ~after_solid
    glued: Bools | None = None
    leaders = _has_leaders(chars.codes)
    if leaders or chars.kinds & CJK:
        split = (kind & CJK) != 0
        split[1:] |= split[:-1]
        if leaders:
            split |= _leader_edges(chars.codes)
        glued = solid & after_solid & split
        begins |= glued
    if chars.breaks is not None:
        begins |= chars.breaks & solid
    before_solid = np.zeros(len(solid), bool)
    before_solid[:-1] = solid[1:] & ~begins[1:]
    first, last = np.flatnonzero(begins), np.flatnonzero(solid & ~before_solid)
    nothing = np.zeros(len(first), bool)
    hyphen = (np.append(kind, 0)[last + 1] & HYPHEN) != 0 if chars.kinds & HYPHEN else nothing
    page = texts.page_of(chars.index[first])
    return Spans(first, last, nothing if glued is None else glued[first], hyphen, page)


def _has_leaders(codes: Codes) -> bool:
    data = codes.tobytes()
    return any(data.find(run) >= 0 for run in _LEADERS)


def _leader_edges(codes: Codes) -> Bools:
    """(n,) bool: a run of dots or underscores begins here, or has just ended."""
    edges = np.zeros(len(codes), bool)
    for character in LEADER_CHARACTERS:
        code = ord(character)
        same = np.concatenate(([False], codes == code, [False]))
        turns = np.flatnonzero(same[1:] != same[:-1])
        long = np.repeat(turns[1::2] - turns[::2] >= LEADER_LEAST, 2)
        edges[turns[long & (turns < len(codes))]] = True
    return edges


def texts_of(chars: Characters, spans: Spans) -> list[str]:
    """The text of each word as drawn: one decode and one split for all."""
    codes = chars.codes
    separators = (chars.kind & (BLANK | HYPHEN)) != 0
    plain = np.where(separators, np.uint16(SPACE), codes)
    if chars.breaks is not None or spans.glued.any():
        inner = spans.first[spans.first > 0]
        plain = np.insert(plain, inner[~separators[inner - 1]], SPACE)
    texts = plain.tobytes().decode("utf-16-le", "replace").split(" ")
    texts = [text for text in texts if text]
    if len(texts) != len(spans.first):
        raise AssertionError("words and spans differ")
    return texts
