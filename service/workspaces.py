"""Workspaces: who is in them with which role, and how somebody gets in."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.errors import InputError, NotFound
from db.database import Database, one_at_a_time
from db.rows import InvitationRow, MembershipRow, UserRow, WorkspaceRow
from service import audit
from service.access import Actor, Role
from service.settings import Settings
from service.users import digest_of
from service.views import as_uuid, iso

MOST_WORKSPACES = 200  #: of one person, and members and invitations of one workspace
_NAME_CHARACTERS = 80


class BadWorkspace(InputError):
    """The workspace cannot be changed like this."""

    code = "bad_workspace"
    remedy = "Choose something else."


@dataclass(frozen=True, slots=True)
class WorkspaceView:
    """A workspace, with the role that who asks has in it."""

    id: str
    name: str
    role: Role

    def to_json(self) -> dict[str, Any]:
        return {"id": self.id, "name": self.name, "role": self.role.value}


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in a workspace."""

    user: str
    name: str
    login: str
    role: Role
    since: datetime

    def to_json(self) -> dict[str, Any]:
        return {
            "user": self.user,
            "name": self.name,
            "login": self.login,
            "role": self.role.value,
            "since": iso(self.since),
        }


@dataclass(frozen=True, slots=True)
class Invitation:
    """A way in that nobody has taken yet.

    Attributes:
        for_whom: As who invited calls him.
    """

    id: str
    workspace: str
    workspace_name: str
    for_whom: str
    role: Role
    invited_by: str
    created_at: datetime
    expires_at: datetime

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "for_whom": self.for_whom,
            "role": self.role.value,
            "invited_by": self.invited_by,
            "created_at": iso(self.created_at),
            "expires_at": iso(self.expires_at),
        }


class Workspaces:
    """Use cases of workspaces, members and invitations."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._database = database

    def list(self, actor: Actor) -> list[WorkspaceView]:
        """The workspaces that the actor is a member of, by name."""
        with self._database.read(user=actor.user, from_primary=True) as session:
            rows = session.execute(
                select(WorkspaceRow.id, WorkspaceRow.name, MembershipRow.role)
                .join(MembershipRow, MembershipRow.workspace_id == WorkspaceRow.id)
                .where(MembershipRow.user_id == actor.user)
                .order_by(func.lower(WorkspaceRow.name), WorkspaceRow.id)
                .limit(MOST_WORKSPACES)
            ).all()
        return [WorkspaceView(str(row.id), row.name, Role(row.role)) for row in rows]

    def add(self, actor: Actor, name: str) -> WorkspaceView:
        """A new workspace with the actor as its owner; `BadWorkspace`, `Forbidden` for programs."""
        actor.require_person()
        name, workspace = _clean(name), uuid4()
        if len(self.list(actor)) >= MOST_WORKSPACES:
            raise BadWorkspace(f"You are in {MOST_WORKSPACES} workspaces already.", remedy="Leave one first.")
        with self._database.write(workspace, user=actor.user) as session:
            session.execute(insert(WorkspaceRow).values(id=workspace, name=name))
            own = {"workspace_id": workspace, "user_id": actor.user, "role": Role.OWNER.value}
            session.execute(insert(MembershipRow).values(own))
            audit.note_of(session, "workspace.added", workspace=workspace, user=actor.user, via=actor.via)
        return WorkspaceView(str(workspace), name, Role.OWNER)

    def rename(self, actor: Actor, name: str) -> None:
        """Give the actor's workspace another name; `Forbidden`, `BadWorkspace`."""
        actor.require(Role.OWNER)
        with self._database.write(actor.workspace) as session:
            renamed = update(WorkspaceRow).where(WorkspaceRow.id == actor.workspace).values(name=_clean(name))
            session.execute(renamed)
            audit.note(session, actor, "workspace.changed", actor.workspace, renamed=True)

    # ---- members

    def members(self, actor: Actor) -> Sequence[Member]:
        """Who is in the actor's workspace, by name."""
        actor.require(Role.VIEWER)
        with self._database.read(actor.workspace, from_primary=True) as session:
            rows = session.execute(
                select(UserRow.id, UserRow.name, UserRow.login, MembershipRow.role, MembershipRow.created_at)
                .join(MembershipRow, MembershipRow.user_id == UserRow.id)
                .order_by(func.lower(UserRow.name), UserRow.id)
            ).all()
        return [Member(str(row.id), row.name, row.login or "", Role(row.role), row.created_at) for row in rows]

    def set_role(self, actor: Actor, user_id: str, role: Role) -> None:
        """Give a member another role.

        Raises:
            Forbidden: The actor is no owner.
            NotFound: There is no such member.
            BadWorkspace: The workspace would have no owner left.
        """
        actor.require(Role.OWNER)
        with self._database.write(actor.workspace) as session:
            member = _member(session, actor, user_id)
            before, member.role = member.role, role.value
            _keep_an_owner(session)
            audit.note(session, actor, "member.changed", member.user_id, before=before, role=role.value)

    def remove(self, actor: Actor, user_id: str) -> None:
        """Take somebody out of the workspace; everybody may leave by himself, no program for him. As `set_role`."""
        if as_uuid(user_id) != actor.user:
            actor.require(Role.OWNER)
        else:
            actor.require_person()
        with self._database.write(actor.workspace) as session:
            member = _member(session, actor, user_id)
            session.delete(member)
            _keep_an_owner(session)
            audit.note(session, actor, "member.removed", user_id)

    # ---- invitations

    def invite(self, actor: Actor, for_whom: str, role: Role) -> tuple[Invitation, str]:
        """A way in for somebody: the invitation, and the secret of its link, which is told this once only.

        Raises:
            Forbidden: The actor is no owner.
            BadWorkspace: There are too many invitations, or nobody is named.
        """
        actor.require(Role.OWNER)
        secret, id_ = secrets.token_urlsafe(24), uuid4()
        expires = datetime.now(UTC) + timedelta(days=self._settings.invitation_days)
        with self._database.write(actor.workspace) as session:
            session.execute(delete(InvitationRow).where(InvitationRow.expires_at < func.clock_timestamp()))
            if (session.scalar(select(func.count()).select_from(InvitationRow)) or 0) >= MOST_WORKSPACES:
                raise BadWorkspace(f"{MOST_WORKSPACES} invitations are open.", remedy="Withdraw some first.")
            values = {
                "id": id_,
                "workspace_id": actor.workspace,
                "digest": digest_of(secret),
                "for_whom": _clean(for_whom),
                "role": role.value,
                "invited_by": actor.user,
                "expires_at": expires,
            }
            session.execute(insert(InvitationRow).values(values))
            audit.note(session, actor, "member.invited", id_, role=role.value)
        [made] = [invitation for invitation in self.invitations(actor) if invitation.id == str(id_)]
        return made, secret

    def invitations(self, actor: Actor) -> Sequence[Invitation]:
        """The open invitations to the actor's workspace, newest first; `Forbidden`."""
        actor.require(Role.OWNER)
        with self._database.read(actor.workspace, from_primary=True) as session:
            rows = session.execute(_invitations().order_by(InvitationRow.created_at.desc())).all()
        return [_invitation(row) for row in rows]

    def withdraw(self, actor: Actor, invitation_id: str) -> None:
        """Take an invitation back; `Forbidden`, `NotFound`."""
        actor.require(Role.OWNER)
        with self._database.write(actor.workspace) as session:
            chosen = delete(InvitationRow).where(InvitationRow.id == as_uuid(invitation_id))
            if not session.scalars(chosen.returning(InvitationRow.id)).all():
                raise NotFound()
            audit.note(session, actor, "invitation.withdrawn", invitation_id)

    def invitation(self, secret: str) -> Invitation:
        """What a link invites to; `NotFound` when it was taken, withdrawn or is too old."""
        digest = digest_of(secret)
        with self._database.read(secret=digest, from_primary=True) as session:
            row = session.execute(_invitations().where(InvitationRow.digest == digest)).one_or_none()
        if row is None:
            raise NotFound("This invitation is no longer good.", remedy="Ask for a new one.")
        return _invitation(row)

    def accept(self, secret: str, user: UUID) -> WorkspaceView:
        """Take an invitation: the user is a member now, and the link is used up. Who is one already keeps his role.

        Raises:
            NotFound: As `invitation`.
        """
        invitation = self.invitation(secret)
        workspace = UUID(invitation.workspace)
        with self._database.write(workspace, user=user) as session:
            taken = delete(InvitationRow).where(InvitationRow.digest == digest_of(secret))
            if not session.scalars(taken.returning(InvitationRow.id)).all():
                raise NotFound("This invitation is no longer good.", remedy="Ask for a new one.")
            member = {"workspace_id": workspace, "user_id": user, "role": invitation.role.value}
            session.execute(insert(MembershipRow).values(member).on_conflict_do_nothing())
            audit.note_of(
                session, "member.joined", workspace=workspace, user=user, subject=user, role=invitation.role.value
            )
        return WorkspaceView(invitation.workspace, invitation.workspace_name, invitation.role)


def _invitations() -> Any:
    return (
        select(InvitationRow, WorkspaceRow.name, UserRow.name)
        .join(WorkspaceRow, WorkspaceRow.id == InvitationRow.workspace_id)
        .outerjoin(UserRow, UserRow.id == InvitationRow.invited_by)
        .where(InvitationRow.expires_at > func.clock_timestamp())
    )


def _invitation(row: Any) -> Invitation:
    found, workspace, by = row
    return Invitation(
        id=str(found.id),
        workspace=str(found.workspace_id),
        workspace_name=workspace,
        for_whom=found.for_whom,
        role=Role(found.role),
        invited_by=by or "",
        created_at=found.created_at,
        expires_at=found.expires_at,
    )


def _member(session: Session, actor: Actor, user_id: str) -> MembershipRow:
    # One at a time: two owners who leave at once must not leave nobody.
    one_at_a_time(session, f"{actor.workspace}/members")
    found = session.get(MembershipRow, (actor.workspace, as_uuid(user_id)))
    if found is None:
        raise NotFound()
    return found


def _keep_an_owner(session: Session) -> None:
    session.flush()
    owners = select(func.count()).select_from(MembershipRow).where(MembershipRow.role == Role.OWNER.value)
    if not session.scalar(owners):
        raise BadWorkspace("A workspace needs an owner.", remedy="Make somebody else an owner first.")


def _clean(name: str) -> str:
    kept = " ".join("".join(c if c.isprintable() else " " for c in name).split())
    if not kept:
        raise BadWorkspace("A name is missing.", remedy="Give one.")
    return kept[:_NAME_CHARACTERS]
