"""Changed words of a drawing, and what they stand beside."""

from __future__ import annotations

import io

from reportlab.pdfgen.canvas import Canvas

from core.model import Change
from tests.unit.core.drawings.sheets import SIZE, compared, plant


def sheet(bore: float, size: str, label: str = "P-101", order: int = 1) -> bytes:
    """A plate with a dimension beside it, and a label beside a pump that stays."""
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=SIZE, invariant=True)
    for (x0, y0, x1, y1), width, _ in plant().lines:
        canvas.setLineWidth(width)
        canvas.line(x0, SIZE[1] - y0, x1, SIZE[1] - y1)
    canvas.line(545, 100, 545 + bore, 100 + bore)
    canvas.line(545, 100 + bore, 545 + bore, 100)
    canvas.line(545, 100, 545 + bore, 100)
    canvas.drawString(545, 88, size)
    canvas.lines([(195, 290, 209, 304), (209, 290, 195, 304), (195, 290, 209, 290), (195, 304, 209, 304)])
    canvas.drawString(195, 278, label)
    for k in range(6):
        canvas.drawString(60 + 130 * k, 560 - 30 * k, f"Zone{k}")
    canvas.showPage()
    canvas.save()
    return stream.getvalue()


def both(old: bytes, new: bytes) -> tuple[list[Change], list[Change]]:
    changes = compared(old, new).changes
    return [c for c in changes if c.layer == "text"], [c for c in changes if c.layer == "drawing"]


def test_a_dimension_names_the_change_beside_it_and_is_named_by_it() -> None:
    (word,), (drawn,) = both(sheet(18, "D18"), sheet(24, "D24"))
    assert word.detail["beside"] == drawn.id
    assert drawn.detail["words"] == [word.id]
    changes = compared(sheet(18, "D18"), sheet(24, "D24")).changes
    assert [c.layer for c in changes] == ["text", "drawing"]


def test_a_label_beside_what_stays_tells_where_that_is() -> None:
    (word,), drawn = both(sheet(18, "D18"), sheet(18, "D18", "P-102"))
    assert drawn == []
    assert "beside" not in word.detail
    x0, y0, x1, y1 = word.detail["object"]["box"]
    assert (round(x0), round(x1), round(SIZE[1] - y1), round(SIZE[1] - y0)) == (195, 209, 290, 304)


def test_ties_are_no_part_of_a_name() -> None:
    (alone,), _ = both(sheet(18, "D18"), sheet(18, "D24"))
    (tied,), (drawn,) = both(sheet(18, "D18"), sheet(24, "D24"))
    assert alone.id == tied.id
    assert "object" in alone.detail
    assert drawn.id == tied.detail["beside"]


def test_the_title_block_of_a_sheet_is_a_table_and_the_drawing_in_its_frame_is_none() -> None:
    def framed(revision: str, label: str) -> bytes:
        stream = io.BytesIO()
        canvas = Canvas(stream, pagesize=SIZE, invariant=True)
        for (x0, y0, x1, y1), width, _ in plant().lines[4:]:
            canvas.setLineWidth(width)
            canvas.line(x0, SIZE[1] - y0, x1, SIZE[1] - y1)
        canvas.rect(20, 20, SIZE[0] - 40, SIZE[1] - 40)
        for k in range(4):
            canvas.line(560, 20 + 16 * k, SIZE[0] - 20, 20 + 16 * k)
        for x in (560, 660, 740):
            canvas.line(x, 20, x, 68)
        for k, row in enumerate((("Drawn", "KL", revision), ("Checked", "MN", "02.03"), ("Part", "Plate", "M-7"))):
            for x, text in zip((565, 665, 745), row, strict=True):
                canvas.drawString(x, 24 + 16 * k, text)
        canvas.drawString(195, 278, label)
        canvas.drawString(405, 350, "PUMP")
        canvas.showPage()
        canvas.save()
        return stream.getvalue()

    changes = compared(framed("Rev A", "D18"), framed("Rev B", "D24")).changes
    told = sorted((str(c.layer), c.old.text if c.old else "", c.new.text if c.new else "") for c in changes)
    assert told == [("table", "A", "B"), ("text", "D18", "D24")]
