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
NEAR = 1  #: pages by which a reference of either side may miss the page it means: its place turned the page
_NUMBERS = re.compile(r"^(?:\d{1,5}[,;.)]{0,3})(?: \d{1,5}[,;.)]{0,3})*$")
_PAGE_WORDS = frozenset(
    {"page", "pages", "p", "pp", "seite", "seiten", "pagina", "pagine", "sayfa", "strona", "strony"}
)
_PAGE_WORDS |= {"página", "páginas", "pág", "стр", "страница", "странице", "страницы", "第", "頁", "页"}


class PageReferences:
    """What is known of numbers that name pages."""

    def __init__(self, aligned: Alignment) -> None:
        old, new = (page_labels(aligned.documents[k], aligned.lines[k], aligned.roles[k]) for k in (0, 1))
        pairs = {(old[p.old], new[p.new]) for p in aligned.page_map if p.old is not None and p.new is not None}
        self._pairs = {(a, b) for a, b in pairs if a != b}
        steps = range(-NEAR, NEAR + 1)
        self._near = {near for a, b in self._pairs for step in steps for near in ((a, b + step), (a + step, b))}
        self._tokens = aligned.tokens
        found = [_entries(tokens) for tokens in aligned.tokens]
        self._entries, self._listed = zip(*found, strict=True)

    def explain(self, old: str, new: str, at: tuple[int, int]) -> bool:
        """Whether numbers differ just as the numbers of the pages do, or end an entry of a list of contents.

        Numbers after the word page, and those at the ends of the lines of an index, may miss that by a page.

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
        if len(re.findall(r"\d+", old)) != len(re.findall(r"\d+", new)):
            return False
        named = all(_names_page(tokens, k) for tokens, k in zip(self._tokens, at, strict=True))
        listed = all(bool(lines[k]) for lines, k in zip(self._listed, at, strict=True))
        return all(pair in (self._near if named or listed else self._pairs) for pair in pairs)


def _names_page(tokens: Tokens, at: int) -> bool:
    """Whether the word before a token says that a number of a page follows."""
    return at > 0 and tokens.keys[tokens.key[at - 1]].casefold().strip("([.") in _PAGE_WORDS


def _entries(tokens: Tokens) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """(n,) whether a token is the page number at the end of an entry of a list of contents, and of any list."""
    found, listed = np.zeros(len(tokens), bool), np.zeros(len(tokens), bool)
    if not len(tokens):
        return found, listed
    words, lead = tokens.document.words, tokens.lead()
    number = np.array([text.isdecimal() and len(text) < 6 for text in tokens.keys])[tokens.key]
    line, page = words.line[lead], words.page[lead]
    last = np.append(line[1:] != line[:-1], True)
    ends = np.flatnonzero(number & last)
    if not len(ends):
        return found, listed
    lines = np.bincount(page[last])
    for part in np.split(ends, np.flatnonzero(np.diff(page[ends])) + 1):
        values = np.array([int(tokens.keys[key]) for key in tokens.key[part].tolist()])
        steps = np.diff(values) >= 0
        if len(part) < LEAST_ENTRIES or len(part) < ENTRIES_SHARE * lines[page[part[0]]]:
            continue
        listed[part] = True
        found[part] = steps.mean() >= ASCENDING_SHARE and len(set(values.tolist())) > 1
    return found, listed
