"""In which language a document is written, by its most frequent small words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

OTHER = "simple"  #: words are found as written
LANGUAGES = ("english", "german", "french", "spanish", OTHER)
#: So many small words must be there, and so many times more than of any other language.
LEAST_WORDS, LEAST_SHARE, CLEARLY = 5, 0.02, 1.3

SMALL_WORDS: Mapping[str, frozenset[str]] = {
    "english": frozenset(
        [
            "the",
            "of",
            "and",
            "to",
            "in",
            "is",
            "that",
            "for",
            "it",
            "as",
            "with",
            "on",
            "by",
            "be",
            "this",
            "are",
            "from",
            "at",
            "or",
            "which",
            "not",
            "have",
            "an",
            "was",
            "shall",
        ]
    ),
    "german": frozenset(
        [
            "der",
            "die",
            "und",
            "das",
            "den",
            "von",
            "zu",
            "mit",
            "sich",
            "des",
            "auf",
            "fur",
            "ist",
            "im",
            "dem",
            "nicht",
            "ein",
            "eine",
            "als",
            "auch",
            "es",
            "an",
            "werden",
            "aus",
            "bei",
        ]
    ),
    "french": frozenset(
        [
            "le",
            "la",
            "les",
            "et",
            "des",
            "du",
            "une",
            "est",
            "dans",
            "que",
            "pour",
            "qui",
            "par",
            "sur",
            "au",
            "aux",
            "ce",
            "pas",
            "plus",
            "avec",
            "sont",
            "ou",
            "cette",
            "il",
            "elle",
        ]
    ),
    "spanish": frozenset(
        [
            "el",
            "los",
            "las",
            "y",
            "del",
            "una",
            "por",
            "con",
            "para",
            "es",
            "se",
            "lo",
            "como",
            "al",
            "su",
            "mas",
            "pero",
            "sus",
            "este",
            "entre",
            "esta",
            "ser",
            "cuando",
            "muy",
        ]
    ),
}


def language_of(tokens: Iterable[str]) -> str:
    """One of `LANGUAGES`, from folded tokens; `OTHER` where nothing is clear."""
    counts: Counter[str] = Counter()
    total = 0
    for token in tokens:
        total += 1
        for language, small in SMALL_WORDS.items():
            counts[language] += token in small
    ranked = counts.most_common()
    if not ranked or ranked[0][1] < max(LEAST_WORDS, LEAST_SHARE * total) or ranked[0][1] < CLEARLY * ranked[1][1]:
        return OTHER
    return ranked[0][0]
