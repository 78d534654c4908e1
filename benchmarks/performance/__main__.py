"""`make bench`: every tool on every pair in turn, stages, growth, the service; JSON, and with `--page` the document.

CPU seconds of all processes are compared, never the clock: a machine with other work to do shows the same. Ratios are
taken within a round, in which every tool has the pair once, and of those the median. Exit code 0 whatever is kept:
what is not kept stands in the table.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.measuring import COMMAND, Cost, measure
from benchmarks.performance import growth, page, word_diff
from benchmarks.performance.cases import Case, cases
from benchmarks.performance.tools import ALL, LONGEST_SECONDS, YARDSTICK, Tool, tools

MOST_STAGE_RUNS = 3
STAGED_SECONDS = 6.0  #: a pair that takes longer has its stages measured once


def compared(case: Case, all_tools: list[Tool], say: Callable[[str], None]) -> list[dict[str, Any]]:
    """A row for each tool that takes the pair."""
    chosen = [tool for tool in all_tools if tool.takes(case)]
    costs: dict[str, list[tuple[int, Cost]]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        for number in range(case.rounds):
            for tool in chosen:
                if number < tool.rounds:
                    say(f"{case.name}, round {number + 1}: {tool.name}")
                    costs[tool.name].append((number, tool.run(case, Path(folder))))
    yardstick = {number: cost.cpu_seconds for number, cost in costs.get(YARDSTICK, [])}
    rows = []
    for tool in chosen:
        runs = [cost for _, cost in costs[tool.name]]
        ratios = [cost.cpu_seconds / yardstick[number] for number, cost in costs[tool.name] if yardstick.get(number)]
        rows.append(
            {
                "tool": tool.name,
                "is_python": tool.is_python,
                "cpu_s": median(cost.cpu_seconds for cost in runs),
                "wall_s": min(cost.wall_seconds for cost in runs),
                "ratio": median(ratios) if ratios else None,
                "largest_mb": max(cost.largest_bytes for cost in runs) / 1e6,
                "all_mb": max(cost.memory_bytes for cost in runs) / 1e6,
                "cut": any(cost.wall_seconds >= LONGEST_SECONDS for cost in runs),
            }
        )
    return rows


def staged(case: Case, seconds: float) -> dict[str, Any]:
    """CPU seconds by stage, medians of runs in processes of their own, and counts."""
    runs = [
        json.loads(_script("benchmarks.performance.stages", str(case.old), str(case.new)))
        for _ in range(1 if seconds > STAGED_SECONDS else MOST_STAGE_RUNS)
    ]
    names = {name for run in runs for name in run["seconds"]}
    times = {name: median(run["seconds"].get(name, 0.0) for run in runs) for name in sorted(names)}
    return {"seconds": times, "counts": runs[0]["counts"]}


def speedup(case: Case, rounds: int) -> float:
    """How many times faster by the clock two children at a time are than one: least of a few runs in turn."""
    best = {1: float("inf"), 2: float("inf")}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(rounds):
            for jobs in (1, 2):
                command: list[str | Path] = [
                    COMMAND,
                    "compare",
                    case.old,
                    case.new,
                    "-q",
                    "--json",
                    Path(folder, "r"),
                    "--jobs",
                    str(jobs),
                ]
                best[jobs] = min(best[jobs], measure(command).wall_seconds)
    return best[1] / best[2]


def _script(*arguments: str) -> bytes:
    return subprocess.run([sys.executable, "-m", *arguments], check=True, stdout=subprocess.PIPE).stdout


def _machine() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "a processor")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} processors ({model}), {memory:.0f} GiB, Python {sys.version.split()[0]}"


def measured(arguments: argparse.Namespace, folder: Path, say: Callable[[str], None]) -> dict[str, Any]:
    """All figures."""
    found: dict[str, Any] = {"machine": _machine(), "load": os.getloadavg()[0], "cases": [], "growth": []}
    chosen = [
        case
        for case in cases(arguments.corpus, folder, quick=arguments.quick)
        if not arguments.only or case.name in arguments.only
    ]
    all_tools = tools(arguments.yardstick)
    for case in chosen:
        rows = compared(case, all_tools, say)
        ours = next(row["cpu_s"] for row in rows if row["tool"] == ALL)
        say(f"{case.name}: stages")
        stages = {} if case.sort == "scan" else staged(case, ours)
        found["cases"].append({**asdict(case), "old": "", "new": "", "tools": rows, "stages": stages})
    say("start, words")
    helps = [measure([COMMAND, "--help"]) for _ in range(9)]
    diffs = {share: word_diff.measured(share) for share in (0.01, 0.1)}
    limits = {"`pdf-compare --help`, ms by the clock": (min(cost.wall_seconds for cost in helps) * 1000, 150.0, " ms")}
    for share, (seconds, words) in diffs.items():
        name = f"500,000 words, {share:.0%} edited"
        limits[f"{name}, word diff"] = (seconds, 1.0, " s CPU")
        limits[f"{name}, changed words beside the edits made"] = (words, 1.05, " times")
    found["limits"] = limits
    found["others"] = {"`pdf-compare --help`": f"{median(cost.cpu_seconds for cost in helps) * 1000:.0f} ms CPU"}
    if not arguments.quick and not arguments.only:
        for grown in (growth.with_pages, growth.with_changes):
            say(grown.__name__)
            one = grown(folder, long=arguments.long)
            found["growth"].append({**asdict(one), "exponents": one.exponents})
        longest = [case for case in chosen if case.name == page.LONG[0]]
        if longest and (os.cpu_count() or 1) > 1:
            say("two processors")
            found["speedup"] = speedup(longest[0], 2)
        say("service")
        service = json.loads(_script("benchmarks.performance.service"))
        found["others"]["a result of 500 changes written into the database"] = (
            f"{service['database_write_s'] * 1000:.0f} ms"
        )
        if "viewer_usable_s" in service:
            found["others"]["viewer usable, 100 pages and 500 changes"] = f"{service['viewer_usable_s']:.2f} s"
    return found


def main() -> None:
    """Measure, keep the figures, renew the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, default=Path("../shared/corpus"))
    parser.add_argument("--yardstick", help="a Python that has PyMuPDF")
    parser.add_argument("--quick", action="store_true", help="a few short pairs, two minutes")
    parser.add_argument("--long", action="store_true", help="growth to 10,000 pages and 50,000 changes too")
    parser.add_argument("--only", nargs="*", help="pairs by name")
    parser.add_argument("--json", type=Path, default=Path("build/performance.json"))
    parser.add_argument("--page", type=Path, help="renew the tables of this document")
    parser.add_argument("--again", action="store_true", help="write the page from the figures that are there")
    arguments = parser.parse_args()
    begun = time.monotonic()

    def say(what: str) -> None:
        sys.stderr.write(f"{time.monotonic() - begun:6.0f} s  {what}\n")

    if not arguments.again:
        with tempfile.TemporaryDirectory() as folder:
            found = measured(arguments, Path(folder), say)
        arguments.json.parent.mkdir(parents=True, exist_ok=True)
        arguments.json.write_text(json.dumps(found, indent=1))
    found = json.loads(arguments.json.read_text())
    if arguments.page:
        page.renew(arguments.page, found)
    sys.stdout.write(page.tables(found) + "\n")


if __name__ == "__main__":
    main()
