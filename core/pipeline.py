"""The conductor that every door calls: two files in, the JSON of their comparison out.

It moves bytes between children and imports neither NumPy nor a PDF library. Digests; equal bytes at once; both
documents read side by side; words recognised where none can be read; then one child that compares.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from core.codec import encode, same_to_json
from core.errors import BadOutput, EmptyFile, EngineError, FileTooLarge, OptionsError
from core.jobwatch import JobWatch, OnProgress, Progress, Spent
from core.notices import COARSER, PICTURED_TEXT
from core.ocr.recognising import DRAWING, Recognised, codes_of, recognise_sides
from core.options import CompareOptions, Limits, chosen_pages
from core.sandbox import Child, Piece
from core.sandbox.pieces import PIECES
from core.sides import ReadCache, Reading, Source, about, read_sides
from core.wire import Buffer, Message

__all__ = ["Outcome", "Progress", "ReadCache", "Source", "Spent", "compare_files", "digest_of"]

_CHUNK_BYTES = 1024 * 1024
_MOST_HELD_BYTES = 32 * 1024 * 1024  #: what is read of drawings, to be compared again without a second look


@dataclass(frozen=True, slots=True)
class Outcome:
    """A result.

    Attributes:
        json: `pdf-compare/1`, UTF-8.
        summary: Its summary.
        identical: None where no change was found, but a page could not be compared.
    """

    json: bytes
    summary: dict[str, Any]
    identical: bool | None


def compare_files(
    old: Source,
    new: Source,
    options: CompareOptions,
    *,
    limits: Limits,
    jobs: int | None = None,
    on_progress: OnProgress | None = None,
    cancelled: Callable[[], bool] | None = None,
    cache: ReadCache | None = None,
    spent: Spent | None = None,
    pieces: Mapping[str, Piece] = PIECES,
) -> Outcome:
    """Compare two files.

    Args:
        old: One file.
        new: The other.
        options: What to compare.
        limits: Of each child, and of the whole.
        jobs: Most children at work at the same time; None: one for each processor. The result does not depend on it.
        on_progress: Told how far it is, at most ten times a second; an exception it raises ends the work.
        cancelled: Asked five times a second.
        cache: Keeps read documents, except those behind a password.
        spent: Told what it costs, also when it fails; no part of the result, which is the same on every machine.
        pieces: Who does the work.

    Raises:
        InputError: One of the files cannot be used; the error's `side` says which.
        EngineError: A child failed, and trying again page by page did not help.
        Cancelled: All children and what they started are gone.
    """
    watch = JobWatch(limits, on_progress, cancelled, spent)
    try:
        return _compared((old, new), options, limits, jobs, watch, cache, pieces)
    finally:
        watch.close_stage()


def _compared(
    sources: tuple[Source, Source],
    options: CompareOptions,
    limits: Limits,
    jobs: int | None,
    watch: JobWatch,
    cache: ReadCache | None,
    pieces: Mapping[str, Piece],
) -> Outcome:
    watch.tell(Progress("preparing"))
    sides = _sides(sources, options, limits, watch)
    if sides[0].digest == sides[1].digest:
        return _same(sides, options, watch, pieces)
    with ExitStack() as stack:
        comparers: list[Child] = []

        def start_comparer() -> None:
            if not comparers:
                comparers.append(stack.enter_context(Child(pieces["compare"], limits=limits).start()))

        workers = jobs or len(os.sched_getaffinity(0))
        read_sides(
            sides, limits=limits, jobs=workers, watch=watch, cache=cache, pieces=pieces, when_idle=start_comparer
        )
        parts = {}
        for side in sides:
            with about(side.name):
                parts[side.name] = side.finished()
        if not any(part.header["pages"] for read in parts.values() for part in read):
            raise _no_such_pages(options)
        recognised = recognise_sides(
            sides, parts, options, limits=limits, jobs=workers, watch=watch, cache=cache, pieces=pieces
        )
        start_comparer()
        watch.tell(Progress("comparing"))
        names = {side.name: side.source.name for side in sides}
        request = _request(parts, names, options, recognised)
        files = _pictured(sides, parts, request, limits)
        parts.clear()
        for side in sides:
            side.parts = []
        comparers[0].send(request, files, wall_seconds=watch.remaining_seconds)
        again = request if files else None
        del request  # the child has it: nothing may be held twice
        try:
            answer = comparers[0].result(watch.check)
        except EngineError:
            if again is None or comparers[0].stage != DRAWING:
                raise
            # A page could not be drawn, and took the child with it: what can be said without pictures is said.
            comparers.clear()
            start_comparer()
            comparers[0].send(again, wall_seconds=watch.remaining_seconds)
            answer = comparers[0].result(watch.check)
        finally:
            watch.spent.add(comparers[0])
        return _outcome(answer)


def _sides(
    sources: tuple[Source, Source], options: CompareOptions, limits: Limits, watch: JobWatch
) -> tuple[Reading, Reading]:
    found = []
    for name, source in zip(("old", "new"), sources, strict=True):
        with about(name):
            found.append(Reading(name, source, digest_of(source, limits, watch), options.pages, limits, options.layers))
    return found[0], found[1]


def digest_of(source: Source, limits: Limits, watch: JobWatch) -> str:
    """SHA-256 of the file as hexadecimal digits; the offset of its descriptor stays where it is.

    Raises:
        InputError: It is empty or too large.
    """
    size = os.fstat(source.fd).st_size
    if not size:
        raise EmptyFile("is empty.")
    if size > limits.file_bytes:
        raise FileTooLarge(f"is too large: {size / 2**20:.0f} MB; at most {limits.file_bytes / 2**20:.0f} MB are read.")
    if source.sha256 is not None:
        return source.sha256
    digest, at = sha256(), 0
    while chunk := os.pread(source.fd, _CHUNK_BYTES, at):
        digest.update(chunk)
        at += len(chunk)
        watch.check()
    return digest.hexdigest()


def _same(
    sides: tuple[Reading, Reading], options: CompareOptions, watch: JobWatch, pieces: Mapping[str, Piece]
) -> Outcome:
    """The result for equal bytes; a file that cannot be read is refused all the same."""
    for side in sides[: 1 if sides[0].source.password == sides[1].source.password else 2]:
        with about(side.name):
            side.look(pieces["inspect"], watch)
    sizes = sides[0].sizes
    pages = [(number, *sizes[number - 1]) for number in chosen_pages(options.pages, len(sizes))]
    if not pages:
        raise _no_such_pages(options)
    names = {side.name: side.source.name for side in sides}
    result = same_to_json(pages, sha256=sides[0].digest, options=options.to_json(), names=names)
    return Outcome(encode(result), result["summary"], identical=True)


def _no_such_pages(options: CompareOptions) -> OptionsError:
    return OptionsError(f"pages: neither file has a page of {options.pages}", remedy="Choose pages that are there.")


def _pictured(
    sides: tuple[Reading, Reading], parts: Mapping[str, list[Message]], request: Message, limits: Limits
) -> list[int]:
    """The files, for a child that looks at pages; the request then tells how to open them."""
    rows = [row for read in parts.values() for part in read for row in part.header["pages"]]
    is_pictured = any(one["pages"] for one in request.header["ocr"].values()) or any(
        codes_of(row) & (PICTURED_TEXT | COARSER) for row in rows
    )
    # The request is held until the child is done with it, in case that a page cannot be drawn.
    is_drawn = any(len(part.buffers["stroke_pen"].data) for read in parts.values() for part in read)
    is_drawn &= "drawing" in request.header["options"]["layers"]
    is_drawn &= sum(len(buffer.data) for buffer in request.buffers.values()) <= _MOST_HELD_BYTES
    if not is_pictured and not is_drawn:
        return []
    request.header["passwords"] = [side.source.password for side in sides]
    request.header["limits"] = limits.to_json()
    return [side.source.fd for side in sides]


def _request(
    parts: Mapping[str, list[Message]],
    names: Mapping[str, str],
    options: CompareOptions,
    recognised: Mapping[str, Recognised],
) -> Message:
    """The request of `compare`: headers of the parts by side, their columns as `old0.token` and so on.

    What was recognised stands in the header under `ocr`, with the words as `old_ocr` and `new_ocr`.
    """
    buffers: dict[str, Buffer] = {}
    for side, read in parts.items():
        for k, part in enumerate(read):
            buffers.update((f"{side}{k}.{name}", buffer) for name, buffer in part.buffers.items())
    headers: dict[str, Any] = {side: [part.header for part in read] for side, read in parts.items()}
    headers["ocr"] = {}
    for side, one in recognised.items():
        headers["ocr"][side], buffers[f"{side}_ocr"] = one.to_message()
    return Message({"kind": "request", **headers, "options": options.to_json(), "names": names}, buffers)


def _outcome(answer: Message) -> Outcome:
    summary, result = answer.header.get("summary"), answer.buffers.get("result")
    if not isinstance(summary, dict) or result is None or summary.get("identical", "") not in (True, False, None):
        raise BadOutput
    return Outcome(bytes(result.data), summary, summary["identical"])
