"""What recognition takes for each other is told apart from what was changed."""

from __future__ import annotations

import pytest

from core.text.weighing import is_confusion


@pytest.mark.parametrize(
    ("old", "new"),
    [("1O0", "100"), ("modern", "modem"), ("Il", "11"), ("end.", "end"), ("“so”", "so"), ("5O kg", "50 kg")],
)
def test_confused_letters_and_lost_marks_are_the_recognisers(old: str, new: str) -> None:
    assert is_confusion(old, new)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("50", "51"),
        ("1.5", "15"),
        ("1,000", "1.000"),
        ("3", "8"),
        ("-5", "5"),
        ("not", ""),
        ("", ""),
        ("form", "from"),
        (".", ","),
    ],
)
def test_digits_signs_and_words_are_changes(old: str, new: str) -> None:
    assert not is_confusion(old, new)
