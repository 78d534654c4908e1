"""Pictures for reports, cut in real children."""

from __future__ import annotations

import io
from base64 import b64decode
from pathlib import Path

import pytest
from PIL import Image

from core.faces.selection import Selection
from core.options import Limits
from core.thumbnails import sides_shown, thumbnails
from tests.results import Json, change, result, side
from tests.unit.core.pdfs import drawn

RED, BLUE = (1, 0, 0), (0, 0, 1)


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """Old with a red, new with a blue square, an inch from the left and the top."""
    made = {}
    for name, colour in (("old", RED), ("new", BLUE)):
        made[name] = tmp_path / f"{name}.pdf"

        def square(canvas: object, colour: tuple[int, int, int] = colour) -> None:
            canvas.setFillColorRGB(*colour)  # type: ignore[attr-defined]
            canvas.rect(72, 792 - 144, 72, 72, stroke=0, fill=1)  # type: ignore[attr-defined]

        made[name].write_bytes(drawn(square))
    return made


def cut(report: Json, files: dict[str, Path], **choices: object) -> dict[str, dict[str, str]]:
    with files["old"].open("rb") as old, files["new"].open("rb") as new:
        handles = {"old": old.fileno(), "new": new.fileno()}
        return thumbnails(report, handles, limits=Limits(), **choices)  # type: ignore[arg-type]


def middle(address: str) -> tuple[int, ...]:
    image = Image.open(io.BytesIO(b64decode(address.removeprefix("data:image/webp;base64,")))).convert("RGB")
    return image.getpixel((image.width // 2, image.height // 2))  # type: ignore[return-value]


BOX = (72.0, 72.0, 144.0, 144.0)
SWAPPED = change("replaced", side("", box=BOX), side("", box=BOX), layer="image", id="i-1")


def test_each_side_is_cut_from_its_own_document(files: dict[str, Path]) -> None:
    found = cut(result(SWAPPED, change("inserted", None, side("x"))), files)
    assert set(found) == {"i-1"}
    assert middle(found["i-1"]["old"]) == pytest.approx((255, 0, 0), abs=8)
    assert middle(found["i-1"]["new"]) == pytest.approx((0, 0, 255), abs=8)


def test_a_side_without_the_image_has_no_picture(files: dict[str, Path]) -> None:
    gone = change("deleted", side("", box=BOX), None, layer="image", id="i-2")
    assert set(cut(result(gone), files)["i-2"]) == {"old"}


def test_a_document_that_cannot_be_opened_gives_none(files: dict[str, Path]) -> None:
    files["old"].write_bytes(b"no pdf")
    assert set(cut(result(SWAPPED), files)["i-1"]) == {"new"}


def test_no_document_is_opened_where_no_picture_is_told(files: dict[str, Path]) -> None:
    report = result(SWAPPED, change("inserted", None, side("x")))
    assert sides_shown(report) == ("old", "new")
    assert sides_shown(report, Selection(layers={"text"})) == ()
    assert cut(report, files, selection=Selection(layers={"text"})) == {}
