"""Numbers of pages in the text, as in a list of contents or an index: they change when pages shift."""

from __future__ import annotations

import re

from core.alignment import Alignment
from core.text.running import page_labels

_NUMBERS = re.compile(r"^(?:\d{1,5}[,;.]?)(?: \d{1,5}[,;.]?)*$")


class PageReferences:
    """The numbers printed on pages that became each other, where they differ."""

    def __init__(self, aligned: Alignment) -> None:
        old, new = (page_labels(aligned.documents[k], aligned.lines[k], aligned.roles[k]) for k in (0, 1))
        pairs = {(old[p.old], new[p.new]) for p in aligned.page_map if p.old is not None and p.new is not None}
        self._pairs = {(a, b) for a, b in pairs if a != b}

    def explain(self, old: str, new: str) -> bool:
        """Whether numbers differ just as the numbers of the pages do."""
        if not (_NUMBERS.match(old) and _NUMBERS.match(new)):
            return False
        pairs = list(zip(*([int(n) for n in re.findall(r"\d{1,5}", text)] for text in (old, new)), strict=False))
        return len(re.findall(r"\d+", old)) == len(re.findall(r"\d+", new)) and all(p in self._pairs for p in pairs)
