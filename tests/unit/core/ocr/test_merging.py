"""Recognised words among the words of a document."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from core.blind import settle_blind_pages
from core.errors import BadOutput
from core.model import Document, Flag, Notice, PagePair
from core.ocr.merging import with_recognised
from core.wire import bytes_buffer
from tests.builders import document

ROW = ["word", 10.0, 10.0, 40.0, 20.0, 0, int(Flag.OCR | Flag.LINE_END), 10.0, 0]


def noted(whole: Document, number: int, code: str, *, compared: bool) -> Document:
    at = next(page for page in whole.pages if page.number == number)
    told = replace(at, compared=at.compared if compared else (), notices=(Notice(code, "", number),))
    pages = [told if page is at else page for page in whole.pages]
    return replace(whole, pages=tuple(pages))


def recognised(whole: Document, number: int, texts: list[str], confidence: float = 90.0, **more: Any) -> Document:
    rows = [[text, *ROW[1:5], k, *ROW[6:]] for k, text in enumerate(texts)]
    header = {
        "languages": ["eng"],
        "missing": [],
        "installed": True,
        "wanted": [number],
        "pages": [[number, confidence]],
        "failed": [],
        **more,
    }
    words = [rows] if header["pages"] else []
    return with_recognised(whole, header, bytes_buffer(json.dumps(words).encode()))


def texts(whole: Document) -> list[tuple[int, str]]:
    return [(int(page), whole.words.text(k)) for k, page in enumerate(whole.words.page)]


def codes(whole: Document, number: int) -> list[str]:
    return [notice.code for notice in whole.pages[number - 1].notices]


def blank_second() -> Document:
    return noted(document("one", "", "three"), 2, "no_text", compared=False)


def test_words_are_put_in_the_order_of_the_pages() -> None:
    found = recognised(blank_second(), 2, ["two", "and"])
    assert texts(found) == [(1, "one"), (2, "two"), (2, "and"), (3, "three")]
    assert found.words.line.tolist() == [0, 1, 2, 3]
    assert [bool(flags & Flag.OCR) for flags in found.words.flags] == [False, True, True, False]
    assert found.pages[1].compared == ("text", "ocr")
    assert codes(found, 2) == ["recognised_text"]
    assert Document.from_message(found.to_message()) is not None


def test_a_page_without_words_stays_a_picture() -> None:
    found = recognised(blank_second(), 2, [])
    assert found.pages[1].compared == ()
    assert codes(found, 2) == ["no_words"]
    noise = recognised(blank_second(), 2, ["~", "|,"], confidence=12)
    assert texts(noise) == [(1, "one"), (3, "three")]


def test_a_doubted_text_layer_gives_way_to_words_that_are_sure() -> None:
    doubted = noted(document("one", "t\ufffdo", "three"), 2, "suspect_text", compared=True)
    assert (2, "two") in texts(recognised(doubted, 2, ["two"]))
    assert (2, "t\ufffdo") not in texts(recognised(doubted, 2, ["two"]))
    unsure = recognised(doubted, 2, ["two"], confidence=50)
    assert (2, "t\ufffdo") in texts(unsure)
    assert codes(unsure, 2) == ["suspect_text"]


def test_a_doubted_text_layer_that_recognition_confirms_is_right() -> None:
    words = [f"{c}lm{c}dor{c}" for c in "abcdefghik"]
    doubted = noted(document("one", " ".join(words), "three"), 2, "suspect_text", compared=True)
    right = recognised(doubted, 2, [*words[:8], "other", "noise"])
    assert codes(right, 2) == []
    assert texts(right) == texts(doubted)
    assert not (right.words.flags & Flag.OCR).any()
    wrong = recognised(doubted, 2, [*words[:4], "other", "noise", "words", "entirely", "instead", "here"])
    assert codes(wrong, 2) == ["recognised_text"]


def test_a_layer_that_its_own_font_denies_is_not_confirmed_by_the_words_without_those_letters() -> None:
    words = [f"{c}lm{c}dor{c}" for c in "abcdefghik"]
    denied = noted(document("one", " ".join(words), "three"), 2, "contradicted_text", compared=True)
    found = recognised(denied, 2, [*words[:8], "other", "noise"])
    assert codes(found, 2) == ["recognised_text"]
    assert (2, "other") in texts(found) and (2, words[9]) not in texts(found)


def test_words_of_a_letterhead_are_not_taken_twice() -> None:
    head = noted(document("Invoice"), 1, "scanned_page", compared=True)
    box = head.words.box[0].tolist()
    rows = [["Invoice", *box, 0, *ROW[6:]], ["Total", 72.0, 400.0, 100.0, 410.0, 1, *ROW[6:]]]
    header = {"languages": ["eng"], "missing": [], "installed": True, "wanted": [1], "pages": [[1, 90.0]], "failed": []}
    found = with_recognised(head, header, bytes_buffer(json.dumps([rows]).encode()))
    assert texts(found) == [(1, "Invoice"), (1, "Total")]
    assert codes(found, 1) == ["recognised_text"]


@pytest.mark.parametrize(
    ("more", "code", "said"),
    [
        ({"installed": False}, "ocr_not_installed", "Tesseract is not installed. Install"),
        ({"missing": ["deu"]}, "ocr_language_missing", "deu"),
        ({"failed": [[2, "it took too long."]]}, "ocr_failed", "it took too long."),
    ],
)
def test_a_page_that_was_not_recognised_says_why(more: dict[str, Any], code: str, said: str) -> None:
    found = recognised(blank_second(), 2, [], **{"pages": [], **more})
    assert codes(found, 2) == ["no_text", code]
    assert said in found.pages[1].notices[1].message


@pytest.mark.parametrize(
    "rows",
    [
        [["word", 1, 2, 3, float("nan"), 0, 0, 10, 0]],
        [["", *ROW[1:]]],
        [["a", *ROW[1:5], 3, *ROW[6:]], ["b", *ROW[1:5], 1, *ROW[6:]]],
        [["short"]],
        7,
    ],
)
def test_words_of_another_form_are_refused(rows: object) -> None:
    header = {"languages": ["eng"], "missing": [], "installed": True, "wanted": [2], "pages": [[2, 90.0]], "failed": []}
    with pytest.raises(BadOutput):
        with_recognised(blank_second(), header, bytes_buffer(json.dumps([rows]).encode()))


def test_a_suspect_page_that_hardly_agrees_with_its_partner_is_not_compared_by_its_words() -> None:
    old, new = document("one two three four"), document("one 丂 丄 丅")
    pair = (PagePair(1, 1, 0.3),)
    found = settle_blind_pages(old, noted(new, 1, "suspect_text", compared=True), pair)
    assert [page.compared for side in found for page in side.pages] == [(), ()]
    assert codes(found[0], 1) == ["doubted_text"]
    agree = settle_blind_pages(old, noted(new, 1, "suspect_text", compared=True), (PagePair(1, 1, 0.8),))
    assert agree[0].pages[0].compared == ("text",)
    assert settle_blind_pages(old, new, pair)[0].pages[0].compared == ("text",)
