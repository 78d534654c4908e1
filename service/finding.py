"""Finding words in the pages of a document: where a phrase stands, across words and lines."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

#: Pages that are looked through at once, and whose words are kept together.
PAGES_AT_ONCE = 25
MOST_HITS = 500  # of one look
MOST_CHARACTERS = 200  # of what is looked for
_AROUND = 32  # characters told before and after a hit


@dataclass(frozen=True, slots=True)
class Hit:
    """One place: boxes in points, one for each word or part of one; a little of what stands around."""

    page: int
    boxes: tuple[tuple[float, float, float, float], ...]
    context: str


def find(pages: Iterable[tuple[int, Sequence[Sequence[Any]]]], phrase: str) -> list[Hit]:
    """Where `phrase` stands, whatever the case, the width of blanks and the form of its characters (NFKC).

    Args:
        pages: Numbers and words, [text, x0, y0, x1, y1] in reading order.
        phrase: Blanks in it also match the end of a line.
    """
    wanted = _folded(" ".join(phrase.split()))[:MOST_CHARACTERS]
    hits: list[Hit] = []
    if not wanted:
        return hits
    for number, words in pages:
        texts = [_folded(str(word[0])) for word in words]
        starts, at = [], 0
        for text in texts:
            starts.append(at)
            at += len(text) + 1
        page = " ".join(texts)
        found, first = page.find(wanted), 0
        while found >= 0 and len(hits) < MOST_HITS:
            end = found + len(wanted)
            while starts[first] + len(texts[first]) <= found:
                first += 1
            boxes, k = [], first
            while k < len(words) and starts[k] < end:
                boxes.append(_part(words[k], texts[k], found - starts[k], end - starts[k]))
                k += 1
            context = page[max(0, found - _AROUND) : end + _AROUND].strip()
            hits.append(Hit(number, tuple(boxes), context))
            found = page.find(wanted, end)
    return hits


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _part(word: Sequence[Any], text: str, start: int, end: int) -> tuple[float, float, float, float]:
    """The box of some characters of a word, as if all were as wide."""
    x0, y0, x1, y1 = (float(value) for value in word[1:5])
    share = (x1 - x0) / max(len(text), 1)
    return x0 + share * max(start, 0), y0, x0 + share * min(end, len(text)), y1
