"""Many comparisons that are asked for together, and what came of them as one table."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import delete, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased

from core.errors import NotFound
from core.faces.csv import harmless
from core.options import CompareOptions
from db.database import Database
from db.rows import BatchItemRow, BatchRow, ChangeRow, ComparisonRow, DocumentRow, JobRow
from service import audit
from service.access import Actor, Role
from service.comparisons import Comparisons, restoring
from service.jobs import Jobs
from service.views import as_uuid, cursor, iso, read_cursor

MOST_PAIRS = 500
MOST_LISTED = 200

_Old, _New = aliased(DocumentRow), aliased(DocumentRow)


class Pair(NamedTuple):
    """Ids of two documents, and what the table calls them."""

    old: str
    new: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class BatchItem:
    """A line of the table; without a comparison, that was deleted. `error` is the code of why it failed."""

    ordinal: int
    label: str
    comparison: str | None
    state: str
    old_name: str | None
    new_name: str | None
    identical: bool | None
    complete: bool | None
    changes: int | None
    major: int | None
    error: str | None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class BatchView:
    """A batch summed up; `states` counts its pairs by state."""

    id: str
    name: str
    created_at: datetime
    total: int
    states: dict[str, int]
    identical: int
    changed: int
    changes: int
    major: int

    @property
    def is_live(self) -> bool:
        """Whether some are still to be done."""
        return any(self.states.get(state) for state in ("queued", "running"))

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "created_at": iso(self.created_at), "is_live": self.is_live}


class Batches:
    """Use cases of batches."""

    def __init__(self, database: Database, comparisons: Comparisons, jobs: Jobs) -> None:
        self._database = database
        self._comparisons = comparisons
        self._jobs = jobs

    def begin(self, actor: Actor, name: str, pairs: Sequence[Pair], options: CompareOptions) -> BatchView:
        """Ask for all of them, or for none.

        Raises:
            NotFound: A document does not exist in this workspace.
            TooManyJobs: There are more than the actor may have waiting.
        """
        actor.require(Role.EDITOR)
        batch = restoring(self._database, actor, lambda: self._begin(actor, name, pairs, options))
        return self._get(actor, batch)

    def _begin(self, actor: Actor, name: str, pairs: Sequence[Pair], options: CompareOptions) -> UUID:
        batch = uuid4()
        with self._database.write(actor.workspace) as session:
            values = {"id": batch, "workspace_id": actor.workspace, "name": name, "created_by": actor.user}
            session.execute(insert(BatchRow).values(values))
            # In one order for everybody: each question takes a lock, and two batches must not wait for each other.
            in_order = sorted(enumerate(pairs), key=lambda numbered: (numbered[1].old, numbered[1].new))
            items = [
                {
                    "batch_id": batch,
                    "ordinal": ordinal,
                    "workspace_id": actor.workspace,
                    "comparison_id": self._comparisons.ask(session, actor, pair.old, pair.new, options),
                    "label": pair.label,
                }
                for ordinal, pair in in_order
            ]
            session.execute(insert(BatchItemRow), items)
            audit.note(session, actor, "batch.asked", batch, pairs=len(pairs))
        return batch

    def get(self, actor: Actor, batch_id: str) -> BatchView:
        """One batch; `NotFound`."""
        actor.require(Role.VIEWER)
        return self._get(actor, as_uuid(batch_id))

    def list(
        self, actor: Actor, *, limit: int = 50, after: str | None = None
    ) -> tuple[list[BatchView], str | None]:  # fmt: skip
        """The newest batches, and where the next page begins."""
        actor.require(Role.VIEWER)
        limit = max(1, min(limit, MOST_LISTED))
        wanted = select(BatchRow).order_by(BatchRow.created_at.desc(), BatchRow.id.desc()).limit(limit + 1)
        if after is not None:
            wanted = wanted.where(tuple_(BatchRow.created_at, BatchRow.id) < read_cursor(after))
        with self._database.read(actor.workspace) as session:
            rows = session.scalars(wanted).all()
            views = [_view(session, row) for row in rows[:limit]]
        more = cursor(rows[limit - 1].created_at, rows[limit - 1].id) if len(rows) > limit else None
        return views, more

    def items(
        self, actor: Actor, batch_id: str, *, limit: int = 100, after: int | None = None
    ) -> tuple[Sequence[BatchItem], int | None]:
        """The lines of the table in the order of the pairs, and where the next page begins; `NotFound`."""
        actor.require(Role.VIEWER)
        limit = max(1, min(limit, MOST_LISTED))
        batch = as_uuid(batch_id)
        with self._database.read(actor.workspace) as session:
            if session.get(BatchRow, batch) is None:
                raise NotFound()
            found = _items(session, batch, limit + 1, after)
        return found[:limit], found[limit - 1].ordinal if len(found) > limit else None

    def export(self, actor: Actor, batch_id: str) -> Iterator[str]:
        """The whole table as CSV, in pieces; `NotFound` with the first."""
        line = io.StringIO()
        writer = csv.writer(line)
        columns = list(BatchItem.__dataclass_fields__)
        writer.writerow(columns)
        after: int | None = None
        while True:
            found, after = self.items(actor, batch_id, limit=MOST_LISTED, after=after)
            for item in found:
                cells = (getattr(item, column) for column in columns)
                writer.writerow("" if cell is None else harmless(str(cell)) for cell in cells)
            yield line.getvalue()
            line.seek(0)
            line.truncate()
            if after is None:
                return

    def cancel(self, actor: Actor, batch_id: str) -> BatchView:
        """Stop those that wait or run, unless another batch wants them too; those that have ended stay; `NotFound`."""
        actor.require(Role.EDITOR)
        view = self._get(actor, as_uuid(batch_id))
        other = aliased(BatchItemRow)
        mine = (
            select(JobRow.id)
            .join(ComparisonRow, ComparisonRow.job_id == JobRow.id)
            .join(BatchItemRow, BatchItemRow.comparison_id == ComparisonRow.id)
            .where(
                BatchItemRow.batch_id == UUID(view.id),
                JobRow.state.in_(("queued", "running")),
                ~select(other.ordinal)
                .where(other.comparison_id == ComparisonRow.id, other.batch_id != UUID(view.id))
                .exists(),
            )
            .distinct()
        )
        with self._database.read(actor.workspace, from_primary=True) as session:
            jobs = session.scalars(mine).all()
        for job in jobs:
            self._jobs.cancel(actor, str(job))
        return self._get(actor, UUID(view.id))

    def delete(self, actor: Actor, batch_id: str) -> None:
        """Forget the batch; its comparisons stay. `NotFound`."""
        actor.require(Role.EDITOR)
        with self._database.write(actor.workspace) as session:
            gone = delete(BatchRow).where(BatchRow.id == as_uuid(batch_id)).returning(BatchRow.id)
            if session.execute(gone).one_or_none() is None:
                raise NotFound()

    def _get(self, actor: Actor, batch: UUID) -> BatchView:
        with self._database.read(actor.workspace) as session:
            row = session.get(BatchRow, batch)
            if row is None:
                raise NotFound()
            return _view(session, row)


def _view(session: Session, row: BatchRow) -> BatchView:
    items = _items(session, row.id, MOST_PAIRS, None)
    states: dict[str, int] = {}
    for item in items:
        states[item.state] = states.get(item.state, 0) + 1
    return BatchView(
        id=str(row.id),
        name=row.name,
        created_at=row.created_at,
        total=len(items),
        states=states,
        identical=sum(item.identical is True for item in items),
        changed=sum(item.identical is False for item in items),
        changes=sum(item.changes or 0 for item in items),
        major=sum(item.major or 0 for item in items),
    )


def _items(session: Session, batch: UUID, limit: int, after: int | None) -> list[BatchItem]:
    """The lines after an ordinal, with what is known of each comparison."""
    wanted = (
        select(BatchItemRow, ComparisonRow, _Old.name, _New.name, JobRow.state, JobRow.error)
        .outerjoin(ComparisonRow, ComparisonRow.id == BatchItemRow.comparison_id)
        .outerjoin(_Old, _Old.id == ComparisonRow.old_id)
        .outerjoin(_New, _New.id == ComparisonRow.new_id)
        .outerjoin(JobRow, JobRow.id == ComparisonRow.job_id)
        .where(BatchItemRow.batch_id == batch)
        .order_by(BatchItemRow.ordinal)
        .limit(limit)
    )
    if after is not None:
        wanted = wanted.where(BatchItemRow.ordinal > after)
    rows = session.execute(wanted).all()
    done = [row[1].id for row in rows if row[1] is not None and row[1].summary is not None]
    counted = (
        select(ChangeRow.comparison_id, func.count(), func.count().filter(ChangeRow.severity == "major"))
        .where(ChangeRow.comparison_id.in_(done))
        .group_by(ChangeRow.comparison_id)
    )
    counts = {comparison: (all_, major) for comparison, all_, major in session.execute(counted)}
    return [_item(*row, counts=counts) for row in rows]


def _item(
    item: BatchItemRow,
    comparison: ComparisonRow | None,
    old_name: str | None,
    new_name: str | None,
    state: str | None,
    error: dict[str, Any] | None,
    *,
    counts: dict[UUID, tuple[int, int]],
) -> BatchItem:
    summary = None if comparison is None else comparison.summary
    changes, major = (None, None)
    if comparison is not None and summary is not None:
        changes, major = counts.get(comparison.id, (0, 0))
    return BatchItem(
        ordinal=item.ordinal,
        label=item.label,
        comparison=None if comparison is None else str(comparison.id),
        state=state or "deleted",
        old_name=old_name,
        new_name=new_name,
        identical=None if comparison is None else comparison.identical,
        complete=None if summary is None else bool(summary.get("complete", True)),
        changes=changes,
        major=major,
        error=None if error is None else str(error["code"]),
    )
