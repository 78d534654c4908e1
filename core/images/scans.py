"""Pages that are one picture: their details are for the comparison of pixels, not for that of pictures."""

from __future__ import annotations

import numpy as np

from core.geometry import Box
from core.model import Document, Flag, Image

WHOLE_PAGE = 0.7  #: share of the page that a picture covers
SEEN_SHARE = 0.2  #: of the words of a page: fewer are seen where a scan was made searchable


def scanned_pages(document: Document) -> set[int]:
    """The pages that a picture fills and on which hardly a word is drawn."""
    sizes = {page.number: page.width * page.height for page in document.pages}
    filled = {image.page for image in document.images if _area(image.box) >= WHOLE_PAGE * sizes[image.page]}
    if not filled:
        return set()
    words = document.words
    hidden = (words.flags & int(Flag.INVISIBLE | Flag.OCR)) != 0
    most = max(sizes) + 1
    every, seen = (np.bincount(words.page[which], minlength=most) for which in (slice(None), ~hidden))
    return {page for page in filled if seen[page] <= SEEN_SHARE * every[page]}


def is_whole_page(image: Image, document: Document) -> bool:
    """Whether a picture fills its page."""
    page = next(page for page in document.pages if page.number == image.page)
    return _area(image.box) >= WHOLE_PAGE * page.width * page.height


def _area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])
