"""Blobs in an S3-compatible store: a real endpoint, as a process of its own."""

from __future__ import annotations

import hashlib
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import obstore
import pytest
from obstore.store import from_url

from core.errors import NotFound, StorageError
from core.sample import sample_pair
from db.blobs import Blobs, DamagedBlob
from service import backups
from service.access import Actor
from service.backup_folder import BackupFolder
from service.bootstrap import Services, build
from service.settings import load_settings
from tests.integration.conftest import Add, submit_pair, wait_for

SERVER = Path(sys.prefix) / "s3" / "bin" / "moto_server"
WORKSPACE, OTHER = uuid4(), uuid4()
pytestmark = pytest.mark.skipif(not SERVER.exists(), reason="no S3 endpoint is installed: make dev")

Listing = Callable[[], dict[str, int]]


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [str(SERVER), "-H", "127.0.0.1", "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    address = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + 120
    while True:
        try:
            httpx.get(address, timeout=5)
            break
        except httpx.HTTPError:
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
    yield address
    process.kill()
    process.wait()


@pytest.fixture
def bucket(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of an empty bucket, with its credentials in the environment, as operators set them."""
    name = f"pdfc-{uuid4().hex[:12]}"
    httpx.put(f"{endpoint}/{name}", timeout=30).raise_for_status()
    for variable, value in {
        "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": endpoint, "AWS_ALLOW_HTTP": "true",
    }.items():  # fmt: skip
        monkeypatch.setenv(variable, value)
    return f"s3://{name}/documents"


@pytest.fixture
def listing(bucket: str, endpoint: str) -> Listing:
    """What the endpoint itself says it holds: name and size."""

    def look() -> dict[str, int]:
        answer = httpx.get(f"{endpoint}/{bucket.split('/')[2]}?list-type=2", timeout=30).text
        return {n: int(s) for n, s in re.findall(r"<Key>(.*?)</Key>.*?<Size>(\d+)</Size>", answer, re.DOTALL)}

    return look


@pytest.fixture
def blobs(bucket: str, tmp_path: Path) -> Blobs:
    return Blobs(tmp_path / "blobs", bucket)


def test_blobs_lie_under_the_prefix_of_their_workspace_and_go_when_deleted(blobs: Blobs, listing: Listing) -> None:
    digest = blobs.put(WORKSPACE, "pdf", b"hello")
    assert digest == hashlib.sha256(b"hello").hexdigest()
    assert listing() == {f"documents/{WORKSPACE}/pdf/{digest[:2]}/{digest}": 5}
    assert blobs.get(WORKSPACE, "pdf", digest) == b"hello"
    fd = blobs.open(WORKSPACE, "pdf", digest)
    assert os.read(fd, 10) == b"hello"
    os.close(fd)
    assert blobs.exists(WORKSPACE, "pdf", digest)
    assert [(b.workspace, b.kind, b.name, b.size_bytes) for b in blobs.everything()] == [
        (str(WORKSPACE), "pdf", digest, 5)
    ]
    for workspace in (OTHER,):
        with pytest.raises(NotFound):
            blobs.open(workspace, "pdf", digest)
        assert list(blobs.list(workspace)) == []
    blobs.put_derived(WORKSPACE, "page", f"{digest}-1.webp", b"picture")
    assert blobs.get_derived(WORKSPACE, "page", f"{digest}-1.webp") == b"picture"
    assert blobs.kinds(WORKSPACE) == ["page", "pdf"]
    blobs.delete_derived(WORKSPACE, digest)
    blobs.delete(WORKSPACE, "pdf", digest)
    blobs.delete(WORKSPACE, "pdf", digest)
    assert listing() == {}
    assert not blobs.exists(WORKSPACE, "pdf", digest)


def test_what_is_large_goes_up_and_down_in_parts_and_comes_back_the_same(blobs: Blobs, listing: Listing) -> None:
    block = os.urandom(1 << 20)
    incoming = blobs.receive()
    for _ in range(24):
        incoming.write(block)
    blobs.keep(WORKSPACE, "pdf", incoming)
    assert list(listing().values()) == [24 << 20]
    fd = blobs.open(WORKSPACE, "pdf", incoming.sha256)
    digest = hashlib.sha256()
    while chunk := os.read(fd, 1 << 20):
        digest.update(chunk)
    os.close(fd)
    assert digest.hexdigest() == incoming.sha256


def test_what_the_store_changed_is_found_by_every_way_of_reading(blobs: Blobs, bucket: str) -> None:
    digest = blobs.put(WORKSPACE, "result", b"hello")
    obstore.put(from_url(bucket), f"{WORKSPACE}/result/{digest[:2]}/{digest}", b"hellO")
    for read in (blobs.get, blobs.open):
        with pytest.raises(DamagedBlob):
            read(WORKSPACE, "result", digest)


def test_a_bucket_or_an_endpoint_that_is_not_there_is_said(
    bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blobs = Blobs(tmp_path / "blobs", bucket.replace("pdfc-", "none-"))
    with pytest.raises(StorageError):
        blobs.check()
    with pytest.raises(StorageError):
        blobs.put(WORKSPACE, "pdf", b"hello")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    nowhere = Blobs(tmp_path / "other", bucket)
    began = time.monotonic()
    with pytest.raises(StorageError):
        nowhere.check()
    assert time.monotonic() - began < 60
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    with pytest.raises(StorageError):
        Blobs(tmp_path / "third", "nothing://here")


def test_an_installation_on_an_object_store_works_and_is_backed_up(
    bucket: str, listing: Listing, database_url: str, tmp_path: Path
) -> None:
    services = build(load_settings(database_url=database_url, data_dir=tmp_path / "data", blob_url=bucket))
    try:
        services.check()
        actor = services.users.local_actor()

        def add(actor: Actor, name: str, data: bytes):  # type: ignore[no-untyped-def]
            upload = services.documents.receive(actor, name, size_hint=len(data))
            upload.write(data)
            return upload.commit()

        view = _compared(services, add, actor)
        assert services.comparisons.result(actor, view)
        assert [path for path in (tmp_path / "data" / "blobs").rglob("*") if path.is_file()] == []
        manifest = backups.make(BackupFolder(tmp_path / "backups"), [database_url], services.blobs, backups.Keep())
        assert manifest.blobs == 3
        assert manifest.blob_bytes == sum(size for name, size in listing().items() if "/read/" not in name)
    finally:
        services.close()


def _compared(services: Services, add: Add, actor: Actor) -> str:
    view = submit_pair(services, add, actor, *(data for _, data in sample_pair()))
    settings = services.settings
    named = {"DATABASE_URL": settings.writes_to, "PDF_COMPARE_DATA_DIR": str(settings.data_dir)}
    named |= {"PDF_COMPARE_BLOB_URL": str(settings.blob_url), "PDF_COMPARE_WORKER_GRACE_SECONDS": "1"}
    worker = subprocess.Popen([sys.executable, "-m", "worker"], env=os.environ | named)
    try:
        wait_for(services, actor, view.id, lambda v: v.state == "done", seconds=180)
    finally:
        worker.terminate()
        worker.wait(60)
    return view.id
