"""An OpenID provider: the authorization code flow with PKCE, state and nonce, and who it says that somebody is.

After OpenID Connect Core 1.0 and the Security Best Current Practice of OAuth 2.0 (RFC 9700). Authlib speaks with the
provider and judges the claims of its token, joserfc the signature, by the keys that the provider publishes.
"""

from __future__ import annotations

import hmac
import logging
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode, urlsplit

from core.errors import PdfCompareError, StorageError
from service.settings import Settings, is_this_machine
from service.users import digest_of

if TYPE_CHECKING:
    from joserfc.jwk import KeySet

log = logging.getLogger(__name__)

TRY_SECONDS = 600  #: from the button to the way back
LEEWAY_SECONDS = 60  #: that the provider's clock and ours may differ
_TIMEOUT_SECONDS = 8.0
_FRESH_SECONDS = 3600.0  #: what the provider publishes is asked for anew after so long
_KEYS_AGAIN_SECONDS = 30.0  #: a token with an unknown key makes us ask for keys, but not more often
# Signatures that only the provider can make; never "none", never one whose key is our own secret.
_SIGNATURES = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
_MOST_CLAIM = 250


class ProviderAway(StorageError):
    """The sign-in service of your organisation does not answer."""

    code = "provider_away"
    remedy = "Try again in a moment; if it lasts, tell the administrator."


class ProviderRefused(PdfCompareError):
    """The sign-in service of your organisation did not say who you are."""

    code = "provider_refused"
    remedy = "Begin again; if it happens again, tell the administrator."


class Try(NamedTuple):
    """One attempt to sign in, kept by the browser (signed) until it comes back: `state` ties the two together."""

    state: str
    nonce: str
    verifier: str

    @classmethod
    def new(cls) -> Try:
        return cls(*(secrets.token_urlsafe(48) for _ in cls._fields))


@dataclass(frozen=True, slots=True)
class Claims:
    """Who somebody is, as the provider says.

    Attributes:
        subject: What the provider calls him for good.
        email: His address; empty where the provider told none, or has not verified it.
        token: The identity token itself, by which the provider knows whom to sign out.
    """

    issuer: str
    subject: str
    name: str
    login: str
    email: str
    groups: frozenset[str]
    token: str


class Provider:
    """The provider that the settings name. Thread-safe; one per process."""

    def __init__(self, settings: Settings, *, clock: Callable[[], float] = time.time) -> None:
        self._settings = settings
        self._clock = clock
        self._lock = Lock()
        self._published: tuple[float, dict[str, Any]] | None = None
        self._keys: tuple[float, KeySet] | None = None

    @property
    def is_on(self) -> bool:
        """Whether there is one."""
        return self._settings.oidc_issuer is not None

    @property
    def label(self) -> str:
        """What its button says."""
        return self._settings.oidc_label

    def address(self, attempt: Try, back: str) -> str:
        """Where to send the browser.

        Args:
            attempt: A fresh one.
            back: The address here that the provider sends it back to.

        Raises:
            ProviderAway: It does not answer.
        """
        published = self._metadata()
        with self._client(back) as client:
            address, _ = client.create_authorization_url(
                published["authorization_endpoint"],
                state=attempt.state,
                nonce=attempt.nonce,
                code_verifier=attempt.verifier,
            )
        return str(address)

    def claims(self, attempt: Try, answer: Mapping[str, str], back: str) -> Claims:
        """Who came back.

        Args:
            attempt: As the browser kept it.
            answer: What the provider put into the address of the way back.
            back: That address, as it was given to `address`.

        Raises:
            ProviderAway: It does not answer now.
            ProviderRefused: It did not let him in, or what it says cannot be trusted.
        """
        if not hmac.compare_digest(attempt.state.encode(), answer.get("state", "").encode()):
            raise _refused("state")
        published = self._metadata()
        # Whose answer it is, where it says so (RFC 9207): not that of another provider.
        if answer.get("iss", published["issuer"]) != published["issuer"]:
            raise _refused("iss")
        if "error" in answer:
            raise _refused(answer["error"] if answer["error"] in _KNOWN_ERRORS else "error")
        token = self._exchange(published, answer.get("code", ""), attempt.verifier, back)
        told = self._checked(published, token, attempt.nonce)
        proof = str(token["id_token"])
        if not told.get("email") and published.get("userinfo_endpoint"):
            told = {**self._userinfo(published, token, told["sub"], back), **told}
        return self._claims(published, told, proof)

    def leaving(self, token: str, back: str) -> str | None:
        """Where to send a browser to be signed out there too, after OpenID Connect RP-Initiated Logout 1.0.

        Args:
            token: As of `Claims`; empty where it is not known any more, and the provider asks.
            back: The address here that the provider sends it back to.

        Returns:
            None where the provider offers no such thing, or the settings do not want it.

        Raises:
            ProviderAway: It does not answer.
        """
        if not self._settings.oidc_sign_out:
            return None
        where = self._metadata().get("end_session_endpoint")
        if not where:
            return None
        asked = {"client_id": str(self._settings.oidc_client_id), "post_logout_redirect_uri": back}
        if token:
            asked["id_token_hint"] = token
        return f"{where}{'&' if urlsplit(where).query else '?'}{urlencode(asked)}"

    # ----

    def _exchange(self, published: dict[str, Any], code: str, verifier: str, back: str) -> dict[str, Any]:
        from authlib.common.errors import AuthlibBaseError

        try:
            with _reaching(), self._client(back) as client:
                found: dict[str, Any] = client.fetch_token(
                    published["token_endpoint"], code=code, code_verifier=verifier, grant_type="authorization_code"
                )
        except AuthlibBaseError as error:
            raise _refused("code") from error
        return found

    def _checked(self, published: dict[str, Any], token: dict[str, Any], nonce: str) -> dict[str, Any]:
        """The claims of an identity token whose signature, issuer, audience, times and nonce are right."""
        from authlib.oidc.core import CodeIDToken
        from joserfc import jwt
        from joserfc.errors import BadSignatureError, InvalidKeyIdError, JoseError
        from joserfc.jws import JWSRegistry

        offered = published.get("id_token_signing_alg_values_supported") or ["RS256"]
        registry = JWSRegistry(algorithms=[a for a in _SIGNATURES if a in offered], strict_check_header=False)
        text = token.get("id_token")
        if not isinstance(text, str):
            raise _refused("id_token")
        client_id = self._settings.oidc_client_id
        wanted = {
            "iss": {"essential": True, "value": published["issuer"]},
            "aud": {"essential": True, "value": client_id},
        }
        known = {"nonce": nonce, "client_id": client_id, "access_token": token.get("access_token")}
        try:
            try:
                decoded = jwt.decode(text, self._keys_of(published), registry=registry)
            except (InvalidKeyIdError, BadSignatureError):  # the provider may have other keys by now
                decoded = jwt.decode(text, self._keys_of(published, again=True), registry=registry)
            found = CodeIDToken(decoded.claims, decoded.header, wanted, known)
            found.validate(now=int(self._clock()), leeway=LEEWAY_SECONDS)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise _refused(str(getattr(error, "claim", None) or getattr(error, "error", "id_token"))) from error
        if not isinstance(found["sub"], str) or not 0 < len(found["sub"]) <= _MOST_CLAIM:
            raise _refused("sub")
        return dict(found)

    def _userinfo(self, published: dict[str, Any], token: dict[str, Any], subject: str, back: str) -> dict[str, Any]:
        """What else the provider tells of the same person; nothing where it tells of another."""
        with _reaching(), self._client(back, token=token) as client:
            answer = client.get(published["userinfo_endpoint"])
            answer.raise_for_status()
            found = answer.json()
        return found if isinstance(found, dict) and found.get("sub") == subject else {}

    def _claims(self, published: dict[str, Any], told: dict[str, Any], proof: str) -> Claims:
        groups = told.get(self._settings.oidc_groups_claim)
        is_verified = told.get("email_verified") is True
        email = _text(told.get("email")) if is_verified else ""
        # A name that looks like an address is one only when it was verified: it could be somebody else's.
        username = _text(told.get("preferred_username"))
        login = email or ("" if "@" in username else username) or f"person-{digest_of(told['sub'])[:8]}"
        return Claims(
            issuer=published["issuer"],
            subject=told["sub"],
            name=_text(told.get("name")) or username or login,
            login=login,
            email=email,
            groups=frozenset(g for g in groups if isinstance(g, str)) if isinstance(groups, list) else frozenset(),
            token=proof,
        )

    def _metadata(self) -> dict[str, Any]:
        """What the provider publishes about itself, checked; kept for a while."""
        with self._lock:
            if self._published is not None and time.monotonic() - self._published[0] < _FRESH_SECONDS:
                return self._published[1]
            issuer = str(self._settings.oidc_issuer)
            found = _fetched(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
            if str(found.get("issuer", "")).rstrip("/") != issuer.rstrip("/"):
                raise _refused("issuer")
            for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                _require_safe(str(found.get(name, "")))
            for name in ("userinfo_endpoint", "end_session_endpoint"):
                if found.get(name):
                    _require_safe(str(found[name]))
            self._published = time.monotonic(), found
            return found

    def _keys_of(self, published: dict[str, Any], *, again: bool = False) -> KeySet:
        from joserfc.jwk import KeySet

        with self._lock:
            age = _FRESH_SECONDS if self._keys is None else time.monotonic() - self._keys[0]
            if self._keys is None or age >= _FRESH_SECONDS or (again and age >= _KEYS_AGAIN_SECONDS):
                fetched: Any = _fetched(published["jwks_uri"])
                self._keys = time.monotonic(), KeySet.import_key_set(fetched)
            return self._keys[1]

    def _client(self, back: str, *, token: dict[str, Any] | None = None) -> Any:
        # Imported when it is needed: most servers have no provider.
        from authlib.integrations.httpx_client import OAuth2Client

        secret = self._settings.oidc_client_secret
        offered = (self._published or (0.0, {}))[1].get("token_endpoint_auth_methods_supported")
        by_header = not isinstance(offered, list) or "client_secret_basic" in offered
        how = "none" if secret is None else "client_secret_basic" if by_header else "client_secret_post"
        return OAuth2Client(
            client_id=self._settings.oidc_client_id,
            client_secret=None if secret is None else secret.get_secret_value(),
            token_endpoint_auth_method=how,
            scope=" ".join(self._settings.oidc_scopes),
            redirect_uri=back,
            code_challenge_method="S256",
            token=token,
            timeout=_TIMEOUT_SECONDS,
            follow_redirects=False,
        )


_KNOWN_ERRORS = frozenset(
    {"access_denied", "login_required", "consent_required", "interaction_required", "server_error",
     "temporarily_unavailable", "invalid_request", "invalid_scope", "unauthorized_client", "account_selection_required"}
)  # fmt: skip


class _reaching:  # noqa: N801  used as a function
    """Turns what goes wrong on the way to the provider into `ProviderAway`."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        import httpx2

        if isinstance(error, (httpx2.HTTPError, httpx2.InvalidURL, OSError)):
            log.warning("provider away", extra={"action": "oidc_away", "reason": type(error).__name__})
            raise ProviderAway() from error
        if isinstance(error, ValueError) and not isinstance(error, PdfCompareError):
            raise ProviderAway() from error  # what came is no JSON


def _fetched(address: str) -> dict[str, Any]:
    import httpx2

    with _reaching():
        answer = httpx2.get(address, timeout=_TIMEOUT_SECONDS, follow_redirects=False)
        answer.raise_for_status()
        found = answer.json()
    if not isinstance(found, dict):
        raise ProviderAway()
    return found


def _require_safe(address: str) -> None:
    """What secrets and codes are sent to is reached by TLS, or is this machine."""
    parts = urlsplit(address)
    if parts.scheme != "https" and not (parts.scheme == "http" and is_this_machine(parts.hostname or "")):
        raise _refused("endpoint")


def _refused(what: str) -> ProviderRefused:
    # Which check it was is for the log alone: whoever tries to break in learns nothing from it.
    log.warning("provider refused", extra={"action": "oidc_refused", "reason": what})
    if what == "access_denied":
        return ProviderRefused("The sign-in service of your organisation did not let you in.")
    return ProviderRefused()


def _text(value: object) -> str:
    return " ".join(value.split())[:_MOST_CLAIM] if isinstance(value, str) else ""
