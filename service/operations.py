"""The whole server in numbers, for administrators: storage, jobs, dead letters; nothing of what anybody stores."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, select, text

from db.blobs import Blobs
from db.database import Database
from db.rows import JobRow, WorkspaceRow
from service.access import Actor
from service.jobs import Jobs

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Operations:
    """What is going on.

    Attributes:
        bytes_by_kind: Kind of blob, and what all of it takes, the largest first.
        free_bytes: Left where blobs are; None where the store does not say.
        jobs: Of the last day, by state.
        depths: By queue: waiting, running, age in seconds of the oldest that waits.
        dead: Workspace, code of the error, and how many dead letters there are of it.
    """

    bytes_by_kind: Sequence[tuple[str, int]]
    free_bytes: int | None
    database_bytes: int
    jobs: Mapping[str, int]
    depths: Mapping[str, tuple[int, int, float]]
    dead: Sequence[tuple[str, str, int]]

    def to_json(self) -> dict[str, Any]:
        return {
            "bytes": dict(self.bytes_by_kind),
            "free_bytes": self.free_bytes,
            "database_bytes": self.database_bytes,
            "jobs": dict(self.jobs),
            "queues": {
                name: {"waiting": waiting, "running": running, "oldest_seconds": age}
                for name, (waiting, running, age) in self.depths.items()
            },
            "dead_letters": [{"workspace": w, "code": code, "count": count} for w, code, count in self.dead],
        }


class Overview:
    """Looking at the whole server."""

    def __init__(self, database: Database, blobs: Blobs, jobs: Jobs) -> None:
        self._database = database
        self._blobs = blobs
        self._jobs = jobs

    def look(self, actor: Actor) -> Operations:
        """What is going on now; `Forbidden`."""
        actor.require_admin()
        sizes: Counter[str] = Counter()
        jobs: Counter[str] = Counter()
        dead: list[tuple[str, str, int]] = []
        since = JobRow.created_at > datetime.now(UTC) - _DAY
        code = JobRow.error["code"].astext
        for workspace in self._database.workspaces():
            for blob in self._blobs.list(workspace):
                sizes[blob.kind] += blob.size_bytes
            with self._database.read(workspace) as session:
                found = session.execute(select(JobRow.state, func.count()).where(since).group_by(JobRow.state)).all()
                jobs.update(dict(found))
                letters = select(code, func.count()).where(JobRow.is_dead).group_by(code)
                name = session.scalar(select(WorkspaceRow.name).where(WorkspaceRow.id == workspace)) or ""
                dead += [(name, str(reason or "unknown"), count) for reason, count in session.execute(letters)]
        with self._database.read() as session:
            size = session.scalar(text("SELECT pg_database_size(current_database())")) or 0
        return Operations(
            sizes.most_common(), self._blobs.free_bytes(), int(size), jobs, self._jobs.depths(), sorted(dead)
        )
