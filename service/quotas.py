"""How much a workspace may keep and use, and how long: its own bounds where it has some, else those of the server."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.errors import InputError, NotFound
from db.database import Database, one_at_a_time
from db.rows import ComparisonRow, DocumentRow, MembershipRow, MonthlyUseRow, WorkspaceRow
from service import audit
from service.access import Actor, Role
from service.settings import Settings
from service.views import as_uuid


class WorkspaceFull(InputError):
    """The workspace holds as much as it may."""

    code = "workspace_full"
    remedy = "Delete documents that are not needed, from the trash too, or ask an administrator for more room."


class MonthSpent(InputError):
    """The workspace has used as much as it may in this month."""

    code = "month_spent"
    remedy = "Wait for the next month, or ask an administrator for more."


Monthly = Literal["ocr_pages", "model_tokens"]  #: what is counted by the month
_COUNTED: dict[Monthly, str] = {
    "ocr_pages": "pages whose characters were recognised",
    "model_tokens": "tokens of the language model",
}


@dataclass(frozen=True, slots=True)
class Usage:
    """What a workspace holds and may hold, its trash included; 0 for a bound that is none.

    Attributes:
        ocr_pages: Pages whose characters were recognised in this month; likewise `model_tokens`.
        own_bytes: Its own bound; None where that of the server holds. Likewise the others that begin so.
        days: Comparisons, and documents without one, are deleted after so long.
    """

    id: str
    name: str
    members: int
    documents: int
    comparisons: int
    bytes: int
    most_bytes: int
    most_documents: int
    days: float
    ocr_pages: int
    most_ocr_pages: int
    model_tokens: int
    most_model_tokens: int
    own_bytes: int | None
    own_documents: int | None
    own_ocr_pages: int | None
    own_model_tokens: int | None
    own_days: float | None

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "name": self.name,
            "members": self.members,
            "documents": self.documents,
            "comparisons": self.comparisons,
            "bytes": self.bytes,
            "most_bytes": self.most_bytes,
            "most_documents": self.most_documents,
            "retention_days": self.days,
            "ocr_pages": self.ocr_pages,
            "most_ocr_pages": self.most_ocr_pages,
            "model_tokens": self.model_tokens,
            "most_model_tokens": self.most_model_tokens,
        }


class Quotas:
    """Looking at what workspaces hold, and bounding it."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._database = database

    def usage(self, actor: Actor) -> Usage:
        """Of the actor's workspace."""
        actor.require(Role.VIEWER)
        return self._usage(actor.workspace)

    def list(self, actor: Actor) -> list[Usage]:
        """Of all workspaces, the fullest first; for administrators. Numbers only: nothing of what is in them."""
        actor.require_admin()
        found = [self._usage(workspace) for workspace in self._database.workspaces()]
        return sorted(found, key=lambda usage: (-usage.bytes, usage.name))

    def bound(
        self,
        actor: Actor,
        workspace_id: str,
        *,
        most_bytes: int | None,
        most_documents: int | None,
        most_ocr_pages: int | None = None,
        most_model_tokens: int | None = None,
    ) -> Usage:
        """Give a workspace bounds of its own; None for those of the server, 0 for none. `Forbidden`, `NotFound`."""
        actor.require_admin()
        workspace = as_uuid(workspace_id)
        self._usage(workspace)
        with self._database.write(workspace) as session:
            values = {
                "most_bytes": most_bytes,
                "most_documents": most_documents,
                "most_ocr_pages": most_ocr_pages,
                "most_model_tokens": most_model_tokens,
            }
            session.execute(update(WorkspaceRow).where(WorkspaceRow.id == workspace).values(values))
            audit.note_of(
                session, "workspace.changed", workspace=workspace, user=actor.user, via=actor.via, subject=workspace,
                bytes=most_bytes, documents=most_documents, ocr_pages=most_ocr_pages, model_tokens=most_model_tokens,
            )  # fmt: skip
        return self._usage(workspace)

    def keep(self, actor: Actor, days: float | None) -> Usage:
        """How long the actor's workspace keeps what it has; None as the server does. Never longer than that."""
        actor.require(Role.OWNER)
        with self._database.write(actor.workspace) as session:
            kept = update(WorkspaceRow).where(WorkspaceRow.id == actor.workspace).values(retention_days=days)
            session.execute(kept)
            audit.note(session, actor, "workspace.changed", actor.workspace, retention_days=days)
        return self._usage(actor.workspace)

    def days(self, workspace: UUID) -> float:
        """After how many days a workspace's things are deleted; 0: never. For maintenance."""
        return self._usage(workspace).days

    def _usage(self, workspace: UUID) -> Usage:
        with self._database.read(workspace, with_trash=True, from_primary=True) as session:
            row = session.get(WorkspaceRow, workspace)
            if row is None:
                raise NotFound()
            documents, size = _held(session)
            return Usage(
                id=str(workspace),
                name=row.name,
                members=session.scalar(select(func.count()).select_from(MembershipRow)) or 0,
                documents=documents,
                comparisons=session.scalar(select(func.count()).select_from(ComparisonRow)) or 0,
                bytes=size,
                most_bytes=_or(row.most_bytes, self._settings.workspace_bytes),
                most_documents=_or(row.most_documents, self._settings.workspace_documents),
                days=_sooner(row.retention_days, self._settings.retention_days),
                ocr_pages=_used(session, "ocr_pages"),
                most_ocr_pages=_or(row.most_ocr_pages, self._settings.workspace_ocr_pages),
                model_tokens=_used(session, "model_tokens"),
                most_model_tokens=_or(row.most_model_tokens, self._settings.workspace_model_tokens),
                own_bytes=row.most_bytes,
                own_documents=row.most_documents,
                own_ocr_pages=row.most_ocr_pages,
                own_model_tokens=row.most_model_tokens,
                own_days=row.retention_days,
            )


def refuse_full(session: Session, settings: Settings, workspace: UUID, size_bytes: int) -> None:
    """Return when one more document of this size fits; in the transaction that stores it, one at a time.

    Raises:
        WorkspaceFull: It does not.
    """
    row = session.get_one(WorkspaceRow, workspace)
    most_bytes = _or(row.most_bytes, settings.workspace_bytes)
    most_documents = _or(row.most_documents, settings.workspace_documents)
    if not most_bytes and not most_documents:
        return
    one_at_a_time(session, f"{workspace}/quota")
    documents, size = _held(session)
    if most_documents and documents >= most_documents:
        raise WorkspaceFull(f"The workspace holds {documents:,} documents, which is the limit.")
    if most_bytes and size + size_bytes > most_bytes:
        raise WorkspaceFull(
            f"The workspace holds {_mb(size)} of {_mb(most_bytes)}, and this document has {_mb(size_bytes)}."
        )


def count_use(session: Session, workspace: UUID, kind: Monthly, count: int) -> None:
    """Add to what a workspace has used in this month; in the transaction of what used it."""
    if count <= 0:
        return
    first = insert(MonthlyUseRow).values(workspace_id=workspace, month=_month(), kind=kind, used=count)
    session.execute(
        first.on_conflict_do_update(
            index_elements=["workspace_id", "month", "kind"], set_={"used": MonthlyUseRow.used + count}
        )
    )


def refuse_spent(session: Session, settings: Settings, workspace: UUID, kind: Monthly, *, remedy: str = "") -> None:
    """Return while a workspace may use more in this month. What has begun is finished, so a little more may be used.

    Raises:
        MonthSpent: It may not.
    """
    row = session.get_one(WorkspaceRow, workspace)
    own, servers = {
        "ocr_pages": (row.most_ocr_pages, settings.workspace_ocr_pages),
        "model_tokens": (row.most_model_tokens, settings.workspace_model_tokens),
    }[kind]
    most = _or(own, servers)
    if most and (used := _used(session, kind)) >= most:
        said = f"The workspace has used {used:,} of {most:,} {_COUNTED[kind]} in this month."
        raise MonthSpent(said, remedy=f"{remedy} {MonthSpent.remedy}".strip())


def _used(session: Session, kind: Monthly) -> int:
    wanted = select(MonthlyUseRow.used).where(MonthlyUseRow.month == _month(), MonthlyUseRow.kind == kind)
    return session.scalar(wanted) or 0


def _month() -> date:
    return datetime.now(UTC).date().replace(day=1)


def _held(session: Session) -> tuple[int, int]:
    documents, size = session.execute(
        select(func.count(), func.coalesce(func.sum(DocumentRow.size_bytes), 0)).select_from(DocumentRow)
    ).one()
    return int(documents), int(size)


def _or(own: int | None, servers: int) -> int:
    return servers if own is None else own


def _sooner(own: float | None, servers: float) -> float:
    bounds = [days for days in (own, servers) if days]
    return min(bounds, default=0.0)


def _mb(size: int) -> str:
    return f"{size / 1_000_000:,.1f} MB"
