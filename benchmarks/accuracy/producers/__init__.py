"""The programs that make the PDFs: which are installed, what each can do, and one call for all of them."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from benchmarks.accuracy.document import Document, Layout
from benchmarks.accuracy.producers import html, latex, office, platypus

ALL_SCRIPTS = frozenset({"latin", "cyrillic", "arabic", "cjk"})


@dataclass(frozen=True, slots=True)
class Producer:
    """`render(document, layout, target)` writes a PDF. `features`: footnotes, columns-with-tables, letter-spacing …"""

    render: Callable[[Document, Layout, Path], None]
    scripts: frozenset[str]
    features: frozenset[str]
    program: str  # a command, or a Python package after "python:"
    version: tuple[str, ...]

    def installed(self) -> bool:
        """Whether it can be used here."""
        if self.program.startswith("python:"):
            return importlib.util.find_spec(self.program[7:]) is not None
        return shutil.which(self.program) is not None


_COMMON = frozenset({"tables", "figures", "looks", "columns", "spacing"})
PRODUCERS = {
    "chromium": Producer(
        html.chromium, ALL_SCRIPTS, _COMMON | {"no-ligatures", "small-caps"}, "chromium", ("chromium", "--version")
    ),
    "weasyprint": Producer(
        html.weasyprint,
        ALL_SCRIPTS,
        _COMMON | {"notes", "hyphens", "no-ligatures", "chapter-heads"},
        "python:weasyprint",
        ("python:weasyprint",),
    ),
    "libreoffice": Producer(office.libreoffice, ALL_SCRIPTS, _COMMON | {"notes"}, "soffice", ("soffice", "--version")),
    "pdflatex": Producer(
        latex.pdflatex,
        frozenset({"latin"}),
        frozenset({"tables", "figures", "looks", "columns", "notes", "hyphens", "small-caps", "chapter-heads"}),
        "pdflatex",
        ("pdflatex", "--version"),
    ),
    "lualatex": Producer(
        latex.lualatex,
        frozenset({"latin", "cyrillic"}),
        frozenset({"tables", "figures", "looks", "columns", "notes", "hyphens", "chapter-heads"}),
        "lualatex",
        ("lualatex", "--version"),
    ),
    "reportlab": Producer(
        platypus.reportlab,
        frozenset({"latin", "cyrillic"}),
        frozenset({"tables", "figures", "looks", "columns"}),
        "python:reportlab",
        ("python:reportlab",),
    ),
}


@cache
def installed() -> tuple[str, ...]:
    """Names of the producers of this machine."""
    return tuple(name for name, producer in PRODUCERS.items() if producer.installed())


def choose(script: str, *features: str) -> list[str]:
    """Installed producers for a script that have all `features`."""
    return [
        name
        for name in installed()
        if script in PRODUCERS[name].scripts and PRODUCERS[name].features.issuperset(features)
    ]


def render(document: Document, layout: Layout, target: Path) -> None:
    """Lay a document out; raises `RuntimeError` with the producer's last lines when it fails."""
    PRODUCERS[layout.producer].render(document, layout, target)
    if not target.exists():
        raise RuntimeError(f"{layout.producer} wrote nothing")


def versions() -> dict[str, str]:
    """What each producer calls itself; "not installed" where it is absent."""
    found = {}
    for name, producer in PRODUCERS.items():
        if not producer.installed():
            found[name] = "not installed"
        elif producer.program.startswith("python:"):
            found[name] = importlib.metadata.version(producer.program[7:])
        else:
            done = subprocess.run(producer.version, capture_output=True, text=True, timeout=60, check=False)
            found[name] = next(iter(done.stdout.splitlines()), "?").strip()
    return found
