"""docs/performance.md and its plots from the measured figures."""

from __future__ import annotations

import re
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.performance.plots import bars, growth
from benchmarks.performance.tools import ALL, TEXT, YARDSTICK

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
PLOTS = "images/performance"
LONG = ("gles32", "deb-octave")
Json = dict[str, Any]
WHOLE = f"""### Whole comparisons

CPU seconds of all processes for both files; medians of runs in turn. `x` is the ratio to `{YARDSTICK}` on both files
of the same round. What took longer than the time after `>` was ended then.
"""
HEAD = """| tool | CPU s | x | wall s, least | largest process MB | all MB |
| --- | ---: | ---: | ---: | ---: | ---: |"""


def renew(page: Path, found: Json) -> None:
    """Put the tables between the page's two marks, and the plots beside it."""
    text = page.read_text()
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        raise SystemExit(f"{page}: the marks are not there")
    folder = page.parent / PLOTS
    folder.mkdir(parents=True, exist_ok=True)
    for name, plot in plots(found).items():
        (folder / name).write_text(plot)
    pattern = re.compile(f"{re.escape(BEGIN)}.*{re.escape(END)}", re.DOTALL)
    page.write_text(pattern.sub(lambda _: f"{BEGIN}\n\n{tables(found)}\n{END}", text))


def plots(found: Json) -> dict[str, str]:
    """SVG by file name."""
    made: dict[str, str] = {}
    for case in found["cases"]:
        if case["name"] in (*LONG, "noise-typo", "esp32evb-k", "mrl5-fonts"):
            rows = [(row["tool"], row["cpu_s"], row["tool"] in (TEXT, ALL)) for row in case["tools"]]
            title = f"{case['name']}, {case['pages']:,} pages: CPU seconds, all processes, both files"
            made[f"{case['name']}.svg"] = bars(title, sorted(rows, key=lambda row: row[1]), "s")
    grown = found["growth"]
    if grown:
        lines = [(one["what"], one["sizes"], one["seconds"]) for one in grown]
        made["growth.svg"] = growth("CPU seconds by size, both axes logarithmic", lines, "s")
    return made


def tables(found: Json) -> str:
    """Markdown."""
    parts = [f"Measured on {found['machine']}; load before {found['load']:.1f}.\n", _promises(found)]
    parts.append(WHOLE)
    for case in found["cases"]:
        counts = case.get("stages", {}).get("counts", {})
        told = "".join(f", {counts[key]:,} {key}" for key in ("words", "segments", "changes") if counts.get(key))
        parts.append(f"**{case['name']}**, {_times(case['pages'], 'page')}{told} (both sides together)\n")
        parts.append(HEAD)
        for row in sorted(case["tools"], key=lambda one: one["cpu_s"]):
            name = f"**{row['tool']}**" if row["tool"] in (TEXT, ALL) else row["tool"]
            ratio = "" if row["ratio"] is None else f"{row['ratio']:.2f}"
            cut = "> " if row["cut"] else ""
            cells = (
                name,
                f"{cut}{row['cpu_s']:.2f}",
                ratio,
                f"{cut}{row['wall_s']:.2f}",
                f"{row['largest_mb']:.0f}",
                f"{row['all_mb']:.0f}",
            )
            parts.append(f"| {' | '.join(cells)} |")
        parts.append(
            f"\n![{case['name']}]({PLOTS}/{case['name']}.svg)\n" if f"{case['name']}.svg" in plots(found) else ""
        )
    parts += [_stages(found), _growth(found), _others(found)]
    return "\n".join(parts)


def _times(count: int, what: str) -> str:
    return f"{count:,} {what}{'s' * (count != 1)}"


def _stages(found: Json) -> str:
    cases = [case for case in found["cases"] if case.get("stages")]
    names = sorted({stage for case in cases for stage in case["stages"]["seconds"]})
    head = ["### Stages", "", "CPU milliseconds for both files, in one process without the sandbox.", ""]
    head.append("| stage | " + " | ".join(case["name"] for case in cases) + " |")
    head.append("| --- |" + " ---: |" * len(cases))
    for name in names:
        cells = []
        for case in cases:
            seconds = case["stages"]["seconds"].get(name, 0.0)
            if name == "page images":
                seconds /= case["stages"]["counts"]["pictures"]
            cells.append(f"{seconds * 1000:,.0f}" if seconds >= 0.001 else f"{seconds * 1000:.1f}")
        label = "a page image, 150 dpi" if name == "page images" else name
        head.append(f"| {label} | " + " | ".join(cells) + " |")
    return "\n".join([*head, ""])


def _growth(found: Json) -> str:
    if not found["growth"]:  # of some pairs only
        return ""
    rows = [
        "### Growth",
        "",
        "Generated documents; the exponent is the slope on logarithmic axes, without what the smallest costs.",
        "",
    ]
    rows += [
        "| what | sizes | CPU s | largest process MB | exponent of time | of memory |",
        "| --- | --- | --- | --- | ---: | ---: |",
    ]
    for one in found["growth"]:
        cells = (
            one["what"],
            " / ".join(f"{size:,}" for size in one["sizes"]),
            " / ".join(f"{value:.2f}" for value in one["seconds"]),
            " / ".join(f"{value / 1e6:.0f}" for value in one["bytes"]),
            f"{one['exponents'][0]:.2f}",
            f"{one['exponents'][1]:.2f}",
        )
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join([*rows, "", f"![Growth]({PLOTS}/growth.svg)", ""])


def _others(found: Json) -> str:
    rows = ["### Start, words, service", "", "| what | figure |", "| --- | ---: |"]
    rows += [f"| {name} | {value} |" for name, value in found["others"].items()]
    return "\n".join([*rows, ""])


def _promises(found: Json) -> str:
    rows = ["### What is asked", "", "| asked | measured | |", "| --- | --- | --- |"]
    for what, measured, kept in promises(found):
        rows.append(f"| {what} | {measured} | {'kept' if kept else 'not kept'} |")
    return "\n".join([*rows, ""])


def promises(found: Json) -> list[tuple[str, str, bool]]:
    """What is asked, what was measured, whether it is kept."""
    by_name = {case["name"]: {row["tool"]: row for row in case["tools"]} for case in found["cases"]}
    rows: list[tuple[str, str, bool]] = []
    for name in LONG:
        for tool, most, words in ((TEXT, 1.0, "words, styles and pages"), (ALL, 2.0, "all layers")):
            row = by_name.get(name, {}).get(tool)
            if row:
                rows.append(
                    (
                        f"{name}, {words}: at most {most:g} times `{YARDSTICK}`",
                        f"{row['ratio']:.2f}",
                        row["ratio"] <= most,
                    )
                )
    octave = by_name.get("deb-octave", {}).get(ALL)
    if octave:
        rows.append(
            (
                "deb-octave: at most 300 MB in the largest process",
                f"{octave['largest_mb']:.0f} MB",
                octave["largest_mb"] <= 300,
            )
        )
    single = by_name.get("1 page", {}).get(ALL)
    if single:
        rows.append(("1 page: at most 0.5 s by the clock", f"{single['wall_s']:.2f} s", single["wall_s"] <= 0.5))
    for name, tools in by_name.items():
        if (name == "esp32evb-k" or "lines" in name) and ALL in tools:
            rows.append((f"{name}: at most 2 s CPU", f"{tools[ALL]['cpu_s']:.2f} s", tools[ALL]["cpu_s"] <= 2.0))
    peers = [
        (row["cpu_s"] / tools[ALL]["cpu_s"], row["tool"], name)
        for name, tools in by_name.items()
        for row in tools.values()
        if row["is_python"] and ALL in tools
    ]
    if peers:
        least, middle = min(peers), median(ratio for ratio, *_ in peers)
        told = f"{least[0]:.1f} to {max(peers)[0]:.0f}, median {middle:.1f}; least: {least[1]}, {least[2]}"
        rows.append(("at least 20 times less CPU than any peer in Python", told, least[0] >= 20))
    for what, (measured, limit, unit) in found["limits"].items():
        rows.append((f"{what}: at most {limit:g}{unit}", f"{measured:.3g}{unit}", measured <= limit))
    for one in found["growth"]:
        worst = max(one["exponents"])
        rows.append((f"growth with {one['what']}: exponents at most 1.1", f"{worst:.2f}", worst <= 1.1))
    if "speedup" in found:
        rows.append(
            ("two processors: at least 1.5 times faster", f"{found['speedup']:.2f} times", found["speedup"] >= 1.5)
        )
    return rows
