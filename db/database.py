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
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from uuid import UUID

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session

from core.errors import StorageError

log = logging.getLogger(__name__)

APP_ROLE = "pdfcompare_app"
OUT_SECONDS = 15.0  #: a replica that failed or lags is not asked for so long
LAG_POLLS, LAG_PAUSE_SECONDS = 3, 0.005  #: measured: a fresh commit is on a healthy replica within 9 ms
MAX_LAG_SECONDS = 10.0
STATEMENT_TIMEOUT = "60s"

# A server that is not in recovery is the primary under another name, or was promoted: it shows everything. The age of
# the last replayed transaction is a lag only while something received waits for replay; an idle system has none.
_POSITION = text("""
    SELECT NOT pg_is_in_recovery() OR CAST(:lsn AS pg_lsn) IS NULL OR pg_last_wal_replay_lsn() >= CAST(:lsn AS pg_lsn),
           CASE WHEN NOT pg_is_in_recovery() OR pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0
                ELSE coalesce(extract(epoch FROM now() - pg_last_xact_replay_timestamp()), 0) END::float
""")


class Unavailable(StorageError):
    """The database does not answer."""

    code = "database_unavailable"
    remedy = "Try again in a moment; if it lasts, tell the administrator."


class Transaction(Session):
    """A session that knows, after its commit, up to where a replica must have come to show it."""

    lsn: str | None = None


@dataclass
class _Replica:
    engine: Engine
    out_until: float = field(default=0.0)


class Database:
    """The one way to PostgreSQL. Thread-safe; one per process."""

    def __init__(self, write_url: str, read_urls: Sequence[str] = (), *, pool_size: int = 5) -> None:
        self._primary = _engine(write_url, pool_size)
        self._replicas = [_Replica(_engine(url, pool_size)) for url in read_urls]
        self._turn = 0
        self._lock = Lock()

    @property
    def has_replicas(self) -> bool:
        return bool(self._replicas)

    @contextmanager
    def write(self, workspace: UUID | None = None, *, user: UUID | None = None) -> Iterator[Transaction]:
        """A unit of work on the primary, its reads included; committed at the end, rolled back on any exception.

        Args:
            workspace: Whose rows are seen and written; None sees no tenant row.
            user: Who asks, so that his own memberships are seen before a workspace is chosen.
        """
        with _translated(), Transaction(self._primary, expire_on_commit=False) as session:
            _enter(session, workspace, user, read_only=False)
            yield session
            session.commit()
            if self._replicas:
                # After the commit: a position taken before it would not include it.
                session.lsn = session.scalar(text("SELECT pg_current_wal_lsn()::text"))

    @contextmanager
    def read(
        self,
        workspace: UUID | None = None,
        *,
        user: UUID | None = None,
        after: str | None = None,
        from_primary: bool = False,
    ) -> Iterator[Session]:
        """A read-only transaction on a replica that has come up to `after`, else on the primary."""
        with _translated():
            replica = None if from_primary else self._fit_replica(after)
            try:
                session = _reading(replica.engine if replica else self._primary, workspace, user)
            except OperationalError as error:
                if replica is None:
                    raise
                self._leave_out(replica, type(error.orig).__name__)
                session = _reading(self._primary, workspace, user)
            with session:
                yield session

    def workspaces(self) -> list[UUID]:
        """All workspaces, for maintenance, which then goes through them one by one."""
        with self.read() as session:
            return list(session.scalars(text("SELECT id FROM workspaces ORDER BY id")))

    def ping(self) -> None:
        """Return when the primary answers.

        Raises:
            Unavailable: It does not.
        """
        with self.write() as session:
            session.execute(text("SELECT 1"))

    def close(self) -> None:
        for engine in (self._primary, *(replica.engine for replica in self._replicas)):
            engine.dispose()

    def _fit_replica(self, after: str | None) -> _Replica | None:
        """A replica that shows `after`; None when the primary is to be asked."""
        for _ in self._replicas:
            replica = self._next()
            if replica is None:
                break
            if self._fit(replica, after):
                return replica
        return None

    def _next(self) -> _Replica | None:
        now = time.monotonic()
        with self._lock:
            for _ in self._replicas:
                self._turn = (self._turn + 1) % len(self._replicas)
                if self._replicas[self._turn].out_until <= now:
                    return self._replicas[self._turn]
        return None

    def _fit(self, replica: _Replica, after: str | None) -> bool:
        """Whether a replica answers, keeps up and shows `after`; one that fails or lags is left out for a while."""
        try:
            with replica.engine.connect() as connection:
                for attempt in range(LAG_POLLS):
                    shown, lag = connection.execute(_POSITION, {"lsn": after}).one()
                    connection.rollback()
                    if lag > MAX_LAG_SECONDS:
                        return self._leave_out(replica, "lag")
                    if shown:
                        return True
                    if attempt + 1 < LAG_POLLS:
                        time.sleep(LAG_PAUSE_SECONDS)
        except DBAPIError as error:
            return self._leave_out(replica, type(error.orig).__name__)
        return False

    @staticmethod
    def _leave_out(replica: _Replica, reason: str) -> bool:
        log.warning("replica left out", extra={"action": "replica_out", "reason": reason})
        replica.out_until = time.monotonic() + OUT_SECONDS
        return False


def _engine(url: str, pool_size: int) -> Engine:
    scheme, _, rest = url.partition("://")
    if scheme not in {"postgresql", "postgres"}:
        raise StorageError("the database URL is not a PostgreSQL URL")
    return create_engine(
        f"postgresql+psycopg2://{rest}",
        pool_size=pool_size,
        max_overflow=pool_size * 2,
        pool_timeout=10,
        pool_recycle=1800,
        pool_pre_ping=True,
        # A statement's values may be text of a document.
        hide_parameters=True,
        connect_args={
            "connect_timeout": 5,
            "application_name": "pdf-compare",
            "keepalives_idle": 30,
            "keepalives_interval": 5,
            "keepalives_count": 3,
        },
    )


def _reading(engine: Engine, workspace: UUID | None, user: UUID | None) -> Session:
    """A session in a read-only transaction that has begun."""
    session = Session(engine, expire_on_commit=False)
    try:
        _enter(session, workspace, user, read_only=True)
    except BaseException:
        session.close()
        raise
    return session


def _enter(session: Session, workspace: UUID | None, user: UUID | None, *, read_only: bool) -> None:
    """The only place that becomes the application's role and names a workspace."""
    connection = session.connection()
    if read_only:
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")
    connection.exec_driver_sql(f"SET LOCAL ROLE {APP_ROLE}")
    connection.execute(
        text(
            "SELECT set_config('app.workspace', :workspace, true), set_config('app.user', :user, true), "
            "set_config('statement_timeout', :timeout, true)"
        ),
        {"timeout": STATEMENT_TIMEOUT, "workspace": str(workspace or ""), "user": str(user or "")},
    )


@contextmanager
def _translated() -> Iterator[None]:
    """Driver errors that mean "not there" as ours; the others are bugs and pass."""
    try:
        yield
    except OperationalError as error:
        raise Unavailable() from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise Unavailable() from error
        raise
