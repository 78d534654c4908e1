"""Every address and every use case against everybody who may come. What is new here and has no entry fails."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from fastapi.routing import iter_route_contexts
from sqlalchemy import text
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from api.app import create_app, create_files
from api.sessions import SessionCookies
from core.extraction.options import ExtractOptions
from core.options import CompareOptions
from core.sample import sample_pair
from service.access import Actor, Forbidden, Role
from service.batches import Pair
from service.bootstrap import Services, build
from service.settings import load_settings
from service.tokens import Scope
from service.views import DocumentView
from tests.people import GOOD, inside, member_of_own, visitor
from ui import server as web

OLD_PDF, NEW_PDF = (data for _, data in sample_pair())
PEOPLE = ("owner", "viewer", "other", "anonymous")


@dataclass(frozen=True)
class Row:
    """What each person is answered: the workspace's owner, a viewer in it, the owner of another, nobody."""

    owner: int
    viewer: int
    other: int
    anonymous: int = 401
    body: Any = None
    query: Mapping[str, str] | None = None
    content: bytes | None = None
    headers: Mapping[str, str] | None = None
    files: Any = None


TUS = {"Tus-Resumable": "1.0.0"}

# An id of this workspace: there for its own people, and nowhere for others. 403 is said of one's own workspace only.
# A person of another workspace who writes or lists does so in his own, and sees nothing of this one (checked below).
ROWS: dict[str, Row] = {
    "GET /api/v1/openapi.json": Row(200, 200, 200, 200),
    "GET /api/v1/docs": Row(200, 200, 200, 200),
    "GET /api/v1/session": Row(200, 200, 200),
    "PUT /api/v1/session/workspace": Row(200, 200, 404, body={"workspace": "{workspace}"}),
    "GET /api/v1/sessions": Row(200, 200, 200),
    "DELETE /api/v1/sessions/{session_id}": Row(204, 404, 404),
    "GET /api/v1/audit": Row(200, 403, 200),
    "GET /api/v1/audit.csv": Row(200, 403, 200),
    "GET /api/v1/admin/audit": Row(403, 403, 403),
    "GET /api/v1/admin/audit.csv": Row(403, 403, 403),
    "GET /api/v1/admin/operations": Row(403, 403, 403),
    "GET /api/v1/admin/people": Row(403, 403, 403),
    "POST /api/v1/admin/people": Row(403, 403, 403, body={"name": "Eve", "login": "eve2"}),
    "PATCH /api/v1/admin/people/{user_id}": Row(403, 403, 403, body={"is_admin": True}),
    "POST /api/v1/admin/people/{user_id}/reset": Row(403, 403, 403),
    "DELETE /api/v1/admin/people/{user_id}/second-step": Row(403, 403, 403),
    "GET /api/v1/workspaces": Row(200, 200, 200),
    "POST /api/v1/workspaces": Row(201, 201, 201, body={"name": "Another"}),
    "PUT /api/v1/workspace/name": Row(204, 403, 204, body={"name": "Renamed"}),
    "GET /api/v1/workspace": Row(200, 200, 200),
    "PUT /api/v1/workspace/retention": Row(200, 403, 200, body={"days": 30}),
    "GET /api/v1/admin/workspaces": Row(403, 403, 403),
    "PUT /api/v1/admin/workspaces/{workspace_id}/bounds": Row(403, 403, 403, body={"most_bytes": 0}),
    "POST /api/v1/comparisons/{comparison_id}/shares": Row(201, 403, 404, body={}),
    "GET /api/v1/shares": Row(200, 403, 200),
    "DELETE /api/v1/shares/{share_id}": Row(204, 403, 404),
    "POST /api/v1/{kind}s/{item_id}/copy": Row(422, 403, 404, body={"workspace": "{workspace}"}),
    "GET /api/v1/trash": Row(200, 403, 200),
    "GET /api/v1/admin/remains/{sha256}": Row(403, 403, 403),
    "GET /api/v1/members": Row(200, 200, 200),
    "PUT /api/v1/members/{user_id}": Row(204, 403, 404, body={"role": "viewer"}),
    "GET /api/v1/invitations": Row(200, 403, 200),
    "POST /api/v1/invitations": Row(201, 403, 201, body={"for_whom": "Eve"}),
    "DELETE /api/v1/invitations/{invitation_id}": Row(204, 403, 404),
    "GET /api/v1/tokens": Row(200, 200, 200),
    "POST /api/v1/tokens": Row(201, 201, 201, body={"name": "t"}),
    "DELETE /api/v1/tokens/{token_id}": Row(204, 404, 404),
    "POST /api/v1/documents": Row(201, 403, 201, files={"file": ("x.pdf", NEW_PDF)}),
    "PUT /api/v1/documents": Row(201, 403, 201, query={"name": "x.pdf"}, content=NEW_PDF),
    "GET /api/v1/documents": Row(200, 200, 200),
    "GET /api/v1/documents/{document_id}": Row(200, 200, 404),
    "GET /api/v1/documents/{document_id}/file": Row(200, 200, 404),
    "GET /api/v1/documents/{document_id}/timeline": Row(200, 200, 404),
    "GET /api/v1/documents/{document_id}/versions": Row(200, 200, 404),
    "POST /api/v1/samples": Row(201, 403, 201),
    "POST /api/v1/comparisons": Row(200, 403, 404, body={"old": "{document_id}", "new": "{second}"}),
    "POST /api/v1/documents/{document_id}/versions/comparison": Row(202, 403, 404, body={}),
    "POST /api/v1/batches": Row(202, 403, 404, body={"pairs": [{"old": "{document_id}", "new": "{second}"}]}),
    "GET /api/v1/batches": Row(200, 200, 200),
    "GET /api/v1/batches/{batch_id}": Row(200, 200, 404),
    "GET /api/v1/batches/{batch_id}/items": Row(200, 200, 404),
    "GET /api/v1/batches/{batch_id}/items.csv": Row(200, 200, 404),
    "POST /api/v1/batches/{batch_id}/cancel": Row(200, 403, 404),
    "OPTIONS /api/v1/uploads": Row(204, 204, 204, 204),
    "POST /api/v1/uploads": Row(
        201, 403, 201, headers={"Upload-Length": "10", "Upload-Metadata": "filename YS5wZGY=", **TUS}
    ),
    "GET /api/v1/uploads/{upload_id}": Row(200, 403, 404),
    "PATCH /api/v1/uploads/{upload_id}": Row(
        204,
        403,
        404,
        headers={"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream", **TUS},
        content=b"%PDF-",
    ),
    "GET /api/v1/comparisons/{comparison_id}/changes": Row(409, 409, 404),
    "GET /api/v1/comparisons": Row(200, 200, 200),
    "GET /api/v1/comparisons/{comparison_id}": Row(200, 200, 404),
    "GET /api/v1/comparisons/{comparison_id}/result": Row(409, 409, 404),
    "GET /api/v1/comparisons/{comparison_id}/reviews": Row(409, 409, 404),
    "POST /api/v1/comparisons/{comparison_id}/reviews": Row(
        409, 403, 404, body={"verdict": "accepted", "changes": [{"id": "x"}]}
    ),
    "GET /api/v1/comparisons/{comparison_id}/reviews/activity": Row(409, 409, 404),
    "POST /api/v1/comparisons/{comparison_id}/reviews/signatures": Row(409, 403, 404, body={"result_sha256": "x"}),
    "DELETE /api/v1/comparisons/{comparison_id}/reviews/signatures/{signature_id}": Row(409, 403, 404),
    "GET /api/v1/comparisons/{comparison_id}/reviews/changes/{change_id}": Row(409, 409, 404),
    "PUT /api/v1/comparisons/{comparison_id}/reviews/changes/{change_id}": Row(
        409, 403, 404, body={"verdict": "accepted"}
    ),
    "POST /api/v1/comparisons/{comparison_id}/reviews/changes/{change_id}/alike": Row(409, 403, 404, body={}),
    "POST /api/v1/comparisons/{comparison_id}/reviews/changes/{change_id}/comments": Row(
        409, 403, 404, body={"text": "Why?"}
    ),
    "DELETE /api/v1/comparisons/{comparison_id}/reviews/changes/{change_id}/comments/{comment_id}": Row(409, 403, 404),
    "PUT /api/v1/comparisons/{comparison_id}/reviews/changes/{change_id}/assignment": Row(409, 403, 404, body={}),
    "GET /api/v1/comparisons/{comparison_id}/export/{format_name}": Row(409, 409, 404),
    "POST /api/v1/comparisons/{comparison_id}/cancel": Row(200, 403, 404),
    "POST /api/v1/comparisons/{comparison_id}/retry": Row(200, 403, 404),
    "POST /api/v1/documents/{document_id}/extractions": Row(202, 403, 404, body={"what": ["text"]}),
    "GET /api/v1/documents/{document_id}/extractions": Row(200, 200, 404),
    "GET /api/v1/extractions/{extraction_id}": Row(200, 200, 404),
    "GET /api/v1/extractions/{extraction_id}/export/{format_name}": Row(409, 409, 404),
    "GET /api/v1/extractions/{extraction_id}/files/{number}": Row(409, 409, 404),
    "POST /api/v1/extractions/{extraction_id}/cancel": Row(200, 403, 404),
    "GET /api/v1/assistant": Row(200, 200, 200),
    "GET /api/v1/comparisons/{comparison_id}/summary": Row(409, 409, 404),
    "POST /api/v1/comparisons/{comparison_id}/assistant": Row(409, 403, 404, body={"kind": "summary"}),
    "GET /api/v1/comparisons/{comparison_id}/assistant": Row(200, 200, 404),
    "POST /api/v1/documents/{document_id}/assistant": Row(409, 403, 404, body={"kind": "ask", "question": "Why?"}),
    "GET /api/v1/documents/{document_id}/assistant": Row(200, 200, 404),
    "GET /api/v1/assistant/{answer_id}": Row(200, 200, 404),
    "POST /api/v1/assistant/{answer_id}/cancel": Row(200, 403, 404),
    "GET /api/v1/search": Row(200, 200, 200, query={"q": "supplier"}),
    "GET /api/v1/search/changes": Row(200, 200, 200, query={"q": "supplier"}),
    "GET /api/v1/documents/{document_id}/index": Row(200, 200, 404),
    "PUT /api/v1/documents/{document_id}/language": Row(204, 403, 404, body={"language": "german"}),
    "GET /api/v1/jobs": Row(200, 200, 200),
    "GET /api/v1/jobs/{job_id}": Row(200, 200, 404),
    "GET /api/v1/jobs/{job_id}/metrics": Row(200, 200, 404),
    "POST /api/v1/jobs/{job_id}/cancel": Row(200, 403, 404),
    "POST /api/v1/jobs/{job_id}/retry": Row(200, 403, 404),
    "GET /api/v1/stats": Row(200, 200, 200),
    "GET /api/v1/dead-letters": Row(200, 200, 200),
    "POST /api/v1/dead-letters/retry": Row(200, 403, 200, body={}),
    "POST /api/v1/dead-letters/purge": Row(200, 403, 200, body={}),
    "GET /api/v1/profiles": Row(200, 200, 200),
    "PUT /api/v1/profiles/{name}": Row(200, 403, 200, body={"description": "", "options": {}}),
    "GET /api/v1/profiles/{name}": Row(200, 200, 200),
    "DELETE /api/v1/profiles/{name}": Row(204, 403, 204),
    "GET /files/{sha256}": Row(200, 200, 404),
    "GET /files/{sha256}/pages/{number}": Row(200, 200, 404),
    "GET /files/{sha256}/pages/{number}/text": Row(200, 200, 404),
    "GET /files/{sha256}/find": Row(200, 200, 404, query={"q": "a"}),
    "GET /files/{sha256}/layers": Row(200, 200, 404),
    "GET /sign-in": Row(303, 303, 303, 200),
    "POST /sign-in": Row(403, 403, 403, 403),
    "POST /new-password": Row(403, 403, 403, 403),
    "POST /second-step": Row(403, 403, 403, 403),
    "POST /authenticator": Row(403, 403, 403, 403),
    "GET /oidc/start": Row(404, 404, 404, 404),
    "GET /oidc/back": Row(404, 404, 404, 404),
    "GET /oidc/out": Row(404, 404, 404, 404),
    "GET /oidc/connect": Row(404, 404, 404, 404),
    "POST /oidc/connect": Row(404, 404, 404, 404),
    "GET /invitation/{secret}": Row(404, 404, 404, 404),
    "POST /invitation/{secret}": Row(403, 403, 403, 403),
    "GET /shared/{secret}": Row(404, 404, 404, 404),
    "POST /shared/{secret}": Row(403, 403, 403, 403),
    "GET /api/v1/webhooks": Row(200, 403, 200),
    "POST /api/v1/webhooks": Row(201, 403, 201, body={"url": "http://192.0.0.9/x", "events": ["batch.done"]}),
    "GET /api/v1/webhooks/{webhook_id}": Row(200, 403, 404),
    "PATCH /api/v1/webhooks/{webhook_id}": Row(200, 403, 404, body={"is_enabled": False}),
    "POST /api/v1/webhooks/{webhook_id}/secret": Row(200, 403, 404),
    "POST /api/v1/webhooks/{webhook_id}/ping": Row(202, 403, 404),
    "GET /api/v1/webhooks/{webhook_id}/deliveries": Row(200, 403, 404),
    "POST /api/v1/webhooks/{webhook_id}/deliveries/{delivery_id}/again": Row(202, 403, 404),
    "DELETE /api/v1/webhooks/{webhook_id}": Row(204, 403, 404),
    "GET /shared/{secret}/{rest}": Row(404, 404, 404, 404),
    "GET /shared/{secret}/report": Row(404, 404, 404, 404),
    "GET /shared/{secret}/api/comparisons/{comparison_id}/result": Row(404, 404, 404, 404),
    # What ends something is tried last.
    "DELETE /api/v1/comparisons/{comparison_id}": Row(204, 403, 404),
    "POST /api/v1/trash/{kind}/{item_id}/restore": Row(204, 403, 404),
    "DELETE /api/v1/batches/{batch_id}": Row(204, 403, 404),
    "DELETE /api/v1/uploads/{upload_id}": Row(204, 403, 404, headers=TUS),
    "DELETE /api/v1/documents/{document_id}": Row(204, 403, 404),
    "DELETE /api/v1/trash/{kind}/{item_id}": Row(200, 403, 404),
    "DELETE /api/v1/trash": Row(200, 403, 200),
    "DELETE /api/v1/members/{user_id}": Row(204, 403, 404),
    "DELETE /api/v1/session": Row(204, 204, 204),
    "GET /language/{code}": Row(303, 303, 303, 303),  # nothing but a cookie of whoever asks
    "GET /healthz": Row(200, 200, 200, 200),
    "GET /readyz": Row(200, 200, 200, 200),
    "GET /metrics": Row(200, 200, 200, 200),  # nginx keeps it from strangers
}


@pytest.fixture(scope="module")
def services(server: Any, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    from tests.conftest import _administer, _made

    name = f"test_{uuid4().hex[:12]}"
    url = _made(server, name, template)
    built = build(load_settings(database_url=url, data_dir=tmp_path_factory.mktemp("data"), accounts="on"))
    yield built
    built.close()
    _administer(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module")
def app(services: Services) -> Starlette:
    cookies = SessionCookies(services.secret)
    return Starlette(routes=web.routes(services, cookies), middleware=web.middleware(services, cookies))


def person(services: Services, app: Starlette, login: str) -> tuple[Actor, TestClient]:
    """Somebody with an account, as signed in."""
    actor = member_of_own(services, login)
    return actor, inside(app, login)


@dataclass(frozen=True)
class Stage:
    """One workspace with something of each kind in it, and the people who try to get at it."""

    clients: dict[str, TestClient]
    ids: dict[str, str]
    answers: dict[str, dict[str, int]]


@pytest.fixture(scope="module")
def stage(services: Services, app: Starlette) -> Stage:
    owner, owners = person(services, app, "owner")
    viewer, viewers = person(services, app, "viewer")
    _, others = person(services, app, "other")
    _, secret = services.workspaces.invite(owner, "Viewer", Role.VIEWER)
    services.workspaces.accept(secret, viewer.user)
    colleague, _ = person(services, app, "colleague")
    _, secret = services.workspaces.invite(owner, "Colleague", Role.EDITOR)
    services.workspaces.accept(secret, colleague.user)
    assert viewers.put("/api/v1/session/workspace", json={"workspace": owner.workspace_id}).status_code == 200
    # Bytes that nobody else has: who uploads the same file has it himself.
    old, new = (_stored(services, owner, name, data + b"% ours\n") for name, data in sample_pair())
    made = owners.post("/api/v1/comparisons", json={"old": old.id, "new": new.id}).json()["comparison"]
    with services.database.write(owner.workspace) as writing:  # as if it were: no worker runs here
        writing.execute(text("UPDATE jobs SET state = 'done', engine_id = NULL"))
    shared, _ = services.shares.add(owner, made["id"])
    token, _ = services.tokens.add(owner, "t", Scope.READ)
    webhook, _ = services.webhooks.add(owner, "http://192.0.0.9/", ["batch.done"])
    session = services.accounts.list_sessions(owner)[0]
    invitation, _ = services.workspaces.invite(owner, "Eve", Role.VIEWER)
    extraction = services.extractions.submit(owner, old.id, ExtractOptions(what=("tables",)))
    ids = {
        "workspace": owner.workspace_id,
        "workspace_id": owner.workspace_id,
        "document_id": old.id,
        "second": new.id,
        "sha256": old.sha256,
        "comparison_id": made["id"],
        "job_id": made["job"],
        "kind": "comparison",
        "item_id": made["id"],
        "share_id": shared.id,
        "webhook_id": webhook.id,
        "delivery_id": services.webhooks.ping(owner, webhook.id).id,
        "batch_id": services.batches.begin(owner, "b", [Pair(old.id, new.id)], CompareOptions()).id,
        "upload_id": services.uploads.begin(owner, "a.pdf", 100).id,
        "token_id": token.id,
        "invitation_id": invitation.id,
        "user_id": colleague.user_id,
        "format_name": "md",
        "code": "de",
        "change_id": "t-1",
        "signature_id": str(uuid4()),
        "comment_id": str(uuid4()),
        "number": "1",
        "extraction_id": extraction.id,
        "answer_id": _answer_of(services, owner, made),
        "name": "ours",
        "secret": "made-up",
        "rest": "api/comparisons",
    }
    # A session that its owner may end without losing his place.
    services.accounts.sign_in(owner.user, "a session of his own", device="")
    ids["session_id"] = next(view.id for view in services.accounts.list_sessions(owner) if view.id != session.id)
    clients = {"owner": owners, "viewer": viewers, "other": others, "anonymous": visitor(app)}
    return Stage(clients, ids, _tried(clients, ids))


def _answer_of(services: Services, owner: Actor, comparison: Mapping[str, Any]) -> str:
    """Something that was asked, as if there were a model."""
    answer = uuid4()
    with services.database.write(owner.workspace) as session:
        session.execute(
            text(
                "INSERT INTO assistant_answers (id, workspace_id, kind, key, comparison_id, request, model, job_id) "
                "VALUES (:id, :workspace, 'summary', 'k', :comparison, '{}', 'm', :job)"
            ),
            {"id": answer, "workspace": owner.workspace, "comparison": comparison["id"], "job": comparison["job"]},
        )
    return str(answer)


def _stored(services: Services, actor: Actor, name: str, data: bytes) -> DocumentView:
    upload = services.documents.receive(actor, name)
    upload.write(data)
    return upload.commit()


def _tried(clients: dict[str, TestClient], ids: dict[str, str]) -> dict[str, dict[str, int]]:
    """Each address by each person, those who may least first, so that nothing is gone before they try."""
    answers: dict[str, dict[str, int]] = {}
    for entry, row in ROWS.items():
        method, _, path = entry.partition(" ")
        answers[entry] = {}
        for who in reversed(PEOPLE):
            body = _filled(row.body, ids)
            how = {"json": body} if body is not None else {"content": row.content} if row.content else {}
            client = clients[who] if who != "anonymous" else visitor(clients[who].app)  # type: ignore[arg-type]
            answer = client.request(
                method, path.format(**ids), params=row.query, headers=row.headers, files=row.files, **how
            )
            answers[entry][who] = answer.status_code
    return answers


def _filled(body: Any, ids: Mapping[str, str]) -> Any:
    if not isinstance(body, dict):
        return body
    return json.loads(re.sub(r"\{(\w+)\}", lambda found: ids[found[1]], json.dumps(body)))


def test_every_address_has_an_entry(services: Services) -> None:
    cookies = SessionCookies(services.secret)
    found = set()
    for prefix, routes in (
        ("/api/v1", create_app(services, cookies).routes),
        ("/files", create_files(services, cookies).routes),
        ("", [route for route in web.routes(services, cookies) if isinstance(route, Route)]),
    ):
        for route in iter_route_contexts(routes):
            path = str(route.path).replace(":path}", "}").replace(":int}", "}")
            found |= {f"{method} {prefix}{path}" for method in (route.methods or ()) if method != "HEAD"}
    assert found == set(ROWS)


@pytest.mark.parametrize("entry", ROWS)
def test_everybody_is_answered_as_he_should_be(stage: Stage, entry: str) -> None:
    row = ROWS[entry]
    assert stage.answers[entry] == {who: getattr(row, who) for who in PEOPLE}


def test_what_is_foreign_is_answered_like_what_was_never_there(
    stage: Stage, services: Services, app: Starlette
) -> None:
    _, stranger = person(services, app, "stranger")
    for entry, row in ROWS.items():
        method, _, path = entry.partition(" ")
        if row.other == 404 and method == "GET":
            never: dict[str, str] = {name: str(uuid4()) for name in stage.ids} | {
                "sha256": "0" * 64,
                "number": "1",
                "format_name": "md",
            }
            foreign, unknown = stranger.get(path.format(**stage.ids)), stranger.get(path.format(**never))
            assert (foreign.status_code, foreign.content) == (unknown.status_code, unknown.content), entry


# ---------------------------------------------------------------- use cases: what pages and callbacks go through

#: `own`: about the actor himself, whatever his role is.
LEAST: dict[str, str] = {
    "accounts.add": "admin",
    "accounts.change": "admin",
    "accounts.change_password": "own",
    "accounts.end_session": "own",
    "accounts.get": "admin",
    "accounts.list": "admin",
    "accounts.list_sessions": "own",
    "accounts.reset": "admin",
    "accounts.sign_out_everywhere": "own",
    "answers.once": "viewer",
    "assistant.ask_comparison": "reviewer",
    "assistant.ask_document": "reviewer",
    "assistant.cancel": "reviewer",
    "assistant.get": "viewer",
    "assistant.list": "viewer",
    "assistant.rule_summary": "viewer",
    "assistant.state": "viewer",
    "assistant.tokens": "viewer",
    "audit.export": "owner",
    "audit.list": "owner",
    "batches.begin": "editor",
    "batches.cancel": "editor",
    "batches.delete": "editor",
    "batches.export": "viewer",
    "batches.get": "viewer",
    "batches.items": "viewer",
    "batches.list": "viewer",
    "comparisons.cancel": "editor",
    "comparisons.changes": "viewer",
    "comparisons.export": "viewer",
    "comparisons.get": "viewer",
    "comparisons.list": "viewer",
    "comparisons.result": "viewer",
    "comparisons.result_etag": "viewer",
    "comparisons.retry": "editor",
    "comparisons.submit": "editor",
    "comparisons.submit_latest": "editor",
    "documents.add_sample_pair": "editor",
    "documents.find_by_digest": "viewer",
    "documents.get": "viewer",
    "documents.latest_two": "viewer",
    "documents.list": "viewer",
    "documents.open": "viewer",
    "documents.receive": "editor",
    "documents.store": "editor",
    "documents.versions": "viewer",
    "identities.connect": "own",
    "identities.disconnect": "own",
    "identities.has_password": "own",
    "identities.is_connected": "own",
    "extractions.cancel": "editor",
    "extractions.export": "viewer",
    "extractions.file": "viewer",
    "extractions.get": "viewer",
    "extractions.list": "viewer",
    "extractions.result": "viewer",
    "extractions.submit": "editor",
    "job_records.get": "viewer",
    "job_records.list": "viewer",
    "job_records.purge": "owner",
    "job_records.reasons": "viewer",
    "job_records.requeue": "editor",
    "job_records.restart": "editor",
    "job_records.stats": "viewer",
    "job_records.unprotected": "viewer",
    "jobs.cancel": "editor",
    "pages.find": "viewer",
    "moving.copy": "editor",
    "operations.look": "admin",
    "pages.image": "viewer",
    "pages.layers": "viewer",
    "pages.text": "viewer",
    "profiles.delete": "editor",
    "profiles.get": "viewer",
    "profiles.list": "viewer",
    "profiles.options": "viewer",
    "profiles.save": "editor",
    "quotas.bound": "admin",
    "quotas.keep": "owner",
    "quotas.list": "admin",
    "quotas.usage": "viewer",
    "likeness.ignore": "reviewer",
    "reviews.activity": "viewer",
    "reviews.assign": "reviewer",
    "reviews.change": "viewer",
    "reviews.comment": "reviewer",
    "reviews.decide": "reviewer",
    "reviews.decide_alike": "reviewer",
    "reviews.decide_many": "reviewer",
    "reviews.delete_comment": "reviewer",
    "reviews.get": "viewer",
    "reviews.sign": "reviewer",
    "reviews.version": "viewer",
    "reviews.withdraw": "reviewer",
    "timelines.get": "viewer",
    "second_steps.begin": "own",
    "second_steps.confirm": "own",
    "second_steps.mine": "own",
    "second_steps.of_all": "admin",
    "second_steps.renew_codes": "own",
    "second_steps.reset": "admin",
    "second_steps.turn_off": "own",
    "search.choose_language": "editor",
    "search.find": "viewer",
    "search.find_changes": "viewer",
    "search.state": "viewer",
    "shares.add": "editor",
    "shares.list": "editor",
    "shares.revoke": "editor",
    "trash.empty": "owner",
    "trash.list": "editor",
    "trash.purge": "owner",
    "trash.put": "editor",
    "trash.remains": "admin",
    "trash.restore": "editor",
    "tokens.add": "viewer",
    "tokens.list": "viewer",
    "tokens.revoke": "viewer",
    "uploads.begin": "editor",
    "uploads.delete": "editor",
    "uploads.finish": "editor",
    "uploads.get": "editor",
    "uploads.go_on": "editor",
    "uploads.keep": "editor",
    "webhooks.add": "owner",
    "webhooks.change": "owner",
    "webhooks.delete": "owner",
    "webhooks.deliveries": "owner",
    "webhooks.get": "owner",
    "webhooks.list": "owner",
    "webhooks.ping": "owner",
    "webhooks.renew_key": "owner",
    "webhooks.send_again": "owner",
    "workspaces.add": "own",
    "workspaces.invitations": "owner",
    "workspaces.invite": "owner",
    "workspaces.list": "own",
    "workspaces.members": "viewer",
    "workspaces.remove": "owner",
    "workspaces.rename": "owner",
    "workspaces.set_role": "owner",
    "workspaces.withdraw": "owner",
}


class Asked(Exception):
    """What a use case required first."""


class Nobody(Actor):
    """An actor who may nothing, and says what he was asked for."""

    __slots__ = ()

    def require(self, role: Role) -> None:
        raise Asked(role.value)

    def require_admin(self) -> None:
        raise Asked("admin")


def use_cases(services: Services) -> dict[str, Callable[..., Any]]:
    """Every public method whose first argument is an actor."""
    found: dict[str, Callable[..., Any]] = {}
    for part in fields(services):
        value = getattr(services, part.name)
        for name, method in inspect.getmembers(value, inspect.ismethod):
            first = next(iter(inspect.signature(method).parameters), "")
            if not name.startswith("_") and first == "actor" and method.__module__.startswith(("service", "tests")):
                found[f"{part.name}.{name}"] = method
    return found


def test_every_use_case_has_an_entry(services: Services) -> None:
    assert set(use_cases(services)) - {"users.actor"} == set(LEAST)


@pytest.mark.parametrize("name", [name for name, least in LEAST.items() if least != "own"])
def test_a_use_case_asks_who_may_before_it_does_anything(services: Services, name: str) -> None:
    """Also when its page was opened long ago: what it asks is looked up anew, see `ui.state.Looking`."""
    method = use_cases(services)[name]
    nobody = Nobody(str(uuid4()), str(uuid4()), frozenset(), "Nobody")
    given = {
        parameter.name: _anything(parameter)
        for parameter in list(inspect.signature(method).parameters.values())[1:]
        if parameter.default is parameter.empty
        and parameter.kind not in {parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL}
    }
    with pytest.raises(Asked, match=f"^{LEAST[name]}$"):
        answer = method(nobody, **given)
        list(answer) if inspect.isgenerator(answer) else None


def _anything(parameter: inspect.Parameter) -> Any:
    return str(uuid4()) if parameter.name.endswith("_id") else "x"


# ---------------------------------------------------------------- tokens


@pytest.mark.parametrize(
    ("scope", "upload", "invite"),
    [("read", 403, 403), ("review", 403, 403), ("write", 201, 403), ("manage", 201, 201)],
)
def test_a_token_does_what_its_scope_says(
    services: Services, app: Starlette, scope: str, upload: int, invite: int
) -> None:
    owner, _ = person(services, app, f"token-{scope}")
    _, secret = services.tokens.add(owner, "t", Scope(scope))
    client = visitor(app)
    client.headers["Authorization"] = f"Bearer {secret}"
    assert client.get("/api/v1/session").json()["csrf"] is None
    assert client.put("/api/v1/documents", params={"name": "a.pdf"}, content=OLD_PDF).status_code == upload
    assert client.post("/api/v1/invitations", json={"for_whom": "Eve"}).status_code == invite
    assert client.post("/api/v1/tokens", json={"name": "another"}).status_code == 403


def test_wrong_and_old_tokens_are_problems(services: Services, app: Starlette) -> None:
    owner, browser = person(services, app, "tokens")
    made, secret = services.tokens.add(owner, "t", Scope.READ, days=1)
    with services.database.write(owner.workspace) as session:
        session.execute(text("UPDATE api_tokens SET expires_at = now() - interval '1 second'"))
    for header, code in (
        (f"Bearer {secret}", "token_expired"),
        ("Bearer made-up", "bad_token"),
        ("Bearer", "bad_token"),
        ("Basic b3duZXI6eA==", "bad_token"),
    ):
        answer = browser.get("/api/v1/documents", headers={"Authorization": header})
        assert (answer.status_code, answer.json()["code"]) == (401, code)
        assert answer.headers["WWW-Authenticate"] == "Bearer" and answer.json()["remedy"]
    services.tokens.revoke(owner, made.id)
    assert browser.get("/api/v1/documents", headers={"Authorization": f"Bearer {secret}"}).json()["code"] == "bad_token"


def test_a_token_ends_with_the_membership(services: Services, app: Starlette) -> None:
    owner, _ = person(services, app, "leaves")
    boss, _ = person(services, app, "stays")
    _, link = services.workspaces.invite(boss, "x", Role.EDITOR)
    services.workspaces.accept(link, owner.user)
    there = services.users.actor(owner.user, boss.workspace)
    _, secret = services.tokens.add(there, "t", Scope.MANAGE)
    assert services.tokens.actor(secret).roles == {"editor"}
    services.workspaces.remove(boss, owner.user_id)
    with pytest.raises(Exception, match="not known"):
        services.tokens.actor(secret)
    with pytest.raises(Forbidden):
        there.require(Role.OWNER)


def test_requests_of_a_user_are_counted_and_told(server: Any, template: str, tmp_path: Path) -> None:
    from tests.conftest import _administer, _made

    name = f"test_{uuid4().hex[:12]}"
    url = _made(server, name, template)
    services = build(load_settings(database_url=url, data_dir=tmp_path, accounts="on", requests_per_minute=4))
    cookies = SessionCookies(services.secret)
    app = Starlette(routes=web.routes(services, cookies), middleware=web.middleware(services, cookies))
    services.accounts.make("Ada", "ada", GOOD)
    _, client = person(services, app, "busy")  # asks once
    left = [client.get("/api/v1/session").headers["RateLimit-Remaining"] for _ in range(3)]
    refused = client.get("/api/v1/session")
    services.close()
    _administer(server, f"DROP DATABASE {name} WITH (FORCE)")
    assert left == ["2", "1", "0"]
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
    assert 0 < int(refused.headers["Retry-After"]) <= 60 and refused.headers["RateLimit-Limit"] == "4"


def test_a_request_that_is_sent_again_is_done_once(services: Services, app: Starlette) -> None:
    _, client = person(services, app, "twice")
    key = {"Idempotency-Key": "k-1"}
    first = client.post("/api/v1/workspaces", json={"name": "Once"}, headers=key)
    again = client.post("/api/v1/workspaces", json={"name": "Once"}, headers=key)
    assert (first.status_code, first.json()) == (again.status_code, again.json()) == (201, first.json())
    assert len(client.get("/api/v1/workspaces").json()["workspaces"]) == 2
    other = client.post("/api/v1/workspaces", json={"name": "Twice"}, headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_used")


def test_a_program_leaves_the_place_of_its_user_alone(services: Services, app: Starlette) -> None:
    actor, _ = person(services, app, "programmer")
    _, secret = services.tokens.add(actor, "t", Scope.READ)
    session = services.accounts.list_sessions(actor)[0].id
    program, bearer = visitor(app), {"Authorization": f"Bearer {secret}"}
    for method, address in (
        ("DELETE", f"/api/v1/sessions/{session}"),
        ("POST", "/api/v1/workspaces"),
        ("DELETE", f"/api/v1/members/{actor.user_id}"),
    ):
        body = {"name": "Another"} if method == "POST" else None
        assert program.request(method, address, json=body, headers=bearer).status_code == 403, address
    assert [view.id for view in services.accounts.list_sessions(actor)] == [session]
