"""Every format of a stored result, and that documents are opened only where a format needs them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from api.schemas import ExportFormat
from core.codec import encode
from core.errors import OptionsError
from core.faces.selection import Selection
from core.options import Limits
from service.exports import FORMATS, Export, export
from tests.results import Json, change, result, side
from tests.unit.core.pdfs import drawn

WORDS = result(change("inserted", None, side("brand new")), change("deleted", side("gone"), None))
LOGO = result(change("replaced", side(""), side(""), layer="image", id="i-1"), pages=(1, 1))


class Opening:
    """Opens a PDF of one page and counts how often."""

    def __init__(self, path: Path) -> None:
        self.path, self.opened = path, list[int]()

    def __call__(self) -> int:
        self.opened.append(os.open(self.path, os.O_RDONLY))
        return self.opened[-1]


@pytest.fixture
def opening(tmp_path: Path) -> Opening:
    path = tmp_path / "x.pdf"
    path.write_bytes(drawn(lambda canvas: canvas.drawString(72, 690, "a")))
    return Opening(path)


def made(opening: Opening, format_: str, report: Json, **choices: object) -> Export:
    return export(format_, encode(report), old=opening, new=opening, limits=Limits(), **choices)  # type: ignore[arg-type]


def test_the_api_offers_the_formats_that_there_are() -> None:
    assert set(ExportFormat.Name.__args__) == set(FORMATS)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("format_", "media_type", "begin"),
    [
        ("json", "application/json", b"{"),
        ("html", "text/html; charset=utf-8", b"<!DOCTYPE html>"),
        ("md", "text/markdown; charset=utf-8", b"# old"),
        ("csv", "text/csv; charset=utf-8", b"\xef\xbb\xbfNo.,Id,Layer"),
        ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b"PK"),
    ],
)
def test_each_format_has_its_type_and_name_and_opens_no_document(
    opening: Opening, format_: str, media_type: str, begin: bytes
) -> None:
    found = made(opening, format_, WORDS)
    assert (found.media_type, found.filename) == (media_type, f"old - new.{format_}")
    assert found.data.startswith(begin)
    assert opening.opened == []


def test_filters_hold_for_csv_and_not_for_json(opening: Opening) -> None:
    chosen = Selection(kinds={"inserted"})
    assert b"gone" not in made(opening, "csv", WORDS, selection=chosen).data
    assert b"gone" in made(opening, "json", WORDS, selection=chosen).data


def test_a_redline_is_made_from_the_words_of_both_documents_which_are_closed(opening: Opening) -> None:
    found = made(opening, "docx", WORDS)
    assert (found.filename, found.data[:2]) == ("old - new.docx", b"PK")
    assert len(opening.opened) == 2
    for descriptor in opening.opened:
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(descriptor)


def test_pictures_are_cut_where_an_image_is_told_and_the_documents_closed(opening: Opening) -> None:
    assert made(opening, "html", LOGO).data.count(b"data:image/webp") == 2
    assert len(opening.opened) == 2
    for descriptor in opening.opened:
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(descriptor)


def test_an_unknown_format_is_refused(opening: Opening) -> None:
    with pytest.raises(OptionsError):
        made(opening, "odt", WORDS)
