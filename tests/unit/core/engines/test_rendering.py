"""Pictures of pages: the right size, the right ink, never more pixels than allowed."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from core.engines.rendering import CROP_PIXELS, TILE_PIXELS, crops, encode, frame_of, page_text, render
from core.errors import DamagedPdf, EncryptedPdf, OptionsError, PageTooLarge, PdfCompareError, WrongPassword
from core.wire import Message
from tests.unit.core.pdfs import drawn, lines

Opened = Callable[[bytes], int]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    descriptors: list[int] = []

    def open_bytes(data: bytes) -> int:
        path = tmp_path / f"{len(descriptors)}.pdf"
        path.write_bytes(data)
        descriptors.append(os.open(path, os.O_RDONLY))
        return descriptors[-1]

    yield open_bytes
    for descriptor in descriptors:
        os.close(descriptor)


def picture(descriptor: int, **header: Any) -> tuple[Image.Image, dict[str, Any]]:
    answer = render(Message({"page": 1, **header}), [descriptor], lambda _: None)
    return Image.open(io.BytesIO(answer.buffers["image"].data)), answer.header


def dark_box(image: Image.Image) -> tuple[int, int, int, int]:
    found = image.convert("L").point(lambda value: 255 if value < 128 else 0).getbbox()
    assert found is not None
    return found


def saved(change: Callable[[pikepdf.Pdf], None], data: bytes, **choices: Any) -> bytes:
    stream = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        change(pdf)
        pdf.save(stream, **choices)
    return stream.getvalue()


def black_square(canvas: Canvas) -> None:
    canvas.rect(72, 792 - 72 - 36, 36, 36, stroke=0, fill=1)  # one inch from the left and the top, half an inch wide


def test_a_page_has_the_size_that_its_resolution_says(opened: Opened) -> None:
    image, header = picture(opened(drawn(black_square)), dpi=100)
    assert image.size == (850, 1100) == (header["width"], header["height"])
    assert header["media_type"] == "image/webp"


def test_ink_stands_where_the_page_has_it(opened: Opened) -> None:
    image, _ = picture(opened(drawn(black_square)), dpi=144)
    assert dark_box(image) == (144, 144, 216, 216)


def test_a_turned_page_is_drawn_turned(opened: Opened) -> None:
    turned = saved(lambda pdf: setattr(pdf.pages[0], "Rotate", 90), drawn(black_square))
    image, _ = picture(opened(turned), dpi=72)
    assert image.size == (792, 612)
    assert dark_box(image) == (792 - 72 - 36, 72, 792 - 72, 72 + 36)


def test_a_crop_box_is_the_page(opened: Opened) -> None:
    cropped = saved(lambda pdf: setattr(pdf.pages[0], "CropBox", [36, 0, 612, 792 - 36]), drawn(black_square))
    image, _ = picture(opened(cropped), dpi=72)
    assert image.size == (576, 756)
    assert dark_box(image) == (36, 36, 72, 72)


def test_user_unit_enlarges_the_page(opened: Opened) -> None:
    doubled = saved(lambda pdf: setattr(pdf.pages[0], "UserUnit", 2), drawn(black_square))
    image, _ = picture(opened(doubled), dpi=72)
    assert image.size == (1224, 1584)
    assert dark_box(image) == (144, 144, 216, 216)


def test_a_tile_is_the_window_of_the_whole(opened: Opened) -> None:
    descriptor = opened(drawn(black_square, size=(2000, 1500)))
    whole, _ = picture(descriptor, dpi=100, format="png")
    tile, _ = picture(descriptor, dpi=100, format="png", tile=[1, 1])
    window = (TILE_PIXELS, TILE_PIXELS, min(2 * TILE_PIXELS, whole.width), min(2 * TILE_PIXELS, whole.height))
    assert tile.tobytes() == whole.crop(window).tobytes()


def test_a_tile_is_sharp_at_eight_times_the_size_of_an_a0_sheet_and_no_larger(opened: Opened) -> None:
    descriptor = opened(drawn(black_square, size=(3370, 2384)))
    tile, header = picture(descriptor, dpi=1600, format="png", tile=[1, 36])
    assert (tile.size, header["dpi"]) == ((TILE_PIXELS, TILE_PIXELS), 1600)
    scale = 1600 / 72
    edges = (72 * scale - TILE_PIXELS, 1664 * scale - 36 * TILE_PIXELS, TILE_PIXELS, 1700 * scale - 36 * TILE_PIXELS)
    assert all(abs(found - edge) <= 1 for found, edge in zip(dark_box(tile), edges, strict=True))


def test_a_crop_in_points_is_cut_out(opened: Opened) -> None:
    image, _ = picture(opened(drawn(black_square)), dpi=72, crop=[60, 60, 120, 130])
    assert image.size == (60, 70)
    assert dark_box(image) == (12, 12, 48, 48)


def test_annotations_and_form_fields_are_drawn(opened: Opened) -> None:
    def form(canvas: Canvas) -> None:
        canvas.acroForm.textfield(value="FILLED", x=100, y=600, width=200, height=40, fontSize=24, borderStyle="solid")

    assert dark_box(picture(opened(drawn(form)), dpi=72)[0])[2] > 200


def test_a_wanted_width_sets_the_resolution(opened: Opened) -> None:
    image, header = picture(opened(drawn(black_square)), width=306)
    assert image.size == (306, 396)
    assert header["dpi"] == 36


def test_more_pixels_than_allowed_are_never_drawn() -> None:
    frame = frame_of(14_400, 14_400, dpi=300, limit_pixels=40_000_000)
    assert frame.width * frame.height <= 40_000_000 + frame.width
    assert frame.dpi < 300


def test_a_large_sheet_has_a_small_overview() -> None:
    frame = frame_of(3370, 2384, dpi=150, limit_pixels=8_000_000, overview_pixels=3_000_000)
    assert 2_900_000 < frame.width * frame.height < 3_100_000


def test_a_page_too_large_for_any_picture_is_refused() -> None:
    with pytest.raises(PageTooLarge):
        frame_of(1e7, 1e7, dpi=100, limit_pixels=1_000_000)


@pytest.mark.parametrize("wrong", [{"tile": [9, 0]}, {"tile": [-1, 0]}, {"crop": [700, 0, 800, 10]}])
def test_what_lies_outside_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(OptionsError):
        frame_of(612, 792, dpi=100, limit_pixels=40_000_000, **wrong)


def test_a_page_that_is_not_there_is_refused(opened: Opened) -> None:
    with pytest.raises(OptionsError):
        picture(opened(drawn(black_square)), page=2)


def test_a_password_is_asked_for(opened: Opened) -> None:
    locked = saved(lambda _: None, drawn(black_square), encryption=pikepdf.Encryption(user="open", owner="own"))
    descriptor = opened(locked)
    with pytest.raises(EncryptedPdf):
        picture(descriptor)
    with pytest.raises(WrongPassword):
        picture(descriptor, password="wrong")
    assert picture(descriptor, password="open", dpi=72)[0].size == (612, 792)


def test_a_damaged_file_is_one_of_our_errors(opened: Opened) -> None:
    with pytest.raises((DamagedPdf, PdfCompareError)):
        picture(opened(b"%PDF-1.7\n" + b"x" * 5000))


def test_a_photograph_becomes_a_jpeg() -> None:
    noise = Image.frombytes("RGB", (1000, 1000), os.urandom(3_000_000))
    data, media_type = encode(noise, "webp")
    assert media_type == "image/jpeg"
    assert len(data) < 1_200_000


def test_lossless_pictures_are_exact(opened: Opened) -> None:
    descriptor = opened(drawn(lines("The quick brown fox", "jumps over 13 lazy dogs")))
    exact, _ = picture(descriptor, dpi=100, format="png")
    webp, _ = picture(descriptor, dpi=100)
    assert webp.convert("RGB").tobytes() == exact.convert("RGB").tobytes()


def test_words_of_a_page_stand_where_they_are_drawn(opened: Opened) -> None:
    descriptor = opened(drawn(lines("Alpha"), lines("Beta gamma", x=200, y=500)))
    answer = page_text(Message({"page": 2}), [descriptor], lambda _: None)
    words = json.loads(bytes(answer.buffers["text"].data))["words"]
    assert [word[0] for word in words] == ["Beta", "gamma"]
    _, x0, y0, x1, y1 = words[0]
    left, top, right, bottom = dark_box(picture(descriptor, page=2, dpi=72, crop=[190, 280, 222, 310])[0])
    assert abs(x0 - (190 + left)) < 2
    assert x1 >= 190 + right - 2
    assert y0 <= 280 + top
    assert y1 >= 280 + bottom - 1


def test_crops_show_each_place_and_leave_out_what_cannot_be_drawn(opened: Opened) -> None:
    wanted = [[1, [72, 72, 108, 108]], [9, [0, 0, 10, 10]], [1, [5000, 0, 5010, 10]], [1, [0, 0, 612, 792]]]
    answer = crops(Message({"crops": wanted}), [opened(drawn(black_square))], lambda _: None)
    sizes = [len(answer.buffers[str(k)].data) for k in range(4)]
    assert sizes[1] == sizes[2] == 0
    square, whole = (Image.open(io.BytesIO(answer.buffers[k].data)).convert("L") for k in ("0", "3"))
    assert square.width <= CROP_PIXELS[0]
    assert square.height <= CROP_PIXELS[1]
    assert square.getpixel((square.width // 2, square.height // 2)) < 40  # type: ignore[operator]
    assert square.getpixel((2, 2)) > 215  # type: ignore[operator]
    assert whole.size == pytest.approx((CROP_PIXELS[1] * 612 / 792, CROP_PIXELS[1]), abs=4)
