"""Raised and lowered digits are read as what they are, by whatever means they were set."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas

from core.engines.pdfium_lines import woven
from core.model import Flag
from tests.unit.core.engines.test_reading import read, texts
from tests.unit.core.pdfs import drawn

#: Rise (in sizes of the base) and size (of the base) of what is raised and lowered: word processor, TeX, browser,
#: WeasyPrint, and one that only moves the baseline.
WAYS = [
    ((0.33, 0.58), (-0.09, 0.58)),
    ((0.36, 0.7), (-0.15, 0.7)),
    ((0.39, 0.83), (-0.2, 0.83)),
    ((0.45, 0.9), (-0.45, 0.9)),
    ((0.3, 1.0), (-0.2, 1.0)),
]


def typeset(
    parts: str, up: tuple[float, float], down: tuple[float, float], size: float = 12
) -> Callable[[Canvas], None]:
    """Draw one line; `^2` is raised and `_2` lowered, up to the next blank or `|`."""

    def draw(canvas: Canvas) -> None:
        x = 72.0
        for run in re.findall(r"[\^_][^ |]*|\|?[^\^_|]+", parts):
            rise, share = {"^": up, "_": down}.get(run[0], (0.0, 1.0))
            run = run.lstrip("^_|")
            canvas.setFont("Helvetica", size * share)
            canvas.drawString(x, 700 + rise * size, run)
            x += pdfmetrics.stringWidth(run, "Helvetica", size * share)

    return draw


@pytest.mark.parametrize(("up", "down"), WAYS)
def test_raised_and_lowered_digits_of_all_producers(
    up: tuple[float, float], down: tuple[float, float], tmp_path: Path
) -> None:
    line = "about 10^2 kg, 45 m^2|, H_2|O, CO_2|. (10^6|) and 10^-3 said Smith^3 there"
    found = " ".join(texts(read(drawn(typeset(line, up, down)), tmp_path))).replace(" ", "")
    assert found == "about10²kg,45m²,H₂O,CO₂.(10⁶)and10⁻³saidSmith³there"


def test_level_digits_stay(tmp_path: Path) -> None:
    line = "about 102 kg, 45 m2, H2O, 2020-11-02 and 1,234.5 in 1st"
    assert texts(read(drawn(typeset(line, *WAYS[0])), tmp_path)) == line.split()


def test_a_number_in_smaller_print_beside_a_word_is_not_raised(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 12)
        canvas.drawString(72, 700, "Total")
        canvas.setFont("Helvetica", 8)
        canvas.drawString(74 + pdfmetrics.stringWidth("Total", "Helvetica", 12), 700, "42")

    assert texts(read(drawn(draw), tmp_path))[-1].endswith("42")


def test_a_fraction_beside_a_sign_is_no_exponent(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 12)
        canvas.drawString(72, 700, "a +")
        canvas.setFont("Helvetica", 8)
        canvas.drawString(92, 705, "1")
        canvas.drawString(92, 695, "7")

    assert "1" in texts(read(drawn(draw), tmp_path))


def test_turned_text_is_judged_along_its_own_direction(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.translate(300, 100)
        canvas.rotate(90)
        canvas.translate(-72, -700)
        typeset("about 10^2 kg and 102 kg", *WAYS[1])(canvas)

    assert texts(read(drawn(draw), tmp_path)) == ["about", "10²", "kg", "and", "102", "kg"]


def test_invisible_text_of_a_scan_is_left_as_it_is(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        text = canvas.beginText(72, 700)
        text.setTextRenderMode(3)
        text.setFont("Helvetica", 12)
        text.textOut("10")
        text.setFont("Helvetica", 8)
        text.setRise(5)
        text.textOut("2")
        canvas.drawText(text)

    assert "".join(texts(read(drawn(draw), tmp_path))) == "102"


def test_characters_of_another_font_that_are_drawn_after_their_line_stand_in_it(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        for k in (0, 1):
            canvas.setFont("Helvetica", 12)
            canvas.drawString(72, 700 - 15 * k, "where a")
            canvas.drawString(130, 700 - 15 * k, "b holds for")
            canvas.drawString(205, 700 - 15 * k, "c alone")
            canvas.setFont("Courier", 12)
            canvas.drawString(118, 700 - 15 * k, "<")
            canvas.drawString(194, 700 - 15 * k, ">")

    document = read(drawn(draw), tmp_path)
    assert texts(document) == ["where", "a", "<", "b", "holds", "for", ">", "c", "alone"] * 2
    assert document.words.line.tolist() == [0] * 9 + [1] * 9


def test_words_drawn_over_a_line_are_not_mixed_into_it() -> None:
    def order(*starts: float) -> list[int] | None:
        """Of words 30 points wide on one level, of which each line of two begins where the pen jumps back."""
        n = len(starts)
        box = np.array([(x, 100, x + 30, 110) for x in starts], np.float32)
        columns = (np.ones(n, np.int32), box, np.zeros(n, np.int16), np.full(n, 10, np.float32), np.zeros(n, np.uint16))
        found = woven(np.arange(n) % 2 == 0, *columns)
        return None if found is None else found.tolist()

    assert order(0, 200, 60, 120) == [0, 2, 3, 1]
    assert order(0, 200, 20, 120) is None  # over a word
    assert order(0, 200, 60, 260) is None  # beyond the line
    assert order(200, 0, 60, 120) is None  # a line that runs the other way


def test_signs_drawn_before_or_after_a_line_from_right_to_left_stand_in_it() -> None:
    """LibreOffice draws dashes of another font first: they stand where they are seen."""

    def order(
        *words: tuple[float, bool] | tuple[float, bool, float], begins: tuple[int, ...] = (0,)
    ) -> list[int] | None:
        """Of words from right to left or signs, 30 points wide or as said; `begins` are those that begin a line."""
        n = len(words)
        box = np.array([(x, 100, x + (width[0] if width else 30), 110) for x, _, *width in words], np.float32)
        flags = np.array([int(Flag.RTL) if rtl else 0 for _, rtl, *_ in words], np.uint32)
        page, angle, size = np.ones(n, np.int32), np.zeros(n, np.int16), np.full(n, 10, np.float32)
        found = woven(np.isin(np.arange(n), begins), page, box, angle, size, flags)
        return None if found is None else found.tolist()

    body = [(300.0, True), (200.0, True), (100.0, True)]
    assert order((250, False), *body) == [1, 0, 2, 3]
    assert order((250, False), (150, False), *body, begins=(0, 1)) == [2, 0, 3, 1, 4]
    assert order(*body, (150, False)) == [0, 1, 3, 2]
    assert order(*body, (150, False), begins=(0, 3)) == [0, 1, 3, 2]
    assert order((210, False), *body) is None  # over a word
    assert order((87, False, 10), *body) == [1, 2, 3, 0]  # a sign at its end
    assert order((80, False, 10), *body) is None  # beyond the line
    assert order((67, False), *body) is None  # a word beside it
    assert order(*body) is None
    assert order((250, False), (100, True), (300, True), (200, True)) is None  # not one line from right to left


def test_the_mark_of_a_note_that_broke_from_its_word(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 10)
        canvas.drawString(72, 700, "by choosing first a country,")
        canvas.setFont("Helvetica", 7)
        canvas.drawString(72, 690, "4")
        canvas.setFont("Helvetica", 10)
        canvas.drawString(80, 686, "then a mirror in that country")
        canvas.drawString(72, 660, "4 then a level number")

    found = " ".join(texts(read(drawn(draw), tmp_path)))
    assert found == "by choosing first a country, ⁴ then a mirror in that country 4 then a level number"
