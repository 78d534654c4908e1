"""PDFium's C interface, called without ctypes' argument checks, and an open file as the one handle to it.

PDFium has no bulk call for boxes and styles, so a document costs a million calls. An untyped call with ready-made
`c_void_p` objects takes .3-.4 us, a typed one 1 us; `map` over ready lists keeps the loop out of the interpreter.
PDFium is not thread-safe: one process, one thread.
"""

from __future__ import annotations

import ctypes
import mmap
import os
from ctypes import addressof, byref, c_double, c_float, c_int, c_size_t, c_uint, c_ulong, c_void_p, sizeof
from types import TracebackType
from typing import Any

from pypdfium2_raw import bindings as raw

from core.errors import (
    DamagedPdf,
    EmptyFile,
    EncryptedPdf,
    FileTooLarge,
    InputError,
    NoPages,
    NotAPdf,
    TooManyPages,
    WrongPassword,
)
from core.options import Limits

HEADER_SEARCH_BYTES = 1024
METADATA_KEYS = ("Title", "Author", "Subject", "Keywords", "Creator", "Producer", "CreationDate", "ModDate")

_LIBRARY = raw._libs["pdfium"]
#: The same library called without giving up the interpreter lock, which costs more than the small calls themselves.
_HELD = ctypes.PyDLL("pdfium", handle=_LIBRARY._handle)


def function(name: str, result: Any = c_int, *, is_long: bool = False) -> Any:
    """A fresh, untyped handle to a C function: pointers must be `c_void_p` objects, integers are C ints."""
    found = (_LIBRARY if is_long else _HELD)[name]
    found.restype = result
    return found


load_page = function("FPDF_LoadPage", c_void_p, is_long=True)
close_page = function("FPDF_ClosePage", None)
page_box = function("FPDF_GetPageBoundingBox")
page_rotation = function("FPDFPage_GetRotation")
set_page_rotation = function("FPDFPage_SetRotation", None)
count_objects = function("FPDFPage_CountObjects")
get_object = function("FPDFPage_GetObject", c_void_p)
object_type = function("FPDFPageObj_GetType")
count_marks = function("FPDFPageObj_CountMarks")
get_mark = function("FPDFPageObj_GetMark", c_void_p)
param_text = function("FPDFPageObjMark_GetParamStringValue")
remove_param = function("FPDFPageObjMark_RemoveParam")
object_bounds = function("FPDFPageObj_GetBounds")
fill_color = function("FPDFPageObj_GetFillColor")
stroke_color = function("FPDFPageObj_GetStrokeColor")
has_transparency = function("FPDFPageObj_HasTransparency")
draw_mode = function("FPDFPath_GetDrawMode")
path_segments = function("FPDFPath_CountSegments")
image_facts = function("FPDFImageObj_GetImageMetadata")
text_render_mode = function("FPDFTextObj_GetTextRenderMode")
text_font = function("FPDFTextObj_GetFont", c_void_p)
font_name = function("FPDFFont_GetBaseFontName", c_size_t)
font_weight = function("FPDFFont_GetWeight")
font_italic_angle = function("FPDFFont_GetItalicAngle")
font_embedded = function("FPDFFont_GetIsEmbedded")
font_data = function("FPDFFont_GetFontData")

load_text = function("FPDFText_LoadPage", c_void_p, is_long=True)
close_text = function("FPDFText_ClosePage", None)
count_chars = function("FPDFText_CountChars")
get_text = function("FPDFText_GetText")
get_unicode = function("FPDFText_GetUnicode", c_uint)
is_hyphen = function("FPDFText_IsHyphen")
has_map_error = function("FPDFText_HasUnicodeMapError")
loose_box = function("FPDFText_GetLooseCharBox", None)
tight_box = function("FPDFText_GetCharBox", None)
char_origin = function("FPDFText_GetCharOrigin")
text_object = function("FPDFText_GetTextObject", c_void_p)
font_size = function("FPDFText_GetFontSize", c_double)
text_matrix = function("FPDFText_GetMatrix")

new_bitmap = function("FPDFBitmap_CreateEx", c_void_p)
fill_bitmap = function("FPDFBitmap_FillRect")
render_page = function("FPDF_RenderPageBitmap", None, is_long=True)
drop_bitmap = function("FPDFBitmap_Destroy", None)

_load_memory = function("FPDF_LoadMemDocument64", c_void_p, is_long=True)
_load_memory.argtypes = (c_void_p, c_size_t, ctypes.c_char_p)
_close_document = function("FPDF_CloseDocument", None)
_last_error = function("FPDF_GetLastError", c_ulong)
_page_count = function("FPDF_GetPageCount")
_meta_text = function("FPDF_GetMetaText", c_ulong)
_security = function("FPDF_GetSecurityHandlerRevision")

_started: list[Any] = []


def _start(*, with_system_fonts: bool) -> None:
    """Start the library once in this process; the first caller decides about the fonts."""
    if not _started:
        no_fonts = (ctypes.POINTER(ctypes.c_char) * 1)()
        config = raw.FPDF_LIBRARY_CONFIG(version=2, m_pUserFontPaths=None if with_system_fonts else no_fonts)
        raw.FPDF_InitLibraryWithConfig(byref(config))
        _started.extend((no_fonts, config))


class PdfFile:
    """An open PDF, mapped into memory and not copied. Use as a context manager.

    Attributes:
        handle: FPDF_DOCUMENT.
        page_count: At least one.
        data: The bytes of the file; writing to it does not reach the file.
    """

    def __init__(
        self,
        fd: int,
        password: str | None,
        *,
        limits: Limits,
        with_system_fonts: bool = False,
        content: bytes | None = None,
    ) -> None:
        """Open the file of descriptor `fd`, which stays the caller's; or `content`, a copy of it that says otherwise.

        Without the system's fonts a text reads the same on every machine; with them, text whose font is not in the file
        can be drawn. A process does one or the other.

        Raises:
            InputError: It is empty, too large, not a PDF, damaged, or has no or too many pages; the password is wrong.
        """
        size = os.fstat(fd).st_size if content is None else len(content)
        if not size:
            raise EmptyFile("is empty.")
        if size > limits.file_bytes:
            raise FileTooLarge(
                f"is too large: {size / 2**20:.0f} MB; at most {limits.file_bytes / 2**20:.0f} MB are read."
            )
        # ACCESS_COPY is a private mapping: its address can be had, and nothing is copied unless somebody writes.
        if content is None:
            self.data = mmap.mmap(fd, size, access=mmap.ACCESS_COPY)
        else:
            self.data = mmap.mmap(-1, size)
            self.data[:] = content
        if b"%PDF-" not in self.data[:HEADER_SEARCH_BYTES]:
            raise NotAPdf("is not a PDF.")
        _start(with_system_fonts=with_system_fonts)
        self._bytes = (ctypes.c_char * size).from_buffer(self.data)
        handle = _load_memory(addressof(self._bytes), size, password.encode() if password else None)
        if not handle:
            raise _refusal(int(_last_error()), password)
        self.handle = c_void_p(handle)
        self.page_count = int(_page_count(self.handle))
        if self.page_count < 1 or self.page_count > limits.pages:
            count = self.page_count
            self.close()
            if count < 1:
                raise NoPages("has no pages.")
            raise TooManyPages(f"has too many pages: {count:,}; at most {limits.pages:,} are read.")

    @property
    def is_encrypted(self) -> bool:
        return int(_security(self.handle)) >= 0

    def metadata(self) -> dict[str, str]:
        """The entries of the document information that are there."""
        found = {}
        for key in METADATA_KEYS:
            name = ctypes.c_char_p(key.encode())
            size = int(_meta_text(self.handle, name, None, c_ulong(0)))
            if 2 < size < 1 << 20:
                text = ctypes.create_string_buffer(size)
                _meta_text(self.handle, name, text, c_ulong(size))
                found[key] = text.raw[: size - 2].decode("utf-16-le", "replace")
        return found

    def sha256(self) -> str:
        from hashlib import sha256  # OpenSSL: 4 MB and 5 ms that most reads can do without

        return sha256(self.data).hexdigest()

    def forget(self) -> None:
        """Let go of the file's pages in memory; they come back when they are looked at."""
        self.data.madvise(mmap.MADV_DONTNEED)

    def close(self) -> None:
        if self.handle:
            _close_document(self.handle)
            self.handle = c_void_p(None)
            self.forget()

    def __enter__(self) -> PdfFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _refusal(code: int, password: str | None) -> InputError:
    """The error of ours for what PDFium could not open."""
    if code == raw.FPDF_ERR_PASSWORD:
        return WrongPassword("does not open with this password.") if password else EncryptedPdf("asks for a password.")
    if code == raw.FPDF_ERR_SECURITY:
        return EncryptedPdf(
            "is encrypted in a way that cannot be read.", remedy="Give a copy saved without encryption."
        )
    return DamagedPdf("is damaged and cannot be opened.")


class Scratch:
    """Buffers that are reused from page to page, with the ctypes pointers into them made once."""

    def __init__(self) -> None:
        self._made: dict[str, tuple[int, Any, list[Any]]] = {}
        self.floats = (c_float * 6)()
        self.color = tuple(c_uint() for _ in range(4))
        self.color_pointers = tuple(byref(channel) for channel in self.color)
        self.integer = c_int()
        self.name = ctypes.create_string_buffer(256)
        self.name_size = c_size_t(256)

    def boxes(self, count: int) -> tuple[Any, list[c_void_p]]:
        """A buffer of at least `count` rows of four floats, and the pointer to each row."""
        return self._pointers("boxes", count, c_float, 4)

    def matrices(self, count: int) -> tuple[Any, list[c_void_p]]:
        """A buffer of at least `count` rows of six floats, and the pointer to each row."""
        return self._pointers("matrices", count, c_float, 6)

    def points(self, count: int) -> tuple[Any, tuple[list[c_void_p], list[c_void_p]]]:
        """A buffer of at least `count` rows of two doubles, and for each column the pointers to its items."""
        buffer, pointers = self._pointers("points", 2 * count, c_double, 1)
        return buffer, (pointers[0 : 2 * count : 2], pointers[1 : 2 * count : 2])

    def edges(self, count: int) -> tuple[Any, list[list[c_void_p]]]:
        """A buffer of at least `count` rows of four doubles, and for each column the pointers to its items."""
        buffer, pointers = self._pointers("edges", 4 * count, c_double, 1)
        return buffer, [pointers[k : 4 * count : 4] for k in range(4)]

    def colors(self, count: int) -> tuple[Any, list[list[c_void_p]]]:
        """A buffer of at least `count` rows of four uint32, and for each column the pointers to its items."""
        buffer, pointers = self._pointers("colors", 4 * count, c_uint, 1)
        return buffer, [pointers[k : 4 * count : 4] for k in range(4)]

    def _pointers(self, name: str, count: int, item: type[Any], width: int) -> tuple[Any, list[c_void_p]]:
        size, buffer, pointers = self._made.get(name, (0, None, []))
        if count > size:
            size = max(1024, 1 << (count - 1).bit_length())
            buffer = (item * (width * size))()
            base, step = addressof(buffer), width * sizeof(item)
            pointers = [c_void_p(base + step * k) for k in range(size)]
            self._made[name] = size, buffer, pointers
        return buffer, pointers
