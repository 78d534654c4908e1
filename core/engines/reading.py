"""The piece `read`: a PDF, or a share of its pages, as a Document of columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from ctypes import c_void_p
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

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
from core.engines.pdfium_texts import TextPage
from core.engines.pdfium_units import user_units
from core.engines.pdfium_unmapped import Unmapped
from core.engines.pdfium_words import PageWords, read_words
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
#: Pages whose words are read together: enough for NumPy, and until so many characters and objects, for memory.
MOST_TOGETHER, MOST_WEIGHT = 16, 60_000

Emit = Callable[[dict[str, Any]], None]


def work(request: Message, files: Sequence[int], emit: Emit) -> Message:
    """The piece `read`.

    Args:
        request: header {sha256?, password?, pages?: "1-5,9", part?: k from 0, parts?: n, objects?: whether to read
            annotations and the like, whole?: whether also those of the document as a whole, items?: whether those of
            pages are wanted, lines?: whether those of drawings are, beside text, looks?: whether what pictures
            show is, together?: the words of how many pages are read at once, limits?}.
        files: The PDF.
        emit: Gets {"page": number, "done": pages read, "of": pages of this share} before each page; with {"stage":
            "together"} before the words of several pages are read; and again for each of them when those are known.
            Then the same with {"stage": "objects"} when words are done and the other objects of a page (0: of the
            document) are read.

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
        with_looks=bool(header.get("looks", True)),
        together=int(header.get("together", MOST_TOGETHER)),
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
    with_looks: bool = True,
    together: int = MOST_TOGETHER,
    emit: Emit | None = None,
) -> Document:
    """Read the pages of share `part` (from 0) of `parts` contiguous shares of the chosen pages, and what they hold."""
    source = Source(fd, password)
    book = FontBook(source)
    document = _read_pages(
        fd,
        source,
        book,
        limits=limits,
        sha256=sha256,
        password=password,
        pages=pages,
        part=part,
        parts=parts,
        with_lines=with_lines,
        with_looks=with_looks,
        together=together,
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

    document = with_contradictions(document, book)
    items, notices = read_items(fd, password, share, document.page_count, with_document=with_whole, begin=begin)
    return replace(document, items=tuple(items), notices=(*document.notices, *notices))


def read_pages(fd: int, *, limits: Limits, password: str | None = None, **chosen: Any) -> Document:
    """What PDFium sees of the pages, as `read` does and with its arguments: words, rules, images, lines; no items."""
    source = Source(fd, password)
    return _read_pages(fd, source, FontBook(source), limits=limits, password=password, **chosen)


def _read_pages(
    fd: int,
    source: Source,
    book: FontBook,
    *,
    limits: Limits,
    sha256: str | None = None,
    password: str | None = None,
    pages: str | None = None,
    part: int = 0,
    parts: int = 1,
    with_lines: bool = True,
    with_looks: bool = True,
    together: int = MOST_TOGETHER,
    emit: Emit | None = None,
) -> Document:
    """As `read_pages`. Without `with_lines` those of pages that have words are left out."""
    tell = emit or (lambda _: None)
    refuse_bombs(fd, limits)
    with PdfFile(fd, password, limits=limits) as pdf:
        chosen = chosen_pages(pages, pdf.page_count)
        share = share_of(chosen, part, parts)
        units = user_units(pdf.data, fd, password, is_encrypted=pdf.is_encrypted)
        reader = _Reader(
            pdf, limits, units, source, book, with_lines=with_lines, with_looks=with_looks, together=together, tell=tell
        )
        try:
            for number in share:
                # For every page, before it: one that hangs or crashes is known by this alone.
                tell({"page": number, "done": reader.done, "of": len(share)})
                reader.add(number, len(share))
            reader.finish(len(share))
        finally:
            reader.close()
        tell({"page": share[-1] if share else 0, "done": len(share), "of": len(share)})
        digest, count, metadata = sha256 or pdf.sha256(), pdf.page_count, pdf.metadata()
    # Built when PDFium has given its memory back: the two peaks do not add up.
    return reader.document(digest, count, metadata)


@dataclass(slots=True)
class _Opened:
    """A page that is open until its words are read, with those of other pages; or the page that it became at once.

    Attributes:
        handles: Addresses of its objects, as drawn.
        contradicting: Positions of those of which the file says other words than it shows.
        content: Its text; None where it has no characters.
    """

    number: int
    page: c_void_p
    frame: Frame | None = None
    text: c_void_p | None = None
    handles: list[int | None] = field(default_factory=list)
    contradicting: list[int] = field(default_factory=list)
    content: TextPage | None = None
    became: Page | None = None

    def close(self) -> None:
        if self.text:
            pdfium.close_text(self.text)
        if self.page:
            pdfium.close_page(self.page)
        self.text, self.page = None, c_void_p()


class _Reader:
    """Columns of the pages read so far."""

    def __init__(
        self,
        pdf: PdfFile,
        limits: Limits,
        units: dict[int, float],
        source: Source,
        book: FontBook,
        *,
        with_lines: bool,
        with_looks: bool,
        together: int,
        tell: Emit,
    ) -> None:
        self._with_lines, self._with_looks = with_lines, with_looks
        self._most_together, self._tell = together, tell
        self._pdf, self._limits, self._units = pdf, limits, units
        self._scratch = Scratch()
        self._source = source
        self._unmapped = Unmapped(book, self._scratch)
        self._styles = Styles(self._scratch)
        self._letter_pairs = LetterPairs()
        self._fonts: list[int] = []  #: number of the font of each style
        self._font_numbers: dict[str, int] = {}
        self._columns = Columns()
        self._pictures = Pictures(pdf.handle, limits)
        self._images: list[Image] = []
        self._rules = RuleColumns()
        self._strokes = StrokeColumns(self._scratch, HiddenLayers(source))
        self._pages: list[Page] = []
        self._opened: list[_Opened] = []
        self._weight = 0

    @property
    def done(self) -> int:
        """How many pages are read."""
        return len(self._pages)

    def add(self, number: int, of: int) -> None:
        """Open one of `of` pages; a page that cannot be read becomes a page with a notice."""
        opened = _Opened(number, c_void_p(pdfium.load_page(self._pdf.handle, number - 1)))
        self._opened.append(opened)
        self._open(opened)
        if opened.became is not None:
            opened.close()
        else:
            self._weight += len(opened.handles) + (opened.content.characters if opened.content else 0)
        if len(self._opened) >= self._most_together or self._weight >= MOST_WEIGHT:
            self.finish(of)

    def _open(self, opened: _Opened) -> None:
        number, page = opened.number, opened.page
        if not page:
            opened.became = _failed(number, "page_failed", "The page is damaged and could not be read.")
            return
        opened.frame = frame = unturned(page, self._units.get(number - 1, 1.0), self._scratch)
        if frame.longest > self._limits.page_points:
            raise PageTooLarge(
                f"has a page that is too large: page {number}, {frame.longest:,.0f} points; "
                f"at most {self._limits.page_points:,.0f} are read."
            )
        width, height = frame.size
        objects = pdfium.count_objects(page)
        if objects > self._limits.page_objects:
            message = f"The page has too many objects: {objects:,}."
            opened.became = _failed(number, TOO_COMPLEX_PAGE, message, width, height)
            return
        opened.handles = page_objects(page, objects)
        replaced = replaced_text(opened.handles)
        opened.contradicting = contradicted(self._pdf.handle, number - 1, self._limits) if replaced else []
        show(opened.handles, replaced, opened.contradicting)
        opened.text = text = c_void_p(pdfium.load_text(page))
        if not text:
            opened.became = _failed(number, "page_failed", "The text of the page could not be read.", width, height)
            return
        characters = max(0, pdfium.count_chars(text))
        if characters > self._limits.page_characters:
            message = f"The page has too many characters: {characters:,}."
            opened.became = _failed(number, TOO_COMPLEX_PAGE, message, width, height)
        elif characters:
            opened.content = TextPage(text, number - 1, characters, opened.handles)

    def finish(self, of: int) -> None:
        """Read the open pages; `of` pages are to be read in all."""
        waiting, self._opened, self._weight = self._opened, [], 0
        try:
            contents = [opened.content for opened in waiting if opened.content is not None]
            if len(waiting) > 1:
                self._tell({"page": waiting[-1].number, "done": self.done, "of": of, "stage": "together"})
            found = iter(read_words(contents, self._styles, self._unmapped, self._scratch))
            for opened in waiting:
                if opened.became is None and opened.frame is not None:
                    if len(waiting) > 1:
                        self._tell({"page": opened.number, "done": self.done, "of": of})
                    words = next(found) if opened.content is not None else None
                    opened.became = self._read(opened, opened.frame, words)
                    opened.close()
                if opened.became is not None:
                    self._pages.append(opened.became)
        finally:
            self._opened = waiting
            self.close()

    def close(self) -> None:
        """Let go of what is open."""
        for opened in self._opened:
            opened.close()
        self._opened = []

    def _read(self, opened: _Opened, frame: Frame, words: PageWords | None) -> Page:
        number, page, handles = opened.number, opened.page, opened.handles
        width, height = frame.size
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
            tokens = self._columns.tokens_of(words.texts)
            words.is_suspect |= self._is_in_no_language(words, tokens)
        images, doubts = self._pictures.on_page(
            number, page, others, frame, with_looks=self._with_looks or words is None
        )
        # A page without words is known by its lines alone, whatever is asked for.
        if (self._with_lines or words is None) and not self._strokes.add(number, others, frame):
            message = "The drawing on the page has too many lines: not all of them were compared."
            doubts = (*doubts, Notice(LINES_NOT_READ, message, number))
        self._images += images
        if words is not None:
            doubts = (*doubts, *_scan(number, words, images, frame))
        if words is None:
            if not handles:
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
        self._columns.add(number, frame, tokens, words)
        own = _doubts(number, words, is_contradicted=bool(opened.contradicting))
        return Page(number, width, height, notices=(*own, *doubts))

    def _is_in_no_language(self, words: PageWords, tokens: NDArray[np.int32]) -> bool:
        """Whether a font's character map gives other Latin letters; what is not seen proves nothing of what is."""
        for style in islice(self._styles.known, len(self._fonts), None):
            self._fonts.append(self._font_numbers.setdefault(style.font, len(self._font_numbers)))
        seen = np.flatnonzero((words.flags & int(Flag.HIDDEN)) == 0)
        fonts = np.array(self._fonts, np.int64)[words.style[seen]]
        return self._letter_pairs.are_strange(tokens[seen], fonts, lambda k: words.texts[seen[k]])

    def document(self, sha256: str, page_count: int, metadata: dict[str, str]) -> Document:
        """Everything read, in the frame of the house."""
        words = self._columns.words()
        # Styles in the order of the words: not of the reading, which depends on what pages are read together.
        known, first = np.unique(words.style, return_index=True)
        used = known[np.argsort(first)]
        number = np.zeros(len(self._styles.known), np.int32)
        number[used] = np.arange(len(used))
        styles = list(self._styles.known)
        return Document(
            sha256=sha256,
            page_count=page_count,
            pages=tuple(self._pages),
            words=replace(words, style=number[words.style]),
            styles=tuple(styles[k] for k in used.tolist()),
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
