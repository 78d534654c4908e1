"""Search over 10,000 generated pages, measured.

`python -m benchmarks.search` starts a database of its own, indexes 500 documents of 20 pages (words drawn by Zipf's
law from an English-like vocabulary, 300 a page), asks 400 queries of six sorts, and prints the times, what of them was
work of a processor (ours and the database's), and the load: on a busy machine the rest is waiting for a processor.
"""

from __future__ import annotations

import os
import random
import struct
import sys
import tempfile
import time
from pathlib import Path
from uuid import uuid4

import psycopg2
from sqlalchemy import insert, text

from core.searching.folding import tokens_of
from core.searching.languages import SMALL_WORDS
from db.embedded import EmbeddedPostgres
from db.migrate import upgrade
from db.rows import DocumentRow, SearchDocumentRow
from service import search_index
from service.bootstrap import build
from service.search_index import IndexedPage
from service.settings import load_settings

DOCUMENTS, PAGES, WORDS, VOCABULARY, QUERIES = 500, 20, 300, 20_000, 400
_SMALL = sorted(SMALL_WORDS["english"])


def vocabulary(rng: random.Random) -> list[str]:
    """Words that look like some, the most frequent first."""
    onsets, vowels = (
        ["b", "c", "d", "f", "g", "l", "m", "n", "p", "r", "s", "t", "tr", "pl", "st", "gr"],
        ["a", "e", "i", "o", "u", "ea", "ou"],
    )
    endings = ["", "s", "ed", "ing", "ment", "er", "tion"]
    made: dict[str, None] = dict.fromkeys(_SMALL)
    while len(made) < VOCABULARY:
        stem = "".join(rng.choice(onsets) + rng.choice(vowels) for _ in range(rng.randint(1, 3))) + rng.choice("ntrls")
        made[stem + rng.choice(endings)] = None
    return list(made)


def page(rng: random.Random, number: int, words: list[str], weights: list[float]) -> IndexedPage:
    """One page with the places of its words."""
    said = rng.choices(words, cum_weights=weights, k=WORDS)
    boxes = b"".join(
        struct.pack("<4H", 1440 + 800 * (k % 10), 1400 + 280 * (k // 10), 2200 + 800 * (k % 10), 1600 + 280 * (k // 10))
        for k in range(WORDS)
    )
    body = " ".join(said)
    return IndexedPage(number, False, body, boxes, 0.05, tokens_of(body))


def processor_seconds(pid: int) -> float:
    """Time that a process has been on a processor; nanoseconds as the kernel counts them."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def main() -> int:
    """Build, ask, print; 1 where the 95th percentile is above 100 ms."""
    rng = random.Random(1)
    words = vocabulary(rng)
    weights, total = [], 0.0
    for rank in range(1, len(words) + 1):
        total += 1 / rank
        weights.append(total)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)  # run as root, the server is another user, who must get to its data
        return measured(Path(folder), rng, words, weights)


def measured(folder: Path, rng: random.Random, words: list[str], weights: list[float]) -> int:
    """The measurement in a folder of its own."""
    with EmbeddedPostgres(folder / "postgres") as server:
        upgrade(server.url)
        services = build(load_settings(database_url=server.url, data_dir=folder / "data"))
        actor = services.users.local_actor()
        begun = time.monotonic()
        sample: list[str] = []
        for k in range(DOCUMENTS):
            digest = f"{k:064x}"
            pages = [page(rng, n, words, weights) for n in range(1, PAGES + 1)]
            sample.append(pages[0].body)
            with services.database.write(actor.workspace) as session:
                row = {"id": uuid4(), "workspace_id": actor.workspace, "name": f"{k}.pdf", "sha256": digest}
                session.execute(insert(DocumentRow).values(**row, size_bytes=1, page_count=PAGES))
                found = {"workspace_id": actor.workspace, "sha256": digest, "language": "simple"}
                session.execute(insert(SearchDocumentRow).values(**found, version=search_index.INDEX_VERSION))
                search_index.store(session, actor.workspace, digest, pages)
        seconds = time.monotonic() - begun
        print(
            f"{DOCUMENTS * PAGES:,} pages indexed in {seconds:.0f} s",
            f"({1000 * seconds / DOCUMENTS / PAGES:.1f} ms a page)",
        )
        with psycopg2.connect(server.url) as owner:  # as PostgreSQL itself does, within a minute
            owner.cursor().execute("ANALYZE")
        sorts = {
            "rare word": lambda: rng.choice(words[2000:]),
            "frequent word": lambda: rng.choice(words[:60]),
            "two words": lambda: f"{rng.choice(words[30:600])} {rng.choice(words[30:600])}",
            "phrase": lambda: '"' + " ".join(rng.choice(sample).split()[40:43]) + '"',
            "beginning": lambda: rng.choice(words[200:])[:4] + "*",
            "without": lambda: f"{rng.choice(words[100:900])} -{rng.choice(words[100:900])}",
        }
        load = os.getloadavg()[0]
        times: dict[str, list[float]] = {sort: [] for sort in sorts}
        with services.database.read(actor.workspace) as session:  # the one connection that everything below uses
            backend = int(session.scalar(text("SELECT pg_backend_pid()")) or 0)
        work: list[tuple[float, float]] = []
        for k in range(QUERIES):
            sort = list(sorts)[k % len(sorts)]
            query = sorts[sort]()
            at, ours, theirs = time.perf_counter(), time.process_time(), processor_seconds(backend)
            services.search.find(actor, query)
            times[sort].append(1000 * (time.perf_counter() - at))
            work.append((1000 * (time.process_time() - ours), 1000 * (processor_seconds(backend) - theirs)))
        every = sorted(value for values in times.values() for value in values)
        for sort, values in times.items():
            values.sort()
            print(
                f"{sort:<16} median {values[len(values) // 2]:6.1f} ms   p95 {values[int(0.95 * len(values))]:6.1f} ms"
            )
        p95 = every[int(0.95 * len(every))]
        print(f"{'all':<16} median {every[len(every) // 2]:6.1f} ms   p95 {p95:6.1f} ms")
        worked = sorted(map(sum, work))
        us, server_ = (sum(values) / len(work) for values in zip(*work, strict=True))
        usual, most = worked[len(worked) // 2], worked[int(0.95 * len(worked))]
        print(
            f"{'processor':<16} median {usual:6.1f} ms   p95 {most:6.1f} ms",
            f"  mean {us:.1f} ms ours, {server_:.1f} ms the database's",
        )
        print(f"load before {load:.1f}, after {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
        services.close()
    return int(p95 > 100)


if __name__ == "__main__":
    sys.exit(main())
