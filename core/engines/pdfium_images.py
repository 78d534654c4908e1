"""The raster pictures drawn on a page: where, how large, and what they show as displayed.

PDFium draws each one alone, at its own samples, with its mask, soft mask and colour space; turning, flipping and
cropping are done on the samples. A picture that was cut into strips or tiles is put together again.
"""

from __future__ import annotations

import ctypes
import hashlib
from collections.abc import Iterator
from ctypes import c_float, c_int, c_uint, c_ulong, c_void_p
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.engines import pdfium
from core.engines.pdfium_page import Frame
from core.geometry import Box
from core.images.look import MOST_CELLS, PAGE_LOOK, look_of
from core.images.scans import WHOLE_PAGE
from core.model import Image, Notice
from core.options import Limits

_IMAGE, _FORM = 3, 5
MOST_DEPTH = 12  #: of forms in forms
MOST_PICTURES = 4_000  #: of one page, strips counted; above, the page's pictures are not compared
MOST_SEGMENTS = 2_000  #: of a clipping path that is looked at
LEAST_SIDE = 1.5  #: points; thinner ones are rules and hairlines
LEAST_CROP = 0.02  #: share of a picture; less is rounding
#: JPEG 2000 takes so many times longer than other codes.
_SLOW = {"JPXDecode": 4}
PAGE_SAMPLES = 2  #: samples decoded on one page, in times of `Limits.tile_pixels`
#: Coded data of so many bytes tell a picture by themselves; less may be a blank one with a mask or palette of its own.
TELLING_BYTES = 32 * 1024
SIGN = 24  #: samples along the sides of a small drawing that tells such apart
POINTS_PER_CELL, LEAST_CELLS = 1.8, 32
ABUT = 0.6  #: points between the strips of a picture
#: Pictures that something is seen through, such as shadows and shades: of a page of so many the whole is looked at.
LEAST_CLEAR, OPAQUE = 4, 250
PAGE_PIXELS = 512  #: along the longer side
_COLOR_SPACES = ("", "Gray", "RGB", "CMYK", "Gray", "RGB", "Lab", "ICC", "Separation", "DeviceN", "Indexed", "Pattern")

_matrix = pdfium.function("FPDFPageObj_GetMatrix")
_set_matrix = pdfium.function("FPDFPageObj_SetMatrix")
_count_in_form = pdfium.function("FPDFFormObj_CountObjects")
_get_in_form = pdfium.function("FPDFFormObj_GetObject", c_void_p)
_clip_path = pdfium.function("FPDFPageObj_GetClipPath", c_void_p)
_count_paths = pdfium.function("FPDFClipPath_CountPaths")
_count_segments = pdfium.function("FPDFClipPath_CountPathSegments")
_segment = pdfium.function("FPDFClipPath_GetPathSegment", c_void_p)
_point = pdfium.function("FPDFPathSegment_GetPoint")
_pixel_size = pdfium.function("FPDFImageObj_GetImagePixelSize")
_raw_data = pdfium.function("FPDFImageObj_GetImageDataRaw", c_ulong)
_filter_count = pdfium.function("FPDFImageObj_GetImageFilterCount")
_filter_name = pdfium.function("FPDFImageObj_GetImageFilter", c_ulong)
_image_facts = pdfium.function("FPDFImageObj_GetImageMetadata")
_drawn = pdfium.function("FPDFImageObj_GetRenderedBitmap", c_void_p, is_long=True)
_bitmap_buffer = pdfium.function("FPDFBitmap_GetBuffer", c_void_p)
_bitmap_width = pdfium.function("FPDFBitmap_GetWidth")
_bitmap_height = pdfium.function("FPDFBitmap_GetHeight")
_bitmap_stride = pdfium.function("FPDFBitmap_GetStride")
_bitmap_format = pdfium.function("FPDFBitmap_GetFormat")
_BGRA = 4

Matrix = tuple[float, float, float, float, float, float]
Samples = NDArray[np.uint8]
_SAME: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


class _Facts(ctypes.Structure):
    """FPDF_IMAGEOBJ_METADATA."""

    _fields_ = (
        ("width", c_uint),
        ("height", c_uint),
        ("horizontal_dpi", c_float),
        ("vertical_dpi", c_float),
        ("bits", c_uint),
        ("color_space", c_int),
        ("marked_content", c_int),
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """One picture as the file has it.

    Attributes:
        handle: FPDF_PAGEOBJECT.
        key: Of the coded data and all that is known to change how they look.
        coded: Bytes of the coded data.
        samples: Width and height as displayed, so turned.
        turned: Rows become columns; then flipped left to right, and upside down.
        visible: Share of the picture that its clip leaves: left, top, right, bottom as displayed.
        weight: Samples to decode, slow codes counted more.
    """

    handle: c_void_p
    key: str
    coded: int
    samples: tuple[int, int]
    turned: tuple[bool, bool, bool]
    visible: Box
    weight: int
    color_space: str


@dataclass(frozen=True, slots=True)
class _Placed:
    """One picture as a reader sees it: parts in columns or rows, and the box of all, points as displayed."""

    parts: tuple[_Part | _Placed, ...]
    axis: int
    box: Box
    samples: tuple[int, int]
    is_level: bool


def _fills(box: Box, frame: Frame) -> bool:
    """Whether a picture may fill a page."""
    width, height = frame.size
    return (box[2] - box[0]) * (box[3] - box[1]) >= WHOLE_PAGE * width * height


class Pictures:
    """Reads the pictures of one document, page after page; each distinct one is decoded once."""

    def __init__(self, document: c_void_p, limits: Limits) -> None:
        self._document, self._limits = document, limits
        self._looks: dict[str, tuple[str, bool]] = {}
        self._facts = _Facts()
        self._edges = tuple(c_uint() for _ in range(4))
        self._six = (c_float * 6)()
        self._xy = c_float(), c_float()

    def on_page(
        self, number: int, page: c_void_p, others: list[c_void_p], frame: Frame, *, with_looks: bool = True
    ) -> _Found:
        """The pictures of an open page, those in forms included.

        Args:
            number: Of the page, from 1.
            page: FPDF_PAGE.
            others: Its objects, as drawn, less those that are known to be text.
            frame: Of the page.
            with_looks: Also of pictures that do not fill the page; of those that do it must be known whether they show
                anything, whatever is compared.

        Returns:
            Images in the order in which they are drawn, and notices about those that could not be looked at.
        """
        placed: list[_Placed] = []
        for handle, matrix, clip in self._walk(others, frame):
            found = self._placed(page, handle, matrix, clip, frame)
            if found is not None:
                placed.append(found)
            if len(placed) > MOST_PICTURES:
                message = f"The page has more than {MOST_PICTURES:,} pictures; they were not compared."
                return (), (Notice("too_many_images", message, number),)
        images: dict[tuple[str, str, Box], Image] = {}
        left, skipped = PAGE_SAMPLES * self._limits.tile_pixels, 0
        seen: set[str] = set()
        clear = 0
        for picture in _merged(placed):
            digest = _digest(picture)
            weight = sum(part.weight for part in _leaves(picture))
            if digest not in seen:
                seen.add(digest)
                left -= weight
            is_large = weight > self._limits.tile_pixels or left < 0
            looked = not is_large and (with_looks or _fills(picture.box, frame))
            look, is_clear = self._look(page, picture, digest) if looked else ("", False)
            if looked and not look:
                continue
            clear += is_clear
            skipped += is_large
            box = (
                round(picture.box[0], 2),
                round(picture.box[1], 2),
                round(picture.box[2], 2),
                round(picture.box[3], 2),
            )
            images[digest, look, box] = Image(number, box, digest, look, picture.samples, _properties(picture))
        every = tuple(images.values())
        if clear >= LEAST_CLEAR and (drawn := self._page_look(page, frame)):
            every = (replace(every[0], properties={**every[0].properties, PAGE_LOOK: drawn}), *every[1:])
        if not skipped:
            return every, ()
        message = "A picture on the page is too large to be looked at; it was compared by its coded data only."
        return every, (Notice("large_image", message, number),)

    def _walk(self, objects: list[c_void_p], frame: Frame) -> Iterator[tuple[c_void_p, Matrix, Box]]:
        """Picture objects with the matrix from their space to the page's, and what the clips around them leave."""
        stack = [(iter(objects), _SAME, frame.box, 0)]
        left = self._limits.page_objects
        while stack:
            inside, matrix, clip, depth = stack[-1]
            handle = next(inside, None)
            left -= 1
            if handle is None or left < 0:
                stack.pop()
                continue
            kind = pdfium.object_type(handle)
            if kind == _IMAGE:
                yield handle, matrix, clip
            elif kind == _FORM and depth < MOST_DEPTH:
                own = self._matrix(handle)
                if own is not None:
                    inner = [c_void_p(_get_in_form(handle, k)) for k in range(min(left, _count_in_form(handle)))]
                    narrowed = _common(clip, self._clip(handle, matrix))
                    if narrowed is not None:
                        stack.append((iter(inner), _product(own, matrix), narrowed, depth + 1))

    def _placed(self, page: c_void_p, handle: c_void_p, outer: Matrix, clip: Box, frame: Frame) -> _Placed | None:
        """What is known of a picture before it is decoded; None where nothing of it can be seen."""
        own = self._matrix(handle)
        width, height = self._edges[:2]
        if own is None or not _pixel_size(handle, ctypes.byref(width), ctypes.byref(height)):
            return None
        columns, rows = int(width.value), int(height.value)
        if columns * rows <= 1:
            return None
        a, b, c, d, e, f = _product(own, outer)
        if not np.isfinite((a, b, c, d, e, f)).all():
            return None
        corners = [(e, f), (a + e, b + f), (c + e, d + f), (a + c + e, b + d + f)]
        whole = _around(corners)
        seen = _common(_common(whole, clip), self._clip(handle, outer))
        if seen is None:
            return None
        (x, y), (right_x, right_y), (up_x, up_y) = _displayed(corners[:3], frame)
        across, down = (right_x - x, right_y - y), (x - up_x, y - up_y)
        is_turned = abs(across[0]) < abs(across[1])
        mirrored, upside_down = (down[0] < 0, across[1] < 0) if is_turned else (across[0] < 0, down[1] < 0)
        is_level = min(abs(across[0]), abs(across[1])) < ABUT and min(abs(down[0]), abs(down[1])) < ABUT
        box, full = _box(seen, frame), _box(whole, frame)
        if box[2] - box[0] < LEAST_SIDE or box[3] - box[1] < LEAST_SIDE:
            return None
        visible = _share(box, full) if is_level else (0.0, 0.0, 1.0, 1.0)
        samples = (rows, columns) if is_turned else (columns, rows)
        shown = (
            max(1, round(samples[0] * (visible[2] - visible[0]))),
            max(1, round(samples[1] * (visible[3] - visible[1]))),
        )
        key, coded, weight, color_space = self._coded(page, handle, columns * rows)
        part = _Part(handle, key, coded, samples, (is_turned, mirrored, upside_down), visible, weight, color_space)
        return _Placed((part,), 0, box, shown, is_level)

    def _coded(self, page: c_void_p, handle: c_void_p, samples: int) -> tuple[str, int, int, str]:
        """A key of the coded data and what else decides the look, the bytes, what decoding costs, the colour space."""
        size = int(_raw_data(handle, None, 0))
        buffer = ctypes.create_string_buffer(max(size, 1))
        _raw_data(handle, buffer, c_ulong(size))
        found = hashlib.sha256(memoryview(buffer)[:size])
        name = ctypes.create_string_buffer(32)
        filters = []
        for k in range(min(8, max(0, _filter_count(handle)))):
            _filter_name(handle, k, name, c_ulong(32))
            filters.append(name.value.decode("ascii", "replace"))
        slow = max((_SLOW.get(one, 1) for one in filters), default=1)
        color_space, bits = "", 0
        if slow == 1 and _image_facts(handle, page, ctypes.byref(self._facts)):
            bits = int(self._facts.bits)
            number = int(self._facts.color_space)
            color_space = _COLOR_SPACES[number] if 0 <= number < len(_COLOR_SPACES) else ""
        painted: tuple[int, ...] = ()
        if pdfium.fill_color(handle, *(ctypes.byref(edge) for edge in self._edges)):
            channels = tuple(int(edge.value) for edge in self._edges)
            painted = channels if bits <= 1 else channels[3:]  # a stencil is painted in the colour of the fill
        found.update(repr((size, samples, filters, bits, color_space, painted)).encode())
        return found.hexdigest(), size, samples * slow, color_space

    def _look(self, page: c_void_p, picture: _Placed, digest: str) -> tuple[str, bool]:
        """What a picture shows, empty where nothing can be seen of it, and whether something is seen through it."""
        size = max(picture.box[2] - picture.box[0], picture.box[3] - picture.box[1])
        cells = max(LEAST_CELLS, round(size / POINTS_PER_CELL / 8) * 8)
        signs = [self._sign(page, part) for part in _leaves(picture) if part.coded < TELLING_BYTES]
        key = f"{digest} {cells} {signs}"
        if key not in self._looks:
            shown = self._shown(page, picture)
            is_clear = shown is not None and int(shown[..., 3].min()) < OPAQUE
            self._looks[key] = (look_of(shown, cells) if shown is not None else "", is_clear)
        return self._looks[key]

    def _page_look(self, page: c_void_p, frame: Frame) -> str:
        """What the whole page shows when it is drawn; empty where it cannot be."""
        width, height = frame.drawn
        scale = PAGE_PIXELS / max(width, height)
        columns, rows = max(1, round(width * scale)), max(1, round(height * scale))
        pixels = np.full((rows, columns, 4), 255, np.uint8)
        bitmap = c_void_p(pdfium.new_bitmap(columns, rows, _BGRA, c_void_p(pixels.ctypes.data), columns * 4))
        if not bitmap:
            return ""
        try:
            pdfium.render_page(bitmap, page, 0, 0, columns, rows, 0, 0)
        finally:
            pdfium.drop_bitmap(bitmap)
        return look_of(pixels, MOST_CELLS)

    def _sign(self, page: c_void_p, part: _Part) -> str:
        """What a part looks like when drawn small; quicker than to draw it whole."""
        small = self._drawn(page, part.handle, min(SIGN, part.samples[0]), min(SIGN, part.samples[1]))
        return hashlib.sha256(small.tobytes()).hexdigest()[:16] if small is not None else ""

    def _shown(self, page: c_void_p, picture: _Part | _Placed) -> Samples | None:
        """(height, width, 4) blue, green, red and alpha as displayed; None where it cannot be decoded."""
        if isinstance(picture, _Part):
            return self._decoded(page, picture)
        found = [self._shown(page, part) for part in picture.parts]
        if any(one is None for one in found):
            return None
        if len(found) == 1:
            return found[0]
        across = 1 - picture.axis
        least = min(one.shape[across] for one in found if one is not None)
        trimmed = [one[:least] if across == 0 else one[:, :least] for one in found if one is not None]
        return np.concatenate(trimmed, axis=picture.axis)

    def _decoded(self, page: c_void_p, part: _Part) -> Samples | None:
        is_turned, mirrored, upside_down = part.turned
        samples = self._drawn(page, part.handle, *(part.samples[::-1] if is_turned else part.samples))
        if samples is None:
            return None
        samples = samples.transpose(1, 0, 2) if is_turned else samples
        samples = samples[:, ::-1] if mirrored else samples
        samples = samples[::-1] if upside_down else samples
        x0, y0, x1, y1 = part.visible
        height, width = samples.shape[:2]
        shown = samples[round(y0 * height) : max(round(y1 * height), 1), round(x0 * width) : max(round(x1 * width), 1)]
        return np.ascontiguousarray(shown) if shown.size else None

    def _drawn(self, page: c_void_p, handle: c_void_p, columns: int, rows: int) -> Samples | None:
        """(height, width, 4) a picture in so many samples, neither turned nor cropped; None where that fails."""
        kept = (c_float * 6)()
        if not _matrix(handle, ctypes.byref(kept)):
            return None
        upright = (c_float * 6)(columns, 0.0, 0.0, rows, 0.0, 0.0)
        _set_matrix(handle, ctypes.byref(upright))
        bitmap = c_void_p(_drawn(self._document, page, handle))
        _set_matrix(handle, ctypes.byref(kept))
        if not bitmap:
            return None
        try:
            width, height, stride = _bitmap_width(bitmap), _bitmap_height(bitmap), _bitmap_stride(bitmap)
            address = _bitmap_buffer(bitmap)
            if _bitmap_format(bitmap) != _BGRA or not address or width < 1 or height < 1:
                return None
            data = (ctypes.c_ubyte * (stride * height)).from_address(address)
            lines = np.frombuffer(data, np.uint8).reshape(height, stride)
            return lines[:, : 4 * width].reshape(height, width, 4).copy()  # the bitmap goes
        finally:
            pdfium.drop_bitmap(bitmap)

    def _matrix(self, handle: c_void_p) -> Matrix | None:
        if not _matrix(handle, ctypes.byref(self._six)):
            return None
        a, b, c, d, e, f = self._six
        return a, b, c, d, e, f

    def _clip(self, handle: c_void_p, outer: Matrix) -> Box | None:
        """The box around an object's clip, in the page's axes; None where there is no clip that could be read."""
        path = c_void_p(_clip_path(handle))
        count = _count_paths(path) if path else 0
        found: Box | None = None
        for k in range(min(max(count, 0), 64)):
            segments = _count_segments(path, k)
            if not 0 < segments <= MOST_SEGMENTS:
                continue
            points = []
            for j in range(segments):
                x, y = self._xy
                if _point(c_void_p(_segment(path, k, j)), ctypes.byref(x), ctypes.byref(y)):
                    points.append(_moved(outer, x.value, y.value))
            if points:
                box = _around(points)
                found = box if found is None else (_common(found, box) or (0.0, 0.0, 0.0, 0.0))
        return found


_Found = tuple[tuple[Image, ...], tuple[Notice, ...]]


def _product(inner: Matrix, outer: Matrix) -> Matrix:
    """First `inner`, then `outer`."""
    a, b, c, d, e, f = inner
    p, q, r, s, t, u = outer
    return (a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u)


def _moved(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def _around(points: list[tuple[float, float]]) -> Box:
    xs, ys = zip(*points, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def _common(box: Box | None, other: Box | None) -> Box | None:
    """What two boxes share; a missing second one is everything."""
    if box is None or other is None:
        return box
    x0, y0, x1, y1 = max(box[0], other[0]), max(box[1], other[1]), min(box[2], other[2]), min(box[3], other[3])
    return (x0, y0, x1, y1) if x1 > x0 and y1 > y0 else None


def _displayed(points: list[tuple[float, float]], frame: Frame) -> list[tuple[float, float]]:
    boxes = frame.displayed(np.array([(x, y, x, y) for x, y in points], np.float32))
    return [(float(x), float(y)) for x, y in boxes[:, :2]]


def _box(box: Box, frame: Frame) -> Box:
    x0, y0, x1, y1 = frame.displayed(np.array([box], np.float32))[0].tolist()
    return x0, y0, x1, y1


def _share(box: Box, full: Box) -> Box:
    """What part of `full` a box is, snapped to its edges."""
    width, height = full[2] - full[0], full[3] - full[1]
    x0, y0 = (box[0] - full[0]) / width, (box[1] - full[1]) / height
    x1, y1 = (box[2] - full[0]) / width, (box[3] - full[1]) / height
    return (
        round(x0, 3) if x0 > LEAST_CROP else 0.0,
        round(y0, 3) if y0 > LEAST_CROP else 0.0,
        round(x1, 3) if x1 < 1 - LEAST_CROP else 1.0,
        round(y1, 3) if y1 < 1 - LEAST_CROP else 1.0,
    )


def _leaves(picture: _Part | _Placed) -> Iterator[_Part]:
    if isinstance(picture, _Part):
        yield picture
    else:
        for part in picture.parts:
            yield from _leaves(part)


def _digest(picture: _Placed) -> str:
    found = hashlib.sha256()
    for part in _leaves(picture):
        found.update(f"{part.key} {part.turned} {part.visible}".encode())
    return found.hexdigest()[:32]


def _properties(picture: _Placed) -> dict[str, str]:
    part = next(_leaves(picture))
    found = {"color_space": part.color_space} if part.color_space else {}
    if part.visible != (0.0, 0.0, 1.0, 1.0):
        found["visible"] = " ".join(f"{edge:g}" for edge in part.visible)
    return found


def _merged(placed: list[_Placed]) -> list[_Placed]:
    """Strips below one another, then columns side by side, put together as one picture."""
    return _joined(_joined(placed, 0), 1)


def _joined(placed: list[_Placed], axis: int) -> list[_Placed]:
    """Neighbours in drawing order that abut along an axis (0: rows, so one below the other) and agree across it."""
    groups: list[list[_Placed]] = []
    for picture in placed:
        if groups and _abut(groups[-1][-1], picture, axis):
            groups[-1].append(picture)
        else:
            groups.append([picture])
    return [group[0] if len(group) == 1 else _union(group, axis) for group in groups]


def _abut(one: _Placed, other: _Placed, axis: int) -> bool:
    if not (one.is_level and other.is_level) or abs(one.samples[axis] - other.samples[axis]) > 1:
        return False
    across, along = (0, 1) if axis == 0 else (1, 0)
    if abs(one.box[across] - other.box[across]) > ABUT or abs(one.box[across + 2] - other.box[across + 2]) > ABUT:
        return False
    below = abs(one.box[along + 2] - other.box[along]) <= ABUT
    above = abs(other.box[along + 2] - one.box[along]) <= ABUT
    return below or above


def _union(group: list[_Placed], axis: int) -> _Placed:
    along = 1 if axis == 0 else 0
    parts = sorted(group, key=lambda one: one.box[along])
    boxes = np.array([one.box for one in parts])
    low, high = boxes[:, :2].min(axis=0).tolist(), boxes[:, 2:].max(axis=0).tolist()
    size = [0, 0]
    size[along] = sum(one.samples[along] for one in parts)
    size[1 - along] = min(one.samples[1 - along] for one in parts)
    return _Placed(tuple(parts), axis, (low[0], low[1], high[0], high[1]), (size[0], size[1]), is_level=True)
