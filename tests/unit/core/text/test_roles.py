"""What stands beside the running text."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.compare import compare
from core.model import Document, Words
from core.options import CompareOptions
from tests.builders import document

PROSE = (
    "The supplier shall deliver the goods within thirty days of the order and partial delivery needs the consent of "
    "the buyer who inspects every consignment on arrival and reports visible faults while hidden faults follow when "
    "they are found and payment falls due on the last working day of the following month so that late payment bears "
    "interest above the base rate unless neither party is liable for events that lie outside its own control"
)
TEXT = PROSE.split()


def told(old: Document, new: Document) -> list[tuple[str, str, str]]:
    found = compare(old, new, CompareOptions()).changes
    return [(c.kind, c.old.text if c.old else "", c.new.text if c.new else "") for c in found]


def numbered(words: list[str], width: int, height: int) -> Document:
    """Pages whose lines are numbered in the left margin, from 1 on each page."""
    lines = [" ".join(words[k : k + width]) for k in range(0, len(words), width)]
    pages = []
    for start in range(0, len(lines), height):
        rows: list[tuple[str, float, int]] = []
        for k, line in enumerate(lines[start : start + height]):
            rows += [(str(k + 1), 150.0 + 14 * k, 0), (line, 150.0 + 14 * k, 0)]
        pages.append(rows)
    made = document(*pages)
    box = made.words.box.copy()
    starts = np.flatnonzero(np.concatenate(([True], np.diff(made.words.line) != 0)))
    margin = np.isin(made.words.line, made.words.line[starts[::2]])
    box[margin] -= [40, 0, 40, 0]
    columns = {name: getattr(made.words, name) for name in Words.COLUMNS} | {"box": box}
    return replace(made, words=Words(made.words.vocabulary, **columns))


def test_line_numbers_in_the_margin_are_no_text() -> None:
    words = [f"{word}{k // 20}" for k, word in enumerate(TEXT * 2)]
    assert told(numbered(words, 8, 6), numbered(words, 11, 5)) == []


def test_a_change_beside_line_numbers_is_told_alone() -> None:
    words = [f"{word}{k // 20}" for k, word in enumerate(TEXT * 2)]
    edited = [*words[:30], "7", *words[31:]]
    assert told(numbered(words, 8, 6), numbered(edited, 11, 5)) == [("replaced", words[30], "7")]


def stamped(texts: list[str], stamp: str) -> Document:
    """Pages with a slanting word across their middle."""
    made = document(
        *(
            [*((line, 150.0 + 12 * k, 0) for k, line in enumerate(text.splitlines())), (stamp, 400.0, 3)]
            for text in texts
        )
    )
    angle = made.words.angle.copy()
    last = np.append(np.diff(made.words.page) != 0, True)
    line = np.isin(made.words.line, made.words.line[last])
    angle[line] = 45
    columns = {name: getattr(made.words, name) for name in Words.COLUMNS} | {"angle": angle}
    return replace(made, words=Words(made.words.vocabulary, **columns))


def test_a_watermark_that_changes_is_one_change() -> None:
    pages = [" ".join(TEXT[k : k + 20]) for k in range(0, 60, 20)]
    assert told(stamped(pages, "DRAFT"), stamped(pages, "FINAL COPY")) == [("replaced", "DRAFT", "FINAL COPY")]


def test_bates_numbers_are_silent_when_pages_shift() -> None:
    def filed(texts: list[str], first: int) -> Document:
        return document(*([(text, 150.0, 0), (f"ACME{first + k:06}", 780.0, 2)] for k, text in enumerate(texts)))

    pages = [" ".join(TEXT[k : k + 20]) for k in range(0, 60, 20)]
    assert told(filed(pages, 120), filed(pages, 220)) == []


def test_a_sentence_that_ends_several_pages_at_one_height_is_no_footer() -> None:
    def paged(numbers: list[int]) -> Document:
        pages: list[list[tuple[str, float, int]]] = []
        for k in range(12):
            body = [(" ".join(f"{word}{k}" for word in TEXT[5 * n : 5 * n + 5]), 150.0 + 14 * n, 0) for n in range(8)]
            end = [(f"The result can be seen in Figure {numbers[k]}.", 700.0, 0)] if k in (2, 3, 4) else []
            pages.append([*body, *end, (str(k + 1), 770.0, 2)])
        return document(*pages)

    found = told(paged(list(range(12))), paged([n + 10 if n == 3 else n for n in range(12)]))
    assert found == [("replaced", "3.", "13.")]


def test_notes_that_begin_with_a_level_number_are_footnotes() -> None:
    lines = [" ".join(TEXT[k : k + 6]) for k in range(0, 48, 6)]
    lines[1] += "¹"
    lines[6] += ".²"
    notes = ["1. Consent is given in writing.", "2. The base rate is that of the central bank."]

    def paged(*pages: tuple[list[str], list[str]]) -> Document:
        return document(
            *(
                [(text, 350.0 + 12 * k, 0) for k, text in enumerate(body)]
                + [(text, 700.0 + 11 * k, 2) for k, text in enumerate(below)]
                for body, below in pages
            )
        )

    whole = paged((lines, notes))
    assert told(whole, paged((lines[:5], notes[:1]), (lines[5:], notes[1:]))) == []
    edited = [notes[0], notes[1].replace("central", "federal")]
    assert told(whole, paged((lines[:5], edited[:1]), (lines[5:], edited[1:]))) == [("replaced", "central", "federal")]


def test_a_heading_that_the_running_head_of_the_other_document_quotes_is_text() -> None:
    lines = [" ".join(TEXT[k : k + 6]) for k in range(0, 60, 6)]

    def paged(size: int, headings: dict[int, tuple[str, int]]) -> Document:
        """Pages of `size` lines below a small head; before the line of that number a heading, at a height or below."""
        pages, head = [], ""
        for start in range(0, len(lines), size):
            rows, top = [], 84.0
            for k in range(start, min(start + size, len(lines))):
                if k in headings:
                    head, style = headings[k]
                    rows.append((head, top, style))
                    top += 24
                rows.append((lines[k], top, 0))
                top += 12
            pages.append([(head, 60.0, 2), *rows])
        return document(*pages)

    headings = {0: ("Terms of delivery", 3), 5: ("Faults and payment", 3)}
    assert told(paged(5, headings), paged(2, headings)) == []


def test_a_running_head_of_the_body_s_size_is_the_smaller_one_of_the_other_document() -> None:
    lines = [" ".join(TEXT[k : k + 6]) for k in range(0, 60, 6)]

    def paged(size: int, style: int) -> Document:
        return document(
            *(
                [("Annual report of the group", 50.0 + 6 * style, style)]
                + [(text, 90.0 + 12 * k, 0) for k, text in enumerate(lines[start : start + size])]
                for start in range(0, len(lines), size)
            )
        )

    # One page alone has no running line of its own: only the other document tells that it is one.
    assert told(paged(10, 0), paged(5, 2)) == []
