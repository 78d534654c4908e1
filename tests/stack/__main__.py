"""`make stack-test`: the scaled stack in real containers, broken on purpose; one line for each promise."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator

from benchmarks.promises import Told, tell_all
from tests.stack import (
    accounts,
    archiving,
    backing,
    bad_input,
    breaking,
    browsers,
    compose,
    crowd,
    encryption,
    external,
    growing,
    isolation,
    lagging,
    monitoring,
    scaling,
    telling,
    transcript,
    updating,
    walks,
)

PARTS: dict[str, Callable[[compose.Stack], Iterator[Told]]] = {
    "start": scaling.starts,
    "network": isolation.told,
    "transcript": transcript.told,
    "monitoring": monitoring.told,
    "scale": scaling.scales,
    "break": breaking.told,
    "webhook": telling.told,
    "backup": backing.told,
    "lag": lagging.told,
    "update": updating.told,
    "walks": walks.told,
    "browsers": browsers.told,
    "load": crowd.told,
}
#: each starts stacks of its own, with other settings
ALONE: dict[str, Callable[[], Iterator[Told]]] = {
    "accounts": accounts.told,
    "people": walks.with_people,
    "tls": encryption.told,
    "external": external.told,
    "bad": bad_input.told,
    "third": growing.told,
    "primary": breaking.primary_lost,
    "archive": archiving.told,
}


def main() -> int:
    """Run what was chosen; 1 when a promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", choices=(*PARTS, *ALONE), help="may be given several times")
    parser.add_argument("--no-build", action="store_true", help="with the images that are there")
    arguments = parser.parse_args()
    if not arguments.no_build:
        compose.build()
    chosen = arguments.only or [*PARTS, *ALONE]
    broken = 0
    if together := [name for name in chosen if name in PARTS]:
        with compose.Stack() as stack:
            broken |= tell_all((name, PARTS[name](stack)) for name in together)
    if alone := [name for name in chosen if name in ALONE]:
        broken |= tell_all((name, ALONE[name]()) for name in alone)
    return broken


if __name__ == "__main__":
    sys.exit(main())
