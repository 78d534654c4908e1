"""Layers listed and switched, as the viewer draws them."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name
from PIL import Image

from core.engines.layer_switching import work
from core.engines.rendering import render
from core.wire import Message

NAMES = ("Walls", "Dimensions", "Hidden")


def layered(*, broken: bool = False) -> bytes:
    """A black square on each of three layers, from left to right; the third is not shown at first."""
    pdf = pikepdf.new()
    groups = [pdf.make_indirect(Dictionary(Type=Name.OCG, Name=name)) for name in NAMES]
    squares = b"".join(b"/OC /L%d BDC %d 50 40 40 re f EMC " % (k, 20 + 100 * k) for k in range(3))
    properties = Dictionary({f"/L{k}": group for k, group in enumerate(groups)})
    pdf.add_blank_page(page_size=(320, 140))
    pdf.pages[0].obj.Contents = pdf.make_stream(squares)
    pdf.pages[0].obj.Resources = Dictionary(Properties=properties)
    config = Dictionary(OFF=Array([groups[2]]), Order=Array(groups))
    pdf.Root.OCProperties = Dictionary(OCGs=Name.Wrong if broken else Array(groups), D=config)
    stream = io.BytesIO()
    pdf.save(stream)
    return stream.getvalue()


def dark(data: bytes, tmp_path: Path, shown: list[int] | None) -> list[bool]:
    """Which of the three squares are drawn."""
    header: dict[str, Any] = {"page": 1, "dpi": 72, "format": "png"} | ({} if shown is None else {"layers": shown})
    answer = render(Message(header), [descriptor(data, tmp_path)], lambda _: None)
    image = Image.open(io.BytesIO(answer.buffers["image"].data)).convert("L")
    return [image.getpixel((40 + 100 * k, 70)) == 0 for k in range(3)]


def descriptor(data: bytes, tmp_path: Path) -> int:
    path = tmp_path / "file.pdf"
    path.write_bytes(data)
    return os.open(path, os.O_RDONLY)


def listed(data: bytes, tmp_path: Path) -> list[list[Any]]:
    answer = work(Message({}), [descriptor(data, tmp_path)], lambda _: None)
    found: list[list[Any]] = json.loads(bytes(answer.buffers["layers"].data))["layers"]
    return found


def test_layers_are_listed_with_what_is_shown_at_first(tmp_path: Path) -> None:
    assert listed(layered(), tmp_path) == [["Walls", True], ["Dimensions", True], ["Hidden", False]]


@pytest.mark.parametrize(
    ("shown", "drawn"),
    [
        (None, [True, True, False]),
        ([], [False, False, False]),
        ([2], [False, False, True]),
        ([0, 1, 2], [True, True, True]),
        ([1, 99], [False, True, False]),
    ],
)
def test_just_the_chosen_layers_are_drawn(tmp_path: Path, shown: list[int] | None, drawn: list[bool]) -> None:
    assert dark(layered(), tmp_path, shown) == drawn


def test_a_file_without_layers_or_with_broken_ones_is_drawn_as_it_is(tmp_path: Path) -> None:
    plain = pikepdf.new()
    plain.add_blank_page(page_size=(320, 140))
    stream = io.BytesIO()
    plain.save(stream)
    assert listed(stream.getvalue(), tmp_path) == []
    assert dark(stream.getvalue(), tmp_path, [0]) == [False, False, False]
    assert listed(layered(broken=True), tmp_path) == []
    assert dark(layered(broken=True), tmp_path, [0]) == dark(layered(broken=True), tmp_path, None)
