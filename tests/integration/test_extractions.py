"""Extractions as jobs, done by the worker's own code."""

from __future__ import annotations

import json

import pytest

from core.errors import NotFound, OptionsError, StorageError
from core.extraction.options import ExtractOptions
from service.access import Actor
from service.bootstrap import Services
from service.views import NotReady
from tests.integration.conftest import Add
from tests.unit.core.pdfs import drawn, lines
from worker.attempts import Verdict
from worker.extracting import ExtractSupervisor

PDF = drawn(lines("A first page."), lines("And a second."))


def test_an_extraction_is_done_once_and_kept(
    services: Services, actor: Actor, stranger: Actor, add: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = add(actor, "a.pdf", PDF)
    options = ExtractOptions(what=("text", "searchable", "page_images"), dpi=36)
    asked = services.extractions.submit(actor, document.id, options)
    assert asked.state == "queued"
    with pytest.raises(NotReady):
        services.extractions.result(actor, asked.id)
    run = ExtractSupervisor(services).run
    assert run(asked.id and _uuid(asked.job), actor.workspace, leaving=lambda: False) is Verdict.ENDED
    done = services.extractions.submit(actor, document.id, options)
    assert (done.id, done.state) == (asked.id, "done")
    assert done.summary is not None and done.summary["pages"] == 2
    assert [row[:3] for row in done.summary["files"]] == [
        ["searchable", "searchable.pdf", "application/pdf"],
        ["page_images", "page-0001.png", "image/png"],
        ["page_images", "page-0002.png", "image/png"],
    ]
    result = json.loads(services.extractions.result(actor, done.id))
    assert [page["text"] for page in result["pages"]] == ["A first page.", "And a second."]
    text = services.extractions.export(actor, done.id, "txt")
    assert (text.data, text.filename) == (b"A first page.\n\x0cAnd a second.\n", "a.txt")
    assert services.extractions.file(actor, done.id, 0).data.startswith(b"%PDF")
    with pytest.raises(OptionsError):
        services.extractions.export(actor, done.id, "tables-csv")
    with pytest.raises(NotFound):
        services.extractions.get(stranger, done.id)
    assert [view.id for view in services.extractions.list(actor, document.id)] == [done.id]

    # A store that is away is no reason to forget it.
    def away(*_: object) -> bytes:
        raise StorageError

    monkeypatch.setattr(services.blobs, "read_derived", away)
    with pytest.raises(StorageError):
        services.extractions.result(actor, done.id)
    monkeypatch.undo()
    assert services.extractions.result(actor, done.id)


def test_a_failed_extraction_says_why_and_can_be_asked_for_again(services: Services, actor: Actor, add: Add) -> None:
    document = add(actor, "a.pdf", PDF)
    options = ExtractOptions(what=("text",), pages="9")
    asked = services.extractions.submit(actor, document.id, options)
    ExtractSupervisor(services).run(_uuid(asked.job), actor.workspace, leaving=lambda: False)
    failed = services.extractions.get(actor, asked.id)
    assert failed.state == "failed" and failed.error is not None and "no page of 9" in failed.error.message
    assert services.extractions.submit(actor, document.id, options).state == "queued"


def _uuid(text: str):  # type: ignore[no-untyped-def]
    from uuid import UUID

    return UUID(text)
