"""Growth with pages and with changes over generated documents, as a fitted exponent of time and of memory."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.measuring import COMMAND, measure

PAGES = (10, 100, 1_000)
CHANGES = (50, 500, 5_000)
LONG_PAGES, MANY_CHANGES = 10_000, 50_000  #: with `--long`
LINES, WORDS = 40, 10  #: of a page; words of a line


@dataclass(frozen=True, slots=True)
class Growth:
    """CPU seconds and bytes of the largest process by size; what is there whatever the size is taken off the fit."""

    what: str
    sizes: list[int]
    seconds: list[float]
    bytes: list[int]

    @property
    def exponents(self) -> tuple[float, float]:
        """Of time and of memory, over the sizes but the smallest, which stands for what does not grow."""
        return fitted(self.sizes, self.seconds), fitted(self.sizes, [float(value) for value in self.bytes])


def fitted(sizes: Sequence[int], values: Sequence[float]) -> float:
    """Slope of the least squares line of log(value - first value) by log(size - first size); 0 where nothing grows."""
    rows = [
        (math.log(size - sizes[0]), math.log(value - values[0]))
        for size, value in zip(sizes[1:], values[1:], strict=True)
        if value > values[0]
    ]
    if len(rows) < 2:
        return 0.0
    x, y = (sum(column) / len(rows) for column in zip(*rows, strict=True))
    return sum((a - x) * (b - y) for a, b in rows) / sum((a - x) ** 2 for a, _ in rows)


def write_text(path: Path, pages: int, changed: set[int]) -> None:
    """A document of `pages` pages of 400 words; the words of those numbers are others."""
    import pikepdf

    rng = random.Random(7)
    vocabulary = ["".join(rng.choices("aeioubcdfglmnprst", k=rng.randint(2, 9))) for _ in range(5_000)]
    with pikepdf.new() as pdf:
        font = pdf.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1,
                                                    BaseFont=pikepdf.Name.Helvetica))  # fmt: skip
        number = 0
        for _ in range(pages):
            drawn = ["BT /F1 11 Tf 14 TL 60 760 Td"]
            for _ in range(LINES):
                words = []
                for _ in range(WORDS):
                    word = rng.choice(vocabulary)
                    words.append(word + "xq" if number in changed else word)
                    number += 1
                drawn.append(f"({' '.join(words)}) Tj T*")
            drawn.append("ET")
            page = pdf.add_blank_page(page_size=(595, 842))
            page.Contents = pdf.make_stream("\n".join(drawn).encode())
            page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
        pdf.save(path)


def with_pages(folder: Path, *, long: bool, rounds: int = 1) -> Growth:
    """One word in a thousand changes."""
    sizes = [*PAGES, *([LONG_PAGES] if long else [])]
    return _grown("pages", sizes, lambda size: (size, set(range(500, size * LINES * WORDS, 1_000))), folder, rounds)


def with_changes(folder: Path, *, long: bool, rounds: int = 1) -> Growth:
    """Of documents that are as long whatever changes: a word in four at most."""
    sizes = [*CHANGES, *([MANY_CHANGES] if long else [])]
    pages = max(sizes) * 4 // (LINES * WORDS)
    every = pages * LINES * WORDS
    return _grown("changes", sizes, lambda size: (pages, set(range(0, every, every // size))), folder, rounds)


def _grown(
    what: str, sizes: list[int], made: Callable[[int], tuple[int, set[int]]], folder: Path, rounds: int
) -> Growth:
    seconds, most = [], []
    old, new = folder / "grown-old.pdf", folder / "grown-new.pdf"
    for size in sizes:
        pages, changed = made(size)
        write_text(old, pages, set())
        write_text(new, pages, changed)
        costs = [
            measure([COMMAND, "compare", old, new, "--quiet", "--json", folder / "r.json"], timeout=1800)
            for _ in range(rounds if size > sizes[0] else 3)
        ]
        if any(cost.code not in (0, 1) for cost in costs):
            raise SystemExit(f"{size} {what}: {costs[0].stderr.decode('utf-8', 'replace')[-400:]}")
        seconds.append(median(cost.cpu_seconds for cost in costs))
        most.append(max(cost.largest_bytes for cost in costs))
    return Growth(what, sizes, seconds, most)
