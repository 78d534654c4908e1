"""What the command answers to the shell."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """The exit codes, the same for every command."""

    SAME = 0  #: every page was compared and there is no change; for other commands: done
    CHANGED = 1  #: changes were found
    TROUBLE = 2  #: wrong usage, unusable input, or a page that could not be compared while no change was found
    INTERRUPTED = 130  #: Ctrl-C
