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


class Role(StrEnum):
    """What a member may do in a workspace; each includes those after it."""

    OWNER = "owner"
    EDITOR = "editor"
    REVIEWER = "reviewer"
    VIEWER = "viewer"


_RANK = {Role.VIEWER: 0, Role.REVIEWER: 1, Role.EDITOR: 2, Role.OWNER: 3}


@dataclass(frozen=True, slots=True)
class Actor:
    """A user in a workspace. Made by `Users` only; every use case takes one first."""

    user_id: str
    workspace_id: str
    roles: frozenset[str]
    name: str

    def require(self, role: Role) -> None:
        """Return when one of the roles is at least `role`.

        Raises:
            Forbidden: None is.
        """
        if not any(_RANK[Role(held)] >= _RANK[role] for held in self.roles):
            raise Forbidden()

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
            "roles": sorted(self.roles),
            "name": self.name,
        }
