"""The work a child can do, by name.

A piece is a function `work(request, files, emit) -> Message`: `files` are read-only file descriptors with an offset
of their own, closed by the child's frame afterwards; `emit({"page": 3, "of": 600})` tells the parent that page 3 is
BEGUN, so that a page that hangs or crashes can be named; a `PdfCompareError` raised reaches the parent as that error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from core.wire import Message

Emit: TypeAlias = Callable[[dict[str, Any]], None]
Work: TypeAlias = Callable[[Message, Sequence[int], Emit], Message]


@dataclass(frozen=True, slots=True)
class Piece:
    """One kind of work.

    Attributes:
        target: `module:function`, imported in the child only.
        paged: Emits each page as it begins it, so that silence for `Limits.page_seconds` means that it hangs.
        wall_seconds: Longest one request may take; None: `base_seconds`, and `seconds_per_page` for each page emitted.
        profile: What `lock_down` takes away.
    """

    target: str
    paged: bool = False
    wall_seconds: float | None = None
    profile: str = "parse"


PIECES = {
    "inspect": Piece("core.engines.inspect:work", wall_seconds=30.0),
    "read": Piece("core.engines.reading:work", paged=True),
    "raster": Piece("core.engines.ocr_raster:work"),
    "recognise": Piece("core.engines.ocr_tesseract:work", profile="ocr"),
    "compare": Piece("core.engines.ocr_pictures:compare"),
    "render": Piece("core.engines.rendering:render", wall_seconds=30.0),
    "crops": Piece("core.engines.rendering:crops", wall_seconds=60.0),
    "layers": Piece("core.engines.layer_switching:work", wall_seconds=30.0),
    "page_text": Piece("core.engines.rendering:page_text", wall_seconds=30.0),
    "flow": Piece("core.engines.flowing:work", paged=True),
    "probe": Piece("core.sandbox.probe:work", wall_seconds=30.0),
    "mark": Piece("core.engines.marking:work"),
    "extract": Piece("core.engines.extracting:work"),
    "index": Piece("core.searching.pages:work"),
}

#: What a child reports that is locked in completely.
COMPLETE = ("limits", "no_new_privs", "landlock", "seccomp")


def missing(done: Iterable[str]) -> list[str]:
    """What of a complete sandbox is not among what a child reports."""
    there = set(done)
    return [measure for measure in COMPLETE if measure not in there]
