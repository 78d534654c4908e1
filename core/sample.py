"""The sample pair: a supply agreement in two revisions, for trying things out and for screenshots.

Set by our own code in the standard fonts, so that it needs no PDF library, and always the same bytes. The second
revision has one change of each sort that a reader of contracts looks for: amounts, dates, a negation, an inserted
clause, a moved one, a changed table, a deleted sentence and a change of style alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeAlias
from zlib import compress

from core.typeset import Font, literal, width

OLD_NAME = "supply-agreement-rev-a.pdf"
NEW_NAME = "supply-agreement-rev-b.pdf"

PAGE_WIDTH, PAGE_HEIGHT = 595.0, 842.0
LEFT, RIGHT, TOP, BOTTOM = 78.0, 517.0, 744.0, 86.0
MEASURE = RIGHT - LEFT
SIZE, LEADING = 11.0, 16.2
INDENT = 28.0
BLUE = "0.07 0.25 0.45"

_FONT_NAMES = {font: f"/F{index}" for index, font in enumerate(Font)}
_Run: TypeAlias = tuple[str, Font]


def sample_pair() -> tuple[tuple[str, bytes], tuple[str, bytes]]:
    """File name and content of the old and the new revision."""
    return (OLD_NAME, _pdf(revised=False)), (NEW_NAME, _pdf(revised=True))


# ------------------------------------------------------------------ the agreement


@dataclass(frozen=True, slots=True)
class _Title:
    text: str
    below: str


@dataclass(frozen=True, slots=True)
class _Heading:
    text: str


@dataclass(frozen=True, slots=True)
class _Clause:
    """A paragraph with a number in front; *stars* enclose what is set bold."""

    number: str
    text: str


@dataclass(frozen=True, slots=True)
class _Table:
    columns: tuple[tuple[str, float, bool], ...]  #: head, width in points, whether it holds numbers
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class _Signatures:
    parties: tuple[tuple[str, str], ...]


_Block: TypeAlias = _Title | _Heading | _Clause | _Table | _Signatures

_RECORDS = (
    "The Supplier shall keep complete and accurate records of the manufacture, inspection and test of all Goods for "
    "at least ten years after delivery, and shall give the Buyer copies of them within five working days of a "
    "written request, without charge."
)


def _agreement(*, revised: bool) -> Iterator[_Block]:
    def either(old: str, new: str) -> str:
        return new if revised else old

    yield _Title("Supply Agreement", "between Northfield Components Ltd and Harbour Machinery GmbH")
    yield _Clause(
        "",
        "This agreement is made on "
        + either("1 March 2026", "1 April 2026")
        + " between *Northfield Components Ltd*, Unit 4, Tideway Business Park, Hull HU9 5PS (the “Supplier”), and "
        "*Harbour Machinery GmbH*, Hafenstraße 18, 20457 Hamburg (the “Buyer”).",
    )
    yield _Heading("1  Definitions")
    yield _Clause(
        "1.1",
        "“Goods” means the components listed in the schedule of prices in clause 3, in the revision that is current "
        "on the date of the order, together with their packaging and documentation.",
    )
    yield _Clause(
        "1.2",
        "“Specification” means drawing set NC-4410, issue "
        + either("C", "D")
        + ", and every document to which it refers. Where the documents disagree, the drawing prevails.",
    )
    yield _Clause(
        "1.3",
        "“Working day” means a day on which banks are open for business in both Hull and Hamburg.",
    )
    yield _Heading("2  Supply of the Goods")
    yield _Clause(
        "2.1",
        "The Supplier shall sell and deliver the Goods, and the Buyer shall buy them, on the terms of this agreement. "
        "General terms of either party do not apply, even where an order or an invoice refers to them.",
    )
    yield _Clause(
        "2.2",
        "The Buyer shall give the Supplier a rolling forecast of its needs for the next "
        + either("six", "nine")
        + " months by the fifth Working day of each month. A forecast is not an order."
        + either(" The Supplier may ask for a forecast at other times.", ""),
    )
    yield _Clause(
        "2.3",
        "The Supplier "
        + either("shall not", "shall")
        + " change the place of manufacture, the process or a sub-supplier "
        + either("without the Buyer’s prior consent in writing.", "only with the Buyer’s prior consent in writing."),
    )
    if not revised:
        yield _Clause("2.4", _RECORDS)
    yield _Heading("3  Prices and payment")
    yield _Clause(
        "3.1",
        "The prices of the Goods are those of the following schedule. They include packaging and exclude value added "
        "tax. They are fixed until 31 December " + either("2026", "2027") + ".",
    )
    yield _Table(
        columns=(
            ("Item", 74.0, False),
            ("Description", 205.0, False),
            ("Unit price", 80.0, True),
            ("Year", 80.0, True),
        ),
        rows=(
            ("NC-4410-01", "Bearing housing, grey cast iron", "EUR 184.00", "400"),
            ("NC-4410-02", "Shaft, hardened and ground", either("EUR 96.50", "EUR 98.75"), "400"),
            *((("NC-4410-03", "Retaining ring, stainless steel", "EUR 7.20", "1,600"),) if revised else ()),
            ("NC-4410-04", "Seal kit with two lip seals", "EUR 22.40", either("800", "950")),
            ("NC-4410-07", "Mounting plate, painted RAL 7016", "EUR 61.00", "200"),
        ),
    )
    yield _Clause(
        "3.2",
        "The Supplier shall invoice each delivery on dispatch. The Buyer shall pay each correct invoice within "
        + either("30 days", "45 days")
        + " of its receipt. Interest on late payment is "
        + either("8 %", "5 %")
        + " a year above the base rate of the European Central Bank.",
    )
    yield _Clause(
        "3.3",
        "The total of all orders under this agreement is limited to "
        + either("EUR 250,000", "EUR 275,000")
        + " in each calendar year. An order above the limit binds the Supplier only when accepted in writing.",
    )
    yield _Heading("4  Delivery")
    yield _Clause(
        "4.1",
        "Delivery is FCA Hull (Incoterms 2020). Each delivery is accompanied by a delivery note, a certificate of "
        "conformity and, for item NC-4410-02, the record of hardness.",
    )
    yield _Clause(
        "4.2",
        "The Supplier shall deliver within 20 Working days of the order. "
        + either("Time for delivery is of the essence.", "*Time for delivery is of the essence.*")
        + " If a delivery is late, the Buyer may claim 0.5 % of its price for each full week of delay, up to 5 %.",
    )
    yield _Clause(
        "4.3",
        "The Buyer shall inspect the Goods within ten Working days of receipt and shall give notice of visible defects "
        "without undue delay. Risk passes to the Buyer on delivery; title passes on payment in full.",
    )
    yield _Heading("5  Warranty")
    yield _Clause(
        "5.1",
        "The Supplier warrants that the Goods conform to the Specification, are new, and are free of defects in "
        "material and workmanship for " + either("24 months", "36 months") + " from delivery.",
    )
    yield _Clause(
        "5.2",
        "If Goods are defective, the Supplier shall at the Buyer’s choice repair or replace them at its own cost, "
        "including the cost of transport and of removal and installation.",
    )
    if revised:
        yield _Clause(
            "5.3",
            "The Supplier shall keep spare parts for the Goods available for eight years after the last delivery, at "
            "prices that do not exceed those of clause 3 by more than the change of the producer price index.",
        )
    yield _Heading("6  Liability and insurance")
    yield _Clause(
        "6.1",
        "Neither party is liable for loss of profit or for indirect loss. The liability of each party in a calendar "
        "year is limited to the total of clause 3.3. No limit applies to intent, gross negligence, death, personal "
        "injury, or claims under product liability law.",
    )
    yield _Clause(
        "6.2",
        "The Supplier shall maintain product liability insurance of at least EUR 2,000,000 for each event and shall "
        "prove it to the Buyer once a year.",
    )
    yield _Heading("7  Confidentiality and records")
    yield _Clause(
        "7.1",
        "Each party shall keep confidential what it learns of the other’s business, shall use it for this agreement "
        "only, and shall return or destroy it when this agreement ends.",
    )
    if revised:
        yield _Clause("7.2", _RECORDS)
    yield _Heading("8  Term and law")
    yield _Clause(
        "8.1",
        "This agreement begins on the date above and runs for three years. It is renewed for one year at a time "
        "unless a party gives notice of at least "
        + either("three months", "six months")
        + ". Either party may end it at once for good cause.",
    )
    yield _Clause(
        "8.2",
        "This agreement is governed by the law of Germany without the United Nations Convention on Contracts for the "
        "International Sale of Goods. The courts of Hamburg have jurisdiction.",
    )
    yield _Clause("8.3", "Changes of this agreement, this clause included, must be made in writing.")
    yield _Signatures((("Northfield Components Ltd", "Hull"), ("Harbour Machinery GmbH", "Hamburg")))


# ------------------------------------------------------------------ setting


class _Setter:
    """Sets blocks one below the other and breaks pages; collects the content stream of each page."""

    def __init__(self) -> None:
        self.pages: list[list[bytes]] = []
        self._y = 0.0
        self._turn()

    def block(self, block: _Block, *, follows: float = 0.0) -> None:
        """Set one block; `follows` is the room to keep for what must stand on the same page."""
        if isinstance(block, _Title):
            self._title(block)
        elif isinstance(block, _Heading):
            self._room(30 + LEADING + follows)
            self._y -= 30
            self._text(LEFT, block.text, Font.SANS_BOLD, 12, colour=BLUE)
            self._y -= 1
        elif isinstance(block, _Clause):
            self._clause(block)
        elif isinstance(block, _Table):
            self._table(block)
        else:
            self._signatures(block)

    def _turn(self) -> None:
        self.pages.append([])
        self._y = TOP

    def _room(self, points: float) -> None:
        if self._y - points < BOTTOM:
            self._turn()

    def _draw(self, operators: str | bytes) -> None:
        self.pages[-1].append(operators.encode("ascii") if isinstance(operators, str) else operators)

    def _text(self, x: float, text: str, font: Font, size: float, *, colour: str = "0.1 0.1 0.1") -> None:
        self._draw(_shown(x, self._y, text, font, size, colour))

    def _title(self, title: _Title) -> None:
        self._y -= 22
        self._text(LEFT, title.text, Font.SANS_BOLD, 24, colour=BLUE)
        self._y -= 20
        self._text(LEFT, title.below, Font.SANS, 11, colour="0.35 0.35 0.35")
        self._y -= 12
        self._draw(f"q {BLUE} RG 1.2 w {LEFT} {self._y:.2f} m {RIGHT} {self._y:.2f} l S Q")
        self._y -= 10

    def _clause(self, clause: _Clause) -> None:
        indent = INDENT if clause.number else 0.0
        set_lines = _broken(_runs(clause.text), MEASURE - indent)
        self._y -= 6
        for index, line in enumerate(set_lines):
            # Never one line alone at the foot of a page, nor at the head of the next.
            alone = len(set_lines) > 1 and index in (0, len(set_lines) - 2)
            self._room(LEADING * (2 if alone else 1))
            self._y -= LEADING
            if index == 0 and clause.number:
                self._text(LEFT, clause.number, Font.SERIF, SIZE)
            is_last = index == len(set_lines) - 1
            self._line(LEFT + indent, line, 0.0 if is_last else MEASURE - indent)

    def _line(self, x: float, line: Sequence[_Run], measure: float) -> None:
        """One line of words; spread to `measure` where that is given."""
        natural = sum(width(word, font, SIZE) for word, font in line)
        blanks = len(line) - 1
        blank = width(" ", Font.SERIF, SIZE)
        spread = (measure - natural) / blanks - blank if measure and blanks else 0.0
        parts = [f"BT 0.1 0.1 0.1 rg {spread:.3f} Tw {x:.2f} {self._y:.2f} Td ".encode("ascii")]
        for index, (words, font) in enumerate(_together(line)):
            lead = " " if index else ""
            parts.append(f"{_FONT_NAMES[font]} {SIZE} Tf ".encode("ascii") + literal(lead + words) + b" Tj ")
        self._draw(b"".join(parts) + b"ET")

    def _table(self, table: _Table) -> None:
        height = 18.0
        self._room(height * (len(table.rows) + 1) + 16)
        self._y -= 12
        wide = sum(column[1] for column in table.columns)
        self._draw(f"q 0.91 0.94 0.97 rg {LEFT} {self._y - height:.2f} {wide} {height} re f Q")
        for index, row in enumerate([tuple(column[0] for column in table.columns), *table.rows]):
            self._y -= height
            x = LEFT
            font = Font.SANS_BOLD if index == 0 else Font.SANS
            for (_, across, is_number), cell in zip(table.columns, row, strict=True):
                start = x + across - 6 - width(cell, font, 9) if is_number else x + 6
                self._draw(_shown(start, self._y + 5.5, cell, font, 9, "0.1 0.1 0.1"))
                x += across
            self._draw(f"q 0.6 0.66 0.72 RG 0.5 w {LEFT} {self._y:.2f} m {LEFT + wide} {self._y:.2f} l S Q")
        self._y -= 6

    def _signatures(self, block: _Signatures) -> None:
        self._room(112)
        self._y -= 78
        for index, (party, place) in enumerate(block.parties):
            x = LEFT + index * (MEASURE / 2 + 10)
            self._draw(f"q 0.3 0.3 0.3 RG 0.6 w {x:.2f} {self._y:.2f} m {x + 195:.2f} {self._y:.2f} l S Q")
            self._draw(_shown(x, self._y - 13, party, Font.SERIF_BOLD, SIZE, "0.1 0.1 0.1"))
            self._draw(_shown(x, self._y - 27, f"{place}, date:", Font.SERIF, SIZE, "0.1 0.1 0.1"))
        self._y -= 30


def _shown(x: float, y: float, text: str, font: Font, size: float, colour: str) -> bytes:
    head = f"BT {colour} rg 0 Tw {_FONT_NAMES[font]} {size:g} Tf {x:.2f} {y:.2f} Td ".encode("ascii")
    return head + literal(text) + b" Tj ET"


def _runs(text: str) -> Iterator[_Run]:
    """Words with their font; stars switch to bold and back. A word may end in another font than it began."""
    for index, part in enumerate(text.split("*")):
        for word in part.split():
            yield word, Font.SERIF_BOLD if index % 2 else Font.SERIF


def _broken(runs: Iterator[_Run], measure: float) -> list[list[_Run]]:
    """Lines of words at most `measure` wide. Punctuation after a bold word is set with the word before it."""
    blank = width(" ", Font.SERIF, SIZE)
    lines: list[list[_Run]] = [[]]
    used = 0.0
    for word, font in runs:
        if lines[-1] and word[0] in ",.;":
            before, look = lines[-1][-1]
            lines[-1][-1] = before + word, look
            used += width(word, look, SIZE)
            continue
        wide = width(word, font, SIZE)
        if lines[-1] and used + blank + wide > measure:
            lines.append([])
            used = -blank
        used += wide + (blank if lines[-1] or used < 0 else 0.0)
        lines[-1].append((word, font))
    return lines


def _together(line: Sequence[_Run]) -> Iterator[_Run]:
    """Neighbouring words of one font as one run."""
    words: list[str] = []
    look = line[0][1]
    for word, font in line:
        if font is not look:
            yield " ".join(words), look
            words, look = [], font
        words.append(word)
    yield " ".join(words), look


# ------------------------------------------------------------------ the file


def _pdf(*, revised: bool) -> bytes:
    setter = _Setter()
    for block in _agreement(revised=revised):
        setter.block(block, follows=2 * LEADING + 5)
    issue = "Revision B" if revised else "Revision A"
    total = len(setter.pages)
    contents = [b"\n".join([*_running(issue, n, total), *page]) for n, page in enumerate(setter.pages, 1)]
    return _file(contents, title=f"Supply Agreement, {issue}")


def _running(issue: str, number: int, total: int) -> Iterator[bytes]:
    """Header and footer."""
    grey = "0.4 0.4 0.4"
    yield f"q {BLUE} rg {LEFT} 779 m {LEFT + 9} 779 l {LEFT + 4.5} 788 l h f Q".encode("ascii")
    yield _shown(LEFT + 14, 780, "Supply Agreement 2026-114", Font.SANS, 8.5, grey)
    yield _shown(RIGHT - width(issue, Font.SANS, 8.5), 780, issue, Font.SANS, 8.5, grey)
    yield f"q 0.75 0.78 0.82 RG 0.5 w {LEFT} 772 m {RIGHT} 772 l S Q".encode("ascii")
    yield _shown(LEFT, 52, "Northfield Components – confidential", Font.SANS, 8.5, grey)
    page = f"Page {number} of {total}"
    yield _shown(RIGHT - width(page, Font.SANS, 8.5), 52, page, Font.SANS, 8.5, grey)


def _file(contents: Sequence[bytes], *, title: str) -> bytes:
    """A PDF 1.4 of these content streams (ISO 32000-1, 7.5)."""
    fonts = len(Font)
    first_page = 4 + fonts
    kids = " ".join(f"{first_page + 2 * index} 0 R" for index in range(len(contents)))
    names = " ".join(f"{name} {4 + index} 0 R" for index, name in enumerate(_FONT_NAMES.values()))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R /Lang (en) >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(contents)} >>".encode("ascii"),
        b"<< /Title " + literal(title) + b" /Author (Northfield Components Ltd) >>",
    ]
    for font in Font:
        objects.append(
            f"<< /Type /Font /Subtype /Type1 /BaseFont /{font} /Encoding /WinAnsiEncoding >>".encode("ascii")
        )
    for index, content in enumerate(contents):
        packed = compress(content, 9)
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {PAGE_WIDTH:g} {PAGE_HEIGHT:g}] "
            f"/Resources << /Font << {names} >> >> /Contents {first_page + 2 * index + 1} 0 R >>".encode("ascii")
        )
        head = f"<< /Length {len(packed)} /Filter /FlateDecode >>\nstream\n".encode("ascii")
        objects.append(head + packed + b"\nendstream")
    data = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(data))
        data += f"{number} 0 obj\n".encode("ascii") + body + b"\nendobj\n"
    start = len(data)
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    digest = sha256(data).hexdigest()[:32]
    data += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}".encode("ascii")
    data += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R /Info 3 0 R /ID [<{digest}> <{digest}>] >>\n".encode()
    return bytes(data + f"startxref\n{start}\n%%EOF\n".encode("ascii"))
