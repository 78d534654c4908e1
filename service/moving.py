"""Documents and comparisons from one workspace to another, by who may work in both."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, insert, select
from sqlalchemy.dialects.postgresql import insert as insert_or_nothing

from core.errors import InputError, NotFound
from db.blobs import Blobs
from db.database import Database
from db.rows import ChangeRow, ComparisonRow, DocumentRow, JobRow
from service import audit, queue
from service.access import Actor, Forbidden, Role
from service.documents import find_document, lock_bytes
from service.quotas import refuse_full
from service.settings import Settings
from service.trash import Kind, Trash
from service.users import Users
from service.views import NotReady, as_uuid

_CHUNK_BYTES = 1 << 20
_ROWS_AT_ONCE = 5000
_OWN = {"id", "workspace_id", "comparison_id"}  # what a copied change has of its own


class BadMove(InputError):
    """It is in that workspace already."""

    code = "bad_move"
    remedy = "Choose another workspace."


class Moving:
    """Use cases between workspaces. What is copied has no tie to where it came from; reviews and links stay there."""

    def __init__(self, settings: Settings, database: Database, blobs: Blobs, users: Users, trash: Trash) -> None:
        self._settings = settings
        self._database = database
        self._blobs = blobs
        self._users = users
        self._trash = trash

    def copy(self, actor: Actor, kind: Kind, id_: str, workspace_id: str, *, move: bool = False) -> str:
        """Put a document, or a comparison with its two documents and its result, into another workspace; its id there.

        Args:
            actor: Works in the workspace where it is.
            kind: What it is.
            id_: Which.
            workspace_id: Where it is to be; what is there already is left as it is.
            move: Put it into the trash here afterwards; of a comparison that alone, not its documents.

        Raises:
            Forbidden: He is no editor in both, or a token asks, which is for one workspace.
            NotFound: It does not exist, or he is no member of the other workspace.
            NotReady: The comparison has no result yet.
            WorkspaceFull: It does not fit there.
        """
        actor.require(Role.EDITOR)
        if actor.via == "api":
            raise Forbidden("A token is for one workspace.", remedy="Sign in with a browser.")
        there = self._users.actor(actor.user, as_uuid(workspace_id), via=actor.via)
        there.require(Role.EDITOR)
        if there.workspace == actor.workspace:
            raise BadMove()
        made = self._document(actor, there, id_) if kind == "document" else self._comparison(actor, there, id_)
        with self._database.write(actor.workspace) as session:
            audit.note(session, actor, f"{kind}.copied", id_, to=workspace_id, moved=move)
        if move:
            self._trash.put(actor, kind, id_)
        return str(made)

    def _document(self, actor: Actor, there: Actor, document_id: str) -> UUID:
        with self._database.read(actor.workspace, from_primary=True) as session:
            found = find_document(session, document_id)
        incoming = self._blobs.receive()
        try:
            fd = self._blobs.open(actor.workspace, "pdf", found.sha256)
            try:
                while chunk := os.read(fd, _CHUNK_BYTES):
                    incoming.write(chunk)
            finally:
                os.close(fd)
            with self._database.write(there.workspace, with_trash=True) as session:
                lock_bytes(session, there.workspace, found.sha256)
                same = select(DocumentRow).where(DocumentRow.sha256 == found.sha256, DocumentRow.name == found.name)
                row = session.scalars(same).one_or_none()
                if row is not None:
                    row.deleted_at = row.deleted_by = None
                    return row.id
                refuse_full(session, self._settings, there.workspace, found.size_bytes)
                self._blobs.keep(there.workspace, "pdf", incoming)
                id_ = uuid4()
                values = {
                    "id": id_,
                    "workspace_id": there.workspace,
                    "name": found.name,
                    "sha256": found.sha256,
                    "size_bytes": found.size_bytes,
                    "page_count": found.page_count,
                    "created_by": there.user,
                }
                session.execute(insert(DocumentRow).values(values))
                audit.note(session, there, "document.uploaded", id_, bytes=found.size_bytes, copied=True)
                return id_
        finally:
            incoming.discard()

    def _comparison(self, actor: Actor, there: Actor, comparison_id: str) -> UUID:
        with self._database.read(actor.workspace, from_primary=True) as session:
            found = session.get(ComparisonRow, as_uuid(comparison_id))
            if found is None:
                raise NotFound()
            columns = [c.key for c in ChangeRow.__table__.columns if c.key not in _OWN]
            changes = [
                {name: getattr(change, name) for name in columns}
                for change in session.scalars(select(ChangeRow).where(ChangeRow.comparison_id == found.id))
            ]
        if found.result_sha256 is None:
            raise NotReady()
        sides = {side: self._document(actor, there, str(getattr(found, side))) for side in ("old_id", "new_id")}
        self._blobs.put(there.workspace, "result", self._blobs.get(actor.workspace, "result", found.result_sha256))
        job, new = uuid4(), uuid4()
        copied = ("key", "content_key", "options", "engine_version", "summary", "identical", "result_sha256")
        values: dict[str, Any] = {name: getattr(found, name) for name in copied}
        with self._database.write(there.workspace, with_trash=True) as session:
            known = session.scalars(select(ComparisonRow).where(ComparisonRow.key == found.key)).one_or_none()
            if known is not None:
                known.deleted_at = known.deleted_by = known.deleted_with = None
                return known.id
            now = datetime.now(UTC)
            session.execute(
                insert(JobRow).values(
                    id=job, workspace_id=there.workspace, kind="compare", queue=queue.COMPARE, state="done",
                    created_by=there.user, started_at=now, finished_at=now,
                )
            )  # fmt: skip
            own = {"id": new, "workspace_id": there.workspace, "job_id": job, "created_by": there.user}
            made = insert_or_nothing(ComparisonRow).values({**values, **sides, **own}).on_conflict_do_nothing()
            if session.scalar(made.returning(ComparisonRow.id)) is None:  # somebody copied it at this moment
                session.execute(delete(JobRow).where(JobRow.id == job))
                return session.scalars(select(ComparisonRow.id).where(ComparisonRow.key == found.key)).one()
            rows = [{**change, "workspace_id": there.workspace, "comparison_id": new} for change in changes]
            for start in range(0, len(rows), _ROWS_AT_ONCE):
                session.execute(insert(ChangeRow), rows[start : start + _ROWS_AT_ONCE])
            audit.note(session, there, "comparison.asked", new, copied=True)
        return new
