"""The audit log: who did what and when. It can be added to and read, by the rights of the database's role too.

Written in the transaction of what it tells of, so that neither is there without the other. It holds ids, roles and
counts; never a document's name or text, so nothing of a document outlives its deletion here.
"""

from __future__ import annotations

import csv
import io
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.errors import StorageError
from core.faces.csv import harmless
from db.database import Database
from db.rows import AuditRow, UserRow
from service.access import Actor, Role
from service.views import as_uuid, iso

log = logging.getLogger(__name__)

MOST_LISTED = 200


#: action → how a person says it
ACTIONS = {
    "signed_in": "signed in",
    "sign_in.refused": "was refused at sign-in",
    "sign_in.locked": "was locked out after wrong passwords",
    "signed_out": "signed out",
    "session.ended": "ended a session",
    "password.changed": "changed a password",
    "password.reset": "reset a password",
    "identity.added": "connected an account with the organisation's sign-in",
    "identity.removed": "disconnected an account from the organisation's sign-in",
    "second_step.added": "set up an authenticator",
    "second_step.removed": "took an authenticator away",
    "second_step.used": "used a recovery code",
    "user.added": "added a person",
    "user.changed": "changed a person's account",
    "workspace.added": "added a workspace",
    "workspace.changed": "changed a workspace",
    "member.invited": "invited somebody",
    "invitation.withdrawn": "withdrew an invitation",
    "member.joined": "joined",
    "member.changed": "changed a role",
    "member.removed": "removed a member",
    "token.added": "made a token for a program",
    "token.revoked": "revoked a token",
    "webhook.added": "added a webhook",
    "webhook.changed": "changed a webhook",
    "webhook.deleted": "deleted a webhook",
    "document.uploaded": "uploaded a document",
    "document.read": "downloaded a document",
    "document.copied": "copied a document to another workspace",
    "document.trashed": "put a document into the trash",
    "document.restored": "took a document out of the trash",
    "document.deleted": "deleted a document for good",
    "document.gone": "left nothing of a deleted document",
    "document.left": "deleted a document whose bytes another one has",
    "extraction.asked": "extracted from a document",
    "extraction.read": "downloaded what was extracted",
    "assistant.asked": "asked the assistant",
    "search.language": "chose the language of a document",
    "comparison.asked": "compared two documents",
    "batch.asked": "compared many documents",
    "comparison.viewed": "looked at a result",
    "comparison.exported": "exported a result",
    "comparison.copied": "copied a comparison to another workspace",
    "comparison.trashed": "put a comparison into the trash",
    "comparison.restored": "took a comparison out of the trash",
    "comparison.deleted": "deleted a comparison for good",
    "job.purged": "deleted jobs that failed for good",
    "retention.applied": "deleted what was older than the workspace keeps it",
    "review.decided": "decided on changes",
    "review.commented": "commented on a change",
    "review.comment_deleted": "deleted a comment",
    "review.assigned": "assigned a change",
    "review.signed": "signed a comparison off",
    "review.withdrawn": "withdrew a signature",
    "share.added": "shared a result by a link",
    "share.revoked": "ended a link",
    "share.viewed": "opened a shared result",
}


#: what a person filters by → the actions, one that ends with a dot for all that begin so
FAMILIES = {
    "Sign-in and accounts": ("signed_", "sign_in.", "session.", "password.", "identity.", "second_step.", "user."),
    "Uploads and downloads": ("document.uploaded", "document.read"),
    "Comparing": ("comparison.asked",),
    "Looking at results": ("comparison.viewed", "share.viewed"),
    "Exports": ("comparison.exported",),
    "Sharing": ("share.", "document.copied", "comparison.copied"),
    "Deleting": (
        *(f"document.{what}" for what in ("trashed", "restored", "deleted", "gone", "left")),
        *(f"comparison.{what}" for what in ("trashed", "restored", "deleted")),
        "job.purged",
        "retention.applied",
    ),
    "Reviews": ("review.",),
    "Extracting": ("extraction.",),
    "Roles, members and workspaces": ("member.", "invitation.", "workspace."),
    "Tokens and webhooks": ("token.", "webhook."),
}


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One thing that was done.

    Attributes:
        who: The user's name as it is now; empty for nobody, or for one who is gone.
        via: web, api, link or console.
    """

    id: int
    at: datetime
    user: str | None
    who: str
    via: str
    action: str
    subject: str | None
    detail: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "at": iso(self.at),
            "user": self.user,
            "who": self.who,
            "via": self.via,
            "action": self.action,
            "subject": self.subject,
            "detail": self.detail,
        }


def note(
    session: Session, actor: Actor, action: str, subject: UUID | str | None = None, **detail: str | float | bool | None
) -> None:
    """Add an entry to the log of the actor's workspace, in the transaction of what was done."""
    note_of(session, action, workspace=actor.workspace, user=actor.user, via=actor.via, subject=subject, **detail)


def note_read(database: Database, actor: Actor, action: str, subject: str, **detail: str | float | bool | None) -> None:
    """Add an entry about something that was only looked at; where the log cannot be written, that is a line of ours.

    Reading goes on while the primary is away, and the log cannot be written then.
    """
    if actor.via == "link":
        return  # noted as what it is by `service.shares`
    try:
        with database.write(actor.workspace) as session:
            note(session, actor, action, subject, **detail)
    except StorageError as error:
        log.warning("audit lost", extra={"action": "audit_lost", "reason": error.code})


def note_of(
    session: Session,
    action: str,
    *,
    workspace: UUID | None = None,
    user: UUID | None = None,
    via: str = "web",
    subject: UUID | str | None = None,
    **detail: str | float | bool | None,
) -> None:
    """Add an entry where there is no actor (yet): without a workspace it is the server's, for administrators."""
    assert action in ACTIONS, action
    session.execute(
        # Not what the ORM would do: it asks for the new row's id, which who writes the server's log may not see.
        insert(AuditRow)
        .inline()
        .values(
            workspace_id=workspace,
            user_id=user,
            via=via,
            action=action,
            subject_id=UUID(subject) if isinstance(subject, str) else subject,
            detail=detail,
        )
    )


class Audit:
    """Reading the log."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(
        self,
        actor: Actor,
        *,
        actions: Sequence[str] = (),
        user: str | None = None,
        subject: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 50,
        before: int | None = None,
        whole_server: bool = False,
    ) -> tuple[list[AuditEntry], int | None]:
        """The newest entries of the workspace, and the number to give as `before` for the next page.

        Args:
            actions: Only these; one that ends with a dot stands for all that begin so.
            user: Id of who did it.
            subject: Id of what it was done to.
            since: Not before.
            until: Before.
            limit: At most so many.
            before: Only entries with a lower number.
            whole_server: All workspaces and what is in none, for administrators.

        Raises:
            Forbidden: The log of a workspace is its owners', that of the server its administrators'.
        """
        limit = max(1, min(limit, MOST_LISTED))
        wanted = _wanted(actions, user, subject, since, until)
        if before is not None:
            wanted = wanted.where(AuditRow.id < before)
        with self._reading(actor, whole_server) as session:
            rows = session.execute(wanted.limit(limit + 1)).all()
        entries = [_entry(row, name) for row, name in rows[:limit]]
        return entries, entries[-1].id if len(rows) > limit else None

    def export(self, actor: Actor, *, whole_server: bool = False, **filters: Any) -> Iterator[str]:
        """All entries that fit as CSV, newest first, in pieces."""
        line = io.StringIO()
        writer = csv.writer(line)
        writer.writerow(("id", "at", "user", "who", "via", "action", "subject", "detail"))
        before: int | None = None
        while True:
            found, before = self.list(actor, limit=MOST_LISTED, before=before, whole_server=whole_server, **filters)
            for entry in found:
                told = " ".join(f"{name}={value}" for name, value in entry.detail.items())
                row = (entry.id, iso(entry.at), entry.user, entry.who, entry.via, entry.action, entry.subject, told)
                writer.writerow(harmless(str(cell) if cell is not None else "") for cell in row)
            yield line.getvalue()
            line.seek(0)
            line.truncate()
            if before is None:
                return

    def _reading(self, actor: Actor, whole_server: bool) -> Any:
        if whole_server:
            actor.require_admin()
            return self._database.read(user=actor.user, from_primary=True)
        actor.require(Role.OWNER)
        return self._database.read(actor.workspace, from_primary=True)


def _wanted(
    actions: Sequence[str], user: str | None, subject: str | None, since: datetime | None, until: datetime | None
) -> Select[AuditRow, str | None]:
    wanted = select(AuditRow, UserRow.name).outerjoin(UserRow, UserRow.id == AuditRow.user_id)
    if actions:
        chosen = {known for known in ACTIONS for asked in actions if known == asked or known.startswith(_family(asked))}
        wanted = wanted.where(AuditRow.action.in_(chosen))
    if user is not None:
        wanted = wanted.where(AuditRow.user_id == as_uuid(user))
    if subject is not None:
        wanted = wanted.where(AuditRow.subject_id == as_uuid(subject))
    if since is not None:
        wanted = wanted.where(AuditRow.at >= since)
    if until is not None:
        wanted = wanted.where(AuditRow.at < until)
    return wanted.order_by(AuditRow.id.desc())


def _family(asked: str) -> str:
    return asked if asked.endswith((".", "_")) else "\0"


def _entry(row: AuditRow, name: str | None) -> AuditEntry:
    return AuditEntry(
        id=row.id,
        at=row.at,
        user=None if row.user_id is None else str(row.user_id),
        who=name or "",
        via=row.via,
        action=row.action,
        subject=None if row.subject_id is None else str(row.subject_id),
        detail=row.detail,
    )
