"""A file that says other words than it shows is read as it is shown; a replacement that helps is believed."""

from __future__ import annotations

import io
from pathlib import Path

import pikepdf
import pytest

from core.compare import compare
from core.model import Document
from core.options import CompareOptions
from tests.unit.core.engines.test_reading import read, texts
from tests.unit.core.pdfs import drawn, lines


def replaced(shown: str, said: str) -> bytes:
    """A page that shows one text in the middle of a line and gives another for it."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(drawn(lines("x")))) as pdf:
        span = f"/Span <</ActualText ({said})>> BDC ({shown}) Tj EMC"
        pdf.pages[0].Contents = pdf.make_stream(
            f"BT /F1 12 Tf 72 700 Td (We pay ) Tj {span} ( now and later) Tj ET".encode()
        )
        pdf.save(out)
    return out.getvalue()


def doubts(document: Document) -> list[str]:
    return [notice.code for page in document.pages for notice in page.notices]


def test_other_digits_than_shown_are_not_believed(tmp_path: Path) -> None:
    document = read(replaced("100", "200"), tmp_path)
    assert texts(document) == ["We", "pay", "100", "now", "and", "later"]
    assert doubts(document) == ["text_replaced"]


def test_a_change_behind_equal_replacements_is_told(tmp_path: Path) -> None:
    old, new = (read(replaced(shown, "200"), tmp_path) for shown in ("100", "300"))
    found = compare(old, new, CompareOptions(layers=("text", "table", "page"))).changes
    assert [(c.old.text, c.new.text) for c in found if c.old and c.new] == [("100", "300")]


@pytest.mark.parametrize(
    ("shown", "said"),
    [("suffi-", "sufficient"), ("evas", "save"), ("", "more"), ("\\001\\002", "save"), ("SAVE", "save")],
    ids=["broken word", "drawn in another order", "nothing shown", "codes without a meaning", "small capitals"],
)
def test_a_replacement_that_contradicts_nothing_is_read(shown: str, said: str, tmp_path: Path) -> None:
    document = read(replaced(shown, said), tmp_path)
    assert doubts(document) == []
    assert said in texts(document) or not shown
