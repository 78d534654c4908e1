"""Thin level and upright lines of a page: rulings of tables, underlines, edges of filled cells.

Producers draw a line in many ways: as a stroke, as a thin filled rectangle (Chromium), as many strokes in one path, as
the edge of a stroked or of a filled rectangle, and any of them inside a form XObject.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Iterator
from ctypes import c_void_p
from dataclasses import dataclass, field
from itertools import pairwise, repeat

import numpy as np
from numpy.typing import NDArray

from core.engines import pdfium
from core.engines.pdfium_measures import Floats
from core.engines.pdfium_page import Frame
from core.engines.pdfium_words import PageWords
from core.model import Flag, Rules

_PATH, _FORM = 2, 5
_LINE_TO, _MOVE_TO = 0, 2
#: On a page of so many objects, or so many paths, the paths are a drawing: no underlines are looked for.
MOST_OBJECTS, MOST_PATHS = 20_000, 2_000
MOST_RULED_PATHS = 5_000  #: likewise for rulings: a table of a thousand cells may have four borders each
MOST_SEGMENTS = 1_000  #: of one path; a longer one is a curve of a drawing
MOST_PAGE_SEGMENTS = 30_000
MOST_RULES = 20_000  #: of one page
FORM_DEPTH = 4  #: forms within forms
LEAST_LENGTH, MOST_HEIGHT = 3.0, 2.0  #: points, of an underline
MOST_WIDTH = 3.5  #: points, of a ruling
LEAST_RULING = 5.0  #: points
LEVEL = 0.3  #: points by which the ends of a level line may differ in height
WHITE = 250  #: of 255, from here on a channel is the paper's
END_SLACK = 2.5  #: points by which a rule may begin or end off its words: table rules do not keep to words
BLANK = 0.45  #: ems by which it may reach beyond the last word, for the blank at which the line was broken
#: Height of a rule over the bottom of a word's box, as share of the box: the baseline is near .2.
UNDER, THROUGH = (-0.1, 0.28), (0.32, 0.62)
#: In ems under the box of a word that is lower than its font size: it ends at the baseline, and the rule is below that.
UNDER_LOW = 0.2
LEAST_COVER = 0.6  #: share of a rule's length that its words must fill

_object_matrix = pdfium.function("FPDFPageObj_GetMatrix")
_draw_mode = pdfium.function("FPDFPath_GetDrawMode")
_count_segments = pdfium.function("FPDFPath_CountSegments")
_segment = pdfium.function("FPDFPath_GetPathSegment", c_void_p)
_segment_type = pdfium.function("FPDFPathSegment_GetType")
_segment_point = pdfium.function("FPDFPathSegment_GetPoint")
_count_form = pdfium.function("FPDFFormObj_CountObjects")
_form_object = pdfium.function("FPDFFormObj_GetObject", c_void_p)

_Matrix = tuple[float, float, float, float, float, float]
_Point = tuple[float, float]
_Line = tuple[float, float, float, float]  #: left, bottom, right, top
_IDENTITY: _Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


@dataclass(slots=True)
class PageRules:
    """The lines of one page, in its own axes.

    Attributes:
        box: (n, 4) left, bottom, right, top.
        underlines: (m, 4) the thin level paths among them that may belong to words.
    """

    box: Floats
    underlines: Floats


def page_rules(others: list[c_void_p]) -> PageRules:
    """The thin lines among the objects of a page that begin no word; none where its paths are a drawing."""
    return _Collector().collect(others) if len(others) <= MOST_OBJECTS else _nothing()


def _nothing() -> PageRules:
    return PageRules(np.zeros((0, 4), np.float32), np.zeros((0, 4), np.float32))


class _Collector:
    """Walks over the objects of one page. What it may look at is limited."""

    def __init__(self) -> None:
        self._edges = [ctypes.c_float() for _ in range(4)]
        self._edge_pointers = [ctypes.byref(edge) for edge in self._edges]
        self._numbers = (ctypes.c_float * 6)()
        self._numbers_pointer = ctypes.byref(self._numbers)
        self._fill, self._stroke = ctypes.c_int(), ctypes.c_int()
        self._mode_pointers = ctypes.byref(self._fill), ctypes.byref(self._stroke)
        self._x, self._y = ctypes.c_float(), ctypes.c_float()
        self._point_pointers = ctypes.byref(self._x), ctypes.byref(self._y)
        self._color = [ctypes.c_uint() for _ in range(4)]
        self._color_pointers = [ctypes.byref(channel) for channel in self._color]
        self._paths = self._segments = 0
        self._lines: list[_Line] = []
        self._thin: list[_Line] = []

    def collect(self, handles: list[c_void_p]) -> PageRules:
        paths, forms = _sorted_out(handles)
        self._paths = len(paths)
        if len(paths) > MOST_RULED_PATHS:
            return _nothing()
        for path in paths:
            self._add(path, _IDENTITY)
        underlines = self._thin if len(paths) <= MOST_PATHS else []
        for form in forms:
            self._add_form(form, _IDENTITY, 1)
        if self._paths > MOST_RULED_PATHS or len(self._lines) > MOST_RULES:
            self._lines = []
        return PageRules(_rows(self._lines), _rows(underlines))

    def _add_form(self, form: c_void_p, outer: _Matrix, depth: int) -> None:
        """The lines inside a form XObject, whose objects are placed in its own axes."""
        if depth > FORM_DEPTH or not _object_matrix(form, self._numbers_pointer):
            return
        inner = _times(self._matrix(), outer)
        count = _count_form(form)
        if not 0 < count <= MOST_OBJECTS:
            return
        paths, forms = _sorted_out([c_void_p(h) for h in map(_form_object, repeat(form), range(count)) if h])
        self._paths += len(paths) + len(forms)
        if self._paths > MOST_RULED_PATHS:
            return
        for path in paths:
            self._add(path, inner)
        for nested in forms:
            self._add_form(nested, inner, depth + 1)

    def _matrix(self) -> _Matrix:
        a, b, c, d, e, f = self._numbers
        return a, b, c, d, e, f

    def _add(self, path: c_void_p, outer: _Matrix) -> None:
        """The lines of one path: itself when it is thin, else its edges."""
        if not pdfium.object_bounds(path, *self._edge_pointers):
            return
        left, bottom, right, top = (edge.value for edge in self._edges)
        if outer is not _IDENTITY:
            left, bottom, right, top = _around([_moved(outer, x, y) for x in (left, right) for y in (bottom, top)])
        elif right - left >= LEAST_LENGTH and top - bottom <= MOST_HEIGHT:
            self._thin.append((left, bottom, right, top))
        width, height = right - left, top - bottom
        if max(width, height) < LEAST_RULING:
            return
        if min(width, height) <= MOST_WIDTH:
            self._keep((left, bottom, right, top))
            return
        count = _count_segments(path)
        self._segments += count
        if not 2 <= count <= MOST_SEGMENTS or self._segments > MOST_PAGE_SEGMENTS:
            return
        if not _draw_mode(path, *self._mode_pointers):
            return
        stroked = bool(self._stroke.value)
        if not stroked and (not self._fill.value or self._is_white(path)):
            return
        matrix = _times(self._matrix(), outer) if _object_matrix(path, self._numbers_pointer) else outer
        for points in self._subpaths(path, count, matrix):
            self._add_subpath(points, stroked=stroked)

    def _is_white(self, path: c_void_p) -> bool:
        """Whether a path is filled with the colour of paper, or with nothing that can be seen."""
        if not pdfium.fill_color(path, *self._color_pointers):
            return False
        red, green, blue, alpha = (channel.value for channel in self._color)
        return alpha == 0 or min(red, green, blue) >= WHITE

    def _subpaths(self, path: c_void_p, count: int, matrix: _Matrix) -> Iterator[list[_Point]]:
        """The points of each part of a path that is made of straight lines; ends meet where it is closed."""
        points: list[_Point] = []
        is_straight = True
        for segment in map(c_void_p, map(_segment, repeat(path), range(count))):
            kind = _segment_type(segment)
            if not _segment_point(segment, *self._point_pointers):
                return
            if kind == _MOVE_TO:
                if is_straight and len(points) > 1:
                    yield points
                points, is_straight = [], True
            elif kind != _LINE_TO:
                is_straight = False
            points.append(_moved(matrix, self._x.value, self._y.value))
        if is_straight and len(points) > 1:
            yield points

    def _add_subpath(self, points: list[_Point], *, stroked: bool) -> None:
        left, bottom, right, top = _around(points)
        if min(right - left, top - bottom) <= MOST_WIDTH:
            self._keep((left, bottom, right, top))
            return
        if not stroked and not _is_rectangle(points):
            return
        closed = [*points, points[0]] if _is_rectangle(points) and points[0] != points[-1] else points
        for (x0, y0), (x1, y1) in pairwise(closed):
            if abs(y1 - y0) <= LEVEL or abs(x1 - x0) <= LEVEL:
                self._keep((min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)))

    def _keep(self, line: _Line) -> None:
        if max(line[2] - line[0], line[3] - line[1]) >= LEAST_RULING and len(self._lines) <= MOST_RULES:
            self._lines.append(line)


def _sorted_out(handles: Iterable[c_void_p]) -> tuple[list[c_void_p], list[c_void_p]]:
    """Paths and forms among some objects."""
    paths: list[c_void_p] = []
    forms: list[c_void_p] = []
    for handle in handles:
        kind = pdfium.object_type(handle)
        if kind == _PATH:
            paths.append(handle)
        elif kind == _FORM:
            forms.append(handle)
    return paths, forms


def _rows(lines: list[_Line]) -> Floats:
    """(n, 4) finite and in an order that does not depend on where PDFium keeps its objects."""
    found = np.array(lines, np.float32).reshape(-1, 4)
    if not lines:
        return found
    found = found[np.isfinite(found).all(axis=1)] + np.float32(0)  # no zero has a sign
    found = found[np.lexsort(found.T[::-1])]
    differs = np.ones(len(found), bool)
    differs[1:] = (found[1:] != found[:-1]).any(axis=1)
    rows: Floats = found[differs]
    return rows


def _is_rectangle(points: list[_Point]) -> bool:
    """Whether the corners are those of an upright rectangle."""
    xs, ys = {round(x, 1) for x, _ in points}, {round(y, 1) for _, y in points}
    return 4 <= len(points) <= 6 and len(xs) == 2 and len(ys) == 2


def _around(points: list[_Point]) -> _Line:
    xs, ys = zip(*points, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def _moved(matrix: _Matrix, x: float, y: float) -> _Point:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def _times(first: _Matrix, then: _Matrix) -> _Matrix:
    """The matrix that does one after the other."""
    a, b, c, d, e, f = first
    g, h, i, j, k, m = then
    return a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m


@dataclass(slots=True)
class RuleColumns:
    """The lines of many pages; page numbers must rise."""

    _pages: list[NDArray[np.int32]] = field(default_factory=list)
    _boxes: list[NDArray[np.float32]] = field(default_factory=list)

    def add(self, number: int, frame: Frame, box: Floats) -> None:
        if len(box):
            shown = frame.displayed(box)
            self._pages.append(np.full(len(shown), number, np.int32))
            self._boxes.append(shown)

    def rules(self) -> Rules:
        """All lines, in the frame of the house."""
        if not self._pages:
            return Rules(np.zeros(0, np.int32), np.zeros((0, 4), np.float32))
        return Rules(np.concatenate(self._pages), np.concatenate(self._boxes))


def ruled(rules: Floats, words: PageWords) -> NDArray[np.uint32]:
    """(n,) the flags UNDERLINE and STRIKE of the upright words of a page, given its thin level paths (m, 4)."""
    flags = np.zeros(len(words.box), np.uint32)
    if not len(rules):
        return flags
    upright = np.abs((words.angle.astype(np.int32) + 180) % 360 - 180) <= 2
    if not upright.any():
        return flags
    left, bottom, right, top = words.box.T
    height = np.maximum(top - bottom, 0.1)
    lowest = np.where(height < words.size, -UNDER_LOW * words.size / height, UNDER[0])
    middle = (left + right) / 2
    for x0, y0, x1, y1 in rules.tolist():
        share = ((y0 + y1) / 2 - bottom) / height
        over = upright & (middle >= x0) & (middle <= x1) & (share >= lowest) & (share <= THROUGH[1])
        at = np.flatnonzero(over)
        if not len(at):
            continue
        off = [float(left[at].min()) - x0, x1 - float(right[at].max())]
        if not words.flags[at[-1]] & Flag.RTL:
            off.reverse()
        if not -END_SLACK <= off[0] <= max(END_SLACK, BLANK * float(words.size[at[-1]])) or abs(off[1]) > END_SLACK:
            continue
        if float((right[at] - left[at]).sum()) < LEAST_COVER * (x1 - x0):
            continue
        flags[at[share[at] <= UNDER[1]]] |= int(Flag.UNDERLINE)
        flags[at[share[at] >= THROUGH[0]]] |= int(Flag.STRIKE)
    return flags
