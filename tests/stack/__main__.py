"""`make stack-test`: the scaled stack in real containers, broken on purpose; one line for each promise."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator

from tests.chaos.promises import Told, tell_all
from tests.stack import breaking, compose, scaling, transcript

PARTS: dict[str, Callable[[compose.Stack], Iterator[Told]]] = {
    "start": scaling.starts,
    "transcript": transcript.told,
    "scale": scaling.scales,
    "break": breaking.told,
}


def main() -> int:
    """Run what was chosen; 1 when a promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", choices=tuple(PARTS), help="may be given several times")
    parser.add_argument("--no-build", action="store_true", help="with the images that are there")
    arguments = parser.parse_args()
    if not arguments.no_build:
        compose.build()
    with compose.Stack() as stack:
        return tell_all((name, PARTS[name](stack)) for name in arguments.only or list(PARTS))


if __name__ == "__main__":
    sys.exit(main())
