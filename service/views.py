"""What the doors see: frozen values with a JSON form. Ids are UUID strings, times are aware UTC."""

from __future__ import annotations

import base64
import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from core.errors import InputError, NotFound, PdfCompareError
from core.options import CompareOptions


def iso(value: datetime | None) -> str | None:
    """A time as JSON has it."""
    return None if value is None else value.isoformat()


@dataclass(frozen=True, slots=True)
class DocumentView:
    """A stored PDF under one of its names."""

    id: str
    name: str
    sha256: str
    size_bytes: int
    page_count: int
    created_at: datetime

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "name": self.name,
            "sha256": self.sha256,
            "size_bytes": self.size_bytes,
            "page_count": self.page_count,
            "created_at": iso(self.created_at),
        }


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a running job is: `done` of `total` pages of a stage; both sides together when `side` is None."""

    stage: str
    side: str | None
    done: int
    total: int
    eta_seconds: float | None

    def to_json(self) -> dict[str, Any]:
        return {
            "stage": self.stage,
            "side": self.side,
            "done": self.done,
            "total": self.total,
            "eta_seconds": self.eta_seconds,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any] | None) -> Progress | None:
        if data is None:
            return None
        return cls(
            stage=data["stage"],
            side=data["side"],
            done=data["done"],
            total=data["total"],
            eta_seconds=data["eta_seconds"],
        )


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a job failed, in the words of the error; `side` where it is about one of the two files."""

    code: str
    message: str
    remedy: str
    side: str | None = None

    def to_json(self) -> dict[str, Any]:
        return {"code": self.code, "message": self.message, "remedy": self.remedy, "side": self.side}

    @classmethod
    def from_json(cls, data: dict[str, Any] | None) -> Problem | None:
        return None if data is None else cls(data["code"], data["message"], data["remedy"], data.get("side"))

    @classmethod
    def of(cls, error: PdfCompareError) -> Problem:
        return cls(error.code, error.message, error.help, error.side)


class OfJob:
    """What a job makes, with the job's state: queued, running, done, failed or cancelled."""

    __slots__ = ()
    state: str

    @property
    def is_live(self) -> bool:
        """Whether it is still going to change by itself."""
        return self.state in {"queued", "running"}


@dataclass(frozen=True, slots=True)
class ComparisonView(OfJob):
    """A comparison with the state of its job: queued, running, done, failed or cancelled.

    Attributes:
        job: Id of the job, for what it cost and for operators.
        spent: What the job's last attempt cost, as `core.jobwatch.Spent`.
    """

    id: str
    old: DocumentView
    new: DocumentView
    options: CompareOptions
    state: str
    progress: Progress | None
    queue_position: int | None
    error: Problem | None
    summary: dict[str, Any] | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    job: str
    spent: dict[str, Any] | None

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "old": self.old.to_json(),
            "new": self.new.to_json(),
            "options": self.options.to_json(),
            "state": self.state,
            "progress": None if self.progress is None else self.progress.to_json(),
            "queue_position": self.queue_position,
            "error": None if self.error is None else self.error.to_json(),
            "summary": self.summary,
            "job": self.job,
            "created_at": iso(self.created_at),
            "started_at": iso(self.started_at),
            "finished_at": iso(self.finished_at),
        }


@dataclass(frozen=True, slots=True)
class ChangeView:
    """A change in few words, for lists; the whole of it is in the result."""

    ordinal: int
    id: str
    layer: str
    kind: str
    severity: str
    old_page: int | None
    new_page: int | None
    old_text: str | None
    new_text: str | None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


class BadCursor(InputError):
    """The address of the next page of a list cannot be read."""

    code = "bad_cursor"
    remedy = "Start again from the first page of the list."


class NotReady(PdfCompareError):
    """There is no result yet."""

    code = "not_ready"
    remedy = "Wait until the comparison is done."


def cursor(created_at: datetime, id_: UUID) -> str:
    """Where a list goes on, for its next page; opaque to the caller."""
    return base64.urlsafe_b64encode(json.dumps([created_at.isoformat(), str(id_)]).encode()).decode().rstrip("=")


def read_cursor(text: str) -> tuple[datetime, UUID]:
    """The reverse of `cursor`; `BadCursor`."""
    try:
        when, id_ = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        return datetime.fromisoformat(when), UUID(id_)
    except (ValueError, TypeError, AttributeError) as error:
        raise BadCursor() from error


def as_uuid(text: str) -> UUID:
    """An id given from outside; one that is none does not exist."""
    try:
        return UUID(text)
    except (ValueError, TypeError, AttributeError) as error:
        raise NotFound() from error
