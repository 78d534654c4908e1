"""Jobs over the API: what they cost, sums, dead letters."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from starlette.testclient import TestClient

from core.errors import ChildCrashed
from service.bootstrap import Services

API = "/api/v1"
SPENT = {
    "seconds": {"reading": 1.5},
    "cpu_seconds": 2.0,
    "peak_bytes": 5,
    "children": 2,
    "deaths": 2,
    "pages": 0,
    "unprotected": [],
}


def _submit(client: TestClient, old: bytes, new: bytes, pages: str | None = None) -> dict[str, Any]:
    documents = [
        client.put(f"{API}/documents", params={"name": name}, content=data).json()["document"]["id"]
        for name, data in (("old.pdf", old), ("new.pdf", new))
    ]
    body = {"old": documents[0], "new": documents[1], "options": {"pages": pages} if pages else {}}
    comparison: dict[str, Any] = client.post(f"{API}/comparisons", json=body).json()["comparison"]
    return comparison


def _kill(services: Services, job: str) -> None:
    """Let its child die twice."""
    workspace = UUID(services.users.local_actor().workspace_id)
    for _ in range(2):
        attempt = services.jobs.begin(workspace, UUID(job))
        assert attempt is not None
        services.jobs.crashed(attempt, ChildCrashed(), spent=SPENT)


def test_a_job_is_told_with_what_it_has_cost(
    client: TestClient, services: Services, old_pdf: bytes, new_pdf: bytes
) -> None:
    comparison = _submit(client, old_pdf, new_pdf)
    job = client.get(f"{API}/jobs/{comparison['job']}").json()["job"]
    assert (job["comparison"], job["state"], job["queue_position"]) == (comparison["id"], "queued", 1)
    assert [found["id"] for found in client.get(f"{API}/jobs", params={"state": "queued"}).json()["jobs"]] == [
        job["id"]
    ]
    assert client.get(f"{API}/jobs", params={"state": "done"}).json() == {"jobs": [], "next": None}
    assert client.get(f"{API}/jobs/{job['id']}/metrics").json()["spent"] is None
    _kill(services, job["id"])
    metrics = client.get(f"{API}/jobs/{job['id']}/metrics").json()
    assert (metrics["attempts"], metrics["spent"]) == (2, SPENT)
    stats = client.get(f"{API}/stats").json()
    assert stats["jobs"] == {"queued": 0, "running": 0, "done": 0, "failed": 1, "cancelled": 0}
    assert stats["dead_letters"] == 1
    assert stats["ran_seconds"] == {"median": None, "p95": None}
    assert set(stats["queues"]) >= {"compare", "maintenance"}


def test_dead_letters_are_listed_retried_and_purged(
    client: TestClient, services: Services, old_pdf: bytes, new_pdf: bytes
) -> None:
    first, second = (_submit(client, old_pdf, new_pdf, pages) for pages in ("1-2", "1"))
    for comparison in (first, second):
        _kill(services, comparison["job"])
    dead = client.get(f"{API}/dead-letters").json()
    assert [(reason["code"], reason["count"]) for reason in dead["reasons"]] == [("child_crashed", 2)]
    assert {job["id"] for job in dead["jobs"]} == {first["job"], second["job"]}
    assert client.post(f"{API}/dead-letters/retry", json={"job": first["job"]}).json() == {"count": 1}
    assert client.get(f"{API}/comparisons/{first['id']}").json()["comparison"]["state"] == "queued"
    assert client.post(f"{API}/dead-letters/retry", json={"job": str(uuid4())}).status_code == 404
    assert client.post(f"{API}/dead-letters/purge", json={"code": "child_crashed"}).json() == {"count": 1}
    assert client.get(f"{API}/comparisons/{second['id']}").status_code == 404
    assert client.get(f"{API}/dead-letters").json() == {"reasons": [], "jobs": [], "next": None}


def test_nobody_sees_jobs_without_a_session(stranger: TestClient) -> None:
    for path in ("jobs", f"jobs/{uuid4()}", f"jobs/{uuid4()}/metrics", "stats", "dead-letters"):
        assert stranger.get(f"{API}/{path}").status_code == 401
    assert stranger.post(f"{API}/dead-letters/purge", json={}).status_code == 401
