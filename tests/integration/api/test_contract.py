"""The server keeps to its own OpenAPI document: requests are made up from it, good ones and bad ones (Schemathesis).

Few for each operation here; `make api-fuzz` makes many.
"""

from __future__ import annotations

import os
import socket
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.applications import Starlette
from starlette.testclient import TestClient

from service.bootstrap import Services
from service.tokens import Scope


@schemathesis.serializer("application/pdf", "application/offset+octet-stream")
def as_it_is(context: Any, value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


EXAMPLES = int(os.environ.get("PDFC_FUZZ_EXAMPLES", "3"))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


def test_what_is_answered_is_what_is_described(
    app: Starlette, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_names(host: str, port: int, **_: Any) -> Any:
        raise socket.gaierror("names are not looked up in tests")

    monkeypatch.setattr(socket, "getaddrinfo", no_names)
    _, secret = services.tokens.add(services.users.local_actor(), "t", Scope.MANAGE)
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", app, headers={"Host": "localhost"})
    headers = {"Authorization": f"Bearer {secret}", "Host": "localhost"}
    tried, wrong = 0, []
    for found in schema.get_all_operations():
        operation = found.ok()

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=EXAMPLES < 100,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def try_it(case: Any) -> None:
            nonlocal tried
            tried += 1
            case.call_and_validate(headers=headers, checks=CHECKS)

        try:
            try_it()
        except (Exception, BaseExceptionGroup) as error:
            wrong.append(f"{operation.method.upper()} {operation.path}: {error}")
    assert wrong == [], "\n\n".join(wrong)[:6000]
    assert tried >= 50 * min(EXAMPLES, 3)


@pytest.mark.parametrize(
    ("method", "path", "how", "status"),
    [
        ("POST", "/batches", {"json": {"pairs": [], "name": "x"}}, 422),
        ("POST", "/batches", {"json": {"pairs": [{}], "colour": "red"}}, 422),
        ("POST", "/batches", {"content": b'{"pairs": [', "headers": {"Content-Type": "application/json"}}, 422),
        ("POST", "/batches", {"content": b"pairs", "headers": {"Content-Type": "text/plain"}}, 422),
        ("POST", "/webhooks", {"json": {"url": "http://192.0.0.9/", "events": ["batch.done"], "x": 1}}, 422),
        ("POST", "/webhooks", {"json": {"url": "http://192.0.0.9/", "events": ["nonsense"]}}, 422),
        ("POST", "/webhooks", {"json": {"url": "http://127.0.0.1/", "events": ["batch.done"]}}, 422),
        ("GET", "/documents?limit=0", {}, 422),
        ("GET", "/documents?limit=999999999999999999999", {}, 422),
        ("GET", "/batches?after=%00", {}, 422),
        ("GET", "/comparisons/00000000-0000-0000-0000-000000000000/changes?page=0", {}, 422),
        ("GET", "/jobs?state=nonsense", {}, 422),
        ("GET", "/audit?since=0001-01-01T00:00:00%2B14:00", {}, 422),
        ("POST", "/documents", {"content": b"x"}, 415),
        ("GET", "/profiles/a%0Ab", {}, 404),
        ("GET", "/no%0Asuch/thing", {}, 404),
        ("TRACE", "/documents", {}, 405),
    ],
)
def test_bad_requests_are_problems_with_a_remedy(
    client: TestClient, method: str, path: str, how: dict[str, Any], status: int
) -> None:
    answer = client.request(method, f"/api/v1{path}", **how)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] and answer.json()["remedy"]


@pytest.mark.parametrize("path", ["documents", "audit", "admin/audit", "audit.csv", "search"])
def test_times_in_any_zone(client: TestClient, path: str) -> None:
    """ISO 8601 goes to zones that PostgreSQL does not know."""
    times = {"since": "1551-06-16T07:44:13-19:48", "until": "2100-01-01T00:00:00+23:59"}
    assert client.get(f"/api/v1/{path}", params={"q": "word", **times}).status_code == 200


def test_the_api_is_described_on_a_page_without_a_script(stranger: TestClient) -> None:
    answer = stranger.get("/api/v1/docs")
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/html")
    assert "<script" not in answer.text and "http://" not in answer.text and "https://" not in answer.text
    described = stranger.get("/api/v1/openapi.json").json()
    for path, operations in described["paths"].items():
        for operation in operations.values():
            assert f'id="{operation["operationId"]}"' in answer.text, path
    assert "curl -X POST" in answer.text and "&quot;Authorization: Bearer $TOKEN&quot;" in answer.text
