"""How many requests a user may make in a minute: counted in Redis, or in this process without one."""

from __future__ import annotations

import time
from threading import Lock
from typing import NamedTuple, cast

import redis

from core.errors import PdfCompareError
from service.away import Away

_PREFIX = "pdfc:rate:"
_MINUTE = 60
_TIMEOUT_SECONDS = 0.3
_AWAY_SECONDS = 5.0


class TooManyRequests(PdfCompareError):
    """You have made as many requests in this minute as may be."""

    code = "too_many_requests"
    remedy = "Wait until the minute is over; Retry-After says how long."


class Rate(NamedTuple):
    """What is left of a minute: the limit, the requests left, and the seconds to the next one."""

    limit: int
    left: int
    seconds: int


class Rates:
    """Counts by user, not by address: an office shares one. Thread-safe; one per process."""

    def __init__(self, redis_url: str | None, *, per_minute: int) -> None:
        self._limit = per_minute
        self._counts: dict[str, int] = {}
        self._minute = 0
        self._lock = Lock()
        self._away = Away(_AWAY_SECONDS)
        self._redis: redis.Redis | None = None
        if redis_url:
            self._redis = redis.Redis.from_url(
                redis_url, socket_timeout=_TIMEOUT_SECONDS, socket_connect_timeout=_TIMEOUT_SECONDS
            )

    def take(self, user_id: str) -> Rate | None:
        """Count a request; None where there is no limit. Nothing is left below zero: then it is refused."""
        if not self._limit:
            return None
        now = time.time()
        minute = int(now) // _MINUTE
        count = self._shared(user_id, minute)
        if count is None:
            with self._lock:
                if minute != self._minute:
                    self._minute, self._counts = minute, {}
                count = self._counts[user_id] = self._counts.get(user_id, 0) + 1
        return Rate(self._limit, self._limit - count, _MINUTE - int(now) % _MINUTE)

    def _shared(self, user_id: str, minute: int) -> int | None:
        if self._redis is None or not self._away.is_due:
            return None
        key = f"{_PREFIX}{user_id}:{minute}"
        try:
            with self._redis.pipeline(transaction=False) as pipe:
                pipe.incr(key)
                pipe.expire(key, 2 * _MINUTE)
                return cast(int, pipe.execute()[0])
        except redis.RedisError:
            self._away.failed()
            return None
