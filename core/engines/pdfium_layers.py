"""Layers of a drawing (optional content): which paths are on one, and which of them are switched off.

PDFium lists what is on a layer that is switched off like anything else; the mark `OC` around it names the layer.
"""

from __future__ import annotations

import ctypes
from ctypes import c_ulong, c_void_p
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.engines import pdfium
from core.engines.pikepdf_source import Source, faults

MOST_LAYERS = 10_000
MOST_MARKS = 16  #: of one path that are looked at
_NAME_BYTES = 512

_mark_name = pdfium.function("FPDFPageObjMark_GetName")


class HiddenLayers:
    """Knows the layers of a document; also the numbers of texts, so that a pen is a row of numbers."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._off: frozenset[str] | None = None
        self._texts: dict[str, int] = {"": 0}
        self._by_code = [""]
        self._by_mark: dict[int, int] = {}
        self._buffer = ctypes.create_string_buffer(_NAME_BYTES)
        self._size = c_ulong()

    def begin_page(self) -> None:
        """Forget the marks of the page before."""
        self._by_mark.clear()

    def code(self, text: str) -> int:
        """A number for a text; 0 for the empty one."""
        if text not in self._texts:
            self._texts[text] = len(self._by_code)
            self._by_code.append(text)
        return self._texts[text]

    def text(self, code: int) -> str:
        """The text of a number."""
        return self._by_code[code]

    def hides(self, handle: c_void_p) -> bool:
        """Whether an object is on a layer that is switched off."""
        return self._layer(handle, pdfium.count_marks(handle)) < 0

    def layers_of(self, handles: list[c_void_p]) -> NDArray[np.int64]:
        """(n,) the code of each object's layer, 0 for none, -1 for one that is switched off."""
        found = np.zeros(len(handles), np.int64)
        marks = np.array(list(map(pdfium.count_marks, handles)), np.int64)
        for k in np.flatnonzero(marks > 0).tolist():
            found[k] = self._layer(handles[k], int(marks[k]))
        return found

    def _layer(self, handle: c_void_p, marks: int) -> int:
        code = 0
        for k in range(min(marks, MOST_MARKS)):
            mark = pdfium.get_mark(handle, k)
            if mark not in self._by_mark:  # objects of one marked stretch share its mark
                self._by_mark[mark] = self._code_of(c_void_p(mark)) if mark else 0
            one = self._by_mark[mark]
            if one < 0:
                return one
            code = one or code
        return code

    def _code_of(self, mark: c_void_p) -> int:
        """0 for a mark that is no layer's, -1 for that of one that is switched off."""
        if self._text_of(_mark_name, mark) != "OC":
            return 0
        name = self._text_of(pdfium.param_text, mark, ctypes.c_char_p(b"Name"))
        if self._off is None:
            self._off = _switched_off(self._source)
        if name in self._off:
            return -1
        return self.code(name[:80]) if len(self._by_code) < MOST_LAYERS else 0

    def _text_of(self, call: Any, *arguments: Any) -> str:
        if not call(*arguments, self._buffer, c_ulong(_NAME_BYTES), ctypes.byref(self._size)):
            return ""
        size = int(self._size.value)
        return self._buffer.raw[: max(0, size - 2)].decode("utf-16-le", "replace") if size <= _NAME_BYTES else ""


def _switched_off(source: Source) -> frozenset[str]:
    """The names of the layers that a viewer does not show at first; not one that another, shown layer has too."""
    root = source.root()
    try:
        properties = root.get("/OCProperties") if root is not None else None
        if properties is None:
            return frozenset()
        default = properties.get("/D", {})
        is_off = str(default.get("/BaseState", "/ON")) == "/OFF"
        listed = {group.objgen for group in list(default.get("/ON" if is_off else "/OFF", []))[:MOST_LAYERS]}
        off: set[str] = set()
        on: set[str] = set()
        for group in list(properties.get("/OCGs", []))[:MOST_LAYERS]:
            name = str(group.get("/Name", ""))
            ((off if (group.objgen in listed) != is_off else on).add)(name)
        return frozenset(off - on)
    except faults():
        return frozenset()
