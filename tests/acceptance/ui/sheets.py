"""A drawing of our own in two revisions, for tests of the viewer and pictures of it: a bearing plate on an A2 sheet."""

from __future__ import annotations

import io
import math

from reportlab.pdfgen.canvas import Canvas

MM = 72 / 25.4
WIDTH, HEIGHT = 594.0, 420.0  # millimetres
SHIFT = (4.0, -3.0)  #: millimetres right and up, by which all of the second revision lies elsewhere on its sheet


def plate(*, revised: bool) -> bytes:
    """The sheet of one revision."""
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=(WIDTH * MM, HEIGHT * MM), invariant=True)
    canvas.setTitle("Bearing plate")
    canvas.scale(MM, MM)
    if revised:
        canvas.translate(*SHIFT)
    _frame(canvas, revised=revised)
    _front(canvas, revised=revised)
    _section(canvas)
    _dimensions(canvas, revised=revised)
    canvas.showPage()
    canvas.save()
    return stream.getvalue()


def pair() -> tuple[tuple[str, bytes], tuple[str, bytes]]:
    """Names and contents of the old and the new revision."""
    return ("bearing-plate-a.pdf", plate(revised=False)), ("bearing-plate-b.pdf", plate(revised=True))


def _frame(canvas: Canvas, *, revised: bool) -> None:
    canvas.setLineWidth(0.7)
    canvas.rect(10, 10, WIDTH - 20, HEIGHT - 20)
    canvas.setLineWidth(0.25)
    for k in range(1, 8):
        x = 10 + k * (WIDTH - 20) / 8
        canvas.line(x, 10, x, 5)
        canvas.line(x, HEIGHT - 10, x, HEIGHT - 5)
    x, y = WIDTH - 190, 10
    canvas.setLineWidth(0.5)
    canvas.rect(x, y, 180, 50)
    for row in (15, 30, 40):
        canvas.line(x, y + row, x + 180, y + row)
    for column in (60, 120):
        canvas.line(x + column, y, x + column, y + 30)
    canvas.setFont("Helvetica", 4)
    rows = ("B", "14.10.2026", "2 : 1") if revised else ("A", "02.03.2026", "2 : 1")
    for k, (head, value) in enumerate(zip(("REVISION", "DATE", "SCALE"), rows, strict=True)):
        canvas.drawString(x + 4 + 60 * k, y + 24, head)
        canvas.drawString(x + 4 + 60 * k, y + 5, value)
    canvas.setFont("Helvetica-Bold", 6)
    canvas.drawString(x + 4, y + 32, "BEARING PLATE  4711-02")
    canvas.setFont("Helvetica", 4)
    canvas.drawString(x + 4, y + 43, "TOLERANCES ISO 2768-mK    MATERIAL EN AW-6082")


def _hole(canvas: Canvas, x: float, y: float, radius: float) -> None:
    canvas.setLineWidth(0.5)
    canvas.circle(x, y, radius)
    canvas.setLineWidth(0.18)
    canvas.setDash(6, 1.5)
    canvas.line(x - radius - 5, y, x + radius + 5, y)
    canvas.line(x, y - radius - 5, x, y + radius + 5)
    canvas.setDash()


def _front(canvas: Canvas, *, revised: bool) -> None:
    x, y, wide, high = 60.0, 110.0, 260.0, 220.0
    canvas.setLineWidth(0.7)
    canvas.roundRect(x, y, wide, high, 22)
    canvas.circle(x + wide / 2, y + high / 2, 58)
    canvas.setLineWidth(0.5)
    canvas.circle(x + wide / 2, y + high / 2, 46)
    canvas.setLineWidth(0.18)
    canvas.setDash(6, 1.5)
    canvas.circle(x + wide / 2, y + high / 2, 74)
    canvas.line(x - 10, y + high / 2, x + wide + 10, y + high / 2)
    canvas.line(x + wide / 2, y - 10, x + wide / 2, y + high + 10)
    canvas.setDash()
    for k in range(8):
        if revised and k == 3:
            continue  # this bore is gone
        angle = math.pi / 8 + k * math.pi / 4
        _hole(canvas, x + wide / 2 + 74 * math.cos(angle), y + high / 2 + 74 * math.sin(angle), 5)
    for cx, cy in ((24, 24), (wide - 24, 24), (24, high - 24)):
        _hole(canvas, x + cx, y + cy, 9)
    _hole(canvas, x + wide - 24, y + high - 24, 12 if revised else 9)
    if revised:  # a slot is new
        canvas.setLineWidth(0.5)
        canvas.roundRect(x + 12, y + 88, 14, 44, 7)


def _section(canvas: Canvas) -> None:
    x, y, wide, high = 400.0, 110.0, 40.0, 220.0
    canvas.setLineWidth(0.7)
    canvas.rect(x, y, wide, high)
    canvas.setLineWidth(0.5)
    for at in (52, 64, 156, 168):
        canvas.line(x, y + at, x + wide, y + at)
    canvas.setLineWidth(0.18)
    for start, end in ((0, 52), (168, 220)):
        for k in range(int(start), int(end), 5):
            canvas.line(x, y + k, x + min(wide, end - k), y + min(k + wide, end))
    canvas.setFont("Helvetica", 5)
    canvas.drawString(x + 6, y + high + 12, "A-A")


def _dimensions(canvas: Canvas, *, revised: bool) -> None:
    canvas.setFont("Helvetica", 5)
    canvas.setLineWidth(0.25)
    for x0, x1, y, text in ((60, 320, 84, "130"), (400, 440, 84, "20")):
        canvas.line(x0, 106, x0, y - 3)
        canvas.line(x1, 106, x1, y - 3)
        canvas.line(x0, y, x1, y)
        for at, towards in ((x0, 1), (x1, -1)):
            canvas.line(at, y, at + 4 * towards, y + 1)
            canvas.line(at, y, at + 4 * towards, y - 1)
        canvas.drawCentredString((x0 + x1) / 2, y + 2, text)
    canvas.line(36, 110, 36, 330)
    canvas.line(33, 110, 56, 110)
    canvas.line(33, 330, 56, 330)
    canvas.saveState()
    canvas.translate(34, 220)
    canvas.rotate(90)
    canvas.drawCentredString(0, 0, "110")
    canvas.restoreState()
    canvas.line(326, 318, 350, 342)
    canvas.drawString(352, 342, "\u00d8 12 H7" if revised else "\u00d8 9 H7")
