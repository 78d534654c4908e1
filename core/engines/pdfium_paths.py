"""What a page draws with lines, as straight pieces in columns: paths, and those inside form XObjects.

One call of PDFium for each property of all paths, one copy for the points of each, and everything after that in NumPy:
a sheet of 117,000 points takes a fifth of a second. Curves become pieces, closed and filled shapes their outlines, thin
filled shapes the line that they look like. What lies outside its clip, is on a layer that is switched off, or has the
colour of the paper and nothing behind it, is not seen and left out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from ctypes import addressof, c_float, c_int, c_size_t, c_void_p
from dataclasses import dataclass, field
from functools import partial
from itertools import repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.engines import pdfium
from core.engines.pdfium import Scratch
from core.engines.pdfium_layers import HiddenLayers
from core.engines.pdfium_page import Frame
from core.engines.pdfium_points import points_of
from core.engines.pdfium_shapes import straightened
from core.model import Pen, Strokes

_PATH, _FORM = 2, 5
MOST_POINTS = 1_000_000  #: of the paths of a page; a page with more is not compared by its lines
MOST_STROKES = 1_000_000  #: of a page, curves cut into pieces
#: Points of line on a page: of A0, hatched all over by a millimetre, it is 2.8 million.
MOST_INK = 10_000_000.0
MOST_OF_DOCUMENT = 6_000_000  #: strokes of one document
MOST_OBJECTS = 300_000  #: of a page, those inside forms included
FORM_DEPTH = 24  #: forms within forms
LEAST_OF_DRAWING, STROKED_SHARE = 200, 0.5  #: strokes, and share of them that are lines, of a drawing without words
FARTHEST = 100_000.0  #: points from the origin: what is drawn farther is on no sheet of paper
WHITE = 250  #: of 255, from here on a channel is the paper's
GROUND_SHARE, GROUND_LIGHT = 0.05, 200  #: a shape of so much of the page and so dark makes white things visible
_AT_ONCE = 4096  #: paths for which a property is read
_FINGERPRINT = 100.0  #: parts of a point in which ends are told in a fingerprint
_FINENESS = 0.01  #: points; widths and dashes that differ by less are equal

_object_matrix = pdfium.function("FPDFPageObj_GetMatrix")
_stroke_width = pdfium.function("FPDFPageObj_GetStrokeWidth")
_dash_count = pdfium.function("FPDFPageObj_GetDashCount")
_dash_array = pdfium.function("FPDFPageObj_GetDashArray")
_dash_array.argtypes = (c_void_p, c_void_p, c_size_t)
segment_of = pdfium.function("FPDFPath_GetPathSegment", c_void_p)
_clip_path = pdfium.function("FPDFPageObj_GetClipPath", c_void_p)
_count_clips = pdfium.function("FPDFClipPath_CountPaths")
_count_clips.argtypes = (c_void_p,)  # an address, or none
_count_clip_points = pdfium.function("FPDFClipPath_CountPathSegments")
_clip_point = pdfium.function("FPDFClipPath_GetPathSegment", c_void_p)
_count_form = pdfium.function("FPDFFormObj_CountObjects")
_form_object = pdfium.function("FPDFFormObj_GetObject", c_void_p)

Matrices = NDArray[np.float64]  #: (n, 6): a b c d e f
_IDENTITY = np.array([1.0, 0.0, 0.0, 1.0, 0.0, 0.0])
_Edges = tuple[float, float, float, float]


class TooManyStrokes(Exception):
    """A page has more lines than are compared."""


@dataclass(slots=True)
class Group:
    """Paths in the same axes: those of the page, or of one form."""

    paths: list[c_void_p]
    outer: NDArray[np.float64]
    clip: _Edges


@dataclass(slots=True)
class StrokeColumns:
    """The strokes of many pages; page numbers must rise."""

    scratch: Scratch
    hidden: HiddenLayers
    _pens: dict[Pen, int] = field(default_factory=dict)
    _pages: list[NDArray[np.int32]] = field(default_factory=list)
    _ends: list[NDArray[np.float32]] = field(default_factory=list)
    _pen: list[NDArray[np.int32]] = field(default_factory=list)
    _count: int = 0

    def add(self, number: int, handles: list[c_void_p], frame: Frame) -> bool:
        """Read the strokes of an open page; whether all of them could be.

        Args:
            number: Of the page.
            handles: Objects that do not lie within others, in the order in which they are drawn.
            frame: Of the page.
        """
        if self._count > MOST_OF_DOCUMENT:
            return False
        self.hidden.begin_page()
        try:
            found, is_whole = _page_strokes(handles, frame, self.scratch, self.hidden)
        except TooManyStrokes:
            return False
        if found is None:
            return is_whole
        ends, pen, pens = found
        known = np.array([self._pens.setdefault(one, len(self._pens)) for one in pens], np.int32)
        self._count += len(ends)
        if self._count > MOST_OF_DOCUMENT:
            return False
        self._pages.append(np.full(len(ends), number, np.int32))
        self._ends.append(ends)
        self._pen.append(known[pen])
        return is_whole

    def is_line_drawing(self, number: int) -> bool:
        """Whether the page that was read last is drawn with many lines; letters as outlines are filled shapes."""
        if not self._pages or self._pages[-1][0] != number or len(self._pen[-1]) < LEAST_OF_DRAWING:
            return False
        stroked = np.array([pen.stroke >= 0 and pen.fill < 0 for pen in self._pens], bool)
        return bool(stroked[self._pen[-1]].mean() >= STROKED_SHARE)

    def fingerprint(self, number: int) -> str:
        """SHA-256 of the strokes of the page that was read last: the same where the same is drawn in the same order."""
        if not self._pages or self._pages[-1][0] != number:
            return ""
        pens, used = tuple(self._pens), self._pen[-1]
        found = hashlib.sha256(np.round(self._ends[-1] * _FINGERPRINT).astype(np.int32).tobytes())
        kinds, which = np.unique(used, return_inverse=True)
        # By what the pens are: their numbers depend on the pages before.
        order = sorted(range(len(kinds)), key=lambda k: repr(pens[int(kinds[k])]))
        rank = np.empty(len(kinds), np.int32)
        rank[order] = np.arange(len(kinds), dtype=np.int32)
        found.update(rank[which].tobytes())
        found.update("\n".join(repr(pens[int(kinds[k])]) for k in order).encode())
        return found.hexdigest()

    def strokes(self) -> Strokes:
        """All of them, in the frame of the house."""
        if not self._pages:
            return Strokes(np.zeros(0, np.int32), np.zeros((0, 4), np.float32), np.zeros(0, np.int32))
        return Strokes(np.concatenate(self._pages), np.concatenate(self._ends), np.concatenate(self._pen))

    def pens(self) -> tuple[Pen, ...]:
        """What `Strokes.pen` points to."""
        return tuple(self._pens)


_Found = tuple[NDArray[np.float32], NDArray[np.int64], list[Pen]]


def _page_strokes(
    handles: list[c_void_p], frame: Frame, scratch: Scratch, hidden: HiddenLayers
) -> tuple[_Found | None, bool]:
    """Ends (n, 4) as displayed, the pen of each, the pens; and whether nothing had to be left out."""
    groups, is_whole = groups_of(handles, frame, hidden)
    ends: list[NDArray[np.float64]] = []
    rows: list[NDArray[np.float64]] = []
    clips = _Clips()
    budget = MOST_POINTS
    for group in groups:
        counts = [max(0, count) for count in map(pdfium.path_segments, group.paths)]
        budget -= sum(counts)
        if budget < 0:
            raise TooManyStrokes
        found = _drawn(group, counts, scratch, hidden, clips)
        if found is not None:
            ends.append(found[0])
            rows.append(found[1])
            if sum(map(len, ends)) > MOST_STROKES:
                raise TooManyStrokes
    if not ends:
        return None, is_whole
    every, styles = (part[0] if len(part) == 1 else np.concatenate(part) for part in (ends, rows))
    kept = np.ones(len(every), bool)
    for column in every.T:  # by columns, as rows of four cost several times as much
        kept &= np.abs(column) < FARTHEST  # also false where it is no number
    if not kept.all():
        is_whole = False
        every, styles = every[kept], styles[kept]
    seen = _on_paper(every, styles, frame)
    if not seen.all():
        every, styles = every[seen], styles[seen]
    if not len(every):
        return None, is_whole
    shown = np.concatenate((_displayed(frame, every[:, :2]), _displayed(frame, every[:, 2:])), axis=1)
    shown, styles = _within(shown, styles, (0.0, 0.0, *frame.size))
    if float(np.hypot(shown[:, 2] - shown[:, 0], shown[:, 3] - shown[:, 1]).sum()) > MOST_INK:
        raise TooManyStrokes
    distinct, pen = _distinct(styles)
    pens = [_pen(row, hidden, frame.unit) for row in distinct.tolist()]
    return (shown.astype(np.float32), pen, pens), is_whole


def _distinct(rows: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The different rows, and for each row which of them it is: column by column, as rows are slow to sort."""
    new = np.zeros(len(rows), bool)
    new[:1] = True
    for column in rows.T:
        new[1:] |= column[1:] != column[:-1]
    begin = np.flatnonzero(new)  # pieces of one path, and of its neighbours, mostly have the same pen
    runs = rows[begin]
    code = np.zeros(len(runs), np.int64)
    for column in runs.T:
        if (column == column[0]).all():
            continue  # as most are: nearly every drawing has one dash and one layer
        _, value = np.unique(column, return_inverse=True)
        _, code = np.unique(code * (int(value.max()) + 1) + value, return_inverse=True)
    _, first = np.unique(code, return_index=True)
    return runs[first], np.repeat(code, np.diff(np.append(begin, len(rows))))


def groups_of(handles: list[c_void_p], frame: Frame, hidden: HiddenLayers) -> tuple[list[Group], bool]:
    """The paths of a page and of the forms on it; and whether all forms could be looked into."""
    found: list[Group] = []
    is_whole = True
    budget = MOST_OBJECTS
    page = (handles, _IDENTITY, (frame.box[0], frame.box[1], frame.box[2], frame.box[3]), 0)
    waiting: list[tuple[list[c_void_p], NDArray[np.float64], _Edges, int]] = [page]
    numbers = (c_float * 6)()
    clips = _Clips()
    while waiting:
        objects, outer, clip, depth = waiting.pop()
        kinds = list(map(pdfium.object_type, objects))
        paths = [one for one, kind in zip(objects, kinds, strict=True) if kind == _PATH]
        if paths:
            found.append(Group(paths, outer, clip))
        for form in (one for one, kind in zip(objects, kinds, strict=True) if kind == _FORM):
            count = _count_form(form)
            if count <= 0 or hidden.hides(form) or not _object_matrix(form, numbers):
                continue
            budget -= count
            if depth >= FORM_DEPTH or budget < 0:
                is_whole = False
                continue
            inner = _times(np.array(numbers[:], np.float64)[None], outer)[0]
            room = clips.of(form, outer, clip)
            if room[0] >= room[2] or room[1] >= room[3]:
                continue
            inside = [c_void_p(one) for one in map(_form_object, repeat(form), range(count)) if one]
            waiting.append((inside, inner, room, depth + 1))
    return found, is_whole


def _drawn(
    group: Group, counts: list[int], scratch: Scratch, hidden: HiddenLayers, clips: _Clips
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """The strokes of some paths in the page's own axes, (n, 4), and (n, 6) the numbers of their pens."""
    paths = group.paths
    matrices = matrices_of(scratch, group)
    modes = _read(scratch, pdfium.draw_mode, paths, 2, c_int)
    widths = _read(scratch, _stroke_width, paths, 1, c_float)[:, 0]
    strokes = _colors(scratch, pdfium.stroke_color, paths, modes[:, 1] != 0)
    fills = _colors(scratch, pdfium.fill_color, paths, modes[:, 0] != 0)
    scale = np.sqrt(np.abs(matrices[:, 0] * matrices[:, 3] - matrices[:, 1] * matrices[:, 2]))
    dashes = np.array(list(map(_dash_count, paths)), np.int64)
    layers = hidden.layers_of(paths)
    drawn = ((strokes >= 0) | (fills >= 0)) & (layers >= 0) & (np.array(counts) > 1) & np.isfinite(matrices).all(axis=1)
    rooms = clips.of_all(paths, group.outer, group.clip)
    drawn &= (rooms[:, 0] < rooms[:, 2]) & (rooms[:, 1] < rooms[:, 3])
    if not drawn.any():
        return None
    which = np.flatnonzero(drawn)
    chosen = [paths[k] for k in which.tolist()]
    sizes = [counts[k] for k in which.tolist()]
    points = points_of(sizes, lambda path, number: segment_of(chosen[path], number))
    path_of = np.repeat(which, sizes)
    x, y = points["x"].astype(np.float64), points["y"].astype(np.float64)
    with np.errstate(all="ignore"):
        a, b, c, d, e, f = _of_each(matrices[which], sizes)
        places = np.empty((len(x), 2))
        np.add(a * x + c * y, e, out=places[:, 0])
        np.add(b * x + d * y, f, out=places[:, 1])
        shapes = straightened(places, points["type"], points["close"], path_of, filled=(fills >= 0) & (strokes < 0))
    if shapes is None:
        return None
    row = shapes.path
    pens = np.empty((len(row), 5))
    width = np.where(strokes >= 0, np.round(widths * scale / _FINENESS) * _FINENESS, 0.0)
    for k, values in enumerate((strokes, fills, width, _dash_codes(paths, dashes, scale, hidden), layers)):
        pens[:, k] = values[row]
    thin = shapes.width > 0  # a thin filled shape is the stroke that it looks like
    pens[thin, 0], pens[thin, 1] = pens[thin, 1], -1
    pens[thin, 2] = np.round(shapes.width[thin] / _FINENESS) * _FINENESS
    is_one_room = bool((rooms[which] == rooms[which[0]]).all())
    return _cut(shapes.ends, pens, np.broadcast_to(rooms[which[0]], (len(row), 4)) if is_one_room else rooms[row])


def matrices_of(scratch: Scratch, group: Group) -> Matrices:
    """(n, 6) from the axes of each path of a group to those of the page."""
    return _times(_read(scratch, _object_matrix, group.paths, 6, c_float), group.outer)


def _of_each(rows: NDArray[np.float64], counts: list[int]) -> Iterator[NDArray[np.float64] | float]:
    """The columns of some rows, each value repeated `counts` times; as one number where it is the same in all."""
    for column in rows.T:
        yield float(column[0]) if (column == column[0]).all() else np.repeat(column, counts)


def _read(
    scratch: Scratch, call: Callable[..., int], paths: list[c_void_p], width: int, kind: type[Any]
) -> NDArray[np.float64]:
    """(n, width) of what a call answers of each path: into one place each, or into a row; zeros where it refuses."""
    dtype, found = np.dtype("<f4" if kind is c_float else "<i4"), np.zeros((len(paths), width))
    for start in range(0, len(paths), _AT_ONCE):
        some = paths[start : start + _AT_ONCE]
        if width == 6:
            buffer, rows = scratch.matrices(_AT_ONCE)
            answered = list(map(call, some, rows))
        else:
            buffer, columns = scratch.colors(_AT_ONCE)
            answered = list(map(call, some, *columns[:width]))
        values = np.frombuffer(buffer, dtype)[: len(some) * (6 if width == 6 else 4)].reshape(len(some), -1)
        found[start : start + len(some)] = values[:, :width] * np.array(answered, bool)[:, None]
    return found


def _colors(
    scratch: Scratch, call: Callable[..., int], paths: list[c_void_p], used: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """(n,) 0xRRGGBB of each path that uses one; -1 where it does not or is transparent."""
    found = np.full(len(paths), -1)
    rows = np.flatnonzero(used)
    if len(rows):
        some = paths if len(rows) == len(paths) else [paths[k] for k in rows.tolist()]
        red, green, blue, alpha = _read(scratch, call, some, 4, c_int).astype(np.int64).T
        found[rows] = np.where(alpha > 0, red << 16 | green << 8 | blue, -1)
    return found


def _dash_codes(
    paths: list[c_void_p], counts: NDArray[np.int64], scale: NDArray[np.float64], hidden: HiddenLayers
) -> NDArray[np.int64]:
    """(n,) the number of each path's dashes among the texts of `hidden`; 0 for none."""
    codes = np.zeros(len(paths), np.int64)
    for k in np.flatnonzero((counts > 0) & (counts <= 16)).tolist():
        lengths = (c_float * int(counts[k]))()
        if _dash_array(paths[k], addressof(lengths), int(counts[k])) and any(lengths):
            codes[k] = hidden.code(" ".join(f"{length * scale[k]:.1f}" for length in lengths))
    return codes


class _Clips:
    """The boxes of clips; neighbours mostly share them."""

    def __init__(self) -> None:
        self._known: dict[tuple[Any, ...], _Edges] = {}

    def of_all(self, handles: list[c_void_p], outer: NDArray[np.float64], room: _Edges) -> NDArray[np.float64]:
        """(n, 4) likewise for each of some objects."""
        found = np.empty((len(handles), 4))
        found[:] = room
        clips = list(map(_clip_path, handles))
        counts = np.array(list(map(_count_clips, clips)), np.int64)
        for k in np.flatnonzero(counts > 0).tolist():
            found[k] = self._known_box(c_void_p(clips[k]), int(counts[k]), outer, room)
        return found

    def of(self, handle: c_void_p, outer: NDArray[np.float64], room: _Edges) -> _Edges:
        """What is left of `room` for an object of axes `outer`: left, bottom, right, top."""
        clip = c_void_p(_clip_path(handle))
        count = _count_clips(clip) if clip else 0
        return room if count <= 0 else self._known_box(clip, count, outer, room)

    def _known_box(self, clip: c_void_p, count: int, outer: NDArray[np.float64], room: _Edges) -> _Edges:
        counts = [_count_clip_points(clip, k) for k in range(min(count, 64))]
        key = (room, *((_clip_point(clip, k, 0), size) for k, size in enumerate(counts) if size > 0))
        if key not in self._known:
            if len(self._known) > 10_000:
                self._known.clear()
            self._known[key] = self._box(clip, counts, outer, room)
        return self._known[key]

    def _box(self, clip: c_void_p, counts: list[int], outer: NDArray[np.float64], room: _Edges) -> _Edges:
        for k, count in enumerate(counts):
            if count <= 0 or count > MOST_POINTS:
                continue
            points = points_of([count], partial(_clip_address, clip, k))
            x, y = points["x"].astype(np.float64), points["y"].astype(np.float64)
            x, y = outer[0] * x + outer[2] * y + outer[4], outer[1] * x + outer[3] * y + outer[5]
            if not (np.isfinite(x).all() and np.isfinite(y).all()):
                continue
            around = float(x.min()), float(y.min()), float(x.max()), float(y.max())
            room = max(room[0], around[0]), max(room[1], around[1]), min(room[2], around[2]), min(room[3], around[3])
        return room


def _clip_address(clip: c_void_p, k: int, _path: int, number: int) -> int | None:
    found: int | None = _clip_point(clip, k, number)
    return found


def _cut(
    ends: NDArray[np.float64], pens: NDArray[np.float64], rooms: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The parts of strokes inside their clips (Liang and Barsky), with their pens."""
    with np.errstate(all="ignore"):
        inside = np.ones(len(ends), bool)
        for axis in (0, 1):  # by columns, as rows of two cost several times as much
            for column in (ends[:, axis], ends[:, axis + 2]):
                inside &= column >= rooms[:, axis]
                inside &= column <= rooms[:, axis + 2]
        if inside.all():
            return ends, pens
        crossing = np.flatnonzero(~inside)
        start, step = ends[crossing, :2], ends[crossing, 2:] - ends[crossing, :2]
        first, last = np.zeros(len(crossing)), np.ones(len(crossing))
        for axis in (0, 1):
            s, d = start[:, axis], step[:, axis]
            a, b = (rooms[crossing, axis] - s) / d, (rooms[crossing, axis + 2] - s) / d
            level = d == 0
            out = level & ((s < rooms[crossing, axis]) | (s > rooms[crossing, axis + 2]))
            first = np.where(level, first, np.fmax(first, np.fmin(a, b)))
            last = np.where(level, last, np.fmin(last, np.fmax(a, b)))
            last = np.where(out, -1.0, last)
        ends = ends.copy()
        ends[crossing] = np.concatenate((start + first[:, None] * step, start + last[:, None] * step), axis=1)
        kept: NDArray[np.bool_] = np.array(inside)
        kept[crossing] = last > first
    return ends[kept], pens[kept]


def _within(
    ends: NDArray[np.float64], pens: NDArray[np.float64], room: _Edges
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return _cut(ends, pens, np.broadcast_to(np.array(room), (len(ends), 4)))


def _on_paper(ends: NDArray[np.float64], pens: NDArray[np.float64], frame: Frame) -> NDArray[np.bool_]:
    """(n,) what can be seen: white only on a page that has a darker ground somewhere."""
    light = np.minimum(_least_channel(pens[:, 0]), _least_channel(pens[:, 1]))
    white = light >= WHITE
    if not white.any():
        return ~white
    dark = (pens[:, 1] >= 0) & (_least_channel(pens[:, 1]) < GROUND_LIGHT)
    long = np.abs(ends[:, 2:] - ends[:, :2]).max(axis=1) > GROUND_SHARE**0.5 * min(frame.drawn)
    return ~white if not (dark & long).any() else np.ones(len(pens), bool)


def _least_channel(colors: NDArray[np.float64]) -> NDArray[np.int64]:
    """(n,) the darkest channel; 255 where there is no color."""
    packed = colors.astype(np.int64)
    channels = np.minimum(np.minimum(packed >> 16 & 255, packed >> 8 & 255), packed & 255)
    return np.where(packed < 0, 255, channels)


def _displayed(frame: Frame, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points (n, 2) of the page's own axes as displayed."""
    left, bottom, right, top = frame.box
    x, y = points[:, 0], points[:, 1]
    turned = ((x - left, top - y), (y - bottom, x - left), (right - x, y - bottom), (top - y, right - x))[frame.turns]
    return np.stack(turned, axis=1) * frame.unit


def _times(first: Matrices, then: NDArray[np.float64]) -> Matrices:
    """Matrices (n, 6) that do one after the other."""
    a, b, c, d, e, f = first.T
    g, h, i, j, k, m = then
    with np.errstate(all="ignore"):
        rows = (a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m)
    return np.stack(rows, axis=1)


def _pen(row: list[float], hidden: HiddenLayers, unit: float) -> Pen:
    stroke, fill, width, dashes, layer = row
    return Pen(int(stroke), int(fill), round(width * unit, 2), hidden.text(int(dashes)), hidden.text(int(layer)))
