"""Receiving, finding and deleting documents."""

from __future__ import annotations

import os
from pathlib import Path
from uuid import uuid4

import pytest

from core.errors import DamagedPdf, EmptyFile, FileTooLarge, InputError, NotAPdf, NotFound
from core.options import CompareOptions
from db.blobs import DamagedBlob
from service.access import Actor, Forbidden
from service.bootstrap import Services
from service.documents import clean_name
from tests.integration.conftest import Add, member
from tests.integration.pdfs import pdf


def test_a_document_is_stored_under_its_digest_and_can_be_read_back(services: Services, actor: Actor, add: Add) -> None:
    data = pdf(["One", "Two"])
    view = add(actor, "contract.pdf", data)
    assert (view.name, view.page_count, view.size_bytes) == ("contract.pdf", 2, len(data))
    fd = services.documents.open(actor, view.id)
    assert os.pread(fd, len(data) + 1, 0) == data
    os.close(fd)
    assert services.documents.find_by_digest(actor, view.sha256) == view
    assert services.documents.get(actor, view.id) == view


@pytest.mark.parametrize(
    ("data", "error"),
    [(b"", EmptyFile), (b"hello, I am no PDF", NotAPdf), (b"%PDF-1.7\n" + b"x" * 500, DamagedPdf)],
)
def test_a_bad_file_leaves_nothing(
    services: Services, actor: Actor, add: Add, data: bytes, error: type[InputError]
) -> None:
    with pytest.raises(error) as caught:
        add(actor, "bad.pdf", data)
    assert caught.value.message
    assert caught.value.help
    assert services.documents.list(actor) == ([], None)
    assert _files(services) == []


def test_an_upload_that_grows_too_large_is_refused_and_removed(
    services: Services, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = services.settings.limits.file_bytes
    with pytest.raises(FileTooLarge):
        services.documents.receive(actor, "big.pdf", size_hint=limit + 1)
    upload = services.documents.receive(actor, "big.pdf", size_hint=None)
    upload._incoming.size_bytes = limit
    with pytest.raises(FileTooLarge, match="200 MB"):
        upload.write(b"one more")
    assert _files(services) == []


def test_an_aborted_upload_leaves_nothing(services: Services, actor: Actor) -> None:
    upload = services.documents.receive(actor, "a.pdf")
    upload.write(b"%PDF-1.4 and then the user closed the page")
    upload.abort()
    assert _files(services) == []


def test_the_same_file_again_is_the_same_document_and_another_name_shares_its_bytes(
    services: Services, actor: Actor, add: Add
) -> None:
    data = pdf(["One"])
    first = add(actor, "a.pdf", data)
    assert add(actor, "a.pdf", data) == first
    second = add(actor, "b.pdf", data)
    assert second.id != first.id
    assert second.sha256 == first.sha256
    assert len(_files(services)) == 1


def test_the_list_is_searched_by_name_and_goes_on_where_it_stopped(services: Services, actor: Actor, add: Add) -> None:
    names = [f"plan {number}.pdf" for number in range(5)] + ["100%.pdf"]
    for number, name in enumerate(names):
        add(actor, name, pdf([f"Text {number}"]))
    seen, after = [], None
    while True:
        page, after = services.documents.list(actor, query="PLAN", limit=2, after=after)
        seen += [view.name for view in page]
        if after is None:
            break
    assert seen == names[4::-1]
    assert [view.name for view in services.documents.list(actor, query="%")[0]] == ["100%.pdf"]


def test_another_workspace_finds_nothing(services: Services, actor: Actor, stranger: Actor, add: Add) -> None:
    view = add(actor, "a.pdf", pdf(["One"]))
    other = add(stranger, "b.pdf", pdf(["Two"]))
    assert services.documents.list(stranger)[0] == [other]
    assert services.documents.find_by_digest(stranger, view.sha256) is None
    for act in (
        lambda: services.documents.get(stranger, view.id),
        lambda: services.documents.open(stranger, view.id),
        lambda: services.trash.put(stranger, "document", view.id),
        lambda: services.documents.get(stranger, str(uuid4())),
        lambda: services.documents.get(stranger, "no id"),
        lambda: services.comparisons.submit(stranger, view.id, other.id, CompareOptions()),
    ):
        with pytest.raises(NotFound):
            act()


def test_a_viewer_may_look_but_not_change(services: Services) -> None:
    viewer = member(services, "viewer")
    assert services.documents.list(viewer) == ([], None)
    with pytest.raises(Forbidden):
        services.documents.receive(viewer, "a.pdf")


def test_deleting_takes_comparisons_and_files_with_it_but_not_shared_bytes(
    services: Services, actor: Actor, add: Add
) -> None:
    data = pdf(["One"])
    first, twin, other = add(actor, "a.pdf", data), add(actor, "twin.pdf", data), add(actor, "b.pdf", pdf(["Two"]))
    comparison = services.comparisons.submit(actor, first.id, other.id, CompareOptions())
    services.blobs.put_derived(actor.workspace, "read", f"{first.sha256}-1", b"columns")
    services.trash.put(actor, "document", first.id)
    with pytest.raises(NotFound):
        services.comparisons.get(actor, comparison.id)
    assert services.jobs.depths()["compare"][0] == 0
    os.close(services.documents.open(actor, twin.id))
    for deleted in (first.id, twin.id):
        if deleted == twin.id:
            services.trash.put(actor, "document", twin.id)
        services.trash.purge(actor, "document", deleted)
    assert services.blobs.get_derived(actor.workspace, "read", f"{first.sha256}-1") is None
    assert [Path(name).name for name in _files(services)] == [other.sha256]


def test_a_stored_file_that_was_damaged_is_not_given_out(services: Services, actor: Actor, add: Add) -> None:
    view = add(actor, "a.pdf", pdf(["One"]))
    (path,) = [p for p in (services.settings.data_dir / "blobs" / "store").rglob("*") if p.is_file()]
    path.chmod(0o600)
    path.write_bytes(path.read_bytes().replace(b"One", b"Two"))
    with pytest.raises(DamagedBlob):
        services.documents.open(actor, view.id)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\plan.pdf", "plan.pdf"),
        ("a\x00b\n.pdf", "ab.pdf"),
        ("evil\u202efdp.exe", "evilfdp.exe"),
        ("   ", "document.pdf"),
        ("...", "document.pdf"),
        ("x" * 300 + ".pdf", "x" * 195 + ".pdf"),
        ("Vertrag Größe.pdf", "Vertrag Größe.pdf"),
        ("契約書.pdf", "契約書.pdf"),
    ],
)
def test_names_are_made_safe_to_show(given: str, kept: str) -> None:
    assert clean_name(given) == kept


def _files(services: Services) -> list[str]:
    folder = services.settings.data_dir / "blobs"
    return sorted(str(path) for path in folder.rglob("*") if path.is_file())
