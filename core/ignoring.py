"""What the options leave out: words and objects by place, texts by pattern; counted, so that it is never silent.

Documents are aligned whole, as if nothing were ignored; what is left out is then taken from what would be told. So
ignoring only takes away: what is still told is what would have been told, with the same names.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np
import re2  # noqa: F401  # a locked child can load nothing later
from numpy.typing import NDArray

from core.alignment import Alignment
from core.areas import Area
from core.geometry import Boxes
from core.model import Change, Document, Flag, Kind, Layer, Region, Severity, Side
from core.options import CompareOptions
from core.patterns import Pattern, compiled
from core.text.printing import Printer
from core.text.sequence import common_ends
from core.text.tokens import Tokens, normalised, normaliser

Spans = list[tuple[int, int]]
OUTSIDE = "outside the chosen areas"
_SIDES = ("old", "new")
_NOT_LETTERS = re.compile(r"[\W_]+")
_SPACES = re.compile(r"\s+")
_EDGES = re.compile(r"(?<!\w)[^\w\s]+|[^\w\s]+(?!\w)")  #: punctuation that does not stand inside a word
_FOLDS: dict[str, Callable[[str], str]] = {"case": str.casefold, "punctuation": lambda text: _EDGES.sub("", text)}
#: Objects whose content is text.
_WORDED = (Layer.ANNOTATION, Layer.FORM, Layer.LINK, Layer.OUTLINE, Layer.METADATA)


@dataclass(frozen=True, slots=True)
class _Part:
    """A word that an ignored text touches: what is left of it, and the rule."""

    rest: str
    label: str


class Ignoring:
    """Decides what is left out of one comparison."""

    def __init__(self, options: CompareOptions, aligned: Alignment) -> None:
        self._options = options
        self._documents = aligned.documents
        self._tokens = aligned.tokens
        self._labels = [area.label for area in options.ignore_areas] + [OUTSIDE]
        self._texts = [(rule.label, compiled(rule.pattern)) for rule in options.ignore_text]
        self._by_area = tuple(self._words_by_area(side) for side in (0, 1))
        self._by_text = tuple(_matched(tokens, self._texts, options.ignore) for tokens in aligned.tokens)
        self.counts = _folded(aligned, options.ignore)  #: changes left out, wholly or in part, by rule

    # words

    def cut(self, olds: Spans, news: Spans) -> tuple[Spans, Spans]:
        """What is left of a change of words; both empty where nothing is.

        A change of which one side is ignored and the other is not stays whole: what became of the words is told.
        """
        inside = self._rules_at(0, olds), self._rules_at(1, news)
        if not inside[0] and not inside[1]:
            return olds, news
        left = self._left(0, olds), self._left(1, news)
        if (not left[0] and olds and not inside[1] and left[1]) or (not left[1] and news and not inside[0] and left[0]):
            return olds, news
        old, new = self._differing(*left)
        if (old, new) != (_listed(olds), _listed(news)):
            self.counts.update(inside[0] | inside[1])
            return _spans(old), _spans(new)
        return olds, news

    def hides(self, old: tuple[int, int], new: tuple[int, int]) -> bool:
        """Whether all the words of a moved or restyled stretch stand, on both sides, where nothing is compared."""
        found: set[str] = set()
        for side, span in ((0, old), (1, new)):
            by_area = self._by_area[side]
            if by_area is None or not (rules := by_area[slice(*span)]).all():
                return False
            found |= {self._labels[rule - 1] for rule in np.unique(rules).tolist()}
        self.counts.update(found)
        return True

    def _rules_at(self, side: int, spans: Spans) -> set[str]:
        """The rules that touch any of these words."""
        by_area, by_text = self._by_area[side], self._by_text[side]
        found: set[str] = set()
        for start, stop in spans:
            if by_area is not None:
                found |= {self._labels[rule - 1] for rule in np.unique(by_area[start:stop]).tolist() if rule}
            if by_text:
                found |= {by_text[token].label for token in range(start, stop) if token in by_text}
        return found

    def _left(self, side: int, spans: Spans) -> list[int]:
        """The words of which something is left."""
        by_area, by_text = self._by_area[side], self._by_text[side]
        return [
            token
            for start, stop in spans
            for token in range(start, stop)
            if (by_area is None or not by_area[token]) and (token not in by_text or by_text[token].rest)
        ]

    def _differing(self, old: list[int], new: list[int]) -> tuple[list[int], list[int]]:
        """Without equal words at both ends, which only stood between ignored ones."""
        a, b = [self._reading(0, token) for token in old], [self._reading(1, token) for token in new]
        head, tail = common_ends(a, b)
        return old[head : len(old) - tail], new[head : len(new) - tail]

    def _reading(self, side: int, token: int) -> str:
        """What counts of a word."""
        part = self._by_text[side].get(token)
        tokens = self._tokens[side]
        return tokens.keys[tokens.key[token]] if part is None else part.rest

    # changes of any layer

    def sifted(self, changes: Iterable[Change]) -> list[Change]:
        """The changes that stay, with the severity that the options give them."""
        return [self._judged(kept) for change in changes if (kept := self._kept(change)) is not None]

    def _kept(self, change: Change) -> Change | None:
        ignore, reason = self._options.ignore, change.detail.get("reason")
        if change.layer not in self._options.layers:
            return None
        for rule, holds in (
            ("moves", change.kind is Kind.MOVED),
            ("page_numbers", reason == "page reference"),
            ("headers", "running" in change.detail),
        ):
            if holds and rule in ignore:
                self.counts[rule] += 1
                return None
        if "running" not in change.detail and (
            change.layer in (Layer.TEXT, Layer.STYLE, Layer.PAGE)
            or (change.layer is Layer.TABLE and change.kind is not Kind.MOVED)
        ):
            return change  # cut word by word before they were told; a whole page is never in an area
        if self._same_but_for_ignored(change):
            return None
        return self._outside_areas(change)

    def _same_but_for_ignored(self, change: Change) -> bool:
        """Whether all that differs, in a running line or in an object that stayed, is text that is ignored."""
        pairs = _compared_texts(change)
        used: set[str] = set()
        for old, new in pairs:
            if old == new:
                continue
            a, b = old, new
            for label, pattern in self._texts:
                without = pattern.without(a), pattern.without(b)
                if without != (a, b):
                    used.add(label)
                a, b = without
            for rule, fold in _FOLDS.items():
                if rule in self._options.ignore and a != b and (fold(a), fold(b)) != (a, b):
                    used.add(rule)
                    a, b = fold(a), fold(b)
            if not used or _SPACES.sub("", a) != _SPACES.sub("", b):
                return False
        self.counts.update(used)
        return bool(used)

    def _outside_areas(self, change: Change) -> Change | None:
        """The change at those of its places that no area hides; whole where one side would have none left."""
        if all(by_area is None for by_area in self._by_area):
            return change
        found: set[str] = set()
        sides: list[Side | None] = []
        for k, side in enumerate((change.old, change.new)):
            if side is None or not side.regions:
                sides.append(side)
                continue
            rules = self._rules_of(k, side.regions)
            found |= {self._labels[rule - 1] for rule in rules if rule}
            sides.append(
                replace(side, regions=tuple(r for r, rule in zip(side.regions, rules, strict=True) if not rule))
            )
        if not found:
            return change
        placed = [
            side
            for side, whole in zip(sides, (change.old, change.new), strict=True)
            if whole and whole.regions and side
        ]
        if not any(side.regions for side in placed):
            self.counts.update(found)
            return None
        if not all(side.regions for side in placed):
            return change
        return replace(change, old=sides[0], new=sides[1])

    def _judged(self, change: Change) -> Change:
        """With the severity of the first rule of the options that fits."""
        if not self._options.severity:
            return change
        texts = change.old.text if change.old else "", change.new.text if change.new else ""
        reason = str(change.detail.get("reason", ""))
        for rule in self._options.severity:
            if rule.fits(str(change.layer), str(change.kind), reason, texts):
                detail = {**change.detail, "reason": rule.name} if rule.name else change.detail
                return replace(change, severity=Severity(rule.severity), detail=detail)
        return change

    # places

    def _words_by_area(self, side: int) -> NDArray[np.int16] | None:
        """(n,) by token: the number of the area that hides its first word, from 1; 0 for none. None without areas."""
        if not self._concerned(side):
            return None
        tokens, words = self._tokens[side], self._documents[side].words
        lead = tokens.lead()
        return self._hidden(side, words.page[lead], words.box[lead])

    def _rules_of(self, side: int, regions: tuple[Region, ...]) -> list[int]:
        if not self._concerned(side):
            return [0] * len(regions)
        boxes = np.array([region.box for region in regions], np.float32)
        found: list[int] = self._hidden(side, np.array([region.page for region in regions]), boxes).tolist()
        return found

    def _concerned(self, side: int) -> bool:
        areas = (*self._options.ignore_areas, *self._options.only_areas)
        return any(area.side in ("both", _SIDES[side]) for area in areas)

    def _hidden(self, side: int, pages: NDArray[np.integer], boxes: Boxes) -> NDArray[np.int16]:
        """By place: the number of the area that holds its middle, from 1; 0 where it is compared."""
        middles = (boxes[:, :2] + boxes[:, 2:]) / 2
        rule = np.zeros(len(boxes), np.int16)
        document, name = self._documents[side], _SIDES[side]
        for number, area in enumerate(self._options.ignore_areas, 1):
            rule[_inside(area, name, document, pages, middles) & (rule == 0)] = number
        only = [area for area in self._options.only_areas if area.side in ("both", name)]
        if only:
            chosen = np.zeros(len(boxes), bool)
            for area in only:
                chosen |= _inside(area, name, document, pages, middles)
            rule[~chosen & (rule == 0)] = len(self._labels)
        return rule


def _compared_texts(change: Change) -> list[tuple[str, str]]:
    """Old and new of all that differs of a change, where that is text and nothing else; else nothing."""
    detail = change.detail
    if "running" in detail:
        context = detail.get("context", {})
        return [(str(context.get("old", "")), str(context.get("new", "")))]
    if change.old is None or change.new is None or change.kind is not Kind.REPLACED or change.layer not in _WORDED:
        return []
    if {"moved", "differing", "count"} & set(detail):
        return []
    properties = [(str(old or ""), str(new or "")) for old, new in detail.get("properties", {}).values()]
    return [(change.old.text, change.new.text), *properties]


def _inside(
    area: Area, side: str, document: Document, pages: NDArray[np.integer], middles: NDArray[np.floating]
) -> NDArray[np.bool_]:
    """(n,) whether each place lies in the area."""
    numbers = np.array([page.number for page in document.pages])
    boxes = np.array(
        [area.box(p.width, p.height) if area.lies_on(side, p.number) else (1, 1, 0, 0) for p in document.pages]
    ).reshape(-1, 4)
    if not len(numbers):
        return np.zeros(len(middles), bool)
    mine = boxes[np.searchsorted(numbers, pages)]
    return np.asarray(((middles >= mine[:, :2]) & (middles <= mine[:, 2:])).all(axis=1))


def _matched(tokens: Tokens, rules: list[tuple[str, Pattern]], ignore: tuple[str, ...]) -> dict[int, _Part]:
    """The words that a rule matches, wholly or in part, wherever a match spans words of one stream."""
    if not rules or not len(tokens):
        return {}
    printer, fold = Printer(tokens), normaliser(ignore)
    words = [printer.text(k, k + 1) for k in range(len(tokens))]
    glued = (tokens.document.words.flags[tokens.lead()] & Flag.GLUED != 0).tolist()
    begins = set(tokens.bounds)
    parts: list[str] = []
    for k, word in enumerate(words):
        parts += ["\0" if k in begins else "" if glued[k] else " ", word]
    lengths = np.cumsum([len(part) for part in parts])
    starts, stops = lengths[::2], lengths[1::2]
    text = "".join(parts)
    touched: dict[int, tuple[str, list[tuple[int, int]]]] = {}
    for label, pattern in rules:
        for start, stop in pattern.spans(text):
            first, last = np.searchsorted(stops, start, "right"), np.searchsorted(starts, stop, "left")
            for token in range(int(first), int(last)):
                at = int(starts[token])
                touched.setdefault(token, (label, []))[1].append((start - at, stop - at))
    return {token: _Part(_rest(words[token], spans, fold), label) for token, (label, spans) in touched.items()}


def _rest(word: str, spans: Spans, fold: Callable[[str], str]) -> str:
    """What is left of a word; nothing where no letter or digit is."""
    left = "".join(c for k, c in enumerate(word) if not any(start <= k < stop for start, stop in spans))
    return fold(left) if _bare(left) else ""


def _bare(text: str) -> str:
    return _NOT_LETTERS.sub("", text)


def _folded(aligned: Alignment, ignore: tuple[str, ...]) -> Counter[str]:
    """How many matched words differ in case or punctuation only, where that is ignored."""
    counts: Counter[str] = Counter()
    if not {"case", "punctuation"} & set(ignore):
        return counts
    leads = [
        tokens.document.words.token[tokens.lead(at)] for tokens, at in zip(aligned.tokens, aligned.pairs, strict=True)
    ]
    vocabularies = [document.words.vocabulary for document in aligned.documents]
    wide = len(vocabularies[1]) or 1
    codes, times = np.unique(leads[0].astype(np.int64) * wide + leads[1], return_counts=True)
    for code, count in zip(codes.tolist(), times.tolist(), strict=True):
        old, new = normalised(vocabularies[0][code // wide]), normalised(vocabularies[1][code % wide])
        if old != new:
            same_case = old.casefold() != new.casefold() and "punctuation" in ignore
            counts["punctuation" if same_case else "case" if "case" in ignore else "punctuation"] += count
    return counts


def _listed(spans: Spans) -> list[int]:
    return [token for start, stop in spans for token in range(start, stop)]


def _spans(tokens: list[int]) -> Spans:
    """Ascending indices as half-open ranges."""
    out: Spans = []
    for token in tokens:
        if out and out[-1][1] == token:
            out[-1] = (out[-1][0], token + 1)
        else:
            out.append((token, token + 1))
    return out
