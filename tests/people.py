"""People of tests: their password, and their browsers without a browser, for servers with accounts."""

from __future__ import annotations

import html
import re
from typing import Any

from starlette.applications import Starlette
from starlette.testclient import TestClient

from service.access import Actor
from service.bootstrap import Services

GOOD = "four words nobody joins"
PAGE = {"Accept": "text/html"}


def visitor(app: Starlette) -> TestClient:
    """A browser that has never been here, and follows nothing by itself."""
    return TestClient(app, base_url="http://localhost", raise_server_exceptions=False, follow_redirects=False)


def hidden(page: str) -> dict[str, str]:
    """What goes unseen with the form of a page."""
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page)
    return {name: html.unescape(value) for name, value in found}


def fill(client: TestClient, address: str, **fields: str) -> Any:
    """Open a page with a form, fill it in and send it."""
    return client.post(address.partition("?")[0], data={**hidden(client.get(address, headers=PAGE).text), **fields})


def inside(app: Starlette, login: str, password: str = GOOD) -> TestClient:
    """The browser of somebody who has signed in, ready to write."""
    client = visitor(app)
    answer = fill(client, "/sign-in", login=login, password=password)
    assert answer.status_code == 303, answer.text
    return ready(client)


def ready(client: TestClient) -> TestClient:
    """The same browser with the token that its writes carry."""
    client.headers["X-CSRF-Token"] = client.get("/api/v1/session").json()["csrf"]
    return client


def member_of_own(services: Services, login: str) -> Actor:
    """Somebody with an account, in his own workspace."""
    user = services.accounts.make(login.title(), login, GOOD)
    home = services.users.home_of(user)
    assert home is not None
    return services.users.actor(user, home)
