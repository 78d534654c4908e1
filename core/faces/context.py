"""Where in its sentence a change stands."""

from __future__ import annotations

from itertools import takewhile

Around = tuple[str, str]


def located(
    old_sentence: str | None, new_sentence: str | None, old: str, new: str
) -> tuple[Around | None, Around | None]:
    """What stands before and after the changed words in the sentence of each side; None where that is not known.

    A word that occurs more than once is told apart by what both sentences begin with.
    """
    if not old_sentence or not new_sentence:
        return _found(old_sentence, old, 0), _found(new_sentence, new, 0)
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(old_sentence, new_sentence, strict=False)))
    return _found(old_sentence, old, same - len(old)), _found(new_sentence, new, same - len(new))


def _found(sentence: str | None, words: str, start: int) -> Around | None:
    if not sentence:
        return None
    if not words:
        return sentence, ""
    at = sentence.find(words, max(start, 0))
    if at < 0:
        at = sentence.find(words)
    return None if at < 0 else (sentence[:at].strip(), sentence[at + len(words) :].strip())
