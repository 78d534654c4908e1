"""Accounts: signing in with a password, sessions, people and their passwords.

A password is kept as argon2id. A one-time password (of the first administrator, or after a reset) opens nothing but
its own replacement. A session is kept by the digest of its id; it ends without use, at an age, or when it is revoked.
"""

from __future__ import annotations

import secrets
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.errors import InputError, NotFound, PdfCompareError
from db.database import Database, one_at_a_time
from db.rows import MembershipRow, PasswordRow, SignInRow, UserRow, WorkspaceRow
from service import audit, lockout, passwords
from service.access import Actor, Role
from service.sessions import Sessions
from service.users import Users, digest_of
from service.views import as_uuid, iso

ONE_TIME_HOURS = 72
LEAST_PASSWORD, MOST_PASSWORD = 12, passwords.MOST_CHARACTERS
FIRST_LOGIN = "admin"
MOST_LISTED = 500
_NAME_CHARACTERS = 80
_LOGIN_CHARACTERS = 120
_DEVICE_CHARACTERS = 120
_POOR = ("password", "passwort", "qwerty", "letmein", "admin", "pdfcompare", "pdf-compare", "welcome", "123456")


class WrongSignIn(PdfCompareError):
    """The name or the password is wrong."""

    code = "wrong_sign_in"
    remedy = "Try again, or ask an administrator for a new password."


class PoorPassword(InputError):
    """The password is too easy to guess."""

    code = "poor_password"
    remedy = f"Choose at least {LEAST_PASSWORD} characters, such as four words that nobody would put together."


class BadName(InputError):
    """The name cannot be used."""

    code = "bad_name"
    remedy = "Choose another one."


@dataclass(frozen=True, slots=True)
class Person:
    """An account, as administrators see it.

    Attributes:
        waits: He has a one-time password that he has not replaced yet.
    """

    id: str
    name: str
    login: str
    is_admin: bool
    is_disabled: bool
    waits: bool
    created_at: datetime

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "name": self.name,
            "login": self.login,
            "is_admin": self.is_admin,
            "is_disabled": self.is_disabled,
            "waits": self.waits,
            "created_at": iso(self.created_at),
        }


@dataclass(frozen=True, slots=True)
class SessionView:
    """A browser that is signed in."""

    id: str
    device: str
    created_at: datetime
    seen_at: datetime
    ends_at: datetime
    is_this: bool

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "device": self.device,
            "created_at": iso(self.created_at),
            "seen_at": iso(self.seen_at),
            "ends_at": iso(self.ends_at),
            "is_this": self.is_this,
        }


@dataclass(frozen=True, slots=True)
class Checked:
    """A name and password that fit: whose, and whether the password must be replaced before anything else."""

    user: UUID
    must_change: bool


class Accounts:
    """Use cases of accounts."""

    def __init__(self, database: Database, users: Users, sessions: Sessions) -> None:
        self._database = database
        self._users = users
        self._sessions = sessions

    # ---- signing in

    def check(self, login: str, password: str) -> Checked:
        """Whether a password is that of a login name. Names that do not exist take as long and count alike.

        Raises:
            WrongSignIn: It is not, or a one-time password is too old, or the account is closed.
            LockedOut: Too many were wrong; then the right one is not accepted either.
        """
        login = clean_login(login)
        digest = digest_of(login)
        is_last = lockout.count_try(self._database, digest)
        with self._database.read(from_primary=True) as session:
            found = session.execute(
                select(UserRow.id, UserRow.disabled_at, PasswordRow.hash, PasswordRow.one_time_until)
                .join(PasswordRow, PasswordRow.user_id == UserRow.id)
                .where(UserRow.login == login)
            ).one_or_none()
        right = passwords.fits(found.hash if found else _nobodys_hash(), password) and found is not None
        if not right or found is None or found.disabled_at is not None or _is_over(found.one_time_until):
            with self._database.write() as session:
                audit.note_of(session, "sign_in.refused", user=found.id if found else None)
                if is_last:
                    audit.note_of(session, "sign_in.locked", user=found.id if found else None)
            raise WrongSignIn()
        if passwords.is_outdated(found.hash):
            with self._database.write() as session:
                kept = (
                    update(PasswordRow).where(PasswordRow.user_id == found.id).values(hash=passwords.hashed(password))
                )
                session.execute(kept)
        with self._database.write() as session:
            lockout.forgive(session, digest)
        return Checked(found.id, must_change=found.one_time_until is not None)

    def sign_in(self, user: UUID, sid: str, *, device: str, before: str | None = None, by: str = "password") -> None:
        """Begin a session under a fresh id.

        Args:
            user: Who was checked.
            sid: The new session id; never one that was known before.
            device: What his browser calls itself, to be recognised in his list.
            before: The session id that the browser had until now; what it held is forgotten.
            by: How he was checked, for the log: password, code or provider.
        """
        if before is not None:
            self._sessions.forget(before)
        with self._database.write(user=user) as session:
            rows = session.scalars(select(SignInRow).where(SignInRow.user_id == user)).all()
            for row in rows:
                if _is_over(self._users.end_of(row)):
                    session.delete(row)
            session.flush()
            values = {
                "id": uuid4(),
                "digest": digest_of(sid),
                "user_id": user,
                "chosen_workspace": max(rows, key=lambda row: row.seen_at).chosen_workspace if rows else None,
                "device": _device(device),
            }
            session.execute(insert(SignInRow).values(values))
            audit.note_of(session, "signed_in", user=user, by=by)

    def sign_out(self, sid: str) -> None:
        """End a session; harmless when it has ended."""
        self._sessions.forget(sid)
        found = self._users.sign_in_of(sid)
        if found is not None:
            with self._database.write(user=found.user) as session:
                session.execute(delete(SignInRow).where(SignInRow.id == found.id))
                audit.note_of(session, "signed_out", user=found.user)

    def list_sessions(self, actor: Actor, *, sid: str | None = None) -> list[SessionView]:
        """The actor's own sessions, the one in use last first; `sid` is the one that asks."""
        mine = None if sid is None else digest_of(sid)
        with self._database.read(user=actor.user, from_primary=True) as session:
            rows = session.scalars(
                select(SignInRow).where(SignInRow.user_id == actor.user).order_by(SignInRow.seen_at.desc())
            ).all()
        views = [
            SessionView(
                id=str(row.id),
                device=row.device,
                created_at=row.created_at,
                seen_at=row.seen_at,
                ends_at=self._users.end_of(row),
                is_this=row.digest == mine,
            )
            for row in rows
        ]
        return [view for view in views if not _is_over(view.ends_at)]

    def end_session(self, actor: Actor, session_id: str) -> None:
        """End one of the actor's own sessions, wherever it is; `NotFound`, `Forbidden` for programs."""
        actor.require_person()
        with self._database.write(user=actor.user) as session:
            gone = session.scalars(
                delete(SignInRow)
                .where(SignInRow.id == as_uuid(session_id), SignInRow.user_id == actor.user)
                .returning(SignInRow.id)
            ).all()
            if not gone:
                raise NotFound()
            audit.note_of(session, "session.ended", user=actor.user, via=actor.via)

    def sign_out_everywhere(self, actor: Actor, *, but: str | None = None) -> int:
        """End all sessions of the actor, except that of the session id `but`; how many. `Forbidden` for programs."""
        actor.require_person()
        with self._database.write(user=actor.user) as session:
            count = _end_sessions(session, actor.user, but=None if but is None else digest_of(but))
            audit.note_of(session, "session.ended", user=actor.user, via=actor.via, sessions=count)
        return count

    def choose_workspace(self, sid: str, workspace_id: str) -> None:
        """Work in another workspace from now on; `NotFound` when the user is no member of it."""
        found = self._users.sign_in_of(sid)
        if found is None:
            raise NotFound()
        actor = self._users.actor(found.user, as_uuid(workspace_id))
        with self._database.write(user=found.user) as session:
            chosen = update(SignInRow).where(SignInRow.id == found.id).values(chosen_workspace=actor.workspace)
            session.execute(chosen)

    # ---- passwords

    def replace_one_time(self, user: UUID, password: str) -> None:
        """Put an own password in place of a one-time password that `check` accepted a moment ago.

        Raises:
            PoorPassword: It is too easy to guess.
            WrongSignIn: The one-time password was replaced already.
        """
        with self._database.write(user=user) as session:
            row = session.get(PasswordRow, user, with_for_update=True)
            if row is None or row.one_time_until is None or _is_over(row.one_time_until):
                raise WrongSignIn("This one-time password was used already, or is too old.")
            if passwords.fits(row.hash, password):
                raise PoorPassword("It is the one-time password itself.")
            _set_password(session, user, password)
            audit.note_of(session, "password.changed", user=user)

    def change_password(self, actor: Actor, now: str, wanted: str, *, sid: str | None = None) -> None:
        """Replace the actor's own password, and end all his sessions but that of `sid`.

        Raises:
            WrongSignIn: `now` is not his password.
            LockedOut: That happened too often.
            PoorPassword: The wanted one is too easy to guess.
        """
        with self._database.read(from_primary=True) as session:
            login = session.scalar(select(UserRow.login).where(UserRow.id == actor.user))
        if login is None:
            raise NotFound()
        try:
            self.check(login, now)
        except WrongSignIn as error:
            raise WrongSignIn("The present password is wrong.", remedy="Type it again.") from error
        with self._database.write(user=actor.user) as session:
            _set_password(session, actor.user, wanted)
            _end_sessions(session, actor.user, but=None if sid is None else digest_of(sid))
            audit.note_of(session, "password.changed", user=actor.user, via=actor.via)

    # ---- people

    def is_new(self) -> bool:
        """Whether nobody can sign in yet."""
        with self._database.read(from_primary=True) as session:
            return session.scalar(select(UserRow.id).where(UserRow.login.is_not(None)).limit(1)) is None

    def add_first(self) -> tuple[str, str] | None:
        """Make the local user the first administrator: his login name and one-time password; None when there is one.

        What he has kept without accounts stays his.
        """
        user = self._users.local_user()
        with self._database.write(user=user) as session:
            one_at_a_time(session, "pdf-compare local user")
            if session.scalar(select(UserRow.id).where(UserRow.login.is_not(None)).limit(1)) is not None:
                return None
            named = update(UserRow).where(UserRow.id == user).values(login=FIRST_LOGIN, name="Administrator")
            session.execute(named)
            password = _set_one_time(session, user)
            audit.note_of(session, "user.added", user=None, via="console", subject=user, admin=True)
        return FIRST_LOGIN, password

    def add(self, actor: Actor, name: str, login: str, *, is_admin: bool = False) -> tuple[Person, str]:
        """Add a person with a workspace of his own: his account and a one-time password.

        Raises:
            Forbidden: The actor is no administrator.
            BadName: The login name is taken, or cannot be used.
        """
        actor.require_admin()
        user = self.make(name, login, None, by=actor, is_admin=is_admin)
        with self._database.write(user=user) as session:
            password = _set_one_time(session, user)
        return self.get(actor, str(user)), password

    def make(
        self, name: str, login: str, password: str | None, *, by: Actor | None = None, is_admin: bool = False
    ) -> UUID:
        """A new account with a workspace of its own; for invitations too, which bring their own right to do so.

        Raises:
            BadName: The login name is taken, or cannot be used.
            PoorPassword: The password is too easy to guess.
        """
        name, login = clean_person_name(name), checked_login(login)
        user, workspace = uuid4(), uuid4()
        if password is not None:
            _refuse_poor(password, login)
        with self._database.write(workspace, user=user) as session:
            made = session.scalar(
                insert(UserRow)
                .values(id=user, name=name, login=login, is_local=False, is_admin=is_admin)
                .on_conflict_do_nothing()
                .returning(UserRow.id)
            )
            if made is None:
                raise BadName(f"The login name {login} is taken.")
            session.execute(insert(WorkspaceRow).values(id=workspace, name=f"{name[:60]}: own documents"))
            own = {"workspace_id": workspace, "user_id": user, "role": Role.OWNER.value}
            session.execute(insert(MembershipRow).values(own))
            if password is not None:
                _set_password(session, user, password)
            audit.note_of(
                session,
                "user.added",
                user=by.user if by else user,
                via=by.via if by else "web",
                subject=user,
                admin=is_admin,
            )
        return user

    def list(self, actor: Actor) -> list[Person]:
        """All people with an account, by name; `Forbidden`."""
        actor.require_admin()
        with self._database.read(from_primary=True) as session:
            rows = session.execute(_people().order_by(func.lower(UserRow.name), UserRow.id).limit(MOST_LISTED)).all()
        return [_person(row) for row in rows]

    def get(self, actor: Actor, user_id: str) -> Person:
        """One person; `Forbidden`, `NotFound`."""
        actor.require_admin()
        with self._database.read(from_primary=True) as session:
            row = session.execute(_people().where(UserRow.id == as_uuid(user_id))).one_or_none()
        if row is None:
            raise NotFound()
        return _person(row)

    def reset(self, actor: Actor, user_id: str) -> str:
        """Give a person a one-time password in place of his own, and end his sessions; it is told this once only."""
        person = self.get(actor, user_id)
        user = UUID(person.id)
        with self._database.write(user=user) as session:
            password = _set_one_time(session, user)
            _end_sessions(session, user)
            lockout.forgive(session, digest_of(person.login))
            audit.note_of(session, "password.reset", user=actor.user, via=actor.via, subject=user)
        return password

    def change(
        self, actor: Actor, user_id: str, *, is_admin: bool | None = None, is_disabled: bool | None = None
    ) -> Person:
        """Make somebody an administrator or not, close his account or open it again.

        Raises:
            Forbidden: The actor is no administrator.
            BadName: It would leave the server without an administrator.
        """
        person = self.get(actor, user_id)
        user = UUID(person.id)
        with self._database.write(user=user) as session:
            one_at_a_time(session, "pdf-compare administrators")
            values: dict[str, Any] = {}
            if is_admin is not None:
                values["is_admin"] = is_admin
            if is_disabled is not None:
                values["disabled_at"] = func.clock_timestamp() if is_disabled else None
            if values:
                session.execute(update(UserRow).where(UserRow.id == user).values(values))
            others = select(func.count()).where(
                UserRow.is_admin, UserRow.disabled_at.is_(None), UserRow.login.is_not(None)
            )
            if not session.scalar(others):
                raise BadName(
                    "This is the last administrator.", remedy="Make somebody else an administrator before this."
                )
            if is_disabled or is_admin is False:
                _end_sessions(session, user)
            audit.note_of(
                session,
                "user.changed",
                user=actor.user,
                via=actor.via,
                subject=user,
                admin=is_admin,
                closed=is_disabled,
            )
        return self.get(actor, user_id)


def clean_login(login: str) -> str:
    """A login name as it is compared: without case, and in one form where letters have several."""
    return unicodedata.normalize("NFKC", login).strip().casefold()[:_LOGIN_CHARACTERS]


def checked_login(login: str) -> str:
    """A login name that can be given; `BadName`."""
    cleaned = clean_login(login)
    if len(cleaned) < 2 or not all(c.isalnum() or c in "._-@+" for c in cleaned):
        raise BadName(
            "A login name has at least two letters or digits, and of signs only . _ - @ +",
            remedy="An address such as ada@example.org is a good one.",
        )
    return cleaned


def clean_person_name(name: str) -> str:
    """A person's name that can be shown on one line; `BadName` when nothing is left."""
    kept = " ".join("".join(c if c.isprintable() else " " for c in unicodedata.normalize("NFC", name)).split())
    if not kept:
        raise BadName("A person needs a name.", remedy="Give one.")
    return kept[:_NAME_CHARACTERS]


def _people() -> Any:
    return select(UserRow, PasswordRow.one_time_until).outerjoin(PasswordRow).where(UserRow.login.is_not(None))


def _person(row: Any) -> Person:
    user, one_time_until = row
    return Person(
        id=str(user.id),
        name=user.name,
        login=user.login,
        is_admin=user.is_admin,
        is_disabled=user.disabled_at is not None,
        waits=one_time_until is not None,
        created_at=user.created_at,
    )


def _end_sessions(session: Session, user: UUID, *, but: str | None = None) -> int:
    ended = delete(SignInRow).where(SignInRow.user_id == user).returning(SignInRow.id)
    if but is not None:
        ended = ended.where(SignInRow.digest != but)
    return len(session.scalars(ended).all())


def _set_password(session: Session, user: UUID, password: str) -> None:
    login = session.scalar(select(UserRow.login).where(UserRow.id == user))
    _refuse_poor(password, login or "")
    _keep(session, user, {"hash": passwords.hashed(password), "one_time_until": None})


def _set_one_time(session: Session, user: UUID) -> str:
    password = "-".join(secrets.token_hex(2) for _ in range(5))  # 80 bits, easy to read out
    until = datetime.now(UTC) + timedelta(hours=ONE_TIME_HOURS)
    _keep(session, user, {"hash": passwords.hashed(password), "one_time_until": until})
    return password


def _keep(session: Session, user: UUID, values: dict[str, Any]) -> None:
    values = {**values, "changed_at": datetime.now(UTC)}
    session.execute(
        insert(PasswordRow)
        .values(user_id=user, **values)
        .on_conflict_do_update(index_elements=["user_id"], set_=values)
    )


def _refuse_poor(password: str, login: str) -> None:
    if len(password) > MOST_PASSWORD:
        raise PoorPassword(f"The password is longer than {MOST_PASSWORD} characters.", remedy="Choose a shorter one.")
    told, name = password.casefold(), login.partition("@")[0]
    if len(password) < LEAST_PASSWORD or len(set(told)) < 5:
        raise PoorPassword()
    rest = told
    for known in (*_POOR, *([name] if len(name) > 3 else [])):
        rest = rest.replace(known, "")
    if len(rest) < LEAST_PASSWORD - 4 and rest != told:
        raise PoorPassword("The password is built on a well known word or on the login name.")


_nobody: list[str] = []


def _nobodys_hash() -> str:
    """A hash that no password fits, made at first use: whether a name exists must not be seen by the clock."""
    if not _nobody:
        _nobody.append(passwords.hashed(secrets.token_urlsafe(24)))
    return _nobody[0]


def _is_over(moment: datetime | None) -> bool:
    return moment is not None and moment <= datetime.now(UTC)


def _device(told: str) -> str:
    """A browser's name for itself, in a few words: `Firefox on Linux`."""
    told = told[:500]
    browser = next((name for mark, name in _BROWSERS if mark in told), "")
    system = next((name for mark, name in _SYSTEMS if mark in told), "")
    if browser:
        return f"{browser} on {system}" if system else browser
    return "".join(c for c in told if c.isprintable())[:_DEVICE_CHARACTERS] or "Unknown browser"


# In this order: each browser also names those it is compatible with.
_BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Windows", "Windows"),
    ("iPhone", "iOS"),
    ("iPad", "iPadOS"),
    ("Android", "Android"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)
