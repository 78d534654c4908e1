"""Objects of an open PDF as plain Python values, and what is read out of them; nonsense counts as absent.

qpdf writes a whole object as JSON in one call, which costs a third of asking it for one key after the other. In that
form a name is `/Name` (`n:/…` where it is not UTF-8), a string `u:text` or `b:hex`, a reference `12 0 R`: none can be
taken for another.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from hashlib import sha256
from math import isfinite
from typing import Any, TypeGuard

import pikepdf

Plain = Any
Dict = dict[str, Any]

MOST_TEXT = 4_000  #: characters of one text that are kept; of a longer one also its digest, so that no change is lost
MOST_NUMBER = 1e6  #: coordinates beyond are nonsense
MOST_PARENTS = 64
MOST_TREE = 200_000  #: entries of one tree of names or numbers
MOST_STREAM_BYTES = 256 * 1024 * 1024  #: of a stream whose content is read
_KEPT = 4_096
_NUMBERS = {int, float}
_parse = json.JSONDecoder().raw_decode
_REFERENCE = re.compile(r"(\d{1,10}) (\d{1,5}) R")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Objects:
    """The objects of one open PDF."""

    def __init__(self, pdf: pikepdf.Pdf) -> None:
        self._pdf = pdf
        self._kept: dict[str, Plain] = {}

    def plain(self, thing: Any) -> Plain:
        """An object as plain values; references inside stay references, a stream is its dictionary."""
        if isinstance(thing, pikepdf.Object):
            try:
                return _parse(thing.to_json(True).decode("utf-8", "replace"))[0]
            except (ValueError, RecursionError, pikepdf.PdfError):
                return None
        return thing if isinstance(thing, bool | int) else None

    def at(self, value: Plain) -> Plain:
        """What a value is, or what it refers to."""
        if not is_reference(value):
            return value
        if value not in self._kept:
            if len(self._kept) >= _KEPT:
                self._kept.clear()
            self._kept[value] = self.plain(self.object(value))
        return self._kept[value]

    def mapping(self, value: Plain) -> Dict:
        """A dictionary, empty where there is none."""
        found = self.at(value)
        return found if isinstance(found, dict) else {}

    def sequence(self, value: Plain) -> list[Plain]:
        found = self.at(value)
        return found if isinstance(found, list) else []

    def text(self, value: Plain) -> str:
        """A string, a name or the text of a stream; line ends are newlines, other control characters are dropped."""
        found = self.at(value)
        if isinstance(found, dict) and is_reference(value):
            return clean(self.content(value)[:MOST_STREAM_BYTES].decode("utf-8", "replace"))
        return string(found)

    def object(self, reference: Plain) -> Any:
        match = _REFERENCE.fullmatch(reference) if isinstance(reference, str) else None
        return self._pdf.get_object((int(match[1]), int(match[2]))) if match else None

    def content(self, reference: Plain) -> bytes:
        """The decoded bytes of a stream; as stored where its filter is unknown, nothing where there is no stream."""
        stream = self.object(reference)
        if not isinstance(stream, pikepdf.Stream):
            return b""
        size = number(self.plain(stream).get("/Length"), 0.0)
        if size > MOST_STREAM_BYTES:
            return b""
        try:
            return bytes(stream.read_bytes())
        except pikepdf.PdfError:
            try:
                return bytes(stream.read_raw_bytes())
            except pikepdf.PdfError:
                return b""

    def tree(self, root: Plain, leaves: str) -> Iterator[tuple[Plain, Plain]]:
        """The pairs of a tree of `/Names` or `/Nums` (ISO 32000-1, 7.9.6 and 7.9.7); a looped tree ends."""
        todo, seen, count = [root], set(), 0
        while todo and count < MOST_TREE:
            node = todo.pop()
            if is_reference(node):
                if node in seen:
                    continue
                seen.add(node)
            found = self.mapping(node)
            pairs = self.sequence(found.get(leaves))
            for key, value in zip(pairs[::2], pairs[1::2], strict=False):
                count += 1
                yield key, value
            kids = self.sequence(found.get("/Kids"))
            count += len(kids)
            todo.extend(reversed(kids[:MOST_TREE]))


def is_reference(value: Plain) -> TypeGuard[str]:
    """Whether a plain value refers to an object."""
    return isinstance(value, str) and value[-2:] == " R" and _REFERENCE.fullmatch(value) is not None


def name(value: Plain) -> str:
    """A name without its slash; "" for anything else."""
    if not isinstance(value, str):
        return ""
    return clean(value[1:]) if value.startswith("/") else clean(value[3:]) if value.startswith("n:/") else ""


def string(value: Plain) -> str:
    """A string or a name as text; "" for anything else."""
    if not isinstance(value, str):
        return ""
    if value.startswith("u:"):
        return clean(value[2:])
    if value.startswith("b:"):
        return clean(_decoded(value[2:]))
    return name(value)


def _decoded(digits: str) -> str:
    try:
        data = bytes.fromhex(digits)
    except ValueError:
        return ""
    if data.startswith((b"\xfe\xff", b"\xff\xfe")):
        return data.decode("utf-16", "replace")
    if data.startswith(b"\xef\xbb\xbf"):
        return data[3:].decode("utf-8", "replace")
    return data.decode("pdfdoc", "replace")


def clean(text: str) -> str:
    """A text with newlines for line ends and without other control characters or blanks around."""
    if text.isalnum():
        return text
    return _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def shortened(text: str) -> str:
    """A text of bounded length; what is cut off counts by its digest."""
    return text if len(text) <= MOST_TEXT else f"{text[:MOST_TEXT]} … ({len(text):,} characters, {digest(text)})"


def digest(data: str | bytes) -> str:
    """A short name of some content."""
    return sha256(data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data).hexdigest()[:16]


def number(value: Plain, otherwise: float) -> float:
    """A number within reason, or `otherwise`."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        return otherwise
    return max(-MOST_NUMBER, min(MOST_NUMBER, float(value)))


def numbers(values: Plain) -> list[float] | None:
    """A list of numbers, or None where it is not one."""
    if not isinstance(values, list) or not set(map(type, values)) <= _NUMBERS:
        return None
    if values and min(values) > -MOST_NUMBER and max(values) < MOST_NUMBER:
        return values
    return [number(value, 0.0) for value in values]


def whole(value: Plain, otherwise: int = 0) -> int:
    """A whole number within reason, or `otherwise`."""
    return int(number(value, otherwise)) if abs(number(value, otherwise)) < MOST_NUMBER else otherwise
