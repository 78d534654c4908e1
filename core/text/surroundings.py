"""The unchanged words around a change, which are part of its name: the same whatever the options are."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from core.alignment import Alignment
from core.identity import NEIGHBOURS
from core.text.sequence import Hunk

_NOT_LETTERS = re.compile(r"[\W_]+")


class Surroundings:
    """Looks up the words of the old side that stayed, as letters and digits without case.

    Words that differ in case or punctuation only count as unchanged and words without letters do not count: else
    an option that ignores those would change the names of the changes beside them.
    """

    def __init__(self, aligned: Alignment) -> None:
        old, new = aligned.tokens
        self._letters = [_NOT_LETTERS.sub("", text).casefold() for text in old.keys]
        spelled = np.array([bool(text) for text in self._letters], bool)
        steady = np.zeros(len(old), bool)
        steady[aligned.pairs[0]] = True
        for hunk in (*aligned.found, *(edit for move in aligned.moves for edit in move.edits)):
            self._mark_equal_ends(steady, old.key, new.key, hunk)
        self._key = old.key
        self._at = np.flatnonzero(steady & spelled[old.key]) if len(old) else np.zeros(0, np.int64)

    def of(self, hunk: Hunk) -> tuple[str, str]:
        """The nearest words before and after."""
        before, after = np.searchsorted(self._at, hunk[:2]).tolist()
        return self._text(max(0, before - NEIGHBOURS), before), self._text(after, after + NEIGHBOURS)

    def _text(self, start: int, stop: int) -> str:
        return " ".join(self._letters[key] for key in self._key[self._at[start:stop]].tolist())

    def _mark_equal_ends(
        self, steady: NDArray[np.bool_], old: NDArray[np.int32], new: NDArray[np.int32], hunk: Hunk
    ) -> None:
        i0, i1, j0, j1 = hunk
        while i0 < i1 and j0 < j1 and self._letters[old[i0]] == self._letters[new[j0]]:
            steady[i0] = True
            i0, j0 = i0 + 1, j0 + 1
        while i0 < i1 and j0 < j1 and self._letters[old[i1 - 1]] == self._letters[new[j1 - 1]]:
            steady[i1 - 1] = True
            i1, j1 = i1 - 1, j1 - 1
