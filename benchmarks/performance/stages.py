"""CPU seconds of each stage of one comparison, in one process without a sandbox: prints JSON.

`python -m benchmarks.performance.stages OLD NEW`. The functions that the conductors call are timed where they are
called; what one stage has another do counts for the inner one alone.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core import compare as conductor
from core.codec import comparison_to_json, encode
from core.engines import reading, rendering
from core.faces.csv import csv
from core.faces.html import html
from core.faces.markdown import markdown
from core.faces.xlsx import xlsx
from core.model import Document
from core.options import CompareOptions, Limits
from core.wire import Message

#: Where a stage is called: holder, name, what it is called here.
CALLED: tuple[tuple[Any, str, str], ...] = (
    (reading, "_read_pages", "reading: pages"),
    (reading.pdfium, "load_page", "reading: PDFium lays out pages"),
    (reading.pdfium, "load_text", "reading: PDFium lays out pages"),
    (reading, "read_words", "reading: words"),
    (reading.StrokeColumns, "add", "reading: vectors"),
    (reading.Pictures, "on_page", "reading: images"),
    (reading, "read_items", "reading: annotations, links …"),
    (conductor, "lines_of", "reading order"),
    (conductor, "assign_roles", "reading order"),
    (conductor, "tokens_of", "alignment"),
    (conductor, "match", "diff"),
    (conductor, "in_new_order", "alignment"),
    (conductor, "settle_blind_pages", "alignment"),
    (conductor, "with_whole_rows", "tables"),
    (conductor, "add_tables", "tables"),
    (conductor, "add_drawings", "vectors"),
    (conductor, "add_images", "images"),
    (conductor, "add_objects", "annotations, links …"),
    (conductor, "restyled", "styles"),
    (conductor.Changes, "add_text", "telling"),
    (conductor.Changes, "add_running", "telling"),
)
MOST_PICTURES = 10
PICTURE_DPI = 150.0


class Clock:
    """Own CPU seconds by stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._inner: list[float] = [0.0]

    def timed(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **named: Any) -> Any:
            self._inner.append(0.0)
            begun = time.process_time()
            try:
                return call(*args, **named)
            finally:
                whole = time.process_time() - begun
                self.seconds[name] += whole - self._inner.pop()
                self._inner[-1] += whole

        return run


def measured(old: Path, new: Path) -> dict[str, Any]:
    """{seconds: by stage, counts: what was there}."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 1_000)  # as children do
    clock = Clock()
    for holder, name, stage in CALLED:
        setattr(holder, name, clock.timed(stage, getattr(holder, name)))
    documents = []
    for path in (old, new):
        with path.open("rb") as file:
            documents.append(reading.read(file.fileno(), limits=Limits()))
    compare = clock.timed("comparing: the rest", conductor.compare)
    comparison = compare(*documents, CompareOptions())
    result: dict[str, Any] = {}

    def json_report() -> None:
        result.update(json.loads(encode(comparison_to_json(comparison, names={"old": "old.pdf", "new": "new.pdf"}))))

    clock.timed("report: JSON", json_report)()
    for name, face in (("HTML", html), ("Markdown", markdown), ("CSV", csv), ("XLSX", xlsx)):
        clock.timed(f"report: {name}", face)(result)
    pages = min(MOST_PICTURES, documents[1].page_count)
    with new.open("rb") as file:
        for number in range(1, pages + 1):
            request = Message({"page": number, "dpi": PICTURE_DPI})
            clock.timed("page images", rendering.render)(request, [file.fileno()], lambda _: None)
    counts = _counted(documents) | {"changes": len(comparison.changes), "pictures": pages}
    return {"seconds": dict(clock.seconds), "counts": counts}


def _counted(documents: list[Document]) -> dict[str, int]:
    """Of both documents together."""
    return {
        "pages": sum(document.page_count for document in documents),
        "words": sum(len(document.words) for document in documents),
        "segments": sum(len(document.strokes) for document in documents),
        "images": sum(len(document.images) for document in documents),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measured(Path(sys.argv[1]), Path(sys.argv[2]))))
