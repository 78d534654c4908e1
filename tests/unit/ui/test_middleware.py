"""What every request passes: cookie, headers, host check, request id."""

from __future__ import annotations

import re

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from api.sessions import COOKIE, SessionCookies
from service.telemetry import Telemetry
from ui.content_policy import content_policy
from ui.middleware import HostCheck, RequestLog, SecurityHeaders, SessionCookie

COOKIES = SessionCookies("kT3vQ9xLr7ZpW2mNc5Yb8HdJ4sFgA6eU")


async def _page(request: Request) -> Response:
    return HTMLResponse("<p>page</p>")


async def _data(request: Request) -> Response:
    return JSONResponse({})


@pytest.fixture
def client() -> TestClient:
    app = Starlette(
        routes=[
            Route("/", _page),
            Route("/deep/link", _page),
            Route("/data", _data),
            Route("/_stcore/bidi-components/x/a.js", _data),
        ],
        middleware=[
            Middleware(RequestLog, telemetry=Telemetry()),
            Middleware(SecurityHeaders, policy=content_policy()),
            Middleware(HostCheck, hosts=["pdf.example.org"]),
            Middleware(SessionCookie, cookies=COOKIES),
        ],
    )
    return TestClient(app, base_url="http://localhost:8501")


@pytest.mark.parametrize("path", ["/", "/deep/link"])
def test_every_page_sets_a_signed_cookie_once(client: TestClient, path: str) -> None:
    given = client.get(path).headers["set-cookie"]
    assert "HttpOnly" in given and "SameSite=Lax" in given and "Path=/" in given and "Secure" not in given
    assert COOKIES.read(client.cookies[COOKIE]) is not None
    assert "set-cookie" not in client.get(path).headers


def test_data_sets_no_cookie(client: TestClient) -> None:
    assert "set-cookie" not in client.get("/data").headers


def test_forged_cookie_is_replaced(client: TestClient) -> None:
    assert "set-cookie" in client.get("/", headers={"cookie": f"{COOKIE}=forged.x.y"}).headers


def test_cookie_is_secure_behind_tls(client: TestClient) -> None:
    assert "Secure" in client.get("/", headers={"x-forwarded-proto": "https"}).headers["set-cookie"]


def test_security_headers_are_everywhere(client: TestClient) -> None:
    for path in ("/", "/data", "/missing"):
        headers = client.get(path).headers
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"


def test_policy_allows_no_inline_script_but_streamlits_own() -> None:
    script_src = next(part for part in content_policy().split("; ") if part.startswith("script-src"))
    assert re.fullmatch(r"script-src 'self'( 'sha256-[A-Za-z0-9+/]{43}=')+", script_src)


def test_component_files_are_asked_for_again(client: TestClient) -> None:
    assert client.get("/_stcore/bidi-components/x/a.js").headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "host", ["localhost:8501", "127.0.0.1:8501", "192.168.1.20", "[::1]:8501", "pdf-compare-ui:8501", "pdf.example.org"]
)
def test_own_names_are_answered(client: TestClient, host: str) -> None:
    assert client.get("/data", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example.com", "evil.example.com:8501", "127.0.0.1.evil.example.com", "pdf.example.org.evil.com"]
)
def test_foreign_names_are_refused(client: TestClient, host: str) -> None:
    answer = client.get("/", headers={"host": host})
    assert answer.status_code == 421
    assert answer.json()["code"] == "unknown_host"
    assert "set-cookie" not in answer.headers


def test_request_id_is_kept_when_it_is_harmless(client: TestClient) -> None:
    assert client.get("/data", headers={"x-request-id": "abc-12345"}).headers["x-request-id"] == "abc-12345"
    assert client.get("/data", headers={"x-request-id": "a b"}).headers["x-request-id"] != "a b"
