"""PDFs with tables, drawn by code in several manners."""

from __future__ import annotations

import io
import itertools
import tempfile
from collections.abc import Sequence

from reportlab.lib.pagesizes import LETTER
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from core.compare import compare
from core.engines.reading import read
from core.model import Change, Document
from core.options import CompareOptions, Limits
from core.tables.finding import TablePages, find_tables
from core.tables.table import Table
from core.text.lines import lines_of
from core.text.roles import assign_roles

LEFT, TOP, SIZE, PITCH, PAD = 72.0, 700.0, 9.0, 11.0, 4.0
MANNERS = ("ruled", "strokes", "fills", "booktabs", "level", "open", "upright")

Rows = Sequence[Sequence[str]]

INTRO = (
    "The committee met on Tuesday and went through the list of what had been ordered.",
    "Everybody agreed that the prices had to be looked at again before the summer.",
)
OUTRO = (
    "After a short break the chairman thanked those present and closed the meeting.",
    "The next one takes place in the small hall on the second floor of the library.",
)


def _wrapped(text: str, width: float, font: str) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        if lines and stringWidth(f"{lines[-1]} {word}", font, SIZE) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines or [""]


class Paper:
    """Draws prose and tables from the top of a page down, and begins new pages."""

    def __init__(self, bottom: float = 90.0) -> None:
        self._stream = io.BytesIO()
        self.canvas = Canvas(self._stream, pagesize=LETTER, invariant=True)
        self.y, self._bottom = TOP, bottom

    def prose(self, lines: Sequence[str]) -> None:
        """Lines of text and a little space."""
        self.canvas.setFont("Times-Roman", 10)
        for line in lines:
            if self.y < self._bottom:
                self.new_page()
            self.canvas.setFont("Times-Roman", 10)
            self.canvas.drawString(LEFT, self.y, line)
            self.y -= 12.5
        self.y -= 10

    def new_page(self) -> None:
        """Go on at the top of the next page."""
        self.canvas.showPage()
        self.y = TOP

    def table(
        self,
        rows: Rows,
        widths: Sequence[float],
        manner: str,
        *,
        bold: bool = True,
        repeat: bool = True,
        split: bool = False,
    ) -> None:
        """A table whose first row is its header, repeated after page breaks.

        Args:
            rows: Cells; a cell of None is covered by the one left of it.
            widths: Of the columns, points.
            manner: How lines are drawn, of `MANNERS`.
            bold: Set the header in bold type.
            repeat: Show the header again after a page break.
            split: Fill each page, and go on with a row on the next one.
        """
        top = self.y
        marks: list[float] = [top]
        for number, row in enumerate(rows):
            height = self._height(row, widths, bold and number == 0)
            if self.y - height < self._bottom:
                room = int((self.y - self._bottom - 2 * PAD) / PITCH)
                if split and room > 0:
                    cells = [
                        _wrapped(text, width - 2 * PAD, "Helvetica") for text, width in zip(row, widths, strict=True)
                    ]
                    self._row([" ".join(lines[:room]) for lines in cells], widths, False, marks)
                    row = [" ".join(lines[room:]) for lines in cells]
                self._lines(marks, widths, manner)
                self.new_page()
                marks = [self.y]
                if repeat and number:
                    self._row(rows[0], widths, bold, marks)
            self._row(row, widths, bold and number == 0, marks)
        self._lines(marks, widths, manner)
        self.y -= 16

    def _height(self, row: Sequence[str], widths: Sequence[float], bold: bool) -> float:
        font = "Helvetica-Bold" if bold else "Helvetica"
        lines = max(len(_wrapped(text, width - 2 * PAD, font)) for text, width in zip(row, widths, strict=True))
        return lines * PITCH + 2 * PAD

    def _row(self, row: Sequence[str], widths: Sequence[float], bold: bool, marks: list[float]) -> None:
        font = "Helvetica-Bold" if bold else "Helvetica"
        x = LEFT
        for text, width in zip(row, widths, strict=True):
            self.canvas.setFont(font, SIZE)
            for k, line in enumerate(_wrapped(text, width - 2 * PAD, font)):
                self.canvas.drawString(x + PAD, self.y - PAD - SIZE + 1 - k * PITCH, line)
            x += width
        self.y -= self._height(row, widths, bold)
        marks.append(self.y)

    def _lines(self, marks: Sequence[float], widths: Sequence[float], manner: str) -> None:
        if len(marks) < 2:
            return
        canvas, right = self.canvas, LEFT + sum(widths)
        xs = [LEFT + sum(widths[:k]) for k in range(len(widths) + 1)]
        canvas.setLineWidth(0.5)
        if manner == "ruled":
            canvas.grid(xs, list(marks))
        elif manner == "strokes":
            for x, width in zip(xs, widths, strict=False):
                for a, b in itertools.pairwise(marks):
                    canvas.rect(x, b, width, a - b)
        elif manner == "fills":
            for y in marks:
                canvas.rect(LEFT, y - 0.4, right - LEFT, 0.8, stroke=0, fill=1)
            for x in xs:
                canvas.rect(x - 0.4, marks[-1], 0.8, marks[0] - marks[-1], stroke=0, fill=1)
        elif manner == "booktabs":
            for y in (marks[0], marks[1], marks[-1]):
                canvas.line(LEFT, y, right, y)
        elif manner == "level":
            for y in marks:
                canvas.line(LEFT, y, right, y)
        elif manner == "upright":
            canvas.line(LEFT, marks[0], right, marks[0])
            canvas.line(LEFT, marks[1], right, marks[1])
            canvas.line(LEFT, marks[-1], right, marks[-1])
            for x in xs:
                canvas.line(x, marks[0], x, marks[-1])

    def done(self) -> Document:
        """The read document."""
        self.canvas.showPage()
        self.canvas.save()
        return read_bytes(self._stream.getvalue())


def read_bytes(content: bytes) -> Document:
    """A PDF's bytes as a read document."""
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.flush()
        return read(file.fileno(), limits=Limits())


def sheet(
    rows: Rows,
    manner: str = "ruled",
    widths: Sequence[float] = (),
    *,
    bottom: float = 90.0,
    bold: bool = True,
    repeat: bool = True,
    intro: Sequence[str] = INTRO,
    split: bool = False,
) -> Document:
    """A document of prose, one table, and prose."""
    paper = Paper(bottom)
    paper.prose(intro)
    paper.table(rows, widths or [440.0 / len(rows[0])] * len(rows[0]), manner, bold=bold, repeat=repeat, split=split)
    paper.prose(OUTRO)
    return paper.done()


def tables_of(document: Document) -> list[Table]:
    """The tables that are found in a document."""
    lines = lines_of(document)
    return find_tables(TablePages(document, assign_roles((document, document), (lines, lines))[0]), lines)


def changes(old: Document, new: Document, *layers: str) -> list[Change]:
    """The changes of some layers, all words by default."""
    options = CompareOptions(layers=layers or ("text", "table", "page"))
    return list(compare(old, new, options).changes)


def told(old: Document, new: Document) -> list[tuple[str, str, str, str, str]]:
    """(layer, kind, what, old text, new text) of each change of words."""
    return [
        (str(c.layer), str(c.kind), c.detail.get("what", ""), c.old.text if c.old else "", c.new.text if c.new else "")
        for c in changes(old, new)
    ]
