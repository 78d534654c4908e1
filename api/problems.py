"""Errors as the web tells them: problem details (RFC 9457) with our code and remedy; the one table of HTTP statuses."""

from __future__ import annotations

import logging
import uuid
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response

from core.errors import Cancelled, EngineError, InputError, NotFound, PdfCompareError, StorageError

log = logging.getLogger(__name__)

_STATUS_BY_CODE = {
    "not_a_pdf": 415,
    "file_too_large": 413,
    "no_session": 401,
    "wrong_sign_in": 401,
    "locked_out": 429,
    "wrong_code": 401,
    "provider_refused": 403,
    "not_invited": 403,
    "bad_token": 401,
    "token_expired": 401,
    "too_many_requests": 429,
    "being_answered": 409,
    "cross_site": 403,
    "forbidden": 403,
    "not_ready": 409,
    "still_open": 409,
    "changed_meanwhile": 412,
    "other_result": 412,
    "workspace_full": 409,
    "month_spent": 409,
    "wrong_share_password": 403,
    "too_many_jobs": 429,
    "assistant_off": 409,
    "day_spent": 429,
    "not_indexed": 409,
    "disk_full": 507,
    "not_a_form": 415,
    "not_a_part": 415,
    "other_tus_version": 412,
    "wrong_offset": 409,
    "more_than_said": 413,
    "too_many_uploads": 429,
}
_STATUS_BY_CLASS: tuple[tuple[type[PdfCompareError], int], ...] = (
    (NotFound, 404),
    (InputError, 422),
    (Cancelled, 409),
    # The server is in order and the file opens, but its content cannot be worked on within the limits.
    (EngineError, 422),
    (StorageError, 503),
)


class CrossSite(PdfCompareError):
    """The request does not come from our own page."""

    code = "cross_site"
    remedy = "Reload the page and try again."


def status_of(error: PdfCompareError) -> int:
    """The HTTP status of one of our errors; 500 when nobody claims it."""
    if error.code in _STATUS_BY_CODE:
        return _STATUS_BY_CODE[error.code]
    return next((status for cls, status in _STATUS_BY_CLASS if isinstance(error, cls)), 500)


def problem(status: int, code: str, detail: str, remedy: str) -> Response:
    """A problem document; detail and remedy become whole sentences."""
    detail, remedy = (
        text if text.endswith((".", "!", "?")) else f"{text}." for text in (detail.strip(), remedy.strip())
    )
    return JSONResponse(
        {
            "type": f"urn:pdf-compare:problem:{code}",
            "title": HTTPStatus(status).phrase,
            "status": status,
            "detail": detail,
            "code": code,
            "remedy": remedy,
        },
        status_code=status,
        media_type="application/problem+json",
        headers={"Cache-Control": "no-store"},
    )


def problem_of(error: PdfCompareError) -> Response:
    """The problem document of one of our errors."""
    return problem(status_of(error), error.code, error.message, error.help)


def unexpected(error: Exception) -> Response:
    """A problem that shows an id; the log has the trace under the same id."""
    reference = uuid.uuid4().hex[:12]
    log.error("unexpected error %s", reference, exc_info=error, extra={"action": "http.error", "reference": reference})
    return problem(
        500, "internal", "Something went wrong on the server.", f"Try again; tell the administrator {reference}."
    )


def install(app: FastAPI) -> None:
    """Let every error leave `app` as a problem document."""
    app.add_exception_handler(PdfCompareError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(ClientDisconnect, _gone)
    app.add_exception_handler(Exception, _unexpected)


async def _ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, PdfCompareError)
    if status_of(error) >= 500:
        log.error("%s", error.code, exc_info=error, extra={"action": "http.error"})
    return problem_of(error)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    # Only where and what: the value itself may be a name or text that does not belong in an answer.
    found = error.errors()
    where = ".".join(str(part) for part in found[0]["loc"] if part != "body") if found else ""
    what = str(found[0]["msg"]) if found else "not readable"
    return problem(422, "bad_request", f"{where or 'body'}: {what}", "Correct the request; see /api/v1/openapi.json.")


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 404:
        return problem(
            404, "not_found", "There is nothing at this address.", "Check the address; see /api/v1/openapi.json."
        )
    detail = HTTPStatus(error.status_code).description or HTTPStatus(error.status_code).phrase
    return problem(error.status_code, "bad_request", detail, "Correct the request; see /api/v1/openapi.json.")


async def _gone(request: Request, error: Exception) -> Response:
    return Response(status_code=400)  # nobody reads it; it only ends the request in an orderly way


async def _unexpected(request: Request, error: Exception) -> Response:
    return unexpected(error)
