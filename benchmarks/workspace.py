"""Lists of a workspace that grows: `python -m benchmarks.workspace`.

Starts a database of its own, fills workspaces of 10 to 100,000 documents with as many comparisons, and prints for each
what the pages Library and Jobs and their neighbours wait for, and how many statements they send; then the exponent by
which each grows with the number of documents.
"""

from __future__ import annotations

import math
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from uuid import UUID, uuid4

import psycopg2
from sqlalchemy import event
from sqlalchemy.engine import Engine

from db.embedded import EmbeddedPostgres
from db.migrate import upgrade
from service.access import Actor, Role
from service.bootstrap import Services, build
from service.settings import load_settings

SIZES = (10, 1_000, 10_000, 100_000)
MOST_MS, MOST_EXPONENT = 200.0, 1.1
ROUNDS = 15

_FILL = """
INSERT INTO users (id, name, is_local) VALUES (%(user)s, 'Somebody', false);
INSERT INTO workspaces (id, name) VALUES (%(workspace)s, 'Grown');
INSERT INTO memberships (workspace_id, user_id, role) VALUES (%(workspace)s, %(user)s, 'owner');
INSERT INTO documents (id, workspace_id, name, sha256, size_bytes, page_count, created_by, created_at)
SELECT gen_random_uuid(), %(workspace)s, 'Sheet ' || n / 10 || ' of plant ' || n %% 97 || '.pdf',
       lpad(to_hex(n), 64, '0'), 1000, 20, %(user)s, now() - n * interval '1 minute'
FROM generate_series(1, %(size)s) n;
INSERT INTO jobs (id, workspace_id, kind, queue, state, created_by, created_at, started_at, finished_at)
SELECT md5(id::text)::uuid, %(workspace)s, 'compare', 'compare', 'done', %(user)s, created_at, created_at, created_at
FROM documents WHERE workspace_id = %(workspace)s;
INSERT INTO comparisons (id, workspace_id, key, content_key, old_id, new_id, options, engine_version, job_id, summary,
                         identical, created_by, created_at)
SELECT gen_random_uuid(), %(workspace)s, md5(id::text) || md5(id::text), md5(name) || md5(name), id, id, '{}', '1',
       md5(id::text)::uuid, '{"changes": 1}', false, %(user)s, created_at
FROM documents WHERE workspace_id = %(workspace)s;
"""


def main() -> int:
    """Fill, ask, print; 1 where a list takes longer than 200 ms or grows faster than its workspace."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)  # run as root, the server is another user, who must get to its data
        with EmbeddedPostgres(Path(folder) / "postgres") as server:
            upgrade(server.url)
            services = build(load_settings(database_url=server.url, data_dir=Path(folder) / "data"))
            found = {size: measured(services, filled(services, server.url, size)) for size in SIZES}
            services.close()
    return told(found)


def filled(services: Services, url: str, size: int) -> Actor:
    """The owner of a new workspace with so many documents and comparisons."""
    user, workspace = uuid4(), uuid4()
    with psycopg2.connect(url) as owner:
        owner.cursor().execute(_FILL, {"user": str(user), "workspace": str(workspace), "size": size})
    with psycopg2.connect(url) as owner:  # as PostgreSQL itself does, within a minute
        owner.cursor().execute("ANALYZE")
    actor = services.users.actor(UUID(str(user)), UUID(str(workspace)))
    actor.require(Role.OWNER)
    return actor


def measured(services: Services, actor: Actor) -> dict[str, tuple[float, int]]:
    """By list: its median in milliseconds, and the statements it sends."""
    return {name: timed(ask) for name, ask in lists(services, actor).items()}


def lists(services: Services, actor: Actor) -> dict[str, Callable[[], object]]:
    """What pages ask for, of a workspace that has documents."""
    documents, following = services.documents.list(actor)
    middle = documents[len(documents) // 2]
    return {
        "documents, newest": lambda: services.documents.list(actor),
        "documents, next page": lambda: services.documents.list(actor, after=following),
        "documents, part of a name": lambda: services.documents.list(actor, query=middle.name[:9]),
        "documents, a name that is not there": lambda: services.documents.list(actor, query="no such sheet"),
        "documents, by their bytes": lambda: services.documents.list(actor, sha256=middle.sha256),
        "versions of one": lambda: services.documents.versions(actor, middle.id),
        "comparisons, newest": lambda: services.comparisons.list(actor),
        "comparisons of one document": lambda: services.comparisons.list(actor, document_id=middle.id),
        "jobs, newest": lambda: services.job_records.list(actor),
        "trash": lambda: services.trash.list(actor),
        "search": lambda: services.search.find(actor, "sheet"),
    }


def timed(ask: Callable[[], object]) -> tuple[float, int]:
    """Median of some rounds in milliseconds, and the statements of one."""
    sent = statements(ask)
    took = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        ask()
        took.append(1000 * (time.perf_counter() - began))
    return statistics.median(took), sent


def statements(ask: Callable[[], object]) -> int:
    """How many are sent to the database."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        ask()
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    return len(sent)


def told(found: dict[int, dict[str, tuple[float, int]]]) -> int:
    """Print the table; 1 where a limit is broken."""
    sizes = list(found)
    print("| List | " + " | ".join(f"{size:,}" for size in sizes) + " | exponent | statements |")
    print("| --- |" + " ---: |" * (len(sizes) + 2))
    broken = 0
    for name in found[sizes[0]]:
        times = [found[size][name][0] for size in sizes]
        # From the second size on: below it the time is that of asking at all.
        exponent = math.log(times[-1] / times[1]) / math.log(sizes[-1] / sizes[1])
        broken |= times[-1] > MOST_MS or exponent > MOST_EXPONENT
        cells = " | ".join(f"{ms:.1f} ms" for ms in times)
        print(f"| {name} | {cells} | {exponent:.2f} | {found[sizes[-1]][name][1]} |")
    return int(broken)


if __name__ == "__main__":
    sys.exit(main())
