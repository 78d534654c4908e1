"""Symbols of a legend, counted on the pages by the shape of their lines."""

from __future__ import annotations

import io

from reportlab.pdfgen import canvas

from core.extraction.options import ExtractOptions
from core.extraction.result import extraction_json
from tests.unit.core.extraction.legends import plan, valve
from tests.unit.core.extraction.reading import document


def test_symbols_are_counted_by_their_shape_and_letters() -> None:
    found = extraction_json(document(plan()), ExtractOptions(what=("symbols",)), "x.pdf")["symbols"]
    assert [(one["label"], one["letters"], one["count"]) for one in found] == [
        ("Valve", [], 4),
        ("Motor valve", [], 2),
        ("Smoke detector", ["s"], 4),
        ("Heat detector", ["h"], 1),
    ]
    assert [place["page"] for place in found[0]["places"]] == [1, 1, 1, 2]
    x0, y0, x1, y1 = found[0]["places"][0]["box"]
    assert abs((x0 + x1) / 2 - 100) < 1 and abs((y0 + y1) / 2 - 95) < 1


def test_a_page_without_a_legend_has_no_symbols() -> None:
    out = io.BytesIO()
    sheet = canvas.Canvas(out)
    valve(sheet, 100, 500)
    sheet.drawString(130, 500, "Valve")
    sheet.save()
    assert extraction_json(document(out.getvalue()), ExtractOptions(what=("symbols",)), "x.pdf")["symbols"] == []
