"""g: sheets of at least 5,000 segments: symbols, pipes, hatching, dimensions; things and labels change."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field, replace
from html import escape
from pathlib import Path

from benchmarks.accuracy.locate import Box
from benchmarks.accuracy.producers import choose
from benchmarks.accuracy.producers.html import print_html
from benchmarks.accuracy.script import Truth

SHEET = (1190.55, 841.89)  # A3, landscape
SEGMENTS = 5000
_GRID = 74.0

Line = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Thing:
    """A group of lines and circles with labels, at a place; lengths in points from the top left corner."""

    kind: str
    x: float
    y: float
    lines: tuple[Line, ...] = ()
    circles: tuple[tuple[float, float, float], ...] = ()
    label: str = ""
    label_at: tuple[float, float] = (0.0, 0.0)
    width: float = 0.7

    def box(self) -> Box:
        """Around lines and circles."""
        xs = [v for line in self.lines for v in (line[0], line[2])] + [
            c[0] + s * c[2] for c in self.circles for s in (-1, 1)
        ]
        ys = [v for line in self.lines for v in (line[1], line[3])] + [
            c[1] + s * c[2] for c in self.circles for s in (-1, 1)
        ]
        return (self.x + min(xs), self.y + min(ys), self.x + max(xs), self.y + max(ys))

    def label_box(self) -> Box:
        """About where the label stands."""
        x, y = self.x + self.label_at[0], self.y + self.label_at[1]
        return (x, y - 6, x + 4.6 * len(self.label), y + 2)


@dataclass(slots=True)
class Sheet:
    things: list[Thing] = field(default_factory=list)

    def segments(self) -> int:
        """Lines, and four for a circle."""
        return sum(len(thing.lines) + 4 * len(thing.circles) for thing in self.things)


def _valve(x: float, y: float, tag: str) -> Thing:
    lines = ((0, 0, 24, 14), (24, 14, 24, 0), (24, 0, 0, 14), (0, 14, 0, 0), (12, 7, 12, -6), (7, -6, 17, -6))
    return Thing("valve", x, y, lines, (), tag, (0, 26))


def _pump(x: float, y: float, tag: str) -> Thing:
    return Thing("pump", x, y, ((2, 2, 22, 10), (22, 10, 2, 18)), ((12, 10, 12),), tag, (0, 32))


def _instrument(x: float, y: float, tag: str) -> Thing:
    return Thing("instrument", x, y, ((0, 11, 22, 11),), ((11, 11, 11),), tag, (26, 14))


def _tank(x: float, y: float, tag: str) -> Thing:
    lines = (
        (0, 6, 0, 38),
        (26, 6, 26, 38),
        (0, 6, 13, 0),
        (13, 0, 26, 6),
        (0, 38, 13, 44),
        (13, 44, 26, 38),
        (0, 22, 26, 22),
    )
    return Thing("tank", x, y, lines, (), tag, (30, 24))


SYMBOLS = (_valve, _pump, _instrument, _tank)


def sheet(rng: random.Random) -> tuple[Sheet, list[tuple[float, float]]]:
    """A sheet and the places that are free."""
    places = [(50 + i * _GRID, 70 + j * _GRID) for i in range(14) for j in range(9)]
    rng.shuffle(places)
    drawn = Sheet()
    numbers = rng.sample(range(100, 999), 90)
    for _ in range(rng.randrange(30, 45)):
        x, y = places.pop()
        drawn.things.append(rng.choice(SYMBOLS)(x, y, f"{rng.choice('PVTLFX')}{numbers.pop()}"))
    for _ in range(rng.randrange(8, 14)):  # dimensions
        x, y = places.pop()
        lines = (
            (0, 0, 54, 0),
            (0, -4, 0, 4),
            (54, -4, 54, 4),
            (0, 0, 5, -2),
            (0, 0, 5, 2),
            (54, 0, 49, -2),
            (54, 0, 49, 2),
        )
        drawn.things.append(Thing("dimension", x, y, lines, (), str(numbers.pop() * 5), (18, -3), 0.4))
    for _ in range(60):  # pipes
        x, y = rng.choice(places)
        length = rng.choice((30.0, 44.0, 58.0))
        line = (0.0, 50.0, length, 50.0) if rng.random() < 0.5 else (58.0, 4.0, 58.0, 4.0 + length)
        drawn.things.append(Thing("pipe", x, y, (line,), width=1.1))
    while drawn.segments() < SEGMENTS:  # hatching: many short strokes in a free field
        x, y = places.pop()
        step = 60 / 22
        strokes = tuple((i * step, j * 7.0, i * step + 2.4, j * 7.0 + 5.5) for i in range(22) for j in range(8))
        drawn.things.append(Thing("hatch", x, y, strokes, width=0.25))
        if len(places) < 12:
            break
    while drawn.segments() < SEGMENTS:  # denser where room is short
        at, thing = rng.choice([(i, t) for i, t in enumerate(drawn.things) if t.kind == "hatch"])
        more = tuple((x0 + 1.2, y0, x1 + 1.2, y1) for x0, y0, x1, y1 in thing.lines)
        drawn.things[at] = replace(thing, lines=thing.lines + more)
    return drawn, places


def draw(rng: random.Random, folder: Path) -> None:
    """Write a pair with a few edits of things."""
    old, free = sheet(rng)
    new = Sheet(list(old.things))
    regions: list[dict[str, object]] = []
    gone: list[str] = []
    come: list[str] = []
    optional: list[str] = []
    done = []

    def tell(number: int, side: str, box: Box, layer: str, kind: str, text: str | None = None) -> None:
        place = [round(value, 2) for value in box]
        regions.append(
            {"side": side, "page": 1, "box": place, "layer": layer, "kind": kind, "text": text, "change": f"t{number}"}
        )

    symbols = [i for i, thing in enumerate(new.things) if thing.kind in ("valve", "pump", "instrument", "tank")]
    dimensions = [i for i, thing in enumerate(new.things) if thing.kind == "dimension"]
    pipes = [i for i, thing in enumerate(new.things) if thing.kind == "pipe"]
    fields = Counter((new.things[i].x, new.things[i].y) for i in pipes)
    # Of two that lie over each other one could become longer and nothing would be seen.
    pipes = [i for i in pipes if fields[new.things[i].x, new.things[i].y] == 1]
    rng.shuffle(symbols)
    dropped: set[int] = set()
    for number, how in enumerate(
        rng.sample(("move", "remove", "add", "label", "dimension", "line"), rng.randrange(2, 5)), 1
    ):
        done.append(how)
        if how == "move":
            at = symbols.pop()
            x, y = free.pop()
            moved = replace(new.things[at], x=x, y=y)
            tell(number, "old", new.things[at].box(), "drawing", "moved|replaced")
            tell(number, "new", moved.box(), "drawing", "moved|replaced")
            optional.append(moved.label)
            new.things[at] = moved
        elif how == "remove":
            at = symbols.pop()
            tell(number, "old", new.things[at].box(), "drawing", "deleted")
            tell(number, "old", new.things[at].label_box(), "text", "deleted", new.things[at].label)
            gone.append(new.things[at].label)
            dropped.add(at)
        elif how == "add":
            x, y = free.pop()
            added = rng.choice(SYMBOLS)(x, y, f"N{rng.randrange(100, 999)}")
            new.things.append(added)
            tell(number, "new", added.box(), "drawing", "inserted")
            tell(number, "new", added.label_box(), "text", "inserted", added.label)
            come.append(added.label)
        elif how in ("label", "dimension"):
            at = symbols.pop() if how == "label" else rng.choice(dimensions)
            before = new.things[at]
            after = replace(
                before, label=before.label[:-1] + rng.choice([c for c in "123456789" if c != before.label[-1]])
            )
            tell(number, "old", before.label_box(), "text", "replaced", before.label)
            tell(number, "new", after.label_box(), "text", "replaced", after.label)
            gone.append(before.label)
            come.append(after.label)
            new.things[at] = after
        else:
            at = rng.choice(pipes)
            before = new.things[at]
            x0, y0, x1, y1 = before.lines[0]
            longer = (x0, y0, x1 + (9 if x1 > x0 else 0), y1 + (9 if y1 > y0 else 0))
            after = replace(before, lines=(longer,))
            for side, thing in (("old", before), ("new", after)):
                bx = thing.box()
                tell(number, side, (bx[0] - 1, bx[1] - 1, bx[2] + 1, bx[3] + 1), "drawing", "replaced|inserted|deleted")
            new.things[at] = after
    new.things = [thing for i, thing in enumerate(new.things) if i not in dropped]
    producer = rng.choice([name for name in choose("latin") if name in ("reportlab", "chromium")])
    if rng.random() < 0.5:  # drawn in another order
        rng.shuffle(new.things)
        done.append("other draw order")
    for side, drawn in (("old", old), ("new", new)):
        (_reportlab if producer == "reportlab" else _chromium)(drawn, folder / f"{side}.pdf")
    notes = f"{producer} plan, {old.segments()} segments; {', '.join(done)}"
    truth = Truth("g drawings", notes, False, gone, come, optional, list(optional), [], regions, True, [], [])
    truth.write(folder / "truth.json")


def _reportlab(drawn: Sheet, target: Path) -> None:
    from reportlab.pdfgen.canvas import Canvas

    height = SHEET[1]
    canvas = Canvas(str(target), pagesize=SHEET, invariant=1)
    for thing in drawn.things:
        canvas.setLineWidth(thing.width)
        for x0, y0, x1, y1 in thing.lines:
            canvas.line(thing.x + x0, height - thing.y - y0, thing.x + x1, height - thing.y - y1)
        for x, y, radius in thing.circles:
            canvas.circle(thing.x + x, height - thing.y - y, radius)
        if thing.label:
            canvas.setFont("Helvetica", 8)
            canvas.drawString(thing.x + thing.label_at[0], height - thing.y - thing.label_at[1], thing.label)
    canvas.save()


def _chromium(drawn: Sheet, target: Path) -> None:
    parts = []
    for thing in drawn.things:
        path = "".join(
            f"M{thing.x + a:.2f} {thing.y + b:.2f}L{thing.x + c:.2f} {thing.y + d:.2f}" for a, b, c, d in thing.lines
        )
        parts.append(f'<path d="{path}" stroke-width="{thing.width}"/>')
        parts += [
            f'<circle cx="{thing.x + x:.2f}" cy="{thing.y + y:.2f}" r="{r}" stroke-width="{thing.width}"/>'
            for x, y, r in thing.circles
        ]
        if thing.label:
            x, y = thing.x + thing.label_at[0], thing.y + thing.label_at[1]
            parts.append(f'<text x="{x:.2f}" y="{y:.2f}" fill="#000" stroke="none">{escape(thing.label)}</text>')
    width, height = SHEET
    print_html(
        f"<!DOCTYPE html><style>@page{{size:{width}pt {height}pt;margin:0}}body{{margin:0}}svg{{display:block}}"
        f"text{{font:8px 'Liberation Sans'}}</style><svg width='{width}pt' height='{height - 1}pt' "
        f"viewBox='0 0 {width} {height - 1}' fill='none' stroke='#000'>{''.join(parts)}</svg>",
        target,
    )
