"""Which pages are recognised, and what failing pages cost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.errors import TimedOut
from core.ocr import installed
from core.ocr.recognising import Recognised, unseen_pages
from core.wire import Message


def row(number: int, *codes: str, compared: bool = True) -> list[Any]:
    notices = [{"code": code, "message": "", "page": number} for code in codes]
    return [number, 612.0, 792.0, ["text"] if compared else [], notices, ""]


PARTS = [
    Message({"pages": [row(1), row(2, "no_text", compared=False), row(3, "page_failed", compared=False)]}),
    Message({"pages": [row(4, "suspect_text"), row(5, "scan_text")]}),
]


@pytest.mark.parametrize(("mode", "pages"), [("auto", [2, 4]), ("always", [1, 2, 4, 5]), ("never", [])])
def test_pages_whose_text_cannot_be_read_are_recognised(mode: str, pages: list[int]) -> None:
    assert unseen_pages(PARTS, mode) == pages


@pytest.mark.parametrize("order", [(2, 3, 5, 6, 7), (6, 7, 5, 3, 2), (5, 2, 7, 3, 6)])
def test_which_pages_count_as_failed_does_not_depend_on_who_was_first(order: tuple[int, ...]) -> None:
    one = Recognised(wanted=list(range(1, 9)), languages=["eng"], missing=[])
    one.words = {1: (b"[]", 0.0), 4: (b"[]", 0.0), 8: (b"[]", 0.0)}
    for page in order:
        one.fail(page, TimedOut("took too long."), most=3)
    one.settled(most=3)
    assert sorted(one.words) == [1, 4]
    assert sorted(one.failed) == [2, 3, 5, 6, 7, 8]
    assert one.failed[6] == one.failed[8] == "it was not tried, because 3 others had failed."


def test_installed_languages_are_those_of_the_folder_that_tesseract_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("deu", "osd", "eng"):
        (tmp_path / f"{name}.traineddata").write_bytes(b"x" * 7)
    monkeypatch.setenv(installed.OWN_DATA, str(tmp_path))
    assert installed.languages() == ["deu", "eng"]
    assert installed.has_orientation()
    assert ["deu.traineddata", 7] in installed.fingerprint(["deu"])
