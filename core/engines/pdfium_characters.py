"""What the characters of PDFium's text are to words: blanks, letters, marks that vanish, codes that mean nothing.

Codes are UTF-16 units; surrogates count as letters.
"""

from __future__ import annotations

import unicodedata

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.uint16]

#: Bits. RARE are codes that mean nothing or, with CJK, ideographs that hardly any text has.
BLANK, CJK, DROPPED, HYPHEN, RTL, CONTROL, RARE = 1, 2, 4, 8, 16, 32, 64
#: The rare ones that are no private use: bullets of word processors are, and prove nothing.
DOUBTFUL = 128

#: PDFium's mark for a hyphen at a line end; it never tells whether the hyphen was soft or real.
HYPHEN_MARK = 0xFFFE
SPACE = 0x20

#: T1-encoded glyphs without a ToUnicode map come as controls: these are ff, fi, fl, ffi, ffl, two dashes and quotes.
_T1_FIRST, _T1_LAST, _T1_LIGATURES = 0x1B, 0x1F, 0xFB00
_T1_EN_DASH, _T1_EM_DASH, _T1_DASHES = 0x15, 0x16, 0x2013
_T1_FIRST_QUOTE, _T1_QUOTES = 0x10, np.array([0x201C, 0x201D, 0x201E, 0xAB, 0xBB], np.uint16)
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
    put(HYPHEN, (HYPHEN_MARK, HYPHEN_MARK))
    put(CJK, (0x2E80, 0x2FDF), (0x3001, 0x30FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0xFF00, 0xFFEF))
    put(RTL, (0x0590, 0x08FF), (0xFB1D, 0xFDFF), (0xFE70, 0xFEFC))
    put(DOUBTFUL, (0x2400, 0x241F), (0x3400, 0x4DBF), (0xFFFD, 0xFFFD))
    put(RARE, (0x2400, 0x241F), (0x3400, 0x4DBF), (0xE000, 0xF8FF), (0xFFFD, 0xFFFD))
    return table


KIND = _table()


def spell_controls(codes: Codes) -> Codes:
    """T1 ligatures and quotes beside letters, dashes between them; any other control as its picture (U+2400...)."""
    is_letter = np.concatenate(([False], (codes >= 0x30) & (KIND[codes] == 0), [False]))
    left, right = is_letter[:-2], is_letter[2:]
    beside = is_letter | np.concatenate(([False], np.isin(codes, (0x2C, 0x2E, 0x21, 0x3F)), [False]))
    spelled = codes.copy()
    ligature = (codes >= _T1_FIRST) & (codes <= _T1_LAST) & (left | right)
    spelled[ligature] += _T1_LIGATURES - _T1_FIRST
    dash = ((codes == _T1_EN_DASH) | (codes == _T1_EM_DASH)) & left & right
    spelled[dash] += _T1_DASHES - _T1_EN_DASH
    quote = (codes >= _T1_FIRST_QUOTE) & (codes < _T1_FIRST_QUOTE + len(_T1_QUOTES)) & (beside[:-2] | beside[2:])
    spelled[quote] = _T1_QUOTES[codes[quote] - _T1_FIRST_QUOTE]
    lost = (KIND[spelled] & CONTROL) != 0
    return np.where(lost, np.where(spelled < SPACE, spelled + _CONTROL_PICTURES, 0xFFFD), spelled).astype(np.uint16)


def is_meaningless(text: str) -> bool:
    """Whether a word holds nothing but codes without meaning."""
    return all(
        "\u2400" <= c <= "\u241f" or c == "\ufffd" or "\ue000" <= c <= "\uf8ff" or c >= _FIRST_GLYPH for c in text
    )


_FIRST_GLYPH, _GLYPHS_IN_PLANE = "\U000f0000", 0xFFFE


def glyph_text(digest: int) -> str:
    """A character of the private planes 15 and 16 for a glyph that is known by its shape only."""
    plane, rest = divmod(digest % (2 * _GLYPHS_IN_PLANE), _GLYPHS_IN_PLANE)
    return chr(ord(_FIRST_GLYPH) + 0x10000 * plane + rest)


def pictures_of(text: str) -> str:
    """The private characters of Wingdings and its like, for a text that gives Latin letters in their place."""
    return "".join(chr(0xF000 + ord(c)) for c in text) if all("!" <= c <= "ÿ" for c in text) else text


_NUL_PICTURE = "\u2400"
#: The mark of UTF-16 where its bytes were drawn as Latin-1; every second byte is then NUL.
_UTF16_MARK = "þÿ"
_SPELLED = str.maketrans({
    "\ufb00": "ff", "\ufb01": "fi", "\ufb02": "fl", "\ufb03": "ffi", "\ufb04": "ffl", "\ufb05": "st", "\ufb06": "st",
    "\ufb13": "մն", "\ufb14": "մե", "\ufb15": "մի", "\ufb16": "վն", "\ufb17": "մխ",
    # Bullets of Symbol and Wingdings, which every word processor writes.
    "\uf0b7": "•", "\uf0a7": "▪", "\uf0d8": "➢", "\uf0fc": "✓", "\uf0e0": "→",
    "\uf06c": "●", "\uf06e": "■", "\uf071": "❑", "\uf076": "❖", "\uf0e8": "➔", "\uf0fb": "✗", "\uf0fe": "☑",
    # Radicals that Quartz gives in place of the ideographs that look the same.
    "⺠": "民", "⻁": "虎", "⻄": "西", "⻆": "角", "⻑": "長", "⻘": "青", "⻝": "食", "⻤": "鬼",
    "⻩": "黄", "⻫": "斉", "⻭": "歯", "⻯": "竜", "⻲": "亀", "⻅": "见", "⻉": "贝", "⻋": "车",
    "⻓": "长", "⻔": "门", "⻙": "韦", "⻚": "页", "⻛": "风", "⻜": "飞", "⻢": "马", "⻥": "鱼",
    "⻦": "鸟", "⻬": "齐", "⻮": "齿", "⻰": "龙",
})  # fmt: skip
_STOPS = ".,:;!?،؛؟۔\"'“”«»"
_MIRRORED = str.maketrans("()[]{}", ")(][}{")


def clean(text: str) -> str:
    """The text of a word as kept: ligatures spelled out, Arabic and Hebrew forms as letters, NFC."""
    if text.isascii():
        return text
    text = text.translate(_SPELLED)
    if _NUL_PICTURE in text and not is_meaningless(text):
        text = text.replace(_NUL_PICTURE, "").removeprefix(_UTF16_MARK) or text
    if any("\u0590" <= c <= "\u08ff" or "\ufb1d" <= c <= "\ufefc" for c in text):
        text = _right_to_left(text)
    return unicodedata.normalize("NFC", text)


def _right_to_left(text: str) -> str:
    """Letters for presentation forms; brackets as they are read where they are given as they look."""
    if any("\ufb1d" <= c <= "\ufdff" or "\ufe70" <= c <= "\ufefc" for c in text):
        text = unicodedata.normalize("NFKC", text).replace(" ", "")
    inside = text.strip(_STOPS)
    if inside and (inside[0] in ")]}" or inside[-1] in "([{"):
        text = text.translate(_MIRRORED)
    return text
