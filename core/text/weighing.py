"""The severity of changed words in their place: with the words around, their line, and the pages they may refer to."""

from __future__ import annotations

import re
from functools import cached_property

from core.alignment import Alignment
from core.model import Flag, Severity
from core.text.numbering import Numbering
from core.text.references import PageReferences
from core.text.severity import PAGE_REFERENCE, REASONS, severity_of
from core.text.tokens import Tokens

AROUND = 4  #: unchanged words on each side that may say what a number is
#: What recognition takes for each other, as it is spelled and as it is compared; each group holds one digit at most.
_CONFUSED = (("rn", "m"), ("vv", "w"), ("cl", "d"), ("O", "0"), ("o", "0"), ("I", "1"), ("l", "1"), ("|", "1"))
_MARKS = re.compile(r"[^\w.,%+-]|[.,](?!\d)")  #: lost or found at will, but not within a number
_ITEM_NUMBER = re.compile(r"^(?:\(?\d{1,3}(?:\.\d{1,3})*[.)]|\(?[a-z][.)])$")
_ENDED = re.compile(r"[.!?:;。！？][\"')\]]*$")


class Weighing:
    """Weighs the changes of one comparison."""

    def __init__(self, aligned: Alignment) -> None:
        self._tokens = aligned.tokens
        #: The words around are equal as they are compared, not as they are written: one side's, whichever is old.
        self._side = aligned.first
        self._printer = aligned.printers[self._side]
        self._references = PageReferences(aligned)
        self._aligned = aligned

    @cached_property
    def _numbering(self) -> Numbering:
        return Numbering(self._aligned)

    def weigh(
        self, texts: tuple[str, str], start: tuple[int, int], stop: tuple[int, int], flags: int
    ) -> tuple[Severity, str]:
        """Severity and reason of a change.

        Args:
            texts: Old and new words.
            start: Old and new token with which it begins, or before which it stands.
            stop: Old and new token after it.
            flags: All bits of `Flag` that its words have.
        """
        before, after = self._same_around(start, stop)
        first, last = start[self._side], stop[self._side]
        near = self._printer.text(first - before, first), self._printer.text(last, last + after)
        severity, reason = severity_of(*texts, *near)
        if severity is Severity.MAJOR and self._references.explain(*texts, start):
            reason = PAGE_REFERENCE
        elif severity is Severity.MAJOR and (
            all(_numbers_an_item(tokens, a, b) for tokens, a, b in zip(self._tokens, start, stop, strict=True))
            or self._numbering.explain(*texts, start)
        ):
            reason = "numbering"
        if flags & Flag.OCR and is_confusion(*texts):
            reason = "recognition"
        severity = REASONS[reason]
        if flags & Flag.OCR and severity is Severity.MAJOR:
            severity = Severity.NORMAL  # a misread character is no change of the document
        return severity, reason

    def _same_around(self, start: tuple[int, int], stop: tuple[int, int]) -> tuple[int, int]:
        """How many words before and after are the same on both sides, at most `AROUND`."""
        old, new = self._tokens
        before = after = 0
        while (
            before < AROUND and min(start) > before and old.key[start[0] - before - 1] == new.key[start[1] - before - 1]
        ):
            before += 1
        while (
            after < AROUND
            and stop[0] + after < len(old)
            and stop[1] + after < len(new)
            and old.key[stop[0] + after] == new.key[stop[1] + after]
        ):
            after += 1
        return before, after


def is_confusion(old: str, new: str) -> bool:
    """Whether two texts differ only by what recognition takes for each other; never by one digit for another."""
    if not old or not new:
        return False
    return _folded(old) == _folded(new) != ""


def _folded(text: str) -> str:
    for letters, one in _CONFUSED:
        text = text.replace(letters, one)
    return _MARKS.sub("", text).casefold()


def _numbers_an_item(tokens: Tokens, start: int, stop: int) -> bool:
    """Whether a token is the number of a list item: first of its line, after an ended sentence, before a capital."""
    if stop != start + 1 or not _ITEM_NUMBER.match(tokens.keys[tokens.key[start]]):
        return False
    words = tokens.document.words
    here = int(tokens.order[tokens.first[start]])
    if start:
        last = int(tokens.order[tokens.first[start] - 1])
        if words.line[last] == words.line[here] or not _ENDED.search(words.text(last)):
            return False
    return stop < len(tokens) and words.text(int(tokens.order[tokens.first[stop]]))[:1].isupper()
