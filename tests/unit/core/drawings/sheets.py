"""Drawings made in code: things at places, written in different ways."""

from __future__ import annotations

import io
import math
import random
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from reportlab.pdfgen.canvas import Canvas

from core.compare import compare
from core.engines.reading import read
from core.model import Comparison, Document
from core.options import CompareOptions, Limits

SIZE = (842.0, 595.0)
Line = tuple[float, float, float, float]


@dataclass(frozen=True)
class Way:
    """How a drawing is written.

    Attributes:
        scale: And `turn` (degrees), `shift`: where it lies on its sheet.
        pieces: Into how many each line is cut.
        polygons: Corners of the polygon that stands for a circle; 0 for curves.
        jitter: Points by which ends are off.
        doubled: Share of the lines that are drawn twice.
        pen: Widths in times.
        seed: Of the order of drawing; None for as told.
    """

    scale: float = 1.0
    turn: float = 0.0
    shift: tuple[float, float] = (0.0, 0.0)
    pieces: int = 1
    polygons: int = 0
    jitter: float = 0.0
    doubled: float = 0.0
    pen: float = 1.0
    seed: int | None = None
    size: tuple[float, float] = SIZE


@dataclass
class Scene:
    """Lines and circles with a width and a colour each."""

    lines: list[tuple[Line, float, str]] = field(default_factory=list)
    circles: list[tuple[float, float, float, float, str]] = field(default_factory=list)

    def add(
        self, lines: Iterable[Line], x: float = 0, y: float = 0, width: float = 0.7, color: str = "#000000"
    ) -> None:
        self.lines += [((a + x, b + y, c + x, d + y), width, color) for a, b, c, d in lines]

    def circle(self, x: float, y: float, radius: float, width: float = 0.7, color: str = "#000000") -> None:
        self.circles.append((x, y, radius, width, color))


VALVE: tuple[Line, ...] = (
    (0, 0, 24, 14), (24, 14, 24, 0), (24, 0, 0, 14), (0, 14, 0, 0), (12, 7, 12, -6), (7, -6, 17, -6),
)  # fmt: skip


def plant(seed: int = 1) -> Scene:
    """A sheet with a frame, valves, tanks, circles and hatching; places on a grid of 70 points, some of them free."""
    rng = random.Random(seed)
    scene = Scene()
    scene.add([(20, 20, 800, 20), (800, 20, 800, 570), (800, 570, 20, 570), (20, 570, 20, 20)], width=1.4)
    for i in range(10):
        for j in range(7):
            x, y = 50 + i * 70, 50 + j * 70
            what = (i * 3 + j * 5) % 7
            if what == 0:
                scene.add(VALVE, x, y)
            elif what == 1:
                scene.circle(x + 12, y + 10, 9 + (i + j) % 4)
                scene.add([(2, 2, 22, 10 + i), (22, 10 + i, 2, 18)], x, y)
            elif what == 2:
                scene.add([(k * 3.1, 0, k * 3.1 + 2.4, 5.5 + j) for k in range(14)], x, y, 0.25)
            elif what == 3:
                scene.add([(0, 30, rng.randrange(30, 60), 30)], x, y, 1.1)
    return scene


def written(scene: Scene, way: Way = Way()) -> bytes:
    """A PDF of one sheet."""
    rng = random.Random(way.seed if way.seed is not None else 0)
    cos, sin = way.scale * math.cos(math.radians(way.turn)), way.scale * math.sin(math.radians(way.turn))

    def place(x: float, y: float) -> tuple[float, float]:
        x, y = cos * x - sin * y + way.shift[0], sin * x + cos * y + way.shift[1]
        return (
            x + rng.uniform(-way.jitter, way.jitter),
            way.size[1] - y + rng.uniform(-way.jitter, way.jitter),
        )

    strokes: list[tuple[tuple[float, float, float, float] | tuple[float, float, float], float, str]] = []
    for line, width, color in scene.lines:
        (x0, y0, x1, y1), n = line, way.pieces
        for k in range(n):
            piece = (
                x0 + (x1 - x0) * k / n,
                y0 + (y1 - y0) * k / n,
                x0 + (x1 - x0) * (k + 1) / n,
                y0 + (y1 - y0) * (k + 1) / n,
            )
            strokes += [(piece, width, color)] * (2 if rng.random() < way.doubled else 1)
    for x, y, radius, width, color in scene.circles:
        if way.polygons:
            at = [2 * math.pi * k / way.polygons for k in range(way.polygons + 1)]
            corners = [(x + radius * math.cos(a), y + radius * math.sin(a)) for a in at]
            strokes += [((*a, *b), width, color) for a, b in pairwise(corners)]
        else:
            strokes.append(((x, y, radius), width, color))
    if way.seed is not None:
        rng.shuffle(strokes)
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=way.size, invariant=True)
    for shape, width, color in strokes:
        canvas.setLineWidth(width * way.pen * way.scale)
        canvas.setStrokeColor(color)
        if len(shape) == 4:
            canvas.line(*place(*shape[:2]), *place(*shape[2:]))
        else:
            canvas.circle(*place(*shape[:2]), shape[2] * way.scale)
    canvas.showPage()
    canvas.save()
    return stream.getvalue()


def document(pdf: bytes) -> Document:
    with tempfile.TemporaryFile() as file:
        file.write(pdf)
        file.flush()
        return read(file.fileno(), limits=Limits())


def compared(old: bytes, new: bytes, **options: Any) -> Comparison:
    return compare(document(old), document(new), CompareOptions.from_json(options))


def told(old: bytes, new: bytes) -> list[tuple[str, str]]:
    """Kind and reason of what is told of drawings, sorted."""
    changes = compared(old, new).changes
    return sorted((str(c.kind), str(c.detail["reason"])) for c in changes if c.layer == "drawing")
