"""Sessions of browsers by session id: small JSON, in Redis when there is one, else in this process.

Never file bytes, secrets or anything that must not be lost: without Redis a restart forgets them. This process keeps a
copy of what it has seen, so that a Redis that is away costs nobody his place: users go on with the copies here, and
what they changed meanwhile is written when it is back.
"""

from __future__ import annotations

import json
import logging
import time
from collections import OrderedDict
from threading import Lock
from typing import Any, cast

import redis

from service.away import Away

log = logging.getLogger(__name__)

_PREFIX = "pdfc:sess:"
_TIMEOUT_SECONDS = 1.0
_RETRY_SECONDS = 3.0  #: a Redis that failed is not asked for so long, or one that hangs would hold up every page
_MOST_IN_PROCESS = 10_000


class Sessions:
    """Session state. Thread-safe."""

    def __init__(self, redis_url: str | None, *, life_seconds: int) -> None:
        self._life = life_seconds
        self._copies: OrderedDict[str, tuple[float, str]] = OrderedDict()
        self._owed: set[str] = set()  # changed or ended here while Redis was away
        self._lock = Lock()
        self._away = Away(_RETRY_SECONDS)
        self._redis: redis.Redis | None = None
        if redis_url:
            self._redis = redis.Redis.from_url(
                redis_url, socket_timeout=_TIMEOUT_SECONDS, socket_connect_timeout=_TIMEOUT_SECONDS
            )

    @property
    def is_away(self) -> bool:
        """Whether there is a Redis that did not answer the last time: then nobody can go on at another replica."""
        return self._away.is_known

    def load(self, sid: str) -> dict[str, Any]:
        """What was saved; empty when nothing was, or it is too old."""
        text = self._get(sid)
        try:
            state = json.loads(text) if text else {}
        except ValueError:
            state = {}
        return state if isinstance(state, dict) else {}

    def save(self, sid: str, state: dict[str, Any]) -> None:
        """Replace the state and begin its life anew."""
        text = json.dumps(state, separators=(",", ":"))
        self._keep(sid, text)
        self._write(sid, text)

    def forget(self, sid: str) -> None:
        """End a session."""
        with self._lock:
            self._copies.pop(sid, None)
        self._write(sid, None)

    def _get(self, sid: str) -> str | None:
        if self._redis is None or not self._away.is_due:
            return self._copy(sid)
        if sid in self._owed:
            text = self._copy(sid)
            self._write(sid, text)
            return text
        try:
            found = cast(bytes | None, self._redis.get(_PREFIX + sid))
        except redis.RedisError as error:
            self._lost(error)
            return self._copy(sid)
        self._away.answered()
        if found is None:
            return None
        text = found.decode("utf-8", "replace")
        self._keep(sid, text)
        return text

    def _write(self, sid: str, text: str | None) -> None:
        """To Redis, or owed to it."""
        if self._redis is None:
            return
        if self._away.is_due:
            try:
                if text is None:
                    self._redis.delete(_PREFIX + sid)
                else:
                    self._redis.set(_PREFIX + sid, text, ex=self._life)
            except redis.RedisError as error:
                self._lost(error)
            else:
                self._away.answered()
                with self._lock:
                    self._owed.discard(sid)
                return
        with self._lock:
            if len(self._owed) < _MOST_IN_PROCESS:
                self._owed.add(sid)

    def _lost(self, error: redis.RedisError) -> None:
        if self._away.failed():
            log.warning("sessions stay here", extra={"action": "session_lost", "reason": type(error).__name__})

    def _copy(self, sid: str) -> str | None:
        with self._lock:
            until, text = self._copies.get(sid, (0.0, ""))
        return text if until > time.monotonic() else None

    def _keep(self, sid: str, text: str) -> None:
        with self._lock:
            self._copies[sid] = (time.monotonic() + self._life, text)
            self._copies.move_to_end(sid)
            if len(self._copies) > _MOST_IN_PROCESS:
                self._copies.popitem(last=False)
