"""What of the differences between recognised words is a difference of the documents, and what only of the reading.

Each differing word is looked at in place: where the words around it went on the other page, its own picture is there or
it is not. What is there has not changed, whatever was read. Of the others a few are read too badly to be told.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from core.alignment import Alignment
from core.model import Document, Flag, Notice
from core.ocr.patches import Carry, carry_of, likeness, noise_of, same_paper, steady_carry
from core.ocr.rasters import Pictures

#: From this likeness on a word has not changed. Measured on print of four fonts, clean, scanned and scanned badly:
#: words that stayed have .93 and more in 95 of 100 cases, one letter changed .92 and less, with few exceptions (n, u).
ALIKE = 0.92
#: Of words with digits more is asked: a number must never be taken for another one.
ALIKE_NUMBER = 0.95
#: Of two words of the same letters that differ by marks, one of them doubtful, less is enough: marks are read worst.
ALIKE_MARKS = 0.85
NEIGHBOURS = 8  #: matched words that say where a place went
LEAST_NEIGHBOURS = 3
SAME_WAY = 15.0  #: points between the ways of neighbours that went together
OWN_LINE = 4.0  #: times as much as a word of another line does a word of the same line count
MARGIN = 0.12  #: of the height of a page, at its head and foot
#: Words that may be recognised as one, and letters and digits that these have at least.
MOST_JOINED, LEAST_JOINED = 12, 4
MOST_CHECKED = 3000  #: words of one comparison; a few milliseconds each
#: Edits, for each letter, up to which a doubtful word is a misread one.
MISREAD_SHARE = 0.5

Tokens: TypeAlias = NDArray[np.int64]


@dataclass(slots=True)
class Doubts:
    """What was found out.

    Attributes:
        unchanged: By side, (n,) bool: tokens that differ as read and not as seen.
        unsure: By side, the number of words of a page that were read too badly to be told.
        unchecked: How many could not be looked at, because there are too many.
    """

    unchanged: tuple[NDArray[np.bool_], NDArray[np.bool_]]
    unsure: tuple[Counter[int], Counter[int]]
    unchecked: int = 0

    def tokens(self, side: int) -> Tokens:
        """Those that are not told."""
        return np.flatnonzero(self.unchanged[side])


def read_pairs(aligned: Alignment) -> tuple[Tokens, Tokens]:
    """The matched tokens of which both sides were read: of a recognised word the font is not known."""
    old, new = aligned.pairs
    known = ~(recognised(aligned, 0)[old] | recognised(aligned, 1)[new])
    return old[known], new[known]


def recognised(aligned: Alignment, side: int) -> NDArray[np.bool_]:
    """(n,) which tokens of a side begin with a recognised word."""
    tokens = aligned.tokens[side]
    return np.asarray((tokens.document.words.flags[tokens.lead()] & int(Flag.OCR)) != 0)


def doubts_of(aligned: Alignment, pictures: Pictures | None) -> Doubts:
    """Look at every differing word of which one side is recognised."""
    read = recognised(aligned, 0), recognised(aligned, 1)
    found = Doubts((np.zeros(len(read[0]), bool), np.zeros(len(read[1]), bool)), (Counter(), Counter()))
    if not (read[0].any() or read[1].any()):
        return found
    seen: tuple[dict[int, float], dict[int, float]] = ({}, {})
    if pictures is not None:
        found.unchecked = _look(aligned, pictures, read, seen)
    for side in (0, 1):
        for token, alike in seen[side].items():
            found.unchanged[side][token] = _is_alike(aligned, side, token, alike)
    _settle_hunks(aligned, read, seen, found)
    _settle_blanks(aligned, read, found)
    return found


def with_doubts(documents: tuple[Document, Document], found: Doubts) -> tuple[Document, Document]:
    """The documents with a notice on each page of which words were too doubtful to be told."""
    told = []
    for side, document in enumerate(documents):
        pages = []
        for page in document.pages:
            count = found.unsure[side][page.number]
            if count:
                words = "word was" if count == 1 else "words were"
                message = f"{count} {words} read with so little confidence that they were not told as changes."
                page = replace(page, notices=(*page.notices, Notice("unsure_words", message, page.number)))
            pages.append(page)
        told.append(replace(document, pages=tuple(pages)))
    return told[0], told[1]


def _look(
    aligned: Alignment,
    pictures: Pictures,
    read: tuple[NDArray[np.bool_], NDArray[np.bool_]],
    seen: tuple[dict[int, float], dict[int, float]],
) -> int:
    """Fill `seen` with the likeness of each differing word; how many were too many."""
    places = _Places(aligned)
    wanted: list[tuple[tuple[int, int], int, int, list[Carry]]] = []
    for side in (0, 1):
        with_read = {int(p) for s in (0, 1) for p in np.unique(aligned.page_of[s][read[s]]) if s != side}
        for token in np.flatnonzero(aligned.unmatched(side)).tolist():
            carried = places.of(side, token)
            if carried is None:
                continue
            page, target, carries = carried
            if read[side][token] or target in with_read:
                wanted.append(((page, target) if side == 0 else (target, page), side, token, carries))
    wanted.sort(key=lambda one: one[:3])  # page by page: each is drawn once
    noises: dict[tuple[int, int], float] = {}
    for pair, side, token, carries in wanted[:MOST_CHECKED]:
        here, there = pictures.page(side, pair[side]), pictures.page(1 - side, pair[1 - side])
        if here is None or there is None:
            continue
        for k, picture in ((side, here), (1 - side, there)):
            if (k, pair[k]) not in noises:
                noises[k, pair[k]] = noise_of(picture)
        noise = noises[side, pair[side]], noises[1 - side, pair[1 - side]]
        words = aligned.tokens[side].document.words
        boxes = [tuple(words.box[word].tolist()) for word in aligned.tokens[side].words(token, token + 1).tolist()]
        for carry in carries:
            known = [value for box in boxes if (value := likeness(box, carry, here, there, noise)) is not None]
            if known and min(known) > seen[side].get(token, -1.0):
                seen[side][token] = min(known)
            if seen[side].get(token, -1.0) >= ALIKE:
                break
    return max(0, len(wanted) - MOST_CHECKED)


class _Places:
    """Where the matched words of each page went."""

    def __init__(self, aligned: Alignment) -> None:
        self._aligned = aligned
        self._whole: dict[tuple[int, int, int], Carry] = {}
        self._sizes = [{p.number: (p.width, p.height) for p in document.pages} for document in aligned.documents]
        self._sides = []
        for side in (0, 1):
            own, other = (aligned.tokens[k] for k in (side, 1 - side))
            at, partner = aligned.pairs[side], aligned.pairs[1 - side]
            words = own.document.words, other.document.words
            lead = own.lead()[at], other.lead()[partner]
            order = np.argsort(words[0].page[lead[0]], kind="stable")
            lead = lead[0][order], lead[1][order]
            self._sides.append(
                (
                    words[0].page[lead[0]],
                    _centres(words[0].box[lead[0]]),
                    words[0].line[lead[0]],
                    words[1].page[lead[1]],
                    _centres(words[1].box[lead[1]]),
                )
            )

    def of(self, side: int, token: int) -> tuple[int, int, list[Carry]] | None:
        """The page of a token, the page that its neighbours went to, and how; None where too few say so.

        How the nearest went, then how the whole page did; at the head and foot also how the paper lies, for those stay
        when the text between them becomes longer.
        """
        pages, centres, lines, other_pages, other_centres = self._sides[side]
        tokens = self._aligned.tokens[side]
        word = int(tokens.lead()[token])
        words = tokens.document.words
        page = int(words.page[word])
        start, stop = np.searchsorted(pages, np.array([page, page + 1], pages.dtype))
        if stop - start < LEAST_NEIGHBOURS:
            return None
        middle = _centres(words.box[word : word + 1])[0]
        own = lines[start:stop] == words.line[word]
        away = np.abs(centres[start:stop] - middle) @ np.array([0.25, 1.0]) - np.where(own, 1e4, 0.0)
        near = np.argsort(away, kind="stable")[:NEIGHBOURS] + start
        target = int(np.bincount(other_pages[near]).argmax())
        near = near[other_pages[near] == target]
        if len(near) < LEAST_NEIGHBOURS:
            return None
        weight = np.where(lines[near] == words.line[word], OWN_LINE, 1.0)
        # Of a word's own line the nearest say best where it went: lines are set to their measure.
        weight /= 1 + np.abs(centres[near] - middle).sum(axis=1) / 50
        weight *= _together(other_centres[near] - centres[near], weight)
        local = carry_of(centres[near], other_centres[near], weight)
        if (side, page, target) not in self._whole:
            here = slice(start, stop)
            both = other_pages[here] == target
            self._whole[side, page, target] = steady_carry(centres[here][both], other_centres[here][both])
        carries = [local, self._whole[side, page, target]]
        size, other_size = self._sizes[side][page], self._sizes[1 - side][target]
        if not MARGIN < middle[1] / size[1] < 1 - MARGIN:
            carries.append(same_paper(size, other_size, carries[1].turn))
        return page, target, carries


def _together(moved: NDArray[np.float64], weight: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(n,) which of the points that moved by (n, 2) went the way of most, by weight.

    Between words that stayed and one that went to the next line lies the place of none, where another may stand.
    """
    near = np.hypot(*(moved[:, None] - moved[None]).T) <= SAME_WAY
    return np.asarray(near[int((near @ weight).argmax())])


def _centres(box: NDArray[np.float32]) -> NDArray[np.float64]:
    return np.asarray((box[:, :2].astype(np.float64) + box[:, 2:]) / 2)


def _settle_hunks(
    aligned: Alignment,
    read: tuple[NDArray[np.bool_], NDArray[np.bool_]],
    seen: tuple[dict[int, float], dict[int, float]],
    found: Doubts,
) -> None:
    """Words that stand for each other are unchanged together; doubtful ones that hardly differ are not told."""
    hunks = [*aligned.found, *(hunk for move in aligned.moves for hunk in move.edits)]
    for a, b, c, d in hunks:
        if b - a != d - c:
            continue
        for old, new in zip(range(a, b), range(c, d), strict=True):
            if not (read[0][old] or read[1][new]):
                continue
            alike = max(seen[0].get(old, -1.0), seen[1].get(new, -1.0))
            is_same = _is_alike(aligned, 0, old, alike) and _is_alike(aligned, 1, new, alike)
            if is_same or (alike >= ALIKE_MARKS and _differ_by_marks(aligned, old, new)):
                found.unchanged[0][old] = found.unchanged[1][new] = True
            elif alike < 0 and _is_misread(aligned, old, new):
                found.unchanged[0][old] = found.unchanged[1][new] = True
                for side, token in ((0, old), (1, new)):
                    found.unsure[side][int(aligned.page_of[side][token])] += 1


def _settle_blanks(aligned: Alignment, read: tuple[NDArray[np.bool_], NDArray[np.bool_]], found: Doubts) -> None:
    """A word recognised without its blanks (`line3b`) is unchanged when the words it holds were seen on its page."""
    for side in (0, 1):
        told = np.flatnonzero(aligned.unmatched(side) & read[side] & ~found.unchanged[side]).tolist()
        if not told:
            continue
        spelled = _runs(aligned, 1 - side, found.tokens(1 - side))
        tokens = aligned.tokens[side]
        for token in told:
            text = _spelled(tokens.keys[tokens.key[token]])
            if len(text) >= LEAST_JOINED and text in spelled:
                found.unchanged[side][token] = True


def _runs(aligned: Alignment, side: int, chosen: Tokens) -> set[str]:
    """What two to `MOST_JOINED` of these tokens spell that follow each other."""
    tokens = aligned.tokens[side]
    texts = [_spelled(tokens.keys[tokens.key[token]]) for token in chosen.tolist()]
    found = set()
    for k in range(len(texts)):
        joined = texts[k]
        for j in range(k + 1, min(k + MOST_JOINED, len(texts))):
            if chosen[j] != chosen[j - 1] + 1:
                break
            joined += texts[j]
            found.add(joined)
    return found


def _spelled(text: str) -> str:
    return "".join(filter(str.isalnum, text))


def _is_alike(aligned: Alignment, side: int, token: int, alike: float) -> bool:
    tokens = aligned.tokens[side]
    has_digit = any(map(str.isdigit, tokens.keys[tokens.key[token]]))
    return alike >= (ALIKE_NUMBER if has_digit else ALIKE)


def _differ_by_marks(aligned: Alignment, old: int, new: int) -> bool:
    """Whether one of two words is doubtful and they hold the same letters; numbers are always told."""
    texts, doubtful = _read(aligned, old, new)
    if any(map(str.isdigit, "".join(texts))):
        return False
    letters = ["".join(filter(str.isalpha, text)) for text in texts]
    return doubtful and letters[0] == letters[1] and bool(letters[0])


def _read(aligned: Alignment, old: int, new: int) -> tuple[list[str], bool]:
    """Two words as read, and whether one of them is doubtful."""
    texts, doubtful = [], False
    for side, token in ((0, old), (1, new)):
        tokens = aligned.tokens[side]
        texts.append(tokens.keys[tokens.key[token]])
        flags = int(tokens.document.words.flags[tokens.lead()[token]])
        doubtful = doubtful or bool(flags & Flag.DOUBTFUL)
    return texts, doubtful


def _is_misread(aligned: Alignment, old: int, new: int) -> bool:
    """Whether one of two words is doubtful and they hardly differ; numbers are always told."""
    texts, doubtful = _read(aligned, old, new)
    longest = max(map(len, texts))
    if any(map(str.isdigit, "".join(texts))):
        return False
    return doubtful and Levenshtein.distance(*texts) <= MISREAD_SHARE * longest
