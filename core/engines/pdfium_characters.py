"""What the characters of PDFium's text are to words: blanks, letters, marks that vanish, codes that mean nothing.

Codes are UTF-16 units; surrogates count as letters.
"""

from __future__ import annotations

import unicodedata

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.uint16]

BLANK, CJK, DROPPED, HYPHEN, RTL, CONTROL, RARE, SOFT = 1, 2, 4, 8, 16, 32, 64, 128

#: PDFium's mark for a hyphen at a line end; it never tells whether the hyphen was soft or real.
HYPHEN_MARK = 0xFFFE
SPACE = 0x20

#: T1-encoded ligatures without a ToUnicode map come as these controls: ff, fi, fl, ffi, ffl.
_T1_FIRST, _T1_LAST, _T1_LIGATURES = 0x1B, 0x1F, 0xFB00
_CONTROL_PICTURES = 0x2400


def _table() -> NDArray[np.uint8]:
    table = np.zeros(0x10000, np.uint8)

    def put(kind: int, *ranges: tuple[int, int]) -> None:
        for first, last in ranges:
            table[first : last + 1] |= kind

    put(CONTROL, (0x00, 0x08), (0x0E, 0x1F), (0x7F, 0x84), (0x86, 0x9F), (0xFFFF, 0xFFFF))
    put(BLANK, (0x09, 0x0D), (0x20, 0x20), (0x85, 0x85), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A),
        (0x2028, 0x2029), (0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000))  # fmt: skip
    put(DROPPED, (0xAD, 0xAD), (0x061C, 0x061C), (0x180E, 0x180E), (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F),
        (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF))  # fmt: skip
    put(SOFT, (0xAD, 0xAD))
    put(HYPHEN, (HYPHEN_MARK, HYPHEN_MARK))
    put(CJK, (0x3001, 0x30FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0xFF00, 0xFFEF))
    put(RTL, (0x0590, 0x08FF), (0xFB1D, 0xFDFF), (0xFE70, 0xFEFC))
    put(
        RARE,
        (0x3400, 0x4DBF),
        (0xE000, 0xF8FF),
        (0xFFFD, 0xFFFD),
        (0x00, 0x08),
        (0x0E, 0x1F),
        (0x7F, 0x84),
        (0x86, 0x9F),
    )
    return table


KIND = _table()


def spell_controls(codes: Codes) -> Codes:
    """Ligatures for T1 controls beside letters; any other control as its picture (U+2400...), visible and harmless."""
    kind = KIND[codes]
    is_letter = (codes >= 0x41) & (kind == 0)
    near = np.zeros(len(codes), bool)
    near[1:] |= is_letter[:-1]
    near[:-1] |= is_letter[1:]
    is_t1 = (codes >= _T1_FIRST) & (codes <= _T1_LAST)
    spelled = np.where(is_t1 & near, codes - _T1_FIRST + _T1_LIGATURES, codes)
    left = (KIND[spelled] & CONTROL) != 0
    return np.where(left, np.where(spelled < 0x20, spelled + _CONTROL_PICTURES, 0xFFFD), spelled).astype(np.uint16)


def is_meaningless(text: str) -> bool:
    """Whether a word holds nothing but codes without meaning."""
    return all("\u2400" <= c <= "\u241f" or c == "\ufffd" or "\ue000" <= c <= "\uf8ff" for c in text)


_LIGATURES = {0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl", 0xFB05: "st", 0xFB06: "st",
              **{code: unicodedata.normalize("NFKC", chr(code)) for code in range(0xFB13, 0xFB18)}}  # fmt: skip


def clean(text: str) -> str:
    """The text of a word as kept: ligatures spelled out, Arabic and Hebrew forms as letters, NFC."""
    if text.isascii():
        return text
    if any("\ufb00" <= c <= "\ufb17" for c in text):
        text = text.translate(_LIGATURES)
    if any("\ufb1d" <= c <= "\ufdff" or "\ufe70" <= c <= "\ufefc" for c in text):
        text = unicodedata.normalize("NFKC", text).replace(" ", "")
    return unicodedata.normalize("NFC", text)
