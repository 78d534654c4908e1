"""Users, workspaces and memberships: from a session to an actor."""

from __future__ import annotations

from uuid import UUID, uuid4

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert

from core.errors import NotFound
from db.database import Database
from db.rows import MembershipRow, UserRow, WorkspaceRow
from service.access import Actor, Role
from service.sessions import Sessions

LOCAL_NAME = "Local user"
LOCAL_WORKSPACE = "Documents"


class Users:
    """Who is who. There is one local user until accounts are switched on; he takes the path they take."""

    def __init__(self, database: Database, sessions: Sessions) -> None:
        self._database = database
        self._sessions = sessions

    def local_actor(self) -> Actor:
        """The single local user in his workspace; both are made at first use."""
        with self._database.read(from_primary=True) as session:
            user_id = session.scalar(select(UserRow.id).where(UserRow.is_local))
        if user_id is None:
            user_id = self._make_local()
        with self._database.read(user=user_id, from_primary=True) as session:
            workspace_id = session.scalar(
                select(MembershipRow.workspace_id)
                .where(MembershipRow.user_id == user_id)
                .order_by(MembershipRow.created_at)
                .limit(1)
            )
        if workspace_id is None:
            raise NotFound()
        return self.actor(user_id, workspace_id)

    def actor_for_session(self, sid: str) -> Actor | None:
        """Who a session belongs to: its user, as a member of its workspace; None when he is no member any more.

        A session that belongs to nobody yet is the local user's, since there are no accounts to log in to.
        """
        state = self._sessions.load(sid)
        if "user_id" in state and "workspace_id" in state:
            try:
                return self.actor(UUID(str(state["user_id"])), UUID(str(state["workspace_id"])))
            except (NotFound, ValueError):
                self._sessions.forget(sid)
                return None
        actor = self.local_actor()
        self._sessions.save(sid, {**state, "user_id": actor.user_id, "workspace_id": actor.workspace_id})
        return actor

    def actor(self, user_id: UUID, workspace_id: UUID) -> Actor:
        """A user in a workspace, with the role that the database says he has now; `NotFound` for a stranger."""
        with self._database.read(workspace_id, user=user_id, from_primary=True) as session:
            found = session.execute(
                select(UserRow.name, MembershipRow.role)
                .join(MembershipRow, MembershipRow.user_id == UserRow.id)
                .where(MembershipRow.user_id == user_id, MembershipRow.workspace_id == workspace_id)
            ).one_or_none()
        if found is None:
            raise NotFound()
        return Actor(str(user_id), str(workspace_id), frozenset({found.role}), found.name)

    def operator_of(self, workspace_id: UUID) -> Actor:
        """Whoever runs the server, in a workspace: for the command line, which reaches the database itself."""
        with self._database.read(workspace_id, from_primary=True) as session:
            owner = session.scalar(
                select(MembershipRow.user_id)
                .where(MembershipRow.workspace_id == workspace_id, MembershipRow.role == Role.OWNER.value)
                .order_by(MembershipRow.created_at)
                .limit(1)
            )
        if owner is None:
            raise NotFound()
        return Actor(str(owner), str(workspace_id), frozenset({Role.OWNER.value}), "Operator")

    def _make_local(self) -> UUID:
        user_id, workspace_id = uuid4(), uuid4()
        with self._database.write(workspace_id, user=user_id) as session:
            # Several processes start at once: one makes him, the others find him.
            session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('pdf-compare local user', 0))"))
            known = session.scalar(select(UserRow.id).where(UserRow.is_local))
            if known is not None:
                return known
            session.execute(insert(UserRow).values(id=user_id, name=LOCAL_NAME, is_local=True))
            session.execute(insert(WorkspaceRow).values(id=workspace_id, name=LOCAL_WORKSPACE))
            session.execute(
                insert(MembershipRow).values(workspace_id=workspace_id, user_id=user_id, role=Role.OWNER.value)
            )
        return user_id
