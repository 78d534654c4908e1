"""Pages of which no words can be compared, compared by their pictures."""

from __future__ import annotations

from dataclasses import replace

from core.alignment import Alignment
from core.geometry import Box
from core.model import Document, Kind, Layer, Page, Region, Severity, Side
from core.notices import COARSER, DOUBTED_TEXT, DRAWN_PAGE, LINES_NOT_READ, NO_TEXT, TOO_COMPLEX_PAGE
from core.ocr.pixels import DPI, MOST_CELLS, Differences, Place, differences
from core.ocr.rasters import Pictures
from core.pixels.tiles import Paper, differences_by_tile
from core.report import Report

#: Notices of pages that can be drawn, and that nothing else can be compared of.
PICTURED = frozenset({NO_TEXT, DRAWN_PAGE, "no_words", TOO_COMPLEX_PAGE, DOUBTED_TEXT})
#: That fall when a page has been compared by its picture.
_SETTLED = frozenset({NO_TEXT, DRAWN_PAGE, "no_words", "partner_not_compared"})
_WORDED = frozenset({Layer.TEXT, Layer.TABLE, Layer.STYLE})
OTHER = "page looks different"
COARSE_DPI = 100.0  #: a million lines take four times as long to draw at `DPI` as to be read


def add_pages_by_picture(
    aligned: Alignment,
    report: Report,
    documents: tuple[Document, Document],
    pictures: Pictures | None,
    least_mm2: float = 0.0,
) -> tuple[Document, Document]:
    """Tell where the pictures of pages differ whose words cannot be compared; the documents, those pages compared.

    Of ink so many square millimetres must hang together to be told.
    """
    if pictures is None:
        return documents
    pages = {p.number: p for p in documents[0].pages}, {p.number: p for p in documents[1].pages}
    for pair in aligned.page_map:
        if pair.old is None or pair.new is None:
            continue
        old, new = pages[0][pair.old], pages[1][pair.new]
        if old.compared and new.compared and LINES_NOT_READ in _codes(old) | _codes(new):
            found = _differences(old, new, pictures, least_mm2)
            if found is not None and not found.is_other:
                tell_differences(report, old, new, _beside_words(found, report, (old.number, new.number)))
                pages[0][old.number], pages[1][new.number] = _pictured(old), _pictured(new)
            continue
        if old.compared or new.compared or not all(_is_drawn(page) for page in (old, new)):
            continue
        found = _differences(old, new, pictures, least_mm2)
        if found is None:
            continue
        tell_differences(report, old, new, found)
        pages[0][old.number], pages[1][new.number] = _seen(old), _seen(new)
    old_pages, new_pages = tuple(pages[0].values()), tuple(pages[1].values())
    return replace(documents[0], pages=old_pages), replace(documents[1], pages=new_pages)


def _differences(old: Page, new: Page, pictures: Pictures, least_mm2: float) -> Differences | None:
    """Where two pages differ, a large sheet tile by tile; None where one of them cannot be drawn."""
    # What takes long to draw is drawn once; what has too many objects even to be read, coarser.
    codes = _codes(old) | _codes(new)
    dpi = COARSE_DPI if TOO_COMPLEX_PAGE in codes else DPI
    if (
        codes.isdisjoint(COARSER)
        and max(page.width * page.height for page in (old, new)) * (DPI / 72) ** 2 > MOST_CELLS
    ):
        papers = [Paper(side, page.number, (page.width, page.height)) for side, page in enumerate((old, new))]
        return differences_by_tile(papers[0], papers[1], pictures, least_mm2)
    drawn = pictures.straight(0, old.number, dpi), pictures.straight(1, new.number, dpi)
    return differences(drawn[0], drawn[1], least_mm2) if drawn[0] is not None and drawn[1] is not None else None


def _beside_words(found: Differences, report: Report, numbers: tuple[int, int]) -> Differences:
    """What differs where no words are told."""
    told = [report.regions(side, _WORDED).get(number, []) for side, number in enumerate(numbers)]
    places = []
    for place in found.places:
        worded = (_meet(place.old, box) for box in told[0]), (_meet(place.new, box) for box in told[1])
        if not any(worded[0]) and not any(worded[1]):
            places.append(place)
    return replace(found, places=tuple(places))


def _codes(page: Page) -> set[str]:
    return {notice.code for notice in page.notices}


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and one[2] > other[0] and one[1] < other[3] and one[3] > other[1]


def _pictured(page: Page) -> Page:
    """A page that was compared by its words, and for its lines by its picture."""
    message = "The drawing on the page has too many lines to be compared one by one: it was compared by its picture."
    notices = [replace(n, message=message) if n.code == LINES_NOT_READ else n for n in page.notices]
    return replace(page, compared=(*page.compared, "pixels"), notices=tuple(notices))


def _is_drawn(page: Page) -> bool:
    """Whether a page has a picture: also one that was only left out because its partner has no words."""
    codes = _codes(page)
    return bool(codes & PICTURED) or "partner_not_compared" in codes


def _seen(page: Page) -> Page:
    notices = tuple(notice for notice in page.notices if notice.code not in _SETTLED)
    return replace(page, compared=("pixels",), notices=notices)


def tell_differences(report: Report, old: Page, new: Page, found: Differences) -> None:
    """Tell the places where two pages differ by ink."""
    if found.is_other:
        sides = tuple(Side("", (Region(page.number, (0.0, 0.0, page.width, page.height)),)) for page in (old, new))
        _add(report, Kind.REPLACED, sides[0], sides[1], new, {"reason": OTHER})
        return
    for place in found.places:
        kind = _kind(place)
        sides = Side("", (Region(old.number, place.old),)), Side("", (Region(new.number, place.new),))
        detail: dict[str, object] = {"reason": f"ink {kind}", "dots": [place.gone, place.come]}
        _add(
            report,
            kind,
            None if kind is Kind.INSERTED else sides[0],
            None if kind is Kind.DELETED else sides[1],
            new,
            detail,
        )


def _kind(place: Place) -> Kind:
    if not place.gone or place.come > 8 * place.gone:
        return Kind.INSERTED
    return Kind.DELETED if place.gone > 8 * place.come else Kind.REPLACED


def _add(report: Report, kind: Kind, old: Side | None, new: Side | None, page: Page, detail: dict[str, object]) -> None:
    place = report.place_on_page(1, page.number)
    report.tell(
        Layer.IMAGE, kind, Severity.NORMAL, (old, new), detail, place=place, content=("page", str(detail["reason"]))
    )
