"""Guests: whoever has the link of a shared result sees it, and nothing else here."""

from __future__ import annotations

from functools import wraps
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
from service.users import digest_of
from ui.desk import Desk, Page, Stale, failed
from ui.sheet import Field, Form, sheet

_UNLOCKED, _UNLOCKED_SECONDS = "pdfc_shared", 12 * 3600
# The report brings its own policy, by the digests of its one style and script; and in a sandbox it has no origin, so
# that it could not act for whoever is signed in even if something in it did run.
_REPORT_HEADERS = {
    "Content-Security-Policy": "sandbox allow-scripts allow-popups; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex",
}


def routes(services: Services, cookies: SessionCookies) -> list[BaseRoute]:
    """The pages of guests."""
    guests = _Guests(services, cookies)
    told = guests.told
    return [
        Route("/shared/{secret}", told(guests.shared), methods=["GET"]),
        Route("/shared/{secret}", told(guests.unlock), methods=["POST"]),
    ]


class _Guests(Desk):
    def __init__(self, services: Services, cookies: SessionCookies) -> None:
        super().__init__(services, cookies)
        self._unlocked = URLSafeTimedSerializer(services.secret, salt="pdfc-shared")

    def told(self, page: Page) -> Page:
        """Errors as a page."""

        @wraps(page)
        async def answer(request: Request) -> Response:
            try:
                return await page(request)
            except Stale as error:
                return self._locked_page(request, error=f"{error.message} {error.help}", status=403)
            except PdfCompareError as error:
                return failed(error)

        return answer

    async def shared(self, request: Request) -> Response:
        """The report of a shared result, once its password was given where it has one."""
        secret = request.path_params["secret"]
        shares = self.services.shares
        if await run_in_threadpool(shares.asks_password, secret) and not self._is_unlocked(request, secret):
            return self._locked_page(request)
        report = await run_in_threadpool(shares.report, secret)
        return Response(report, media_type="text/html; charset=utf-8", headers=_REPORT_HEADERS)

    async def unlock(self, request: Request) -> Response:
        """Check the password of a link, and remember in this browser for a while that it was right."""
        secret = request.path_params["secret"]
        form = await self.form(request)
        try:
            await run_in_threadpool(self.services.shares.check, secret, form.get("password", ""))
        except NotFound:
            raise
        except PdfCompareError as error:
            return self._locked_page(request, error=f"{error.message} {error.help}", status=status_of(error))
        path = f"/shared/{quote(secret)}"
        answer = RedirectResponse(path, status_code=303)
        answer.set_cookie(
            _UNLOCKED,
            self._unlocked.dumps(digest_of(secret)),
            max_age=_UNLOCKED_SECONDS,
            path=path,
            httponly=True,
            samesite="lax",
            secure=is_https(request.scope),
        )
        return answer

    def _is_unlocked(self, request: Request, secret: str) -> bool:
        try:
            told = self._unlocked.loads(request.cookies.get(_UNLOCKED, ""), max_age=_UNLOCKED_SECONDS)
        except BadSignature:
            return False
        return bool(told == digest_of(secret))

    def _locked_page(self, request: Request, *, error: str = "", status: int = 200) -> Response:
        field = Field("password", "Password of the link", "password", "off")
        form = Form(f"/shared/{quote(request.path_params['secret'])}", "Open", [field], [("csrf", self.csrf(request))])
        return sheet("A shared result", error=error, form=form, status=status)
