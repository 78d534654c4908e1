"""What one glyph is to words: a text, or a sign that only says which glyph it is."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import NamedTuple

from core.engines.character_maps import is_readable, text_of_name
from core.engines.pdfium_characters import glyph_text

#: Names that producers count through, or that say there is no glyph: the same name is another glyph in the next font.
_COUNTED = re.compile(r"(?:[A-Za-z]{0,2}|cid|gid|glyph|index|char|uni|chr)[-_.]?[0-9A-Fa-f]*$|\.notdef$")


class Glyph(NamedTuple):
    """Text of a glyph; of a sign, a character of the private planes that equal glyphs share."""

    text: str
    is_sign: bool


def glyph_of_name(name: str, known: Mapping[str, str]) -> Glyph | None:
    """By the name of a glyph (`known` are names and their texts): its text, else a sign; None where it says nothing."""
    text = text_of_name(name, known)
    if is_readable(text):
        return Glyph(text, is_sign=False)
    return None if not name or _COUNTED.match(name) else _sign(b"name " + name.encode("utf-8", "replace"))


def glyph_of_outline(outline: bytes) -> Glyph:
    """By how it is drawn; one that draws nothing is a blank."""
    return _sign(b"outline " + outline) if outline else Glyph(" ", is_sign=False)


def _sign(data: bytes) -> Glyph:
    digest = hashlib.blake2b(data, digest_size=8).digest()
    return Glyph(glyph_text(int.from_bytes(digest)), is_sign=True)
