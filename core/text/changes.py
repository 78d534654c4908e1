"""From alignment to what is told: changes with text, places, reason and a lasting name."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Indel

from core.alignment import Alignment
from core.blind import blind_pages
from core.ignoring import Ignoring
from core.model import Flag, Kind, Layer, Severity, Side
from core.options import CompareOptions
from core.report import WHOLE_DOCUMENT, Report
from core.text.moves import Moved
from core.text.page_changes import PageChanges
from core.text.running import RunningChange, running_changes, shifted_lines
from core.text.sequence import Hunk
from core.text.severity import PAGE_REFERENCE, REASONS, severity_of
from core.text.spans import Outside, Spans, spans_of
from core.text.styling import Restyled
from core.text.surroundings import Surroundings
from core.text.weighing import Weighing

_HIDDEN = {
    Flag.INVISIBLE: "invisible",
    Flag.CAMOUFLAGED: "colour of the paper",
    Flag.TINY: "under 1 pt",
    Flag.OFF_PAGE: "outside the page",
    Flag.COVERED: "covered",
}


class Changes:
    """Tells the changes of words, kind after kind."""

    def __init__(self, aligned: Alignment, report: Report, ignoring: Ignoring) -> None:
        self._aligned = aligned
        self._ignoring = ignoring
        self._documents, self._tokens = aligned.documents, aligned.tokens
        self._lines, self._roles = aligned.lines, aligned.roles
        self._page_map, self._pairs = aligned.page_map, aligned.pairs
        self._report, self._tell, self._place = report, report.tell, report.place_of_token
        self._print = aligned.printers
        self._page_of = aligned.page_of
        self.weighing = Weighing(aligned)
        self._surroundings = Surroundings(aligned)
        self._covered = np.zeros(len(self._tokens[0]), bool), np.zeros(len(self._tokens[1]), bool)
        for side in (0, 1):
            self._covered[side][np.isin(self._page_of[side], sorted(blind_pages(self._documents[side])))] = True
        #: Numbers of pages that follow the pages, by the pages on which they stand: told together.
        self._references: dict[tuple[int, int], list[tuple[Hunk, Spans, Spans]]] = {}
        self._pages = PageChanges(aligned, report, self._print, self._covered)

    def cover(self, side: int, tokens: NDArray[np.int64]) -> None:
        """Leave these tokens of a side to another layer that tells them; a moved block goes when all of it is left."""
        self._covered[side][tokens] = True

    def covered(self, side: int) -> NDArray[np.bool_]:
        """(n,) which tokens of a side are told by pages or by other layers so far."""
        return self._covered[side].copy()

    def goes_with_page(self, move: Moved) -> bool:
        """Whether a moved block is told by the page that it moved with."""
        return (self._on_page(0, move.old), self._on_page(1, move.new)) in self._pages.moved

    def add_pages(self) -> None:
        """Tell pages that came, went or changed their place; their words are then not told again."""
        self._pages.add()

    # text

    def add_text(self) -> None:
        """Tell words that came, went, were replaced or moved."""
        for move in self._aligned.moves:
            if not move.silent:
                self._add_move(move)
        beside = tuple(Outside(move.span(k) for move in self._aligned.moves) for k in (0, 1))
        for hunk in self._aligned.found:
            olds = self._left(0, beside[0].of(hunk[0], hunk[1]))
            news = self._left(1, beside[1].of(hunk[2], hunk[3]))
            for k in range(max(len(olds), len(news))):
                self._add_replacement(hunk, olds[k : k + 1], news[k : k + 1])
        for references in self._references.values():
            self._add_references(references)

    def _left(self, side: int, spans: Spans) -> Spans:
        """The spans without the words of pages told as a whole."""
        covered = self._covered[side]
        out: Spans = []
        for a, b in spans:
            part = covered[a:b]
            out.extend([(a, b)] if not part.any() else spans_of(np.flatnonzero(~part) + a))
        return out

    def _add_move(self, move: Moved) -> None:
        is_ours = (self._keeps(0, move) or self._keeps(1, move)) and not self.goes_with_page(move)
        if is_ours and not self._ignoring.hides(move.old, move.new):
            sides = tuple(
                Side(self._print[k].text(*span), self._print[k].regions([span]))
                for k, span in ((0, move.old), (1, move.new))
            )
            detail: dict[str, Any] = {"reason": "moved"}
            if move.edits:
                detail["edited"] = True
            self._tell(
                Layer.TEXT,
                Kind.MOVED,
                Severity.NORMAL,
                (sides[0], sides[1]),
                detail,
                context=("", ""),
                place=self._place(1, move.new[0]),
            )
        for hunk in move.edits:
            olds = self._left(0, [(hunk[0], hunk[1])] if hunk[1] > hunk[0] else [])
            news = self._left(1, [(hunk[2], hunk[3])] if hunk[3] > hunk[2] else [])
            self._add_replacement(hunk, olds, news)

    def _keeps(self, side: int, move: Moved) -> bool:
        """Whether any word that moved unchanged is left to this layer."""
        kept = ~self._covered[side]
        for hunk in move.edits:
            kept[hunk[2 * side] : hunk[2 * side + 1]] = False
        return bool(kept[slice(*(move.new if side else move.old))].any())

    def _on_page(self, side: int, span: tuple[int, int]) -> int:
        """The page that holds most of a span."""
        pages = self._page_of[side][span[0] : span[1]]
        return int(np.bincount(pages).argmax())

    def _add_replacement(self, hunk: Hunk, olds: Spans, news: Spans) -> None:
        olds, news = self._ignoring.cut(olds, news)
        if not olds and not news:
            return
        texts = self._print[0].spans(olds), self._print[1].spans(news)
        sides = tuple(
            Side(text, printer.regions(spans)) if spans else None
            for text, spans, printer in zip(texts, (olds, news), self._print, strict=True)
        )
        kind = Kind.INSERTED if not olds else Kind.DELETED if not news else Kind.REPLACED
        start = olds[0][0] if olds else hunk[0], news[0][0] if news else hunk[2]
        stop = olds[-1][1] if olds else start[0], news[-1][1] if news else start[1]
        flags = self._print[0].flags(olds) | self._print[1].flags(news)
        severity, reason = self.weighing.weigh(texts, start, stop, flags)
        if reason == PAGE_REFERENCE:
            pages = int(self._page_of[0][start[0]]), int(self._page_of[1][start[1]])
            self._references.setdefault(pages, []).append((hunk, olds, news))
            return
        detail: dict[str, Any] = {
            "reason": reason,
            "context": {name: self._print[k].sentence(start[k], stop[k]) for k, name in enumerate(("old", "new"))},
        }
        if hidden := hidden_as(flags):
            detail["hidden"] = hidden
        if kind is Kind.REPLACED:
            letters = differing_letters(*texts)
            if letters:
                detail["characters"] = letters
        else:
            self._note_anchor(detail, kind, start)
        place = self._place(1, news[0][0]) if news else self._place(0, olds[0][0])
        self._tell(
            Layer.TEXT, kind, severity, (sides[0], sides[1]), detail, context=self._neighbours(hunk), place=place
        )

    def _add_references(self, references: list[tuple[Hunk, Spans, Spans]]) -> None:
        """Tell the numbers of one page that follow the pages they name, as one change."""
        hunk = references[0][0]
        spans: list[Spans] = [[], []]
        for _, *both in references:
            for k in (0, 1):
                spans[k] += both[k]
        sides = [
            Side(printer.spans(mine), printer.regions(mine)) for mine, printer in zip(spans, self._print, strict=True)
        ]
        detail: dict[str, Any] = {"reason": PAGE_REFERENCE}
        if len(references) > 1:
            detail["places"] = len(references)
        else:
            detail["context"] = {
                name: self._print[k].sentence(spans[k][0][0], spans[k][-1][1]) for k, name in enumerate(("old", "new"))
            }
        self._tell(
            Layer.TEXT,
            Kind.REPLACED,
            REASONS[PAGE_REFERENCE],
            (sides[0], sides[1]),
            detail,
            context=self._neighbours(hunk),
            place=self._place(1, spans[1][0][0]),
        )

    def _note_anchor(self, detail: dict[str, Any], kind: Kind, start: tuple[int, int]) -> None:
        """Where the words are missing on the side that has none: beside a neighbour, on the partner page if it can."""
        side = 0 if kind is Kind.INSERTED else 1
        shown = int(self._page_of[1 - side][start[1 - side]])
        partner = self._aligned.partners[1 - side].get(shown)
        places = [place for at in (start[side] - 1, start[side]) if (place := self._print[side].place(at)) is not None]
        places.sort(key=lambda place: place.page != partner)
        if places:
            detail["anchor"] = {"page": places[0].page, "box": [round(v, 2) for v in places[0].box]}

    def _neighbours(self, hunk: Hunk) -> tuple[str, str]:
        """The nearest unchanged words before and after."""
        return self._surroundings.of(hunk)

    # running lines and style

    def add_running(self, options: CompareOptions) -> None:
        """Tell running headers and footers whose text changed, each once."""
        for change in running_changes(self._tokens, self._lines, self._roles):
            self._add_running_change(change)
        if options.show_running:
            for shift in shifted_lines(self._documents, self._lines, self._roles, self._page_map):
                self._tell(
                    Layer.PAGE,
                    Kind.REPLACED,
                    Severity.MINOR,
                    (shift[0], shift[1]),
                    {"reason": "running line"},
                    context=("", ""),
                    place=(shift[1].regions[0].page * 2**32 - 2, 0),
                )

    def _add_running_change(self, change: RunningChange) -> None:
        kind = Kind.INSERTED if change.old is None else Kind.DELETED if change.new is None else Kind.REPLACED
        severity, reason = severity_of(change.old.text if change.old else "", change.new.text if change.new else "")
        detail = {
            "reason": reason,
            "running": change.where,
            "context": dict(zip(("old", "new"), change.whole, strict=True)),
        }
        self._tell(
            Layer.TEXT,
            kind,
            severity,
            (change.old, change.new),
            detail,
            context=(change.context, ""),
            place=WHOLE_DOCUMENT,
        )

    def add_styles(self, groups: list[list[Restyled]]) -> None:
        """Tell words whose look changed; a difference met in many places is one change with all of them."""
        for whole in groups:
            group = [run for run in whole if not self._ignoring.hides(run.old, run.new)]
            if not group:
                continue
            first = group[0]
            sides = tuple(
                Side(
                    self._print[k].text(*span),
                    self._print[k].regions([run.old if k == 0 else run.new for run in group]),
                )
                for k, span in ((0, first.old), (1, first.new))
            )
            detail: dict[str, Any] = {"reason": "style", "from": first.before, "to": first.after}
            context = self._neighbours((*first.old, *first.new))
            if len(group) > 1:
                detail["places"] = len(group)
                context = repr(sorted(first.before.items())), repr(sorted(first.after.items()))
            place = self._place(1, first.new[0])
            self._tell(
                Layer.STYLE, Kind.REPLACED, Severity.MINOR, (sides[0], sides[1]), detail, context=context, place=place
            )


def hidden_as(flags: int) -> list[str]:
    """How words with these flags are hidden; empty where they can be seen."""
    return [word for flag, word in _HIDDEN.items() if flags & flag]


def differing_letters(old: str, new: str) -> dict[str, list[list[int]]] | None:
    """The differing characters of two short texts as [start, stop] by side; None where little is common."""
    if " " in old or " " in new or len(old) > 64 or len(new) > 64:
        return None
    codes = Indel.opcodes(old, new)
    same = sum(op.src_end - op.src_start for op in codes if op.tag == "equal")
    if same < 0.5 * max(len(old), len(new)):
        return None
    return {
        "old": [[op.src_start, op.src_end] for op in codes if op.tag == "delete"],
        "new": [[op.dest_start, op.dest_end] for op in codes if op.tag == "insert"],
    }
