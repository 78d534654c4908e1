"""Character maps that say other letters than the font itself does: plausible words that are not what is seen.

A ToUnicode map may give each letter as some letter and still be wrong: `a` for `o`, 3 for 8. The words do not tell it.
But a font often says a second time what its glyphs are: by their names, or by its own table of characters. Letters and
digits of ASCII are set against each other; among the fonts of 124 public documents none contradicts itself in one.
"""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.engines.pikepdf_fonts import FontBook, Sayings
from core.geometry import rows_of_page
from core.model import Document, Notice, Page
from core.notices import CONTRADICTED_TEXT, SUSPECT_TEXT, UNSEEN_TEXT

#: Of processor time for the fonts of one share of pages; honest files need a tenth of one.
MOST_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Contradiction:
    """What a font's map gives otherwise than the font.

    Attributes:
        given: The characters that the map gives and the font denies.
        is_rare: Whether they agree on most letters; where they do not, the names may be made up.
    """

    given: frozenset[str]
    is_rare: bool


def with_contradictions(document: Document, book: FontBook) -> Document:
    """The document with a notice on each page that holds words in letters on which map and font do not agree."""
    fonts = _Fonts(document, book)
    last = time.process_time() + MOST_SECONDS
    pages = list(document.pages)
    for k, page in enumerate(document.pages):
        if time.process_time() > last:
            message = f"The fonts take long to read: from page {page.number} on their character maps were not checked."
            return replace(
                document, pages=tuple(pages), notices=(*document.notices, Notice("fonts_not_checked", message))
            )
        pages[k] = _with_notice(page, fonts)
    return replace(document, pages=tuple(pages))


def _with_notice(page: Page, fonts: _Fonts) -> Page:
    if not page.compared or any(notice.code in UNSEEN_TEXT for notice in page.notices):
        return page
    found = fonts.shown_on(page.number)
    if not found:
        return page
    if any(one.is_rare for one in found):
        message = (
            "A font of the page says that some letters are others than its character map gives: the words may not be "
            "what is seen."
        )
        notice = Notice(CONTRADICTED_TEXT, message, page.number)
    else:
        message = "The text of the page may be coded wrongly: it may not be what is seen."
        notice = Notice(SUSPECT_TEXT, message, page.number)
    return replace(page, notices=(*page.notices, notice))


class _Fonts:
    """The fonts of a document, each judged once."""

    def __init__(self, document: Document, book: FontBook) -> None:
        self._words = document.words
        self._book = book
        self._judged: dict[int, Contradiction | None] = {}  # by the identity of what the book keeps
        self._styles: dict[str, list[int]] = {}
        for k, style in enumerate(document.styles):
            self._styles.setdefault(style.font, []).append(k)

    def shown_on(self, number: int) -> list[Contradiction]:
        """Those of which a word of the page has a letter."""
        start, stop = rows_of_page(self._words.page, number)
        at = np.arange(start, stop)
        return [
            found
            for sayings in (self._book.sayings(number - 1) if len(at) else ())
            if (found := self._judge(sayings)) is not None and self._shows(found, sayings, at)
        ]

    def _judge(self, sayings: Sayings) -> Contradiction | None:
        key = id(sayings)
        if key not in self._judged:
            self._judged[key] = contradiction(sayings.said, sayings.own)
        return self._judged[key]

    def _shows(self, found: Contradiction, sayings: Sayings, at: NDArray[np.int64]) -> bool:
        styles = [k for name in sorted(sayings.names) for k in self._styles.get(name, ())]
        mine = self._words.token[at[np.isin(self._words.style[at], styles)]]
        return any(found.given & set(self._words.vocabulary[k]) for k in np.unique(mine).tolist())


def contradiction(said: Mapping[int, str], own: Mapping[int, str]) -> Contradiction | None:
    """What a map says otherwise than the font; None where nothing.

    Args:
        said: The text of each code, by the ToUnicode map.
        own: By the font.
    """
    agreed, given = 0, set()
    for code, text in said.items():
        letter, other = letter_of(text), letter_of(own.get(code, ""))
        if letter and other:
            agreed += letter == other
            given |= {text} if letter != other else set()
    return Contradiction(frozenset(given), agreed >= len(given)) if given else None


def letter_of(text: str) -> str:
    """The letter or digit of ASCII that a text is, marks and case aside; else empty."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).casefold()
    return plain if len(plain) == 1 and plain.isascii() and plain.isalnum() else ""
