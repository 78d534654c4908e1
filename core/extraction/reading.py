"""A document with what every part of an extraction starts from: its lines, their roles, and its tables."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from core.model import Document, Flag, Words
from core.tables.finding import TablePages, find_tables
from core.tables.table import Table
from core.text.lines import Lines, lines_of
from core.text.roles import Roles, assign_roles

#: Not seen by who looks at the page; a scan's recognised words are hidden too, but stand for what is seen.
UNSEEN = Flag.INVISIBLE | Flag.CAMOUFLAGED | Flag.TINY | Flag.OFF_PAGE


class Text:
    """The words of one document, looked at as a whole."""

    def __init__(self, document: Document) -> None:
        self.document = document

    @cached_property
    def lines(self) -> Lines:
        return lines_of(self.document)

    @cached_property
    def roles(self) -> Roles:
        nothing = _without_words(self.document)
        return assign_roles((self.document, nothing), (self.lines, lines_of(nothing)))[0]

    @cached_property
    def tables(self) -> list[Table]:
        return find_tables(TablePages(self.document, self.roles), self.lines)

    @cached_property
    def seen(self) -> NDArray[np.bool_]:
        """(n,) words that belong to the text: all that are seen, and on a page without such the hidden ones too."""
        words = self.document.words
        seen = ((words.flags & int(UNSEEN)) == 0) | ((words.flags & int(Flag.OCR)) != 0)
        seen &= ~_struck_twice(words)
        if not seen.all():
            pages = np.unique(words.page)
            blank = np.setdiff1d(pages, np.unique(words.page[seen]))
            seen |= np.isin(words.page, blank) & ((words.flags & int(Flag.OFF_PAGE)) == 0)
        return np.asarray(seen)


def _struck_twice(words: Words) -> NDArray[np.bool_]:
    """(n,) words that are drawn once more at the place of the one or two before, to look bold."""
    again = np.zeros(len(words), bool)
    for step in (1, 2):
        if len(words) <= step:
            break
        one, other = words.box[:-step], words.box[step:]
        width = np.minimum(one[:, 2], other[:, 2]) - np.maximum(one[:, 0], other[:, 0])
        height = np.minimum(one[:, 3], other[:, 3]) - np.maximum(one[:, 1], other[:, 1])
        same = (words.token[:-step] == words.token[step:]) & (words.page[:-step] == words.page[step:])
        mostly = 0.75 * np.maximum((other[:, 2:] - other[:, :2]).prod(axis=1), 1e-6)
        again[step:] |= same & (width > 0) & (height > 0) & (width * height > mostly)
    return again


def _without_words(document: Document) -> Document:
    """The same pages, empty."""
    words = document.words
    columns = {name: getattr(words, name)[:0] for name in Words.COLUMNS}
    return Document(
        sha256="", page_count=document.page_count, pages=(), words=Words(vocabulary=(), **columns), styles=()
    )


def said(document: Document, chosen: NDArray[np.int64]) -> str:
    """Some words as a reader would write them down: broken words whole, blanks where there are some."""
    words = document.words
    flags = words.flags[chosen].tolist()
    out: list[str] = []
    broken = True
    for token, flag in zip(words.token[chosen].tolist(), flags, strict=True):
        if not broken and not flag & Flag.GLUED:
            out.append(" ")
        out.append(words.vocabulary[token])
        broken = bool(flag & Flag.HYPHEN)
    return "".join(out)
