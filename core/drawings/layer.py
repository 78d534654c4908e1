"""The `drawing` layer: tells what changed in what is drawn with lines, sheet by sheet."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from core.alignment import Alignment
from core.areas import POINTS_PER_MM
from core.drawings.comparing import Differences, Found, differences
from core.drawings.joining import Floats
from core.drawings.lines import box_of
from core.drawings.naming import Labels
from core.drawings.registration import Registered, Similarity, register
from core.drawings.sheets import Sheet, Sheets, ink_of
from core.geometry import Box
from core.model import Document, Kind, Layer, Notice, Page, PagePair, Pen, Region, Severity, Side
from core.notices import DRAWN_PAGE, LINES_NOT_READ
from core.report import Report

UNRELATED = 0.08  #: overlap of two sheets that have nothing to do with each other
DOUBTFUL = 0.5  #: overlap below which what is told of two sheets needs a look
LETTER_SLACK = 0.7  #: heights of a word that is told around it, where lines that are letters of it may stand
LETTER_SIZE = 1.4  #: heights of the word, of such a letter
_WORDED = frozenset({Layer.TEXT, Layer.TABLE})
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
    """

    documents: tuple[Document, Document]
    registrations: dict[tuple[int, int], dict[str, Any]] = field(default_factory=dict)
    settings: list[dict[str, Any]] = field(default_factory=list)

    def registration(self, pair: PagePair) -> dict[str, Any] | None:
        """How the sheets of a pair of pages lie on each other; None where they were not laid so."""
        return self.registrations.get((pair.old or 0, pair.new or 0))


def add_drawings(aligned: Alignment, report: Report, documents: tuple[Document, Document]) -> Drawn:
    """Tell what changed in the drawings of both documents.

    Sheets are compared with the partners of their pages; what stands on inserted and deleted pages is told with those.

    Args:
        aligned: Both documents side by side.
        report: Takes the changes.
        documents: As they are told so far.
    """
    drawn = Drawn(documents)
    if not all(len(document.strokes) for document in aligned.documents):
        return drawn
    sheets = Sheets(aligned.documents[0]), Sheets(aligned.documents[1])
    labels = Labels(aligned)
    pages = {p.number: p for p in documents[0].pages}, {p.number: p for p in documents[1].pages}
    for pair in aligned.page_map:
        if pair.old is None or pair.new is None:
            continue
        numbers = pair.old, pair.new
        if not all(_can_be_seen(pages[side][number]) for side, number in enumerate(numbers)):
            continue
        both = sheets[0].sheet(pair.old), sheets[1].sheet(pair.new)
        if not (both[0].is_drawing and both[1].is_drawing):
            continue
        if all(sheets[side].is_lettered(number) for side, number in enumerate(numbers)):
            both = sheets[0].without_letters(both[0]), sheets[1].without_letters(both[1])
        _compare(both, aligned, report, labels, drawn, pages)
    old, new = (replace(d, pages=tuple(p.values())) for d, p in zip(documents, pages, strict=True))
    drawn.documents = old, new
    return drawn


def _can_be_seen(page: Page) -> bool:
    """Whether the lines of a page are all that is needed to compare it, or come on top of its words."""
    codes = {notice.code for notice in page.notices}
    if LINES_NOT_READ in codes:
        return False
    return bool(page.compared) or DRAWN_PAGE in codes or "partner_not_compared" in codes


def _compare(
    sheets: tuple[Sheet, Sheet],
    aligned: Alignment,
    report: Report,
    labels: Labels,
    drawn: Drawn,
    pages: tuple[dict[int, Page], dict[int, Page]],
) -> None:
    """Compare two sheets; the lesser one is always laid on the other, so that swapped sides give mirrored results."""
    numbers = sheets[0].page.number, sheets[1].page.number
    first = _lesser(sheets)
    one, other = sheets[first], sheets[1 - first]
    registered = register(one.lines, other.lines)
    notices: list[str] = []
    if registered.overlap < UNRELATED:
        _tell_other(sheets, report)
        notices.append(
            "The drawings on this page and on its partner are unrelated: they can be compared side by side only."
        )
    else:
        pens = aligned.documents[first].pens, aligned.documents[1 - first].pens
        found = differences(
            one.lines,
            other.lines,
            registered,
            pens,
            other.diagonal,
            labels.shifts(first, (one.page.number, other.page.number), registered.lies),
        )
        _Teller(aligned, report, labels, numbers, first, registered.lies).tell(found)
        if registered.overlap < DOUBTFUL:
            notices.append(
                f"Only {registered.overlap:.0%} of the lines of this drawing lie on those of its partner: what is told "
                "of it needs a look."
            )
        if found.left_out:
            notices.append(f"{found.left_out:,} more changes of the drawing are not told one by one.")
        for setting in found.settings:
            told = _pen_words(pens, setting, first)
            if told and told not in drawn.settings:
                drawn.settings.append(told)
    lies = registered.lies if first == 0 else registered.lies.back()
    drawn.registrations[numbers] = _registration(lies, registered, sheets)
    for side, number in enumerate(numbers):
        page = pages[side][number]
        kept = tuple(notice for notice in page.notices if notice.code not in _SETTLED)
        added = tuple(Notice("drawing_doubtful", message, number) for message in notices)
        pages[side][number] = replace(page, compared=(*page.compared, "vector"), notices=(*kept, *added))


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
    }


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


class _Teller:
    """Tells the differences of two sheets."""

    def __init__(
        self,
        aligned: Alignment,
        report: Report,
        labels: Labels,
        numbers: tuple[int, int],
        first: int,
        lies: Similarity,
    ) -> None:
        self._aligned, self._report, self._labels = aligned, report, labels
        self._numbers, self._first, self._lies = numbers, first, lies
        regions = [report.regions(side, _WORDED).get(number, []) for side, number in enumerate(numbers)]
        self._words = [np.array(boxes, np.float64).reshape(-1, 4) for boxes in regions]

    def tell(self, found: Differences) -> None:
        """All of them, from the top of the sheet."""
        for one in found.found:
            told = self._settled(one)
            if one.pens is not None or not (self._is_lettering(0, told[2]) and self._is_lettering(1, told[3])):
                self._tell(told)

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

    def _settled(self, one: Found) -> tuple[Kind, str, Floats, Floats, Found]:
        """A change as (kind, reason, old, new): the first sheet may be the new one."""
        old, new = (one.one, one.other) if self._first == 0 else (one.other, one.one)
        kind, reason = one.kind, one.reason
        if self._first == 1 and kind in (Kind.INSERTED, Kind.DELETED):
            kind = Kind.DELETED if kind is Kind.INSERTED else Kind.INSERTED
        if kind in (Kind.INSERTED, Kind.DELETED, Kind.REPLACED) and reason.startswith("lines"):
            reason = f"lines {kind}"
        return kind, reason, old, new, one

    def _tell(self, told: tuple[Kind, str, Floats, Floats, Found]) -> None:
        kind, reason, old, new, one = told
        sides = tuple(
            Side("", (Region(number, _around(ends)),)) if len(ends) else None
            for number, ends in zip(self._numbers, (old, new), strict=True)
        )
        side = 1 if sides[1] is not None else 0
        ends = new if side == 1 else old
        tokens, near = self._labels.around(side, self._numbers[side], box_of(ends))
        detail: dict[str, Any] = {"reason": reason}
        if near[0]:
            detail["near"] = near[0]
        detail["length"] = [round(ink_of(e) / POINTS_PER_MM, 1) if len(e) else None for e in (old, new)]
        if kind is Kind.MOVED:
            detail["shift"] = self._shift(one)
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

    def _shift(self, one: Found) -> list[float]:
        """Millimetres to the right and down, beyond what the whole sheet was shifted."""
        x, y = one.shift
        if self._first == 1:
            x, y = -x, -y
        return [round(x / POINTS_PER_MM, 2) + 0.0, round(y / POINTS_PER_MM, 2) + 0.0]


def _around(ends: Floats) -> Box:
    x0, y0, x1, y1 = box_of(ends)
    return x0 - MARGIN, y0 - MARGIN, x1 + MARGIN, y1 + MARGIN


def _shape(ends: Floats) -> str:
    """What a group of lines looks like wherever it stands; part of the name of a change."""
    if not len(ends):
        return ""
    x0, y0, x1, y1 = box_of(ends)
    return f"{x1 - x0:.0f}x{y1 - y0:.0f} {ink_of(ends):.0f}"


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
