"""The one JSON form of what was taken out of a PDF, `pdf-compare-extract/1`; see docs/extract.md."""

from __future__ import annotations

from typing import Any

from core.extraction.grids import Grid, Upright, grid_of
from core.extraction.layout import page_texts
from core.extraction.markdown import markdown
from core.extraction.options import ExtractOptions
from core.extraction.parts import parts_json
from core.extraction.reading import Text
from core.extraction.symbols import symbols_json
from core.extraction.tables import tables_json
from core.model import Document, Flag, Layer
from core.version import VERSION

SCHEMA = "pdf-compare-extract/1"
#: What a reader may want to know of a word, by name.
_FLAGS = {
    "recognised": Flag.OCR,
    "doubtful": Flag.DOUBTFUL,
    "hidden": Flag.HIDDEN,
    "underlined": Flag.UNDERLINE,
    "struck": Flag.STRIKE,
    "right-to-left": Flag.RTL,
    "broken": Flag.HYPHEN,
}


def extraction_json(document: Document, options: ExtractOptions, name: str) -> dict[str, Any]:
    """What the options ask for, besides files. Boxes are points from the top left, as everywhere."""
    text, what = Text(document), set(options.what)
    by_page = page_texts(text) if "text" in what else {}
    pages = []
    for page in document.pages:
        row: dict[str, Any] = {
            "number": page.number,
            "width": round(page.width, 3),
            "height": round(page.height, 3),
            "read": "ocr" if "ocr" in page.compared else "text" if page.compared else "",
            "notices": [{"code": n.code, "message": said_of_extraction(n.message)} for n in page.notices],
        }
        if "text" in what:
            row["text"] = by_page.get(page.number, "")
        pages.append(row)
    found: dict[str, Any] = {
        "schema": SCHEMA,
        "name": name,
        "sha256": document.sha256,
        "page_count": document.page_count,
        "options": options.to_json(),
        "engine": {"version": VERSION},
        "pages": pages,
        "notices": [{"code": n.code, "message": said_of_extraction(n.message)} for n in document.notices],
    }
    grids: list[Grid] = []
    if {"markdown", "tables", "parts"} & what:
        places = Upright(text)
        grids = [grid_of(text, table, places) for table in text.tables]
    if "markdown" in what:
        found["markdown"] = markdown(text, grids)
    if "words" in what:
        found["words"] = _words(document)
    if "tables" in what:
        found["tables"] = tables_json(text, grids)
    if "parts" in what:
        found["parts"] = parts_json(text, grids)
    if "symbols" in what:
        found["symbols"] = symbols_json(text)
    if "fields" in what:
        found["fields"] = _fields(document)
    if "metadata" in what:
        found["metadata"] = _metadata(document)
    if "attachments" in what:
        found["attachments"] = [
            {"name": item.key or item.text, **item.properties}
            for item in document.items
            if item.layer == Layer.METADATA and item.sort == "attachment"
        ]
    if "images" in what:
        found["images"] = [
            {"page": i.page, "box": [round(e, 2) for e in i.box], "width": i.size[0], "height": i.size[1]}
            for i in document.images
        ]
    return found


def said_of_extraction(message: str) -> str:
    """A notice of the reader without the word of comparing, which is not what was done."""
    return message.replace("was not compared", "was not read").replace("were not compared", "were not read")


def _words(document: Document) -> list[list[Any]]:
    """Rows [page, text, x0, y0, x1, y1, line, size, bold, italic, flags] in reading order."""
    words, styles = document.words, document.styles
    rows = []
    boxes, flags = words.box.round(2).tolist(), words.flags.tolist()
    columns = zip(words.page.tolist(), words.token.tolist(), words.line.tolist(), words.style.tolist(), strict=True)
    for k, (page, token, line, style) in enumerate(columns):
        look, bits = styles[style], flags[k]
        named = [name for name, flag in _FLAGS.items() if bits & flag] if bits else []
        edges = [round(edge, 2) for edge in boxes[k]]
        rows.append([page, words.vocabulary[token], *edges, line, round(look.size, 2), look.bold, look.italic, named])
    return rows


def _fields(document: Document) -> list[dict[str, Any]]:
    return [
        {
            "name": item.key,
            "kind": item.sort,
            "value": item.text,
            "page": item.page,
            "boxes": [[round(edge, 2) for edge in box] for box in item.boxes],
            **({"detail": item.properties} if item.properties else {}),
        }
        for item in document.items
        if item.layer == Layer.FORM
    ]


def _metadata(document: Document) -> dict[str, Any]:
    """Properties by name, and what else belongs to the document as a whole."""
    properties = dict(document.metadata)
    others: dict[str, list[dict[str, Any]]] = {}
    for item in document.items:
        if item.layer == Layer.METADATA and item.sort in ("property", "trace"):
            properties.setdefault(item.key, item.text)
        elif item.layer == Layer.OUTLINE:
            others.setdefault("outline", []).append({"title": item.text, **item.properties})
        elif item.layer == Layer.METADATA and item.sort != "attachment":
            others.setdefault(item.sort, []).append({"name": item.key, "value": item.text, **item.properties})
    return {"properties": dict(sorted(properties.items())), **others}
