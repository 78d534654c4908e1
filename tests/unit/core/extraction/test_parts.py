"""Parts lists with quantities, and tables as pandas reads them."""

from __future__ import annotations

import io

import pytest
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.platypus import SimpleDocTemplate, Table, TableStyle

from core.extraction.files import made
from core.extraction.parts import quantity_of
from tests.unit.core.extraction.reading import extracted

_STYLE = TableStyle([("GRID", (0, 0), (-1, -1), 0.5, colors.black)])
_BILL = [
    ["Pos.", "Part No.", "Description", "Qty", "Unit", "Finish"],
    ["1", "NC-4410", "Bearing housing", "4", "pcs", "painted"],
    ["2", "NC-4411", "Shaft, hardened", "2.5", "m", ""],
    ["3", "NC-4412", "Retaining ring", "AR", "", "zinc"],
]


def bill(rows: list[list[str]]) -> bytes:
    out = io.BytesIO()
    SimpleDocTemplate(out, pagesize=A4, invariant=1).build([Table(rows, style=_STYLE)])
    return out.getvalue()


def test_lines_of_a_parts_list_with_their_quantities() -> None:
    found = extracted(bill(_BILL), "parts")["parts"]
    assert [(one["item"], one["number"], one["quantity"], one["unit"]) for one in found] == [
        ("1", "NC-4410", 4, "pcs"),
        ("2", "NC-4411", 2.5, "m"),
        ("3", "NC-4412", None, ""),
    ]
    assert found[2]["quantity_text"] == "AR" and found[0]["other"] == {"Finish": "painted"}
    assert found[0]["page"] == 1 and found[0]["box"][0] < found[0]["box"][2]


def test_a_list_of_a_drawing_counts_upwards_from_its_names() -> None:
    rows = [["2", "Welle", "1"], ["1", "Gehäuse", "3"], ["Pos", "Benennung", "Stück"]]
    found = extracted(bill(rows), "parts")["parts"]
    assert [(one["item"], one["description"], one["quantity"]) for one in found] == [
        ("1", "Gehäuse", 3),
        ("2", "Welle", 1),
    ]


def test_a_table_without_quantities_is_no_parts_list() -> None:
    rows = [["Item", "Description", "Price"], ["1", "Shaft", "4.00"], ["2", "Ring", "2.00"]]
    assert extracted(bill(rows), "parts")["parts"] == []


@pytest.mark.parametrize(
    ("written", "is_"),
    [
        ("4", 4),
        ("2,5", 2.5),
        ("4 x", 4),
        ("12 pcs.", 12),
        ("1,600", None),
        ("1.600", None),
        ("as required", None),
        ("", None),
    ],
)
def test_a_quantity_is_a_number_only_where_that_is_certain(written: str, is_: float | None) -> None:
    assert quantity_of(written) == is_


def test_parts_as_csv() -> None:
    lines = made(extracted(bill(_BILL), "parts"), "parts-csv").decode("utf-8-sig").splitlines()
    assert lines[0] == "Page,Item,Number,Description,Quantity,Quantity as written,Unit,Material,Other"
    assert lines[1] == "1,1,NC-4410,Bearing housing,4,4,pcs,,Finish: painted"


def test_tables_are_read_by_pandas() -> None:
    import json

    import pandas as pd

    result = extracted(bill([["Part", "Part", "Qty"], ["a", "007", "4"], ["b", "", "12"]]), "tables")
    [(id_, told)] = json.loads(made(result, "tables-pandas")).items()
    frame = pd.read_json(io.StringIO(json.dumps(told)), orient="table")
    assert list(frame.columns) == ["Part", "Part (2)", "Qty"]
    assert frame["Qty"].sum() == 16 and frame["Part (2)"].to_list()[0] == "007"
    alone = json.loads(made(result, "tables-pandas", table=id_))
    assert alone == told
