"""The file through qpdf, opened when it is first asked for: a second opinion on what PDFium could not read."""

from __future__ import annotations

import os
from typing import Any


class Source:
    """A PDF that may have to be opened a second time."""

    def __init__(self, fd: int, password: str | None) -> None:
        self._fd, self._password = fd, password
        self._pdf: Any = None

    def page(self, index: int) -> Any:
        """The page of this index, from 0; None where qpdf cannot find it."""
        if self._pdf is None:
            self._pdf = self._opened()
        try:
            return self._pdf.pages[index] if self._pdf else None
        except faults():
            return None

    def root(self) -> Any:
        """The catalogue of the document; None where qpdf cannot open it."""
        if self._pdf is None:
            self._pdf = self._opened()
        try:
            return self._pdf.Root if self._pdf else None
        except faults():
            return None

    def _opened(self) -> Any:
        import pikepdf  # 40 ms that a document without doubts can do without

        stream = os.fdopen(os.dup(self._fd), "rb")
        try:
            stream.seek(0)
            return pikepdf.open(stream, password=self._password or "")
        except faults():
            stream.close()
            return False


def faults() -> tuple[type[BaseException], ...]:
    """What a malformed file raises when its objects are not what they should be."""
    import pikepdf

    return (pikepdf.PdfError, pikepdf.PasswordError, pikepdf.ForeignObjectError, *_MALFORMED)


_MALFORMED = (
    ValueError, TypeError, KeyError, AttributeError, IndexError, ArithmeticError, NotImplementedError, RecursionError,
)  # fmt: skip


def lost_content(source: Source, index: int) -> bool:
    """Whether a page on which PDFium finds nothing has content that cannot be decoded or lies outside the file."""
    page = source.page(index)
    if page is None:
        return False
    try:
        import pikepdf

        contents = page.obj.get("/Contents")
        if contents is None:
            return False
        for stream in list(contents) if isinstance(contents, pikepdf.Array) else [contents]:
            if "/F" in stream.stream_dict:
                return True
            if len(stream.read_raw_bytes()):
                stream.read_bytes()
    except faults():
        return True
    return False
