"""Search over real documents in a real database, indexed by the worker's own code."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas
from sqlalchemy import select, text

from core.errors import NotFound, OptionsError
from core.options import CompareOptions
from core.searching.query import BadQuery
from db.rows import SearchDocumentRow
from service import search_index
from service.access import Actor
from service.bootstrap import Services
from service.views import DocumentView
from tests.integration.conftest import Add
from tests.unit.core.extraction.reading import document as read_here
from tests.unit.core.pdfs import drawn, lines
from tests.unit.core.scans import needs_tesseract, scanned
from worker.comparing import CompareSupervisor
from worker.indexing import Indexer

ENGLISH = (
    "The supplier delivers the goods within thirty days of the written order.",
    "Partial deliveries need the consent of the buyer, given in writing and for the",
    "whole of the consignment that is to be delivered.",
)
GERMAN = (
    "Der Lieferant übergibt die Ware und die Rechnungen mit dem Lieferschein an den",
    "Käufer; das gilt auch für die Größe der Gehäuse und die Prüfung des Materials.",
)
Index = Callable[[Actor, DocumentView], None]


@pytest.fixture
def index(services: Services) -> Index:
    def index_(actor: Actor, document: DocumentView) -> None:
        assert Indexer(services).run(actor.workspace, document.sha256, leaving=lambda: False)

    return index_


@pytest.fixture
def put(services: Services, add: Add, index: Index) -> Callable[..., DocumentView]:
    def put_(actor: Actor, name: str, pdf: bytes) -> DocumentView:
        document = add(actor, name, pdf)
        index(actor, document)
        return document

    return put_


def pages(services: Services, actor: Actor, query: str, **more: object) -> list[tuple[str, int]]:
    return [(hit.name, hit.page) for hit in services.search.find(actor, query, **more).hits]  # type: ignore[arg-type]


def test_words_are_found_in_their_forms_phrases_as_written(services: Services, actor: Actor, put) -> None:  # type: ignore[no-untyped-def]
    put(actor, "en.pdf", drawn(lines("Nothing here."), lines(*ENGLISH)))
    put(actor, "de.pdf", drawn(lines(*GERMAN)))
    assert pages(services, actor, "delivery") == [("en.pdf", 2)]
    assert pages(services, actor, '"deliveries need"') == [("en.pdf", 2)]
    assert pages(services, actor, '"delivery need"') == []
    assert pages(services, actor, "consig*") == [("en.pdf", 2)]
    assert pages(services, actor, "supplier -buyer") == []
    assert pages(services, actor, "Rechnung") == [("de.pdf", 1)]
    assert pages(services, actor, "grosse gehause") == [("de.pdf", 1)]
    assert pages(services, actor, "KÄUFER Prüfung") == [("de.pdf", 1)]
    assert pages(services, actor, "goods Ware") == []
    with pytest.raises(BadQuery):
        services.search.find(actor, "-goods")


def test_boxes_lie_on_the_words(services: Services, actor: Actor, put) -> None:  # type: ignore[no-untyped-def]
    """Every hit of every word of a page, against the boxes that the reader has."""
    pdf = drawn(lines(*ENGLISH * 8, size=9))
    put(actor, "en.pdf", pdf)
    words = read_here(pdf).words
    for sought in sorted({words.text(k).strip(".,;").lower() for k in range(len(words))}):
        (hit,) = services.search.find(actor, f'"{sought}"').hits
        wanted = [words.box[k].tolist() for k in range(len(words)) if words.text(k).strip(".,;").lower() == sought]
        assert hit.count == len(wanted)
        assert len(hit.boxes) == len(wanted)
        for box, true in zip(hit.boxes, wanted, strict=True):
            assert max(abs(a - b) for a, b in zip(box, true, strict=True)) < 0.06, sought


def test_the_snippet_shows_the_words_around(services: Services, actor: Actor, put) -> None:  # type: ignore[no-untyped-def]
    put(actor, "en.pdf", drawn(lines(*ENGLISH)))
    (hit,) = services.search.find(actor, '"consent of the buyer"').hits
    assert [piece.text for piece in hit.snippet if piece.is_hit] == ["consent of the buyer,"]
    said = "".join(piece.text for piece in hit.snippet)
    assert "deliveries need the consent of the buyer, given in writing" in said
    assert hit.count == 1 and len(hit.boxes) == 1


def test_chinese_and_japanese_are_found_by_any_part(services: Services, actor: Actor, put) -> None:  # type: ignore[no-untyped-def]
    pdfmetrics.registerFont(UnicodeCIDFont("HeiseiMin-W3"))
    stream = io.BytesIO()
    canvas = Canvas(stream)
    canvas.setFont("HeiseiMin-W3", 12)
    canvas.drawString(72, 700, "本契約書は両当事者の合意により成立する。")
    canvas.save()
    put(actor, "ja.pdf", stream.getvalue())
    for query in ("契約", "契約書", "約書", "者", "当事者の合意"):
        assert pages(services, actor, query) == [("ja.pdf", 1)], query
    assert pages(services, actor, "約契") == []
    (hit,) = services.search.find(actor, "契約書").hits
    assert [piece.text for piece in hit.snippet if piece.is_hit] == ["契約書"]


def test_hits_can_be_narrowed(services: Services, actor: Actor, put) -> None:  # type: ignore[no-untyped-def]
    one, two = put(actor, "one.pdf", drawn(lines(*ENGLISH))), put(actor, "two.pdf", drawn(lines(*ENGLISH, "More.")))
    assert pages(services, actor, "goods", document_id=two.id) == [("two.pdf", 1)]
    now = datetime.now(UTC)
    assert pages(services, actor, "goods", since=now + timedelta(hours=1)) == []
    assert len(pages(services, actor, "goods", until=now + timedelta(hours=1))) == 2
    assert pages(services, actor, "goods", kind="recognised") == []
    first = services.search.find(actor, "goods", limit=1)
    second = services.search.find(actor, "goods", limit=1, skip=1)
    assert first.total == 2 and {first.hits[0].name, second.hits[0].name} == {"one.pdf", "two.pdf"}
    assert one.id != two.id


def test_what_another_workspace_has_is_not_found(
    services: Services, actor: Actor, stranger: Actor, put: Callable[..., DocumentView]
) -> None:
    document = put(actor, "en.pdf", drawn(lines(*ENGLISH)))
    assert services.search.find(stranger, "goods").total == 0
    with pytest.raises(NotFound):
        services.search.find(stranger, "goods", document_id=document.id)
    with services.database.read() as session:
        for function in ("search_hits('x', NULL, NULL, 9, 0, 9)", "search_changes('x', NULL, 9, 0, 9)"):
            assert session.execute(text(f"SELECT * FROM {function}")).all() == []


def test_a_deleted_document_is_not_found_any_more(services: Services, actor: Actor, put) -> None:  # type: ignore[no-untyped-def]
    document = put(actor, "en.pdf", drawn(lines(*ENGLISH)))
    with services.database.write(actor.workspace) as session:
        assert search_index.forget_index(session, document.sha256) == 1
    assert services.search.find(actor, "goods").total == 0
    with services.database.read(actor.workspace) as session:
        for table in ("search_documents", "search_pages"):
            assert session.scalar(text(f"SELECT count(*) FROM {table}")) == 0


def test_a_language_can_be_chosen(services: Services, actor: Actor, put) -> None:  # type: ignore[no-untyped-def]
    document = put(actor, "x.pdf", drawn(lines("Gehäuse, Rechnungen, Prüfungen")))
    state = services.search.state(actor, document.id)
    assert state is not None and (state.language, state.is_chosen) == ("simple", False)
    assert pages(services, actor, "Rechnung") == []
    services.search.choose_language(actor, document.id, "german")
    assert pages(services, actor, "Rechnung") == [("x.pdf", 1)]
    state = services.search.state(actor, document.id)
    assert state is not None and (state.language, state.is_chosen) == ("german", True)
    with pytest.raises(OptionsError):
        services.search.choose_language(actor, document.id, "klingon")


def test_what_was_stored_before_is_asked_for_and_only_once(services: Services, actor: Actor, add: Add) -> None:
    document = add(actor, "en.pdf", drawn(lines(*ENGLISH)))
    with services.database.write(actor.workspace) as session:
        assert search_index.ask_for_missing(session, actor.workspace) == 0  # the upload has asked
        search_index.forget_index(session, document.sha256)
        assert search_index.ask_for_missing(session, actor.workspace) == 1
        assert search_index.ask_for_missing(session, actor.workspace) == 0
    assert services.search.find(actor, "goods").waiting == 1


def test_a_damaged_file_is_given_up_at_once(services: Services, actor: Actor, add: Add) -> None:
    document = add(actor, "a.pdf", drawn(lines(*ENGLISH)))
    services.blobs.delete(actor.workspace, "pdf", document.sha256)
    assert Indexer(services).run(actor.workspace, document.sha256, leaving=lambda: False)
    with services.database.read(actor.workspace) as session:
        problem = session.scalar(select(SearchDocumentRow.problem))
    assert problem == "not_found"


@needs_tesseract
def test_recognised_words_are_found_too(services: Services, actor: Actor, put) -> None:  # type: ignore[no-untyped-def]
    put(actor, "scan.pdf", scanned(lines(*ENGLISH, size=12)))
    (hit,) = services.search.find(actor, "supplier", kind="recognised").hits
    assert (hit.name, hit.page, hit.kind) == ("scan.pdf", 1, "recognised")
    assert hit.boxes and 60 < hit.boxes[0][1] < 80


def test_pages_and_documents_are_narrowed(  # by whom, when, how they were read, and what changed
    services: Services,
    actor: Actor,
    put,  # type: ignore[no-untyped-def]
) -> None:
    old = put(actor, "old.pdf", drawn(lines("The goods are delivered."), lines("Annex of the goods.")))
    new = put(actor, "new.pdf", drawn(lines("The goods are shipped."), lines("Annex of the goods.")))
    made = services.comparisons.submit(actor, old.id, new.id, CompareOptions())
    CompareSupervisor(services).run(UUID(made.job), actor.workspace, leaving=lambda: False)
    assert services.comparisons.get(actor, made.id).state == "done"
    assert sorted(pages(services, actor, "goods")) == [("new.pdf", 1), ("new.pdf", 2), ("old.pdf", 1), ("old.pdf", 2)]
    assert sorted(pages(services, actor, "goods", changed_only=True)) == [("new.pdf", 1), ("old.pdf", 1)]
    services.trash.put(actor, "comparison", made.id)
    assert pages(services, actor, "goods", changed_only=True) == []
    assert len(pages(services, actor, "goods", owner=actor.user_id)) == 4
    nobody = "00000000-0000-0000-0000-000000000000"
    assert pages(services, actor, "goods", owner=nobody) == []

    def names(**more: object) -> list[str]:
        return [view.name for view in services.documents.list(actor, **more)[0]]  # type: ignore[arg-type]

    now = datetime.now(UTC)
    assert names(owner=actor.user_id) == ["new.pdf", "old.pdf"] and names(owner=nobody) == []
    assert names(since=now - timedelta(hours=1), until=now + timedelta(hours=1), query="new") == ["new.pdf"]
    assert names(until=now - timedelta(hours=1)) == [] and names(since=now + timedelta(hours=1)) == []
    assert names(kind="text") == ["new.pdf", "old.pdf"] and names(kind="recognised") == []
