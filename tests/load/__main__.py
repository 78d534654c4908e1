"""`python -m tests.load --address http://…`: a crowd of users on an installation that runs; its waits as a table."""

from __future__ import annotations

import argparse
import sys

from tests.load.crowd import prepare, run


def main() -> int:
    """Prepare, run, print; 1 when a user met an error."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--address", default="http://127.0.0.1:8501")
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--think", type=float, default=10.0, help="seconds between two actions of a user")
    parser.add_argument("--every", type=float, default=10.0, help="seconds between two new comparisons")
    arguments = parser.parse_args()
    prepared = prepare(arguments.address)
    print(f"a result of {prepared.changes} changes", flush=True)
    waits = run(
        arguments.address,
        prepared,
        users=arguments.users,
        seconds=arguments.seconds,
        think=arguments.think,
        every=arguments.every,
    )
    print("\n".join(waits.table()))
    return 1 if waits.errors else 0


if __name__ == "__main__":
    sys.exit(main())
