"""The parent's side of recognising characters: which pages, one lane of children for each core, what came of it.

A lane is two children: one that draws a page of the PDF, and one that gives the picture to Tesseract and never sees
the PDF. The parent only moves the bytes between them.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from core.errors import PdfCompareError
from core.jobwatch import JobWatch, Progress, Spent
from core.notices import UNSEEN_TEXT
from core.ocr import installed
from core.options import CompareOptions, Limits
from core.sandbox import Child, Piece, wait_any
from core.sides import ReadCache, Reading, about
from core.wire import Buffer, Message, bytes_buffer

#: By the clock a page may take so many times its limit: on a busy machine it must not fail because others work.
CLOCK_FACTOR = 3.0
#: Counts the changes of what recognising finds; what was kept by another one is recognised again.
OCR_VERSION = "1"
#: The stage that the child that compares tells before it draws a page: if it dies then, pictures are left out.
DRAWING = "pictures"
#: Of a page that is recognised; a larger sheet is drawn coarser. Tesseract takes a second for so many with text.
MOST_PIXELS = 20_000_000


@dataclass(slots=True)
class Recognised:
    """What was recognised in one document.

    Attributes:
        wanted: Numbers of the pages whose text cannot be read, or all, ascending.
        languages: By which they are recognised; empty where that cannot be.
        missing: Languages that were asked for and are not installed.
        words: By page, the rows of `ocr_tesseract` as JSON, and the mean confidence.
        failed: By page, why not.
    """

    wanted: list[int]
    languages: list[str]
    missing: list[str]
    words: dict[int, tuple[bytes, float]] = field(default_factory=dict)
    failed: dict[int, str] = field(default_factory=dict)
    todo: deque[int] = field(default_factory=deque)
    done: int = 0

    def fail(self, page: int, error: PdfCompareError, most: int) -> None:
        """Count a page as failed; after `most`, in the order of the pages, the rest is not tried."""
        self.failed[page] = f"it {error.message}"
        if len(self.failed) >= most:
            last = sorted(self.failed)[most - 1]
            self.todo = deque(number for number in self.todo if number < last)

    def settled(self, most: int) -> None:
        """Forget what was done behind the page that was one failure too many: it depends on the number of lanes."""
        if len(self.failed) >= most:
            last = sorted(self.failed)[most - 1]
            for page in self.wanted:
                if page > last:
                    self.words.pop(page, None)
                    self.failed[page] = f"it was not tried, because {most} others had failed."

    def to_message(self) -> tuple[dict[str, Any], Buffer]:
        """For the child that compares: a header, and the words of all pages as one JSON list."""
        pages = sorted(self.words)
        header = {
            "languages": self.languages,
            "missing": self.missing,
            "installed": installed.is_installed(),
            "wanted": self.wanted,
            "pages": [[page, self.words[page][1]] for page in pages],
            "failed": [[page, sentence] for page, sentence in sorted(self.failed.items())],
        }
        return header, bytes_buffer(b"[" + b",".join(self.words[page][0] for page in pages) + b"]")


def unseen_pages(parts: Iterable[Message], mode: str) -> list[int]:
    """Numbers of the pages to be recognised, ascending; `mode` is one of `OCR_MODES`."""
    if mode == "never":
        return []
    rows = [row for part in parts for row in part.header["pages"]]
    return sorted(row[0] for row in rows if (row[3] and mode == "always") or codes_of(row) & UNSEEN_TEXT)


def codes_of(row: list[Any]) -> set[str]:
    """The codes of the notices of a page as it travels: [number, width, height, compared, notices, picture]."""
    return {str(notice.get("code")) for notice in row[4]}


def recognise_sides(
    sides: tuple[Reading, ...],
    parts: Mapping[str, list[Message]],
    options: CompareOptions,
    *,
    limits: Limits,
    jobs: int,
    watch: JobWatch,
    cache: ReadCache | None,
    pieces: Mapping[str, Piece],
) -> dict[str, Recognised]:
    """Recognise the pages of all sides that need it, with `jobs` lanes; by side.

    Raises:
        TimedOut, Cancelled: Of the whole comparison; a page that fails is told and costs itself only.
    """
    there = set(installed.languages()) if installed.is_installed() else set()
    usable = [language for language in options.ocr_languages if language in there]
    missing = [language for language in options.ocr_languages if language not in there]
    found = {side.name: Recognised(unseen_pages(parts[side.name], options.ocr), usable, missing) for side in sides}
    for side in sides:
        one = found[side.name]
        if not usable or not one.wanted or _kept(side, one, cache):
            continue
        one.todo = deque(one.wanted)
    if any(one.todo for one in found.values()):
        _run_lanes(sides, found, limits, jobs, watch, pieces)
    for side in sides:
        one = found[side.name]
        one.settled(limits.failed_pages)
        if one.done:
            _keep(side, one, cache)
    return found


class _Lane:
    """One page after the other through two children, which live on from page to page."""

    def __init__(self, stack: ExitStack, pieces: Mapping[str, Piece], limits: Limits, spent: Spent) -> None:
        self._stack, self._pieces, self._limits, self._spent = stack, pieces, limits, spent
        self._children: dict[str, Child] = {}
        self.at_work: Child | None = None
        self.side: Reading
        self.page = 0

    def begin(self, side: Reading, page: int) -> None:
        """Draw a page."""
        self.side, self.page = side, page
        limits = self._limits.to_json() | {"tile_pixels": min(self._limits.tile_pixels, MOST_PIXELS)}
        header = {"kind": "request", "password": side.source.password, "page": page, "limits": limits}
        self.at_work = self._child("raster")
        self.at_work.send(Message(header), [side.source.fd], wall_seconds=self._seconds())

    def go_on(self, languages: list[str]) -> tuple[bytes, float] | None:
        """After the child at work is done: hand the picture on, or the words of the page.

        Raises:
            PdfCompareError: The page failed.
        """
        child, self.at_work = self.at_work, None
        assert child is not None
        answer = child.result()
        if child is self._children.get("raster"):
            header = {**answer.header, "languages": languages, "orientation": installed.has_orientation()}
            self.at_work = self._child("recognise")
            self.at_work.send(
                Message({**header, "kind": "request"}, answer.buffers),
                wall_seconds=CLOCK_FACTOR * self._limits.ocr_page_seconds,
            )
            return None
        words = bytes(answer.buffers["words"].data)
        return words, float(answer.header["confidence"])

    def _seconds(self) -> float:
        return CLOCK_FACTOR * self._limits.ocr_page_seconds

    def _child(self, name: str) -> Child:
        child = self._children.get(name)
        if child is not None and not child.usable:
            self._spent.add(child, died=True)
            child = None
        if child is None:
            child = self._stack.enter_context(Child(self._pieces[name], limits=self._limits, once=False).start())
            self._children[name] = child
        return child

    def close(self) -> None:
        """End its children and count what they cost."""
        for child in self._children.values():
            child.stop()
            self._spent.add(child)


def _run_lanes(
    sides: tuple[Reading, ...],
    found: Mapping[str, Recognised],
    limits: Limits,
    jobs: int,
    watch: JobWatch,
    pieces: Mapping[str, Piece],
) -> None:
    for side in sides:
        if found[side.name].todo:
            watch.tell(Progress("recognising", side.name, 0, len(found[side.name].wanted)))
    with ExitStack() as stack:
        lanes = [_Lane(stack, pieces, limits, watch.spent) for _ in range(min(jobs, _count(found)))]
        while True:
            for lane in lanes:
                waiting = [side for side in sides if found[side.name].todo]
                if lane.at_work is None and waiting:
                    lane.begin(waiting[0], found[waiting[0].name].todo.popleft())
            working = {lane.at_work: lane for lane in lanes if lane.at_work is not None}
            if not working:
                break
            for child in wait_any(list(working), cancelled=watch.check):
                _take(working[child], found[working[child].side.name], limits, watch)
        for lane in lanes:
            lane.close()


def _count(found: Mapping[str, Recognised]) -> int:
    return sum(len(one.todo) for one in found.values())


def _take(lane: _Lane, one: Recognised, limits: Limits, watch: JobWatch) -> None:
    page = lane.page
    with about(lane.side.name):
        try:
            words = lane.go_on(one.languages)
        except PdfCompareError as error:
            one.fail(page, error, limits.failed_pages)
        else:
            if words is None:
                return
            one.words[page] = words
        one.done += 1
        watch.tell(Progress("recognising", lane.side.name, one.done, len(one.wanted)))


# ---------------------------------------------------------------- what is kept


def _key(side: Reading, one: Recognised) -> str | None:
    """Names the file, the recogniser and all that recognising depends on; None for what must not be kept."""
    if side.source.password is not None:
        return None
    depends = [one.wanted, one.languages, installed.fingerprint(one.languages), side.limits.tile_pixels]
    return f"{side.digest}-ocr{OCR_VERSION}-{sha256(json.dumps(depends).encode()).hexdigest()[:16]}"


def _kept(side: Reading, one: Recognised, cache: ReadCache | None) -> bool:
    """Take the words that were kept; False where there are none that can be used."""
    key = _key(side, one)
    content = cache.get(key) if cache is not None and key is not None else None
    if content is None:
        return False
    try:
        one.words = dict(_unpacked(content))
    except (ValueError, TypeError, KeyError):
        one.words = {}
    return sorted(one.words) == one.wanted


def _keep(side: Reading, one: Recognised, cache: ReadCache | None) -> None:
    key = _key(side, one)
    if cache is not None and key is not None and not one.failed:
        head = json.dumps([[page, len(words), sure] for page, (words, sure) in sorted(one.words.items())]).encode()
        cache.put(key, head + b"\n" + b"".join(words for _, (words, _) in sorted(one.words.items())))


def _unpacked(content: bytes) -> Iterator[tuple[int, tuple[bytes, float]]]:
    head, _, rest = content.partition(b"\n")
    at = 0
    for page, size, sure in json.loads(head):
        yield int(page), (rest[at : at + size], float(sure))
        at += size
    if at != len(rest):
        raise ValueError("cut off")
