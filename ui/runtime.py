"""The one set of services of this web process, shared by the server's routes and the page scripts."""

from __future__ import annotations

from functools import cache

import streamlit as st

from api.sessions import SessionCookies
from service.bootstrap import Services, build
from service.settings import load_settings
from service.telemetry import configure_logging
from service.tracing import configure_tracing


@cache
def services() -> Services:
    """The services, joined at the first call from the environment's settings."""
    # Where the server really listens decides whether people sign in, however it was started.
    address = st.get_option("server.address")
    settings = load_settings(**({"host": address} if address else {}))
    configure_logging(settings)
    configure_tracing(settings, "web")
    return build(settings)


@cache
def cookies() -> SessionCookies:
    """The signer of session cookies."""
    return SessionCookies(services().secret)
