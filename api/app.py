"""The HTTP API: `create_app(services)` is mounted at /api/v1 and `create_files(services)` at /files."""

from __future__ import annotations

from fastapi import FastAPI

from api import files, problems
from api.identity import Identity, RateHeaders
from api.routes import admin, comparisons, documents, jobs, profiles, samples, sessions, shares, workspaces
from api.schemas import Problem
from api.sessions import SessionCookies
from api.tags import Tags
from service.bootstrap import Services

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

    for part in (sessions, workspaces, shares, documents, comparisons, jobs, profiles, samples, admin):
        app.include_router(part.router)
    app.add_middleware(Tags)
    app.add_middleware(RateHeaders)
    return app


def create_files(services: Services, cookies: SessionCookies) -> FastAPI:
    """The PDFs and page images over `services`."""
    app = FastAPI(title="PDF Compare files", docs_url=None, redoc_url=None, openapi_url=None)
    _prepare(app, services, Identity(services, cookies, is_limited=False))
    app.include_router(files.router)
    return app


def _prepare(app: FastAPI, services: Services, identity: Identity) -> None:
    app.state.services = services
    app.state.identity = identity
    problems.install(app)
