"""Words of many pages gathered into the columns of a Document, in the frame of the house."""

from __future__ import annotations

from collections import defaultdict
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.engines.pdfium_brackets import hung_brackets, nested_brackets, turned_quotes
from core.engines.pdfium_characters import clean, is_meaningless
from core.engines.pdfium_lines import new_lines, woven
from core.engines.pdfium_mending import SAME_PLACE
from core.engines.pdfium_page import Frame
from core.engines.pdfium_spans import Bools
from core.engines.pdfium_words import PageWords
from core.model import Flag, Words

#: Pages are worked on together until they hold so many words: large enough for NumPy, small enough for memory.
CHUNK_WORDS = 10_000

_Column = NDArray[Any]


class Columns:
    """Grows page by page. Page numbers must rise."""

    def __init__(self) -> None:
        self._texts: defaultdict[str, int] = defaultdict(count().__next__)
        self._waiting: list[tuple[int, Frame, _Column, PageWords]] = []
        self._waiting_words = 0
        self._lines = 0
        self._count = 0
        self._columns = {name: np.zeros((0, 4) if name == "box" else 0, dtype) for name, dtype in Words.COLUMNS.items()}

    def tokens_of(self, texts: list[str]) -> NDArray[np.int32]:
        """(n,) numbers of texts, equal for equal ones."""
        return np.fromiter(map(self._texts.__getitem__, texts), np.int32, len(texts))

    def add(self, number: int, frame: Frame, tokens: NDArray[np.int32], words: PageWords) -> None:
        """Take the words of a page with the numbers of their texts; those are let go."""
        words.texts = []
        self._waiting.append((number, frame, tokens, words))
        self._waiting_words += len(tokens)
        if self._waiting_words >= CHUNK_WORDS:
            self._gather()

    def words(self) -> Words:
        """All words; nothing may be added after."""
        self._gather()
        columns = self._columns
        kept: dict[str, int] = {}
        token = np.array([kept.setdefault(clean(text), len(kept)) for text in self._texts], np.int32)
        symbols = np.array([not text.isascii() and is_meaningless(text) for text in kept], bool)
        if len(token):
            np.take(token, columns["token"], out=columns["token"], mode="clip")
            columns["flags"][symbols[columns["token"]]] |= int(Flag.SYMBOL)
        return Words(vocabulary=tuple(kept), **columns)

    def _gather(self) -> None:
        if not self._waiting:
            return
        numbers, frames, tokens, read = zip(*self._waiting, strict=True)
        self._waiting, self._waiting_words = [], 0
        lengths = [len(column) for column in tokens]
        token: _Column = np.concatenate(tokens)
        page: _Column = np.repeat(np.array(numbers, np.int32), lengths)
        own_box = np.concatenate([words.box for words in read])
        style, angle, flags, size = (
            np.concatenate([getattr(words, name) for words in read]) for name in ("style", "angle", "flags", "size")
        )
        box = np.concatenate([frame.displayed(words.box) for frame, words in zip(frames, read, strict=True)])
        shapes = np.array([frame.size for frame in frames], np.float32).repeat(lengths, axis=0)
        turns: _Column = np.array([frame.turns for frame in frames], np.int16).repeat(lengths)
        outside = (box[:, 2] <= 0) | (box[:, 3] <= 0) | (box[:, 0] >= shapes[:, 0]) | (box[:, 1] >= shapes[:, 1])
        flags[outside] |= int(Flag.OFF_PAGE)
        twice = _drawn_twice(token, page, own_box, size)
        if twice.any():
            token, page, own_box, style, angle, flags, size, box, turns = (
                column[~twice] for column in (token, page, own_box, style, angle, flags, size, box, turns)
            )
        for k, text in turned_quotes(token, self._texts, page, own_box, angle, size, flags).items():
            token[k] = self._texts[text]
        hung = hung_brackets(token, self._texts, page, own_box, angle, size, flags)
        if hung is not None:
            spelled, flags, order = hung
            token[list(spelled)] = [self._texts[bracket] for bracket in spelled.values()]
            token, page, own_box, style, angle, flags, size, box, turns = (
                column[order] for column in (token, page, own_box, style, angle, flags, size, box, turns)
            )
        nested = nested_brackets(token, self._texts, page, own_box, angle)
        if nested is not None:
            token, page, own_box, style, angle, flags, size, box, turns = (
                column[nested] for column in (token, page, own_box, style, angle, flags, size, box, turns)
            )
        begins = new_lines(page, own_box, angle, size, flags)
        into = woven(begins, page, own_box, angle, size, flags)
        if into is not None:
            token, page, own_box, style, angle, flags, size, box, turns = (
                column[into] for column in (token, page, own_box, style, angle, flags, size, box, turns)
            )
            begins = new_lines(page, own_box, angle, size, flags)
        flags[np.append(begins[1:], True)] |= int(Flag.LINE_END)
        line = self._lines - 1 + np.cumsum(begins)
        self._lines = int(line[-1]) + 1
        chunk = {"token": token, "page": page, "box": box, "line": line, "flags": flags, "style": style}
        self._append({**chunk, "angle": (angle + 90 * turns) % 360})

    def _append(self, chunk: dict[str, _Column]) -> None:
        """Grow in place: joining all chunks at the end would hold everything twice."""
        more = len(chunk["token"])
        for name, column in self._columns.items():
            column.resize((self._count + more, *column.shape[1:]), refcheck=False)
            column[self._count :] = chunk[name]
        self._count += more


def _drawn_twice(token: _Column, page: _Column, box: _Column, size: _Column) -> Bools:
    """(n,) bool: the same word stands there already: a shadow, a fake bold, or a whole block drawn twice.

    Next to its twin a word may be a little off, else it must stand at the very same place.
    """
    place = np.ascontiguousarray(box[:, :2]).view(np.uint64).ravel()
    mixed = (place ^ (place >> np.uint64(29))) * np.uint64(0x9E3779B97F4A7C15)
    mixed ^= (page.astype(np.uint64) << np.uint64(32)) + token.astype(np.uint64)
    twice = np.ones(len(token), bool)
    twice[np.unique(mixed, return_index=True)[1]] = False
    again = np.flatnonzero((token[1:] == token[:-1]) & (page[1:] == page[:-1])) + 1
    twice[again] |= (abs(box[again] - box[again - 1]) < SAME_PLACE * size[again, None]).all(axis=1)
    return twice
