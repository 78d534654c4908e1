"""Pieces of pages to read for a question; found by their words alone where no index is at hand."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from core.assistant.evidence import Passage, text_of
from core.searching.folding import folded, words_of

CHUNK_WORDS, SHARED_WORDS = 220, 40
MOST_PASSAGES = 24
_STEM = 5  #: letters; words that begin with the same are forms of one, well enough in European languages
_FREQUENT = 0.5  #: share of the pieces from which a word tells nothing
_SATURATION, _LENGTH = 1.2, 0.75  #: k1 and b of Okapi BM25 (Robertson, Zaragoza 2009)


def pieces_of(body: str) -> list[tuple[int, int]]:
    """First and last words of the pieces of a page; each shares some words with the one before."""
    count = len(words_of(body))
    if count <= CHUNK_WORDS + SHARED_WORDS:
        return [(0, count - 1)] if count else []
    return [
        (start, min(start + CHUNK_WORDS, count) - 1)
        for start in range(0, count - SHARED_WORDS, CHUNK_WORDS - SHARED_WORDS)
    ]


def ranked(question: str, texts: Sequence[str]) -> list[int]:
    """The texts that share words with a question, by Okapi BM25, the best first; those without any are left out."""
    counts = [Counter(_stems(text)) for text in texts]
    asked = set(_stems(question))
    held = Counter(stem for count in counts for stem in asked & count.keys())
    usual = sum(map(Counter.total, counts)) / max(len(counts), 1) or 1.0
    scores = []
    for k, count in enumerate(counts):
        score = 0.0
        for stem in asked & count.keys():
            if held[stem] > max(2, _FREQUENT * len(counts)):
                continue
            rare = math.log(1 + (len(counts) - held[stem] + 0.5) / (held[stem] + 0.5))
            worn = _SATURATION * (1 - _LENGTH + _LENGTH * count.total() / usual)
            score += rare * count[stem] * (_SATURATION + 1) / (count[stem] + worn)
        if score:
            scores.append((-score, k))
    return [k for _, k in sorted(scores)]


def passages_of(pages: Sequence[tuple[int, str]], question: str) -> list[Passage]:
    """The pieces of a document that fit a question best, the best first; its beginning where no word of it fits.

    `pages` are numbers and bodies, as of the piece `index`.
    """
    pieces = [(number, body, first, last) for number, body in pages for first, last in pieces_of(body)]
    texts = [text_of(body, first, last) for _, body, first, last in pieces]
    chosen = ranked(question, texts)[:MOST_PASSAGES] or range(min(len(pieces), MOST_PASSAGES // 3))
    return [Passage(0, None, pieces[k][0], texts[k], pieces[k][1], b"", 1.0) for k in chosen]


def _stems(text: str) -> list[str]:
    return [token[:_STEM] for token in folded(text) if len(token) > 2 or not token.isascii() or token.isdigit()]
