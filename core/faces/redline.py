"""One text of both revisions: what went stands where it stood, what came where it stands; nothing but what is told.

With every change of it accepted it reads as the new document, with every one refused as the old one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from core.faces.selection import EVERYTHING, Selection, select

SIDES = ("old", "new")
_WORDED = ("text", "table")
_GAP = 0.5  # of a line's height, from which white between two lines parts paragraphs
_OTHER_SIZE = 0.25  # by which the heights of neighbouring lines differ where another paragraph begins


class Word(NamedTuple):
    """One word of a side; `box` in points, `joined` where no blank stands before it."""

    text: str
    page: int
    box: tuple[float, float, float, float]
    joined: bool = False
    size: float = 10.0
    bold: bool = False
    italic: bool = False


@dataclass(slots=True)
class Piece:
    """Neighbouring words that share their fate.

    Attributes:
        text: With the blanks between its words, and one in front where one stands there.
        fate: kept, inserted, deleted, moved_from or moved_to.
        change: That it belongs to; of a kept piece one of style, or None.
        look: Size in points, bold, italic.
    """

    text: str
    fate: str
    change: dict[str, Any] | None
    look: tuple[float, bool, bool]


@dataclass(slots=True)
class Paragraph:
    """Pieces in a row. `fate` is that of the paragraph as such; `page` that of the new document it begins, or None."""

    pieces: list[Piece] = field(default_factory=list)
    fate: str = "kept"
    page: int | None = None

    def add(self, word: Word, fate: str, change: dict[str, Any] | None) -> None:
        """Set a word behind what is there."""
        look = word.size, word.bold, word.italic
        last = self.pieces[-1] if self.pieces else None
        blank = " " if last and not word.joined else ""
        if last and (last.fate, last.change, last.look) == (fate, change, look):
            last.text += blank + word.text
        else:
            self.pieces.append(Piece(blank + word.text, fate, change, look))


class Redline(NamedTuple):
    """The text, the changes that stand in it, and those of the selection that do not."""

    paragraphs: list[Paragraph]
    told: list[dict[str, Any]]
    rest: list[dict[str, Any]]


def redline(
    result: dict[str, Any], old: Sequence[Word], new: Sequence[Word], selection: Selection = EVERYTHING
) -> Redline:
    """Lay the changes that `selection` takes over the words of both documents, each in reading order."""
    changes = select(result, selection)[0]
    words = {"old": old, "new": new}
    owners = {side: _owners(words[side], changes, side) for side in SIDES}
    kept = _aligned(words, owners)
    for side in SIDES:
        _give_pages(words[side], owners[side], kept[side], changes, side)
    styled = _owned(new, [c for c in changes if c["layer"] == "style"], "new")
    writer = _Writer(words, owners, styled)
    writer.write(kept["new"])
    told = {id(change) for change in (*owners["old"], *owners["new"], *styled) if change is not None}
    return Redline(
        writer.paragraphs,
        [change for change in changes if id(change) in told],
        [change for change in changes if id(change) not in told],
    )


def starts(words: Sequence[Word]) -> list[bool]:
    """By word, whether a paragraph begins with it: after a wide gap, on another page, beside lines of another size."""
    found = []
    last: Word | None = None
    for word in words:
        found.append(last is None or _parts(last, word))
        last = word
    return found


def _parts(last: Word, word: Word) -> bool:
    if last.page != word.page:
        return True
    high, tall = word.box[3] - word.box[1], last.box[3] - last.box[1]
    gap = word.box[1] - last.box[3]
    is_below = gap > -high / 2
    other = is_below and tall > 0 and abs(high / tall - 1) > _OTHER_SIZE
    return gap > _GAP * max(high, tall) or word.box[3] < last.box[1] or other


Owners = list[dict[str, Any] | None]


def _owners(words: Sequence[Word], changes: Sequence[dict[str, Any]], side: str) -> Owners:
    """The change of words that each word stands in: one inside a block that moved before the block."""
    worded = [change for change in changes if change["layer"] in _WORDED]
    inner = [change for change in worded if change["kind"] != "moved"]
    outer = _owned(words, [change for change in worded if change["kind"] == "moved"], side)
    return [one or other for one, other in zip(_owned(words, inner, side), outer, strict=True)]


def _owned(words: Sequence[Word], changes: Sequence[dict[str, Any]], side: str) -> Owners:
    """By word, the first of these changes with a place around the middle of it."""
    places: dict[int, list[tuple[list[float], dict[str, Any]]]] = defaultdict(list)
    for change in changes:
        regions = (change[side] or {}).get("regions") or ()
        # A running line stands on other places of the text in each revision: it is told where it stands first.
        for region in regions[:1] if (change.get("detail") or {}).get("running") else regions:
            places[region["page"]].append((region["box"], change))
    return [_around(word, places[word.page]) if word.page in places else None for word in words]


def _around(word: Word, places: Sequence[tuple[list[float], dict[str, Any]]]) -> dict[str, Any] | None:
    x, y = (word.box[0] + word.box[2]) / 2, (word.box[1] + word.box[3]) / 2
    return next((change for (x0, y0, x1, y1), change in places if x0 <= x <= x1 and y0 <= y <= y1), None)


def _aligned(words: dict[str, Sequence[Word]], owners: dict[str, Owners]) -> dict[str, list[int | None]]:
    """By word of a side, the word of the other that is the same and stays in its place; None for none."""
    import numpy as np

    from core.text.sequence import hunks

    free = {side: [k for k, owner in enumerate(owners[side]) if owner is None] for side in SIDES}
    keys: dict[str, int] = {}
    columns = {
        side: np.array([keys.setdefault(words[side][k].text, len(keys)) for k in free[side]], np.int32)
        for side in SIDES
    }
    partners: dict[str, list[int | None]] = {side: [None] * len(words[side]) for side in SIDES}
    i = j = 0
    ends = (len(free["old"]), len(free["old"]), len(free["new"]), len(free["new"]))
    for a, b, c, d in [*hunks(columns["old"], columns["new"]), ends]:
        for p, q in zip(range(i, a), range(j, c), strict=True):
            partners["old"][free["old"][p]] = free["new"][q]
            partners["new"][free["new"][q]] = free["old"][p]
        i, j = b, d
    return partners


def _give_pages(
    words: Sequence[Word], owners: Owners, partners: Sequence[int | None], changes: Sequence[dict[str, Any]], side: str
) -> None:
    """What has no partner on a page that came, went or moved belongs to the change of that page."""
    pages = {
        region["page"]: change
        for change in changes
        if change["layer"] == "page" and change["kind"] != "replaced"
        for region in (change[side] or {}).get("regions") or ()
    }
    for k, word in enumerate(words):
        if owners[k] is None and partners[k] is None and word.page in pages:
            owners[k] = pages[word.page]


class _Writer:
    """Sets the words of both sides into paragraphs, those of the new side in their order."""

    def __init__(self, words: dict[str, Sequence[Word]], owners: dict[str, Owners], styled: Owners) -> None:
        self._words, self._owners, self._styled = words, owners, styled
        self._starts = {side: [*starts(words[side]), True] for side in SIDES}
        self.paragraphs: list[Paragraph] = []
        self._is_open = False  # what comes next goes on in the last paragraph, whatever begins on the new side

    def write(self, partners: Sequence[int | None]) -> None:
        """`partners`: by word of the new side its partner on the old one, ascending."""
        done = 0
        page = None
        for k, word in enumerate(self._words["new"]):
            partner = partners[k]
            owner = self._owners["new"][k]
            # What went before something came stands before it: where it would on the old side is known by the
            # last word that both have.
            if partner is not None or done < self._gap_end(done):
                done = self._went(done, partner if partner is not None else self._gap_end(done), k)
            if partner is not None:
                done = partner + 1
            if (self._starts["new"][k] and not self._is_open) or not self.paragraphs:
                self.paragraphs.append(Paragraph())
            self._is_open = False
            if word.page != page:
                page = self.paragraphs[-1].page = word.page
            fate = "kept"
            if owner is not None:
                fate = "moved_to" if owner["kind"] == "moved" else "inserted"
            self.paragraphs[-1].add(word, fate, owner or self._styled[k])
        self._went(done, len(self._words["old"]), len(self._words["new"]))
        for paragraph in self.paragraphs:
            fates = {piece.fate for piece in paragraph.pieces}
            paragraph.fate = fates.pop() if len(fates) == 1 else "kept"

    def _gap_end(self, done: int) -> int:
        """The end of what went from `done` on: up to the next word that both sides have, or that is told of nowhere."""
        owners, end = self._owners["old"], done
        while end < len(owners) and owners[end] is not None:
            end += 1
        return end

    def _went(self, start: int, stop: int, at: int) -> int:
        """Write what went of the old words from `start` to `stop` before the new word `at`; nothing that is untold."""
        k = start
        while k < stop:
            if self._owners["old"][k] is None:
                k += 1
                continue
            end = k
            while end < stop and self._owners["old"][end] is not None:
                end += 1
            self._stretch(k, end, at)
            k = end
        return max(start, stop)

    def _stretch(self, start: int, stop: int, at: int) -> None:
        old, begins = self._words["old"], self._starts["old"]
        own = begins[start] and self._starts["new"][at]  # whole paragraphs went, or the beginning of one
        if own:
            self.paragraphs.append(Paragraph())
        for k in range(start, stop):
            if own and k > start and begins[k]:
                self.paragraphs.append(Paragraph())
            if not self.paragraphs:
                self.paragraphs.append(Paragraph())
            owner = self._owners["old"][k]
            fate = "moved_from" if owner and owner["kind"] == "moved" else "deleted"
            self.paragraphs[-1].add(old[k], fate, owner)
        self._is_open = own and not begins[stop]
