"""Who acts, and whether he may: the one path of authorisation, for the single local user as for accounts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from core.errors import PdfCompareError


class Forbidden(PdfCompareError):
    """Your role does not allow it."""

    code = "forbidden"
    remedy = "Ask an owner of the workspace for a role that may do it."


class SignedOut(PdfCompareError):
    """Nobody is signed in, or not any more."""

    code = "no_session"
    remedy = "Sign in again; a program sends a token."


class Role(StrEnum):
    """What a member may do in a workspace; each includes those after it."""

    OWNER = "owner"
    EDITOR = "editor"
    REVIEWER = "reviewer"
    VIEWER = "viewer"


_RANK = {Role.VIEWER: 0, Role.REVIEWER: 1, Role.EDITOR: 2, Role.OWNER: 3}


def lesser(one: Role, other: Role) -> Role:
    """The role that allows less."""
    return min(one, other, key=_RANK.__getitem__)


@dataclass(frozen=True, slots=True)
class Actor:
    """A user in a workspace. Made by `Users` only; every use case takes one first.

    Attributes:
        is_admin: May look after users and workspaces; what is in a workspace only a role opens, for him too.
        workspace_name: To be shown.
        via: By which door he came: web, api, or console.
    """

    user_id: str
    workspace_id: str
    roles: frozenset[str]
    name: str
    is_admin: bool = False
    workspace_name: str = ""
    via: str = "web"

    def require(self, role: Role) -> None:
        """Return when one of the roles is at least `role`.

        Raises:
            Forbidden: None is.
        """
        if not any(_RANK[Role(held)] >= _RANK[role] for held in self.roles):
            raise Forbidden()

    def require_admin(self) -> None:
        """Return for an administrator.

        Raises:
            Forbidden: He is none.
        """
        if not self.is_admin:
            raise Forbidden("Only an administrator may do this.", remedy="Ask an administrator of this server.")

    def require_person(self) -> None:
        """Return for who came by a browser: a program does not decide where its user is signed in or a member.

        Raises:
            Forbidden: He came by a token.
        """
        if self.via == "api":
            raise Forbidden("A program may not do this.", remedy="Sign in with a browser.")

    def may(self, role: Role) -> bool:
        """Whether `require` would return; for what is shown only."""
        return any(_RANK[Role(held)] >= _RANK[role] for held in self.roles)

    @property
    def workspace(self) -> UUID:
        return UUID(self.workspace_id)

    @property
    def user(self) -> UUID:
        return UUID(self.user_id)

    def to_json(self) -> dict[str, Any]:
        return {
            "user_id": self.user_id,
            "workspace_id": self.workspace_id,
            "workspace": self.workspace_name,
            "roles": sorted(self.roles),
            "name": self.name,
            "is_admin": self.is_admin,
        }
