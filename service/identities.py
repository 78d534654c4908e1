"""People who sign in by an OpenID provider: from what it says to an account here."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from core.errors import PdfCompareError
from db.database import Database
from db.rows import IdentityRow, PasswordRow, SecondStepRow, SpentSecretRow, UserRow
from service import audit
from service.access import Actor
from service.accounts import Accounts, BadName, clean_login
from service.provider import TRY_SECONDS, Claims, ProviderRefused
from service.settings import Settings
from service.users import digest_of

_INVITE_FIRST = "Open the link of an invitation, and choose there to sign in by your organisation."


class NotInvited(PdfCompareError):
    """You have no account here yet."""

    code = "not_invited"
    remedy = f"Ask for an invitation. {_INVITE_FIRST}"


class Identities:
    """Use cases of identities."""

    def __init__(self, settings: Settings, database: Database, accounts: Accounts) -> None:
        self._settings = settings
        self._database = database
        self._accounts = accounts

    def spend(self, state: str) -> None:
        """Return the first time; a way back is good once.

        Raises:
            ProviderRefused: It was used before.
        """
        now = datetime.now(UTC)
        with self._database.write() as session:
            session.execute(delete(SpentSecretRow).where(SpentSecretRow.until < now))
            first = (
                insert(SpentSecretRow)
                .values(digest=digest_of(state), until=now + timedelta(seconds=TRY_SECONDS))
                .on_conflict_do_nothing()
                .returning(SpentSecretRow.digest)
            )
            if session.scalar(first) is None:
                raise ProviderRefused("This way back from your organisation was used already.")

    def user_of(self, claims: Claims, *, is_invited: bool = False) -> UUID:
        """Whose account it is; made at the first sign-in where that is allowed.

        Args:
            claims: As the provider said and `Provider.claims` has checked.
            is_invited: He has an invitation in hand, so he may get an account.

        Raises:
            ProviderRefused: His address or groups are not those that may come in, or his account is closed.
            NotInvited: He has no account, and nobody invited him.
            BadName: His login name is that of somebody who signs in otherwise.
        """
        self._require_allowed(claims)
        with self._database.read(from_primary=True) as session:
            found = session.execute(
                select(UserRow.id, UserRow.disabled_at)
                .join(IdentityRow, IdentityRow.user_id == UserRow.id)
                .where(IdentityRow.issuer == claims.issuer, IdentityRow.subject == claims.subject)
            ).one_or_none()
            # A second step is not gone round by an address.
            has_step = select(SecondStepRow.user_id).where(SecondStepRow.confirmed_at.is_not(None))
            named = session.scalar(
                select(UserRow.id).where(UserRow.login == clean_login(claims.email), UserRow.id.not_in(has_step))
            )
        if found is not None:
            return self._open(found.id, found.disabled_at)
        if claims.email and named is not None and self._settings.oidc_link_by_email:
            self._link(claims, named, subject=named)
            return self.user_of(claims)
        if not is_invited and self._settings.oidc_new_people != "all":
            self._note_refused("not_invited")
            raise NotInvited()
        try:
            user = self._accounts.make(claims.name, claims.login, None)
        except BadName as error:
            raise BadName(
                f"{error.message} Your organisation's sign-in is not connected with that account.",
                remedy="Sign in with the password, and connect the two under Your account.",
            ) from error
        self._link(claims, user, subject=user)
        return user

    def connect(self, actor: Actor, claims: Claims) -> None:
        """Let the actor come in by the provider from now on.

        Raises:
            ProviderRefused: He may not, or somebody else comes in as this person already.
        """
        self._require_allowed(claims)
        self._link(claims, actor.user, subject=actor.user)

    def disconnect(self, actor: Actor) -> None:
        """Let the actor come in by his password alone.

        Raises:
            BadName: He has none.
        """
        if not self.has_password(actor):
            raise BadName("You have no password here.", remedy="Ask an administrator for one first.")
        with self._database.write(user=actor.user) as session:
            gone = delete(IdentityRow).where(IdentityRow.user_id == actor.user).returning(IdentityRow.subject)
            if session.scalars(gone).all():
                audit.note_of(session, "identity.removed", user=actor.user, via=actor.via, subject=actor.user)

    def is_connected(self, actor: Actor) -> bool:
        """Whether the actor comes in by the provider."""
        return self._has(IdentityRow, actor)

    def has_password(self, actor: Actor) -> bool:
        """Whether the actor comes in by a password."""
        return self._has(PasswordRow, actor)

    def _has(self, row: Any, actor: Actor) -> bool:
        with self._database.read(from_primary=True) as session:
            return bool(session.scalar(select(func.count()).where(row.user_id == actor.user)))

    def _link(self, claims: Claims, user: UUID, *, subject: UUID) -> None:
        with self._database.write(user=user) as session:
            values = {"issuer": claims.issuer, "subject": claims.subject, "user_id": user}
            session.execute(insert(IdentityRow).values(values).on_conflict_do_nothing())
            known = select(IdentityRow.user_id).where(
                IdentityRow.issuer == claims.issuer, IdentityRow.subject == claims.subject
            )
            if session.scalar(known) != user:
                raise ProviderRefused(
                    "Somebody else comes in as this person of your organisation.",
                    remedy="Sign out there first, and sign in as yourself.",
                )
            audit.note_of(session, "identity.added", user=user, subject=subject)

    def _open(self, user: UUID, disabled_at: datetime | None) -> UUID:
        if disabled_at is not None:
            self._note_refused("closed", user)
            raise ProviderRefused("Your account here is closed.", remedy="Ask an administrator.")
        return user

    def _require_allowed(self, claims: Claims) -> None:
        domains = {domain.casefold().lstrip("@") for domain in self._settings.oidc_domains}
        if domains and claims.email.casefold().rpartition("@")[2] not in domains:
            self._note_refused("domain")
            raise ProviderRefused("Your address is not one that may come in here.", remedy="Ask an administrator.")
        if self._settings.oidc_groups and not claims.groups.intersection(self._settings.oidc_groups):
            self._note_refused("group")
            raise ProviderRefused("You are in no group that may come in here.", remedy="Ask an administrator.")

    def _note_refused(self, reason: str, user: UUID | None = None) -> None:
        with self._database.write() as session:
            audit.note_of(session, "sign_in.refused", user=user, by="provider", reason=reason)
