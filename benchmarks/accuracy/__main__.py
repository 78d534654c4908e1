"""`python -m benchmarks.accuracy make|verify|score`: make pairs with known edits, check them, score tools on them."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.accuracy import board
from benchmarks.accuracy.making import make_all
from benchmarks.accuracy.pairs import verify
from benchmarks.accuracy.tools import product, tools


def _make(arguments: argparse.Namespace) -> int:
    outcomes = make_all(arguments.out, arguments.seed, arguments.pairs, arguments.jobs, arguments.only)
    missing = [outcome for outcome in outcomes if not outcome.made]
    tries = sum(len(outcome.rejected) for outcome in outcomes)
    sys.stdout.write(f"{len(outcomes) - len(missing)} pairs in {arguments.out}; {tries} tries thrown away\n")
    for outcome in missing:
        sys.stdout.write(f"not made: {outcome.folder.name}: {outcome.rejected[-1]}\n")
    return bool(missing)


def _verify(arguments: argparse.Namespace) -> int:
    wrong = 0
    for folder in sorted(path.parent for path in arguments.dir.glob("*/truth.json")):
        for complaint in verify(folder):
            sys.stdout.write(f"{folder.name}: {complaint}\n")
            wrong += 1
    return bool(wrong)


def _score(arguments: argparse.Namespace) -> int:
    picked = tools(arguments.command) if arguments.peers else [product(arguments.command)]
    found = board.results(picked, arguments.dir, arguments.seed, arguments.jobs)
    board.write(found, arguments.results)
    first = found["tools"][0]
    if not first["version"]:
        raise SystemExit(f"{arguments.command or 'pdf-compare'} is not installed")
    if arguments.wrong:
        sys.stdout.write(board.wrong(first["rows"]) + "\n")
    sys.stdout.write(board.plain_table(first["summary"]))
    if arguments.page:
        board.publish(board.markdown(found), arguments.page)
    return 0


def main() -> int:
    """Exit code 1 when a pair could not be made or its truth does not hold."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracy", description=__doc__)
    commands = parser.add_subparsers(required=True)
    make = commands.add_parser("make", help="make a set of pairs (those that are there are kept)")
    make.add_argument("--out", type=Path, required=True)
    make.add_argument("--seed", type=int, default=1)
    make.add_argument("--pairs", type=int, default=200)
    make.add_argument("--jobs", type=int, default=2)
    make.add_argument("--only", default="", help="letters of categories, such as abf")
    make.set_defaults(work=_make)
    check = commands.add_parser("verify", help="check the truth of every pair again, from the files alone")
    check.add_argument("dir", type=Path)
    check.set_defaults(work=_verify)
    judge = commands.add_parser("score", help="run the product, and peers, on a set; write results and tables")
    judge.add_argument("dir", type=Path)
    judge.add_argument("--command", default="", help="the pdf-compare to run; default: the one beside this Python")
    judge.add_argument("--peers", action="store_true", help="the naive route and other tools as well")
    judge.add_argument("--wrong", action="store_true", help="list the pairs that are not right")
    judge.add_argument("--seed", type=int, default=1, help="of the set, for the record")
    judge.add_argument("--jobs", type=int, default=1)
    judge.add_argument("--results", type=Path, default=Path("build/accuracy/results.json"))
    judge.add_argument("--page", type=Path, help="Markdown file whose tables are renewed")
    judge.set_defaults(work=_score)
    arguments = parser.parse_args()
    return int(arguments.work(arguments))


if __name__ == "__main__":
    sys.exit(main())
