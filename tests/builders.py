"""Documents made of plain text, for tests of the comparing stages."""

from __future__ import annotations

import numpy as np

from core.model import Document, Flag, Page, Style, Words

PLAIN = Style("Times-Roman", "Times", 10.0, False, False, 0)
BOLD = Style("Times-Bold", "Times", 10.0, True, False, 0)
SMALL = Style("Times-Roman", "Times", 8.0, False, False, 0)
LARGE = Style("Times-Bold", "Times", 18.0, True, False, 0)
STYLES = (PLAIN, BOLD, SMALL, LARGE)

Line = tuple[str, float, int]  #: text, top in points, index of the style


def document(*pages: str | list[Line], sha256: str = "0" * 64) -> Document:
    """A document of pages of 600 x 800 points.

    A page is text, a line of it every 12 points from 100 down, or lines with their own place and style. A word that
    ends in `~` was broken there at the line's end; `*word*` is bold.
    """
    vocabulary: dict[str, int] = {}
    rows: list[tuple[int, int, tuple[float, float, float, float], int, int, int]] = []
    line_number = 0
    for number, page in enumerate(pages, 1):
        lines = (
            page if isinstance(page, list) else [(text, 100.0 + 12 * k, 0) for k, text in enumerate(page.splitlines())]
        )
        for text, top, style in lines:
            words = text.split()
            x = 72.0
            for k, word in enumerate(words):
                flags = Flag.LINE_END if k == len(words) - 1 else Flag(0)
                look = style
                if word.endswith("~"):
                    word, flags = word[:-1], flags | Flag.HYPHEN
                if len(word) > 2 and word[0] == word[-1] == "*":
                    word, look = word[1:-1], 1
                token = vocabulary.setdefault(word, len(vocabulary))
                width = 5.0 * len(word)
                rows.append((token, number, (x, top, x + width, top + 10), line_number, int(flags), look))
                x += width + 4
            line_number += 1
    columns = list(zip(*rows, strict=True)) if rows else [()] * 6
    words_ = Words(
        vocabulary=tuple(vocabulary),
        token=np.array(columns[0], np.int32),
        page=np.array(columns[1], np.int32),
        box=np.array(columns[2], np.float32).reshape(-1, 4),
        line=np.array(columns[3], np.int32),
        flags=np.array(columns[4], np.uint32),
        style=np.array(columns[5], np.int32),
        angle=np.zeros(len(rows), np.int16),
    )
    return Document(sha256, len(pages), tuple(Page(k, 600.0, 800.0) for k in range(1, len(pages) + 1)), words_, STYLES)
