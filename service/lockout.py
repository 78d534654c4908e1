"""Wrong passwords, counted by the digest of what they were for: after ten of them nothing is accepted for a while."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.errors import PdfCompareError
from db.database import Database
from db.rows import SignInFailureRow

MOST_FAILURES = 10  #: wrong passwords for a name, within …
FAILURE_SECONDS = 15 * 60  #: … after which the name is locked for as long
#: what is later was written by a clock that was set back since; more than the clocks of two servers differ
_MOST_AHEAD = timedelta(seconds=2 * FAILURE_SECONDS)


class LockedOut(PdfCompareError):
    """There were too many wrong passwords for this name."""

    code = "locked_out"
    remedy = f"Wait {FAILURE_SECONDS // 60} minutes, or ask an administrator for a new password."


def count_try(database: Database, digest: str) -> bool:
    """Count a try as a wrong one before it is looked at; whether it is the last. Who was right is told to `forgive`.

    Counted first, in a transaction of its own, so that tries made side by side are no more than one after another.

    Raises:
        LockedOut: It is locked at the moment.
    """
    with database.write() as session:
        return _counted(session, digest)


def _counted(session: Session, digest: str) -> bool:
    now = datetime.now(UTC)
    begins, ends = now - timedelta(seconds=FAILURE_SECONDS), now + _MOST_AHEAD
    # What nobody asks for any more: what is typed wrongly must not pile up.
    stale = select(SignInFailureRow.login_digest).where(
        or_(SignInFailureRow.since < begins, SignInFailureRow.since > ends),
        ~func.coalesce(SignInFailureRow.locked_until, begins).between(now, ends),
    )
    unused = stale.with_for_update(skip_locked=True).scalar_subquery()
    session.execute(delete(SignInFailureRow).where(SignInFailureRow.login_digest.in_(unused)))
    first = insert(SignInFailureRow).values(login_digest=digest, failures=1, since=now)
    failures, until = session.execute(
        first.on_conflict_do_update(
            index_elements=["login_digest"], set_={"failures": SignInFailureRow.failures + 1}
        ).returning(SignInFailureRow.failures, SignInFailureRow.locked_until)
    ).one()
    if until is not None and now < until <= ends:
        raise LockedOut()
    if failures < MOST_FAILURES:
        return False
    locked = {"failures": 0, "locked_until": now + timedelta(seconds=FAILURE_SECONDS)}
    session.execute(update(SignInFailureRow).where(SignInFailureRow.login_digest == digest).values(locked))
    return True


def forgive(session: Session, digest: str) -> None:
    """Begin to count anew."""
    session.execute(delete(SignInFailureRow).where(SignInFailureRow.login_digest == digest))
