"""Differences of words that read the same: broken words, quotes, dashes, blanks, forms of characters, ligatures.

They are no changes, because a word processor makes them and not an author, unless the options ask for them.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.alignment import Alignment
from core.ignoring import Ignoring
from core.model import Flag, Kind, Layer, Severity, Side
from core.options import CompareOptions
from core.report import Report
from core.text.printing import Printer
from core.text.sequence import common_ends
from core.text.surroundings import Surroundings
from core.text.tokens import Tokens, normaliser

LEAST_BLANK = 0.1  #: of a word's height: a blank that comes parts two words by so much more, or nobody sees it
MANY_PLACES = 20  #: from here on the same difference is one change with all its places
_LIGATURES = ("ffi", "ffl", "ff", "fi", "fl"), "\ufb03\ufb04\ufb00\ufb01\ufb02"
_SPELLED = str.maketrans(dict(zip(_LIGATURES[1], _LIGATURES[0], strict=True)))
_LIGATURE = re.compile(f"([{_LIGATURES[1]}])")
_BREAK = "\u2027"  #: stands for the place where a line end broke a word
_QUOTES = str.maketrans(dict.fromkeys("‘’‚‛′`´", "'") | dict.fromkeys("“”„‟″«»", '"'))
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−﹣－", "-"))
_BLANKS = re.compile(r"\s+")
_BULLETS = str.maketrans(dict.fromkeys("•∙⋅●▪\uf0b7", "·"))


def _characters(text: str) -> str:
    """Forms of characters folded; ligatures are a sort of their own."""
    parts = _LIGATURE.split(text.replace("…", "...").translate(_BULLETS))
    return "".join(part if k % 2 else unicodedata.normalize("NFKC", part) for k, part in enumerate(parts))


_FOLDS: dict[str, Callable[[str], str]] = {
    "hyphenation": lambda text: text.replace(_BREAK, ""),
    "quotes": lambda text: text.translate(_QUOTES),
    "dashes": lambda text: text.translate(_DASHES),
    "spaces": lambda text: _BLANKS.sub("", text),
    "characters": _characters,
    "ligatures": lambda text: text.translate(_SPELLED),
    "small_caps": str.lower,  # to fold the case would spell out ligatures
}
#: Ways to write that the words do not show, or hardly: their flags, and what they stand in place of.
_WAYS = {
    "ligatures": (int(Flag.LIGATURE), "ligatures", "letters"),
    "small_caps": (int(Flag.SMALL_CAPS | Flag.LOW_CAPS), "small capitals set as capitals", "small letters"),
}


@dataclass(frozen=True, slots=True)
class _Difference:
    reason: str
    old: tuple[int, int]
    new: tuple[int, int]
    sign: tuple[str, str]  #: what differs, without what is equal at both ends
    difference: str  #: such as `ligatures instead of letters`; empty where the words show it


def add_tidied_away(aligned: Alignment, report: Report, options: CompareOptions, ignoring: Ignoring) -> None:
    """Tell the differences of the sorts that `options.show` names, as minor changes of text."""
    if not options.show:
        return
    groups: dict[tuple[str, tuple[str, str]], list[_Difference]] = defaultdict(list)
    for found in _differences(aligned, options):
        if any(ignoring.cut([found.old], [found.new])):
            groups[found.reason, found.sign].append(found)
    printers = aligned.printers
    around = Surroundings(aligned)
    for group in groups.values():
        for same in [group] if len(group) >= MANY_PLACES else [[one] for one in group]:
            first = same[0]
            sides = [
                Side(_written(tokens, printer, *span[0]).replace(_BREAK, "-"), printer.regions(span))
                for tokens, printer, span in (
                    (aligned.tokens[0], printers[0], [one.old for one in same]),
                    (aligned.tokens[1], printers[1], [one.new for one in same]),
                )
            ]
            context = {
                name: printers[k].sentence(*span)
                for k, (name, span) in enumerate(zip(("old", "new"), (first.old, first.new), strict=True))
            }
            report.tell(
                Layer.TEXT,
                Kind.REPLACED,
                Severity.MINOR,
                (sides[0], sides[1]),
                {
                    "reason": first.reason,
                    **({"difference": first.difference} if first.difference else {}),
                    "context": context,
                    **({"places": len(same)} if len(same) > 1 else {}),
                },
                context=around.of((*first.old, *first.new)) if len(same) == 1 else first.sign,
                place=report.place_of_token(1, first.new[0]),
            )


def _differences(aligned: Alignment, options: CompareOptions) -> Iterator[_Difference]:
    old, new = aligned.tokens
    printers = aligned.printers
    tell = _teller(options)
    seen: dict[tuple[str, str], tuple[str, tuple[str, str]] | None] = {}
    ways = sum(_WAYS[sort][0] for sort in options.show if sort in _WAYS)
    spans = {*_pairs_written_otherwise(aligned, ways), *_stretches_cut_otherwise(aligned)}
    if "spaces" in options.show:
        spans |= set(_set_apart_otherwise(aligned))
    for span_old, span_new in sorted(spans):
        texts = _written(old, printers[0], *span_old), _written(new, printers[1], *span_new)
        if texts not in seen:
            seen[texts] = tell(*texts)
        found = seen[texts]
        if found is not None:
            flags = printers[0].flags([span_old]), printers[1].flags([span_new])
            yield _Difference(found[0], span_old, span_new, found[1], _named(found[0], *flags))


def _named(sort: str, old: int, new: int) -> str:
    """What stands instead of what, by the flags of the words."""
    if sort not in _WAYS:
        return ""
    flag, odd, usual = _WAYS[sort]
    return f"{odd} instead of {usual}" if new & flag and not old & flag else f"{usual} instead of {odd}"


def _teller(options: CompareOptions) -> Callable[[str, str], tuple[str, tuple[str, str]] | None]:
    """The function that names the first chosen sort in which two texts differ when all other sorts are folded."""
    ignored = normaliser(tuple(rule for rule in options.ignore if rule in ("case", "punctuation")))

    def tell(old: str, new: str) -> tuple[str, tuple[str, str]] | None:
        if "case" in options.ignore:
            old, new = old.casefold(), new.casefold()
        if "punctuation" in options.ignore and ignored(old) == ignored(new):
            return None
        if _folded(old) != _folded(new):  # a formula drawn in another order
            return None
        for sort in options.show:
            a, b = old, new
            for name, fold in _FOLDS.items():
                if name != sort:
                    a, b = fold(a), fold(b)
            if a != b:
                return sort, _sign(a, b)
        return None

    return tell


def _folded(text: str) -> str:
    for fold in _FOLDS.values():
        text = fold(text)
    return text


def _pairs_written_otherwise(aligned: Alignment, ways: int) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Matched tokens whose texts are not the same as printed, or which differ in one of the flags `ways`."""
    a, b = aligned.pairs
    if not len(a):
        return
    old, new = aligned.tokens
    known = {text: k for k, text in enumerate(old.document.words.vocabulary)}
    codes = np.array([known.get(text, -1) for text in new.document.words.vocabulary], np.int64)
    single = (np.diff(old.first)[a] == 1) & (np.diff(new.first)[b] == 1)
    same = old.document.words.token[old.lead(a)] == codes[new.document.words.token[new.lead(b)]]
    if ways:
        flags = [t.document.words.flags[t.lead(at)] & ways for t, at in zip(aligned.tokens, aligned.pairs, strict=True)]
        same &= flags[0] == flags[1]
    for i, j in zip(*(column[~(single & same)].tolist() for column in (a, b)), strict=True):
        yield (i, i + 1), (j, j + 1)


def _set_apart_otherwise(aligned: Alignment) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Two matched tokens within a line that have a blank between them, which is seen, on one of the sides only.

    So it is beside ideographs, which are words without blanks; other words without a blank are one.
    """
    a, b = aligned.pairs
    beside = np.flatnonzero((np.diff(a) == 1) & (np.diff(b) == 1))
    if not len(beside):
        return
    glued, gaps = [], []
    for tokens, at in zip(aligned.tokens, (a[beside], b[beside]), strict=True):
        words, lead = tokens.document.words, tokens.lead(at + 1)
        before = tokens.order[tokens.first[at + 1] - 1]
        one, other = words.box[before], words.box[lead]
        along = np.where(words.angle[lead] % 180 == 90, 1, 0)
        gap = np.maximum(one[:, :2], other[:, :2]) - np.minimum(one[:, 2:], other[:, 2:])
        height = np.maximum((other[:, 2:] - other[:, :2]).min(axis=1), 1.0)
        gaps.append(gap[np.arange(len(gap)), along] / height)
        gaps[-1][words.line[before] != words.line[lead]] = np.nan
        glued.append(words.flags[lead] & int(Flag.GLUED) != 0)
    wider = np.where(glued[0], gaps[1] - gaps[0], gaps[0] - gaps[1]) >= LEAST_BLANK  # False beside a line's end
    for k in np.flatnonzero((glued[0] != glued[1]) & wider).tolist():
        i, j = int(a[beside[k]]), int(b[beside[k]])
        yield (i, i + 2), (j, j + 2)


def _stretches_cut_otherwise(aligned: Alignment) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Stretches between matched words that hold the same characters in another number of words."""
    old, new = (_unaccounted(aligned, side) for side in (0, 1))
    partner = dict(zip(*(column.tolist() for column in aligned.pairs), strict=True))
    by_start, by_stop = {span[0]: span for span in new}, {span[1]: span for span in new}
    for span in old:
        before, after = partner.get(span[0] - 1), partner.get(span[1])
        found = by_start.get(before + 1) if before is not None else None
        found = found or (by_stop.get(after) if after is not None else None)
        if found is None and len(old) == len(new) == 1:
            found = new[0]
        if found is not None:
            yield span, found


def _unaccounted(aligned: Alignment, side: int) -> list[tuple[int, int]]:
    """The stretches of a side that are neither matched one to one nor part of a change."""
    free = np.ones(len(aligned.tokens[side]), bool)
    free[aligned.pairs[side]] = False
    for hunk in (*aligned.found, *(edit for move in aligned.moves for edit in move.edits)):
        free[hunk[2 * side] : hunk[2 * side + 1]] = False
    edges = np.flatnonzero(np.diff(np.concatenate(([False], free, [False])).astype(np.int8)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _written(tokens: Tokens, printer: Printer, start: int, stop: int) -> str:
    """Tokens as they stand on paper, with a mark where a line end broke a word; without a blank where none stands."""
    vocabulary = tokens.document.words.vocabulary
    column: NDArray[np.int32] = tokens.document.words.token
    parts: list[str] = []
    glued = tokens.document.words.flags[tokens.lead(np.arange(start, stop))] & int(Flag.GLUED) != 0
    for token in range(start, stop):
        if token > start and not glued[token - start]:
            parts.append(" ")
        pieces = [vocabulary[k] for k in column[tokens.words(token, token + 1)].tolist()]
        if len(pieces) == 1:
            parts.append(_formed(printer.text(token, token + 1), printer.flags([(token, token + 1)])))
        else:
            parts.append("".join([*(piece.rstrip("-\u2010\u2011") + _BREAK for piece in pieces[:-1]), pieces[-1]]))
    return "".join(parts)


def _formed(text: str, flags: int) -> str:
    """A word with its ligatures."""
    if flags & Flag.LIGATURE:
        for letters, ligature in zip(*_LIGATURES, strict=True):
            text = text.replace(letters, ligature)
    return text


def _sign(old: str, new: str) -> tuple[str, str]:
    """What differs, without the equal ends."""
    head, tail = common_ends(old, new)
    return old[head : len(old) - tail], new[head : len(new) - tail]
