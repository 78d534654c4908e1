"""Character maps as PDFs write them: ToUnicode streams and the names of glyphs, read leniently.

The second reading of a font. PDFium drops a whole block of up to a hundred ranges of a ToUnicode map when one range of
it crosses a multiple of 256, as ranges by Quartz do; what it has no map for it gives as the bare code.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

#: Codes one map may hold; beyond it is read no further.
MOST_CODES = 1 << 17
#: The longest text that one code may stand for, in UTF-16 bytes.
MOST_BYTES = 64

_BLOCK = re.compile(rb"begin(bfchar|bfrange)(.*?)(?:end\1|\Z)", re.S)
_ITEM = re.compile(rb"<([0-9A-Fa-f\s]*)>|(\[)|(\])")


def to_unicode(stream: bytes) -> dict[int, str]:
    """The text of each code of a ToUnicode map; what is malformed is skipped."""
    found: dict[int, str] = {}
    for kind, body in _BLOCK.findall(stream):
        if len(found) >= MOST_CODES:
            break
        (_add_characters if kind == b"bfchar" else _add_ranges)(found, body)
    return found


def _add_characters(found: dict[int, str], body: bytes) -> None:
    values = [match[1] for match in _ITEM.finditer(body) if match[1] is not None]
    for code, text in zip(values[::2], values[1::2], strict=False):
        _put(found, _number(code), _text(text))


def _add_ranges(found: dict[int, str], body: bytes) -> None:
    items = _ITEM.finditer(body)
    for first in items:
        last, start = next(items, None), next(items, None)
        if last is None or start is None:
            return
        if first[1] is None or last[1] is None:
            continue
        low, high = _number(first[1]), _number(last[1])
        high = min(high, low + MOST_CODES - 1 - len(found))
        if start[2]:
            for code in range(low, low + MOST_CODES):
                item = next(items, None)
                if item is None or item[3]:
                    break
                if item[1] is not None and code <= high:
                    _put(found, code, _text(item[1]))
        elif start[1] is not None:
            text = _text(start[1])
            for code in range(low, high + 1):
                _put(found, code, text)
                text = _next(text)


def _put(found: dict[int, str], code: int, text: str) -> None:
    if text and 0 <= code < 1 << 32:
        found.setdefault(code, text)


def _number(digits: bytes) -> int:
    digits = b"".join(digits.split())
    return int(digits, 16) if 0 < len(digits) <= 8 else -1


def _text(digits: bytes) -> str:
    digits = b"".join(digits.split())[: 2 * MOST_BYTES]
    if len(digits) == 2:
        digits = b"00" + digits
    data = bytes.fromhex(digits[: len(digits) // 4 * 4].decode())
    return data.decode("utf-16-be", "ignore")


def _next(text: str) -> str:
    """The text one code on: its last character counts up."""
    return text[:-1] + chr(min(ord(text[-1]) + 1, 0x10FFFF)) if text else ""


#: Names of TeX's mathematical fonts that the Adobe Glyph List does not know.
_TEX_NAMES = {
    "prime": "′", "angbracketleft": "⟨", "angbracketright": "⟩", "bardbl": "‖", "minusplus": "∓", "diamondmath": "⋄",
    "circleminus": "⊖", "circledivide": "⊘", "circledot": "⊙", "circlecopyrt": "◯", "equivasymptotic": "≍",
    "precedesequal": "⪯", "followsequal": "⪰", "lessmuch": "≪", "greatermuch": "≫", "follows": "≻",
    "arrownortheast": "↗", "arrowsoutheast": "↘", "arrownorthwest": "↖", "arrowsouthwest": "↙", "similarequal": "≃",
    "owner": "∋", "triangle": "△", "triangleinv": "▽", "negationslash": "\u0338", "mapsto": "↦", "latticetop": "⊤",
    "Rfractur": "ℜ", "Ifractur": "ℑ", "unionmulti": "⊎", "turnstileleft": "⊢", "turnstileright": "⊣",
    "floorleft": "⌊", "floorright": "⌋", "ceilingleft": "⌈", "ceilingright": "⌉", "arrowbothv": "↕",
    "arrowdblbothv": "⇕", "wreathproduct": "≀", "coproduct": "∐", "nabla": "∇", "unionsq": "⊔", "intersectionsq": "⊓",
    "subsetsqequal": "⊑", "supersetsqequal": "⊒", "epsilon1": "ϵ", "lscript": "ℓ", "dotlessj": "ȷ", "flat": "♭",
    "natural": "♮", "sharp": "♯", "slurbelow": "⌣", "slurabove": "⌢", "vector": "\u20d7", "triangleright": "▹",
    "triangleleft": "◃", "star": "⋆", "arrowlefttophalf": "↼", "arrowleftbothalf": "↽", "arrowrighttophalf": "⇀",
    "arrowrightbothalf": "⇁", "arrowhookleft": "↪", "arrowhookright": "↩", "square": "□", "squaresolid": "■",
    "blacksquare": "■", "lessorequalslant": "⩽", "greaterorequalslant": "⩾", "check": "✓", "maltesecross": "✠",
    "visiblespace": "␣", "vextendsingle": "|", "vextenddouble": "‖", "contintegral": "∮",
}  # fmt: skip
#: Sizes that TeX's extension font draws the same sign in.
_TEX_SIZE = re.compile(r"(?:bigg|Bigg|big|Big|text|display)(?:p|v)?$")
_TEX_LARGE = {"parenleft": "(", "parenright": ")", "bracketleft": "[", "bracketright": "]", "braceleft": "{",
              "braceright": "}", "slash": "/", "backslash": "\\", "radical": "√", "summation": "∑", "product": "∏",
              "integral": "∫", "union": "⋃", "intersection": "⋂", "logicaland": "⋀", "logicalor": "⋁",
              "unionmulti": "⨄", "unionsq": "⨆", "circledot": "⨀", "circleplus": "⨁",
              "circlemultiply": "⨂"}  # fmt: skip
_ASCII_NAMES = frozenset({
    "space", "exclam", "quotedbl", "numbersign", "dollar", "percent", "ampersand", "quotesingle", "quoteright",
    "parenleft", "parenright", "asterisk", "plus", "comma", "hyphen", "period", "slash", "zero", "one", "two",
    "three", "four", "five", "six", "seven", "eight", "nine", "colon", "semicolon", "less", "equal", "greater",
    "question", "at", "bracketleft", "backslash", "bracketright", "underscore", "grave", "quoteleft", "braceleft",
    "bar", "braceright",
})  # fmt: skip
_UNI = re.compile(r"uni((?:[0-9A-F]{4})+)$")
_U = re.compile(r"u([0-9A-F]{4,6})$")


def text_of_name(name: str, known: Mapping[str, str]) -> str:
    """The text of a glyph by its name, as the Adobe Glyph List (`known`) lays down, and by names of TeX; else empty.

    Names such as `a65`, `g12` or `cid5` say nothing. After https://github.com/adobe-type-tools/agl-specification.
    """
    name = name.partition(".")[0]
    if not name or name == "notdef":
        return ""
    parts = name.split("_")
    if len(parts) > 1:
        texts = [text_of_name(part, known) for part in parts]
        return "".join(texts) if all(texts) else ""
    found = known.get(name) or _TEX_NAMES.get(name)
    if found:
        return found
    uni = _UNI.match(name)
    if uni:
        return bytes.fromhex(uni[1]).decode("utf-16-be", "ignore")
    single = _U.match(name)
    if single:
        return chr(int(single[1], 16)) if int(single[1], 16) <= 0x10FFFF else ""
    return _sized(name)


def _sized(name: str) -> str:
    base = _TEX_SIZE.sub("", name)
    return (_TEX_LARGE.get(base) or _TEX_NAMES.get(base, "")) if base != name else ""


def is_of_tex(name: str) -> bool:
    """Whether the name of a glyph is one that TeX's mathematical fonts use and the Adobe Glyph List does not know."""
    return name in _TEX_NAMES or bool(_sized(name))


def is_latin(name: str) -> bool:
    """Whether the name of a glyph is that of a letter or of a sign of ASCII."""
    return len(name) == 1 or name in _ASCII_NAMES


_DIGIT_NAMES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_ASCII_OF_NAME = {name: str(value) for value, name in enumerate(_DIGIT_NAMES)}


def ascii_of_name(name: str) -> str:
    """The ASCII letter or digit that the name of a glyph names; else empty."""
    name = name.partition(".")[0]
    uni = _UNI.match(name) if len(name) == 7 else None
    text = chr(int(uni[1], 16)) if uni else name if len(name) == 1 else _ASCII_OF_NAME.get(name, "")
    return text if text.isascii() and text.isalnum() else ""


_BUILTIN = re.compile(rb"\bdup\s+(\d{1,3})\s*/([^\s/\[\](){}<>%]+)\s+put\b")
_TYPE1_HEAD_BYTES = 64 * 1024


def type1_names(program: bytes) -> dict[int, str]:
    """The built-in encoding of a Type 1 font program: the name of the glyph of each code."""
    head = program[:_TYPE1_HEAD_BYTES].partition(b"eexec")[0]
    return {int(code): name.decode("latin-1") for code, name in _BUILTIN.findall(head)}


def is_type1(program: bytes) -> bool:
    """Whether a font program is a Type 1 font, with or without the headers of the PC."""
    return program[:2] == b"%!" or program[6:8] == b"%!"


def is_readable(text: str) -> bool:
    """Whether a text by a character map can be meant: no control, no private use, no replacement character."""
    return bool(text) and all(unicodedata.category(c) not in ("Cc", "Co", "Cn", "Cs") and c != "\ufffd" for c in text)
