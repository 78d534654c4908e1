"""The alignment is correct always, and minimal where it says so."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.text import sequence
from core.text.sequence import heaviest_chain, hunks

keys = st.lists(st.integers(1, 6), max_size=60)


def restored(old: list[int], new: list[int]) -> list[int]:
    """The new sequence, made from the old one and the hunks."""
    out: list[int] = []
    at = 0
    for i0, i1, j0, j1 in hunks(np.array(old, np.int32), np.array(new, np.int32)):
        out += old[at:i0] + new[j0:j1]
        at = i1
    return out + old[at:]


def lcs(old: list[int], new: list[int]) -> int:
    row = [0] * (len(new) + 1)
    for x in old:
        diagonal = 0
        for j, y in enumerate(new, 1):
            diagonal, row[j] = row[j], diagonal + 1 if x == y else max(row[j], row[j - 1])
    return row[-1]


@given(keys, keys)
def test_hunks_turn_old_into_new(old: list[int], new: list[int]) -> None:
    assert restored(old, new) == new


@given(keys, keys)
def test_short_sequences_are_aligned_minimally(old: list[int], new: list[int]) -> None:
    found = hunks(np.array(old, np.int32), np.array(new, np.int32))
    assert sum(i1 - i0 for i0, i1, _, _ in found) == len(old) - lcs(old, new)


@given(keys, keys)
@settings(max_examples=50)
def test_anchors_and_blocks_stay_correct(old: list[int], new: list[int]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sequence, "EXACT_CELLS", 4)
        patch.setattr(sequence, "LARGEST_CELLS", 30)
        assert restored(old, new) == new


def test_a_long_sequence_with_a_moved_block_keeps_the_rest() -> None:
    rng = np.random.default_rng(7)
    old = rng.integers(0, 5000, 60_000).astype(np.int32)
    new = np.concatenate((old[:10_000], old[12_000:40_000], old[10_000:12_000], old[40_000:]))
    assert sum(h[1] - h[0] for h in hunks(old, new)) <= 2100


def test_the_heaviest_chain_prefers_one_long_run_to_two_short_ones() -> None:
    assert heaviest_chain([5, 1, 2], [10, 3, 3]) == [0]
    assert heaviest_chain([1, 2, 3], [1, 1, 1]) == [0, 1, 2]
    assert heaviest_chain([], []) == []
