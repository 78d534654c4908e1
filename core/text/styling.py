"""Same words, other look: what stands out against the way the whole document changed its look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.model import Flag, Style
from core.text.tokens import Tokens

USUAL_SHARE = 0.6  #: share of an old style's words that must go the same way to make that way usual
MANY_PLACES = 20  #: from here on one difference in so many runs is one change

#: Combinations of underline, strike and highlight; with the sort of capitals.
_MARKS, _LOOKS = 8, 32
_OWN = ("underline", "strike", "highlighted")
#: Small capitals: glyphs of the font, or capitals set smaller, which other programs write as small letters.
_GLYPHS, _SET = 1, 2


@dataclass(frozen=True, slots=True)
class Look:
    """How a word looks: its style, the lines drawn under or through it, and whether it is marked by colour.

    `capitals` is 0, or `_GLYPHS` or `_SET` for small capitals.
    """

    style: Style
    underline: bool
    strike: bool
    highlighted: bool
    capitals: int

    @property
    def marks(self) -> tuple[bool, bool, bool]:
        """What is drawn with a word and is no part of its font."""
        return self.underline, self.strike, self.highlighted


@dataclass(frozen=True, slots=True)
class Restyled:
    """A run of matched tokens that look different: token ranges of both sides and what differs."""

    old: tuple[int, int]
    new: tuple[int, int]
    before: dict[str, Any]
    after: dict[str, Any]


def restyled(
    old: Tokens, new: Tokens, pairs: tuple[NDArray[np.int64], NDArray[np.int64]], size_step: float
) -> tuple[list[list[Restyled]], list[dict[str, Any]]]:
    """What changed its look, and the new template if there is one; `size_step` is how much larger, of the smaller
    size, one must be to be seen.

    Returns:
        Groups of runs, each one change: a single run, or all runs of a difference met in many places. Then the
        differences that only a new template makes, each once, for the summary.
    """
    a, b = pairs
    if not len(a):
        return [], []
    look_a, look_b = _look_codes(old, a), _look_codes(new, b)
    wide = _LOOKS * len(new.document.styles)
    codes = look_a * wide + look_b
    distinct, inverse, counts = np.unique(codes, return_inverse=True, return_counts=True)
    looks = [(_look(old, code // wide), _look(new, code % wide)) for code in distinct.tolist()]
    visible = np.array([_visible(*pair, size_step) for pair in looks], bool)
    by_template = visible & _by_template(distinct // wide, distinct % wide, counts, looks, size_step)
    hits = np.flatnonzero((visible & ~by_template)[inverse])
    runs: list[Restyled] = []
    if len(hits):
        # Words that looked different before and change in the same way are one run.
        differences = [_difference(*pair) for pair in looks]
        numbers: dict[str, int] = {}
        number = np.array([numbers.setdefault(repr(one), len(numbers)) for one in differences])[inverse[hits]]
        cut = (np.diff(hits) != 1) | (np.diff(a[hits]) != 1) | (np.diff(b[hits]) != 1) | (np.diff(number) != 0)
        for part in np.split(hits, np.flatnonzero(cut) + 1):
            first, last = int(part[0]), int(part[-1])
            before, after = differences[int(inverse[first])]
            runs.append(Restyled((int(a[first]), int(a[last]) + 1), (int(b[first]), int(b[last]) + 1), before, after))
    notes = [
        dict(zip(("from", "to"), _difference(*looks[k]), strict=True)) for k in np.flatnonzero(by_template).tolist()
    ]
    return _grouped(runs), [note for k, note in enumerate(notes) if note not in notes[:k]]


def _look_codes(tokens: Tokens, at: NDArray[np.int64]) -> NDArray[np.int64]:
    """(n,) one number for the style, the marks and the capitals of each token's first word."""
    words, lead = tokens.document.words, tokens.lead(at)
    flags = words.flags[lead].astype(np.int64)
    marks = (flags // int(Flag.UNDERLINE)) % _MARKS
    capitals = np.where(flags & int(Flag.SMALL_CAPS | Flag.LOW_CAPS), _SET, 0)
    capitals[flags & int(Flag.SMALL_GLYPHS) != 0] = _GLYPHS
    found: NDArray[np.int64] = words.style[lead].astype(np.int64) * _LOOKS + capitals * _MARKS + marks
    return found


def _look(tokens: Tokens, code: int) -> Look:
    style, capitals = tokens.document.styles[code // _LOOKS], code % _LOOKS // _MARKS
    return Look(style, bool(code & 1), bool(code & 2), bool(code & 4), capitals)


def _by_template(
    look_a: NDArray[np.int64],
    look_b: NDArray[np.int64],
    counts: NDArray[np.int64],
    looks: list[tuple[Look, Look]],
    size_step: float,
) -> NDArray[np.bool_]:
    """Which pairs of styles a new template explains: none where most words kept their look, else the usual partners."""
    kept = sum(int(count) for count, pair in zip(counts, looks, strict=True) if _alike(*pair, size_step))
    if kept >= USUAL_SHARE * int(counts.sum()):
        return np.zeros(len(counts), bool)
    share_a = counts / np.bincount(look_a, weights=counts)[look_a]
    share_b = counts / np.bincount(look_b, weights=counts)[look_b]
    return np.asarray((share_a >= USUAL_SHARE) | (share_b >= USUAL_SHARE))


def _grouped(runs: list[Restyled]) -> list[list[Restyled]]:
    """Runs one by one, but a difference that is met in many places told once."""
    by_difference: dict[str, list[Restyled]] = {}
    for run in runs:
        by_difference.setdefault(repr((run.before, run.after)), []).append(run)
    groups: list[list[Restyled]] = []
    for same in by_difference.values():
        groups.extend([same] if len(same) >= MANY_PLACES else [[run] for run in same])
    return sorted(groups, key=lambda group: group[0].old)


def _alike(before: Look, after: Look, size_step: float) -> bool:
    return before.style.family == after.style.family and not _visible(before, after, size_step)


def _visible(before: Look, after: Look, size_step: float) -> bool:
    """Whether a reader sees the difference. Nothing is known of the weight and slant of a font without a name."""
    old, new = before.style, after.style
    if old.font and new.font and (old.family, old.bold, old.italic) != (new.family, new.bold, new.italic):
        return True
    if old.color != new.color or before.marks != after.marks:
        return True
    if old.font and new.font and _is_recapitalised(before, after):
        return True
    return abs(new.size - old.size) > size_step * max(min(old.size, new.size), 0.25)


def _is_recapitalised(before: Look, after: Look) -> bool:
    """Whether small capitals of the font became ordinary letters of the same text, or these became those."""
    return {before.capitals, after.capitals} == {0, _GLYPHS}


def _difference(before: Look, after: Look) -> tuple[dict[str, Any], dict[str, Any]]:
    one: dict[str, Any] = {}
    two: dict[str, Any] = {}
    for name in ("family", "size", "bold", "italic", "color", *_OWN):
        x, y = (getattr(look if name in _OWN else look.style, name) for look in (before, after))
        if x != y:
            one[name], two[name] = (f"#{x:06x}", f"#{y:06x}") if name == "color" else (x, y)
    if _is_recapitalised(before, after):
        one["small_capitals"], two["small_capitals"] = bool(before.capitals), bool(after.capitals)
    return one, two
