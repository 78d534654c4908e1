"""Stretches of tokens as text and as places."""

from __future__ import annotations

import itertools
import re
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from core.geometry import Box
from core.model import Flag, Region, Words
from core.text.lines import label_pages
from core.text.tokens import Tokens, put_together

SENTENCE_WORDS = 12  #: context before and after a change, at most
WIDE_GAP = 4.0  #: heights of a line between two words of one change that are marked apart
_END = re.compile(r"[.!?。！？][\"')\]]*$")


class Printer:
    """One document's tokens, ready to be printed many times."""

    def __init__(self, tokens: Tokens) -> None:
        words = tokens.document.words
        self._tokens = tokens
        self._words = words
        self._vocabulary = words.vocabulary
        self._token = words.token[tokens.order].tolist()
        self._first = tokens.first.tolist()
        self._glued = (
            (words.flags[tokens.order] & Flag.GLUED != 0).tolist() if (words.flags & Flag.GLUED).any() else None
        )

    def text(self, start: int, stop: int) -> str:
        """The tokens as printed, broken words put together."""
        if stop <= start:
            return ""
        first, vocabulary, token = self._first, self._vocabulary, self._token
        a, b = first[start], first[stop]
        if b - a == stop - start:
            parts = [vocabulary[k] for k in token[a:b]]
        else:
            parts = [self._one(k) for k in range(start, stop)]
        if self._glued is None:
            return " ".join(parts)
        out = [parts[0]]
        for k, part in enumerate(parts[1:], start + 1):
            if not self._glued[first[k]]:
                out.append(" ")
            out.append(part)
        return "".join(out)

    def _one(self, token: int) -> str:
        a, b = self._first[token], self._first[token + 1]
        pieces = [self._vocabulary[k] for k in self._token[a:b]]
        return pieces[0] if b - a == 1 else put_together(pieces, self._tokens.keys[self._tokens.key[token]])

    def spans(self, spans: list[tuple[int, int]]) -> str:
        return " ".join(text for text in (self.text(a, b) for a, b in spans) if text)

    def sentence(self, start: int, stop: int) -> str:
        """The stretch within its sentence, or within a few words where that is long; within its line on a drawing."""
        low, high = self._bounds(start)
        if start < stop and self._page(start) in self._label_pages:
            lines = self._line(start), self._line(stop - 1)
            while start > low and self._line(start - 1) == lines[0]:
                start -= 1
            while stop < high and self._line(stop) == lines[1]:
                stop += 1
            return self.text(start, stop)
        a = start
        while a > max(low, start - SENTENCE_WORDS) and not _END.search(
            self._vocabulary[self._token[self._first[a] - 1]]
        ):
            a -= 1
        b = stop
        while b < min(high, stop + SENTENCE_WORDS) and not (
            b > start and _END.search(self._vocabulary[self._token[self._first[b] - 1]])
        ):
            b += 1
        return self.text(a, b)

    @cached_property
    def _label_pages(self) -> set[int]:
        return label_pages(self._words)

    def _page(self, token: int) -> int:
        return int(self._words.page[self._tokens.order[self._first[token]]])

    def _line(self, token: int) -> int:
        return int(self._words.line[self._tokens.order[self._first[token]]])

    def _bounds(self, at: int) -> tuple[int, int]:
        bounds = self._tokens.bounds
        for low, high in itertools.pairwise(bounds):
            if low <= at < high:
                return low, high
        return bounds[0], bounds[-1]

    def regions(self, spans: list[tuple[int, int]]) -> tuple[Region, ...]:
        """Where the tokens stand: a box for each line."""
        at = [self._tokens.words(a, b) for a, b in spans if b > a]
        return word_regions(self._tokens, np.concatenate(at)) if at else ()

    def flags(self, spans: list[tuple[int, int]]) -> int:
        """All flags that any word of the tokens has."""
        found = 0
        for a, b in spans:
            if b > a:
                found |= int(np.bitwise_or.reduce(self._words.flags[self._tokens.words(a, b)]))
        return found

    def place(self, token: int) -> Region | None:
        """Where one token stands; None outside the document."""
        if not 0 <= token < len(self._tokens):
            return None
        return self.regions([(token, token + 1)])[0]


def words_as_read(words: Words, at: list[int]) -> str:
    """Some words as text, with a blank between two of them but where they are written together, as ideographs are."""
    glued = words.flags[at] & Flag.GLUED != 0
    parts = [words.text(k) for k in at]
    for k, (one, other) in enumerate(itertools.pairwise(at), 1):
        if other != one + 1 or not glued[k]:
            parts[k] = f" {parts[k]}"
    return "".join(parts)


def word_regions(tokens: Tokens, at: NDArray[np.int64]) -> tuple[Region, ...]:
    """A box for each line of some words; two where a wide gap parts them, as the ends of a footer."""
    words = tokens.document.words
    if len(at) == 1:
        return (Region(int(words.page[at[0]]), _box(words.box[at[0]])),)
    line, box = words.line[at], words.box[at]
    gap = np.maximum(box[1:, 0] - box[:-1, 2], box[:-1, 0] - box[1:, 2])
    parted = (line[1:] != line[:-1]) | (gap > WIDE_GAP * (box[1:, 3] - box[1:, 1]))
    starts = np.flatnonzero(np.concatenate(([True], parted)))
    low = np.minimum.reduceat(box[:, :2], starts, axis=0)
    high = np.maximum.reduceat(box[:, 2:], starts, axis=0)
    pages = words.page[at[starts]].tolist()
    return tuple(Region(page, (*a, *b)) for page, a, b in zip(pages, low.tolist(), high.tolist(), strict=True))


def _box(row: NDArray[np.float32]) -> Box:
    x0, y0, x1, y1 = row.tolist()
    return x0, y0, x1, y1
