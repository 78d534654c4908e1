"""The waist of the hourglass: what a read document and a comparison are. Frozen values, no I/O.

Words live in columns (NumPy), one row a word in reading order; a word's text is `vocabulary[token]`, so that a
document of half a million words is a few arrays and one list of distinct strings.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntFlag, StrEnum
from math import isfinite
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from core.errors import BadOutput
from core.geometry import Box, Boxes
from core.wire import Buffer, Message, buffer_of, bytes_buffer


class Flag(IntFlag):
    """What is known of one word besides its text; a bit each in `Words.flags`."""

    LINE_END = 1  #: last word of its line
    #: ends in what the PDF library takes for a broken word at a line end, soft hyphen or real, it does not tell which;
    #: the hyphen is not part of the text. A hyphen at a line end without this flag is kept in the text as drawn
    HYPHEN = 2
    RTL = 4  #: right-to-left script
    SYMBOL = 8  #: from a font whose codes are not characters; compared by place, not as text
    GLUED = 16  #: no blank before it: a CJK character or what follows one, a leader of dots or what follows one
    INVISIBLE = 32  #: render mode 3, or wholly transparent
    CAMOUFLAGED = 64  #: the colour of the paper, with nothing but paper around
    TINY = 128  #: under 1 point
    OFF_PAGE = 256  #: outside the visible page
    OCR = 512  #: recognised, not read
    UNDERLINE = 1024  #: a line is drawn under it
    STRIKE = 2048  #: a line is drawn through it
    HIGHLIGHT = 4096  #: drawn on a ground of colour that is as wide as its words
    COVERED = 8192  #: something opaque is drawn over it
    DOUBTFUL = 16384  #: recognised with little confidence
    SMALL_GLYPHS = 32768  #: small letters that its font draws as small capitals
    LIGATURE = 65536  #: an f and the letter after it are one glyph
    SMALL_CAPS = 131072  #: a capital and smaller capitals on its line, which stand for small letters
    LOW_CAPS = 262144  #: beside such, all of it smaller capitals
    HIDDEN = INVISIBLE | CAMOUFLAGED | TINY | OFF_PAGE | COVERED


@dataclass(frozen=True, slots=True)
class Style:
    """How a run of text looks. `size` is the effective size in points; `color` is 0xRRGGBB."""

    font: str
    family: str
    size: float
    bold: bool
    italic: bool
    color: int


@dataclass(frozen=True, slots=True)
class Notice:
    """A doubt, fallback, skip or failure that every face shows. `page` is None for the whole document."""

    code: str
    message: str
    page: int | None = None

    def to_json(self) -> dict[str, Any]:
        return {"code": self.code, "message": self.message, "page": self.page}


@dataclass(frozen=True, slots=True)
class Page:
    """One page as displayed.

    Attributes:
        number: From 1.
        width: Points, likewise `height`.
        compared: By what the page is compared; empty when it cannot be.
        notices: Why not, and other doubts.
        picture: Fingerprint of the picture of a page without text; equal pictures, equal fingerprints.
    """

    number: int
    width: float
    height: float
    compared: tuple[str, ...] = ("text",)
    notices: tuple[Notice, ...] = ()
    picture: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """Columns of n words in reading order.

    Attributes:
        vocabulary: The distinct texts, NFC, ligatures spelled out, invisible characters dropped, quotes as written.
        token: (n,) int32, index into `vocabulary`.
        page: (n,) int32, page number from 1, ascending.
        box: (n, 4) float32, points.
        line: (n,) int32, ascending; equal for words of one line.
        flags: (n,) uint32, bits of `Flag`.
        style: (n,) int32, index into `Document.styles`.
        angle: (n,) int16, degrees clockwise in which the line runs as displayed; 0 is ordinary text.
    """

    vocabulary: tuple[str, ...]
    token: NDArray[np.int32]
    page: NDArray[np.int32]
    box: Boxes
    line: NDArray[np.int32]
    flags: NDArray[np.uint32]
    style: NDArray[np.int32]
    angle: NDArray[np.int16]

    COLUMNS: ClassVar[dict[str, str]] = {
        "token": "i4",
        "page": "i4",
        "box": "f4",
        "line": "i4",
        "flags": "u4",
        "style": "i4",
        "angle": "i2",
    }

    def __len__(self) -> int:
        return int(self.token.shape[0])

    def text(self, index: int) -> str:
        return self.vocabulary[int(self.token[index])]


@dataclass(frozen=True, slots=True)
class Rules:
    """Columns of n thin level or upright lines as drawn: rulings of tables, underlines, edges of filled cells.

    Attributes:
        page: (n,) int32, page number from 1, ascending.
        box: (n, 4) float32, points; the longer side is the way the line runs.
    """

    page: NDArray[np.int32]
    box: Boxes

    COLUMNS: ClassVar[dict[str, str]] = {"page": "i4", "box": "f4"}

    def __len__(self) -> int:
        return int(self.page.shape[0])


def no_rules() -> Rules:
    """The columns of a document without lines."""
    return Rules(np.zeros(0, np.int32), np.zeros((0, 4), np.float32))


@dataclass(frozen=True, slots=True)
class Pen:
    """How a line is drawn.

    Attributes:
        stroke: 0xRRGGBB, or -1 where the line itself is not drawn.
        fill: 0xRRGGBB of the shape whose outline it is part of, or -1.
        width: Points; 0 for the thinnest line that a device can draw.
        dashes: Lengths in points, blank between them; empty for a whole line.
        layer: Name of the optional content it belongs to; empty for none.
    """

    stroke: int
    fill: int
    width: float
    dashes: str = ""
    layer: str = ""


@dataclass(frozen=True, slots=True)
class Strokes:
    """Columns of n straight pieces of what is drawn with lines: curves cut into chords, shapes into their outlines.

    Attributes:
        page: (n,) int32, page number from 1, ascending.
        ends: (n, 4) float32, points: x and y of one end, then of the other.
        pen: (n,) int32, index into `Document.pens`.
    """

    page: NDArray[np.int32]
    ends: NDArray[np.float32]
    pen: NDArray[np.int32]

    COLUMNS: ClassVar[dict[str, str]] = {"page": "i4", "ends": "f4", "pen": "i4"}

    def __len__(self) -> int:
        return int(self.page.shape[0])


def no_strokes() -> Strokes:
    """The columns of a document without drawings."""
    return Strokes(np.zeros(0, np.int32), np.zeros((0, 4), np.float32), np.zeros(0, np.int32))


@dataclass(frozen=True, slots=True)
class Image:
    """A raster picture drawn on a page.

    Attributes:
        page: From 1.
        box: Where it is drawn, points.
        digest: Of the coded data; equal digests, equal pictures.
        look: What it shows, such that the same picture coded anew or scaled is recognised; empty where unknown.
        size: Width and height in samples.
        properties: What else is known and compared, by name.
    """

    page: int
    box: Box
    digest: str
    look: str
    size: tuple[int, int]
    properties: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Item:
    """What a PDF holds besides words, pictures and drawings: one annotation, field, link, bookmark, property...

    Attributes:
        layer: The `Layer` it is told in.
        sort: What it is within the layer, such as `highlight`, `checkbox`, `attachment`; items of different sorts
            are never the same.
        key: What it is known by in both revisions where it has a name of its own, such as a field's; else empty.
        page: From 1; None where it stands on no page.
        boxes: Where it is, points: one, or one for each line it marks; empty where it stands on no page.
        text: What a reader would call its content.
        properties: What else is compared, by name.
    """

    layer: str
    sort: str
    key: str
    page: int | None
    boxes: tuple[Box, ...]
    text: str
    properties: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Document:
    """A read PDF, or a page range of one. A value: no handle, no path, no name."""

    sha256: str
    page_count: int
    pages: tuple[Page, ...]
    words: Words
    styles: tuple[Style, ...]
    metadata: dict[str, str] = field(default_factory=dict)
    notices: tuple[Notice, ...] = ()
    rules: Rules = field(default_factory=no_rules)
    images: tuple[Image, ...] = ()
    items: tuple[Item, ...] = ()
    strokes: Strokes = field(default_factory=no_strokes)
    pens: tuple[Pen, ...] = ()

    def noted(self, code: str) -> bool:
        """Whether a notice of the whole document has this code."""
        return any(notice.code == code for notice in self.notices)

    def to_message(self, kind: str = "result") -> Message:
        """The wire form: columns as buffers, the rest as JSON."""
        words = self.words
        header = {
            "kind": kind,
            "sha256": self.sha256,
            "page_count": self.page_count,
            "pages": [
                [p.number, p.width, p.height, list(p.compared), [n.to_json() for n in p.notices], p.picture]
                for p in self.pages
            ],
            "styles": [[s.font, s.family, s.size, s.bold, s.italic, s.color] for s in self.styles],
            "metadata": self.metadata,
            "notices": [n.to_json() for n in self.notices],
            "vocabulary": len(words.vocabulary),
            "pens": [[p.stroke, p.fill, p.width, p.dashes, p.layer] for p in self.pens],
        }
        columns = {
            name: buffer_of(getattr(words, name).astype("<" + dtype, copy=False))
            for name, dtype in Words.COLUMNS.items()
        }
        rules = {
            f"rule_{name}": buffer_of(getattr(self.rules, name).astype("<" + dtype, copy=False))
            for name, dtype in Rules.COLUMNS.items()
        }
        strokes = {
            f"stroke_{name}": buffer_of(getattr(self.strokes, name).astype("<" + dtype, copy=False))
            for name, dtype in Strokes.COLUMNS.items()
        }
        # Texts travel as bytes, so that a parent that only moves them never parses them.
        texts = "\0".join((*words.vocabulary, "")).encode("utf-8", "surrogatepass")
        images = [[i.page, i.box, i.digest, i.look, i.size, i.properties] for i in self.images]
        items = [[i.layer, i.sort, i.key, i.page, i.boxes, i.text, i.properties] for i in self.items]
        lists = {"vocabulary": bytes_buffer(texts), "images": _json_buffer(images), "items": _json_buffer(items)}
        return Message(header, {**columns, **rules, **strokes, **lists})

    @classmethod
    def from_message(cls, message: Message) -> Document:
        """Read the wire form; `BadOutput` where an index points outside or a type is wrong."""
        try:
            header = message.header
            pages = tuple(
                Page(int(n), float(w), float(h), tuple(map(str, c)), tuple(_notice(x) for x in notices), str(picture))
                for n, w, h, c, notices, picture in header["pages"]
            )
            styles = tuple(
                Style(str(f), str(g), float(s), bool(b), bool(i), int(c)) for f, g, s, b, i, c in header["styles"]
            )
            vocabulary = tuple(
                bytes(message.buffers["vocabulary"].data).decode("utf-8", "surrogatepass").split("\0")[:-1]
            )
            if len(vocabulary) != header["vocabulary"]:
                raise ValueError("vocabulary")
            columns = {name: _column(message.buffers[name], dtype) for name, dtype in Words.COLUMNS.items()}
            document = cls(
                sha256=str(header["sha256"]),
                page_count=int(header["page_count"]),
                pages=pages,
                words=Words(vocabulary=vocabulary, **columns),
                styles=styles,
                metadata={str(k): str(v) for k, v in header["metadata"].items()},
                notices=tuple(_notice(x) for x in header["notices"]),
                rules=Rules(**{k: _column(message.buffers[f"rule_{k}"], dtype) for k, dtype in Rules.COLUMNS.items()}),
                images=tuple(
                    Image(int(page), _box(box), str(digest), str(look), (int(size[0]), int(size[1])), _strings(more))
                    for page, box, digest, look, size, more in _json_rows(message.buffers["images"])
                ),
                items=tuple(
                    Item(
                        str(Layer(layer)),
                        str(sort),
                        str(key),
                        None if page is None else int(page),
                        tuple(map(_box, boxes)),
                        str(text),
                        _strings(more),
                    )
                    for layer, sort, key, page, boxes, text, more in _json_rows(message.buffers["items"])
                ),
                strokes=Strokes(
                    **{k: _column(message.buffers[f"stroke_{k}"], dtype) for k, dtype in Strokes.COLUMNS.items()}
                ),
                pens=tuple(Pen(int(s), int(f), float(w), str(d), str(layer)) for s, f, w, d, layer in header["pens"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise BadOutput("a document does not have the agreed form") from error
        _check(document)
        return document


def _json_buffer(rows: list[list[Any]]) -> Buffer:
    return bytes_buffer(json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass"))


def _json_rows(buffer: Buffer) -> list[list[Any]]:
    """The rows of a list that travelled as bytes; an empty buffer is an empty list."""
    rows = json.loads(bytes(buffer.data).decode("utf-8", "surrogatepass")) if len(buffer.data) else []
    if not isinstance(rows, list):
        raise BadOutput("a list does not have the agreed form")
    return rows


def _box(values: Sequence[float]) -> Box:
    x0, y0, x1, y1 = map(float, values)
    if not all(map(isfinite, (x0, y0, x1, y1))):
        raise ValueError("box")
    return x0, y0, x1, y1


def _strings(data: dict[str, Any]) -> dict[str, str]:
    return {str(key): str(value) for key, value in data.items()}


def _column(buffer: Buffer, dtype: str) -> NDArray[Any]:
    if buffer.dtype != dtype:
        raise ValueError(dtype)
    return buffer.array()


def _notice(data: dict[str, Any]) -> Notice:
    return Notice(str(data["code"]), str(data["message"]), None if data["page"] is None else int(data["page"]))


def _check(document: Document) -> None:
    words, n = document.words, len(document.words)
    shapes = {name: getattr(words, name).shape for name in Words.COLUMNS}
    if any(shape != ((n, 4) if name == "box" else (n,)) for name, shape in shapes.items()):
        raise BadOutput("columns of words differ in length")
    numbers = {page.number for page in document.pages}
    bounds = ((words.token, len(words.vocabulary)), (words.style, len(document.styles)))
    if n and (
        any(int(column.min()) < 0 or int(column.max()) >= size for column, size in bounds)
        or not set(np.unique(words.page).tolist()) <= numbers
        or bool((np.diff(words.page) < 0).any())
        or bool((np.diff(words.line) < 0).any())
    ):
        raise BadOutput("a word points outside its document")
    rules = document.rules
    if rules.page.shape != (len(rules),) or rules.box.shape != (len(rules), 4):
        raise BadOutput("columns of rules differ in length")
    strokes, m = document.strokes, len(document.strokes)
    if strokes.page.shape != (m,) or strokes.ends.shape != (m, 4) or strokes.pen.shape != (m,):
        raise BadOutput("columns of strokes differ in length")
    if m and (
        int(strokes.pen.min()) < 0
        or int(strokes.pen.max()) >= len(document.pens)
        or bool((np.diff(strokes.page) < 0).any())
    ):
        raise BadOutput("a stroke points outside its document")
    placed = {*np.unique(rules.page).tolist(), *(image.page for image in document.images)}
    placed |= set(np.unique(strokes.page).tolist())
    placed |= {item.page for item in document.items if item.page is not None}
    if not placed <= numbers:
        raise BadOutput("an object points outside its document")


def join(parts: Sequence[Document]) -> Document:
    """One document of page ranges that were read apart, in page order."""
    if len(parts) == 1:
        return parts[0]
    vocabulary: dict[str, int] = {}
    styles: dict[Style, int] = {}
    columns: dict[str, list[NDArray[Any]]] = {name: [] for name in Words.COLUMNS}
    pens: dict[Pen, int] = {}
    strokes: list[NDArray[np.int32]] = []
    lines = 0
    ordered = sorted(parts, key=lambda p: p.pages[0].number if p.pages else 0)
    for part in ordered:
        words = part.words
        tokens = np.array([vocabulary.setdefault(text, len(vocabulary)) for text in words.vocabulary], np.int32)
        looks = np.array([styles.setdefault(style, len(styles)) for style in part.styles], np.int32)
        for name in Words.COLUMNS:
            column = getattr(words, name)
            if name == "token":
                column = tokens[column] if len(words) else column
            elif name == "style":
                column = looks[column] if len(words) else column
            elif name == "line":
                column = column + lines
                lines = int(column[-1]) + 1 if len(words) else lines
            columns[name].append(column)
        known = np.array([pens.setdefault(pen, len(pens)) for pen in part.pens], np.int32)
        strokes.append(known[part.strokes.pen] if len(part.strokes) else part.strokes.pen)
    first = parts[0]
    return Document(
        sha256=first.sha256,
        page_count=first.page_count,
        pages=tuple(sorted((page for part in parts for page in part.pages), key=lambda page: page.number)),
        words=Words(vocabulary=tuple(vocabulary), **{name: np.concatenate(c) for name, c in columns.items()}),
        styles=tuple(styles),
        metadata=first.metadata,
        notices=tuple(dict.fromkeys(n for part in parts for n in part.notices)),
        rules=Rules(
            **{name: np.concatenate([getattr(part.rules, name) for part in ordered]) for name in Rules.COLUMNS}
        ),
        images=tuple(image for part in ordered for image in part.images),
        items=tuple(item for part in ordered for item in part.items),
        strokes=Strokes(
            np.concatenate([part.strokes.page for part in ordered]),
            np.concatenate([part.strokes.ends for part in ordered]),
            np.concatenate(strokes),
        ),
        pens=tuple(pens),
    )


class Layer(StrEnum):
    TEXT = "text"
    STYLE = "style"
    TABLE = "table"
    IMAGE = "image"
    DRAWING = "drawing"
    ANNOTATION = "annotation"
    FORM = "form"
    LINK = "link"
    OUTLINE = "outline"
    METADATA = "metadata"
    PAGE = "page"


class Kind(StrEnum):
    INSERTED = "inserted"
    DELETED = "deleted"
    REPLACED = "replaced"
    MOVED = "moved"


class Severity(StrEnum):
    MAJOR = "major"
    NORMAL = "normal"
    MINOR = "minor"


@dataclass(frozen=True, slots=True)
class Region:
    """A place on a page."""

    page: int
    box: Box


@dataclass(frozen=True, slots=True)
class Side:
    """What one side shows of a change."""

    text: str
    regions: tuple[Region, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One change. An inserted one has no old side, a deleted one no new side."""

    id: str
    layer: Layer
    kind: Kind
    severity: Severity
    old: Side | None
    new: Side | None
    detail: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if (self.old is None) != (self.kind is Kind.INSERTED) or (self.new is None) != (self.kind is Kind.DELETED):
            raise ValueError(f"a change {self.kind} with the wrong sides")


@dataclass(frozen=True, slots=True)
class PagePair:
    """An entry of the page map; None where a page has no partner.

    `registration` tells of two drawings how the old one lies on the new one: `shift` of its middle in millimetres to
    the right and down (of sheets of two sizes: from middle to middle), `turn` in degrees clockwise, `scale`, and
    `overlap`, the share of the lines of both that then lie on the other.
    """

    old: int | None
    new: int | None
    similarity: float
    registration: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """A heading: what it reads, its page from 1, and its box in points."""

    title: str
    page: int
    box: Box

    def to_json(self) -> dict[str, Any]:
        return {"title": self.title, "page": self.page, "box": [round(value, 2) for value in self.box]}


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything the faces need; nothing is recomputed after it.

    `words` counts those of the old and the new document that were laid side by side, and how many of them were matched.
    `sections` are the headings of both, in reading order.
    """

    old: Document
    new: Document
    page_map: tuple[PagePair, ...]
    changes: tuple[Change, ...]
    notices: tuple[Notice, ...]
    options: dict[str, Any]
    detail: dict[str, Any] = field(default_factory=dict)
    words: tuple[int, int, int] = (0, 0, 0)
    sections: tuple[tuple[Section, ...], tuple[Section, ...]] = ((), ())
