"""The product and the tools it is measured beside; what they give is not judged here."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measuring import COMMAND, Cost, measure
from benchmarks.performance.cases import Case

YARDSTICK = "pdftotext -bbox"
TEXT, ALL = "pdf-compare, words, styles and pages", "pdf-compare, all layers"
#: A tool that takes longer for a pair is cut, and said to have been.
LONGEST_SECONDS = 90.0

_PLUMBER = """
import difflib, sys, pdfplumber
def words(path):
    with pdfplumber.open(path) as pdf:
        return [word["text"] for page in pdf.pages for word in page.extract_words()]
difflib.SequenceMatcher(None, words(sys.argv[1]), words(sys.argv[2]), autojunk=False).get_opcodes()
"""
_MINER = """
import difflib, sys
from pdfminer.high_level import extract_text
old, new = (extract_text(path).split() for path in sys.argv[1:3])
difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
"""
_PLUMBER_LINES = """
import sys, pdfplumber
for path in sys.argv[1:3]:
    with pdfplumber.open(path) as pdf:
        for page in pdf.pages:
            page.lines, page.curves, page.rects
"""
_PDF_DIFF = "import sys; from pdf_diff.command_line import compute_changes; compute_changes(*sys.argv[1:3])"
_MUPDF_WORDS = """
import sys, pymupdf
for path in sys.argv[1:3]:
    for page in pymupdf.open(path):
        page.get_text("words")
"""
_MUPDF_LINES = """
import sys, pymupdf
for path in sys.argv[1:3]:
    for page in pymupdf.open(path):
        page.get_cdrawings()
"""
_WORD_DIFF = (
    'for side in 1 2; do pdftotext -nopgbrk -q "${!side}" "$3/$side"; done; '
    'git diff --no-index --no-color --word-diff=porcelain "$3/1" "$3/2" >/dev/null || true'
)
_RECOGNISE = (
    'for side in 1 2; do pdftoppm -gray -r 200 "${!side}" "$3/$side"; done; '
    'for page in "$3"/*.pgm; do OMP_THREAD_LIMIT=1 tesseract "$page" - >/dev/null 2>&1; done'
)


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool: whether it takes a pair, and the cost of doing it once with a folder to write into."""

    name: str
    takes: Callable[[Case], bool]
    run: Callable[[Case, Path], Cost]
    is_python: bool = False
    rounds: int = 99


def tools(yardstick: str | None) -> list[Tool]:
    """The tools that are installed; `yardstick` is a Python that has PyMuPDF."""
    here = sys.executable

    def product(*more: str) -> Callable[[Case, Path], Cost]:
        return lambda case, folder: _run(
            [COMMAND, "compare", case.old, case.new, "--quiet", "--json", folder / "r.json", *more], codes=(0, 1)
        )

    def both(*command: str) -> Callable[[Case, Path], Cost]:
        return lambda case, folder: _added([_run([*command, path, "/dev/null"]) for path in (case.old, case.new)])

    def script(python: str, code: str) -> Callable[[Case, Path], Cost]:
        return lambda case, folder: _run([python, "-c", code, case.old, case.new])

    def shell(code: str) -> Callable[[Case, Path], Cost]:
        return lambda case, folder: _run(["bash", "-c", code, "-", case.old, case.new, folder])

    def pictures(case: Case, folder: Path) -> Cost:
        return _added([_run(["pdftoppm", "-gray", "-r", "100", path, folder / "p"]) for path in (case.old, case.new)])

    def up_to(pages: int, *sorts: str) -> Callable[[Case], bool]:
        return lambda case: case.sort in sorts and case.pages <= pages

    found = [
        Tool(YARDSTICK, lambda case: case.sort != "scan", both("pdftotext", "-bbox")),
        Tool(TEXT, up_to(100_000, "text"), product("--layers", "text,style,page")),
        Tool(ALL, lambda case: True, product()),
    ]
    python = [
        Tool("pdfplumber words, difflib", up_to(40, "text"), script(here, _PLUMBER), True, 1),
        Tool("pdfminer.six words, difflib", up_to(40, "text"), script(here, _MINER), True, 1),
        Tool("pdfplumber lines, curves, rectangles", up_to(1, "drawing"), script(here, _PLUMBER_LINES), True, 1),
    ]
    if importlib.util.find_spec("pdf_diff"):
        python.append(Tool("pdf-diff", up_to(40, "text"), script(here, _PDF_DIFF), True, 1))
    if shutil.which("git"):
        found.append(Tool("pdftotext, git diff --word-diff", up_to(100_000, "text"), shell(_WORD_DIFF)))
    if shutil.which("comparepdf"):
        for how in ("text", "appearance"):
            found.append(
                Tool(
                    f"comparepdf {how}: a verdict only",
                    lambda case: True,
                    lambda case, folder, how=how: _run(
                        ["comparepdf", f"--compare={how}", case.old, case.new], codes=None
                    ),
                )
            )
    if shutil.which("pdftoppm"):
        found.append(Tool("pdftoppm -gray -r 100", up_to(64, "text", "drawing"), pictures, rounds=3))
        if shutil.which("tesseract"):
            found.append(Tool("pdftoppm, tesseract", up_to(64, "scan"), shell(_RECOGNISE), rounds=1))
    if yardstick is not None:
        found.append(Tool("PyMuPDF words (yardstick)", up_to(100_000, "text"), script(yardstick, _MUPDF_WORDS)))
        found.append(Tool("PyMuPDF get_cdrawings (yardstick)", up_to(1, "drawing"), script(yardstick, _MUPDF_LINES)))
    return found + python


def _run(command: Sequence[str | Path], *, codes: tuple[int, ...] | None = (0,)) -> Cost:
    cost = measure(command, timeout=LONGEST_SECONDS)
    if codes is not None and cost.code not in codes and cost.wall_seconds < LONGEST_SECONDS:
        raise SystemExit(f"{command[0]}: exit {cost.code}: {cost.stderr.decode('utf-8', 'replace')[-400:]}")
    return cost


def _added(costs: list[Cost]) -> Cost:
    """One after the other: times add up, memory does not."""
    return Cost(
        code=max(cost.code for cost in costs),
        cpu_seconds=sum(cost.cpu_seconds for cost in costs),
        wall_seconds=sum(cost.wall_seconds for cost in costs),
        memory_bytes=max(cost.memory_bytes for cost in costs),
        largest_bytes=max(cost.largest_bytes for cost in costs),
        stdout=b"",
        stderr=b"",
    )
