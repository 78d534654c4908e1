"""Signing in by an OpenID provider: a real one, as a process, with everything that may go wrong on the way."""

from __future__ import annotations

import base64
import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from sqlalchemy import text
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from api.sessions import SessionCookies
from service.access import Role
from service.bootstrap import Services, build
from service.settings import load_settings
from tests.integration.api.test_api import assert_problem
from tests.people import GOOD, PAGE, fill, hidden, inside, member_of_own, visitor
from ui import server as web

Make = Callable[..., tuple[Services, Starlette]]


class Provider:
    """The provider's address, and what a test may tell it."""

    def __init__(self, address: str) -> None:
        self.issuer = address
        self.http = httpx.Client(base_url=address, timeout=20)

    def knows(self, subject: str, **claims: object) -> None:
        assert self.http.put(f"/users/{subject}", json=claims).is_success

    def lies(self, **how: object) -> None:
        assert self.http.put("/lie", json=how).is_success

    def agrees(self, where: str, subject: str) -> str:
        """Somebody signs in there; the way back, as a path here."""
        return self.answers(where, sub=subject)

    def answers(self, where: str, **form: str) -> str:
        answer = self.http.post(where, data=form)
        assert answer.status_code in {302, 303}, answer.text
        back = urlsplit(answer.headers["location"])
        assert f"{back.scheme}://{back.netloc}" == "http://localhost"
        return f"{back.path}?{back.query}"


@pytest.fixture(scope="module")
def process() -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    started = subprocess.Popen(
        [sys.executable, "-m", "tests.openid_provider", str(port)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert started.stdout is not None and started.stdout.readline() == b"ready\n"
    yield f"http://127.0.0.1:{port}"
    started.kill()
    started.wait()


@pytest.fixture
def provider(process: str) -> Provider:
    found = Provider(process)
    found.lies()
    found.knows("s-ada", email="ada@example.org", email_verified=True, name="Ada Lovelace", groups=["engineering"])
    return found


@pytest.fixture
def make(database_url: str, tmp_path: Path, provider: Provider) -> Iterator[Make]:
    built: list[Services] = []

    def make_(**settings: Any) -> tuple[Services, Starlette]:
        given: dict[str, Any] = {
            "oidc_issuer": provider.issuer,
            "oidc_client_id": "pdf-compare",
            "oidc_client_secret": "a secret of the provider",
            "oidc_new_people": "all",
            **settings,
        }
        services = build(load_settings(database_url=database_url, data_dir=tmp_path / "data", accounts="on", **given))
        built.append(services)
        cookies = SessionCookies(services.secret)

        async def application(request: object) -> HTMLResponse:
            return HTMLResponse("the application")

        routes = [*web.routes(services, cookies), Route("/{path:path}", application)]
        return services, Starlette(routes=routes, middleware=web.middleware(services, cookies))

    yield make_
    for services in built:
        services.close()


def begun(client: TestClient, address: str = "/oidc/start?next=/library") -> str:
    """Where the button leads."""
    client.get("/sign-in", headers=PAGE)
    answer = client.get(address, headers=PAGE)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def come(client: TestClient, provider: Provider, subject: str, address: str = "/oidc/start?next=/library") -> Any:
    return client.get(provider.agrees(begun(client, address), subject), headers=PAGE)


def actions(services: Services) -> list[tuple[str, Any]]:
    home = services.database.workspaces()[0]
    admin = services.users.operator_of(home)
    with services.database.write() as session:
        session.execute(text("UPDATE users SET is_admin = true WHERE id = :id"), {"id": admin.user})
    return [(entry.action, entry.detail) for entry in services.audit.list(admin, whole_server=True, limit=200)[0]]


def test_who_the_provider_knows_comes_in(make: Make, provider: Provider) -> None:
    services, app = make()
    client = visitor(app)
    page = client.get("/sign-in", headers=PAGE).text
    assert "Sign in with your organisation" in page and "/oidc/start?next=" in page
    where = begun(client)
    asked = parse_qs(urlsplit(where).query)
    assert asked["response_type"] == ["code"] and asked["code_challenge_method"] == ["S256"]
    assert all(len(asked[name][0]) >= 43 for name in ("state", "nonce", "code_challenge"))
    assert asked["redirect_uri"] == ["http://localhost/oidc/back"] and asked["scope"] == ["openid email profile"]
    answer = client.get(provider.agrees(where, "s-ada"), headers=PAGE)
    assert (answer.status_code, answer.headers["location"]) == (303, "/library")
    told = client.get("/api/v1/session").json()["actor"]
    assert (told["name"], told["roles"], told["is_admin"]) == ("Ada Lovelace", ["owner"], False)
    again = visitor(app)
    assert come(again, provider, "s-ada").status_code == 303
    assert again.get("/api/v1/session").json()["actor"]["user_id"] == told["user_id"]
    found = actions(services)
    assert ("signed_in", {"by": "provider"}) in found and [a for a, _ in found].count("user.added") == 1
    assert fill(visitor(app), "/sign-in", login="ada@example.org", password="").status_code == 401  # has no password


@pytest.mark.parametrize(
    "lie",
    [
        {"claims": {"nonce": "another"}},
        {"claims": {"nonce": None}},
        {"claims": {"aud": "another client"}},
        {"claims": {"aud": ["pdf-compare", "another"], "azp": "another"}},
        {"claims": {"iss": "https://evil.example"}},
        {"claims": {"sub": ""}},
        {"shift": -7200},  # it ended long ago
        {"shift": 600},  # made in ten minutes
        {"key": "other"},
    ],
    ids=str,
)
def test_what_cannot_be_trusted_lets_nobody_in(make: Make, provider: Provider, lie: dict[str, Any]) -> None:
    _, app = make()
    provider.lies(**lie)
    client = visitor(app)
    refused = come(client, provider, "s-ada")
    assert refused.status_code == 403 and "did not say who you are" in refused.text
    assert_problem(client.get("/api/v1/session"), 401, "no_session")
    provider.lies()
    assert come(client, provider, "s-ada").status_code == 303


@pytest.mark.parametrize("seconds", [-30, 30])
def test_clocks_may_differ_a_little(make: Make, provider: Provider, seconds: int) -> None:
    _, app = make()
    provider.lies(shift=seconds)
    assert come(visitor(app), provider, "s-ada").status_code == 303


def test_a_way_back_is_good_once_and_for_its_browser(make: Make, provider: Provider) -> None:
    _, app = make()
    client = visitor(app)
    where = begun(client)
    kept = client.cookies.get("pdfc_try", path="/oidc")
    back = provider.agrees(where, "s-ada")
    thief = visitor(app)
    thief.get("/sign-in", headers=PAGE)
    stolen = thief.get(back, headers=PAGE)  # the address alone is worth nothing
    assert stolen.status_code == 403 and "not begun by this browser" in stolen.text
    begun(thief)  # nor with a try of his own
    assert thief.get(back, headers=PAGE).status_code == 403
    assert client.get(back, headers=PAGE).status_code == 303
    assert "pdfc_try" not in client.cookies
    client.cookies.set("pdfc_try", kept, path="/oidc")
    again = client.get(provider.agrees(where, "s-ada"), headers=PAGE)
    assert again.status_code == 403 and "used already" in again.text
    for forged in ("x", kept[:-2], ""):
        client.cookies.set("pdfc_try", forged, path="/oidc")
        assert client.get(back, headers=PAGE).status_code == 403


def test_a_code_is_worth_nothing_without_the_verifier(make: Make, provider: Provider) -> None:
    """Who has caught a code cannot put it into his own way back: the provider asks for the verifier of its try."""
    _, app = make()
    victims = provider.agrees(begun(visitor(app)), "s-ada")
    code = parse_qs(urlsplit(victims).query)["code"][0]
    thief = visitor(app)
    own = provider.agrees(begun(thief), "s-eve")
    assert thief.get(re.sub(r"code=[^&]+", f"code={code}", own), headers=PAGE).status_code == 403
    assert_problem(thief.get("/api/v1/session"), 401, "no_session")


def test_a_provider_that_is_away_is_one_sentence(make: Make, provider: Provider) -> None:
    _, app = make(oidc_issuer="http://127.0.0.1:9")
    started = time.monotonic()
    away = visitor(app).get("/oidc/start", headers=PAGE)
    assert away.status_code == 503 and "does not answer" in away.text and time.monotonic() - started < 10
    _, app = make()
    client = visitor(app)
    back = provider.agrees(begun(client), "s-ada")
    provider.lies(status=500)
    failed = client.get(back, headers=PAGE)
    assert failed.status_code in {403, 503} and "Traceback" not in failed.text
    provider.lies()
    assert come(client, provider, "s-ada").status_code == 303  # and the next try goes well


def test_a_refusal_there_is_told_here(make: Make, provider: Provider) -> None:
    _, app = make()
    client = visitor(app)
    where = begun(client)
    state = parse_qs(urlsplit(where).query)["state"][0]
    refused = client.get(f"/oidc/back?error=access_denied&state={state}", headers=PAGE)
    assert refused.status_code == 403 and "did not let you in" in refused.text
    where = begun(client)
    state = parse_qs(urlsplit(where).query)["state"][0]
    odd = client.get(f"/oidc/back?error=<script>alert(1)</script>&state={state}", headers=PAGE)
    assert odd.status_code == 403 and "<script" not in odd.text
    other = begun(client)
    back = provider.agrees(other, "s-ada")
    assert client.get(f"{back}&iss=https://evil.example", headers=PAGE).status_code == 403


def test_only_who_may_comes_in(make: Make, provider: Provider) -> None:
    provider.knows("s-eve", email="eve@evil.example", email_verified=True, name="Eve", groups=["sales"])
    provider.knows("s-fake", email="fake@example.org", email_verified=False, name="Fake", groups=["engineering"])
    _, app = make(oidc_domains=("example.org",))
    assert come(visitor(app), provider, "s-ada").status_code == 303
    for subject in ("s-eve", "s-fake"):
        refused = come(visitor(app), provider, subject)
        assert refused.status_code == 403 and "may come in here" in refused.text
    _, app = make(oidc_groups=("engineering",))
    assert come(visitor(app), provider, "s-ada").status_code == 303
    assert come(visitor(app), provider, "s-eve").status_code == 403


def test_who_is_not_invited_stays_out_and_who_is_gets_an_account(make: Make, provider: Provider) -> None:
    services, app = make(oidc_new_people="invited")
    boss = member_of_own(services, "boss")
    client = visitor(app)
    refused = come(client, provider, "s-ada")
    assert refused.status_code == 403 and "no account here yet" in refused.text
    _, secret = services.workspaces.invite(boss, "Ada", Role.REVIEWER)
    assert f"/oidc/start?invitation={secret}" in client.get(f"/invitation/{secret}", headers=PAGE).text
    assert come(client, provider, "s-ada", "/oidc/start?invitation=made-up").status_code == 404
    assert come(client, provider, "s-ada", f"/oidc/start?invitation={secret}").status_code == 303
    told = client.get("/api/v1/session").json()["actor"]
    assert (told["workspace_id"], told["roles"]) == (boss.workspace_id, ["reviewer"])
    again = visitor(app)
    assert come(again, provider, "s-ada").status_code == 303


def test_an_account_that_is_there_is_taken_over_by_nobody(make: Make, provider: Provider) -> None:
    services, app = make()
    services.accounts.make("Ada", "ada@example.org", GOOD)
    refused = come(visitor(app), provider, "s-ada")
    assert refused.status_code == 422 and "is taken" in refused.text and "Your account" in refused.text
    provider.knows("s-liar", email="ada@example.org", email_verified=False, preferred_username="ada@example.org")
    linking, app = make(oidc_link_by_email=True)
    liar = visitor(app)
    assert come(liar, provider, "s-liar").status_code == 303  # somebody, but not Ada
    ada = str(linking.accounts.check("ada@example.org", GOOD).user)
    assert liar.get("/api/v1/session").json()["actor"]["user_id"] != ada
    client = visitor(app)
    assert come(client, provider, "s-ada").status_code == 303
    assert client.get("/api/v1/session").json()["actor"]["user_id"] == ada


def test_who_is_signed_in_connects_the_two(make: Make, provider: Provider) -> None:
    services, app = make()
    services.accounts.make("Ada", "ada", GOOD)
    services.accounts.make("Eve", "eve", GOOD)
    ada = inside(app, "ada")
    page = ada.post("/oidc/connect", data=hidden(ada.get("/oidc/connect", headers=PAGE).text)).text
    start = re.findall(r'href="(/oidc/start\?connect=[^"]+)"', page)[0]
    eve = inside(app, "eve")
    assert eve.get(start, headers=PAGE).status_code == 403  # the link is that browser's
    assert come(ada, provider, "s-ada", start).headers["location"] == "/account"
    other = visitor(app)
    assert come(other, provider, "s-ada").status_code == 303
    assert other.get("/api/v1/session").json()["actor"]["name"] == "Ada"
    page = eve.post("/oidc/connect", data=hidden(eve.get("/oidc/connect", headers=PAGE).text)).text
    start = re.findall(r'href="(/oidc/start\?connect=[^"]+)"', page)[0]
    taken = come(eve, provider, "s-ada", start)
    assert taken.status_code == 403 and "Somebody else" in taken.text
    assert eve.post("/oidc/connect", data={"csrf": "0" * 64}).status_code == 403


def test_a_closed_account_stays_closed(make: Make, provider: Provider) -> None:
    services, app = make()
    client = visitor(app)
    assert come(client, provider, "s-ada").status_code == 303
    user = client.get("/api/v1/session").json()["actor"]["user_id"]
    with services.database.write() as session:
        session.execute(text("UPDATE users SET disabled_at = now() WHERE id = :id"), {"id": user})
    refused = come(visitor(app), provider, "s-ada")
    assert refused.status_code == 403 and "closed" in refused.text


def test_who_signs_out_here_is_signed_out_there(make: Make, provider: Provider) -> None:
    _, app = make()
    client = visitor(app)
    assert come(client, provider, "s-ada").status_code == 303
    assert client.get("/oidc/out", headers=PAGE).headers["location"] == "/account"  # no other site can do it
    csrf = client.get("/api/v1/session").json()["csrf"]
    assert client.delete("/api/v1/session", headers={"X-CSRF-Token": csrf}).status_code == 204
    where = client.get("/oidc/out", headers=PAGE).headers["location"]
    asked = parse_qs(urlsplit(where).query)
    assert where.startswith(f"{provider.issuer}/oauth2/end_session?")
    assert asked["client_id"] == ["pdf-compare"] and asked["post_logout_redirect_uri"] == ["http://localhost/sign-in"]
    claims = json.loads(base64.urlsafe_b64decode(asked["id_token_hint"][0].split(".")[1] + "=="))
    assert claims["sub"] == "s-ada"
    assert "redirect_uri" in provider.http.get(where).text  # the provider asks, and leads back
    # Once; and who came by a password, or where it is not wanted, only goes to the sign-in page.
    assert client.get("/oidc/out", headers=PAGE).headers["location"] == "/sign-in"
    assert visitor(app).get("/oidc/out", headers=PAGE).headers["location"] == "/sign-in"
    _, app = make(oidc_sign_out=False)
    client = visitor(app)
    assert come(client, provider, "s-ada").status_code == 303
    csrf = client.get("/api/v1/session").json()["csrf"]
    assert client.delete("/api/v1/session", headers={"X-CSRF-Token": csrf}).status_code == 204
    assert client.get("/oidc/out", headers=PAGE).headers["location"] == "/sign-in"


def test_nothing_is_there_without_a_provider(make: Make) -> None:
    services, app = make(oidc_issuer=None, oidc_client_id=None)
    services.accounts.make("Ada", "ada", GOOD)
    client = visitor(app)
    assert "/oidc/start" not in client.get("/sign-in", headers=PAGE).text
    for path in ("/oidc/start", "/oidc/back", "/oidc/connect", "/oidc/out"):
        assert client.get(path, headers=PAGE).status_code == 404
