"""A folder of backups: each one a folder of its own, all of them over one shelf of documents and results.

    20261122T020000Z/manifest.json    what this backup is, with the digest of everything in it
    20261122T020000Z/database.dump    pg_dump's custom format
    20261122T020000Z/blobs.jsonl      the documents and results it needs: workspace, kind, digest, bytes
    blobs/WORKSPACE/KIND/ab/abcd…     each written once, by the first backup that needs it

A backup is written under a name with a dot and renamed when it is whole, so a folder that has its name is whole. With a
recipient every file but the manifest and the list is encrypted (age, X25519) and ends in `.age`; whoever makes backups
needs no key that could read them.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from pyrage import DecryptError, IdentityError, RecipientError, decrypt_file, encrypt_io, x25519

from core.errors import InputError, NotFound, StorageError
from db.blobs import sync_folder

SCHEMA = "pdf-compare-backup/1"
ENDING = ".age"
_NAME = re.compile(r"\d{8}T\d{6}Z")
_CHUNK_BYTES = 1 << 20


class DamagedBackup(StorageError):
    """A file of the backup is missing or is not what was written."""

    code = "damaged_backup"
    remedy = "Restore another backup (`pdf-compare backup --list`); nothing was changed."
    retryable = False


class BadKey(InputError):
    """The key does not fit."""

    code = "bad_key"
    remedy = "Give the file with the AGE-SECRET-KEY that belongs to the recipient of the backup: --identity FILE."


class BackupRuns(StorageError):
    """Another backup is being made in this folder."""

    code = "backup_runs"
    remedy = "Wait until it is done."


@dataclass(frozen=True, slots=True)
class Blob:
    """A document or result of a backup. `stored` is the digest of its file on the shelf, encrypted or not."""

    workspace: str
    kind: str
    sha256: str
    bytes: int
    stored: str

    @property
    def path(self) -> str:
        return f"{self.workspace}/{self.kind}/{self.sha256[:2]}/{self.sha256}"


@dataclass(frozen=True)
class Manifest:
    """What a backup is. `tables`: rows and digest of each table, see `db.dumps.Digests`."""

    name: str
    created: str
    seconds: float
    version: str
    revision: str | None
    source: str
    recipient: str | None
    dump_sha256: str
    dump_bytes: int
    list_sha256: str
    blobs: int
    blob_bytes: int
    copied: int
    copied_bytes: int
    damaged: list[str] = field(default_factory=list)
    tables: dict[str, tuple[int, str]] = field(default_factory=dict)
    schema: str = SCHEMA

    @property
    def made_at(self) -> datetime:
        return datetime.fromisoformat(self.created)


class BackupFolder:
    """The folder. One process writes at a time; any number read."""

    def __init__(self, path: Path, recipient: str | None = None) -> None:
        """Keep backups below `path`, made with the first one; for `recipient` (age1…) alone to read.

        Raises:
            BadKey: The recipient is none.
        """
        self.path = path
        self.recipient = recipient
        try:
            self._recipients = [x25519.Recipient.from_str(recipient)] if recipient else []
        except RecipientError as error:
            raise BadKey("the recipient of backups is no age1… address") from error

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Alone, after what a broken-off backup has left is gone.

        Raises:
            BackupRuns: Somebody else writes.
            StorageError: The folder cannot be used.
        """
        try:
            (self.path / "blobs").mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(f"the folder of backups cannot be used: {error.strerror}") from error
        with (self.path / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise BackupRuns from error
            for left in self.path.glob(".*.partial"):
                shutil.rmtree(left, ignore_errors=True)
            yield

    def begin(self) -> tuple[datetime, Path]:
        """When this backup is begun, which is its name, and a folder for what belongs to it alone."""
        while (self.path / name_of(moment := datetime.now(UTC))).exists():
            time.sleep(0.1)
        partial = self.path / f".{name_of(moment)}.partial"
        partial.mkdir(mode=0o700)
        return moment, partial

    def shelve(self, blob: Blob, descriptor: int) -> tuple[Blob, bool]:
        """Put a document on the shelf unless it is there; with the digest of its file, and whether it was new."""
        target = self._shelf(blob)
        note = target.with_name(target.name + ".sha256")
        if target.exists() and note.exists():
            return replace(blob, stored=note.read_text()), False
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = target.with_name("." + target.name)
        with os.fdopen(os.dup(descriptor), "rb") as source:
            source.seek(0)
            self._write(source, fresh)
        digest = digest_of(fresh)
        note.write_text(digest)
        fresh.rename(target)
        return replace(blob, stored=digest), True

    def seal(self, plain: Path) -> Path:
        """The file as it is kept: encrypted where there is a recipient, and the plain one is gone then."""
        if not self._recipients:
            return plain
        sealed = plain.with_name(plain.name + ENDING)
        with plain.open("rb") as source:
            self._write(source, sealed)
        plain.unlink()
        return sealed

    def finish(self, partial: Path, manifest: Manifest) -> None:
        """The backup is whole from here on."""
        (partial / "manifest.json").write_text(json.dumps(asdict(manifest), indent=1))
        os.sync()  # everything on the shelf too, once for all of it
        partial.rename(self.path / manifest.name)
        sync_folder(self.path)

    def backups(self) -> list[Manifest]:
        """All whole backups, newest first. One whose manifest cannot be read is left out."""
        found = []
        for folder in sorted(self.path.iterdir(), reverse=True) if self.path.is_dir() else ():
            if _NAME.fullmatch(folder.name):
                try:
                    found.append(self.manifest(folder.name))
                except DamagedBackup:
                    continue
        return found

    def manifest(self, name: str) -> Manifest:
        """What a backup is; `latest` is the newest one.

        Raises:
            NotFound: There is none of this name.
            DamagedBackup: It cannot be read.
        """
        if name == "latest":
            newest = next(iter(self.backups()), None)
            if newest is None:
                raise NotFound("there is no backup here.", remedy="Name the folder of backups: --from DIR.")
            return newest
        path = self.path / name / "manifest.json"
        if not _NAME.fullmatch(name) or not path.is_file():
            raise NotFound("there is no backup of this name.", remedy="`pdf-compare backup --list` lists all.")
        try:
            said = json.loads(path.read_text())
            if said.pop("schema") != SCHEMA:
                raise DamagedBackup("the backup is of another form.")
            said["tables"] = {table: (int(rows), str(digest)) for table, (rows, digest) in said["tables"].items()}
            return Manifest(**said)
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise DamagedBackup("the manifest of the backup cannot be read.") from error

    def blobs(self, manifest: Manifest) -> list[Blob]:
        """What the backup needs of the shelf.

        Raises:
            DamagedBackup: The list is not what was written.
        """
        path = self.path / manifest.name / "blobs.jsonl"
        if not path.is_file() or digest_of(path) != manifest.list_sha256:
            raise DamagedBackup("the list of documents is missing or damaged.")
        return [Blob(**json.loads(line)) for line in path.read_text().splitlines()]

    def check(self, manifest: Manifest) -> None:
        """Read every file of a backup.

        Raises:
            DamagedBackup: One is missing or was changed; how many.
        """
        blobs = self.blobs(manifest)
        dump = self._dump(manifest)
        if not dump.is_file() or digest_of(dump) != manifest.dump_sha256:
            raise DamagedBackup("the dump of the database is missing or damaged.")
        wrong = sum(not self._is_as_written(blob, manifest) for blob in blobs)
        if wrong:
            raise DamagedBackup(f"{wrong} of {len(blobs)} documents and results are missing or damaged.")

    @contextmanager
    def opened_dump(self, manifest: Manifest, scratch: Path, identity: str | None) -> Iterator[Path]:
        """The dump in plain, in `scratch` where it is encrypted."""
        sealed = self._dump(manifest)
        if manifest.recipient is None:
            yield sealed
            return
        plain = scratch / "database.dump"
        try:
            _unseal(sealed, plain, identity)
            yield plain
        finally:
            plain.unlink(missing_ok=True)

    @contextmanager
    def opened(self, blob: Blob, manifest: Manifest, scratch: Path, identity: str | None) -> Iterator[Path]:
        """A document in plain, in `scratch` where it is encrypted."""
        shelved = self._shelf(blob, sealed=manifest.recipient is not None)
        if manifest.recipient is None:
            yield shelved
            return
        plain = scratch / blob.sha256
        try:
            _unseal(shelved, plain, identity)
            yield plain
        finally:
            plain.unlink(missing_ok=True)

    def drop(self, names: Iterable[str]) -> int:
        """Remove backups, and from the shelf what no other needs; how many files of it."""
        for name in names:
            gone = self.path / f".{name}.partial"
            (self.path / name).rename(gone)
            shutil.rmtree(gone)
        folders = [folder for folder in self.path.iterdir() if _NAME.fullmatch(folder.name)]
        kept = self.backups()
        if len(kept) != len(folders):
            return 0  # what a backup needs that cannot be read is not known, so everything stays
        needed = {str(self._shelf(b, sealed=m.recipient is not None)) for m in kept for b in self.blobs(m)}
        dropped = 0
        for path in (self.path / "blobs").rglob("*"):
            name = str(path).removesuffix(".sha256")
            if path.is_file() and name not in needed:
                path.unlink()
                dropped += not path.name.endswith(".sha256")
        return dropped

    def _is_as_written(self, blob: Blob, manifest: Manifest) -> bool:
        path = self._shelf(blob, sealed=manifest.recipient is not None)
        return path.is_file() and digest_of(path) == blob.stored

    def _shelf(self, blob: Blob, *, sealed: bool | None = None) -> Path:
        is_sealed = bool(self._recipients) if sealed is None else sealed
        return self.path / "blobs" / (blob.path + (ENDING if is_sealed else ""))

    def _dump(self, manifest: Manifest) -> Path:
        return self.path / manifest.name / ("database.dump" + (ENDING if manifest.recipient else ""))

    def _write(self, source: BinaryIO, target: Path) -> None:
        with target.open("wb") as file:
            if self._recipients:
                encrypt_io(source, file, self._recipients)
            else:
                shutil.copyfileobj(source, file, _CHUNK_BYTES)


def digest_of(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def name_of(moment: datetime) -> str:
    """The name of a backup that was begun then."""
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def to_keep(moments: Iterable[datetime], *, daily: int, weekly: int, monthly: int) -> set[datetime]:
    """All of the 24 hours before the newest; the newest of each of the last days, weeks and months that have one."""
    newest_first = sorted(moments, reverse=True)
    kept = {moment for moment in newest_first if newest_first[0] - moment < timedelta(days=1)}
    for most, period in (
        (daily, lambda m: m.date()),
        (weekly, lambda m: m.isocalendar()[:2]),
        (monthly, lambda m: (m.year, m.month)),
    ):
        newest: dict[object, datetime] = {}
        for moment in newest_first:
            newest.setdefault(period(moment), moment)
        kept |= set(list(newest.values())[:most])
    return kept


def identity_in(path: Path) -> str:
    """The secret key in a file as `age-keygen` writes it.

    Raises:
        BadKey: There is none.
    """
    try:
        lines = path.read_text().splitlines()
    except OSError as error:
        raise BadKey(f"the file of the key cannot be read: {error.strerror}") from error
    found = next((line.strip() for line in lines if line.startswith("AGE-SECRET-KEY-")), None)
    if found is None:
        raise BadKey("the file holds no AGE-SECRET-KEY.")
    return found


def _unseal(sealed: Path, plain: Path, identity: str | None) -> None:
    if identity is None:
        raise BadKey("the backup is encrypted.")
    try:
        decrypt_file(str(sealed), str(plain), [x25519.Identity.from_str(identity)])
    except IdentityError as error:
        raise BadKey("the key is no whole AGE-SECRET-KEY.") from error
    except DecryptError as error:
        raise BadKey("the backup was made for another key, or is damaged.") from error
