"""The conductor of the layers annotation, form, link, outline and metadata."""

from __future__ import annotations

from core.alignment import Alignment
from core.model import Document, Item, Layer
from core.notices import OBJECTS_NOT_READ
from core.objects.facts import fact_differences
from core.objects.outlines import outline_differences
from core.objects.placed import Placed
from core.objects.telling import tell_all
from core.objects.things import Thing, things_of
from core.report import Report


def add_objects(aligned: Alignment, report: Report) -> None:
    """Tell what came, went, changed or moved besides words, pictures and drawings; after the pages were told.

    Where the objects of one document could not be read nothing is told: to call those of the other inserted would be
    an invention. The notice says so.
    """
    if any(document.noted(OBJECTS_NOT_READ) for document in aligned.documents):
        return
    things = tuple(things_of(d.items, t) for d, t in zip(aligned.documents, aligned.tokens, strict=True))
    placed = Placed(aligned, report, (things[0], things[1]))
    for layer in (Layer.ANNOTATION, Layer.FORM, Layer.LINK):
        tell_all(aligned, report, placed.differences(layer))
    tell_all(aligned, report, outline_differences(aligned, *_of(Layer.OUTLINE, things)))
    tell_all(aligned, report, fact_differences(aligned, *_of(Layer.METADATA, things)))


def _of(layer: Layer, things: tuple[list[Thing], ...]) -> tuple[list[Thing], list[Thing]]:
    old, new = ([thing for thing in side if thing.layer == layer] for side in things)
    return old, new


def traces(document: Document) -> dict[str, str]:
    """Programs, dates and identifiers, which are no changes: by name."""
    return {item.key: item.text for item in document.items if _is_trace(item)}


def _is_trace(item: Item) -> bool:
    return item.layer == Layer.METADATA and item.sort == "trace"
