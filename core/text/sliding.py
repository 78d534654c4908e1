"""Move runs that came or went along equal words, to where an eye would see them begin and end."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from core.model import Flag
from core.text.sequence import Hunk, Ints
from core.text.tokens import Tokens

ALIKE_WORDS = 40  #: of a run that is slid until it reads as another one, at most
LIST_NUMBER = re.compile(r"^(?:\(?\d{1,3}(?:\.\d{1,3})*[.)]?|\(?[a-z][.)]|§)$")
SENTENCE_END = re.compile(r"[.!?。！？][\"')\]]*$")

Starts = tuple[NDArray[np.bool_], NDArray[np.bool_]]  #: of both sides, see `line_starts`


def pure(hunk: Hunk) -> int:
    """0 a deletion, 1 an insertion, -1 both."""
    if hunk[2] == hunk[3]:
        return 0
    return 1 if hunk[0] == hunk[1] else -1


def line_starts(tokens: Tokens) -> NDArray[np.bool_]:
    """(n + 1,) whether a token is the first of its line."""
    lead = tokens.lead()
    line = tokens.document.words.line[lead]
    return np.concatenate(([True], np.diff(line) != 0, [True])) if len(lead) else np.ones(1, bool)


def slid(old: Tokens, new: Tokens, found: list[Hunk], starts: Starts) -> list[Hunk]:
    """Each pure run moved along equal words to the best place to begin: a sentence, a line, a capital."""
    found = list(found)
    for at in range(len(found)):
        steps = _steps(old, new, found, at)
        if len(steps) > 1:
            best = max(steps, key=lambda step: (_merit(old, new, found[at], step, starts), -abs(step), -step))
            found[at] = _moved_by(found[at], best)
    return found


def made_alike(old: Tokens, new: Tokens, found: list[Hunk], starts: Starts) -> list[Hunk]:
    """What went here and came there, slid until both read the same where that can be: then it is one thing that moved.

    Only where a run has one such twin: which of several went where is open.
    """
    twins: tuple[dict[bytes, list[int]], dict[bytes, list[int]]] = defaultdict(list), defaultdict(list)
    for at, hunk in enumerate(found):
        if pure(hunk) >= 0 and 1 < len(keys := _keys(old, new, hunk)) <= ALIKE_WORDS:
            twins[pure(hunk)][np.sort(keys).tobytes()].append(at)
    found = list(found)
    for words in twins[0]:
        if len(twins[0][words]) == len(twins[1].get(words, ())) == 1:
            pair = twins[0][words][0], twins[1][words][0]
            ways = [
                (i, j)
                for i in _steps(old, new, found, pair[0])
                for j in _steps(old, new, found, pair[1])
                if _keys(old, new, _moved_by(found[pair[0]], i)).tobytes()
                == _keys(old, new, _moved_by(found[pair[1]], j)).tobytes()
            ]
            if not ways or (0, 0) in ways:
                continue
            best = max(
                ways,
                key=lambda way: (
                    sum(_merit(old, new, found[at], step, starts) for at, step in zip(pair, way, strict=True)),
                    -abs(way[0]) - abs(way[1]),
                    way,
                ),
            )
            for at, step in zip(pair, best, strict=True):
                found[at] = _moved_by(found[at], step)
    return found


def _moved_by(hunk: Hunk, step: int) -> Hunk:
    return (hunk[0] + step, hunk[1] + step, hunk[2] + step, hunk[3] + step)


def _keys(old: Tokens, new: Tokens, hunk: Hunk) -> Ints:
    """What a pure run reads."""
    return old.key[hunk[0] : hunk[1]] if pure(hunk) == 0 else new.key[hunk[2] : hunk[3]]


def _steps(old: Tokens, new: Tokens, found: list[Hunk], at: int) -> range:
    """By how many words a run can move back (below zero) and on, along equal words; a replacement stays."""
    hunk = found[at]
    side = pure(hunk)
    if side < 0:
        return range(1)
    tokens, start, stop = (old, hunk[0], hunk[1]) if side == 0 else (new, hunk[2], hunk[3])
    room_back = hunk[0] - (found[at - 1][1] if at else 0), hunk[2] - (found[at - 1][3] if at else 0)
    following = found[at + 1] if at + 1 < len(found) else (len(old), len(old), len(new), len(new))
    room_on = following[0] - hunk[1], following[2] - hunk[3]
    segment = bisect_left(tokens.bounds, start + 1) - 1
    low, high = tokens.bounds[max(segment, 0)], tokens.bounds[min(segment + 1, len(tokens.bounds) - 1)]
    other, other_at = (new, hunk[2]) if side == 0 else (old, hunk[0])
    key = tokens.key
    back = 0
    while (
        back < min(room_back)
        and start - back > low
        and key[start - back - 1] == key[stop - back - 1] == other.key[other_at - back - 1]
    ):
        back += 1
    on = 0
    while on < min(room_on) and stop + on < high and key[start + on] == key[stop + on] == other.key[other_at + on]:
        on += 1
    return range(-back, on + 1)


def _merit(old: Tokens, new: Tokens, hunk: Hunk, step: int, starts: Starts) -> int:
    """How well a run that is moved so far begins and ends."""
    side = pure(hunk)
    tokens, start, stop = (old, hunk[0], hunk[1]) if side == 0 else (new, hunk[2], hunk[3])
    return _begins(tokens, start + step, stop + step, starts[side])


def _begins(tokens: Tokens, start: int, stop: int, line_start: NDArray[np.bool_]) -> int:
    """How good a place this is for a run to begin and end."""
    words = tokens.document.words
    score = 0
    before = tokens.keys[tokens.key[start - 1]] if start else "."
    last = tokens.keys[tokens.key[stop - 1]]
    first = words.text(int(tokens.order[tokens.first[start]]))
    if SENTENCE_END.search(before) and SENTENCE_END.search(last):
        score += 4
    if line_start[start] and line_start[stop]:
        score += 3
    elif line_start[start]:
        score += 1
    if LIST_NUMBER.match(first) and line_start[start]:
        score += 3
    if first[:1].isupper():
        score += 1
    if stop < len(tokens) and words.flags[int(tokens.order[tokens.first[stop]])] & Flag.GLUED:
        score -= 1
    return score
