"""Both documents read side by side, each by one child or several; a child that fails costs its bad page only."""

from __future__ import annotations

import io
import json
import os
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any, Protocol

from core.coverage import OBJECT_LAYERS
from core.errors import BadOutput, DamagedPdf, EngineError, OutOfMemory, PdfCompareError, TimedOut
from core.jobwatch import JobWatch, Progress
from core.options import LAYERS, Limits, chosen_pages, page_ranges, share_of
from core.sandbox import Child, Piece, run_piece, wait_any
from core.version import READER_VERSION
from core.wire import Buffer, Message, pieces_of, read_message

#: A child costs .12 s to start: less than this much of a file is not worth another one.
BYTES_PER_CHILD = 512 * 1024
#: Two files that are smaller together are read one after the other by one child: to start another costs more CPU than
#: reading them. Only where nothing is kept of what was read: what one file did to a child must not outlive the
#: comparison under the name of the other.
BYTES_TOGETHER = 256 * 1024
#: Of one document; so many mean that pages are not what is wrong with it.
MOST_DEATHS = 40
#: The columns of an empty `core.model.Document`, which cannot be imported here: the parent does without NumPy.
EMPTY_COLUMNS = {
    "token": Buffer("i4", (0,), b""),
    "page": Buffer("i4", (0,), b""),
    "box": Buffer("f4", (0, 4), b""),
    "line": Buffer("i4", (0,), b""),
    "flags": Buffer("u4", (0,), b""),
    "style": Buffer("i4", (0,), b""),
    "angle": Buffer("i2", (0,), b""),
    "vocabulary": Buffer("u1", (0,), b""),
    "rule_page": Buffer("i4", (0,), b""),
    "rule_box": Buffer("f4", (0, 4), b""),
    "stroke_page": Buffer("i4", (0,), b""),
    "stroke_ends": Buffer("f4", (0, 4), b""),
    "stroke_pen": Buffer("i4", (0,), b""),
    "images": Buffer("u1", (0,), b""),
    "items": Buffer("u1", (0,), b""),
}


@dataclass(frozen=True, slots=True)
class Source:
    """One of the two files.

    Attributes:
        fd: Of a regular file; stays the caller's, and its offset is left alone.
        name: What the result calls it.
        sha256: Its digest if it is known.
        password: Opens it.
    """

    fd: int
    name: str
    sha256: str | None = None
    password: str | None = None


class ReadCache(Protocol):
    """Keeps read documents. Neither method may raise: a cache that fails is a cache that misses."""

    def get(self, key: str) -> bytes | None: ...

    def put(self, key: str, content: bytes) -> None: ...


@contextmanager
def about(side: str) -> Iterator[None]:
    """Errors raised inside are about this side."""
    try:
        yield
    except PdfCompareError as error:
        error.side = side
        raise


@dataclass(slots=True)
class Reading:
    """One document while it is read: what is to do, what is done, what has failed."""

    name: str
    source: Source
    digest: str
    ranges: str | None
    limits: Limits
    layers: tuple[str, ...] = LAYERS  #: which are compared: what only others need is not read
    todo: deque[_Share] = field(default_factory=deque)
    parts: list[Message] = field(default_factory=list)
    failed: dict[int, str] = field(default_factory=dict)
    skipped: list[int] = field(default_factory=list)
    errors: list[PdfCompareError] = field(default_factory=list)
    sizes: list[tuple[float, float]] = field(default_factory=list)
    one_by_one: bool = False
    objects: bool = True  #: whether to read annotations and the like, too
    begun_anew: bool = False  #: since the children at work were started: what they read is not wanted any more
    doing: dict[_Share, int] = field(default_factory=dict)
    done: int = 0
    total: int = 0

    # ---------------------------------------------------------------- requests

    def request(self, share: _Share) -> Message:
        header = {
            "kind": "request",
            "sha256": self.digest,
            "password": self.source.password,
            "pages": self.ranges if share.pages is None else page_ranges(list(share.pages)),
            "part": share.part,
            "parts": share.parts,
            "objects": self.objects,
            **self._needed(),
            "whole": share.part == 0 if share.pages is None else not any(p.header.get("whole") for p in self.parts),
            "limits": self.limits.to_json(),
        }
        if self.one_by_one:
            header["together"] = 1  # pages, so that the one at which a child fails is the one it said
        return Message(header)

    def cache_key(self) -> str | None:
        """Names the file, the reader and all that reading depends on; None for what must not be kept.

        A document behind a password is not kept: who has the file but not the password must not read it from a cache.
        """
        if self.source.password is not None:
            return None
        depends: list[Any] = [
            self.ranges,
            self.limits.page_objects,
            self.limits.page_characters,
            self.limits.page_points,
        ]
        if not all(self._needed().values()):
            depends.append(self._needed())
        return f"{self.digest}-read{READER_VERSION}-{sha256(json.dumps(depends).encode()).hexdigest()[:16]}"

    def _needed(self) -> dict[str, bool]:
        return {
            "items": not OBJECT_LAYERS.isdisjoint(self.layers),
            "lines": "drawing" in self.layers,
            "looks": "image" in self.layers,
        }

    def look(self, inspect: Piece, watch: JobWatch) -> None:
        """Learn how many pages it has and how large they are; `InputError` when it cannot be used."""
        header = {"password": self.source.password, "sha256": self.digest, "limits": self.limits.to_json()}
        found = run_piece(
            inspect, Message(header), files=[self.source.fd], limits=self.limits, cancelled=watch.check
        ).header.get("sizes")
        try:
            self.sizes = [(float(width), float(height)) for width, height in found or ()]
        except (TypeError, ValueError) as error:
            raise BadOutput from error

    # ---------------------------------------------------------------- results

    def take(self, share: _Share, part: Message) -> None:
        """Keep a part that was read; `BadOutput` when it does not hold the pages that were asked for."""
        numbers, count = [page[0] for page in _pages_of(part)], part.header.get("page_count")
        if type(count) is not int or not 0 < count <= self.limits.pages:
            raise BadOutput
        wanted = share.pages or share_of(chosen_pages(self.ranges, count), share.part, share.parts)
        if numbers != list(wanted):
            raise BadOutput
        self.parts.append(part)
        self.done += len(numbers)

    def take_kept(self, content: bytes) -> None:
        """Use the parts kept in a cache; nothing happens when they cannot be read."""
        stream, parts = io.BytesIO(content), []
        try:
            while (part := read_message(stream, limit_bytes=self.limits.output_bytes)) is not None:
                parts.append(part)
            self.total = sum(len(_pages_of(part)) for part in parts)
        except BadOutput:
            return
        if parts:
            self.todo.clear()
            self.parts, self.done = parts, self.total

    def finished(self) -> list[Message]:
        """All parts; a part without words holds the pages that could not be read.

        Raises:
            PdfCompareError: Not one page could be read.
        """
        pages = [page for part in self.parts for page in _pages_of(part)]
        if not pages and self.errors:
            raise self.errors[0]
        refused = [page for page in pages if not page[3] and page[4]]
        if pages and len(refused) == len(pages):
            codes = {notice.get("code") for page in refused for notice in page[4]}
            if codes == {"page_failed"}:
                raise DamagedPdf("is damaged: none of its pages can be read.")
        return [*self.parts, self._missing()] if self.failed or self.skipped else self.parts

    def _missing(self) -> Message:
        notices = {number: ("page_failed", sentence) for number, sentence in self.failed.items()}
        for number in self.skipped:
            notices[number] = (
                "page_not_tried",
                f"The page was not tried, because {len(self.failed)} others had failed.",
            )
        pages = []
        for number, (code, sentence) in sorted(notices.items()):
            width, height = self.sizes[number - 1]
            pages.append([number, width, height, [], [{"code": code, "message": sentence, "page": number}], ""])
        header = {
            "kind": "result",
            "sha256": self.digest,
            "page_count": len(self.sizes),
            "pages": pages,
            "styles": [],
            "pens": [],
            "metadata": {},
            "notices": [],
            "vocabulary": 0,
        }
        return Message(header, EMPTY_COLUMNS)

    # ---------------------------------------------------------------- failures

    def recover(self, share: _Share, child: Child, error: EngineError, look: Callable[[Reading], None]) -> None:
        """Plan what to read again after a child has failed.

        From the first failure on a document is read by one child at a time, in the order of its pages, so that which
        pages count as failed does not depend on how many children there were.

        Raises:
            PdfCompareError: The document as a whole is the trouble.
        """
        self.errors.append(error)
        if child.stage == "objects" and self.objects:
            self._without_objects(share)
            return
        out_of_time = isinstance(error, TimedOut) and not child.stalled
        if out_of_time or not child.started or len(self.errors) > MOST_DEATHS:
            raise error
        if not self.sizes:
            look(self)
        everything = tuple(chosen_pages(self.ranges, len(self.sizes)))
        self.total = len(everything)
        if not self.one_by_one:
            self.one_by_one = True
            if share.parts > 1 or child.stage == "together":
                self.parts, self.done, self.begun_anew = [], 0, True
                self.todo = deque([_Share(everything)])
                return
        pages = everything if share.pages is None else share.pages
        again = self._again(pages, share, child, error)
        self.todo.extendleft(reversed(again))

    def _without_objects(self, share: _Share) -> None:
        """Read again for the words alone: what else the document holds is what the child failed at.

        For all pages, so that what is missing does not depend on how many children there were.
        """
        self.objects = False
        if self.one_by_one:
            self.todo.appendleft(share)
        else:
            self.parts, self.done, self.begun_anew = [], 0, True
            self.todo = deque(_Share(part=part, parts=share.parts) for part in range(share.parts))

    def _again(self, pages: tuple[int, ...], share: _Share, child: Child, error: EngineError) -> list[_Share]:
        if len(pages) <= 1:
            if pages and not share.again and not isinstance(error, TimedOut):
                return [replace(share, pages=pages, again=True)]
            for page in pages:
                self._give_up(page, error)
            return []
        if isinstance(error, OutOfMemory):
            # Either one page needs it all or each a little: halves find the one, and are enough for the other.
            middle = len(pages) // 2
            return [_Share(pages[:middle]), _Share(pages[middle:])]
        at = pages.index(child.page) if child.page in pages else 0
        before, bad, after = pages[:at], pages[at], pages[at + 1 :]
        if not isinstance(error, TimedOut):
            found = [_Share(before), _Share((bad,), again=True), _Share(after)]
        elif self._give_up(bad, error):
            self.skipped += after
            found = [_Share(before)]
        else:
            found = [_Share(before), _Share(after)]
        return [share for share in found if share.pages]

    def _give_up(self, page: int, error: EngineError) -> bool:
        """Count a page as failed; True when it was one too many, and the pages after it are not tried."""
        self.failed[page] = f"The page could not be read: it {error.message}"
        if len(self.failed) < self.limits.failed_pages:
            return False
        rest = [replace(share, pages=tuple(p for p in share.pages or () if p < page)) for share in self.todo]
        self.skipped += [p for share in self.todo for p in share.pages or () if p > page]
        self.todo = deque(share for share in rest if share.pages)
        return True


@dataclass(frozen=True, slots=True)
class _Share:
    """Pages for one child: those named, or a part of all chosen ones while nobody knows how many there are."""

    pages: tuple[int, ...] | None = None
    part: int = 0
    parts: int = 1
    again: bool = False


def read_sides(
    sides: tuple[Reading, ...],
    *,
    limits: Limits,
    jobs: int,
    watch: JobWatch,
    cache: ReadCache | None,
    pieces: Mapping[str, Piece],
    when_idle: Callable[[], None],
) -> None:
    """Read one side or both with at most `jobs` children at a time; `Reading.finished` has the parts.

    Args:
        when_idle: Called once, when there is nothing left to start and room for another child.

    Raises:
        PdfCompareError: A file cannot be used, with the error's `side` set; or a limit, or `Cancelled`.
    """
    _plan(sides, jobs, cache)
    reading: list[Reading] = [side for side in sides if side.todo]
    for side in sides:
        if not side.todo:  # kept from before
            watch.expect(side.name, side.total)

    def look(side: Reading) -> None:
        side.look(pieces["inspect"], watch)

    with ExitStack() as stack:
        running: dict[Child, tuple[Reading, _Share]] = {}
        together = cache is None and sum(os.fstat(side.source.fd).st_size for side in sides) <= BYTES_TOGETHER
        spare: list[Child] = []
        jobs = 1 if together else jobs
        while any(side.todo for side in sides) or running:
            for side in sides:
                while side.todo and len(running) < jobs and not (side.one_by_one and _at_work(running, side)):
                    share = side.todo.popleft()
                    once = not (together and any(side.todo for side in sides))
                    child = spare.pop() if spare else Child(pieces["read"], limits=limits, once=once).start()
                    stack.enter_context(child)
                    child.send(side.request(share), [side.source.fd], on_progress=_teller(watch, side, share))
                    running[child] = (side, share)
            if (together or len(running) < jobs) and not any(side.todo for side in sides):
                when_idle()
            for child in wait_any(list(running), cancelled=watch.check):
                if child not in running:
                    continue  # stopped because of another one, in the same moment
                side, share = running.pop(child)
                with about(side.name):
                    _finish(side, share, child, look, watch, stays=any(side.todo for side in sides))
                if child.usable:
                    spare.append(child)
                if side.begun_anew:
                    side.begun_anew = False
                    for other in _at_work(running, side):
                        other.stop()
                        del running[other]
        for side in reading:
            watch.spent.pages += side.done
            _keep(side, cache)


def _finish(
    side: Reading,
    share: _Share,
    child: Child,
    look: Callable[[Reading], None],
    watch: JobWatch,
    *,
    stays: bool,
) -> None:
    """Take what a child answered. One that reads the next share too, as `stays` says, counts when it has done that."""
    side.doing.pop(share, None)
    try:
        side.take(share, child.result())
        if not (stays and child.usable):
            child.stop()
            watch.spent.add(child)
    except EngineError as error:
        watch.spent.add(child, died=True)
        side.recover(share, child, error, look)


def _at_work(running: Mapping[Child, tuple[Reading, _Share]], side: Reading) -> list[Child]:
    return [child for child, (its_side, _) in running.items() if its_side is side]


def _plan(sides: tuple[Reading, ...], jobs: int, cache: ReadCache | None) -> None:
    """Give each side its shares: cores by size, one child where more would not pay."""
    bytes_of = [max(1, os.fstat(side.source.fd).st_size) for side in sides]
    for side, size in zip(sides, bytes_of, strict=True):
        fair = round(jobs * size / sum(bytes_of))
        parts = max(1, min(fair, -(-size // BYTES_PER_CHILD)))
        side.todo = deque(_Share(part=part, parts=parts) for part in range(parts))
        key = side.cache_key()
        kept = cache.get(key) if cache is not None and key is not None else None
        if kept is not None:
            side.take_kept(kept)


def _keep(side: Reading, cache: ReadCache | None) -> None:
    key = side.cache_key()
    if cache is not None and key is not None and not side.errors:
        cache.put(key, b"".join(piece for part in side.parts for piece in pieces_of(part)))


def _teller(watch: JobWatch, side: Reading, share: _Share) -> Callable[[dict[str, Any]], None]:
    """Adds up what the children of one side have done."""

    def tell(header: dict[str, Any]) -> None:
        done, of = header.get("done"), header.get("of")
        if type(done) is int and type(of) is int:
            side.total = side.total or min(of * share.parts, side.limits.pages)
            side.doing[share] = min(done, side.total)
            watch.tell(
                Progress("reading", side.name, min(side.done + sum(side.doing.values()), side.total), side.total)
            )

    return tell


def _pages_of(part: Message) -> list[list[Any]]:
    """The rows [number, width, height, compared, notices, picture] of a part."""
    pages = part.header.get("pages")
    if not isinstance(pages, list) or not all(_is_page(page) for page in pages):
        raise BadOutput("a document does not have the agreed form")
    return pages


def _is_page(page: object) -> bool:
    if not isinstance(page, list) or len(page) != 6 or type(page[0]) is not int:
        return False
    return isinstance(page[3], list) and isinstance(page[4], list) and all(isinstance(n, dict) for n in page[4])
