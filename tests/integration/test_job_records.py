"""What jobs cost, and dead letters: found, grouped, queued again, purged; by the service and by the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from sqlalchemy import select, text, update

from api.problems import status_of
from core.errors import ChildCrashed, DamagedPdf, NotFound
from core.options import CompareOptions
from core.sandbox import lacking
from db.rows import DocumentRow, JobRow
from service.access import Actor, Forbidden
from service.bootstrap import Services, build
from service.jobs import Attempt, TooManyJobs
from service.maintenance import Maintenance
from tests.integration.conftest import Add, StartWorker, submit_pair, wait_for
from tests.integration.pdfs import pdf

OLD, NEW = pdf(["The term is 30 days", "Page two"]), pdf(["The term is 45 days", "Page two"])


def _job_of(services: Services, actor: Actor, comparison: str) -> str:
    return next(job.id for job in services.job_records.list(actor)[0] if job.comparison == comparison)


def _begin(services: Services, actor: Actor, job: str) -> Attempt:
    from uuid import UUID

    attempt = services.jobs.begin(actor.workspace, UUID(job))
    assert attempt is not None
    return attempt


def _dead(services: Services, actor: Actor, add: Add, pages: str = "1-9") -> str:
    """A job whose child died twice."""
    view = submit_pair(services, add, actor, OLD, NEW, CompareOptions(pages=pages))
    job = _job_of(services, actor, view.id)
    services.jobs.crashed(_begin(services, actor, job), ChildCrashed())
    services.jobs.crashed(_begin(services, actor, job), ChildCrashed())
    return job


def _cli(services: Services, *words: str) -> str:
    settings = services.settings
    environment = {**os.environ, "DATABASE_URL": settings.writes_to, "PDF_COMPARE_DATA_DIR": str(settings.data_dir)}
    command = [sys.executable, "-m", "cli.main", *words]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_job_keeps_what_it_has_cost(services: Services, actor: Actor, add: Add, start_worker: StartWorker) -> None:
    start_worker()
    view = submit_pair(services, add, actor, OLD, NEW)
    wait_for(services, actor, view.id, lambda v: v.state == "done")
    job = services.job_records.get(actor, _job_of(services, actor, view.id))
    metrics = job.metrics()
    spent: dict[str, Any] = metrics["spent"]
    assert set(spent["seconds"]) == {"preparing", "reading", "comparing"}
    assert spent["pages"] == 4
    assert (spent["children"], spent["deaths"]) == (3, 0)
    assert 0.05 < spent["cpu_seconds"] < 30
    assert 20 << 20 < spent["peak_bytes"] < 1 << 30
    assert metrics["ran_seconds"] >= sum(spent["seconds"].values())
    assert metrics["waited_seconds"] >= 0
    stats = services.job_records.stats(actor)
    assert stats["jobs"]["done"] == 1
    assert stats["pages"] == 4
    assert spent["unprotected"] == stats["unprotected"] == list(services.job_records.unprotected(actor))
    assert stats["cpu_seconds"] == pytest.approx(spent["cpu_seconds"])
    assert stats["stage_seconds"] == pytest.approx(spent["seconds"])
    assert stats["ran_seconds"]["median"] == pytest.approx(metrics["ran_seconds"], abs=0.002)


def test_children_with_less_protection_are_told(services: Services, actor: Actor, add: Add) -> None:
    view = submit_pair(services, add, actor, OLD, NEW)
    attempt = _begin(services, actor, _job_of(services, actor, view.id))
    services.jobs.end(attempt, "failed", error=DamagedPdf(), spent={"unprotected": ["landlock"]})
    assert services.job_records.unprotected(actor) == ["landlock"]
    assert services.job_records.stats(actor)["unprotected"] == ["landlock"]
    services.telemetry.unprotected = ["seccomp"]
    assert b"pdfc_sandbox_complete 0.0" in services.telemetry.render()[0]
    services.watch_sandbox()
    assert services.telemetry.unprotected == lacking(services.settings.limits)


def test_one_user_may_have_so_many_jobs_wait(services: Services, actor: Actor, add: Add) -> None:
    few = build(services.settings.model_copy(update={"waiting_jobs_per_user": 2}))
    views = [submit_pair(few, add, actor, OLD, NEW, CompareOptions(pages=pages)) for pages in ("1", "2")]
    with pytest.raises(TooManyJobs) as refused:
        submit_pair(few, add, actor, OLD, NEW, CompareOptions(pages="1-2"))
    assert status_of(refused.value) == 429
    assert submit_pair(few, add, actor, OLD, NEW, CompareOptions(pages="1")).id == views[0].id  # is there already
    few.comparisons.cancel(actor, views[0].id)
    assert submit_pair(few, add, actor, OLD, NEW, CompareOptions(pages="1-2")).state == "queued"
    few.close()


def test_dead_letters_are_what_no_user_can_mend(services: Services, actor: Actor, add: Add) -> None:
    dead = _dead(services, actor, add)
    mendable = submit_pair(services, add, actor, OLD, NEW, CompareOptions(pages="1"))
    job = _job_of(services, actor, mendable.id)
    services.jobs.end(_begin(services, actor, job), "failed", error=DamagedPdf())
    assert [found.id for found in services.job_records.list(actor, dead=True)[0]] == [dead]
    reason = services.job_records.reasons(actor)[0]
    assert (reason.code, reason.count) == ("child_crashed", 1)
    assert services.job_records.stats(actor)["dead_letters"] == 1


def test_dead_letters_are_queued_again_one_or_all(services: Services, actor: Actor, stranger: Actor, add: Add) -> None:
    first, second = _dead(services, actor, add, "1-8"), _dead(services, actor, add, "1-7")
    with pytest.raises(NotFound):
        services.job_records.requeue(stranger, job_id=first)
    assert services.job_records.requeue(stranger) == 0
    assert services.job_records.requeue(actor, job_id=first) == 1
    job = services.job_records.get(actor, first)
    assert (job.state, job.is_dead, job.crashes, job.error) == ("queued", False, 0, None)
    assert job.queue_position is not None
    assert services.job_records.requeue(actor, code="timed_out") == 0
    assert services.job_records.requeue(actor, code="child_crashed") == 1
    assert services.job_records.get(actor, second).state == "queued"
    assert services.job_records.reasons(actor) == []


def test_purging_takes_the_comparison_along_and_leaves_the_documents(
    services: Services, actor: Actor, add: Add
) -> None:
    job = _dead(services, actor, add)
    reader = Actor(actor.user_id, actor.workspace_id, frozenset({"editor"}), "")
    with pytest.raises(Forbidden):
        services.job_records.purge(reader)
    assert services.job_records.purge(actor, older_than_days=1) == 0
    assert services.job_records.purge(actor) == 1
    assert [entry.detail for entry in services.audit.list(actor)[0] if entry.action == "job.purged"] == [{"jobs": 1}]
    with pytest.raises(NotFound):
        services.job_records.get(actor, job)
    assert services.comparisons.list(actor)[0] == []
    assert len(services.documents.list(actor)[0]) == 2
    with services.database.read(actor.workspace) as session:
        assert session.scalars(select(JobRow)).all() == []


def test_the_command_line_does_what_the_views_do(services: Services, actor: Actor, add: Add) -> None:
    first, second = _dead(services, actor, add, "1-8"), _dead(services, actor, add, "1-7")
    assert first in _cli(services, "dead-letters")
    assert "child_crashed" in _cli(services, "dead-letters", "analyse")
    exported = [json.loads(line) for line in _cli(services, "dead-letters", "export").splitlines()]
    assert {job["id"] for job in exported} == {first, second}
    assert all(job["metrics"]["attempts"] == 2 for job in exported)
    assert _cli(services, "dead-letters", "retry", first) == "1 queued again.\n"
    assert "in the queue" in _cli(services, "jobs", "--state", "queued")
    assert _cli(services, "jobs", "cancel", first) == f"{first} cancelled\n"
    assert _cli(services, "jobs", "retry", first) == f"{first} queued\n"
    assert _cli(services, "dead-letters", "purge", "--all") == "1 deleted.\n"
    assert _cli(services, "dead-letters") == "No dead letters.\n"
    assert len(_cli(services, "jobs", "--export", "-").splitlines()) == 1


def test_the_live_view_shows_queues_and_workers(
    services: Services, actor: Actor, add: Add, start_worker: StartWorker
) -> None:
    start_worker()
    view = submit_pair(services, add, actor, OLD, NEW)
    wait_for(services, actor, view.id, lambda v: v.state == "done")
    settings = services.settings
    environment = {**os.environ, "DATABASE_URL": settings.writes_to, "PDF_COMPARE_DATA_DIR": str(settings.data_dir)}
    command = [sys.executable, "-u", "-m", "cli.main", "jobs", "--live"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as live:
        assert live.stdout is not None
        seen = [live.stdout.readline() for _ in range(12)]
        live.terminate()
    text = "".join(seen)
    assert "compare" in text
    assert "heartbeat" in text
    assert view.id not in text  # jobs are told by their own ids
    assert "done" in text


def test_what_is_older_than_the_retention_goes_and_what_is_needed_stays(
    services: Services, actor: Actor, add: Add
) -> None:
    maintenance = Maintenance(services.settings, services.database, services.blobs, services.jobs)
    ended, live = _dead(services, actor, add), submit_pair(services, add, actor, OLD, NEW)
    add(actor, "alone.pdf", pdf(["Never compared"]))
    assert maintenance.drop_old(actor.workspace, days=1) == 0
    with services.database.write(actor.workspace) as session:
        days = text("clock_timestamp() - interval '3 days'")
        session.execute(update(JobRow).where(JobRow.finished_at.is_not(None)).values(finished_at=days))
        session.execute(update(DocumentRow).values(created_at=days))
    assert maintenance.drop_old(actor.workspace, days=2) == 2
    noted = [entry.detail for entry in services.audit.list(actor)[0] if entry.action == "retention.applied"]
    assert noted == [{"days": 2, "comparisons": 1, "documents": 1}]
    with pytest.raises(NotFound):
        services.job_records.get(actor, ended)
    assert services.comparisons.get(actor, live.id).state == "queued"
    assert {found.name for found in services.documents.list(actor)[0]} == {"old.pdf", "new.pdf"}
    assert maintenance.drop_orphans(actor.workspace, older_than_seconds=0) == 1
