"""The signed session cookie and the token that protects writes made with it.

The cookie `pdfc_sid` holds a random session id, signed and dated. The CSRF token is an HMAC of that id, so nothing is
stored and every replica that has the secret can check both.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from typing import Any

from itsdangerous import BadSignature, TimestampSigner
from starlette.datastructures import Headers

COOKIE = "pdfc_sid"
CSRF_HEADER = "x-csrf-token"
MAX_AGE_SECONDS = 30 * 24 * 3600
# What a browser says about a request that our own page made, or that no page made.
SAME_ORIGIN = frozenset({None, "same-origin", "none"})


class SessionCookies:
    """Signs and reads session cookies under one secret.

    Args:
        secret: Shared by all replicas; whoever has it can be anybody.
    """

    def __init__(self, secret: str) -> None:
        self._signer = TimestampSigner(secret, salt="pdfc-session", digest_method=hashlib.sha256)
        self._csrf_key = hashlib.sha256(b"pdfc-csrf:" + secret.encode()).digest()

    def new(self) -> tuple[str, str]:
        """A fresh session id and the cookie value that carries it."""
        sid = secrets.token_urlsafe(24)
        return sid, self._signer.sign(sid).decode()

    def read(self, cookie: str | None) -> str | None:
        """The session id of a cookie; None when it is absent, forged or too old."""
        if not cookie:
            return None
        try:
            return self._signer.unsign(cookie, max_age=MAX_AGE_SECONDS).decode()
        except (BadSignature, UnicodeDecodeError):
            return None

    def csrf(self, sid: str) -> str:
        """The token that a write under this session must carry in `X-CSRF-Token`."""
        return hmac.new(self._csrf_key, b"csrf:" + sid.encode(), hashlib.sha256).hexdigest()

    def csrf_matches(self, sid: str, token: str | None) -> bool:
        """Whether `token` is the session's, compared in constant time."""
        return token is not None and hmac.compare_digest(self.csrf(sid).encode(), token.encode())


def set_cookie(value: str, scope: Mapping[str, Any]) -> str:
    """The header that gives a browser a session cookie; only over TLS where the request came over TLS."""
    secure = "; Secure" if is_https(scope) else ""
    return f"{COOKIE}={value}; Path=/; Max-Age={MAX_AGE_SECONDS}; HttpOnly; SameSite=Lax{secure}"


def is_https(scope: Mapping[str, Any]) -> bool:
    """Whether a request came over TLS, to us or to the proxy before us."""
    forwarded = Headers(scope=scope).get("x-forwarded-proto", "")  # type: ignore[arg-type]
    return scope.get("scheme") == "https" or forwarded == "https"
