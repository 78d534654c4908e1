"""The one set of services of this web process, shared by the server's routes and the page scripts."""

from __future__ import annotations

from functools import cache

from api.sessions import SessionCookies
from service.bootstrap import Services, build
from service.settings import load_settings
from service.telemetry import configure_logging


@cache
def services() -> Services:
    """The services, joined at the first call from the environment's settings."""
    settings = load_settings()
    configure_logging(settings)
    return build(settings)


@cache
def cookies() -> SessionCookies:
    """The signer of session cookies."""
    return SessionCookies(services().secret)
