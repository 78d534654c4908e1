"""Jobs: what they cost, all of them summed up, and the dead letters."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query

from api.identity import Reader, Use, Writer
from api.schemas import (
    DeadLetters,
    DeadLettersChosen,
    DeadLettersTouched,
    JobAnswer,
    JobList,
    JobMetrics,
    Problem,
    Stats,
)

router = APIRouter(tags=["jobs"])

_MISSING: dict[int | str, dict[str, Any]] = {404: {"model": Problem}}
State = Literal["queued", "running", "done", "failed", "cancelled"]
_MOST_BYTES = 64 * 1024


@router.get("/jobs", response_model=JobList)
def list_jobs(
    actor: Reader,
    services: Use,
    state: Annotated[list[State] | None, Query(description="Only these; may be given several times.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: Annotated[str | None, Query(max_length=200)] = None,
) -> dict[str, Any]:
    """The jobs of the workspace, newest first."""
    found, following = services.job_records.list(actor, states=state or (), limit=limit, after=after)
    return {"jobs": [job.to_json() for job in found], "next": following}


@router.get("/jobs/{job_id}", response_model=JobAnswer, responses=_MISSING)
def get_job(job_id: UUID, actor: Reader, services: Use) -> dict[str, Any]:
    """One job: state, attempts, progress, queue position, error."""
    return {"job": services.job_records.get(actor, str(job_id)).to_json()}


@router.get("/jobs/{job_id}/metrics", response_model=JobMetrics, responses=_MISSING)
def get_metrics(job_id: UUID, actor: Reader, services: Use) -> dict[str, Any]:
    """What a job cost: waiting, running, seconds by stage, processor time, memory, pages."""
    return services.job_records.get(actor, str(job_id)).metrics()


@router.post("/jobs/{job_id}/cancel", response_model=JobAnswer, responses=_MISSING)
def cancel_job(job_id: UUID, actor: Writer, services: Use) -> dict[str, Any]:
    """Stop a waiting or running job; one that has ended stays as it is."""
    services.jobs.cancel(actor, str(job_id))
    return {"job": services.job_records.get(actor, str(job_id)).to_json()}


@router.post("/jobs/{job_id}/retry", response_model=JobAnswer, responses={**_MISSING, 429: {"model": Problem}})
def retry_job(job_id: UUID, actor: Writer, services: Use) -> dict[str, Any]:
    """Queue a failed or cancelled job again."""
    return {"job": services.job_records.restart(actor, str(job_id)).to_json()}


@router.get("/stats", response_model=Stats)
def get_stats(actor: Reader, services: Use, hours: Annotated[float, Query(gt=0, le=24 * 366)] = 24.0) -> dict[str, Any]:
    """The jobs of the last hours summed up, and the queues as they are now."""
    return services.job_records.stats(actor, hours=hours)


@router.get("/dead-letters", response_model=DeadLetters)
def list_dead_letters(
    actor: Reader,
    services: Use,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: Annotated[str | None, Query(max_length=200)] = None,
) -> dict[str, Any]:
    """Jobs that failed for a reason that no user can mend: grouped by reason, and one by one, newest first."""
    found, following = services.job_records.list(actor, dead=True, limit=limit, after=after)
    reasons = services.job_records.reasons(actor)
    return {
        "reasons": [reason.to_json() for reason in reasons],
        "jobs": [job.to_json() for job in found],
        "next": following,
    }


@router.post("/dead-letters/retry", max_body_size=_MOST_BYTES, response_model=DeadLettersTouched, responses=_MISSING)
def retry_dead_letters(body: DeadLettersChosen, actor: Writer, services: Use) -> dict[str, Any]:
    """Queue dead letters again: one job, those with a code, or all."""
    job = None if body.job is None else str(body.job)
    return {"count": services.job_records.requeue(actor, job_id=job, code=body.code)}


@router.post("/dead-letters/purge", max_body_size=_MOST_BYTES, response_model=DeadLettersTouched, responses=_MISSING)
def purge_dead_letters(body: DeadLettersChosen, actor: Writer, services: Use) -> dict[str, Any]:
    """Delete dead letters and the comparisons that they were about; the documents stay."""
    job = None if body.job is None else str(body.job)
    count = services.job_records.purge(actor, job_id=job, code=body.code, older_than_days=body.older_than_days)
    return {"count": count}
