"""Profiles of a workspace: saved, replaced, found, kept apart, and read when they come from another version."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import update

from core.errors import NotFound, OptionsError
from core.profiles import Profile, built_in
from db.rows import ProfileRow
from service.access import Actor, Forbidden
from service.bootstrap import Services
from tests.integration.conftest import Add, member
from tests.integration.pdfs import pdf


def profile(name: str = "ours", **options: object) -> Profile:
    return Profile.from_json({"name": name, "description": "For tests.", "options": options})


def test_built_in_ones_come_first_and_own_ones_by_name(services: Services, actor: Actor) -> None:
    for name in ("zeta", "Alpha", "beta"):
        services.profiles.save(actor, profile(name))
    found = services.profiles.list(actor)
    assert [view.name for view in found] == [*built_in(), "Alpha", "beta", "zeta"]
    assert [view.is_built_in for view in found] == [True] * len(built_in()) + [False] * 3


def test_saved_again_is_replaced(services: Services, actor: Actor) -> None:
    services.profiles.save(actor, profile(ignore=["case"]))
    services.profiles.save(actor, profile(ignore_areas=["top-left 0,0 10x10 name=Logo"], without_layers=["style"]))
    found = services.profiles.get(actor, " ours ")
    assert found.profile == profile(ignore_areas=["top-left 0,0 10x10 name=Logo"], without_layers=["style"])
    assert found.updated_at is not None
    services.profiles.delete(actor, "ours")
    with pytest.raises(NotFound):
        services.profiles.get(actor, "ours")
    with pytest.raises(NotFound):
        services.profiles.delete(actor, "ours")


def test_a_name_of_the_product_is_taken(services: Services, actor: Actor) -> None:
    with pytest.raises(OptionsError, match="built-in"):
        services.profiles.save(actor, profile("Technical-Drawing"))
    with pytest.raises(NotFound):
        services.profiles.delete(actor, "contract")


def test_another_workspace_has_its_own(services: Services, actor: Actor, stranger: Actor) -> None:
    services.profiles.save(actor, profile())
    assert len(services.profiles.list(stranger)) == len(built_in())
    services.profiles.save(stranger, profile(ignore=["moves"]))
    assert services.profiles.options(actor, "ours").ignore == ()


def test_a_viewer_reads_and_does_not_write(services: Services) -> None:
    viewer = member(services, "viewer")
    assert len(services.profiles.list(viewer)) == len(built_in())
    for write in (lambda: services.profiles.save(viewer, profile()), lambda: services.profiles.delete(viewer, "ours")):
        with pytest.raises(Forbidden):
            write()


def test_one_of_another_version_is_listed_and_not_used(services: Services, actor: Actor) -> None:
    services.profiles.save(actor, profile())
    with services.database.write(actor.workspace) as session:
        session.execute(update(ProfileRow).values(options={"telepathy": True}))
    view = services.profiles.list(actor)[-1]
    assert view.problem is not None
    assert "telepathy" in view.problem
    with pytest.raises(OptionsError, match="ours"):
        services.profiles.options(actor, "ours")


def test_there_is_an_end_to_them_also_when_many_are_saved_at_once(
    services: Services, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.profiles.MOST_PROFILES", 3)

    def save(k: int) -> bool:
        try:
            services.profiles.save(actor, profile(f"p{k}"))
        except OptionsError:
            return False
        return True

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(save, range(8))) == 3
    assert services.profiles.save(actor, profile(services.profiles.list(actor)[-1].name)).name.startswith("p")


def test_options_stored_by_an_older_version_are_still_listed(services: Services, actor: Actor, add: Add) -> None:
    from db.rows import ComparisonRow
    from tests.integration.conftest import submit_pair

    stored = {"layers": ["text"], "ignore": ["case"], "show_running": True, "pages": None, "ocr": "never"}
    view = submit_pair(services, add, actor, pdf(["One"]), pdf(["Two"]))
    with services.database.write(actor.workspace) as session:
        session.execute(update(ComparisonRow).values(options=stored))
    read = services.comparisons.get(actor, view.id).options
    assert {name: read.to_json()[name] for name in stored} == stored
