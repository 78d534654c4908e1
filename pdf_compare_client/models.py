"""What the server answers, as frozen values. A field that this version does not know is left out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple


class Pair(NamedTuple):
    """Ids of two documents, and what the table of a batch calls them."""

    old: str
    new: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A stored PDF."""

    id: str
    name: str
    sha256: str
    size_bytes: int
    page_count: int
    created_at: datetime

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Document:
        """From a server's answer."""
        return cls(
            id=data["id"],
            name=data["name"],
            sha256=data["sha256"],
            size_bytes=data["size_bytes"],
            page_count=data["page_count"],
            created_at=datetime.fromisoformat(data["created_at"]),
        )


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a comparison failed; `side` is the file that it is about, where it is about one."""

    code: str
    message: str
    remedy: str
    side: str | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """A comparison: queued, running, done, failed or cancelled.

    Attributes:
        progress: Stage, side, done, total, eta_seconds while it runs.
        summary: Of the result, when it is done.
    """

    id: str
    old: Document
    new: Document
    state: str
    job: str
    options: dict[str, Any]
    progress: dict[str, Any] | None
    queue_position: int | None
    error: Problem | None
    summary: dict[str, Any] | None

    @property
    def is_live(self) -> bool:
        """Whether it is still going to change by itself."""
        return self.state in {"queued", "running"}

    @property
    def identical(self) -> bool | None:
        """Whether nothing changed; None while nobody knows, or where not every page could be compared."""
        found: bool | None = None if self.summary is None else self.summary.get("identical")
        return found

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Comparison:
        """From a server's answer."""
        error = data["error"]
        return cls(
            id=data["id"],
            old=Document.from_json(data["old"]),
            new=Document.from_json(data["new"]),
            state=data["state"],
            job=data["job"],
            options=data["options"],
            progress=data["progress"],
            queue_position=data["queue_position"],
            error=None
            if error is None
            else Problem(error["code"], error["message"], error["remedy"], error.get("side")),
            summary=data["summary"],
        )


@dataclass(frozen=True, slots=True)
class Change:
    """A change in few words; the whole of it is in the result."""

    id: str
    layer: str
    kind: str
    severity: str
    old_page: int | None
    new_page: int | None
    old_text: str | None
    new_text: str | None

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Change:
        """From a server's answer."""
        return cls(**{name: data[name] for name in cls.__dataclass_fields__})


@dataclass(frozen=True, slots=True)
class Job:
    """A job; `comparison` is what it is about, None when that was deleted."""

    id: str
    kind: str
    state: str
    comparison: str | None
    progress: dict[str, Any] | None
    queue_position: int | None
    error: dict[str, Any] | None
    created_at: datetime

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Job:
        """From a server's answer."""
        values = {name: data[name] for name in cls.__dataclass_fields__}
        return cls(**{**values, "created_at": datetime.fromisoformat(data["created_at"])})


@dataclass(frozen=True, slots=True)
class Batch:
    """Comparisons that were asked for together; `states` counts them by state."""

    id: str
    name: str
    total: int
    states: dict[str, int]
    identical: int
    changed: int
    changes: int
    major: int
    is_live: bool

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Batch:
        """From a server's answer."""
        return cls(**{name: data[name] for name in cls.__dataclass_fields__})


@dataclass(frozen=True, slots=True)
class BatchItem:
    """A line of a batch's table; `error` is the code of why it failed."""

    ordinal: int
    label: str
    comparison: str | None
    state: str
    old_name: str | None
    new_name: str | None
    identical: bool | None
    complete: bool | None
    changes: int | None
    major: int | None
    error: str | None

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> BatchItem:
        """From a server's answer."""
        return cls(**{name: data[name] for name in cls.__dataclass_fields__})


@dataclass(frozen=True, slots=True)
class Answer:
    """Something that the assistant was asked: queued, running, done, failed or cancelled.

    Attributes:
        result: `parts`, all of which is proven, and how much was dropped; docs/assistant.md.
    """

    id: str
    kind: str
    state: str
    queue_position: int | None
    error: Problem | None
    result: dict[str, Any] | None
    model: str

    @property
    def is_live(self) -> bool:
        """Whether it is still going to change by itself."""
        return self.state in {"queued", "running"}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Answer:
        """From a server's answer."""
        error = data["error"]
        named = {name: data[name] for name in ("id", "kind", "state", "queue_position", "result", "model")}
        told = None if error is None else Problem(error["code"], error["message"], error["remedy"], error.get("side"))
        return cls(**named, error=told)
