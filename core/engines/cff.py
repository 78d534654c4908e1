"""The names of glyphs that a CFF font program encodes (Adobe Technical Note 5176)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import pairwise
from string import ascii_lowercase, ascii_uppercase

#: Names of lower numbers are standard ones, which are not spelled out in the font.
_STANDARD_STRINGS = 391
_CHARSET, _ENCODING, _CHAR_STRINGS, _ROS = 15, 16, 17, 0x0C1E


#: Those of letters and digits by their number.
_STANDARD_NAMES = dict(
    enumerate(("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"), 17)
) | {
    start + k: letter
    for start, letters in ((34, ascii_uppercase), (66, ascii_lowercase))
    for k, letter in enumerate(letters)
}


def encoded_names(program: bytes, *, standard: bool = False) -> dict[int, str]:
    """The name of the glyph of each code by the built-in encoding, where font and encoding are its own.

    Empty for fonts without names and for malformed ones.

    Args:
        program: The font.
        standard: Also the standard names of letters and digits; other standard names are left out.
    """
    try:
        _, place = _index(program, program[2])
        tops, place = _index(program, place)
        strings, _ = _index(program, place)
        top = _dictionary(tops[0])
        if _ROS in top or min(top.get(_CHARSET, 0), top.get(_ENCODING, 0)) <= 2:
            return {}
        (count,) = struct.unpack_from(">H", program, top[_CHAR_STRINGS])
        names = dict(zip(range(1, count), _charset(program, top[_CHARSET], count), strict=False))
        codes = _encoding(program, top[_ENCODING])
    except (struct.error, IndexError, KeyError):
        return {}
    numbers = [(code, names.get(glyph, 0)) for code, glyph in codes]
    spelled = ((code, number - _STANDARD_STRINGS) for code, number in numbers)
    found = {code: strings[k].decode("latin-1") for code, k in spelled if 0 <= k < len(strings)}
    return found | {code: _STANDARD_NAMES[k] for code, k in numbers if standard and k in _STANDARD_NAMES}


def _index(data: bytes, place: int) -> tuple[list[bytes], int]:
    """The items of an INDEX and where it ends."""
    (count,) = struct.unpack_from(">H", data, place)
    if not count:
        return [], place + 2
    size = data[place + 2]
    first = place + 3
    base = first + size * (count + 1) - 1
    offsets = [int.from_bytes(data[first + size * k : first + size * (k + 1)]) for k in range(count + 1)]
    return [data[base + a : base + b] for a, b in pairwise(offsets)], base + offsets[-1]


def _dictionary(data: bytes) -> dict[int, int]:
    """The last operand of each operator of a DICT, where it is an integer."""
    found: dict[int, int] = {}
    value, place = 0, 0
    while place < len(data):
        first = data[place]
        place += 1
        if first <= 21:
            if first == 12:
                first = 0x0C00 | data[place]
                place += 1
            found[first] = value
        elif first == 28:
            (value,) = struct.unpack_from(">h", data, place)
            place += 2
        elif first == 29:
            (value,) = struct.unpack_from(">i", data, place)
            place += 4
        elif first == 30:
            while data[place] & 0x0F != 0x0F and data[place] >> 4 != 0x0F:
                place += 1
            place += 1
        elif first <= 246:
            value = first - 139
        elif first <= 254:
            step = (first - 247) * 256 if first <= 250 else -(first - 251) * 256
            value = step + (data[place] + 108 if first <= 250 else -data[place] - 108)
            place += 1
    return found


def _charset(data: bytes, place: int, count: int) -> Iterator[int]:
    """The number of the name of each glyph, from glyph 1."""
    form = data[place]
    place += 1
    if form == 0:
        yield from struct.unpack_from(f">{count - 1}H", data, place)
        return
    left = count - 1
    while left > 0:
        first, more = struct.unpack_from(">HB" if form == 1 else ">HH", data, place)
        place += 3 if form == 1 else 4
        yield from range(first, first + min(more + 1, left))
        left -= more + 1


def _encoding(data: bytes, place: int) -> list[tuple[int, int]]:
    """Codes and glyphs."""
    form, count = data[place] & 0x7F, data[place + 1]
    if form == 0:
        return [(code, k) for k, code in enumerate(data[place + 2 : place + 2 + count], 1)]
    found: list[tuple[int, int]] = []
    for k in range(count):
        first, more = data[place + 2 + 2 * k], data[place + 3 + 2 * k]
        found += [(first + step, len(found) + 1 + step) for step in range(more + 1)]
    return found
