"""The piece `extract`: a document that was read, and its file, in; what was asked for out."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterable, Iterator, Sequence

import pikepdf

from core.engines.embedded import attached_files, picture_files
from core.engines.rendering import page_pictures
from core.engines.text_layer import searchable
from core.errors import DamagedPdf, TooComplex, WrongPassword
from core.extraction.conductor import MOST_FILES
from core.extraction.document import document_of
from core.extraction.options import ExtractOptions
from core.extraction.result import extraction_json
from core.model import Document
from core.options import Limits
from core.sandbox.pieces import Emit
from core.wire import Message, bytes_buffer

#: Of all files of one extraction; the rest of what a child may answer is for the result.
FILES_SHARE = 0.6

File = tuple[str, str, str, bytes]  #: what, name, media type, content


def work(request: Message, files: Sequence[int], emit: Emit) -> Message:
    """The piece `extract`.

    Args:
        request: header {parts: headers of the document's parts, ocr, options, name, password?, limits?}; buffers of
            the parts as `0.token` and so on, and `ocr`.
        files: The PDF.
        emit: Gets {"page", "done", "of"} before each page of which a file is made.

    Returns:
        Buffer `result`, `pdf-compare-extract/1` as JSON, and `file0` and so on; header {files: [[what, name, type]]}.

    Raises:
        InputError: The file cannot be opened for what only it holds, or there is more of that than can be handed on.
    """
    header = request.header
    options, limits = ExtractOptions.from_json(header["options"]), Limits.from_json(header.get("limits"))
    document = document_of(request)
    result = extraction_json(document, options, str(header["name"]))
    made: list[File] = []
    size, most = 0, int(limits.output_bytes * FILES_SHARE)
    for file in _files(document, options, files[0], header.get("password"), limits, emit, result["notices"]):
        size += len(file[3])
        if size > most or len(made) >= MOST_FILES:
            raise TooComplex(
                f"holds more than can be handed on at once: {most >> 20} MB or {MOST_FILES:,} files.",
                remedy="Choose fewer pages with the pages option, or a lower resolution.",
            )
        made.append(file)
    if "searchable" in options.what:
        _note_unsearchable(document, result["notices"])
    made = list(_with_own_names(made))
    encoded = json.dumps(result, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    buffers = {"result": bytes_buffer(encoded)}
    buffers.update((f"file{k}", bytes_buffer(file[3])) for k, file in enumerate(made))
    return Message({"kind": "result", "files": [list(file[:3]) for file in made]}, buffers)


def _files(
    document: Document,
    options: ExtractOptions,
    fd: int,
    password: str | None,
    limits: Limits,
    emit: Emit,
    notices: list[dict[str, str]],
) -> Iterator[File]:
    numbers = [page.number for page in document.pages]

    def begin(done: int, of: int) -> None:
        emit({"page": numbers[min(done, len(numbers) - 1)], "done": done, "of": of})

    if {"images", "attachments", "searchable"} & set(options.what):
        with _opened(fd, password) as pdf:
            if "images" in options.what:
                for name, media_type, data in picture_files(pdf, numbers, begin, notices):
                    yield "images", name, media_type, data
            if "attachments" in options.what:
                for name, media_type, data in attached_files(pdf, notices):
                    yield "attachments", name, media_type, data
            if "searchable" in options.what:
                added = searchable(pdf, document, begin)
                stream = io.BytesIO()
                pdf.save(
                    stream, object_stream_mode=pikepdf.ObjectStreamMode.preserve, deterministic_id=not pdf.is_encrypted
                )
                notices.append(
                    {
                        "code": "text_layer",
                        "message": f"A text layer was laid under {added:,} of {len(numbers):,} pages.",
                    }
                )
                yield "searchable", "searchable.pdf", "application/pdf", stream.getvalue()
    if "page_images" in options.what:
        drawn = page_pictures(fd, password, numbers, options.dpi, limits.tile_pixels)
        for done, number in enumerate(numbers):
            begin(done, len(numbers))
            yield "page_images", f"page-{number:04}.png", "image/png", next(drawn)


def _opened(fd: int, password: str | None) -> pikepdf.Pdf:
    stream = os.fdopen(os.dup(fd), "rb")
    stream.seek(0)
    try:
        return pikepdf.open(stream, password=password or "")
    except pikepdf.PasswordError as error:
        raise WrongPassword from error
    except (pikepdf.PdfError, ValueError, TypeError, RuntimeError) as error:
        raise DamagedPdf(
            "is too damaged for its pictures and files to be taken out, or to be copied.",
            remedy="Ask for its text, words and tables only, or save it again in a PDF viewer.",
        ) from error


def _note_unsearchable(document: Document, notices: list[dict[str, str]]) -> None:
    """Say how many pages are still without words, and why."""
    dark = [page for page in document.pages if not page.compared and page.notices]
    if dark:
        why = dark[0].notices[-1].message
        message = f"{len(dark):,} of {len(document.pages):,} pages are still without words; the first is page "
        notices.append({"code": "not_searchable", "message": f"{message}{dark[0].number}: {why}"})


def _with_own_names(files: Iterable[File]) -> Iterator[File]:
    """The files, a number behind names that were there before."""
    seen: set[str] = set()
    for what, name, media_type, data in files:
        own, count = name, 1
        while own.casefold() in seen:
            count += 1
            stem, dot, suffix = name.rpartition(".")
            own = f"{stem}-{count}.{suffix}" if dot else f"{name}-{count}"
        seen.add(own.casefold())
        yield what, own, media_type, data
