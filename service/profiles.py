"""Profiles: those that come with the product, and those that a workspace has saved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.errors import NotFound, OptionsError
from core.options import CompareOptions
from core.profiles import Profile, built_in, find_built_in
from db.database import Database, one_at_a_time
from db.rows import ProfileRow
from service.access import Actor, Role

MOST_PROFILES = 200  #: of a workspace: a list that is still read


@dataclass(frozen=True, slots=True)
class ProfileView:
    """A profile that a user may choose.

    Attributes:
        profile: Its name, description and options.
        is_built_in: It comes with the product and cannot be changed.
        updated_at: When it was saved; None for a built-in one.
        problem: Why it cannot be used by this version; then its options are the defaults.
    """

    profile: Profile
    is_built_in: bool
    updated_at: datetime | None = None
    problem: str | None = None

    @property
    def name(self) -> str:
        return self.profile.name

    def to_json(self) -> dict[str, Any]:
        told = self.profile.to_json()
        del told["schema"]
        return {
            **told,
            "built_in": self.is_built_in,
            "updated_at": None if self.updated_at is None else self.updated_at.isoformat(),
            "problem": self.problem,
        }


class Profiles:
    """Use cases of profiles."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(self, actor: Actor) -> list[ProfileView]:
        """The built-in ones, then those of the workspace, each by name."""
        actor.require(Role.VIEWER)
        with self._database.read(actor.workspace) as session:
            rows = list(session.scalars(select(ProfileRow).order_by(func.lower(ProfileRow.name), ProfileRow.name)))
            own = [_view(row) for row in rows]
        return [*(ProfileView(profile, is_built_in=True) for profile in built_in().values()), *own]

    def get(self, actor: Actor, name: str) -> ProfileView:
        """One by its name; `NotFound`."""
        actor.require(Role.VIEWER)
        with self._database.read(actor.workspace) as session:
            row = session.scalars(select(ProfileRow).where(ProfileRow.name == name.strip())).one_or_none()
            if row is not None:
                return _view(row)
        found = find_built_in(name)
        if found is None:
            raise NotFound(f"There is no profile {name.strip()[:80]!r}.", remedy="Choose one of the list.")
        return ProfileView(found, is_built_in=True)

    def options(self, actor: Actor, name: str) -> CompareOptions:
        """The options of one that can be used.

        Raises:
            NotFound: There is none of this name.
            OptionsError: This version cannot read it.
        """
        found = self.get(actor, name)
        if found.problem is not None:
            raise OptionsError(f"profile {found.name}: {found.problem}", remedy="Save the profile again.")
        return found.profile.options

    def save(self, actor: Actor, profile: Profile) -> ProfileView:
        """Keep a profile for everybody in the workspace, in place of one of the same name.

        Raises:
            OptionsError: A built-in one has this name, or there are too many.
        """
        actor.require(Role.EDITOR)
        if find_built_in(profile.name) is not None:
            raise OptionsError(f"{profile.name!r} is the name of a built-in profile", remedy="Choose another name.")
        values = {
            "id": uuid4(),
            "workspace_id": actor.workspace,
            "name": profile.name,
            "description": profile.description,
            "options": profile.to_json()["options"],
            "updated_by": actor.user,
        }
        with self._database.write(actor.workspace) as session:
            _one_at_a_time(session, actor.workspace)
            others = session.scalar(select(func.count()).where(ProfileRow.name != profile.name)) or 0
            if others >= MOST_PROFILES:
                raise OptionsError(f"there are {MOST_PROFILES} profiles already", remedy="Delete one first.")
            kept = {name: values[name] for name in ("description", "options", "updated_by")}
            row = session.execute(
                insert(ProfileRow)
                .values(values)
                .on_conflict_do_update(
                    constraint="profiles_same_name", set_={**kept, "updated_at": func.clock_timestamp()}
                )
                .returning(ProfileRow)
            ).scalar_one()
            return _view(row)

    def delete(self, actor: Actor, name: str) -> None:
        """Delete one of the workspace; comparisons made with it stay. `NotFound`."""
        actor.require(Role.EDITOR)
        with self._database.write(actor.workspace) as session:
            gone = session.scalars(
                delete(ProfileRow).where(ProfileRow.name == name.strip()).returning(ProfileRow.id)
            ).all()
            if not gone:
                raise NotFound(
                    f"The workspace has no profile {name.strip()[:80]!r}.",
                    remedy="Choose one of the list; built-in ones stay.",
                )


def _view(row: ProfileRow) -> ProfileView:
    told = {"name": row.name, "description": row.description}
    try:
        return ProfileView(
            Profile.from_json({**told, "options": row.options}), is_built_in=False, updated_at=row.updated_at
        )
    except OptionsError as error:  # saved by another version
        return ProfileView(
            Profile(row.name, row.description, CompareOptions()),
            is_built_in=False,
            updated_at=row.updated_at,
            problem=error.message,
        )


def _one_at_a_time(session: Session, workspace: UUID) -> None:
    """Counting and adding belong together."""
    one_at_a_time(session, f"{workspace}/profiles")
