"""The conductor of extraction: one file in, a result in the form `pdf-compare-extract/1` and files out.

Like `core.pipeline` it moves bytes between children and imports neither NumPy nor a PDF library: the file is read by
the children that read for a comparison, recognised by the same lanes, and then one child takes out what was asked for.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from core.errors import BadOutput, OptionsError, PdfCompareError
from core.extraction.options import ExtractOptions
from core.jobwatch import JobWatch, OnProgress, Progress, Spent
from core.ocr.recognising import recognise_sides
from core.options import Limits
from core.pipeline import digest_of
from core.sandbox import Piece, run_piece
from core.sandbox.pieces import PIECES
from core.sides import ReadCache, Reading, Source, read_sides
from core.wire import Buffer, Message

#: What the result and the files together may have; the child answers with no more.
MOST_FILES = 8_000


@dataclass(frozen=True, slots=True)
class ExtractedFile:
    """A file taken out of a PDF, or made from it.

    Attributes:
        what: The choice that it belongs to: images, attachments, page_images or searchable.
        name: Safe to be shown and written; two of one extraction never have the same.
    """

    what: str
    name: str
    media_type: str
    data: bytes | memoryview


@dataclass(frozen=True, slots=True)
class Extraction:
    """A result.

    Attributes:
        json: `pdf-compare-extract/1`, UTF-8.
        files: In the order of `WHAT`, then of the pages.
    """

    json: bytes
    files: tuple[ExtractedFile, ...]


@dataclass(frozen=True, slots=True)
class Conductor:
    """How a file is gone through; the attributes as the arguments of `core.pipeline.compare_files`.

    Both entrances raise `InputError` where the file cannot be used, `EngineError` where a child failed and trying again
    page by page did not help, and `Cancelled` when all children and what they started are gone.
    """

    limits: Limits
    jobs: int | None = None
    on_progress: OnProgress | None = None
    cancelled: Callable[[], bool] | None = None
    cache: ReadCache | None = None
    spent: Spent | None = None
    pieces: Mapping[str, Piece] = field(default_factory=lambda: PIECES)

    def extract(self, source: Source, options: ExtractOptions) -> Extraction:
        """Take out of a file what the options say."""
        answer = self._answered("extract", source, options)
        result, listed = answer.buffers.get("result"), answer.header.get("files")
        if result is None or not isinstance(listed, list) or len(listed) > MOST_FILES:
            raise BadOutput
        files = []
        for k, row in enumerate(listed):
            buffer = answer.buffers.get(f"file{k}")
            if buffer is None or not isinstance(row, list) or len(row) != 3:
                raise BadOutput
            what, name, media_type = map(str, row)
            files.append(ExtractedFile(what, name, media_type, buffer.data))
        if len({file.name for file in files}) != len(files) or any("/" in file.name for file in files):
            raise BadOutput
        return Extraction(bytes(result.data), tuple(files))

    def index(self, source: Source, options: ExtractOptions) -> Message:
        """The pages of a file for the full-text index, as `core.searching.pages.work` answers."""
        return self._answered("index", source, options)

    def _answered(self, piece: str, source: Source, options: ExtractOptions) -> Message:
        watch = JobWatch(self.limits, self.on_progress, self.cancelled, self.spent)
        try:
            return self._run(piece, source, options, watch)
        except PdfCompareError as error:
            error.side = None  # there is but one file
            raise
        finally:
            watch.close_stage()

    def _run(self, piece: str, source: Source, options: ExtractOptions, watch: JobWatch) -> Message:
        limits, cache, pieces = self.limits, self.cache, self.pieces
        workers = self.jobs or len(os.sched_getaffinity(0))
        watch.tell(Progress("preparing"))
        side = Reading("", source, digest_of(source, limits, watch), options.pages, limits)
        read_sides(
            (side,), limits=limits, jobs=workers, watch=watch, cache=cache, pieces=pieces, when_idle=lambda: None
        )
        parts = side.finished()
        if not any(part.header["pages"] for part in parts):
            raise OptionsError(f"pages: the file has no page of {options.pages}", remedy="Choose pages that are there.")
        recognised = recognise_sides(
            (side,),
            {side.name: parts},
            options.reading(),
            limits=limits,
            jobs=workers,
            watch=watch,
            cache=cache,
            pieces=pieces,
        )[side.name]
        watch.tell(Progress("extracting"))
        header, words = recognised.to_message()
        buffers: dict[str, Buffer] = {"ocr": words}
        for k, part in enumerate(parts):
            buffers.update((f"{k}.{name}", buffer) for name, buffer in part.buffers.items())
        request = {
            "kind": "request",
            "parts": [part.header for part in parts],
            "ocr": header,
            "options": options.to_json(),
            "name": source.name,
            "password": source.password,
            "limits": limits.to_json(),
        }

        def tell(made: dict[str, Any]) -> None:
            done, of = made.get("done"), made.get("of")
            if type(done) is int and type(of) is int:
                watch.tell(Progress("extracting", None, done, of))

        return run_piece(
            pieces[piece],
            Message(request, buffers),
            files=[source.fd],
            limits=limits,
            wall_seconds=watch.remaining_seconds,
            on_progress=tell,
            cancelled=watch.check,
        )
