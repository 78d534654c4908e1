"""Transactions: who is asked (primary or replica) and for whom (workspace). The facts about PgBouncer live here alone.

Everything is set inside the transaction and ends with it, because behind PgBouncer in transaction mode the next
transaction of the connection belongs to somebody else: no session SET, no session lock, no LISTEN, no temporary table.

Row-level security is ignored for superusers and table owners that bypass it, and the login may be one; so every
transaction first becomes `pdfcompare_app`, which owns nothing and bypasses nothing, and then names its workspace.
Without a workspace every tenant table is empty.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import Any, NamedTuple, Protocol, TypeAlias
from uuid import UUID

from psycopg2.errors import QueryCanceled
from sqlalchemy import Engine, create_engine, event, func, select, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import ORMExecuteState, Session
from sqlalchemy.pool import PoolProxiedConnection, QueuePool

from core.errors import InputError, StorageError
from db.replicas import ANSWER_SECONDS, Replica, Trail, Watch
from db.schema import require_fit

log = logging.getLogger(__name__)

OnWait: TypeAlias = Callable[[str, float], None]

APP_ROLE = "pdfcompare_app"
LAG_POLLS, LAG_PAUSE_SECONDS = 3, 0.005  #: measured: a fresh commit is on a healthy replica within 9 ms
STATEMENT_TIMEOUT = "60s"
_PAUSE_SECONDS = 0.25  #: between two tries to begin
_REPLICA_CONNECT_SECONDS = 2  #: the least that the driver knows

# The only place that becomes the application's role and names a workspace; in one statement, for each is a round trip.
_ENTER = text(
    "SELECT set_config('transaction_read_only', :read_only, true), set_config('role', :role, true), "
    "set_config('app.workspace', :workspace, true), set_config('app.user', :user, true), "
    "set_config('app.secret', :secret, true), set_config('app.trash', :trash, true), "
    "set_config('statement_timeout', :timeout, true)"
)
# A server that is not in recovery is the primary under another name, or was promoted: it shows everything.
_SHOWS = text("SELECT NOT pg_is_in_recovery() OR pg_last_wal_replay_lsn() >= CAST(:lsn AS pg_lsn)")


class Unavailable(StorageError):
    """The database does not answer."""

    code = "database_unavailable"
    remedy = "Try again in a moment; if it lasts, tell the administrator."


class BadCharacters(InputError):
    """A name or a text holds characters that cannot be stored."""

    code = "bad_characters"
    remedy = "Leave out what is no letter, digit or sign, such as the character of code 0."


class Freshness(Protocol):
    """Up to where a replica must have come for whoever reads a workspace. Thread-safe; never raises."""

    def note(self, workspace: UUID, lsn: str) -> None:
        """A write of the workspace was committed before this position; `UNKNOWN` when nobody can say where."""

    def of(self, workspace: UUID) -> str | None:
        """The position of its last write; None when any replica will do, `UNKNOWN` when nobody can say."""


UNKNOWN = "unknown"  #: as a position: only the primary surely shows it


class _ForWhom(NamedTuple):
    """What a transaction is opened with: a workspace, a user, the digest of a secret, and whether the trash is seen."""

    workspace: UUID | None
    user: UUID | None
    secret: str | None
    with_trash: bool = False


class _Reading(Session):
    """A read-only transaction, which goes on at the primary when its server goes.

    Each statement of a transaction that is READ COMMITTED has a snapshot of its own, and the primary is never behind,
    so a statement that failed with its server is asked there again.
    """

    def __init__(self, primary: Engine, for_whom: _ForWhom, patience_seconds: float) -> None:
        super().__init__(primary, expire_on_commit=False)
        self._primary = primary
        self._patience = patience_seconds
        self._for = for_whom
        self._replica: Replica | None = None

    def begin_at(self, replica: Replica | None, after: str | None = None) -> bool:
        """Whether the transaction has begun; not on a replica that does not answer or does not show `after`."""
        self._replica = replica
        if replica is None:
            self.bind = self._primary
            _begin(self, self._for, self._patience, read_only=True)
            return True
        self.bind = replica.engine
        try:
            _enter(self, self._for, read_only=True)
            if after is None or self._shows(after):
                return True
        except DBAPIError as error:
            if not _is_loss(error):
                raise
            replica.suspect(type(error.orig).__name__)
        self.close()
        return False

    def again(self, state: ORMExecuteState) -> Any:
        """The statement's result, from the primary where the server is lost over it."""
        try:
            return state.invoke_statement()
        except DBAPIError as error:
            if not _is_loss(error):
                raise
            if self._replica is not None:
                self._replica.suspect(type(error.orig).__name__)
        self.close()
        self.begin_at(None)
        return state.invoke_statement()

    def _shows(self, lsn: str) -> bool:
        for attempt in range(LAG_POLLS):
            if attempt:
                time.sleep(LAG_PAUSE_SECONDS)
            if self.connection().execute(_SHOWS, {"lsn": lsn}).scalar_one():
                return True
        return False


@event.listens_for(_Reading, "do_orm_execute")
def _executed(state: ORMExecuteState) -> Any:
    session = state.session
    return session.again(state) if isinstance(session, _Reading) else None


class Database:
    """The one way to PostgreSQL. Thread-safe; one per process.

    Args:
        write_url: The primary, or a pooler before it.
        read_urls: Its replicas, in any order.
        pool_size: Connections kept to each.
        freshness: Knows the last write of each workspace; without it, reads may be as old as a replica is.
        patience_seconds: How long new work waits for a primary that is away, as while it is started again.
        on_wait: Told the pool, `primary` or `replica`, and after how many seconds somebody had a connection of it.
    """

    def __init__(
        self,
        write_url: str,
        read_urls: Sequence[str] = (),
        *,
        pool_size: int = 5,
        freshness: Freshness | None = None,
        patience_seconds: float = 0.0,
        on_wait: OnWait | None = None,
    ) -> None:
        self._primary = _engine(write_url, pool_size, on_wait)
        trail = Trail(_driver_url(write_url))
        self._replicas = [
            Replica(_driver_url(url), _engine(url, pool_size, on_wait, is_replica=True), trail) for url in read_urls
        ]
        self._freshness = freshness
        self._patience = patience_seconds
        self._trail = trail
        self._watch: Watch | None = None
        self._turn = 0
        self._lock = Lock()

    @contextmanager
    def write(
        self,
        workspace: UUID | None = None,
        *,
        user: UUID | None = None,
        secret: str | None = None,
        with_trash: bool = False,
    ) -> Iterator[Session]:
        """A unit of work on the primary, its reads included; committed at the end, rolled back on any exception.

        Args:
            workspace: Whose rows are seen and written; None sees no tenant row.
            user: Who asks, so that his own memberships are seen before a workspace is chosen.
            secret: Digest of what he has in hand, a session id or the secret of a link, so that its row is seen.
            with_trash: Whether documents and comparisons in the trash are seen too.
        """
        with _translated(), Session(self._primary, expire_on_commit=False) as session:
            _begin(session, _ForWhom(workspace, user, secret, with_trash), self._patience, read_only=False)
            yield session
            session.commit()
            if self._replicas and self._freshness is not None and workspace is not None:
                self._freshness.note(workspace, _written_to(session))

    @contextmanager
    def read(
        self,
        workspace: UUID | None = None,
        *,
        user: UUID | None = None,
        secret: str | None = None,
        with_trash: bool = False,
        from_primary: bool = False,
    ) -> Iterator[Session]:
        """A read-only transaction that shows every write of the workspace: on a replica that has it, else the primary.

        A replica that goes while it is read costs its reader `WATCH_SECONDS` and `ANSWER_SECONDS` at most.
        """
        for_whom = _ForWhom(workspace, user, secret, with_trash)
        with _translated(), _Reading(self._primary, for_whom, self._patience) as session:
            if from_primary or not self._begin_at_replica(session, workspace):
                session.begin_at(None)
            yield session

    def workspaces(self) -> list[UUID]:
        """All workspaces, for maintenance, which then goes through them one by one."""
        with self.read() as session:
            return list(session.scalars(text("SELECT id FROM workspaces ORDER BY id")))

    def ping(self) -> None:
        """Return when the primary answers now, and has a form that this release can use.

        Raises:
            Unavailable: It does not answer.
            SchemaBehind: It waits for its migration.
            SchemaBeyond: It is a later release's.
        """
        with _translated(), self._primary.connect() as connection:
            require_fit(connection)

    def connections(self) -> list[tuple[str, int, int]]:
        """By pool: its name, connections in use, and idle ones."""
        pools = [("primary", self._primary.pool)]
        pools += [(f"replica_{number}", replica.engine.pool) for number, replica in enumerate(self._replicas, 1)]
        return [(name, pool.checkedout(), pool.checkedin()) for name, pool in pools if isinstance(pool, QueuePool)]

    def replicas_seen(self) -> list[tuple[int, bool, float | None]]:
        """Of each replica that is watched: its number from 1, whether it is read, seconds behind the primary."""
        return [
            (number, replica.is_fit, replica.lag_seconds)
            for number, replica in enumerate(self._replicas, 1)
            if replica.is_watched
        ]

    def close(self) -> None:
        if self._watch is not None:
            self._watch.close()
        for engine in (self._primary, *(replica.engine for replica in self._replicas)):
            engine.dispose()

    def _begin_at_replica(self, session: _Reading, workspace: UUID | None) -> bool:
        if not self._replicas:
            return False
        after = None if self._freshness is None or workspace is None else self._freshness.of(workspace)
        if after == UNKNOWN:
            return False
        self._watched()
        with self._lock:
            self._turn += 1
            turn = self._turn % len(self._replicas)
        in_turn = [*self._replicas[turn:], *self._replicas[:turn]]
        return any(replica.is_fit and session.begin_at(replica, after) for replica in in_turn)

    def _watched(self) -> None:
        """Begin to watch the replicas with the first read; what never reads has no threads."""
        with self._lock:
            first, self._watch = self._watch is None, self._watch or Watch()
        if first:
            self._watch.start(self._trail, *self._replicas)
            for replica in self._replicas:
                replica.wait_judged(ANSWER_SECONDS)


def one_at_a_time(session: Session, name: str) -> None:
    """Wait for whoever holds this name, and hold it to the end of the transaction; the database knows it by a hash."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


def _driver_url(url: str) -> str:
    scheme, _, rest = url.partition("://")
    if scheme not in {"postgresql", "postgres"}:
        raise StorageError("the database URL is not a PostgreSQL URL")
    return f"postgresql://{rest}"


def _pool(name: str, on_wait: OnWait | None) -> type[QueuePool]:
    """A pool that tells how long each had to wait. A class of its own: the engine makes new ones of it by itself."""
    if on_wait is None:
        return QueuePool
    told = on_wait

    class Timed(QueuePool):
        def connect(self) -> PoolProxiedConnection:
            began = time.monotonic()
            connection = super().connect()
            told(name, time.monotonic() - began)
            return connection

    return Timed


def _engine(url: str, pool_size: int, on_wait: OnWait | None, *, is_replica: bool = False) -> Engine:
    return create_engine(
        _driver_url(url).replace("postgresql://", "postgresql+psycopg2://", 1),
        poolclass=_pool("replica" if is_replica else "primary", on_wait),
        pool_size=pool_size,
        max_overflow=pool_size * 2,
        pool_timeout=10,
        pool_recycle=1800,
        # What a replica's connection fails at is asked again elsewhere: looking before is a round trip for nothing.
        pool_pre_ping=not is_replica,
        # A statement's values may be text of a document.
        hide_parameters=True,
        connect_args={
            "connect_timeout": _REPLICA_CONNECT_SECONDS if is_replica else 5,
            "application_name": "pdf-compare",
            "keepalives_idle": 30,
            "keepalives_interval": 5,
            "keepalives_count": 3,
        },
    )


def _begin(session: Session, for_whom: _ForWhom, patience_seconds: float, *, read_only: bool) -> None:
    """Begin at the primary, again and again while it is away: nothing has been done yet that could be done twice."""
    end = time.monotonic() + patience_seconds
    while True:
        try:
            _enter(session, for_whom, read_only=read_only)
        except DBAPIError as error:
            if not _is_loss(error) or time.monotonic() >= end:
                raise
        else:
            return
        session.close()
        time.sleep(_PAUSE_SECONDS)


def _is_loss(error: DBAPIError) -> bool:
    """Whether the error is the server's (gone, or in conflict with what it replays) and not the statement's."""
    if isinstance(error.orig, QueryCanceled):
        return False
    return isinstance(error, OperationalError) or error.connection_invalidated


def _enter(session: Session, for_whom: _ForWhom, *, read_only: bool) -> None:
    session.connection().execute(
        _ENTER,
        {
            "read_only": "on" if read_only else "off",
            "role": APP_ROLE,
            "workspace": str(for_whom.workspace or ""),
            "user": str(for_whom.user or ""),
            "secret": for_whom.secret or "",
            "trash": "on" if for_whom.with_trash else "",
            "timeout": STATEMENT_TIMEOUT,
        },
    )


def _written_to(session: Session) -> str:
    """The position after a commit: one taken before it would not include it."""
    try:
        return str(session.execute(text("SELECT pg_current_wal_lsn()::text")).scalar_one())
    except DBAPIError:
        # The work is done, whatever has happened to the server since.
        return UNKNOWN


@contextmanager
def _translated() -> Iterator[None]:
    """Driver errors that mean "not there", or text that cannot be stored, as ours; the others are bugs and pass."""
    try:
        yield
    except ValueError as error:
        # A value never reached the server: it holds a NUL, or half of a surrogate pair.
        if isinstance(error, UnicodeEncodeError) or "NUL" in str(error):
            raise BadCharacters() from error
        raise
    except OperationalError as error:
        raise Unavailable() from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise Unavailable() from error
        raise
