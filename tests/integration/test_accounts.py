"""Accounts: passwords, lock-out, sessions, the first administrator, people."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select, text, update

from core.errors import NotFound
from db.rows import PasswordRow, SignInRow
from service import lockout as module
from service.access import Actor, Forbidden, Role
from service.accounts import BadName, PoorPassword, WrongSignIn
from service.bootstrap import Services, build
from service.lockout import LockedOut
from service.settings import load_settings
from service.users import digest_of
from service.workspaces import BadWorkspace
from tests.people import GOOD

OTHER = "quite another sentence"


@pytest.fixture
def services(database_url: str, tmp_path: Path) -> Iterator[Services]:
    joined = build(load_settings(database_url=database_url, data_dir=tmp_path / "data", accounts="on"))
    yield joined
    joined.close()


@pytest.fixture
def admin(services: Services) -> Actor:
    first = services.accounts.add_first()
    assert first is not None
    user = services.accounts.check(*first).user
    services.accounts.replace_one_time(user, GOOD)
    return signed_in(services, "admin", GOOD, "sid-of-the-admin")


def signed_in(services: Services, login: str, password: str, sid: str) -> Actor:
    checked = services.accounts.check(login, password)
    assert not checked.must_change
    services.accounts.sign_in(checked.user, sid, device="a test")
    found = services.users.actor_for_session(sid)
    assert found is not None
    return found


def person(services: Services, login: str, sid: str) -> Actor:
    """Somebody with an account of his own, signed in."""
    services.accounts.make(login.title(), login, GOOD)
    return signed_in(services, login, GOOD, sid)


# ---------------------------------------------------------------- the first one


def test_the_first_administrator_is_made_once_by_however_many_processes(services: Services) -> None:
    assert services.accounts.is_new()
    with ThreadPoolExecutor(8) as threads:
        made = [one for one in threads.map(lambda _: services.accounts.add_first(), range(8)) if one]
    assert len(made) == 1
    assert not services.accounts.is_new()
    login, password = made[0]
    checked = services.accounts.check(login, password)
    assert checked.must_change


def test_what_the_local_user_had_is_the_first_administrators(services: Services, database_url: str) -> None:
    without = build(services.settings.model_copy(update={"accounts": "off"}))
    before = without.users.local_actor()
    [old, _] = without.documents.add_sample_pair(before)
    without.close()
    services.accounts.add_first()
    found = services.users.actor(before.user, before.workspace)
    assert (found.name, found.is_admin) == ("Administrator", True)
    assert services.documents.get(found, old.id) == old


def test_a_one_time_password_opens_nothing_but_its_replacement(services: Services) -> None:
    first = services.accounts.add_first()
    assert first is not None
    user = services.accounts.check(*first).user
    with pytest.raises(PoorPassword):
        services.accounts.replace_one_time(user, first[1])
    services.accounts.replace_one_time(user, GOOD)
    with pytest.raises(WrongSignIn):
        services.accounts.replace_one_time(user, OTHER)
    with pytest.raises(WrongSignIn):
        services.accounts.check(*first)
    assert not services.accounts.check("Admin ", GOOD).must_change


def test_a_one_time_password_is_good_for_three_days(services: Services) -> None:
    first = services.accounts.add_first()
    assert first is not None
    with services.database.write() as session:
        session.execute(update(PasswordRow).values(one_time_until=datetime.now(UTC) - timedelta(seconds=1)))
    with pytest.raises(WrongSignIn):
        services.accounts.check(*first)


# ---------------------------------------------------------------- passwords


def test_passwords_are_kept_as_argon2id(services: Services, admin: Actor) -> None:
    with services.database.read() as session:
        [kept] = session.scalars(select(PasswordRow.hash))
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


@pytest.mark.parametrize("poor", ["", "short", "aaaaaaaaaaaaaaaa", "password12345", "christopher1", "x" * 257])
def test_poor_passwords_are_refused(services: Services, poor: str) -> None:
    with pytest.raises(PoorPassword):
        services.accounts.make("Christopher", "christopher", poor)


def test_a_password_is_the_same_from_every_keyboard(services: Services) -> None:
    services.accounts.make("Jürg", "ju\u0308rg", "vier Wo\u0308rter nebeneinander")
    assert services.accounts.check("JÜRG", "vier W\u00f6rter nebeneinander")


def test_ten_wrong_passwords_lock_a_name_for_a_quarter_of_an_hour(
    services: Services, admin: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    for login in ("admin", "nobody-of-this-name"):
        for _ in range(module.MOST_FAILURES):
            with pytest.raises(WrongSignIn):
                services.accounts.check(login, "wrong")
        with pytest.raises(LockedOut):
            services.accounts.check(login, GOOD)
    with services.database.write() as session:
        session.execute(text("UPDATE sign_in_failures SET locked_until = now() - interval '1 second'"))
    assert services.accounts.check("admin", GOOD)
    with services.database.write() as session:  # by a clock that was a day ahead
        session.execute(text("UPDATE sign_in_failures SET locked_until = now() + interval '1 day'"))
    assert services.accounts.check("admin", GOOD)
    actions = [entry.action for entry in services.audit.list(admin, whole_server=True)[0]]
    assert actions.count("sign_in.locked") == 2 and actions.count("sign_in.refused") == 20


def test_guesses_side_by_side_are_no_more_than_one_after_another(services: Services, admin: Actor) -> None:
    def guess(_: int) -> type[Exception] | None:
        try:
            services.accounts.check("admin", "wrong")
        except (WrongSignIn, LockedOut) as error:
            return type(error)
        return None

    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(guess, range(24)))
    assert (answers.count(WrongSignIn), answers.count(LockedOut)) == (module.MOST_FAILURES, 14)


def test_wrong_passwords_of_long_ago_do_not_count(services: Services, admin: Actor) -> None:
    for _ in range(module.MOST_FAILURES - 1):
        with pytest.raises(WrongSignIn):
            services.accounts.check("admin", "wrong")
    with services.database.write() as session:
        session.execute(text("UPDATE sign_in_failures SET since = now() - interval '16 minutes'"))
    for _ in range(module.MOST_FAILURES - 1):
        with pytest.raises(WrongSignIn):
            services.accounts.check("admin", "wrong")
    assert services.accounts.check("admin", GOOD)


def test_a_reset_unlocks_ends_sessions_and_gives_a_one_time_password(services: Services, admin: Actor) -> None:
    ada = person(services, "ada", "sid-of-ada")
    for _ in range(module.MOST_FAILURES):
        with pytest.raises(WrongSignIn):
            services.accounts.check("ada", "wrong")
    password = services.accounts.reset(admin, ada.user_id)
    assert services.users.actor_for_session("sid-of-ada") is None
    assert services.accounts.check("ada", password).must_change
    with pytest.raises(Forbidden):
        services.accounts.reset(ada, admin.user_id)


def test_a_changed_password_ends_the_other_sessions(services: Services, admin: Actor) -> None:
    signed_in(services, "admin", GOOD, "another-sid")
    with pytest.raises(WrongSignIn):
        services.accounts.change_password(admin, OTHER, OTHER)
    with pytest.raises(PoorPassword):
        services.accounts.change_password(admin, GOOD, "short")
    services.accounts.change_password(admin, GOOD, OTHER, sid="another-sid")
    assert services.users.actor_for_session("sid-of-the-admin") is None
    assert services.users.actor_for_session("another-sid") is not None
    assert services.accounts.check("admin", OTHER)


# ---------------------------------------------------------------- sessions


def test_a_session_is_known_by_its_digest_only(services: Services, admin: Actor) -> None:
    with services.database.read(user=admin.user) as session:
        [digest] = session.scalars(select(SignInRow.digest))
    assert digest == digest_of("sid-of-the-admin")
    with services.database.read() as session:
        assert session.scalars(select(SignInRow)).all() == []


@pytest.mark.parametrize(("column", "hours"), [("seen_at", 8), ("created_at", 24)])
def test_a_session_ends_without_use_and_at_an_age(services: Services, admin: Actor, column: str, hours: int) -> None:
    def put_back(minutes: int) -> None:
        past = datetime.now(UTC) - timedelta(hours=hours, minutes=minutes)
        with services.database.write(user=admin.user) as session:
            session.execute(update(SignInRow).values({column: past}))

    put_back(-1)
    assert services.users.actor_for_session("sid-of-the-admin") is not None
    put_back(1)
    assert services.users.actor_for_session("sid-of-the-admin") is None
    assert services.accounts.list_sessions(admin) == []


def test_use_keeps_a_session_alive(services: Services, admin: Actor) -> None:
    past = datetime.now(UTC) - timedelta(hours=7)
    with services.database.write(user=admin.user) as session:
        session.execute(update(SignInRow).values(seen_at=past))
    services.users.actor_for_session("sid-of-the-admin")
    [mine] = services.accounts.list_sessions(admin, sid="sid-of-the-admin")
    assert mine.is_this and datetime.now(UTC) - mine.seen_at < timedelta(minutes=1)


def test_sessions_are_listed_and_ended(services: Services, admin: Actor) -> None:
    agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36"
    services.accounts.sign_in(admin.user, "second", device=agent)
    services.accounts.sign_in(admin.user, "third", device="curl/8")
    listed = services.accounts.list_sessions(admin, sid="second")
    assert [(view.device, view.is_this) for view in listed] == [
        ("curl/8", False),
        ("Chrome on Linux", True),
        ("a test", False),
    ]
    services.accounts.end_session(admin, listed[0].id)
    assert services.users.actor_for_session("third") is None
    assert services.accounts.sign_out_everywhere(admin, but="second") == 1
    assert services.users.actor_for_session("second") is not None
    services.accounts.sign_out("second")
    assert services.users.actor_for_session("second") is None


def test_nobody_ends_the_session_of_another(services: Services, admin: Actor) -> None:
    ada = person(services, "ada", "sid-of-ada")
    [theirs] = services.accounts.list_sessions(admin)
    with pytest.raises(NotFound):
        services.accounts.end_session(ada, theirs.id)


def test_a_sign_in_forgets_what_the_browser_had_before(services: Services, admin: Actor) -> None:
    services.sessions.save("before", {"pdfc": {"old": "something"}})
    services.accounts.sign_in(admin.user, "after", device="", before="before")
    assert services.sessions.load("before") == {}


def test_a_session_id_that_signed_in_nowhere_is_nobody(services: Services, admin: Actor) -> None:
    assert services.users.actor_for_session("made-up") is None
    services.sessions.save("made-up", {"user_id": admin.user_id, "workspace_id": admin.workspace_id})
    assert services.users.actor_for_session("made-up") is None


# ---------------------------------------------------------------- people


def test_an_administrator_adds_people_and_closes_accounts(services: Services, admin: Actor) -> None:
    made, password = services.accounts.add(admin, "Grace  Hopper\n", "Grace@Example.org")
    assert (made.name, made.login, made.waits) == ("Grace Hopper", "grace@example.org", True)
    services.accounts.replace_one_time(services.accounts.check(made.login, password).user, GOOD)
    grace = signed_in(services, made.login, GOOD, "sid-of-grace")
    assert grace.workspace_name == "Grace Hopper: own documents"
    with pytest.raises(Forbidden):
        services.accounts.list(grace)
    services.accounts.change(admin, made.id, is_disabled=True)
    assert services.users.actor_for_session("sid-of-grace") is None
    with pytest.raises(WrongSignIn):
        services.accounts.check(made.login, GOOD)
    services.accounts.change(admin, made.id, is_disabled=False)
    assert services.accounts.check(made.login, GOOD)


@pytest.mark.parametrize("login", ["x", "two words", "a\u202eb", "<script>", ""])
def test_login_names_are_plain(services: Services, admin: Actor, login: str) -> None:
    with pytest.raises(BadName):
        services.accounts.add(admin, "Somebody", login)


def test_a_login_name_is_given_once(services: Services, admin: Actor) -> None:
    with pytest.raises(BadName, match="taken"):
        services.accounts.make("Another", "ADMIN", GOOD)


def test_the_last_administrator_stays(services: Services, admin: Actor) -> None:
    for change in ({"is_admin": False}, {"is_disabled": True}):
        with pytest.raises(BadName, match="last administrator"):
            services.accounts.change(admin, admin.user_id, **change)
    ada = person(services, "ada", "sid-of-ada")
    services.accounts.change(admin, ada.user_id, is_admin=True)
    services.accounts.change(admin, admin.user_id, is_admin=False)
    assert services.users.actor_for_session("sid-of-the-admin") is None


# ---------------------------------------------------------------- workspaces


def test_an_invitation_is_taken_once_and_says_what_it_is(services: Services, admin: Actor) -> None:
    made, secret = services.workspaces.invite(admin, "Ada of the contracts team", Role.EDITOR)
    assert services.workspaces.invitation(secret) == made
    ada, eve = person(services, "ada", "sid-of-ada"), person(services, "eve", "sid-of-eve")
    assert services.workspaces.accept(secret, ada.user).id == admin.workspace_id
    with pytest.raises(NotFound):
        services.workspaces.accept(secret, eve.user)
    with pytest.raises(NotFound):
        services.users.actor(eve.user, admin.workspace)
    assert services.users.actor(ada.user, admin.workspace).roles == {"editor"}
    assert [member.login for member in services.workspaces.members(admin)] == ["ada", "admin"]
    assert [view.role for view in services.workspaces.list(ada)] == [Role.OWNER, Role.EDITOR]


def test_an_invitation_grows_old_and_is_withdrawn(services: Services, admin: Actor) -> None:
    ada = person(services, "ada", "sid-of-ada")
    made, secret = services.workspaces.invite(admin, "Ada", Role.VIEWER)
    services.workspaces.withdraw(admin, made.id)
    _, old = services.workspaces.invite(admin, "Ada", Role.VIEWER)
    with services.database.write(admin.workspace) as session:
        session.execute(text("UPDATE invitations SET expires_at = now() - interval '1 second'"))
    for gone in (secret, old, "never-made"):
        with pytest.raises(NotFound, match="no longer good"):
            services.workspaces.accept(gone, ada.user)
    with pytest.raises(NotFound):
        services.workspaces.withdraw(ada, made.id)


def test_roles_change_at_once_and_an_owner_stays(services: Services, admin: Actor) -> None:
    ada = person(services, "ada", "sid-of-ada")
    _, secret = services.workspaces.invite(admin, "Ada", Role.VIEWER)
    services.workspaces.accept(secret, ada.user)
    services.accounts.choose_workspace("sid-of-ada", admin.workspace_id)
    there = services.users.actor_for_session("sid-of-ada")
    assert there is not None and there.workspace_id == admin.workspace_id
    for forbidden in (
        lambda: services.workspaces.set_role(there, ada.user_id, Role.OWNER),
        lambda: services.workspaces.remove(there, admin.user_id),
        lambda: services.workspaces.invite(there, "Eve", Role.OWNER),
        lambda: services.workspaces.rename(there, "Mine"),
        lambda: services.audit.list(there),
        lambda: services.audit.list(there, whole_server=True),
        lambda: services.documents.add_sample_pair(there),
    ):
        with pytest.raises(Forbidden):
            forbidden()
    with pytest.raises(BadWorkspace):
        services.workspaces.set_role(admin, admin.user_id, Role.EDITOR)
    with pytest.raises(BadWorkspace):
        services.workspaces.remove(admin, admin.user_id)
    services.workspaces.set_role(admin, ada.user_id, Role.OWNER)
    services.workspaces.remove(admin, admin.user_id)
    assert services.users.actor_for_session("sid-of-the-admin") is None  # it was his only one


def test_who_was_taken_out_is_in_his_own_workspace_again(services: Services, admin: Actor) -> None:
    ada = person(services, "ada", "sid-of-ada")
    _, secret = services.workspaces.invite(admin, "Ada", Role.EDITOR)
    services.workspaces.accept(secret, ada.user)
    services.accounts.choose_workspace("sid-of-ada", admin.workspace_id)
    services.workspaces.remove(admin, ada.user_id)
    now = services.users.actor_for_session("sid-of-ada")
    assert now is not None and now.workspace_id == ada.workspace_id
    with pytest.raises(NotFound):
        services.accounts.choose_workspace("sid-of-ada", admin.workspace_id)


# ---------------------------------------------------------------- the log


def test_the_log_cannot_be_changed_even_by_a_slip_of_ours(services: Services, admin: Actor) -> None:
    services.workspaces.rename(admin, "Contracts")
    for statement in ("UPDATE audit SET action = 'x'", "DELETE FROM audit", "TRUNCATE audit"):
        with pytest.raises(Exception, match="permission denied"), services.database.write(admin.workspace) as session:
            session.execute(text(statement))


def test_the_log_of_a_workspace_is_its_owners(services: Services, admin: Actor) -> None:
    ada = person(services, "ada", "sid-of-ada")
    services.workspaces.rename(ada, "Hers")
    services.workspaces.rename(admin, "His")
    assert [entry.user for entry in services.audit.list(ada)[0]] == [ada.user_id]
    seen = {entry.action for entry in services.audit.list(admin, whole_server=True)[0]}
    assert {"signed_in", "user.added", "workspace.changed", "password.changed"} <= seen
    told = "".join(services.audit.export(admin, whole_server=True, actions=["workspace."]))
    assert told.count("workspace.changed") == 2 and "Ada" in told and "signed_in" not in told


def test_a_spreadsheet_takes_no_name_for_a_formula(services: Services, admin: Actor) -> None:
    made, _ = services.accounts.add(admin, "=cmd|' /C calc'!A0", "mallory")
    services.accounts.change(admin, made.id, is_admin=True)
    home = services.users.home_of(UUID(made.id))
    assert home is not None
    mallory = services.users.actor(UUID(made.id), home)
    services.workspaces.rename(mallory, "x")
    assert "'=cmd" in "".join(services.audit.export(mallory))
