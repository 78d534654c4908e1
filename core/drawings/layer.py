"""The `drawing` layer: tells what changed in what is drawn with lines, sheet by sheet."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from core.alignment import Alignment
from core.areas import POINTS_PER_MM
from core.drawings.comparing import Differences, Found, differences
from core.drawings.figures import MOST_FIGURES, Figure, figures_on, follow
from core.drawings.joining import Floats
from core.drawings.lines import Lines, box_of
from core.drawings.looking import Laid, SecondLook
from core.drawings.naming import Labels
from core.drawings.registration import Registered, Similarity, register, registered_by_hand, similarity_of
from core.drawings.sheets import Sheet, Sheets, diagonal_of, ink_of
from core.geometry import Box, rows_of_page
from core.model import Document, Kind, Layer, Notice, Page, PagePair, Pen, Region, Severity, Side
from core.notices import DRAWING_DOUBTFUL, DRAWN_PAGE, LINES_NOT_READ, REGISTRATION_UNUSED
from core.registrations import Registration
from core.report import Report

UNRELATED = 0.08  #: overlap of two sheets that have nothing to do with each other
FIXED = 0.6  #: overlap of two pages with prose below which not the page but each figure is compared
#: Of so many words of a sheet this share must stand where its lines do, or the page is laid out anew, like text.
MANY_WORDS, STAYING = 100, 0.4
LIKENESS = 0.3  #: overlap of two figures that are versions of each other
DOUBTFUL = 0.5  #: overlap below which what is told of two sheets needs a look
LETTER_SLACK = 0.7  #: heights of a word that is told around it, where lines that are letters of it may stand
LETTER_SIZE = 1.4  #: heights of the word, of such a letter
_WORDED = frozenset({Layer.TEXT, Layer.TABLE})
LEAST_TURN, LEAST_SCALE = 0.05, 1e-3  #: degrees and share by which what moved must be turned or scaled to be told so
#: Things with no more points of line, of which so many look the same and changed alike, are told together.
MOST_ALIKE_INK, LEAST_ALIKE = 40.0, 4
MARGIN = 0.75  #: points around a change: a line by itself has no area
#: Notices that fall when a page has been compared by its lines.
_SETTLED = frozenset({DRAWN_PAGE, "partner_not_compared"})


@dataclass(slots=True)
class Drawn:
    """What came of it.

    Attributes:
        documents: Both, the pages that were compared by their lines marked as such.
        registrations: By (old, new) page, how the sheets lie on each other, as it stands in the page map.
        settings: Pens drawn otherwise throughout, for the summary.
        unseen: Differences of lines that cannot be seen in the pictures of both pages.
    """

    documents: tuple[Document, Document]
    registrations: dict[tuple[int, int], dict[str, Any]] = field(default_factory=dict)
    settings: list[dict[str, Any]] = field(default_factory=list)
    unseen: int = 0

    def sheets(self) -> set[tuple[int, int]]:
        """(side, number) of the pages that were compared as sheets of drawings."""
        return {(side, pages[side]) for pages in self.registrations for side in (0, 1)}

    def registration(self, pair: PagePair) -> dict[str, Any] | None:
        """How the sheets of a pair of pages lie on each other; None where they were not laid so."""
        return self.registrations.get((pair.old or 0, pair.new or 0))


def add_drawings(
    aligned: Alignment,
    report: Report,
    documents: tuple[Document, Document],
    registrations: tuple[Registration, ...] = (),
    look: SecondLook | None = None,
) -> Drawn:
    """Tell what changed in the drawings of both documents.

    Sheets are compared with the partners of their pages, figures among text with those that are the same or stand where
    the words around took them; what stands on inserted and deleted pages is told with those.

    Args:
        aligned: Both documents side by side.
        report: Takes the changes.
        documents: As they are told so far.
        registrations: How sheets lie on each other where that was set by hand.
        look: Confirms by pictures what lines say; without it, they are taken at their word.
    """
    if not registrations and not any(len(document.strokes) for document in aligned.documents):
        return Drawn(documents)
    by_hand = {(one.old_page, one.new_page): one for one in registrations}
    return _Drawings(aligned, report, documents, by_hand, look).tell()


class _Drawings:
    """The drawings of both documents, and what was told of them."""

    def __init__(
        self,
        aligned: Alignment,
        report: Report,
        documents: tuple[Document, Document],
        by_hand: dict[tuple[int, int], Registration],
        look: SecondLook | None,
    ) -> None:
        self._aligned, self._report, self._drawn = aligned, report, Drawn(documents)
        self._by_hand, self._look = by_hand, look
        self._sheets = Sheets(aligned.documents[0]), Sheets(aligned.documents[1])
        self._labels = Labels(aligned)
        self._pages = {p.number: p for p in documents[0].pages}, {p.number: p for p in documents[1].pages}

    def tell(self) -> Drawn:
        """Sheets first: what is on them is no figure."""
        for pair in self._aligned.page_map:
            if pair.old is not None and pair.new is not None:
                self._tell_sheets((pair.old, pair.new))
        for numbers in sorted(self._by_hand.keys() - self._drawn.registrations.keys()):
            message = (
                f"Pages {numbers[0]} and {numbers[1]} were not laid on each other by hand: one of them "
                "cannot be compared by its lines."
            )
            self._note(1, numbers[1], [Notice(REGISTRATION_UNUSED, message, numbers[1])])
        self._tell_figures()
        documents = self._drawn.documents
        old, new = (replace(d, pages=tuple(p.values())) for d, p in zip(documents, self._pages, strict=True))
        self._drawn.documents = old, new
        return self._drawn

    def _tell_sheets(self, numbers: tuple[int, int]) -> None:
        """Compare two pages where both are drawings, or where one is and the other one is empty."""
        if not all(_can_be_seen(self._pages[side][number]) for side, number in enumerate(numbers)):
            return
        both = self._sheets[0].sheet(numbers[0]), self._sheets[1].sheet(numbers[1])
        by_hand = self._by_hand.get(numbers)
        if by_hand is not None and all(len(sheet.lines) for sheet in both):
            # Who lays two pages on each other says that they are drawings.
            both = replace(both[0], is_drawing=True), replace(both[1], is_drawing=True)
        if not any(sheet.is_drawing for sheet in both):
            return
        if not all(sheet.is_drawing for sheet in both):
            if len(both[0].lines) and len(both[1].lines):
                return
            _tell_alone(both, self._report)
            self._mark(both, [])
            return
        if all(self._sheets[side].is_lettered(number) for side, number in enumerate(numbers)):
            both = self._sheets[0].without_letters(both[0]), self._sheets[1].without_letters(both[1])
        # The lesser one is always laid on the other, so that swapped sides give mirrored results.
        first = _lesser(both)
        if by_hand is not None:
            registered = registered_by_hand(both[first].lines, both[1 - first].lines, _as_set(by_hand, first))
        else:
            registered = register(both[first].lines, both[1 - first].lines)
            if registered.overlap < FIXED and any(sheet.is_prose for sheet in both):
                return  # the text moved, and figures with it
            words, stay = self._labels.stay(first, (numbers[first], numbers[1 - first]), registered.lies)
            if words >= MANY_WORDS and stay < STAYING:
                return
        notices = self._compare(both, first, registered)
        lies = registered.lies if first == 0 else registered.lies.back()
        self._drawn.registrations[numbers] = _registration(lies, registered, both)
        self._mark(both, notices)

    def _compare(self, sheets: tuple[Sheet, Sheet], first: int, registered: Registered) -> list[str]:
        """Tell the differences of two sheets; what there is to say about it."""
        if registered.overlap < UNRELATED and not registered.by_hand:
            _tell_other(sheets, self._report)
            return [
                "The drawings on this page and on its partner are unrelated: they can be compared side by side only."
            ]
        found = self._differences((sheets[first].lines, sheets[1 - first].lines), sheets, first, registered)
        pages = sheets[first].page.number, sheets[1 - first].page.number
        laid = Laid((first, 1 - first), pages, registered.lies)
        found.found = self._seen(found.found, found.found, laid)
        is_taken_at_its_word = self._look is None or self._look.is_too_much(self._strokes(laid))
        _Teller(self._aligned, self._report, self._labels, sheets, first, registered.lies).tell(found)
        notices = []
        if registered.overlap < DOUBTFUL:
            notices.append(
                f"Only {registered.overlap:.0%} of the lines of this drawing lie on those of its partner: what is told "
                "of it needs a look."
            )
        if found.found and is_taken_at_its_word:
            notices.append(
                "What is told of the drawing is what its lines say: it was not looked at in pictures as well, and some "
                "of it may lie under other ink."
            )
        if found.left_out:
            notices.append(f"{found.left_out:,} more changes of the drawing are not told one by one.")
        return notices

    def _differences(
        self, lines: tuple[Lines, Lines], sheets: tuple[Sheet, Sheet], first: int, registered: Registered
    ) -> Differences:
        """What two drawings differ by, the first of which is that of side `first`."""
        pens = self._aligned.documents[first].pens, self._aligned.documents[1 - first].pens
        numbers = sheets[first].page.number, sheets[1 - first].page.number
        hints = self._labels.shifts(first, numbers, registered.lies)
        found = differences(*lines, registered, pens, sheets[1 - first].diagonal, hints)
        for setting in found.settings:
            told = _pen_words(pens, setting, first)
            if told and told not in self._drawn.settings:
                self._drawn.settings.append(told)
        return found

    def _seen(self, found: list[Found], placed: list[Found], laid: Laid) -> list[Found]:
        """What was found but for what cannot be seen; `placed`: the same in the axes of the pages."""
        if self._look is None or not found:
            return found
        unseen = self._look.unseen(placed, laid, self._strokes(laid))
        self._drawn.unseen += len(unseen)
        return [one for k, one in enumerate(found) if k not in unseen]

    def _strokes(self, laid: Laid) -> int:
        """The lines of two pages."""
        ranges = (
            rows_of_page(self._aligned.documents[side].strokes.page, page)
            for side, page in zip(laid.sides, laid.pages, strict=True)
        )
        return sum(stop - first for first, stop in ranges)

    def _mark(self, sheets: tuple[Sheet, Sheet], notices: list[str]) -> None:
        """Note that two pages were compared by their lines."""
        for side, sheet in enumerate(sheets):
            page = self._pages[side][sheet.page.number]
            kept = tuple(notice for notice in page.notices if notice.code not in _SETTLED)
            added = tuple(Notice(DRAWING_DOUBTFUL, message, page.number) for message in notices)
            self._pages[side][page.number] = replace(
                page, compared=tuple(dict.fromkeys((*page.compared, "vector"))), notices=(*kept, *added)
            )

    def _note(self, side: int, number: int, notices: list[Notice]) -> None:
        if number in self._pages[side]:
            page = self._pages[side][number]
            self._pages[side][number] = replace(page, notices=(*page.notices, *notices))

    # ---------------------------------------------------------------- figures among text

    def _tell_figures(self) -> None:
        """Compare the figures of the pages of text."""
        whole = self._report.whole_pages()
        figures: list[list[Figure]] = []
        for side, sheets in enumerate(self._sheets):
            found: list[Figure] = []
            for number in sheets.drawn_pages():
                page = self._pages[side][number]
                if number not in whole[side] and "text" in page.compared and "vector" not in page.compared:
                    found += figures_on(self._aligned.documents[side], number, sheets.sheet(number).lines)
            if len(found) > MOST_FIGURES:
                return
            figures.append(found)
        old, new = figures
        followed = follow(self._aligned, old, new)
        for k, j in followed.pairs:
            self._tell_pair(old[k], new[j])
        pictured = [{image.page for image in document.images} for document in self._aligned.documents]
        for side, rows, kind in ((0, followed.gone, Kind.DELETED), (1, followed.come, Kind.INSERTED)):
            for row in rows:
                figure = figures[side][row]
                goal = self._aligned.carried(side, figure.page, figure.box)
                if goal is None or goal[0] in pictured[1 - side]:
                    continue  # another program may have made a picture of it
                self._tell_figure(kind, f"figure {kind}", *((figure, None) if side == 0 else (None, figure)))
        for side, found in enumerate(figures):
            for number in {figure.page for figure in found}:
                page = self._pages[side][number]
                self._pages[side][number] = replace(page, compared=tuple(dict.fromkeys((*page.compared, "vector"))))

    def _tell_pair(self, old: Figure, new: Figure) -> None:
        both = old, new
        first = 0 if (len(old.lines), old.lines.ends.tobytes()) <= (len(new.lines), new.lines.ends.tobytes()) else 1
        one, other = _at_origin(both[first]), _at_origin(both[1 - first])
        registered = register(one, other)
        if registered.overlap < LIKENESS:
            self._tell_figure(Kind.REPLACED, "figure replaced", old, new)
            return
        page = self._pages[1 - first][both[1 - first].page]
        pens = self._aligned.documents[first].pens, self._aligned.documents[1 - first].pens
        found = differences(one, other, registered, pens, diagonal_of(page), np.zeros((0, 2)))
        (x, y), corner = both[1 - first].box[:2], np.array([both[first].box[:2]])
        shift = registered.lies.points(-corner)[0] + (x, y)
        lies = replace(registered.lies, x=float(shift[0]), y=float(shift[1]))
        placed = [
            replace(f, one=f.one + np.tile(corner, 2), other=f.other + np.array([x, y, x, y])) for f in found.found
        ]
        pages = both[first].page, both[1 - first].page
        found.found = self._seen(found.found, placed, Laid((first, 1 - first), pages, lies))
        changed = [f for f in found.found if f.kind is not Kind.MOVED or ink_of(f.one) > 0]
        if not changed:
            return
        parts = [[f.one for f in changed if len(f.one)], [f.other for f in changed if len(f.other)]]
        if first == 1:
            parts.reverse()
        inked = [np.concatenate(side) if side else np.zeros((0, 4)) for side in parts]
        share = sum(map(ink_of, inked)) / max(ink_of(old.lines.ends) + ink_of(new.lines.ends), 1e-9)
        self._tell_figure(Kind.REPLACED, "figure changed", old, new, share, inked)

    def _tell_figure(
        self,
        kind: Kind,
        reason: str,
        old: Figure | None,
        new: Figure | None,
        share: float = 0.0,
        inked: list[Floats] | None = None,
    ) -> None:
        figures = (old, new)
        sides = [None if figure is None else Side("", (Region(figure.page, figure.box),)) for figure in figures]
        side = 1 if new is not None else 0
        shown = figures[side]
        assert shown is not None
        tokens, near = self._labels.around(side, shown.page, shown.box)
        detail: dict[str, Any] = {"reason": reason}
        if near[0]:
            detail["near"] = near[0]
        if share:
            detail["changed"] = round(min(share, 1.0), 4)
        if inked is not None:
            where = {}
            for name, figure, ends in zip(("old", "new"), figures, inked, strict=True):
                if figure is not None and len(ends):
                    x0, y0, x1, y1 = box_of(ends)
                    x, y = figure.box[:2]
                    box = [round(v, 2) for v in (x0 + x, y0 + y, x1 + x, y1 + y)]
                    where[name] = {"page": figure.page, "box": box}
            detail["where"] = where
        self._report.tell(
            Layer.DRAWING,
            kind,
            Severity.NORMAL,
            (sides[0], sides[1]),
            detail,
            context=near,
            place=self._report.place_of_token(side, tokens[0])
            if tokens
            else self._report.place_on_page(side, shown.page),
            content=tuple(_shape(f.lines.ends) if f is not None else "" for f in figures),  # type: ignore[arg-type]
        )


def _at_origin(figure: Figure) -> Lines:
    """The lines of a figure from its top left corner."""
    return Lines(figure.lines.ends - np.tile(figure.box[:2], 2), figure.lines.pen)


def _can_be_seen(page: Page) -> bool:
    """Whether the lines of a page are all that is needed to compare it, or come on top of its words."""
    codes = {notice.code for notice in page.notices}
    if LINES_NOT_READ in codes:
        return False
    return bool(page.compared) or DRAWN_PAGE in codes or "partner_not_compared" in codes


def _lesser(sheets: tuple[Sheet, Sheet]) -> int:
    """The side of the sheet that is laid on the other, by what is on it alone."""
    keys = [(len(s.lines), s.page.width, s.page.height, s.lines.ends.tobytes(), s.lines.pen.tobytes()) for s in sheets]
    return 0 if keys[0] <= keys[1] else 1


def _registration(lies: Similarity, registered: Registered, sheets: tuple[Sheet, Sheet]) -> dict[str, Any]:
    """How the new sheet lies on the old one, for the page map: shift of the middle of the old sheet."""
    page = sheets[0].page
    middle = np.array([[page.width / 2, page.height / 2]])
    goal = np.array([[sheets[1].page.width / 2, sheets[1].page.height / 2]])
    same_size = abs(page.width - sheets[1].page.width) < 1 and abs(page.height - sheets[1].page.height) < 1
    x, y = (lies.points(middle) - (middle if same_size else goal))[0] / POINTS_PER_MM
    return {
        "shift": [round(float(x), 3) + 0.0, round(float(y), 3) + 0.0],
        "turn": round(lies.turn, 3) + 0.0,
        "scale": round(lies.scale, 5),
        "overlap": round(registered.overlap, 3),
    } | ({"by_hand": True} if registered.by_hand else {})


def _as_set(by_hand: Registration, first: int) -> Similarity:
    """How the sheet of side `first` lies on the other, as the user said."""
    points = [(by_hand.old, by_hand.new)[side] for side in (first, 1 - first)]
    one, other = ([complex(*point) * POINTS_PER_MM for point in pair] for pair in points)
    return similarity_of((one[0], one[1]), (other[0], other[1]))


def _tell_other(sheets: tuple[Sheet, Sheet], report: Report) -> None:
    old, new = (Side("", (Region(s.page.number, (0.0, 0.0, s.page.width, s.page.height)),)) for s in sheets)
    report.tell(
        Layer.DRAWING,
        Kind.REPLACED,
        Severity.NORMAL,
        (old, new),
        {"reason": "another drawing"},
        place=report.place_on_page(1, sheets[1].page.number),
        content=("sheet", "another drawing"),
    )


def _tell_alone(sheets: tuple[Sheet, Sheet], report: Report) -> None:
    """A drawing that came or went with all its lines, on a page that stays."""
    side = 0 if len(sheets[0].lines) else 1
    page, ends = sheets[side].page, sheets[side].lines.ends
    shown = Side("", (Region(page.number, _around(ends, page)),))
    kind = Kind.INSERTED if side else Kind.DELETED
    report.tell(
        Layer.DRAWING,
        kind,
        Severity.NORMAL,
        (None, shown) if side else (shown, None),
        {"reason": f"drawing {kind}"},
        place=report.place_on_page(side, page.number),
        content=("sheet", _shape(ends)),
    )


_Told = tuple[Kind, str, Floats, Floats, Found]  #: kind, reason, lines of the old and of the new sheet


def _sort_of(told: _Told) -> tuple[object, ...] | None:
    """What is equal for things that look the same and changed alike; None for what is told by itself."""
    kind, reason, old, new, one = told
    if kind is Kind.MOVED or ink_of(old) + ink_of(new) > MOST_ALIKE_INK:
        return None
    return kind, reason, one.pens, _rough_shape(old), _rough_shape(new)


class _Teller:
    """Tells the differences of two sheets."""

    def __init__(
        self,
        aligned: Alignment,
        report: Report,
        labels: Labels,
        sheets: tuple[Sheet, Sheet],
        first: int,
        lies: Similarity,
    ) -> None:
        self._aligned, self._report, self._labels, self._first = aligned, report, labels, first
        self._lies = lies
        self._pages = sheets[0].page, sheets[1].page
        numbers = self._numbers = sheets[0].page.number, sheets[1].page.number
        regions = [report.regions(side, _WORDED).get(number, []) for side, number in enumerate(numbers)]
        self._words = [np.array(boxes, np.float64).reshape(-1, 4) for boxes in regions]

    def tell(self, found: Differences) -> None:
        """All of them, from the top of the sheet; the same little thing at many places once."""
        told: dict[tuple[object, ...], list[_Told]] = {}
        for number, one in enumerate(found.found):
            settled = self._settled(one)
            if one.kind is Kind.MOVED and self._goes_with_word(one):
                continue
            if one.pens is None and self._is_lettering(0, settled[2]) and self._is_lettering(1, settled[3]):
                continue
            told.setdefault(_sort_of(settled) or (number,), []).append(settled)
        for alike in told.values():
            for some in [alike] if len(alike) >= LEAST_ALIKE else [[one] for one in alike]:
                self._tell(some)

    def _goes_with_word(self, one: Found) -> bool:
        """Whether what moved is part of a label that did, of which nothing is told."""
        pages = self._numbers if self._first == 0 else (self._numbers[1], self._numbers[0])
        return self._labels.carries(self._first, pages, box_of(one.one), (one.lies.x, one.lies.y), self._lies)

    def _is_lettering(self, side: int, ends: Floats) -> bool:
        """Whether lines are no larger than letters and stand in or right beside words that are told."""
        boxes = self._words[side]
        if not len(ends) or not len(boxes):
            return not len(ends)
        x0, y0, x1, y1 = box_of(ends)
        height = np.minimum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1])
        slack = LETTER_SLACK * height
        inside = (x0 >= boxes[:, 0] - slack) & (x1 <= boxes[:, 2] + slack)
        inside &= (y0 >= boxes[:, 1] - slack) & (y1 <= boxes[:, 3] + slack)
        small = max(x1 - x0, y1 - y0) <= LETTER_SIZE * height
        beside = (x1 >= boxes[:, 0] - slack) & (x0 <= boxes[:, 2] + slack)
        beside &= (y1 >= boxes[:, 1] - slack) & (y0 <= boxes[:, 3] + slack)
        return bool((inside | (small & beside)).any())

    def _settled(self, one: Found) -> _Told:
        """A change as (kind, reason, old, new): the first sheet may be the new one."""
        old, new = (one.one, one.other) if self._first == 0 else (one.other, one.one)
        kind, reason = one.kind, one.reason
        if self._first == 1 and kind in (Kind.INSERTED, Kind.DELETED):
            kind = Kind.DELETED if kind is Kind.INSERTED else Kind.INSERTED
        if kind in (Kind.INSERTED, Kind.DELETED, Kind.REPLACED) and reason.startswith("lines"):
            reason = f"lines {kind}"
        return kind, reason, old, new, one

    def _tell(self, alike: list[_Told]) -> None:
        """One change, at one place or at many."""
        kind, reason, old, new, one = alike[0]
        sides = tuple(
            Side("", tuple(Region(page.number, _around(lines, page)) for lines in shown)) if len(ends) else None
            for page, ends, shown in zip(
                self._pages, (old, new), ([told[2] for told in alike], [told[3] for told in alike]), strict=True
            )
        )
        side = 1 if sides[1] is not None else 0
        ends = new if side == 1 else old
        tokens, near = self._labels.around(side, self._numbers[side], box_of(ends))
        detail: dict[str, Any] = {"reason": reason}
        if near[0]:
            detail["near"] = near[0]
        detail["length"] = [round(ink_of(e) / POINTS_PER_MM, 1) if len(e) else None for e in (old, new)]
        if len(alike) > 1:
            detail["places"] = len(alike)
        if kind is Kind.MOVED:
            detail.update(self._movement(one))
        if one.pens is not None:
            pens = self._aligned.documents[self._first].pens, self._aligned.documents[1 - self._first].pens
            detail.update(_pen_words(pens, one.pens, self._first))
        place = (
            self._report.place_of_token(side, tokens[0])
            if tokens
            else self._report.place_on_page(side, self._numbers[side])
        )
        self._report.tell(
            Layer.DRAWING,
            kind,
            Severity.MINOR if kind is Kind.MOVED or one.pens is not None else Severity.NORMAL,
            (sides[0], sides[1]),
            detail,
            context=near,
            place=place,
            content=(_shape(old), _shape(new)),
        )

    def _movement(self, one: Found) -> dict[str, Any]:
        """Beyond what the whole sheet did: millimetres of the middle right and down, degrees, ratio, mirrored."""
        lies = one.lies if self._first == 0 else one.lies.back()
        x0, y0, x1, y1 = box_of(self._lies.ends(one.one) if self._first == 0 else one.other)
        middle = np.array([[(x0 + x1) / 2, (y0 + y1) / 2]])
        x, y = (lies.points(middle) - middle)[0] / POINTS_PER_MM
        found: dict[str, Any] = {"shift": [round(float(x), 2) + 0.0, round(float(y), 2) + 0.0]}
        if abs(lies.turn) >= LEAST_TURN:
            found["turn"] = round(lies.turn, 2)
        if abs(lies.scale - 1) >= LEAST_SCALE:
            found["scale"] = round(lies.scale, 4)
        if lies.mirrored:
            found["mirrored"] = True
        return found


def _around(ends: Floats, page: Page) -> Box:
    """The box around lines, with a margin, on the page."""
    x0, y0, x1, y1 = box_of(ends)
    x0, y0, x1, y1 = x0 - MARGIN, y0 - MARGIN, x1 + MARGIN, y1 + MARGIN
    return max(x0, 0.0), max(y0, 0.0), min(x1, page.width), min(y1, page.height)


def _shape(ends: Floats) -> str:
    """What a group of lines looks like wherever it stands; part of the name of a change."""
    if not len(ends):
        return ""
    x0, y0, x1, y1 = box_of(ends)
    return f"{x1 - x0:.0f}x{y1 - y0:.0f} {ink_of(ends):.0f}"


def _rough_shape(ends: Floats) -> tuple[float, ...]:
    """Sides and ink of a group of lines, whichever way it is turned by a quarter; two points are one."""
    if not len(ends):
        return ()
    x0, y0, x1, y1 = box_of(ends)
    return *sorted((round((x1 - x0) / 2), round((y1 - y0) / 2))), round(ink_of(ends) / 2)


def _pen_words(pens: tuple[tuple[Pen, ...], tuple[Pen, ...]], rows: tuple[int, int], first: int) -> dict[str, Any]:
    """What differs between two pens, old first: pairs of words by name."""
    one, other = pens[0][rows[0]], pens[1][rows[1]]
    old, new = (one, other) if first == 0 else (other, one)
    found: dict[str, Any] = {}
    for name, values in (
        ("line colour", (_color(old.stroke), _color(new.stroke))),
        ("fill", (_color(old.fill), _color(new.fill))),
        ("line width", (_millimetres(old.width), _millimetres(new.width))),
    ):
        if values[0] != values[1]:
            found[name] = list(values)
    return found


def _color(color: int) -> str:
    return f"#{color:06x}" if color >= 0 else "none"


def _millimetres(width: float) -> str:
    return f"{width / POINTS_PER_MM:.2f} mm"
