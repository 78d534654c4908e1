"""Align two sequences of integers: which items are equal, in order, with as few others as possible.

Cheap sameness first (equal ends, then stretches that occur once on both sides), an exact minimal alignment in what
is left. Source: patience diff's unique anchors on 4-grams with a heaviest increasing chain; the exact part is the
bit-parallel LCS of RapidFuzz.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Indel

Ints: TypeAlias = NDArray[np.int32]
Hunk: TypeAlias = tuple[int, int, int, int]  #: old start, old stop, new start, new stop

EXACT_CELLS = 4_000_000  #: below, the exact alignment is quicker than looking for anchors
LARGEST_CELLS = 200_000_000  #: 25 MB of bits; above, a gap without anchors is cut into blocks
#: So many times the items of both sides may be looked through for anchors, all stretches together; what is then left
#: is aligned as if it had none. Real pairs take less than 5; only texts made for it take more.
MOST_LOOKS = 40
_MIX = (
    np.uint64(0x9E3779B97F4A7C15),
    np.uint64(0xC2B2AE3D27D4EB4F),
    np.uint64(0x165667B19E3779F9),
    np.uint64(0x27D4EB2F165667C5),
)


def turned_hunk(hunk: Hunk) -> Hunk:
    """The same with the sides swapped."""
    return (*hunk[2:], *hunk[:2])


def hunks(old: Ints, new: Ints, offset: tuple[int, int] = (0, 0)) -> list[Hunk]:
    """The unmatched stretches of both sides, in order; between two of them all items are equal.

    Args:
        old: (n,) keys.
        new: (m,) keys.
        offset: Added to the positions of old and new.
    """
    blocks = _matching_blocks(old, new)
    found: list[Hunk] = []
    i = j = 0
    for a, b, size in [*blocks, (len(old), len(new), 0)]:
        if a > i or b > j:
            found.append((i + offset[0], a + offset[0], j + offset[1], b + offset[1]))
        i, j = a + size, b + size
    return found


def _matching_blocks(old: Ints, new: Ints) -> list[tuple[int, int, int]]:
    """(old start, new start, length) of equal stretches, ascending."""
    done: list[tuple[int, int, int]] = []
    todo: list[tuple[int, int, int, int, int]] = [(0, len(old), 0, len(new), 4)]
    budget = MOST_LOOKS * (len(old) + len(new))
    while todo:
        i0, i1, j0, j1, gram = todo.pop()
        head = _common(old[i0:i1], new[j0:j1])
        if head:
            done.append((i0, j0, head))
            i0, j0 = i0 + head, j0 + head
        tail = _common(old[i0:i1][::-1], new[j0:j1][::-1])
        if tail:
            i1, j1 = i1 - tail, j1 - tail
            done.append((i1, j1, tail))
        n, m = i1 - i0, j1 - j0
        if not n or not m:
            continue
        if n * m <= EXACT_CELLS or (gram == 0 and n * m <= LARGEST_CELLS):
            done.extend(_exact(old[i0:i1], new[j0:j1], i0, j0))
            continue
        if gram == 0:
            todo.extend(_cut(i0, i1, j0, j1))
            continue
        budget -= n + m
        anchors = _anchors(old[i0:i1], new[j0:j1], gram) if budget >= 0 else []
        if not anchors:
            todo.append((i0, i1, j0, j1, gram // 2))
            continue
        i, j = i0, j0
        for a, b, size in anchors:
            a, b = a + i0, b + j0
            skip = max(0, i - a, j - b)
            if skip >= size:
                continue
            a, b, size = a + skip, b + skip, size - skip
            done.append((a, b, size))
            todo.append((i, a, j, b, gram))
            i, j = a + size, b + size
        todo.append((i, i1, j, j1, gram))
    done.sort()
    return done


def _common(old: Ints, new: Ints) -> int:
    """Length of the equal beginning. Looks at a short stretch first: most calls end there."""
    n = min(len(old), len(new))
    for size in (min(n, 64), n):
        differs = old[:size] != new[:size]
        if differs.any():
            return int(differs.argmax())
    return n


def common_ends(old: Sequence[Any] | Ints, new: Sequence[Any] | Ints) -> tuple[int, int]:
    """How many items are equal at the start and, of the rest, at the end."""
    most, head, tail = min(len(old), len(new)), 0, 0
    while head < most and old[head] == new[head]:
        head += 1
    while tail < most - head and old[len(old) - 1 - tail] == new[len(new) - 1 - tail]:
        tail += 1
    return head, tail


def exact_blocks(old: Sequence[Any], new: Sequence[Any]) -> list[tuple[int, int, int]]:
    """(old start, new start, length) of the equal stretches of a minimal alignment, ascending.

    Of several minimal ones it is the same when the sides are swapped: the lesser sequence always goes first.
    """
    swap = (len(new), new) < (len(old), old)
    a, b = (new, old) if swap else (old, new)
    found = [
        (op.src_start, op.dest_start, op.src_end - op.src_start) for op in Indel.opcodes(a, b) if op.tag == "equal"
    ]
    return [(j, i, size) for i, j, size in found] if swap else found


def _exact(old: Ints, new: Ints, i0: int, j0: int) -> list[tuple[int, int, int]]:
    return [(i + i0, j + j0, size) for i, j, size in exact_blocks(old.tolist(), new.tolist())]


def _cut(i0: int, i1: int, j0: int, j1: int) -> list[tuple[int, int, int, int, int]]:
    """Blocks of a stretch that has no anchor at all and is too large for the exact method."""
    parts = int(np.ceil(np.sqrt((i1 - i0) * (j1 - j0) / LARGEST_CELLS))) + 1
    a = np.linspace(i0, i1, parts + 1).astype(int).tolist()
    b = np.linspace(j0, j1, parts + 1).astype(int).tolist()
    return [(a[k], a[k + 1], b[k], b[k + 1], 0) for k in range(parts)]


def grams(keys: Ints, size: int) -> NDArray[np.uint64]:
    """A hash of each stretch of `size` keys; (n - size + 1,)."""
    wide = keys.astype(np.uint64)
    found = np.zeros(max(0, len(keys) - size + 1), np.uint64)
    with np.errstate(over="ignore"):
        for k in range(size):
            part = wide[k : k + len(found)] + np.uint64(1)
            found += (part ^ (part >> np.uint64(7))) * _MIX[k] * (part + _MIX[(k + 1) % 4])
    return found


def _anchors(old: Ints, new: Ints, size: int) -> list[tuple[int, int, int]]:
    """Stretches around grams that occur once on both sides, as the heaviest chain that ascends on both."""
    first_a, first_b = _unique(grams(old, size)), _unique(grams(new, size))
    _, at_a, at_b = np.intersect1d(first_a[0], first_b[0], assume_unique=True, return_indices=True)
    a, b = first_a[1][at_a], first_b[1][at_b]
    if not len(a):
        return []
    order = np.argsort(a, kind="stable")
    a, b = a[order], b[order]
    breaks = np.flatnonzero((np.diff(a) != 1) | (np.diff(b) != 1)) + 1
    starts = np.concatenate(([0], breaks))
    lengths = np.diff(np.concatenate((starts, [len(a)]))) + size - 1
    runs = list(zip(a[starts].tolist(), b[starts].tolist(), lengths.tolist(), strict=True))
    return [runs[k] for k in heaviest_chain([r[1] for r in runs], [r[2] for r in runs])]


def _unique(values: NDArray[np.uint64]) -> tuple[NDArray[np.uint64], NDArray[np.intp]]:
    found, at, count = np.unique(values, return_index=True, return_counts=True)
    once = count == 1
    return found[once], at[once]


def heaviest_chain(values: list[int], weights: list[int]) -> list[int]:
    """Indices of the ascending subsequence of `values` with the largest sum of `weights`.

    Source: dynamic programme over a Fenwick tree of prefix maxima, O(n log n).
    """
    rank = {value: k + 1 for k, value in enumerate(sorted(set(values)))}
    best = [0] * (len(rank) + 1)
    last = [-1] * (len(rank) + 1)
    before = [-1] * len(values)
    top, end = 0, -1
    for k, value in enumerate(values):
        place = rank[value]
        total, link = 0, -1
        spot = place - 1
        while spot:
            if best[spot] > total:
                total, link = best[spot], last[spot]
            spot &= spot - 1
        total += weights[k]
        before[k] = link
        if total > top:
            top, end = total, k
        while place < len(best):
            if total > best[place]:
                best[place], last[place] = total, k
            place += place & -place
    chain: list[int] = []
    while end >= 0:
        chain.append(end)
        end = before[end]
    return chain[::-1]
