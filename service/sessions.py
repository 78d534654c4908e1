"""Sessions of browsers by session id: small JSON, in Redis when there is one, else in this process.

Never file bytes, secrets or anything that must not be lost: without Redis a restart forgets them, and a Redis that
is away makes them empty, not wrong.
"""

from __future__ import annotations

import json
import logging
import time
from threading import Lock
from typing import Any, cast

import redis

log = logging.getLogger(__name__)

_PREFIX = "pdfc:sess:"
_TIMEOUT_SECONDS = 1.0
_MOST_IN_PROCESS = 10_000


class Sessions:
    """Session state. Thread-safe."""

    def __init__(self, redis_url: str | None, *, life_seconds: int) -> None:
        self._life = life_seconds
        self._local: dict[str, tuple[float, str]] = {}
        self._lock = Lock()
        self._redis: redis.Redis | None = None
        if redis_url:
            self._redis = redis.Redis.from_url(
                redis_url, socket_timeout=_TIMEOUT_SECONDS, socket_connect_timeout=_TIMEOUT_SECONDS
            )

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
        if self._redis is not None:
            try:
                self._redis.set(_PREFIX + sid, text, ex=self._life)
            except redis.RedisError as error:
                log.warning("session not saved", extra={"action": "session_lost", "reason": type(error).__name__})
            return
        with self._lock:
            if len(self._local) >= _MOST_IN_PROCESS:
                self._drop_oldest()
            self._local[sid] = (time.monotonic() + self._life, text)

    def forget(self, sid: str) -> None:
        """End a session."""
        if self._redis is not None:
            try:
                self._redis.delete(_PREFIX + sid)
            except redis.RedisError as error:
                log.warning("session not ended", extra={"action": "session_lost", "reason": type(error).__name__})
            return
        with self._lock:
            self._local.pop(sid, None)

    def _get(self, sid: str) -> str | None:
        if self._redis is not None:
            try:
                found = cast(bytes | None, self._redis.get(_PREFIX + sid))
            except redis.RedisError as error:
                log.warning("session not read", extra={"action": "session_lost", "reason": type(error).__name__})
                return None
            return None if found is None else found.decode("utf-8", "replace")
        with self._lock:
            until, text = self._local.get(sid, (0.0, ""))
            return text if until > time.monotonic() else None

    def _drop_oldest(self) -> None:
        for sid, _ in sorted(self._local.items(), key=lambda item: item[1][0])[: _MOST_IN_PROCESS // 10]:
            del self._local[sid]
