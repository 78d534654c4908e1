"""Tables taken out of real PDFs beside hand-checked truth, and pdfplumber's default in the same run.

`python -m benchmarks.tables --corpus ../shared/corpus` prints a table of cell F1.

The measure: rows and columns of truth and of what was found are aligned, in order, such that most cells agree; a cell
counts when its text (blanks and quotes normalised) stands in the aligned row and column. F1 of counted cells over the
filled cells of both. Of the tables found on the page the best one counts, for either tool. Empty rows and columns are
left out on both sides.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

TRUTH = Path(__file__).parent / "table_truth"
Rows = list[list[str]]


@dataclass(frozen=True)
class Truth:
    """A table as it stands on a page."""

    name: str
    file: str
    page: int
    kind: str
    rows: Rows


def truths() -> list[Truth]:
    """All tables with known cells."""
    found = []
    for path in sorted(TRUTH.glob("*.tsv")):
        head, *lines = path.read_text("utf-8").rstrip("\n").split("\n")
        file, page, kind = head.removeprefix("# ").split("\t")
        found.append(Truth(path.stem, file, int(page), kind, [line.split("\t") for line in lines]))
    return found


def score(truth: Rows, found: Rows) -> float:
    """Cell F1, 0 to 1."""
    a, b = _tidy(truth), _tidy(found)
    filled = sum(bool(c) for row in a for c in row) + sum(bool(c) for row in b for c in row)
    if not filled:
        return 1.0
    rows = _aligned(len(a), len(b), lambda i, j: _in_order(a[i], b[j]))
    columns_a, columns_b = len(a[0]) if a else 0, len(b[0]) if b else 0
    count = 0
    for _ in range(3):
        pairs = rows
        columns = _aligned(
            columns_a, columns_b, lambda c, d, pairs=pairs: sum(bool(a[i][c]) and a[i][c] == b[j][d] for i, j in pairs)
        )
        rows = _aligned(
            len(a),
            len(b),
            lambda i, j, columns=columns: sum(bool(a[i][c]) and a[i][c] == b[j][d] for c, d in columns),
        )
        count = max(count, sum(bool(a[i][c]) and a[i][c] == b[j][d] for i, j in rows for c, d in columns))
    return 2 * count / filled


def _tidy(rows: Rows) -> Rows:
    width = max((len(row) for row in rows), default=0)
    plain = [[_plain(cell) for cell in [*row, *[""] * (width - len(row))]] for row in rows]
    plain = [row for row in plain if any(row)]
    used = [c for c in range(width) if any(row[c] for row in plain)]
    return [[row[c] for c in used] for row in plain]


def _plain(cell: str | None) -> str:
    text = (cell or "").replace("“", '"').replace("”", '"').replace("’", "'").replace("‘", "'")
    return "".join(text.split())


def _in_order(one: Sequence[str], other: Sequence[str]) -> int:
    """Length of the longest common subsequence of the filled cells."""
    a, b = [c for c in one if c], [c for c in other if c]
    best = [0] * (len(b) + 1)
    for x in a:
        before = 0
        for k, y in enumerate(b, 1):
            before, best[k] = best[k], before + 1 if x == y else max(best[k], best[k - 1])
    return best[-1]


def _aligned(n: int, m: int, gain) -> list[tuple[int, int]]:
    """Pairs in order whose gains add up to the most."""
    best = [[0] * (m + 1) for _ in range(n + 1)]
    gains = [[gain(i, j) for j in range(m)] for i in range(n)]
    for i in range(n):
        for j in range(m):
            best[i + 1][j + 1] = max(best[i][j + 1], best[i + 1][j], best[i][j] + gains[i][j])
    pairs, i, j = [], n, m
    while i and j:
        if gains[i - 1][j - 1] and best[i][j] == best[i - 1][j - 1] + gains[i - 1][j - 1]:
            pairs.append((i - 1, j - 1))
            i, j = i - 1, j - 1
        elif best[i][j] == best[i - 1][j]:
            i -= 1
        else:
            j -= 1
    return pairs[::-1]


def ours(path: Path, page: int) -> list[Rows]:
    """The tables of a page by the installed command."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "tables.json"
        command = [str(Path(sys.executable).parent / "pdf-compare"), "extract", str(path), "--tables", str(out)]
        subprocess.run([*command, "--pages", str(page), "--ocr", "never", "--quiet"], check=True, timeout=300)
        return [table["rows"] for table in json.loads(out.read_text("utf-8"))]


def pdfplumber_default(path: Path, page: int) -> list[Rows]:
    """The tables of a page by pdfplumber as it comes."""
    import pdfplumber

    with pdfplumber.open(path) as pdf:
        return [[[cell or "" for cell in row] for row in table] for table in pdf.pages[page - 1].extract_tables()]


def main() -> int:
    """Print the scores; 1 where a mean is below what is promised."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, default=Path("../shared/corpus"))
    singles = parser.parse_args().corpus / "singles"
    tools = {"ours": cache(ours), "pdfplumber": cache(pdfplumber_default)}
    scores: dict[tuple[str, str], list[float]] = {}
    print(f"{'table':<52}{'kind':<9}{'ours':>7}{'pdfplumber':>12}")
    for truth in truths():
        row = []
        for tool, tables in tools.items():
            found = max((score(truth.rows, one) for one in tables(singles / truth.file, truth.page)), default=0.0)
            scores.setdefault((truth.kind, tool), []).append(found)
            row.append(found)
        print(f"{truth.name:<52}{truth.kind:<9}{row[0]:>7.3f}{row[1]:>12.3f}")
    means = {key: sum(values) / len(values) for key, values in scores.items()}
    for kind, least in (("ruled", 0.95), ("unruled", 0.85)):
        print(f"{'mean, ' + kind:<61}{means[kind, 'ours']:>7.3f}{means[kind, 'pdfplumber']:>12.3f}   wanted {least}")
    return int(means["ruled", "ours"] < 0.95 or means["unruled", "ours"] < 0.85)


if __name__ == "__main__":
    sys.exit(main())
