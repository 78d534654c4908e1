"""How a user lays one sheet on another by hand: two points of the old one, and where they are on the new one."""

from __future__ import annotations

import re
from cmath import phase
from dataclasses import asdict, dataclass, fields
from math import degrees, hypot, isfinite
from typing import Any

from core.areas import MOST_MM
from core.errors import OptionsError

LEAST_APART = 5.0  #: millimetres between two points of a sheet: nearer ones say little of a turn and a scale
SMALLEST, LARGEST = 0.08, 12.0  #: scales between two sheets
MOST_PAGE = 1_000_000  #: no document has more
_REMEDY = (
    "Write OLD PAGE=NEW PAGE X,Y=X,Y X,Y=X,Y: two points, each on the old and on the new page, in mm from the top left "
    "corner, such as: 3=4 20,30=25,31 280,190=285,191"
)
_NUMBER = r"\d+(?:\.\d+)?"
_POINT = rf"({_NUMBER})\s*,\s*({_NUMBER})\s*=\s*({_NUMBER})\s*,\s*({_NUMBER})"
_TEXT = re.compile(rf"(\d{{1,7}})\s*=\s*(\d{{1,7}})\s+{_POINT}\s+{_POINT}")

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Registration:
    """Two pages, and two points that are the same on both; millimetres from the top left corner as displayed.

    Attributes:
        old_page: From 1.
        new_page: Likewise.
        old: Both points on the old page.
        new: The same on the new one.
    """

    old_page: int
    new_page: int
    old: tuple[Point, Point]
    new: tuple[Point, Point]

    def __post_init__(self) -> None:
        for name in ("old_page", "new_page"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_PAGE:
                raise OptionsError(f"registration: {name} is no page number", remedy=_REMEDY)
        for name in ("old", "new"):
            points = _points(name, getattr(self, name))
            (x0, y0), (x1, y1) = points
            if hypot(x1 - x0, y1 - y0) < LEAST_APART:
                raise OptionsError(
                    f"registration: the points on the {name} page are less than {LEAST_APART:g} mm apart",
                    remedy="Choose two points that are far apart, best at opposite corners of the drawing.",
                )
            object.__setattr__(self, name, points)
        if not SMALLEST <= self.scale <= LARGEST:
            raise OptionsError(
                f"registration: the points give a scale of {self.scale:.3g}",
                remedy=f"Choose the same two points on both pages; from {SMALLEST:g} to {LARGEST:g} is compared.",
            )

    @property
    def scale(self) -> float:
        """By how much the new sheet is larger."""
        return abs(_step(self.new)) / abs(_step(self.old))

    @property
    def turn(self) -> float:
        """Degrees clockwise by which the new sheet is turned, -180 to 180."""
        return degrees(phase(_step(self.new) / _step(self.old)))

    def to_json(self) -> dict[str, Any]:
        return {
            key: [list(p) for p in value] if isinstance(value, tuple) else value for key, value in asdict(self).items()
        }

    @classmethod
    def from_json(cls, data: object) -> Registration:
        """Read `to_json`'s form, or the text of `from_text`; an `OptionsError` for anything else."""
        if isinstance(data, Registration):
            return data
        if isinstance(data, str):
            return cls.from_text(data)
        if not isinstance(data, dict) or set(data) != {f.name for f in fields(cls)}:
            raise OptionsError("registration: needs old_page, new_page, old and new", remedy=_REMEDY)
        return cls(**data)

    @classmethod
    def from_text(cls, text: str) -> Registration:
        """Read `3=4 20,30=25,31 280,190=285,191`.

        Raises:
            OptionsError: It does not have this form.
        """
        match = _TEXT.fullmatch(text.strip())
        if match is None:
            raise OptionsError(f"registration: cannot read {text.strip()[:80]!r}", remedy=_REMEDY)
        a, b, c, d, e, f, g, h = map(float, match.groups()[2:])
        return cls(int(match[1]), int(match[2]), ((a, b), (e, f)), ((c, d), (g, h)))

    def to_text(self) -> str:
        """What `from_text` reads."""
        points = (f"{a:g},{b:g}={c:g},{d:g}" for (a, b), (c, d) in zip(self.old, self.new, strict=True))
        return " ".join((f"{self.old_page}={self.new_page}", *points))


def checked(registrations: tuple[Registration, ...]) -> tuple[Registration, ...]:
    """The registrations, of which each page has one at most."""
    for name in ("old", "new"):
        pages = [getattr(one, f"{name}_page") for one in registrations]
        twice = next((page for page in pages if pages.count(page) > 1), None)
        if twice is not None:
            raise OptionsError(
                f"registration: {name} page {twice} is laid on two pages", remedy="Give one for each pair of pages."
            )
    return registrations


def _points(name: str, value: object) -> tuple[Point, Point]:
    """Two points; an `OptionsError` for anything else."""
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise OptionsError(f"registration: {name} needs two points", remedy=_REMEDY)
    return _point(name, value[0]), _point(name, value[1])


def _point(name: str, value: object) -> Point:
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise OptionsError(f"registration: a point of {name} is no pair of numbers", remedy=_REMEDY)
    for number in value:
        if isinstance(number, bool) or not isinstance(number, int | float) or not isfinite(number):
            raise OptionsError(f"registration: a point of {name} is no pair of numbers", remedy=_REMEDY)
        if not 0 <= number <= MOST_MM:
            raise OptionsError(f"registration: points lie 0 to {MOST_MM:g} mm from the corner", remedy=_REMEDY)
    return float(value[0]), float(value[1])


def _step(points: tuple[Point, Point]) -> complex:
    (x0, y0), (x1, y1) = points
    return complex(x1 - x0, y1 - y0)
