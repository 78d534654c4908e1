"""Documents and comparisons between workspaces: whole, by who may work in both, and nothing else with them."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from core.errors import NotFound
from core.options import CompareOptions
from service.access import Actor, Forbidden, Role
from service.bootstrap import Services
from service.moving import BadMove
from service.quotas import WorkspaceFull
from service.views import NotReady
from tests.integration.conftest import Add
from tests.integration.pdfs import pdf
from tests.integration.test_trash import finish


def joined(services: Services, actor: Actor, boss: Actor, role: Role) -> Actor:
    """The same person in the workspace of another."""
    _, secret = services.workspaces.invite(boss, "x", role)
    services.workspaces.accept(secret, actor.user)
    return services.users.actor(actor.user, boss.workspace)


def test_a_comparison_goes_with_its_documents_and_its_result(
    services: Services, actor: Actor, stranger: Actor, add: Add
) -> None:
    there = joined(services, actor, stranger, Role.EDITOR)
    old, new = add(actor, "old.pdf", pdf(["30"])), add(actor, "new.pdf", pdf(["45"]))
    made = services.comparisons.submit(actor, old.id, new.id, CompareOptions())
    with pytest.raises(NotReady):
        services.moving.copy(actor, "comparison", made.id, there.workspace_id)
    finish(services, actor, made.job)
    services.reviews.decide(actor, made.id, services.comparisons.changes(actor, made.id)[0][0].id, "accepted")
    copied = services.moving.copy(actor, "comparison", made.id, there.workspace_id)
    seen = services.comparisons.get(stranger, copied)  # also for its other people
    assert (seen.state, seen.old.sha256, seen.old.name) == ("done", old.sha256, "old.pdf") and seen.old.id != old.id
    assert services.comparisons.result(stranger, copied) == services.comparisons.result(actor, made.id)
    assert services.comparisons.changes(stranger, copied)[1] == services.comparisons.changes(actor, made.id)[1] == 1
    assert services.pages.text(stranger, old.sha256, 1)
    assert services.moving.copy(actor, "comparison", made.id, there.workspace_id) == copied  # once
    for act in (lambda: services.comparisons.get(actor, copied), lambda: services.comparisons.get(there, made.id)):
        with pytest.raises(NotFound):
            act()
    prefixes = {path.parts[-4] for path in (services.settings.data_dir / "blobs" / "store").rglob(old.sha256)}
    assert prefixes == {actor.workspace_id, there.workspace_id}
    logs = {who: [e.action for e in services.audit.list(who)[0]] for who in (actor, stranger)}
    assert "comparison.copied" in logs[actor] and "comparison.asked" in logs[stranger]
    # What is deleted on one side stays on the other.
    services.trash.put(actor, "document", old.id)
    services.trash.purge(actor, "document", old.id)
    assert services.comparisons.result(stranger, copied) and services.pages.text(stranger, old.sha256, 1)


def test_a_document_is_moved_into_the_trash_here(services: Services, actor: Actor, stranger: Actor, add: Add) -> None:
    there = joined(services, actor, stranger, Role.EDITOR)
    document = add(actor, "a.pdf", pdf(["One"]))
    copied = services.moving.copy(actor, "document", document.id, there.workspace_id, move=True)
    assert services.documents.get(there, copied).sha256 == document.sha256
    with pytest.raises(NotFound):
        services.documents.get(actor, document.id)
    assert [one.id for one in services.trash.list(actor)] == [document.id]
    services.trash.put(there, "document", copied)
    services.trash.restore(actor, "document", document.id)
    assert services.moving.copy(actor, "document", document.id, there.workspace_id) == copied  # out of the trash there


def test_it_takes_an_editor_on_both_sides(services: Services, actor: Actor, stranger: Actor, add: Add) -> None:
    document = add(actor, "a.pdf", pdf(["One"]))
    with pytest.raises(NotFound):
        services.moving.copy(actor, "document", document.id, stranger.workspace_id)
    there = joined(services, actor, stranger, Role.REVIEWER)
    with pytest.raises(Forbidden):
        services.moving.copy(actor, "document", document.id, there.workspace_id)
    foreign = add(stranger, "b.pdf", pdf(["Two"]))
    with pytest.raises(Forbidden):  # nor out of where he only looks
        services.moving.copy(there, "document", foreign.id, actor.workspace_id)
    services.workspaces.set_role(stranger, actor.user_id, Role.EDITOR)
    with pytest.raises(NotFound):  # a document of there, asked for as one of here
        services.moving.copy(actor, "document", foreign.id, there.workspace_id)
    with pytest.raises(Forbidden, match="token"):
        services.moving.copy(replace(actor, via="api"), "document", document.id, there.workspace_id)
    with pytest.raises(BadMove):
        services.moving.copy(actor, "document", document.id, actor.workspace_id)
    admin = services.users.operator_of(UUID(stranger.workspace_id))
    services.quotas.bound(admin, stranger.workspace_id, most_bytes=0, most_documents=1)
    with pytest.raises(WorkspaceFull):
        services.moving.copy(actor, "document", document.id, there.workspace_id, move=True)
    assert services.documents.get(actor, document.id)
