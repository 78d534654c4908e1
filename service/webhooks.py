"""Webhooks: a workspace's programs are told when a comparison or a batch ends, by signed requests, tried again.

What is to be sent is written in the transaction that ends the job, so nothing ends untold and nothing is told that did
not end. A request carries ids, states and counts, never a document's name or text. It is signed as Standard Webhooks
(https://www.standardwebhooks.com) says: HMAC-SHA256 over id, time and body. The key is made of the server's secret and
a salt, so it stands in no table and in no backup.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import delete, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.errors import InputError, NotFound
from db.database import Database
from db.rows import (
    BatchItemRow,
    BatchRow,
    ChangeRow,
    ComparisonRow,
    DeliveryRow,
    JobRow,
    WebhookRow,
)
from service import audit, outbound, queue
from service.access import Actor, Role
from service.outbound import BadAddress, Network, NotSent
from service.views import as_uuid, cursor, iso, read_cursor

log = logging.getLogger(__name__)

EVENTS = ("comparison.done", "comparison.failed", "comparison.cancelled", "batch.done")
PING = "ping"
MOST_WEBHOOKS = 20  #: of a workspace
MOST_LISTED = 200
#: Seconds between the tries of one delivery: about a day together.
WAITS = (10, 60, 300, 1800, 7200, 21600, 43200)
MOST_FAILURES = 24  #: tries in a row that failed, of all deliveries, after which a webhook is switched off
KEPT_DAYS = 30
PREFIX = "whsec_"


class TooManyWebhooks(InputError):
    """There are as many webhooks as may be."""

    code = "too_many_webhooks"
    remedy = "Delete those that are not needed any more."


@dataclass(frozen=True, slots=True)
class WebhookView:
    """An address and what it is told; `failures` counts tries in a row that failed."""

    id: str
    url: str
    events: tuple[str, ...]
    is_enabled: bool
    failures: int
    created_at: datetime

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "url": self.url,
            "events": list(self.events),
            "is_enabled": self.is_enabled,
            "failures": self.failures,
            "created_at": iso(self.created_at),
        }


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """One thing to be told: waiting, delivered or failed. `status` is the last answer's, `reason` why there is none."""

    id: str
    event: str
    state: str
    attempts: int
    status: int | None
    reason: str | None
    body: dict[str, Any]
    created_at: datetime
    tried_at: datetime | None

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "event": self.event,
            "state": self.state,
            "attempts": self.attempts,
            "status": self.status,
            "reason": self.reason,
            "body": self.body,
            "created_at": iso(self.created_at),
            "tried_at": iso(self.tried_at),
        }


class Tried(NamedTuple):
    """What a try to tell a webhook came to, and after how many seconds the next one is due; None: it is over."""

    outcome: Literal["delivered", "failed", "again"]
    again_seconds: int | None = None


class Webhooks:
    """Use cases of webhooks, for owners."""

    def __init__(self, database: Database, *, secret: str, networks: Sequence[Network] = ()) -> None:
        """Sign with keys made of `secret`; reach `networks` besides the public ones."""
        self._database = database
        self._secret = secret
        self._networks = tuple(networks)

    def add(self, actor: Actor, url: str, events: Sequence[str]) -> tuple[WebhookView, str]:
        """A new webhook and the key of its signatures, which is told this once only.

        Raises:
            BadAddress: The address leads to where it must not.
            TooManyWebhooks: There are as many as may be.
        """
        actor.require(Role.OWNER)
        outbound.target(url, self._networks)
        id_, salt = uuid4(), secrets.token_hex(16)
        with self._database.write(actor.workspace) as session:
            if (session.scalar(select(func.count()).select_from(WebhookRow)) or 0) >= MOST_WEBHOOKS:
                raise TooManyWebhooks(f"There are {MOST_WEBHOOKS} webhooks here.")
            values = {
                "id": id_,
                "workspace_id": actor.workspace,
                "url": url,
                "events": list(dict.fromkeys(events)),
                "salt": salt,
                "created_by": actor.user,
            }
            row = session.execute(insert(WebhookRow).values(values).returning(WebhookRow)).scalar_one()
            audit.note(session, actor, "webhook.added", id_)
        return _view(row), self._key_text(id_, salt)

    def list(self, actor: Actor) -> list[WebhookView]:
        """The webhooks of the workspace, oldest first."""
        actor.require(Role.OWNER)
        with self._database.read(actor.workspace) as session:
            return [_view(row) for row in session.scalars(select(WebhookRow).order_by(WebhookRow.created_at))]

    def get(self, actor: Actor, webhook_id: str) -> WebhookView:
        """One webhook; `NotFound`."""
        actor.require(Role.OWNER)
        with self._database.read(actor.workspace) as session:
            return _view(_find(session, webhook_id))

    def change(
        self,
        actor: Actor,
        webhook_id: str,
        *,
        url: str | None = None,
        events: Sequence[str] | None = None,
        is_enabled: bool | None = None,
    ) -> WebhookView:
        """Change what is given. Switched on, it begins anew, with no failure. `NotFound`, `BadAddress`."""
        actor.require(Role.OWNER)
        if url is not None:
            outbound.target(url, self._networks)
        with self._database.write(actor.workspace) as session:
            row = _find(session, webhook_id)
            if url is not None:
                row.url = url
            if events is not None:
                row.events = list(dict.fromkeys(events))
            if is_enabled is not None:
                row.disabled_at = None if is_enabled else datetime.now(UTC)
                row.failures = 0
            audit.note(session, actor, "webhook.changed", webhook_id)
            session.flush()
            return _view(row)

    def renew_key(self, actor: Actor, webhook_id: str) -> tuple[WebhookView, str]:
        """Another key, told this once only; the one before is good no more. `NotFound`."""
        actor.require(Role.OWNER)
        with self._database.write(actor.workspace) as session:
            row = _find(session, webhook_id)
            row.salt = secrets.token_hex(16)
            audit.note(session, actor, "webhook.changed", webhook_id)
            session.flush()
            return _view(row), self._key_text(row.id, row.salt)

    def delete(self, actor: Actor, webhook_id: str) -> None:
        """Forget a webhook and what was sent to it; `NotFound`."""
        actor.require(Role.OWNER)
        with self._database.write(actor.workspace) as session:
            session.delete(_find(session, webhook_id))
            audit.note(session, actor, "webhook.deleted", webhook_id)

    def ping(self, actor: Actor, webhook_id: str) -> DeliveryView:
        """Send something to try it; `NotFound`."""
        actor.require(Role.OWNER)
        with self._database.write(actor.workspace) as session:
            row = _find(session, webhook_id)
            delivery = _send(session, row, PING, {})
            session.flush()
            return _delivery_view(session.get_one(DeliveryRow, delivery))

    def deliveries(
        self, actor: Actor, webhook_id: str, *, limit: int = 50, after: str | None = None
    ) -> tuple[Sequence[DeliveryView], str | None]:
        """What was sent to it, newest first, and where the next page begins; `NotFound`."""
        actor.require(Role.OWNER)
        limit = max(1, min(limit, MOST_LISTED))
        with self._database.read(actor.workspace) as session:
            webhook = _find(session, webhook_id)
            wanted = (
                select(DeliveryRow)
                .where(DeliveryRow.webhook_id == webhook.id)
                .order_by(DeliveryRow.created_at.desc(), DeliveryRow.id.desc())
                .limit(limit + 1)
            )
            if after is not None:
                wanted = wanted.where(tuple_(DeliveryRow.created_at, DeliveryRow.id) < read_cursor(after))
            rows = session.scalars(wanted).all()
        more = cursor(rows[limit - 1].created_at, rows[limit - 1].id) if len(rows) > limit else None
        return [_delivery_view(row) for row in rows[:limit]], more

    def send_again(self, actor: Actor, webhook_id: str, delivery_id: str) -> DeliveryView:
        """Send once more what has ended, under its id; `NotFound`."""
        actor.require(Role.OWNER)
        with self._database.write(actor.workspace) as session:
            row = session.get(DeliveryRow, as_uuid(delivery_id))
            if row is None or row.webhook_id != as_uuid(webhook_id):
                raise NotFound()
            if row.state != "waiting":
                row.state, row.attempts = "waiting", 0
                row.engine_id = queue.defer_delivery(session, delivery=row.id, workspace=actor.workspace)
            session.flush()
            return _delivery_view(row)

    # ---- for jobs, in their transaction

    def job_ended(self, session: Session, job: UUID) -> None:
        """A job has ended: write down what is to be told, where somebody wants to know."""
        wanting = session.scalars(select(WebhookRow).where(WebhookRow.disabled_at.is_(None))).all()
        if not wanting:
            return
        found = session.execute(
            select(ComparisonRow, JobRow).join(JobRow, JobRow.id == ComparisonRow.job_id).where(JobRow.id == job)
        ).one_or_none()
        if found is None:
            return
        comparison, row = found
        told = _told(session, comparison, row)
        batches = _ended_batches(session, comparison.id)
        for webhook in wanting:
            if f"comparison.{row.state}" in webhook.events:
                _send(session, webhook, f"comparison.{row.state}", {"comparison": told})
            if "batch.done" in webhook.events:
                for batch, total in batches:
                    _send(session, webhook, "batch.done", {"batch": {"id": str(batch), "total": total}})

    # ---- for workers

    def deliver(self, workspace: UUID, delivery: UUID) -> Tried | None:
        """Try once; None where there is nothing to tell any more."""
        with self._database.read(workspace, from_primary=True) as session:
            row = session.get(DeliveryRow, delivery)
            webhook = None if row is None else session.get(WebhookRow, row.webhook_id)
        if row is None or webhook is None or row.state != "waiting":
            return None
        if webhook.disabled_at is not None and row.event != PING:
            self._ended(workspace, row.id, webhook.id, "failed", None, "switched off", counts=False)
            return None
        status, reason = self._try(webhook, row)
        if status is not None and 200 <= status < 300:
            self._ended(workspace, row.id, webhook.id, "delivered", status, None)
            return Tried("delivered")
        if row.attempts >= len(WAITS) or row.event == PING:
            self._ended(workspace, row.id, webhook.id, "failed", status, reason)
            return Tried("failed")
        self._ended(workspace, row.id, webhook.id, "waiting", status, reason)
        return Tried("again", WAITS[row.attempts])

    def requeue_lost(self, workspace: UUID) -> int:
        """Queue anew what the engine no longer knows, and forget what is old; how many were queued."""
        with self._database.write(workspace) as session:
            old = datetime.now(UTC) - timedelta(days=KEPT_DAYS)
            session.execute(delete(DeliveryRow).where(DeliveryRow.created_at < old))
            lost = session.scalars(
                select(DeliveryRow)
                .where(DeliveryRow.state == "waiting", ~queue.is_known(DeliveryRow.engine_id))
                .with_for_update(skip_locked=True)
            ).all()
            for row in lost:
                row.engine_id = queue.defer_delivery(session, delivery=row.id, workspace=workspace)
        return len(lost)

    # ----

    def _try(self, webhook: WebhookRow, row: DeliveryRow) -> tuple[int | None, str | None]:
        body = json.dumps(row.body, separators=(",", ":"), sort_keys=True).encode()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "pdf-compare",
            **signed(self._key(webhook.id, webhook.salt), str(row.id), int(datetime.now(UTC).timestamp()), body),
        }
        try:
            status = outbound.post(webhook.url, body, headers, self._networks)
        except (NotSent, BadAddress) as error:
            return None, error.message
        return status, None if 200 <= status < 300 else f"The answer was {status}."

    def _ended(
        self,
        workspace: UUID,
        delivery: UUID,
        webhook: UUID,
        state: str,
        status: int | None,
        reason: str | None,
        *,
        counts: bool = True,
    ) -> None:
        with self._database.write(workspace) as session:
            values: dict[str, Any] = {"state": state, "status": status, "reason": reason}
            if counts:
                values |= {"attempts": DeliveryRow.attempts + 1, "tried_at": func.clock_timestamp()}
            session.execute(update(DeliveryRow).where(DeliveryRow.id == delivery).values(values))
            if not counts:
                return
            failures = 0 if state == "delivered" else WebhookRow.failures + 1
            changed = update(WebhookRow).where(WebhookRow.id == webhook).values(failures=failures)
            so_far = session.scalar(changed.returning(WebhookRow.failures))
            if so_far is not None and so_far >= MOST_FAILURES:
                off = update(WebhookRow).where(WebhookRow.id == webhook, WebhookRow.disabled_at.is_(None))
                session.execute(off.values(disabled_at=func.clock_timestamp()))
                log.warning("webhook switched off", extra={"action": "webhook_off", "webhook": webhook})

    def _key(self, webhook: UUID, salt: str) -> bytes:
        return hmac.new(self._secret.encode(), f"pdfc-webhook:{webhook}:{salt}".encode(), hashlib.sha256).digest()

    def _key_text(self, webhook: UUID, salt: str) -> str:
        return PREFIX + base64.b64encode(self._key(webhook, salt)).decode()


def signed(key: bytes, id_: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The headers of a signed request."""
    mac = hmac.new(key, f"{id_}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return {
        "webhook-id": id_,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{base64.b64encode(mac).decode()}",
    }


def _find(session: Session, webhook_id: str) -> WebhookRow:
    row = session.get(WebhookRow, as_uuid(webhook_id))
    if row is None:
        raise NotFound()
    return row


def _send(session: Session, webhook: WebhookRow, event: str, what: dict[str, Any]) -> UUID:
    """Write down what is to be sent, with its place in the queue."""
    id_ = uuid4()
    body = {
        "id": str(id_),
        "event": event,
        "created_at": iso(datetime.now(UTC)),
        "workspace": str(webhook.workspace_id),
        **what,
    }
    session.add(
        DeliveryRow(
            id=id_,
            workspace_id=webhook.workspace_id,
            webhook_id=webhook.id,
            event=event,
            body=body,
            state="waiting",
            engine_id=queue.defer_delivery(session, delivery=id_, workspace=webhook.workspace_id),
        )
    )
    return id_


def _told(session: Session, comparison: ComparisonRow, job: JobRow) -> dict[str, Any]:
    """What is told of a comparison: ids, states and counts."""
    changes, major = session.execute(
        select(func.count(), func.count().filter(ChangeRow.severity == "major")).where(
            ChangeRow.comparison_id == comparison.id
        )
    ).one()
    is_done = job.state == "done"
    return {
        "id": str(comparison.id),
        "old": str(comparison.old_id),
        "new": str(comparison.new_id),
        "state": job.state,
        "identical": comparison.identical,
        "changes": changes if is_done else None,
        "major": major if is_done else None,
        "error": None if job.error is None else job.error["code"],
        "status": f"/api/v1/comparisons/{comparison.id}",
        "result": f"/api/v1/comparisons/{comparison.id}/result" if is_done else None,
    }


def _ended_batches(session: Session, comparison: UUID) -> list[tuple[UUID, int]]:
    """The batches whose last comparison this was, and how many pairs they have.

    Their rows are locked: of two comparisons that end at the same time the second sees that it is the last.
    """
    mine = select(BatchItemRow.batch_id).where(BatchItemRow.comparison_id == comparison)
    batches = session.scalars(
        select(BatchRow.id).where(BatchRow.id.in_(mine)).order_by(BatchRow.id).with_for_update()
    ).all()
    if not batches:
        return []
    live = func.count().filter(JobRow.state.in_(("queued", "running")))
    counted = session.execute(
        select(BatchItemRow.batch_id, func.count(), live)
        .outerjoin(ComparisonRow, ComparisonRow.id == BatchItemRow.comparison_id)
        .outerjoin(JobRow, JobRow.id == ComparisonRow.job_id)
        .where(BatchItemRow.batch_id.in_(batches))
        .group_by(BatchItemRow.batch_id)
    )
    return [(batch, total) for batch, total, waiting in counted if not waiting]


def _view(row: WebhookRow) -> WebhookView:
    return WebhookView(
        id=str(row.id),
        url=row.url,
        events=tuple(row.events),
        is_enabled=row.disabled_at is None,
        failures=row.failures,
        created_at=row.created_at,
    )


def _delivery_view(row: DeliveryRow) -> DeliveryView:
    return DeliveryView(
        id=str(row.id),
        event=row.event,
        state=row.state,
        attempts=row.attempts,
        status=row.status,
        reason=row.reason,
        body=row.body,
        created_at=row.created_at,
        tried_at=row.tried_at,
    )
