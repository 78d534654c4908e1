"""Hostile files through the whole installation: each ends done or with an error of ours, and nothing else suffers."""

from __future__ import annotations

import csv
import time
from collections import Counter
from collections.abc import Iterator

from benchmarks.promises import Told
from core.errors import PdfCompareError
from core.options import CompareOptions
from tests.chaos.hostile_files import crafted, mutated
from tests.chaos.installation import Installation, descendants, resident_bytes
from tests.integration.pdfs import pdf
from tests.unit.core.pdfs import corpus, drawn, lines

LIMIT_SECONDS = 35.0
MOST_CHILD_BYTES = int(1.2 * (1 << 30))
MOST_GROWTH_BYTES = 50 << 20
_INTERNAL = "internal"


def told(*, mutations: int, with_corpus: bool = True) -> Iterator[Told]:
    """Send every hostile file against a good one through one worker."""
    good = pdf(["A page that is in good order", "And another one"])
    with Installation(1) as installation:
        anchor = installation.add("good.pdf", good)
        _settle(installation, anchor.id, good)
        worker = installation.workers[0]
        before, peak, outcomes = resident_bytes(worker.pid), 0, Counter[str]()
        slowest, untyped = (0.0, ""), []
        for name, data in _files(mutations, with_corpus):
            began = time.monotonic()
            outcome, most = _send(installation, anchor.id, data)
            seconds = time.monotonic() - began
            peak, slowest = max(peak, most), max(slowest, (seconds, name))
            outcomes[outcome] += 1
            if outcome in {_INTERNAL, "not ended"} or outcome.startswith("raised"):
                untyped.append(f"{name}: {outcome}")
        growth = resident_bytes(worker.pid) - before
        count = sum(outcomes.values())
        shown = ", ".join(f"{code} {n}" for code, n in outcomes.most_common(8))
        yield Told(
            f"{count} hostile files end done or typed", not untyped, shown if not untyped else "; ".join(untyped)
        )
        yield Told(
            f"each within {LIMIT_SECONDS:.0f} s",
            slowest[0] <= LIMIT_SECONDS,
            f"slowest {slowest[0]:.1f} s ({slowest[1]})",
        )
        yield Told("no child above 1.2 GiB", peak <= MOST_CHILD_BYTES, f"{peak / 2**20:.0f} MB at most")
        yield Told("the worker grows by 50 MB at most", growth <= MOST_GROWTH_BYTES, f"{growth / 2**20:.1f} MB")
        same = installation.restarts == 0 and worker.poll() is None
        yield Told("the worker process stays the same", same, f"{installation.restarts} restarts")
        yield Told("no traceback", installation.tracebacks() == 0, f"{installation.tracebacks()} in its log")


def _settle(installation: Installation, anchor: str, good: bytes) -> None:
    """One ordinary comparison first: what a worker loads at its first job is no growth."""
    other = installation.add("other.pdf", good.replace(b"good", b"fine"))
    view = installation.services.comparisons.submit(installation.actor, anchor, other.id, CompareOptions())
    assert installation.wait([view.id], seconds=60)[view.id].state == "done"


def _send(installation: Installation, anchor: str, data: bytes) -> tuple[str, int]:
    """(how it ended, most resident memory of any process below us)."""
    try:
        document = installation.add("hostile.pdf", data)
    except PdfCompareError as error:
        return f"refused {error.code}", 0
    except Exception as error:
        return f"raised {type(error).__name__}", 0
    view = installation.services.comparisons.submit(installation.actor, anchor, document.id, CompareOptions())
    peak, deadline = 0, time.monotonic() + LIMIT_SECONDS + 25
    while time.monotonic() < deadline:
        below = descendants(installation.workers[0].pid)
        peak = max([peak, *map(resident_bytes, below)])
        view = installation.services.comparisons.get(installation.actor, view.id)
        if not view.is_live:
            break
        time.sleep(0.02)
    else:
        installation.services.comparisons.cancel(installation.actor, view.id)
        return "not ended", peak
    spent = (view.spent or {}).get("peak_bytes", 0)
    code = view.state if view.error is None else view.error.code
    return code, max(peak, spent)


def _files(mutations: int, with_corpus: bool) -> Iterator[tuple[str, bytes]]:
    yield from crafted()
    found = corpus() if with_corpus else None
    if found is not None:
        with (found / "manifest.csv").open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                if row["category"] == "bad":
                    yield row["path"], (found / row["path"]).read_bytes()
    bases = [
        pdf([f"Page {k} with some words to be read" for k in range(4)]),
        drawn(lines(*[f"Line {k} of a page, with words" for k in range(30)]), lines("A second page")),
    ]
    for seed in range(mutations):
        yield f"mutation {seed}", mutated(seed, bases[seed % len(bases)])
