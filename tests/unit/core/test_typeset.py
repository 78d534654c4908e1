import pytest

from core.typeset import Font, cut, lines, literal, width


def test_width_is_that_of_the_standard_metrics() -> None:
    assert width("Hello", Font.SANS, 10) == pytest.approx(22.78)
    assert width("€", Font.SERIF, 1000) == 500


def test_a_string_cannot_end_early() -> None:
    assert literal("a) Tj (\\") == rb"(a\) Tj \(\\)"


def test_lines_keep_to_the_measure_and_lose_no_word() -> None:
    text = "The quick brown fox jumps over the lazy dog"
    found = list(lines(text, Font.SERIF, 12, 80))
    assert " ".join(found) == text
    assert all(width(line, Font.SERIF, 12) <= 80 for line in found)


def test_a_text_that_is_too_wide_is_cut() -> None:
    short = cut("a very long file name.pdf", Font.SANS, 9, 60)
    assert short.endswith("…")
    assert width(short, Font.SANS, 9) <= 60
