"""Webhooks: addresses of programs that are told when something ends, and what was sent to them. For owners."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response

from api.identity import Reader, Use, Writer
from api.schemas import (
    DeliveryAnswer,
    DeliveryList,
    Problem,
    WebhookAnswer,
    WebhookChange,
    WebhookList,
    WebhookMade,
    WebhookRequest,
)

router = APIRouter(prefix="/webhooks", tags=["webhooks"])

_MISSING: dict[int | str, dict[str, Any]] = {404: {"model": Problem}}
_REFUSED: dict[int | str, dict[str, Any]] = {
    404: {"model": Problem},
    422: {"model": Problem, "description": "Also an address that leads into a network that must not be reached."},
}
_MOST_BYTES = 16 * 1024


@router.get("", response_model=WebhookList)
def list_webhooks(actor: Reader, services: Use) -> dict[str, Any]:
    """The webhooks of the workspace."""
    return {"webhooks": [webhook.to_json() for webhook in services.webhooks.list(actor)]}


@router.post("", status_code=201, response_model=WebhookMade, responses=_REFUSED, max_body_size=_MOST_BYTES)
def add_webhook(body: WebhookRequest, response: Response, actor: Writer, services: Use) -> dict[str, Any]:
    """An address to be told, and the key of its signatures, which is shown this once only."""
    webhook, secret = services.webhooks.add(actor, body.url, body.events)
    response.headers["Location"] = f"/api/v1/webhooks/{webhook.id}"
    return {"webhook": webhook.to_json(), "secret": secret}


@router.get("/{webhook_id}", response_model=WebhookAnswer, responses=_MISSING)
def get_webhook(webhook_id: UUID, actor: Reader, services: Use) -> dict[str, Any]:
    """One webhook."""
    return {"webhook": services.webhooks.get(actor, str(webhook_id)).to_json()}


@router.patch("/{webhook_id}", response_model=WebhookAnswer, responses=_REFUSED, max_body_size=_MOST_BYTES)
def change_webhook(webhook_id: UUID, body: WebhookChange, actor: Writer, services: Use) -> dict[str, Any]:
    """Change its address or events, switch it off or on again."""
    webhook = services.webhooks.change(
        actor, str(webhook_id), url=body.url, events=body.events, is_enabled=body.is_enabled
    )
    return {"webhook": webhook.to_json()}


@router.post("/{webhook_id}/secret", response_model=WebhookMade, responses=_MISSING)
def renew_secret(webhook_id: UUID, actor: Writer, services: Use) -> dict[str, Any]:
    """Another key for its signatures; the one before is good no more."""
    webhook, secret = services.webhooks.renew_key(actor, str(webhook_id))
    return {"webhook": webhook.to_json(), "secret": secret}


@router.post("/{webhook_id}/ping", status_code=202, response_model=DeliveryAnswer, responses=_MISSING)
def ping_webhook(webhook_id: UUID, actor: Writer, services: Use) -> dict[str, Any]:
    """Send something, to see whether it arrives."""
    return {"delivery": services.webhooks.ping(actor, str(webhook_id)).to_json()}


@router.get("/{webhook_id}/deliveries", response_model=DeliveryList, responses=_MISSING)
def list_deliveries(
    webhook_id: UUID,
    actor: Reader,
    services: Use,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: Annotated[str | None, Query(max_length=200)] = None,
) -> dict[str, Any]:
    """What was sent to it and how that went, newest first; kept for thirty days."""
    found, following = services.webhooks.deliveries(actor, str(webhook_id), limit=limit, after=after)
    return {"deliveries": [delivery.to_json() for delivery in found], "next": following}


@router.post(
    "/{webhook_id}/deliveries/{delivery_id}/again", status_code=202, response_model=DeliveryAnswer, responses=_MISSING
)
def send_again(webhook_id: UUID, delivery_id: UUID, actor: Writer, services: Use) -> dict[str, Any]:
    """Send once more what was delivered or failed, under its id."""
    return {"delivery": services.webhooks.send_again(actor, str(webhook_id), str(delivery_id)).to_json()}


@router.delete("/{webhook_id}", status_code=204, responses=_MISSING)
def delete_webhook(webhook_id: UUID, actor: Writer, services: Use) -> Response:
    """Forget a webhook and what was sent to it."""
    services.webhooks.delete(actor, str(webhook_id))
    return Response(status_code=204)
