"""Text that a file gives in place of what it shows (ActualText), where the two contradict each other.

PDFium reads the replacement, which is right for ligatures, broken words and reordered scripts. But a file may show 100
and say 200: then what is shown counts, for that is what the reader of the paper sees.
"""

from __future__ import annotations

import ctypes
import unicodedata
from collections import Counter, defaultdict
from ctypes import c_ulong, c_void_p
from itertools import repeat

from core.engines import pdfium
from core.engines.pdfium_characters import KIND, RARE
from core.options import Limits

_TEXT = 1
_KEY = b"ActualText"
#: Longer replacements stand for more than a few words, as a whole figure; marks of an object beyond these are not read.
MOST_CHARACTERS, MOST_MARKS = 2_000, 16
_FIRST_COMPLEX = "\u0590"  #: Hebrew
#: On a page with more objects nobody looks for replacements.
MOST_OBJECTS = 50_000


def replaced_text(handles: list[int | None]) -> dict[int, int]:
    """The mark with a replacement, by the position of each text object that has one."""
    if len(handles) > MOST_OBJECTS:
        return {}
    objects = list(map(c_void_p, handles))
    found = {}
    counts = map(pdfium.count_marks, objects)
    for k, (handle, count) in enumerate(zip(objects, counts, strict=True)):
        for number in range(min(count, MOST_MARKS)):
            mark = pdfium.get_mark(handle, number)
            if mark and pdfium.object_type(handle) == _TEXT and _actual_text(c_void_p(mark)) is not None:
                found[k] = mark
    return found


def contradicted(document: c_void_p, index: int, limits: Limits) -> list[int]:
    """The positions of the text objects on a page whose replacement has other letters than they show.

    The page is loaded a second time, for the replacements have to go before the shown text can be read.
    """
    page = c_void_p(pdfium.load_page(document, index))
    if not page:
        return []
    try:
        handles = [pdfium.get_object(page, k) for k in range(pdfium.count_objects(page))]
        marks = replaced_text(handles)
        said = {mark: _actual_text(c_void_p(mark)) or "" for mark in marks.values()}
        for k, mark in marks.items():
            pdfium.remove_param(c_void_p(handles[k]), c_void_p(mark), _KEY)
        shown = _shown(page, limits)
        groups: defaultdict[int, list[int]] = defaultdict(list)
        for k, mark in marks.items():
            groups[mark].append(k)
        return sorted(
            k
            for mark, members in groups.items()
            if _contradict(said[mark], "".join(shown.get(handles[k], "") for k in members))
            for k in members
        )
    finally:
        pdfium.close_page(page)


def show(handles: list[int | None], marks: dict[int, int], chosen: list[int]) -> None:
    """Take the replacements off the chosen objects of an open page, before its text is loaded."""
    for k in chosen:
        if k in marks:
            pdfium.remove_param(c_void_p(handles[k]), c_void_p(marks[k]), _KEY)


def _shown(page: c_void_p, limits: Limits) -> dict[int | None, str]:
    """The characters of each text object of a page."""
    text = c_void_p(pdfium.load_text(page))
    if not text:
        return {}
    try:
        count = max(0, pdfium.count_chars(text))
        if count > limits.page_characters:
            return {}
        codes = map(pdfium.get_unicode, repeat(text), range(count))
        owners = map(pdfium.text_object, repeat(text), range(count))
        found: defaultdict[int | None, list[str]] = defaultdict(list)
        for owner, code in zip(owners, codes, strict=True):
            found[owner].append(chr(code) if code < 0xD800 or 0xDFFF < code <= 0x10FFFF else "\ufffd")
        return {owner: "".join(characters) for owner, characters in found.items()}
    finally:
        pdfium.close_text(text)


def _actual_text(mark: c_void_p) -> str | None:
    size = c_ulong()
    if not pdfium.param_text(mark, _KEY, None, c_ulong(0), ctypes.byref(size)):
        return None
    if size.value > 2 * MOST_CHARACTERS:
        return None
    buffer = ctypes.create_string_buffer(size.value + 2)
    pdfium.param_text(mark, _KEY, buffer, size, ctypes.byref(size))
    return buffer.raw[: max(0, size.value - 2)].decode("utf-16-le", "replace")


def _contradict(said: str, shown: str) -> bool:
    """Whether each has letters or digits that the other has not. Codes without a meaning say nothing."""
    if any(ord(c) > 0xFFFF or KIND[ord(c)] & RARE or unicodedata.category(c) in ("Cc", "Co") for c in shown.strip()):
        return False
    one, other = _letters(said), _letters(shown)
    return bool(one - other) and bool(other - one)


def _letters(text: str) -> Counter[str]:
    """Digits and letters of simple scripts: glyphs of Arabic and the like often have no character of their own."""
    return Counter(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum() and c < _FIRST_COMPLEX)
