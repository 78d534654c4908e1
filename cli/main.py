"""The `pdf-compare` command: imports the one command that was asked for and answers with an exit code.

A command is a module with `add_parser(commands)`, which adds its sub-parser, and `run(arguments) -> int`. It is
imported only when its name stands on the command line, so that `compare` never pays for the web or the database.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any, NoReturn

from cli.exit_codes import ExitCode
from cli.trouble import report
from core.errors import OptionsError, PdfCompareError
from core.version import VERSION

#: command → (module, one line of help)
COMMANDS = {
    "compare": ("cli.compare", "compare two revisions of a PDF"),
    "extract": ("cli.extract", "take text, tables, fields, pictures and files out of a PDF"),
    "search": ("cli.search", "search all documents or changes of a running installation"),
    "summarize": ("cli.summarize", "what a result says, in sentences, for three readers"),
    "ask": ("cli.ask", "ask a language model about a PDF or a result, with proof"),
    "batch": ("cli.batch", "compare a folder with a folder, or one file with many"),
    "status": ("cli.status", "how comparisons and batches on a server stand"),
    "watch": ("cli.watch", "compare each new revision of the files in a folder with the one before"),
    "up": ("cli.up", "run the whole product on this machine: database, web server, workers"),
    "web": ("cli.web", "run the web server alone"),
    "worker": ("cli.worker", "run workers that take comparisons from the queue"),
    "jobs": ("cli.jobs", "list, watch, cancel and retry jobs"),
    "dead-letters": ("cli.dead_letters", "jobs that failed for good: list, analyse, retry, purge, export"),
    "user": ("cli.user", "people who may sign in: the first administrator, list, add, reset a password"),
    "migrate": ("cli.migrate", "bring the database to the current form"),
    "backup": ("cli.backup", "back up the database, the documents and the results; list and check backups"),
    "restore": ("cli.restore", "bring a backup back into an empty installation"),
    "profiles": ("cli.profiles", "list the built-in profiles, or print one"),
    "sample": ("cli.sample", "write a sample pair to try things with"),
    "models": ("cli.models", "which language models the assistant has; fetch those that are missing"),
    "doctor": ("cli.doctor", "say what is installed, what is too old and what is degraded"),
}


class Parser(argparse.ArgumentParser):
    """A parser that raises instead of printing a page of usage: an error is one line."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **{"allow_abbrev": False, **options})

    def error(self, message: str) -> NoReturn:
        raise OptionsError(message, remedy=f"See {self.prog} --help.")


def parser(chosen: str | None) -> Parser:
    """The whole parser; only the module of the command `chosen` is imported."""
    whole = Parser(prog="pdf-compare", description="See exactly what changed between two revisions of a PDF.")
    whole.add_argument("--version", action=_Version, nargs=0, help="say the version")
    commands = whole.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, (module, line) in COMMANDS.items():
        if name == chosen:
            import_module(module).add_parser(commands)
        else:
            commands.add_parser(name, help=line)
    return whole


class _Version(argparse.Action):
    """Prints the version."""

    def __call__(self, *_: object) -> NoReturn:
        sys.stdout.write(f"pdf-compare {VERSION}\n")
        sys.exit(ExitCode.SAME)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]  # a narrow locale must not end in a traceback
    chosen = next((word for word in words if not word.startswith("-")), None)
    try:
        arguments = parser(chosen).parse_args(words)
        code: int = import_module(COMMANDS[arguments.command][0]).run(arguments)
        sys.stdout.flush()
    except PdfCompareError as error:
        return report(error, about="pdf-compare")
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has gone (`| head`): nobody is left to complain to, not even at interpreter exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return ExitCode.TROUBLE
    except Exception as error:  # a fault of ours must not look like exit code 1, "changes"
        if sys.flags.dev_mode:
            raise
        remedy = "This is a fault of PDF Compare: `python -X dev -m cli.main` in its place shows where."
        return report(PdfCompareError(f"unexpected {type(error).__name__}", remedy=remedy), about="pdf-compare")
    return code


if __name__ == "__main__":
    sys.exit(main())
