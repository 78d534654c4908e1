"""Plots as SVG that can be read on light and on dark ground: bars of ratios, and growth on logarithmic axes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

WIDTH, ROW, LEFT, RIGHT = 760, 22, 300, 70
INK, OURS, THEIRS, GRID = "#7a7f87", "#2f7ed8", "#b07d2b", "#9aa0a833"
_HEAD = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}" role="img" aria-label="{title}" '
    'font-family="sans-serif" font-size="12" fill="' + INK + '"><title>{title}</title>'
)


def bars(title: str, rows: Sequence[tuple[str, float, bool]], unit: str) -> str:
    """Horizontal bars on a logarithmic axis; rows are (name, value, whether it is ours)."""
    low = 10 ** math.floor(math.log10(min(value for _, value, _ in rows)))
    high = 10 ** math.ceil(math.log10(max(value for _, value, _ in rows) * 1.01))
    height = 40 + ROW * len(rows) + 24

    def at(value: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * math.log10(value / low) / math.log10(high / low)

    parts = [_HEAD.format(w=WIDTH, h=height, title=escape(title)), f'<text x="8" y="18">{escape(title)}</text>']
    tick = low
    while tick <= high * 1.001:
        x = at(tick)
        parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="30" y2="{height - 22}" stroke="{GRID}"/>')
        parts.append(f'<text x="{x:.1f}" y="{height - 6}" text-anchor="middle">{tick:g}</text>')
        tick *= 10
    for k, (name, value, is_ours) in enumerate(rows):
        y = 34 + ROW * k
        parts.append(f'<text x="{LEFT - 8}" y="{y + 14}" text-anchor="end">{escape(name)}</text>')
        width = max(at(value) - LEFT, 2.0)
        parts.append(
            f'<rect x="{LEFT}" y="{y + 3}" width="{width:.1f}" height="{ROW - 8}" rx="2" '
            f'fill="{OURS if is_ours else THEIRS}"/>'
            f'<text x="{LEFT + width + 6:.1f}" y="{y + 14}">{value:.2g} {escape(unit)}</text>'
        )
    return "\n".join([*parts, "</svg>", ""])


def growth(title: str, lines: Sequence[tuple[str, Sequence[int], Sequence[float]]], unit: str) -> str:
    """Values by size, both axes logarithmic; lines are (name, sizes, values)."""
    sizes = [size for _, line, _ in lines for size in line]
    values = [value for *_, line in lines for value in line]
    x0, x1 = math.log10(min(sizes)), math.log10(max(sizes))
    y0, y1 = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    height, left, bottom, top = 340, 60, 300, 34

    def at(size: float, value: float) -> tuple[float, float]:
        x = left + (WIDTH - left - 170) * (math.log10(size) - x0) / (x1 - x0)
        return x, bottom - (bottom - top) * (math.log10(value) - y0) / (y1 - y0)

    parts = [_HEAD.format(w=WIDTH, h=height, title=escape(title)), f'<text x="8" y="18">{escape(title)}</text>']
    for power in range(y0, y1 + 1):
        _, y = at(min(sizes), 10.0**power)
        parts.append(f'<line x1="{left}" x2="{WIDTH - 170}" y1="{y:.1f}" y2="{y:.1f}" stroke="{GRID}"/>')
        parts.append(f'<text x="{left - 6}" y="{y + 4:.1f}" text-anchor="end">{10.0**power:g} {escape(unit)}</text>')
    for size in sorted(set(sizes)):
        x, _ = at(size, 10.0**y0)
        parts.append(f'<text x="{x:.1f}" y="{bottom + 18}" text-anchor="middle">{size:,}</text>')
    for (name, line, own), color in zip(lines, (OURS, THEIRS, INK), strict=False):
        points = [at(size, value) for size, value in zip(line, own, strict=True)]
        drawn = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline points="{drawn}" fill="none" stroke="{color}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{color}"/>' for x, y in points]
        x, y = points[-1]
        parts.append(f'<text x="{x + 8:.1f}" y="{y + 4:.1f}" fill="{color}">{escape(name)}</text>')
    return "\n".join([*parts, "</svg>", ""])
