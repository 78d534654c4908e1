"""Places on paper that a comparison leaves out, or looks at alone: millimetres from a named corner of the page."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, fields
from math import isfinite
from typing import TYPE_CHECKING, Any

from core.errors import OptionsError
from core.page_ranges import parse_pages

if TYPE_CHECKING:  # who has nothing to compare needs no NumPy
    from core.geometry import Box

CORNERS = ("top-left", "top-right", "bottom-left", "bottom-right")
SIDES = ("both", "old", "new")
POINTS_PER_MM = 72 / 25.4
MOST_MM = 10_000.0  #: no sheet is longer
NAME_CHARACTERS = 80
_REMEDY = "Write CORNER X,Y WIDTHxHEIGHT in mm, such as: bottom-right 10,10 60x30 pages=2- side=new name=Title block"
_TEXT = re.compile(
    r"(?P<corner>\S+)\s+(?P<x>[\d.]+)\s*,\s*(?P<y>[\d.]+)\s+(?P<width>[\d.]+|\*)\s*[x×]\s*(?P<height>[\d.]+|\*)(?P<more>(?:\s.*)?)"
)
_MORE = re.compile(r"(pages|side)=(\S+)\s*|name=(.+)$")


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle on some pages.

    Attributes:
        corner: Of the page as displayed, from which the rectangle is measured; one of `CORNERS`.
        x: Millimetres from the corner's upright edge to the nearer side of the rectangle.
        y: Millimetres from the corner's level edge, likewise.
        width: Millimetres; None reaches to the other edge of the page.
        height: Likewise.
        pages: `all`, `odd`, `even` or ranges such as `1-5,9`; each side counts its own pages.
        side: `both`, `old` or `new`.
        name: What the user calls it.
    """

    corner: str
    x: float
    y: float
    width: float | None = None
    height: float | None = None
    pages: str = "all"
    side: str = "both"
    name: str = ""

    def __post_init__(self) -> None:
        if self.corner not in CORNERS:
            raise OptionsError(f"area: unknown corner {self.corner!r}", remedy=f"Choose from {', '.join(CORNERS)}.")
        if self.side not in SIDES:
            raise OptionsError(f"area: unknown side {self.side!r}", remedy=f"Choose from {', '.join(SIDES)}.")
        for name, least in (("x", 0.0), ("y", 0.0), ("width", 0.1), ("height", 0.1)):
            value = getattr(self, name)
            if value is None and name in ("width", "height"):
                continue
            if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
                raise OptionsError(f"area: {name} is not a number", remedy=_REMEDY)
            if not least <= value <= MOST_MM:
                raise OptionsError(f"area: {name} must be {least:g} to {MOST_MM:g} mm", remedy=_REMEDY)
            object.__setattr__(self, name, float(value))
        if not isinstance(self.name, str) or len(self.name) > NAME_CHARACTERS:
            raise OptionsError(f"area: a name has at most {NAME_CHARACTERS} characters", remedy="Shorten it.")
        if not isinstance(self.pages, str):
            raise OptionsError("area: pages is not text", remedy=_REMEDY)
        if self.pages not in ("all", "odd", "even"):
            parse_pages(self.pages)

    @property
    def label(self) -> str:
        """How it is called where it is counted."""
        return self.name or self.to_text()

    def lies_on(self, side: str, page: int) -> bool:
        """Whether it is on this page (from 1) of `old` or `new`."""
        if self.side not in ("both", side):
            return False
        if self.pages in ("odd", "even"):
            return page % 2 == (self.pages == "odd")
        return self.pages == "all" or any(
            start <= page and (end is None or page <= end) for start, end in parse_pages(self.pages)
        )

    def box(self, width: float, height: float) -> Box:
        """The rectangle on a page of this size, points."""
        x0, x1 = _stretch(self.x, self.width, width, from_end=self.corner.endswith("right"))
        y0, y1 = _stretch(self.y, self.height, height, from_end=self.corner.startswith("bottom"))
        return x0, y0, x1, y1

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: object) -> Area:
        """Read `to_json`'s form, or the text of `from_text`; an `OptionsError` for anything else."""
        if isinstance(data, Area):
            return data
        if isinstance(data, str):
            return cls.from_text(data)
        if not isinstance(data, dict) or not {"corner", "x", "y"} <= set(data) <= {f.name for f in fields(cls)}:
            raise OptionsError("area: needs corner, x and y, and may have width, height, pages, side, name")
        return cls(**data)

    @classmethod
    def from_text(cls, text: str) -> Area:
        """Read `bottom-right 10,10 60x30 pages=2- side=new name=Title block`; `*` for the whole width or height.

        Raises:
            OptionsError: It does not have this form.
        """
        match = _TEXT.fullmatch(text.strip())
        if match is None:
            raise OptionsError(f"area: cannot read {text.strip()[:80]!r}", remedy=_REMEDY)
        more, values = match["more"].strip(), {}
        while more:
            part = _MORE.match(more)
            if part is None:
                raise OptionsError(f"area: cannot read {more[:80]!r}", remedy=_REMEDY)
            values[part[1] or "name"] = (part[2] or part[3]).strip()
            more = more[part.end() :]
        return cls(
            corner=match["corner"],
            x=_number(match["x"]),
            y=_number(match["y"]),
            width=None if match["width"] == "*" else _number(match["width"]),
            height=None if match["height"] == "*" else _number(match["height"]),
            **values,
        )

    def to_text(self) -> str:
        """What `from_text` reads."""
        size = "x".join("*" if value is None else f"{value:g}" for value in (self.width, self.height))
        told = [self.corner, f"{self.x:g},{self.y:g}", size]
        told += [f"pages={self.pages.replace(' ', '')}"] if self.pages != "all" else []
        told += [f"side={self.side}"] if self.side != "both" else []
        told += [f"name={self.name}"] if self.name else []
        return " ".join(told)


def _stretch(start: float, size: float | None, whole: float, *, from_end: bool) -> tuple[float, float]:
    """A stretch in mm from one end of an edge of `whole` points, as points from its beginning."""
    low = start * POINTS_PER_MM
    high = whole if size is None else low + size * POINTS_PER_MM
    return (whole - high, whole - low) if from_end else (low, high)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise OptionsError(f"area: {text!r} is not a number", remedy=_REMEDY) from None
