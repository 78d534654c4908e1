"""The parts of the web server that stand beside the pages: routes, middleware and the life of the services."""

from __future__ import annotations

import gc
import logging
import os
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp
from streamlit import config

from api.app import create_app, create_files
from api.sessions import SessionCookies
from core.errors import PdfCompareError
from db.schema import SchemaBehind, SchemaBeyond
from service.bootstrap import Services
from ui import choosing, entrance, federation, guests
from ui.content_policy import content_policy
from ui.language import ReadersLanguage
from ui.middleware import HostCheck, RequestLog, SecurityHeaders, SessionCookie, SignInFirst

log = logging.getLogger(__name__)

_INTERNET = frozenset({socket.AF_INET, socket.AF_INET6})


def routes(services: Services, cookies: SessionCookies) -> list[BaseRoute]:
    """The API, the files and the probes."""

    async def healthz(request: Request) -> Response:
        return PlainTextResponse("ok\n", headers={"Cache-Control": "no-store"})

    async def readyz(request: Request) -> Response:
        try:
            await run_in_threadpool(services.check)
        except Exception as error:
            log.warning("not ready: %s", type(error).__name__, extra={"action": "web.not_ready"})
            why = f": {error.message} {error.help}" if isinstance(error, SchemaBehind | SchemaBeyond) else ""
            return PlainTextResponse(f"not ready{why}\n", status_code=503, headers={"Cache-Control": "no-store"})
        lacking = services.telemetry.unprotected
        degraded = [f"children without {' and '.join(lacking)}"] if lacking else []
        if services.sessions.is_away:
            degraded.append("sessions in this process only, Redis does not answer")
        text = "".join(["ready\n", *(f"degraded: {what}\n" for what in degraded)])
        return PlainTextResponse(text, headers={"Cache-Control": "no-store"})

    async def metrics(request: Request) -> Response:
        text, media_type = await run_in_threadpool(services.telemetry.render)
        return Response(text, media_type=media_type)

    return [
        _below("/api/v1", create_app(services, cookies)),
        _below("/files", create_files(services, cookies)),
        *entrance.routes(services, cookies),
        *federation.routes(services, cookies),
        *guests.routes(services, cookies),
        *choosing.routes(),
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        Route("/metrics", metrics),
    ]


def _below(path: str, app: ASGIApp) -> Mount:
    """All addresses below a path; also those with a line break, which Starlette's own pattern leaves to others."""
    mount = Mount(path, app)
    mount.path_regex = re.compile(mount.path_regex.pattern, re.DOTALL)
    return mount


def middleware(services: Services, cookies: SessionCookies) -> list[Middleware]:
    """What every request passes, outermost first."""
    settings = services.settings
    public = urlsplit(settings.public_url or "").hostname
    layers = [
        Middleware(RequestLog, telemetry=services.telemetry),
        Middleware(SecurityHeaders, policy=content_policy()),
        Middleware(HostCheck, hosts=[public] if public else []),
        Middleware(SessionCookie, cookies=cookies),
        Middleware(ReadersLanguage),
    ]
    if settings.has_accounts:
        layers.append(Middleware(SignInFirst, cookies=cookies, users=services.users))
    if settings.cors_origins:
        # A listed origin may read the API with a token of its own; our cookie never travels there.
        layers.append(
            Middleware(
                CORSMiddleware, allow_origins=list(settings.cors_origins), allow_methods=["*"], allow_headers=["*"]
            )
        )
    return layers


def lifespan(services: Services) -> Any:
    """Starts the children that draw pages with the server, and closes the services when it stops."""

    @asynccontextmanager
    async def life(app: object) -> AsyncIterator[dict[str, Any]]:
        # Its lines hold whole addresses, names of files included; RequestLog writes ours without them.
        logging.getLogger("uvicorn.access").setLevel(logging.WARNING)
        await run_in_threadpool(services.pages.warm)
        try:
            await run_in_threadpool(services.watch_sandbox)
        except PdfCompareError as error:  # each page picture is refused with the same reason
            log.warning("no children: %s", error.message, extra={"action": "sandbox", "code": error.code})
        _send_at_once(config.get_option("server.port"))
        # What is loaded stays: collections need not go through it again and again.
        gc.collect()
        gc.freeze()
        log.info("web server started", extra={"action": "web.start"})
        try:
            yield {}
        finally:
            await run_in_threadpool(services.close)
            log.info("web server stopped", extra={"action": "web.stop"})

    return life


def _send_at_once(port: int) -> None:
    """Keep small answers from waiting 40 ms for the acknowledgement of the packet before (Nagle's algorithm).

    asyncio turns it off for sockets that were made with a protocol number, and the framework's was not. What is set on
    the listening socket holds for all that it accepts.
    """
    for entry in Path("/proc/self/fd").iterdir():
        with suppress(OSError):  # the folder's own descriptor, pipes, files
            fd = os.dup(int(entry.name))
            try:
                found = socket.socket(fileno=fd)
            except OSError:
                os.close(fd)
                continue
            with found:
                if found.family in _INTERNET and found.type == socket.SOCK_STREAM and found.getsockname()[1] == port:
                    found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
