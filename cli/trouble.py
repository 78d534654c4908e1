"""Trouble is one line on stderr that names the file and says what to do."""

from __future__ import annotations

import sys

from cli.exit_codes import ExitCode
from core.errors import CannotWrite, PdfCompareError
from core.faces.plain import shown


def line(error: PdfCompareError, *, about: str, remedy: str | None = None) -> str:
    """`error[code] file: message remedy`, on one line whatever the parts hold."""
    if isinstance(error, CannotWrite):  # its message begins with the file it is about
        return shown(f"error[{error.code}] {error.message.rstrip('.')}. {remedy or error.help}")
    return shown(f"error[{error.code}] {about}: {error.message.rstrip('.')}. {remedy or error.help}")


def report(error: PdfCompareError, *, about: str, remedy: str | None = None) -> ExitCode:
    """Print `line` to stderr and return the exit code for trouble."""
    sys.stderr.write(line(error, about=about, remedy=remedy) + "\n")
    return ExitCode.TROUBLE
