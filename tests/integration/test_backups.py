"""Backups: made while people work, restored elsewhere, and proved; whatever is wrong is said and changes nothing."""

from __future__ import annotations

import argparse
import io
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from pyrage import x25519
from sqlalchemy import NullPool, create_engine, text

from cli import backup as backup_command
from core.errors import NotFound, PdfCompareError
from core.sample import sample_pair
from db import dumps
from db.blobs import Blobs
from db.embedded import EmbeddedPostgres
from service import backups
from service.access import Actor
from service.backup_folder import BackupFolder, BackupRuns, BadKey, DamagedBackup, Manifest, identity_in, to_keep
from service.bootstrap import Services, build
from service.settings import load_settings
from tests.integration.conftest import Add, StartWorker, submit_pair, wait_for

KEEP = backups.Keep()


@pytest.fixture
def folder(tmp_path: Path) -> BackupFolder:
    return BackupFolder(tmp_path / "backups")


@pytest.fixture
def elsewhere(server: EmbeddedPostgres) -> Iterator[str]:
    """An empty database without a table."""
    name = f"restored_{uuid4().hex[:12]}"
    engine = create_engine(server.url.replace("postgresql://", "postgresql+psycopg2://"), poolclass=NullPool)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield server.url.replace("/pdf_compare?", f"/{name}?")
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
def documents(services: Services, actor: Actor, add: Add) -> list[str]:
    """The digests of two documents."""
    return [add(actor, name, data).sha256 for name, data in sample_pair()]


def made(services: Services, folder: BackupFolder, keep: backups.Keep = KEEP) -> Manifest:
    return backups.make(folder, [services.settings.direct_to], services.blobs, keep)


@contextmanager
def new_store(tmp_path: Path) -> Iterator[Blobs]:
    yield Blobs(tmp_path / "elsewhere" / "blobs")


def restored(folder: BackupFolder, url: str, tmp_path: Path, identity: str | None = None) -> backups.Restored:
    with new_store(tmp_path) as blobs:
        return backups.restore(folder, "latest", url, blobs, identity=identity, say=lambda _: None)


def test_a_restored_installation_is_the_same_and_goes_on(
    services: Services,
    actor: Actor,
    add: Add,
    start_worker: StartWorker,
    folder: BackupFolder,
    elsewhere: str,
    tmp_path: Path,
) -> None:
    worker = start_worker()
    view = submit_pair(services, add, actor, *(data for _, data in sample_pair()))
    wait_for(services, actor, view.id, lambda v: v.state == "done")
    before = services.comparisons.result(actor, view.id)
    worker.terminate()  # who else writes meanwhile makes both sides differ
    worker.wait(30)

    manifest = made(services, folder)
    done = restored(folder, elsewhere, tmp_path)

    assert manifest.source == "primary"
    assert manifest.damaged == []
    assert done.blobs == manifest.blobs > 2
    assert done.rows > 20
    assert dumps.digests_of_database(elsewhere) == dumps.digests_of_database(services.settings.direct_to)
    other = build(load_settings(database_url=elsewhere, data_dir=tmp_path / "elsewhere"))
    try:
        same_actor = other.users.local_actor()
        assert other.comparisons.result(same_actor, view.id) == before
        assert other.documents.list(same_actor) == services.documents.list(actor)
        other.check()
    finally:
        other.close()


def test_a_second_backup_copies_only_what_is_new(
    services: Services, actor: Actor, add: Add, documents: list[str], folder: BackupFolder
) -> None:
    first = made(services, folder)
    add(actor, "third.pdf", sample_pair()[0][1] + b"\n% another\n")
    second = made(services, folder)
    assert (first.copied, second.copied) == (first.blobs, 1)
    assert second.blobs == first.blobs + 1
    folder.check(first)
    folder.check(second)


def test_encrypted_backups_hold_nothing_in_plain_and_need_their_key(
    services: Services, documents: list[str], elsewhere: str, tmp_path: Path
) -> None:
    key, other = x25519.Identity.generate(), x25519.Identity.generate()
    folder = BackupFolder(tmp_path / "sealed", str(key.to_public()))
    made(services, folder)
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as tar:
        tar.add(folder.path)
    assert b"%PDF-" not in held.getvalue()
    assert b"PGDMP" not in held.getvalue()
    for identity in (None, str(other)):
        with pytest.raises(BadKey):
            restored(folder, elsewhere, tmp_path, identity)
        dumps.refuse_filled(elsewhere)
    assert restored(folder, elsewhere, tmp_path, str(key)).blobs == 2


def test_a_key_file_as_age_writes_it(tmp_path: Path) -> None:
    key = x25519.Identity.generate()
    path = tmp_path / "key.txt"
    path.write_text(f"# created: 2026-11-22\n# public key: {key.to_public()}\n{key}\n")
    assert identity_in(path) == str(key)
    path.write_text("nothing")
    with pytest.raises(BadKey):
        identity_in(path)
    with pytest.raises(BadKey):
        BackupFolder(tmp_path, "age1nonsense")


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


@pytest.mark.parametrize(
    ("pattern", "harm"),
    [
        ("2*/database.dump", _cut),
        ("2*/database.dump", Path.unlink),
        ("2*/blobs.jsonl", _cut),
        ("blobs/*/pdf/*/*[0-9a-f]", _cut),
        ("blobs/*/pdf/*/*[0-9a-f]", Path.unlink),
    ],
)
def test_a_broken_backup_is_refused_before_anything_is_written(
    services: Services,
    documents: list[str],
    folder: BackupFolder,
    elsewhere: str,
    tmp_path: Path,
    pattern: str,
    harm: Callable[[Path], object],
) -> None:
    made(services, folder)
    harm(next(path for path in folder.path.glob(pattern) if path.suffix != ".sha256"))
    with pytest.raises(DamagedBackup):
        restored(folder, elsewhere, tmp_path)
    dumps.refuse_filled(elsewhere)
    with new_store(tmp_path) as blobs:
        assert list(blobs.everything()) == []


def test_a_broken_manifest_is_no_backup_and_lets_nothing_go(
    services: Services, documents: list[str], folder: BackupFolder
) -> None:
    first = made(services, folder)
    (folder.path / first.name / "manifest.json").write_text("{")
    with pytest.raises(NotFound):
        folder.manifest("latest")
    shelf = sum(1 for path in (folder.path / "blobs").rglob("*"))
    made(services, folder, backups.Keep(0, 0, 0))
    assert sum(1 for path in (folder.path / "blobs").rglob("*")) == shelf


def test_nothing_is_restored_over_something(
    services: Services, documents: list[str], folder: BackupFolder, elsewhere: str, tmp_path: Path
) -> None:
    made(services, folder)
    with pytest.raises(dumps.NotEmpty):
        restored(folder, services.settings.direct_to, tmp_path)
    with new_store(tmp_path) as blobs:
        blobs.put(uuid4(), "pdf", b"%PDF-1.4 of somebody else")
        with pytest.raises(dumps.NotEmpty):
            restored(folder, elsewhere, tmp_path)
    dumps.refuse_filled(elsewhere)


def test_a_restore_that_was_broken_off_is_run_again(
    services: Services, actor: Actor, documents: list[str], folder: BackupFolder, elsewhere: str, tmp_path: Path
) -> None:
    made(services, folder)
    with new_store(tmp_path) as blobs:  # as it is when the power went after the first document
        blobs.put(actor.workspace_id, "pdf", services.blobs.get(actor.workspace_id, "pdf", documents[0]))
    assert restored(folder, elsewhere, tmp_path).blobs == 2


def test_a_backup_of_a_later_release_is_refused(
    services: Services, documents: list[str], folder: BackupFolder, elsewhere: str, tmp_path: Path
) -> None:
    manifest = made(services, folder)
    path = folder.path / manifest.name / "manifest.json"
    path.write_text(path.read_text().replace(f'"revision": "{manifest.revision}"', '"revision": "9999"'))
    with pytest.raises(backups.BackupTooNew):
        restored(folder, elsewhere, tmp_path)


def test_a_replica_that_does_not_answer_is_passed_over(
    services: Services, documents: list[str], folder: BackupFolder
) -> None:
    nobody = "postgresql://pdfuser:x@127.0.0.1:9/pdfcompare"
    manifest = backups.make(folder, [nobody, services.settings.direct_to], services.blobs, KEEP)
    assert manifest.tables["public.documents"][0] == 2
    with pytest.raises(dumps.DumpFailed):
        backups.make(folder, [nobody], services.blobs, KEEP)
    assert [path.name for path in folder.path.glob(".*.partial")] != []  # what failed is no backup
    with folder.writing():
        assert list(folder.path.glob(".*.partial")) == []


def test_what_is_damaged_in_the_store_is_named(
    services: Services, actor: Actor, documents: list[str], folder: BackupFolder
) -> None:
    stored = next((services.settings.data_dir / "blobs" / "store").rglob(documents[0]))
    stored.chmod(0o600)
    stored.write_bytes(b"%PDF-1.4 changed")
    manifest = made(services, folder)
    assert manifest.damaged == [f"{actor.workspace_id}/pdf/{documents[0]}"]
    assert manifest.blobs == 1


def test_only_one_writes_at_a_time(services: Services, folder: BackupFolder) -> None:
    with folder.writing(), pytest.raises(BackupRuns):
        made(services, folder)


def test_old_backups_go_and_what_only_they_needed(
    services: Services, actor: Actor, documents: list[str], folder: BackupFolder
) -> None:
    first = made(services, folder)
    services.blobs.delete(actor.workspace_id, "pdf", documents[0])
    second = made(services, folder, backups.Keep(0, 0, 0))
    assert len(folder.backups()) == 2  # a day's stay, such as one before an update
    assert folder.drop([first.name]) == 1
    assert [manifest.name for manifest in folder.backups()] == [second.name] != [first.name]
    kept = {path.name for path in (folder.path / "blobs").rglob("*") if path.is_file()}
    assert kept == {documents[1], documents[1] + ".sha256"}


def test_which_backups_stay() -> None:
    now = datetime(2026, 11, 22, 2, 30, tzinfo=UTC)
    moments = [now - timedelta(days=days) for days in range(400)]
    kept = to_keep(moments, daily=7, weekly=4, monthly=6)
    assert kept >= set(moments[:7])
    assert {m.strftime("%G-%V") for m in kept} >= {"2026-47", "2026-46", "2026-45", "2026-44"}
    assert {m.strftime("%Y-%m") for m in kept} == {f"2026-{month:02}" for month in range(6, 12)}
    assert len(kept) <= 7 + 4 + 6
    assert to_keep(moments, daily=0, weekly=0, monthly=0) == {now}


def test_when_the_next_one_is_due() -> None:
    now = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    assert backup_command.next_time(None, "02:30", now) == now
    assert backup_command.next_time(now - timedelta(days=2), "02:30", now) == now
    assert backup_command.next_time(now - timedelta(hours=9), "02:30", now) == now.replace(day=23, hour=2, minute=30)
    assert backup_command.next_time(now - timedelta(hours=9), "14:00", now) == now.replace(hour=14)


def test_from_the_command_line(
    services: Services,
    documents: list[str],
    elsewhere: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from cli.main import main

    place = tmp_path / "by-command"
    monkeypatch.setenv("DATABASE_URL", services.settings.direct_to)
    monkeypatch.setenv("PDF_COMPARE_DATA_DIR", str(services.settings.data_dir))
    assert main(["backup", "--to", str(place)]) == 0
    assert main(["backup", "--to", str(place), "--list"]) == 0
    assert main(["backup", "--to", str(place), "--check", "latest"]) == 0
    said = capsys.readouterr().out
    assert "2 documents and results (2 new)" in said
    assert "is whole" in said
    assert main(["restore", "latest", "--from", str(place)]) == 2
    assert "error[not_empty]" in capsys.readouterr().err
    monkeypatch.setenv("DATABASE_URL", elsewhere)
    monkeypatch.setenv("PDF_COMPARE_DATA_DIR", str(tmp_path / "new"))
    assert main(["restore", "latest", "--from", str(place)]) == 0
    assert "0 differences" in capsys.readouterr().out


def test_errors_have_codes() -> None:
    for error in (BadKey, BackupRuns, DamagedBackup, backups.BackupTooNew, backups.RestoreDiffers, dumps.NotEmpty):
        assert issubclass(error, PdfCompareError)
        assert error.code != "internal"


def test_looking_for_backups_makes_no_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    absent = tmp_path / "none"
    arguments = argparse.Namespace(to=absent, recipient=None, list=True, check=None, service=False)
    assert backup_command.run(arguments) == 0
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", f"There is no backup in {absent}.\n")
    with pytest.raises(NotFound):
        BackupFolder(absent).manifest("latest")
    assert not absent.exists()
