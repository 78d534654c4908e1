"""Submitting: the same question is the same comparison, and a row and its job exist both or not at all."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from core.errors import NotFound
from core.options import CompareOptions
from service import queue
from service.access import Actor
from service.bootstrap import Services
from service.views import BadCursor, NotReady
from tests.integration.conftest import Add, submit_pair
from tests.integration.pdfs import pdf

OLD, NEW = pdf(["The term is 30 days"]), pdf(["The term is 45 days"])


def test_fifty_equal_submits_at_once_are_one_job(services: Services, actor: Actor, add: Add) -> None:
    old, new = add(actor, "old.pdf", OLD), add(actor, "new.pdf", NEW)
    with ThreadPoolExecutor(25) as threads:
        views = list(
            threads.map(lambda _: services.comparisons.submit(actor, old.id, new.id, CompareOptions()), range(50))
        )
    assert len({view.id for view in views}) == 1
    assert _engine_jobs(services) == 1
    assert len(services.comparisons.list(actor)[0]) == 1


def test_other_options_or_the_other_way_round_is_another_comparison(services: Services, actor: Actor, add: Add) -> None:
    first = submit_pair(services, add, actor, OLD, NEW)
    again = submit_pair(services, add, actor, OLD, NEW)
    other = services.comparisons.submit(actor, first.old.id, first.new.id, CompareOptions(ignore=("case",)))
    turned = services.comparisons.submit(actor, first.new.id, first.old.id, CompareOptions())
    assert again.id == first.id
    assert len({first.id, other.id, turned.id}) == 3


def test_when_the_transaction_fails_there_is_neither_row_nor_job(
    services: Services, actor: Actor, add: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = add(actor, "old.pdf", OLD), add(actor, "new.pdf", NEW)
    defer = queue.defer

    def defer_and_break(*args: object, **named: object) -> int:
        defer(*args, **named)  # type: ignore[arg-type]
        raise RuntimeError("the process dies here")

    with monkeypatch.context() as broken:
        broken.setattr(queue, "defer", defer_and_break)
        with pytest.raises(RuntimeError):
            services.comparisons.submit(actor, old.id, new.id, CompareOptions())
    assert _engine_jobs(services) == 0
    assert services.comparisons.list(actor)[0] == []


def test_a_waiting_job_is_cancelled_at_once_and_can_be_retried(services: Services, actor: Actor, add: Add) -> None:
    view = submit_pair(services, add, actor, OLD, NEW)
    assert (view.state, view.queue_position) == ("queued", 1)
    assert services.comparisons.cancel(actor, view.id).state == "cancelled"
    assert _engine_jobs(services) == 0
    assert services.comparisons.retry(actor, view.id).state == "queued"
    assert _engine_jobs(services) == 1
    assert services.comparisons.retry(actor, view.id).state == "queued"
    assert _engine_jobs(services) == 1
    services.comparisons.cancel(actor, view.id)
    assert submit_pair(services, add, actor, OLD, NEW).state == "queued"


def test_each_waiting_job_of_a_user_goes_behind_the_first_of_another(
    services: Services, actor: Actor, stranger: Actor, add: Add
) -> None:
    mine = [
        submit_pair(services, add, actor, OLD, NEW, CompareOptions(ignore=ignored))
        for ignored in ((), ("case",), ("moves",))
    ]
    theirs = submit_pair(services, add, stranger, OLD, NEW)
    positions = [services.comparisons.get(actor, view.id).queue_position for view in mine]
    assert positions == [1, 3, 4]
    assert theirs.queue_position == 2


def test_a_result_that_is_not_there_yet_is_said_so(services: Services, actor: Actor, add: Add) -> None:
    view = submit_pair(services, add, actor, OLD, NEW)
    with pytest.raises(NotReady):
        services.comparisons.result(actor, view.id)
    with pytest.raises(NotReady):
        services.comparisons.export(actor, view.id, "html")


def test_another_workspace_finds_no_comparison(services: Services, actor: Actor, stranger: Actor, add: Add) -> None:
    view = submit_pair(services, add, actor, OLD, NEW)
    assert services.comparisons.list(stranger) == ([], None)
    for use in (
        services.comparisons.get,
        services.comparisons.result,
        services.comparisons.result_etag,
        services.comparisons.cancel,
        services.comparisons.retry,
    ):
        with pytest.raises(NotFound):
            use(stranger, view.id)  # type: ignore[operator]


def test_the_list_goes_on_where_it_stopped(services: Services, actor: Actor, add: Add) -> None:
    ids = [
        submit_pair(services, add, actor, OLD, NEW, CompareOptions(pages=f"1-{number}")).id for number in range(1, 6)
    ]
    first, after = services.comparisons.list(actor, limit=3)
    rest, end = services.comparisons.list(actor, limit=3, after=after)
    assert [view.id for view in first + rest] == ids[::-1]
    assert end is None
    with pytest.raises(BadCursor):
        services.comparisons.list(actor, after="nonsense")


def _engine_jobs(services: Services) -> int:
    with services.database.read() as session:
        return session.scalar(text("SELECT count(*) FROM procrastinate_jobs WHERE queue_name = 'compare'")) or 0
