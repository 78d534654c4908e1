"""Stages that need the service or a browser: a result written into the database, the viewer opened; prints JSON.

The viewer's own measurements are those of `benchmarks.viewer`.
"""

from __future__ import annotations

import importlib.util
import json
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

CHANGES, PAGES = 500, 100  #: of the result
ROUNDS = 7


def database_write(folder: Path) -> float:
    """Seconds by the clock, the median of a few, until a result of 500 changes is kept and its job has ended."""
    from core.codec import encode
    from core.options import CompareOptions
    from core.sample import sample_pair
    from db.embedded import EmbeddedPostgres
    from db.migrate import upgrade
    from db.rows import ComparisonRow
    from service.bootstrap import build
    from service.settings import load_settings
    from tests.results import change, result, side

    changes = [
        {**change("replaced", side(f"word {k}", 1 + k % PAGES), side(f"words {k}", 1 + k % PAGES)), "id": f"c{k}"}
        for k in range(CHANGES)
    ]
    data, took = encode(result(*changes, pages=(PAGES, PAGES))), []
    with EmbeddedPostgres(folder / "postgres") as server:
        upgrade(server.url)
        services = build(load_settings(database_url=server.url, data_dir=folder / "data"))
        actor, documents = services.users.local_actor(), []
        for name, content in sample_pair():
            upload = services.documents.receive(actor, name, size_hint=len(content))
            upload.write(content)
            documents.append(upload.commit().id)
        for number in range(ROUNDS):
            options = CompareOptions(size_percent=5.0 + number)
            view = services.comparisons.submit(actor, documents[0], documents[1], options)
            with services.database.read(actor.workspace) as session:
                job = session.get_one(ComparisonRow, view.id).job_id
            attempt = services.jobs.begin(actor.workspace, job)
            work = services.comparisons.work(attempt) if attempt else None
            if attempt is None or work is None:
                raise SystemExit("the job could not be begun")
            begun = time.monotonic()
            services.comparisons.finish(attempt, work, data)
            took.append(time.monotonic() - begun)
        services.close()
    return median(took)


def main() -> None:
    """Print what can be measured here."""
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o711)  # run as root, the server is another user, who must get to its data
        found["database_write_s"] = database_write(Path(place))
    if importlib.util.find_spec("playwright"):
        from benchmarks.viewer import measured

        runs = [measured(PAGES, CHANGES) for _ in range(3)]
        found["viewer_usable_s"] = min(run["usable_s"] for run in runs)
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
