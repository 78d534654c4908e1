"""`pdf-compare profiles`: the built-in profiles, and one of them as a file to begin an own one with."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from cli.exit_codes import ExitCode
from core.errors import OptionsError
from core.profiles import built_in, find_built_in


def add_parser(commands: argparse._SubParsersAction[Any]) -> None:
    """Add the command's parser."""
    parser = commands.add_parser(
        "profiles",
        help="list the built-in profiles, or print one",
        description="List the built-in profiles, or print one as JSON: change it, and give the file to --profile.",
    )
    parser.add_argument("name", metavar="NAME", nargs="?", help="print this one")


def run(arguments: argparse.Namespace) -> int:
    """List or print."""
    if arguments.name is None:
        widest = max(map(len, built_in()))
        for profile in built_in().values():
            sys.stdout.write(f"{profile.name:<{widest}}  {profile.description}\n")
        return ExitCode.SAME
    found = find_built_in(arguments.name)
    if found is None:
        raise OptionsError(f"there is no profile {arguments.name!r}", remedy=f"Choose from {', '.join(built_in())}.")
    sys.stdout.write(json.dumps(found.to_json(), ensure_ascii=False, indent=2) + "\n")
    return ExitCode.SAME
