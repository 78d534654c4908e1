"""Real workers as processes: they finish, stop, die and are taken over, and a result comes exactly once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, text, update

from core.errors import ChildCrashed
from core.extraction.options import ExtractOptions
from core.options import CompareOptions
from db.database import Unavailable
from db.rows import ChangeRow, JobRow
from service import queue
from service.access import Actor
from service.bootstrap import Services
from service.jobs import MOST_VANISHED, Attempt
from service.maintenance import Maintenance
from service.views import ComparisonView
from tests.integration.conftest import Add, StartWorker, submit_pair, wait_for
from tests.integration.pdfs import pdf, slow_pdf
from tests.processes import is_running
from worker.attempts import Verdict
from worker.extracting import ExtractSupervisor

OLD, NEW = pdf(["The term is 30 days", "Page two"]), pdf(["The term is 45 days", "Page two"])
SLOW_PAGES = 1500


def test_a_comparison_is_done_and_its_changes_can_be_queried(
    services: Services, actor: Actor, add: Add, start_worker: StartWorker
) -> None:
    start_worker()
    view = _done(services, actor, submit_pair(services, add, actor, OLD, NEW))
    result = json.loads(services.comparisons.result(actor, view.id))
    assert [c["new"]["text"] for c in result["changes"]] == ["45"]
    assert view.summary == result["summary"]
    with services.database.read(actor.workspace) as session:
        rows = session.scalars(select(ChangeRow)).all()
        assert [(r.change_id, r.layer, r.kind, r.old_text, r.new_text, r.new_page) for r in rows] == [
            (result["changes"][0]["id"], "text", "replaced", "30", "45", 1)
        ]
    # Asked again it is there at once, with the same bytes; under other names it is not compared again.
    again = services.comparisons.submit(actor, view.old.id, view.new.id, CompareOptions())
    assert (again.id, again.state) == (view.id, "done")
    other = add(actor, "renamed.pdf", NEW)
    twin = _done(services, actor, services.comparisons.submit(actor, view.old.id, other.id, CompareOptions()))
    renamed = json.loads(services.comparisons.result(actor, twin.id))
    assert renamed["new"]["name"] == "renamed.pdf"
    assert renamed["changes"] == result["changes"]
    _wait_until_engine_is_empty(services)


def test_a_job_that_cannot_be_done_fails_with_a_sentence_and_the_next_one_runs(
    services: Services, actor: Actor, add: Add, start_worker: StartWorker
) -> None:
    start_worker()
    view = submit_pair(services, add, actor, OLD, NEW, CompareOptions(pages="90-99"))
    failed = wait_for(services, actor, view.id, lambda v: not v.is_live)
    assert failed.state == "failed"
    assert failed.error is not None
    assert failed.error.message
    assert failed.error.remedy
    _done(services, actor, submit_pair(services, add, actor, OLD, NEW))


def test_progress_is_told_by_page_and_a_running_job_is_cancelled_within_two_seconds(
    services: Services, actor: Actor, add: Add, start_worker: StartWorker
) -> None:
    worker = start_worker(PDF_COMPARE_WORKER_QUEUES="compare")  # nothing else has children
    view = submit_pair(services, add, actor, slow_pdf(SLOW_PAGES, "a"), slow_pdf(SLOW_PAGES, "b"))
    running = wait_for(services, actor, view.id, lambda v: v.progress is not None and v.progress.done > 0)
    assert running.progress is not None
    assert running.progress.stage == "reading"
    assert running.progress.total in {SLOW_PAGES, 2 * SLOW_PAGES}
    assert _descendants(worker.pid)
    asked = time.monotonic()
    services.comparisons.cancel(actor, view.id)
    wait_for(services, actor, view.id, lambda v: v.state == "cancelled", seconds=5)
    took = time.monotonic() - asked
    assert took < 2.0
    assert _descendants(worker.pid) == []
    _done(services, actor, submit_pair(services, add, actor, OLD, NEW))


def test_sigterm_hands_back_what_does_not_end_in_time_and_another_worker_does_it(
    services: Services, actor: Actor, add: Add, start_worker: StartWorker
) -> None:
    worker = start_worker()
    view = submit_pair(services, add, actor, slow_pdf(SLOW_PAGES, "a"), slow_pdf(SLOW_PAGES, "b"))
    wait_for(services, actor, view.id, lambda v: v.progress is not None and v.progress.done > 0)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(10) == 0
    assert services.comparisons.get(actor, view.id).state == "queued"
    # So that the test need not wait for all of it.
    services.comparisons.cancel(actor, view.id)
    assert _engine_jobs(services) == 0
    small = submit_pair(services, add, actor, OLD, NEW)
    start_worker()
    _done(services, actor, small)


@pytest.mark.slow
def test_the_job_of_a_killed_worker_is_resumed_within_45_seconds_with_one_result(
    services: Services, actor: Actor, add: Add, start_worker: StartWorker
) -> None:
    worker = start_worker()
    view = submit_pair(services, add, actor, slow_pdf(300, "a"), slow_pdf(300, "b"))
    wait_for(services, actor, view.id, lambda v: v.progress is not None and v.progress.done > 0)
    children = _descendants(worker.pid)
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()
    killed = time.monotonic()
    start_worker()
    while _job(services, actor).attempt < 2:
        assert time.monotonic() - killed < 45
        time.sleep(0.1)
    assert children
    assert not any(is_running(child) for child in children)
    done = _done(services, actor, view, seconds=120)
    with services.database.read(actor.workspace) as session:
        rows = session.scalar(select(func.count()).select_from(ChangeRow))
        job = session.scalars(select(JobRow)).one()
    result = json.loads(services.comparisons.result(actor, done.id))
    assert rows == len(result["changes"]) > 0
    assert (job.attempt, job.vanished, job.crashes) == (2, 1, 0)


def test_a_job_whose_child_dies_twice_fails_with_the_reason(
    services: Services, actor: Actor, add: Add, start_worker: StartWorker
) -> None:
    # So little memory that no child can even start.
    start_worker(PDF_COMPARE_LIMIT_ADDRESS_SPACE_BYTES=str(40 * 1024 * 1024))
    view = submit_pair(services, add, actor, OLD, NEW)
    failed = wait_for(services, actor, view.id, lambda v: not v.is_live, seconds=60)
    assert failed.state == "failed"
    assert failed.error is not None
    assert failed.error.code in {"child_crashed", "out_of_memory"}
    job = _job(services, actor)
    assert job.attempt == 2
    _wait_until_engine_is_empty(services)


def test_who_has_lost_a_job_changes_nothing(services: Services, actor: Actor, add: Add) -> None:
    view = submit_pair(services, add, actor, OLD, NEW)
    job = _job(services, actor)
    jobs = services.jobs
    lost, mine = jobs.begin(actor.workspace, job.id), jobs.begin(actor.workspace, job.id)
    assert lost is not None
    assert mine is not None
    work = services.comparisons.work(lost)
    assert work is not None
    result = _result()
    assert not services.comparisons.finish(lost, work, result)
    assert not jobs.beat(lost, None)
    assert not jobs.give_back(lost)
    assert not jobs.end(lost, "failed", error=ChildCrashed())
    assert services.comparisons.get(actor, view.id).state == "running"
    assert services.comparisons.finish(mine, work, result)
    assert not services.comparisons.finish(mine, work, result)
    assert services.comparisons.get(actor, view.id).state == "done"
    with services.database.read(actor.workspace) as session:
        assert session.scalar(select(func.count()).select_from(ChangeRow)) == 1
    assert jobs.begin(actor.workspace, job.id) is None


def test_a_job_is_resumed_five_times_and_then_dead(services: Services, actor: Actor, add: Add) -> None:
    view = submit_pair(services, add, actor, OLD, NEW)
    row = _job(services, actor)
    job, engine_id = row.id, row.engine_id
    for _ in range(MOST_VANISHED):
        assert services.jobs.begin(actor.workspace, job) is not None
        assert not services.jobs.vanished(actor.workspace, job, -1)
        assert services.jobs.vanished(actor.workspace, job, engine_id)
    assert not services.jobs.vanished(actor.workspace, job, engine_id)
    dead = services.comparisons.get(actor, view.id)
    assert dead.state == "failed"
    assert dead.error is not None
    assert dead.error.code == "worker_vanished"


def test_a_cancelled_job_whose_worker_vanished_is_not_resumed(services: Services, actor: Actor, add: Add) -> None:
    view = submit_pair(services, add, actor, OLD, NEW)
    job = _job(services, actor)
    services.jobs.begin(actor.workspace, job.id)
    services.comparisons.cancel(actor, view.id)
    assert not services.jobs.vanished(actor.workspace, job.id, job.engine_id)
    assert services.comparisons.get(actor, view.id).state == "cancelled"


def test_maintenance_requeues_jobs_the_engine_lost_and_removes_orphans(
    services: Services, actor: Actor, add: Add
) -> None:
    view = submit_pair(services, add, actor, OLD, NEW)
    orphan = services.blobs.put(actor.workspace, "result", b"{}")
    maintenance = Maintenance(services.settings, services.database, services.blobs, services.jobs)
    with services.database.write(actor.workspace) as session:
        session.execute(text("DELETE FROM procrastinate_jobs"))
    maintenance.run(60)
    assert _engine_jobs(services) == 1
    maintenance.run(120)
    assert _engine_jobs(services) == 1
    assert services.comparisons.get(actor, view.id).queue_position == 1
    assert maintenance.drop_orphans(actor.workspace) == 0
    assert maintenance.drop_orphans(actor.workspace, older_than_seconds=0) == 1
    assert not services.blobs.exists(actor.workspace, "result", orphan)
    assert services.blobs.exists(actor.workspace, "pdf", view.old.sha256)


def test_maintenance_goes_on_where_one_workspace_fails(
    services: Services, actor: Actor, stranger: Actor, add: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    for who in (actor, stranger):
        submit_pair(services, add, who, OLD, NEW)
    with services.database.write() as session:
        session.execute(text("DELETE FROM procrastinate_jobs"))
    first = min(services.database.workspaces())
    requeue = services.jobs.requeue_lost

    def fails_first(workspace: UUID) -> int:
        if workspace == first:
            raise Unavailable
        return requeue(workspace)

    monkeypatch.setattr(services.jobs, "requeue_lost", fails_first)
    Maintenance(services.settings, services.database, services.blobs, services.jobs).run(0)
    assert _engine_jobs(services) >= 1


def test_a_job_with_nothing_to_do_ends(services: Services, actor: Actor, add: Add) -> None:
    """An extraction of a document that went into the trash before a worker came to it."""
    document = add(actor, "a.pdf", OLD)
    asked = services.extractions.submit(actor, document.id, ExtractOptions())
    services.trash.put(actor, "document", document.id)
    run = ExtractSupervisor(services).run
    assert run(UUID(asked.job), actor.workspace, leaving=lambda: False) is Verdict.ENDED
    services.trash.restore(actor, "document", document.id)
    assert services.extractions.get(actor, asked.id).state == "cancelled"
    assert services.extractions.submit(actor, document.id, ExtractOptions()).state == "queued"


def test_a_result_without_the_agreed_form_is_refused(services: Services, actor: Actor, add: Add) -> None:
    submit_pair(services, add, actor, OLD, NEW)
    attempt = services.jobs.begin(actor.workspace, _job(services, actor).id)
    assert isinstance(attempt, Attempt)
    work = services.comparisons.work(attempt)
    assert work is not None
    for bad in (b"", b"[]", b'{"summary": {}}', b'{"summary": {"identical": true}, "changes": [{}]}'):
        with pytest.raises(Exception, match="nonsense"):
            services.comparisons.finish(attempt, work, bad)


def test_a_job_gone_from_its_table_is_no_trouble_for_a_worker(
    services: Services, actor: Actor, add: Add, start_worker: StartWorker
) -> None:
    view = submit_pair(services, add, actor, OLD, NEW)
    with services.database.write(actor.workspace) as session:
        session.execute(update(JobRow).values(state="cancelled"))
        assert session.scalar(select(func.count()).select_from(JobRow)) == 1
    start_worker()
    _wait_until_engine_is_empty(services)
    assert services.comparisons.get(actor, view.id).state == "cancelled"


def _result() -> bytes:
    side = {"text": "x", "regions": [{"page": 1, "box": [0, 0, 1, 1]}]}
    change: dict[str, Any] = {
        "id": "t-1", "layer": "text", "kind": "inserted", "severity": "normal", "old": None, "new": side,
    }  # fmt: skip
    pages = {"pages": [{"number": 1, "compared": ["text"]}]}
    return json.dumps({"old": pages, "new": pages, "summary": {"identical": False}, "changes": [change]}).encode()


def _done(services: Services, actor: Actor, view: ComparisonView, *, seconds: float = 30) -> ComparisonView:
    ended = wait_for(services, actor, view.id, lambda v: not v.is_live, seconds=seconds)
    assert ended.state == "done", ended.error
    return ended


def _job(services: Services, actor: Actor) -> JobRow:
    with services.database.read(actor.workspace) as session:
        return session.scalars(select(JobRow)).one()


def _engine_jobs(services: Services) -> int:
    with services.database.read() as session:
        query = text("SELECT count(*) FROM procrastinate_jobs WHERE queue_name = :queue")
        return session.scalar(query, {"queue": queue.COMPARE}) or 0


def _wait_until_engine_is_empty(services: Services) -> None:
    deadline = time.monotonic() + 20
    while _engine_jobs(services):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def _descendants(pid: int) -> list[int]:
    listed = subprocess.run(["ps", "--ppid", str(pid), "-o", "pid="], capture_output=True, text=True, check=False)
    return [int(line) for line in listed.stdout.split()]


def test_what_a_wrong_clock_put_off_until_tomorrow_is_done_today(
    services: Services, actor: Actor, add: Add, start_worker: StartWorker
) -> None:
    view = submit_pair(services, add, actor, OLD, NEW)
    with services.database._primary.begin() as connection:
        connection.execute(text("UPDATE procrastinate_jobs SET scheduled_at = now() + interval '1 day'"))
    start_worker()
    # The rescuer comes every ten seconds.
    wait_for(services, actor, view.id, lambda v: v.state == "done", seconds=60)
