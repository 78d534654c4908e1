"""Making backups and bringing them back: the database as one dump, and the documents and results it speaks of.

The dump is made first. A row is committed after its bytes are stored, so whatever the dump speaks of can be copied
after it, unless it is deleted in between, and then nobody wants it back.
"""

from __future__ import annotations

import json
import logging
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import cast
from uuid import UUID

from core.errors import NotFound, StorageError
from core.version import VERSION
from db import dumps, migrate
from db.blobs import Blobs, DamagedBlob, Kind, storage_error
from service.backup_folder import BackupFolder, Blob, DamagedBackup, Manifest, digest_of, name_of, to_keep

log = logging.getLogger(__name__)


class BackupTooNew(StorageError):
    """The backup was made by a later release."""

    code = "backup_too_new"
    remedy = "Install the release that made it, or a later one, and restore with that."
    retryable = False


class RestoreDiffers(StorageError):
    """What was restored is not what was backed up."""

    code = "restore_differs"
    remedy = "Restore into another empty database; if it happens again, tell us with the names of the tables."
    retryable = False


@dataclass(frozen=True)
class Keep:
    """How many backups stay."""

    daily: int = 7
    weekly: int = 4
    monthly: int = 6

    @classmethod
    def parsed(cls, text: str) -> Keep:
        """From `7,4,6`; `ValueError` when it is anything else."""
        daily, weekly, monthly = (int(part) for part in text.split(","))
        if min(daily, weekly, monthly) < 0:
            raise ValueError("must not be negative")
        return cls(daily, weekly, monthly)


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore has brought back, and proved."""

    manifest: Manifest
    rows: int
    tables: int
    blobs: int
    seconds: float


def make(folder: BackupFolder, sources: list[str], blobs: Blobs, keep: Keep) -> Manifest:
    """Make one backup from the first of the databases that answers, and let go of old ones.

    Raises:
        DumpFailed: No database could be dumped.
        DiskFull: There is no space for it; nothing of it stays.
        BackupRuns: Another one is being made.
    """
    with folder.writing(), _disk():
        began = time.monotonic()
        started, partial = folder.begin()
        source = _dump_first(sources, partial / "database.dump")
        tables = dumps.digests_of_archive(partial / "database.dump")
        sealed = folder.seal(partial / "database.dump")
        shelved, damaged = _shelve_all(folder, blobs)
        listed = partial / "blobs.jsonl"
        listed.write_text("".join(json.dumps(asdict(blob)) + "\n" for blob, _ in shelved))
        manifest = Manifest(
            name=name_of(started),
            created=started.isoformat(timespec="seconds"),
            seconds=round(time.monotonic() - began, 1),
            version=VERSION,
            revision=dumps.revision(source),
            source="replica" if dumps.is_replica(source) else "primary",
            recipient=folder.recipient,
            dump_sha256=digest_of(sealed),
            dump_bytes=sealed.stat().st_size,
            list_sha256=digest_of(listed),
            blobs=len(shelved),
            blob_bytes=sum(blob.bytes for blob, _ in shelved),
            copied=sum(new for _, new in shelved),
            copied_bytes=sum(blob.bytes for blob, new in shelved if new),
            damaged=damaged,
            tables=tables,
        )
        folder.finish(partial, manifest)
        _let_go(folder, keep)
    return manifest


def restore(
    folder: BackupFolder, name: str, url: str, blobs: Blobs, *, identity: str | None, say: Callable[[str], object]
) -> Restored:
    """Bring a backup back into an empty database and an empty store, and prove by digest that all of it is there.

    Everything is read and checked before anything is written. Documents come first and the database last, as a whole;
    so a restore that was broken off is simply run again.

    Raises:
        NotEmpty: There is something already; nothing was changed.
        DamagedBackup, BackupTooNew, BadKey: Nothing was changed.
        RestoreDiffers: What is there now is not what was backed up.
    """
    began = time.monotonic()
    manifest = folder.manifest(name)
    if not migrate.knows(manifest.revision):
        raise BackupTooNew(f"the backup was made by PDF Compare {manifest.version}.")
    needed = folder.blobs(manifest)
    dumps.refuse_filled(url)
    _refuse_other(blobs, needed)
    say(f"Checking {manifest.blobs:,} documents and results, {manifest.blob_bytes / 1e6:,.1f} MB.")
    folder.check(manifest)
    with tempfile.TemporaryDirectory(prefix="pdf-compare-restore-") as place, _disk():
        scratch = Path(place)
        with folder.opened_dump(manifest, scratch, identity) as archive:
            say("Restoring documents and results.")
            for blob in needed:
                with folder.opened(blob, manifest, scratch, identity) as path:
                    _bring_back(blobs, blob, path)
            say("Restoring the database.")
            dumps.restore(url, archive)
    found = dumps.digests_of_database(url)
    different = sorted(t for t in found.keys() | manifest.tables.keys() if found.get(t) != manifest.tables.get(t))
    if different:
        raise RestoreDiffers(f"{len(different)} tables differ: {', '.join(different[:5])}.")
    migrate.upgrade(url)
    rows = sum(count for count, _ in found.values())
    return Restored(manifest, rows, len(found), len(needed), time.monotonic() - began)


def _dump_first(sources: list[str], into: Path) -> str:
    """Dump the first that can be; its address."""
    for url in sources[:-1]:
        try:
            dumps.dump(url, into)
        except dumps.DumpFailed as error:
            log.warning("not dumped, trying the next", extra={"action": "backup_source", "code": error.code})
        else:
            return url
    dumps.dump(sources[-1], into)
    return sources[-1]


def _shelve_all(folder: BackupFolder, blobs: Blobs) -> tuple[list[tuple[Blob, bool]], list[str]]:
    """Everything stored, on the shelf: with whether it was new; and the names of what is damaged already."""
    shelved, damaged = [], []
    for stored in blobs.everything():
        try:
            descriptor = blobs.open(UUID(stored.workspace), cast("Kind", stored.kind), stored.name)
        except NotFound:
            continue  # deleted since it was listed
        except DamagedBlob:
            damaged.append(f"{stored.workspace}/{stored.kind}/{stored.name}")
            continue
        try:
            blob = Blob(stored.workspace, stored.kind, stored.name, stored.size_bytes, "")
            shelved.append(folder.shelve(blob, descriptor))
        finally:
            os.close(descriptor)
    return shelved, damaged


def _let_go(folder: BackupFolder, keep: Keep) -> None:
    made = {manifest.made_at: manifest.name for manifest in folder.backups()}
    kept = to_keep(made, daily=keep.daily, weekly=keep.weekly, monthly=keep.monthly)
    folder.drop([name for moment, name in made.items() if moment not in kept])


def _refuse_other(blobs: Blobs, needed: list[Blob]) -> None:
    """Return when the store holds nothing but what the backup holds: an earlier try may have been broken off."""
    ours = {(blob.workspace, blob.kind, blob.sha256) for blob in needed}
    other = sum((stored.workspace, stored.kind, stored.name) not in ours for stored in blobs.everything())
    if other:
        raise dumps.NotEmpty(f"the store holds {other} documents or results that are not of this backup.")


def _bring_back(blobs: Blobs, blob: Blob, path: Path) -> None:
    incoming = blobs.receive()
    try:
        with path.open("rb") as file:
            while chunk := file.read(1 << 20):
                incoming.write(chunk)
        if incoming.sha256 != blob.sha256:
            raise DamagedBackup("a document is not what it is named for.")
        blobs.keep(UUID(blob.workspace), cast("Kind", blob.kind), incoming)
    finally:
        incoming.discard()


@contextmanager
def _disk() -> Iterator[None]:
    """A full disk in our words; what was begun is removed at the next start."""
    try:
        yield
    except OSError as error:
        raise storage_error(error, "the folder of backups") from error
