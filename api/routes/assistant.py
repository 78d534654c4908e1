"""The assistant: what it can do, the summary by rule, asking, watching an answer come."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response

from api.identity import Reader, Use, Writer
from api.schemas import (
    AssistantAnswer,
    AssistantAnswerList,
    AssistantStateAnswer,
    ComparisonQuestion,
    DocumentQuestion,
    Problem,
    RuleSummaryAnswer,
)
from service.assistant import AnswerView

router = APIRouter(tags=["assistant"])

_MISSING: dict[int | str, dict[str, Any]] = {404: {"model": Problem}}
_NOT_READY: dict[int | str, dict[str, Any]] = {
    404: {"model": Problem},
    409: {"model": Problem, "description": "Not done yet, or the assistant is off."},
    422: {"model": Problem},
    429: {"model": Problem, "description": "The day's tokens are used up."},
}
_MOST_BYTES = 64 * 1024


@router.get("/assistant", response_model=AssistantStateAnswer)
def get_assistant(actor: Reader, services: Use) -> dict[str, Any]:
    """What the assistant can do now, and why not; what you have used of it today."""
    used, most = services.assistant.tokens(actor)
    return {"assistant": services.assistant.state(actor).to_json(), "tokens_today": used, "most_tokens_a_day": most}


@router.get("/comparisons/{comparison_id}/summary", response_model=RuleSummaryAnswer, responses=_NOT_READY)
def get_summary(comparison_id: UUID, actor: Reader, services: Use) -> dict[str, Any]:
    """The summary by rule for three readers: no model, always there, the same each time."""
    return {"summary": services.assistant.rule_summary(actor, str(comparison_id)).to_json()}


@router.post(
    "/comparisons/{comparison_id}/assistant",
    status_code=202,
    max_body_size=_MOST_BYTES,
    response_model=AssistantAnswer,
    responses=_NOT_READY,
)
def ask_about_comparison(
    comparison_id: UUID, body: ComparisonQuestion, response: Response, actor: Writer, services: Use
) -> dict[str, Any]:
    """Ask about a result; the same again is the same answer (status 200 when it is done)."""
    request = body.model_dump(exclude={"kind"}, exclude_none=True)
    found = services.assistant.ask_comparison(actor, str(comparison_id), body.kind, request)
    return _asked(found, response)


@router.get("/comparisons/{comparison_id}/assistant", response_model=AssistantAnswerList, responses=_MISSING)
def list_about_comparison(comparison_id: UUID, actor: Reader, services: Use) -> dict[str, Any]:
    """The newest answers about a result: everybody's summaries, your own questions."""
    found = services.assistant.list(actor, comparison_id=str(comparison_id))
    return {"answers": [answer.to_json() for answer in found]}


@router.post(
    "/documents/{document_id}/assistant",
    status_code=202,
    max_body_size=_MOST_BYTES,
    response_model=AssistantAnswer,
    responses=_NOT_READY,
)
def ask_about_document(
    document_id: UUID, body: DocumentQuestion, response: Response, actor: Writer, services: Use
) -> dict[str, Any]:
    """Ask about a document, or for fields of it by a JSON schema; the same again is the same answer."""
    request = body.model_dump(exclude={"kind"}, exclude_none=True, by_alias=True)
    found = services.assistant.ask_document(actor, str(document_id), body.kind, request)
    return _asked(found, response)


@router.get("/documents/{document_id}/assistant", response_model=AssistantAnswerList, responses=_MISSING)
def list_about_document(document_id: UUID, actor: Reader, services: Use) -> dict[str, Any]:
    """The newest of your questions about a document."""
    found = services.assistant.list(actor, document_id=str(document_id))
    return {"answers": [answer.to_json() for answer in found]}


@router.get("/assistant/{answer_id}", response_model=AssistantAnswer, responses=_MISSING)
def get_answer(answer_id: UUID, actor: Reader, services: Use) -> dict[str, Any]:
    """An answer; while it comes, what of it has been verified so far."""
    return {"answer": services.assistant.get(actor, str(answer_id)).to_json()}


@router.post("/assistant/{answer_id}/cancel", response_model=AssistantAnswer, responses=_MISSING)
def cancel_answer(answer_id: UUID, actor: Writer, services: Use) -> dict[str, Any]:
    """Stop a waiting or running answer; one that has ended stays as it is."""
    services.assistant.cancel(actor, str(answer_id))
    return {"answer": services.assistant.get(actor, str(answer_id)).to_json()}


def _asked(found: AnswerView, response: Response) -> dict[str, Any]:
    """What was asked, where to watch it, and by the status whether it is answered already."""
    response.status_code = 200 if found.state == "done" else 202
    response.headers["Location"] = f"/api/v1/assistant/{found.id}"
    return {"answer": found.to_json()}
