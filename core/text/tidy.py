"""Mend a correct alignment for a human eye; the words that are told stay right on both sides.

Ugly and mended, `[ ]` marks what is told:

    [the first] part and [the second]     →   [the first part and] the second        (one stretch, shifted)
    [a b c d e f] of [u v w x y z]        →   [a b c d e f of u v w x y z]            (a chance word given up)
    [old words] to [say it] in [a way]    →   [old words to say it in a way]          (a clause written anew)
    5. [Old words. 6.] Next               →   [5. Old words.] [6.] Next               (a number goes with its item)
    end. He [went. He]                    →   end. [He went.] He                      (runs slide to sentences)
    is [You go] to [it.] the end          →   is [You go to it.] [to] the end         (a sentence is whole)
    a [noise a] net … goal [a noise]      →   [a noise] a net … goal [a noise]        (what moved reads the same)
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.model import Severity
from core.text.sequence import Hunk
from core.text.severity import severity_of
from core.text.sliding import LIST_NUMBER, SENTENCE_END, line_starts, made_alike, pure, slid
from core.text.tokens import Tokens

SHIFT_WORDS = 12
#: An island of so many words is given up when both its neighbours change at least so many.
ISLANDS = {1: 5, 2: 12, 3: 24, 4: 50}
REWRITTEN_EDITS = 3  #: of a clause, from which it may count as written anew
REWRITTEN_KEPT = 3  #: words between two of them that may have stayed by chance
REWRITTEN_EXCESS = 1.5  #: times as many words must differ on each side as stayed
REWRITTEN_LARGEST = 3  #: words of the largest edit at least, else single words were exchanged
SENTENCE_WORDS = 60  #: that are looked at to its ends
LITTLE_WORD = 3  #: letters of a word that may stand in a sentence by chance, at most
SENTENCE_PART = 3  #: words of either part of a sentence around it, at least


def tidied(old: Tokens, new: Tokens, found: list[Hunk]) -> list[Hunk]:
    """The mended hunks; applied until nothing changes (at most four times)."""
    starts = (line_starts(old), line_starts(new))
    for _ in range(4):
        before = found
        found = _shifted(old, new, found)
        found = _without_islands(old, new, found)
        found = _rewritten(old, new, found)
        found = slid(old, new, found, starts)
        found = _merged(found)
        if found == before:
            break
    found = _whole_sentences(old, new, found)
    found = made_alike(old, new, found, starts)
    return [part for hunk in found for part in _renumbered(old, new, hunk, starts)]


def _whole_sentences(old: Tokens, new: Tokens, found: list[Hunk]) -> list[Hunk]:
    """A sentence that came (or went) in two parts, around a little word that stands there by chance, made whole.

    The word is then told as deleted (or inserted) beside it.
    """
    out: list[Hunk] = []
    for hunk in found:
        left = out[-1] if out else None
        side = pure(hunk)
        if left is not None and side >= 0 and side == pure(left) and _is_chance(old, left, hunk):
            tokens, (start, stop) = (old, (left[0], hunk[1])) if side == 0 else (new, (left[2], hunk[3]))
            if _is_sentence(tokens, start, stop):
                i0, i1, j0, j1 = left[0], hunk[1], left[2], hunk[3]
                out[-1] = (i0, i1, j0, j0) if side == 0 else (i0, i0, j0, j1)
                out.append((i1, i1, j0, j1) if side == 0 else (i0, i1, j1, j1))
                continue
        out.append(hunk)
    return out


def _is_chance(old: Tokens, left: Hunk, right: Hunk) -> bool:
    """Whether what two long runs have between them is a little word that says nothing by itself."""
    size = right[0] - left[1]
    if size != 1 or right[2] - left[3] != size or min(_weight(left), _weight(right)) < SENTENCE_PART:
        return False
    word = old.keys[old.key[left[1]]]
    return (
        len(word) <= LITTLE_WORD and word.isalpha() and word.islower() and severity_of(word, "")[0] is Severity.NORMAL
    )


def _is_sentence(tokens: Tokens, start: int, stop: int) -> bool:
    """Whether a run is one sentence: it begins with a capital and ends as sentences do, and none ends within."""
    if any(start < bound < stop for bound in tokens.bounds[1:-1]):
        return False
    ends = [SENTENCE_END.search(tokens.keys[key]) is not None for key in tokens.key[start:stop].tolist()]
    return tokens.keys[tokens.key[start]][:1].isupper() and ends[-1] and not any(ends[:-1])


def _renumbered(
    old: Tokens, new: Tokens, hunk: Hunk, starts: tuple[NDArray[np.bool_], NDArray[np.bool_]]
) -> list[Hunk]:
    """A list number that stayed only by chance goes with its item (see the drawing above)."""
    i0, i1, j0, j1 = hunk
    side = pure(hunk)
    if side < 0 or not i0 or not j0 or i0 in old.bounds or j0 in new.bounds:
        return [hunk]
    tokens, last = (old, i1 - 1) if side == 0 else (new, j1 - 1)
    numbers = ((old, i0 - 1, starts[0]), (new, j0 - 1, starts[1]), (tokens, last, starts[side]))
    if not all(
        starting[at] and LIST_NUMBER.match(side_tokens.keys[side_tokens.key[at]])
        for side_tokens, at, starting in numbers
    ):
        return [hunk]
    if side == 0:
        return [(i0 - 1, i1 - 1, j0 - 1, j0 - 1), (i1 - 1, i1, j0 - 1, j0)]
    return [(i0 - 1, i0 - 1, j0 - 1, j1 - 1), (i0 - 1, i0, j1 - 1, j1)]


def _merged(found: list[Hunk]) -> list[Hunk]:
    """Touching hunks made one."""
    out: list[Hunk] = []
    for hunk in found:
        if hunk[0] == hunk[1] and hunk[2] == hunk[3]:
            continue
        if out and out[-1][1] == hunk[0] and out[-1][3] == hunk[2]:
            out[-1] = (out[-1][0], hunk[1], out[-1][2], hunk[3])
        else:
            out.append(hunk)
    return out


def _shifted(old: Tokens, new: Tokens, found: list[Hunk]) -> list[Hunk]:
    """Two insertions (or two deletions) around a short stretch become one where the stretch fits at an end."""
    out: list[Hunk] = []
    for hunk in found:
        if out:
            one = _as_one(old, new, out[-1], hunk)
            if one is not None:
                out[-1] = one
                continue
        out.append(hunk)
    return out


def _as_one(old: Tokens, new: Tokens, left: Hunk, right: Hunk) -> Hunk | None:
    side = pure(left)
    size = right[0] - left[1]
    if side < 0 or side != pure(right) or not 0 < size <= SHIFT_WORDS or right[2] - left[3] != size:
        return None
    tokens, (a, b) = (old, (left[0], right[1])) if side == 0 else (new, (left[2], right[3]))
    stretch = (old.key if side == 0 else new.key)[left[1] if side == 0 else left[3] :][:size]
    if a in tokens.bounds[1:-1] or b in tokens.bounds[1:-1]:
        return None
    if np.array_equal(tokens.key[a : a + size], stretch):  # the stretch stays in front
        return (
            (a + size, b, left[2] + size, left[2] + size)
            if side == 0
            else (left[0] + size, left[0] + size, a + size, b)
        )
    if np.array_equal(tokens.key[b - size : b], stretch):
        return (a, b - size, left[2], left[2]) if side == 0 else (left[0], left[0], a, b - size)
    return None


def _without_islands(old: Tokens, new: Tokens, found: list[Hunk]) -> list[Hunk]:
    """Give up a few equal words between two large edits: there they are chance."""
    out: list[Hunk] = []
    for hunk in found:
        if out:
            last = out[-1]
            size = max(hunk[0] - last[1], hunk[2] - last[3])
            least = ISLANDS.get(size)
            if (
                least is not None
                and min(_weight(last), _weight(hunk)) >= least
                and _mixed(last, hunk)
                and not any(
                    last[1] <= bound < hunk[0] or last[3] <= new_bound < hunk[2]
                    for bound, new_bound in zip(old.bounds[1:-1], new.bounds[1:-1], strict=True)
                )
            ):
                out[-1] = (last[0], hunk[1], last[2], hunk[3])
                continue
        out.append(hunk)
    return out


def _rewritten(old: Tokens, new: Tokens, found: list[Hunk]) -> list[Hunk]:
    """Edits of one clause of which more was written anew than stayed, made one; the longest run from each edit on."""
    out: list[Hunk] = []
    at = 0
    while at < len(found):
        stop = at + 1
        gone, come, kept = found[at][1] - found[at][0], found[at][3] - found[at][2], 0
        largest = min(gone, come)
        for k in range(at + 1, len(found) if not _is_sentences(old, new, found[at]) else 0):
            last, hunk = found[k - 1], found[k]
            size = max(hunk[0] - last[1], hunk[2] - last[3])
            if size > REWRITTEN_KEPT or _is_sentences(old, new, hunk):
                break
            if _tells(old, last[1], hunk[0]) or _tells(new, last[3], hunk[2]):
                break
            kept += size
            gone, come = gone + hunk[1] - hunk[0], come + hunk[3] - hunk[2]
            largest = max(largest, min(hunk[1] - hunk[0], hunk[3] - hunk[2]))
            if (
                k - at + 1 >= REWRITTEN_EDITS
                and largest >= REWRITTEN_LARGEST
                and min(gone, come) >= REWRITTEN_EXCESS * kept
                and min(gone, come) > kept + _rest_of_sentences(old, new, found[at], hunk, _following(found, k, new))
            ):
                stop = k + 1
        out.append((found[at][0], found[stop - 1][1], found[at][2], found[stop - 1][3]))
        at = stop
    return out


def _is_sentences(old: Tokens, new: Tokens, hunk: Hunk) -> bool:
    """Whether sentences came or went, and nothing was written in their place."""
    return pure(hunk) >= 0 and (_ends_sentence(old, hunk[0], hunk[1]) or _ends_sentence(new, hunk[2], hunk[3]))


def _following(found: list[Hunk], at: int, new: Tokens) -> int:
    return found[at + 1][2] if at + 1 < len(found) else len(new)


def _rest_of_sentences(old: Tokens, new: Tokens, first: Hunk, last: Hunk, limit: int) -> int:
    """How many words stayed between some edits and the ends of the sentence in which these begin or end.

    Args:
        old: And `new`, the tokens.
        first: The first edit; what stands before a sentence that begins within it does not count.
        last: The last edit; likewise.
        limit: New token with which the next edit begins.
    """
    count = 0
    if not _ends_sentence(old, first[0], first[1]) and not _ends_sentence(new, first[2], first[3]):
        start = first[2]
        while start not in new.bounds and count < SENTENCE_WORDS and not _ends_sentence(new, start - 1, start):
            start, count = start - 1, count + 1
    if not _ends_sentence(old, last[0], last[1]) and not _ends_sentence(new, last[2], last[3]):
        stop = last[3]
        while stop < limit and stop not in new.bounds and count < 2 * SENTENCE_WORDS:
            stop, count = stop + 1, count + 1
            if _ends_sentence(new, stop - 1, stop):
                break
    return count


def _ends_sentence(tokens: Tokens, start: int, stop: int) -> bool:
    return any(SENTENCE_END.search(tokens.keys[k]) for k in tokens.key[start:stop].tolist())


def _tells(tokens: Tokens, start: int, stop: int) -> bool:
    """Whether a stretch did not stay by chance: it ends a sentence or a stream, or holds a number."""
    return (
        any(start <= bound <= stop for bound in tokens.bounds[1:-1])
        or _ends_sentence(tokens, start, stop)
        or any(any(map(str.isdigit, tokens.keys[k])) for k in tokens.key[start:stop].tolist())
    )


def _weight(hunk: Hunk) -> int:
    return max(hunk[1] - hunk[0], hunk[3] - hunk[2])


def _mixed(left: Hunk, right: Hunk) -> bool:
    """Whether the two together change words on both sides: between two pure insertions a common word is no chance."""
    return (left[1] > left[0] or right[1] > right[0]) and (left[3] > left[2] or right[3] > right[2])
