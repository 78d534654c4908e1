"""A stored result as a file to take away. Each format is made from the JSON, so all of them tell the same."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import PurePath
from typing import Any, NamedTuple

from core.errors import OptionsError
from core.faces.markdown import markdown
from core.faces.selection import EVERYTHING, Selection
from core.marked import marked_pdf
from core.options import Limits

FORMATS = ("json", "html", "md", "csv", "xlsx", "docx", "pdf-old", "pdf-new", "pdf-both")
SIDES = ("old", "new")
_SIDES = {"pdf-old": ("old",), "pdf-new": ("new",), "pdf-both": SIDES}
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


class Export(NamedTuple):
    """A file: its bytes, media type, and a name for saving it."""

    data: bytes
    media_type: str
    filename: str


def export(
    format_: str,
    data: bytes,
    *,
    old: Callable[[], int],
    new: Callable[[], int],
    limits: Limits,
    selection: Selection = EVERYTHING,
    review: dict[str, Any] | None = None,
) -> Export:
    """Make one format.

    Args:
        format_: One of `FORMATS`.
        data: The result, `pdf-compare/1`.
        old: Opens the old PDF; the descriptor is closed here.
        new: Likewise.
        limits: Of the child that marks a PDF.
        selection: Which changes are told; the others are counted. JSON is always the whole result.
        review: What reviewers said, as the block of that name; None for nothing.

    Raises:
        OptionsError: There is no such format.
        InputError, EngineError: A PDF cannot be marked, or its words not be read.
    """
    if format_ not in FORMATS:
        raise OptionsError(f"there is no format {format_[:20]!r}", remedy=f"Choose from {', '.join(FORMATS)}.")
    result: dict[str, Any] = json.loads(data)
    stem = f"{PurePath(result['old']['name']).stem} - {PurePath(result['new']['name']).stem}"
    if review is not None:
        result["review"] = review
    if format_ == "json":
        if review is not None:
            data = json.dumps(result, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        return Export(data, "application/json", f"{stem}.json")
    if format_ == "html":
        from core.faces.html import html
        from core.thumbnails import sides_shown, thumbnails

        with _opened(sides_shown(result, selection), old, new) as files:
            pictures = thumbnails(result, files, limits=limits, selection=selection)
        return Export(html(result, selection, pictures).encode(), "text/html; charset=utf-8", f"{stem}.html")
    if format_ == "md":
        return Export(markdown(result, selection).encode(), "text/markdown; charset=utf-8", f"{stem}.md")
    if format_ == "csv":
        from core.faces.csv import csv

        return Export(csv(result, selection).encode(), "text/csv; charset=utf-8", f"{stem}.csv")
    if format_ == "xlsx":
        from core.faces.xlsx import xlsx

        return Export(xlsx(result, selection), XLSX_TYPE, f"{stem}.xlsx")
    if format_ == "docx":
        from core.redlined import redline_docx

        with _opened(SIDES, old, new) as files:
            return Export(redline_docx(result, files, limits=limits, selection=selection), DOCX_TYPE, f"{stem}.docx")
    side = format_.removeprefix("pdf-")
    with _opened(_SIDES[format_], old, new) as files:
        marked = marked_pdf(result, side, files, limits=limits, selection=selection)
    name = f"{stem} - marked.pdf" if side == "both" else f"{PurePath(result[side]['name']).stem} - marked.pdf"
    return Export(marked, "application/pdf", name)


@contextmanager
def _opened(sides: Iterable[str], old: Callable[[], int], new: Callable[[], int]) -> Iterator[dict[str, int]]:
    """File descriptors by side, closed at the end."""
    files: dict[str, int] = {}
    try:
        for side in sides:
            files[side] = old() if side == "old" else new()
        yield files
    finally:
        for fd in files.values():
            os.close(fd)
