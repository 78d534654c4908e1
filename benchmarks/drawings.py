"""What drawings cost: end to end, the reading of their lines, and pictures, each beside what it is measured by.

The yardstick of reading is `get_cdrawings` of PyMuPDF: an interpreter that has it is named with `--yardstick`; it
stands outside of this installation, and nothing depends on it. Ratios are taken within a round, so that a busy machine
weighs on both.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.measuring import COMMAND, measure

MOST_CPU_SECONDS, MOST_BYTES = 2.0, 250 * 10**6  #: of a pair of large sheets
MOST_HALF_CPU_SECONDS, MOST_HALF_BYTES = 3.0, 300 * 10**6  #: of one of which half differs
MOST_READING, MOST_TEXT_PICTURE, MOST_DRAWN_PICTURE = 1.0, 0.6, 1.3  #: ratios
SIZE = (2592.0, 1728.0)  #: points, 36 x 24 inches
OBJECTS, LINES = 21_000, 6  #: of a generated sheet: 126,000 lines
RESCALED, SHIFT, LOST = 1.047, (-40.0, -25.0), 30  #: of its other revision; objects that it lacks

Shape = list[tuple[float, float]]

READING = """
import sys, time
from ctypes import c_void_p
from core.engines import pdfium
from core.engines.pdfium import PdfFile, Scratch
from core.engines.pdfium_layers import HiddenLayers
from core.engines.pdfium_page import page_objects, unturned
from core.engines.pdfium_paths import StrokeColumns
from core.engines.pikepdf_source import Source
from core.options import Limits
with open(sys.argv[1], "rb") as file, PdfFile(file.fileno(), None, limits=Limits()) as pdf:
    scratch = Scratch()
    columns = StrokeColumns(scratch, HiddenLayers(Source(file.fileno(), None)))
    begin = time.process_time()
    for number in range(1, pdf.page_count + 1):
        page = c_void_p(pdfium.load_page(pdf.handle, number - 1))
        frame = unturned(page, 1.0, scratch)
        handles = page_objects(page, pdfium.count_objects(page))
        columns.add(number, [c_void_p(handle) for handle in handles], frame)
        pdfium.close_page(page)
    columns.strokes()
    print(time.process_time() - begin)
"""
YARDSTICK = """
import sys, time, pymupdf
document = pymupdf.open(sys.argv[1])
begin = time.process_time()
for page in document:
    page.get_cdrawings()
print(time.process_time() - begin)
"""
PICTURES = """
import sys
from core.engines.ocr_raster import drawn
from core.engines.pdfium import PdfFile
from core.ocr.pixels import differences
from core.ocr.rasters import Picture
from core.options import Limits
dpi, limits = float(sys.argv[3]), Limits()
with open(sys.argv[1], "rb") as one, open(sys.argv[2], "rb") as other:
    with PdfFile(one.fileno(), None, limits=limits) as old, PdfFile(other.fileno(), None, limits=limits) as new:
        for number in range(1, min(old.page_count, new.page_count) + 1):
            a, b = (drawn(pdf, number, {}, limits, dpi) for pdf in (old, new))
            differences(Picture(a.pixels, a.scale), Picture(b.pixels, b.scale))
"""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table: what was measured, the figures in words, what is promised, and whether it is kept."""

    name: str
    figures: str
    promised: str
    kept: bool | None

    def __str__(self) -> str:
        return f"| {self.name} | {self.figures} | {self.promised} | {_word(self.kept)} |"


def _word(kept: bool | None) -> str:
    return "not measured" if kept is None else "kept" if kept else "NOT KEPT"


def sheet(seed: int) -> list[Shape]:
    """Objects of a large sheet, each a chain of lines; points from the bottom left corner."""
    rng = random.Random(seed)
    found: list[Shape] = []
    for _ in range(OBJECTS):
        x, y = rng.uniform(60, SIZE[0] - 60), rng.uniform(60, SIZE[1] - 60)
        angle, radius = rng.uniform(0, 2 * math.pi), rng.uniform(3, 18)
        shape = []
        for _ in range(LINES + 1):
            shape.append((x, y))
            angle += rng.uniform(-1.5, 1.5)
            x, y = x + radius * math.cos(angle), y + radius * math.sin(angle)
        found.append(shape)
    return found


def write(path: Path, shapes: list[Shape], scale: float = 1.0, shift: tuple[float, float] = (0.0, 0.0)) -> None:
    """A PDF of one sheet, scaled about its corner and shifted."""
    import pikepdf

    def place(point: tuple[float, float]) -> str:
        return f"{point[0] * scale + shift[0]:.3f} {point[1] * scale + shift[1]:.3f}"

    drawn = ["0.5 w"]
    for shape in shapes:
        drawn.append(f"{place(shape[0])} m " + " ".join(f"{place(point)} l" for point in shape[1:]) + " S")
    with pikepdf.new() as pdf:
        pdf.add_blank_page(page_size=SIZE)
        pdf.pages[0].Contents = pdf.make_stream("\n".join(drawn).encode())
        pdf.save(path, compress_streams=True)


def end_to_end(name: str, pair: tuple[Path, Path], rounds: int, most: tuple[float, int]) -> Row:
    """All processes of a comparison."""
    costs = []
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(rounds):
            cost = measure([COMMAND, "compare", *pair, "--json", Path(folder, "r.json")])
            if cost.code not in (0, 1):
                raise SystemExit(f"{name}: exit {cost.code}: {cost.stderr.decode()}")
            costs.append(cost)
    cpu, memory = min(cost.cpu_seconds for cost in costs), max(cost.memory_bytes for cost in costs)
    figures = f"{cpu:.2f} s CPU (median {median(cost.cpu_seconds for cost in costs):.2f}), {memory / 10**6:.0f} MB"
    return Row(name, figures, f"{most[0]:g} s, {most[1] / 10**6:.0f} MB", cpu <= most[0] and memory <= most[1])


def beside(
    name: str, ours: Callable[[], float], theirs: Callable[[], float] | None, rounds: int, most: float, by: str
) -> Row:
    """A ratio of CPU seconds, ours and theirs in turn."""
    if theirs is None:
        return Row(name, f"{min(ours() for _ in range(rounds)):.2f} s", f"{most:g} times {by}", None)
    both = [(ours(), theirs()) for _ in range(rounds)]
    ratio = median(mine / max(other, 1e-9) for mine, other in both)
    figures = f"{min(mine for mine, _ in both):.2f} s to {min(other for _, other in both):.2f} s: {ratio:.2f}"
    return Row(name, figures, f"{most:g} times {by}", ratio <= most)


def inner(python: str, code: str, path: Path) -> float:
    """CPU seconds that a script says it took."""
    done = subprocess.run([python, "-c", code, str(path)], capture_output=True, check=True, text=True)
    return float(done.stdout)


def pictures(pair: tuple[Path, Path], dpi: int) -> float:
    """CPU seconds of drawing and comparing all pages, the start of Python left out."""
    command = [sys.executable, "-c", PICTURES, *pair, str(dpi)]
    return measure(command).cpu_seconds


def poppler(pair: tuple[Path, Path], dpi: int) -> float:
    """CPU seconds of `pdftoppm -gray` on both files."""
    with tempfile.TemporaryDirectory() as folder:
        return sum(
            measure(["pdftoppm", "-gray", "-r", str(dpi), path, Path(folder, str(k))]).cpu_seconds
            for k, path in enumerate(pair)
        )


def rows(corpus: Path, folder: Path, rounds: int, yardstick: str | None) -> list[Callable[[], Row]]:
    """What is measured, each when it is called."""
    found: list[Callable[[], Row]] = []
    large, half = (
        (folder / "large-old.pdf", folder / "large-new.pdf"),
        (folder / "half-old.pdf", folder / "half-new.pdf"),
    )
    shapes = sheet(1)
    write(large[0], shapes)
    write(large[1], shapes[LOST:], RESCALED, SHIFT)
    part = shapes[: OBJECTS // 6]
    write(half[0], part)
    write(half[1], part[: len(part) // 2] + sheet(2)[: len(part) // 2])
    most = MOST_CPU_SECONDS, MOST_BYTES
    schematic = corpus / "pairs" / "esp32evb-k"
    text = corpus / "pairs" / "gles32"
    if schematic.is_dir():
        pair = schematic / "old.pdf", schematic / "new.pdf"
        found.append(lambda: end_to_end("schematic, 117,000 points", pair, rounds, most))
    found.append(lambda: end_to_end("126,000 lines, scaled 1.047 times, shifted", large, rounds, most))
    found.append(
        lambda: end_to_end("a sheet of which half differs", half, rounds, (MOST_HALF_CPU_SECONDS, MOST_HALF_BYTES))
    )
    read = [("generated sheet", large[0])] + ([("schematic", schematic / "old.pdf")] if schematic.is_dir() else [])
    for name, path in read:
        theirs = None if yardstick is None else (lambda path=path: inner(yardstick, YARDSTICK, path))
        found.append(
            lambda name=name, path=path, theirs=theirs: beside(
                f"reading lines, {name}",
                lambda: inner(sys.executable, READING, path),
                theirs,
                rounds,
                MOST_READING,
                "`get_cdrawings`",
            )
        )
    for name, both, most_ratio in (
        ("drawing", large, MOST_DRAWN_PICTURE),
        *((("text, 606 pages", (text / "old.pdf", text / "new.pdf"), MOST_TEXT_PICTURE),) if text.is_dir() else ()),
    ):
        found.append(
            lambda name=name, both=both, most_ratio=most_ratio: beside(
                f"pictures at 100 dpi, {name}",
                lambda: pictures(both, 100),
                lambda: poppler(both, 100),
                1 if name.startswith("text") else rounds,
                most_ratio,
                "`pdftoppm -gray -r 100`",
            )
        )
    return found


def main() -> None:
    """Measure and print a table; exit code 1 when a promise is not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, default=Path("../shared/corpus"))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--yardstick", help="a Python that has PyMuPDF")
    parser.add_argument("--json", type=Path, help="write the figures there too")
    arguments = parser.parse_args()
    sys.stdout.write("| what | figures | promised | |\n| --- | --- | --- | --- |\n")
    measured = []
    with tempfile.TemporaryDirectory() as folder:
        for run in rows(arguments.corpus, Path(folder), arguments.rounds, arguments.yardstick):
            measured.append(run())
            sys.stdout.write(f"{measured[-1]}\n")
            sys.stdout.flush()
    if arguments.json is not None:
        arguments.json.write_text(json.dumps({row.name: row.figures for row in measured}, indent=1))
    sys.exit(any(row.kept is False for row in measured))


if __name__ == "__main__":
    main()
