"""Requests that are sent twice: the answer to an Idempotency-Key is kept for a day and given again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from core.errors import InputError, PdfCompareError
from db.database import Database
from db.rows import AnswerRow
from service.access import Actor, Role

KEPT_HOURS = 24
_BEING_ANSWERED_SECONDS = 300  #: after so long whoever was answering has gone


class KeyUsed(InputError):
    """The Idempotency-Key was used for another request."""

    code = "idempotency_key_used"
    remedy = "Take a new key for a new request."


class BeingAnswered(PdfCompareError):
    """The same request is being answered at this moment."""

    code = "being_answered"
    remedy = "Send it again in a moment."


class Answer(NamedTuple):
    """A status, a body as JSON, and whether they are those of before."""

    status: int
    body: dict[str, Any]
    is_again: bool


class Answers:
    """Acting once for a key."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def once(
        self, actor: Actor, key: str | None, request: Any, act: Callable[[], tuple[int, dict[str, Any]]]
    ) -> Answer:
        """Act, unless the actor has sent this before under the same key: then what was answered is answered again.

        Args:
            key: The key; without one it is always done.
            request: What was asked for, as JSON: the same key for something else is refused.
            act: Does it. When it raises, nothing is kept, and the next request may try again.

        Raises:
            KeyUsed: The key belongs to another request.
            BeingAnswered: The first one is not done yet.
        """
        if key is None:
            return Answer(*act(), is_again=False)
        actor.require(Role.VIEWER)
        digest = hashlib.sha256(json.dumps(request, sort_keys=True, default=str).encode()).hexdigest()
        mine = and_(AnswerRow.user_id == actor.user, AnswerRow.key == key)
        found = self._begin(actor, key, digest)
        if found is not None:
            return found
        try:
            status, body = act()
        except BaseException:
            with self._database.write(actor.workspace) as session:
                session.execute(delete(AnswerRow).where(mine))
            raise
        with self._database.write(actor.workspace) as session:
            session.execute(update(AnswerRow).where(mine).values(status=status, body=body))
        return Answer(status, body, is_again=False)

    def _begin(self, actor: Actor, key: str, digest: str) -> Answer | None:
        now = datetime.now(UTC)
        gone = or_(
            AnswerRow.created_at < now - timedelta(hours=KEPT_HOURS),
            and_(AnswerRow.status.is_(None), AnswerRow.created_at < now - timedelta(seconds=_BEING_ANSWERED_SECONDS)),
        )
        values = {"workspace_id": actor.workspace, "user_id": actor.user, "key": key, "request_digest": digest}
        with self._database.write(actor.workspace) as session:
            session.execute(delete(AnswerRow).where(gone))
            made = session.scalar(insert(AnswerRow).values(values).on_conflict_do_nothing().returning(AnswerRow.key))
            if made is not None:
                return None
            row = session.scalars(select(AnswerRow).where(AnswerRow.user_id == actor.user, AnswerRow.key == key)).one()
        if row.request_digest != digest:
            raise KeyUsed()
        if row.status is None or row.body is None:
            raise BeingAnswered()
        return Answer(row.status, row.body, is_again=True)
