"""Revisions of a file, and how much of it a signature covers. No certificate is looked at and no digest verified."""

from __future__ import annotations

import mmap
import os
import re
from itertools import pairwise

_END = re.compile(rb"%%EOF")
_BLANKS = 8  #: bytes after the last mark of the end that are no content
MOST_REVISIONS = 10_000


class Revisions:
    """The bytes of one file."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._size = os.fstat(fd).st_size
        self._ends: list[int] | None = None

    def covered(self, byte_range: list[float] | None) -> dict[str, str]:
        """What a signature's byte range (ISO 32000-1, 12.8.1) covers, in words; its content by a digest."""
        if byte_range is None or len(byte_range) < 4 or len(byte_range) % 2:
            return {"covers": "nothing known"}
        spans = [(int(start), int(length)) for start, length in zip(byte_range[::2], byte_range[1::2], strict=True)]
        in_order = all(a + n <= b for (a, n), (b, _) in pairwise(spans))
        end = spans[-1][0] + spans[-1][1]
        if spans[0][0] != 0 or len(spans) != 2 or not in_order or min(n for _, n in spans) < 0 or end > self._size:
            return {"covers": "not the file: its ranges do not fit"}
        return {"covers": self._extent(end)}

    def _extent(self, end: int) -> str:
        if end >= self._size - _BLANKS:
            return "the whole file"
        later = sum(1 for at in self._marks() if at > end)
        before = sum(1 for at in self._marks() if at <= end)
        changes = "1 later change" if later == 1 else f"{later} later changes"
        return f"revision {max(1, before)}, not {changes} of {self._size - end:,} bytes"

    def _marks(self) -> list[int]:
        """Where revisions end: each is appended with an end mark of its own."""
        if self._ends is None:
            with mmap.mmap(self._fd, 0, access=mmap.ACCESS_READ) as data:
                self._ends = [match.end() for _, match in zip(range(MOST_REVISIONS), _END.finditer(data), strict=False)]
        return self._ends
