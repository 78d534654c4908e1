"""Bytes by name: PDFs and results by their SHA-256, derived things (read documents, page images) by a key.

Every name lies under its workspace's prefix, because a store shared by all would tell one workspace what another has.
Local by default; `s3://bucket/prefix` and the like go through obstore. A write is complete or absent: temporary name,
fsync of the file, rename, fsync of the folder; so a row that is committed after it never points to nothing.
What is read is verified: content by its name, derived things by the digest stored before them.
"""

from __future__ import annotations

import errno
import hashlib
import logging
import os
import re
import tempfile
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Any, BinaryIO, Literal, get_args
from uuid import UUID, uuid4

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import LocalStore, ObjectStore, from_url

from core.errors import NotFound, StorageError

log = logging.getLogger(__name__)

Kind = Literal["pdf", "result", "part"]  #: named by the digest of the content
Derived = Literal["read", "page", "extract"]  #: named by a key; may be thrown away at any time

_DIGEST = re.compile(r"[0-9a-f]{64}")
_KEY = re.compile(r"[0-9A-Za-z._-]{1,200}")
_CHUNK_BYTES = 1 << 20
_VERIFIED_MOST = 4096
_SCHEMES = frozenset({"s3", "s3a", "gs", "az", "abfs", "abfss"})
#: A store that is away is said within half a minute; 200 MB over a slow line must not count as away.
_REMOTE: dict[str, Any] = {
    # Plain http only where AWS_ENDPOINT_URL says so.
    "client_options": {"connect_timeout": "5s", "timeout": "180s", "allow_http": True},
    "retry_config": {"max_retries": 3, "retry_timeout": timedelta(seconds=20)},
}


class DiskFull(StorageError):
    """There is no space left for documents."""

    code = "disk_full"
    remedy = "Ask the administrator to free or add disk space, then try again."


class DamagedBlob(StorageError):
    """A stored file is not what was stored."""

    code = "damaged_blob"
    remedy = "Upload the document again; the administrator should check the disk."
    retryable = False


@dataclass(frozen=True, slots=True)
class Stored:
    """A blob as listed."""

    workspace: str
    kind: str
    name: str
    size_bytes: int
    modified_at: datetime


class Incoming:
    """Bytes on their way in: a local file without a reader, hashed while it is written."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size_bytes = 0
        self._digest = hashlib.sha256()
        self._file: BinaryIO | None = None
        try:
            self._file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "w+b")
        except OSError as error:
            raise storage_error(error) from error

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def write(self, chunk: bytes) -> None:
        """Add bytes; `DiskFull` when they do not fit, and nothing stays."""
        assert self._file is not None
        try:
            self._file.write(chunk)
        except OSError as error:
            self.discard()
            raise storage_error(error) from error
        self._digest.update(chunk)
        self.size_bytes += len(chunk)

    def sync(self) -> int:
        """Everything is on disk; a read-only descriptor, to be closed by the caller."""
        assert self._file is not None
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            return os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            self.discard()
            raise storage_error(error) from error

    def discard(self) -> None:
        """Forget it. Harmless when it was kept or discarded already."""
        if self._file is not None:
            self._file.close()
            self._file = None
        self.path.unlink(missing_ok=True)


class Blobs:
    """The store. Thread-safe; one per process."""

    def __init__(self, folder: Path, url: str | None = None) -> None:
        """Keep blobs below `folder`, or at `url` with `folder` for what is on its way."""
        self._incoming = folder / "incoming"
        _make_private(self._incoming)
        self._root: Path | None = None
        if url is None:
            self._root = folder / "store"
            _make_private(self._root)
            self._store: ObjectStore = LocalStore(prefix=self._root)
        else:
            try:
                self._store = from_url(url, **_REMOTE) if url.partition("://")[0] in _SCHEMES else from_url(url)
            except (BaseError, ValueError) as error:
                raise StorageError(f"the blob store cannot be used: {type(error).__name__}") from error
        #: told of each look for something derived: its kind, and whether it was there
        self.looked: Callable[[Derived, bool], None] = lambda _kind, _found: None
        self._verified: OrderedDict[tuple[str, int, int, int], None] = OrderedDict()
        self._lock = Lock()

    def receive(self) -> Incoming:
        """A place for bytes on their way in."""
        return Incoming(self._incoming / uuid4().hex)

    def keep(self, workspace: UUID, kind: Kind, incoming: Incoming) -> None:
        """Store what came in under its digest. When this returns it survives a crash of the machine."""
        name = _name(workspace, kind, incoming.sha256)
        try:
            os.close(incoming.sync())  # another reads it by its name now: nothing may be left in this process's buffer
            if self._root is None:
                with _translated():
                    obstore.put(self._store, name, incoming.path)
                return
            target = self._root / name
            _make_folders(target.parent, self._root)
            incoming.path.rename(target)
            sync_folder(target.parent)
        except OSError as error:
            raise storage_error(error) from error
        finally:
            incoming.discard()

    def put(self, workspace: UUID, kind: Kind, data: bytes) -> str:
        """Store bytes; their digest."""
        incoming = self.receive()
        incoming.write(data)
        self.keep(workspace, kind, incoming)
        return incoming.sha256

    def get(self, workspace: UUID, kind: Kind, sha256: str) -> bytes:
        """The bytes of a digest; `NotFound`, `DamagedBlob`."""
        with _translated():
            data = bytes(obstore.get(self._store, _name(workspace, kind, sha256)).bytes())
        if hashlib.sha256(data).hexdigest() != sha256:
            raise _damaged(kind)
        return data

    def open(self, workspace: UUID, kind: Kind, sha256: str) -> int:
        """A read-only descriptor of verified bytes, to be closed by the caller; `NotFound`, `DamagedBlob`."""
        name = _name(workspace, kind, sha256)
        if self._root is None:
            return self._fetch(name, kind, sha256)
        try:
            fd = os.open(self._root / name, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        except FileNotFoundError as error:
            raise NotFound() from error
        except OSError as error:
            raise storage_error(error) from error
        try:
            self._verify(fd, kind, sha256)
        except BaseException:
            os.close(fd)
            raise
        return fd

    def exists(self, workspace: UUID, kind: Kind, sha256: str) -> bool:
        try:
            with _translated():
                obstore.head(self._store, _name(workspace, kind, sha256))
        except NotFound:
            return False
        return True

    def delete(self, workspace: UUID, kind: str, name: str) -> None:
        """Remove a blob; harmless when it is not there."""
        try:
            with _translated():
                obstore.delete(self._store, _path(workspace, kind, name))
        except NotFound:
            pass

    def put_derived(self, workspace: UUID, kind: Derived, key: str, data: bytes) -> None:
        """Keep something that can be made again, without waiting for the disk; trouble is logged, not raised."""
        name = _path(workspace, kind, key)
        try:
            with _translated():
                obstore.put(self._store, name, hashlib.sha256(data).digest() + data)
        except StorageError as error:
            log.warning("derived blob not kept", extra={"action": "derived_not_kept", "reason": error.code})

    def get_derived(self, workspace: UUID, kind: Derived, key: str, *, again: bool = False) -> bytes | None:
        """What was kept under a key; None when it is gone or damaged, and then it is made again.

        Args:
            workspace: Whose it is.
            kind: What it is.
            key: Under which it was put.
            again: Whether it was looked for a moment ago; such a look is not counted.
        """
        try:
            found = self.read_derived(workspace, kind, key)
        except StorageError as error:
            log.warning("derived blob not read", extra={"action": "derived_not_read", "reason": error.code})
            found = None
        if not again:
            self.looked(kind, found is not None)
        return found

    def read_derived(self, workspace: UUID, kind: Derived, key: str) -> bytes | None:
        """As `get_derived`, for what is not simply made again: a store that is away says so.

        Raises:
            StorageError: Nobody can tell whether it is there.
        """
        try:
            with _translated():
                data = bytes(obstore.get(self._store, _path(workspace, kind, key)).bytes())
        except NotFound:
            return None
        if hashlib.sha256(memoryview(data)[32:]).digest() != data[:32]:
            log.warning("derived blob damaged", extra={"action": "derived_damaged"})
            return None
        return data[32:]

    def delete_derived(self, workspace: UUID, sha256: str) -> None:
        """Remove everything whose key begins with the digest of the file it was made from."""
        for kind in get_args(Derived):
            for name in self.names_of(workspace, kind, sha256):
                self.delete(workspace, kind, name)

    def kinds(self, workspace: UUID) -> list[str]:
        """The kinds of blobs that a workspace has."""
        with _translated():
            found = obstore.list_with_delimiter(self._store, prefix=f"{workspace}/")
        return sorted(prefix.rstrip("/").rpartition("/")[2] for prefix in found["common_prefixes"])

    def names_of(self, workspace: UUID, kind: str, sha256: str) -> list[str]:
        """The names of a kind that are a digest or begin with it."""
        with _translated():
            shelf = f"{workspace}/{kind}/{sha256[:2]}"
            paths = [e["path"] for batch in obstore.list(self._store, prefix=shelf) for e in batch]
        names = (path.rpartition("/")[2] for path in paths)
        return [name for name in names if name.startswith(sha256)]

    def free_bytes(self) -> int | None:
        """What is left where blobs are; None for a remote store."""
        if self._root is None:
            return None
        try:
            found = os.statvfs(self._root)
        except OSError as error:
            raise storage_error(error) from error
        return found.f_bavail * found.f_frsize

    def list(self, workspace: UUID) -> Iterator[Stored]:
        """Everything a workspace has."""
        return self._listed(str(workspace))

    def everything(self) -> Iterator[Stored]:
        """What all workspaces have, but for what can be made again."""
        return (stored for stored in self._listed(None) if stored.kind in get_args(Kind))

    def _listed(self, prefix: str | None) -> Iterator[Stored]:
        with _translated():
            for batch in obstore.list(self._store, prefix=prefix):
                for entry in batch:
                    parts = entry["path"].split("/")
                    if len(parts) == 4:
                        yield Stored(parts[0], parts[1], parts[3], entry["size"], entry["last_modified"])

    def drop_stale_incoming(self, *, older_than_seconds: float) -> int:
        """Remove uploads that nobody finishes any more; how many."""
        limit = datetime.now(UTC).timestamp() - older_than_seconds
        dropped = 0
        for path in self._incoming.iterdir():
            with suppress(FileNotFoundError):  # one that has just come to its end
                if path.stat().st_mtime < limit:
                    path.unlink()
                    dropped += 1
        return dropped

    def check(self) -> None:
        """Return when something can be written here, and a remote store answers for its bucket.

        Raises:
            StorageError: It cannot, or does not.
        """
        if self._root is None:
            with _translated():
                next(iter(obstore.list(self._store, prefix="none", chunk_size=1)), None)
        probe = self.receive()
        try:
            probe.write(b"ready")
            os.close(probe.sync())
        finally:
            probe.discard()

    def _fetch(self, name: str, kind: Kind, sha256: str) -> int:
        """A remote blob as a local file without a name."""
        digest = hashlib.sha256()
        with tempfile.TemporaryFile(dir=self._incoming) as local, _translated():
            for chunk in obstore.get(self._store, name).stream(min_chunk_size=_CHUNK_BYTES):
                digest.update(chunk)
                local.write(chunk)
            if digest.hexdigest() != sha256:
                raise _damaged(kind)
            local.flush()
            return os.open(f"/proc/self/fd/{local.fileno()}", os.O_RDONLY | os.O_CLOEXEC)

    def _verify(self, fd: int, kind: str, sha256: str) -> None:
        """Hash a file once per process and state: reading 200 MB for each page image would cost more than the page."""
        status = os.fstat(fd)
        seen = (sha256, status.st_ino, status.st_size, status.st_mtime_ns)
        with self._lock:
            if seen in self._verified:
                self._verified.move_to_end(seen)
                return
        digest, offset = hashlib.sha256(), 0
        while chunk := os.pread(fd, _CHUNK_BYTES, offset):
            digest.update(chunk)
            offset += len(chunk)
        if digest.hexdigest() != sha256:
            raise _damaged(kind)
        with self._lock:
            self._verified[seen] = None
            if len(self._verified) > _VERIFIED_MOST:
                self._verified.popitem(last=False)


def _name(workspace: UUID, kind: Kind, sha256: str) -> str:
    if not _DIGEST.fullmatch(sha256):
        raise NotFound()
    return _path(workspace, kind, sha256)


def _path(workspace: UUID, kind: str, name: str) -> str:
    if not _KEY.fullmatch(name) or name.startswith("."):
        raise NotFound()
    # Two letters of a digest as a folder: no folder grows beyond what a file system likes.
    shelf = name[:2] if _DIGEST.match(name) else hashlib.sha256(name.encode()).hexdigest()[:2]
    return f"{workspace}/{kind}/{shelf}/{name}"


def _make_private(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise storage_error(error) from error


def _make_folders(folder: Path, root: Path) -> None:
    """Make missing folders below `root`, each one durable before the next is made in it."""
    missing = []
    while folder != root and not folder.exists():
        missing.append(folder)
        folder = folder.parent
    for new in reversed(missing):
        new.mkdir(mode=0o700, exist_ok=True)
        sync_folder(new.parent)


def sync_folder(folder: Path) -> None:
    """Make durable which names stand in a folder."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _damaged(kind: str) -> DamagedBlob:
    log.error("blob damaged", extra={"action": "blob_damaged", "kind": kind})
    return DamagedBlob()


def storage_error(error: OSError, place: str = "the document store") -> StorageError:
    """What the system says of a place, in our words."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return DiskFull(f"There is no space left in {place}.")
    return StorageError(f"{place} failed: {error.strerror}")


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (FileNotFoundError, NotFoundError) as error:
        raise NotFound() from error
    except OSError as error:
        raise storage_error(error) from error
    except BaseError as error:
        if "No space left" in str(error):
            raise DiskFull() from error
        raise StorageError(f"the document store failed: {type(error).__name__}") from error
