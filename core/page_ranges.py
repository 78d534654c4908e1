"""Ranges of pages as users write them."""

from __future__ import annotations

from core.errors import OptionsError


def parse_pages(ranges: str) -> tuple[tuple[int, int | None], ...]:
    """`"1-5,9,12-"` as `((1, 5), (9, 9), (12, None))`; an `OptionsError` for anything else."""
    found: list[tuple[int, int | None]] = []
    for part in ranges.split(","):
        first, dash, last = part.strip().partition("-")
        try:
            start = int(first)
            end = (int(last) if last else None) if dash else start
        except ValueError:
            raise OptionsError(
                f"pages: cannot read {part.strip()!r}", remedy="Write ranges such as 1-5,9,12-."
            ) from None
        if start < 1 or (end is not None and end < start):
            raise OptionsError(f"pages: {part.strip()!r} is not a range", remedy="Write ranges such as 1-5,9,12-.")
        found.append((start, end))
    return tuple(found)
