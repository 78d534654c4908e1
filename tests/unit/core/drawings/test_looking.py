"""The second look: what cannot be seen is not told, whatever the lines say."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable
from math import hypot

import pytest
from reportlab.pdfgen.canvas import Canvas

from core.compare import compare
from core.engines.ocr_pictures import PagePictures
from core.engines.pdfium_ink import SHORT_COSTS
from core.engines.reading import read
from core.model import Comparison
from core.options import CompareOptions, Limits
from tests.unit.core.drawings.sheets import SIZE, VALVE, Way, plant, written

LIMITS = Limits()
Draw = Callable[[Canvas], None]


def drawn(*more: Draw, scale: float = 1.0) -> bytes:
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=(SIZE[0] * scale, SIZE[1] * scale), invariant=True)
    canvas.scale(scale, scale)
    for (x0, y0, x1, y1), width, _ in plant().lines:
        canvas.setLineWidth(width)
        canvas.line(x0, SIZE[1] - y0, x1, SIZE[1] - y1)
    for one in more:
        canvas.saveState()
        one(canvas)
        canvas.restoreState()
    canvas.showPage()
    canvas.save()
    return stream.getvalue()


def looked(old: bytes, new: bytes, **options: object) -> Comparison:
    with tempfile.TemporaryFile() as one, tempfile.TemporaryFile() as other:
        for file, data in ((one, old), (other, new)):
            file.write(data)
            file.flush()
        documents = [read(file.fileno(), limits=LIMITS) for file in (one, other)]
        fds = [one.fileno(), other.fileno()]
        with PagePictures(fds, [None, None], Limits(), lambda _: None) as pictures:
            return compare(documents[0], documents[1], CompareOptions.from_json(options), pictures)


def reasons(found: Comparison) -> list[str]:
    return sorted(str(c.detail["reason"]) for c in found.changes if c.layer == "drawing")


def corner(canvas: Canvas) -> None:
    """A clip that is a triangle: its box holds what it hides."""
    path = canvas.beginPath()
    path.moveTo(400, 300)
    path.lineTo(460, 300)
    path.lineTo(400, 360)
    path.close()
    canvas.clipPath(path, stroke=0)


def star(x: float, y: float) -> Draw:
    return lambda canvas: canvas.lines([(x, y, x + 14, y + 9), (x + 14, y, x, y + 9), (x + 7, y - 3, x + 7, y + 12)])


def hidden(canvas: Canvas) -> None:
    corner(canvas)
    star(440, 345)(canvas)


def half_hidden(canvas: Canvas) -> None:
    corner(canvas)
    star(425, 330)(canvas)


def lid(canvas: Canvas) -> None:
    canvas.setFillGray(0.7)
    canvas.rect(500, 300, 60, 40, stroke=0, fill=1)


def colored(color: str, x: float) -> Draw:
    def draw(canvas: Canvas) -> None:
        canvas.setStrokeColor(color)
        star(x, 315)(canvas)

    return draw


@pytest.mark.parametrize("scale", [1.0, 0.8])
def test_lines_outside_of_a_clip_that_is_no_box_are_not_told(scale: float) -> None:
    found = looked(drawn(), drawn(hidden, scale=scale))
    assert reasons(found) == []
    assert found.detail["unseen_lines"] == 1
    assert reasons(looked(drawn(), drawn(half_hidden, scale=scale))) == ["lines inserted"]


def test_lines_under_other_ink_are_not_told() -> None:
    assert reasons(looked(drawn(lid), drawn(star(520, 315), lid))) == []
    assert reasons(looked(drawn(lid), drawn(lid, star(520, 315)))) == ["lines inserted"]


def test_another_pen_under_other_ink_is_not_told() -> None:
    assert reasons(looked(drawn(colored("#000000", 520), lid), drawn(colored("#ff0000", 520), lid))) == []
    assert reasons(looked(drawn(colored("#000000", 620)), drawn(colored("#ff0000", 620)))) == ["pen changed"]


def test_light_lines_are_seen() -> None:
    assert reasons(looked(drawn(), drawn(colored("#bbbbbb", 620)))) == ["lines inserted"]


def test_less_ink_than_is_asked_for_is_not_told() -> None:
    old, new = plant(), plant()
    new.add(VALVE, 190, 500)
    pair = written(old), written(new, Way(scale=1.02))
    assert reasons(looked(*pair, least_mm2=2.0)) == ["lines inserted"]
    assert reasons(looked(*pair, least_mm2=40.0)) == []


def plate(canvas: Canvas) -> None:
    canvas.rect(500, 300, 60, 40, stroke=0, fill=1)


def worded(*more: Draw) -> bytes:
    def words(canvas: Canvas) -> None:
        for k in range(5):
            canvas.drawString(60 + 130 * k, 560 - 30 * k, f"Zone{k}")

    return drawn(words, *more)


def test_a_sheet_with_too_many_lines_is_compared_by_its_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.engines.pdfium_paths.MOST_POINTS", 100)
    found = looked(worded(), worded(plate))
    (change,) = found.changes
    assert (change.layer, change.detail["reason"]) == ("image", "ink inserted")
    assert change.new
    assert change.new.regions[0].box == pytest.approx((500, SIZE[1] - 340, 560, SIZE[1] - 300), abs=1)
    page = found.new.pages[0]
    assert "pixels" in page.compared
    (notice,) = page.notices
    assert (notice.code, "coarser, by its picture at 200 dots an inch" in notice.message) == ("lines_not_read", True)
    assert looked(worded(), worded()).changes == ()


def test_what_is_not_looked_at_is_taken_at_its_word_with_a_notice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.drawings.looking.MOST_LINES", 10)
    found = looked(drawn(), drawn(hidden))
    assert reasons(found) == ["lines inserted"]
    assert any("what its lines say" in notice.message for notice in found.new.pages[0].notices)


def test_a_page_is_drawn_as_fine_as_its_ink_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    """By what the file says, not by a clock: the result is the same on every machine."""
    monkeypatch.setattr("core.engines.pdfium_paths.MOST_INK", 100.0)
    ink = SHORT_COSTS * sum(hypot(x1 - x0, y1 - y0) for (x0, y0, x1, y1), _, _ in plant().lines)

    def at(dpi: float, *more: Draw) -> tuple[list[str], tuple[str, ...], str]:
        monkeypatch.setattr("core.engines.ocr_pictures.MOST_DOTS_OF_INK", ink * dpi / 72)
        found = looked(drawn(), drawn(*more))
        page = found.old.pages[0]
        told = [str(c.detail["reason"]) for c in found.changes]
        return told, page.compared, " ".join(n.message for n in page.notices if n.code == "lines_not_read")

    told, compared, message = at(80.5, plate)
    assert (told, compared, "coarser, by its picture at 7" in message) == (["ink inserted"], ("pixels",), True)
    told, compared, message = at(30.5, colored("#eeeeee", 520))
    assert (told, compared, "does not show small differences" in message) == ([], (), True)
    told, compared, message = at(5.5, plate)
    assert (told, compared, "to be drawn in bearable time" in message) == ([], (), True)


def test_a_page_with_too_many_objects_is_compared_by_its_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.unit.core.drawings.test_looking.LIMITS", Limits(page_objects=20))
    found = looked(worded(), worded(plate))
    assert [(c.layer, c.detail["reason"]) for c in found.changes] == [("image", "ink inserted")]
    assert [n.code for n in found.new.pages[0].notices] == ["too_complex_page"]


def test_a_small_change_of_a_large_sheet_with_a_title_is_found() -> None:
    """A title alone makes no page of text of a drawing, however much of it is empty."""

    def titled(*more: Draw) -> bytes:
        stream = io.BytesIO()
        canvas = Canvas(stream, pagesize=(2384, 3370), invariant=True)
        for (x0, y0, x1, y1), _, _ in plant().lines:
            canvas.line(x0, y0, x1, y1)
        canvas.drawString(40, 1600, "Sheet 3 of 5 detail C")
        for one in more:
            one(canvas)
        canvas.showPage()
        canvas.save()
        return stream.getvalue()

    changed = titled(lambda canvas: canvas.rect(1500, 1500, 60, 40))
    assert reasons(looked(titled(), changed)) == ["lines inserted"]
