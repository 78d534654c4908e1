"""PDFs with annotations, fields, links, bookmarks and properties, for tests of comparing them."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, String

from core.compare import compare
from core.engines.reading import read
from core.model import Change, Document, Layer
from core.options import CompareOptions, Limits
from tests.unit.core.pdfs import drawn, lines

Edit = Callable[[pikepdf.Pdf], None]
OBJECT_LAYERS = {Layer.ANNOTATION, Layer.FORM, Layer.LINK, Layer.OUTLINE, Layer.METADATA}
#: Boxes of the words of `sheets`, bottom left origin: 12 points a line, Helvetica 10.
WORDS = ("apple", "birch", "cedar", "daisy", "elder", "fern", "grape", "hazel")
WORDS += ("iris", "juniper", "kiwi", "lemon", "maple", "nettle", "olive", "poppy")
LEFT, TOP, STEP, LETTER = 72.0, 720.0, 12.0, 5.0


def sheets(count: int = 3, *, start: int = 1) -> list[list[str]]:
    """Lines of text, all different."""
    return [
        [
            f"Sheet {page} line {k} tells of {WORDS[(page * 5 + k) % 16]} and {WORDS[(page + 3 * k) % 16]}."
            for k in range(20)
        ]
        for page in range(start, start + count)
    ]


def pdf(texts: list[list[str]], *edits: Edit, x: float = LEFT, size: float = 10) -> bytes:
    """A PDF of pages of lines after the edits."""
    data = drawn(*(lines(*page, x=x, size=size) for page in texts))
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as made:
        for edit in edits:
            edit(made)
        made.save(out, static_id=True)
    return out.getvalue()


def document(data: bytes, **more: Any) -> Document:
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        return read(file.fileno(), limits=Limits(), **more)


def changes(old: bytes, new: bytes) -> list[Change]:
    """What the layers of this kind tell."""
    found = compare(document(old), document(new), CompareOptions())
    return [change for change in found.changes if change.layer in OBJECT_LAYERS]


def line_rect(line: int, start: int = 0, length: int = 20) -> list[float]:
    """A rectangle in user space over some letters of a line."""
    baseline = TOP - STEP * line
    return [LEFT + LETTER * start, baseline - 2, LEFT + LETTER * (start + length), baseline + 8]


def annotation(page: int, kind: str, rect: list[float], **more: Any) -> Edit:
    def edit(made: pikepdf.Pdf) -> None:
        entries = {f"/{key}": value for key, value in more.items()}
        thing = Dictionary(
            {"/Type": Name.Annot, "/Subtype": Name(f"/{kind}"), "/Rect": Array(rect), "/F": 4, **entries}
        )
        _add(made, page, thing)

    return edit


def highlight(page: int, line: int, start: int, length: int, **more: Any) -> Edit:
    x0, y0, x1, y1 = line_rect(line, start, length)
    quads = Array([x0, y1, x1, y1, x0, y0, x1, y0])
    return annotation(page, "Highlight", [x0, y0, x1, y1], QuadPoints=quads, C=Array([1, 1, 0]), **more)


def link(page: int, rect: list[float], action: Any) -> Edit:
    def edit(made: pikepdf.Pdf) -> None:
        value = action(made) if callable(action) else action
        thing = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array(rect), Border=Array([0, 0, 0]))
        thing["/Dest" if isinstance(value, pikepdf.Array | String) else "/A"] = value
        _add(made, page, thing)

    return edit


def address(url: str) -> Dictionary:
    return Dictionary(S=Name.URI, URI=String(url))


def to_page(number: int, y: float = 730) -> Callable[[pikepdf.Pdf], Array]:
    return lambda made: Array([made.pages[number - 1].obj, Name.XYZ, 72, y, 0])


def _add(made: pikepdf.Pdf, page: int, thing: Dictionary) -> None:
    target = made.pages[page - 1]
    if "/Annots" not in target:
        target.Annots = Array()
    target.Annots.append(made.make_indirect(thing))


def field(page: int, kind: str, name: str, rect: list[float], **more: Any) -> Edit:
    def edit(made: pikepdf.Pdf) -> None:
        entries = {f"/{key}": value for key, value in more.items()}
        thing = made.make_indirect(
            Dictionary(
                {
                    "/Type": Name.Annot,
                    "/Subtype": Name.Widget,
                    "/FT": Name(f"/{kind}"),
                    "/T": String(name),
                    "/Rect": Array(rect),
                    "/F": 4,
                    **entries,
                }
            )
        )
        if "/AcroForm" not in made.Root:
            made.Root.AcroForm = Dictionary(Fields=Array())
        made.Root.AcroForm.Fields.append(thing)
        target = made.pages[page - 1]
        if "/Annots" not in target:
            target.Annots = Array()
        target.Annots.append(thing)

    return edit


def bookmarks(*entries: tuple[str, int, int]) -> Edit:
    """Title, level from 1 and page of each entry."""

    def edit(made: pikepdf.Pdf) -> None:
        with made.open_outline() as outline:
            levels: list[Any] = [outline.root]
            for title, level, page in entries:
                item = pikepdf.OutlineItem(title, page - 1)
                del levels[level:]
                levels[-1].append(item)
                levels.append(item.children)

    return edit


def information(**values: str) -> Edit:
    def edit(made: pikepdf.Pdf) -> None:
        for key, value in values.items():
            made.docinfo[f"/{key}"] = value

    return edit


def attachment(name: str, content: bytes) -> Edit:
    def edit(made: pikepdf.Pdf) -> None:
        made.attachments[name] = content

    return edit
