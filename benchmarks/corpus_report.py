"""Every pair of the corpus through the command line: time, memory, counts by layer, notices; as Markdown and HTML."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from pathlib import Path

from benchmarks.measuring import measure
from benchmarks.pairs import folders_of
from core.faces.notices import all_notices

COMMAND = Path(sys.executable).parent / "pdf-compare"
HEADS = ("pair", "pages", "exit", "changes", "counts by layer", "notices", "wall s", "CPU s", "memory MB")


@dataclass(frozen=True, slots=True)
class Row:
    """What one pair gave; `trouble` is the line on stderr."""

    pair: str
    pages: str
    code: int
    changes: int
    counts: dict[str, dict[str, int]]
    notices: dict[str, int]
    wall_seconds: float
    cpu_seconds: float
    memory_bytes: int
    trouble: str = ""

    def cells(self) -> tuple[str, ...]:
        """The columns of `HEADS`."""
        counts = "; ".join(
            f"{layer}: " + ", ".join(f"{count} {kind}" for kind, count in kinds.items() if count)
            for layer, kinds in self.counts.items()
        )
        notices = ", ".join(f"{code} ×{count}" if count > 1 else code for code, count in self.notices.items())
        return (
            self.pair,
            self.pages,
            str(self.code),
            f"{self.changes:,}",
            self.trouble or counts or "–",
            notices or "–",
            f"{self.wall_seconds:.1f}",
            f"{self.cpu_seconds:.1f}",
            f"{self.memory_bytes / 10**6:.0f}",
        )


def judge(folder: Path) -> Row:
    """Compare one pair."""
    with tempfile.TemporaryDirectory() as temporary:
        target = Path(temporary, "r.json")
        cost = measure([COMMAND, "compare", folder / "old.pdf", folder / "new.pdf", "--json", target, "--quiet"])
        result = json.loads(target.read_bytes()) if target.exists() else None
    found = {
        "pair": folder.name,
        "code": cost.code,
        "wall_seconds": cost.wall_seconds,
        "cpu_seconds": cost.cpu_seconds,
        "memory_bytes": cost.memory_bytes,
        "trouble": cost.stderr.decode("utf-8", "replace").strip().replace(str(folder), "…")[-200:],
    }
    if result is None:
        return Row(pages="", changes=0, counts={}, notices={}, **found)  # type: ignore[arg-type]
    pages = "/".join(f"{len(result[side]['pages']):,}" for side in ("old", "new"))
    notices = Counter(notice["code"] for _, notice in all_notices(result))
    return Row(
        pages=pages,
        changes=len(result["changes"]),
        counts=result["summary"]["counts"],
        notices=dict(notices.most_common()),
        **found,  # type: ignore[arg-type]
    )


def markdown(rows: Iterable[Row]) -> str:
    """The table, and the sums below it."""
    rows = list(rows)
    lines = [f"| {' | '.join(HEADS)} |", f"| {' | '.join('---:' if 's' in head else '---' for head in HEADS)} |"]
    lines += [f"| {' | '.join(cell.replace('|', '/') for cell in row.cells())} |" for row in rows]
    return "\n".join(["# Every pair of the corpus", "", sums(rows), "", *lines]) + "\n"


def html(rows: Iterable[Row]) -> str:
    """The same as a page."""
    rows = list(rows)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row.cells()) + "</tr>" for row in rows)
    head = "".join(f"<th>{head}</th>" for head in HEADS)
    style = (
        ":root{color-scheme:light dark}body{font:14px/1.4 system-ui,sans-serif;margin:2rem}"
        "table{border-collapse:collapse}td,th{padding:4px 10px;border-bottom:1px solid #8884;text-align:left;"
        "vertical-align:top}"
    )
    return (
        f'<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Every pair of the corpus</title><style>{style}'
        f"</style><h1>Every pair of the corpus</h1><p>{escape(sums(rows))}</p><table><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table></html>\n"
    )


def sums(rows: list[Row]) -> str:
    """One sentence about all of them."""
    failed = sum(not row.pages for row in rows)
    partly = sum(row.code == 2 and bool(row.pages) for row in rows)
    return (
        f"{len(rows)} pairs, {failed} without a result, {partly} not completely; "
        f"{sum(row.changes for row in rows):,} changes; "
        f"{sum(row.wall_seconds for row in rows):.0f} s in all, "
        f"the slowest {max(row.wall_seconds for row in rows):.1f} s; "
        f"at most {max(row.memory_bytes for row in rows) / 10**6:.0f} MB."
    )


def main() -> None:
    """Judge all pairs, one after the other; exit code 1 when one has no result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, default=Path("../shared/corpus"))
    parser.add_argument("--out", type=Path, default=Path("build"))
    parser.add_argument("--only", nargs="*", help="pairs by name")
    arguments = parser.parse_args()
    folders = folders_of(arguments.corpus, arguments.only)
    rows = []
    for folder in folders:
        rows.append(judge(folder))
        sys.stderr.write("  ".join(rows[-1].cells()) + "\n")
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "corpus-report.md").write_text(markdown(rows), "utf-8")
    (arguments.out / "corpus-report.html").write_text(html(rows), "utf-8")
    sys.stdout.write(f"{sums(rows)}\n{arguments.out / 'corpus-report.md'}\n{arguments.out / 'corpus-report.html'}\n")
    sys.exit(any(not row.pages for row in rows))


if __name__ == "__main__":
    main()
