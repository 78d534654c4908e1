"""Pictures and words of single pages, made when they are first asked for and then kept."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from threading import Lock

from core.errors import BadOutput, EngineError, InputError, NotFound, OptionsError, PdfCompareError, from_code
from core.options import Limits
from core.sandbox import ChildPool
from core.wire import Message
from db.blobs import Blobs
from service.access import Actor
from service.documents import Documents
from service.finding import PAGES_AT_ONCE, Hit, find

#: Raised when the same page would be drawn or read otherwise; PDFium's own version is part of the key beside it.
PAGES_VERSION = "1"
#: The only resolutions, so that one picture serves many people and zooms.
STEPS_DPI = (100, 150, 200)
#: Of tiles, by which a page is enlarged up to 800 % on a screen of two dots a pixel.
TILE_STEPS_DPI = (*STEPS_DPI, 400, 800, 1600)
#: Above, a sheet is an overview, and tiles of 1024 pixels where somebody looks closer.
LARGEST_PIXELS = 8_000_000
OVERVIEW_PIXELS = 3_000_000
FAILURES_KEPT, FAILURE_SECONDS = 256, 300.0
#: Of pictures with some layers only, in memory: of a page with 20 layers there are a million, too many for any disk.
VARIANTS_BYTES = 32 * 1024 * 1024
_STRIPES = 64


@dataclass(frozen=True, slots=True)
class PageImage:
    """A picture ready to be sent. `etag` is quoted, as HTTP wants it."""

    data: bytes
    media_type: str
    etag: str


@dataclass(frozen=True, slots=True)
class Finds:
    """What was found from page `first` to `last` of a document of `pages` pages."""

    first: int
    last: int
    pages: int
    hits: list[Hit]


class Pages:
    """Page pictures and words by digest of the PDF, for who may see it. Thread-safe; one per process."""

    def __init__(
        self,
        documents: Documents,
        blobs: Blobs,
        limits: Limits,
        *,
        children: int | None = None,
        on_death: Callable[[str], None] | None = None,
    ) -> None:
        """Keep up to `children` children of each kind ready, by default one a core and at most four.

        `on_death` is told the code of the error by which one failed.
        """
        self._on_death = on_death
        self._documents = documents
        self._blobs = blobs
        self._limits = limits
        self._children = children or max(1, min(4, os.cpu_count() or 1))
        self._pools: dict[str, ChildPool] = {}
        self._lock = Lock()
        # Who asks for the same picture at the same time waits for the first instead of drawing it again.
        self._turns = [Lock() for _ in range(_STRIPES)]
        self._failures: OrderedDict[str, tuple[float, PdfCompareError]] = OrderedDict()
        self._variants = _Variants()
        engine = f"{PAGES_VERSION}-{version('pypdfium2')}"
        self._suffix = "".join(c for c in engine if c.isalnum() or c in ".-")

    def image(
        self,
        actor: Actor,
        sha256: str,
        page: int,
        *,
        dpi: int = 100,
        tile: tuple[int, int] | None = None,
        layers: tuple[int, ...] | None = None,
    ) -> PageImage:
        """The picture of a page, or one tile of a large sheet.

        Args:
            actor: Who asks; the document must be in the workspace.
            sha256: Digest of the PDF.
            page: From 1.
            dpi: Raised to the next of `STEPS_DPI`, of a tile of `TILE_STEPS_DPI`; a sheet that would be too large comes
                as an overview instead.
            tile: Column and row of the raster of 1024 pixels at this resolution.
            layers: Indexes, as in `layers`, of those that are shown; None shows what the file does, and so do indexes
                of which the file has none.

        Raises:
            NotFound: There is no such page, or it is not the actor's to see.
            InputError: The page or tile cannot be drawn.
            EngineError: The child failed on it.
        """
        steps = TILE_STEPS_DPI if tile else STEPS_DPI
        step = next((step for step in steps if step >= dpi), steps[-1])
        shown = None if layers is None else self._shown(actor, sha256, layers)
        place = f"-t{tile[0]}.{tile[1]}" if tile else ""
        request = Message(
            {
                "kind": "request",
                "page": page,
                "dpi": step,
                "tile": list(tile) if tile else None,
                "limit_pixels": LARGEST_PIXELS,
                "overview_pixels": OVERVIEW_PIXELS,
                **({} if shown is None else {"layers": shown}),
            }
        )
        switched = "" if shown is None else "-l" + hashlib.sha256(repr(shown).encode()).hexdigest()[:16]
        key = f"{sha256}-{page}-{step}{place}{switched}-{self._suffix}"
        data = self._made(actor, sha256, page, key, "render", request, "image", is_variant=shown is not None)
        return PageImage(data, _media_type(data), f'"{key}"')

    def text(self, actor: Actor, sha256: str, page: int) -> bytes:
        """The words of a page as JSON, {"words": [[text, x0, y0, x1, y1], …]}, boxes in points; raises as `image`."""
        key = f"{sha256}-{page}-words-{self._suffix}"
        request = Message({"kind": "request", "page": page})
        return self._made(actor, sha256, page, key, "page_text", request, "text")

    def find(self, actor: Actor, sha256: str, phrase: str, *, first: int = 1) -> Finds:
        """Where a phrase stands on the page `first` and the following, `PAGES_AT_ONCE` at most; raises as `image`."""
        document = self._documents.find_by_digest(actor, sha256)
        if document is None or not 1 <= first <= document.page_count:
            raise NotFound()
        first -= (first - 1) % PAGES_AT_ONCE  # kept together, so that every search looks at the same stretches
        last = min(first + PAGES_AT_ONCE - 1, document.page_count)
        request = Message({"kind": "request", "page": first, "last": last})
        key = f"{sha256}-{first}-{last}-words-{self._suffix}"
        data = self._made(actor, sha256, first, key, "page_text", request, "text")
        return Finds(first, last, document.page_count, find(json.loads(data)["pages"], phrase))

    def layers(self, actor: Actor, sha256: str) -> bytes:
        """The layers of a document as JSON, {"layers": [[name, shown at first], …]}; raises as `image`."""
        key = f"{sha256}-layers-{self._suffix}"
        return self._made(actor, sha256, 1, key, "layers", Message({"kind": "request"}), "layers")

    def warm(self) -> None:
        """Start the children, so that the first page does not wait for them."""
        self._pool("render")
        self._pool("page_text")

    def close(self) -> None:
        """End the children."""
        with self._lock:
            pools, self._pools = list(self._pools.values()), {}
        for pool in pools:
            pool.close()

    def _shown(self, actor: Actor, sha256: str, asked: tuple[int, ...]) -> list[int] | None:
        """The layers of the document that are asked for; None where that is what it shows anyway."""
        known = json.loads(self.layers(actor, sha256))["layers"]
        shown = sorted({index for index in asked if index < len(known)})
        at_first = [index for index, (_, is_on) in enumerate(known) if is_on]
        return None if shown == at_first or (asked and not shown) or not known else shown

    def _made(
        self,
        actor: Actor,
        sha256: str,
        page: int,
        key: str,
        piece: str,
        request: Message,
        buffer: str,
        *,
        is_variant: bool = False,
    ) -> bytes:
        document = self._documents.find_by_digest(actor, sha256)
        if document is None:
            raise NotFound()
        if not 1 <= page <= document.page_count:
            raise NotFound("There is no such page.")
        kept = self._kept(actor, key, is_variant=is_variant)
        if kept is not None:
            return kept
        with self._turns[hash(key) % _STRIPES]:
            kept = self._kept(actor, key, is_variant=is_variant, again=True)
            if kept is not None:
                return kept
            self._raise_known_failure(key)
            try:
                data = self._work(actor, sha256, piece, request, buffer)
            except OptionsError:
                raise
            except (InputError, EngineError) as error:
                self._remember_failure(key, error)
                if self._on_death is not None and isinstance(error, EngineError):
                    self._on_death(error.code)
                raise
            if is_variant:
                self._variants.put(f"{actor.workspace_id}/{key}", data)
            else:
                self._blobs.put_derived(actor.workspace, "page", key, data)
            return data

    def _kept(self, actor: Actor, key: str, *, is_variant: bool, again: bool = False) -> bytes | None:
        if is_variant:
            return self._variants.get(f"{actor.workspace_id}/{key}")
        return self._blobs.get_derived(actor.workspace, "page", key, again=again)

    def _work(self, actor: Actor, sha256: str, piece: str, request: Message, buffer: str) -> bytes:
        fd = self._blobs.open(actor.workspace, "pdf", sha256)
        try:
            answer = self._pool(piece).run(request, [fd])
        finally:
            os.close(fd)
        found = answer.buffers.get(buffer)
        if found is None or found.dtype != "u1":
            raise BadOutput()
        return bytes(found.data)

    def _pool(self, piece: str) -> ChildPool:
        with self._lock:
            pool = self._pools.get(piece)
            if pool is None:
                size = self._children if piece == "render" else 1
                pool = self._pools[piece] = ChildPool(piece, size, limits=self._limits)
            return pool

    def _raise_known_failure(self, key: str) -> None:
        """A page that crashes its child must not be tried again with every look at it."""
        with self._lock:
            known = self._failures.get(key)
        if known is not None and time.monotonic() - known[0] < FAILURE_SECONDS:
            raise from_code(known[1].code, known[1].message, known[1].help)

    def _remember_failure(self, key: str, error: PdfCompareError) -> None:
        with self._lock:
            self._failures[key] = (time.monotonic(), error)
            self._failures.move_to_end(key)
            if len(self._failures) > FAILURES_KEPT:
                self._failures.popitem(last=False)


class _Variants:
    """Pictures by key, at most `VARIANTS_BYTES` of them; those asked for last stay."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def get(self, key: str) -> bytes | None:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def put(self, key: str, data: bytes) -> None:
        with self._lock:
            self._bytes += len(data) - len(self._kept.pop(key, b""))
            self._kept[key] = data
            while self._bytes > VARIANTS_BYTES:
                self._bytes -= len(self._kept.popitem(last=False)[1])


def _media_type(data: bytes) -> str:
    """By the first bytes, so that the stored picture needs no second field."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return "image/jpeg" if data[:2] == b"\xff\xd8" else "image/png"
