"""How much work an alignment is, counted: texts made to be slow cost a bounded number of looks and cells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from core.text import sequence
from core.text.sequence import LARGEST_CELLS, MOST_LOOKS, hunks

Ints = sequence.Ints
N = 30_000
rng = np.random.default_rng(5)
PERIOD = np.resize(np.array([1, 2, 3, 2, 5], np.int32), N)
DISTINCT = np.arange(N, dtype=np.int32)


def fibonacci(n: int) -> Ints:
    """The Fibonacci word: it repeats itself everywhere and never with a period."""
    one, other = [1], [1, 2]
    while len(other) < n:
        one, other = other, other + one
    return np.array(other[:n], np.int32)


BAD: dict[str, tuple[Ints, Ints]] = {
    "all words equal": (np.ones(N, np.int32), np.ones(N - 7, np.int32)),
    "all words different": (DISTINCT, DISTINCT + N),
    "periodic": (PERIOD, PERIOD[3:]),
    "periodic, others": (PERIOD, np.resize(np.array([3, 2, 1], np.int32), N)),
    "self-similar": (fibonacci(N), fibonacci(N + 777)[777:]),
    "in reverse": (DISTINCT, DISTINCT[::-1].copy()),
    "shuffled": (DISTINCT, rng.permutation(DISTINCT)),
    "pages in reverse": (DISTINCT, DISTINCT.reshape(-1, 300)[::-1].ravel().copy()),
    "nested": (
        np.concatenate([np.full(N // 60, k, np.int32) for k in range(60)]),
        np.concatenate([np.full(N // 60, 59 - k, np.int32) for k in range(60)]),
    ),
}


def restored(old: Ints, new: Ints) -> list[int]:
    """The new text, made from the old one and the hunks."""
    out: list[int] = []
    at = 0
    for i0, i1, j0, j1 in hunks(old, new):
        out += old[at:i0].tolist() + new[j0:j1].tolist()
        at = i1
    return out + old[at:].tolist()


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """`looks`: items looked through for anchors; `cells`: of exact alignments."""
    counted: Counter[str] = Counter()

    def counting(name: str, size: Callable[..., int]) -> None:
        call = getattr(sequence, name)

        def run(old: Sequence[Any], new: Sequence[Any], *rest: Any) -> Any:
            counted[name] += size(old, new)
            return call(old, new, *rest)

        monkeypatch.setattr(sequence, name, run)

    counting("_anchors", lambda old, new: len(old) + len(new))
    counting("exact_blocks", lambda old, new: len(old) * len(new))
    return counted


@pytest.mark.parametrize("name", BAD)
def test_texts_made_to_be_slow_cost_a_bounded_number_of_looks_and_cells(name: str, work: Counter[str]) -> None:
    old, new = BAD[name]
    assert restored(old, new) == new.tolist()
    assert work["_anchors"] <= 12 * (len(old) + len(new)), work
    assert work["exact_blocks"] <= 1.1 * max(LARGEST_CELLS, np.sqrt(len(old) * len(new) * LARGEST_CELLS)), work


def test_a_text_with_edits_here_and_there_is_looked_through_a_few_times_only(work: Counter[str]) -> None:
    old = rng.zipf(1.3, 200_000).clip(max=20_000).astype(np.int32)
    new = np.delete(old, rng.choice(len(old), 2_000, replace=False))
    assert sum(stop - start for start, stop, _, _ in hunks(old, new)) == 2_000
    assert work["_anchors"] <= 3 * (len(old) + len(new)), work
    assert work["exact_blocks"] <= 40 * (len(old) + len(new)), work


def test_who_has_looked_often_enough_aligns_the_rest_without_anchors(
    work: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sequence, "MOST_LOOKS", 0)
    monkeypatch.setattr(sequence, "LARGEST_CELLS", 10_000_000)
    old = rng.integers(0, 500, 20_000).astype(np.int32)
    new = np.concatenate((old[:9_000], old[9_100:]))
    new[::500] = 999
    assert restored(old, new) == new.tolist()
    assert not work["_anchors"]
    assert MOST_LOOKS > 12
