"""Numbers that name things (clauses, figures, equations): when one comes or goes, those behind it count on.

A label is a number that stands where labels stand and is one of a series that counts: `7.8` before a heading,
`Figure 3:` at the start of a caption, `(12)` at the end of a line. What names a label elsewhere follows it.
"""

from __future__ import annotations

import itertools
import re
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from core.alignment import Alignment
from core.text.sequence import Hunk
from core.text.tokens import Tokens, normalised

MOST_KIND_WORDS = 3  #: words before the number of a label, such as `Guided practice 7.1`
SERIES_NEAR = 8  #: labels before and after of which one must be the number before or after this
EQUATIONS_NEAR = 3  #: likewise, of numbers of equations: by form they might be any number in brackets
_NUMBER = re.compile(r"^[(\[]?((?:[A-Z]\.)?\d{1,3}(?:\.\d{1,3}){0,4})[)\]]?[.:,;]*$")
_EQUATION = re.compile(r"^\(\d{1,3}(?:\.\d{1,3}){0,2}\)$")
_EQUATION_KIND = "()"
_REFERENCE = re.compile(r"^\W{0,2}((?:[A-Z]\.)?\d{1,3}(?:\.\d{1,3}){0,4})\W{0,3}$")
_Became: TypeAlias = dict[str, set[str]]
_ENDED = re.compile(r"[.!?:;。！？][\"')\]]*$")


@dataclass(frozen=True, slots=True)
class _Label:
    """A number that names something; `kind` is the word before it, folded, or empty."""

    token: int
    kind: str
    number: str

    @property
    def series(self) -> tuple[str, int]:
        """What stays from one number of a series to the next, and what counts."""
        head, _, last = self.number.rpartition(".")
        return head, int(last)


class Numbering:
    """Which numbers merely count on, because something was put in or taken out before them."""

    def __init__(self, aligned: Alignment) -> None:
        self._tokens = aligned.tokens
        labels = _labels(aligned.tokens[0]), _labels(aligned.tokens[1])
        hunks = [*aligned.found, *(hunk for move in aligned.moves for hunk in move.edits)]
        #: What each number of a side became on the other, of each kind; all kinds together under None.
        self._became: dict[str | None, tuple[_Became, _Became]] = defaultdict(
            lambda: (defaultdict(set), defaultdict(set))
        )
        self._moved_on: set[tuple[int, int]] = set()
        kept = zip(*(side.tolist() for side in aligned.pairs), strict=True)
        for old, new in itertools.chain(kept, _across(hunks)):
            a, b = labels[0].get(old), labels[1].get(new)
            if a is not None and b is not None and a.kind == b.kind:
                for kind in (a.kind, None):
                    self._became[kind][0][a.number].add(b.number)
                    self._became[kind][1][b.number].add(a.number)
                if a.number != b.number:
                    self._moved_on.add((old, new))

    def explain(self, old: str, new: str, at: tuple[int, int]) -> bool:
        """Whether a number was replaced as labels were that moved on, or is such a label.

        Args:
            old: The words that were replaced.
            new: By these.
            at: Old and new token with which they begin.
        """
        a, b = _REFERENCE.match(old), _REFERENCE.match(new)
        if a is None or b is None:
            return False
        kinds = {_before(tokens, token) for tokens, token in zip(self._tokens, at, strict=True)}
        kind = kinds.pop() if len(kinds) == 1 else ""
        if at in self._moved_on and kind not in self._became:
            return True  # the number of a heading or an equation: each list may count anew
        known = next((name for name in (kind, kind.removesuffix("s")) if name in self._became), None)
        forth, back = self._became[known]
        return forth.get(a[1]) == {b[1]} and back.get(b[1]) == {a[1]}


def _across(hunks: list[Hunk]) -> list[tuple[int, int]]:
    """Tokens of both sides that stand at the same place: replaced one by one, or before the same unchanged words."""
    found: list[tuple[int, int]] = []
    for i0, i1, j0, j1 in hunks:
        if i1 - i0 == j1 - j0:
            found += zip(range(i0, i1), range(j0, j1), strict=True)
        elif i1 > i0 and j1 > j0:
            found.append((i1 - 1, j1 - 1))
    return found


def _labels(tokens: Tokens) -> dict[int, _Label]:
    """The labels of a document by their token."""
    if not len(tokens):
        return {}
    words, lead = tokens.document.words, tokens.lead()
    may_be = np.array([_NUMBER.match(key) is not None for key in tokens.keys])[tokens.key]
    line = words.line[lead]
    starts = np.flatnonzero(np.append(True, line[1:] != line[:-1]))
    ends = set((np.append(starts[1:], len(line)) - 1).tolist())
    begins = starts.tolist()
    found: tuple[list[_Label], list[_Label]] = ([], [])  # of equations apart: theirs is a series of its own
    for token in np.flatnonzero(may_be).tolist():
        first = begins[bisect_left(begins, token + 1) - 1]
        label = _label(tokens, token, first, token in ends)
        if label is not None:
            found[label.kind == _EQUATION_KIND].append(label)
    return {
        label.token: label
        for labels, near in zip(found, (SERIES_NEAR, EQUATIONS_NEAR), strict=True)
        for k, label in enumerate(labels)
        if _counts(label, labels[max(0, k - near) : k], labels[k + 1 : k + 1 + near])
    }


def _label(tokens: Tokens, token: int, first: int, ends_line: bool) -> _Label | None:
    """The label that a number is by its place: at the start of a line that begins something, or an equation's."""
    text = _shown(tokens, token)
    number = _NUMBER.match(text)
    if number is None:
        return None
    if (ends_line or token == first) and _EQUATION.match(text):
        return _Label(token, _EQUATION_KIND, number[1])
    if token - first > MOST_KIND_WORDS:
        return None
    heads = [_shown(tokens, head) for head in range(first, token)]
    if not all(word[:1].isupper() and word.isalpha() for word in heads[:1]):
        return None
    if not all(word.isalpha() for word in heads) or not _begins(tokens, first):
        return None
    after = _shown(tokens, token + 1) if token + 1 < len(tokens) else ""
    if heads and not (ends_line or text[-1] in ".:)" or _looks_otherwise(tokens, token)):
        return None
    if not heads and not (set(".:)") & set(text) and after[:1].isupper()):
        return None
    return _Label(token, heads[-1].casefold() if heads else "", number[1])


def _shown(tokens: Tokens, token: int) -> str:
    """A token as it is written: by its capitals and marks a label is known, also where they are no change."""
    return normalised(tokens.document.words.text(int(tokens.order[tokens.first[token]])))


def _looks_otherwise(tokens: Tokens, token: int) -> bool:
    """Whether the word after a token is set in another style."""
    if token + 1 >= len(tokens):
        return False
    style = tokens.document.words.style
    here, after = int(tokens.order[tokens.first[token]]), int(tokens.order[tokens.first[token + 1]])
    return bool(style[here] != style[after])


def _begins(tokens: Tokens, first: int) -> bool:
    """Whether a line begins something: another look than the line before, another page, or a sentence ended there."""
    if first in tokens.bounds:
        return True
    words = tokens.document.words
    here, before = int(tokens.order[tokens.first[first]]), int(tokens.order[tokens.first[first] - 1])
    return bool(
        words.style[here] != words.style[before]
        or words.page[here] != words.page[before]
        or _ENDED.search(words.text(before))
    )


def _counts(label: _Label, before: list[_Label], after: list[_Label]) -> bool:
    """Whether a label is one of a series: the number before it stands before, or the number after it after."""
    head, value = label.series
    return any(other.series == (head, value - 1) for other in before) or any(
        other.series == (head, value + 1) for other in after
    )


def _before(tokens: Tokens, token: int) -> str:
    """The word before a token, folded."""
    return tokens.keys[tokens.key[token - 1]].casefold() if token else ""
