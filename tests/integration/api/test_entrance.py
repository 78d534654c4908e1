"""The way in: pages before the application, and sessions as a browser has them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route

from api.sessions import COOKIE, SessionCookies
from service.access import Role
from service.bootstrap import Services, build
from service.settings import load_settings
from tests.integration.api.test_api import assert_problem
from tests.people import GOOD, PAGE, fill, hidden, inside, visitor
from ui import server as web


@pytest.fixture
def services(database_url: str, tmp_path: Path) -> Iterator[Services]:
    built = build(load_settings(database_url=database_url, data_dir=tmp_path / "data", accounts="on"))
    yield built
    built.close()


@pytest.fixture
def app(services: Services, cookies: SessionCookies) -> Starlette:
    async def application(request: object) -> HTMLResponse:
        return HTMLResponse("the application")

    routes = [*web.routes(services, cookies), Route("/{path:path}", application)]
    return Starlette(routes=routes, middleware=web.middleware(services, cookies))


@pytest.fixture
def people(services: Services) -> None:
    """An administrator and Ada."""
    first = services.accounts.add_first()
    assert first is not None
    services.accounts.replace_one_time(services.accounts.check(*first).user, GOOD)
    services.accounts.make("Ada", "ada", GOOD)


def test_nobody_sees_the_application_before_he_has_signed_in(app: Starlette, people: None) -> None:
    client = visitor(app)
    for path in ("/", "/library", "/result?comparison=x", "/anything"):
        answer = client.get(path, headers=PAGE)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/sign-in")
    assert client.get("/result?comparison=x", headers=PAGE).headers["location"] == (
        "/sign-in?next=/result%3Fcomparison%3Dx"
    )
    for path in ("/api/v1/documents", "/api/v1/session", "/api/v1/stats", "/files/" + "0" * 64):
        assert_problem(client.get(path), 401, "no_session")


def test_a_visit_before_the_first_account_says_what_to_do(app: Starlette) -> None:
    said = visitor(app).get("/sign-in", headers=PAGE).text
    assert "pdf-compare user first" in said and "<form" not in said


def test_signing_in_gives_a_new_session_and_leads_back(app: Starlette, people: None) -> None:
    client = visitor(app)
    client.get("/sign-in", headers=PAGE)
    before = client.cookies[COOKIE]
    answer = fill(client, "/sign-in?next=/library", login=" ADA ", password=GOOD)
    assert (answer.status_code, answer.headers["location"]) == (303, "/library")
    assert "HttpOnly; SameSite=Lax" in answer.headers["set-cookie"]
    assert client.cookies[COOKIE] != before
    assert client.get("/library", headers=PAGE).text == "the application"
    told = client.get("/api/v1/session").json()["actor"]
    assert (told["name"], told["roles"], told["is_admin"]) == ("Ada", ["owner"], False)
    stolen = visitor(app)
    stolen.cookies.set(COOKIE, before)
    assert_problem(stolen.get("/api/v1/session"), 401, "no_session")


@pytest.mark.parametrize(
    "path", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "/a\nb", "\\\\e"]
)
def test_signing_in_leads_nowhere_else(app: Starlette, people: None, path: str) -> None:
    client = visitor(app)
    form = hidden(client.get("/sign-in", headers=PAGE).text)
    answer = client.post("/sign-in", data={**form, "login": "ada", "password": GOOD, "next": path})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


def test_a_wrong_password_is_one_sentence_whether_the_name_exists_or_not(app: Starlette, people: None) -> None:
    client = visitor(app)
    known = fill(client, "/sign-in", login="ada", password="wrong")
    unknown = fill(client, "/sign-in", login="eve", password="wrong")
    assert known.status_code == unknown.status_code == 401
    assert "The name or the password is wrong." in known.text
    assert known.text == unknown.text.replace("eve", "ada")


def test_a_name_is_only_text(app: Starlette, people: None) -> None:
    answer = fill(visitor(app), "/sign-in", login='"><script>alert(1)</script>', password="x")
    assert "<script" not in answer.text and "&lt;script&gt;" in answer.text


def test_a_form_of_another_site_signs_nobody_in(app: Starlette, people: None) -> None:
    client = visitor(app)
    form = hidden(client.get("/sign-in", headers=PAGE).text)
    fields = {**form, "login": "ada", "password": GOOD}
    for answer in (
        client.post("/sign-in", data={**fields, "csrf": "0" * 64}),
        client.post("/sign-in", data=fields, headers={"Sec-Fetch-Site": "cross-site"}),
        visitor(app).post("/sign-in", data=fields),
        client.post("/sign-in", data={**fields, "password": "x" * 20_000}),
    ):
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers or "sign-in" in answer.text
    assert_problem(client.get("/api/v1/session"), 401, "no_session")


def test_a_one_time_password_is_replaced_on_the_way_in(app: Starlette, services: Services) -> None:
    first = services.accounts.add_first()
    assert first is not None
    client = visitor(app)
    page = fill(client, "/sign-in?next=/jobs", login=first[0], password=first[1])
    assert page.status_code == 200 and "Choose your password" in page.text
    assert_problem(client.get("/api/v1/session"), 401, "no_session")
    form = hidden(page.text)
    for new, again, says in (
        (GOOD, "else", "not the same"),
        ("short", "short", "too easy"),
        (first[1], first[1], "itself"),
    ):
        refused = client.post("/new-password", data={**form, "new": new, "again": again})
        assert refused.status_code == 422 and says in refused.text
    done = client.post("/new-password", data={**form, "new": GOOD, "again": GOOD})
    assert (done.status_code, done.headers["location"]) == (303, "/jobs")
    assert client.get("/api/v1/session").json()["actor"]["is_admin"] is True
    again = visitor(app)
    token = hidden(again.get("/sign-in", headers=PAGE).text)["csrf"]
    reused = again.post(
        "/new-password", data={"csrf": token, "change": form["change"], "new": "x" * 20, "again": "x" * 20}
    )
    assert reused.status_code == 422 and "used already" in reused.text


def test_signing_out_ends_the_session_everywhere_it_is_known(app: Starlette, people: None) -> None:
    ada, copy = inside(app, "ada"), visitor(app)
    copy.cookies.set(COOKIE, ada.cookies[COOKIE])
    assert copy.get("/api/v1/session").status_code == 200
    assert ada.delete("/api/v1/session").status_code == 204
    for client in (ada, copy):
        assert_problem(client.get("/api/v1/session"), 401, "no_session")
        assert client.get("/", headers=PAGE).headers["location"] == "/sign-in"


def test_a_session_is_ended_from_another_browser(app: Starlette, people: None) -> None:
    here, there, eve = inside(app, "ada"), inside(app, "ada"), inside(app, "admin")
    listed = here.get("/api/v1/sessions").json()["sessions"]
    [other] = [view for view in listed if not view["is_this"]]
    assert_problem(eve.delete(f"/api/v1/sessions/{other['id']}"), 404, "not_found")
    assert here.delete(f"/api/v1/sessions/{other['id']}").status_code == 204
    assert_problem(there.get("/api/v1/session"), 401, "no_session")


def test_an_invitation_makes_an_account_and_is_used_up(app: Starlette, services: Services, people: None) -> None:
    owner = services.users.local_user()
    actor = services.users.actor(owner, services.users.home_of(owner))  # type: ignore[arg-type]
    _, secret = services.workspaces.invite(actor, "Eve", Role.REVIEWER)
    client, address = visitor(app), f"/invitation/{secret}"
    assert "a reviewer" in client.get(address, headers=PAGE).text
    for fields, says in (
        ({"name": "Eve", "login": "ada", "new": GOOD, "again": GOOD}, "taken"),
        ({"name": "Eve", "login": "eve", "new": "short", "again": "short"}, "too easy"),
        ({"name": "Eve", "login": "eve", "new": GOOD, "again": "else"}, "not the same"),
    ):
        refused = fill(client, address, **fields)
        assert refused.status_code == 422 and says in refused.text
    assert fill(client, address, name="Eve", login="eve", new=GOOD, again=GOOD).status_code == 303
    told = client.get("/api/v1/session").json()["actor"]
    assert (told["workspace_id"], told["roles"]) == (actor.workspace_id, ["reviewer"])
    assert visitor(app).get(address, headers=PAGE).status_code == 404


def test_an_invitation_is_taken_by_who_is_signed_in(app: Starlette, services: Services, people: None) -> None:
    owner = services.users.local_user()
    actor = services.users.actor(owner, services.users.home_of(owner))  # type: ignore[arg-type]
    _, secret = services.workspaces.invite(actor, "Ada", Role.VIEWER)
    ada = inside(app, "ada")
    assert "Join as Ada" in ada.get(f"/invitation/{secret}", headers=PAGE).text
    assert fill(ada, f"/invitation/{secret}").status_code == 303
    assert ada.get("/api/v1/session").json()["actor"]["workspace_id"] == actor.workspace_id
    answer = ada.put("/api/v1/documents", params={"name": "a.pdf"}, content=b"%PDF-1.7")
    assert_problem(answer, 403, "forbidden")


def test_the_log_is_read_by_who_may(app: Starlette, people: None) -> None:
    admin, ada = inside(app, "admin"), inside(app, "ada")
    assert_problem(ada.get("/api/v1/admin/audit.csv"), 403, "forbidden")
    told = admin.get("/api/v1/admin/audit.csv")
    assert told.headers["content-type"] == "text/csv; charset=utf-8" and "signed_in" in told.text
    assert ada.get("/api/v1/audit").json() == {"entries": [], "next": None}
    me = admin.get("/api/v1/session").json()["actor"]["user_id"]
    asked = {"action": "signed_", "user": me, "since": "2020-01-01T00:00:00"}
    found = admin.get("/api/v1/admin/audit", params=asked).json()["entries"]
    assert [(entry["action"], entry["user"], entry["detail"]) for entry in found] == [
        ("signed_in", me, {"by": "password"})
    ]
    about_me = admin.get("/api/v1/admin/audit", params={"subject": me}).json()["entries"]
    assert {entry["action"] for entry in about_me} == {"user.added"}
    told = admin.get("/api/v1/admin/audit.csv", params={"subject": me, "until": "2020-01-01"})
    assert told.text.count("\n") == 1
    assert_problem(ada.get("/api/v1/admin/audit"), 403, "forbidden")
    assert ada.get("/api/v1/audit.csv", params={"since": "2020-01-01T00:00:00"}).text.count("\n") == 1


def test_without_accounts_there_is_no_way_in_to_be_found(database_url: str, tmp_path: Path) -> None:
    services = build(load_settings(database_url=database_url, data_dir=tmp_path / "data"))
    cookies = SessionCookies(services.secret)
    client = visitor(Starlette(routes=web.routes(services, cookies), middleware=web.middleware(services, cookies)))
    for path in ("/sign-in", "/invitation/x"):
        answer = client.get(path, headers=PAGE)
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
    services.close()
