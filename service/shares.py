"""Links for guests: one result each, until a day, with a password or without. A guest sees that and nothing else."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased

from core.errors import InputError, NotFound, PdfCompareError
from db.database import Database
from db.rows import ComparisonRow, DocumentRow, ShareRow, UserRow
from service import audit, lockout, passwords
from service.access import Actor, Role
from service.comparisons import Comparisons
from service.users import Users, digest_of
from service.views import ComparisonView, NotReady, as_uuid, iso

MOST_DAYS = 365
MOST_SHARES = 500  #: of one workspace
_LEAST_PASSWORD = 8  #: guessing stops after ten tries, so it need not be as long as an account's

_Old, _New = aliased(DocumentRow), aliased(DocumentRow)


class GoneShare(NotFound):
    """The link is no longer good."""

    remedy = "Ask whoever gave it to you for a new one."


class WrongSharePassword(PdfCompareError):
    """The password of this link is wrong."""

    code = "wrong_share_password"
    remedy = "Type it again, or ask whoever gave you the link."


class BadShare(InputError):
    """The result cannot be shared like this."""

    code = "bad_share"
    remedy = "Change it and try again."


@dataclass(frozen=True, slots=True)
class Share:
    """A link, without its secret."""

    id: str
    comparison: str
    old_name: str
    new_name: str
    has_password: bool
    shared_by: str
    created_at: datetime
    expires_at: datetime
    views: int
    viewed_at: datetime | None

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "comparison": self.comparison,
            "old_name": self.old_name,
            "new_name": self.new_name,
            "has_password": self.has_password,
            "shared_by": self.shared_by,
            "created_at": iso(self.created_at),
            "expires_at": iso(self.expires_at),
            "views": self.views,
            "viewed_at": iso(self.viewed_at),
        }


class Guest(NamedTuple):
    """Who has a link: an actor that may look, and the one result that it is about."""

    actor: Actor
    comparison: ComparisonView
    share: str

    def require_document(self, sha256: str) -> None:
        """Return for the two documents of the result.

        Raises:
            NotFound: For any other, whether there is one or not.
        """
        if sha256 not in {self.comparison.old.sha256, self.comparison.new.sha256}:
            raise NotFound()


class Shares:
    """Use cases of links."""

    def __init__(self, database: Database, users: Users, comparisons: Comparisons) -> None:
        self._database = database
        self._users = users
        self._comparisons = comparisons

    # ---- for members

    def add(
        self, actor: Actor, comparison_id: str, *, days: float = 14, password: str | None = None
    ) -> tuple[Share, str]:
        """A link to a result; its secret is told this once only.

        Raises:
            Forbidden: The actor is no editor.
            NotFound: There is no such comparison.
            NotReady: It has no result yet.
            BadShare: The password is too short, the time is out of bounds, or there are too many links.
        """
        actor.require(Role.EDITOR)
        if not 0 < days <= MOST_DAYS:
            raise BadShare(f"A link is good for at most {MOST_DAYS} days.")
        if password is not None and not _LEAST_PASSWORD <= len(password) <= passwords.MOST_CHARACTERS:
            raise BadShare(f"The password of a link has at least {_LEAST_PASSWORD} characters.")
        found = self._comparisons.get(actor, comparison_id)
        if found.state != "done":
            raise NotReady()
        secret, id_ = secrets.token_urlsafe(24), uuid4()
        with self._database.write(actor.workspace) as session:
            session.execute(delete(ShareRow).where(ShareRow.expires_at < func.clock_timestamp()))
            if (session.scalar(select(func.count()).select_from(ShareRow)) or 0) >= MOST_SHARES:
                raise BadShare(f"There are {MOST_SHARES} links.", remedy="End some first.")
            values = {
                "id": id_,
                "workspace_id": actor.workspace,
                "comparison_id": UUID(found.id),
                "digest": digest_of(secret),
                "password_hash": None if password is None else passwords.hashed(password),
                "shared_by": actor.user,
                "expires_at": datetime.now(UTC) + timedelta(days=days),
            }
            session.execute(insert(ShareRow).values(values))
            audit.note(session, actor, "share.added", found.id, days=days, password=password is not None)
        [made] = [share for share in self.list(actor) if share.id == str(id_)]
        return made, secret

    def list(self, actor: Actor, *, comparison_id: str | None = None) -> Sequence[Share]:
        """The links of the workspace that are good, newest first; of one comparison where it is named."""
        actor.require(Role.EDITOR)
        wanted = (
            select(ShareRow, _Old.name, _New.name, UserRow.name)
            .join(ComparisonRow, ComparisonRow.id == ShareRow.comparison_id)
            .join(_Old, _Old.id == ComparisonRow.old_id)
            .join(_New, _New.id == ComparisonRow.new_id)
            .join(UserRow, UserRow.id == ShareRow.shared_by)
            .where(ShareRow.expires_at > func.clock_timestamp())
            .order_by(ShareRow.created_at.desc(), ShareRow.id)
        )
        if comparison_id is not None:
            wanted = wanted.where(ShareRow.comparison_id == as_uuid(comparison_id))
        with self._database.read(actor.workspace, from_primary=True) as session:
            rows = session.execute(wanted).all()
        return [
            Share(
                id=str(row.id),
                comparison=str(row.comparison_id),
                old_name=old,
                new_name=new,
                has_password=row.password_hash is not None,
                shared_by=by,
                created_at=row.created_at,
                expires_at=row.expires_at,
                views=row.views,
                viewed_at=row.viewed_at,
            )
            for row, old, new, by in rows
        ]

    def revoke(self, actor: Actor, share_id: str) -> None:
        """End a link at once; `NotFound`."""
        actor.require(Role.EDITOR)
        with self._database.write(actor.workspace) as session:
            gone = delete(ShareRow).where(ShareRow.id == as_uuid(share_id)).returning(ShareRow.id)
            if not session.scalars(gone).all():
                raise NotFound()
            audit.note(session, actor, "share.revoked", share_id)

    # ---- for guests

    def asks_password(self, secret: str) -> bool:
        """Whether a link needs a password; `GoneShare`."""
        return self._open(secret).password_hash is not None

    def check(self, secret: str, password: str) -> None:
        """Return when it is the link's password.

        Raises:
            GoneShare: The link is no longer good.
            WrongSharePassword: It is not.
            LockedOut: That happened too often.
        """
        row = self._open(secret)
        if row.password_hash is None:
            return
        counted = f"share:{row.id}"
        lockout.count_try(self._database, counted)
        if not passwords.fits(row.password_hash, password):
            raise WrongSharePassword()
        with self._database.write() as session:
            lockout.forgive(session, counted)

    def guest(self, secret: str) -> Guest:
        """Who a guest is and what he may see, now. Whoever calls has checked the password.

        Asked with every request, so that an ended link ends what is open too.

        Raises:
            GoneShare: The link was ended, is too old, its result was deleted, or who made it is no member any more.
        """
        row = self._open(secret)
        actor = Actor(str(UUID(int=0)), str(row.workspace_id), frozenset({Role.VIEWER.value}), "Guest", via="link")
        try:
            found = self._comparisons.get(actor, str(row.comparison_id))
        except NotFound as error:
            raise GoneShare() from error
        return Guest(actor, found, str(row.id))

    def count_view(self, guest: Guest) -> None:
        """A guest has opened the link: in its count, and in the log."""
        with self._database.write(guest.actor.workspace) as session:
            counted = {"views": ShareRow.views + 1, "viewed_at": func.clock_timestamp()}
            session.execute(update(ShareRow).where(ShareRow.id == UUID(guest.share)).values(counted))
            audit.note_of(
                session, "share.viewed", workspace=guest.actor.workspace, via="link",
                subject=UUID(guest.comparison.id), share=guest.share,
            )  # fmt: skip

    def report(self, secret: str) -> bytes:
        """The report of the shared result, as the HTML export; raises as `guest`."""
        guest = self.guest(secret)
        return self._comparisons.export(guest.actor, guest.comparison.id, "html").data

    def _open(self, secret: str) -> ShareRow:
        digest = digest_of(secret)
        with self._database.read(secret=digest, from_primary=True) as session:
            row = session.scalars(select(ShareRow).where(ShareRow.digest == digest)).one_or_none()
        if row is None or row.expires_at <= datetime.now(UTC):
            raise GoneShare()
        try:
            self._users.actor(row.shared_by, row.workspace_id)
        except NotFound as error:
            raise GoneShare() from error
        return row
