"""Which position of the database's log a user must see: a reader that has just written sees its own write."""

from __future__ import annotations

import time
from threading import Lock

from db.database import Transaction

_LIFE_SECONDS = 60.0


class LastWrites:
    """The last write of each user, for as long as a replica could lag. In this process: a user stays on his replica."""

    def __init__(self) -> None:
        self._by_user: dict[str, tuple[float, str]] = {}
        self._lock = Lock()

    def note(self, user_id: str, transaction: Transaction) -> None:
        """Remember a committed write; nothing to remember without replicas."""
        if transaction.lsn is None:
            return
        now = time.monotonic()
        with self._lock:
            self._by_user = {u: entry for u, entry in self._by_user.items() if entry[0] > now}
            self._by_user[user_id] = (now + _LIFE_SECONDS, transaction.lsn)

    def of(self, user_id: str) -> str | None:
        """The position to be seen; None when anything will do."""
        with self._lock:
            until, lsn = self._by_user.get(user_id, (0.0, ""))
        return lsn if until > time.monotonic() else None
