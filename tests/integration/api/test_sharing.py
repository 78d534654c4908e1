"""Links for guests, bounds of a workspace, what is noted, and that what was deleted is gone."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pikepdf
import pytest
from sqlalchemy import create_engine, text
from starlette.applications import Starlette

from api.sessions import SessionCookies
from core.options import CompareOptions
from service.access import Actor
from service.bootstrap import Services, build
from service.quotas import WorkspaceFull
from service.rates import Rate
from service.settings import load_settings
from service.shares import BadShare, GoneShare
from tests.integration.api.test_api import assert_problem
from tests.integration.conftest import Add, StartWorker, wait_for
from tests.integration.pdfs import pdf
from tests.people import PAGE, hidden, inside, member_of_own, visitor
from ui import server as web

MARKER = "Quittenmarmelade"


@pytest.fixture
def services(database_url: str, tmp_path: Path) -> Iterator[Services]:
    built = build(load_settings(database_url=database_url, data_dir=tmp_path / "data", accounts="on"))
    yield built
    built.close()


@pytest.fixture
def app(services: Services) -> Starlette:
    cookies = SessionCookies(services.secret)
    return Starlette(routes=web.routes(services, cookies), middleware=web.middleware(services, cookies))


@pytest.fixture
def ada(services: Services) -> Actor:
    return member_of_own(services, "ada")


@dataclass(frozen=True)
class Done:
    """A comparison with its result."""

    id: str
    old: str
    new: str


@pytest.fixture
def done(services: Services, ada: Actor, add: Add, start_worker: StartWorker) -> Done:
    start_worker()
    old = add(ada, f"{MARKER}-alt.pdf", pdf([f"The {MARKER} is due in 30 days."]))
    new = add(ada, f"{MARKER}-neu.pdf", pdf([f"The {MARKER} is due in 45 days."]))
    made = services.comparisons.submit(ada, old.id, new.id, CompareOptions())
    wait_for(services, ada, made.id, lambda view: view.state == "done", seconds=120)
    return Done(made.id, old.id, new.id)


def test_a_guest_sees_one_result_and_nothing_else(
    app: Starlette, services: Services, ada: Actor, done: Done, add: Add
) -> None:
    browser, guest = inside(app, "ada"), visitor(app)
    made = browser.post(f"/api/v1/comparisons/{done.id}/shares", json={"days": 1})
    assert made.status_code == 201
    path = made.json()["path"]
    page = guest.get(path, headers=PAGE)
    assert (
        page.status_code == 200
        and f"{MARKER}-alt.pdf" in page.text
        and "script-src 'self'" in page.headers["content-security-policy"]
    )
    seen = guest.get(f"{path}/report", headers=PAGE)
    assert seen.status_code == 200 and MARKER in seen.text and "45" in seen.text
    assert seen.headers["content-security-policy"].startswith("sandbox allow-scripts")
    assert "allow-same-origin" not in seen.headers["content-security-policy"]
    sha256 = services.documents.get(ada, done.old).sha256
    inner = {
        "result": f"{path}/api/comparisons/{done.id}/result",
        "picture": f"{path}/files/{sha256}/pages/1?dpi=100",
        "tile": f"{path}/files/{sha256}/pages/1?dpi=100&tile=0.0",
        "words": f"{path}/files/{sha256}/pages/1/text",
        "find": f"{path}/files/{sha256}/find?q=days",
        "layers": f"{path}/files/{sha256}/layers",
    }
    assert {what: guest.get(address).status_code for what, address in inner.items()} == dict.fromkeys(inner, 200)
    assert guest.get(inner["result"]).json()["new"]["name"] == f"{MARKER}-neu.pdf"
    foreign = add(ada, "other.pdf", pdf(["Another of the same workspace"])).sha256
    for nothing in (
        f"{path}/files/{foreign}/pages/1",
        f"{path}/files/{foreign}/pages/1/text",
        f"{path}/files/{foreign}/find?q=days",
        f"{path}/files/{foreign}/layers",
        f"{path}/files/{foreign}",
        f"{path}/files/{'0' * 64}/pages/1",
        f"{path}/files/{sha256}/pages/2",
        f"{path}/api/comparisons/{done.new}/result",
        f"{path}/api/comparisons/{done.id}",
        f"{path}/api/comparisons/{done.id}/review",
        f"{path}/api/comparisons/{done.id}/export/json",
        f"{path}/files/{sha256}",
        "/viewer/../entrance.py",
        "/viewer/%2e%2e/entrance.py",
    ):
        assert guest.get(nothing).status_code == 404, nothing
    assert guest.post(inner["result"]).status_code == 405
    for address in (f"/api/v1/comparisons/{done.id}", f"/api/v1/comparisons/{done.id}/result", "/api/v1/documents"):
        assert_problem(guest.get(address), 401, "no_session")
    [share] = browser.get("/api/v1/shares").json()["shares"]
    assert (share["views"], share["has_password"], share["shared_by"]) == (1, False, "Ada")
    assert browser.delete(f"/api/v1/shares/{share['id']}").status_code == 204
    assert guest.get(path, headers=PAGE).status_code == 404
    for address in inner.values():  # what is open shows nothing more
        assert_problem(guest.get(address), 404, "not_found")
        assert guest.get(address.replace(path, "/shared/" + "x" * 32)).status_code == 404
    assert guest.get("/shared/" + "x" * 32, headers=PAGE).status_code == 404
    actions = [entry.action for entry in services.audit.list(ada)[0]]
    assert {"share.added", "share.viewed", "share.revoked", "document.uploaded", "comparison.asked"} <= set(actions)
    assert "comparison.exported" not in actions


def test_a_link_with_a_password_opens_with_it_only(app: Starlette, services: Services, ada: Actor, done: Done) -> None:
    _, secret = services.shares.add(ada, done.id, password="marmalade")
    guest, path = visitor(app), f"/shared/{secret}"
    locked = guest.get(path, headers=PAGE)
    assert "Password of the link" in locked.text and MARKER not in locked.text
    sha256 = services.documents.get(ada, done.old).sha256
    inner = [
        f"{path}/api/comparisons/{done.id}/result",
        *(f"{path}/files/{sha256}/pages/1{end}" for end in ("", "/text")),
    ]
    for address in inner:
        assert_problem(guest.get(address), 403, "wrong_share_password")
    assert "Password of the link" in guest.get(f"{path}/report", headers=PAGE).text
    form = hidden(locked.text)
    for _ in range(10):
        wrong = guest.post(path, data={**form, "password": "guessed!"})
        assert wrong.status_code == 403 and MARKER not in wrong.text
    assert guest.post(path, data={**form, "password": "marmalade"}).status_code == 429
    with services.database.write() as session:
        session.execute(text("UPDATE sign_in_failures SET locked_until = now() - interval '1 second'"))
    assert guest.post(path, data={**form, "password": "marmalade"}).status_code == 303
    assert MARKER in guest.get(path, headers=PAGE).text
    assert [guest.get(address).status_code for address in inner] == [200, 200, 200]
    _, other = services.shares.add(ada, done.id, password="another one")
    assert MARKER not in guest.get(f"/shared/{other}", headers=PAGE).text  # the cookie is that link's


def test_layers_that_are_not_there_keep_no_pictures(services: Services, ada: Actor, add: Add, tmp_path: Path) -> None:
    file = pikepdf.open(io.BytesIO(pdf(["Two layers"])))
    groups = [file.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.OCG, Name=name)) for name in ("A", "B")]
    file.Root.OCProperties = pikepdf.Dictionary(OCGs=pikepdf.Array(groups), D=pikepdf.Dictionary())
    stream = io.BytesIO()
    file.save(stream)
    flat = add(ada, "flat.pdf", pdf(["No layers"])).sha256
    layered = add(ada, "layered.pdf", stream.getvalue()).sha256
    plain = {sha256: services.pages.image(ada, sha256, 1).etag for sha256 in (flat, layered)}
    services.pages.layers(ada, flat), services.pages.layers(ada, layered)
    kept = len(list(tmp_path.rglob("*")))
    for asked in ((), (1,), (5, 7)):
        assert services.pages.image(ada, flat, 1, layers=asked).etag == plain[flat]
    for asked in ((0, 1), (1, 0, 999), (5, 7)):
        assert services.pages.image(ada, layered, 1, layers=asked).etag == plain[layered]
    tags = {services.pages.image(ada, layered, 1, layers=asked).etag for asked in ((), (0,), (1,), (1, 9))}
    assert len(tags | {plain[layered]}) == 4
    assert len(list(tmp_path.rglob("*"))) == kept


def test_guests_of_a_link_are_counted_together(
    app: Starlette, services: Services, ada: Actor, done: Done, monkeypatch: pytest.MonkeyPatch
) -> None:
    share, secret = services.shares.add(ada, done.id)
    taken: list[str] = []
    monkeypatch.setattr(services.rates, "take", lambda who: taken.append(who) or Rate(1, 1 - len(taken), 30))
    picture = f"/shared/{secret}/files/{services.documents.get(ada, done.old).sha256}/pages/1"
    assert [visitor(app).get(picture).status_code for _ in range(2)] == [200, 429]
    assert taken == [f"share:{share.id}"] * 2


def test_a_link_ends_by_its_day_and_with_its_maker(services: Services, ada: Actor, done: Done) -> None:
    _, secret = services.shares.add(ada, done.id)
    assert MARKER.encode() in services.shares.report(secret)
    assert services.shares.guest(secret).comparison.id == done.id
    with services.database.write() as session:
        session.execute(text("UPDATE users SET disabled_at = now() WHERE id = :id"), {"id": ada.user})
    for act in (services.shares.report, services.shares.guest):
        with pytest.raises(GoneShare, match="no longer good"):
            act(secret)
    with services.database.write() as session:
        session.execute(text("UPDATE users SET disabled_at = NULL WHERE id = :id"), {"id": ada.user})
    with services.database.write(ada.workspace) as session:
        session.execute(text("UPDATE shares SET expires_at = now() - interval '1 second'"))
    with pytest.raises(Exception, match="no longer good"):
        services.shares.report(secret)
    for days, password in ((0, None), (400, None), (1, "short")):
        with pytest.raises(BadShare):
            services.shares.add(ada, done.id, days=days, password=password)


def test_changes_are_listed_filtered_and_paged(app: Starlette, services: Services, ada: Actor, done: Done) -> None:
    browser = inside(app, "ada")
    address = f"/api/v1/comparisons/{done.id}/changes"
    whole = browser.get(address).json()
    result = browser.get(f"/api/v1/comparisons/{done.id}/result").json()
    assert [change["id"] for change in whole["changes"]] == [change["id"] for change in result["changes"]]
    assert whole["total"] == len(result["changes"]) > 0 and whole["next"] is None
    assert browser.get(address, params={"query": "45"}).json()["total"] == 1
    for nothing in ({"query": "absent"}, {"layers": "image"}, {"page": 9}, {"kinds": "moved"}, {"severities": "x"}):
        assert browser.get(address, params=nothing).json() == {"changes": [], "total": 0, "next": None}
    walked, after = [], None
    while True:
        page = browser.get(address, params={"limit": 1, **({} if after is None else {"after": after})}).json()
        walked += page["changes"]
        after = page["next"]
        if after is None:
            break
    assert walked == whole["changes"]
    tag = browser.get(address).headers["etag"]
    again = browser.get(address, headers={"If-None-Match": tag})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)


def test_one_against_many_and_versions(app: Starlette, services: Services, ada: Actor, add: Add) -> None:
    browser = inside(app, "ada")
    original = add(ada, "contract.pdf", pdf(["The original"]))
    returned = [add(ada, "contract.pdf", pdf([f"Returned {n}"])) for n in range(3)]
    pairs = [{"old": original.id, "new": document.id, "label": f"n{n}"} for n, document in enumerate(returned)]
    body = {"name": "All that came back", "pairs": pairs}
    key = {"Idempotency-Key": "many-1"}
    made = browser.post("/api/v1/batches", json=body, headers=key)
    assert made.status_code == 202
    batch = made.json()["batch"]
    assert (batch["total"], batch["states"], batch["is_live"]) == (3, {"queued": 3}, True)
    assert made.headers["location"] == f"/api/v1/batches/{batch['id']}"
    assert browser.post("/api/v1/batches", json=body, headers=key).json() == made.json()
    address = f"/api/v1/batches/{batch['id']}"
    items = browser.get(f"{address}/items").json()["items"]
    assert [item["label"] for item in items] == ["n0", "n1", "n2"]
    versions = browser.get(f"/api/v1/documents/{original.id}/versions").json()["documents"]
    assert [one["id"] for one in versions] == [*(document.id for document in reversed(returned)), original.id]
    assert len(browser.get("/api/v1/comparisons", params={"document": returned[0].id}).json()["comparisons"]) == 1
    nowhere = {"old": original.id.replace(original.id[:4], "0000", 1), "new": returned[0].id}
    before = len(services.comparisons.list(ada)[0])
    assert_problem(browser.post("/api/v1/batches", json={"pairs": [*pairs, nowhere]}), 404, "not_found")
    assert len(services.comparisons.list(ada)[0]) == before
    assert len(browser.get("/api/v1/batches").json()["batches"]) == 1
    first = items[0]["comparison"]
    waited = browser.get(f"/api/v1/comparisons/{first}", params={"wait": 0.3}).json()["comparison"]
    assert (waited["state"], waited["links"]["result"]) == ("queued", None)
    job = waited["job"]
    assert browser.post(f"/api/v1/jobs/{job}/cancel").json()["job"]["state"] == "cancelled"
    assert browser.post(f"/api/v1/jobs/{job}/retry").json()["job"]["state"] == "queued"
    # What another batch wants too goes on.
    browser.post("/api/v1/batches", json={"pairs": pairs[:1]})
    assert browser.post(f"{address}/cancel").json()["batch"]["states"] == {"queued": 1, "cancelled": 2}
    table = browser.get(f"{address}/items.csv")
    assert table.text.splitlines()[0].startswith("ordinal,label,comparison,state,old_name")
    assert [line.split(",")[3] for line in table.text.splitlines()[1:]] == ["queued", "cancelled", "cancelled"]
    assert browser.delete(address).status_code == 204
    assert_problem(browser.get(address), 404, "not_found")
    assert services.comparisons.get(ada, first).state == "queued"


def test_a_full_workspace_says_so_and_stores_nothing(app: Starlette, services: Services, ada: Actor, add: Add) -> None:
    admin = services.users.operator_of(ada.workspace)
    first = pdf(["First"])
    add(ada, "a.pdf", first)
    services.quotas.bound(admin, ada.workspace_id, most_bytes=len(first) + 10, most_documents=None)
    browser = inside(app, "ada")
    refused = browser.put("/api/v1/documents", params={"name": "b.pdf"}, content=pdf(["Second"]))
    body = assert_problem(refused, 409, "workspace_full")
    assert "Delete documents" in body["remedy"]
    blobs = [path for path in (services.settings.data_dir / "blobs").rglob("*") if path.is_file()]
    assert len(blobs) == 1
    assert add(ada, "a.pdf", first).name == "a.pdf"  # what is there already takes no room
    services.quotas.bound(admin, ada.workspace_id, most_bytes=0, most_documents=1)
    with pytest.raises(WorkspaceFull, match="1 documents"):
        add(ada, "b.pdf", pdf(["Second"]))
    services.quotas.bound(admin, ada.workspace_id, most_bytes=None, most_documents=None)
    assert add(ada, "b.pdf", pdf(["Second"]))
    usage = browser.get("/api/v1/workspace").json()["workspace"]
    assert (usage["documents"], usage["members"], usage["most_bytes"]) == (2, 1, 0)


def test_a_workspace_keeps_no_longer_than_the_server(services: Services, ada: Actor) -> None:
    assert services.quotas.days(ada.workspace) == 0
    assert services.quotas.keep(ada, 30).days == 30
    stricter = build(services.settings.model_copy(update={"retention_days": 7.0}))
    assert stricter.quotas.days(ada.workspace) == 7
    assert services.quotas.keep(ada, None).days == 0
    stricter.close()


def test_what_is_deleted_is_nowhere_any_more(
    app: Starlette, services: Services, ada: Actor, done: Done, database_url: str
) -> None:
    """Its name and its words are in no table, no blob and no log entry; everything that was made from it is gone."""
    browser = inside(app, "ada")
    services.shares.add(ada, done.id)
    for address in ("result", "export/html", "export/md"):
        assert browser.get(f"/api/v1/comparisons/{done.id}/{address}").status_code == 200
    document = services.documents.get(ada, done.old)
    assert browser.get(f"/files/{document.sha256}/pages/1/text").status_code == 200
    assert found_in(services, database_url)  # the search would see it
    for gone in (done.old, done.new):
        assert browser.delete(f"/api/v1/documents/{gone}").status_code == 204
    assert found_in(services, database_url)  # in the trash
    assert [one["until"] is not None for one in browser.get("/api/v1/trash").json()["trash"]] == [True, True]
    for gone in (done.old, done.new):
        assert browser.delete(f"/api/v1/trash/document/{gone}").json() == {"left": {}}
    assert found_in(services, database_url) == []
    with services.database.read(ada.workspace) as session:
        counts = [
            session.scalar(text(f"SELECT count(*) FROM {t}")) for t in ("comparisons", "changes", "shares", "jobs")
        ]
    assert counts == [0, 0, 0, 0]
    assert list(services.blobs.list(ada.workspace)) == []


def found_in(services: Services, database_url: str) -> list[str]:
    """Where the marker still stands: tables, as a superuser sees them, and files, also inside of compressed ones."""
    places: list[str] = []
    engine = create_engine("postgresql+psycopg2" + database_url.removeprefix("postgresql"))
    with engine.connect() as connection:
        tables = connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).scalars().all()
        for table in tables:
            wanted = text(f"SELECT count(*) FROM {table} AS t WHERE t::text ILIKE '%{MARKER}%'")
            if connection.execute(wanted).scalar_one():
                places.append(table)
    engine.dispose()
    for path in (services.settings.data_dir / "blobs").rglob("*"):
        if path.is_file() and (MARKER.encode() in path.read_bytes() or path.read_bytes().find(b"%PDF") == 0):
            places.append(path.name)
    return places
