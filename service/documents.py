"""Documents: receive, look at, list, open, delete."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, and_, not_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.errors import BadOutput, EmptyFile, FileTooLarge, InputError, NotAPdf, NotFound
from core.options import Limits
from core.sample import sample_pair
from core.sandbox import run_piece
from core.wire import Message
from db.blobs import Blobs, Incoming
from db.database import Database, one_at_a_time
from db.rows import DocumentRow, SearchPageRow
from service import audit
from service.access import Actor, Role
from service.quotas import refuse_full
from service.search_index import ask_for_index
from service.settings import Settings
from service.views import DocumentView, as_uuid, cursor, read_cursor

MOST_LISTED = 200
_NAME_CHARACTERS = 200
_FALLBACK_NAME = "document.pdf"
_HEAD_BYTES = 16
#: How other formats begin. A file that begins so may hold a PDF further on (readers look for it in the first kilobyte)
#: and is one thing to us and another to whoever opens it.
_OTHER_FORMATS = (
    b"GIF8", b"\x89PNG", b"\xff\xd8\xff", b"II*\0", b"MM\0*", b"RIFF", b"BM", b"PK\x03\x04", b"PK\x05\x06",
    b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"MZ", b"\x7fELF", b"#!", b"<", b"%!PS", b"\xd0\xcf\x11\xe0", b"\0asm",
)  # fmt: skip
#: Names that are devices on Windows, whatever follows the first dot.
_DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10))}


class DigestMismatch(InputError):
    """is not what its sender says it is: the digests differ."""

    code = "digest_mismatch"
    remedy = "Send it again; it was damaged on its way, or the digest is that of another file."


class OneVersion(InputError):
    """There is one version of this document only."""

    code = "one_version"
    remedy = "Store a newer one first, such as by PUT /documents with `version_of`."


class Upload:
    """A document on its way in: `write` chunks, then `commit` or `abort`. Any error leaves nothing behind."""

    def __init__(
        self,
        documents: Documents,
        actor: Actor,
        name: str,
        incoming: Incoming,
        limits: Limits,
        *,
        sha256: str | None = None,
        version_of: str | None = None,
    ) -> None:
        self._documents = documents
        self._actor = actor
        self._name = name
        self._incoming = incoming
        self._limits = limits
        self._sha256 = sha256
        self._version_of = version_of
        self._head = b""

    def write(self, chunk: bytes) -> None:
        """Add bytes.

        Raises:
            FileTooLarge: There are more than a document may have.
            DiskFull: They do not fit.
        """
        if self._incoming.size_bytes + len(chunk) > self._limits.file_bytes:
            self.abort()
            raise _too_large(self._limits)
        if len(self._head) < _HEAD_BYTES:
            self._head += chunk[:_HEAD_BYTES]
        self._incoming.write(chunk)

    def commit(self) -> DocumentView:
        """Have the file looked at in a child and store it; the same file under the same name is stored once.

        Raises:
            DigestMismatch: It is not what its sender says it is.
            InputError: It is not a PDF that can be compared.
            EngineError: The child failed on it.
        """
        try:
            if not self._incoming.size_bytes:
                raise EmptyFile()
            if self._head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(_OTHER_FORMATS):
                raise NotAPdf()
            if self._sha256 is not None and self._sha256 != self._incoming.sha256:
                raise DigestMismatch()
            return self._documents.store(self._actor, self._name, self._incoming, version_of=self._version_of)
        finally:
            self.abort()

    def abort(self) -> None:
        """Forget what came. Harmless after `commit`."""
        self._incoming.discard()


class Documents:
    """Use cases of documents."""

    def __init__(self, settings: Settings, database: Database, blobs: Blobs) -> None:
        self._settings = settings
        self._database = database
        self._blobs = blobs
        self._limits = settings.limits

    def receive(
        self,
        actor: Actor,
        name: str,
        *,
        size_hint: int | None = None,
        sha256: str | None = None,
        version_of: str | None = None,
    ) -> Upload:
        """Begin an upload.

        Args:
            name: As the user calls it; only its last part is kept, made safe to show.
            size_hint: What the sender says its size is; too much is refused before a byte is read.
            sha256: What the sender says its digest is, in hexadecimal digits; other bytes are refused at the end.
            version_of: A document that it is a version of, whatever its name is; else one of the same name.

        Raises:
            FileTooLarge: It is said to be larger than a document may be.
            NotFound: There is no such document to be a version of.
        """
        actor.require(Role.EDITOR)
        if size_hint is not None and size_hint > self._limits.file_bytes:
            raise _too_large(self._limits)
        if version_of is not None:
            self.get(actor, version_of)
        return Upload(
            self,
            actor,
            clean_name(name),
            self._blobs.receive(),
            self._limits,
            sha256=sha256,
            version_of=version_of,
        )

    def store(self, actor: Actor, name: str, incoming: Incoming, *, version_of: str | None = None) -> DocumentView:
        """Look at a complete file and keep it with its row; called by `Upload.commit`."""
        actor.require(Role.EDITOR)
        page_count = self._inspect(incoming)
        sha256, size_bytes = incoming.sha256, incoming.size_bytes
        # With the trash: the same file there is taken out of it, and what lies there takes room too.
        with self._database.write(actor.workspace, with_trash=True) as session:
            # Against a deletion of the same bytes at the same moment: see `service.trash`.
            lock_bytes(session, actor.workspace, sha256)
            same = select(DocumentRow).where(DocumentRow.sha256 == sha256, DocumentRow.name == name)
            row = session.scalars(same).one_or_none()
            if row is None:
                refuse_full(session, self._settings, actor.workspace, size_bytes)
            series = _series(session, name, version_of)
            self._blobs.keep(actor.workspace, "pdf", incoming)
            if row is not None and series is not None:
                row.series = series
            if row is None:
                values = {
                    "id": uuid4(),
                    "workspace_id": actor.workspace,
                    "name": name,
                    "sha256": sha256,
                    "size_bytes": size_bytes,
                    "page_count": page_count,
                    "series": series,
                    "created_by": actor.user,
                }
                row = session.execute(insert(DocumentRow).values(values).returning(DocumentRow)).scalar_one()
                audit.note(session, actor, "document.uploaded", row.id, bytes=size_bytes, pages=page_count)
                ask_for_index(session, actor.workspace, sha256)
            elif row.deleted_at is not None:
                row.deleted_at = row.deleted_by = None
                audit.note(session, actor, "document.restored", row.id)
        return document_view(row)

    def add_sample_pair(self, actor: Actor) -> tuple[DocumentView, DocumentView]:
        """Store the generated pair of two revisions of a contract; again gives the same two documents."""
        old, new = sample_pair()
        return self._add(actor, *old), self._add(actor, *new)

    def get(self, actor: Actor, document_id: str) -> DocumentView:
        """One document; `NotFound`."""
        actor.require(Role.VIEWER)
        with self._database.read(actor.workspace) as session:
            return document_view(find_document(session, document_id))

    def find_by_digest(self, actor: Actor, sha256: str) -> DocumentView | None:
        """The newest document with these bytes."""
        actor.require(Role.VIEWER)
        with self._database.read(actor.workspace) as session:
            row = session.scalars(
                select(DocumentRow).where(DocumentRow.sha256 == sha256).order_by(DocumentRow.created_at.desc()).limit(1)
            ).one_or_none()
        return None if row is None else document_view(row)

    def list(
        self,
        actor: Actor,
        *,
        query: str = "",
        sha256: str | None = None,
        kind: Literal["text", "recognised"] | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        owner: str | None = None,
        limit: int = 50,
        after: str | None = None,
    ) -> tuple[list[DocumentView], str | None]:
        """The newest documents, and where the next page begins.

        Args:
            actor: Who asks.
            query: Only those whose name contains this.
            sha256: Only those with these bytes.
            kind: Only those with pages whose words were recognised, or only others that the search knows.
            since: Only those added from then on; likewise `until`, before then.
            owner: Only those that this user added.
            limit: At most so many.
            after: Where the page before ended.
        """
        actor.require(Role.VIEWER)
        limit = max(1, min(limit, MOST_LISTED))
        wanted = select(DocumentRow).order_by(DocumentRow.created_at.desc(), DocumentRow.id.desc()).limit(limit + 1)
        if query.strip():
            wanted = wanted.where(DocumentRow.name.icontains(query.strip(), autoescape=True))
        if sha256 is not None:
            wanted = wanted.where(DocumentRow.sha256 == sha256)
        wanted = wanted.where(*added(since, until, owner))
        if kind is not None:
            wanted = wanted.where(_of_kind(kind))
        if after is not None:
            wanted = wanted.where(tuple_(DocumentRow.created_at, DocumentRow.id) < read_cursor(after))
        with self._database.read(actor.workspace) as session:
            rows = list(session.scalars(wanted))
        more = cursor(rows[limit - 1].created_at, rows[limit - 1].id) if len(rows) > limit else None
        return [document_view(row) for row in rows[:limit]], more

    def versions(self, actor: Actor, document_id: str) -> Sequence[DocumentView]:
        """The documents of its series, or of the same name, this one among them, newest first; `NotFound`."""
        actor.require(Role.VIEWER)
        with self._database.read(actor.workspace) as session:
            rows = session.scalars(
                select(DocumentRow)
                .where(_same_series(find_document(session, document_id)))
                .order_by(DocumentRow.created_at.desc(), DocumentRow.id.desc())
                .limit(MOST_LISTED)
            ).all()
        return [document_view(row) for row in rows]

    def latest_two(self, actor: Actor, document_id: str) -> tuple[DocumentView, DocumentView]:
        """The newest version of a document and the one before it, in the order old, new.

        Raises:
            NotFound: There is no such document.
            OneVersion: There is one version only.
        """
        new, *older = self.versions(actor, document_id)
        if not older:
            raise OneVersion()
        return older[0], new

    def open(self, actor: Actor, document_id: str, *, is_first: bool = True) -> int:
        """A read-only descriptor of the PDF, to be closed by the caller; `NotFound`, `DamagedBlob`.

        Args:
            is_first: Whether it is read from its beginning; what only continues is not noted again.
        """
        fd = self._blobs.open(actor.workspace, "pdf", self.get(actor, document_id).sha256)
        if is_first:
            audit.note_read(self._database, actor, "document.read", document_id)
        return fd

    def _add(self, actor: Actor, name: str, data: bytes) -> DocumentView:
        upload = self.receive(actor, name, size_hint=len(data))
        upload.write(data)
        return upload.commit()

    def _inspect(self, incoming: Incoming) -> int:
        """Have a child look at the file; its number of pages."""
        fd = incoming.sync()
        try:
            request = Message({"kind": "request", "limits": self._limits.to_json()})
            answer = run_piece("inspect", request, files=[fd], limits=self._limits)
        finally:
            os.close(fd)
        page_count = answer.header.get("page_count")
        if answer.header.get("sha256", incoming.sha256) != incoming.sha256 or not isinstance(page_count, int):
            raise BadOutput()
        return page_count


def document_view(row: DocumentRow) -> DocumentView:
    """What callers see of a row."""
    return DocumentView(
        id=str(row.id),
        name=row.name,
        sha256=row.sha256,
        size_bytes=row.size_bytes,
        page_count=row.page_count,
        created_at=row.created_at,
    )


def added(since: datetime | None, until: datetime | None, owner: str | None) -> list[ColumnElement[bool]]:
    """What documents were added from `since` on, before `until`, by the user with this id; None for any."""
    wanted: list[ColumnElement[bool]] = []
    if since is not None:
        wanted.append(DocumentRow.created_at >= since)
    if until is not None:
        wanted.append(DocumentRow.created_at < until)
    if owner is not None:
        wanted.append(DocumentRow.created_by == as_uuid(owner))
    return wanted


def _of_kind(kind: Literal["text", "recognised"]) -> ColumnElement[bool]:
    pages = select(SearchPageRow.id).where(SearchPageRow.sha256 == DocumentRow.sha256)
    recognised = pages.where(SearchPageRow.is_recognised).exists()
    return recognised if kind == "recognised" else and_(pages.exists(), not_(recognised))


def find_document(session: Session, document_id: str) -> DocumentRow:
    """A document of the session's workspace; `NotFound`."""
    row = session.get(DocumentRow, as_uuid(document_id))
    if row is None:
        raise NotFound()
    return row


def _same_series(row: DocumentRow) -> ColumnElement[bool]:
    if row.series is not None:
        return DocumentRow.series == row.series
    return (DocumentRow.name == row.name) & DocumentRow.series.is_(None)


def _series(session: Session, name: str, version_of: str | None) -> UUID | None:
    """The series that a document of this name belongs to; None while the name alone tells its versions."""
    if version_of is None:
        named = select(DocumentRow.series).where(DocumentRow.name == name).order_by(DocumentRow.created_at.desc())
        return session.scalar(named.limit(1))
    earlier = find_document(session, version_of)
    if earlier.series is None and earlier.name != name:
        # Under another name only a series of its own can tell that it is a version of the same document.
        series = uuid4()
        session.execute(update(DocumentRow).where(_same_series(earlier)).values(series=series))
        return series
    return earlier.series


def clean_name(name: str) -> str:
    """What may be shown and put in a download's header: the last part, without control and direction characters."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rstrip("/").rpartition("/")[2]
    kept = "".join(
        c if c.isprintable() else " " for c in last if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co"}
    )
    kept = " ".join(kept.split()).lstrip(".")
    if kept.partition(".")[0].strip().lower() in _DEVICES:
        kept = f"_{kept}"
    if len(kept) > _NAME_CHARACTERS:
        stem, dot, suffix = kept.rpartition(".")
        kept = f"{stem[: _NAME_CHARACTERS - 5]}{dot}{suffix}" if dot and len(suffix) <= 4 else kept[:_NAME_CHARACTERS]
    return kept or _FALLBACK_NAME


def _too_large(limits: Limits) -> FileTooLarge:
    return FileTooLarge(f"is larger than the limit of {limits.file_bytes // (1024 * 1024)} MB.")


def lock_bytes(session: Session, workspace: UUID, sha256: str) -> None:
    """One at a time for the same bytes of a workspace, to the end of the transaction."""
    one_at_a_time(session, f"{workspace}/{sha256}")
