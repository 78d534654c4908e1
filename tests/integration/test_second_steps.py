"""Codes of an authenticator: set up, asked for, good once, lost, required."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyotp
import pytest
from sqlalchemy import text
from starlette.applications import Starlette

from api.sessions import SessionCookies
from service.access import Forbidden
from service.bootstrap import Services, build
from service.lockout import LockedOut
from service.second_steps import RECOVERY_CODES, STEP_SECONDS, SecondSteps, WrongCode
from service.settings import load_settings
from tests.people import GOOD, fill, hidden, inside, member_of_own, ready, visitor
from ui import server as web


@pytest.fixture
def services(database_url: str, tmp_path: Path) -> Iterator[Services]:
    built = build(load_settings(database_url=database_url, data_dir=tmp_path / "data", accounts="on"))
    yield built
    built.close()


@pytest.fixture
def app(services: Services) -> Starlette:
    return made(services)


def made(services: Services) -> Starlette:
    cookies = SessionCookies(services.secret)
    return Starlette(routes=web.routes(services, cookies), middleware=web.middleware(services, cookies))


def code_of(secret: str, steps: int = 0) -> str:
    return str(pyotp.TOTP(secret.replace(" ", "")).at(time.time() + steps * STEP_SECONDS))


def test_a_clock_that_was_a_day_ahead_locks_nobody_out(services: Services) -> None:
    ada = member_of_own(services, "ada")
    tomorrow = SecondSteps(services.settings, services.database, services.secret, clock=lambda: time.time() + 86_400)
    setup = tomorrow.begin(ada)
    tomorrow.confirm(ada, code_of(setup.secret, 86_400 // STEP_SECONDS))
    code = code_of(setup.secret)
    services.second_steps.check(ada.user, code)
    with pytest.raises(WrongCode):
        services.second_steps.check(ada.user, code)


def test_a_second_step_is_asked_for_after_the_password(services: Services, app: Starlette) -> None:
    ada = member_of_own(services, "ada")
    steps = services.second_steps
    setup = steps.begin(ada)
    assert "<svg" in setup.svg and "script" not in setup.svg
    assert inside(app, "ada")  # not asked for before it is confirmed
    with pytest.raises(WrongCode):
        steps.confirm(ada, "000000" if code_of(setup.secret) != "000000" else "111111")
    codes = steps.confirm(ada, code_of(setup.secret, -1))
    assert len(set(codes)) == RECOVERY_CODES and steps.mine(ada) == (True, RECOVERY_CODES)

    client = visitor(app)
    asked = fill(client, "/sign-in?next=/library", login="ada", password=GOOD)
    assert asked.status_code == 200 and "Second step" in asked.text
    assert client.get("/api/v1/session").status_code == 401
    form = hidden(asked.text)
    code = code_of(setup.secret)
    for wrong in (code_of(setup.secret, -1), code_of(setup.secret, 5), "", "abcdef", "１２３４５６"):
        assert client.post("/second-step", data={**form, "code": wrong}).status_code == 401
    thief = visitor(app)
    own = hidden(fill(thief, "/sign-in", login="eve", password="x").text)
    assert thief.post("/second-step", data={**form, "csrf": own["csrf"], "code": code}).status_code == 403
    done = client.post("/second-step", data={**form, "code": f" {code[:3]} {code[3:]} "})
    assert (done.status_code, done.headers["location"]) == (303, "/library")
    assert ready(client).get("/api/v1/session").json()["actor"]["name"] == "Ada"

    again = visitor(app)
    form = hidden(fill(again, "/sign-in", login="ada", password=GOOD).text)
    assert again.post("/second-step", data={**form, "code": code}).status_code == 401  # was used
    assert again.post("/second-step", data={**form, "code": codes[0].upper()}).status_code == 303
    once = visitor(app)
    form = hidden(fill(once, "/sign-in", login="ada", password=GOOD).text)
    assert once.post("/second-step", data={**form, "code": codes[0]}).status_code == 401
    assert steps.mine(ada) == (True, RECOVERY_CODES - 1)


def test_the_same_code_twice_at_once_is_good_once(services: Services) -> None:
    from concurrent.futures import ThreadPoolExecutor

    ada = member_of_own(services, "ada")
    setup = services.second_steps.begin(ada)
    services.second_steps.confirm(ada, code_of(setup.secret, -1))
    code = code_of(setup.secret)

    def tried(_: int) -> bool:
        try:
            services.second_steps.check(ada.user, code)
        except WrongCode:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(tried, range(4))) == 1


def test_guessing_codes_is_stopped(services: Services) -> None:
    ada = member_of_own(services, "ada")
    setup = services.second_steps.begin(ada)
    services.second_steps.confirm(ada, code_of(setup.secret, -1))
    for _ in range(10):
        with pytest.raises(WrongCode):
            services.second_steps.check(ada.user, "not one")
    with pytest.raises(LockedOut):
        services.second_steps.check(ada.user, code_of(setup.secret))


def test_secrets_are_not_readable_in_the_database(services: Services) -> None:
    ada = member_of_own(services, "ada")
    setup = services.second_steps.begin(ada)
    codes = services.second_steps.confirm(ada, code_of(setup.secret))
    with services.database.read(user=ada.user) as session:
        kept = str(session.execute(text("SELECT * FROM second_steps")).all())
        kept += str(session.execute(text("SELECT * FROM recovery_codes")).all())
    assert setup.secret.replace(" ", "") not in kept
    assert not any(code in kept or code.replace("-", "") in kept for code in codes)
    other = SecondSteps(services.settings, services.database, "another secret of the server")
    with pytest.raises(WrongCode):  # never a crash, never a way in
        other.check(ada.user, code_of(setup.secret, 1))


def test_it_is_turned_off_with_a_code_and_reset_by_an_administrator(services: Services, app: Starlette) -> None:
    ada, eve = member_of_own(services, "ada"), member_of_own(services, "eve")
    setup = services.second_steps.begin(ada)
    services.second_steps.confirm(ada, code_of(setup.secret, -1))
    with pytest.raises(WrongCode):
        services.second_steps.turn_off(ada, "")
    with pytest.raises(Forbidden):
        services.second_steps.begin(ada)
    services.second_steps.turn_off(ada, code_of(setup.secret))
    assert services.second_steps.mine(ada) == (False, 0)
    setup = services.second_steps.begin(ada)
    services.second_steps.confirm(ada, code_of(setup.secret))
    with pytest.raises(Forbidden):
        services.second_steps.reset(eve, ada.user_id)
    admin = services.users.operator_of(eve.workspace)
    assert services.second_steps.of_all(admin) == {ada.user_id}
    services.second_steps.reset(admin, ada.user_id)
    assert inside(app, "ada")


def test_who_must_have_one_sets_it_up_on_the_way_in(database_url: str, tmp_path: Path) -> None:
    settings: dict[str, Any] = {"database_url": database_url, "data_dir": tmp_path, "accounts": "on"}
    services = build(load_settings(**settings, second_step="required"))
    app = made(services)
    ada = member_of_own(services, "ada")
    client = visitor(app)
    page = fill(client, "/sign-in?next=/jobs", login="ada", password=GOOD)
    assert page.status_code == 200 and "Set up a second step" in page.text and "data:image/svg+xml" in page.text
    assert client.get("/api/v1/session").status_code == 401
    secret = re.findall(r'<pre class="codes">([A-Z2-7 ]+)</pre>', page.text)[0]
    form = hidden(page.text)
    wrong = client.post("/authenticator", data={**form, "code": "x"})
    assert wrong.status_code == 401 and secret in wrong.text  # the same secret: the phone has it already
    done = client.post("/authenticator", data={**hidden(wrong.text), "code": code_of(secret)})
    assert done.status_code == 200 and "recovery codes" in done.text and 'href="/jobs"' in done.text
    assert client.get("/api/v1/session").json()["actor"]["name"] == "Ada"
    with pytest.raises(Forbidden, match="required"):
        services.second_steps.turn_off(ada, code_of(secret, 1))
    services.close()
    services = build(load_settings(**settings, second_step="administrators"))
    assert inside(made(services), "eve") if member_of_own(services, "eve") else None
    with services.database.write() as session:
        session.execute(text("UPDATE users SET is_admin = true WHERE login = 'eve'"))
    assert "Set up a second step" in fill(visitor(made(services)), "/sign-in", login="eve", password=GOOD).text
    services.close()
