"""What an installation's work costs: time, processor and memory by class of job, and room for each document.

`python -m benchmarks.capacity --address http://127.0.0.1:18080 --rounds 5`, with accounts off or a `--token`. Documents
are made anew each time, so that nothing is known of them; they stay there. Processor seconds hardly depend on what
else the machine does, so they are what the tables of docs/scaling.md are made from.
"""

from __future__ import annotations

import argparse
import io
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import httpx
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from benchmarks.drawings import sheet, write
from benchmarks.installation import Ended, Installation
from tests.load.documents import revisions

Pair = tuple[bytes, bytes]
_SCAN_DPI = 150
_SCAN_PAGES = 4
_REQUESTS = 400
_SCRAPED_SECONDS = 35.0  #: Prometheus looks every 15 s
_STORED = 20  #: documents by which the room for one is measured


def text(pages: int) -> Callable[[int], Pair]:
    """Reports with three changes on each page."""
    return lambda seed: revisions(seed, pages=pages, changes=3 * pages)


def drawing(seed: int) -> Pair:
    """A sheet of 36 by 24 inches with 24,000 lines, a tenth of a percent of them changed."""
    shapes = sheet(seed)[:4000]
    changed = list(shapes)
    for at in random.Random(seed).sample(range(len(shapes)), 4):
        changed[at] = [(x + 20, y) for x, y in shapes[at]]
    with tempfile.TemporaryDirectory() as folder:
        paths = Path(folder) / "old.pdf", Path(folder) / "new.pdf"
        write(paths[0], shapes)
        write(paths[1], changed)
        return paths[0].read_bytes(), paths[1].read_bytes()


def scans(seed: int) -> Pair:
    """Pictures of pages, whose characters must be recognised."""
    old, new = revisions(seed, pages=_SCAN_PAGES, changes=_SCAN_PAGES)
    return _pictured(old), _pictured(new)


def _pictured(data: bytes) -> bytes:
    import pypdfium2

    out = io.BytesIO()
    canvas = Canvas(out)
    with pypdfium2.PdfDocument(data) as document:
        for page in document:
            width, height = page.get_size()
            canvas.setPageSize((width, height))
            picture = page.render(scale=_SCAN_DPI / 72, grayscale=True).to_pil()
            canvas.drawImage(ImageReader(picture), 0, 0, width, height)
            canvas.showPage()
    canvas.save()
    return out.getvalue()


CLASSES: dict[str, Callable[[int], Pair]] = {
    "text, 20 pages": text(20),
    "text, 100 pages": text(100),
    "drawing, 24,000 lines": drawing,
    "scan, 4 pages": scans,
}


def measured(installation: Installation, make: Callable[[int], Pair], rounds: int, seed: int) -> list[Ended]:
    """One after the other, with nothing else to do there; compared at once, before they are read for the search."""
    found = []
    for number in range(rounds):
        installation.wait_quiet()
        old, new = (
            installation.upload(f"{side}.pdf", data)
            for side, data in zip(("old", "new"), make(seed + number), strict=True)
        )
        found.append(installation.ended(installation.compare(old, new)))
    return found


def room(installation: Installation, pages: int, seed: int) -> tuple[float, dict[str, float]]:
    """Bytes of the database, and of each kind of blob, for one document of so many pages, indexed for the search."""
    installation.wait_quiet()
    before = installation.operations()
    for number in range(_STORED // 2):
        for side, data in zip(("old", "new"), revisions(seed + number, pages=pages, changes=pages), strict=True):
            installation.upload(f"{side}.pdf", data)
    installation.wait_quiet()
    after = installation.operations()
    kinds = {
        kind: (size - before["bytes"].get(kind, 0)) / _STORED
        for kind, size in after["bytes"].items()
        if size != before["bytes"].get(kind, 0)
    }
    return (after["database_bytes"] - before["database_bytes"]) / _STORED, kinds


def web(installation: Installation, prometheus: str) -> tuple[float, float]:
    """Processor seconds of the web servers for one request to the API, and cores that they take with nobody there."""
    installation.wait_quiet()

    def spent() -> float:
        time.sleep(_SCRAPED_SECONDS)
        query = 'sum(process_cpu_seconds_total{job="web"}) + sum(pdfc_children_cpu_seconds_total{job="web"})'
        answer = httpx.get(f"{prometheus}/api/v1/query", params={"query": query}).raise_for_status().json()
        return float(answer["data"]["result"][0]["value"][1])

    before, began = spent(), time.monotonic()
    idle_spent = spent()
    idle = (idle_spent - before) / (time.monotonic() - began)
    began = time.monotonic()
    for _ in range(_REQUESTS):
        installation.comparisons()
    after = spent()
    return (after - idle_spent - idle * (time.monotonic() - began)) / _REQUESTS, idle


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--address", required=True)
    parser.add_argument("--token")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", action="append", choices=(*CLASSES, "room", "web"))
    parser.add_argument("--prometheus", help="which knows the web servers, as http://127.0.0.1:9090")
    arguments = parser.parse_args()
    installation = Installation(arguments.address, arguments.token)
    seed = int(time.time()) % 10**8
    chosen = arguments.only or [*CLASSES, "room"]
    print(f"{'class':<24}{'n':>3}{'seconds':>9}{'processor':>11}{'a child, MB':>13}{'for each core and hour':>24}")
    for name, make in CLASSES.items():
        if name in chosen:
            ended = measured(installation, make, arguments.rounds, seed)
            cpu = statistics.median(one.cpu_seconds for one in ended)
            seconds = statistics.median(one.service_seconds for one in ended)
            peak = max(one.peak_bytes for one in ended) / 1e6
            print(f"{name:<24}{len(ended):>3}{seconds:>9.2f}{cpu:>11.2f}{peak:>13.0f}{3600 / cpu:>24,.0f}", flush=True)
    if "web" in chosen or (arguments.prometheus and not arguments.only):
        request, idle = web(installation, arguments.prometheus or "http://127.0.0.1:9090")
        print(f"a request to the API: {1000 * request:.1f} ms of processor; web servers alone: {idle:.3f} cores")
    if "room" in chosen:
        database, kinds = room(installation, 20, seed)
        blobs = ", ".join(f"{kind} {size / 1e3:.0f} kB" for kind, size in sorted(kinds.items()))
        print(f"a document of 20 pages: database {database / 1e3:.1f} kB, {blobs}")


if __name__ == "__main__":
    main()
