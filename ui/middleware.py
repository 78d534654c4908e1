"""What every request passes on its way in and out: host check, session cookie, security headers, request id, metrics.

Plain ASGI, so that uploads and downloads stream through untouched.
"""

from __future__ import annotations

import ipaddress
import logging
import re
import time
import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import RedirectResponse

from api.problems import problem
from api.sessions import COOKIE, SessionCookies, set_cookie
from service import tracing
from service.log_context import binding
from service.telemetry import Telemetry
from service.users import Users
from ui.desk import address as sign_in_address

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger(__name__)

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
# Addresses as metrics and logs show them: few, and without ids or digests.
_ROUTES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), name)
    for pattern, name in (
        (r"/api/v1/documents", "/api/v1/documents"),
        (r"/api/v1/documents/[^/]+", "/api/v1/documents/{id}"),
        (r"/api/v1/documents/[^/]+/file", "/api/v1/documents/{id}/file"),
        (r"/api/v1/comparisons", "/api/v1/comparisons"),
        (r"/api/v1/comparisons/[^/]+", "/api/v1/comparisons/{id}"),
        (r"/api/v1/comparisons/[^/]+/result", "/api/v1/comparisons/{id}/result"),
        (r"/api/v1/comparisons/[^/]+/(cancel|retry)", "/api/v1/comparisons/{id}/{action}"),
        (r"/api/v1/comparisons/[^/]+/export/[^/]+", "/api/v1/comparisons/{id}/export/{format}"),
        (r"/api/v1/.*", "/api/v1/…"),
        (r"/files/[^/]+", "/files/{sha256}"),
        (r"/files/[^/]+/pages/[^/]+", "/files/{sha256}/pages/{n}"),
        (r"/files/[^/]+/pages/[^/]+/text", "/files/{sha256}/pages/{n}/text"),
        (r"/(healthz|readyz|metrics)", "/probes"),
        (r"/_stcore/.*|/static/.*|/media/.*|/component/.*", "/streamlit"),
    )
)

# What is no page of the application, or is open to all.
_NO_PAGE = re.compile(
    r"/(sign-in|new-password|second-step|authenticator|oidc/|invitation/|shared/|viewer/|api/|files/|static/|media/|component/|_stcore/|healthz|readyz)"
)


class SecurityHeaders:
    """Puts the content policy and its companions on every response.

    Args:
        app: What answers.
        policy: The content security policy.
    """

    def __init__(self, app: ASGIApp, policy: str) -> None:
        self._app = app
        self._headers = {
            "Content-Security-Policy": policy,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
            "X-Frame-Options": "DENY",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_asset = scope["path"].startswith("/_stcore/bidi-components/")

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)  # a shared report has a stricter policy of its own
                if is_asset:
                    # Streamlit says `public` without an age; a browser would then mix files of two releases.
                    headers["Cache-Control"] = "no-cache"
            await send(message)

        await self._app(scope, receive, send_with_headers)


class HostCheck:
    """Answers only to names that are ours, so that a foreign name pointed at this address (DNS rebinding) gets nothing.

    Addresses, `localhost` and names without a dot cannot be pointed here by a stranger; others must be listed.

    Args:
        app: What answers.
        hosts: Further names, lower case.
    """

    def __init__(self, app: ASGIApp, hosts: Sequence[str] = ()) -> None:
        self._app = app
        self._hosts = frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"} or self._is_ours(Headers(scope=scope).get("host", "")):
            await self._app(scope, receive, send)
            return
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 4403})
            return
        answer = problem(
            421,
            "unknown_host",
            "This server does not answer to the name in the address.",
            "Use its usual address, or name this one in PDF_COMPARE_PUBLIC_URL.",
        )
        await answer(scope, receive, send)

    def _is_ours(self, host: str) -> bool:
        name = host.lower().removesuffix(".")
        name = name[1 : name.find("]")] if name.startswith("[") else name.rpartition(":")[0] or name
        if "." not in name or name in self._hosts or name.endswith(".localhost"):
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return ":" in name
        return True


class SessionCookie:
    """Gives every browser that loads a page a signed session cookie, on deep links too.

    Args:
        app: What answers.
        cookies: Signs them.
    """

    def __init__(self, app: ASGIApp, cookies: SessionCookies) -> None:
        self._app = app
        self._cookies = cookies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET" or self._cookies.read(_cookie(scope)) is not None:
            await self._app(scope, receive, send)
            return
        # The page may hold a form already, whose token belongs to this id.
        scope["pdfc.new_sid"], value = self._cookies.new()

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    headers.append("Set-Cookie", set_cookie(value, scope))
                    headers["Cache-Control"] = "no-store"
            await send(message)

        await self._app(scope, receive, send_with_cookie)


class SignInFirst:
    """Sends browsers that nobody has signed in with to the sign-in page, before anything of the application is loaded.

    It spares them a page that would stay empty; what is shown is checked again with every run of a script.

    Args:
        app: What answers.
        cookies: Reads the session cookie.
        users: Knows whose a session is.
    """

    def __init__(self, app: ASGIApp, cookies: SessionCookies, users: Users) -> None:
        self._app = app
        self._cookies = cookies
        self._users = users

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._is_page(scope) or await self._is_known(scope):
            await self._app(scope, receive, send)
            return
        path = scope["path"] + (f"?{scope['query_string'].decode('latin-1')}" if scope["query_string"] else "")
        answer = RedirectResponse(sign_in_address(path), status_code=303, headers={"Cache-Control": "no-store"})
        await answer(scope, receive, send)

    def _is_page(self, scope: Scope) -> bool:
        return (
            scope["type"] == "http"
            and scope["method"] == "GET"
            and not _NO_PAGE.match(scope["path"])
            and "text/html" in Headers(scope=scope).get("accept", "")
        )

    async def _is_known(self, scope: Scope) -> bool:
        sid = self._cookies.read(_cookie(scope))
        return sid is not None and await run_in_threadpool(self._users.actor_for_session, sid) is not None


class RequestLog:
    """Gives each request an id, counts and times it, and writes one line for those that the API answers.

    Args:
        app: What answers.
        telemetry: Holds the metrics.
    """

    def __init__(self, app: ASGIApp, telemetry: Telemetry) -> None:
        self._app = app
        self._telemetry = telemetry

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket" and scope["path"] == "/_stcore/stream":
            with self._telemetry.open_pages.track_inprogress():
                await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        started, status = time.monotonic(), 500

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = request_id
            await send(message)

        with binding(request=request_id), tracing.span(f"http {method}") as span:
            try:
                await self._app(scope, receive, send_with_id)
            finally:
                route, seconds = _route(scope), time.monotonic() - started
                span.tell(route=route, status=status)
                if status >= 500:
                    span.fail(str(status))
                self._written(request_id, route, method, status, seconds)

    def _written(self, request_id: str, route: str, method: str, status: int, seconds: float) -> None:
        self._telemetry.requests.labels(route=route, method=method, status=str(status)).inc()
        self._telemetry.request_seconds.labels(route=route).observe(seconds)
        if route.startswith("/api"):
            fields = {
                "action": "http.request",
                "request": request_id,
                "status": status,
                "seconds": round(seconds, 4),
            }
            log.info("%s %s %d %.3f s", method, route, status, seconds, extra=fields)


def _route(scope: Scope) -> str:
    """Which of our routes answered, as it is written in the code; of everything else few names, and no part of it."""
    form = getattr(scope.get("route"), "path_format", None)
    if isinstance(form, str) and form.startswith("/"):
        # Where the API is mounted; a form that has it already is one of the server itself.
        root = next((root for root in ("/api/v1", "/files") if scope["path"].startswith(f"{root}/")), "")
        return form if form.startswith(root) else root + form
    return next((name for pattern, name in _ROUTES if pattern.fullmatch(scope["path"])), "/")


def _cookie(scope: Scope) -> str | None:
    return Request(scope).cookies.get(COOKIE)
