"""The real reader, made to fail at chosen pages: as a damaged page would make it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from unittest import mock

import numpy as np

from core.engines import reading
from core.engines.pdfium_texts import TextPage
from core.engines.pdfium_words import PageWords, read_words
from core.sandbox.pieces import Emit
from core.wire import Buffer, Message, buffer_of


def _reader(pages: Iterable[int], fails: Callable[[], object]) -> Callable[[Message, Sequence[int], Emit], Message]:
    bad = set(pages)

    def work(request: Message, files: Sequence[int], emit: Emit) -> Message:
        def failing(progress: dict[str, Any]) -> None:
            emit(progress)
            if progress["page"] in bad and progress["done"] < progress["of"]:
                fails()

        return reading.work(request, files, failing)

    return work


def _spin() -> None:
    while True:
        pass


def _hog() -> None:
    hoard = []
    while True:
        hoard.append(bytearray(16 << 20))


crashes_on_3 = _reader([3], os.abort)
crashes_on_2_5_6_8 = _reader([2, 5, 6, 8], os.abort)
crashes_on_all = _reader(range(1, 100), os.abort)
hangs_on_3 = _reader([3], _spin)
hangs_on_2_3_5_7 = _reader([2, 3, 5, 7], _spin)
hogs_on_6 = _reader([6], _hog)
is_slow = _reader(range(1, 100), lambda: time.sleep(0.3))


def crashes_on_3_of_new(request: Message, files: Sequence[int], emit: Emit) -> Message:
    """Of the file that ends in a newline more than its last line."""
    data = os.pread(files[0], 1 << 20, 0)
    return (crashes_on_3 if data.endswith(b"\n\n") else reading.work)(request, files, emit)


def crashes_unless_few(request: Message, files: Sequence[int], emit: Emit) -> Message:
    """More than three pages are too much, whichever they are."""

    def counting(progress: dict[str, Any]) -> None:
        emit(progress)
        if progress["done"] >= 3:
            _hog()

    return reading.work(request, files, counting)


def _in_words(fails: Callable[[], object], page: int) -> Callable[[Message, Sequence[int], Emit], Message]:
    """Fails while the words of a page are read, whatever pages they are read together with."""

    def work(request: Message, files: Sequence[int], emit: Emit) -> Message:
        def failing(pages: Sequence[TextPage], *more: Any) -> list[PageWords | None]:
            if any(one.index == page - 1 for one in pages):
                fails()
            return read_words(pages, *more)

        with mock.patch("core.engines.reading.read_words", failing):
            return reading.work(request, files, emit)

    return work


crashes_in_words_of_3 = _in_words(os.abort, 3)
hangs_in_words_of_3 = _in_words(_spin, 3)


def crashes_before_anything(request: Message, files: Sequence[int], emit: Emit) -> Message:
    os.kill(os.getpid(), signal.SIGSEGV)
    return Message({})


def exits(request: Message, files: Sequence[int], emit: Emit) -> Message:
    os._exit(0)


def _changed(column: str, values: Callable[[np.ndarray[Any, Any]], np.ndarray[Any, Any]]) -> Any:
    def work(request: Message, files: Sequence[int], emit: Emit) -> Message:
        answer = reading.work(request, files, emit)
        return Message(
            answer.header, {**answer.buffers, column: buffer_of(values(answer.buffers[column].array().copy()))}
        )

    return work


not_finite = _changed("box", lambda box: np.full_like(box, np.nan))
too_long = _changed("token", lambda token: np.append(token, token))
points_outside = _changed("token", lambda token: token + np.int32(1_000_000))
other_dtype = _changed("token", lambda token: token.astype(np.int64))


def lies_about_pages(request: Message, files: Sequence[int], emit: Emit) -> Message:
    answer = reading.work(request, files, emit)
    return Message({**answer.header, "pages": "many"}, answer.buffers)


def leaves_out_a_page(request: Message, files: Sequence[int], emit: Emit) -> Message:
    answer = reading.work(request, files, emit)
    return Message({**answer.header, "pages": answer.header["pages"][:-1]}, answer.buffers)


def leaves_out_columns(request: Message, files: Sequence[int], emit: Emit) -> Message:
    answer = reading.work(request, files, emit)
    columns: dict[str, Buffer] = dict(answer.buffers)
    del columns["line"]
    return Message(answer.header, columns)


def crashes(request: Message, files: Sequence[int], emit: Emit) -> Message:
    os.abort()


def answers_nonsense(request: Message, files: Sequence[int], emit: Emit) -> Message:
    return Message({"summary": {"identical": "perhaps"}})


def _objects(fails: Callable[[], object], page: int) -> Callable[[Message, Sequence[int], Emit], Message]:
    """Fails at the annotations and the like of one page, after all words were read."""

    def work(request: Message, files: Sequence[int], emit: Emit) -> Message:
        def failing(progress: dict[str, Any]) -> None:
            emit(progress)
            if progress.get("stage") == "objects" and progress["page"] == page:
                fails()

        return reading.work(request, files, failing)

    return work


hangs_at_objects_of_3 = _objects(_spin, 3)
crashes_at_objects_of_3 = _objects(os.abort, 3)
hogs_at_objects_of_document = _objects(_hog, 0)


def crash(request: Message, files: Sequence[int], emit: Emit) -> Message:
    """A recogniser that a picture brings down."""
    os.kill(os.getpid(), signal.SIGSEGV)
    raise AssertionError
