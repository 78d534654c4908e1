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


def test_a_word_is_looked_for_where_most_of_its_neighbours_went() -> None:
    """Of its line all but the last word stayed: between where those stand and where that one went is nothing."""
    old = scanned("one two three four five six seven apples eight\nnine ten eleven")
    new = scanned("one two three four five six seven interacting\neight nine ten eleven")
    aligned = align(old, new, CompareOptions())
    gone = int(np.flatnonzero(aligned.unmatched(0))[0])
    carried = doubts._Places(aligned).of(0, gone)
    assert carried is not None
    assert abs(carried[2][0].shift) < 1


def test_a_word_recognised_without_its_blanks_is_unchanged_when_its_parts_were_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    old = scanned("see 1 Addtheamounts. of all and line4c or none of them")
    new = document("see 1 Add the amounts of all and line 5c or none of them")
    aligned = align(old, new, CompareOptions())

    def look(_: Any, __: Any, ___: Any, seen: tuple[dict[int, float], dict[int, float]]) -> int:
        for side, alike in ((0, 0.9), (1, 0.99)):
            seen[side].update(dict.fromkeys(np.flatnonzero(aligned.unmatched(side)).tolist(), alike))
        return 0

    monkeypatch.setattr(doubts, "_look", look)
    found = doubts.doubts_of(aligned, object())  # type: ignore[arg-type]
    tokens = aligned.tokens[0]
    told = np.flatnonzero(aligned.unmatched(0) & ~found.unchanged[0]).tolist()
    assert [tokens.keys[tokens.key[k]] for k in told] == ["line4c"]
