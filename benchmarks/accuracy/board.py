"""Run the tools on a set, keep every answer's score, write the tables."""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from benchmarks.accuracy.producers import versions
from benchmarks.accuracy.scoring import Row, Summary, as_json, score, summarise
from benchmarks.accuracy.tools import Tool

START, END = "<!-- accuracy: made by `make accuracy` -->", "<!-- accuracy: end -->"
_COLUMNS: tuple[tuple[str, str], ...] = (
    ("pairs", "pairs"),
    ("precision", "P"),
    ("recall", "R"),
    ("f1", "F1"),
    ("f1_by_pair", "F1 by pair"),
    ("exact", "exact"),
    ("false_per_1000", "false / 1,000"),
    ("moves", "moves"),
    ("region_recall", "regions R"),
    ("region_precision", "regions P"),
    ("layer", "layer"),
    ("kind", "kind"),
    ("page_map", "page map"),
    ("clean", "clean"),
    ("seconds", "s"),
    ("memory_mb", "MB"),
)
_PEER_COLUMNS = ("f1", "f1_by_pair", "exact", "false_per_1000", "moves", "region_recall", "clean", "seconds")


def run(tool: Tool, folders: list[Path], jobs: int) -> list[Row]:
    """Score a tool on every pair; says how far it is on stderr."""
    start = time.monotonic()
    rows = []

    def judge(folder: Path) -> Row:
        return score(folder, tool.run(folder / "old.pdf", folder / "new.pdf"))

    with ThreadPoolExecutor(jobs) as pool:
        for row in pool.map(judge, folders):
            rows.append(row)
            line = f"\r{tool.name}: {len(rows)}/{len(folders)}  {time.monotonic() - start:.0f} s  {row.pair}"
            if sys.stderr.isatty() or len(rows) % 10 == 0 or len(rows) == len(folders):
                sys.stderr.write(f"{line:<90}" + ("" if sys.stderr.isatty() else "\n"))
    return rows


def by_category(rows: Iterable[Row]) -> dict[str, Summary]:
    """A summary for each category and for all."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.category, []).append(row)
    found = {name: summarise(group) for name, group in sorted(groups.items())}
    found["all"] = summarise([row for group in groups.values() for row in group])
    return found


def _cell(name: str, value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, int):
        return str(value)
    return f"{value:.2f}" if name in ("false_per_1000", "seconds") else f"{value:.3f}"


def markdown(results: dict[str, Any]) -> str:
    """The tables of docs/accuracy.md."""
    made = ", ".join(f"{name} ({version})" for name, version in results["producers"].items())
    lines = [f"{results['pairs']} pairs, seed {results['seed']}. Producers: {made}.", ""]
    first = results["tools"][0]
    lines += [f"**{first['name']}** ({first['version']})", ""]
    lines += ["| category | " + " | ".join(head for _, head in _COLUMNS) + " |", "| --- |" + " ---: |" * len(_COLUMNS)]
    for category, summary in first["summary"].items():
        lines.append(f"| {category} | " + " | ".join(_cell(name, summary[name]) for name, _ in _COLUMNS) + " |")
    heads = dict(_COLUMNS)
    lines += ["", "Beside other tools, on all pairs and on the prose categories (a to e, l):", ""]
    lines += [
        "| tool | "
        + " | ".join(heads[name] for name in _PEER_COLUMNS)
        + " | prose: F1 | prose: exact | same told as same |",
        "| --- |" + " ---: |" * (len(_PEER_COLUMNS) + 3),
    ]
    for tool in results["tools"]:
        if not tool["version"]:
            lines.append(f"| {tool['name']} ({tool['what']}) | not installed |" + " |" * (len(_PEER_COLUMNS) + 2))
            continue
        whole = tool["summary"]["all"]
        verdicts = tool["verdict_only"]
        cells = ["–" if verdicts and name != "seconds" else _cell(name, whole[name]) for name in _PEER_COLUMNS]
        cells += [
            "–" if verdicts else _cell("f1", tool["prose"]["f1"]),
            "–" if verdicts else _cell("exact", tool["prose"]["exact"]),
        ]
        cells.append(_cell("same", tool["same_told_as_same"]))
        lines.append(f"| {tool['name']} ({tool['what']}, {tool['version']}) | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def publish(text: str, page: Path) -> None:
    """Put the tables between the markers of a page."""
    whole = page.read_text("utf-8")
    before, _, rest = whole.partition(START)
    _, _, after = rest.partition(END)
    page.write_text(f"{before}{START}\n{text}{END}{after}", "utf-8")


def results(tools: list[Tool], folder: Path, seed: int, jobs: int) -> dict[str, Any]:
    """Everything, ready for JSON. A set is known by the hash of its truths."""
    folders = sorted(path.parent for path in folder.glob("*/truth.json"))
    if not folders:
        raise SystemExit(f"no pairs in {folder}")
    truths = hashlib.sha256(b"".join((path / "truth.json").read_bytes() for path in folders)).hexdigest()
    out: dict[str, Any] = {
        "pairs": len(folders), "seed": seed, "truths_sha256": truths, "producers": versions(), "tools": [],
    }  # fmt: skip
    for tool in tools:
        version = tool.version()
        entry: dict[str, Any] = {"name": tool.name, "what": tool.what, "version": version}
        out["tools"].append(entry)
        if not version:
            sys.stderr.write(f"{tool.name}: not installed, left out\n")
            continue
        rows = run(tool, folders, jobs)
        prose = [row for row in rows if row.category[0] in "abcdel"]
        same = [row for row in rows if row.unchanged]
        entry["verdict_only"] = any(row.differs is not None for row in rows)
        entry["same_told_as_same"] = (
            sum(row.differs is False if entry["verdict_only"] else row.quiet for row in same) / len(same)
            if same
            else None
        )
        entry["summary"] = {name: asdict(summary) for name, summary in by_category(rows).items()}
        entry["prose"] = asdict(summarise(prose)) if prose else asdict(summarise(rows))
        entry["rows"] = [as_json(row) for row in rows]
    return out


def plain_table(summaries: dict[str, dict[str, Any]]) -> str:
    """For the terminal."""
    lines = [f"{'category':<16}" + "".join(f"{head.replace('regions', 'reg')[:8]:>9}" for _, head in _COLUMNS)]
    for category, summary in summaries.items():
        lines.append(f"{category:<16}" + "".join(f"{_cell(name, summary[name]):>9}" for name, _ in _COLUMNS))
    return "\n".join(lines) + "\n"


def wrong(rows: list[dict[str, Any]]) -> str:
    """The pairs that are not exactly right, with the words."""
    lines = []
    for row in rows:
        marks = []
        if not row["exact"]:
            marks.append(f"missed {row['missed'][:8]} false {row['false'][:8]}")
        if row["moves"] < row["moves_wanted"]:
            marks.append("move not recognised")
        if row["regions_found"] < row["regions"]:
            marks.append(f"regions {row['regions_found']}/{row['regions']}")
        if row["places_right"] < row["places_said"]:
            marks.append(f"places right {row['places_right']}/{row['places_said']}")
        if row["layer_right"] < row["regions_found"] or row["kind_right"] < row["regions_found"]:
            marks.append(f"layer {row['layer_right']} kind {row['kind_right']} of {row['regions_found']}")
        if row["map_right"] < row["map_wanted"]:
            marks.append("page map")
        if row["unchanged"] and not row["quiet"]:
            marks.append("not clean")
        if row["error"]:
            marks.append(row["error"][:120])
        if marks:
            lines.append(f"{row['pair']} [{row['notes'][:140]}]: {'; '.join(marks)}")
    return "\n".join(lines) + "\n"


def write(found: dict[str, Any], target: Path) -> None:
    """As JSON."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", "utf-8")


assert all(name in {field.name for field in fields(Summary)} for name, _ in _COLUMNS)
