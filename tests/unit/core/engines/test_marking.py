"""Marks must sit on the displayed page, however the page is turned, cropped or scaled."""

import io
import os
import shutil
import subprocess
from pathlib import Path

import pikepdf
import pypdfium2
import pytest

from core.errors import WrongPassword
from core.marked import marked_pdf
from core.options import Limits
from tests.results import change, notice, result, side

BOX = (30.0, 40.0, 90.0, 60.0)


def page_pdf(path: Path, **entries: object) -> Path:
    """An empty page of 300 x 400 with these entries."""
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(300, 400))
    for key, value in entries.items():
        page.obj["/" + key] = pikepdf.Array(value) if isinstance(value, list) else value
    pdf.save(path)
    return path


def report(size: tuple[float, float], *changes: dict[str, object]) -> dict[str, object]:
    made = result(*changes, pages=(1, 1))
    for one in ("old", "new"):
        made[one]["pages"][0].update(width=size[0], height=size[1])
    return made


def coloured_box(data: bytes, page: int = 0) -> tuple[float, float, float, float]:
    """Where a rendered page is neither white nor grey, in points of the displayed page."""
    picture = pypdfium2.PdfDocument(data)[page].render(scale=2, may_draw_forms=True).to_numpy().astype(int)
    hue = picture[..., :3].max(axis=2) - picture[..., :3].min(axis=2) > 40
    rows, columns = hue.any(axis=1).nonzero()[0], hue.any(axis=0).nonzero()[0]
    return tuple(float(v) / 2 for v in (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1))  # type: ignore[return-value]


FRAMES = {
    "plain": ((300, 400), {}),
    "cropped": ((200, 300), {"CropBox": [50, 60, 250, 360]}),
    "crop box larger than the page": ((300, 400), {"CropBox": [-50, -50, 900, 900]}),
    "turned 90": ((300, 200), {"Rotate": 90, "CropBox": [50, 60, 250, 360]}),
    "turned 180": ((200, 300), {"Rotate": 180, "CropBox": [50, 60, 250, 360]}),
    "turned 270": ((300, 200), {"Rotate": -90, "CropBox": [50, 60, 250, 360]}),
    "origin elsewhere": ((300, 400), {"MediaBox": [-100, -200, 200, 200]}),
}


@pytest.mark.parametrize("name", FRAMES)
@pytest.mark.parametrize("layer", ["text", "image"])
def test_a_mark_is_drawn_at_its_displayed_box(tmp_path: Path, name: str, layer: str) -> None:
    size, entries = FRAMES[name]
    path = page_pdf(tmp_path / "x.pdf", **entries)
    found = report(size, change("inserted", None, side("x", box=BOX), layer=layer))
    with path.open("rb") as file:
        data = marked_pdf(found, "new", {"new": file.fileno()}, limits=Limits())
    assert coloured_box(data) == pytest.approx(BOX, abs=2)


@pytest.mark.parametrize("name", FRAMES)
def test_a_part_of_a_drawing_gets_a_cloud_that_bulges_around_it(tmp_path: Path, name: str) -> None:
    size, entries = FRAMES[name]
    path = page_pdf(tmp_path / "x.pdf", **entries)
    found = report(size, change("inserted", None, side("", box=BOX), layer="drawing"))
    with path.open("rb") as file:
        data = marked_pdf(found, "new", {"new": file.fileno()}, limits=Limits())
    drawn = coloured_box(data)
    outside = [BOX[0] - drawn[0], BOX[1] - drawn[1], drawn[2] - BOX[2], drawn[3] - BOX[3]]
    assert all(2 <= by <= 6 for by in outside), outside
    with pikepdf.open(io.BytesIO(data)) as pdf:
        [mark] = pdf.pages[0].obj.Annots
        assert (mark.Subtype, mark.BE.S) == (pikepdf.Name.Square, pikepdf.Name.C)
        bows = mark.AP.N.read_bytes().count(b" c")
    assert 20 <= bows <= 60
    legend = pypdfium2.PdfDocument(data)[1].get_textpage().get_text_range()
    assert "cloud: a part of a drawing" in legend


def test_a_cloud_around_a_whole_sheet_has_few_bows(tmp_path: Path) -> None:
    path = tmp_path / "x.pdf"
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(3370, 2384))
    pdf.save(path)
    found = report((3370, 2384), change("deleted", side("", box=(20, 20, 3350, 2360)), None, layer="drawing"))
    with path.open("rb") as file:
        data = marked_pdf(found, "old", {"old": file.fileno()}, limits=Limits())
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert 200 <= pdf.pages[0].obj.Annots[0].AP.N.read_bytes().count(b" c") <= 244


def test_user_unit_scales_the_mark(tmp_path: Path) -> None:
    """PDFium does not apply UserUnit, so what it draws is half as large as displayed."""
    path = page_pdf(tmp_path / "x.pdf", UserUnit=2)
    found = report((600, 800), change("deleted", side("x", box=BOX), None))
    with path.open("rb") as file:
        data = marked_pdf(found, "old", {"old": file.fileno()}, limits=Limits())
    assert coloured_box(data) == pytest.approx(tuple(v / 2 for v in BOX), abs=2)


@pytest.mark.parametrize("name", FRAMES)
def test_side_by_side_shows_the_mark_on_its_half(tmp_path: Path, name: str) -> None:
    size, entries = FRAMES[name]
    path = page_pdf(tmp_path / "x.pdf", **entries)
    found = report(size, change("inserted", None, side("x", box=BOX)))
    with path.open("rb") as old, path.open("rb") as new:
        data = marked_pdf(found, "both", {"old": old.fileno(), "new": new.fileno()}, limits=Limits())
    pdf = pikepdf.open(io.BytesIO(data))
    assert len(pdf.pages) == 2  # the sheet, and the legend
    x0, y0, x1, y1 = map(float, pdf.pages[0].Annots[0].Rect)  # type: ignore[attr-defined]
    left, top = 18 + size[0] + 18, 26 + size[1]
    assert (x0, y1) == pytest.approx((left + BOX[0], top - BOX[1]), abs=3)
    assert (x1, y0) == pytest.approx((left + BOX[2], top - BOX[3]), abs=3)


def test_a_page_without_counterpart_has_an_empty_half(tmp_path: Path) -> None:
    path = page_pdf(tmp_path / "x.pdf")
    found = result(
        pages=(1, 1), page_map=[{"old": 1, "new": None, "similarity": 0.0}, {"old": None, "new": 1, "similarity": 0.0}]
    )
    for one in ("old", "new"):
        found[one]["pages"][0].update(width=300, height=400)
    with path.open("rb") as old, path.open("rb") as new:
        data = marked_pdf(found, "both", {"old": old.fileno(), "new": new.fileno()}, limits=Limits())
    text = pypdfium2.PdfDocument(data)[1].get_textpage().get_text_bounded()
    assert "no page of the old document corresponds" in text


def test_marks_carry_their_words_and_the_document_keeps_its_page_numbers(tmp_path: Path) -> None:
    path = page_pdf(tmp_path / "x.pdf")
    found = report((300, 400), change("replaced", side("30 días", box=BOX), side("日本", box=BOX)))
    with path.open("rb") as file:
        pdf = pikepdf.open(io.BytesIO(marked_pdf(found, "old", {"old": file.fileno()}, limits=Limits())))
    assert len(pdf.pages) == 2  # the legend comes last
    (mark,) = pdf.pages[0].Annots  # type: ignore[attr-defined]
    assert str(mark.Contents) == "text replaced: “30 días” → “日本”"
    assert mark.Subtype == "/Highlight"


def test_a_box_outside_the_page_makes_no_mark(tmp_path: Path) -> None:
    path = page_pdf(tmp_path / "x.pdf")
    found = report((300, 400), change("inserted", None, side("x", box=(400, 10, 500, 20))))
    with path.open("rb") as file:
        pdf = pikepdf.open(io.BytesIO(marked_pdf(found, "new", {"new": file.fileno()}, limits=Limits())))
    assert len(pdf.pages[0].get("/Annots", [])) == 0


def test_a_marked_copy_runs_nothing_when_it_is_opened(tmp_path: Path) -> None:
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(300, 400))
    script = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("app.alert(1)"))
    pdf.Root.OpenAction = script
    pdf.Root.Names = pikepdf.Dictionary(
        JavaScript=pikepdf.Dictionary(Names=pikepdf.Array([pikepdf.String("a"), script]))
    )
    path = tmp_path / "x.pdf"
    pdf.save(path)
    with path.open("rb") as file:
        made = pikepdf.open(io.BytesIO(marked_pdf(report((300, 400)), "old", {"old": file.fileno()}, limits=Limits())))
    assert "/OpenAction" not in made.Root
    assert "/JavaScript" not in made.Root.Names


def test_a_protected_document_is_opened_with_its_password(tmp_path: Path) -> None:
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(300, 400))
    path = tmp_path / "x.pdf"
    pdf.save(path, encryption=pikepdf.Encryption(user="open", owner="own"))
    handle = os.open(path, os.O_RDONLY)
    found = report((300, 400), change("inserted", None, side("x", box=BOX)))
    marked_pdf(found, "new", {"new": handle}, passwords={"new": "open"}, limits=Limits())
    with pytest.raises(WrongPassword):
        marked_pdf(found, "new", {"new": handle}, passwords={"new": "shut"}, limits=Limits())
    os.close(handle)


def test_pages_are_those_of_pdfium_where_qpdf_sees_others(tmp_path: Path) -> None:
    """A file cut off in the middle: qpdf and PDFium repair it, and the marked copy has the page all the same."""
    path = page_pdf(tmp_path / "x.pdf")
    data = path.read_bytes()
    path.write_bytes(data[: data.rindex(b"xref")])
    found = report((300, 400), change("inserted", None, side("x", box=BOX)))
    with path.open("rb") as file:
        made = marked_pdf(found, "new", {"new": file.fileno()}, limits=Limits())
    assert coloured_box(made) == pytest.approx(BOX, abs=2)


@pytest.mark.parametrize("name", FRAMES)
def test_a_frame_is_labelled_upright_inside_its_box(tmp_path: Path, name: str) -> None:
    """The plate of the label is the one filled area: top left of the box as displayed."""
    size, entries = FRAMES[name]
    path = page_pdf(tmp_path / "x.pdf", **entries)
    found = report(size, change("deleted", side("", box=(30, 40, 130, 90)), None, layer="image"))
    with path.open("rb") as file:
        data = marked_pdf(found, "old", {"old": file.fileno()}, limits=Limits())
    page = pypdfium2.PdfDocument(data)[0]
    picture = page.render(scale=4, may_draw_forms=True).to_numpy().astype(int)[..., :3]
    coloured = picture.max(axis=2) - picture.min(axis=2) > 40
    inside = coloured[int(41.5 * 4) : (88 * 4), int(31.5 * 4) : (128 * 4)]
    rows, columns = inside.any(axis=1).nonzero()[0], inside.any(axis=0).nonzero()[0]
    assert (rows[0], columns[0]) == (0, 0)
    assert columns[-1] / 4 == pytest.approx(22, abs=3)
    assert rows[-1] / 4 == pytest.approx(7.5, abs=1)


@pytest.mark.parametrize("which", ["new", "both"])
def test_changes_without_a_place_and_what_was_compared_stand_in_the_legend(tmp_path: Path, which: str) -> None:
    path = page_pdf(tmp_path / "x.pdf")
    nowhere = [change("inserted", None, {"text": f"Title {n}", "regions": []}, layer="outline") for n in range(80)]
    author = change("replaced", {"text": "A. Smith", "regions": []}, {"text": "佐藤", "regions": []}, layer="metadata")
    found = report((300, 400), author, *nowhere)
    found["new"]["pages"][0]["notices"] = [notice("is suspect", page=1)]  # type: ignore[index]
    with path.open("rb") as old, path.open("rb") as new:
        data = marked_pdf(found, which, {"old": old.fileno(), "new": new.fileno()}, limits=Limits())
    pdf = pypdfium2.PdfDocument(data)
    legend = " ".join(pdf[k].get_textpage().get_text_bounded() for k in range(1, len(pdf)))
    legend = " ".join(legend.split())
    assert "metadata replaced: “A. Smith” -> “(in letters that these fonts lack)”" in legend
    assert all(f"outline inserted: “Title {n}”" in legend for n in range(80))
    assert "1 of 1 page compared by text." in legend
    assert "Looked for changes in text." in legend
    assert "new, page 1: is suspect" in legend
    assert len(pdf) == 1 + 3


def reviewed(count: int) -> dict[str, object]:
    """A report of `count` changes with a comment and an answer on each, the second in letters of another script."""
    at = "2026-11-22T13:05:00+00:00"
    boxes = [(30.0, 3.0 * k, 90.0, 3.0 * k + 2) for k in range(count)]
    changes = [change("replaced", side("a", box=box), side("b", box=box), id=f"t-{k}") for k, box in enumerate(boxes)]
    said = [
        {
            "id": one["id"], "state": "accepted", "assignee": None, "due": None,
            "decisions": [{"name": "Ada", "verdict": "accepted", "at": at, "carried": None}],
            "comments": [
                {"name": name, "text": text, "at": at, "carried": None}
                for name, text in (("Ada", "Why?"), ("Grace", "因為。"))
            ],
        }
        for one in changes
    ]  # fmt: skip
    made = report((300, 400), *changes)
    made["review"] = {"counts": {"changes": count, "accepted": count}, "changes": said, "signatures": []}
    return made


@pytest.mark.parametrize("which", ["new", "both"])
def test_comments_are_replies_to_their_mark_that_every_reader_finds(tmp_path: Path, which: str) -> None:
    path = page_pdf(tmp_path / "x.pdf")
    with path.open("rb") as old, path.open("rb") as new:
        data = marked_pdf(reviewed(1), which, {"old": old.fileno(), "new": new.fileno()}, limits=Limits())
    with pikepdf.open(io.BytesIO(data)) as pdf:
        found = list(pdf.pages[1].obj.Annots)  # behind the cover
        marks = [one for one in found if "/QuadPoints" in one]
        for mark in marks:
            thread = [one for one in found if one.get("/IRT") == mark]
            assert [str(one.T) for one in thread] == ["Ada", "Grace"]
            assert [str(one.Contents) for one in thread] == ["Why?", "因為。"]
            assert str(thread[0].CreationDate) == "D:20261122130500Z"
            assert "accepted by Ada" in str(mark.Contents) and "Why?" not in str(mark.Contents)
    assert len(marks) == (2 if which == "both" else 1)
    page = pypdfium2.PdfDocument(data)[1]
    assert pypdfium2.raw.FPDFPage_GetAnnotCount(page) == len(found)


@pytest.mark.parametrize("which", ["new", "both"])
def test_other_programs_open_a_marked_pdf_without_complaint_and_it_is_small(tmp_path: Path, which: str) -> None:
    path = page_pdf(tmp_path / "x.pdf")
    with path.open("rb") as old, path.open("rb") as new:
        data = marked_pdf(reviewed(100), which, {"old": old.fileno(), "new": new.fileno()}, limits=Limits())
    assert len(data) <= 1.3 * 2 * path.stat().st_size + 1_000_000
    made = tmp_path / "marked.pdf"
    made.write_bytes(data)
    for command in (["qpdf", "--check", made], ["pdftocairo", "-png", "-r", "20", made, tmp_path / "page"]):
        if shutil.which(str(command[0])) is None:
            continue
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=120, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        assert "WARNING" not in done.stdout
