"""Checking that a webhook's request comes from the server, was not changed, and is not an old one sent again."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import time
from collections.abc import Mapping

from pdf_compare_client.errors import BadSignature

REPLAY_SECONDS = 300  #: how old or early a request may be; clocks differ
_PREFIX = "whsec_"


def verify_webhook(
    secret: str, headers: Mapping[str, str], body: bytes, *, now: float | None = None, seconds: float = REPLAY_SECONDS
) -> str:
    """The request's id, by which a receiver knows one that comes twice.

    Args:
        secret: The key, `whsec_…`, as the server told it once.
        headers: Of the request, in any case.
        body: Exactly as it came.
        now: Seconds since 1970, if not the time of this machine.
        seconds: The replay window.

    Raises:
        BadSignature: It is not good.
    """
    given = {name.lower(): value for name, value in headers.items()}
    id_, stamp = given.get("webhook-id", ""), given.get("webhook-timestamp", "")
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
        age = abs((time.time() if now is None else now) - int(stamp))
    except (binascii.Error, ValueError) as error:
        raise BadSignature("The key or the time of the request cannot be read.") from error
    wanted = base64.b64encode(hmac.new(key, f"{id_}.{stamp}.".encode() + body, hashlib.sha256).digest()).decode()
    said = [part.partition(",")[2] for part in given.get("webhook-signature", "").split() if part.startswith("v1,")]
    if not id_ or not any(hmac.compare_digest(wanted.encode(), one.encode()) for one in said):
        raise BadSignature("The signature is not that of the server.")
    if age > seconds:
        raise BadSignature("The request is too old, or a clock is wrong.")
    return id_
