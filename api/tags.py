"""ETags for what the API answers in JSON: who has it already is told so with 304 instead of being sent it again."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_MOST_BYTES = 1_000_000  #: a larger answer goes through as it comes


class Tags:
    """Gives answers to GET a weak ETag by their content, where the route has not given them one.

    Args:
        app: What answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        start: Message | None = None
        body = b""

        async def collect(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                headers = Headers(raw=message["headers"])
                is_ours = message["status"] == 200 and headers.get("content-type") == "application/json"
                small = int(headers.get("content-length", _MOST_BYTES + 1)) <= _MOST_BYTES
                if is_ours and small and "etag" not in headers:
                    start = message
                    return
            elif start is not None:
                body += message.get("body", b"")
                if not message.get("more_body"):
                    await _send_tagged(scope, start, body, send)
                return
            await send(message)

        await self._app(scope, receive, collect)


async def _send_tagged(scope: Scope, start: Message, body: bytes, send: Send) -> None:
    tag = f'W/"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = MutableHeaders(raw=start["headers"])
    headers["ETag"] = tag
    headers.setdefault("Cache-Control", "private, no-cache")
    headers.add_vary_header("Cookie, Authorization")
    known = {given.strip() for given in Headers(scope=scope).get("if-none-match", "").split(",")}
    if tag in known or tag.removeprefix("W/") in known:
        del headers["content-length"]
        del headers["content-type"]
        await send({**start, "status": 304, "headers": headers.raw})
        await send({"type": "http.response.body", "body": b""})
        return
    await send({**start, "headers": headers.raw})
    await send({"type": "http.response.body", "body": body})
