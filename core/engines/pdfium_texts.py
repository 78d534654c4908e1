"""Text pages that are open together, so that columns are worked on for many pages at once.

Each NumPy call costs a microsecond or two whatever the length of the column, and a page of words takes hundreds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ctypes import c_void_p
from dataclasses import dataclass
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from core.engines.pdfium_characters import SPACE, Codes

_Ints = NDArray[np.int64]


@dataclass(slots=True)
class TextPage:
    """An open text page.

    Attributes:
        handle: FPDF_TEXTPAGE.
        index: Of the page, from 0.
        characters: How many it has.
        objects: Addresses of the objects of the page that do not lie within others, as drawn.
    """

    handle: c_void_p
    index: int
    characters: int
    objects: list[int | None]


class OpenTexts:
    """Open text pages whose characters are numbered through.

    Behind the characters of each page comes the number of a blank that PDFium does not know, so that no word, and no
    run of anything, goes on from one page to the next.

    Attributes:
        pages: At least one.
        starts: (n,) number of the first character of each.
        count: Of all numbers.
    """

    def __init__(self, pages: Sequence[TextPage]) -> None:
        self.pages = pages
        ends = np.cumsum([page.characters + 1 for page in pages])
        self.starts: _Ints = np.concatenate(([0], ends[:-1]))
        self.count = int(ends[-1])
        self._handles = np.empty(len(pages), object)
        for k, page in enumerate(pages):
            self._handles[k] = page.handle

    def page_of(self, index: _Ints) -> _Ints:
        """(n,) position in `pages` of characters by their numbers."""
        if len(self.pages) == 1:
            return np.zeros(len(index), np.int64)
        return np.asarray(np.searchsorted(self.starts, index, "right") - 1)

    def asked(self, index: _Ints) -> tuple[Iterable[c_void_p], list[int]]:
        """What PDFium is asked by: the text page of each character, and its index on that page."""
        if len(self.pages) == 1:
            return repeat(self.pages[0].handle), index.tolist()
        page = self.page_of(index)
        return self._handles[page].tolist(), (index - self.starts[page]).tolist()

    def joined(self, codes: Sequence[Codes]) -> Codes:
        """(count,) the characters of all pages, given those of each."""
        every = np.full(self.count, SPACE, np.uint16)
        for start, own in zip(self.starts.tolist(), codes, strict=True):
            every[start : start + len(own)] = own
        return every
