"""What a terminal needs: colour where it is wanted, its width, and one line that moves."""

from __future__ import annotations

import os
import shutil
import time
from typing import TextIO

_CODES = {"green": "32", "red": "31", "yellow": "33", "blue": "34", "magenta": "35", "bold": "1", "dim": "2"}


def is_terminal(stream: TextIO) -> bool:
    """Whether a person is likely to be looking."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


class Ink:
    """Colours a text when the stream is a terminal and NO_COLOR is not set (https://no-color.org)."""

    def __init__(self, stream: TextIO) -> None:
        self.is_on = is_terminal(stream) and not os.environ.get("NO_COLOR")

    def __call__(self, text: str, *names: str) -> str:
        if not self.is_on or not names:
            return text
        return f"\033[{';'.join(_CODES[name] for name in names)}m{text}\033[0m"


def width(stream: TextIO, otherwise: int) -> int:
    """Columns of the terminal, or `otherwise` where there is none."""
    return shutil.get_terminal_size((otherwise, 24)).columns if is_terminal(stream) else otherwise


class Bar:
    """A progress bar on one line of a terminal; silent anywhere else. Draws at most ten times a second."""

    CELLS = 24

    def __init__(self, stream: TextIO, *, quiet: bool = False) -> None:
        self._stream = stream if not quiet and is_terminal(stream) else None
        self._drawn_at = 0.0
        self._length = 0

    def show(self, label: str, done: int, total: int) -> None:
        """Draw `label` with `done` of `total`; a total of 0 draws the label alone."""
        now = time.monotonic()
        if self._stream is None or (now - self._drawn_at < 0.1 and done < total):
            return
        self._drawn_at = now
        cells = self.CELLS * min(done, total) // total if total else 0
        bar = f" {'█' * cells}{'░' * (self.CELLS - cells)} {done:,} of {total:,}" if total else " …"
        self._write(f"{label:<14}{bar}")

    def clear(self) -> None:
        """Leave the line empty."""
        if self._stream is not None and self._length:
            self._write("")
            self._stream.write("\r")
            self._stream.flush()

    def _write(self, line: str) -> None:
        assert self._stream is not None
        self._stream.write("\r" + line.ljust(self._length))
        self._stream.flush()
        self._length = len(line)
