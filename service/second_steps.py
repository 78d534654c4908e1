"""Codes of an authenticator (TOTP, RFC 6238) as a second step after the password, and recovery codes without one."""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

import pyotp
import segno
from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.errors import PdfCompareError
from db.database import Database
from db.rows import RecoveryCodeRow, SecondStepRow, SignInRow, UserRow
from service import audit, lockout
from service.access import Actor, Forbidden
from service.settings import Settings
from service.users import digest_of
from service.views import as_uuid

ISSUER = "PDF Compare"
STEP_SECONDS = 30
DRIFT_STEPS = 1  #: so many before and after now are good too: clocks differ, and typing takes a while
RECOVERY_CODES = 10
_RECOVERY_BYTES = 8


class WrongCode(PdfCompareError):
    """The code is wrong, too old, or was used already."""

    code = "wrong_code"
    remedy = "Wait for the next code of your authenticator and type that; a recovery code is good once."


class Setup(NamedTuple):
    """What an authenticator is set up with: the secret to type, and the same as a picture to scan (SVG)."""

    secret: str
    svg: str


class SecondSteps:
    """Use cases of authenticators. A code is good once; wrong ones are counted like wrong passwords."""

    def __init__(
        self, settings: Settings, database: Database, secret: str, *, clock: Callable[[], float] = time.time
    ) -> None:
        """Keep what authenticators know under a key made from the server's `secret`."""
        self._settings = settings
        self._database = database
        self._clock = clock
        key = hashlib.sha256(b"pdfc-second-step:" + secret.encode()).digest()
        self._box = Fernet(base64.urlsafe_b64encode(key))

    # ---- at the sign-in, before there is an actor

    def is_on(self, user: UUID) -> bool:
        """Whether a user has an authenticator, which is then asked for."""
        with self._database.read(from_primary=True) as session:
            return _confirmed(session, user) is not None

    def is_required(self, user: UUID) -> bool:
        """Whether a user must have one."""
        if self._settings.second_step != "administrators":
            return self._settings.second_step == "required"
        with self._database.read(from_primary=True) as session:
            return bool(session.scalar(select(UserRow.is_admin).where(UserRow.id == user)))

    def check(self, user: UUID, code: str) -> None:
        """Return when it is the code of the moment, or a recovery code that was not used.

        Raises:
            WrongCode: It is neither.
            LockedOut: That happened too often; then the right one is not accepted either.
        """
        counted = f"second-step:{user}"
        is_last = lockout.count_try(self._database, counted)
        with self._database.write(user=user) as session:
            row = _confirmed(session, user, to_change=True)
            right = row is not None and (self._fits(row, code) or _spent(session, user, code))
            if right:
                lockout.forgive(session, counted)
        if not right:
            with self._database.write() as session:
                audit.note_of(session, "sign_in.refused", user=user, by="code")
                if is_last:
                    audit.note_of(session, "sign_in.locked", user=user, by="code")
            raise WrongCode()

    def begin_for(self, user: UUID) -> Setup:
        """Begin to set one up for who must have one and has none; the same secret until it is confirmed.

        Raises:
            Forbidden: He has one.
        """
        with self._database.write(user=user) as session:
            row = session.get(SecondStepRow, user, with_for_update=True)
            if row is not None and row.confirmed_at is not None:
                raise Forbidden("There is an authenticator already.", remedy="Take it away first.")
            login = session.scalar(select(UserRow.login).where(UserRow.id == user)) or ""
            known = None if row is None else self._opened(row)
            secret = known or pyotp.random_base32()
            if known is None:
                values = {"user_id": user, "secret": self._box.encrypt(secret.encode()).decode(), "last_step": 0}
                made = insert(SecondStepRow).values(values)
                session.execute(made.on_conflict_do_update(index_elements=["user_id"], set_=values))
        address = pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=ISSUER)
        return Setup(" ".join(secret[i : i + 4] for i in range(0, len(secret), 4)), _picture(address))

    def confirm_for(self, user: UUID, code: str) -> list[str]:
        """From now on the second step is asked for; the recovery codes, which are told this once only.

        Raises:
            WrongCode: The code is not that of the secret of `begin_for`.
            LockedOut: That happened too often.
        """
        counted = f"second-step:{user}"
        lockout.count_try(self._database, counted)
        codes: list[str] = []
        with self._database.write(user=user) as session:
            row = session.get(SecondStepRow, user, with_for_update=True)
            if row is not None and row.confirmed_at is None and self._fits(row, code):
                row.confirmed_at = datetime.now(UTC)
                codes = _renewed(session, user)
                lockout.forgive(session, counted)
                audit.note_of(session, "second_step.added", user=user, subject=user)
        if not codes:
            raise WrongCode("The code is not that of this secret.", remedy="Scan the picture again and type the code.")
        return codes

    # ---- for who is signed in

    def mine(self, actor: Actor) -> tuple[bool, int]:
        """Whether the actor has an authenticator, and how many recovery codes are left."""
        with self._database.read(from_primary=True) as session:
            left = select(func.count()).where(RecoveryCodeRow.user_id == actor.user)
            return _confirmed(session, actor.user) is not None, session.scalar(left) or 0

    def begin(self, actor: Actor) -> Setup:
        """Begin to set one up for the actor; raises as `begin_for`."""
        _no_program(actor)
        return self.begin_for(actor.user)

    def confirm(self, actor: Actor, code: str) -> list[str]:
        """Raises as `confirm_for`."""
        _no_program(actor)
        return self.confirm_for(actor.user, code)

    def renew_codes(self, actor: Actor, code: str) -> list[str]:
        """Other recovery codes in place of those there are; raises as `check`."""
        _no_program(actor)
        self.check(actor.user, code)
        with self._database.write(user=actor.user) as session:
            return _renewed(session, actor.user)

    def turn_off(self, actor: Actor, code: str) -> None:
        """Ask the actor for his password alone from now on.

        Raises:
            WrongCode: The code is wrong; likewise `LockedOut`.
            Forbidden: He must have one here.
        """
        _no_program(actor)
        if self.is_required(actor.user):
            raise Forbidden("A second step is required here.", remedy="An administrator can reset it.")
        self.check(actor.user, code)
        with self._database.write(user=actor.user) as session:
            _removed(session, actor.user)
            audit.note_of(session, "second_step.removed", user=actor.user, via=actor.via, subject=actor.user)

    def reset(self, actor: Actor, user_id: str) -> None:
        """Take the authenticator of somebody who has lost it away, and end his sessions; for administrators."""
        actor.require_admin()
        user = as_uuid(user_id)
        with self._database.write(user=user) as session:
            _removed(session, user)
            session.execute(delete(SignInRow).where(SignInRow.user_id == user))
            lockout.forgive(session, f"second-step:{user}")
            audit.note_of(session, "second_step.removed", user=actor.user, via=actor.via, subject=user)

    def of_all(self, actor: Actor) -> set[str]:
        """The ids of the people who have one; for administrators."""
        actor.require_admin()
        with self._database.read(from_primary=True) as session:
            found = session.scalars(select(SecondStepRow.user_id).where(SecondStepRow.confirmed_at.is_not(None)))
            return {str(user) for user in found}

    # ----

    def _fits(self, row: SecondStepRow, code: str) -> bool:
        """Whether it is a code of now that was not used; it is used then."""
        secret, typed = self._opened(row), "".join(code.split())
        if secret is None or len(typed) != 6 or not typed.isascii() or not typed.isdecimal():
            return False
        totp, now = pyotp.TOTP(secret), int(self._clock()) // STEP_SECONDS
        steps = range(now - DRIFT_STEPS, now + DRIFT_STEPS + 1)
        right = [step for step in steps if hmac.compare_digest(totp.generate_otp(step), typed)]
        # A step that is not yet was counted by a clock that was set back since: it must not lock anybody out for a day.
        fresh = [step for step in right if step > row.last_step or row.last_step > steps[-1]]
        if not fresh:
            return False
        row.last_step = fresh[0]
        return True

    def _opened(self, row: SecondStepRow) -> str | None:
        """The secret; None where the server's own secret was changed, then it has to be set up again."""
        try:
            return self._box.decrypt(row.secret.encode()).decode()
        except InvalidToken:
            return None


def _confirmed(session: Session, user: UUID, *, to_change: bool = False) -> SecondStepRow | None:
    wanted = select(SecondStepRow).where(SecondStepRow.user_id == user, SecondStepRow.confirmed_at.is_not(None))
    return session.scalars(wanted.with_for_update() if to_change else wanted).one_or_none()


def _spent(session: Session, user: UUID, code: str) -> bool:
    """Whether it is a recovery code; it is gone then."""
    gone = delete(RecoveryCodeRow).where(RecoveryCodeRow.user_id == user, RecoveryCodeRow.digest == _digest(code))
    if not session.scalars(gone.returning(RecoveryCodeRow.digest)).all():
        return False
    audit.note_of(session, "second_step.used", user=user, subject=user)
    return True


def _renewed(session: Session, user: UUID) -> list[str]:
    session.execute(delete(RecoveryCodeRow).where(RecoveryCodeRow.user_id == user))
    codes = ["-".join(_fours(secrets.token_hex(_RECOVERY_BYTES))) for _ in range(RECOVERY_CODES)]
    # 64 random bits each: a plain digest cannot be guessed back, unlike that of a password.
    session.execute(insert(RecoveryCodeRow), [{"user_id": user, "digest": _digest(code)} for code in codes])
    return codes


def _removed(session: Session, user: UUID) -> None:
    session.execute(delete(RecoveryCodeRow).where(RecoveryCodeRow.user_id == user))
    session.execute(delete(SecondStepRow).where(SecondStepRow.user_id == user))


def _digest(code: str) -> str:
    return digest_of("".join(c for c in code.lower() if c.isalnum()))


def _fours(text: str) -> list[str]:
    return [text[i : i + 4] for i in range(0, len(text), 4)]


def _picture(address: str) -> str:
    out = io.BytesIO()
    # On white with a quiet zone, whatever the theme: scanners want dark on light.
    segno.make(address, error="m").save(
        out, kind="svg", scale=5, border=4, light="#FFFFFF", dark="#000000", xmldecl=False
    )
    return out.getvalue().decode()


def _no_program(actor: Actor) -> None:
    if actor.via == "api":
        raise Forbidden("This is done by people, not by tokens.", remedy="Sign in with a browser.")
