"""The piece `read`: a PDF, or a share of its pages, as a Document of columns."""

from __future__ import annotations

import hashlib
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from ctypes import c_void_p
from dataclasses import fields
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.engines import pdfium
from core.engines.pdfium import PdfFile, Scratch
from core.engines.pdfium_characters import clean, is_meaningless
from core.engines.pdfium_lines import new_lines
from core.engines.pdfium_page import Frame, unturned
from core.engines.pdfium_paper import camouflaged
from core.engines.pdfium_style import Styles
from core.engines.pdfium_units import user_units
from core.engines.pdfium_words import PageWords, read_words
from core.errors import PageTooLarge
from core.geometry import Boxes
from core.model import Document, Flag, Notice, Page, Words
from core.options import Limits, chosen_pages
from core.wire import Message

EMIT_PAGES, EMIT_SECONDS = 20, 0.2
Emit = Callable[[dict[str, Any]], None]


def work(request: Message, files: Sequence[int], emit: Emit) -> Message:
    """The piece `read`.

    Args:
        request: header {sha256?, password?, pages?: "1-5,9", part?: k from 0, parts?: n, limits?}.
        files: The PDF.
        emit: Gets {"page": number, "done": pages read, "of": pages of this share}.

    Returns:
        `Document.to_message()` of the share.

    Raises:
        InputError: The file cannot be read at all. A page that cannot be read is a page with a notice.
    """
    header = request.header
    document = read(
        files[0],
        sha256=header.get("sha256"),
        password=header.get("password"),
        pages=header.get("pages"),
        part=int(header.get("part", 0)),
        parts=int(header.get("parts", 1)),
        limits=_limits(header.get("limits") or {}),
        emit=emit,
    )
    return document.to_message()


def read(
    fd: int,
    *,
    limits: Limits,
    sha256: str | None = None,
    password: str | None = None,
    pages: str | None = None,
    part: int = 0,
    parts: int = 1,
    emit: Emit | None = None,
) -> Document:
    """Read the pages of share `part` (from 0) of `parts` contiguous shares of the chosen pages."""
    tell = emit or (lambda _: None)
    with PdfFile(fd, password, limits=limits) as pdf:
        chosen = chosen_pages(pages, pdf.page_count)
        share = chosen[len(chosen) * part // parts : len(chosen) * (part + 1) // parts]
        reader = _Reader(pdf, limits, user_units(pdf.data, fd, password, is_encrypted=pdf.is_encrypted))
        last, told = 0, time.monotonic()
        for done, number in enumerate(share):
            now = time.monotonic()
            if done - last >= EMIT_PAGES or now - told >= EMIT_SECONDS:
                tell({"page": number, "done": done, "of": len(share)})
                last, told = done, now
            reader.add(number)
        tell({"page": share[-1] if share else 0, "done": len(share), "of": len(share)})
        digest = sha256 or hashlib.sha256(pdf.data).hexdigest()
        return reader.document(digest, pdf.metadata())


def _limits(data: dict[str, Any]) -> Limits:
    known = {f.name for f in fields(Limits)}
    return Limits(**{key: value for key, value in data.items() if key in known})


class _Reader:
    """Columns of the pages read so far."""

    def __init__(self, pdf: PdfFile, limits: Limits, units: dict[int, float]) -> None:
        self._pdf, self._limits, self._units = pdf, limits, units
        self._scratch = Scratch()
        self._styles = Styles.none_yet(self._scratch)
        self._raw: defaultdict[str, int] = defaultdict(count().__next__)
        self._pages: list[Page] = []
        self._frames: list[Frame] = []
        self._words: list[tuple[int, NDArray[np.int32], PageWords]] = []

    def add(self, number: int) -> None:
        """Read one page; a page that cannot be read becomes a page with a notice."""
        page = c_void_p(pdfium.load_page(self._pdf.handle, number - 1))
        if not page:
            self._pages.append(_failed(number, "page_failed", "The page is damaged and could not be read."))
            return
        try:
            frame = unturned(page, self._units.get(number - 1, 1.0), self._scratch)
            if frame.longest > self._limits.page_points:
                raise PageTooLarge(
                    f"has a page that is too large: page {number}, {frame.longest:,.0f} points; "
                    f"at most {self._limits.page_points:,.0f} are read."
                )
            self._pages.append(self._read(number, page, frame))
        finally:
            pdfium.close_page(page)

    def _read(self, number: int, page: c_void_p, frame: Frame) -> Page:
        width, height = frame.size
        objects = pdfium.count_objects(page)
        if objects > self._limits.page_objects:
            return _failed(number, "too_complex_page", f"The page has too many objects: {objects:,}.", width, height)
        text = c_void_p(pdfium.load_text(page))
        if not text:
            return _failed(number, "page_failed", "The text of the page could not be read.", width, height)
        try:
            characters = max(0, pdfium.count_chars(text))
            if characters > self._limits.page_characters:
                return _failed(
                    number, "too_complex_page", f"The page has too many characters: {characters:,}.", width, height
                )
            self._styles.next_page()
            words = read_words(text, characters, self._styles, self._scratch) if characters else None
            if words is not None and words.white.any():
                words.flags[camouflaged(page, objects, words, self._scratch)] |= int(Flag.CAMOUFLAGED)
        finally:
            pdfium.close_text(text)
        if words is None:
            if not objects:
                return Page(number, width, height)
            return _failed(
                number, "no_text", "The page has no text layer; its picture was not compared.", width, height
            )
        tokens = np.array(list(map(self._raw.__getitem__, words.texts)), np.int32)
        words.texts = []
        self._frames.append(frame)
        self._words.append((number, tokens, words))
        doubt = Notice("suspect_text", "The text of the page may be coded wrongly: it may not be what is seen.", number)
        return Page(number, width, height, notices=(doubt,) if words.is_suspect else ())

    def document(self, sha256: str, metadata: dict[str, str]) -> Document:
        """Everything read, in the frame of the house."""
        return Document(
            sha256=sha256,
            page_count=self._pdf.page_count,
            pages=tuple(self._pages),
            words=self._columns(),
            styles=tuple(self._styles.known),
            metadata=metadata,
        )

    def _columns(self) -> Words:
        read = [words for _, _, words in self._words]
        lengths = [len(words.box) for words in read]
        page = np.repeat(np.array([number for number, _, _ in self._words], np.int32), lengths)
        own_box: Boxes = _joined([words.box for words in read], np.float32, 4)
        angle = _joined([words.angle for words in read], np.int16)
        size = _joined([words.size for words in read], np.float32)
        flags = _joined([words.flags for words in read], np.uint16)
        begins = new_lines(page, own_box, angle, size, flags)
        flags[np.append(begins[1:], True)[: len(begins)]] |= int(Flag.LINE_END)
        box = _joined(
            [frame.displayed(words.box) for frame, words in zip(self._frames, read, strict=True)], np.float32, 4
        )
        shapes = np.array([frame.size for frame in self._frames], np.float32).reshape(-1, 2).repeat(lengths, axis=0)
        outside = (box[:, 2] <= 0) | (box[:, 3] <= 0) | (box[:, 0] >= shapes[:, 0]) | (box[:, 1] >= shapes[:, 1])
        flags[outside] |= int(Flag.OFF_PAGE)
        turns = np.repeat(np.array([frame.turns for frame in self._frames], np.int16), lengths)
        vocabulary, token, symbols = self._vocabulary(_joined([tokens for _, tokens, _ in self._words], np.int32))
        flags[symbols[token] if len(token) else slice(0)] |= int(Flag.SYMBOL)
        return Words(
            vocabulary=vocabulary,
            token=token,
            page=page,
            box=box,
            line=(np.cumsum(begins) - 1).astype(np.int32),
            flags=flags,
            style=_joined([words.style for words in read], np.int32),
            angle=((angle + 90 * turns) % 360).astype(np.int16),
        )

    def _vocabulary(self, raw: NDArray[np.int32]) -> tuple[tuple[str, ...], NDArray[np.int32], NDArray[np.bool_]]:
        """The distinct texts as kept, the index of each word, and which texts mean nothing."""
        kept: dict[str, int] = {}
        of_raw = np.array([kept.setdefault(clean(text), len(kept)) for text in self._raw], np.int32)
        token = of_raw[raw] if len(raw) else raw
        symbols = np.array([not text.isascii() and is_meaningless(text) for text in kept], bool)
        return tuple(kept), token, symbols


def _joined(parts: list[NDArray[Any]], dtype: type[np.generic], width: int = 0) -> NDArray[Any]:
    """The parts in one array, also when there are none."""
    return np.concatenate(parts) if parts else np.zeros((0, width) if width else 0, dtype)


def _failed(number: int, code: str, message: str, width: float = 0.0, height: float = 0.0) -> Page:
    return Page(number, width, height, compared=(), notices=(Notice(code, message, number),))
