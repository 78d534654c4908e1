"""Regular expressions that users give: RE2, whose time grows with the text and with nothing else.

A time limit would make a result depend on how busy the machine is; an engine that cannot run away needs none. What RE2
leaves out for that (back references, looking ahead and behind) is refused with its reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from core.errors import OptionsError

MOST_CHARACTERS = 500  #: of one pattern
_MEMORY_BYTES = 1 << 20  #: of one compiled pattern; counted repetitions within others grow beyond it


class Pattern:
    r"""One compiled pattern.

    `\d`, `\w` and `\b` know ASCII only; `\p{L}` and `\p{N}` are the letters and digits of all scripts.
    """

    def __init__(self, text: str) -> None:
        import re2

        settings = re2.Options()
        settings.log_errors = False
        settings.max_mem = _MEMORY_BYTES
        self._compiled: Any = re2.compile(text, settings)

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """The matches from left to right, not overlapping, empty ones left out."""
        for match in self._compiled.finditer(text):
            start, stop = match.span()
            if stop > start:
                yield start, stop

    def found_in(self, text: str) -> bool:
        """Whether it matches anywhere."""
        return self._compiled.search(text) is not None

    def without(self, text: str) -> str:
        """The text without what matches."""
        kept, at = [], 0
        for start, stop in self.spans(text):
            kept.append(text[at:start])
            at = stop
        return "".join((*kept, text[at:]))


@lru_cache(maxsize=256)
def compiled(text: str) -> Pattern:
    """The pattern ready to use.

    Raises:
        OptionsError: It is empty, too long, too large or not a regular expression of RE2.
    """
    if not text.strip() or len(text) > MOST_CHARACTERS or "\0" in text:
        raise OptionsError(
            f"pattern: must have 1 to {MOST_CHARACTERS} characters", remedy="Split it into several patterns."
        )
    import re2

    try:
        return Pattern(text)
    except re2.error as error:
        said = error.args[0] if error.args else "unreadable"
        reason = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
        raise OptionsError(
            f"pattern {text!r}: {reason}",
            remedy="Write a regular expression of RE2: no back references, no looking ahead or behind; "
            "repetitions of at most 1000.",
        ) from error
