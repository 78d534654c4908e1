"""What pages draw with lines: paths and forms as straight pieces, with what cannot be seen left out."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pikepdf
import pytest

from core.engines import pdfium_paths, pdfium_points
from core.engines.reading import read
from core.model import Document
from core.options import Limits

SIZE = 400, 300


def read_page(content: str, tmp_path: Path, *, rotate: int = 0, forms: dict[str, str] | None = None) -> Document:
    """A page of these operators; `forms` are XObjects by name, each of which may draw the others."""
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=SIZE)
    page = pdf.pages[0]
    page.Contents = pdf.make_stream(content.encode())
    page.Rotate = rotate
    hidden = pdf.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.OCG, Name="Hidden"))
    shown = pdf.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.OCG, Name="Pipes"))
    pdf.Root.OCProperties = pikepdf.Dictionary(
        OCGs=pikepdf.Array([hidden, shown]), D=pikepdf.Dictionary(OFF=pikepdf.Array([hidden]))
    )
    objects = pikepdf.Dictionary()
    resources = pikepdf.Dictionary(Properties=pikepdf.Dictionary(H=hidden, P=shown), XObject=objects)
    for name, inside in (forms or {}).items():
        form = pdf.make_stream(inside.encode())
        form.Type, form.Subtype = pikepdf.Name.XObject, pikepdf.Name.Form
        form.BBox, form.Resources = pikepdf.Array([0, 0, *SIZE]), resources
        objects["/" + name] = form
    page.Resources = resources
    stream = io.BytesIO()
    pdf.save(stream)
    path = tmp_path / "page.pdf"
    path.write_bytes(stream.getvalue())
    with path.open("rb") as file:
        return read(file.fileno(), limits=Limits())


def ends(document: Document) -> list[list[float]]:
    """Pieces from the left or upper end, sorted."""
    found = [min([a, b, c, d], [c, d, a, b]) for a, b, c, d in np.round(document.strokes.ends, 2).tolist()]
    return sorted(found)


@pytest.mark.parametrize(
    ("rotate", "wanted"),
    [(0, [10, 270, 40, 280]), (90, [20, 10, 30, 40]), (180, [360, 20, 390, 30]), (270, [270, 360, 280, 390])],
)
def test_a_line_stands_where_it_is_displayed(rotate: int, wanted: list[float], tmp_path: Path) -> None:
    found = ends(read_page("2 w 1 0 0 RG 10 20 m 40 30 l S", tmp_path, rotate=rotate))
    assert [sorted((p[0], p[2])) + sorted((p[1], p[3])) for p in found] == [
        sorted((wanted[0], wanted[2])) + sorted((wanted[1], wanted[3]))
    ]


def test_a_pen_tells_colour_width_dashes_and_layer(tmp_path: Path) -> None:
    document = read_page("/OC /P BDC q 2 0 0 2 0 0 cm [3 1] 0 d 1.5 w 1 0 0 RG 10 20 m 40 30 l S Q EMC", tmp_path)
    (pen,) = document.pens
    assert (pen.stroke, pen.fill, pen.width, pen.dashes, pen.layer) == (0xFF0000, -1, 3.0, "6.0 2.0", "Pipes")


@pytest.mark.parametrize(
    "content",
    [
        "/OC /H BDC 10 20 m 40 30 l S EMC",  # a layer that is switched off
        "q 200 200 50 50 re W n 10 20 m 40 30 l S Q",  # outside its clip
        "q 1 1 1 RG 10 20 m 40 30 l S Q",  # white on paper
        "10 20 m 40 30 l n",  # neither stroked nor filled
        "-50 20 m -10 30 l S",  # beside the page
    ],
)
def test_what_is_not_seen_is_left_out(content: str, tmp_path: Path) -> None:
    assert ends(read_page(f"{content} 100 100 m 120 100 l S", tmp_path)) == [[100, 200, 120, 200]]


def test_a_line_is_cut_where_its_clip_ends(tmp_path: Path) -> None:
    document = read_page("50 0 100 300 re W n 10 100 m 390 100 l S", tmp_path)
    assert ends(document) == [[50, 200, 150, 200]]


def test_a_form_is_drawn_with_its_matrix(tmp_path: Path) -> None:
    forms = {"A": "q 1 0 0 1 10 0 cm /B Do Q", "B": "0 0 m 10 0 l S"}
    document = read_page("q 2 0 0 2 100 100 cm /A Do Q", tmp_path, forms=forms)
    assert ends(document) == [[120, 200, 140, 200]]


def test_a_thin_filled_shape_is_the_line_it_looks_like(tmp_path: Path) -> None:
    document = read_page("0 0 1 rg 10 99.5 200 1 re f", tmp_path)
    assert ends(document) == [[10, 200, 210, 200]]
    assert (document.pens[0].stroke, document.pens[0].fill, document.pens[0].width) == (0x0000FF, -1, 1.0)


def test_curves_are_cut_and_shapes_closed(tmp_path: Path) -> None:
    document = read_page("10 10 m 10 60 60 60 60 10 c h S", tmp_path)
    found = document.strokes.ends
    assert len(found) == 9
    assert np.hypot(*(found[:, 2:] - found[:, :2]).T).sum() == pytest.approx(50 + 100, abs=1)


def test_points_read_one_by_one_are_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = "10 10 m 10 60 60 60 60 10 c h S 5 5 90 40 re f 1 2 m 30 4 l 50 6 l S"
    fast = read_page(content, tmp_path)
    monkeypatch.setattr(pdfium_points, "_side_by_side", lambda *_: False)
    slow = read_page(content, tmp_path)
    assert len(fast.strokes) == 15
    assert fast.strokes.ends.tobytes() == slow.strokes.ends.tobytes()


def test_too_many_lines_are_a_notice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdfium_paths, "MOST_POINTS", 50)
    document = read_page("".join(f"{k} 10 m {k} 20 l S " for k in range(30)), tmp_path)
    assert len(document.strokes) == 0
    assert "lines_not_read" in [notice.code for notice in document.pages[0].notices]


def test_forms_within_forms_end_somewhere(tmp_path: Path) -> None:
    forms = {f"F{k}": f"{k} 10 m {k} 20 l S /F{k + 1} Do" for k in range(60)}
    document = read_page("/F0 Do", tmp_path, forms=forms)
    assert 0 < len(document.strokes) < 60
    assert "lines_not_read" in [notice.code for notice in document.pages[0].notices]


def test_numbers_beyond_all_paper_are_left_out_with_a_notice(tmp_path: Path) -> None:
    document = read_page("10 20 m 40 20 l S 1e30 0 m 99999999999 5e20 l S", tmp_path)
    assert ends(document) == [[10, 280, 40, 280]]
