"""A redline as a DOCX: what was told of words as tracked changes, which a word processor accepts or refuses.

Insertions, deletions, moves and changed formats are the revision marks of WordprocessingML (ISO/IEC 29500-1, 17.13.5),
what reviewers said its comments. The same result gives the same bytes.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from statistics import median
from typing import TYPE_CHECKING, Any

from core.faces.coverage import statement
from core.faces.notices import doubts
from core.faces.pages import page_of
from core.faces.plain import shown
from core.faces.redline import SIDES, Paragraph, Piece, Redline
from core.faces.reviewed import has_review, progress, remarks, said_of, signatures
from core.faces.selection import EVERYTHING, Selection, select
from core.faces.summary import Sentence, in_short
from core.faces.telling import tell
from core.faces.verdict import verdict

if TYPE_CHECKING:
    from docx.document import Document

AUTHOR = "PDF Compare"
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)  # the moment of making is no part of a result
_ZIP_MOMENT = (2000, 1, 1, 0, 0, 0)
_MARKS = {"inserted": "w:ins", "deleted": "w:del", "moved_from": "w:moveFrom", "moved_to": "w:moveTo"}
_GONE = ("deleted", "moved_from")
_BASE = 10.5  # points, of the text of most words
_LEAST, _MOST = 7.0, 28.0  # points
_OTHER = 0.08  # of the usual size, from which another size is kept
_MOST_LISTED = 2000  # changes named at the end
_MOST_NOTICES = 200
_WORDS = 300  # characters of a side of a change that is listed
#: What XML 1.0 does not allow, by its own list.
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_RTL = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")


def docx(result: dict[str, Any], line: Redline, selection: Selection = EVERYTHING, *, left_out: int = 0) -> bytes:
    """The document; `left_out` pages were too many, which it says."""
    import docx as word

    document = word.Document()
    _set_up(document, result)
    _head(document, result, selection, left_out)
    _Body(document, result).write(line.paragraphs)
    _tail(document, result, line, in_short(result, selection))
    stream = io.BytesIO()
    document.save(stream)
    return _settled(stream.getvalue())


def _legal(text: str) -> str:
    return _ILLEGAL.sub("\ufffd", text)


def _set_up(document: Document, result: dict[str, Any]) -> None:
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    properties = document.core_properties
    properties.title = _legal(shown(f"{result['old']['name']} → {result['new']['name']}", 250))
    properties.author = properties.last_modified_by = AUTHOR
    properties.comments = ""
    properties.created = properties.modified = _EPOCH
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = "Calibri", Pt(_BASE)
    normal.paragraph_format.space_after = Pt(6)
    for level, size in ((1, 16), (2, 12)):
        heading = document.styles[f"Heading {level}"]
        heading.font.name, heading.font.size, heading.font.color.rgb = "Calibri", Pt(size), RGBColor(0x1C, 0x24, 0x30)
        heading.element.rPr.rFonts.set(qn("w:asciiTheme"), "minorHAnsi")
        for name in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
            heading.element.rPr.rFonts.attrib.pop(qn(name), None)


def _head(document: Document, result: dict[str, Any], selection: Selection, left_out: int) -> None:
    """What this is, in three lines, so that the text begins on the first page."""
    names = [_legal(shown(result[side]["name"], 200)) for side in SIDES]
    document.add_heading(" → ".join(names), 1)
    hidden, short = select(result, selection)[1], in_short(result, selection)
    told = [
        short[0].text if short else verdict(result),
        "Changes of words are tracked changes: refuse all for the old text, accept all for the new."
        if not hidden
        else f"{hidden:,} more {'is' if hidden == 1 else 'are'} hidden by the filters chosen: the new words stand.",
        f"{left_out:,} pages are too many for this file and do not stand here." if left_out else "",
        progress(result) if has_review(result) else "",
    ]
    for sentence in filter(None, told):
        document.add_paragraph(_legal(sentence)).paragraph_format.keep_with_next = True
    _rule(document)


def _rule(document: Document) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    paragraph = document.add_paragraph()
    border, bottom = OxmlElement("w:pBdr"), OxmlElement("w:bottom")
    for name, value in (("val", "single"), ("sz", "4"), ("space", "1"), ("color", "9AA4B1")):
        bottom.set(qn(f"w:{name}"), value)
    border.append(bottom)
    paragraph._p.get_or_add_pPr().append(border)


def _tail(document: Document, result: dict[str, Any], line: Redline, short: Sequence[Sentence]) -> None:
    """What a text cannot show: what weighs most, changes of anything else, what was compared, who signed."""
    from docx.enum.text import WD_BREAK

    document.add_paragraph().add_run().add_break(WD_BREAK.PAGE)
    said = said_of(result)
    if short:
        document.add_heading("In short", 2)
        for sentence in short:
            document.add_paragraph(_legal(sentence.text), style="List Bullet")
    if line.rest:
        document.add_heading("Changes that are not in the text above", 2)
        for change in line.rest[:_MOST_LISTED]:
            lines = [_listed(change), *remarks(said.get(change["id"]))]
            document.add_paragraph("\n".join(_legal(shown(one, 4000)) for one in lines), style="List Bullet")
        if len(line.rest) > _MOST_LISTED:
            document.add_paragraph(f"And {len(line.rest) - _MOST_LISTED:,} more; the HTML report lists them all.")
    if has_review(result):
        document.add_heading("Signatures", 2)
        for signature in signatures(result) or ["Nobody has signed."]:
            document.add_paragraph(_legal(shown(signature, 4000)))
    document.add_heading("What was compared", 2)
    document.add_paragraph(_legal(" ".join(statement(result).sentences)))
    notices = doubts(result)[:_MOST_NOTICES]
    if notices:
        document.add_heading("Notices", 2)
    for notice in notices:
        place = f"{notice.place}: " if notice.place else ""
        document.add_paragraph(_legal(shown(place + notice.message, _WORDS)), style="List Bullet")


def _listed(change: dict[str, Any]) -> str:
    """One line: where, what happened, and the words of both sides."""
    told = tell(change)
    old, new = (shown(text or "", _WORDS) for text in (told.old, told.new))
    page = page_of(change, "new") or page_of(change, "old")
    words = f"“{old}” → “{new}”" if change["kind"] == "replaced" and not told.is_same else f"“{new or old}”"
    where = f"{shown(told.where, _WORDS)}: " if told.where else ""
    more = f" ({'; '.join(told.remarks)})" if told.remarks else ""
    return f"{f'Page {page}: ' if page else ''}{change['layer']} {change['kind']}: {where}{words}{more}"


class _Body:
    """Writes the text. Elements are built directly: python-docx knows paragraphs and comments, not revision marks."""

    def __init__(self, document: Document, result: dict[str, Any]) -> None:
        from docx.oxml import OxmlElement
        from docx.oxml.ns import qn

        self._document = document
        self._make, self._name = OxmlElement, qn
        self._said = said_of(result)
        self._commented: set[str] = set()
        self._moves: dict[str, int] = {}
        self._ids = 1

    def write(self, paragraphs: Sequence[Paragraph]) -> None:
        """All of them, at the end of the document."""
        looks = [piece.look[0] for paragraph in paragraphs for piece in paragraph.pieces]
        self._usual = median(looks) if looks else _BASE
        if not looks:
            self._document.add_paragraph("Neither document has words that could be set anew.")
        body = self._document.element.body
        for paragraph in paragraphs:
            body.insert(len(body) - 1, self._paragraph(paragraph))  # before the properties of the section

    def _paragraph(self, paragraph: Paragraph) -> Any:
        element = self._make("w:p")
        properties = self._make("w:pPr")
        text = "".join(piece.text for piece in paragraph.pieces)
        is_rtl = 2 * len(_RTL.findall(text)) > len(text.replace(" ", ""))
        if is_rtl:
            properties.append(self._make("w:bidi"))
        if paragraph.fate != "kept":  # the paragraph as such came or went with its words
            marks = self._make("w:rPr")
            marks.append(self._mark(_MARKS[paragraph.fate]))
            properties.append(marks)
        element.append(properties)
        if paragraph.page is not None:
            self._bookmark(element, f"page_{paragraph.page}")
        for piece in paragraph.pieces:
            self._piece(element, piece, is_rtl=is_rtl)
        return element

    def _piece(self, parent: Any, piece: Piece, *, is_rtl: bool) -> None:
        """The words with their mark, within what reviewers said of them."""
        run = self._run(piece, is_rtl=is_rtl)
        ends = self._move(piece)
        comment = self._comment(piece)
        parent.extend(one for one in (ends[0], comment[0]) if one is not None)
        if piece.fate == "kept":
            parent.append(run)
        else:
            mark = self._mark(_MARKS[piece.fate])
            mark.append(run)
            parent.append(mark)
        parent.extend(one for one in (*comment[1:], ends[1]) if one is not None)

    def _run(self, piece: Piece, *, is_rtl: bool) -> Any:
        run = self._make("w:r")
        size, bold, italic = piece.look
        properties = self._look(size, bold=bold, italic=italic)
        before = (piece.change or {}).get("detail", {}).get("from") if piece.fate == "kept" else None
        if piece.fate == "kept" and piece.change is not None:
            change = self._mark("w:rPrChange")
            old = before if isinstance(before, dict) else {}
            was = self._look(
                float(old.get("size") or size),
                bold=bool(old.get("bold", bold)),
                italic=bool(old.get("italic", italic)),
            )
            change.append(was)
            properties.append(change)
        if is_rtl:
            properties.append(self._make("w:rtl"))
        run.append(properties)
        text = self._make("w:delText" if piece.fate in _GONE else "w:t")
        text.text = _legal(piece.text)
        text.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
        run.append(text)
        return run

    def _look(self, size: float, *, bold: bool, italic: bool) -> Any:
        properties = self._make("w:rPr")
        for name, is_so in (("w:b", bold), ("w:i", italic)):
            if is_so:
                properties.append(self._make(name))
        if self._usual and abs(size / self._usual - 1) > _OTHER:
            for name in ("w:sz", "w:szCs"):
                element = self._make(name)
                points = min(max(size / self._usual * _BASE, _LEAST), _MOST)
                element.set(self._name("w:val"), str(round(2 * points)))  # half points
                properties.append(element)
        return properties

    def _mark(self, name: str) -> Any:
        element = self._make(name)
        element.set(self._name("w:id"), str(self._next()))
        element.set(self._name("w:author"), AUTHOR)
        return element

    def _next(self) -> int:
        self._ids += 1
        return self._ids

    def _bookmark(self, parent: Any, name: str) -> None:
        start, end = self._make("w:bookmarkStart"), self._make("w:bookmarkEnd")
        number = str(self._next())
        for element in (start, end):
            element.set(self._name("w:id"), number)
            parent.append(element)
        start.set(self._name("w:name"), name)

    def _move(self, piece: Piece) -> tuple[Any, Any]:
        """The ends of a range that went or came by moving: both places of a change have one name."""
        if piece.fate not in ("moved_from", "moved_to") or piece.change is None:
            return None, None
        start, end = (self._make(f"{_MARKS[piece.fate]}Range{end}") for end in ("Start", "End"))
        number = str(self._next())
        for element in (start, end):
            element.set(self._name("w:id"), number)
        start.set(self._name("w:author"), AUTHOR)
        name = self._moves.setdefault(str(piece.change["id"]), len(self._moves) + 1)
        start.set(self._name("w:name"), f"move{name}")
        return start, end

    def _comment(self, piece: Piece) -> tuple[Any, ...]:
        """Where the change is first written: the ends of what is commented on, and the reference."""
        told = remarks(self._said.get(piece.change["id"])) if piece.change else []
        if piece.change is None or not told or piece.change["id"] in self._commented:
            return (None,)
        self._commented.add(piece.change["id"])
        text = "\n".join(_legal(shown(one, 4000)) for one in told)
        comment = self._document.comments.add_comment(text, author=AUTHOR, initials="")
        for name in ("w:date",):
            comment._comment_elm.attrib.pop(self._name(name), None)
        number = str(comment.comment_id)
        start, end, reference = (self._make(f"w:comment{part}") for part in ("RangeStart", "RangeEnd", "Reference"))
        for element in (start, end, reference):
            element.set(self._name("w:id"), number)
        run = self._make("w:r")
        run.append(reference)
        return start, end, run


def _settled(data: bytes) -> bytes:
    """The same package with one moment for all its parts, so that equal contents are equal bytes."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as made, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as settled:
        for entry in _in_order(made.infolist()):
            settled.writestr(zipfile.ZipInfo(entry.filename, _ZIP_MOMENT), made.read(entry), zipfile.ZIP_DEFLATED)
    return target.getvalue()


def _in_order(entries: Iterable[zipfile.ZipInfo]) -> list[zipfile.ZipInfo]:
    """The list of content types first, as the standard advises, then by name."""
    return sorted(entries, key=lambda entry: (entry.filename != "[Content_Types].xml", entry.filename))
