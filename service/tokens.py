"""Tokens: a program's key to one workspace, in the name of a user, for as much as its scope lets through."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import uuid4

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from core.errors import InputError, NotFound
from db.database import Database
from db.rows import TokenRow, UserRow
from service import audit
from service.access import Actor, Forbidden, Role, SignedOut
from service.users import Users, digest_of
from service.views import as_uuid, iso

PREFIX = "pdfc_"  #: so that scanners of repositories know one when they see it
MOST_TOKENS = 100  #: of one user in a workspace
MOST_DAYS = 3650
_NAME_CHARACTERS = 80
_USED_SECONDS = 60


class BadToken(SignedOut):
    """The token is not known here; it may have been revoked."""

    code = "bad_token"
    remedy = "Make a new token under Your account."


class TokenExpired(SignedOut):
    """The token is too old."""

    code = "token_expired"
    remedy = "Make a new token under Your account."


class TooManyTokens(InputError):
    """There are too many tokens."""

    code = "too_many_tokens"
    remedy = "Revoke those that are not needed any more."


class Scope(StrEnum):
    """What a token lets through; never more than its user may do himself."""

    READ = "read"
    REVIEW = "review"
    WRITE = "write"
    MANAGE = "manage"


_MOST = {
    Scope.READ: Role.VIEWER,
    Scope.REVIEW: Role.REVIEWER,
    Scope.WRITE: Role.EDITOR,
    Scope.MANAGE: Role.OWNER,
}


@dataclass(frozen=True, slots=True)
class TokenView:
    """A token without its secret."""

    id: str
    name: str
    scope: Scope
    user: str
    user_name: str
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "name": self.name,
            "scope": self.scope.value,
            "user": self.user,
            "user_name": self.user_name,
            "created_at": iso(self.created_at),
            "expires_at": iso(self.expires_at),
            "used_at": iso(self.used_at),
        }


class Tokens:
    """Use cases of tokens."""

    def __init__(self, database: Database, users: Users) -> None:
        self._database = database
        self._users = users

    def actor(self, token: str) -> Actor:
        """Who a token stands for, in its workspace, now.

        Raises:
            BadToken: There is no such token, or its user is no member any more.
            TokenExpired: It is too old.
        """
        digest, now = digest_of(token), datetime.now(UTC)
        with self._database.read(secret=digest, from_primary=True) as session:
            row = session.scalars(select(TokenRow).where(TokenRow.digest == digest)).one_or_none()
        if row is None:
            raise BadToken()
        if row.expires_at is not None and row.expires_at <= now:
            raise TokenExpired()
        try:
            actor = self._users.actor(row.user_id, row.workspace_id, most=_MOST[Scope(row.scope)], via="api")
        except NotFound as error:
            raise BadToken() from error
        if row.used_at is None or now - row.used_at > timedelta(seconds=_USED_SECONDS):
            with self._database.write(row.workspace_id) as session:
                session.execute(update(TokenRow).where(TokenRow.id == row.id).values(used_at=now))
        return actor

    def add(self, actor: Actor, name: str, scope: Scope, *, days: int | None = None) -> tuple[TokenView, str]:
        """A new token for the actor in his workspace; its secret is told this once only.

        Raises:
            Forbidden: A token asks; it would outlive itself.
            TooManyTokens: He has as many as may be.
        """
        actor.require(Role.VIEWER)
        _no_program(actor)
        secret, id_ = PREFIX + secrets.token_urlsafe(32), uuid4()
        with self._database.write(actor.workspace) as session:
            mine = select(func.count()).select_from(TokenRow).where(TokenRow.user_id == actor.user)
            if (session.scalar(mine) or 0) >= MOST_TOKENS:
                raise TooManyTokens(f"You have {MOST_TOKENS} tokens here.")
            values = {
                "id": id_,
                "workspace_id": actor.workspace,
                "user_id": actor.user,
                "digest": digest_of(secret),
                "name": " ".join(name.split())[:_NAME_CHARACTERS] or "Token",
                "scope": scope.value,
                "expires_at": None if days is None else datetime.now(UTC) + timedelta(days=days),
            }
            session.execute(insert(TokenRow).values(values))
            audit.note(session, actor, "token.added", id_, scope=scope.value, days=days)
        [made] = [view for view in self.list(actor) if view.id == str(id_)]
        return made, secret

    def list(self, actor: Actor) -> Sequence[TokenView]:
        """The actor's tokens of the workspace, newest first; for owners everybody's."""
        actor.require(Role.VIEWER)
        wanted = select(TokenRow, UserRow.name).join(UserRow, UserRow.id == TokenRow.user_id)
        if not actor.may(Role.OWNER):
            wanted = wanted.where(TokenRow.user_id == actor.user)
        with self._database.read(actor.workspace, from_primary=True) as session:
            rows = session.execute(wanted.order_by(TokenRow.created_at.desc(), TokenRow.id)).all()
        return [
            TokenView(
                id=str(row.id),
                name=row.name,
                scope=Scope(row.scope),
                user=str(row.user_id),
                user_name=name,
                created_at=row.created_at,
                expires_at=row.expires_at,
                used_at=row.used_at,
            )
            for row, name in rows
        ]

    def revoke(self, actor: Actor, token_id: str) -> None:
        """End a token: one's own, or for owners anybody's; `NotFound`."""
        actor.require(Role.VIEWER)
        _no_program(actor)
        chosen = delete(TokenRow).where(TokenRow.id == as_uuid(token_id))
        if not actor.may(Role.OWNER):
            chosen = chosen.where(TokenRow.user_id == actor.user)
        with self._database.write(actor.workspace) as session:
            if not session.scalars(chosen.returning(TokenRow.id)).all():
                raise NotFound()
            audit.note(session, actor, "token.revoked", token_id)


def _no_program(actor: Actor) -> None:
    if actor.via == "api":
        raise Forbidden("Tokens are made and revoked by people, not by tokens.", remedy="Sign in with a browser.")
