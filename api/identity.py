"""Who is asking: from a request's cookie to an actor, and whether a write may be his own doing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Request
from starlette.datastructures import MutableHeaders

from api.problems import CrossSite
from api.sessions import COOKIE, CSRF_HEADER, SAME_ORIGIN, SessionCookies
from service.access import Actor, SignedOut
from service.bootstrap import Services
from service.rates import TooManyRequests

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Identity:
    """Turns requests into actors.

    Args:
        services: Knows which session belongs to whom.
        cookies: Reads the signed cookie.
        is_limited: Whether a user's requests are counted; a page of pictures is one to him and many here.
    """

    def __init__(self, services: Services, cookies: SessionCookies, *, is_limited: bool) -> None:
        self._is_limited = is_limited
        self._services = services
        self._cookies = cookies

    def session(self, request: Request) -> str:
        """The session id of the request; `SignedOut` without a valid cookie."""
        sid = self._cookies.read(request.cookies.get(COOKIE))
        if sid is None:
            raise SignedOut()
        return sid

    def actor(self, request: Request) -> Actor:
        """Who reads, by a token where the request has one, else by its session.

        Raises:
            SignedOut: The token is wrong or too old, or the session is nobody's.
            TooManyRequests: He has made too many in this minute.
        """
        token = _token(request)
        if token is not None:
            actor: Actor | None = self._services.tokens.actor(token)
        else:
            actor = self._services.users.actor_for_session(self.session(request))
        if actor is None:
            raise SignedOut()
        if self._is_limited:
            rate = self._services.rates.take(actor.user_id)
            request.state.rate = rate
            if rate is not None and rate.left < 0:
                raise TooManyRequests()
        return actor

    def writer(self, request: Request) -> Actor:
        """Who writes: `actor`; with a session the request must come from our own page and carry its token."""
        if _token(request) is not None:
            return self.actor(request)
        sid = self.session(request)
        if request.headers.get("sec-fetch-site") not in SAME_ORIGIN:
            raise CrossSite("The request comes from another site.", remedy="Use the application's own page.")
        if not self._cookies.csrf_matches(sid, request.headers.get(CSRF_HEADER)):
            raise CrossSite("The request carries no valid X-CSRF-Token.", remedy="Take one from GET /api/v1/session.")
        return self.actor(request)

    def csrf(self, request: Request) -> str | None:
        """The token for writes under the request's session; None where a program needs none."""
        return None if _token(request) is not None else self._cookies.csrf(self.session(request))

    def session_if_any(self, request: Request) -> str | None:
        """The session id of the request; None without one."""
        return self._cookies.read(request.cookies.get(COOKIE))


def _token(request: Request) -> str | None:
    """The token of the Authorization header; anything else that stands there is a wrong token, not none."""
    given = request.headers.get("authorization")
    if given is None:
        return None
    scheme, _, token = given.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


class RateHeaders:
    """Says on each answer what is left of the minute (RateLimit headers), and when to come again.

    Args:
        app: What answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})

        async def send_with_rate(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                rate = state.get("rate")
                if rate is not None:
                    headers["RateLimit-Limit"] = str(rate.limit)
                    headers["RateLimit-Remaining"] = str(max(0, rate.left))
                    headers["RateLimit-Reset"] = str(rate.seconds)
                if message["status"] == 429:
                    headers.setdefault("Retry-After", str(rate.seconds if rate is not None else 60))
                if message["status"] == 401:
                    headers["WWW-Authenticate"] = "Bearer"
            await send(message)

        await self._app(scope, receive, send_with_rate)


def identity_of(request: Request) -> Identity:
    """The identity service that the app was made with."""
    identity = request.app.state.identity
    assert isinstance(identity, Identity)
    return identity


def services_of(request: Request) -> Services:
    """The use cases that the app was made with."""
    services = request.app.state.services
    assert isinstance(services, Services)
    return services


def _reader(request: Request, identity: Annotated[Identity, Depends(identity_of)]) -> Actor:
    return identity.actor(request)


def _writer(request: Request, identity: Annotated[Identity, Depends(identity_of)]) -> Actor:
    return identity.writer(request)


Reader = Annotated[Actor, Depends(_reader)]
Writer = Annotated[Actor, Depends(_writer)]
Use = Annotated[Services, Depends(services_of)]
