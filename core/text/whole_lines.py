"""Lists whose lines shift: whole lines that came or went, rather than many words that changed.

In a list of lines that are much alike (certificates, years, parts) the fewest words are told by changing some in each
line; a reader sees that a line came. Where many differences stand near each other, the lines themselves are aligned:
equal lines first, words within what is left. That is kept when it tells clearly fewer differences and not many more
words; both readings are true.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import pairwise

import numpy as np

from core.text.sequence import Hunk, exact_blocks, hunks
from core.text.tokens import Tokens

NEAR = 14  #: equal words, at most, between two differences of one list
LEAST_HUNKS = 3  #: differences from which on a list is looked at
LEAST_WORDS = 3  #: of a line that may hold its place: shorter ones are equal by chance
LEAST_LINES = 2  #: lines that hold their place
MOST_LINES = 400  #: of a list: the alignment is square in them
FEWER = 0.6  #: share of the differences that may be left
MORE_WORDS = 1.75  #: times as many words may be told

_Span = tuple[int, int]


class _Lines:
    """Where the lines of a side begin, in tokens; the lines of two streams are never one."""

    def __init__(self, tokens: Tokens) -> None:
        line = tokens.document.words.line[tokens.lead()] if len(tokens) else np.zeros(0, np.int32)
        begins = {0, len(tokens), *tokens.bounds, *(np.flatnonzero(np.diff(line)) + 1).tolist()}
        self._begins = sorted(begins)

    def back(self, at: int) -> int:
        """Tokens from the beginning of the line to this one."""
        return at - self._begins[max(0, bisect_right(self._begins, at) - 1)]

    def ahead(self, at: int) -> int:
        """Tokens from this one to the end of the line; none where a line begins."""
        return self._begins[min(len(self._begins) - 1, bisect_left(self._begins, at))] - at

    def within(self, start: int, stop: int) -> list[_Span]:
        """The lines of a stretch."""
        inner = self._begins[bisect_right(self._begins, start) : bisect_left(self._begins, stop)]
        edges = [start, *inner, stop] if start < stop else []
        return list(pairwise(edges))


def by_whole_lines(old: Tokens, new: Tokens, found: list[Hunk]) -> list[Hunk]:
    """The differences of two documents, ascending, those of lists told by whole lines."""
    lines = _Lines(old), _Lines(new)
    streams = [bisect_right(old.bounds, hunk[0]) for hunk in found]
    out: list[Hunk] = []
    at = 0
    while at < len(found):
        stop = at + 1
        while stop < len(found) and found[stop][0] - found[stop - 1][1] <= NEAR and streams[stop] == streams[at]:
            stop += 1
        group = found[at:stop]
        if len(group) >= LEAST_HUNKS:
            room = _room(old, new, found, at, stop)
            group = _of_lines(old, new, lines, group, room) or group
        out += group
        at = stop
    return out


def _room(old: Tokens, new: Tokens, found: list[Hunk], at: int, stop: int) -> _Span:
    """Equal tokens before and behind some differences."""
    stream = max(0, bisect_right(old.bounds, found[at][0]) - 1)
    before = found[at - 1] if at else (0, 0, 0, 0)
    begin = max(before[1], old.bounds[stream]), max(before[3], new.bounds[stream])
    last = min(stream + 1, len(old.bounds) - 1)
    after = found[stop] if stop < len(found) else (len(old), len(old), len(new), len(new))
    end = min(after[0], old.bounds[last]), min(after[2], new.bounds[last])
    first, final = found[at], found[stop - 1]
    return (
        max(0, min(first[0] - begin[0], first[2] - begin[1])),
        max(0, min(end[0] - final[1], end[1] - final[3])),
    )


def _of_lines(
    old: Tokens, new: Tokens, lines: tuple[_Lines, _Lines], group: list[Hunk], room: _Span
) -> list[Hunk] | None:
    """Some differences by whole lines; None where that is no better."""
    (i0, _, j0, _), (_, i1, _, j1) = group[0], group[-1]
    back = min(room[0], max(lines[0].back(i0), lines[1].back(j0)))
    ahead = min(room[1], max(lines[0].ahead(i1), lines[1].ahead(j1)))
    i0, i1, j0, j1 = i0 - back, i1 + ahead, j0 - back, j1 + ahead
    spans = lines[0].within(i0, i1), lines[1].within(j0, j1)
    if max(map(len, spans)) > MOST_LINES:
        return None
    keys = [[tokens.key[a:b].tobytes() for a, b in side] for tokens, side in zip((old, new), spans, strict=True)]
    kept = [
        (spans[0][a + k], spans[1][b + k])
        for a, b, size in exact_blocks(keys[0], keys[1])
        for k in range(size)
        if spans[0][a + k][1] - spans[0][a + k][0] >= LEAST_WORDS
    ]
    if len(kept) < LEAST_LINES:
        return None
    out: list[Hunk] = []
    i, j = i0, j0
    for one, other in [*kept, ((i1, i1), (j1, j1))]:
        out += hunks(old.key[i : one[0]], new.key[j : other[0]], (i, j))
        i, j = one[1], other[1]
    told = _told(group)
    return out if len(out) <= FEWER * len(group) and _told(out) <= MORE_WORDS * told else None


def _told(group: list[Hunk]) -> int:
    """Words of both sides that some differences tell."""
    return sum(i1 - i0 + j1 - j0 for i0, i1, j0, j1 in group)
