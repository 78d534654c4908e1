"""Pictures of pages for the viewer: one page, or one tile of a large sheet, as lossless WebP or PNG.

The size is worked out before anything is drawn, so that no page can ask for more pixels than allowed.
"""

from __future__ import annotations

import io
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from ctypes import byref, c_float, c_int, c_ulong, c_void_p
from dataclasses import dataclass
from typing import Any

from PIL import Image
from pypdfium2_raw import bindings as raw

from core.engines import pdfium
from core.engines.layer_switching import switched
from core.engines.pdfium import PdfFile
from core.engines.pdfium_units import user_units
from core.engines.reading import read_pages
from core.errors import DamagedPdf, OptionsError, PageTooLarge
from core.model import Flag
from core.options import Limits
from core.wire import Message, bytes_buffer

MIN_DPI, MAX_DPI = 18.0, 300.0
#: Of a tile, whose size does not grow with it: 800 % on a screen of two dots a pixel.
MAX_TILE_DPI = 1600.0
TILE_PIXELS = 1024
#: A photograph costs more than this without loss; then JPEG is a fifth of it and nobody sees the difference.
LOSSLESS_BYTES = 600 * 1024
JPEG_QUALITY = 85
#: Of all settings tried on text pages the fastest that is also small (26 ms and 73 KB; method 0: 65 ms and 133 KB).
LOSSLESS = {"lossless": True, "quality": 0, "method": 1}
POINTS_PER_INCH = 72.0
#: Of a picture in a report: twice what it is shown at, for sharp screens.
CROP_PIXELS = (440, 320)
CROP_LIMIT = 2_000_000  # pixels drawn for one, where a page is so large that even the lowest resolution is more
CROP_MARGIN = 4.0  # points, so that its edge is seen
MOST_CROPS = 200
MOST_PIXELS = Limits().tile_pixels

_width = pdfium.function("FPDF_GetPageWidthF", c_float)
_height = pdfium.function("FPDF_GetPageHeightF", c_float)
_form_type = pdfium.function("FPDF_GetFormType")
_open_forms = pdfium.function("FPDFDOC_InitFormFillEnvironment", c_void_p)
_close_forms = pdfium.function("FPDFDOC_ExitFormFillEnvironment", None)
_draw_forms = pdfium.function("FPDF_FFLDraw", None)


@dataclass(frozen=True, slots=True)
class OpenPage:
    """A page ready to be drawn: its handle, the forms of its document if any, its size in points as displayed."""

    handle: c_void_p
    forms: c_void_p | None
    size: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Frame:
    """What is drawn: the whole page is `full_width` x `full_height` pixels, the picture a window of it."""

    full_width: int
    full_height: int
    left: int
    top: int
    width: int
    height: int
    dpi: float


def render(request: Message, files: Sequence[int], emit: Callable[[dict[str, Any]], None]) -> Message:
    """The piece `render`: files = [PDF]; header {password?, page, dpi | width, crop?, tile?, format?,
    limit_pixels?, overview_pixels?, layers?}.

    `layers` are the indexes of those that are shown, instead of what the file says; `crop` is a box in points, `tile`
    is [column, row] of the 1024-pixel raster at this dpi.
    The answer has {width, height, dpi, media_type} and the buffer `image`.

    Raises:
        InputError: The PDF or the page cannot be opened or drawn, or the request makes no sense.
    """
    header = request.header
    with _opened(files[0], header.get("password"), int(header["page"]), header.get("layers")) as page:
        frame = frame_of(
            *page.size,
            dpi=header.get("dpi"),
            width=header.get("width"),
            crop=header.get("crop"),
            tile=header.get("tile"),
            limit_pixels=min(int(header.get("limit_pixels", MOST_PIXELS)), MOST_PIXELS),
            overview_pixels=header.get("overview_pixels"),
        )
        image = _draw(page, frame)
    data, media_type = encode(image, header.get("format", "webp"))
    answer = {"kind": "result", "width": frame.width, "height": frame.height, "dpi": round(frame.dpi, 3)}
    return Message({**answer, "media_type": media_type}, {"image": bytes_buffer(data)})


def crops(request: Message, files: Sequence[int], emit: Callable[[dict[str, Any]], None]) -> Message:
    """The piece `crops`: files = [PDF]; header {password?, crops: [[page, box], ...], format?}, boxes in points.

    Each place becomes a small WebP, or PNG, in the buffer named by its index; it is empty where the page cannot be
    drawn.
    """
    header = request.header
    password, wanted = header.get("password"), header["crops"][:MOST_CROPS]
    form = header.get("format", "webp")
    made = {str(k): b"" for k in range(len(wanted))}
    with PdfFile(files[0], password, limits=Limits(), with_system_fonts=True) as pdf, _forms_of(pdf) as forms:
        units = user_units(pdf.data, files[0], password, is_encrypted=pdf.is_encrypted)
        for k, (number, box) in sorted(enumerate(wanted), key=lambda one: one[1][0]):
            try:
                with _page_of(pdf, forms, int(number), units) as page:
                    made[str(k)] = _cropped(page, box, form)
            except (DamagedPdf, OptionsError, PageTooLarge):
                continue  # without its picture the change is still told
    return Message({"kind": "result"}, {name: bytes_buffer(data) for name, data in made.items()})


def page_pictures(
    descriptor: int, password: str | None, numbers: Sequence[int], dpi: float, limit_pixels: int
) -> Iterator[bytes]:
    """Some pages as PNG, one after the other, with their annotations and fields as they are displayed.

    Raises:
        InputError: The PDF or a page cannot be opened or drawn.
    """
    most = min(limit_pixels, MOST_PIXELS)
    with PdfFile(descriptor, password, limits=Limits(), with_system_fonts=True) as pdf, _forms_of(pdf) as forms:
        units = user_units(pdf.data, descriptor, password, is_encrypted=pdf.is_encrypted)
        for number in numbers:
            with _page_of(pdf, forms, number, units) as page:
                image = _draw(page, frame_of(*page.size, dpi=dpi, limit_pixels=most))
            yield _saved(image, "PNG", compress_level=6)


def _cropped(page: OpenPage, box: Sequence[float], form: str) -> bytes:
    x0, y0, x1, y1 = (float(value) for value in box)
    around = (x0 - CROP_MARGIN, y0 - CROP_MARGIN, x1 + CROP_MARGIN, y1 + CROP_MARGIN)
    wide, high = around[2] - around[0], around[3] - around[1]
    dpi = POINTS_PER_INCH * min(CROP_PIXELS[0] / wide, CROP_PIXELS[1] / high, MAX_DPI / POINTS_PER_INCH)
    image = _draw(page, frame_of(*page.size, dpi=dpi, crop=around, limit_pixels=CROP_LIMIT))
    image.thumbnail(CROP_PIXELS)
    if form == "png":
        return _saved(image, "PNG", compress_level=6)
    return _saved(image, "WEBP", quality=80, method=2)


def page_text(request: Message, files: Sequence[int], emit: Callable[[dict[str, Any]], None]) -> Message:
    """The piece `page_text`: files = [PDF]; header {password?, page, last?}.

    The answer's buffer `text` is JSON, {"words": [[text, x0, y0, x1, y1], ...]}: the words that can be seen, in reading
    order, with the boxes of the reader, so that marks and selection agree. With `last`, it tells of the pages from
    `page` to that one: {"pages": [[number, words], ...]}.
    """
    header = request.header
    first, last = int(header["page"]), header.get("last")
    chosen = str(first) if last is None else f"{first}-{int(last)}"
    document = read_pages(files[0], limits=Limits(), sha256="-", password=header.get("password"), pages=chosen)
    words = document.words
    hidden = words.flags & (Flag.HIDDEN & ~(Flag.INVISIBLE | Flag.COVERED))  # text under a scan can be selected
    by_page: dict[int, list[list[Any]]] = {page.number: [] for page in document.pages}
    for k in range(len(words)):
        if not hidden[k]:
            word = [words.text(k), *(round(float(edge), 1) for edge in words.box[k])]
            by_page.setdefault(int(words.page[k]), []).append(word)
    found: dict[str, Any] = {"words": by_page.get(first, [])} if last is None else {"pages": list(by_page.items())}
    text = json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return Message({"kind": "result", "words": sum(map(len, by_page.values()))}, {"text": bytes_buffer(text)})


def frame_of(
    page_width: float,
    page_height: float,
    *,
    dpi: float | None = None,
    width: int | None = None,
    crop: Sequence[float] | None = None,
    tile: Sequence[int] | None = None,
    limit_pixels: int,
    overview_pixels: int | None = None,
) -> Frame:
    """Where the picture lies on the page, in pixels.

    Args:
        page_width: Points, as displayed; likewise `page_height`.
        dpi: Wanted resolution, lowered until the picture fits `limit_pixels`.
        width: Wanted width of the whole page in pixels, instead of `dpi`.
        crop: Box in points.
        tile: Column and row of the raster of 1024 pixels.
        limit_pixels: Most pixels of the picture.
        overview_pixels: So many instead, when the picture would have more than `limit_pixels`: a sheet that is seen in
            tiles needs no large overview.

    Raises:
        OptionsError: Nothing of the page lies in the crop or tile.
        PageTooLarge: Even at the lowest resolution the picture does not fit.
    """
    if not (page_width > 0 and page_height > 0 and math.isfinite(page_width * page_height)):
        raise DamagedPdf("has a page without a size")
    wanted = float(dpi) if dpi is not None else (float(width) * POINTS_PER_INCH / page_width if width else 100.0)
    wanted = min(max(wanted, MIN_DPI), MAX_DPI if tile is None else MAX_TILE_DPI)
    shown = _inside(crop, page_width, page_height)
    if tile is None:
        area = (shown[2] - shown[0]) * (shown[3] - shown[1]) / POINTS_PER_INCH**2
        if area * wanted**2 > limit_pixels:
            wanted = math.sqrt(min(overview_pixels or limit_pixels, limit_pixels) / area)
        if wanted < 1.0:
            raise PageTooLarge("has a page too large to be drawn")
    scale = wanted / POINTS_PER_INCH
    full_width, full_height = max(1, round(page_width * scale)), max(1, round(page_height * scale))
    if tile is not None:
        column, row = int(tile[0]), int(tile[1])
        left, top = column * TILE_PIXELS, row * TILE_PIXELS
        if column < 0 or row < 0 or left >= full_width or top >= full_height:
            raise OptionsError("there is no such tile on the page")
        return Frame(
            full_width,
            full_height,
            left,
            top,
            min(TILE_PIXELS, full_width - left),
            min(TILE_PIXELS, full_height - top),
            wanted,
        )
    left, top = min(int(shown[0] * scale), full_width - 1), min(int(shown[1] * scale), full_height - 1)
    right, bottom = min(math.ceil(shown[2] * scale), full_width), min(math.ceil(shown[3] * scale), full_height)
    return Frame(full_width, full_height, left, top, max(1, right - left), max(1, bottom - top), wanted)


def encode(image: Image.Image, form: str) -> tuple[bytes, str]:
    """The picture as bytes and their media type: exact, except photographs that would be very large."""
    if form == "png":
        return _saved(image, "PNG", compress_level=6), "image/png"
    if form != "webp":
        raise OptionsError(f"there is no picture format {form!r}", remedy="Choose webp or png.")
    if (
        _estimated_bytes(image) <= 2 * LOSSLESS_BYTES
        and len(data := _saved(image, "WEBP", **LOSSLESS)) <= LOSSLESS_BYTES
    ):
        return data, "image/webp"
    return _saved(image, "JPEG", quality=JPEG_QUALITY), "image/jpeg"


def _estimated_bytes(image: Image.Image) -> int:
    """About what the picture costs without loss, from three bands: a full try on a scan takes a second."""
    width, height = image.size
    band = 64
    if height <= 6 * band:
        return 0
    size = sum(
        len(_saved(image.crop((0, top, width, top + band)), "WEBP", **LOSSLESS))
        for top in (height // 5, height // 2, height * 4 // 5)
        if top + band <= height
    )
    return size * height // (3 * band)


def _saved(image: Image.Image, form: str, **choices: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, form, **choices)
    return stream.getvalue()


def _inside(crop: Sequence[float] | None, width: float, height: float) -> tuple[float, float, float, float]:
    if crop is None:
        return 0.0, 0.0, width, height
    x0, y0, x1, y1 = (float(value) for value in crop)
    x0, y0, x1, y1 = max(0.0, x0), max(0.0, y0), min(width, x1), min(height, y1)
    if not (x0 < x1 and y0 < y1):
        raise OptionsError("the crop lies outside the page")
    return x0, y0, x1, y1


@contextmanager
def _opened(
    descriptor: int, password: str | None, number: int, layers: Sequence[int] | None = None
) -> Iterator[OpenPage]:
    """One page, with its form fields ready to be drawn."""
    content = switched(descriptor, password, layers) if layers is not None else None
    with (
        PdfFile(descriptor, password, limits=Limits(), with_system_fonts=True, content=content) as pdf,
        _forms_of(pdf) as forms,
    ):
        units = user_units(pdf.data, descriptor, password, is_encrypted=pdf.is_encrypted)
        with _page_of(pdf, forms, number, units) as page:
            yield page


@contextmanager
def _page_of(pdf: PdfFile, forms: c_void_p | None, number: int, units: Mapping[int, float]) -> Iterator[OpenPage]:
    if not 1 <= number <= pdf.page_count:
        raise OptionsError(f"there is no page {number}", remedy=f"Choose a page from 1 to {pdf.page_count}.")
    page = c_void_p(pdfium.load_page(pdf.handle, number - 1))
    if not page:
        raise DamagedPdf(f"has a page that cannot be drawn: {number}")
    try:
        unit = units.get(number - 1, 1.0)
        yield OpenPage(page, forms, (float(_width(page)) * unit, float(_height(page)) * unit))
    finally:
        pdfium.close_page(page)


@contextmanager
def _forms_of(pdf: PdfFile) -> Iterator[c_void_p | None]:
    """What draws form fields; None without forms. Scripts of the document have no platform to run on."""
    if _form_type(pdf.handle) == raw.FORMTYPE_NONE:
        yield None
        return
    info = raw.FPDF_FORMFILLINFO(version=2)
    forms = c_void_p(_open_forms(pdf.handle, byref(info)))
    try:
        yield forms or None
    finally:
        if forms:
            _close_forms(forms)


def _draw(page: OpenPage, frame: Frame) -> Image.Image:
    pixels = bytearray(4 * frame.width * frame.height)
    memory = (c_int * (frame.width * frame.height)).from_buffer(pixels)
    bitmap = c_void_p(pdfium.new_bitmap(frame.width, frame.height, raw.FPDFBitmap_BGRx, byref(memory), 4 * frame.width))
    if not bitmap:
        raise DamagedPdf("has a page that cannot be drawn")
    try:
        pdfium.fill_bitmap(bitmap, 0, 0, frame.width, frame.height, c_ulong(0xFFFFFFFF))
        place = (-frame.left, -frame.top, frame.full_width, frame.full_height, 0)
        flags = raw.FPDF_ANNOT | raw.FPDF_REVERSE_BYTE_ORDER
        pdfium.render_page(bitmap, page.handle, *place, flags)
        if page.forms is not None:
            _draw_forms(page.forms, bitmap, page.handle, *place, flags)
    finally:
        pdfium.drop_bitmap(bitmap)
    return Image.frombuffer("RGBX", (frame.width, frame.height), pixels, "raw", "RGBX", 0, 1).convert("RGB")
