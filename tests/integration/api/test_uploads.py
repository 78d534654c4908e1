"""Uploads by form, with a digest and in parts; and what must never be stored."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import subprocess
import sys
from collections.abc import MutableMapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from starlette.applications import Starlette
from starlette.testclient import TestClient

from api.sessions import COOKIE, SessionCookies
from db.rows import UploadPartRow, UploadRow
from service import uploads
from service.bootstrap import Services, build
from service.uploads import drop_expired
from tests.integration.api.conftest import FILE_BYTES
from tests.integration.api.test_api import assert_problem, files_below, put, stored
from ui import server as web

TUS = {"Tus-Resumable": "1.0.0"}
PART = {**TUS, "Content-Type": "application/offset+octet-stream"}


def sha256_of(data: bytes) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(data).digest()).decode()}:"


def encoded(**pairs: str) -> str:
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in pairs.items())


def begun(client: TestClient, size: int, name: str = "a.pdf", **more: str) -> str:
    headers = {**TUS, "Upload-Length": str(size), "Upload-Metadata": encoded(filename=name, **more)}
    answer = client.post("/api/v1/uploads", headers=headers)
    assert answer.status_code == 201, answer.text
    return answer.headers["location"]


def sent(client: TestClient, address: str, offset: int, data: bytes) -> Any:
    return client.patch(address, headers={**PART, "Upload-Offset": str(offset)}, content=data)


def offset_of(client: TestClient, address: str) -> int:
    answer = client.head(address, headers=TUS)
    assert answer.status_code == 200
    return int(answer.headers["upload-offset"])


def empty(client: TestClient, services: Services) -> bool:
    return client.get("/api/v1/documents").json()["documents"] == [] and files_below(services) == []


# ---------------------------------------------------------------- forms


def test_a_form_is_stored_like_a_body(client: TestClient, old_pdf: bytes) -> None:
    answer = client.post("/api/v1/documents", files={"file": ("Vertrag ä.pdf", old_pdf, "application/pdf")})
    assert answer.status_code == 201, answer.text
    document = answer.json()["document"]
    assert document["name"] == "Vertrag ä.pdf"
    assert document["sha256"] == hashlib.sha256(old_pdf).hexdigest()
    assert answer.headers["location"] == f"/api/v1/documents/{document['id']}"
    assert client.get(f"{answer.headers['location']}/file").content == old_pdf


BOUNDARY = "xyz"


def form(*parts: tuple[str, bytes], end: bytes = b"--xyz--\r\n") -> bytes:
    return b"".join(b"--xyz\r\n" + head.encode() + b"\r\n\r\n" + body + b"\r\n" for head, body in parts) + end


A_FILE = 'Content-Disposition: form-data; name="file"; filename="a.pdf"'


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        (form(), f"multipart/form-data; boundary={BOUNDARY}", 422, "bad_form"),
        (b"", f"multipart/form-data; boundary={BOUNDARY}", 422, "bad_form"),
        (b"nonsense", f"multipart/form-data; boundary={BOUNDARY}", 422, "bad_form"),
        (form((A_FILE, b"%PDF-"), end=b""), f"multipart/form-data; boundary={BOUNDARY}", 422, "bad_form"),
        (form((A_FILE, b"%PDF-"), (A_FILE, b"%PDF-")), f"multipart/form-data; boundary={BOUNDARY}", 422, "bad_form"),
        (form((A_FILE.replace("file", "other"), b"x")), f"multipart/form-data; boundary={BOUNDARY}", 422, "bad_form"),
        (form(('Content-Disposition: form-data; name="file"', b"x")), "multipart/form-data; boundary=xyz", 422,
         "bad_form"),
        (form(("X: " + "y" * 9000, b"x")), f"multipart/form-data; boundary={BOUNDARY}", 422, "bad_form"),
        (form(("\r\n".join(["X: y"] * 50), b"x")), f"multipart/form-data; boundary={BOUNDARY}", 422, "bad_form"),
        (form((A_FILE, b"%PDF-")), "multipart/form-data", 415, "not_a_form"),
        (form((A_FILE, b"%PDF-")), f"multipart/form-data; boundary={'b' * 300}", 422, "bad_form"),
        (b"{}", "application/json", 415, "not_a_form"),
        (form((A_FILE, b"PK\x03\x04" + b"x" * 500)), f"multipart/form-data; boundary={BOUNDARY}", 415, "not_a_pdf"),
        (form((A_FILE, b"%PDF-" + b"x" * (FILE_BYTES + 1))), "multipart/form-data; boundary=xyz", 413,
         "file_too_large"),
        (form((A_FILE, b"%PDF-" + b"x" * (2 * FILE_BYTES))), "multipart/form-data; boundary=xyz", 413,
         "file_too_large"),
        (form((A_FILE, b"")), f"multipart/form-data; boundary={BOUNDARY}", 422, "empty_file"),
    ],
)  # fmt: skip
def test_a_form_that_is_none_stores_nothing(
    client: TestClient, services: Services, body: bytes, content_type: str, status: int, code: str
) -> None:
    answer = client.post("/api/v1/documents", content=body, headers={"Content-Type": content_type})
    assert_problem(answer, status, code)
    assert empty(client, services)


# ---------------------------------------------------------------- digests


def test_the_digest_is_checked(client: TestClient, services: Services, old_pdf: bytes) -> None:
    def with_digest(value: str, header: str = "Content-Digest") -> Any:
        return client.put("/api/v1/documents", params={"name": "a.pdf"}, content=old_pdf, headers={header: value})

    for wrong in (sha256_of(b"another"), sha256_of(b"another") + ", sha-512=:AAAA:"):
        assert_problem(with_digest(wrong), 422, "digest_mismatch")
    for unclear in ("sha-256=AAAA", "md5=:AAAA:", "sha-512=:AAAA:", "sha-256=:AAAA:", "nonsense", ""):
        assert_problem(with_digest(unclear), 422, "bad_digest")
    assert empty(client, services)
    assert with_digest(sha256_of(old_pdf)).status_code == 201
    assert with_digest(sha256_of(old_pdf), "Repr-Digest").status_code == 201
    found = client.get("/api/v1/documents", params={"sha256": hashlib.sha256(old_pdf).hexdigest()}).json()
    assert len(found["documents"]) == 1
    assert client.get("/api/v1/documents", params={"sha256": "0" * 64}).json()["documents"] == []


# ---------------------------------------------------------------- in parts


def test_an_upload_in_parts_becomes_a_document(client: TestClient, services: Services, old_pdf: bytes) -> None:
    said = client.options("/api/v1/uploads")
    assert (said.status_code, said.headers["tus-version"]) == (204, "1.0.0")
    assert said.headers["tus-max-size"] == str(FILE_BYTES)
    digest = hashlib.sha256(old_pdf).hexdigest()
    address = begun(client, len(old_pdf), "Bericht ä.pdf", sha256=digest)
    cut = len(old_pdf) // 3
    first = sent(client, address, 0, old_pdf[:cut])
    assert (first.status_code, first.headers["upload-offset"]) == (204, str(cut))
    assert "content-location" not in first.headers
    assert offset_of(client, address) == cut
    assert client.get(address).json()["upload"]["document"] is None
    last = sent(client, address, cut, old_pdf[cut:])
    assert (last.status_code, last.headers["upload-offset"]) == (204, str(len(old_pdf)))
    document = client.get(last.headers["content-location"]).json()["document"]
    assert (document["name"], document["sha256"]) == ("Bericht ä.pdf", digest)
    assert client.get(address).json()["upload"]["document"] == document
    assert [path.name for path in files_below(services)] == [digest]


def test_another_replica_goes_on(
    client: TestClient, services: Services, cookies: SessionCookies, old_pdf: bytes
) -> None:
    address = begun(client, len(old_pdf))
    sent(client, address, 0, old_pdf[:1000])
    second = build(services.settings)
    try:
        other = TestClient(
            Starlette(routes=web.routes(second, cookies), middleware=web.middleware(second, cookies)),
            base_url="http://localhost",
            raise_server_exceptions=False,
        )
        sid, cookie = cookies.new()
        other.cookies.set(COOKIE, cookie)
        other.headers["X-CSRF-Token"] = cookies.csrf(sid)
        assert offset_of(other, address) == 1000
        assert sent(other, address, 1000, old_pdf[1000:]).status_code == 204
    finally:
        second.close()
    assert client.get(address).json()["upload"]["document"]["size_bytes"] == len(old_pdf)


def test_what_came_before_a_break_stays(
    client: TestClient, app: Starlette, cookies: SessionCookies, old_pdf: bytes
) -> None:
    address = begun(client, len(old_pdf))
    sid = cookies.read(client.cookies.get(COOKIE))
    assert sid is not None
    headers = {**PART, "Upload-Offset": "0", "Host": "localhost", "X-CSRF-Token": cookies.csrf(sid)}
    headers["Cookie"] = f"{COOKIE}={client.cookies.get(COOKIE)}"
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "PATCH",
        "scheme": "http",
        "path": address,
        "raw_path": address.encode(),
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("localhost", 80),
        "state": {},
    }
    events: list[MutableMapping[str, Any]] = [{"type": "http.request", "body": old_pdf[:700], "more_body": True}]

    async def receive() -> MutableMapping[str, Any]:
        return events.pop(0) if events else {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        return None

    asyncio.run(app(scope, receive, send))
    assert offset_of(client, address) == 700
    assert sent(client, address, 700, old_pdf[700:]).status_code == 204


def test_a_last_answer_that_was_lost_is_given_again(client: TestClient, services: Services, old_pdf: bytes) -> None:
    """As if the replica had died between the last part and the document."""
    address = begun(client, len(old_pdf))
    actor = services.users.local_actor()
    stretch = services.uploads.go_on(actor, address.rpartition("/")[2], 0)
    stretch.write(old_pdf)
    stretch.close()
    assert client.get(address).json()["upload"]["document"] is None
    assert client.head(address, headers=TUS).headers["content-location"].startswith("/api/v1/documents/")


def test_wrong_requests_are_problems(client: TestClient, services: Services, old_pdf: bytes) -> None:
    begin = "/api/v1/uploads"
    length = {"Upload-Length": "100"}
    name = {"Upload-Metadata": encoded(filename="a.pdf")}
    for headers, status, code in (
        ({**length, **name}, 412, "other_tus_version"),
        ({**length, **name, "Tus-Resumable": "0.2.2"}, 412, "other_tus_version"),
        ({**TUS, **name}, 422, "bad_request"),
        ({**TUS, **name, "Upload-Length": "0"}, 422, "bad_request"),
        ({**TUS, **name, "Upload-Length": "x"}, 422, "bad_request"),
        ({**TUS, **name, "Upload-Length": str(FILE_BYTES + 1)}, 413, "file_too_large"),
        ({**TUS, **length}, 422, "bad_upload_metadata"),
        ({**TUS, **length, "Upload-Metadata": "filename !!"}, 422, "bad_upload_metadata"),
        ({**TUS, **length, "Upload-Metadata": encoded(filename="a" * 256)}, 422, "bad_upload_metadata"),
        ({**TUS, **length, "Upload-Metadata": encoded(filename="a", colour="b")}, 422, "bad_upload_metadata"),
        ({**TUS, **length, "Upload-Metadata": encoded(filename="a", sha256="b")}, 422, "bad_upload_metadata"),
        ({**TUS, **length, "Upload-Metadata": encoded(filename="a", version_of="b")}, 404, "not_found"),
    ):
        assert_problem(client.post(begin, headers=headers), status, code)
    address = begun(client, 100)
    assert_problem(client.patch(address, headers={**TUS, "Upload-Offset": "0"}, content=b"x"), 415, "not_a_part")
    assert_problem(client.patch(address, headers=PART, content=b"x"), 422, "bad_request")
    assert_problem(sent(client, address, 5, b"x"), 409, "wrong_offset")
    assert_problem(sent(client, address, 0, b"x" * 101), 413, "more_than_said")
    assert offset_of(client, address) == 0
    assert_problem(sent(client, f"{begin}/{'0' * 8}-0000-0000-0000-{'0' * 12}", 0, b"x"), 404, "not_found")
    assert client.delete(address, headers=TUS).status_code == 204
    assert_problem(sent(client, address, 0, b"x"), 404, "not_found")
    assert empty(client, services)


def test_a_complete_file_that_cannot_be_used_is_forgotten(
    client: TestClient, services: Services, bad_files: dict[str, bytes], old_pdf: bytes
) -> None:
    for code, status in (("not_a_pdf", 415), ("damaged_pdf", 422), ("encrypted_pdf", 422)):
        data = bad_files[code]
        address = begun(client, len(data))
        assert_problem(sent(client, address, 0, data), status, code)
        assert_problem(sent(client, address, 0, data), 404, "not_found")
    address = begun(client, len(old_pdf), sha256="0" * 64)
    assert_problem(sent(client, address, 0, old_pdf), 422, "digest_mismatch")
    assert empty(client, services)


def test_of_two_senders_at_one_place_one_is_late(client: TestClient, services: Services, old_pdf: bytes) -> None:
    address = begun(client, len(old_pdf))
    actor, upload = services.users.local_actor(), address.rpartition("/")[2]
    one, two = (services.uploads.go_on(actor, upload, 0) for _ in range(2))
    one.write(old_pdf[:500])
    two.write(b"x" * 900)
    one.close()
    with pytest.raises(uploads.WrongOffset):
        two.close()
    assert offset_of(client, address) == 500
    assert sent(client, address, 500, old_pdf[500:]).status_code == 204


def test_open_uploads_are_bounded_and_old_ones_removed(
    client: TestClient, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MOST_OPEN", 3)
    addresses = [begun(client, 100) for _ in range(3)]
    headers = {**TUS, "Upload-Length": "9", "Upload-Metadata": encoded(filename="a.pdf")}
    refused = client.post("/api/v1/uploads", headers=headers)
    assert_problem(refused, 429, "too_many_uploads")
    sent(client, addresses[0], 0, b"%PDF-1.4")
    sent(client, addresses[1], 0, b"%PDF-1.4")  # the same bytes: one blob
    assert len(files_below(services)) == 1
    actor = services.users.local_actor()
    with services.database.write(actor.workspace) as session:
        old = datetime.now(UTC) - timedelta(seconds=1)
        first = addresses[0].rpartition("/")[2]
        session.execute(update(UploadRow).where(UploadRow.id == first).values(expires_at=old))
    assert_problem(client.get(addresses[0]), 404, "not_found")
    assert drop_expired(services.database, services.blobs, actor.workspace) == 1
    assert len(files_below(services)) == 1 and offset_of(client, addresses[1]) == 8
    assert client.delete(addresses[1], headers=TUS).status_code == 204
    assert files_below(services) == []
    with services.database.read(actor.workspace) as session:
        assert session.scalars(select(UploadPartRow)).all() == []


# ---------------------------------------------------------------- versions


def test_versions_under_other_names(client: TestClient, old_pdf: bytes, new_pdf: bytes) -> None:
    first = stored(client, old_pdf, "plan A.pdf")
    alone = client.post(f"/api/v1/documents/{first['id']}/versions/comparison")
    assert_problem(alone, 422, "one_version")
    params = {"name": "plan B.pdf", "version_of": first["id"]}
    second = client.put("/api/v1/documents", params=params, content=new_pdf).json()["document"]
    third = stored(client, new_pdf + b"% again\n", "plan B.pdf")  # of one series by its name
    stored(client, new_pdf, "other.pdf")
    for one in (first, second, third):
        found = client.get(f"/api/v1/documents/{one['id']}/versions").json()["documents"]
        assert [document["id"] for document in found] == [third["id"], second["id"], first["id"]]
    compared = client.post(f"/api/v1/documents/{first['id']}/versions/comparison", json={"options": {"pages": "1"}})
    assert compared.status_code == 202, compared.text
    comparison = compared.json()["comparison"]
    assert (comparison["old"]["id"], comparison["new"]["id"]) == (second["id"], third["id"])
    unknown = {"name": "x.pdf", "version_of": "00000000-0000-0000-0000-000000000000"}
    assert_problem(client.put("/api/v1/documents", params=unknown, content=new_pdf), 404, "not_found")


# ---------------------------------------------------------------- abuse

BAD_NAMES = [
    "../../../../etc/passwd", "..\\..\\windows\\system32\\a.pdf", "/etc/shadow", "C:\\boot.ini", "a/../../b.pdf",
    "a\u0000.pdf", "a\r\nSet-Cookie: x=1.pdf", "\u202efdp.exe", "a\u2066b\u2069.pdf", "\x1b[31m.pdf", "....",
    "   ", "CON", "nul.pdf", "LPT1.pdf", ".htaccess", "~/x.pdf", "<script>alert(1)</script>.pdf", "%2e%2e%2fa.pdf",
    "a" * 250 + ".pdf", "\ud7ff\uffff.pdf",
]  # fmt: skip


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_bad_name_reaches_no_folder_and_no_header(
    client: TestClient, services: Services, old_pdf: bytes, name: str
) -> None:
    document = stored(client, old_pdf, name)
    kept = document["name"]
    assert kept and len(kept) <= 200 and kept.isprintable() and "\\" not in kept and "/" not in kept
    assert not kept.startswith(".") and kept.partition(".")[0].lower() not in {"con", "nul", "lpt1"}
    assert not set(kept) & set("\u202e\u2066\u2069\x1b\r\n\0")
    assert [path.name for path in files_below(services)] == [document["sha256"]]


POLYGLOTS = {
    "gif": b"GIF89a" + b"\0" * 20,
    "zip": b"PK\x03\x04" + b"\0" * 30,
    "html": b"<html><script>alert(1)</script>",
    "html after a mark": b"\xef\xbb\xbf \n<!DOCTYPE html>",
    "elf": b"\x7fELF" + b"\0" * 20,
    "shell": b"#!/bin/sh\n",
    "exe": b"MZ" + b"\0" * 60,
}


@pytest.mark.parametrize("kind", POLYGLOTS)
def test_a_file_that_is_two_things_is_refused(
    client: TestClient, services: Services, old_pdf: bytes, kind: str
) -> None:
    assert_problem(put(client, POLYGLOTS[kind] + old_pdf), 415, "not_a_pdf")
    assert empty(client, services)


def test_too_much_is_refused_in_every_way(client: TestClient, services: Services, old_pdf: bytes) -> None:
    large = old_pdf + b"\n" * FILE_BYTES
    assert_problem(put(client, large), 413, "file_too_large")
    assert_problem(client.put("/api/v1/documents", params={"name": "a.pdf"}, content=iter([large])), 413,
                   "file_too_large")  # fmt: skip
    assert_problem(client.put("/api/v1/documents", params={"name": "a" * 300}, content=old_pdf), 422, "bad_request")
    headers = {"Content-Length": "99999999999999"}
    answer = client.put("/api/v1/documents", params={"name": "a.pdf"}, content=old_pdf, headers=headers)
    assert_problem(answer, 413, "file_too_large")
    assert empty(client, services)


def test_more_than_the_quota_is_refused_in_every_way(client: TestClient, services: Services, old_pdf: bytes) -> None:
    actor = services.users.operator_of(services.users.local_actor().workspace)
    services.quotas.bound(actor, actor.workspace_id, most_bytes=len(old_pdf) - 1, most_documents=None)
    assert_problem(put(client, old_pdf), 409, "workspace_full")
    assert_problem(client.post("/api/v1/documents", files={"file": ("a.pdf", old_pdf)}), 409, "workspace_full")
    headers = {**TUS, "Upload-Length": str(len(old_pdf)), "Upload-Metadata": encoded(filename="a.pdf")}
    assert_problem(client.post("/api/v1/uploads", headers=headers), 409, "workspace_full")
    assert empty(client, services)


def test_a_complete_upload_waits_for_room(client: TestClient, services: Services, old_pdf: bytes) -> None:
    address = begun(client, len(old_pdf), "a.pdf")
    cut = len(old_pdf) // 2
    assert sent(client, address, 0, old_pdf[:cut]).status_code == 204
    actor = services.users.operator_of(services.users.local_actor().workspace)
    services.quotas.bound(actor, actor.workspace_id, most_bytes=len(old_pdf) - 1, most_documents=None)
    assert_problem(sent(client, address, cut, old_pdf[cut:]), 409, "workspace_full")
    services.quotas.bound(actor, actor.workspace_id, most_bytes=None, most_documents=None)
    assert sent(client, address, len(old_pdf), b"").headers["content-location"]


# ---------------------------------------------------------------- memory

_MEASURE = """
import asyncio, os, sys
from dataclasses import replace
from pathlib import Path
from api.sessions import COOKIE, SessionCookies
from service.bootstrap import build
from service.settings import load_settings
from starlette.applications import Starlette
from ui import server as web

MB = 1 << 20
services = build(load_settings(database_url=sys.argv[1], data_dir=Path(sys.argv[2])))
cookies = SessionCookies(services.secret)
app = Starlette(routes=web.routes(services, cookies), middleware=web.middleware(services, cookies))
sid, cookie = cookies.new()

def high():
    return int(next(l for l in open("/proc/self/status") if l.startswith("VmHWM")).split()[1]) / 1024

async def send(method, path, query, headers, pieces, size):
    scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
             "path": path, "raw_path": path.encode(), "query_string": query, "client": ("127.0.0.1", 1),
             "server": ("localhost", 80), "state": {},
             "headers": [(k.encode(), v.encode()) for k, v in {"host": "localhost", "cookie": f"{COOKIE}={cookie}",
                 "x-csrf-token": cookies.csrf(sid), "content-length": str(size), **headers}.items()]}
    answers = []
    async def receive():
        try:
            return {"type": "http.request", "body": next(pieces), "more_body": True}
        except StopIteration:
            return {"type": "http.request", "body": b"", "more_body": False}
    async def answer(message):
        answers.append(message)
    await app(scope, receive, answer)
    return answers[0]["status"], dict(answers[0]["headers"])

def body(total, head=b"%PDF-1.4\\n", tail=b""):
    yield head
    sent, piece = len(head) + len(tail), b"\\n" * 65536
    while sent < total:
        yield piece[: min(len(piece), total - sent)]
        sent += len(piece)
    yield tail

async def main(kind, total):
    if kind == "put":
        return await send("PUT", "/api/v1/documents", b"name=a.pdf", {}, body(total), total)
    if kind == "form":
        head = b'--b\\r\\nContent-Disposition: form-data; name="file"; filename="a.pdf"\\r\\n\\r\\n%PDF-1.4\\n'
        form = {"content-type": "multipart/form-data; boundary=b"}
        return await send("POST", "/api/v1/documents", b"", form, body(total, head, b"\\r\\n--b--\\r\\n"), total)
    tus = {"tus-resumable": "1.0.0"}
    begin = {**tus, "upload-length": str(total), "upload-metadata": "filename YS5wZGY="}
    status, headers = await send("POST", "/api/v1/uploads", b"", begin, iter(()), 0)
    address = headers[b"location"].decode()
    part = {**tus, "upload-offset": "0", "content-type": "application/offset+octet-stream"}
    return await send("PATCH", address, b"", part, body(total), total)

kind = sys.argv[3]
asyncio.run(main(kind, MB))  # everything is loaded
before = high()
status, _ = asyncio.run(main(kind, 199 * MB))
print(status, high() - before)
services.close()
os._exit(0)
"""


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["put", "form", "parts"])
def test_a_large_upload_takes_little_memory(database_url: str, tmp_path: Path, kind: str) -> None:
    """199 MB that are no PDF after all, into a whole web process but for Streamlit's part; peak against peak."""
    done = subprocess.run(
        [sys.executable, "-c", _MEASURE, database_url, str(tmp_path), kind],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    status, grown = done.stdout.split()[-2:]
    assert status == "422"  # damaged: it went all the way into the child that looks at it
    assert float(grown) <= 20.0
