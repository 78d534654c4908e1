"""A dashboard as a page, drawn from a Prometheus without Grafana.

`python -m monitoring.drawing overview --to overview.html`

Of each panel the lines of its queries, or the last number; units as Grafana writes them. For documents, and where only
Prometheus can be had.
"""

from __future__ import annotations

import argparse
import html
import math
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from monitoring.boards import BOARDS, RATE
from monitoring.panels import Board, Panel, Query

WIDTH, HEIGHT, LEFT, BELOW = 520, 170, 62, 18
POINTS = 180
#: of lines; readable beside each other on white
COLORS = ("#1f6feb", "#d9480f", "#2b8a3e", "#9c36b5", "#e6a700", "#0b7285", "#c2255c", "#5c5f66")
MOST_LINES = 12
_STYLE = """
body{font:13px/1.4 system-ui,"DejaVu Sans",sans-serif;margin:24px;color:#1f2328;background:#fff;width:1120px}
h1{font-size:20px;margin:0 0 4px} h2{font-size:14px;margin:18px 0 6px;color:#57606a;font-weight:600}
.row{display:flex;flex-wrap:wrap;gap:12px} figure{margin:0;border:1px solid #d0d7de;border-radius:6px;padding:10px 12px}
figcaption{font-weight:600;margin-bottom:4px} .n{width:150px}
.n b{font-size:26px;font-weight:600}
.l{color:#57606a;font-size:11px;max-width:520px} .l i{font-style:normal;margin-right:10px}
text{font-size:10px;fill:#57606a}
"""


class Line(NamedTuple):
    """A series: its name, and values by time; NaN where there is none."""

    name: str
    points: list[tuple[float, float]]


def drawn(board: Board, prometheus: str, *, seconds: float) -> str:
    """The page of a dashboard for the last `seconds`."""
    end = time.time()
    parts = [f"<!doctype html><meta charset=utf-8><title>{html.escape(board.title)}</title><style>{_STYLE}</style>"]
    parts.append(f"<h1>{html.escape(board.title)}</h1>{html.escape(board.about)}")
    for title, panels in board.rows:
        parts.append(f"<h2>{html.escape(title)}</h2><div class=row>")
        for panel in panels:
            lines = [line for query in panel.queries for line in asked(prometheus, query, end - seconds, end)]
            parts.append(_figure(panel, lines, end - seconds, end))
        parts.append("</div>")
    return "".join(parts)


def asked(prometheus: str, query: Query, begin: float, end: float) -> list[Line]:
    """What a query answers for a stretch of time."""
    step = max(5.0, (end - begin) / POINTS)
    expr = query.expr.replace(RATE, f"{max(60, round(4 * step))}s")
    params = {"query": expr, "start": str(begin), "end": str(end), "step": str(step)}
    answer = httpx.get(f"{prometheus}/api/v1/query_range", params=params, timeout=60).raise_for_status().json()
    return [
        Line(_name(query.legend, one["metric"]), [(float(at), float(value)) for at, value in one["values"]])
        for one in answer["data"]["result"]
    ]


def _name(legend: str, labels: dict[str, Any]) -> str:
    for label, value in labels.items():
        legend = legend.replace(f"{{{{{label}}}}}", str(value))
    return legend or "all"


def _figure(panel: Panel, lines: Sequence[Line], begin: float, end: float) -> str:
    caption = f"<figcaption>{html.escape(panel.title)}</figcaption>"
    known = [line for line in lines if any(not math.isnan(value) for _, value in line.points)]
    if panel.form == "number":
        value = known[0].points[-1][1] if known else math.nan
        return f"<figure class=n>{caption}<b>{shown(value, panel.unit)}</b></figure>"
    known = [line for line in known if any(value for _, value in line.points)] or known  # what never was, only if alone
    largest = sorted(known, key=lambda line: -max(v for _, v in line.points if not math.isnan(v)))[:MOST_LINES]
    colors = {line.name: COLORS[at % len(COLORS)] for at, line in enumerate(largest)}
    dots = ((f'<span style="color:{color}">●</span>', html.escape(name)) for name, color in colors.items())
    names = "".join(f"<i>{dot} {name}</i>" for dot, name in dots)
    return f"<figure>{caption}{_plot(largest, colors, panel.unit, begin, end)}<div class=l>{names}</div></figure>"


def _plot(lines: Sequence[Line], colors: dict[str, str], unit: str, begin: float, end: float) -> str:
    most = max((v for line in lines for _, v in line.points if not math.isnan(v)), default=1.0)
    size = 1024.0 ** int(math.log(max(most, 1), 1024)) if unit in {"bytes", "Bps"} else 1.0
    top = _round_up(most / size) * size

    def x(at: float) -> float:
        return LEFT + (at - begin) / (end - begin) * (WIDTH - LEFT)

    def y(value: float) -> float:
        return HEIGHT - value / top * (HEIGHT - 8)

    parts = [f'<svg width="{WIDTH}" height="{HEIGHT + BELOW}" role="img">']
    for part in range(5):
        level = top * part / 4
        parts.append(f'<path d="M{LEFT} {y(level):.1f}H{WIDTH}" stroke="#d8dee4" stroke-width="1"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y(level) + 3:.1f}" text-anchor="end">{shown(level, unit)}</text>')
    for part in range(4):
        at = begin + (end - begin) * (part + 0.5) / 4
        clock = time.strftime("%H:%M", time.gmtime(at))
        parts.append(f'<text x="{x(at):.1f}" y="{HEIGHT + 14}" text-anchor="middle">{clock}</text>')
    for line in lines:
        path, pen = [], "M"
        for at, value in line.points:
            if math.isnan(value):
                pen = "M"
                continue
            path.append(f"{pen}{x(at):.1f} {y(value):.1f}")
            pen = "L"
        parts.append(f'<path d="{"".join(path)}" fill="none" stroke="{colors[line.name]}" stroke-width="1.5"/>')
    return "".join([*parts, "</svg>"])


def _round_up(value: float) -> float:
    """The next of 1, 2, 4, 5, 8, 10 times a power of ten."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 4, 5, 8, 10) if step * power >= value * 0.999)


def shown(value: float, unit: str) -> str:
    """A number with its unit, in three digits."""
    if math.isnan(value):
        return "–"
    if unit == "percentunit":
        return f"{100 * value:.3g} %"
    if unit in {"bytes", "Bps"}:
        power = min(4, int(math.log(max(value, 1), 1024)))
        return f"{value / 1024**power:.3g} {('B', 'KiB', 'MiB', 'GiB', 'TiB')[power]}{'/s' if unit == 'Bps' else ''}"
    if unit == "s":
        for size, name in ((86400, "d"), (3600, "h"), (60, "min"), (1, "s")):
            if value >= size:
                return f"{value / size:.3g} {name}"
        return "0" if value == 0 else f"{1000 * value:.3g} ms"
    return f"{value:.3g}" + (" /s" if unit == "reqps" else "")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("board", choices=[board.uid for board in BOARDS])
    parser.add_argument("--prometheus", default="http://127.0.0.1:9090")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--to", type=Path, required=True)
    given = parser.parse_args()
    [board] = [one for one in BOARDS if one.uid == given.board]
    given.to.write_text(drawn(board, given.prometheus, seconds=60 * given.minutes), encoding="utf-8")


if __name__ == "__main__":
    main()
