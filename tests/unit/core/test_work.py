"""How much work reading and comparing are, counted in calls, not in seconds: a hot path that grows fails here.

Calls of Python functions and of built-in ones are counted by `sys.setprofile`, those of PDFium by name. The budgets
are a fifth above what was counted when they were set; who makes something dearer on purpose raises one, and says why.
"""

from __future__ import annotations

import io
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import pytest
from reportlab.pdfgen.canvas import Canvas

from core import compare as conductor
from core.engines import pdfium, reading
from core.model import Document
from core.options import CompareOptions, Limits

PDFIUM_CALLS_PER_WORD = 6.0
CALLS_PER_PAGE, CALLS_PER_WORD = 1_850, 3.0  #: of reading
COMPARE_CALLS_PER_WORD, COMPARE_CALLS_PER_CHANGE = 15.0, 760
LINES, WORDS = 40, 8  #: of a page; words of a line
VOCABULARY = ["".join(random.Random(k).choices("abcdefghijklmnoprstuvw", k=2 + k % 7)) for k in range(900)]


def text_pdf(pages: int, *, changed: int = 0, order: Callable[[int], int] = int, per_line: int = WORDS) -> bytes:
    """Pages of a text by chance, the same for the same numbers; every `changed`-th word is another."""
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=(595, 842), invariant=True)
    for place in range(pages):
        number = order(place)
        rng, size = random.Random(number), min(10.0, 80 / per_line)
        text = canvas.beginText(60, 780)
        text.setFont("Helvetica", size, 17.5)
        for line in range(LINES):
            words = rng.choices(VOCABULARY, k=per_line)
            if changed:
                at = (number * LINES + line) * per_line
                words = [w + "qx" if (at + k) % changed == changed - 1 else w for k, w in enumerate(words)]
            text.textLine(" ".join(words))
        canvas.drawText(text)
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


def read(data: bytes, **more: bool) -> Document:
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        return reading.read(file.fileno(), limits=Limits(), **more)


@contextmanager
def calls() -> Iterator[Counter[str]]:
    """`python` and `builtin` calls made inside."""
    counted: Counter[str] = Counter()

    def look(frame: FrameType, event: str, argument: object) -> None:
        if event == "call":
            counted["python"] += 1
        elif event == "c_call":
            counted["builtin"] += 1

    before = sys.getprofile()
    sys.setprofile(look)
    try:
        yield counted
    finally:
        sys.setprofile(before)


@contextmanager
def pdfium_calls(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter[str]]:
    """Calls of PDFium's functions by name."""
    counted: Counter[str] = Counter()

    def counting(name: str, call: Any) -> Any:
        def run(*arguments: Any) -> Any:
            counted[name] += 1
            return call(*arguments)

        return run

    with monkeypatch.context() as patch:
        for name, value in list(vars(pdfium).items()):
            if type(value).__name__ == "_FuncPtr" and not name.startswith("_"):
                patch.setattr(pdfium, name, counting(name, value))
        yield counted


@pytest.fixture(scope="module")
def warm() -> None:
    """What is made once in a process is not counted."""
    documents = read(text_pdf(2)), read(text_pdf(2, changed=50))
    conductor.compare(*documents, CompareOptions())


def test_reading_asks_pdfium_a_few_times_a_word_and_not_more_on_longer_documents(
    warm: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    for pages in (4, 8):
        data = text_pdf(pages)
        with pdfium_calls(monkeypatch) as counted:
            words = len(read(data).words)
        found.append(counted.total() / words)
        assert counted["loose_box"] <= 2.1 * words, counted  # the first letter and the last
        assert counted["text_object"] <= 1.1 * words, counted
        assert counted["load_page"] == counted["load_text"] == pages
    assert max(found) <= PDFIUM_CALLS_PER_WORD, found
    assert found[1] <= 1.02 * found[0], found


def test_reading_takes_a_number_of_calls_that_grows_with_pages_and_not_with_words(warm: None) -> None:
    counts = {}
    for pages, per_line in ((4, 8), (8, 8), (4, 16)):
        data = text_pdf(pages, per_line=per_line)
        with calls() as counted:
            read(data)
        counts[pages, per_line] = counted.total()
    a_page = (counts[8, 8] - counts[4, 8]) / 4
    assert a_page <= CALLS_PER_PAGE, counts
    words = 4 * LINES * 8
    assert (counts[4, 16] - counts[4, 8]) / words <= CALLS_PER_WORD, counts


def test_reading_for_words_alone_looks_at_no_line_and_no_link(warm: None) -> None:
    data = text_pdf(4)
    with calls() as everything:
        read(data)
    with calls() as words:
        document = read(data, with_items=False, with_lines=False)
    assert len(document.words) == 4 * LINES * WORDS
    assert words.total() < everything.total()


def test_comparing_takes_calls_in_proportion_to_pages_and_changes(warm: None) -> None:
    counts = {}
    for pages, changed in ((10, 100), (20, 100), (10, 50)):
        documents = read(text_pdf(pages)), read(text_pdf(pages, changed=changed))
        with calls() as counted:
            result = conductor.compare(*documents, CompareOptions())
        assert len(result.changes) == pages * LINES * WORDS // changed
        counts[pages, changed] = counted.total()
    assert counts[20, 100] <= 2.1 * counts[10, 100], counts
    per_word = (counts[20, 100] - counts[10, 100]) / (10 * LINES * WORDS)
    assert per_word <= COMPARE_CALLS_PER_WORD, counts
    per_change = (counts[10, 50] - counts[10, 100]) / (10 * LINES * WORDS / 100)
    assert per_change <= COMPARE_CALLS_PER_CHANGE, counts


def test_a_document_in_reverse_and_one_of_tiny_words_cost_a_bounded_number_of_calls(warm: None) -> None:
    plain = read(text_pdf(12))
    costs = {}
    for name, other in (
        ("same order", text_pdf(12, changed=100)),
        ("reversed", text_pdf(12, order=lambda place: 11 - place)),
        ("nothing in common", text_pdf(12, order=lambda place: place + 1_000)),
    ):
        document = read(other)
        with calls() as counted:
            conductor.compare(plain, document, CompareOptions())
        costs[name] = counted.total()
    assert costs["reversed"] <= 4 * costs["same order"], costs
    assert costs["nothing in common"] <= 4 * costs["same order"], costs
    crowded = []
    for per_line in (60, 120):
        documents = read(text_pdf(1, per_line=per_line)), read(text_pdf(1, per_line=per_line, changed=400))
        with calls() as counted:
            conductor.compare(*documents, CompareOptions())
        crowded.append(counted.total())
    assert crowded[1] <= 2.3 * crowded[0], crowded
