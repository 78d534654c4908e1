"""Pages of which no words can be compared, compared by their pictures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.alignment import Alignment
from core.geometry import Box
from core.model import Document, Kind, Layer, Notice, Page, Region, Severity, Side
from core.notices import (
    COARSER,
    DOUBTED_TEXT,
    DRAWN_PAGE,
    LINES_NOT_READ,
    LYING,
    NO_TEXT,
    PAGE_TURNED,
    TOO_COMPLEX_PAGE,
)
from core.ocr.pixels import DPI, MOST_CELLS, Differences, Place, differences
from core.ocr.rasters import Pictures
from core.pixels.tiles import Paper, differences_by_tile
from core.pixels.turning import Turned, turn_of
from core.report import Report

#: Notices of pages that can be drawn, and that nothing else can be compared of.
PICTURED = frozenset({NO_TEXT, DRAWN_PAGE, "no_words", TOO_COMPLEX_PAGE, DOUBTED_TEXT})
#: That fall when a page has been compared by its picture.
_SETTLED = frozenset({NO_TEXT, DRAWN_PAGE, "no_words", "partner_not_compared"})
_WORDED = frozenset({Layer.TEXT, Layer.TABLE, Layer.STYLE})
OTHER = "page looks different"
COARSE_DPI = 100.0  #: a million objects take four times as long to draw at `DPI` as to be read
#: Dots an inch: coarser, nothing can be seen; and from which on two pages that look the same are told to be the same.
LEAST_DPI, SURE_DPI = 12.0, 50.0
TURNED_DPI = 30.0  #: says how a page lies


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
        codes = _codes(old) | _codes(new)
        is_worded = bool(old.compared and new.compared) and LINES_NOT_READ in codes
        if not is_worded and (old.compared or new.compared or not all(_is_drawn(page) for page in (old, new))):
            continue
        dpi = _dots(old, new, codes, pictures)
        found = _differences(old, new, pictures, least_mm2, dpi) if dpi is None or dpi >= LEAST_DPI else None
        if is_worded and found is not None:
            found = None if found.is_other else _beside_words(found, report, (old.number, new.number))
        quarters = 0
        if found is not None and found.is_other and dpi is None:
            found, quarters = _turned(old, new, pictures, least_mm2, found)
        # So coarse a picture shows that pages differ, but not that they do not.
        is_seen = found is not None and (dpi is None or dpi >= SURE_DPI or bool(found.places or found.is_other))
        if found is not None:
            tell_differences(report, old, new, found)
        for side, page in enumerate((old, new)):
            kept = pages[side][page.number] if is_worded or not is_seen else _seen(page)
            if quarters and side:
                message = f"The page {LYING[quarters]} against its partner: it was compared turned."
                kept = replace(kept, notices=(*kept.notices, Notice(PAGE_TURNED, message, page.number)))
            pages[side][page.number] = kept if dpi is None else _drawn_at(kept, dpi, is_seen=is_seen)
    old_pages, new_pages = tuple(pages[0].values()), tuple(pages[1].values())
    return replace(documents[0], pages=old_pages), replace(documents[1], pages=new_pages)


def _dots(old: Page, new: Page, codes: set[str], pictures: Pictures) -> float | None:
    """Dots an inch at which two pages are drawn that would take long to draw; None where they do not."""
    if codes.isdisjoint(COARSER):
        return None
    area = max(page.width * page.height for page in (old, new))
    bearable = min(pictures.bearable_dpi(side, page.number) for side, page in enumerate((old, new)))
    # At the scale at which they are compared, as PDFium draws no line thinner than a dot.
    most = 72 * float(np.sqrt(MOST_CELLS / max(area, 1.0)))
    return min(COARSE_DPI if TOO_COMPLEX_PAGE in codes else DPI, most, bearable)


def _differences(old: Page, new: Page, pictures: Pictures, least_mm2: float, dpi: float | None) -> Differences | None:
    """Where two pages differ, a large sheet tile by tile; None where one of them cannot be drawn."""
    # What takes long to draw is drawn once, and coarser.
    if dpi is None and max(page.width * page.height for page in (old, new)) * (DPI / 72) ** 2 > MOST_CELLS:
        papers = [Paper(side, page.number, (page.width, page.height)) for side, page in enumerate((old, new))]
        return differences_by_tile(papers[0], papers[1], pictures, least_mm2)
    drawn = [pictures.straight(side, page.number, dpi or DPI) for side, page in enumerate((old, new))]
    return differences(drawn[0], drawn[1], least_mm2) if drawn[0] is not None and drawn[1] is not None else None


def _turned(old: Page, new: Page, pictures: Pictures, least_mm2: float, found: Differences) -> tuple[Differences, int]:
    """Where two pages that look different differ when the new one is turned, and by how many quarters; else as they do.

    A page was laid in a scanner upside down, or on its side.
    """
    drawn = [pictures.straight(side, page.number, TURNED_DPI) for side, page in enumerate((old, new))]
    quarters = 0 if drawn[0] is None or drawn[1] is None else turn_of(drawn[0].pixels, drawn[1].pixels)
    if not quarters:
        return found, 0
    turned = Turned(pictures, quarters, (new.width, new.height))
    size = (new.height, new.width) if quarters % 2 else (new.width, new.height)
    again = _differences(old, replace(new, width=size[0], height=size[1]), turned, least_mm2, None)
    if again is None or again.is_other:
        return found, 0
    return replace(again, places=tuple(replace(p, new=turned.as_displayed(p.new)) for p in again.places)), quarters


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


def _drawn_at(page: Page, dpi: float, *, is_seen: bool) -> Page:
    """A page of too much to be read, with what is said of the picture by which it was compared instead."""
    if dpi < LEAST_DPI:
        message = "The drawing on the page has too many lines to be compared, and to be drawn in bearable time."
    elif is_seen:
        message = (
            "The drawing on the page has too many lines to be compared one by one: it was compared coarser, by its "
            f"picture at {dpi:.0f} dots an inch."
        )
    else:
        message = (
            "The drawing on the page has too many lines to be compared one by one: its picture was looked at at "
            f"{dpi:.0f} dots an inch only, which does not show small differences."
        )
    notices = [replace(n, message=message) if n.code in COARSER else n for n in page.notices]
    compared = (*page.compared, "pixels") if is_seen and "pixels" not in page.compared else page.compared
    return replace(page, compared=compared, notices=tuple(notices))


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
