"""What reviewers said of a result, in words: the block `review` that an export carries and a comparison alone has not.

Each face still makes the texts harmless and escapes them for its own form.
"""

from __future__ import annotations

from typing import Any

STATES = ("open", "accepted", "rejected", "ignored", "disputed")
HEADINGS = ("Review", "Decisions", "Comments", "Assigned to", "Due")


def has_review(result: dict[str, Any]) -> bool:
    """Whether anything was said of the result."""
    return bool(result.get("review"))


def said_of(result: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What was said, by the id of the change."""
    return {said["id"]: said for said in (result.get("review") or {}).get("changes", ())}


def state_of(said: dict[str, Any] | None) -> str:
    """One of `STATES`."""
    return str(said["state"]) if said else "open"


def decisions(said: dict[str, Any] | None) -> list[str]:
    """One sentence for each reviewer."""
    return (
        [f"{one['verdict']} by {one['name']}, {moment(one['at'])}{_carried(one)}" for one in (said or {})["decisions"]]
        if said
        else []
    )


def comments(said: dict[str, Any] | None) -> list[str]:
    """One line for each comment, oldest first."""
    return (
        [f"{one['name']}, {moment(one['at'])}{_carried(one)}: {one['text']}" for one in said["comments"]]
        if said
        else []
    )


def replies(said: dict[str, Any] | None) -> list[tuple[str, str, str]]:
    """Comments as a thread, oldest first: who wrote, when (ISO 8601), and what, with where it was carried over from."""
    return [(one["name"], one["at"], f"{one['text']}{_carried(one)}") for one in (said or {}).get("comments", ())]


def remarks(said: dict[str, Any] | None) -> list[str]:
    """Decisions, assignment and comments, one piece each."""
    return [*decisions(said), *assigned(said), *comments(said)]


def assigned(said: dict[str, Any] | None) -> list[str]:
    """Who has to look at it until when; nothing where that is nobody."""
    if not said or not (said["assignee"] or said["due"]):
        return []
    who = said["assignee"]["name"] if said["assignee"] else "somebody"
    return [f"assigned to {who}" + (f" until {said['due']}" if said["due"] else "")]


def cells(said: dict[str, Any] | None) -> tuple[str, ...]:
    """The cells under `HEADINGS`."""
    assignee = (said or {}).get("assignee") or {}
    told = (state_of(said), "; ".join(decisions(said)), " | ".join(comments(said)), assignee.get("name"))
    return (*(text or "" for text in told), (said or {}).get("due") or "")


def progress(result: dict[str, Any]) -> str:
    """How far the review is, in one sentence."""
    counts = result["review"]["counts"]
    told = ", ".join(f"{counts[state]:,} {state}" for state in STATES if counts.get(state))
    carried = f" ({counts['carried']:,} carried over from other comparisons)" if counts.get("carried") else ""
    return f"Of {counts['changes']:,} changes: {told or 'none reviewed'}{carried}."


def signatures(result: dict[str, Any]) -> list[str]:
    """One sentence for each signature, also for those that do not stand any more."""
    return [_signature(one) for one in result["review"]["signatures"]]


def _signature(one: dict[str, Any]) -> str:
    counts = one["counts"]
    told = ", ".join(f"{counts[state]:,} {state}" for state in STATES if counts.get(state)) or "no changes"
    if one["withdrawn_at"]:
        now = f"Withdrawn {moment(one['withdrawn_at'])}."
    else:
        now = "It stands." if one["stands"] else "The result or decisions have changed since."
    note = f" “{one['note']}”" if one["note"] else ""
    return (
        f"Signed by {one['name']}, {moment(one['at'])}, with {told}; result SHA-256 {one['result_sha256']}.{note} {now}"
    )


def moment(iso: str) -> str:
    """A time in UTC, to the minute."""
    return f"{iso[:10]} {iso[11:16]} UTC"


def _carried(one: dict[str, Any]) -> str:
    source = one.get("carried")
    if not source:
        return ""
    if source["same_revisions"]:
        return " (carried over from a comparison with other options)"
    return f" (carried over from {source['old']} → {source['new']})"
