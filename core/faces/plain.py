"""Text from a PDF made harmless for a line of text: no control characters, no direction overrides, no line breaks."""

from __future__ import annotations

import unicodedata

#: Explicit direction marks (UAX #9): a stray override would turn around whatever we print after it.
_DIRECTION = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_BLANK = set("\t\n\v\f\r\x1c\x1d\x1e\x1f\x85\u2028\u2029")


def shown(text: str, limit: int | None = None) -> str:
    """`text` on one line; control characters shown as U+FFFD; cut to `limit` characters with an ellipsis."""
    if limit is not None and len(text) > 8 * limit:
        text = text[: 8 * limit]
    clean = text if text.isascii() and text.isprintable() else "".join(map(_safe, text))
    clean = " ".join(clean.split())
    if limit is not None and len(clean) > limit:
        return clean[: limit - 1].rstrip() + "…"
    return clean


def _safe(character: str) -> str:
    if character in _BLANK:
        return " "
    if character in _DIRECTION:
        return ""
    if unicodedata.category(character) in ("Cc", "Cs"):
        return "\ufffd"
    return character
