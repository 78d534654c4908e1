"""The piece `read`: a PDF, or a share of its pages, as a Document of columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from ctypes import c_void_p
from dataclasses import replace
from itertools import compress, islice
from typing import Any

import numpy as np

from core.engines import pdfium
from core.engines.bombs import refuse_bombs
from core.engines.contradictions import with_contradictions
from core.engines.letter_pairs import LetterPairs
from core.engines.pdfium import PdfFile, Scratch
from core.engines.pdfium_actual import contradicted, replaced_text, show
from core.engines.pdfium_columns import Columns
from core.engines.pdfium_highlights import highlighted
from core.engines.pdfium_images import Pictures
from core.engines.pdfium_layers import HiddenLayers
from core.engines.pdfium_page import Frame, page_objects, unturned
from core.engines.pdfium_paper import camouflaged, covered
from core.engines.pdfium_paths import StrokeColumns
from core.engines.pdfium_picture import fingerprint
from core.engines.pdfium_rules import RuleColumns, page_rules, ruled
from core.engines.pdfium_style import Styles
from core.engines.pdfium_units import user_units
from core.engines.pdfium_unmapped import Unmapped
from core.engines.pdfium_words import PageWords, TextPage, read_words
from core.engines.pikepdf_fonts import FontBook
from core.engines.pikepdf_items import HUNG, not_read, read_items
from core.engines.pikepdf_source import Source, lost_content
from core.errors import PageTooLarge
from core.images.scans import SEEN_SHARE, WHOLE_PAGE
from core.model import Document, Flag, Image, Notice, Page
from core.notices import (
    DRAWN_PAGE,
    LINES_NOT_READ,
    NO_TEXT,
    SCAN_TEXT,
    SCANNED_PAGE,
    SUSPECT_TEXT,
    TOO_COMPLEX_PAGE,
    UNREAD_TEXT,
)
from core.options import Limits, chosen_pages, share_of
from core.wire import Message

#: On a page that a picture fills: a letterhead, a stamp with a number, but not the text.
FEW_WORDS = 60

Emit = Callable[[dict[str, Any]], None]


def work(request: Message, files: Sequence[int], emit: Emit) -> Message:
    """The piece `read`.

    Args:
        request: header {sha256?, password?, pages?: "1-5,9", part?: k from 0, parts?: n, objects?: whether to read
            annotations and the like, whole?: whether also those of the document as a whole, items?: whether those of
            pages are wanted, lines?: whether those of drawings are, beside text, limits?}.
        files: The PDF.
        emit: Gets {"page": number, "done": pages read, "of": pages of this share} before each page; then the same with
            {"stage": "objects"} when words are done and the other objects of a page (0: of the document) are read.

    Returns:
        `Document.to_message()` of the share.

    Raises:
        InputError: The file cannot be read at all. A page that cannot be read is a page with a notice.
    """
    header = request.header
    with_whole = bool(header.get("whole", not header.get("part", 0)))
    document = read(
        files[0],
        sha256=header.get("sha256"),
        password=header.get("password"),
        pages=header.get("pages"),
        part=int(header.get("part", 0)),
        parts=int(header.get("parts", 1)),
        with_objects=bool(header.get("objects", True)),
        with_whole=with_whole,
        with_items=bool(header.get("items", True)),
        with_lines=bool(header.get("lines", True)),
        limits=Limits.from_json(header.get("limits")),
        emit=emit,
    )
    message = document.to_message()
    return Message({**message.header, "whole": with_whole}, message.buffers)


def read(
    fd: int,
    *,
    limits: Limits,
    sha256: str | None = None,
    password: str | None = None,
    pages: str | None = None,
    part: int = 0,
    parts: int = 1,
    with_objects: bool = True,
    with_whole: bool = True,
    with_items: bool = True,
    with_lines: bool = True,
    emit: Emit | None = None,
) -> Document:
    """Read the pages of share `part` (from 0) of `parts` contiguous shares of the chosen pages, and what they hold."""
    document = read_pages(
        fd,
        limits=limits,
        sha256=sha256,
        password=password,
        pages=pages,
        part=part,
        parts=parts,
        with_lines=with_lines,
        emit=emit,
    )
    if not with_objects:
        return replace(document, notices=(*document.notices, not_read(HUNG)))
    share = [page.number for page in document.pages] if with_items else []
    if not share and not with_whole:
        return document

    def begin(number: int) -> None:
        if emit is not None:
            emit({"page": number, "done": len(share), "of": len(share), "stage": "objects"})

    document = with_contradictions(document, fd, password)
    items, notices = read_items(fd, password, share, document.page_count, with_document=with_whole, begin=begin)
    return replace(document, items=tuple(items), notices=(*document.notices, *notices))


def read_pages(
    fd: int,
    *,
    limits: Limits,
    sha256: str | None = None,
    password: str | None = None,
    pages: str | None = None,
    part: int = 0,
    parts: int = 1,
    with_lines: bool = True,
    emit: Emit | None = None,
) -> Document:
    """What PDFium sees of the pages, as `read` does: words, rules, images, lines; no items.

    Without `with_lines` those of pages that have words are left out.
    """
    tell = emit or (lambda _: None)
    refuse_bombs(fd, limits)
    with PdfFile(fd, password, limits=limits) as pdf:
        chosen = chosen_pages(pages, pdf.page_count)
        share = share_of(chosen, part, parts)
        units = user_units(pdf.data, fd, password, is_encrypted=pdf.is_encrypted)
        reader = _Reader(pdf, limits, units, Source(fd, password), with_lines=with_lines)
        for done, number in enumerate(share):
            # For every page, before it: one that hangs or crashes is known by this alone.
            tell({"page": number, "done": done, "of": len(share)})
            reader.add(number)
        tell({"page": share[-1] if share else 0, "done": len(share), "of": len(share)})
        digest, count, metadata = sha256 or pdf.sha256(), pdf.page_count, pdf.metadata()
    # Built when PDFium has given its memory back: the two peaks do not add up.
    return reader.document(digest, count, metadata)


class _Reader:
    """Columns of the pages read so far."""

    def __init__(
        self, pdf: PdfFile, limits: Limits, units: dict[int, float], source: Source, *, with_lines: bool
    ) -> None:
        self._with_lines = with_lines
        self._pdf, self._limits, self._units = pdf, limits, units
        self._scratch = Scratch()
        self._source = source
        self._unmapped = Unmapped(FontBook(source), self._scratch)
        self._styles = Styles(self._scratch)
        self._letter_pairs = LetterPairs()
        self._fonts: list[str] = []
        self._columns = Columns()
        self._pictures = Pictures(pdf.handle, limits)
        self._images: list[Image] = []
        self._rules = RuleColumns()
        self._strokes = StrokeColumns(self._scratch, HiddenLayers(source))
        self._pages: list[Page] = []

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
            return _failed(number, TOO_COMPLEX_PAGE, f"The page has too many objects: {objects:,}.", width, height)
        handles = page_objects(page, objects)
        replaced = replaced_text(handles)
        contradicting = contradicted(self._pdf.handle, number - 1, self._limits) if replaced else []
        show(handles, replaced, contradicting)
        text = c_void_p(pdfium.load_text(page))
        if not text:
            return _failed(number, "page_failed", "The text of the page could not be read.", width, height)
        try:
            characters = max(0, pdfium.count_chars(text))
            if characters > self._limits.page_characters:
                return _failed(
                    number, TOO_COMPLEX_PAGE, f"The page has too many characters: {characters:,}.", width, height
                )
            content = TextPage(text, number - 1, characters, handles)
            words = read_words(content, self._styles, self._unmapped, self._scratch) if characters else None
            known = words.objects if words is not None else set()
            others = [c_void_p(handle) for handle in handles if handle not in known]
            if words is not None:
                rules = page_rules(others)
                words.flags |= ruled(rules.underlines, words)
                words.flags |= highlighted(others, words, self._scratch)
                self._rules.add(number, frame, rules.box)
                if words.white.any():
                    words.flags[camouflaged(others, words, self._scratch)] |= int(Flag.CAMOUFLAGED)
                words.flags[covered(page, handles, words, self._scratch)] |= int(Flag.COVERED)
                words.is_suspect |= self._is_in_no_language(words)
        finally:
            pdfium.close_text(text)
        images, doubts = self._pictures.on_page(number, page, others, frame)
        # A page without words is known by its lines alone, whatever is asked for.
        if (self._with_lines or words is None) and not self._strokes.add(number, others, frame):
            message = "The drawing on the page has too many lines: not all of them were compared."
            doubts = (*doubts, Notice(LINES_NOT_READ, message, number))
        self._images += images
        if words is not None:
            doubts = (*doubts, *_scan(number, words, images, frame))
        if words is None:
            if not objects:
                if lost_content(self._source, number - 1):
                    message = "The content of the page cannot be decoded."
                    return _failed(number, "content_unreadable", message, width, height)
                return Page(number, width, height)
            if self._strokes.is_line_drawing(number) and not images:
                blind = _failed(
                    number, DRAWN_PAGE, "The page has no text layer; its drawing was not compared.", width, height
                )
                look = self._strokes.fingerprint(number)  # a large sheet takes longer to draw than all else
            elif any(notice.code == LINES_NOT_READ for notice in doubts):
                blind = _failed(
                    number, DRAWN_PAGE, "The page has no text layer; its drawing was not compared.", width, height
                )
                look = ""  # so many lines take seconds to draw, and are drawn once to be compared
            else:
                blind = _failed(
                    number, NO_TEXT, "The page has no text layer; its picture was not compared.", width, height
                )
                look = fingerprint(page, *frame.drawn)
            return replace(blind, picture=look, notices=(*blind.notices, *doubts))
        self._columns.add(number, frame, words)
        return Page(
            number, width, height, notices=(*_doubts(number, words, is_contradicted=bool(contradicting)), *doubts)
        )

    def _is_in_no_language(self, words: PageWords) -> bool:
        """Whether a font's character map gives other Latin letters; what is not seen proves nothing of what is."""
        self._fonts += [style.font for style in islice(self._styles.known, len(self._fonts), None)]
        seen = (words.flags & int(Flag.HIDDEN)) == 0
        fonts = map(self._fonts.__getitem__, words.style.tolist())
        return self._letter_pairs.are_strange(compress(zip(words.texts, fonts, strict=True), seen.tolist()))

    def document(self, sha256: str, page_count: int, metadata: dict[str, str]) -> Document:
        """Everything read, in the frame of the house."""
        return Document(
            sha256=sha256,
            page_count=page_count,
            pages=tuple(self._pages),
            words=self._columns.words(),
            styles=tuple(self._styles.known),
            metadata=metadata,
            images=tuple(self._images),
            rules=self._rules.rules(),
            strokes=self._strokes.strokes(),
            pens=self._strokes.pens(),
        )


def _scan(number: int, words: PageWords, images: Sequence[Image], frame: Frame) -> tuple[Notice, ...]:
    """What is said of a page that a picture fills; words that a scanner put behind it are marked as recognised."""
    width, height = frame.size
    areas = ((image.box[2] - image.box[0]) * (image.box[3] - image.box[1]) for image in images)
    if max(areas, default=0.0) < WHOLE_PAGE * width * height:
        return ()
    hidden = (words.flags & int(Flag.INVISIBLE | Flag.COVERED | Flag.CAMOUFLAGED)) != 0
    seen = int(np.count_nonzero(~hidden))
    if seen <= SEEN_SHARE * len(hidden):
        words.flags[hidden] |= int(Flag.OCR)
        message = "The words of the page were recognised by the program that scanned it, and may be misread."
        return (Notice(SCAN_TEXT, message, number),)
    if len(hidden) <= FEW_WORDS:
        message = "A picture fills the page, and words in it are not in the text layer."
        return (Notice(SCANNED_PAGE, message, number),)
    return ()


def _doubts(number: int, words: PageWords, *, is_contradicted: bool) -> tuple[Notice, ...]:
    """What is said of a page whose words may not be what is seen."""
    found = []
    if words.is_suspect:
        found.append(
            Notice(SUSPECT_TEXT, "The text of the page may be coded wrongly: it may not be what is seen.", number)
        )
    if words.is_unread:
        found.append(
            Notice(
                UNREAD_TEXT,
                "A font of the page does not say what its letters are: its words were compared by the shapes of the "
                "letters.",
                number,
            )
        )
    if is_contradicted:
        found.append(
            Notice(
                "text_replaced",
                "The file says other words than it shows on the page; those that it shows were compared.",
                number,
            )
        )
    return tuple(found)


def _failed(number: int, code: str, message: str, width: float = 0.0, height: float = 0.0) -> Page:
    return Page(number, width, height, compared=(), notices=(Notice(code, message, number),))
