"""Few words that moved: an item of a list, a clause, a word within its sentence. Told as moved only where it is sure.

quickly he ran        →   he ran quickly        [quickly]
Smith and Jones       →   Jones and Smith       [Smith]; `and` stays between them
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from core.model import Severity
from core.text.moves import Moved
from core.text.sequence import Hunk, Ints
from core.text.severity import severity_of
from core.text.sliding import SENTENCE_END
from core.text.spans import Outside
from core.text.tokens import Tokens

LEAST_WORDS = 3  #: from here on a stretch that stands once in each document is the same wherever it is
NEAR_WORDS = 15  #: words over which fewer words move within their sentence
LEAST_LETTERS = 4  #: of the words that moved within a sentence: articles come and go by themselves
JOINT_WORDS = 2  #: words between two things that changed places, at most
MOST_PIECES = 4000  #: on either side


@dataclass(frozen=True, slots=True)
class _Piece:
    """What a hunk deletes or inserts, and where it would stand on the other side."""

    start: int
    stop: int
    across: int

    @property
    def size(self) -> int:
        return self.stop - self.start


def find_short_moves(old: Tokens, new: Tokens, found: list[Hunk], moves: list[Moved]) -> list[Moved]:
    """The moves among what is purely deleted or inserted outside `moves`, in old order."""
    beside = Outside(move.old for move in moves), Outside(move.new for move in moves)
    gone = [_Piece(*span, h[2]) for h in found if h[2] == h[3] for span in beside[0].of(h[0], h[1])]
    come = [_Piece(*span, h[0]) for h in found if h[0] == h[1] for span in beside[1].of(h[2], h[3])]
    if not gone or not come or max(len(gone), len(come)) > MOST_PIECES:
        return []
    more = [*_same_words(old, new, gone, come)]
    taken = {move.old for move in more}, {move.new for move in more}
    gone = [piece for piece in gone if (piece.start, piece.stop) not in taken[0]]
    come = [piece for piece in come if (piece.start, piece.stop) not in taken[1]]
    more += _swapped(old, new, gone, come)
    return sorted(more, key=lambda move: move.old)


def _same_words(old: Tokens, new: Tokens, gone: list[_Piece], come: list[_Piece]) -> Iterator[Moved]:
    """Whole pieces that read the same."""
    by_words: dict[bytes, list[_Piece]] = defaultdict(list)
    for piece in come:
        by_words[new.key[piece.start : piece.stop].tobytes()].append(piece)
    taken: set[_Piece] = set()
    for piece in gone:
        words = old.key[piece.start : piece.stop]
        twins = [twin for twin in by_words.get(words.tobytes(), ()) if twin not in taken]
        if not twins:
            continue
        twin = min(twins, key=lambda t: (abs(t.start - piece.across), t.start))
        if (piece.size >= LEAST_WORDS and _once(old.key, words) and _once(new.key, words)) or (
            _within_sentence(old, new, piece, twin) and _plain(old, piece.start, piece.stop)
        ):
            taken.add(twin)
            yield Moved((piece.start, piece.stop), (twin.start, twin.stop), ())


def _once(key: Ints, words: Ints) -> bool:
    """Whether some words stand in a document exactly once."""
    at = np.flatnonzero(key[: len(key) - len(words) + 1] == words[0])
    for k in range(1, len(words)):
        at = at[key[at + k] == words[k]]
    return len(at) == 1


def _within_sentence(old: Tokens, new: Tokens, piece: _Piece, twin: _Piece) -> bool:
    """Whether both stand near each other with no sentence ending between them."""
    i0, i1 = sorted((piece.start, twin.across))
    j0, j1 = sorted((twin.start, piece.across))
    if max(i1 - i0, j1 - j0) > NEAR_WORDS or old.role[piece.start] != new.role[twin.start]:
        return False
    between = [old.keys[k] for k in old.key[i0 : i1 - 1].tolist()] + [
        new.keys[k] for k in new.key[j0 : j1 - 1].tolist()
    ]
    return not any(SENTENCE_END.search(word) for word in between)


def _plain(tokens: Tokens, start: int, stop: int) -> bool:
    """Whether words can move without a change of meaning that must be seen: no number, negation or obligation."""
    text = " ".join(tokens.keys[k] for k in tokens.key[start:stop].tolist())
    letters = sum(character.isalpha() for character in text)
    return letters >= LEAST_LETTERS and severity_of(text, "")[0] is Severity.NORMAL


def _swapped(old: Tokens, new: Tokens, gone: list[_Piece], come: list[_Piece]) -> Iterator[Moved]:
    """Two things that changed places around a joint such as `and`: one moved, the joint between them stays."""
    by_across = {piece.across: piece for piece in come}
    taken: set[_Piece] = set()
    for piece in gone:
        for across in range(piece.start - NEAR_WORDS, piece.stop + NEAR_WORDS + 1):
            twin = by_across.get(across)
            if twin is None or twin in taken or twin.size != piece.size or not _within_sentence(old, new, piece, twin):
                continue
            moves = _around_joint(old, new, piece, twin)
            if moves:
                taken.add(twin)
                yield from moves
                break


def _around_joint(old: Tokens, new: Tokens, piece: _Piece, twin: _Piece) -> list[Moved]:
    a, b = old.key[piece.start : piece.stop], new.key[twin.start : twin.stop]
    for joint in range(1, min(JOINT_WORDS, piece.size - 1) + 1):
        for before in (True, False):  # the joint stands before the moved words on the new side, or on the old
            cut = piece.size - joint if before else joint
            if not np.array_equal(np.roll(a, -cut), b):
                continue
            moved = (piece.start, piece.start + cut) if before else (piece.start + cut, piece.stop)
            there = (twin.start + joint, twin.stop) if before else (twin.start, twin.stop - joint)
            joints = (
                (piece.start + cut, piece.stop) if before else (piece.start, piece.start + cut),
                (twin.start, twin.start + joint) if before else (twin.stop - joint, twin.stop),
            )
            if _plain(old, *moved):
                return [Moved(moved, there, ()), Moved(*joints, (), silent=True)]
    return []
