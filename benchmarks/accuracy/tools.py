"""The tools that are scored: the product, the naive route, and peers; all give changes in one form.

Each is run as a command on two files. Tools that only say whether two files differ give no changes but a verdict.
"""

from __future__ import annotations

import html
import importlib.metadata
import importlib.util
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.accuracy.locate import split
from benchmarks.measuring import measure

TIMEOUT_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Answer:
    """`report`: changes and page_map in the form of pdf-compare/1; `differs`: a verdict without places."""

    report: dict[str, Any] = field(default_factory=lambda: {"changes": [], "page_map": []})
    seconds: float = 0.0
    memory_bytes: int = 0
    error: str = ""
    differs: bool | None = None


@dataclass(frozen=True, slots=True)
class Tool:
    """`version` says what is installed, "" when nothing is."""

    name: str
    what: str
    run: Callable[[Path, Path], Answer]
    version: Callable[[], str]


def product(command: str = "") -> Tool:
    """`pdf-compare compare --json`, from beside the interpreter or by a command of one's own."""
    beside = Path(sys.executable).parent / "pdf-compare"
    program = command or (str(beside) if beside.exists() else "pdf-compare")

    def run(old: Path, new: Path) -> Answer:
        with tempfile.TemporaryDirectory() as folder:
            target = Path(folder, "report.json")
            cost = measure(
                [program, "compare", old, new, "--json", target, "--quiet", "--jobs", "1"], timeout=TIMEOUT_SECONDS
            )
            said = cost.stderr.decode("utf-8", "replace").strip()[-300:]
            if cost.code not in (0, 1) and not target.exists():
                return Answer(
                    seconds=cost.wall_seconds, memory_bytes=cost.memory_bytes, error=f"exit {cost.code}: {said}"
                )
            report = json.loads(target.read_bytes())
        error = f"exit {cost.code}: {said}" if cost.code not in (0, 1) else ""
        return Answer(report, cost.wall_seconds, cost.memory_bytes, error)

    return Tool("pdf-compare", "this product", run, lambda: _first_line([program, "--version"]))


def naive(mode: str) -> Tool:
    """pdftotext, one word a line, git diff."""

    def run(old: Path, new: Path) -> Answer:
        with tempfile.TemporaryDirectory() as folder:
            script = (
                'for side in old new; do pdftotext "-$1" -nopgbrk -q "$2/$side.pdf" - '
                '| tr -s "[:space:]" "\\n" >"$3/$side"; done; '
                'git diff --no-index --no-color -U0 "$3/old" "$3/new" || true'
            )
            with tempfile.TemporaryDirectory() as pair:
                Path(pair, "old.pdf").symlink_to(old.resolve())
                Path(pair, "new.pdf").symlink_to(new.resolve())
                cost = measure(["bash", "-c", script, "-", mode, pair, folder], timeout=TIMEOUT_SECONDS)
        gone, come = [], []
        for line in cost.stdout.decode("utf-8", "replace").splitlines():
            if line[:1] == "-" and line[:3] != "---":
                gone.append(line[1:])
            elif line[:1] == "+" and line[:3] != "+++":
                come.append(line[1:])
        return Answer(_words_only(gone, come), cost.wall_seconds, cost.memory_bytes)

    return Tool(
        f"pdftotext -{mode} + git diff", "the naive route", run, lambda: _poppler() if shutil.which("git") else ""
    )


def wdiff() -> Tool:
    """GNU wdiff on `pdftotext -layout`."""

    def run(old: Path, new: Path) -> Answer:
        with tempfile.TemporaryDirectory() as folder:
            script = (
                'pdftotext -layout -nopgbrk -q "$1" "$3/old"; pdftotext -layout -nopgbrk -q "$2" "$3/new"; '
                "wdiff -3 -w '\x01' -x '\x02' -y '\x03' -z '\x04' \"$3/old\" \"$3/new\" || true"
            )
            cost = measure(["bash", "-c", script, "-", old, new, folder], timeout=TIMEOUT_SECONDS)
        said = cost.stdout.decode("utf-8", "replace")
        gone = re.findall("\x01(.*?)\x02", said, re.DOTALL)
        come = re.findall("\x03(.*?)\x04", said, re.DOTALL)
        return Answer(_words_only(gone, come), cost.wall_seconds, cost.memory_bytes)

    return Tool("pdftotext -layout + wdiff", "Debian", run, lambda: _first_line(["wdiff", "--version"]))


_PDF_DIFF = """
import json, sys
from pdf_diff.command_line import compute_changes
found = [box for box in compute_changes(sys.argv[1], sys.argv[2]) if box != "*"]
sizes = ("x", "y", "width", "height")
rows = [[b["pdf"]["index"], b["text"], b["page"]["number"], *(b[key] for key in sizes)] for b in found]
print(json.dumps(rows))
"""


def pdf_diff() -> Tool:
    """pdf-diff from PyPI: it marks boxes of words (by design also the neighbours of an insertion)."""

    def run(old: Path, new: Path) -> Answer:
        cost = measure([sys.executable, "-c", _PDF_DIFF, old, new], timeout=TIMEOUT_SECONDS)
        if cost.code:
            said = cost.stderr.decode("utf-8", "replace").strip()[-200:]
            return Answer(seconds=cost.wall_seconds, memory_bytes=cost.memory_bytes, error=said)
        changes = []
        for index, text, page, x, y, width, height in json.loads(cost.stdout):
            part = {"text": html.unescape(text), "regions": [{"page": page, "box": [x, y, x + width, y + height]}]}
            sides = {"old": part, "new": None} if index == 0 else {"old": None, "new": part}
            changes.append({"layer": "text", "kind": "deleted" if index == 0 else "inserted", **sides})
        return Answer({"changes": changes, "page_map": []}, cost.wall_seconds, cost.memory_bytes)

    def version() -> str:
        return importlib.metadata.version("pdf-diff") if importlib.util.find_spec("pdf_diff") else ""

    return Tool("pdf-diff", "PyPI", run, version)


def comparepdf(mode: str) -> Tool:
    """comparepdf from Debian: a verdict, no places. `mode`: text or appearance."""

    def run(old: Path, new: Path) -> Answer:
        cost = measure(["comparepdf", f"--compare={mode}", old, new], timeout=TIMEOUT_SECONDS)
        error = cost.stderr.decode("utf-8", "replace").strip()[-200:] if cost.code in (1, 2) else ""
        return Answer(seconds=cost.wall_seconds, memory_bytes=cost.memory_bytes, error=error, differs=cost.code >= 10)

    return Tool(f"comparepdf ({mode})", "Debian", run, lambda: _first_line(["comparepdf", "--version"]))


def tools(command: str = "") -> list[Tool]:
    """All that are known, installed or not."""
    return [
        product(command),
        naive("raw"),
        naive("layout"),
        wdiff(),
        pdf_diff(),
        comparepdf("text"),
        comparepdf("appearance"),
    ]


def _words_only(gone: list[str], come: list[str]) -> dict[str, Any]:
    parts = (("deleted", "old", gone), ("inserted", "new", come))
    changes = []
    for kind, side, texts in parts:
        words = [word for text in texts for word in split(text)]
        if words:
            change: dict[str, Any] = {"layer": "text", "kind": kind, "old": None, "new": None}
            change[side] = {"text": " ".join(words), "regions": []}
            changes.append(change)
    return {"changes": changes, "page_map": []}


def _first_line(command: list[str]) -> str:
    if not shutil.which(command[0]):
        return ""
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return next(iter((done.stdout or done.stderr).splitlines()), "?").strip()


def _poppler() -> str:
    return _first_line(["pdftotext", "-v"])
