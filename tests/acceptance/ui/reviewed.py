"""A review made by hand, in the form of the API, for a viewer that is shown alone."""

from __future__ import annotations

from typing import Any

ME, GRACE = "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"
AT, LATER = "2026-11-19T09:12:00+00:00", "2026-11-20T15:40:00+00:00"
_BEFORE = {"comparison": None, "old": "rev A", "new": "rev B", "same_revisions": False}


def review_of(result: dict[str, Any]) -> dict[str, Any]:
    """Half of a result is decided: by oneself, by somebody else, by both differently, and carried over."""
    changes = []
    for k, change in enumerate(result["changes"]):
        mine = _decision(ME, "Ada Lovelace", "rejected" if k % 5 == 3 else "accepted")
        hers = _decision(GRACE, "Grace Hopper", "accepted", carried=_BEFORE if k % 3 == 0 else None)
        made = ([mine], [hers], [], [mine, hers], [])[k % 5]
        verdicts = {one["verdict"] for one in made}
        changes.append(
            {
                "id": change["id"],
                "version": len(made),
                "state": "open" if not made else "disputed" if len(verdicts) > 1 else made[0]["verdict"],
                "decisions": made,
                "comments": _thread() if "45" in str((change["new"] or {}).get("text")) else [],
                "assignee": {"user": ME, "name": "Ada Lovelace"} if k % 7 == 2 else None,
                "due": "2026-12-01" if k % 7 == 2 else None,
            }
        )
    states = [one["state"] for one in changes]
    counts = {state: states.count(state) for state in ("open", "accepted", "rejected", "ignored", "disputed")}
    return {
        "comparison": "c", "result_sha256": "5f" * 32, "version": 12, "may_decide": True, "me": ME,
        "counts": {"changes": len(changes), "carried": 2, **counts}, "changes": changes,
        "signatures": [
            {
                "id": "s", "comparison": None, "user": GRACE, "name": "Grace Hopper", "note": "Clause 3 with legal.",
                "result_sha256": "5f" * 32, "decisions_sha256": "0" * 64, "at": LATER, "withdrawn_at": None,
                "stands": True, "counts": {"changes": len(changes), **counts},
            }
        ],
    }  # fmt: skip


def _decision(user: str, name: str, verdict: str, carried: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"user": user, "name": name, "verdict": verdict, "at": AT, "carried": carried}


def _thread() -> list[dict[str, Any]]:
    said = ((GRACE, "Grace Hopper", "Is this agreed with @Ada Lovelace?"), (ME, "Ada Lovelace", "Yes, since Tuesday."))
    return [
        {"id": f"c{k}", "user": user, "name": name, "text": text, "at": AT, "carried": None,
         "mentions": [{"user": ME, "name": "Ada Lovelace"}] if "@" in text else []}
        for k, (user, name, text) in enumerate(said)
    ]  # fmt: skip
