"""To the organisation's own sign-in (an OpenID provider) and back: what the browser carries in between."""

from __future__ import annotations

import hmac
from contextlib import suppress
from urllib.parse import quote

from itsdangerous import BadSignature, URLSafeTimedSerializer
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from api.problems import status_of
from api.sessions import SessionCookies, is_https
from core.errors import NotFound, PdfCompareError
from service.bootstrap import Services
from service.provider import TRY_SECONDS, ProviderAway, ProviderRefused, Try
from service.users import digest_of
from ui.desk import SIGN_IN, Desk, Stale, safe_path
from ui.language import t
from ui.sheet import Form, sheet

CONNECT = "/oidc/connect"
OUT = "/oidc/out"
_TRY = "pdfc_try"
_BACK = "/oidc/back"
_PROOF = "pdfc_proof"  #: the identity token, for signing out there; the browser that came by the provider has it
_MOST_PROOF = 3500  #: characters; browsers drop cookies of more than 4,096 bytes
_NO_PROOF = "-"  #: it was longer: the provider asks then whom to sign out


def routes(services: Services, cookies: SessionCookies) -> list[BaseRoute]:
    """The pages on the way to the provider and back; nothing is there where there is none."""
    federation = _Federation(services, cookies)
    told = federation.told
    return [
        Route("/oidc/start", told(federation.start), methods=["GET"]),
        Route(_BACK, told(federation.back), methods=["GET"]),
        Route(OUT, told(federation.out), methods=["GET"]),
        Route(CONNECT, told(federation.ask), methods=["GET"]),
        Route(CONNECT, told(federation.connect), methods=["POST"]),
    ]


class _Federation(Desk):
    def __init__(self, services: Services, cookies: SessionCookies) -> None:
        super().__init__(services, cookies)
        self._tries = URLSafeTimedSerializer(services.secret, salt="pdfc-oidc")
        self._connects = URLSafeTimedSerializer(services.secret, salt="pdfc-oidc-connect")

    async def start(self, request: Request) -> Response:
        """Send the browser to the provider; it keeps what the way back is checked against."""
        self._require_provider()
        asked = request.query_params
        connects = ""
        if "connect" in asked:
            connects = self._connects_as(request, asked["connect"])
        attempt = Try.new()
        where = await run_in_threadpool(self.services.provider.address, attempt, self._back(request))
        kept = [*attempt, safe_path(asked.get("next", "")), asked.get("invitation", "")[:200], connects]
        answer = RedirectResponse(where, status_code=303, headers={"Cache-Control": "no-store"})
        self._keep(request, answer, str(self._tries.dumps(kept)), TRY_SECONDS)
        return answer

    async def back(self, request: Request) -> Response:
        """Who comes back from the provider goes in, once."""
        self._require_provider()
        try:
            answer = await self._came_back(request)
        except PdfCompareError as error:
            answer = sheet(
                t("That did not work"),
                error=f"{error.message} {error.help}",
                link=(t("Back to the sign-in"), SIGN_IN),
                status=status_of(error),
            )
        self._keep(request, answer, "", 0)
        return answer

    async def out(self, request: Request) -> Response:
        """Who has just signed out here, and had come by the provider, is signed out there too.

        Only then: as long as the session is on, this leads nowhere, so that no other site can sign anybody out.
        """
        self._require_provider()
        if await run_in_threadpool(self.services.users.actor_for_session, self.sid(request)) is not None:
            return RedirectResponse("/account", status_code=303, headers={"Cache-Control": "no-store"})
        proof, where = request.cookies.get(_PROOF), None
        if proof:
            back = self.origin(request) + SIGN_IN
            with suppress(ProviderAway, ProviderRefused):  # logged; here he is out already
                token = "" if proof == _NO_PROOF else proof
                where = await run_in_threadpool(self.services.provider.leaving, token, back)
        answer = RedirectResponse(where or SIGN_IN, status_code=303, headers={"Cache-Control": "no-store"})
        self._keep(request, answer, "", 0, name=_PROOF)
        return answer

    async def _came_back(self, request: Request) -> Response:
        try:
            kept = self._tries.loads(request.cookies.get(_TRY, ""), max_age=TRY_SECONDS)
        except BadSignature as error:
            raise Stale("This way back is too old, or was not begun by this browser.", remedy="Begin again.") from error
        attempt, (path, invitation, connects) = Try(*kept[:3]), kept[3:]
        services, answer = self.services, dict(request.query_params)
        if not hmac.compare_digest(attempt.state.encode(), answer.get("state", "").encode()):
            raise Stale("This way back was not begun by this browser.", remedy="Begin again.")
        await run_in_threadpool(services.identities.spend, attempt.state)
        claims = await run_in_threadpool(services.provider.claims, attempt, answer, self._back(request))
        if connects:
            actor = await run_in_threadpool(services.users.actor_for_session, self.sid(request))
            if actor is None or connects != digest_of(self.sid(request)):
                raise Stale()
            await run_in_threadpool(services.identities.connect, actor, claims)
            return RedirectResponse("/account", status_code=303, headers={"Cache-Control": "no-store"})
        if invitation:
            await run_in_threadpool(services.workspaces.invitation, invitation)  # before an account is made for it
        user = await run_in_threadpool(services.identities.user_of, claims, is_invited=bool(invitation))
        workspace = None
        if invitation:
            workspace = (await run_in_threadpool(services.workspaces.accept, invitation, user)).id
        let_in = await self.let_in(request, user, path, by="provider", workspace=workspace)
        token = claims.token if len(claims.token) <= _MOST_PROOF else _NO_PROOF
        self._keep(request, let_in, token, None, name=_PROOF)
        return let_in

    # ---- connecting an account that there is

    async def ask(self, request: Request) -> Response:
        """Whether to connect; a page of its own, so that no other site can begin it."""
        self._require_provider()
        actor = await run_in_threadpool(self.services.users.actor_for_session, self.sid(request))
        if actor is None:
            return RedirectResponse(f"{SIGN_IN}?next={quote(CONNECT)}", status_code=303)
        return sheet(
            t("Connect your account"),
            says=t("{0}, from now on you can come in by your organisation's sign-in too.", actor.name),
            form=Form(CONNECT, t("Connect"), hidden=[("csrf", self.csrf(request))]),
            link=(t("Not now"), "/account"),
        )

    async def connect(self, request: Request) -> Response:
        """On to the provider. By a page, because the content policy lets no form lead elsewhere."""
        self._require_provider()
        await self.form(request)
        token = str(self._connects.dumps(digest_of(self.sid(request))))
        return sheet(
            t("Connect your account"),
            says=t("Sign in there as yourself; then you are brought back."),
            link=(self.services.provider.label, f"/oidc/start?connect={quote(token)}"),
        )

    def _connects_as(self, request: Request, token: str) -> str:
        try:
            told = str(self._connects.loads(token, max_age=TRY_SECONDS))
        except BadSignature as error:
            raise Stale() from error
        if told != digest_of(self.sid(request)):
            raise Stale()
        return told

    def _require_provider(self) -> None:
        if not self.services.provider.is_on:
            raise NotFound()

    def _back(self, request: Request) -> str:
        return self.origin(request) + _BACK

    def _keep(self, request: Request, answer: Response, value: str, seconds: int | None, *, name: str = _TRY) -> None:
        """Have the browser keep something for the way to the provider; None: until it is closed."""
        answer.set_cookie(
            name,
            value,
            max_age=seconds,
            path="/oidc",
            httponly=True,
            samesite="lax",
            secure=is_https(request.scope),
        )
