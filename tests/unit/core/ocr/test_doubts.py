"""What of two readings of a scan is a difference of the documents."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.compare import align
from core.model import Document, Flag
from core.ocr import doubts
from core.options import CompareOptions
from tests.builders import document

LINE = "the meta-distribution, as it is called, is made of several parts"


def scanned(text: str, doubtful: str = "") -> Document:
    found = document(text)
    flags = found.words.flags | np.uint32(int(Flag.OCR))
    for k in range(len(found.words)):
        if found.words.text(k) == doubtful:
            flags[k] |= int(Flag.DOUBTFUL)
    return replace(found, words=replace(found.words, flags=flags))


def unchanged(old: Document, new: Document, alike: float, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The words of the old document that differ as read, with this likeness of their pictures, and are not told."""
    aligned = align(old, new, CompareOptions())

    def look(_: Any, __: Any, ___: Any, seen: tuple[dict[int, float], dict[int, float]]) -> int:
        for side in (0, 1):
            seen[side].update(dict.fromkeys(np.flatnonzero(aligned.unmatched(side)).tolist(), alike))
        return 0

    monkeypatch.setattr(doubts, "_look", look)
    found = doubts.doubts_of(aligned, object())  # type: ignore[arg-type]
    tokens = aligned.tokens[0]
    return [tokens.keys[tokens.key[k]] for k in found.tokens(0).tolist()]


@pytest.mark.parametrize(
    ("word", "doubtful", "alike", "told"),
    [
        ("meta-distribution',", True, 0.9, False),
        ("meta-distribution',", False, 0.9, True),
        ("meta-distribution',", True, 0.8, True),
        ("meta-distrihution,", True, 0.9, True),
        ("meta-distribution,7", True, 0.9, True),
        ("meta-distrihution,", True, 0.93, False),
    ],
    ids=[
        "a mark",
        "a mark read surely",
        "a mark seen to differ",
        "a letter",
        "a digit",
        "a letter that looks the same",
    ],
)
def test_a_doubtful_word_of_the_same_letters_needs_less_likeness(
    word: str, doubtful: bool, alike: float, told: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = scanned(LINE.replace("meta-distribution,", word), word if doubtful else "")
    found = unchanged(scanned(LINE), other, alike, monkeypatch)
    assert found == ([] if told else ["meta-distribution,"])
