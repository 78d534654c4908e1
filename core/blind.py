"""Pages that cannot be compared: nothing is told of their partners, and both say so.

What the words of a page became is unknown when the page that should hold them could not be read. To call them deleted
would be an invention; the page counts as not compared instead. Two pages without text whose pictures are equal are
compared, by their pictures.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from core.model import Document, Notice, Page, PagePair
from core.notices import DOUBTED_TEXT, DRAWN_PAGE, NO_TEXT, SUSPECT_TEXT

#: Words that two pages share, of the fuller one; with fewer a doubted text layer proves wrong.
LEAST_TRUSTED = 0.5
_PARTNER = "Not compared, because page {number} of the {side} document could not be compared."


def settle_blind_pages(old: Document, new: Document, page_map: Iterable[PagePair]) -> tuple[Document, Document]:
    """Both documents, with what was compared of each page set right."""
    pages = {p.number: p for p in old.pages}, {p.number: p for p in new.pages}
    for pair in page_map:
        if pair.old is None or pair.new is None:
            continue
        a, b = pages[0][pair.old], pages[1][pair.new]
        if a.compared and b.compared:
            if pair.similarity < LEAST_TRUSTED and (_is_suspect(a) or _is_suspect(b)):
                pages[0][a.number], pages[1][b.number] = _doubted(a), _doubted(b)
            continue
        if a.picture and a.picture == b.picture:
            pages[0][a.number], pages[1][b.number] = _seen(a), _seen(b)
        else:
            pages[0][a.number], pages[1][b.number] = _blinded(a, b, "new"), _blinded(b, a, "old")
    return replace(old, pages=tuple(pages[0].values())), replace(new, pages=tuple(pages[1].values()))


def blind_pages(document: Document) -> set[int]:
    """The pages of which nothing may be told."""
    return {page.number for page in document.pages if not page.compared}


def _is_suspect(page: Page) -> bool:
    return any(notice.code == SUSPECT_TEXT for notice in page.notices)


def _doubted(page: Page) -> Page:
    message = "The text of this page or of its partner is probably coded wrongly: its words were not compared."
    return replace(page, compared=(), notices=(*page.notices, Notice(DOUBTED_TEXT, message, page.number)))


def _seen(page: Page) -> Page:
    notices = tuple(notice for notice in page.notices if notice.code not in (NO_TEXT, DRAWN_PAGE, "no_words"))
    is_drawn = any(notice.code == DRAWN_PAGE for notice in page.notices)  # its lines are the same, not its picture
    return replace(page, compared=("vector" if is_drawn else "pixels",), notices=notices)


def _blinded(page: Page, partner: Page, side: str) -> Page:
    if not page.compared:
        return page
    notice = Notice("partner_not_compared", _PARTNER.format(number=partner.number, side=side), page.number)
    return replace(page, compared=(), notices=(*page.notices, notice))
