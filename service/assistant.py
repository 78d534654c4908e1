"""The assistant: what is asked about comparisons and documents, as jobs of workers; no answer is made twice.

Only workers talk to the language model. What is stored of an answer has been verified already (`core.assistant`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Row, Select, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.assistant.fields import fields_of
from core.assistant.tasks import PROMPTS, Outcome
from core.errors import InputError, NotFound, OptionsError
from core.faces.plain import shown
from core.faces.selection import EVERYTHING, Selection
from core.faces.summary import RuleSummary, rule_summary
from db.blobs import Blobs
from db.database import Database, one_at_a_time
from db.rows import (
    AssistantAnswerRow,
    AssistantUseRow,
    ChangeRow,
    ComparisonRow,
    DocumentRow,
    JobRow,
    SearchPageRow,
)
from service import audit, queue
from service.access import Actor, Role
from service.assistant_reading import Source
from service.assistant_state import NO_VISION, AssistantOff, AssistantState, state_of
from service.documents import find_document
from service.jobs import Attempt, Jobs
from service.quotas import count_use, refuse_spent
from service.search_index import ask_for_index, boxes_of
from service.settings import Settings
from service.views import NotReady, OfJob, Problem, Progress, as_uuid, iso

MOST_LISTED = 50
MOST_QUESTION = 1000  #: characters
MOST_SCHEMA_BYTES = 32_000
OF_COMPARISONS = ("summary", "explain", "materiality", "ask")
OF_DOCUMENTS = ("ask", "fields", "symbols")
SHARED = ("summary", "explain", "materiality", "symbols")  #: hold nobody's own words: one for all of the workspace
_MOST_BOXES = 40


class DaySpent(InputError):
    """You have used as much of the assistant as you may in a day."""

    code = "day_spent"
    remedy = "Go on tomorrow (UTC), or ask the administrator for more."


@dataclass(frozen=True, slots=True)
class AnswerView(OfJob):
    """Something that was asked, with the state of its job: queued, running, done, failed or cancelled.

    Attributes:
        result: What stands up of the answer; while it runs what has come so far.
        queue_position: 1 is next; None where it does not wait.
        names: Of the documents, in the order in which citations count them.
    """

    id: str
    kind: str
    comparison: str | None
    document: str | None
    request: dict[str, Any]
    state: str
    queue_position: int | None
    progress: Progress | None
    error: Problem | None
    result: dict[str, Any] | None
    model: str
    job: str
    created_at: datetime

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "kind": self.kind,
            "comparison": self.comparison,
            "document": self.document,
            "request": self.request,
            "state": self.state,
            "queue_position": self.queue_position,
            "progress": None if self.progress is None else self.progress.to_json(),
            "error": None if self.error is None else self.error.to_json(),
            "result": self.result,
            "model": self.model,
            "job": self.job,
            "created_at": iso(self.created_at),
        }


class AssistWork(NamedTuple):
    """What a worker has to do."""

    answer: UUID
    kind: str
    request: dict[str, Any]
    model: str
    user: UUID | None
    result_sha256: str | None
    sources: tuple[Source, ...]


class Assistant:
    """Use cases of the assistant."""

    def __init__(self, settings: Settings, database: Database, blobs: Blobs, jobs: Jobs) -> None:
        self._settings = settings
        self._database = database
        self._blobs = blobs
        self._jobs = jobs

    # ---- for the doors

    def state(self, actor: Actor) -> AssistantState:
        """What it can do now."""
        actor.require(Role.VIEWER)
        return state_of(self._database, self._settings)

    def tokens(self, actor: Actor) -> tuple[int, int]:
        """What the actor has used of the model today in this workspace, and may use; 0 for any."""
        actor.require(Role.VIEWER)
        with self._database.read(actor.workspace) as session:
            return _used(session, actor.user), self._settings.llm_tokens_per_day

    def rule_summary(self, actor: Actor, comparison_id: str, selection: Selection = EVERYTHING) -> RuleSummary:
        """The summary by rule, which needs no model; `NotFound`, `NotReady`."""
        actor.require(Role.VIEWER)
        with self._database.read(actor.workspace) as session:
            digest = _done(session, comparison_id).result_sha256
        return rule_summary(json.loads(self._blobs.get(actor.workspace, "result", str(digest))), selection)

    def ask_comparison(self, actor: Actor, comparison_id: str, kind: str, request: Mapping[str, Any]) -> AnswerView:
        """Ask about a comparison; the same again is the same answer.

        Args:
            actor: Who asks.
            comparison_id: Which comparison; it must be done.
            kind: One of `OF_COMPARISONS`.
            request: {change} for explain, {question, sides} for ask; `sides` is old, new or both.

        Raises:
            NotFound: There is no such comparison or change; likewise `NotReady`.
            AssistantOff: No model could answer.
            DaySpent: The day's tokens are used up; likewise `MonthSpent`.
            OptionsError: The request cannot be used.
        """
        actor.require(Role.REVIEWER)
        if kind not in OF_COMPARISONS:
            raise OptionsError(
                f"there is no question {kind[:20]!r}", remedy=f"Choose from {', '.join(OF_COMPARISONS)}."
            )
        wanted = _request(kind, request)
        with self._database.write(actor.workspace) as session:
            row = _done(session, comparison_id)
            sides = [session.get(DocumentRow, row.old_id), session.get(DocumentRow, row.new_id)]
            if kind == "explain" and not _has_change(session, row.id, wanted["change"]):
                raise NotFound("There is no such change in this comparison.")
            digests = [str(row.result_sha256)]
            if kind == "ask":
                for document in sides:
                    if document is not None:
                        ask_for_index(session, actor.workspace, document.sha256, later_seconds=0)
                        digests.append(document.sha256)
            answer = self._ask(session, actor, kind, wanted, digests, comparison=row.id)
            return _view(session, _one(session, answer))

    def ask_document(self, actor: Actor, document_id: str, kind: str, request: Mapping[str, Any]) -> AnswerView:
        """Ask about a document; the same again is the same answer.

        Args:
            actor: Who asks.
            document_id: Which.
            kind: One of `OF_DOCUMENTS`.
            request: {question} for ask, {schema} for fields; nothing for symbols of legends.

        Raises:
            BadFields: The schema cannot be used; others as of `ask_comparison`.
        """
        actor.require(Role.REVIEWER)
        if kind not in OF_DOCUMENTS:
            raise OptionsError(f"there is no question {kind[:20]!r}", remedy=f"Choose from {', '.join(OF_DOCUMENTS)}.")
        wanted = _request(kind, request)
        with self._database.write(actor.workspace) as session:
            document = find_document(session, document_id)
            if kind != "symbols":
                ask_for_index(session, actor.workspace, document.sha256, later_seconds=0)
            answer = self._ask(session, actor, kind, wanted, [document.sha256], document=document.id)
            return _view(session, _one(session, answer))

    def get(self, actor: Actor, answer_id: str) -> AnswerView:
        """One answer; `NotFound`."""
        actor.require(Role.VIEWER)
        with self._database.read(actor.workspace) as session:
            row = _one(session, as_uuid(answer_id))
            if row[0].kind not in SHARED and row[0].created_by != actor.user:
                raise NotFound()
            return _view(session, row)

    def list(
        self, actor: Actor, *, comparison_id: str | None = None, document_id: str | None = None
    ) -> list[AnswerView]:
        """The newest answers about a comparison or a document: everybody's summaries, one's own questions."""
        actor.require(Role.VIEWER)
        with self._database.read(actor.workspace) as session:
            if comparison_id is not None:
                if session.get(ComparisonRow, as_uuid(comparison_id)) is None:
                    raise NotFound()
                chosen = AssistantAnswerRow.comparison_id == as_uuid(comparison_id)
            else:
                chosen = AssistantAnswerRow.document_id == find_document(session, document_id or "").id
            wanted = (
                _joined()
                .where(chosen, _seen_by(actor))
                .order_by(AssistantAnswerRow.created_at.desc())
                .limit(MOST_LISTED)
            )
            return [_view(session, row) for row in session.execute(wanted).all()]

    def cancel(self, actor: Actor, answer_id: str) -> None:
        """Stop it; one that has ended stays as it is; `NotFound`."""
        actor.require(Role.REVIEWER)
        self._jobs.cancel(actor, self.get(actor, answer_id).job, least=Role.REVIEWER)

    # ---- for workers

    def work(self, attempt: Attempt) -> AssistWork | None:
        """What the job is about; None when it was deleted."""
        with self._database.read(attempt.workspace, from_primary=True) as session:
            row = session.execute(_joined().where(AssistantAnswerRow.job_id == attempt.job)).one_or_none()
            if row is None:
                return None
            answer = row[0]
            sources: list[Source] = []
            digest = None
            if answer.comparison_id is not None:
                comparison = session.get(ComparisonRow, answer.comparison_id)
                if comparison is None:
                    return None
                digest = comparison.result_sha256
                for side, id_ in (("old", comparison.old_id), ("new", comparison.new_id)):
                    document = session.get(DocumentRow, id_)
                    if document is not None and answer.request.get("sides") in (None, "both", side):
                        sources.append(Source(str(document.id), document.name, document.sha256, side))
            else:
                document = session.get(DocumentRow, answer.document_id)
                if document is None:
                    return None
                sources.append(Source(str(document.id), document.name, document.sha256, None))
            return AssistWork(
                answer.id, answer.kind, answer.request, answer.model, answer.created_by, digest, tuple(sources)
            )

    def result_of(self, attempt: Attempt, work: AssistWork) -> dict[str, Any]:
        """The result of the comparison that is asked about."""
        found: dict[str, Any] = json.loads(self._blobs.get(attempt.workspace, "result", str(work.result_sha256)))
        return found

    def tell(self, attempt: Attempt, work: AssistWork, outcome: Outcome, said: Sequence[str] = ()) -> None:
        """Show what has come so far, unless the job is not this attempt's any more."""
        with self._database.write(attempt.workspace) as session:
            mine = select(JobRow.id).where(
                JobRow.id == attempt.job, JobRow.attempt == attempt.number, JobRow.state == "running"
            )
            if session.scalar(mine.with_for_update()) is not None:
                told = self._told(session, work, outcome, said)
                session.execute(
                    update(AssistantAnswerRow).where(AssistantAnswerRow.id == work.answer).values(result=told)
                )

    def finish(self, attempt: Attempt, work: AssistWork, outcome: Outcome, said: Sequence[str] = ()) -> bool:
        """Keep an answer, with the job's end in one transaction; False when it is not ours any more."""

        def effect(session: Session) -> None:
            told = self._told(session, work, outcome, said)
            session.execute(update(AssistantAnswerRow).where(AssistantAnswerRow.id == work.answer).values(result=told))

        return self._jobs.end(attempt, "done", effect=effect)

    def count(self, attempt: Attempt, work: AssistWork, tokens: int) -> None:
        """Add to what the user and the workspace have used, whatever became of the answer."""
        if tokens <= 0:
            return
        with self._database.write(attempt.workspace) as session:
            count_use(session, attempt.workspace, "model_tokens", tokens)
            if work.user is not None:
                first = insert(AssistantUseRow).values(
                    workspace_id=attempt.workspace, user_id=work.user, day=_today(), tokens=tokens
                )
                session.execute(
                    first.on_conflict_do_update(
                        index_elements=["workspace_id", "user_id", "day"],
                        set_={"tokens": AssistantUseRow.tokens + tokens},
                    )
                )

    # ----

    def _ask(
        self,
        session: Session,
        actor: Actor,
        kind: str,
        request: dict[str, Any],
        digests: Sequence[str],
        *,
        comparison: UUID | None = None,
        document: UUID | None = None,
    ) -> UUID:
        state = state_of(self._database, self._settings)
        model = self._settings.llm_for(kind)
        parts = [
            kind,
            request,
            list(digests),
            str(comparison or document),
            PROMPTS,
            model,
            self._settings.llm_context,
        ]
        if kind not in SHARED:  # a question is its asker's own, as `list` shows it
            parts.append(str(actor.user))
        key = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
        one_at_a_time(session, f"{actor.workspace}/{key}")
        row = session.scalars(select(AssistantAnswerRow).where(AssistantAnswerRow.key == key)).one_or_none()
        if row is not None:
            job = session.scalars(select(JobRow).where(JobRow.id == row.job_id)).one()
            if job.state not in {"failed", "cancelled"}:
                return row.id  # there it is, or it comes; also while the assistant is off
        if not state.is_on or kind not in state.kinds:
            reason = state.reason or (NO_VISION if kind == "symbols" and not model else "")
            raise AssistantOff(f"The assistant is off. {reason}".strip())
        self._refuse_spent(session, actor)
        if row is None:
            job_id = self._jobs.add(session, actor, kind="assist", queue_name=queue.ASSIST, task=queue.ASSIST_TASK)
            row = AssistantAnswerRow(
                id=uuid4(),
                workspace_id=actor.workspace,
                kind=kind,
                key=key,
                comparison_id=comparison,
                document_id=document,
                request=request,
                model=model,
                job_id=job_id,
                created_by=actor.user,
            )
            session.add(row)
            session.flush()
        else:
            row.result = None
            self._jobs.restart(session, actor, row.job_id, task=queue.ASSIST_TASK)
        audit.note(session, actor, "assistant.asked", row.id, kind=kind)
        return row.id

    def _refuse_spent(self, session: Session, actor: Actor) -> None:
        refuse_spent(session, self._settings, actor.workspace, "model_tokens")
        most = self._settings.llm_tokens_per_day
        if most and (used := _used(session, actor.user)) >= most:
            raise DaySpent(f"You have used {used:,} of {most:,} tokens of the language model today.")

    def _told(self, session: Session, work: AssistWork, outcome: Outcome, said: Sequence[str]) -> dict[str, Any]:
        """The answer with citations as people open them: document, page and boxes."""
        told = outcome.to_json()
        parts = dict(told["parts"])
        if "statements" in parts:
            parts["statements"] = [
                {**row, "citations": [_cited(session, work, one) for one in row["citations"]]}
                for row in parts["statements"]
            ]
        if "fields" in parts:
            parts["fields"] = [{**row, "citation": _cited(session, work, row["citation"])} for row in parts["fields"]]
        return {**told, "parts": parts, "said": sorted(set(said)), "prompts": PROMPTS}


def _request(kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept of a request; `OptionsError`, `BadFields`."""
    if kind == "explain":
        change = given.get("change")
        if not isinstance(change, str) or not 1 <= len(change) <= 80:
            raise OptionsError("no change is named")
        return {"change": change}
    if kind == "ask":
        question, sides = given.get("question"), given.get("sides", "both")
        if not isinstance(question, str) or not (said := shown(question)):
            raise OptionsError("there is no question", remedy="Type a question.")
        if len(said) > MOST_QUESTION:
            raise OptionsError(f"the question has more than {MOST_QUESTION:,} characters", remedy="Ask in fewer words.")
        if sides not in ("old", "new", "both"):
            raise OptionsError("sides is none of old, new, both")
        return {"question": said, "sides": sides}
    if kind == "fields":
        schema = given.get("schema")
        if len(json.dumps(schema, default=str)) > MOST_SCHEMA_BYTES:
            raise OptionsError("the schema is too large", remedy="Ask for fewer fields.")
        fields_of(schema)
        return {"schema": schema}
    return {}


def _cited(session: Session, work: AssistWork, citation: Mapping[str, Any]) -> dict[str, Any]:
    source = work.sources[citation["source"]]
    page = session.scalars(
        select(SearchPageRow).where(SearchPageRow.sha256 == source.sha256, SearchPageRow.page == citation["page"])
    ).one_or_none()
    first, last = citation["words"]
    boxes = boxes_of(page.boxes, page.unit, first, last)[:_MOST_BOXES] if page is not None else []
    return {
        "document": source.id,
        "sha256": source.sha256,
        "side": source.side,
        "page": citation["page"],
        "quote": citation["quote"],
        "boxes": [list(box) for box in boxes],
    }


def _has_change(session: Session, comparison: UUID, change_id: str) -> bool:
    wanted = select(ChangeRow.id).where(ChangeRow.comparison_id == comparison, ChangeRow.change_id == change_id)
    return session.scalar(wanted.limit(1)) is not None


def _done(session: Session, comparison_id: str) -> ComparisonRow:
    row = session.get(ComparisonRow, as_uuid(comparison_id))
    if row is None:
        raise NotFound()
    if row.result_sha256 is None:
        raise NotReady()
    return row


def _used(session: Session, user: UUID) -> int:
    wanted = select(AssistantUseRow.tokens).where(AssistantUseRow.user_id == user, AssistantUseRow.day == _today())
    return session.scalar(wanted) or 0


def _today() -> date:
    return datetime.now(UTC).date()


def _joined() -> Select[AssistantAnswerRow, JobRow]:
    return select(AssistantAnswerRow, JobRow).join(JobRow, JobRow.id == AssistantAnswerRow.job_id)


def _seen_by(actor: Actor) -> ColumnElement[bool]:
    """What is shared, and one's own questions."""
    return (AssistantAnswerRow.created_by == actor.user) | AssistantAnswerRow.kind.in_(SHARED)


def _one(session: Session, answer: UUID) -> Row[AssistantAnswerRow, JobRow]:
    row = session.execute(_joined().where(AssistantAnswerRow.id == answer)).one_or_none()
    if row is None:
        raise NotFound()
    # What is in the trash is not to be seen, nor what was asked about it.
    about = row[0]
    is_there = (
        session.get(ComparisonRow, about.comparison_id)
        if about.comparison_id is not None
        else session.get(DocumentRow, about.document_id)
    )
    if is_there is None:
        raise NotFound()
    return row


def _view(session: Session, row: Row[AssistantAnswerRow, JobRow]) -> AnswerView:
    answer, job = row
    waits = job.state == "queued" and job.engine_id is not None
    return AnswerView(
        id=str(answer.id),
        kind=answer.kind,
        comparison=None if answer.comparison_id is None else str(answer.comparison_id),
        document=None if answer.document_id is None else str(answer.document_id),
        request=answer.request,
        state=job.state,
        queue_position=queue.position(session, job.engine_id) if waits and job.engine_id is not None else None,
        progress=Progress.from_json(job.progress) if job.state == "running" else None,
        error=Problem.from_json(job.error),
        result=answer.result if job.state in ("running", "done") else None,
        model=answer.model,
        job=str(job.id),
        created_at=answer.created_at,
    )
