"""CPU and memory of `pdf-compare compare --json` beside `pdftotext -bbox` on the same two files, in one run.

Round after round, each command in turn, so that a busy machine weighs on both; the ratio is taken within a round.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.measuring import Cost, measure
from core.sample import sample_pair

COMMAND = Path(sys.executable).parent / "pdf-compare"
LONG_PAIRS = ("gles32", "deb-octave")
MOST_RATIO, MOST_BYTES, MOST_WALL_SECONDS = 1.5, 400 * 10**6, 1.0


@dataclass(frozen=True, slots=True)
class Round:
    """One round: our command, and the sum of the peer on both files."""

    ours: Cost
    peer_cpu_seconds: float

    @property
    def ratio(self) -> float:
        return self.ours.cpu_seconds / self.peer_cpu_seconds


def one_round(old: Path, new: Path) -> Round:
    """Run the peer on both files, then ours on the pair."""
    peer = sum(measure(["pdftotext", "-bbox", path, "/dev/null"]).cpu_seconds for path in (old, new))
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder, "r.json")
        ours = measure([COMMAND, "compare", old, new, "--json", target])
        if ours.code not in (0, 1):
            raise SystemExit(f"{old}: exit {ours.code}: {ours.stderr.decode()}")
        json.loads(target.read_bytes())
    return Round(ours, peer)


def single_page_pair(folder: Path) -> tuple[Path, Path]:
    """The first pages of the sample pair."""
    import pikepdf

    paths = []
    for name, data in sample_pair():
        path = folder / name
        path.write_bytes(data)
        with pikepdf.open(path, allow_overwriting_input=True) as pdf:
            del pdf.pages[1:]
            pdf.save(path)
        paths.append(path)
    return paths[0], paths[1]


def pairs(corpus: Path, folder: Path) -> Iterator[tuple[str, Path, Path]]:
    """Name, old and new file of each pair."""
    yield "1 page", *single_page_pair(folder)
    for name in LONG_PAIRS:
        found = corpus / "pairs" / name
        if found.is_dir():
            yield name, found / "old.pdf", found / "new.pdf"
        else:
            sys.stderr.write(f"{found} is not here: left out\n")


def row(name: str, rounds: list[Round]) -> tuple[str, bool]:
    """A row of the table, and whether the figures keep what is promised."""
    ratio = median(one.ratio for one in rounds)
    memory = max(one.ours.memory_bytes for one in rounds)
    wall = median(one.ours.wall_seconds for one in rounds)
    peer, cpu = median(one.peer_cpu_seconds for one in rounds), median(one.ours.cpu_seconds for one in rounds)
    is_short = name == "1 page"
    kept = memory <= MOST_BYTES and (wall <= MOST_WALL_SECONDS if is_short else ratio <= MOST_RATIO)
    best = min(one.ours.wall_seconds for one in rounds)
    cells = name, f"{peer:.2f}", f"{cpu:.2f}", f"{ratio:.2f}", f"{wall:.2f} ({best:.2f})", f"{memory / 10**6:.0f}"
    return f"| {' | '.join(cells)} | {'kept' if kept else 'NOT KEPT'} |", kept


def main() -> None:
    """Measure and print a table; exit code 1 when a promise is not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, default=Path("../shared/corpus"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", help="one pair by name")
    arguments = parser.parse_args()
    write = sys.stdout.write
    write("| pair | pdftotext -bbox, CPU s | pdf-compare, CPU s | ratio | wall s (least) | memory MB | |\n")
    write("| --- | ---: | ---: | ---: | ---: | ---: | --- |\n")
    all_kept = True
    with tempfile.TemporaryDirectory() as folder:
        for name, old, new in pairs(arguments.corpus, Path(folder)):
            if arguments.only in (None, name):
                line, kept = row(name, [one_round(old, new) for _ in range(arguments.rounds)])
                all_kept &= kept
                write(line + "\n")
                sys.stdout.flush()
    write(
        f"\nPromised: ratio at most {MOST_RATIO}, all processes together at most {MOST_BYTES // 10**6} MB, "
        f"1 page at most {MOST_WALL_SECONDS} s. Medians of {arguments.rounds} rounds; memory is the maximum.\n"
    )
    sys.exit(not all_kept)


if __name__ == "__main__":
    main()
