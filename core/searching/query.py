"""What people type: words, "phrases in quotes", begin* and -without; and where a page holds it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from core.errors import InputError
from core.searching.folding import Token, sought

MOST_TERMS = 20
MOST_CHARACTERS = 400
#: Names of lexemes in the index: as written, and by the stem of a language.
WRITTEN = "="
STEMS: Mapping[str, str] = {"english": "e:", "german": "d:", "french": "f:", "spanish": "s:"}
_TERM = re.compile(r'(-?)(?:"([^"]*)"?|“([^”]*)”?|([^\s"“”]+))(\*?)')


class BadQuery(InputError):
    """There is nothing to search for."""

    code = "bad_query"
    remedy = 'Type a word, "a phrase", the beginning of a word with *, and what must not be there with - in front.'


@dataclass(frozen=True, slots=True)
class Term:
    """One thing that a page must have, or must not.

    Attributes:
        tokens: One after the other on the page.
        is_exact: As written; else other forms of the word count too.
        is_prefix: The last token may go on.
        is_excluded: No page with it.
    """

    tokens: tuple[str, ...]
    is_exact: bool = False
    is_prefix: bool = False
    is_excluded: bool = False

    @property
    def has_forms(self) -> bool:
        """Whether its other forms count."""
        return len(self.tokens) == 1 and not self.is_exact and not self.is_prefix


def parsed(text: str) -> tuple[Term, ...]:
    """The terms of a query.

    Raises:
        BadQuery: It has none that a page could have, or too many.
    """
    if len(text) > MOST_CHARACTERS:
        raise BadQuery(f"The search has more than {MOST_CHARACTERS} characters.", remedy="Search for fewer words.")
    terms: list[Term] = []
    for minus, quoted, curled, bare, star in _TERM.findall(text):
        is_phrase = bool(quoted or curled)
        inner = quoted or curled or bare
        is_prefix = bool(star) or inner.endswith("*")
        tokens, prefix = sought(inner, is_prefix=is_prefix)
        if tokens:
            terms.append(Term(tuple(tokens), is_phrase, prefix, bool(minus)))
    if len(terms) > MOST_TERMS:
        raise BadQuery(f"The search has more than {MOST_TERMS} words.", remedy="Search for fewer words.")
    if all(term.is_excluded for term in terms):
        raise BadQuery()
    return tuple(dict.fromkeys(terms))


def tsquery(terms: Iterable[Term], stems: Mapping[str, Mapping[str, str]]) -> str:
    """The query in the form of PostgreSQL's `tsquery`.

    Args:
        terms: As parsed.
        stems: By token, by language, its stem.
    """
    parts = []
    for term in terms:
        if term.has_forms:
            names = [WRITTEN + term.tokens[0], *lexemes(stems.get(term.tokens[0], {}))]
            part = " | ".join(map(_quoted, names))
        else:
            part = " <-> ".join(_quoted(WRITTEN + token) for token in term.tokens)
            part += ":*" if term.is_prefix else ""
        parts.append(f"!({part})" if term.is_excluded else f"({part})")
    return " & ".join(parts)


def lexemes(by_language: Mapping[str, str]) -> list[str]:
    """The names of a word's stems in the index."""
    return [STEMS[language] + stem for language, stem in by_language.items()]


def _quoted(lexeme: str) -> str:
    escaped = lexeme.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


def places(terms: Sequence[Term], tokens: Sequence[Token], by_stem: Mapping[str, set[int]]) -> list[tuple[int, int]]:
    """Where a page holds the terms: first and last word of each place, in order, each once.

    Args:
        terms: As parsed; excluded ones are nowhere.
        tokens: Of the page.
        by_stem: By token of a term, positions from 1 at which another form of it stands.
    """
    found: set[tuple[int, int]] = set()
    texts = [token.text for token in tokens]
    for term in terms:
        if term.is_excluded:
            continue
        if term.has_forms:
            found |= {
                (tokens[p - 1].first, tokens[p - 1].last) for p in by_stem.get(term.tokens[0], ()) if p <= len(tokens)
            }
        *before, last = term.tokens
        count = len(term.tokens)
        for k in range(len(texts) - count + 1):
            ending = texts[k + count - 1]
            if (ending == last or (term.is_prefix and ending.startswith(last))) and texts[k : k + count - 1] == before:
                found.add((tokens[k].first, tokens[k + count - 1].last))
    return sorted(found)
