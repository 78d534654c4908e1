"""`make chaos`: break a whole installation on purpose and print one line for each promise, with its figure."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator

from benchmarks.promises import Told, tell_all
from tests.chaos import clock, hostile, kills, outages, soak

PARTS: dict[str, Callable[[], Iterator[Told]]] = {
    "hostile": lambda: hostile.told(mutations=300),
    "duplicates": soak.equal_submits,
    "kills 1": lambda: kills.told(1, jobs=200, workers=4, kill_seconds=60),
    "kills 2": lambda: kills.told(2, jobs=200, workers=4, kill_seconds=60),
    "kills 3": lambda: kills.told(3, jobs=200, workers=4, kill_seconds=60),
    "postgres": lambda: outages.postgres_restarts(jobs=60),
    "redis": outages.redis_dies,
    "disk": outages.disk_full,
    "clock": clock.told,
    "sigterm": outages.sigterm,
    "soak": lambda: soak.told(jobs=300),
}


def main() -> int:
    """Run what was chosen; 1 when a promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", choices=tuple(PARTS), help="may be given several times")
    chosen = parser.parse_args().only or list(PARTS)
    return tell_all((name, PARTS[name]()) for name in chosen)


if __name__ == "__main__":
    sys.exit(main())
