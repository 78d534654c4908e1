"""Large files that come in parts: what has come is in the store and in the database, so any replica can go on.

The parts of an upload follow each other without a gap. Each is a blob before its row is there, and its row moves the
upload's offset only from where the part begins: of two senders at the same place one is told that he is late.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from core.errors import InputError, NotFound
from db.blobs import Blobs, Incoming
from db.database import Database
from db.rows import DocumentRow, UploadPartRow, UploadRow
from service.access import Actor, Role
from service.documents import Documents, clean_name, document_view, lock_bytes
from service.quotas import WorkspaceFull, refuse_full
from service.settings import Settings
from service.views import DocumentView, as_uuid, iso

PART_BYTES = 8 * 1024 * 1024  #: what is lost at most when a replica dies while it receives
MOST_PARTS = 2000
MOST_OPEN = 20  #: unfinished uploads of one user
LIFE_SECONDS = 24 * 3600  #: an upload that nobody goes on with is removed so long after its last part
_COPY_BYTES = 1024 * 1024


class WrongOffset(InputError):
    """The upload has come to another place than the one given in Upload-Offset."""

    code = "wrong_offset"
    remedy = "Ask with HEAD how far it has come, and go on from there."


class TooManyUploads(InputError):
    """There are as many unfinished uploads as may be."""

    code = "too_many_uploads"
    remedy = "Finish or delete the others first."


class MoreThanSaid(InputError):
    """More bytes came than the upload was said to have."""

    code = "more_than_said"
    remedy = "Begin a new upload with the right Upload-Length."


class TooManyParts(InputError):
    """The upload came in too many parts."""

    code = "too_many_parts"
    remedy = "Begin a new upload and send larger parts, such as of 8 MB."


@dataclass(frozen=True, slots=True)
class UploadView:
    """How far an upload has come.

    Attributes:
        document: What it became; None until it is complete.
        expires_at: Until when it can be gone on with.
    """

    id: str
    name: str
    size_bytes: int
    received_bytes: int
    document: DocumentView | None
    expires_at: datetime

    @property
    def is_complete(self) -> bool:
        return self.received_bytes == self.size_bytes

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "name": self.name,
            "size_bytes": self.size_bytes,
            "received_bytes": self.received_bytes,
            "document": None if self.document is None else self.document.to_json(),
            "expires_at": iso(self.expires_at),
        }


class Stretch:
    """Bytes of an upload on their way in, from its offset: `write`, then `close`. What has come by then stays."""

    def __init__(self, uploads: Uploads, actor: Actor, upload: UploadView) -> None:
        self._uploads = uploads
        self._actor = actor
        self._upload = upload
        self._start = upload.received_bytes
        self._incoming: Incoming | None = None

    @property
    def offset(self) -> int:
        """Up to where everything is kept."""
        return self._start

    def write(self, chunk: bytes) -> None:
        """Add bytes.

        Raises:
            MoreThanSaid: They go beyond the upload's size.
            WrongOffset: Somebody else went on with the upload meanwhile.
        """
        if self._incoming is None:
            self._incoming = self._uploads.incoming()
        if self._start + self._incoming.size_bytes + len(chunk) > self._upload.size_bytes:
            raise MoreThanSaid()
        self._incoming.write(chunk)
        if self._incoming.size_bytes >= PART_BYTES:
            self.close()

    def close(self) -> None:
        """Keep what has come."""
        incoming, self._incoming = self._incoming, None
        if incoming is None:
            return
        try:
            if incoming.size_bytes:
                self._uploads.keep(self._actor, self._upload.id, self._start, incoming)
                self._start += incoming.size_bytes
        finally:
            incoming.discard()

    def discard(self) -> None:
        """Forget what is not kept yet. Harmless after `close`."""
        if self._incoming is not None:
            self._incoming.discard()
            self._incoming = None


class Uploads:
    """Use cases of uploads. Each is its maker's alone."""

    def __init__(self, settings: Settings, database: Database, blobs: Blobs, documents: Documents) -> None:
        self._settings = settings
        self._database = database
        self._blobs = blobs
        self._documents = documents

    def begin(
        self, actor: Actor, name: str, size_bytes: int, *, sha256: str | None = None, version_of: str | None = None
    ) -> UploadView:
        """A new upload, without a byte yet.

        Raises:
            FileTooLarge: It is larger than a document may be.
            WorkspaceFull: It would not fit.
            TooManyUploads: The actor has begun too many and finished none.
        """
        actor.require(Role.EDITOR)
        self._documents.receive(actor, name, size_hint=size_bytes, version_of=version_of).abort()
        expires_at = datetime.now(UTC) + timedelta(seconds=LIFE_SECONDS)
        with self._database.write(actor.workspace) as session:
            refuse_full(session, self._settings, actor.workspace, size_bytes)
            mine = select(func.count()).select_from(UploadRow).where(
                UploadRow.created_by == actor.user, UploadRow.document_id.is_(None)
            )  # fmt: skip
            if (session.scalar(mine) or 0) >= MOST_OPEN:
                raise TooManyUploads(f"{MOST_OPEN} of your uploads are unfinished, which is the limit.")
            values = {
                "id": uuid4(),
                "workspace_id": actor.workspace,
                "name": clean_name(name),
                "size_bytes": size_bytes,
                "sha256": sha256,
                "version_of": None if version_of is None else as_uuid(version_of),
                "created_by": actor.user,
                "expires_at": expires_at,
            }
            row = session.execute(insert(UploadRow).values(values).returning(UploadRow)).scalar_one()
        return _view(row, None)

    def get(self, actor: Actor, upload_id: str) -> UploadView:
        """One upload of the actor's; `NotFound`."""
        actor.require(Role.EDITOR)
        with self._database.read(actor.workspace, from_primary=True) as session:
            row = session.get(UploadRow, as_uuid(upload_id))
            if row is None or row.created_by != actor.user or row.expires_at <= datetime.now(UTC):
                raise NotFound()
            document = None if row.document_id is None else session.get(DocumentRow, row.document_id)
        return _view(row, None if document is None else document_view(document))

    def go_on(self, actor: Actor, upload_id: str, offset: int) -> Stretch:
        """Bytes from `offset` on are to come.

        Raises:
            NotFound: There is no such upload of the actor's.
            WrongOffset: It has not come to there, or further.
        """
        upload = self.get(actor, upload_id)
        if upload.received_bytes != offset:
            raise WrongOffset()
        return Stretch(self, actor, upload)

    def finish(self, actor: Actor, upload_id: str) -> UploadView:
        """The upload; a complete one becomes a document now, if it has not yet.

        A file that cannot be used is forgotten with its upload; any other trouble leaves both, to be tried again.

        Raises:
            InputError: It is not a PDF that can be compared, or not what its sender says it is.
        """
        upload = self.get(actor, upload_id)
        if not upload.is_complete or upload.document is not None:
            return upload
        with self._database.read(actor.workspace, from_primary=True) as session:
            row = session.get_one(UploadRow, UUID(upload_id))
            parts = select(UploadPartRow).where(UploadPartRow.upload_id == row.id).order_by(UploadPartRow.start)
            digests = [part.sha256 for part in session.scalars(parts)]
        receiving = self._documents.receive(
            actor,
            row.name,
            size_hint=row.size_bytes,
            sha256=row.sha256,
            version_of=None if row.version_of is None else str(row.version_of),
        )
        try:
            for digest in digests:
                self._copy(actor, digest, receiving.write)
            document = receiving.commit()
        except WorkspaceFull:  # no fault of the file: there may be room later
            raise
        except InputError:
            self.delete(actor, upload_id)
            raise
        finally:
            receiving.abort()
        with self._database.write(actor.workspace) as session:
            session.execute(delete(UploadPartRow).where(UploadPartRow.upload_id == row.id))
            session.execute(update(UploadRow).where(UploadRow.id == row.id).values(document_id=UUID(document.id)))
        drop_parts(self._database, self._blobs, actor.workspace, digests)
        return self.get(actor, upload_id)

    def delete(self, actor: Actor, upload_id: str) -> None:
        """Forget an upload and what has come of it; a document that it became stays. `NotFound`."""
        actor.require(Role.EDITOR)
        upload = self.get(actor, upload_id)
        with self._database.write(actor.workspace) as session:
            gone = delete(UploadPartRow).where(UploadPartRow.upload_id == UUID(upload.id))
            digests = session.scalars(gone.returning(UploadPartRow.sha256)).all()
            session.execute(delete(UploadRow).where(UploadRow.id == UUID(upload.id)))
        drop_parts(self._database, self._blobs, actor.workspace, digests)

    # ---- for `Stretch`

    def incoming(self) -> Incoming:
        """A place for bytes on their way in."""
        return self._blobs.receive()

    def keep(self, actor: Actor, upload_id: str, start: int, incoming: Incoming) -> None:
        """Keep a part and move the offset behind it; `WrongOffset` when it is not where the part begins any more."""
        actor.require(Role.EDITOR)
        os.close(incoming.sync())
        id_, size, digest = UUID(upload_id), incoming.size_bytes, incoming.sha256
        with self._database.write(actor.workspace) as session:
            moved = (
                update(UploadRow)
                .where(UploadRow.id == id_, UploadRow.received_bytes == start)
                .values(
                    received_bytes=start + size, expires_at=datetime.now(UTC) + timedelta(seconds=LIFE_SECONDS)
                )
            )  # fmt: skip
            if session.execute(moved.returning(UploadRow.id)).one_or_none() is None:
                raise WrongOffset()
            parts = select(func.count()).select_from(UploadPartRow).where(UploadPartRow.upload_id == id_)
            if (session.scalar(parts) or 0) >= MOST_PARTS:
                raise TooManyParts()
            lock_bytes(session, actor.workspace, digest)  # against `drop_parts` of the same bytes at this moment
            self._blobs.keep(actor.workspace, "part", incoming)
            values = {
                "upload_id": id_,
                "start": start,
                "workspace_id": actor.workspace,
                "size_bytes": size,
                "sha256": digest,
            }
            session.execute(insert(UploadPartRow).values(values))

    def _copy(self, actor: Actor, digest: str, write: Any) -> None:
        fd = self._blobs.open(actor.workspace, "part", digest)
        try:
            position = 0
            while chunk := os.pread(fd, _COPY_BYTES, position):
                position += len(chunk)
                write(chunk)
        finally:
            os.close(fd)


def drop_expired(database: Database, blobs: Blobs, workspace: UUID) -> int:
    """Remove uploads that nobody goes on with, and their parts; how many. For maintenance."""
    with database.write(workspace) as session:
        old = select(UploadRow.id).where(UploadRow.expires_at <= datetime.now(UTC))
        gone = delete(UploadPartRow).where(UploadPartRow.upload_id.in_(old)).returning(UploadPartRow.sha256)
        digests = session.scalars(gone).all()
        uploads = session.scalars(delete(UploadRow).where(UploadRow.id.in_(old)).returning(UploadRow.id)).all()
    drop_parts(database, blobs, workspace, digests)
    return len(uploads)


def drop_parts(database: Database, blobs: Blobs, workspace: UUID, digests: Sequence[str]) -> None:
    """Delete the blobs of parts whose rows are gone, unless another upload has a part with the same bytes."""
    for digest in sorted(set(digests)):
        with database.write(workspace) as session:
            lock_bytes(session, workspace, digest)
            used = select(UploadPartRow.upload_id).where(UploadPartRow.sha256 == digest).limit(1)
            if session.scalar(used) is None:
                blobs.delete(workspace, "part", digest)


def _view(row: UploadRow, document: DocumentView | None) -> UploadView:
    return UploadView(
        id=str(row.id),
        name=row.name,
        size_bytes=row.size_bytes,
        received_bytes=row.received_bytes,
        document=document,
        expires_at=row.expires_at,
    )
