"""Which words of two documents are the same: all stages from aligned streams to paired pages, sides alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.text.formulas import same_formulas
from core.text.gaps import same_characters
from core.text.moves import Moved, find_moves, turned_moves
from core.text.pagemap import Partners, moved_pages, pair_pages, shared_words
from core.text.places import settled_by_place
from core.text.sequence import Hunk, common_ends, hunks, turned_hunk
from core.text.short_moves import find_short_moves
from core.text.tidy import tidied
from core.text.tokens import Tokens
from core.text.whole_lines import by_whole_lines


@dataclass(frozen=True, slots=True)
class Matching:
    """What became what.

    Attributes:
        found: Unmatched stretches of tokens, those inside moved blocks excluded.
        moves: Blocks found elsewhere, in old order.
        pairs: Indices of the equal tokens, (m,) each, ascending in old; those of moved blocks included.
        partners: New page and similarity by old page.
        moved_pages: (old, new) pages that left the common order.
    """

    found: list[Hunk]
    moves: list[Moved]
    pairs: tuple[NDArray[np.int64], NDArray[np.int64]]
    partners: Partners
    moved_pages: frozenset[tuple[int, int]]

    def turned(self) -> Matching:
        """The same with the sides swapped."""
        new, old = self.pairs
        order = np.argsort(old, kind="stable")
        return Matching(
            [turned_hunk(hunk) for hunk in self.found],
            turned_moves(self.moves),
            (old[order], new[order]),
            {new: (old, score) for old, (new, score) in self.partners.items()},
            frozenset((new, old) for old, new in self.moved_pages),
        )


def match(old: Tokens, new: Tokens) -> Matching:
    """Bring two documents together. Swapped sides give the mirrored result: the lesser document always goes first."""
    if goes_first(old, new):
        return _match(old, new)
    return _match(new, old).turned()


def goes_first(old: Tokens, new: Tokens) -> bool:
    """Whether the old document is the lesser one, judged by what it holds alone."""
    if len(old) != len(new):
        return len(old) < len(new)
    for a, b in (
        (old.key, new.key),
        *((getattr(old.document.words, name), getattr(new.document.words, name)) for name in ("page", "box")),
    ):
        if not np.array_equal(a, b):
            return bool(a.tobytes() < b.tobytes())
    return old.document.sha256 <= new.document.sha256


def _match(old: Tokens, new: Tokens) -> Matching:
    found = _aligned(old, new)
    moves = find_moves(old, new, found)
    moves = sorted([*moves, *find_short_moves(old, new, found, moves)], key=lambda move: move.old)
    pairs = _pairs(old, new, found, moves)
    partners = pair_pages(old, new, pairs)
    found, moves, pairs, partners = settled_by_place(old, new, found, moves, pairs, partners)
    moved = moved_pages(partners, _in_order(old, new, moves, pairs))
    return Matching(found, moves, pairs, partners, moved)


def _in_order(
    old: Tokens, new: Tokens, moves: list[Moved], pairs: tuple[NDArray[np.int64], NDArray[np.int64]]
) -> dict[tuple[int, int], int]:
    """By page pair, the words matched outside moved blocks."""
    moved = np.zeros(len(old), bool)
    for move in moves:
        moved[slice(*move.old)] = True
    stayed = ~moved[pairs[0]]
    return shared_words(old, new, (pairs[0][stayed], pairs[1][stayed]))


def _aligned(old: Tokens, new: Tokens) -> list[Hunk]:
    """The unmatched stretches of all streams, tidied."""
    found: list[Hunk] = []
    for k in range(len(old.bounds) - 1):
        (i0, i1), (j0, j1) = (old.bounds[k], old.bounds[k + 1]), (new.bounds[k], new.bounds[k + 1])
        found += hunks(old.key[i0:i1], new.key[j0:j1], (i0, j0))
    found = same_formulas(old, new, same_characters(old, new, found))
    return tidied(old, new, by_whole_lines(old, new, found))


def _pairs(
    old: Tokens, new: Tokens, found: list[Hunk], moves: list[Moved]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Indices of the equal tokens of both sides, ascending in old; those of moved blocks included."""
    parts = [_equal(old, new, found, (0, len(old)), (0, len(new)))]
    parts += [_equal(old, new, list(move.edits), move.old, move.new) for move in moves]
    a, b = (np.concatenate(side) for side in zip(*parts, strict=True))
    order = np.argsort(a, kind="stable")
    return a[order], b[order]


def _equal(
    old: Tokens, new: Tokens, found: list[Hunk], span_old: tuple[int, int], span_new: tuple[int, int]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The tokens between hunks that are equal one to one; stretches cut into words otherwise are left out."""
    free_old = np.zeros(span_old[1] - span_old[0], bool)
    free_new = np.zeros(span_new[1] - span_new[0], bool)
    i, j = span_old[0], span_new[0]
    for i0, i1, j0, j1 in [*found, (span_old[1], span_old[1], span_new[1], span_new[1])]:
        if i0 - i != j0 - j:
            i, j = _shrink(old, new, free_old, free_new, (i, i0, j, j0), (span_old[0], span_new[0]))
        free_old[i0 - span_old[0] : i1 - span_old[0]] = True
        free_new[j0 - span_new[0] : j1 - span_new[0]] = True
        i, j = i1, j1
    a, b = np.flatnonzero(~free_old) + span_old[0], np.flatnonzero(~free_new) + span_new[0]
    same = old.key[a] == new.key[b]
    return a[same], b[same]


def _shrink(
    old: Tokens,
    new: Tokens,
    free_old: NDArray[np.bool_],
    free_new: NDArray[np.bool_],
    stretch: Hunk,
    origin: tuple[int, int],
) -> tuple[int, int]:
    """Leave out the middle of a matched stretch whose two sides are cut into a different number of words."""
    i0, i1, j0, j1 = stretch
    head, tail = common_ends(old.key[i0:i1], new.key[j0:j1])
    free_old[i0 + head - origin[0] : i1 - tail - origin[0]] = True
    free_new[j0 + head - origin[1] : j1 - tail - origin[1]] = True
    return i1, j1
