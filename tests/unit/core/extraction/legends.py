"""A plan with a legend of four symbols, drawn by code."""

from __future__ import annotations

import io

from reportlab.pdfgen import canvas


def valve(sheet: canvas.Canvas, x: float, y: float, turn: float = 0) -> None:
    """Two triangles point to point."""
    sheet.saveState()
    sheet.translate(x, y)
    sheet.rotate(turn)
    for side in (-1, 1):
        sheet.line(0, 0, side * 9, 6)
        sheet.line(side * 9, 6, side * 9, -6)
        sheet.line(side * 9, -6, 0, 0)
    sheet.restoreState()


def motor_valve(sheet: canvas.Canvas, x: float, y: float) -> None:
    """A valve with something on top: it holds a valve, and is none."""
    valve(sheet, x, y)
    sheet.line(x, y, x, y + 8)
    sheet.line(x - 4, y + 8, x + 4, y + 8)
    sheet.line(x - 4, y + 8, x, y + 13)
    sheet.line(x + 4, y + 8, x, y + 13)


def detector(sheet: canvas.Canvas, x: float, y: float, letter: str) -> None:
    sheet.circle(x, y, 9)
    sheet.setFont("Helvetica", 7)
    sheet.drawCentredString(x, y - 2.5, letter)


def plan() -> bytes:
    out = io.BytesIO()
    sheet = canvas.Canvas(out, pagesize=(842, 595), invariant=1)
    sheet.setFont("Helvetica", 12)
    sheet.drawString(600, 540, "LEGEND")
    entries = (
        lambda y: valve(sheet, 620, y),
        lambda y: motor_valve(sheet, 620, y),
        lambda y: detector(sheet, 620, y, "S"),
        lambda y: detector(sheet, 620, y, "H"),
    )
    labels = ("Valve", "Motor valve", "Smoke detector", "Heat detector")
    for k, (draw, label) in enumerate(zip(entries, labels, strict=True)):
        draw(500 - 40 * k)
        sheet.setFont("Helvetica", 9)
        sheet.drawString(650, 497 - 40 * k, label)
    for x, y, turn in ((100, 500, 0), (200, 450, 90), (300, 420, 0)):
        valve(sheet, x, y, turn)
    sheet.line(109, 500, 400, 500)  # a pipe that ends at the first
    for x in (120, 220):
        motor_valve(sheet, x, 300)
    for x, letter in ((80, "S"), (140, "S"), (200, "S"), (260, "S"), (320, "H"), (380, "X")):
        detector(sheet, x, 200, letter)
    sheet.showPage()
    valve(sheet, 400, 300, 180)
    sheet.showPage()
    sheet.save()
    return out.getvalue()
