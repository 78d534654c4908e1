"""The trash: what is deleted is hidden everywhere, comes back whole, and is then gone everywhere, which is proved."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import text

from core.errors import NotFound
from core.options import CompareOptions
from service.access import Actor, Forbidden
from service.batches import Pair
from service.bootstrap import Services, build
from service.maintenance import Maintenance
from service.quotas import MonthSpent, count_use, refuse_spent
from service.remains import remains
from service.trash import Discarded, NotRestorable
from tests.integration.conftest import Add, member
from tests.integration.pdfs import pdf
from tests.results import change, result, side

RESULT = json.dumps(result(change("replaced", side("30"), side("45")))).encode()


@pytest.fixture
def pair(services: Services, actor: Actor, add: Add) -> tuple[str, str, str]:
    """Two documents and their comparison, done, with its changes and everything that is derived."""
    old, new = add(actor, "old.pdf", pdf(["The fee is 30."])), add(actor, "new.pdf", pdf(["The fee is 45."]))
    made = services.comparisons.submit(actor, old.id, new.id, CompareOptions())
    finish(services, actor, made.job)
    for document in (old, new):
        services.blobs.put_derived(actor.workspace, "read", f"{document.sha256}-1", b"columns")
        services.blobs.put_derived(actor.workspace, "page", f"{document.sha256}-1-100", b"picture")
    return old.id, new.id, made.id


def finish(services: Services, actor: Actor, job: str, told: bytes = RESULT) -> None:
    attempt = services.jobs.begin(actor.workspace, UUID(job))
    assert attempt is not None
    work = services.comparisons.work(attempt)
    assert work is not None and services.comparisons.finish(attempt, work, told)


def test_what_is_in_the_trash_is_nowhere_else_and_comes_back_whole(
    services: Services, actor: Actor, pair: tuple[str, str, str]
) -> None:
    old, new, comparison = pair
    sha256 = services.documents.get(actor, old).sha256
    shared, _ = services.shares.add(actor, comparison)
    services.trash.put(actor, "document", old)
    for act in (
        lambda: services.documents.get(actor, old),
        lambda: services.documents.open(actor, old),
        lambda: services.pages.text(actor, sha256, 1),
        lambda: services.comparisons.get(actor, comparison),
        lambda: services.comparisons.result(actor, comparison),
        lambda: services.comparisons.changes(actor, comparison),
        lambda: services.comparisons.export(actor, comparison, "md"),
        lambda: services.comparisons.submit(actor, old, new, CompareOptions()),
        lambda: services.trash.put(actor, "document", old),
    ):
        with pytest.raises(NotFound):
            act()
    assert [view.id for view in services.documents.list(actor)[0]] == [new]
    assert services.comparisons.list(actor)[0] == []
    assert services.shares.list(actor) == [] and shared
    [one] = services.trash.list(actor)
    assert (one.kind, one.id, one.name, one.by) == ("document", old, "old.pdf", "Local user")
    assert one.until is not None and 29 < (one.until - datetime.now(UTC)).days + 1 <= 30
    services.trash.restore(actor, "document", old)
    assert services.comparisons.result(actor, comparison) and services.documents.open(actor, old)
    assert services.trash.list(actor) == []


def test_a_comparison_goes_alone_and_waits_for_its_documents(
    services: Services, actor: Actor, pair: tuple[str, str, str]
) -> None:
    old, new, comparison = pair
    services.trash.put(actor, "comparison", comparison)
    assert services.documents.get(actor, old)
    services.trash.put(actor, "document", old)
    services.trash.put(actor, "document", new)
    with pytest.raises(NotRestorable):
        services.trash.restore(actor, "comparison", comparison)
    services.trash.restore(actor, "document", new)
    services.trash.restore(actor, "document", old)
    assert services.comparisons.list(actor)[0] == []  # it went before them, and stays
    services.trash.restore(actor, "comparison", comparison)
    assert services.comparisons.result(actor, comparison)


def test_a_comparison_that_is_not_done_is_ended_and_asked_for_anew(
    services: Services, actor: Actor, pair: tuple[str, str, str]
) -> None:
    """Its worker finds it gone; nothing of it lies in the trash for ever without a result."""
    old, new, _ = pair
    options = CompareOptions(pages="1")
    waits = services.comparisons.submit(actor, old, new, options)
    attempt = services.jobs.begin(actor.workspace, UUID(waits.job))
    assert attempt is not None and (work := services.comparisons.work(attempt)) is not None
    services.trash.put(actor, "comparison", waits.id)
    assert not services.comparisons.finish(attempt, work, RESULT)
    assert services.trash.list(actor) == []
    again = services.comparisons.submit(actor, old, new, options)
    assert again.id != waits.id and again.state == "queued"
    finish(services, actor, again.job)
    assert services.comparisons.result(actor, again.id)


def test_a_batch_takes_its_comparison_out_of_the_trash(
    services: Services, actor: Actor, pair: tuple[str, str, str]
) -> None:
    old, new, comparison = pair
    services.trash.put(actor, "comparison", comparison)
    batch = services.batches.begin(actor, "b", [Pair(old, new, ""), Pair(new, old, "")], CompareOptions())
    assert (batch.total, batch.states) == (2, {"done": 1, "queued": 1})
    assert services.trash.list(actor) == []


def test_what_went_with_another_or_was_restored_is_passed_over_when_the_trash_is_emptied(
    services: Services, actor: Actor, pair: tuple[str, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new, comparison = pair
    services.trash.put(actor, "comparison", comparison)
    services.trash.put(actor, "document", old)
    services.trash.put(actor, "document", new)
    listed = services.trash.list

    def list_and_restore(actor: Actor) -> Sequence[Discarded]:
        found = listed(actor)
        if any(one.id == new for one in found):  # at this moment somebody else does
            services.trash.restore(actor, "document", new)
        return found

    monkeypatch.setattr(services.trash, "list", list_and_restore)
    assert services.trash.empty(actor) == 1  # the comparison went with its document
    assert listed(actor) == [] and services.documents.open(actor, new)


def test_documents_that_went_one_after_the_other_bring_their_comparison_back(
    services: Services, actor: Actor, pair: tuple[str, str, str]
) -> None:
    old, new, comparison = pair
    services.trash.put(actor, "document", old)
    services.trash.put(actor, "document", new)
    services.trash.restore(actor, "document", old)
    assert services.comparisons.list(actor)[0] == []
    services.trash.restore(actor, "document", new)
    assert services.comparisons.result(actor, comparison)


def test_the_same_file_and_the_same_question_come_out_of_the_trash(
    services: Services, actor: Actor, add: Add, pair: tuple[str, str, str]
) -> None:
    old, new, comparison = pair
    services.trash.put(actor, "comparison", comparison)
    again = services.comparisons.submit(actor, old, new, CompareOptions())
    assert (again.id, again.state) == (comparison, "done")
    services.trash.put(actor, "document", old)
    assert add(actor, "old.pdf", pdf(["The fee is 30."])).id == old
    assert services.trash.list(actor) == []
    actions = [entry.action for entry in services.audit.list(actor)[0]]
    assert {"document.trashed", "document.restored", "comparison.trashed", "comparison.restored"} <= set(actions)


def test_what_goes_for_good_leaves_nothing_and_the_log_proves_it(
    services: Services, actor: Actor, pair: tuple[str, str, str]
) -> None:
    old, new, _ = pair
    digests = {side: services.documents.get(actor, side).sha256 for side in (old, new)}
    before = services.trash.remains(actor, digests[old])
    assert before == {
        "table documents": 1,
        "table search_documents": 1,
        "blobs pdf": 1,
        "blobs read": 1,
        "blobs page": 1,
    }
    services.trash.put(actor, "document", old)
    assert services.trash.remains(actor, digests[old]) == before  # nothing is gone yet
    assert services.trash.purge(actor, "document", old) == {}
    assert services.trash.remains(actor, digests[old]) == {}
    assert services.trash.remains(actor, digests[new])
    [proof] = services.audit.list(actor, actions=["document.gone"])[0]
    assert proof.detail == {"sha256": digests[old], "left": 0} and proof.subject == old
    services.trash.put(actor, "document", new)
    assert services.trash.empty(actor) == 1
    assert list(services.blobs.list(actor.workspace)) == []
    with services.database.read(actor.workspace, with_trash=True) as session:
        for table in ("documents", "comparisons", "changes", "jobs"):
            assert session.scalar(text(f"SELECT count(*) FROM {table}")) == 0, table
    with pytest.raises(NotFound):
        services.trash.restore(actor, "document", old)


def test_bytes_that_another_document_has_stay(services: Services, actor: Actor, add: Add) -> None:
    data = pdf(["One"])
    first, twin = add(actor, "a.pdf", data), add(actor, "b.pdf", data)
    services.trash.put(actor, "document", first.id)
    assert services.documents.find_by_digest(actor, first.sha256) == twin
    left = {"table documents": 1, "table search_documents": 1, "blobs pdf": 1}
    assert services.trash.purge(actor, "document", first.id) == left
    assert services.audit.list(actor, actions=["document.left"])[0]
    assert services.documents.open(actor, twin.id)


def test_the_trash_empties_itself_and_its_bytes_are_no_orphans_before(
    services: Services, actor: Actor, pair: tuple[str, str, str]
) -> None:
    old, new, _ = pair
    maintenance = Maintenance(services.settings, services.database, services.blobs, services.jobs)
    services.trash.put(actor, "document", old)
    assert maintenance.drop_orphans(actor.workspace, older_than_seconds=0) == 0
    assert services.trash.expire(actor.workspace) == 0
    with services.database.write(actor.workspace, with_trash=True) as session:
        session.execute(
            text("UPDATE documents SET deleted_at = now() - interval '31 days' WHERE deleted_at IS NOT NULL")
        )
    maintenance.run(0)
    assert services.trash.list(actor) == []
    with pytest.raises(NotFound):
        services.trash.restore(actor, "document", old)
    assert services.documents.get(actor, new)
    [proof] = services.audit.list(actor, actions=["document.gone"])[0]
    assert proof.detail["left"] == 0 and proof.user is None


def test_retention_takes_what_was_derived_too(services: Services, actor: Actor, pair: tuple[str, str, str]) -> None:
    """As the hourly round does it, for a workspace with days of its own."""
    digest = services.documents.get(actor, pair[0]).sha256
    services.quotas.keep(actor, 5)
    with services.database.write(actor.workspace) as session:
        session.execute(text("UPDATE jobs SET finished_at = now() - interval '6 days'"))
        session.execute(text("UPDATE documents SET created_at = now() - interval '6 days'"))
    maintenance = Maintenance(services.settings, services.database, services.blobs, services.jobs)
    maintenance.run(60)  # not the hour's first minute
    assert services.documents.get(actor, pair[0])
    maintenance.run(3600)
    assert services.documents.list(actor)[0] == []
    assert maintenance.drop_orphans(actor.workspace, older_than_seconds=0) >= 6
    assert remains(services.database, services.blobs, actor.workspace, [digest]) == {}


def test_without_a_trash_it_is_gone_at_once(services: Services, actor: Actor, pair: tuple[str, str, str]) -> None:
    strict = build(services.settings.model_copy(update={"trash_days": 0.0}))
    digest = strict.documents.get(actor, pair[0]).sha256
    strict.trash.put(actor, "document", pair[0])
    assert strict.trash.list(actor) == [] and strict.trash.remains(actor, digest) == {}
    strict.close()


def test_what_a_month_uses_is_counted_and_bounded(services: Services, actor: Actor, add: Add) -> None:
    admin = services.users.operator_of(actor.workspace)
    old, new, other = (add(actor, f"{n}.pdf", pdf([f"Page {n}"])) for n in range(3))
    services.quotas.bound(admin, actor.workspace_id, most_bytes=None, most_documents=None, most_ocr_pages=3)
    made = services.comparisons.submit(actor, old.id, new.id, CompareOptions())
    told = json.loads(RESULT)
    for side_ in ("old", "new"):
        for page in told[side_]["pages"]:
            page["compared"] = ["text", "ocr"]
    finish(services, actor, made.job, json.dumps(told).encode())
    usage = services.quotas.usage(actor)
    assert (usage.ocr_pages, usage.most_ocr_pages, usage.model_tokens) == (4, 3, 0)
    with pytest.raises(MonthSpent, match=r"4 of 3 pages .* this month") as refused:
        services.comparisons.submit(actor, old.id, other.id, CompareOptions())
    assert "OCR: never" in refused.value.help and "administrator" in refused.value.help
    assert services.comparisons.submit(actor, old.id, new.id, CompareOptions()).state == "done"  # asks for nothing new
    assert services.comparisons.submit(actor, old.id, other.id, CompareOptions(ocr="never")).state == "queued"
    with services.database.write(actor.workspace) as session:
        session.execute(text("UPDATE monthly_use SET month = month - interval '1 month'"))
    assert services.comparisons.submit(actor, new.id, other.id, CompareOptions()).state == "queued"
    with services.database.write(actor.workspace) as session:
        for _ in range(2):
            count_use(session, actor.workspace, "model_tokens", 500)
        refuse_spent(session, services.settings, actor.workspace, "model_tokens")
        with pytest.raises(MonthSpent, match=r"1,000 of 1,000 tokens"):
            bounded = services.settings.model_copy(update={"workspace_model_tokens": 1000})
            refuse_spent(session, bounded, actor.workspace, "model_tokens")


def test_who_may_do_what(services: Services, actor: Actor, stranger: Actor, pair: tuple[str, str, str]) -> None:
    editor = member(services, "editor")
    services.trash.put(actor, "document", pair[0])
    for act in (services.trash.put, services.trash.restore):
        with pytest.raises(NotFound):
            act(stranger, "document", pair[0])
    with pytest.raises(NotFound):
        services.trash.purge(stranger, "document", pair[0])
    with pytest.raises(Forbidden):
        services.trash.purge(editor, "document", pair[0])
    with pytest.raises(Forbidden):
        services.trash.remains(editor, "0" * 64)
