"""Who is asking: from a request's cookie to an actor, and whether a write may be his own doing."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from api.problems import CrossSite
from api.sessions import COOKIE, CSRF_HEADER, SAME_ORIGIN, SessionCookies
from service.access import Actor, SignedOut
from service.bootstrap import Services


class Identity:
    """Turns requests into actors.

    Args:
        services: Knows which session belongs to whom.
        cookies: Reads the signed cookie.
    """

    def __init__(self, services: Services, cookies: SessionCookies) -> None:
        self._services = services
        self._cookies = cookies

    def session(self, request: Request) -> str:
        """The session id of the request; `SignedOut` without a valid cookie."""
        sid = self._cookies.read(request.cookies.get(COOKIE))
        if sid is None:
            raise SignedOut()
        return sid

    def actor(self, request: Request) -> Actor:
        """Who reads; `SignedOut` when the session is nobody's."""
        actor = self._services.users.actor_for_session(self.session(request))
        if actor is None:
            raise SignedOut()
        return actor

    def writer(self, request: Request) -> Actor:
        """Who writes: `actor`, and the request must come from our own page and carry its token."""
        sid = self.session(request)
        if request.headers.get("sec-fetch-site") not in SAME_ORIGIN:
            raise CrossSite("The request comes from another site.", remedy="Use the application's own page.")
        if not self._cookies.csrf_matches(sid, request.headers.get(CSRF_HEADER)):
            raise CrossSite("The request carries no valid X-CSRF-Token.", remedy="Take one from GET /api/v1/session.")
        return self.actor(request)

    def csrf(self, request: Request) -> str:
        """The token for writes under the request's session."""
        return self._cookies.csrf(self.session(request))


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
