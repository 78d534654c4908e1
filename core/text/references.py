"""Numbers of pages in the text, as in a list of contents or an index: they change when pages shift."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from core.alignment import Alignment
from core.text.running import page_labels
from core.text.tokens import Tokens

LEAST_ENTRIES = 5  #: lines of a page that end in a number, for it to hold a list of contents
ENTRIES_SHARE = 0.5  #: of its lines
ASCENDING_SHARE = 0.8  #: of the steps from one such number to the next
_NUMBERS = re.compile(r"^(?:\d{1,5}[,;.]?)(?: \d{1,5}[,;.]?)*$")


class PageReferences:
    """What is known of numbers that name pages."""

    def __init__(self, aligned: Alignment) -> None:
        old, new = (page_labels(aligned.documents[k], aligned.lines[k], aligned.roles[k]) for k in (0, 1))
        pairs = {(old[p.old], new[p.new]) for p in aligned.page_map if p.old is not None and p.new is not None}
        self._pairs = {(a, b) for a, b in pairs if a != b}
        self._entries = _entries(aligned.tokens[0]), _entries(aligned.tokens[1])

    def explain(self, old: str, new: str, at: tuple[int, int]) -> bool:
        """Whether numbers differ just as the numbers of the pages do, or end an entry of a list of contents.

        Args:
            old: The words that were replaced.
            new: By these.
            at: Old and new token with which they begin.
        """
        if not (_NUMBERS.match(old) and _NUMBERS.match(new)):
            return False
        if old.isdecimal() and new.isdecimal() and all(entry[k] for entry, k in zip(self._entries, at, strict=True)):
            return True
        pairs = list(zip(*([int(n) for n in re.findall(r"\d{1,5}", text)] for text in (old, new)), strict=False))
        return len(re.findall(r"\d+", old)) == len(re.findall(r"\d+", new)) and all(p in self._pairs for p in pairs)


def _entries(tokens: Tokens) -> NDArray[np.bool_]:
    """(n,) whether a token is the page number at the end of an entry of a list of contents."""
    found = np.zeros(len(tokens), bool)
    if not len(tokens):
        return found
    words, lead = tokens.document.words, tokens.lead()
    number = np.array([text.isdecimal() and len(text) < 6 for text in tokens.keys])[tokens.key]
    line, page = words.line[lead], words.page[lead]
    last = np.append(line[1:] != line[:-1], True)
    ends = np.flatnonzero(number & last)
    if not len(ends):
        return found
    lines = np.bincount(page[last])
    for part in np.split(ends, np.flatnonzero(np.diff(page[ends])) + 1):
        values = np.array([int(tokens.keys[key]) for key in tokens.key[part].tolist()])
        steps = np.diff(values) >= 0
        if (
            len(part) >= LEAST_ENTRIES
            and len(part) >= ENTRIES_SHARE * lines[page[part[0]]]
            and steps.mean() >= ASCENDING_SHARE
            and len(set(values.tolist())) > 1
        ):
            found[part] = True
    return found
