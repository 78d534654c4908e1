"""Scans that were laid in the scanner upside down, or on their side, are compared turned, and that is said."""

from __future__ import annotations

import io
import random
import tempfile

import pytest
from PIL import Image, ImageDraw

from core.compare import compare
from core.engines.ocr_pictures import PagePictures
from core.engines.reading import read
from core.model import Comparison
from core.options import CompareOptions, Limits

SIZE = (827, 585)  #: dots of A4 at 72 an inch, lying: a dot is a point
MARK = (500, 300, 560, 340)


def scan(turn: int, *, seed: int = 3, marked: bool = False) -> bytes:
    picture, at = Image.new("L", SIZE, 255), random.Random(seed)
    pen = ImageDraw.Draw(picture)
    for _ in range(40):
        x, y = at.randint(40, 700), at.randint(40, 480)
        pen.rectangle([x, y, x + at.randint(15, 90), y + at.randint(10, 60)], outline=0, width=2)
    if marked:
        pen.rectangle(MARK, fill=0)
    stream = io.BytesIO()
    picture.rotate(turn, expand=True).save(stream, "PDF", resolution=72)
    return stream.getvalue()


def compared(old: bytes, new: bytes) -> Comparison:
    with tempfile.TemporaryFile() as one, tempfile.TemporaryFile() as other:
        for file, data in ((one, old), (other, new)):
            file.write(data)
            file.flush()
        documents = [read(file.fileno(), limits=Limits()) for file in (one, other)]
        with PagePictures([one.fileno(), other.fileno()], [None, None], Limits(), lambda _: None) as pictures:
            return compare(documents[0], documents[1], CompareOptions(), pictures)


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_turned_scan_is_compared_turned(turn: int) -> None:
    found = compared(scan(0), scan(turn, marked=True))
    (change,) = [change for change in found.changes if change.layer == "image"]
    assert change.old is None and change.new is not None
    x0, y0, x1, y1 = MARK
    width, height = SIZE
    place = {90: (y0, width - x1, y1, width - x0), 180: (width - x1, height - y1, width - x0, height - y0)}
    place[270] = height - y1, x0, height - y0, x1
    assert change.new.regions[0].box == pytest.approx(place[turn], abs=5)
    lying = "upside down" if turn == 180 else "on its side"
    assert [lying in notice.message for notice in found.new.pages[0].notices if notice.code == "page_turned"] == [True]


def test_other_pictures_are_not_turned() -> None:
    found = compared(scan(0), scan(180, seed=4))
    assert [change.detail["reason"] for change in found.changes if change.layer == "image"] == ["page looks different"]
    assert not [notice for notice in found.new.pages[0].notices if notice.code == "page_turned"]
