"""The word diff alone: CPU seconds for half a million words, and how many words it tells beside the least possible."""

from __future__ import annotations

import random
import time

import numpy as np

from core.text.sequence import hunks

WORDS, VOCABULARY = 500_000, 20_000
LONGEST_EDIT = 10  #: words


def edited(share: float, words: int = WORDS, seed: int = 3) -> tuple[np.ndarray, np.ndarray, int]:
    """Two texts as numbers of words, by Zipf's law, and how many words the edits changed, an upper bound."""
    rng = random.Random(seed)
    weights = 1.0 / np.arange(1, VOCABULARY + 1)
    old = np.random.default_rng(seed).choice(VOCABULARY, size=words, p=weights / weights.sum()).astype(np.int64)
    parts, at, made, edits = [], 0, 0, int(words * share / ((1 + LONGEST_EDIT) / 2))
    places = sorted(rng.sample(range(words), edits))
    for place in places:
        if place < at:
            continue
        count, how = rng.randint(1, LONGEST_EDIT), rng.choice(("insert", "delete", "replace"))
        parts.append(old[at:place])
        at = place
        if how != "insert":
            at = min(place + count, words)
            made += at - place
        if how != "delete":
            parts.append(np.array([rng.randrange(VOCABULARY) for _ in range(count)], np.int64))
            made += count
    parts.append(old[at:])
    return old, np.concatenate(parts), made


def measured(share: float, words: int = WORDS) -> tuple[float, float]:
    """CPU seconds, and changed words beside those that the edits made."""
    old, new, made = edited(share, words)
    begun = time.process_time()
    found = hunks(old, new)
    took = time.process_time() - begun
    told = sum((hunk[1] - hunk[0]) + (hunk[3] - hunk[2]) for hunk in found)
    return took, told / made
