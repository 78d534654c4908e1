"""Users and memberships: from a session to an actor. What an actor may is asked of the database each time."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from core.errors import NotFound
from db.database import Database, one_at_a_time
from db.rows import MembershipRow, SignInRow, UserRow, WorkspaceRow
from service.access import Actor, Role, lesser
from service.sessions import Sessions
from service.settings import Settings

LOCAL_NAME = "Local user"
LOCAL_WORKSPACE = "Documents"
_SEEN_SECONDS = 60  #: how exactly it is known when a session was last in use


class SignIn(NamedTuple):
    """A live session: whose, and the workspace he last chose."""

    id: UUID
    user: UUID
    workspace: UUID | None


def digest_of(secret: str) -> str:
    """What is stored of a secret that somebody holds: enough to know it again, not enough to use it."""
    return hashlib.sha256(secret.encode()).hexdigest()


class Users:
    """Who is who. Without accounts there is one local user, who takes the path that they take."""

    def __init__(self, settings: Settings, database: Database, sessions: Sessions) -> None:
        self._settings = settings
        self._database = database
        self._sessions = sessions

    @property
    def has_accounts(self) -> bool:
        """Whether people sign in."""
        return self._settings.has_accounts

    def local_actor(self) -> Actor:
        """The single local user in his workspace; both are made at first use."""
        user_id = self.local_user()
        workspace_id = self.home_of(user_id)
        if workspace_id is None:
            raise NotFound()
        return self.actor(user_id, workspace_id)

    def local_user(self) -> UUID:
        """Id of the local user, who is made with his workspace where he is not there yet."""
        with self._database.read(from_primary=True) as session:
            user_id = session.scalar(select(UserRow.id).where(UserRow.is_local))
        return user_id or self._make_local()

    def home_of(self, user_id: UUID) -> UUID | None:
        """The first workspace that a user became a member of; None when he is in none."""
        with self._database.read(user=user_id, from_primary=True) as session:
            return session.scalar(
                select(MembershipRow.workspace_id)
                .where(MembershipRow.user_id == user_id)
                .order_by(MembershipRow.created_at, MembershipRow.workspace_id)
                .limit(1)
            )

    def actor_for_session(self, sid: str) -> Actor | None:
        """Who a session belongs to, as a member of its workspace; None when it is nobody's.

        Without accounts a session that belongs to nobody yet is the local user's.
        """
        if self.has_accounts:
            return self._signed_in(sid)
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

    def sign_in_of(self, sid: str) -> SignIn | None:
        """The live sign-in of a session id: not ended, not too old, in use lately; and it is in use now."""
        now, digest = datetime.now(UTC), digest_of(sid)
        with self._database.read(secret=digest, from_primary=True) as session:
            row = session.scalars(select(SignInRow).where(SignInRow.digest == digest)).one_or_none()
        if row is None or now >= self.end_of(row):
            return None
        if now - row.seen_at > timedelta(seconds=_SEEN_SECONDS):
            with self._database.write(user=row.user_id) as session:
                session.execute(update(SignInRow).where(SignInRow.id == row.id).values(seen_at=now))
        return SignIn(row.id, row.user_id, row.chosen_workspace)

    def end_of(self, row: SignInRow) -> datetime:
        """When a session ends if nobody uses it from now on."""
        idle = row.seen_at + timedelta(seconds=self._settings.session_seconds)
        return min(idle, row.created_at + timedelta(seconds=self._settings.session_most_seconds))

    def actor(self, user_id: UUID, workspace_id: UUID, *, most: Role = Role.OWNER, via: str = "web") -> Actor:
        """A user in a workspace, with the role that the database says he has now, and not more than `most`.

        Raises:
            NotFound: He is no member of it, or may not sign in any more.
        """
        with self._database.read(workspace_id, user=user_id, from_primary=True) as session:
            found = session.execute(
                select(UserRow.name, UserRow.is_admin, MembershipRow.role, WorkspaceRow.name.label("workspace"))
                .join(MembershipRow, MembershipRow.user_id == UserRow.id)
                .join(WorkspaceRow, WorkspaceRow.id == MembershipRow.workspace_id)
                .where(
                    MembershipRow.user_id == user_id,
                    MembershipRow.workspace_id == workspace_id,
                    UserRow.disabled_at.is_(None),
                )
            ).one_or_none()
        if found is None:
            raise NotFound()
        return Actor(
            str(user_id),
            str(workspace_id),
            frozenset({lesser(Role(found.role), most).value}),
            found.name,
            is_admin=found.is_admin and most is Role.OWNER,
            workspace_name=found.workspace,
            via=via,
        )

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
        owners = frozenset({Role.OWNER.value})
        return Actor(str(owner), str(workspace_id), owners, "Operator", is_admin=True, via="console")

    def _signed_in(self, sid: str) -> Actor | None:
        found = self.sign_in_of(sid)
        if found is None:
            return None
        if found.workspace is not None:
            with suppress(NotFound):
                return self.actor(found.user, found.workspace)
        # He was taken out of the one he chose, or chose none: the one he has been in longest.
        home = self.home_of(found.user)
        with suppress(NotFound):
            return None if home is None else self.actor(found.user, home)
        return None

    def _make_local(self) -> UUID:
        user_id, workspace_id = uuid4(), uuid4()
        with self._database.write(workspace_id, user=user_id) as session:
            # Several processes start at once: one makes him, the others find him.
            one_at_a_time(session, "pdf-compare local user")
            known = session.scalar(select(UserRow.id).where(UserRow.is_local))
            if known is not None:
                return known
            session.execute(insert(UserRow).values(id=user_id, name=LOCAL_NAME, is_local=True, is_admin=True))
            session.execute(insert(WorkspaceRow).values(id=workspace_id, name=LOCAL_WORKSPACE))
            session.execute(
                insert(MembershipRow).values(workspace_id=workspace_id, user_id=user_id, role=Role.OWNER.value)
            )
        return user_id
