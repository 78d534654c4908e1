"""`pdf-compare sample DIR`: writes two revisions of an agreement to try things with."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from cli.exit_codes import ExitCode
from core.errors import CannotWrite
from core.sample import sample_pair


def add_parser(commands: argparse._SubParsersAction[Any]) -> None:
    """Add the command's parser."""
    parser = commands.add_parser("sample", help="write a sample pair to try things with")
    parser.add_argument("folder", metavar="DIR", type=Path, help="where to; made if it does not exist")


def run(arguments: argparse.Namespace) -> int:
    """Write the pair and name the files."""
    try:
        arguments.folder.mkdir(parents=True, exist_ok=True)
        for name, data in sample_pair():
            path = arguments.folder / name
            path.write_bytes(data)
            sys.stdout.write(f"{path}\n")
    except OSError as error:
        raise CannotWrite(f"{arguments.folder}: {(error.strerror or 'unknown').lower()}") from error
    return ExitCode.SAME
