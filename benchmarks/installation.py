"""An installation that runs, as the benchmarks of its capacity use it: documents in, comparisons, their costs."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

_LOOK_SECONDS = 0.3


@dataclass(frozen=True, slots=True)
class Ended:
    """One comparison. Times are seconds; `asked_at` and `begun_at` since 1970, by the database's clock."""

    asked_at: float
    begun_at: float
    service_seconds: float
    cpu_seconds: float
    peak_bytes: int

    @property
    def waited_seconds(self) -> float:
        return self.begun_at - self.asked_at


class Installation:
    """By its API; accounts are off, or `token` is one of an administrator."""

    def __init__(self, base: str, token: str | None = None) -> None:
        self._http = httpx.Client(base_url=base, timeout=120)
        if token:
            self._http.headers["Authorization"] = f"Bearer {token}"
        else:
            self._http.get("/").raise_for_status()
            self._http.headers["X-CSRF-Token"] = self._get("/api/v1/session")["csrf"]

    def upload(self, name: str, data: bytes) -> str:
        """The document's id."""
        answer = self._http.put("/api/v1/documents", params={"name": name}, content=data).raise_for_status()
        return str(answer.json()["document"]["id"])

    def compare(self, old: str, new: str) -> str:
        """The comparison's id."""
        body = {"old": old, "new": new, "options": {}}
        return str(self._http.post("/api/v1/comparisons", json=body).raise_for_status().json()["comparison"]["id"])

    def ended(self, comparison: str, *, seconds: float = 600) -> Ended:
        """Wait for its end; `RuntimeError` when it failed."""
        end = time.monotonic() + seconds
        while (view := self._get(f"/api/v1/comparisons/{comparison}")["comparison"])["finished_at"] is None:
            if time.monotonic() > end:
                raise RuntimeError(f"not done within {seconds:.0f} s")
            time.sleep(_LOOK_SECONDS)
        if view["state"] != "done":
            raise RuntimeError(f"{view['state']}: {view['error']}")
        asked, begun, finished = (
            datetime.fromisoformat(view[name]).timestamp() for name in ("created_at", "started_at", "finished_at")
        )
        spent = self._get(f"/api/v1/jobs/{view['job']}/metrics")["spent"] or {}
        return Ended(asked, begun, finished - begun, spent.get("cpu_seconds", 0.0), spent.get("peak_bytes", 0))

    def comparisons(self) -> dict[str, Any]:
        """The newest ones, as the Library asks for them."""
        return self._get("/api/v1/comparisons")

    def operations(self) -> dict[str, Any]:
        """Storage and queues of the whole server."""
        return self._get("/api/v1/admin/operations")

    def wait_quiet(self, *, seconds: float = 600) -> None:
        """Until no job waits or runs, the indexing of documents for the search included."""
        end, quiet = time.monotonic() + seconds, 0
        while quiet < 3:
            queues = self.operations()["queues"]
            busy = sum(queues[name]["waiting"] + queues[name]["running"] for name in ("compare", "extract"))
            quiet = 0 if busy else quiet + 1
            if time.monotonic() > end:
                raise RuntimeError(f"{busy} jobs are left after {seconds:.0f} s")
            time.sleep(1)

    def _get(self, path: str) -> dict[str, Any]:
        answer: dict[str, Any] = self._http.get(path).raise_for_status().json()
        return answer
