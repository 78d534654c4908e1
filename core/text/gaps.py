"""What still reads the same inside a gap: equal characters, cut into words in another way.

Letter-spaced headings, blanks lost or won at a line end, and hyphens that a line break may have made are not changes.
"""

from __future__ import annotations

import numpy as np

from core.text.sequence import Hunk, exact_blocks
from core.text.tokens import Tokens, normalised

NEAR = 2  #: gaps with at most so many matched words between them are looked at together
LARGEST = 4000  #: characters of a gap


def same_characters(old: Tokens, new: Tokens, found: list[Hunk]) -> list[Hunk]:
    """The hunks without those parts whose characters, blanks aside, are equal."""
    out: list[Hunk] = []
    group: list[Hunk] = []
    for hunk in found:
        if group and (hunk[0] - group[-1][1] > NEAR or _segment(old, hunk[0]) != _segment(old, group[-1][0])):
            out.extend(_within(old, new, group))
            group = []
        group.append(hunk)
    out.extend(_within(old, new, group))
    return out


def _segment(tokens: Tokens, at: int) -> int:
    return sum(at >= bound for bound in tokens.bounds[1:-1])


def _within(old: Tokens, new: Tokens, group: list[Hunk]) -> list[Hunk]:
    """One group of near gaps, mended where its characters agree."""
    if not group or (all(h[0] == h[1] or h[2] == h[3] for h in group) and len(group) == 1):
        return group
    i0, i1, j0, j1 = group[0][0], group[-1][1], group[0][2], group[-1][3]
    if i0 == i1 or j0 == j1:
        return group
    a, b = _spelled(old, i0, i1), _spelled(new, j0, j1)
    joined_a, joined_b = "".join(a), "".join(b)
    if joined_a == joined_b:
        return []
    if joined_a.replace("-", "") == joined_b.replace("-", "") and _hyphens_agree(old, new, (i0, i1), (j0, j1)):
        return []
    if len(joined_a) > LARGEST or len(joined_b) > LARGEST:
        return group
    return [part for hunk in group for part in _peel(a, b, hunk, i0, j0)]


def _spelled(tokens: Tokens, start: int, stop: int) -> list[str]:
    keys = tokens.keys
    return [keys[k] for k in tokens.key[start:stop].tolist()]


def _hyphens_agree(old: Tokens, new: Tokens, span_old: tuple[int, int], span_new: tuple[int, int]) -> bool:
    """Whether two spellings of the same letters differ only in hyphens where one of them was broken at a line end."""
    a, b = _hyphens(old, *span_old), _hyphens(new, *span_new)
    return all(a.get(at, frozenset((0,))) & b.get(at, frozenset((0,))) for at in a.keys() | b.keys())


def _hyphens(tokens: Tokens, start: int, stop: int) -> dict[int, frozenset[int]]:
    """How many hyphens may stand after so many letters: at a broken line end one or none."""
    found: dict[int, frozenset[int]] = {}
    letters = 0
    for token in range(start, stop):
        key = tokens.keys[tokens.key[token]]
        counts: dict[int, int] = {}
        for character in key:
            if character == "-":
                counts[letters] = counts.get(letters, 0) + 1
            else:
                letters += 1
        found.update((at, frozenset((count,))) for at, count in counts.items())
        if tokens.hyphen[token]:
            at = letters - sum(character != "-" for character in key)
            for word in tokens.words(token, token + 1)[:-1].tolist():
                at += sum(character != "-" for character in normalised(tokens.document.words.text(word)))
                found[at] = frozenset((0, 1)) | found.get(at, frozenset())
    return found


def _peel(a: list[str], b: list[str], hunk: Hunk, i0: int, j0: int) -> list[Hunk]:
    """Take stretches out of one hunk that have the same characters and end at words on both sides."""
    start_i, stop_i, start_j, stop_j = hunk
    if start_i == stop_i or start_j == stop_j:
        return [hunk]
    left, right = a[start_i - i0 : stop_i - i0], b[start_j - j0 : stop_j - j0]
    text_a, text_b = "".join(left), "".join(right)
    ends_a = np.concatenate(([0], np.cumsum([len(w) for w in left])))
    ends_b = np.concatenate(([0], np.cumsum([len(w) for w in right])))
    at_a, at_b = {int(e): k for k, e in enumerate(ends_a)}, {int(e): k for k, e in enumerate(ends_b)}
    parts: list[Hunk] = []
    i, j = 0, 0
    for start_a, start_b, size in exact_blocks(text_a, text_b):
        shift = start_b - start_a
        shared = [e for e in at_a if start_a <= e <= start_a + size and e + shift in at_b]
        if len(shared) < 2:
            continue
        first, last = min(shared), max(shared)
        k0, k1, m0, m1 = at_a[first], at_a[last], at_b[first + shift], at_b[last + shift]
        # a lone short word in a long hunk is chance: it stays part of the change
        if last - first < 3 and not (k0 == 0 or k1 == len(left)):
            continue
        if k0 < i or m0 < j:
            continue
        if k0 > i or m0 > j:
            parts.append((start_i + i, start_i + k0, start_j + j, start_j + m0))
        i, j = k1, m1
    if i < len(left) or j < len(right):
        parts.append((start_i + i, stop_i, start_j + j, stop_j))
    return parts
