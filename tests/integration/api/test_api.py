"""The API from outside: every answer, and what is left behind by every refusal."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from api.sessions import COOKIE, SessionCookies
from service.bootstrap import Services

STATUS = {"file_too_large": 413, "not_a_pdf": 415}


def put(client: TestClient, data: bytes, name: str = "a.pdf") -> Any:
    return client.put("/api/v1/documents", params={"name": name}, content=data)


def stored(client: TestClient, data: bytes, name: str = "a.pdf") -> dict[str, Any]:
    answer = put(client, data, name)
    assert answer.status_code == 201, answer.text
    document: dict[str, Any] = answer.json()["document"]
    return document


def assert_problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert set(body) == {"type", "title", "status", "detail", "code", "remedy"}
    assert (body["status"], body["code"]) == (status, code)
    assert body["detail"].endswith(".") and body["remedy"].endswith(".")
    assert "Traceback" not in answer.text
    return body


def files_below(services: Services) -> list[Path]:
    return [path for path in (services.settings.data_dir / "blobs").rglob("*") if path.is_file()]


# ---------------------------------------------------------------- documents


def test_upload_is_stored_with_its_digest(client: TestClient, old_pdf: bytes) -> None:
    document = stored(client, old_pdf, "Bericht ä.pdf")
    assert document["name"] == "Bericht ä.pdf"
    assert document["sha256"] == hashlib.sha256(old_pdf).hexdigest()
    assert (document["size_bytes"], document["page_count"]) == (len(old_pdf), 3)
    assert client.get(f"/api/v1/documents/{document['id']}").json() == {"document": document}


@pytest.mark.parametrize(
    "code",
    ["empty_file", "not_a_pdf", "damaged_pdf", "encrypted_pdf", "no_pages", "too_many_pages", "file_too_large"],
)
def test_bad_file_is_one_problem_and_nothing_is_stored(
    client: TestClient, services: Services, bad_files: dict[str, bytes], code: str
) -> None:
    body = assert_problem(put(client, bad_files[code], "contract.pdf"), STATUS.get(code, 422), code)
    assert body["detail"].startswith("contract.pdf ")
    assert client.get("/api/v1/documents").json() == {"documents": [], "next": None}
    assert files_below(services) == []


def test_next_upload_works_after_a_bad_one(client: TestClient, bad_files: dict[str, bytes], old_pdf: bytes) -> None:
    put(client, bad_files["damaged_pdf"])
    assert stored(client, old_pdf)["page_count"] == 3


def test_encrypted_file_is_not_asked_for_a_password_it_cannot_take(
    client: TestClient, bad_files: dict[str, bytes]
) -> None:
    assert put(client, bad_files["encrypted_pdf"]).json()["remedy"] == "Give a copy saved without a password."


def test_cap_holds_without_a_declared_length(client: TestClient, services: Services) -> None:
    def endless() -> Iterator[bytes]:
        yield b"%PDF-1.7\n"
        for _ in range(50):
            yield b"0" * 64_000

    answer = client.put("/api/v1/documents", params={"name": "a.pdf"}, content=endless())
    assert_problem(answer, 413, "file_too_large")
    assert files_below(services) == []


def test_upload_that_breaks_off_leaves_nothing(app: Starlette, services: Services, cookies: SessionCookies) -> None:
    sid, cookie = cookies.new()
    headers = {"host": "localhost", "cookie": f"{COOKIE}={cookie}", "x-csrf-token": cookies.csrf(sid)}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "PUT",
        "scheme": "http",
        "path": "/api/v1/documents",
        "raw_path": b"/api/v1/documents",
        "query_string": b"name=a.pdf",
        "headers": [(k.encode(), v.encode()) for k, v in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("localhost", 80),
        "state": {},
    }
    events: list[MutableMapping[str, Any]] = [
        {"type": "http.request", "body": b"%PDF-1.7\n" + b"0" * 120_000, "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> MutableMapping[str, Any]:
        return events.pop(0) if events else {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        return None

    asyncio.run(app(scope, receive, send))
    assert files_below(services) == []


def test_name_is_needed(client: TestClient, old_pdf: bytes) -> None:
    assert_problem(client.put("/api/v1/documents", content=old_pdf), 422, "bad_request")


def test_list_searches_names_and_goes_on(client: TestClient, old_pdf: bytes, new_pdf: bytes) -> None:
    for name in ("one.pdf", "two.pdf", "three.pdf"):
        stored(client, old_pdf, name)
    assert [d["name"] for d in client.get("/api/v1/documents", params={"query": "T"}).json()["documents"]] == [
        "three.pdf",
        "two.pdf",
    ]
    first = client.get("/api/v1/documents", params={"limit": 2}).json()
    rest = client.get("/api/v1/documents", params={"limit": 2, "after": first["next"]}).json()
    assert [d["name"] for d in first["documents"] + rest["documents"]] == ["three.pdf", "two.pdf", "one.pdf"]
    assert rest["next"] is None


def test_bad_cursor_is_a_problem(client: TestClient) -> None:
    assert_problem(client.get("/api/v1/documents", params={"after": "nonsense"}), 422, "bad_cursor")


def test_deleted_document_is_gone(client: TestClient, services: Services, old_pdf: bytes) -> None:
    document = stored(client, old_pdf)
    assert client.delete(f"/api/v1/documents/{document['id']}").status_code == 204
    assert_problem(client.get(f"/api/v1/documents/{document['id']}"), 404, "not_found")
    assert_problem(client.get(f"/files/{document['sha256']}"), 404, "not_found")
    assert files_below(services) != []  # in the trash it may be had back
    assert client.delete(f"/api/v1/trash/document/{document['id']}").status_code == 200
    assert files_below(services) == []


# ---------------------------------------------------------------- files


def test_file_is_served_whole_and_never_compressed(client: TestClient, old_pdf: bytes) -> None:
    document = stored(client, old_pdf)
    for address in (f"/files/{document['sha256']}", f"/api/v1/documents/{document['id']}/file"):
        answer = client.get(address)
        assert answer.content == old_pdf
        assert answer.headers["content-type"] == "application/pdf"
        assert answer.headers["content-length"] == str(len(old_pdf))
        assert "immutable" in answer.headers["cache-control"] and "private" in answer.headers["cache-control"]


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [("bytes=0-9", 0, 9), ("bytes=100-", 100, None), ("bytes=-20", -20, None), ("bytes=5-999999999", 5, None)],
)
def test_range_gives_a_part(client: TestClient, old_pdf: bytes, asked: str, first: int, last: int | None) -> None:
    answer = client.get(f"/files/{stored(client, old_pdf)['sha256']}", headers={"range": asked})
    start = first if first >= 0 else len(old_pdf) + first
    end = len(old_pdf) - 1 if last is None else last
    assert answer.status_code == 206
    assert answer.content == old_pdf[start : end + 1]
    assert answer.headers["content-range"] == f"bytes {start}-{end}/{len(old_pdf)}"


def test_range_past_the_end_is_416(client: TestClient, old_pdf: bytes) -> None:
    address = f"/files/{stored(client, old_pdf)['sha256']}"
    assert client.get(address, headers={"range": f"bytes={len(old_pdf)}-"}).status_code == 416


def test_known_file_is_not_sent_again(client: TestClient, old_pdf: bytes) -> None:
    address = f"/files/{stored(client, old_pdf)['sha256']}"
    etag = client.get(address).headers["etag"]
    assert client.get(address, headers={"if-none-match": etag}).status_code == 304


def test_page_image_is_rendered_and_cacheable(client: TestClient, old_pdf: bytes) -> None:
    address = f"/files/{stored(client, old_pdf)['sha256']}/pages/1"
    answer = client.get(address, params={"dpi": 72})
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("image/")
    assert client.get(address, params={"dpi": 72}, headers={"if-none-match": answer.headers["etag"]}).status_code == 304
    words = client.get(f"{address}/text").json()["words"]
    assert any(word[0].startswith("Supply") for word in words)


def test_missing_pages_and_files_are_problems(client: TestClient, old_pdf: bytes) -> None:
    sha256 = stored(client, old_pdf)["sha256"]
    assert_problem(client.get(f"/files/{sha256}/pages/4"), 404, "not_found")
    assert_problem(client.get(f"/files/{'0' * 64}"), 404, "not_found")
    assert_problem(client.get("/files/..%2f..%2fetc%2fpasswd"), 404, "not_found")
    assert_problem(client.get(f"/files/{sha256}/pages/0"), 422, "bad_request")
    assert_problem(client.get(f"/files/{sha256}/pages/1", params={"dpi": 5000}), 422, "bad_request")


# ---------------------------------------------------------------- comparisons


def test_same_question_is_one_comparison(client: TestClient, old_pdf: bytes, new_pdf: bytes) -> None:
    body = {"old": stored(client, old_pdf, "o.pdf")["id"], "new": stored(client, new_pdf, "n.pdf")["id"]}
    first = client.post("/api/v1/comparisons", json=body)
    assert first.status_code == 202
    comparison = first.json()["comparison"]
    assert comparison["state"] == "queued" and comparison["queue_position"] == 1
    assert first.headers["location"] == f"/api/v1/comparisons/{comparison['id']}"
    assert client.post("/api/v1/comparisons", json=body).json()["comparison"]["id"] == comparison["id"]
    assert [c["id"] for c in client.get("/api/v1/comparisons").json()["comparisons"]] == [comparison["id"]]


def test_result_before_it_is_done_is_409(client: TestClient, old_pdf: bytes) -> None:
    document = stored(client, old_pdf)["id"]
    made = client.post("/api/v1/comparisons", json={"old": document, "new": document}).json()["comparison"]
    assert_problem(client.get(f"/api/v1/comparisons/{made['id']}/result"), 409, "not_ready")
    assert_problem(client.get(f"/api/v1/comparisons/{made['id']}/export/html"), 409, "not_ready")


def test_cancel_and_retry(client: TestClient, old_pdf: bytes) -> None:
    document = stored(client, old_pdf)["id"]
    made = client.post("/api/v1/comparisons", json={"old": document, "new": document}).json()["comparison"]
    address = f"/api/v1/comparisons/{made['id']}"
    assert client.post(f"{address}/cancel").json()["comparison"]["state"] == "cancelled"
    assert client.post(f"{address}/retry").json()["comparison"]["state"] == "queued"


def test_bad_requests_are_problems(client: TestClient, old_pdf: bytes) -> None:
    document = stored(client, old_pdf)["id"]
    both = {"old": document, "new": document}
    for wrong, code in (
        ({"old": document}, "bad_request"),
        ({"old": "x", "new": document}, "bad_request"),
        ({**both, "extra": 1}, "bad_request"),
        ({**both, "options": {"layers": ["nonsense"]}}, "bad_options"),
        ({**both, "options": {"pages": "9-1"}}, "bad_options"),
        ({**both, "options": {"colour": "red"}}, "bad_options"),
        ({**both, "options": {"layers": "text"}}, "bad_request"),
    ):
        assert_problem(client.post("/api/v1/comparisons", json=wrong), 422, code)
    assert_problem(
        client.post("/api/v1/comparisons", content=b"{", headers={"content-type": "application/json"}),
        422,
        "bad_request",
    )
    assert_problem(client.post("/api/v1/comparisons", json={"old": str(uuid4()), "new": document}), 404, "not_found")
    assert_problem(client.get(f"/api/v1/comparisons/{uuid4()}"), 404, "not_found")
    assert_problem(client.get("/api/v1/comparisons/x"), 422, "bad_request")
    assert_problem(client.get("/api/v1/nothing"), 404, "not_found")
    assert_problem(client.patch("/api/v1/comparisons", json={}), 405, "bad_request")
    assert client.get("/api/v1/comparisons").json()["comparisons"] == []


def test_large_body_is_not_read(client: TestClient) -> None:
    assert client.post("/api/v1/comparisons", json={"old": "x" * 300_000}).status_code == 413


def test_sample_pair_is_stored_once(client: TestClient) -> None:
    first = client.post("/api/v1/samples").json()
    assert client.post("/api/v1/samples").json() == first
    assert first["old"]["sha256"] != first["new"]["sha256"]


# ---------------------------------------------------------------- who may


READS = [
    "/api/v1/documents",
    "/api/v1/comparisons",
    "/api/v1/session",
    f"/files/{'0' * 64}",
    f"/files/{'0' * 64}/pages/1",
]


@pytest.mark.parametrize("address", READS)
def test_nothing_is_read_without_a_session(stranger: TestClient, address: str) -> None:
    assert_problem(stranger.get(address), 401, "no_session")


@pytest.mark.parametrize("address", READS)
def test_forged_session_is_no_session(stranger: TestClient, address: str) -> None:
    _, cookie = SessionCookies("another secret of the right length").new()
    stranger.cookies.set(COOKIE, cookie)
    assert_problem(stranger.get(address), 401, "no_session")


def test_nothing_is_written_without_the_sessions_token(
    client: TestClient, cookies: SessionCookies, services: Services, old_pdf: bytes
) -> None:
    for token in ("", "x", cookies.csrf("another session")):
        client.headers["X-CSRF-Token"] = token
        assert_problem(put(client, old_pdf), 403, "cross_site")
        assert_problem(client.post("/api/v1/samples"), 403, "cross_site")
        assert_problem(client.delete(f"/api/v1/documents/{uuid4()}"), 403, "cross_site")
    assert files_below(services) == []


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_nothing_is_written_from_another_site(client: TestClient, site: str) -> None:
    assert_problem(client.post("/api/v1/samples", headers={"sec-fetch-site": site}), 403, "cross_site")


def test_session_gives_the_token(client: TestClient) -> None:
    token = client.headers.pop("X-CSRF-Token")
    told = client.get("/api/v1/session").json()
    assert told["csrf"] == token
    assert (told["actor"]["name"], told["actor"]["roles"]) == ("Local user", ["owner"])


def test_other_origins_get_no_permission(client: TestClient) -> None:
    headers = {"origin": "https://elsewhere.example", "access-control-request-method": "PUT"}
    answer = client.options("/api/v1/documents", headers=headers)
    assert "access-control-allow-origin" not in answer.headers
    assert "access-control-allow-origin" not in client.get("/api/v1/documents", headers=headers).headers


# ---------------------------------------------------------------- beside it


def test_probes_and_metrics(stranger: TestClient) -> None:
    assert stranger.get("/healthz").status_code == 200
    assert stranger.get("/readyz").status_code == 200
    stranger.get(f"/files/{'0' * 64}")
    text = stranger.get("/metrics").text
    assert 'pdfc_http_requests_total{method="GET",route="/files/{sha256}",status="401"} 1.0' in text
    assert "0" * 64 not in text


def test_openapi_describes_every_route(stranger: TestClient) -> None:
    described = stranger.get("/api/v1/openapi.json").json()
    elsewhere = ("/reviews", "/summary", "/assistant")
    assert {
        path
        for path in described["paths"]
        if path.startswith("/comparisons") and not any(part in path for part in elsewhere)
    } == {
        "/comparisons",
        "/comparisons/{comparison_id}",
        "/comparisons/{comparison_id}/changes",
        "/comparisons/{comparison_id}/shares",
        "/comparisons/{comparison_id}/cancel",
        "/comparisons/{comparison_id}/retry",
        "/comparisons/{comparison_id}/result",
        "/comparisons/{comparison_id}/export/{format_name}",
    }
    assert described["paths"]["/documents"]["put"]["responses"]["415"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/comparisons", {"old": str(uuid4()), "new": str(uuid4()), "profile": "a\0b"}),
        ("GET", "/documents?query=a%00b", None),
        ("GET", "/profiles/a%00b", None),
        ("POST", "/tokens", {"name": "a\0b"}),
        ("POST", "/dead-letters/retry", {"code": "a\0b"}),
    ],
)
def test_what_no_text_can_hold_is_said_and_not_an_error_of_ours(
    client: TestClient, method: str, path: str, body: dict[str, str] | None
) -> None:
    assert_problem(client.request(method, f"/api/v1{path}", json=body), 422, "bad_characters")
