"""The number that a sheet of a set bears in its title block: `Sheet 3 of 5`, `Blatt 2/4`, `Id: 1/7`, or `A-101`."""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np

from core.geometry import rows_of_page
from core.model import Document

LEAST_STROKES = 30  #: lines of a page that may be a sheet
CORNER = 0.45, 0.6  #: of the width and the height of a sheet, from where on its title block stands
OWN_CORNER = 0.75, 0.8  #: likewise, where a number stands without a word before it
MOST_WORDS = 400  #: of a corner: with more it holds text
_LABELLED = re.compile(
    r"\b(?:sheet|sht|blatt|feuille|folio|hoja|foglio|planche|arkusz|лист|id)\b[\s.:#]*(?:(?:no|nr|n°|number)\b[\s.:#]*)?"
    r"(?P<number>[A-Z]{0,3}[-.]?\d{1,4}[A-Z]?)(?:\s*(?:of|/|von|de|di|из|z)\s*(?P<of>\d{1,4}))?(?!\w)",
    re.IGNORECASE,
)
_OWN = re.compile(r"[A-Z]{1,2}[-.]?\d{3}(?:\.\d{1,2})?")


class SheetNumber(NamedTuple):
    """As written, in capitals; `of` is how many the set says it has, empty where it says nothing."""

    number: str
    of: str


def sheet_numbers(document: Document) -> dict[int, SheetNumber]:
    """By page, the numbers of a document's sheets that only one of them bears."""
    if len(document.pages) < 2:
        return {}
    found: dict[int, SheetNumber] = {}
    for page in document.pages:
        first, stop = rows_of_page(document.strokes.page, page.number)
        if stop - first >= LEAST_STROKES:
            number = _number(document, page.number, (page.width, page.height))
            if number is not None:
                found[page.number] = number
    every = [one.number for one in found.values()]
    return {page: one for page, one in found.items() if every.count(one.number) == 1}


def _number(document: Document, page: int, size: tuple[float, float]) -> SheetNumber | None:
    words = document.words
    first, stop = rows_of_page(words.page, page)
    box = words.box[first:stop]
    corner = np.flatnonzero((box[:, 0] >= CORNER[0] * size[0]) & (box[:, 1] >= CORNER[1] * size[1]))
    if not 0 < len(corner) <= MOST_WORDS:
        return None
    text = " ".join(words.text(int(first + k)) for k in corner.tolist())
    labelled = {(m["number"].upper(), m["of"] or "") for m in _LABELLED.finditer(text)}
    if len(labelled) == 1:
        return SheetNumber(*labelled.pop())
    if labelled:
        return None
    own = [
        words.text(int(first + k))
        for k in corner.tolist()
        if box[k, 0] >= OWN_CORNER[0] * size[0] and box[k, 1] >= OWN_CORNER[1] * size[1]
    ]
    numbers = {one for one in own if _OWN.fullmatch(one)}
    return SheetNumber(numbers.pop(), "") if len(numbers) == 1 else None
