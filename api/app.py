"""The HTTP API: `create_app(services)` is mounted at /api/v1 and `create_files(services)` at /files."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from fastapi import FastAPI
from starlette.responses import HTMLResponse

from api import files, problems
from api.description import page
from api.identity import Identity, RateHeaders
from api.routes import (
    admin,
    assistant,
    batches,
    comparisons,
    documents,
    extractions,
    jobs,
    profiles,
    reviews,
    samples,
    search,
    sessions,
    shares,
    trash,
    uploads,
    webhooks,
    workspaces,
)
from api.schemas import Problem
from api.sessions import SessionCookies
from api.tags import Tags
from service.bootstrap import Services

_PARTS = (
    sessions,
    workspaces,
    shares,
    trash,
    documents,
    extractions,
    assistant,
    uploads,
    comparisons,
    batches,
    reviews,
    search,
    jobs,
    profiles,
    samples,
    webhooks,
    admin,
)
_DESCRIPTION = """\
Store PDFs, compare two of them, fetch the result in the form `pdf-compare/1`.

A program sends `Authorization: Bearer` and a token, made by a person under *Your account*. A browser sends its session
cookie, and with every write `X-CSRF-Token`, which `GET /session` gives. `RateLimit-…` headers say what is left of the
minute.
Errors are problem documents (RFC 9457) with a stable `code` and a `remedy`.
"""


def create_app(services: Services, cookies: SessionCookies) -> FastAPI:
    """The API over `services`.

    Args:
        services: What the routes call; they compute nothing themselves.
        cookies: Reads the session cookie that the web server sets.
    """
    app = FastAPI(
        title="PDF Compare",
        version="1",
        description=_DESCRIPTION,
        # The pages of Swagger and ReDoc load scripts from elsewhere, which the content policy forbids.
        docs_url=None,
        redoc_url=None,
        responses={401: {"model": Problem}, 403: {"model": Problem}},
    )
    _prepare(app, services, Identity(services, cookies, is_limited=True))

    for part in _PARTS:
        app.include_router(part.router)
    app.include_router(reviews.timelines)
    app.openapi = _described(app.openapi)  # type: ignore[method-assign]

    @app.get("/docs", include_in_schema=False)
    def docs() -> HTMLResponse:
        return HTMLResponse(page(app.openapi(), "/api/v1"), headers={"Cache-Control": "no-cache"})

    app.add_middleware(Tags)
    app.add_middleware(RateHeaders)
    return app


def create_files(services: Services, cookies: SessionCookies, identity: Identity | None = None) -> FastAPI:
    """The PDFs and page images over `services`, for who is signed in, or for whom `identity` knows."""
    app = FastAPI(title="PDF Compare files", docs_url=None, redoc_url=None, openapi_url=None)
    _prepare(app, services, identity or Identity(services, cookies, is_limited=False))
    app.include_router(files.router)
    app.add_middleware(RateHeaders)
    return app


def _described(made: Callable[[], dict[str, Any]]) -> Callable[[], dict[str, Any]]:
    """The OpenAPI document with what is true of every route: errors are problem documents of their own media type."""

    @cache
    def described() -> dict[str, Any]:
        document = made()
        problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
        for operations in document["paths"].values():
            for operation in operations.values():
                answers = operation["responses"]
                for status, said in _ANYWHERE.items():
                    answers.setdefault(status, {"description": said})
                for status, answer in answers.items():
                    if status >= "400":
                        answer["content"] = problem
        for name in ("HTTPValidationError", "ValidationError"):  # the framework's own form, which we do not send
            document["components"]["schemas"].pop(name, None)
        return document

    return described


_ANYWHERE = {
    "400": "The request cannot be read.",
    "413": "The body is too large.",
    "422": "The request does not have the agreed form.",
    "429": "Too many requests in this minute; Retry-After says when to come again.",
    "503": "The database or the document store does not answer.",
}


def _prepare(app: FastAPI, services: Services, identity: Identity) -> None:
    app.state.services = services
    app.state.identity = identity
    problems.install(app)
