"""Same words, other look: what stands out against the way the whole document changed its look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.model import Style
from core.text.tokens import Tokens

USUAL_SHARE = 0.6  #: share of an old style's words that must go the same way to make that way usual
LEAST_SIZE_STEP = 0.06  #: relative change of size that is seen


@dataclass(frozen=True, slots=True)
class Restyled:
    """A run of matched tokens that look different: token ranges of both sides and what differs."""

    old: tuple[int, int]
    new: tuple[int, int]
    before: dict[str, Any]
    after: dict[str, Any]


def restyled(
    old: Tokens, new: Tokens, pairs: tuple[NDArray[np.int64], NDArray[np.int64]]
) -> tuple[list[Restyled], list[dict[str, Any]]]:
    """The runs whose look changed otherwise than is usual, and the usual changes (each once, for the summary)."""
    a, b = pairs
    if not len(a):
        return [], []
    styles = old.document.styles, new.document.styles
    look_a = old.document.words.style[old.lead()[a]].astype(np.int64)
    look_b = new.document.words.style[new.lead()[b]].astype(np.int64)
    usual = _usual(look_a, look_b, styles)
    wide = len(styles[1])
    codes = look_a * wide + look_b
    distinct, inverse = np.unique(codes, return_inverse=True)
    differs = np.array(
        [_differs(styles[0][c // wide], styles[1][c % wide], usual, c // wide, c % wide) for c in distinct.tolist()],
        bool,
    )
    hits = np.flatnonzero(differs[inverse])
    runs: list[Restyled] = []
    if len(hits):
        cut = (np.diff(hits) != 1) | (np.diff(a[hits]) != 1) | (np.diff(b[hits]) != 1) | (np.diff(codes[hits]) != 0)
        for part in np.split(hits, np.flatnonzero(cut) + 1):
            first, last = int(part[0]), int(part[-1])
            before, after = _difference(styles[0][int(look_a[first])], styles[1][int(look_b[first])])
            runs.append(Restyled((int(a[first]), int(a[last]) + 1), (int(b[first]), int(b[last]) + 1), before, after))
    notes = [
        dict(zip(("from", "to"), _difference(styles[0][k], styles[1][m]), strict=True))
        for k, (m, _) in sorted(usual.items())
        if m is not None and _visible(styles[0][k], styles[1][m])
    ]
    return runs, notes


_Usual = dict[int, tuple[int | None, bool]]


def _usual(
    look_a: NDArray[np.int64], look_b: NDArray[np.int64], styles: tuple[tuple[Style, ...], tuple[Style, ...]]
) -> _Usual:
    """By old style: the new style most of its words have (None without a clear one), and whether it is clear."""
    votes = np.zeros((len(styles[0]), len(styles[1])), np.int64)
    np.add.at(votes, (look_a, look_b), 1)
    total, best = votes.sum(axis=1), votes.argmax(axis=1)
    whole = int(total.sum())
    kept = sum(
        int(votes[k, m])
        for k in range(len(styles[0]))
        for m in np.flatnonzero(votes[k])
        if _alike(styles[0][k], styles[1][m])
    )
    template = kept < USUAL_SHARE * whole
    found: _Usual = {}
    for k in np.flatnonzero(total).tolist():
        share = votes[k, best[k]] / total[k]
        # where the template stayed, whatever looks different was changed by hand
        clear = share >= USUAL_SHARE and (template or not _visible(styles[0][k], styles[1][int(best[k])]))
        found[k] = (int(best[k]) if clear else None, clear)
    return found


def _differs(before: Style, after: Style, usual: _Usual, k: int, m: int) -> bool:
    expected = usual[k][0]
    if expected == m:
        return False
    return _visible(before, after)


def _alike(before: Style, after: Style) -> bool:
    return before.family == after.family and not _visible(before, after)


def _visible(before: Style, after: Style) -> bool:
    """Whether a reader sees the difference. Nothing is known of the weight and slant of a font without a name."""
    if before.font and after.font and (before.bold != after.bold or before.italic != after.italic):
        return True
    if before.color != after.color:
        return True
    return abs(after.size - before.size) > LEAST_SIZE_STEP * max(before.size, 0.25)


def _difference(before: Style, after: Style) -> tuple[dict[str, Any], dict[str, Any]]:
    one: dict[str, Any] = {}
    two: dict[str, Any] = {}
    for name in ("family", "size", "bold", "italic", "color"):
        x, y = getattr(before, name), getattr(after, name)
        if x != y:
            one[name], two[name] = (f"#{x:06x}", f"#{y:06x}") if name == "color" else (x, y)
    return one, two
