"""Blocks that are found again elsewhere: told once, as moved.

Unmatched stretches of the two sides are searched for common 4-grams, grown to maximal runs, chained over small edits,
and accepted when they are long, whole or rare enough not to be boilerplate.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.text.sequence import Hunk, grams, turned_hunk
from core.text.sliding import SENTENCE_END
from core.text.tokens import Tokens

GRAM = 4
LEAST_WORDS = 8
RARE_WORDS = 12  #: from here on half of rare 4-grams is enough
CHAIN_GAP = 6  #: words between two runs of one moved and edited block, or a quarter of their words
LONGEST_GAP = 60
ACROSS_ROLES = 3  #: words that cancel silently between body and footnotes, where they are all that is unmatched there
SENTENCE_REST = 8  #: words of a moved sentence before or after what moved unchanged, or a quarter of it


@dataclass(frozen=True, slots=True)
class Moved:
    """One moved block: token ranges of both sides, and the edits inside as hunks."""

    old: tuple[int, int]
    new: tuple[int, int]
    edits: tuple[Hunk, ...]
    silent: bool = False

    def span(self, side: int) -> tuple[int, int]:
        """Its tokens on a side: 0 old, 1 new."""
        return self.new if side else self.old


def turned_moves(moves: Iterable[Moved]) -> list[Moved]:
    """The same with the sides swapped, in the order of what is old then."""
    turned = [replace(m, old=m.new, new=m.old, edits=tuple(map(turned_hunk, m.edits))) for m in moves]
    return sorted(turned, key=lambda move: move.old)


@dataclass(frozen=True, slots=True)
class _Run:
    old: int
    new: int
    size: int


def find_moves(old: Tokens, new: Tokens, found: list[Hunk]) -> list[Moved]:
    """The moved blocks among the unmatched stretches, longest first chosen, returned in old order."""
    free_old, free_new = _owner(found, len(old), 0), _owner(found, len(new), 2)
    moves: list[Moved] = []
    rare = _rare_grams(old, new)
    for chain in _chains(_runs(old, new, free_old, free_new), free_old, free_new):
        first, last = chain[0], chain[-1]
        span_old, span_new = (first.old, last.old + last.size), (first.new, last.new + last.size)
        words = sum(run.size for run in chain)
        across = old.role[first.old] != new.role[first.new]
        if across and len(chain) == 1 and _is_whole(first, found[free_old[first.old]], found[free_new[first.new]]):
            moves.append(Moved(span_old, span_new, (), silent=True))
        elif _accepted(old, new, chain, words, span_old, span_new, rare):
            edits = tuple((a.old + a.size, b.old, a.new + a.size, b.new) for a, b in itertools.pairwise(chain))
            move = Moved(span_old, span_new, edits)
            moves.append(_to_sentences(old, new, move, (found[free_old[first.old]], found[free_new[first.new]])))
    moves.sort(key=lambda m: m.old)
    return moves


def _owner(found: list[Hunk], size: int, side: int) -> NDArray[np.int32]:
    """By token: the number of its hunk, -1 where matched."""
    owner = np.full(size, -1, np.int32)
    for k, hunk in enumerate(found):
        owner[hunk[side] : hunk[side + 1]] = k
    return owner


def _runs(old: Tokens, new: Tokens, free_old: NDArray[np.int32], free_new: NDArray[np.int32]) -> list[_Run]:
    """Maximal equal runs of unmatched tokens, longest first, not overlapping."""
    a, b = _free_grams(old, free_old), _free_grams(new, free_new)
    if not len(a[0]) or not len(b[0]):
        return []
    order_b = np.argsort(b[1], kind="stable")
    values_b, at_b = b[1][order_b], b[0][order_b]
    low, high = np.searchsorted(values_b, a[1], "left"), np.searchsorted(values_b, a[1], "right")
    counts = high - low
    keep = (counts > 0) & (counts <= 8)
    seeds = [
        (int(i), int(j))
        for i, lo, hi in zip(a[0][keep].tolist(), low[keep].tolist(), high[keep].tolist(), strict=True)
        for j in at_b[lo:hi].tolist()
    ]
    seen: set[tuple[int, int]] = set()
    runs: list[_Run] = []
    for i, j in seeds:
        if (i, j) in seen or old.key[i] != new.key[j]:
            continue
        run = _grown(old, new, free_old, free_new, i, j)
        seen.update((run.old + k, run.new + k) for k in range(run.size))
        runs.append(run)
    runs.sort(key=lambda r: (-r.size, r.old, r.new))
    used_old, used_new = np.zeros(len(old), bool), np.zeros(len(new), bool)
    chosen: list[_Run] = []
    for run in runs:
        while run.size and (used_old[run.old] or used_new[run.new]):
            run = _Run(run.old + 1, run.new + 1, run.size - 1)
        clash = np.flatnonzero(used_old[run.old : run.old + run.size] | used_new[run.new : run.new + run.size])
        if len(clash):
            run = _Run(run.old, run.new, int(clash[0]))
        if run.size < ACROSS_ROLES:
            continue
        used_old[run.old : run.old + run.size] = True
        used_new[run.new : run.new + run.size] = True
        chosen.append(run)
    return chosen


def _free_grams(tokens: Tokens, free: NDArray[np.int32]) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """Positions and hashes of the grams that lie within one unmatched stretch."""
    size = GRAM if len(tokens) >= GRAM else max(1, len(tokens))
    values = grams(tokens.key, size)
    if not len(values):
        return np.zeros(0, np.int64), values
    inside = (free[: len(values)] >= 0) & (free[: len(values)] == free[size - 1 :])
    at = np.flatnonzero(inside)
    return at, values[at]


def _grown(old: Tokens, new: Tokens, free_old: NDArray[np.int32], free_new: NDArray[np.int32], i: int, j: int) -> _Run:
    hunk_a, hunk_b = free_old[i], free_new[j]
    start = 0
    while (
        i - start > 0
        and j - start > 0
        and free_old[i - start - 1] == hunk_a
        and free_new[j - start - 1] == hunk_b
        and old.key[i - start - 1] == new.key[j - start - 1]
    ):
        start += 1
    stop = 0
    while (
        i + stop < len(old)
        and j + stop < len(new)
        and free_old[i + stop] == hunk_a
        and free_new[j + stop] == hunk_b
        and old.key[i + stop] == new.key[j + stop]
    ):
        stop += 1
    return _Run(i - start, j - start, start + stop)


def _chains(runs: list[_Run], free_old: NDArray[np.int32], free_new: NDArray[np.int32]) -> list[list[_Run]]:
    """Runs that follow each other on both sides, with a few edited words between."""
    chains: list[list[_Run]] = []
    for run in sorted(runs, key=lambda r: (r.old, r.new)):
        last = chains[-1][-1] if chains else None
        if (
            last is not None
            and 0 <= run.old - last.old - last.size <= _reach(last, run)
            and 0 <= run.new - last.new - last.size <= _reach(last, run)
            and free_old[run.old] == free_old[last.old]
            and free_new[run.new] == free_new[last.new]
        ):
            chains[-1].append(run)
        else:
            chains.append([run])
    return chains


def _is_whole(run: _Run, gone: Hunk, come: Hunk) -> bool:
    """Whether a run is too long for chance, or all of what was deleted or inserted where it stands."""
    return run.size >= LEAST_WORDS or run.size in (gone[1] - gone[0], come[3] - come[2])


def _to_sentences(old: Tokens, new: Tokens, move: Moved, around: tuple[Hunk, Hunk]) -> Moved:
    """The move with the rest of its first and last sentence, where that was edited: `I [agree]` and `You [agree]`.

    Args:
        old: And `new`, the tokens.
        move: What moved.
        around: The unmatched stretches of old and new in which it lies.
    """
    most = max(SENTENCE_REST, (move.old[1] - move.old[0]) // 4)
    low, high = (around[0][0], around[1][2]), (around[0][1], around[1][3])
    (i0, i1), (j0, j1) = move.old, move.new
    starts = _sentence_start(old, i0, low[0], most), _sentence_start(new, j0, low[1], most)
    stops = _sentence_stop(old, i1, high[0], most), _sentence_stop(new, j1, high[1], most)
    edits = list(move.edits)
    if starts[0] is not None and starts[1] is not None and (i0 > starts[0] and j0 > starts[1]):
        edits.insert(0, (starts[0], i0, starts[1], j0))
        i0, j0 = starts[0], starts[1]
    if stops[0] is not None and stops[1] is not None and (stops[0] > i1 and stops[1] > j1):
        edits.append((i1, stops[0], j1, stops[1]))
        i1, j1 = stops[0], stops[1]
    return Moved((i0, i1), (j0, j1), tuple(edits))


def _sentence_start(tokens: Tokens, at: int, low: int, most: int) -> int | None:
    """Where the sentence of a token begins; None where that is further back than `low` or `most` words."""
    for start in range(at, max(low, at - most) - 1, -1):
        if _at_border(tokens, start) or SENTENCE_END.search(tokens.keys[tokens.key[start - 1]]):
            return start
    return None


def _sentence_stop(tokens: Tokens, at: int, high: int, most: int) -> int | None:
    """Where the sentence that a token before `at` belongs to ends, likewise."""
    for stop in range(at, min(high, at + most) + 1):
        if _at_border(tokens, stop) or SENTENCE_END.search(tokens.keys[tokens.key[stop - 1]]):
            return stop
    return None


def _reach(left: _Run, right: _Run) -> int:
    """Edited words that two runs of one moved block may have between them."""
    return min(LONGEST_GAP, max(CHAIN_GAP, (left.size + right.size) // 4))


def _rare_grams(old: Tokens, new: Tokens) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """By position: whether the gram there occurs once in the whole document."""
    return _once(old), _once(new)


def _once(tokens: Tokens) -> NDArray[np.bool_]:
    values = grams(tokens.key, GRAM)
    _, inverse, count = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray(count[inverse] == 1)


def _accepted(
    old: Tokens,
    new: Tokens,
    chain: list[_Run],
    words: int,
    span_old: tuple[int, int],
    span_new: tuple[int, int],
    rare: tuple[NDArray[np.bool_], NDArray[np.bool_]],
) -> bool:
    longest = max(span_old[1] - span_old[0], span_new[1] - span_new[0])
    if words < LEAST_WORDS or words < longest / 2:
        return False
    share = _rare_share(chain, rare)
    if words < 25 and share < 0.05:
        return False
    whole = all(_at_border(tokens, edge) for tokens, span in ((old, span_old), (new, span_new)) for edge in span)
    return whole or (words >= RARE_WORDS and share >= 0.5)


def _rare_share(chain: list[_Run], rare: tuple[NDArray[np.bool_], NDArray[np.bool_]]) -> float:
    count: Counter[bool] = Counter()
    for run in chain:
        size = max(0, run.size - GRAM + 1)
        both = rare[0][run.old : run.old + size] & rare[1][run.new : run.new + size]
        count[True] += int(both.sum())
        count[False] += size - int(both.sum())
    return count[True] / max(1, count.total())


def _at_border(tokens: Tokens, edge: int) -> bool:
    """Whether a line ends before this token as paragraphs do: a sentence ended, or a capital follows."""
    if edge in tokens.bounds or edge == len(tokens):
        return True
    words = tokens.document.words
    here, before = int(tokens.order[tokens.first[edge]]), int(tokens.order[tokens.first[edge] - 1])
    if words.line[here] == words.line[before]:
        return False
    return (
        words.text(before)[-1:] in '.!?:;。”"'
        or words.text(here)[:1].isupper()
        or bool(words.page[here] != words.page[before])
    )
