"""The last write of each workspace, as a position in the database's log, for all processes of an installation.

Whoever reads a workspace then sees what was last written there, by whichever web server or worker, also while the
replicas lag: a replica that has not come so far is not asked.
"""

from __future__ import annotations

import logging
import time
from threading import Lock
from typing import cast
from uuid import UUID

import redis

from db.database import UNKNOWN
from service.away import Away

log = logging.getLogger(__name__)

_PREFIX = "pdfc:written:"
_LIFE_SECONDS = 60  #: longer than a replica may lag before it is not asked at all
_TIMEOUT_SECONDS = 0.5  #: as long as a reader may wait for an answer, once in `_AWAY_SECONDS`
_AWAY_SECONDS = 5.0
# Two writers may arrive in the other order than they committed; the later position stays. Positions are numbers here.
_ADVANCE = """
if tonumber(ARGV[1]) > tonumber(redis.call('GET', KEYS[1]) or '0') then
    redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
end
"""


class LastWrites:
    """Positions in Redis when there is one, and in this process. Thread-safe; never raises.

    While Redis is away nobody knows what others have written, so everything is read from the primary.
    """

    def __init__(self, redis_url: str | None) -> None:
        self._redis: redis.Redis | None = None
        if redis_url:
            self._redis = redis.Redis.from_url(
                redis_url, socket_timeout=_TIMEOUT_SECONDS, socket_connect_timeout=_TIMEOUT_SECONDS
            )
        self._away = Away(_AWAY_SECONDS)
        self._own: dict[UUID, tuple[float, int]] = {}
        self._untold: set[UUID] = set()
        self._lock = Lock()

    def note(self, workspace: UUID, lsn: str) -> None:
        """A write of the workspace was committed before this position; `UNKNOWN` when nobody can say where."""
        position = _number(lsn)
        now = time.monotonic()
        with self._lock:
            self._own = {w: entry for w, entry in self._own.items() if entry[0] > now}
            _, before = self._own.get(workspace, (0.0, 0))
            self._own[workspace] = (now + _LIFE_SECONDS, max(before, position))
            self._untold.add(workspace)
        self._tell()

    def of(self, workspace: UUID) -> str | None:
        """The position of the last write; None when any replica will do, `UNKNOWN` when nobody can say."""
        self._tell()
        now = time.monotonic()
        with self._lock:
            until, own = self._own.get(workspace, (0.0, 0))
        told = self._asked(workspace)
        if told is None:
            return UNKNOWN
        position = max(told, own if until > now else 0)
        if position == _NOWHERE:
            return UNKNOWN
        return f"{position >> 32:X}/{position & 0xFFFFFFFF:X}" if position else None

    def _asked(self, workspace: UUID) -> int | None:
        """What Redis says, 0 for nothing; None when it does not answer."""
        if self._redis is None:
            return 0
        if not self._away.is_due:
            return None
        try:
            return int(cast(bytes | None, self._redis.get(f"{_PREFIX}{workspace}")) or b"0")
        except (redis.RedisError, ValueError) as error:
            self._left(error)
            return None

    def _tell(self) -> None:
        """Tell the others what they do not know yet."""
        with self._lock:
            untold = {w: self._own[w] for w in self._untold if w in self._own}
            self._untold.clear()
        if self._redis is None or not untold:
            return
        try:
            if not self._away.is_due:
                raise redis.ConnectionError
            for workspace, (until, position) in untold.items():
                left = max(1, round(until - time.monotonic()))
                self._redis.eval(_ADVANCE, 1, f"{_PREFIX}{workspace}", str(position), str(left))
        except redis.RedisError as error:
            self._left(error)
            with self._lock:
                self._untold |= untold.keys()

    def _left(self, error: Exception) -> None:
        if self._away.is_due:
            self._away.failed()
            log.warning("last writes not known", extra={"action": "freshness_lost", "reason": type(error).__name__})


_NOWHERE = (1 << 53) - 1  #: the greatest whole number of Redis' scripts; no log comes so far


def _number(lsn: str) -> int:
    if lsn == UNKNOWN:
        return _NOWHERE
    high, _, low = lsn.partition("/")
    return int(high, 16) << 32 | int(low, 16)
