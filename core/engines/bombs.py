"""Decompression bombs: found by looking at the bytes alone, before any parser opens the file.

Parsers that repair files and resolve references are what a hostile file can hold up; this is one pass over the bytes.
"""

from __future__ import annotations

import mmap
import os
import re
import zlib
from collections.abc import Iterable, Iterator
from itertools import chain

from core.errors import TooComplex
from core.options import Limits

#: A stream may inflate to so much, or to `BOMB_RATIO` times its size if that is more. Text and drawings reach a ratio
#: of 20; Deflate ends at 1,032.
INFLATED_BYTES = 64 * 1024 * 1024
BOMB_RATIO = 100
DEFLATE_RATIO = 1_032
#: Filters over filters: each level multiplies the ratio.
FILTER_LEVELS = 4
_STREAM = re.compile(rb"stream\r?\n")
_PICTURE = re.compile(rb"/Subtype\s*/Image\b")
_DICTIONARY_BYTES = 1024
_TASTE_BYTES = 64
_CHUNK_BYTES = 1024 * 1024
_ZLIB_HEADS = frozenset(range(0, 1 << 16, 31))


def refuse_bombs(fd: int, limits: Limits) -> None:
    """Raise `TooComplex` when a compressed stream, other than a picture, inflates beyond all measure.

    Pictures are left to the limits of the process that draws them: a large scan is nothing strange. Streams behind
    filters other than Deflate, and encrypted ones, cannot be judged; for them too the limits of the process hold.
    """
    size = os.fstat(fd).st_size
    if not 0 < size <= limits.file_bytes:
        return  # PdfFile says what is wrong
    with mmap.mmap(fd, size, access=mmap.ACCESS_READ) as data:
        for match in _STREAM.finditer(data):
            begin = match.end()
            if _is_deflated(data[begin : begin + 2]) and not _is_picture(data, match.start()):
                end = data.find(b"endstream", begin)
                with memoryview(data) as view, view[begin : end if end > 0 else size] as packed:
                    _refuse_bomb(packed)


def _is_deflated(head: bytes) -> bool:
    return len(head) == 2 and head[0] & 0x8F == 0x08 and head[0] * 256 + head[1] in _ZLIB_HEADS


def _is_picture(data: mmap.mmap, end: int) -> bool:
    begin = max(data.rfind(b" obj", max(0, end - _DICTIONARY_BYTES), end), end - _DICTIONARY_BYTES, 0)
    return _PICTURE.search(data[begin:end]) is not None


def _refuse_bomb(packed: memoryview) -> None:
    most = max(INFLATED_BYTES, BOMB_RATIO * len(packed))
    try:
        taste = zlib.decompressobj().decompress(packed, _TASTE_BYTES)
    except zlib.error:
        return
    if _is_deflated(taste[:2]) or len(packed) * DEFLATE_RATIO > most:
        _inflate([packed], most, FILTER_LEVELS)


def _inflate(packed: Iterable[bytes | memoryview], most: int, levels: int) -> None:
    """Inflate piece by piece, keeping nothing, as often as there seem to be filters over filters."""
    output = _inflated(packed, most)
    first = next(output, b"")
    if levels > 1 and _is_deflated(first[:2]):
        _inflate(chain([first], output), most, levels - 1)
    for _ in output:
        pass


def _inflated(packed: Iterable[bytes | memoryview], most: int) -> Iterator[bytes]:
    """The inflated bytes up to where the stream ends or is damaged; `TooComplex` when there are more than `most`."""
    stream, count = zlib.decompressobj(), 0
    try:
        for piece in packed:
            rest: bytes | memoryview = piece
            while len(rest) and not stream.eof:
                block = stream.decompress(rest, _CHUNK_BYTES)
                rest = stream.unconsumed_tail
                count += len(block)
                if count > most:
                    raise TooComplex("holds compressed data that inflate beyond all measure.")
                yield block
    except zlib.error:
        return
