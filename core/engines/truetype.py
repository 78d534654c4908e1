"""What a TrueType font program says of its glyphs: the characters they stand for, and their outlines."""

from __future__ import annotations

import struct
from collections.abc import Iterator

#: No font has more glyphs.
MOST_GLYPHS = 0x10000
_MOST_PARTS, _DEEPEST_PART = 64, 4
_UNICODE_TABLES = ((3, 10), (0, 4), (0, 6), (3, 1), (0, 3), (0, 2), (0, 1), (0, 0))


def glyph_texts(program: bytes) -> dict[int, str]:
    """The character of each glyph by the font's Unicode `cmap`; empty where it has none or is malformed."""
    try:
        table = _table(program, b"cmap")
        starts = {}
        (count,) = struct.unpack_from(">H", table, 2)
        for k in range(min(count, 64)):
            platform, encoding, start = struct.unpack_from(">HHL", table, 4 + 8 * k)
            starts[platform, encoding] = start
        for key in _UNICODE_TABLES:
            if key in starts:
                found: dict[int, str] = {}
                for code, glyph in _mapped(table, starts[key]):
                    if glyph and 0x20 <= code <= 0x10FFFF and not 0xD800 <= code < 0xE000:
                        found.setdefault(glyph, chr(code))
                return found
    except (struct.error, IndexError, ValueError):
        pass
    return {}


class Outlines:
    """The outlines of a font program as bytes, without hints, which subsetting may drop: equal bytes, equal glyphs."""

    def __init__(self, program: bytes) -> None:
        try:
            (self._is_long,) = struct.unpack_from(">H", _table(program, b"head"), 50)
            self._glyphs, self._places = _table(program, b"glyf"), _table(program, b"loca")
        except (struct.error, IndexError):
            self._is_long, self._glyphs, self._places = 0, b"", b""

    def of(self, glyph: int, depth: int = 0) -> bytes | None:
        """The outline of a glyph by its number; empty for a blank, None where there is no such glyph."""
        form, size = (">2L", 4) if self._is_long else (">2H", 2)
        try:
            start, end = (
                place * (1 if self._is_long else 2) for place in struct.unpack_from(form, self._places, size * glyph)
            )
            data = self._glyphs[start:end]
            if not data:
                return b"" if start == end else None
            (contours,) = struct.unpack_from(">h", data)
            if contours >= 0:
                (hints,) = struct.unpack_from(">H", data, 10 + 2 * contours)
                return data[: 10 + 2 * contours] + data[12 + 2 * contours + hints :].rstrip(b"\0")
            return self._composed(data, depth)
        except struct.error:
            return None

    def _composed(self, data: bytes, depth: int) -> bytes | None:
        """The parts of a glyph made of others, with where and how they are put."""
        found, place = [data[:10]], 10
        for _ in range(_MOST_PARTS if depth < _DEEPEST_PART else 0):
            flags, glyph = struct.unpack_from(">HH", data, place)
            length = (4 if flags & 1 else 2) + (2 if flags & 8 else 4 if flags & 0x40 else 8 if flags & 0x80 else 0)
            part = self.of(glyph, depth + 1)
            if part is None:
                return None
            found += [data[place + 4 : place + 4 + length], part]
            place += 4 + length
            if not flags & 0x20:
                break
        return b"|".join(found)


def _table(program: bytes, tag: bytes) -> bytes:
    (count,) = struct.unpack_from(">H", program, 4)
    for k in range(min(count, 256)):
        name, _, start, length = struct.unpack_from(">4sLLL", program, 12 + 16 * k)
        if name == tag:
            return program[start : start + length]
    return b""


def _mapped(table: bytes, start: int) -> Iterator[tuple[int, int]]:
    """Character code and glyph, by a subtable of format 0, 4, 6 or 12."""
    (form,) = struct.unpack_from(">H", table, start)
    if form == 0:
        yield from enumerate(table[start + 6 : start + 262])
    elif form == 4:
        yield from _segments(table, start)
    elif form == 6:
        first, count = struct.unpack_from(">HH", table, start + 6)
        yield from zip(range(first, first + count), struct.unpack_from(f">{count}H", table, start + 10), strict=True)
    elif form == 12:
        (groups,) = struct.unpack_from(">L", table, start + 12)
        left = MOST_GLYPHS
        for k in range(min(groups, MOST_GLYPHS)):
            low, high, glyph = struct.unpack_from(">LLL", table, start + 16 + 12 * k)
            count = min(max(high - low + 1, 0), left)
            left -= count
            yield from zip(range(low, low + count), range(glyph, glyph + count), strict=True)


def _segments(table: bytes, start: int) -> Iterator[tuple[int, int]]:
    (double,) = struct.unpack_from(">H", table, start + 6)
    count = double // 2
    ends = struct.unpack_from(f">{count}H", table, start + 14)
    at = start + 16 + double
    firsts = struct.unpack_from(f">{count}H", table, at)
    deltas = struct.unpack_from(f">{count}H", table, at + double)
    offsets = struct.unpack_from(f">{count}H", table, at + 2 * double)
    left = MOST_GLYPHS
    for k in range(count):
        for code in range(firsts[k], min(ends[k] + 1, firsts[k] + left)):
            left -= 1
            glyph = code
            if offsets[k]:
                place = at + 2 * double + 2 * k + offsets[k] + 2 * (code - firsts[k])
                (glyph,) = struct.unpack_from(">H", table, place)
                if not glyph:
                    continue
            yield code, (glyph + deltas[k]) & 0xFFFF
