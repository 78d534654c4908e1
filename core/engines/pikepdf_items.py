"""What a PDF holds besides words, pictures and drawings, through qpdf: the one door to the readers of each subject."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence

import pikepdf

from core.engines import pikepdf_document as document
from core.engines.page_frame import PageFrame
from core.engines.pikepdf_annotations import annotation, link
from core.engines.pikepdf_forms import Forms
from core.engines.pikepdf_properties import properties
from core.engines.pikepdf_revisions import Revisions
from core.engines.pikepdf_targets import Targets
from core.engines.pikepdf_values import Dict, Objects, name
from core.model import Item, Notice
from core.notices import ENGINES_DISAGREE, OBJECTS_NOT_READ

MOST_ON_A_PAGE = 20_000
#: Of processor time, for the items of one share of pages; far above what an honest file needs, far below the limit of
#: the whole reading, which must not be lost for them.
MOST_SECONDS = 20.0

NOT_READ = "Annotations, forms, links, outline and metadata could not be read, and were not compared: {why}."
DISAGREEMENT = (
    "Two readers do not agree on the number of pages: {first:,} and {second:,}. The file is probably damaged, and what "
    "others see of it may be something else; compared are the first {first:,}."
)
HUNG = "the reader had to be stopped"


def not_read(why: str) -> Notice:
    """The notice of a document whose items are unknown."""
    return Notice(OBJECTS_NOT_READ, NOT_READ.format(why=why))


def read_items(
    fd: int,
    password: str | None,
    numbers: Sequence[int],
    page_count: int,
    *,
    with_document: bool,
    begin: Callable[[int], None],
) -> tuple[list[Item], list[Notice]]:
    """The items of some pages, and of the document as a whole if asked for.

    Args:
        fd: Of the file; its offset may be moved.
        password: Opens it.
        numbers: The pages, from 1.
        page_count: How many pages the reader of words has found; where qpdf finds others, items have no safe place.
        with_document: Also read outline, properties, attachments, page labels, layers, scripts and signatures.
        begin: Called before each page with its number, and with 0 before the document as a whole.

    Returns:
        Items in the order of the pages, and what could not be read; never raises for what a file holds.
    """
    items: list[Item] = []
    notices: list[Notice] = []
    try:
        with os.fdopen(os.dup(fd), "rb") as stream:
            stream.seek(0)
            with pikepdf.open(stream, password=password or "") as pdf:
                reader = _Reader(pdf, fd)
                if len(pdf.pages) != page_count:
                    message = DISAGREEMENT.format(first=page_count, second=len(pdf.pages))
                    return [], [Notice(ENGINES_DISAGREE, message), not_read("its pages are not certain")]
                if with_document:
                    begin(0)
                    items += reader.of_document(notices)
                for number in numbers:
                    begin(number)
                    items += reader.of_page(number, notices)
    except pikepdf.PasswordError:
        return [], [not_read("it does not open with this password")]
    except (pikepdf.PdfError, OSError, ValueError, TypeError, KeyError, RecursionError, OverflowError):
        return [], [not_read("the file is damaged")]
    except MemoryError:
        return [], [not_read("they need more memory than the limit")]
    except TimeoutError:
        return [], [not_read("they are too many")]
    return items, notices


class _Reader:
    """An open PDF."""

    def __init__(self, pdf: pikepdf.Pdf, fd: int) -> None:
        self._pdf = pdf
        self._objects = Objects(pdf)
        self._targets = Targets(pdf, self._objects)
        self._forms = Forms(self._objects, self._targets, Revisions(fd))
        self._last = time.process_time() + MOST_SECONDS

    def of_document(self, notices: list[Notice]) -> Iterator[Item]:
        root: Dict = self._objects.plain(self._pdf.Root) or {}
        form = self._objects.mapping(root.get("/AcroForm"))
        yield from properties(self._pdf, root, self._objects)
        yield from document.protection(self._pdf)
        yield from document.page_labels(root, self._objects, len(self._targets.pages))
        yield from document.layers(root, self._objects)
        yield from document.attachments(root, self._objects, self._targets)
        yield from document.scripts_and_actions(root, self._objects, self._targets)
        yield from self._forms.signatures(form.get("/Fields"))
        yield from document.outline(root, self._objects, self._targets)
        if "/XFA" in form:
            message = "The form has an XFA part, which was not compared; its ordinary fields were."
            notices.append(Notice("xfa_form", message))

    def of_page(self, number: int, notices: list[Notice]) -> Iterator[Item]:
        if time.process_time() > self._last:
            raise TimeoutError
        listed = self._targets.pages[number - 1].obj.get("/Annots")
        if not isinstance(listed, pikepdf.Array):
            return
        count = len(listed)
        if count > MOST_ON_A_PAGE:
            message = f"The page has {count:,} annotations and links; the first {MOST_ON_A_PAGE:,} were compared."
            notices.append(Notice("objects_cut", message, number))
        frame = self._targets.frame(number)
        for k in range(min(count, MOST_ON_A_PAGE)):
            thing = self._objects.plain(listed[k])
            if isinstance(thing, dict):
                item = self._item(number, thing, frame)
                if item is not None:
                    yield item

    def _item(self, number: int, thing: Dict, frame: PageFrame) -> Item | None:
        kind = name(thing.get("/Subtype"))
        if kind == "Link":
            return link(number, thing, self._objects, self._targets, frame)
        if kind == "Widget":
            return self._forms.widget(number, thing, frame)
        return annotation(number, thing, self._objects, self._targets, frame)
