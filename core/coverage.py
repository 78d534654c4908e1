"""What a comparison covered: by what each page was compared, what is doubtful, and what was not looked at.

A reader must be able to tell "nothing changed" from "nobody looked". So each page names by what it was compared, and
the summary counts pages by state, names the layers that were and were not looked for, and says how many words found
their counterpart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from core.notices import OBJECTS_NOT_READ
from core.options import LAYERS

if TYPE_CHECKING:  # who only counts needs no NumPy
    from core.model import Document

#: By what a page may be compared, in the order in which it is told. `bytes`: both files are the same; `document`: only
#: what belongs to the whole document was looked for.
WAYS = ("text", "tables", "images", "annotations", "forms", "links", "vector", "pixels", "ocr", "bytes", "document")
_WAY_OF_LAYER = {
    "text": "text",
    "style": "text",
    "page": "text",
    "table": "tables",
    "image": "images",
    "annotation": "annotations",
    "form": "forms",
    "link": "links",
    "drawing": "vector",
}
OBJECT_LAYERS = frozenset({"annotation", "form", "link", "outline", "metadata"})
STATES = ("compared", "doubtful", "not_compared")


def looked_for(layers: Sequence[str], documents: Iterable[Document]) -> tuple[str, ...]:
    """The layers of those chosen in which changes could be found: what one document did not give was not compared."""
    unread = any(document.noted(OBJECTS_NOT_READ) for document in documents)
    return tuple(layer for layer in layers if not (unread and layer in OBJECT_LAYERS))


def settle_ways(document: Document, layers: Collection[str], tabled: Collection[int] = ()) -> Document:
    """The document whose pages tell by what they were compared, given the chosen layers.

    A page names what it holds of the chosen layers; one that holds nothing of them names what was looked for. What
    could not be compared stays so: that its links were compared does not help a reader of a page whose text was not.

    Args:
        document: As read; `Page.compared` says what can be compared of its text or picture.
        layers: That were looked for.
        tabled: Numbers of the pages on which a table was found.
    """
    there: dict[str, set[int]] = {way: set() for way in WAYS}
    there["tables"].update(tabled)
    there["images"].update(image.page for image in document.images)
    for item in document.items:
        if item.page is not None and item.layer in _WAY_OF_LAYER:
            there[_WAY_OF_LAYER[item.layer]].add(item.page)
    chosen = {_WAY_OF_LAYER[layer] for layer in layers if layer in _WAY_OF_LAYER}
    pages = []
    for page in document.pages:
        if page.compared:
            held = {way for way in chosen if page.number in there[way]}
            held |= {way for way in page.compared if way in chosen or way not in _WAY_OF_LAYER.values()}
            page = replace(page, compared=tuple(way for way in WAYS if way in (held or chosen)) or ("document",))
        pages.append(page)
    return replace(document, pages=tuple(pages))


def state_of(page: Mapping[str, Any], doubtful: Collection[int] = ()) -> str:
    """One of `STATES` for a page of a result; `doubtful` are pages that notices of the document name."""
    if not page["compared"]:
        return "not_compared"
    return "doubtful" if page["notices"] or page["number"] in doubtful else "compared"


def coverage(
    sides: Mapping[str, Mapping[str, Any]],
    layers: Sequence[str],
    ocr: str,
    words: tuple[int, int, int] | None = None,
) -> dict[str, Any]:
    """The statement for the summary.

    Args:
        sides: The documents of the result by side, as JSON.
        layers: That were looked for.
        ocr: When characters were recognised.
        words: Of the old and of the new document, and how many of them were matched; None where none was looked at.
    """
    return {
        "layers": list(layers),
        "not_compared": [layer for layer in LAYERS if layer not in layers],
        "ocr": ocr,
        "pages": {side: _counted(document) for side, document in sides.items()},
        "words": None if words is None else dict(zip(("old", "new", "matched"), words, strict=True)),
    }


def _counted(document: Mapping[str, Any]) -> dict[str, Any]:
    """Pages by state, and by what they were compared."""
    named = {notice["page"] for notice in document["notices"] if notice["page"] is not None}
    states = Counter(state_of(page, named) for page in document["pages"])
    ways = Counter(way for page in document["pages"] for way in page["compared"])
    return {
        **{state: states[state] for state in STATES},
        "by": {way: ways[way] for way in WAYS if way in ways},
    }
