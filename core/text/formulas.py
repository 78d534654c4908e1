"""Formulas whose parts were drawn in another order: the place of each character decides whether they read the same.

A fraction, an operator with its limits, an index under an exponent: every program draws (and PDFium cuts) these in an
order of its own. A gap that holds the same characters on both sides is no change when no two of them stand to each
other otherwise than before: left or right, above or below.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from core.model import Flag
from core.text.sequence import Hunk
from core.text.tokens import Tokens

NEAR = 3  #: gaps with at most so many matched words between them are looked at together
MOST_TOKENS = 80  #: of a group, on each side
MOST_CHARACTERS = 200  #: likewise; all pairs of them are compared
#: In sizes of the formula's largest letters. Characters further apart on both sides have a left and a right.
BESIDE = 0.25
#: In those sizes, and as a share of the distance: by so much may the height of one character over another differ.
#: An exponent and an index are .6 apart, two lines 1.15.
HEIGHT, HEIGHT_SHARE = 0.35, 0.25
#: Characters whose boxes say nothing about their height: they grow with what they hold.
_TALL = frozenset("∑∏∐∫∮⋃⋂⋁⋀⨁⨂√()[]{}|‖⌊⌋⌈⌉⟨⟩/")
#: Pieces of tall brackets, and codes that mean nothing.
_PIECES = frozenset(map(chr, (*range(0x239B, 0x23B4), *range(0x2400, 0x2420), *range(0xF8E5, 0xF900), 0xFFFD)))

_Points = NDArray[np.float64]


def same_formulas(old: Tokens, new: Tokens, found: list[Hunk]) -> list[Hunk]:
    """The hunks without those whose characters stand to each other as before, in whatever order they were drawn."""
    out: list[Hunk] = []
    group: list[Hunk] = []
    for hunk in found:
        if group and (hunk[0] - group[-1][1] > NEAR or _role(old, hunk[0]) != _role(old, group[-1][0])):
            out += _unless_same(old, new, group)
            group = []
        group.append(hunk)
    return out + _unless_same(old, new, group)


def _role(tokens: Tokens, at: int) -> int:
    return sum(at >= bound for bound in tokens.bounds[1:-1])


def _unless_same(old: Tokens, new: Tokens, group: list[Hunk]) -> list[Hunk]:
    """Nothing where a group of near hunks reads the same by place, else the group."""
    if not group:
        return group
    i0, i1, j0, j1 = group[0][0], group[-1][1], group[0][2], group[-1][3]
    if not 1 < max(i1 - i0, j1 - j0) <= MOST_TOKENS or i0 == i1 or j0 == j1:
        return group
    if _characters(old, i0, i1) != _characters(new, j0, j1):
        return group
    one, other = _placed(old, i0, i1), _placed(new, j0, j1)
    if one is None or other is None or not _agree(one, other):
        return group
    return []


def _characters(tokens: Tokens, start: int, stop: int) -> list[str]:
    """The characters of a stretch, sorted, without those of brackets that are put together from pieces."""
    keys = tokens.keys
    return sorted(c for key in tokens.key[start:stop].tolist() for c in keys[key] if c not in _PIECES)


def _placed(tokens: Tokens, start: int, stop: int) -> dict[str, _Points] | None:
    """Where each character of a stretch stands, in sizes of the formula's largest letters: middle, foot, is it unsure.

    A word that holds a tall sign and what stands beside it (`∑n`) has one box, whose foot is not that of its letters.
    """
    document, keys = tokens.document, tokens.keys
    words = document.words
    at = tokens.words(start, stop)
    if len(at) != stop - start or (words.flags[at] & Flag.RTL).any() or words.angle[at].any():
        return None
    if (words.page[at] != words.page[at[0]]).any():
        return None
    boxes, styles = words.box[at].tolist(), words.style[at].tolist()
    texts = [keys[key] for key in tokens.key[start:stop].tolist()]
    sizes = [document.styles[style].size for style, text in zip(styles, texts, strict=True) if _is_lettered(text)]
    size = max(sizes, default=0.0)
    if size <= 0 or sum(map(len, texts)) > MOST_CHARACTERS:
        return None
    found: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
    for (x0, _, x1, y1), text in zip(boxes, texts, strict=True):
        step = (x1 - x0) / len(text)
        unsure = float(not _TALL.isdisjoint(text))
        for k, character in enumerate(text):
            if character not in _PIECES:
                found[character].append(((x0 + (k + 0.5) * step) / size, y1 / size, unsure))
    return {character: np.array(points) for character, points in found.items()}


def _is_lettered(text: str) -> bool:
    return any(character.isalnum() for character in text)


def _agree(old: dict[str, _Points], new: dict[str, _Points]) -> bool:
    """Whether all characters stand to each other on one side as on the other."""
    lone = [character for character in old if len(old[character]) == 1]
    if not lone:
        return False
    shift = np.append(np.median([new[c][0, :2] - old[c][0, :2] for c in lone], axis=0), 0.0)
    order = sorted(old)
    a = np.concatenate([old[c] for c in order])
    b = np.concatenate([_partners(old[c] + shift, new[c]) for c in order])
    unsure = (a[:, 2] > 0) | (b[:, 2] > 0)
    across_a, across_b = a[:, None] - a[None], b[:, None] - b[None]
    x_a, x_b = across_a[..., 0], across_b[..., 0]
    crossed = (x_a * x_b < 0) & (np.minimum(abs(x_a), abs(x_b)) > BESIDE)
    y_a, y_b = across_a[..., 1], across_b[..., 1]
    lifted = abs(y_a - y_b) > HEIGHT + HEIGHT_SHARE * np.maximum(abs(y_a), abs(y_b))
    lifted &= ~(unsure[:, None] | unsure[None])
    return not (crossed | lifted).any()


def _partners(old: _Points, new: _Points) -> _Points:
    """Equal characters of the new side, each in the row of the old one that it is nearest to; the nearest first."""
    if len(old) == 1:
        return new
    away = np.abs(old[:, None, :2] - new[None, :, :2]).sum(axis=2)
    found = np.empty_like(new)
    for _ in range(len(old)):
        k, m = np.unravel_index(int(away.argmin()), away.shape)
        found[k] = new[m]
        away[k], away[:, m] = np.inf, np.inf
    return found
