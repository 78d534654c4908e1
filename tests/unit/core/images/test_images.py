"""Pictures: found where they are, recognised however they are coded, and told when they changed."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pikepdf
import pytest
from PIL import Image, ImageDraw
from reportlab.pdfgen.canvas import Canvas

from core.engines.reading import read
from core.images.likeness import likeness
from core.images.look import _averaged_down, averaged, read_look
from core.model import Change, Document, join
from core.options import Limits
from tests.unit.core.images.pictures import changes, document, jpeg, logo, page, photo, plot, reader, screenshot, told
from tests.unit.core.pdfs import drawn

Variant = Callable[[Image.Image], Image.Image]
CODED_ANEW: dict[str, Variant] = {
    "JPEG 95": lambda p: jpeg(p, 95),
    "JPEG 40": lambda p: jpeg(p, 40),
    "a third of the samples": lambda p: p.resize((p.width // 3, p.height // 3), Image.Resampling.LANCZOS),
    "twice the samples": lambda p: p.resize((p.width * 2, p.height * 2), Image.Resampling.BICUBIC),
    "half the samples, JPEG 60": lambda p: jpeg(p.resize((p.width // 2, p.height // 2), Image.Resampling.LANCZOS), 60),
    "palette": lambda p: p.quantize(256),
    "CMYK": lambda p: jpeg(p.convert("CMYK"), 90),
}
PICTURES = {"photo": photo, "screenshot": screenshot, "plot": plot, "logo": logo}


@pytest.mark.parametrize("variant", CODED_ANEW)
@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_coded_anew_is_no_change(name: str, variant: str) -> None:
    picture = PICTURES[name]()
    box = (60.0, 120.0, 300.0, 300.0 * picture.height / picture.width)
    assert told(page((picture, *box)), page((CODED_ANEW[variant](picture), *box))) == []


@pytest.mark.parametrize("quality", [0, 60, 90])
@pytest.mark.parametrize("name", PICTURES)
def test_a_mark_drawn_in_a_picture_is_told_with_its_place(name: str, quality: int) -> None:
    picture = PICTURES[name]()
    width, height = picture.size
    edited = picture.copy()
    spot = [width * 0.6, height * 0.2, width * 0.75, height * 0.4]
    ImageDraw.Draw(edited).rectangle(spot, outline=(200, 30, 30), width=max(2, width // 150))
    edited = jpeg(edited, quality) if quality else edited
    tall = 300 * height / width
    found = changes(drawn(page((picture, 60, 120, 300, tall))), drawn(page((edited, 60, 120, 300, tall))))
    assert [(str(c.kind), c.detail["reason"]) for c in found] == [("replaced", "image edited")]
    x0, y0, x1, y1 = found[0].detail["where"]["new"]["box"]
    top = 792 - 120 - tall
    wanted = 60 + 0.6 * 300, top + 0.2 * tall, 60 + 0.75 * 300, top + 0.4 * tall
    assert max(abs(a - b) for a, b in zip((x0, y0, x1, y1), wanted, strict=True)) < 12


def test_one_digit_in_a_screenshot_is_told() -> None:
    old, new = (page((screenshot(number), 60, 120, 468, 292)) for number in ("1253", "1258"))
    assert told(old, new) == [("replaced", "image edited")]


def test_another_picture_at_the_same_place_is_replaced() -> None:
    old, new = page((photo(seed=1), 60, 120, 300, 225)), page((photo(seed=2), 60, 120, 300, 225))
    assert told(old, new) == [("replaced", "image replaced")]


def test_inserted_and_deleted_with_their_places() -> None:
    without, with_one = drawn(page()), drawn(page((logo(), 60, 40, 150, 50)))
    (inserted,) = changes(without, with_one)
    assert (str(inserted.kind), inserted.old) == ("inserted", None)
    assert inserted.new is not None
    assert inserted.new.regions[0].box == pytest.approx((60, 702, 210, 752), abs=0.1)
    (deleted,) = changes(with_one, without)
    assert (str(deleted.kind), deleted.new) == ("deleted", None)


def test_a_picture_that_goes_with_its_text_has_not_moved() -> None:
    head, tail = [f"Before {k} the figure, {k * 7}" for k in range(8)], [f"After {k} it, {k * 13}" for k in range(8)]

    def flow(extra: int) -> Callable[[Canvas], None]:
        def draw(canvas: Canvas) -> None:
            canvas.setFont("Helvetica", 10)
            y = 740.0
            for line in [f"New line {k}" for k in range(extra)] + head:
                canvas.drawString(60, y, line)
                y -= 14
            canvas.drawImage(reader(plot()), 60, y - 150, 220, 145)
            y -= 170
            for line in tail:
                canvas.drawString(60, y, line)
                y -= 14

        return draw

    assert told(flow(0), flow(6)) == []


def test_a_picture_elsewhere_in_the_text_has_moved() -> None:
    old = page((logo(), 400, 600, 120, 40))
    assert told(old, page((logo(), 400, 200, 120, 40))) == [("moved", "image moved")]


def test_swapped_documents_give_the_mirrored_changes() -> None:
    picture, edited = screenshot("1253"), screenshot("1258")
    old = drawn(page((picture, 60, 120, 468, 292), (photo(seed=1), 60, 500, 100, 75)))
    new = drawn(page((edited, 66, 126, 468, 292)))
    swapped = {"inserted": "deleted", "deleted": "inserted"}

    def facts(c: Change, sides: tuple[str, str]) -> list[object]:
        places = {"old": c.old and c.old.regions, "new": c.new and c.new.regions}
        return [(places[side], c.detail.get("where", {}).get(side)) for side in sides]

    forth = [(str(c.kind), facts(c, ("old", "new"))) for c in changes(old, new)]
    back = [(swapped.get(str(c.kind), str(c.kind)), facts(c, ("new", "old"))) for c in changes(new, old)]
    assert {kind for kind, _ in forth} == {"replaced", "deleted"}
    assert sorted(forth, key=repr) == sorted(back, key=repr)


def test_a_picture_drawn_larger_is_scaled() -> None:
    old, new = page((plot(), 60, 100, 200, 131)), page((plot(), 60, 80, 260, 171))
    assert told(old, new) == [("replaced", "image scaled")]


def test_a_logo_on_every_page_that_changes_is_one_change() -> None:
    old, new = (
        drawn(*(page((logo(name), 60, 745, 90, 30), lines=[f"Page {k}: {k * 91}", *TEXT_OF[k]]) for k in range(6)))
        for name in ("ACME", "BOLT")
    )
    (change,) = changes(old, new)
    assert change.kind == "replaced" and change.old is not None and change.new is not None
    assert [region.page for region in change.new.regions] == [1, 2, 3, 4, 5, 6]


TEXT_OF = [[f"Chapter {k} line {j} with words {j * 17 + k}" for j in range(20)] for k in range(7)]


def test_pictures_of_an_inserted_page_are_told_with_the_page() -> None:
    pages = [page((photo(200, 150, k), 60, 100, 200, 150), lines=TEXT_OF[k]) for k in range(4)]
    assert told(drawn(*pages[:2], pages[3]), drawn(*pages)) == []


@pytest.mark.parametrize("strips", [2, 7, 40])
def test_a_picture_cut_into_strips_is_one_picture(strips: int) -> None:
    picture = photo(400, 280)
    rows = [round(k * 280 / strips) for k in range(strips + 1)]
    parts = [
        (picture.crop((0, a, 400, b)), 60.0, 330 - 210 * b / 280, 300.0, 210 * (b - a) / 280) for a, b in pairwise(rows)
    ]
    whole = page((picture, 60, 120, 300, 210))
    assert told(whole, page(*parts)) == []
    assert len(document(drawn(page(*parts))).images) == 1


def test_flipped_and_turned_by_the_matrix_is_another_look_and_turned_back_the_same() -> None:
    def placed(picture: Image.Image, matrix: tuple[float, ...]) -> Callable[[Canvas], None]:
        def draw(canvas: Canvas) -> None:
            page()(canvas)
            canvas.saveState()
            canvas.transform(*matrix)
            canvas.drawImage(reader(picture), 0, 0, 1, 1)
            canvas.restoreState()

        return draw

    picture = logo()
    upright, mirrored = (300.0, 0, 0, 100, 60, 100), (-300.0, 0, 0, 100, 360, 100)
    assert told(placed(picture, upright), placed(picture, mirrored)) == [("replaced", "image replaced")]
    assert told(placed(picture, upright), placed(picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT), mirrored)) == []
    turned = picture.transpose(Image.Transpose.ROTATE_90)  # counter-clockwise, so the matrix turns it back
    assert told(placed(picture, upright), placed(turned, (0, -100, 300, 0, 60, 200))) == []


def test_cropped_by_a_clip_is_what_is_seen_of_it() -> None:
    picture = photo(400, 300)

    def clipped(canvas: Canvas) -> None:
        page()(canvas)
        path = canvas.beginPath()
        path.rect(60, 120, 150, 225)
        canvas.saveState()
        canvas.clipPath(path, stroke=0)
        canvas.drawImage(reader(picture), 60, 120, 300, 225)
        canvas.restoreState()

    (image,) = document(drawn(clipped)).images
    assert image.box == pytest.approx((60, 447, 210, 672), abs=0.2)
    assert told(clipped, page((picture.crop((0, 0, 200, 300)), 60, 120, 150, 225))) == []
    assert told(page((picture, 60, 120, 300, 225)), clipped) == [("replaced", "image cropped")]


def test_pictures_in_nested_forms_are_found_where_they_are_shown() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.beginForm("inner")
        canvas.drawImage(reader(logo()), 10, 10, 150, 50)
        canvas.endForm()
        canvas.beginForm("outer")
        canvas.translate(20, 30)
        canvas.doForm("inner")
        canvas.endForm()
        page()(canvas)
        canvas.scale(0.5, 0.5)
        canvas.translate(100, 200)
        canvas.doForm("outer")

    (image,) = document(drawn(draw)).images
    x, y = 0.5 * (100 + 20 + 10), 0.5 * (200 + 30 + 10)
    assert image.box == pytest.approx((x, 792 - y - 25, x + 75, 792 - y), abs=0.2)
    assert told(draw, page((logo(), x, y, 75, 25))) == []


def test_what_cannot_be_seen_is_not_told() -> None:
    clear = Image.new("RGBA", (40, 40), (10, 20, 30, 0))
    spacer, white = Image.new("RGB", (1, 1), "black"), Image.new("RGB", (30, 30), "white")
    new = page((clear, 60, 60, 80, 80), (spacer, 200, 60, 50, 50), (white, 300, 60, 50, 50), (logo(), 700, 60, 90, 30))
    assert told(page(), new) == []


def test_inline_images_masks_and_soft_masks() -> None:
    soft = logo().convert("RGBA")
    soft.putalpha(Image.linear_gradient("L").resize(soft.size))
    weaker = soft.copy()
    weaker.putalpha(Image.linear_gradient("L").resize(soft.size).point(lambda v: v // 3))

    def inline(canvas: Canvas) -> None:
        page()(canvas)
        canvas.drawInlineImage(logo(), 60, 40, 150, 50)

    assert told(inline, page((logo(), 60, 40, 150, 50))) == []
    assert told(page((soft, 60, 40, 150, 50)), page((soft, 60, 40, 150, 50))) == []
    assert len(told(page((soft, 60, 40, 150, 50)), page((weaker, 60, 40, 150, 50)))) == 1


def test_shades_cut_otherwise_that_look_the_same_on_the_page_are_no_change() -> None:
    def shades(color: tuple[int, int, int, int], ground: tuple[float, float, float]) -> Callable[[Canvas], None]:
        picture = Image.new("RGBA", (60, 40), color)
        picture.putpixel((0, 0), (0, 0, 0, 0))

        def draw(canvas: Canvas) -> None:
            page(lines=TEXT_OF[0])(canvas)
            for k in range(5):
                canvas.setFillColorRGB(*ground)
                canvas.rect(60 + 100 * k, 100, 60, 40, stroke=0, fill=1)
                canvas.drawImage(reader(picture), 60 + 100 * k, 100, 60, 40, mask="auto")

        return draw

    old = shades((255, 0, 0, 128), (0, 0, 1))
    assert told(old, shades((128, 0, 127, 254), (1, 1, 1))) == []
    assert told(old, shades((0, 128, 0, 254), (1, 1, 1))) == [("replaced", "image replaced")] * 5


@pytest.mark.parametrize(
    "saved",
    [
        {"linearize": True},
        {"recompress_flate": True, "object_stream_mode": pikepdf.ObjectStreamMode.generate},
        {"compress_streams": False, "stream_decode_level": pikepdf.StreamDecodeLevel.generalized},
    ],
)
def test_saved_by_another_writer_is_no_change(saved: dict[str, object]) -> None:
    old = drawn(page((photo(), 60, 400, 300, 225), (jpeg(plot(), 80), 60, 120, 300, 197), (logo(), 400, 60, 150, 50)))
    stream = io.BytesIO()
    with pikepdf.open(io.BytesIO(old)) as pdf:
        pdf.save(stream, **saved)
    assert told(old, stream.getvalue()) == []


def test_a_scan_made_anew_is_left_to_the_comparison_of_pixels() -> None:
    scan = screenshot().resize((1700, 2200)).convert("L")

    def searchable(quality: int) -> bytes:
        def draw(canvas: Canvas) -> None:
            canvas.drawImage(reader(jpeg(scan, quality)), 0, 0, 612, 792)
            text = canvas.beginText(60, 700)
            text.setTextRenderMode(3)
            text.setFont("Helvetica", 10)
            text.textLines(TEXT_OF[0])
            canvas.drawText(text)

        return drawn(draw)

    assert told(searchable(80), searchable(30)) == []


def test_pictures_are_the_same_however_the_pages_are_shared_and_after_travelling() -> None:
    soft = logo().convert("RGBA")
    soft.putalpha(120)
    data = drawn(*(page((soft, 60, 60, 150, 50), (photo(200, 150), 300, 60, 150, 112)) for _ in range(4)))
    whole = document(data)
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        parts = [read(file.fileno(), limits=Limits(), part=k, parts=3) for k in range(3)]
    assert join(parts).images == whole.images
    assert Document.from_message(whole.to_message()).images == whole.images


@pytest.mark.parametrize("bad", ["", "x", "1x1 1x1 1x1 AAAA AAAA", "9x9 999x999 1x1 AAAA AAAA", "1x1 0x1 1x1 = ="])
def test_a_look_that_is_none_is_like_nothing(bad: str) -> None:
    assert read_look(bad) is None
    (image,) = document(drawn(page((logo(), 60, 60, 150, 50)))).images
    assert likeness(bad, image.look).is_other


@pytest.mark.parametrize(("height", "width", "rows"), [(301, 40, 128), (130, 7, 128), (129, 5, 128), (90, 3, 1)])
def test_rows_of_an_opaque_picture_are_the_same_means_in_whole_numbers(height: int, width: int, rows: int) -> None:
    samples = np.random.default_rng(7).integers(0, 256, (height, width, 4), np.uint8)
    samples[..., 3] = 255
    wanted = averaged(samples / np.array([1, 1, 1, 255]), rows, width)
    assert np.abs(_averaged_down(samples, rows) - wanted).max() < 1e-4
