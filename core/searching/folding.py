"""Words as they are searched for: without accents and capitals, scripts without blanks cut into pairs of characters.

The index and every query go through this module, so that both fold alike whatever the database has installed.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

#: Between the words of a page as stored: nothing was between two words; a word was broken at the end of a line.
GLUED, BROKEN = "\x1f", "\x1e"
#: Of one token; the database takes no lexeme of more than 2,046 bytes.
MOST_LETTERS = 200
#: Letters that no decomposition spells out.
_SPELLED = str.maketrans({"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ħ": "h"})
#: Marks that are folded away: of Latin, Greek and Cyrillic letters, Hebrew points, Arabic vowels.
_MARKS = (
    (0x0300, 0x036F), (0x0591, 0x05C7), (0x0610, 0x061A), (0x064B, 0x065F), (0x0670, 0x0670), (0x06D6, 0x06ED),
    (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0x20D0, 0x20FF),
)  # fmt: skip
#: Scripts that are written without blanks: Han, kana, Thai, Lao, Myanmar, Khmer.
_RUNS = (
    (0x2E80, 0x2FDF), (0x3005, 0x3007), (0x3040, 0x30FF), (0x31F0, 0x31FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF), (0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x20000, 0x3FFFF),
)  # fmt: skip


class Token(NamedTuple):
    """What is searched for, and the words of the page that it stands in: indices of the first and the last."""

    text: str
    first: int
    last: int


def _within(code: int, ranges: Sequence[tuple[int, int]]) -> bool:
    return any(low <= code <= high for low, high in ranges)


def is_run(character: str) -> bool:
    """Whether a character belongs to a script without blanks between words."""
    code = ord(character)
    return code >= 0x0E00 and _within(code, _RUNS)


@lru_cache(maxsize=200_000)
def folded(text: str) -> tuple[str, ...]:
    """The tokens of a text in order: letters and digits that stand together; each character of a run by itself."""
    if text.isascii():
        plain = text.lower()
    else:
        spread = unicodedata.normalize("NFKD", text)
        kept = "".join(c for c in spread if ord(c) < 0x300 or not _within(ord(c), _MARKS))
        plain = unicodedata.normalize("NFC", kept.casefold()).translate(_SPELLED)
    found: list[str] = []
    current = ""
    for c in plain:
        if is_run(c) and unicodedata.category(c)[0] in "LMN":
            if current:
                found.append(current)
                current = ""
            found.append(c)
        elif c.isalnum() or (current and unicodedata.category(c)[0] == "M"):
            current += c
        elif current:
            found.append(current)
            current = ""
    if current:
        found.append(current)
    return tuple(token[:MOST_LETTERS] for token in found)


def words_of(body: str) -> list[str]:
    """The words of a page as stored."""
    return body.replace(GLUED, " ").replace(BROKEN, " ").split(" ") if body else []


def tokens_of(body: str) -> list[Token]:
    """The tokens of a page as stored; their places in this list, from 1, are their positions in the index."""
    found: list[Token] = []
    run: list[tuple[str, int]] = []

    def close() -> None:
        if not run:
            return
        # Pairs, and the last character alone: so that one of a single character, and what ends here, is found.
        found.extend(Token(a[0] + b[0], a[1], b[1]) for a, b in pairwise(run))
        found.append(Token(run[-1][0], run[-1][1], run[-1][1]))
        run.clear()

    k = 0
    has_marks = GLUED in body or BROKEN in body
    if body.isascii() and not has_marks:  # most pages of most documents: nothing of what follows can be
        return [Token(text, k, k) for k, part in enumerate(body.split(" ")) for text in folded(part)]
    for part in body.split(" ") if body else ():
        close()
        if not has_marks and part.isascii():  # nearly every word of most documents
            found.extend([Token(text, k, k) for text in folded(part)])
            k += 1
            continue
        for glued in part.split(GLUED):
            pieces = glued.split(BROKEN)
            first, last = k, k + len(pieces) - 1
            k = last + 1
            for text in folded("".join(pieces)):
                if is_run(text[0]):
                    run.append((text, first))
                else:
                    close()
                    found.append(Token(text, first, last))
            if run and not is_run(glued[-1:] or " "):
                close()
    close()
    return found


def sought(text: str, *, is_prefix: bool = False) -> tuple[list[str], bool]:
    """The tokens that a text must have in the index, one after the other, and whether the last is a beginning."""
    found: list[str] = []
    run = ""

    def close(*, at_end: bool) -> None:
        nonlocal run
        found.extend(a + b for a, b in pairwise(run))
        # What follows in the text follows the run's last character in the index; at the end the run may go on.
        if len(run) == 1 or (run and not at_end):
            found.append(run[-1])
        run = ""

    ends_in_run = False
    for token in folded(text):
        if is_run(token[0]):
            run += token
        else:
            close(at_end=False)
            found.append(token)
        ends_in_run = is_run(token[0])
    alone = len(run) == 1
    close(at_end=True)
    return found, (alone if ends_in_run else is_prefix)
