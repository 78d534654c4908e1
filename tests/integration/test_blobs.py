"""The blob store: whole or absent, verified, private."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import pytest

from core.errors import NotFound
from db.blobs import Blobs, DamagedBlob, DiskFull

WORKSPACE, OTHER = uuid4(), uuid4()


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs(tmp_path / "blobs")


def test_what_was_put_is_got_and_opened(blobs: Blobs) -> None:
    digest = blobs.put(WORKSPACE, "result", b"hello")
    assert digest == sha256(b"hello").hexdigest()
    assert blobs.get(WORKSPACE, "result", digest) == b"hello"
    assert blobs.exists(WORKSPACE, "result", digest)
    fd = blobs.open(WORKSPACE, "result", digest)
    assert os.read(fd, 10) == b"hello"
    os.close(fd)
    assert [(b.kind, b.name, b.size_bytes) for b in blobs.list(WORKSPACE)] == [("result", digest, 5)]


def test_another_workspace_or_kind_has_nothing(blobs: Blobs) -> None:
    digest = blobs.put(WORKSPACE, "result", b"hello")
    for workspace, kind in ((OTHER, "result"), (WORKSPACE, "pdf")):
        with pytest.raises(NotFound):
            blobs.get(workspace, kind, digest)  # type: ignore[arg-type]
        with pytest.raises(NotFound):
            blobs.open(workspace, kind, digest)  # type: ignore[arg-type]
        assert not blobs.exists(workspace, kind, digest)  # type: ignore[arg-type]
    assert list(blobs.list(OTHER)) == []


@pytest.mark.parametrize("name", ["../../secret", "", ".", "..", "a/b", "A" * 64, "0" * 63])
def test_a_name_that_is_no_digest_is_not_found(blobs: Blobs, name: str) -> None:
    with pytest.raises(NotFound):
        blobs.open(WORKSPACE, "pdf", name)


def test_damage_is_found_by_every_way_of_reading(blobs: Blobs, tmp_path: Path) -> None:
    digest = blobs.put(WORKSPACE, "result", b"hello")
    os.close(blobs.open(WORKSPACE, "result", digest))
    (path,) = (p for p in (tmp_path / "blobs" / "store").rglob("*") if p.is_file())
    path.write_bytes(b"hellO")
    with pytest.raises(DamagedBlob):
        blobs.get(WORKSPACE, "result", digest)
    with pytest.raises(DamagedBlob):
        blobs.open(WORKSPACE, "result", digest)
    # Stored again it is whole again.
    blobs.put(WORKSPACE, "result", b"hello")
    assert blobs.get(WORKSPACE, "result", digest) == b"hello"


def test_derived_things_come_back_or_are_none(blobs: Blobs, tmp_path: Path) -> None:
    key = f"{'a' * 64}-1-100.webp"
    assert blobs.get_derived(WORKSPACE, "page", key) is None
    blobs.put_derived(WORKSPACE, "page", key, b"picture")
    assert blobs.get_derived(WORKSPACE, "page", key) == b"picture"
    (path,) = (p for p in (tmp_path / "blobs" / "store").rglob("*") if p.is_file())
    path.write_bytes(path.read_bytes()[:-1])
    assert blobs.get_derived(WORKSPACE, "page", key) is None
    blobs.put_derived(WORKSPACE, "page", key, b"picture")
    blobs.put_derived(WORKSPACE, "page", f"{'b' * 64}-1", b"another")
    blobs.delete_derived(WORKSPACE, "a" * 64)
    assert blobs.get_derived(WORKSPACE, "page", key) is None
    assert blobs.get_derived(WORKSPACE, "page", f"{'b' * 64}-1") == b"another"


def test_files_and_folders_are_private(blobs: Blobs, tmp_path: Path) -> None:
    blobs.put(WORKSPACE, "result", b"hello")
    for path in (tmp_path / "blobs").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path


def test_stale_uploads_are_dropped_and_fresh_ones_kept(blobs: Blobs) -> None:
    stale, fresh = blobs.receive(), blobs.receive()
    os.utime(stale.path, (0, 0))
    assert blobs.drop_stale_incoming(older_than_seconds=60) == 1
    assert not stale.path.exists()
    assert fresh.path.exists()
    fresh.discard()
    stale.discard()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MB."""
    mount = tmp_path / "small"
    mount.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", mount], capture_output=True, check=False)
    if made.returncode:
        pytest.skip("file systems cannot be mounted here")
    yield mount
    subprocess.run(["umount", mount], check=True)


def test_a_full_disk_leaves_no_half_file_and_the_next_upload_works(small_disk: Path) -> None:
    blobs = Blobs(small_disk)
    incoming = blobs.receive()
    with pytest.raises(DiskFull):
        for _ in range(40):
            incoming.write(b"x" * 65536)
            os.close(incoming.sync())
    with pytest.raises(DiskFull):
        blobs.put(WORKSPACE, "result", b"y" * 2_000_000)
    assert [path for path in small_disk.rglob("*") if path.is_file()] == []
    assert blobs.get(WORKSPACE, "result", blobs.put(WORKSPACE, "result", b"small")) == b"small"
